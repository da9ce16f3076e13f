//! How much of a thread is held: what is far from the reader goes, and comes again when they come near.
//!
//! Rows at the beginning are found again by their sequence. For those at the end each piece that is cut off leaves a mark:
//! the row before which it is found again. New rows are not taken in while the end is not here; the last mark is the end
//! itself, from which the thread is followed again.

use leptos::prelude::*;

use super::ThreadView;
use crate::{
    model::{Change, Message, MessageId, Older, Snapshot, Timeline, fold},
    state::{Row, row::set},
};

/// The most rows that are held. A row is some dozens of elements.
const MOST: usize = 120;
/// How many go at a time: no more than a window brings back.
const PIECE: usize = 30;

/// How many older rows are put in at a time: what is put in together is laid out together, and to lay out more of them
/// takes longer than a reader who scrolls should wait.
const AT_ONCE: usize = 15;

/// Older rows that were read, and are not here yet.
pub(super) struct Coming {
    /// What they come before: the first row that is here.
    before: i64,
    older: Older,
}

impl Coming {
    /// What happens to them meanwhile. Where what they belong to is made anew, they are read again.
    pub(super) fn apply(&mut self, change: &Change) {
        match change {
            Change::Remove { .. } | Change::Replace { .. } | Change::Row { .. } | Change::Text { .. } => {
                fold(&mut self.older.messages, change.clone());
            }
            Change::Path { .. } | Change::Set { .. } => self.older.messages.clear(),
            Change::Append { .. } | Change::Prepend { .. } | Change::Thread { .. } => {}
        }
    }
}

/// Where a piece that was cut off ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Cut {
    /// Before the row with this sequence.
    Before(i64),
    /// At the end of the thread.
    End,
}

impl ThreadView {
    /// Puts older rows before those that are here, some of them now; the others [later](Self::bring).
    pub fn prepend(&self, older: Older) {
        let before = self.older.get_untracked();
        self.index().coming = before.map(|before| Coming { before, older });
        self.bring();
    }

    /// Whether there are more to bring.
    pub fn is_coming(&self) -> bool {
        self.index().coming.is_some()
    }

    /// Puts some more of the rows that came before those that are here. Where that makes too many, rows at the other end
    /// go.
    pub fn bring(&self) {
        let here = self.older.get_untracked();
        let Some(Coming { before, mut older }) = self.index().coming.take() else { return };
        // The beginning of what is here may have been let go of since.
        if here != Some(before) {
            return;
        }
        let rest = older.messages.len().saturating_sub(AT_ONCE);
        let rows = older.messages.split_off(rest);
        let first = rows.first().map(|row| row.sequence).filter(|_| rest > 0);
        // Before they are put in: what stands above all rows is taken in by who sees the first of them.
        set(&self.older, first.or(older.older));
        self.apply(Change::Prepend { rows });
        self.index().coming = first.map(|before| Coming { before, older });
        self.cut_end();
    }

    /// What is here was asked for as a part, which ends before this sequence. What comes after it is not brought here.
    pub fn ends_before(&self, before: i64) {
        set(&self.edge, Some(before));
    }

    /// Where the piece after what is here ends, if the window does not reach the thread's end.
    pub fn next_cut(&self) -> Option<Cut> {
        self.index().cuts.last().copied()
    }

    /// Puts the piece that ends `before` this sequence after what is here.
    pub fn extend(&self, before: i64, rows: Vec<Message>) {
        if self.next_cut() != Some(Cut::Before(before)) {
            return;
        }
        self.index().cuts.pop();
        set(&self.edge, Some(before));
        self.put_back(rows);
        self.cut_beginning();
    }

    /// Puts the end of the thread after what is here; it is followed from the snapshot's position again. `between` are
    /// the rows that came meanwhile and are not in it.
    pub fn rejoin(&self, between: Vec<Message>, snapshot: Snapshot) {
        self.index().cuts.clear();
        set(&self.edge, None);
        self.put_back(between);
        self.put_back(snapshot.messages);
        set(&self.run, snapshot.head.run);
        self.cut_beginning();
    }

    /// Lets go of what is far above a reader at the end.
    pub fn cut_beginning(&self) {
        let mut gone = Vec::new();
        self.rows.maybe_update(|rows| {
            while rows.len() > MOST {
                gone.extend(rows.drain(..PIECE).map(|row| row.id));
            }
            !gone.is_empty()
        });
        if !gone.is_empty() {
            self.forget(&gone);
            set(&self.older, self.rows.with_untracked(|rows| rows.first().map(|row| row.sequence)));
        }
    }

    /// Whether there is more here than need be.
    pub fn is_long(&self) -> bool {
        self.rows.with_untracked(|rows| rows.len() > MOST)
    }

    /// Lets go of what is far below a reader who goes up.
    pub(super) fn cut_end(&self) {
        while self.is_long() {
            let mut gone: Vec<Row> = Vec::new();
            self.rows.update(|rows| gone = rows.split_off(rows.len() - PIECE));
            let ids: Vec<_> = gone.iter().map(|row| row.id).collect();
            self.forget(&ids);
            let end = self.edge.get_untracked().map_or(Cut::End, Cut::Before);
            self.index().cuts.push(end);
            set(&self.edge, gone.first().map(|row| row.sequence));
        }
    }

    /// What comes after the rows that are here is another way now: it is read anew from the end.
    pub(super) fn lose_end(&self) {
        let last = self.rows.with_untracked(|rows| rows.iter().rfind(|row| !row.is_queued()).map(|row| row.sequence));
        let mut index = self.index();
        index.cuts.clear();
        index.cuts.push(Cut::End);
        drop(index);
        set(&self.edge, last.map(|last| last + 1));
    }

    fn put_back(&self, rows: Vec<Message>) {
        let mut thread = self.clone();
        for row in rows {
            match thread.contains(row.id) {
                true => thread.replace(row),
                false => thread.push_back(row),
            }
        }
    }

    fn forget(&self, ids: &[MessageId]) {
        let mut index = self.index();
        ids.iter().for_each(|id| drop(index.rows.remove(id)));
    }
}
