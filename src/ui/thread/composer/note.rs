//! The line under the composer. It is always there, so that nothing moves when it changes.

use crate::ui::dynamic::{dynamic, shown};
use leptos::prelude::*;

use super::Sender;
use crate::{
    browser::at,
    model::{Models, Shortcut, ThreadId},
    ui::{
        tab::Tab,
        words::{fill, t},
    },
};

/// What helps right now: that a message waits for the server, how to stop, how to connect a model, or which keys there
/// are. Where an answer is being written and no program shows it, how to see what has come.
#[component]
pub fn Note(
    thread: Option<ThreadId>,
    #[prop(into)] models: Signal<Models>,
    #[prop(into)] running: Signal<bool>,
    sender: Sender,
    enter: Signal<bool>,
) -> impl IntoView {
    let chords = Tab::here().chords;
    let running_hint = move || {
        let stops = chords.words(Shortcut::Stop).map(|keys| fill("composer.running.stop", &[("keys", &keys)]));
        [stops.unwrap_or_default(), t("composer.running.hint").to_owned()].concat()
    };
    let hint = move || {
        let both = [Shortcut::PreviousQuestion, Shortcut::NextQuestion].map(|shortcut| chords.words(shortcut));
        let steps = match (thread, both) {
            (Some(_), [Some(up), Some(down)]) => fill("composer.hint.thread", &[("up", &up), ("down", &down)]),
            _ => String::new(),
        };
        [t("composer.hint"), &steps].concat()
    };
    let state = Memo::new(move |_| {
        let (none, demo) = models.with(|models| (models.models.is_empty(), models.only_demo()));
        match (sender.waiting(), none, running.get(), demo) {
            (true, ..) => ("waiting", t("composer.waiting").to_owned(), None),
            (_, true, ..) => ("none", t("composer.none").to_owned(), Some(t("composer.none.how"))),
            (_, _, true, _) => ("running", running_hint(), None),
            (.., true) => ("demo", t("composer.demo").to_owned(), Some(t("composer.demo.how"))),
            _ if !enter.get() => ("hint", t("composer.hint.command").to_owned(), None),
            _ => ("hint", hint(), None),
        }
    });
    let reload = thread.map(|id| shown(move || running.get().then(|| view! { <Reload id/> })));
    // Only that a message waits is told to those who do not see it: the rest would be said again and again.
    let role = move || (state.get().0 == "waiting").then_some("alert");
    view! {
        <p class="composer-note" data-note=dynamic(move || state.get().0) role=dynamic(role)>
            <span>{dynamic(move || state.get().1)}</span>
            {reload}
            {shown(move || state.get().2.map(|label| view! { <HelpButton label/> }))}
        </p>
    }
}

/// Shows what has come since, by loading the page anew: for a page that no program keeps up to date.
#[component]
fn Reload(id: ThreadId) -> impl IntoView {
    view! {
        <span class="unless-live">
            {t("message.started")} " "
            <a class="link" href=at(&format!("/chat/thread/{id}"))>
                {t("composer.running.reload")}
            </a>
        </span>
    }
}

/// Opens the help about models; also before the page is alive, where the browser knows commands.
#[component]
fn HelpButton(label: &'static str) -> impl IntoView {
    let help = Tab::here().help;
    view! {
        <button
            type="button"
            class="link"
            command="show-modal"
            commandfor="connect-model"
            on:click=move |event| {
                event.prevent_default();
                help.0.set(true);
            }
        >
            {label}
        </button>
    }
}
