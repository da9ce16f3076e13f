//! What waits to be sent: messages that a person wrote while an answer was being written. They are no part of the
//! thread's tree yet; the first of them becomes a turn when the run before it has ended.

use sqlx::{AnyConnection, FromRow, Row, any::AnyRow};

use super::{
    Error, Store, StoredContent,
    message::{self, MessageRow},
    run,
    sql::{id, json, plain, sql, sql_as, to_json},
    submit::{advance, leaf, snippet},
    thread::{self, LONGEST_TITLE},
    turn::{NewAnswer, NewRun, NewTurn, Turn},
    write::Write,
};
use crate::model::{Kind, MessageId, Meta, Role, Status, ThreadId, UserId};

/// A message that waits.
#[derive(Clone, PartialEq, Debug)]
pub struct QueuedRow {
    /// The message's id, also once it is sent.
    pub id: MessageId,
    pub thread: ThreadId,
    pub user: UserId,
    /// The lowest of its thread is sent next.
    pub position: i64,
    pub content: StoredContent,
    pub model: Option<String>,
    /// What the person wants of the answer, as whoever stored it wrote it (JSON).
    pub asked: String,
    pub client: Option<String>,
    /// Milliseconds since 1970.
    pub created_at: i64,
}

/// What the person may do to a message that waits.
#[derive(Clone, Debug)]
pub enum QueueChange {
    /// Say something else.
    Text(String),
    /// Be the next.
    First,
    Remove,
}

impl FromRow<'_, AnyRow> for QueuedRow {
    fn from_row(row: &AnyRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: id(row, "id")?,
            thread: id(row, "thread_id")?,
            user: id(row, "user_id")?,
            position: row.try_get("position")?,
            content: json(row, "content")?,
            model: row.try_get("model")?,
            asked: row.try_get("asked")?,
            client: row.try_get("client_id")?,
            created_at: row.try_get("created_at")?,
        })
    }
}

macro_rules! select_queue {
    ($where:literal) => {
        concat!(
            "SELECT id, thread_id, user_id, position, content, model, asked, client_id, created_at FROM queue WHERE ",
            $where
        )
    };
}

impl Store {
    /// What waits in a thread, the next one first.
    pub async fn queue(&self, thread: ThreadId) -> Result<Vec<QueuedRow>, Error> {
        let text = select_queue!("thread_id = $1 ORDER BY position");
        Ok(sql_as!(QueuedRow, text, thread.to_string()).fetch_all(&self.reader).await?)
    }

    /// A message of this person's that waits.
    pub async fn queued(&self, user: UserId, message: MessageId) -> Result<Option<QueuedRow>, Error> {
        let text = select_queue!("id = $1 AND user_id = $2");
        Ok(sql_as!(QueuedRow, text, message.to_string(), user.to_string()).fetch_optional(&self.reader).await?)
    }

    /// Changes one, and returns it as it is then; as it was, where it was removed. `NotFound`: this person has none such,
    /// or it was sent.
    pub async fn change_queued(
        &self,
        user: UserId,
        message: MessageId,
        change: QueueChange,
    ) -> Result<QueuedRow, Error> {
        self.write(ChangeQueued { user, message, change }).await
    }

    /// Makes a turn of what waits longest, unless an answer is being written: none then, or where nothing waits. The
    /// run is found under the client id that the message came with.
    pub async fn send_next(
        &self,
        thread: ThreadId,
        answer: NewAnswer,
        run: NewRun,
        now: i64,
    ) -> Result<Option<SentNext>, Error> {
        match self.write(SendNext { thread, answer, run, now }).await {
            Err(Error::NotFound) => Ok(None),
            other => other,
        }
    }
}

/// A message that waited, and the turn it has become.
#[derive(Clone, PartialEq, Debug)]
pub struct SentNext {
    pub turn: Turn,
    pub model: Option<String>,
    pub asked: String,
}

/// The message that a command with this client id left waiting.
pub(super) async fn by_client(db: &mut AnyConnection, user: UserId, client: &str) -> Result<Option<QueuedRow>, Error> {
    let text = select_queue!("user_id = $1 AND client_id = $2");
    Ok(sql_as!(QueuedRow, text, user.to_string(), run::client_key(client)).fetch_optional(db).await?)
}

/// How many wait. The thread is locked.
pub(super) async fn length(db: &mut AnyConnection, thread: ThreadId) -> Result<i64, Error> {
    let row = sql!("SELECT COUNT(*) AS waiting FROM queue WHERE thread_id = $1", thread.to_string());
    Ok(row.fetch_one(db).await?.try_get("waiting")?)
}

/// Puts a message behind those that wait. The thread is locked.
pub(super) async fn push(
    db: &mut AnyConnection,
    turn: &NewTurn,
    thread: ThreadId,
    asked: &str,
) -> Result<QueuedRow, Error> {
    let last = sql!("SELECT COALESCE(MAX(position), 0) AS last FROM queue WHERE thread_id = $1", thread.to_string());
    let row = QueuedRow {
        id: turn.message.id,
        thread,
        user: turn.user,
        position: last.fetch_one(&mut *db).await?.try_get::<i64, _>("last")? + 1,
        content: turn.message.content.clone(),
        model: turn.model.as_deref().map(|model| plain(model, LONGEST_TITLE)),
        asked: asked.to_owned(),
        client: turn.run.client_id.as_deref().map(run::client_key),
        created_at: turn.now,
    };
    sql!(
        "INSERT INTO queue (id, thread_id, user_id, position, content, model, asked, client_id, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        row.id.to_string(),
        row.thread.to_string(),
        row.user.to_string(),
        row.position,
        to_json(&row.content)?,
        row.model.clone(),
        row.asked.as_str(),
        row.client.clone(),
        row.created_at,
    )
    .execute(db)
    .await?;
    Ok(row)
}

struct ChangeQueued {
    user: UserId,
    message: MessageId,
    change: QueueChange,
}

impl Write for ChangeQueued {
    type Out = QueuedRow;

    async fn apply(&self, db: &mut AnyConnection) -> Result<QueuedRow, Error> {
        let text = select_queue!("id = $1 AND user_id = $2");
        let find = || sql_as!(QueuedRow, text, self.message.to_string(), self.user.to_string());
        let row = find().fetch_optional(&mut *db).await?.ok_or(Error::NotFound)?;
        thread::lock(db, row.thread, Some(self.user)).await?;
        // It may have been sent before the lock was ours.
        let mut row = find().fetch_optional(&mut *db).await?.ok_or(Error::NotFound)?;
        let key = row.id.to_string();
        match &self.change {
            QueueChange::Text(text) => {
                row.content.text.clone_from(text);
                let content = to_json(&row.content)?;
                sql!("UPDATE queue SET content = $1 WHERE id = $2", content, key).execute(db).await?;
            }
            QueueChange::First => {
                let first =
                    sql!("SELECT MIN(position) AS first FROM queue WHERE thread_id = $1", row.thread.to_string());
                let first: i64 = first.fetch_one(&mut *db).await?.try_get("first")?;
                if row.position != first {
                    row.position = first - 1;
                    sql!("UPDATE queue SET position = $1 WHERE id = $2", row.position, key).execute(db).await?;
                }
            }
            QueueChange::Remove => {
                sql!("DELETE FROM queue WHERE id = $1", key).execute(db).await?;
            }
        }
        Ok(row)
    }
}

struct SendNext {
    thread: ThreadId,
    answer: NewAnswer,
    run: NewRun,
    now: i64,
}

impl Write for SendNext {
    type Out = Option<SentNext>;

    async fn apply(&self, db: &mut AnyConnection) -> Result<Self::Out, Error> {
        let sequence = thread::lock(db, self.thread, None).await?;
        if run::active(&mut *db, self.thread).await?.is_some() {
            return Ok(None);
        }
        let text = select_queue!("thread_id = $1 ORDER BY position LIMIT 1");
        let next = sql_as!(QueuedRow, text, self.thread.to_string()).fetch_optional(&mut *db).await?;
        let Some(QueuedRow { id, user, content, model, asked, client, created_at, .. }) = next else { return Ok(None) };
        sql!("DELETE FROM queue WHERE id = $1", id.to_string()).execute(&mut *db).await?;

        let message = MessageRow {
            id,
            thread: self.thread,
            parent: leaf(db, self.thread).await?,
            sequence,
            role: Role::User,
            kind: Kind::Text,
            status: Status::Completed,
            content,
            meta: Meta { created_at, ..Meta::default() },
        };
        let mut answer = self.answer.row(self.thread, id, sequence + 1);
        answer.meta.model.clone_from(&model);
        message::insert(db, &message, self.now).await?;
        message::insert(db, &answer, self.now).await?;
        let run = NewRun { client_id: client, ..self.run.clone() };
        run::insert(db, &run, &answer, user, model.as_deref(), self.now).await?;
        advance(db, &answer, 2, &snippet(&message.content), model.as_deref(), self.now).await?;
        let thread = thread::load(db, self.thread).await?;
        let turn = Turn { thread, message, answer, run: run.id, created: false, repeated: false };
        Ok(Some(SentNext { turn, model, asked }))
    }
}
