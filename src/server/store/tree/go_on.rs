//! Going on with an answer that ended too early.

use sqlx::AnyConnection;

use super::super::{
    Error, Store, message, run,
    sql::{sql, to_json},
    submit::repeated,
    thread,
    turn::{NewRun, Turn},
    write::Write,
};
use crate::model::{MessageId, Role, Status, ThreadId, UserId};

/// An answer to be gone on with.
#[derive(Clone, Debug)]
pub struct GoOn {
    pub user: UserId,
    pub thread: ThreadId,
    /// What its thread stands at.
    pub answer: MessageId,
    pub run: NewRun,
    pub model: Option<String>,
    pub now: i64,
}

impl Store {
    /// Opens a settled answer again, with what it says, for a run that adds to it. `NotFound`: this person's thread does
    /// not stand at it, it says nothing, or it is being written. `Busy`: the thread is being answered already.
    pub async fn go_on(&self, go_on: GoOn) -> Result<Turn, Error> {
        self.write(go_on).await
    }
}

impl Write for GoOn {
    type Out = Turn;

    async fn apply(&self, db: &mut AnyConnection) -> Result<Turn, Error> {
        thread::lock(db, self.thread, Some(self.user)).await?;
        if let Some(repeated) = repeated(db, self.user, &self.run).await? {
            return Ok(repeated);
        }
        if let Some(run) = run::active(&mut *db, self.thread).await? {
            return Err(Error::Busy(run));
        }
        let mut answer = message::load(db, self.thread, self.answer).await?.ok_or(Error::NotFound)?;
        let stands = thread::load(db, self.thread).await?.leaf == Some(self.answer);
        let parent = answer.parent.ok_or(Error::NotFound)?;
        if answer.role != Role::Assistant
            || !answer.status.is_settled()
            || !stands
            || answer.content.text.trim().is_empty()
        {
            return Err(Error::NotFound);
        }
        answer.status = Status::Running;
        answer.content.failure = None;
        answer.meta.stop = None;
        sql!(
            "UPDATE messages SET status = $1, content = $2, meta = $3, updated_at = $4 WHERE id = $5",
            answer.status.as_str(),
            to_json(&answer.content)?,
            to_json(&answer.meta)?,
            self.now,
            answer.id.to_string(),
        )
        .execute(&mut *db)
        .await?;
        run::insert(db, &self.run, &answer, self.user, self.model.as_deref(), self.now).await?;
        let message = message::load(db, self.thread, parent).await?.ok_or(Error::NotFound)?;
        let (thread, after) = (thread::load(db, self.thread).await?, message.sequence);
        Ok(Turn { thread, message, answer, run: self.run.id, after, created: false, repeated: false })
    }
}
