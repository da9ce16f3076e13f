//! Giving a thread another title, in the place where it stands.

use crate::ui::dynamic::effect;
use leptos::{
    ev::{KeyboardEvent, SubmitEvent},
    prelude::*,
    server_fn::ServerFn,
    task::spawn_local,
};

use super::{overlay::Toasts, words::t};
use crate::{
    api::{self, threads::Rename},
    browser::{self, at},
    model::ThreadId,
};

/// What Safari gives for the Enter that ends a composition, which it no longer marks as composing (contract J.10).
const COMPOSED: u32 = 229;

/// The field. Enter and leaving it commit, Escape cancels; `done` is told the new title if there is one. What the server
/// refuses stays in the field. A real form, with a button where nothing else would send it.
#[component]
pub fn RenameField(
    id: ThreadId,
    title: String,
    /// The `id` of the field, unique in the page.
    field: &'static str,
    #[prop(into)] done: Callback<Option<String>>,
) -> impl IntoView {
    let toasts = StoredValue::new(Toasts::here());
    let initial = title.clone();
    // Committing takes the field away, which makes it lose the focus, which commits.
    let over = StoredValue::new(false);
    let end = move |commit: bool| {
        if over.try_get_value().unwrap_or(true) {
            return;
        }
        over.set_value(true);
        let old = title.clone();
        let new = browser::value(field).unwrap_or_default().trim().to_owned();
        if !commit || new == old.trim() || new.is_empty() {
            return done.run(None);
        }
        spawn_local(async move {
            match api::threads::rename(id, new.clone()).await {
                Ok(()) => done.run(Some(new)),
                Err(error) => {
                    toasts.try_with_value(|toasts| toasts.error(&error));
                    over.try_update_value(|over| *over = false);
                }
            }
        });
    };
    effect(move || browser::select_all(field));
    let (sent, left) = (end.clone(), end.clone());
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        sent(true);
    };
    let key = move |event: KeyboardEvent| match event.key().as_str() {
        "Enter" if event.key_code() == COMPOSED => event.prevent_default(),
        "Escape" => {
            event.prevent_default();
            event.stop_propagation();
            end(false);
        }
        _ => (),
    };
    view! {
        <form class="rename-form" method="post" action=at(Rename::url()) on:submit=submit>
            <input type="hidden" name="id" value=id.to_string()/>
            <input
                id=field
                class="rename"
                type="text"
                name="title"
                required
                maxlength="255"
                autocomplete="off"
                aria-label=t("chat.rename.label")
                value=initial
                on:keydown=key
                on:blur=move |_| left(true)
            />
            <button type="submit" class="button unless-live">
                {t("action.save")}
            </button>
        </form>
    }
    .into_any()
}
