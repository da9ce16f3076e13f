//! Giving a thread another title, in the place where it stands.

use leptos::{ev::KeyboardEvent, prelude::*, task::spawn_local};

use super::{overlay::Toasts, words::t};
use crate::{api, browser, model::ThreadId};

/// The field. Enter and leaving it commit, Escape cancels; `done` is told the new title if there is one.
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
                    toasts.with_value(|toasts| toasts.error(&error));
                    done.run(None);
                }
            }
        });
    };
    Effect::new(move |_| browser::select_all(field));
    let keyed = end.clone();
    view! {
        <input
            id=field
            class="rename"
            type="text"
            maxlength="255"
            autocomplete="off"
            aria-label=t("chat.rename.label")
            value=initial
            on:keydown=move |event: KeyboardEvent| match event.key().as_str() {
                "Enter" if !event.is_composing() => {
                    event.prevent_default();
                    keyed(true);
                }
                "Escape" => {
                    event.prevent_default();
                    event.stop_propagation();
                    keyed(false);
                }
                _ => (),
            }
            on:blur=move |_| end(true)
        />
    }
}
