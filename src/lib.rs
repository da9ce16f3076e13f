//! Skein: a self-hosted AI chat. Leptos renders whole pages on the server and the same components come alive in the
//! browser; generations belong to the server, and browsers are its viewers.
//!
//! - [`model`]: the words both halves share, and the fold
//! - [`api`]: what the browser may ask
//! - [`state`]: what the browser holds, folded from events
//! - [`browser`]: the little of the browser's own API that is used, absent on the server
//! - [`ui`]: pages and components
//! - [`server`]: everything else

pub mod api;
pub mod browser;
pub mod model;
#[cfg(feature = "ssr")]
pub mod server;
pub mod state;
pub mod ui;

/// Brings the page that the server rendered to life. Called by the page's own script.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    browser::calls_go_there();
    ui::parts::once_here(|| leptos::mount::hydrate_body(ui::App));
}
