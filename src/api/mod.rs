//! What the browser may ask of the server: signatures alone. Each body is one call into the server's actions, and does
//! not exist in the browser, where the same function sends the request.
//!
//! Names are stable: `/rpc/<resource>/<verb>`. Arguments are JSON, but for the forms that also work without WASM, which
//! post as browsers post forms.

pub mod accounts;
mod error;
pub mod messages;
pub mod models;
pub mod queue;
pub mod settings;
pub mod threads;
mod wire;

pub use wire::{Json, Wire, post};
