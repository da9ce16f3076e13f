//! A person's turn: what they wrote, the empty answer to it and the run that fills it (contract B.2).

use super::{StoredContent, message::MessageRow, thread::ThreadRow};
use crate::model::{Kind, MessageId, Meta, Role, RunId, Status, ThreadId, UserId};

/// A turn to be stored. The caller looked at the text already.
#[derive(Clone, Debug)]
pub struct NewTurn {
    pub user: UserId,
    pub thread: TurnThread,
    pub message: NewMessage,
    pub answer: NewAnswer,
    pub run: NewRun,
    /// The model that is asked; the thread remembers it. None leaves the thread's as it is.
    pub model: Option<String>,
    pub now: i64,
}

/// Where a turn goes.
#[derive(Clone, Debug)]
pub enum TurnThread {
    /// Into a thread that it makes, with a provisional title.
    New { id: ThreadId, title: Option<String> },
    /// After the leaf of a thread that is there.
    Existing(ThreadId),
}

/// What the person wrote.
#[derive(Clone, Debug)]
pub struct NewMessage {
    pub id: MessageId,
    pub content: StoredContent,
}

/// The answer's row, empty as yet.
#[derive(Clone, Debug)]
pub struct NewAnswer {
    pub id: MessageId,
    pub meta: Meta,
}

/// The run that writes the answer.
#[derive(Clone, Debug)]
pub struct NewRun {
    pub id: RunId,
    /// Which server runs it.
    pub node: String,
    /// Until when it counts as alive unless it says so again.
    pub lease_until: i64,
    /// An id that the sender made up: the same one sent twice stores one turn.
    pub client_id: Option<String>,
}

/// A stored turn.
#[derive(Clone, PartialEq, Debug)]
pub struct Turn {
    pub thread: ThreadRow,
    /// The person's row.
    pub message: MessageRow,
    /// The answer's row.
    pub answer: MessageRow,
    pub run: RunId,
    /// The sequence of the last row that is shown as before; what comes after it is new, or the rows here.
    pub after: i64,
    /// The thread was made by this very call.
    pub created: bool,
    /// It was stored by an earlier call with the same client id, whose rows these are, as they are now; nothing was
    /// stored.
    pub repeated: bool,
}

impl NewAnswer {
    pub(super) fn row(&self, thread: ThreadId, parent: MessageId, sequence: i64) -> MessageRow {
        MessageRow {
            id: self.id,
            thread,
            parent: Some(parent),
            sequence,
            role: Role::Assistant,
            kind: Kind::Text,
            status: Status::Running,
            content: StoredContent::default(),
            meta: self.meta.clone(),
            version: 1,
            versions: 1,
            group: self.id,
            forks: 0,
        }
    }
}
