//! One row of a thread as it is stored: its text is the source, not what is made of it for viewers.

use serde::{Deserialize, Serialize};
use sqlx::{AnyConnection, FromRow, any::AnyRow};

use super::{
    Error, Store, grow,
    sql::{id, json, maybe_id, sql, sql_as, to_json, word},
    tree::{self, Place},
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
    /// Its number among all rows of the thread, greater than its parent's. What is said to the model first has 0.
    pub sequence: i64,
    pub role: Role,
    pub kind: Kind,
    pub status: Status,
    pub content: StoredContent,
    pub meta: Meta,
    /// Its number among the rows with the same parent, from 1, and how many these are.
    pub version: i64,
    pub versions: i64,
    /// What these have in common: the id of the first of them.
    pub group: MessageId,
    /// How many threads began as a copy of the way to this row.
    pub forks: i64,
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
            ".meta, ",
            $t,
            ".version, ",
            $t,
            ".group_id, ",
            $t,
            ".forks"
        )
    };
}

/// How many rows have the same parent as the one under the given name.
macro_rules! versions_column {
    ($t:literal) => {
        concat!(
            "CASE WHEN ",
            $t,
            ".parent_id IS NULL THEN (SELECT roots FROM threads WHERE threads.id = ",
            $t,
            ".thread_id) ELSE (SELECT above.children FROM messages above WHERE above.id = ",
            $t,
            ".parent_id) END AS versions"
        )
    };
}

pub(super) use {message_columns, versions_column};

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
            version: row.try_get("version")?,
            // None where the parent is missing.
            versions: row.try_get::<Option<i64>, _>("versions")?.unwrap_or(1).max(row.try_get("version")?),
            // Not numbered yet.
            group: id(row, "group_id").or_else(|_| id(row, "id"))?,
            forks: row.try_get("forks")?,
        })
    }
}

impl Store {
    /// One row, if it is in a thread of this person's.
    pub async fn message(&self, user: UserId, message: MessageId) -> Result<Option<MessageRow>, Error> {
        const TEXT: &str = concat!(
            "SELECT ",
            message_columns!("m"),
            ", ",
            versions_column!("m"),
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
    const TEXT: &str = concat!(
        "SELECT ",
        message_columns!("m"),
        ", ",
        versions_column!("m"),
        " FROM messages m WHERE m.id = $1 AND m.thread_id = $2"
    );
    let row = sql_as!(MessageRow, TEXT, message.to_string(), thread.to_string()).fetch_optional(&mut *db).await?;
    let mut rows: Vec<_> = row.into_iter().collect();
    grow::whole(db, &mut rows).await?;
    Ok(rows.pop())
}

/// The settled row with this sequence.
pub(super) async fn at(db: &mut AnyConnection, thread: ThreadId, sequence: i64) -> Result<Option<MessageRow>, Error> {
    const TEXT: &str = concat!(
        "SELECT ",
        message_columns!("m"),
        ", ",
        versions_column!("m"),
        " FROM messages m WHERE m.thread_id = $1 AND m.sequence = $2"
    );
    Ok(sql_as!(MessageRow, TEXT, thread.to_string(), sequence).fetch_optional(db).await?)
}

/// Adds a row whose sequence was taken under the thread's lock, below its parent, and returns it with its place there.
pub(super) async fn insert(db: &mut AnyConnection, mut row: MessageRow, now: i64) -> Result<MessageRow, Error> {
    let place = match row.sequence {
        0 => Place { depth: 0, jump: row.id, version: 1, group: row.id },
        _ => tree::take(db, row.thread, row.id, row.parent).await?,
    };
    (row.version, row.versions, row.group) = (place.version, place.version, place.group);
    put(db, &row, &place, 0, now).await?;
    Ok(row)
}

/// Adds a row at a place that nobody else has.
pub(super) async fn put(
    db: &mut AnyConnection,
    row: &MessageRow,
    place: &Place,
    children: i64,
    now: i64,
) -> Result<(), Error> {
    sql!(
        "INSERT INTO messages (id, thread_id, parent_id, sequence, role, kind, status, content, meta, depth, jump_id, \
         version, group_id, children, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $15)",
        row.id.to_string(),
        row.thread.to_string(),
        row.parent.map(|id| id.to_string()),
        row.sequence,
        row.role.as_str(),
        row.kind.as_str(),
        row.status.as_str(),
        to_json(&row.content)?,
        to_json(&row.meta)?,
        place.depth,
        place.jump.to_string(),
        place.version,
        place.group.to_string(),
        children,
        now,
    )
    .execute(db)
    .await?;
    Ok(())
}
