//! Something is going on.

use leptos::prelude::*;

/// A turning ring with a label for those who cannot see it.
#[component]
pub fn Spinner(#[prop(into)] label: String) -> impl IntoView {
    view! {
        <span class="spinner" role="status">
            <Ring/>
            <span class="visually-hidden">{label}</span>
        </span>
    }
}

/// The ring alone, where the text beside it says what it means.
#[component]
pub fn Ring() -> impl IntoView {
    view! { <span class="ring" aria-hidden="true"></span> }
}
