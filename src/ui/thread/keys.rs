//! The keys of a thread: Alt with an arrow goes from question to question, with PgUp to the beginning, with PgDn to the
//! end, with G to a day.

use leptos::prelude::*;

use super::{
    END, ROWS, SCROLLER,
    composer::TEXT,
    follow::Follower,
    header::{BEGINNING, DAY, MENU},
};
use crate::{browser, ui::dynamic::effect};

/// What the person said.
const QUESTION: &str = "[data-role=user]";

/// Listens, for as long as the page is open. While something is typed the keys are the field's.
pub fn thread_keys(follower: Follower) {
    effect(move || {
        StoredValue::new_local(browser::on_key(move |event| {
            let alt = event.alt_key() && !(event.ctrl_key() || event.meta_key() || event.shift_key());
            let key = event.code();
            let known = ["ArrowUp", "ArrowDown", "PageUp", "PageDown", "KeyG"].contains(&key.as_str());
            if !alt || !known || browser::typing(TEXT) || browser::is_covered() {
                return;
            }
            event.prevent_default();
            match key.as_str() {
                "PageUp" => {
                    browser::press(BEGINNING);
                }
                "PageDown" => {
                    if !browser::press(END) {
                        follower.engage();
                    }
                }
                "KeyG" => {
                    browser::press(MENU);
                    browser::focus(DAY);
                }
                key => {
                    let forward = key == "ArrowDown";
                    follower.leave();
                    if !browser::step_to(SCROLLER, ROWS, QUESTION, forward) {
                        follower.to_edge(forward);
                    }
                }
            }
        }));
    });
}
