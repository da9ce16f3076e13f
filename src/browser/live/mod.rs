//! The browser's half.

mod blocks;
mod clipboard;
mod element;
mod events;
mod forms;
mod json;
mod listen;
mod page;
mod scroll;
mod storage;
mod time;

pub use blocks::{clicked, copied, patch_blocks, set_blocks};
pub use clipboard::copy;
pub use element::{
    alive, close_details, close_dialog, fit, focus, focus_end, focus_last, focus_soon, focused, hide_popover,
    is_covered, is_open, is_selected, menus_close, press, press_last, select_all, set_value, show_dialog, value,
};
pub use events::{close_events, open_events};
pub use forms::{encoded, form_done, post, submitted};
pub use json::read_json;
pub use listen::Guard;
pub use page::{
    after, at, calls_go_there, fine_pointer, frame, is_mac, is_narrow, language, mark_page, on_focus, on_key,
    on_visibility, page_title, part_of_page, reload, set_icon, visible,
};
pub use scroll::{
    keep_place, mark_measured, metrics, on_near, on_push_up, on_resize, on_scroll, scroll_to, step_to,
    take_over_scrolling, typing,
};
pub use storage::{keep, kept};
pub use time::{local_time, show_local_times, unique, zone};

/// The document; there is always one.
fn document() -> web_sys::Document {
    leptos::prelude::document()
}

/// An element by its id.
fn find(id: &str) -> Option<web_sys::Element> {
    document().get_element_by_id(id)
}
