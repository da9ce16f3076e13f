//! Asking for an answer anywhere in the tree: once more, or after saying something else.

use sqlx::AnyConnection;

use super::{
    super::{
        Error, Store, StoredContent,
        message::{self, MessageRow},
        run,
        sql::sql,
        submit::{advance, repeated, snippet},
        thread,
        title::retitle,
        turn::{NewAnswer, NewRun, Turn},
        write::Write,
    },
    branch::depart,
    path::spot,
    rewrite,
};
use crate::model::{Kind, MessageId, Meta, Role, Status, ThreadId, UserId};

/// An answer to be made.
#[derive(Clone, Debug)]
pub struct Ask {
    pub user: UserId,
    pub thread: ThreadId,
    pub about: About,
    pub answer: NewAnswer,
    pub run: NewRun,
    /// As in [`NewTurn`](super::super::NewTurn).
    pub model: Option<String>,
    pub now: i64,
}

/// What it is about.
#[derive(Clone, Debug)]
pub enum About {
    /// A settled answer: another one beside it. Or what a person said: an answer to that.
    Row(MessageId),
    /// What a person said, said otherwise: as a new version, or in its place where nothing came of it yet.
    Edited {
        message: MessageId,
        /// The id of a new version.
        version: MessageId,
        text: String,
        /// What the thread is called from then on, if it is the first message and nobody named the thread.
        title: Option<String>,
    },
}

impl Store {
    /// Stores an empty answer, to which the thread turns; `message` of what is returned is what it answers. `NotFound`:
    /// this person has no such settled row there. `Busy`: the thread is being answered already.
    pub async fn ask(&self, ask: Ask) -> Result<Turn, Error> {
        self.write(ask).await
    }
}

impl Write for Ask {
    type Out = Turn;

    async fn apply(&self, db: &mut AnyConnection) -> Result<Turn, Error> {
        let mut sequence = thread::lock(db, self.thread, Some(self.user)).await?;
        if let Some(repeated) = repeated(db, self.user, &self.run).await? {
            return Ok(repeated);
        }
        if let Some(run) = run::active(&mut *db, self.thread).await? {
            return Err(Error::Busy(run));
        }
        let (message, turn, after) = match &self.about {
            About::Row(row) => self.row(db, *row).await?,
            About::Edited { message, version, text, title } => {
                let edited = self.edited(db, *message, *version, text, sequence).await?;
                if edited.0.parent.is_none()
                    && let Some(title) = title
                {
                    retitle(db, self.thread, title).await?;
                }
                edited
            }
        };
        let first = sequence;
        sequence += i64::from(message.sequence == sequence);
        let answer = message::insert(db, self.answer.row(self.thread, message.id, sequence), self.now).await?;
        run::insert(db, &self.run, &answer, self.user, self.model.as_deref(), self.now).await?;
        advance(db, &answer, 1 + sequence - first, &snippet(&message.content), self.model.as_deref(), self.now).await?;
        sql!("UPDATE threads SET turn = $1 WHERE id = $2", turn, self.thread.to_string()).execute(&mut *db).await?;
        let thread = thread::load(db, self.thread).await?;
        Ok(Turn { thread, message, answer, run: self.run.id, after, created: false, repeated: false })
    }
}

impl Ask {
    /// The row to answer, with what [`depart`] says about the way there.
    async fn row(&self, db: &mut AnyConnection, row: MessageId) -> Result<(MessageRow, i64, i64), Error> {
        let row = message::load(db, self.thread, row).await?.ok_or(Error::NotFound)?;
        let parent = match row.role {
            Role::User => row.id,
            Role::Assistant if row.status.is_settled() => row.parent.ok_or(Error::NotFound)?,
            _ => return Err(Error::NotFound),
        };
        let (turn, after) = depart(db, self.thread, Some(parent)).await?;
        let message = message::load(db, self.thread, parent).await?.ok_or(Error::NotFound)?;
        Ok((message, turn, after))
    }

    /// The same, once it says what it is to say.
    async fn edited(
        &self,
        db: &mut AnyConnection,
        message: MessageId,
        version: MessageId,
        text: &str,
        sequence: i64,
    ) -> Result<(MessageRow, i64, i64), Error> {
        let old = message::load(db, self.thread, message).await?.ok_or(Error::NotFound)?;
        if old.role != Role::User {
            return Err(Error::NotFound);
        }
        if spot(db, self.thread, message).await?.children == 0 {
            let (turn, after) = depart(db, self.thread, Some(message)).await?;
            let message = rewrite::in_place(db, old, text, self.now).await?;
            return Ok((message.clone(), turn, after.min(message.sequence - 1)));
        }
        let (turn, after) = depart(db, self.thread, old.parent).await?;
        let new = version_of(&old, version, text, sequence, self.now);
        Ok((message::insert(db, new, self.now).await?, turn, after))
    }
}

/// Another version of a row, settled.
pub(super) fn version_of(old: &MessageRow, id: MessageId, text: &str, sequence: i64, now: i64) -> MessageRow {
    let attachments = old.content.attachments.clone();
    // What a person wrote in the model's place cost nothing.
    let meta = Meta { created_at: now, model: old.meta.model.clone(), edited: true, ..Meta::default() };
    MessageRow {
        id,
        sequence,
        kind: Kind::Text,
        status: Status::Completed,
        content: StoredContent { text: text.to_owned(), attachments, ..StoredContent::default() },
        meta,
        ..old.clone()
    }
}
