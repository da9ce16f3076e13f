//! A person's threads, a page at a time (contract B.7).

use sqlx::Row;

use super::{
    Error, Store,
    sql::{sql, sql_as},
    thread::{ThreadRow, select_threads},
};
use crate::model::UserId;

/// One page of threads, newest first.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SidebarRows {
    pub rows: Vec<ThreadRow>,
    /// From 0; the last one there is where a later one was asked for.
    pub page: u32,
    /// At least 1.
    pub pages: u32,
    pub total: u32,
}

/// Pages have numbers, so rows before the page are skipped, but in the index alone.
const PAGE: &str = concat!(
    select_threads!(),
    "JOIN (SELECT id FROM threads WHERE user_id = $1 ORDER BY last_message_at DESC, id DESC LIMIT $2 OFFSET $3) page \
     ON page.id = t.id ORDER BY t.last_message_at DESC, t.id DESC"
);

impl Store {
    /// A page of this person's threads. How many there are is kept with the person, not counted.
    pub async fn sidebar(&self, user: UserId, page: u32, size: u32) -> Result<SidebarRows, Error> {
        let size = size.max(1);
        let mut wanted = page;
        loop {
            let total = self.thread_count(user).await?;
            let pages = total.div_ceil(size).max(1);
            let page = wanted.min(pages - 1);
            let skipped = i64::from(page) * i64::from(size);
            let rows = sql_as!(ThreadRow, PAGE, user.to_string(), i64::from(size), skipped);
            let rows = rows.fetch_all(&self.reader).await?;
            // Threads were deleted between the two reads: then the page before is the last.
            if rows.is_empty() && page > 0 {
                wanted = page - 1;
                continue;
            }
            return Ok(SidebarRows { rows, page, pages, total });
        }
    }

    async fn thread_count(&self, user: UserId) -> Result<u32, Error> {
        let row = sql!("SELECT thread_count FROM users WHERE id = $1", user.to_string());
        let count: i64 = match row.fetch_optional(&self.reader).await? {
            Some(row) => row.try_get("thread_count")?,
            None => 0,
        };
        Ok(u32::try_from(count).unwrap_or(0))
    }
}
