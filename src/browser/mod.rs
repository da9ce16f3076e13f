//! The little of the browser that is used, behind functions of our own: events, storage, clipboard, scrolling, frames,
//! time. There are two of each, of the same signature: a live one in the browser, and one on the server that does
//! nothing. What is above names no feature and, but for the events a handler is given, no `web_sys`.
//!
//! Elements are named by their `id`, so that what holds state holds no elements.

#[cfg(feature = "hydrate")]
#[path = "live/mod.rs"]
mod here;
#[cfg(not(feature = "hydrate"))]
#[path = "absent.rs"]
mod here;

pub use here::*;

/// What the server sent is not what it should be. Why not is of no use to anybody in a browser.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("not what was expected")]
pub struct Unreadable;

/// What a stream of server-sent events brings.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Incoming {
    /// The server answered; events follow.
    Open,
    /// One event. `id` is where the stream stands after it.
    Event { name: &'static str, data: String, id: String },
    /// The stream ended or never began. It is closed; opening another is up to the listener.
    Failed,
}

/// A form on its way.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Form {
    /// What it is called until it has been seen to.
    pub key: u32,
    /// It is to be posted to `action`; else it only asks for something to be shown.
    pub post: bool,
    pub action: String,
    /// All of its fields, encoded.
    pub body: String,
    /// The button that was pressed.
    pub name: String,
    pub value: String,
    /// The chosen model goes with it.
    pub with_model: bool,
}

/// Where a scrolled element stands, in CSS pixels.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Metrics {
    /// From the beginning of the content to the beginning of what is seen.
    pub top: f64,
    /// How much is seen.
    pub view: f64,
    /// How much there is.
    pub height: f64,
}

impl Metrics {
    /// How much lies below what is seen.
    pub fn below(&self) -> f64 {
        (self.height - self.view - self.top).max(0.0)
    }
}

/// How many blocks of a text stand in one group. The browser lays a text out and paints it by its groups, so that a long
/// one costs little more than a short one; and groups out of view are skipped.
pub const GROUP: usize = 32;

/// What was clicked inside a row. Such buttons are in its HTML; no component has them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Clicked {
    /// The copy button of a piece of code: the code. The button is already marked as copied.
    Code(String),
    /// The copy button of the row whose element has this `id`.
    Row(String),
    /// The place of a remote image: it was put there.
    Image,
}
