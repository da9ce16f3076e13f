//! One row of a thread as it is stored: its text is the source, not what is made of it for viewers.

use serde::{Deserialize, Serialize};
use sqlx::{AnyConnection, FromRow, any::AnyRow};

use super::{
    Error, Store, grow,
    sql::{id, json, maybe_id, sql, sql_as, to_json, word},
};
use crate::model::{Attachment, Failure, Kind, MessageId, Meta, Role, Status, ThreadId, UserId};

/// What a row says. What an older program did not write reads as its default, what a newer one wrote besides is left out.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct StoredContent {
    /// What a person typed, or the model's markdown.
    pub text: String,
    /// What the model thought before, as markdown.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub reasoning: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
    /// What a task row is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Why a failed row failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
}

/// One row of a thread.
#[derive(Clone, PartialEq, Debug)]
pub struct MessageRow {
    pub id: MessageId,
    pub thread: ThreadId,
    /// The row this one answers or follows; none for the first.
    pub parent: Option<MessageId>,
    /// Its place among the thread's rows, from 1 and without gaps; greater than its parent's.
    pub sequence: i64,
    pub role: Role,
    pub kind: Kind,
    pub status: Status,
    pub content: StoredContent,
    pub meta: Meta,
}

/// The columns a [`MessageRow`] is read from, of the table under the given name.
macro_rules! message_columns {
    ($t:literal) => {
        concat!(
            $t,
            ".id, ",
            $t,
            ".thread_id, ",
            $t,
            ".parent_id, ",
            $t,
            ".sequence, ",
            $t,
            ".role, ",
            $t,
            ".kind, ",
            $t,
            ".status, ",
            $t,
            ".content, ",
            $t,
            ".meta"
        )
    };
}

pub(super) use message_columns;

impl FromRow<'_, AnyRow> for MessageRow {
    fn from_row(row: &AnyRow) -> Result<Self, sqlx::Error> {
        use sqlx::Row;
        Ok(Self {
            id: id(row, "id")?,
            thread: id(row, "thread_id")?,
            parent: maybe_id(row, "parent_id")?,
            sequence: row.try_get("sequence")?,
            role: word(row, "role")?,
            kind: word(row, "kind")?,
            status: word(row, "status")?,
            content: json(row, "content")?,
            meta: json(row, "meta")?,
        })
    }
}

impl Store {
    /// One row, if it is in a thread of this person's.
    pub async fn message(&self, user: UserId, message: MessageId) -> Result<Option<MessageRow>, Error> {
        const TEXT: &str = concat!(
            "SELECT ",
            message_columns!("m"),
            " FROM messages m JOIN threads t ON t.id = m.thread_id WHERE m.id = $1 AND t.user_id = $2"
        );
        let mut db = self.reader.acquire().await?;
        let row = sql_as!(MessageRow, TEXT, message.to_string(), user.to_string()).fetch_optional(&mut *db).await?;
        let mut rows: Vec<_> = row.into_iter().collect();
        grow::whole(&mut db, &mut rows).await?;
        Ok(rows.pop())
    }
}

/// A row of this thread.
pub(super) async fn load(
    db: &mut AnyConnection,
    thread: ThreadId,
    message: MessageId,
) -> Result<Option<MessageRow>, Error> {
    const TEXT: &str =
        concat!("SELECT ", message_columns!("m"), " FROM messages m WHERE m.id = $1 AND m.thread_id = $2");
    let row = sql_as!(MessageRow, TEXT, message.to_string(), thread.to_string()).fetch_optional(&mut *db).await?;
    let mut rows: Vec<_> = row.into_iter().collect();
    grow::whole(db, &mut rows).await?;
    Ok(rows.pop())
}

/// Adds a row whose sequence was taken under the thread's lock.
pub(super) async fn insert(db: &mut AnyConnection, row: &MessageRow, now: i64) -> Result<(), Error> {
    sql!(
        "INSERT INTO messages (id, thread_id, parent_id, sequence, role, kind, status, content, meta, created_at, \
         updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)",
        row.id.to_string(),
        row.thread.to_string(),
        row.parent.map(|id| id.to_string()),
        row.sequence,
        row.role.as_str(),
        row.kind.as_str(),
        row.status.as_str(),
        to_json(&row.content)?,
        to_json(&row.meta)?,
        now,
    )
    .execute(db)
    .await?;
    Ok(())
}
