//! Saying otherwise what a row says, without asking for an answer.

use sqlx::AnyConnection;

use super::{
    super::{
        Error, Store,
        message::{self, MessageRow},
        sql::{sql, to_json},
        submit::{advance, snippet},
        thread::{self, ThreadRow},
        title::retitle,
        write::Write,
    },
    ask::version_of,
    branch::depart,
    path::spot,
};
use crate::model::{Kind, MessageId, Role, Status, ThreadId, UserId};

/// A row to be changed.
#[derive(Clone, Debug)]
pub struct Rewrite {
    pub user: UserId,
    pub thread: ThreadId,
    pub message: MessageId,
    pub text: String,
    /// The id of a new version, to which the thread turns; none changes the row itself, and what is below it stays. What
    /// a person said and nobody answered is changed itself in any case.
    pub version: Option<MessageId>,
    /// As in [`About::Edited`](super::About::Edited).
    pub title: Option<String>,
    pub now: i64,
}

/// What came of it.
#[derive(Clone, PartialEq, Debug)]
pub struct Rewritten {
    pub thread: ThreadRow,
    /// The row, or its new version.
    pub row: MessageRow,
    /// With a new version, the sequence of the last row that is shown as before. None: the row itself was changed.
    pub after: Option<i64>,
}

impl Store {
    /// Changes what a settled row says. `NotFound`: this person's thread has no such row, or it is being written.
    pub async fn rewrite(&self, rewrite: Rewrite) -> Result<Rewritten, Error> {
        self.write(rewrite).await
    }
}

impl Write for Rewrite {
    type Out = Rewritten;

    async fn apply(&self, db: &mut AnyConnection) -> Result<Rewritten, Error> {
        let sequence = thread::lock(db, self.thread, Some(self.user)).await?;
        let old = message::load(db, self.thread, self.message).await?.ok_or(Error::NotFound)?;
        if !matches!(old.role, Role::User | Role::Assistant) || old.kind != Kind::Text || !old.status.is_settled() {
            return Err(Error::NotFound);
        }
        let unanswered = old.role == Role::User && spot(db, self.thread, old.id).await?.children == 0;
        let (row, after) = match self.version.filter(|_| !unanswered) {
            None => (in_place(db, old, &self.text, self.now).await?, None),
            Some(version) => {
                let (turn, after) = depart(db, self.thread, old.parent).await?;
                let new = version_of(&old, version, &self.text, sequence, self.now);
                let row = message::insert(db, new, self.now).await?;
                advance(db, &row, 1, &snippet(&row.content), None, self.now).await?;
                sql!("UPDATE threads SET turn = $1 WHERE id = $2", turn, self.thread.to_string())
                    .execute(&mut *db)
                    .await?;
                (row, Some(after))
            }
        };
        if row.role == Role::User
            && row.parent.is_none()
            && let Some(title) = &self.title
        {
            retitle(db, self.thread, title).await?;
        }
        Ok(Rewritten { thread: thread::load(db, self.thread).await?, row, after })
    }
}

/// Changes what a settled row says, and nothing else about the tree. An answer that failed is the person's from then on.
pub(super) async fn in_place(
    db: &mut AnyConnection,
    mut row: MessageRow,
    text: &str,
    now: i64,
) -> Result<MessageRow, Error> {
    text.clone_into(&mut row.content.text);
    row.content.failure = None;
    row.status = Status::Completed;
    row.meta.edited = true;
    sql!(
        "UPDATE messages SET content = $1, meta = $2, status = $3, updated_at = $4 WHERE id = $5",
        to_json(&row.content)?,
        to_json(&row.meta)?,
        row.status.as_str(),
        now,
        row.id.to_string(),
    )
    .execute(db)
    .await?;
    Ok(row)
}
