//! Trying an answer again: a new row beside the old one.

use sqlx::AnyConnection;

use super::{
    Error, Store, message, run,
    submit::{advance, repeated},
    thread,
    turn::{NewAnswer, NewRun, Turn},
    write::Write,
};
use crate::model::{MessageId, Role, ThreadId, UserId};

/// An answer to be tried again.
#[derive(Clone, Debug)]
pub struct Retry {
    pub user: UserId,
    pub thread: ThreadId,
    /// The answer that failed or was stopped. It stays in the table, beside the new one.
    pub failed: MessageId,
    pub answer: NewAnswer,
    pub run: NewRun,
    /// As in [`NewTurn`](super::NewTurn).
    pub model: Option<String>,
    pub now: i64,
}

impl Store {
    /// Stores an empty answer under the same parent as an earlier one and makes it the thread's leaf; `message` of what
    /// is returned is that parent. `NotFound`: no such settled answer of this person's. `Busy`: the thread is being
    /// answered already.
    pub async fn retry(&self, retry: Retry) -> Result<Turn, Error> {
        self.write(retry).await
    }
}

impl Write for Retry {
    type Out = Turn;

    async fn apply(&self, db: &mut AnyConnection) -> Result<Turn, Error> {
        let sequence = thread::lock(db, self.thread, Some(self.user)).await?;
        if let Some(repeated) = repeated(db, self.user, &self.run).await? {
            return Ok(repeated);
        }
        if let Some(run) = run::active(&mut *db, self.thread).await? {
            return Err(Error::Busy(run));
        }
        let failed = message::load(db, self.thread, self.failed).await?.ok_or(Error::NotFound)?;
        if failed.role != Role::Assistant || !failed.status.is_settled() {
            return Err(Error::NotFound);
        }
        let parent = failed.parent.ok_or(Error::NotFound)?;
        let message = message::load(db, self.thread, parent).await?.ok_or(Error::NotFound)?;

        let answer = self.answer.row(self.thread, message.id, sequence);
        message::insert(db, &answer, self.now).await?;
        run::insert(db, &self.run, &answer, self.user, self.model.as_deref(), self.now).await?;
        advance(db, &answer, 1, "", self.model.as_deref(), self.now).await?;
        let thread = thread::load(db, self.thread).await?;
        Ok(Turn { thread, message, answer, run: self.run.id, created: false, repeated: false })
    }
}
