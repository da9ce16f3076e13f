//! What a thread's log knows beyond its events: the rows that are still being written.

use crate::model::{BlockChange, Change, Message, MessageId, Part, RowPatch, RunId, ThreadProperty, Timeline, fold};

use super::log::State;

/// The unsettled rows of a thread and its run, folded from the log's own events. A row leaves when it settles; by then
/// the store holds it, because settling stores first and tells second.
#[derive(Clone, Default, Debug, PartialEq)]
pub struct Live {
    pub rows: Vec<Message>,
    pub run: Option<RunId>,
}

impl State for Live {
    type Event = Change;

    fn apply(&mut self, change: Change) {
        fold(self, change);
        // What waits to be sent is in the store, and belongs to no run.
        self.rows.retain(|row| !row.status.is_settled() && !row.is_queued());
    }

    fn is_idle(&self) -> bool {
        self.rows.is_empty() && self.run.is_none()
    }
}

impl Timeline for Live {
    fn contains(&self, id: MessageId) -> bool {
        self.rows.contains(id)
    }

    fn is_queued(&self, id: MessageId) -> bool {
        self.rows.is_queued(id)
    }

    fn push_back(&mut self, row: Message) {
        self.rows.push_back(row);
    }

    fn send(&mut self, row: Message) {
        self.rows.send(row);
    }

    fn push_front(&mut self, rows: Vec<Message>) {
        self.rows.push_front(rows);
    }

    fn replace(&mut self, row: Message) {
        Timeline::replace(&mut self.rows, row);
    }

    fn remove(&mut self, id: MessageId) {
        Timeline::remove(&mut self.rows, id);
    }

    fn path(&mut self, _: i64, rows: Vec<Message>, _: Option<i64>) {
        // What is written below another way goes on being written; what is here of these rows is the newest there is.
        for row in rows {
            if !self.rows.contains(row.id) {
                self.rows.push_back(row);
            }
        }
    }

    fn clear(&mut self) {
        self.rows.clear();
    }

    fn text(&mut self, id: MessageId, part: Part, change: BlockChange) {
        self.rows.text(id, part, change);
    }

    fn patch(&mut self, id: MessageId, patch: RowPatch) {
        self.rows.patch(id, patch);
    }

    fn property(&mut self, property: ThreadProperty) {
        match property {
            ThreadProperty::Run(run) => self.run = run,
            ThreadProperty::Gone => *self = Self::default(),
            ThreadProperty::Title(_) | ThreadProperty::Model(_) => {}
        }
    }
}
