//! What can happen to a thread, and to a person's list of threads. Rows are addressed by id, never by index.

use serde::{Deserialize, Serialize};

use super::{Failure, Message, MessageId, Meta, RunId, Status, ThreadId, ThreadSummary, Visitor};

/// A patch to one thread. What it does is in [`fold`](super::fold()).
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// New rows at the end. A row that is already there is replaced instead, so that replaying is harmless.
    Append {
        rows: Vec<Message>,
    },
    /// Older rows at the beginning; those already there are left alone.
    Prepend {
        rows: Vec<Message>,
    },
    /// One row, whole.
    Replace {
        id: MessageId,
        row: Box<Message>,
    },
    Remove {
        id: MessageId,
    },
    /// All rows.
    Set {
        rows: Vec<Message>,
    },
    /// The thread turned to another way through its tree: below the row with the sequence `after` are these rows now, and
    /// none of those that were there. Messages that wait to be sent stay behind them.
    Path {
        /// 0: there is nothing above.
        after: i64,
        /// The first of them; not more than a window.
        rows: Vec<Message>,
        /// The sequence of the row after them, if these are not all.
        next: Option<i64>,
    },
    /// Part of one row's text.
    Text {
        id: MessageId,
        part: Part,
        change: BlockChange,
    },
    /// Facts of one row.
    Row {
        id: MessageId,
        patch: Box<RowPatch>,
    },
    /// A property of the thread itself.
    Thread {
        property: ThreadProperty,
    },
}

/// Which text of a row.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    Text,
    Reasoning,
}

/// What happened to the blocks of a text. Its size is that of what is new, not of what is there.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BlockChange {
    /// `html` comes at the end of an element of block `block`: the block itself at depth 0, else the element reached by
    /// going `depth` times to the last child element. In the block's text that place is before its last `depth` closing
    /// tags ([`insertion_point`](super::insertion_point)).
    Append { block: u32, depth: u8, html: String },
    /// The blocks from index `from` on are now these.
    Replace { from: u32, blocks: Vec<String> },
}

/// What changes about a row when it starts, settles or learns something. `None` leaves a fact as it is.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RowPatch {
    pub status: Option<Status>,
    pub meta: Option<Meta>,
    pub failure: Option<Failure>,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ThreadProperty {
    /// None is the untitled thread, which each viewer's language names.
    Title(Option<String>),
    /// The model last used.
    Model(Option<String>),
    /// The run that is under way.
    Run(Option<RunId>),
    /// The thread was deleted.
    Gone,
}

/// What a person's own channel says, to every tab of theirs.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Notice {
    /// A thread is new, or has a new message, title or state.
    Thread { summary: ThreadSummary },
    /// A thread is gone.
    Removed { id: ThreadId },
    /// Something about the person changed: their name, what they chose, where they are signed in.
    Person { visitor: Visitor },
}
