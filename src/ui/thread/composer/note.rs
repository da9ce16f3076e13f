//! The line under the composer. It is always there, so that nothing moves when it changes.

use crate::ui::dynamic::{dynamic, shown};
use leptos::prelude::*;

use crate::{
    model::Models,
    ui::{tab::Tab, words::t},
};

/// What helps right now: how to stop, how to connect a model, or which keys there are.
#[component]
pub fn Note(
    #[prop(into)] models: Signal<Models>,
    #[prop(into)] running: Signal<bool>,
    enter: Signal<bool>,
) -> impl IntoView {
    let state = Memo::new(move |_| {
        let (none, demo) = models.with(|models| (models.models.is_empty(), models.only_demo()));
        match (none, running.get(), demo) {
            (true, ..) => ("none", t("composer.none"), Some(t("composer.none.how"))),
            (_, true, _) => ("running", t("composer.running.hint"), None),
            (.., true) => ("demo", t("composer.demo"), Some(t("composer.demo.how"))),
            _ if enter.get() => ("hint", t("composer.hint"), None),
            _ => ("hint", t("composer.hint.command"), None),
        }
    });
    view! {
        <p class="composer-note" data-note=dynamic(move || state.get().0)>
            <span>{dynamic(move || state.get().1)}</span>
            {shown(move || state.get().2.map(|label| view! { <HelpButton label/> }))}
        </p>
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
