//! The thread page and its parts.

mod announce;
mod ask;
pub mod asked;
mod attachments;
mod blocks;
mod brought;
mod clicks;
pub mod composer;
mod edit;
mod failure;
mod figures;
mod follow;
mod foot;
mod forms;
mod header;
mod item;
mod keys;
mod list;
mod newer;
mod older;
mod page;
mod queued;
mod reasoning;
mod row;
pub mod statistics;
mod told;

pub use brought::ActionHandler;
pub use item::MessageItem;
pub use page::ThreadPage;

/// Whether an answer is being written in the open thread. Provided by its page.
#[derive(Clone, Copy)]
struct Running(leptos::prelude::Signal<bool>);

/// The `id` of what scrolls.
const SCROLLER: &str = "scroller";
/// The `id` of what is scrolled: the rows and the composer.
const SHEET: &str = "sheet";
/// The `id` of the list of rows.
const ROWS: &str = "rows";
/// The `id` of the way from earlier messages to the newest.
const END: &str = "to-end";
