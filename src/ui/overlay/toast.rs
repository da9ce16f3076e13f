//! Short messages about what a person did, for a moment, beside everything else.

use std::sync::atomic::{AtomicU32, Ordering};

use leptos::prelude::*;

use crate::{
    browser,
    model::Error,
    ui::{
        widgets::{Icon, Shape},
        words::{self, t},
    },
};

/// How long a message stays, in milliseconds.
const SHOWN_MS: i32 = 6_000;

#[derive(Clone, PartialEq, Eq, Debug)]
struct Toast {
    number: u32,
    text: String,
    bad: bool,
}

/// The messages that are shown. In the context of every chat page.
#[derive(Clone, Default)]
pub struct Toasts(ArcRwSignal<Vec<Toast>>);

impl Toasts {
    /// Those of this page.
    pub fn here() -> Self {
        use_context().unwrap_or_default()
    }

    /// Says that something was done.
    pub fn say(&self, text: impl Into<String>) {
        self.push(text.into(), false);
    }

    /// Says that something could not be done, and why.
    pub fn error(&self, error: &Error) {
        self.warn(words::error(error));
    }

    /// Says that something could not be done.
    pub fn warn(&self, text: impl Into<String>) {
        self.push(text.into(), true);
    }

    fn push(&self, text: String, bad: bool) {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        self.0.update(|toasts| {
            // The same thing said twice is said once, anew.
            toasts.retain(|toast| toast.text != text);
            toasts.push(Toast { number, text, bad });
        });
        let toasts = self.clone();
        browser::after(SHOWN_MS, move || toasts.dismiss(number));
    }

    fn dismiss(&self, number: u32) {
        self.0.update(|toasts| toasts.retain(|toast| toast.number != number));
    }
}

/// Where they are shown.
#[component]
pub fn ToastList() -> impl IntoView {
    let toasts = Toasts::here();
    let shown = toasts.0.clone();
    view! {
        <div class="toasts" role="status" aria-label=t("toast.label")>
            <For
                each=move || shown.get()
                key=|toast| toast.number
                children=move |toast| {
                    let toasts = toasts.clone();
                    view! {
                        <div class="toast" data-bad=toast.bad.then_some("")>
                            <Icon shape=if toast.bad { Shape::Alert } else { Shape::Check }/>
                            <span>{toast.text}</span>
                            <button
                                type="button"
                                class="icon-button"
                                aria-label=t("toast.dismiss")
                                on:click=move |_| toasts.dismiss(toast.number)
                            >
                                <Icon shape=Shape::Close/>
                            </button>
                        </div>
                    }
                }
            />
        </div>
    }
    .into_any()
}
