//! A dialog: the browser's own, modal, closed by Escape and by a click beside it.

use crate::ui::dynamic::effect;
use leptos::prelude::*;

use crate::{browser, ui::words::t};

/// A dialog that is open while `open` says so. `id` is unique in the page.
#[component]
pub fn Dialog(
    id: &'static str,
    #[prop(into)] open: Signal<bool>,
    #[prop(into)] title: Signal<String>,
    #[prop(into)] close: Callback<()>,
    children: Children,
) -> impl IntoView {
    effect(move || match open.get() {
        true => browser::show_dialog(id),
        false => browser::close_dialog(id),
    });
    let heading = format!("{id}-title");
    let label = heading.clone();
    view! {
        <dialog id=id class="dialog" aria-labelledby=label closedby="any" on:close=move |_| close.run(())>
            <h2 id=heading>{title}</h2>
            {children()}
        </dialog>
    }
    .into_any()
}

/// The button that only closes.
#[component]
pub fn CloseButton(#[prop(into)] close: Callback<()>) -> impl IntoView {
    view! {
        <button type="button" class="button" on:click=move |_| close.run(())>
            {t("action.close")}
        </button>
    }
}
