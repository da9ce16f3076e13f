//! Parts of the program that the browser fetches when somebody goes there: what a chat needs is in none of them. On the
//! server, and once a part is there, they are like all other code.

use wasm_bindgen_futures::spawn_local;
use wasm_split_helpers::SplitLoaderError;

use super::settings;
use crate::browser;

/// The first wait before a part of this page is fetched again, in milliseconds; it doubles up to the last.
const FIRST_WAIT_MS: i32 = 1_000;
const LAST_WAIT_MS: i32 = 15_000;

/// A part could not be fetched: the server cannot be reached, or has another version of it by now.
pub struct Missing;

impl From<SplitLoaderError> for Missing {
    fn from(_: SplitLoaderError) -> Self {
        Self
    }
}

/// Goes on once the part that this page was made with is there, if any was. It is tried until then: the page is what it
/// is without this program, and works.
pub fn once_here(go_on: impl FnOnce() + 'static) {
    match browser::part_of_page() {
        Some(part) => fetch(part, FIRST_WAIT_MS, go_on),
        None => go_on(),
    }
}

fn fetch(part: String, wait: i32, go_on: impl FnOnce() + 'static) {
    spawn_local(async move {
        let fetched = match &*part {
            "settings" => settings::fetch().await,
            _ => Ok(()),
        };
        match fetched {
            Ok(()) => go_on(),
            Err(_) => browser::after(wait, move || fetch(part, i32::min(wait * 2, LAST_WAIT_MS), go_on)),
        }
    });
}
