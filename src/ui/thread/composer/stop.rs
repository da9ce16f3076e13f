//! Stop, in the place of Send, while an answer is being written.

use crate::ui::dynamic::dynamic;
use leptos::{ev::SubmitEvent, prelude::*, server_fn::ServerFn, task::spawn_local};

use crate::{
    api::{self, messages::Stop},
    browser::at,
    model::RunId,
    ui::{
        overlay::Toasts,
        tab::Tab,
        widgets::{Icon, Shape},
        words::t,
    },
};

/// The `id` of the form behind the button, which stands inside another form and cannot hold its own.
const FORM: &str = "stop-run";

/// Stops the run of the open thread.
#[derive(Clone, Copy)]
pub struct Stopper {
    run: StoredValue<ArcRwSignal<Option<RunId>>>,
    /// The run that was told to stop and has not ended yet.
    stopping: RwSignal<Option<RunId>>,
    toasts: StoredValue<Toasts>,
}

impl Stopper {
    pub fn new(tab: &Tab, run: ArcRwSignal<Option<RunId>>) -> Self {
        let stopping = RwSignal::new(None);
        Self { run: StoredValue::new(run), stopping, toasts: StoredValue::new(tab.toasts.clone()) }
    }

    fn run(self) -> Option<RunId> {
        self.run.with_value(|run| run.get())
    }

    fn is_stopping(self) -> bool {
        self.run().is_some_and(|run| self.stopping.get() == Some(run))
    }

    /// Stops it, once. Without a run nothing happens.
    pub fn stop(self) {
        let run = self.run.with_value(|run| run.get_untracked());
        let Some(id) = run.filter(|id| self.stopping.get_untracked() != Some(*id)) else { return };
        self.stopping.set(Some(id));
        spawn_local(async move {
            if let Err(error) = api::messages::stop(Some(id)).await {
                let _ = self.stopping.try_set(None);
                self.toasts.try_with_value(|toasts| toasts.error(&error));
            }
        });
    }
}

/// The button. A key presses it too, anywhere in the page.
#[component]
pub fn StopButton(stopper: Stopper) -> impl IntoView {
    view! {
        <button
            type="submit"
            form=FORM
            class="send"
            data-stop
            aria-label=t("composer.stop")
            title=t("composer.stop")
            aria-busy=dynamic(move || stopper.is_stopping().then_some("true"))
            hidden=dynamic(move || stopper.run().is_none())
        >
            <Icon shape=Shape::Stop/>
        </button>
    }
}

/// The form that the button sends, for a page that is not alive.
#[component]
pub fn StopForm(stopper: Stopper) -> impl IntoView {
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        stopper.stop();
    };
    view! {
        <form id=FORM method="post" action=at(Stop::url()) hidden on:submit=submit>
            <input type="hidden" name="run" value=dynamic(move || stopper.run().map(|id| id.to_string()))/>
        </form>
    }
}
