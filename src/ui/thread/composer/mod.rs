//! Where one writes. A real form: it also sends before the page is alive, and without.

mod field;
mod models;
mod note;
mod send;
mod stop;
mod wait;

use crate::ui::dynamic::{dynamic, effect};
use leptos::{ev::SubmitEvent, prelude::*, server_fn::ServerFn};

use self::{
    field::TextField,
    models::ModelSelect,
    note::Note,
    stop::{StopButton, StopForm, Stopper},
};
pub use self::{models::MODEL, send::Sender};
use crate::{
    api::messages::{StartThread, Submit},
    browser::at,
    model::Models,
    state::ThreadView,
    ui::{
        tab::Tab,
        widgets::{Icon, Shape},
        words::t,
    },
};

/// The `id` of the text field.
pub const TEXT: &str = "composer-text";

/// The composer of a thread, or of the one that begins with what is sent.
#[component]
pub fn Composer(#[prop(optional)] thread: Option<ThreadView>, models: Models) -> impl IntoView {
    let tab = Tab::here();
    let known = tab.models;
    let initial = models.clone();
    effect(move || {
        if known.with_untracked(Option::is_none) {
            known.set(Some(initial.clone()));
        }
    });
    let models = Signal::derive(move || known.get().unwrap_or_else(|| models.clone()));
    let sender = Sender::new(&tab, thread.clone());
    provide_context(sender);
    let (id, run) = match &thread {
        Some(thread) => (Some(thread.id), thread.run.clone()),
        None => (None, ArcRwSignal::new(None)),
    };
    let (action, model) = match &thread {
        Some(thread) => (at(Submit::url()), thread.model.clone()),
        None => (at(StartThread::url()), ArcRwSignal::new(None)),
    };
    let running = Signal::derive({
        let run = run.clone();
        move || run.with(Option::is_some)
    });
    let stopper = Stopper::new(&tab, run);
    let person = tab.person.clone();
    let enter = Signal::derive(move || person.preferences().unwrap_or_default().send_on_enter);
    let send = move || if running.get() { t("composer.send.later") } else { t("composer.send") };
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        sender.send();
    };
    view! {
        <form class="composer" method="post" action=action data-running=dynamic(move || running.get().then_some("")) on:submit=submit>
            {id.map(|id| view! { <input type="hidden" name="thread" value=id.to_string()/> })}
            <TextField thread=id sender enter/>
            <div class="composer-bar">
                <ModelSelect models model/>
                <StopButton stopper/>
                // While an answer is being written it shows once there is something to send.
                <button
                    type="submit"
                    class="send"
                    aria-label=dynamic(send)
                    title=dynamic(send)
                    aria-busy=dynamic(move || sender.sending().then_some("true"))
                >
                    <Icon shape=Shape::ArrowUp/>
                </button>
            </div>
        </form>
        <StopForm stopper/>
        <Note thread=id models running sender enter/>
    }
    .into_any()
}
