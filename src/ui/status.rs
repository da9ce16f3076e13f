//! The HTTP status of the page that is being rendered.

use std::sync::Arc;

use leptos::prelude::*;

/// Sets it. Provided by the server's router; in the browser there is none, and nothing to set.
#[derive(Clone)]
pub struct HttpStatus(pub Arc<dyn Fn(u16) + Send + Sync>);

/// Sets the status of the page being rendered, if one is.
pub fn set_status(status: u16) {
    if let Some(HttpStatus(set)) = use_context() {
        set(status);
    }
}
