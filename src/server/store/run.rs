//! Runs: which there are, and what an earlier life of a server left behind. How they end is in [`super::settle`].

use sqlx::{AnyConnection, FromRow, Row, any::AnyRow};

use super::{
    Error, Store,
    message::MessageRow,
    sql::{id, plain, sql, sql_as},
    thread::LONGEST_TITLE,
    turn::NewRun,
};
use crate::model::{MessageId, RunId, ThreadId, UserId};

/// A run as it is stored.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RunRow {
    pub id: RunId,
    pub thread: ThreadId,
    /// The answer that it writes.
    pub answer: MessageId,
    pub user: UserId,
    pub model: Option<String>,
    /// It has not ended.
    pub running: bool,
    /// Which server runs it.
    pub node: String,
    /// Until when it counts as alive, in milliseconds since 1970.
    pub lease_until: i64,
}

impl FromRow<'_, AnyRow> for RunRow {
    fn from_row(row: &AnyRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: id(row, "id")?,
            thread: id(row, "thread_id")?,
            answer: id(row, "message_id")?,
            user: id(row, "user_id")?,
            model: row.try_get("model")?,
            running: row.try_get::<&str, _>("state")? == "running",
            node: row.try_get("node")?,
            lease_until: row.try_get("lease_until")?,
        })
    }
}

macro_rules! select_runs {
    ($where:literal) => {
        concat!("SELECT id, thread_id, message_id, user_id, model, state, node, lease_until FROM runs WHERE ", $where)
    };
}

impl Store {
    /// A run of this person's, under way or ended.
    pub async fn run(&self, user: UserId, run: RunId) -> Result<Option<RunRow>, Error> {
        let text = select_runs!("id = $1 AND user_id = $2");
        Ok(sql_as!(RunRow, text, run.to_string(), user.to_string()).fetch_optional(&self.reader).await?)
    }

    /// The run that is under way in a thread, whoever's it is.
    pub async fn active(&self, thread: ThreadId) -> Result<Option<RunId>, Error> {
        active(&mut *self.reader.acquire().await?, thread).await
    }

    /// Runs that never ended, oldest first: those whose lease ran out before `now`, and with `node` also all that this
    /// server itself began. The latter is right only while it starts: what it finds then, its earlier life left behind.
    pub async fn stale(&self, now: i64, node: Option<&str>) -> Result<Vec<RunRow>, Error> {
        let text = select_runs!("state = 'running' AND (lease_until < $1 OR node = $2) ORDER BY started_at, id");
        Ok(sql_as!(RunRow, text, now, node.map(str::to_owned)).fetch_all(&self.reader).await?)
    }
}

/// The run that is under way in a thread.
pub(super) async fn active(db: &mut AnyConnection, thread: ThreadId) -> Result<Option<RunId>, Error> {
    let row = sql!("SELECT id FROM runs WHERE thread_id = $1 AND state = 'running'", thread.to_string());
    Ok(row.fetch_optional(db).await?.map(|row| id(&row, "id")).transpose()?)
}

/// The run that a command with this client id made.
pub(super) async fn by_client(db: &mut AnyConnection, user: UserId, client: &str) -> Result<Option<RunRow>, Error> {
    let text = select_runs!("user_id = $1 AND client_id = $2");
    Ok(sql_as!(RunRow, text, user.to_string(), client_key(client)).fetch_optional(db).await?)
}

/// A client's id as it is stored and looked up.
pub(super) fn client_key(client: &str) -> String {
    plain(client, 128)
}

/// Adds the run that writes an answer. The thread is locked. What was counted for the answer is not counted again when
/// it settles.
pub(super) async fn insert(
    db: &mut AnyConnection,
    run: &NewRun,
    answer: &MessageRow,
    user: UserId,
    model: Option<&str>,
    now: i64,
) -> Result<(), Error> {
    sql!(
        "INSERT INTO runs (id, thread_id, message_id, user_id, model, state, node, lease_until, started_at, client_id, \
         counted) SELECT $1, $2, m.id, $4, $5, 'running', $6, $7, $8, $9, m.tokens FROM messages m WHERE m.id = $3",
        run.id.to_string(),
        answer.thread.to_string(),
        answer.id.to_string(),
        user.to_string(),
        model.map(|model| plain(model, LONGEST_TITLE)),
        run.node.as_str(),
        run.lease_until,
        now,
        run.client_id.as_deref().map(client_key),
    )
    .execute(db)
    .await?;
    Ok(())
}
