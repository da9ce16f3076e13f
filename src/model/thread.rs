//! Threads as lists and pages show them.

use serde::{Deserialize, Serialize};

use super::{Message, MessageId, RunId, Seq, ThreadId};

/// A row of the sidebar (contract B.7).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ThreadSummary {
    pub id: ThreadId,
    /// None is untitled.
    pub title: Option<String>,
    /// The newest text, at most 120 characters.
    pub snippet: String,
    /// Milliseconds since 1970, UTC; the sidebar's order.
    pub last_message_at: i64,
    pub running: bool,
    /// What ended in it while nobody looked at it.
    pub mark: Option<Mark>,
}

/// What a thread's owner has not seen yet.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// An answer ended.
    Unread,
    /// An answer failed.
    Failed,
}

impl Mark {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unread => "unread",
            Self::Failed => "failed",
        }
    }

    /// The mark that is called so; none for any other word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Unread, Self::Failed].into_iter().find(|mark| mark.as_str() == word)
    }
}

/// One page of the sidebar: 15 rows, newest first.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SidebarPage {
    pub items: Vec<ThreadSummary>,
    /// From 0; clamped to the last page there is.
    pub page: u32,
    /// At least 1.
    pub pages: u32,
    pub total: u32,
    /// Where the viewer's own channel stood when this was read.
    pub seq: Seq,
}

/// What a thread is besides its messages.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ThreadHead {
    pub id: ThreadId,
    pub title: Option<String>,
    pub model: Option<String>,
    pub run: Option<RunId>,
    /// What it began as a copy of, if that is still there.
    pub origin: Option<Origin>,
    /// Something about its messages was damaged and has just been mended: some may be on another version.
    pub mended: bool,
}

/// Where a copy of a thread was made.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Origin {
    pub thread: ThreadId,
    pub message: MessageId,
    /// None is untitled.
    pub title: Option<String>,
}

/// A thread as it stood at `seq`: following from there misses nothing and repeats nothing.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Snapshot {
    pub head: ThreadHead,
    /// The newest window of rows, oldest first.
    pub messages: Vec<Message>,
    /// The sequence before which there is more, if there is.
    pub older: Option<i64>,
    pub seq: Seq,
}

/// Rows before a window, oldest first.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Older {
    pub messages: Vec<Message>,
    /// The sequence before which there is still more, if there is.
    pub older: Option<i64>,
}

/// What a submit made. Without `answer` and `run` the message waits until the thread's run has ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Started {
    pub thread: ThreadId,
    pub message: MessageId,
    pub answer: Option<MessageId>,
    pub run: Option<RunId>,
    /// Before the events of this submit.
    pub seq: Seq,
}
