//! The text field: keys, size, draft.

use crate::ui::dynamic::effect;
use leptos::{ev::KeyboardEvent, prelude::*};

use super::{Sender, TEXT};
use crate::{browser, model::ThreadId, state::draft, ui::words::t};

/// What the keyboard says while an input method still puts a character together. Safari ends the composition before it
/// reports the key, and only this number tells.
const COMPOSING: u32 = 229;

/// The field holds its text itself; nothing here runs with every character but keeping the draft.
#[component]
pub fn TextField(
    thread: Option<ThreadId>,
    sender: Sender,
    /// Whether Enter sends; else it breaks the line. Ctrl+Enter sends in any case.
    enter: Signal<bool>,
) -> impl IntoView {
    effect(move || {
        // What was typed before this program came to life is newer than any draft.
        match browser::value(TEXT).filter(|typed| !typed.is_empty()) {
            Some(typed) => draft::save(thread, &typed),
            None => {
                if let Some(text) = draft::load(thread) {
                    browser::set_value(TEXT, &text);
                }
            }
        }
        browser::fit(TEXT);
        if browser::fine_pointer() && !browser::focused(TEXT) {
            browser::focus_end(TEXT);
        }
    });
    let input = move |_| {
        sender.edited();
        browser::fit(TEXT);
        draft::save(thread, &browser::value(TEXT).unwrap_or_default());
    };
    let key = move |event: KeyboardEvent| {
        let command = (event.ctrl_key() || event.meta_key()) && !event.shift_key() && !event.alt_key();
        let plain = !(event.shift_key() || event.ctrl_key() || event.alt_key() || event.meta_key());
        let sends = || enter.get_untracked() && browser::fine_pointer();
        let composing = event.is_composing() || event.key_code() == COMPOSING;
        // A keyboard on the screen has no Shift+Enter; there Enter is a new line and the button sends.
        if event.key() == "Enter" && !composing && (command || plain && sends()) {
            event.prevent_default();
            sender.send();
        }
    };
    view! {
        <textarea
            id=TEXT
            name="text"
            rows="1"
            placeholder=t("composer.placeholder")
            aria-label=t("composer.label")
            autocomplete="off"
            enterkeyhint="enter"
            on:input=input
            on:keydown=key
        ></textarea>
    }
}
