//! The keys of a thread: Alt with an arrow goes from question to question.

use leptos::prelude::*;

use super::{ROWS, SCROLLER, composer::TEXT, follow::Follower};
use crate::{browser, ui::dynamic::effect};

/// What the person said.
const QUESTION: &str = "[data-role=user]";

/// Listens, for as long as the page is open. While something is typed the keys are the field's.
pub fn thread_keys(follower: Follower) {
    effect(move || {
        StoredValue::new_local(browser::on_key(move |event| {
            let alt = event.alt_key() && !(event.ctrl_key() || event.meta_key() || event.shift_key());
            let forward = match event.key().as_str() {
                "ArrowUp" if alt => false,
                "ArrowDown" if alt => true,
                _ => return,
            };
            if browser::typing(TEXT) || browser::is_covered() {
                return;
            }
            event.prevent_default();
            follower.leave();
            if !browser::step_to(SCROLLER, ROWS, QUESTION, forward) {
                follower.to_edge(forward);
            }
        }));
    });
}
