//! Tells those who cannot see it that an answer begins and how it ends; not its words, which come too fast.

use crate::ui::dynamic::effect;
use leptos::prelude::*;

use crate::{model::Status, state::ThreadView, ui::words::t};

/// A polite live region with one sentence at a time.
#[component]
pub fn Announcer(thread: ThreadView) -> impl IntoView {
    let said = RwSignal::new("");
    let (started, finished, stopped, failed) =
        (t("message.started"), t("message.finished"), t("message.stopped"), t("message.failed"));
    let (run, settled) = (thread.run, thread.settled);
    let mut before = None;
    effect(move || {
        let running = run.with(Option::is_some);
        if before.replace(running) == Some(false) && running {
            said.set(started);
        }
    });
    effect(move || {
        said.set(match settled.get() {
            Some((_, Status::Completed)) => finished,
            Some((_, Status::Cancelled)) => stopped,
            Some((_, Status::Failed)) => failed,
            _ => return,
        });
    });
    view! {
        <p class="visually-hidden" role="status">
            {said}
        </p>
    }
}
