//! What is said to the model before everything else in a thread.

use sqlx::AnyConnection;

use super::{
    super::{
        Error, Store, StoredContent,
        message::{self, MessageRow},
        sql::sql,
        thread::{self, ThreadRow},
        write::Write,
    },
    rewrite::in_place,
};
use crate::model::{Kind, MessageId, Meta, Role, Status, ThreadId, UserId};

impl Store {
    /// What is said to the model first in a thread.
    pub async fn system(&self, thread: ThreadId) -> Result<Option<MessageRow>, Error> {
        load(&mut *self.reader.acquire().await?, thread).await
    }

    /// Says something else to the model first, or nothing where the text is empty. `id` is for a new row. Returns the row
    /// as it is then, and as it was.
    pub async fn set_system(
        &self,
        user: UserId,
        thread: ThreadId,
        id: MessageId,
        text: &str,
        now: i64,
    ) -> Result<SystemSet, Error> {
        self.write(SetSystem { user, thread, id, text: text.to_owned(), now }).await
    }
}

/// What became of a thread's first words.
#[derive(Clone, PartialEq, Debug)]
pub struct SystemSet {
    pub thread: ThreadRow,
    pub was: Option<MessageId>,
    pub is: Option<MessageRow>,
}

struct SetSystem {
    user: UserId,
    thread: ThreadId,
    id: MessageId,
    text: String,
    now: i64,
}

impl Write for SetSystem {
    type Out = SystemSet;

    async fn apply(&self, db: &mut AnyConnection) -> Result<SystemSet, Error> {
        thread::lock(db, self.thread, Some(self.user)).await?;
        let old = load(db, self.thread).await?;
        let was = old.as_ref().map(|row| row.id);
        let (is, more) = match (old, self.text.is_empty()) {
            (Some(old), true) => {
                sql!("DELETE FROM messages WHERE id = $1", old.id.to_string()).execute(&mut *db).await?;
                (None, -1)
            }
            (None, true) => (None, 0),
            (Some(old), false) => (Some(in_place(db, old, &self.text, self.now).await?), 0),
            (None, false) => {
                let row = MessageRow {
                    id: self.id,
                    thread: self.thread,
                    parent: None,
                    sequence: 0,
                    role: Role::System,
                    kind: Kind::Text,
                    status: Status::Completed,
                    content: StoredContent { text: self.text.clone(), ..StoredContent::default() },
                    meta: Meta { created_at: self.now, ..Meta::default() },
                    version: 1,
                    versions: 1,
                    group: self.id,
                    forks: 0,
                };
                (Some(message::insert(db, row, self.now).await?), 1)
            }
        };
        let count = "UPDATE threads SET message_count = message_count + $1, updated_at = $2 WHERE id = $3";
        sql!(count, more, self.now, self.thread.to_string()).execute(&mut *db).await?;
        Ok(SystemSet { thread: thread::load(db, self.thread).await?, was, is })
    }
}

/// The row with the sequence 0.
pub(in crate::server::store) async fn load(
    db: &mut AnyConnection,
    thread: ThreadId,
) -> Result<Option<MessageRow>, Error> {
    message::at(db, thread, 0).await
}
