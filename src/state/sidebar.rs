//! The list of threads, by pages.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use leptos::{prelude::*, task::spawn_local};

use super::row::set;
use crate::{
    api, browser,
    model::{Error, Notice, Seq, SidebarPage, ThreadId, ThreadSummary},
};

/// How long notices are gathered before the page is read again, in milliseconds.
const GATHER_MS: i32 = 150;

/// How many of them are kept while the page is read.
const MEANWHILE: usize = 100;

/// One thread in the list. What changes about it is a signal; clones are the same row.
#[derive(Clone)]
pub struct SidebarRow {
    pub id: ThreadId,
    pub summary: ArcRwSignal<ThreadSummary>,
}

/// The page of the list that is looked at. Clones are the same page.
#[derive(Clone)]
pub struct SidebarView {
    pub rows: ArcRwSignal<Vec<SidebarRow>>,
    /// From 0.
    pub page: ArcRwSignal<u32>,
    /// At least 1.
    pub pages: ArcRwSignal<u32>,
    /// The page could not be read; what is shown may be old.
    pub failed: ArcRwSignal<Option<Error>>,
    /// The thread removed last, for the page that may have it open.
    pub removed: ArcRwSignal<Option<ThreadId>>,
    loading: Arc<Loading>,
}

#[derive(Default)]
struct Loading {
    under_way: AtomicBool,
    again: AtomicBool,
    gathering: AtomicBool,
    /// What was heard while the page was being read: what was read may be older.
    meanwhile: Mutex<Vec<Notice>>,
}

/// What a notice asks of a page.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Verdict {
    /// The row is here and takes on the new facts.
    patch: bool,
    /// The row goes.
    remove: bool,
    /// Order or membership changed: the page is to be read again.
    reload: bool,
}

/// Decides it from the rows' ids and times, newest first. A row keeps its place while no time changes, and the very
/// first one keeps it also when it becomes newer still.
fn judge(rows: &[(ThreadId, i64)], page: u32, notice: &Notice) -> Verdict {
    match notice {
        Notice::Thread { summary } => {
            let place = rows.iter().position(|(id, _)| *id == summary.id);
            let stays = place.is_some_and(|place| {
                let newer = summary.last_message_at > rows[place].1;
                summary.last_message_at == rows[place].1 || (newer && place == 0 && page == 0)
            });
            Verdict { patch: place.is_some(), remove: false, reload: !stays }
        }
        Notice::Person { .. } => Verdict { patch: false, remove: false, reload: false },
        Notice::Removed { id } => Verdict { patch: false, remove: rows.iter().any(|(row, _)| row == id), reload: true },
    }
}

impl SidebarView {
    pub fn new(page: SidebarPage) -> Self {
        let view = Self {
            rows: ArcRwSignal::new(Vec::new()),
            page: ArcRwSignal::new(page.page),
            pages: ArcRwSignal::new(page.pages),
            failed: ArcRwSignal::new(None),
            removed: ArcRwSignal::new(None),
            loading: Arc::default(),
        };
        view.show(page);
        view
    }

    /// Shows a page that was read. Rows that were there stay the same rows.
    pub fn show(&self, page: SidebarPage) {
        let old = self.rows.get_untracked();
        let rows: Vec<_> = page.items.into_iter().map(|item| row(&old, item)).collect();
        if rows.iter().map(|row| row.id).ne(old.iter().map(|row| row.id)) {
            self.rows.set(rows);
        }
        set(&self.page, page.page);
        set(&self.pages, page.pages);
        set(&self.failed, None);
    }

    /// Takes in what the person's own channel says.
    pub fn apply(&self, notice: Notice) {
        if self.loading.under_way.load(Ordering::Relaxed) {
            let mut meanwhile = self.loading.meanwhile.lock().unwrap_or_else(PoisonError::into_inner);
            match meanwhile.len() < MEANWHILE {
                true => meanwhile.push(notice.clone()),
                // Rather once more than all of it by hand.
                false => self.loading.again.store(true, Ordering::Relaxed),
            }
        }
        let rows = self.rows.get_untracked();
        let places: Vec<_> =
            rows.iter().map(|row| (row.id, row.summary.with_untracked(|summary| summary.last_message_at))).collect();
        let verdict = judge(&places, self.page.get_untracked(), &notice);
        match notice {
            Notice::Thread { summary } if verdict.patch => drop(row(&rows, summary)),
            Notice::Thread { .. } | Notice::Person { .. } => (),
            Notice::Removed { id } => {
                if verdict.remove {
                    self.rows.update(|rows| rows.retain(|row| row.id != id));
                }
                self.removed.set(Some(id));
            }
        }
        if verdict.reload {
            self.gather();
        }
    }

    /// Turns to another page.
    pub fn turn(&self, page: u32) {
        self.page.set(page);
        self.reload();
    }

    fn gather(&self) {
        if self.loading.gathering.swap(true, Ordering::Relaxed) {
            return;
        }
        let view = self.clone();
        browser::after(GATHER_MS, move || {
            view.loading.gathering.store(false, Ordering::Relaxed);
            view.reload();
        });
    }

    /// Reads the page again. One reading at a time; what asks meanwhile is answered by one more.
    pub fn reload(&self) {
        if self.loading.under_way.swap(true, Ordering::Relaxed) {
            self.loading.again.store(true, Ordering::Relaxed);
            return;
        }
        let view = self.clone();
        spawn_local(async move {
            let asked = view.page.get_untracked();
            let read = api::threads::sidebar(asked).await;
            let meanwhile = view.read();
            let stale = view.loading.again.swap(false, Ordering::Relaxed);
            match read {
                Ok(page) if view.page.get_untracked() == asked => view.show_since(page, meanwhile),
                Ok(_) => (),
                Err(error) => view.failed.set(Some(error)),
            }
            if stale {
                view.reload();
            }
        });
    }

    /// The page has been read: what was heard since that began.
    fn read(&self) -> Vec<Notice> {
        self.loading.under_way.store(false, Ordering::Relaxed);
        std::mem::take(&mut *self.loading.meanwhile.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Shows a page that was read, and what was heard meanwhile: whatever of that was read already does no harm.
    fn show_since(&self, page: SidebarPage, meanwhile: Vec<Notice>) {
        self.show(page);
        meanwhile.into_iter().for_each(|notice| self.apply(notice));
    }

    /// Where the viewer's own channel is followed from, once a page was read for that.
    pub async fn reset(&self) -> Result<Seq, Error> {
        let page = api::threads::sidebar(self.page.get_untracked()).await?;
        let seq = page.seq;
        self.show(page);
        Ok(seq)
    }
}

/// The row for a summary: the one that is there, with the new facts, or a new one.
fn row(rows: &[SidebarRow], summary: ThreadSummary) -> SidebarRow {
    match rows.iter().find(|row| row.id == summary.id) {
        Some(row) => {
            set(&row.summary, summary);
            row.clone()
        }
        None => SidebarRow { id: summary.id, summary: ArcRwSignal::new(summary) },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: u128) -> ThreadId {
        uuid::Uuid::from_u128(n).into()
    }

    fn summary(n: u128, at: i64) -> ThreadSummary {
        ThreadSummary {
            id: id(n),
            title: None,
            snippet: format!("of {n}"),
            last_message_at: at,
            running: false,
            mark: None,
        }
    }

    fn page(page: u32, items: Vec<ThreadSummary>) -> SidebarPage {
        SidebarPage { items, page, pages: 3, total: 40, seq: Seq::default() }
    }

    fn judged(page: u32, notice: Notice) -> (bool, bool, bool) {
        let Verdict { patch, remove, reload } = judge(&[(id(1), 30), (id(2), 20), (id(3), 10)], page, &notice);
        (patch, remove, reload)
    }

    #[test]
    fn what_keeps_order_and_membership_is_patched_in_place() {
        assert_eq!(judged(0, Notice::Thread { summary: summary(2, 20) }), (true, false, false));
        assert_eq!(judged(0, Notice::Thread { summary: summary(1, 99) }), (true, false, false));
    }

    #[test]
    fn what_changes_them_reads_the_page_again() {
        assert_eq!(judged(0, Notice::Thread { summary: summary(2, 99) }), (true, false, true));
        // First of the second page, and newer now: it goes to the first page.
        assert_eq!(judged(1, Notice::Thread { summary: summary(1, 99) }), (true, false, true));
        assert_eq!(judged(1, Notice::Thread { summary: summary(9, 99) }), (false, false, true));
        assert_eq!(judged(0, Notice::Removed { id: id(3) }), (false, true, true));
        assert_eq!(judged(2, Notice::Removed { id: id(9) }), (false, false, true));
    }

    #[test]
    fn a_page_that_was_read_before_does_not_undo_what_was_heard_meanwhile() {
        let unread = || ThreadSummary { mark: Some(crate::model::Mark::Unread), ..summary(1, 30) };
        let view = SidebarView::new(page(0, vec![unread(), summary(2, 20)]));
        view.loading.under_way.store(true, Ordering::Relaxed);
        view.apply(Notice::Thread { summary: summary(1, 30) });
        view.apply(Notice::Removed { id: id(2) });
        let meanwhile = view.read();
        view.show_since(page(0, vec![unread(), summary(2, 20)]), meanwhile);
        let rows = view.rows.get_untracked();
        assert_eq!(rows.iter().map(|row| row.summary.get_untracked()).collect::<Vec<_>>(), [summary(1, 30)]);
        // And as much of it as could be is kept, not more.
        view.loading.under_way.store(true, Ordering::Relaxed);
        (0..2 * MEANWHILE).for_each(|_| view.apply(Notice::Thread { summary: summary(1, 30) }));
        assert_eq!(view.read().len(), MEANWHILE);
        assert!(view.loading.again.load(Ordering::Relaxed), "it is read once more");
    }

    #[test]
    fn rows_stay_the_same_rows() {
        let view = SidebarView::new(page(0, vec![summary(1, 30), summary(2, 20)]));
        let first = view.rows.get_untracked()[0].clone();
        view.show(page(0, vec![summary(2, 40), summary(1, 31)]));
        let rows = view.rows.get_untracked();
        assert_eq!(rows.iter().map(|row| row.id).collect::<Vec<_>>(), [id(2), id(1)]);
        assert_eq!(first.summary.get_untracked().last_message_at, 31);
        view.apply(Notice::Thread { summary: ThreadSummary { running: true, ..summary(2, 40) } });
        assert!(rows[0].summary.get_untracked().running);
    }
}
