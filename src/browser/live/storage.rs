//! What this browser keeps. It may refuse to (private windows, a full disk); then nothing is kept and nothing breaks.

use leptos::prelude::window;

/// What was kept under `key`.
pub fn kept(key: &str) -> Option<String> {
    window().local_storage().ok()??.get_item(key).ok()?
}

/// Keeps `value` under `key`, or forgets what was there.
pub fn keep(key: &str, value: Option<&str>) {
    let Ok(Some(storage)) = window().local_storage() else { return };
    let _ = match value {
        Some(value) => storage.set_item(key, value),
        None => storage.remove_item(key),
    };
}
