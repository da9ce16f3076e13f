//! Deleting a thread asks first, and says what goes.

use leptos::{prelude::*, task::spawn_local};
use wasm_split_helpers::wasm_split;

use super::{Dialog, Toasts};
use crate::{
    api,
    model::ThreadId,
    ui::{
        parts::{Missing, of_part, when_wanted},
        words::t,
    },
};

/// The thread somebody is about to delete, with its title. In the context of every chat page.
#[derive(Clone, Copy)]
pub struct Doomed(RwSignal<Option<(ThreadId, Option<String>)>>);

impl Default for Doomed {
    fn default() -> Self {
        Self(RwSignal::new(None))
    }
}

impl Doomed {
    /// Asks whether to delete this thread.
    pub fn ask(&self, id: ThreadId, title: Option<String>) {
        self.0.set(Some((id, title)));
    }
}

/// The question, once somebody asks it.
#[component]
pub fn ConfirmDelete() -> impl IntoView {
    let Doomed(doomed) = expect_context::<Doomed>();
    let wanted = Signal::derive(move || doomed.get().is_some());
    when_wanted(wanted, || Box::pin(fetch()), || of_part(part()), move || drop(doomed.try_set(None)))
}

/// What the browser fetches for it.
#[wasm_split(dialogs, fallible, preload(fetch))]
fn part() -> Result<AnyView, Missing> {
    Ok(question())
}

fn question() -> AnyView {
    let Doomed(doomed) = expect_context::<Doomed>();
    let toasts = StoredValue::new(Toasts::here());
    let busy = RwSignal::new(false);
    let done = t("chat.deleted");
    // What is asked stays readable while the dialog goes.
    let title = Memo::new(move |old: Option<&String>| match doomed.get() {
        Some((_, title)) => title.unwrap_or_else(|| t("chat.thread.untitled").into()),
        None => old.cloned().unwrap_or_default(),
    });
    let delete = move |_| {
        let Some((id, _)) = doomed.get_untracked().filter(|_| !busy.get_untracked()) else { return };
        busy.set(true);
        spawn_local(async move {
            let deleted = api::threads::delete(id).await;
            busy.set(false);
            doomed.set(None);
            match deleted {
                Ok(()) => toasts.with_value(|toasts| toasts.say(done)),
                Err(error) => toasts.with_value(|toasts| toasts.error(&error)),
            }
        });
    };
    let ask = t("chat.delete.title");
    view! {
        <Dialog
            id="confirm-delete"
            open=Signal::derive(move || doomed.get().is_some())
            title=Signal::derive(move || ask.replace("{title}", &title.get()))
            close=move |()| doomed.set(None)
        >
            <p>{t("chat.delete.text")}</p>
            <div class="dialog-actions">
                <button type="button" class="button" on:click=move |_| doomed.set(None)>
                    {t("action.cancel")}
                </button>
                <button type="button" class="button" data-danger disabled=busy on:click=delete>
                    {t("action.delete")}
                </button>
            </div>
        </Dialog>
    }
    .into_any()
}
