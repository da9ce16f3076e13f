//! The open thread. Only [`fold`] changes its rows.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use leptos::prelude::*;

use super::row::{Row, set};
use crate::model::{
    BlockChange, Change, Message, MessageId, Origin, Part, Role, RowPatch, RunId, Snapshot, Status, ThreadId,
    ThreadProperty, Timeline, fold,
};

/// A thread and the window of its rows that is loaded. Clones are the same thread.
#[derive(Clone)]
pub struct ThreadView {
    pub id: ThreadId,
    /// Oldest first. Changes when rows come, go or are made anew; not when something about a row changes.
    pub rows: ArcRwSignal<Vec<Row>>,
    pub title: ArcRwSignal<Option<String>>,
    pub model: ArcRwSignal<Option<String>>,
    pub run: ArcRwSignal<Option<RunId>>,
    /// The thread was deleted.
    pub gone: ArcRwSignal<bool>,
    /// What it began as a copy of.
    pub origin: Option<Origin>,
    /// It was damaged and has just been mended.
    pub mended: bool,
    /// The sequence before which there is more to load, if there is.
    pub older: ArcRwSignal<Option<i64>>,
    /// The sequence of the first row after those that are here, where the window does not reach the thread's end. New
    /// rows are not taken in then.
    pub edge: ArcRwSignal<Option<i64>>,
    /// The row that settled last, and how, for whoever has to tell.
    pub settled: ArcRwSignal<Option<(MessageId, Status)>>,
    /// Text was added to a row.
    pub grown: ArcTrigger,
    index: Arc<Mutex<Index>>,
}

#[derive(Default)]
struct Index {
    rows: HashMap<MessageId, Row>,
    /// Rows taken out by [`Timeline::clear`], to be used again by the rows that come in their place: what is bound to
    /// their signals, and what the reader opened in them, stays.
    cleared: HashMap<MessageId, Row>,
    /// What was cut off the end, the nearest last: for each piece where it ended.
    cuts: Vec<Cut>,
    /// Older rows that were read and are put in bit by bit.
    coming: Option<Coming>,
}

impl ThreadView {
    pub fn new(snapshot: Snapshot) -> Self {
        let Snapshot { head, messages, older, seq: _ } = snapshot;
        let rows: Vec<_> = messages.into_iter().map(Row::new).collect();
        let index = Index { rows: rows.iter().map(|row| (row.id, row.clone())).collect(), ..Default::default() };
        Self {
            id: head.id,
            rows: ArcRwSignal::new(rows),
            title: ArcRwSignal::new(head.title),
            model: ArcRwSignal::new(head.model),
            run: ArcRwSignal::new(head.run),
            gone: ArcRwSignal::new(false),
            origin: head.origin,
            mended: head.mended,
            older: ArcRwSignal::new(older),
            edge: ArcRwSignal::new(None),
            settled: ArcRwSignal::new(None),
            grown: ArcTrigger::new(),
            index: Arc::new(Mutex::new(index)),
        }
    }

    /// Folds one change in.
    pub fn apply(&self, mut change: Change) {
        if let Change::Append { rows } = &mut change
            && self.edge.with_untracked(Option::is_some)
        {
            rows.retain(|row| self.contains(row.id));
        }
        // What stands above all rows is only taken in by who sees the first of them.
        if let Change::Prepend { rows } = &mut change
            && self.older.with_untracked(Option::is_some)
        {
            rows.retain(|row| row.role != Role::System);
        }
        if let Some(coming) = &mut self.index().coming {
            coming.apply(&change);
        }
        fold(&mut self.clone(), change);
    }

    /// Begins anew from a snapshot, after the log of events could not be followed any further.
    pub fn reset(&self, snapshot: Snapshot) {
        self.index().cuts.clear();
        set(&self.edge, None);
        let Snapshot { head, messages, older, seq: _ } = snapshot;
        self.apply(Change::Set { rows: messages });
        set(&self.title, head.title);
        set(&self.model, head.model);
        set(&self.run, head.run);
        set(&self.older, older);
    }

    /// A row by its id, if it is loaded.
    pub fn row(&self, id: MessageId) -> Option<Row> {
        self.index().rows.get(&id).cloned()
    }

    /// Whether the other is this very view, and not another one of the same thread.
    pub fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.index, &other.index)
    }

    fn index(&self) -> MutexGuard<'_, Index> {
        self.index.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The row for a message: the one that was cleared before, or a new one.
    fn take_in(&self, message: Message) -> Row {
        let cleared = self.index().cleared.remove(&message.id);
        let row = match cleared {
            Some(row) => row.assign(message),
            None => Row::new(message),
        };
        self.index().rows.insert(row.id, row.clone());
        row
    }
}

/// Puts a row at the end, but before those that wait to be sent.
fn put(rows: &mut Vec<Row>, row: Row) {
    let queued = if row.is_queued() { 0 } else { rows.iter().rev().take_while(|row| row.is_queued()).count() };
    rows.insert(rows.len() - queued, row);
}

impl Timeline for ThreadView {
    fn contains(&self, id: MessageId) -> bool {
        self.index().rows.contains_key(&id)
    }

    fn is_queued(&self, id: MessageId) -> bool {
        self.row(id).is_some_and(|row| row.is_queued())
    }

    fn push_back(&mut self, row: Message) {
        let row = self.take_in(row);
        self.rows.update(|rows| put(rows, row));
    }

    fn send(&mut self, row: Message) {
        let Some(old) = self.row(row.id) else { return };
        let row = old.assign(row);
        self.index().rows.insert(row.id, row.clone());
        self.rows.update(|rows| {
            rows.retain(|old| old.id != row.id);
            put(rows, row);
        });
    }

    fn push_front(&mut self, rows: Vec<Message>) {
        let new: Vec<_> = rows.into_iter().map(|row| self.take_in(row)).collect();
        self.index().cleared.clear();
        self.rows.update(|rows| drop(rows.splice(0..0, new)));
    }

    fn replace(&mut self, row: Message) {
        let Some(old) = self.row(row.id) else { return };
        let (before, after) = (old.status.get_untracked(), row.status);
        let new = old.assign(row);
        if new.edition != old.edition {
            self.index().rows.insert(new.id, new.clone());
            self.rows.update(|rows| {
                if let Some(place) = rows.iter_mut().find(|row| row.id == new.id) {
                    *place = new;
                }
            });
        }
        if !before.is_settled() && after.is_settled() {
            self.settled.set(Some((old.id, after)));
        }
    }

    fn remove(&mut self, id: MessageId) {
        let there = self.index().rows.remove(&id).is_some();
        if there {
            self.rows.update(|rows| rows.retain(|row| row.id != id));
        }
    }

    fn path(&mut self, after: i64, rows: Vec<Message>, next: Option<i64>) {
        if let Some(edge) = self.edge.get_untracked()
            && after >= edge
        {
            // It is about rows that are not here. Those after ours are found again from the end.
            self.lose_end();
            return;
        }
        let gone = self.rows.with_untracked(|all| {
            let gone = all.iter().filter(|row| row.sequence > after && !row.is_queued());
            gone.cloned().collect::<Vec<_>>()
        });
        {
            let mut index = self.index();
            for row in gone {
                index.rows.remove(&row.id);
                index.cleared.insert(row.id, row);
            }
            index.cuts.clear();
        }
        let first = rows.first().map(|row| (row.parent, row.sequence));
        let new: Vec<_> = rows.into_iter().map(|row| self.take_in(row)).collect();
        self.index().cleared.clear();
        let mut alone = false;
        self.rows.update(|all| {
            all.retain(|row| row.sequence <= after || row.is_queued());
            alone = all.iter().all(Row::is_queued);
            new.into_iter().for_each(|row| put(all, row));
        });
        if alone {
            // What comes before these is not here.
            set(&self.older, first.and_then(|(parent, sequence)| parent.map(|_| sequence)));
        }
        set(&self.edge, next);
        if next.is_some() {
            self.index().cuts.push(Cut::End);
        }
    }

    fn clear(&mut self) {
        let mut index = self.index();
        index.cleared = std::mem::take(&mut index.rows);
        drop(index);
        self.rows.update(Vec::clear);
    }

    fn text(&mut self, id: MessageId, part: Part, change: BlockChange) {
        if let Some(row) = self.row(id) {
            row.blocks(part).change(change);
            self.grown.notify();
        }
    }

    fn patch(&mut self, id: MessageId, patch: RowPatch) {
        let Some(row) = self.row(id) else { return };
        let settled = patch.status.filter(|status| status.is_settled() && !row.status.get_untracked().is_settled());
        row.patch(patch);
        if let Some(status) = settled {
            self.settled.set(Some((id, status)));
        }
    }

    fn property(&mut self, property: ThreadProperty) {
        match property {
            ThreadProperty::Title(title) => set(&self.title, title),
            ThreadProperty::Model(model) => set(&self.model, model),
            ThreadProperty::Run(run) => set(&self.run, run),
            ThreadProperty::Gone => set(&self.gone, true),
        }
    }
}

mod window;

use window::Coming;
pub use window::Cut;

#[cfg(test)]
mod tests;
