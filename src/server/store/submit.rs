//! Storing a turn, all of it in one transaction.

use sqlx::AnyConnection;

use super::{
    Error, QueuedRow, Store, StoredContent, ThreadRow,
    message::{self, MessageRow},
    queue, run,
    sql::{maybe_id, plain, sql},
    thread::{self, LONGEST_SNIPPET, LONGEST_TITLE},
    turn::{NewRun, NewTurn, Turn, TurnThread},
    user,
    write::Write,
};
use crate::model::{Kind, MessageId, Meta, Role, Status, ThreadId, UserId};

impl Store {
    /// Stores a turn. `NotFound`: no such thread of this person's, or no such person; the contract's source would make
    /// the thread then, here a thread that was deleted stays deleted. `Busy`: the thread is being answered already.
    pub async fn submit(&self, turn: NewTurn) -> Result<Turn, Error> {
        self.write(turn).await
    }

    /// The same, but where the thread is being answered, or others wait already, the message waits too. `asked` is what
    /// its person wants of the answer, kept for [`send_next`](Self::send_next). `QueueFull`: `most` wait already.
    pub async fn submit_or_queue(&self, turn: NewTurn, asked: String, most: u32) -> Result<Submitted, Error> {
        self.write(SubmitOrQueue { turn, asked, most }).await
    }
}

/// What became of a message.
#[derive(Clone, PartialEq, Debug)]
pub enum Submitted {
    Turn(Box<Turn>),
    /// It waits; `repeated` if an earlier call with the same client id had put it there.
    Queued {
        row: Box<QueuedRow>,
        thread: Box<ThreadRow>,
        repeated: bool,
    },
}

struct SubmitOrQueue {
    turn: NewTurn,
    asked: String,
    most: u32,
}

impl Write for SubmitOrQueue {
    type Out = Submitted;

    async fn apply(&self, db: &mut AnyConnection) -> Result<Submitted, Error> {
        let turn = &self.turn;
        if let TurnThread::Existing(thread) = turn.thread {
            thread::lock(db, thread, Some(turn.user)).await?;
            if let Some(client) = &turn.run.client_id
                && let Some(row) = queue::by_client(db, turn.user, client).await?
            {
                let thread = Box::new(thread::load(db, row.thread).await?);
                return Ok(Submitted::Queued { row: Box::new(row), thread, repeated: true });
            }
            let waiting = queue::length(db, thread).await?;
            if (waiting > 0 || run::active(&mut *db, thread).await?.is_some())
                && repeated(db, turn.user, &turn.run).await?.is_none()
            {
                if waiting >= i64::from(self.most) {
                    return Err(Error::QueueFull);
                }
                let row = Box::new(queue::push(db, turn, thread, &self.asked).await?);
                let thread = Box::new(thread::load(db, thread).await?);
                return Ok(Submitted::Queued { row, thread, repeated: false });
            }
        }
        Ok(Submitted::Turn(Box::new(turn.apply(db).await?)))
    }
}

impl Write for NewTurn {
    type Out = Turn;

    async fn apply(&self, db: &mut AnyConnection) -> Result<Turn, Error> {
        let (thread, made) = match &self.thread {
            TurnThread::New { id, title } => (*id, Some(title)),
            TurnThread::Existing(id) => (*id, None),
        };
        // The lock comes first: whatever is looked at after it stays as it is.
        let sequence = match made {
            Some(_) => user::lock(db, self.user).await.map(|()| 1)?,
            None => thread::lock(db, thread, Some(self.user)).await?,
        };
        if let Some(repeated) = repeated(db, self.user, &self.run).await? {
            return Ok(repeated);
        }
        let mut parent = None;
        if let Some(title) = made {
            create_thread(db, self.user, thread, title.as_deref(), self.now).await?;
        } else if let Some(run) = run::active(&mut *db, thread).await? {
            return Err(Error::Busy(run));
        } else {
            parent = leaf(db, thread).await?;
        }

        insert(db, self, Place { thread, parent, sequence, written_at: self.now, created: made.is_some() }).await
    }
}

/// Where a turn goes, found out under the thread's lock.
pub(super) struct Place {
    pub thread: ThreadId,
    pub parent: Option<MessageId>,
    pub sequence: i64,
    /// When the person wrote the message, which may be before it was sent.
    pub written_at: i64,
    /// The thread was made for it.
    pub created: bool,
}

/// Stores both rows of a turn and its run.
pub(super) async fn insert(db: &mut AnyConnection, turn: &NewTurn, place: Place) -> Result<Turn, Error> {
    let Place { thread, parent, sequence, written_at, created } = place;
    let id = turn.message.id;
    let message = MessageRow {
        id,
        thread,
        parent,
        sequence,
        role: Role::User,
        kind: Kind::Text,
        status: Status::Completed,
        content: turn.message.content.clone(),
        meta: Meta { created_at: written_at, ..Meta::default() },
        version: 1,
        versions: 1,
        group: id,
        forks: 0,
    };
    let message = message::insert(db, message, turn.now).await?;
    let answer = message::insert(db, turn.answer.row(thread, id, sequence + 1), turn.now).await?;
    run::insert(db, &turn.run, &answer, turn.user, turn.model.as_deref(), turn.now).await?;
    advance(db, &answer, 2, &snippet(&message.content), turn.model.as_deref(), turn.now).await?;
    let thread = thread::load(db, thread).await?;
    Ok(Turn { thread, message, answer, run: turn.run.id, after: sequence - 1, created, repeated: false })
}

/// What an earlier call with the same client id stored, as it is now.
pub(super) async fn repeated(db: &mut AnyConnection, user: UserId, run: &NewRun) -> Result<Option<Turn>, Error> {
    let Some(client) = &run.client_id else { return Ok(None) };
    let Some(first) = run::by_client(db, user, client).await? else { return Ok(None) };
    let answer = message::load(db, first.thread, first.answer).await?.ok_or(Error::NotFound)?;
    let parent = answer.parent.ok_or(Error::NotFound)?;
    let message = message::load(db, first.thread, parent).await?.ok_or(Error::NotFound)?;
    let thread = thread::load(db, first.thread).await?;
    let after = message.sequence;
    Ok(Some(Turn { thread, message, answer, run: first.id, after, created: false, repeated: true }))
}

/// Makes an empty thread. The person's row is locked.
async fn create_thread(
    db: &mut AnyConnection,
    user: UserId,
    thread: ThreadId,
    title: Option<&str>,
    now: i64,
) -> Result<(), Error> {
    let insert = sql!(
        "INSERT INTO threads (id, user_id, title, title_source, last_message_at, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $5, $5)",
        thread.to_string(),
        user.to_string(),
        title.map(|title| plain(title, LONGEST_TITLE)),
        title.map_or("none", |_| "provisional"),
        now,
    );
    insert.execute(&mut *db).await?;
    user::count_threads(db, user, 1).await
}

/// The row that the next one follows: the thread's leaf or, where that is damaged, its last row. Read under the lock.
pub(super) async fn leaf(db: &mut AnyConnection, thread: ThreadId) -> Result<Option<MessageId>, Error> {
    let row = sql!(
        "SELECT COALESCE((SELECT m.id FROM threads t JOIN messages m ON m.id = t.leaf_id AND m.thread_id = t.id \
         WHERE t.id = $1), (SELECT m.id FROM messages m WHERE m.thread_id = $1 AND m.sequence > 0 ORDER BY m.sequence DESC LIMIT 1)) \
         AS id",
        thread.to_string(),
    )
    .fetch_one(db)
    .await?;
    Ok(maybe_id(&row, "id")?)
}

/// The thread stands at a new answer now, after `rows` new rows.
pub(super) async fn advance(
    db: &mut AnyConnection,
    answer: &MessageRow,
    rows: i64,
    snippet: &str,
    model: Option<&str>,
    now: i64,
) -> Result<(), Error> {
    sql!(
        "UPDATE threads SET leaf_id = $1, next_sequence = next_sequence + $2, message_count = message_count + $2, \
         snippet = CASE WHEN $3 = '' THEN snippet ELSE $3 END, model = COALESCE($4, model), \
         last_message_at = CASE WHEN last_message_at < $5 THEN $5 ELSE last_message_at END, updated_at = $5 \
         WHERE id = $6",
        answer.id.to_string(),
        rows,
        snippet,
        model.map(|model| plain(model, LONGEST_TITLE)),
        now,
        answer.thread.to_string(),
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The first 120 characters of a message on one line, or the names of its files where it has no words (contract B.7).
pub(super) fn snippet(content: &StoredContent) -> String {
    let mut line = content.text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.is_empty() {
        line = content.attachments.iter().map(|file| file.name.as_str()).collect::<Vec<_>>().join(", ");
    }
    plain(&line, LONGEST_SNIPPET)
}
