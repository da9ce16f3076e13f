//! Threads: how they stand. What they are called is in [`super::title`].

use serde::Deserialize;
use sqlx::{AnyConnection, FromRow, Row, any::AnyRow};

use super::{
    Error, Store,
    sql::{id, maybe_id, sql, sql_as, word},
    write::Write,
};
use crate::model::{Mark, MessageId, RunId, ThreadId, UserId};

/// The longest title (contract B.3), in characters.
pub const LONGEST_TITLE: usize = 255;
/// The longest snippet (contract B.7), in characters.
pub const LONGEST_SNIPPET: usize = 120;

/// A thread besides its rows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ThreadRow {
    pub id: ThreadId,
    pub user: UserId,
    /// None is untitled.
    pub title: Option<String>,
    pub title_source: TitleSource,
    /// The model last used.
    pub model: Option<String>,
    /// The newest text on one line, at most 120 characters.
    pub snippet: String,
    /// The row the thread stands at: its path up is what is shown. It may point at a row that is gone, see
    /// [`Store::window`].
    pub leaf: Option<MessageId>,
    /// Milliseconds since 1970; the sidebar's order.
    pub last_message_at: i64,
    /// Rows of the whole tree, answers tried again included.
    pub message_count: i64,
    /// Tokens of all settled answers, read and written.
    pub token_total: i64,
    /// The run that is under way.
    pub running: Option<RunId>,
    /// What ended in it and was not seen.
    pub mark: Option<Mark>,
    /// What it is a copy of: the thread, which may be gone, and the message there.
    pub origin: Option<(ThreadId, MessageId)>,
}

/// Who named a thread. A later one in this list wins over an earlier one, never the reverse (contract I.1).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TitleSource {
    None,
    /// Taken from the first message.
    Provisional,
    /// Given by a model; another one may replace it.
    Model,
    /// Given by the person.
    Manual,
}

impl TitleSource {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Provisional => "provisional",
            Self::Model => "model",
            Self::Manual => "manual",
        }
    }
}

/// `SELECT` of [`ThreadRow`]s from `threads t`.
macro_rules! select_threads {
    () => {
        "SELECT t.id, t.user_id, t.title, t.title_source, t.model, t.snippet, t.leaf_id, t.last_message_at, \
         t.message_count, t.token_total, t.mark, t.origin_thread, t.origin_message, r.id AS run_id \
         FROM threads t LEFT JOIN runs r ON r.thread_id = t.id AND r.state = 'running' "
    };
}

pub(super) use select_threads;

impl FromRow<'_, AnyRow> for ThreadRow {
    fn from_row(row: &AnyRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: id(row, "id")?,
            user: id(row, "user_id")?,
            title: row.try_get("title")?,
            title_source: word(row, "title_source")?,
            model: row.try_get("model")?,
            snippet: row.try_get("snippet")?,
            leaf: maybe_id(row, "leaf_id")?,
            last_message_at: row.try_get("last_message_at")?,
            message_count: row.try_get("message_count")?,
            token_total: row.try_get("token_total")?,
            running: maybe_id(row, "run_id")?,
            mark: Mark::from_word(row.try_get("mark")?),
            origin: maybe_id(row, "origin_thread")?.zip(maybe_id(row, "origin_message")?),
        })
    }
}

impl Store {
    /// A thread of this person's.
    pub async fn thread(&self, user: UserId, thread: ThreadId) -> Result<Option<ThreadRow>, Error> {
        const TEXT: &str = concat!(select_threads!(), "WHERE t.id = $1 AND t.user_id = $2");
        Ok(sql_as!(ThreadRow, TEXT, thread.to_string(), user.to_string()).fetch_optional(&self.reader).await?)
    }
}

impl Store {
    /// Notes, or forgets, that something ended in a thread which nobody has seen. None: it was so already, or the thread
    /// is gone.
    pub async fn mark(&self, thread: ThreadId, mark: Option<Mark>) -> Result<Option<ThreadRow>, Error> {
        self.write(SetMark { thread, mark }).await
    }
}

struct SetMark {
    thread: ThreadId,
    mark: Option<Mark>,
}

impl Write for SetMark {
    type Out = Option<ThreadRow>;

    async fn apply(&self, db: &mut AnyConnection) -> Result<Self::Out, Error> {
        let word = self.mark.map_or("", Mark::as_str);
        let set = sql!("UPDATE threads SET mark = $1 WHERE id = $2 AND mark <> $1", word, self.thread.to_string());
        match set.execute(&mut *db).await?.rows_affected() {
            0 => Ok(None),
            _ => load(db, self.thread).await.map(Some),
        }
    }
}

/// A thread, whoever's it is.
pub(super) async fn load(db: &mut AnyConnection, thread: ThreadId) -> Result<ThreadRow, Error> {
    const TEXT: &str = concat!(select_threads!(), "WHERE t.id = $1");
    sql_as!(ThreadRow, TEXT, thread.to_string()).fetch_optional(db).await?.ok_or(Error::NotFound)
}

/// Locks a thread until the end of the transaction and returns the sequence its next row gets. Whoever changes a
/// thread's rows takes this lock first: that keeps sequences gapless and two runs from starting. (An update that
/// changes nothing locks on both engines; `FOR UPDATE` is PostgreSQL's alone.)
pub(super) async fn lock(db: &mut AnyConnection, thread: ThreadId, user: Option<UserId>) -> Result<i64, Error> {
    sql!(
        "UPDATE threads SET next_sequence = next_sequence WHERE id = $1 AND user_id = COALESCE($2, user_id) \
         RETURNING next_sequence",
        thread.to_string(),
        user.map(|id| id.to_string()),
    )
    .fetch_optional(db)
    .await?
    .map(|row| row.try_get("next_sequence"))
    .transpose()?
    .ok_or(Error::NotFound)
}
