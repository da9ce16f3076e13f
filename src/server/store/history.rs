//! Reading a thread: the path from a row up through its parents, a window at a time. What it costs depends on how many
//! rows are asked for, not on how many the thread has.
//!
//! A parent is followed only within the thread and only to a smaller sequence, as every sound row has it. So damaged
//! rows can neither lead in a circle nor into another person's thread.

use sqlx::AnyConnection;

use super::{
    Error, Store, grow,
    message::{MessageRow, message_columns, versions_column},
    sql::sql_as,
    tree,
};
use crate::model::{MessageId, ThreadId};

/// A part of a path.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Window {
    /// Oldest first. Above the first of them is what is said to the model first, if there is something.
    pub rows: Vec<MessageRow>,
    /// The sequence of the oldest row here, if the path goes on above it: what the next call passes as `before`.
    pub older: Option<i64>,
    /// The path breaks off: the oldest row has a parent that is not there, or comes after it.
    pub broken: bool,
}

/// Walks up from the row that `$start` selects, `$2` rows at the most.
macro_rules! path {
    ($start:literal) => {
        concat!(
            "WITH RECURSIVE path (id, thread_id, parent_id, sequence, role, kind, status, content, meta, version, group_id, \
             forks, steps) AS (",
            "SELECT ",
            message_columns!("m"),
            ", 1 FROM messages m ",
            $start,
            " UNION ALL SELECT ",
            message_columns!("m"),
            ", p.steps + 1 FROM path p JOIN messages m ON m.id = p.parent_id AND m.thread_id = p.thread_id ",
            "AND m.sequence < p.sequence WHERE p.steps < $2) ",
            "SELECT ",
            message_columns!("path"),
            ", ",
            versions_column!("path"),
            " FROM path ORDER BY steps DESC"
        )
    };
}

/// From the thread's leaf or, where that is missing or damaged, from its last row.
const FROM_LEAF: &str = path!(
    "WHERE m.id = COALESCE((SELECT l.id FROM threads t JOIN messages l ON l.id = t.leaf_id AND l.thread_id = t.id \
     WHERE t.id = $1), (SELECT g.id FROM messages g WHERE g.thread_id = $1 AND g.sequence > 0 ORDER BY g.sequence DESC LIMIT 1))"
);
const FROM_PARENT: &str = path!(
    "JOIN messages b ON m.id = b.parent_id AND m.thread_id = b.thread_id AND m.sequence < b.sequence \
     WHERE b.thread_id = $1 AND b.sequence = $3"
);
const FROM_ROW: &str = path!("WHERE m.thread_id = $1 AND m.id = $3");

impl Store {
    /// The last `limit` rows of the path to the thread's leaf or, with `before`, those above the row with that sequence.
    /// A sequence that is not there has nothing above it.
    pub async fn window(&self, thread: ThreadId, before: Option<i64>, limit: u32) -> Result<Window, Error> {
        // One more than asked for tells whether there is more.
        let (id, most) = (thread.to_string(), i64::from(limit) + 1);
        let query = match before {
            None => sql_as!(MessageRow, FROM_LEAF, id, most),
            Some(before) => sql_as!(MessageRow, FROM_PARENT, id, most, before),
        };
        let mut db = self.reader.acquire().await?;
        let rows = query.fetch_all(&mut *db).await?;
        whole(&mut db, thread, rows, limit).await
    }

    /// The last `limit` rows of the path down to a row, that row included, oldest first: what a model is sent. What is
    /// said to it first comes first, and is one more.
    pub async fn history(&self, thread: ThreadId, from: MessageId, limit: u32) -> Result<Vec<MessageRow>, Error> {
        let mut db = self.reader.acquire().await?;
        let mut rows: Vec<_> = tree::system(&mut db, thread).await?.into_iter().collect();
        if limit > 0 {
            rows.append(&mut up_from(&mut db, thread, from, i64::from(limit)).await?);
        }
        grow::whole(&mut db, &mut rows).await?;
        Ok(rows)
    }
}

/// At the most so many rows from one up, oldest first. Those that are being written lack what came last.
pub(super) async fn up_from(
    db: &mut AnyConnection,
    thread: ThreadId,
    from: MessageId,
    most: i64,
) -> Result<Vec<MessageRow>, Error> {
    let query = sql_as!(MessageRow, FROM_ROW, thread.to_string(), most, from.to_string());
    Ok(query.fetch_all(db).await?)
}

/// The same up from the thread's leaf where no row is named; see [`FROM_LEAF`].
pub(super) async fn up_to(
    db: &mut AnyConnection,
    thread: ThreadId,
    last: Option<MessageId>,
    most: i64,
) -> Result<Vec<MessageRow>, Error> {
    match last {
        Some(last) => up_from(db, thread, last, most).await,
        None => Ok(sql_as!(MessageRow, FROM_LEAF, thread.to_string(), most).fetch_all(db).await?),
    }
}

/// Makes a window of rows, of which there is one more than asked for if there are more.
async fn whole(
    db: &mut AnyConnection,
    thread: ThreadId,
    mut rows: Vec<MessageRow>,
    limit: u32,
) -> Result<Window, Error> {
    let more = rows.len() > limit as usize;
    if more {
        rows.remove(0);
    }
    grow::whole(db, &mut rows).await?;
    let older = rows.first().filter(|_| more).map(|row| row.sequence);
    let broken = !more && rows.first().is_some_and(|row| row.parent.is_some());
    if !more && let Some(said) = tree::system(db, thread).await? {
        rows.insert(0, said);
    }
    Ok(Window { rows, older, broken })
}
