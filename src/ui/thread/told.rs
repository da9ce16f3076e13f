//! An answer that this tab asked for and that failed is told in a dialog, once.

use crate::ui::dynamic::effect;
use leptos::prelude::*;

use crate::{
    model::{FailureKind, Status},
    state::ThreadView,
    ui::tab::Tab,
};

/// Watches for it, for as long as the page is open.
pub fn tell_failures(tab: &Tab, thread: &ThreadView) {
    let (submits, failed, thread) = (tab.submits.clone(), tab.failed, thread.clone());
    effect(move || {
        // It may have failed before this page was read, and before the server said what it had begun.
        thread.settled.track();
        for id in submits.ids() {
            let Some(row) = thread.row(id).filter(|row| row.status.get_untracked().is_settled()) else { continue };
            submits.done(id);
            let failure = row.failure.get_untracked().filter(|_| row.status.get_untracked() == Status::Failed);
            // One that was cut off by a restart is told by its row: nobody waits for it any more.
            if let Some(failure) = failure.filter(|failure| failure.kind != FailureKind::Interrupted) {
                failed.0.set(Some(failure));
            }
        }
    });
}
