//! The server's half: there is no browser. See the live half for what each function does.

use std::future::ready;

use serde::de::DeserializeOwned;

use super::{Clicked, Form, Incoming, Metrics, Unreadable};
use crate::model::{Base, BlockChange, Language};

/// Ends what it stands for when dropped.
#[derive(Default)]
pub struct Guard;

pub fn open_events(_url: &str, _names: &[&'static str], _on: impl Fn(Incoming) + 'static) {}
pub fn close_events() {}

pub fn read_json<T: DeserializeOwned>(text: &str) -> Result<T, Unreadable> {
    serde_json::from_str(text).map_err(|_| Unreadable)
}

pub fn frame(_run: impl FnOnce() + 'static) {}
pub fn after(_ms: i32, _run: impl FnOnce() + 'static) {}
/// The page's first title goes out as HTML, where the framework leaves it as it is.
pub fn page_title(title: String) -> String {
    title.replace('&', "&amp;").replace('<', "&lt;")
}
pub fn visible() -> bool {
    false
}
pub fn on_visibility(_run: impl Fn(bool) + 'static) -> Guard {
    Guard
}
pub fn on_focus(_run: impl Fn() + 'static) -> Guard {
    Guard
}
pub fn on_key(_run: impl Fn(&leptos::ev::KeyboardEvent) + 'static) -> Guard {
    Guard
}
pub fn fine_pointer() -> bool {
    false
}
pub fn is_narrow() -> bool {
    false
}
pub fn is_mac() -> bool {
    false
}

pub fn kept(_key: &str) -> Option<String> {
    None
}
pub fn keep(_key: &str, _value: Option<&str>) {}

pub fn copy(_text: String) -> impl Future<Output = bool> + Send {
    ready(false)
}

pub fn unique() -> String {
    String::new()
}

pub fn submitted(_event: &leptos::ev::SubmitEvent) -> Option<Form> {
    None
}
pub fn encoded(value: &str) -> String {
    value.to_owned()
}
pub fn form_done(_key: u32, _close: bool) {}
pub fn post(_action: String, _body: String) -> impl Future<Output = Result<String, Option<String>>> + Send {
    ready(Err(None))
}
pub fn focus_soon(_selectors: Vec<String>) {}

pub fn value(_id: &str) -> Option<String> {
    None
}
pub fn close_details(_id: &str) {}
pub fn set_value(_id: &str, _value: &str) {}
pub fn fit(_id: &str) {}
pub fn focus(_id: &str) {}
pub fn press(_id: &str) -> bool {
    false
}
pub fn press_last(_selector: &str) -> bool {
    false
}
pub fn focus_last(_selector: &str) {}
pub fn focus_end(_id: &str) {}
pub fn focused(_id: &str) -> bool {
    false
}
pub fn select_all(_id: &str) {}
pub fn is_open(_id: &str) -> Option<bool> {
    None
}
pub fn show_dialog(_id: &str) {}
pub fn close_dialog(_id: &str) {}
pub fn hide_popover(_id: &str) {}
pub fn is_covered() -> bool {
    false
}
pub fn is_selected() -> bool {
    false
}
pub fn menus_close() -> Guard {
    Guard
}
pub fn alive(_words: &[(&str, &str)]) {}

pub fn patch_blocks(_id: &str, _change: &BlockChange) -> bool {
    false
}
pub fn set_blocks(_id: &str, _blocks: &[String]) -> bool {
    false
}
pub fn copied(_selector: &str, _words: &str) {}
pub fn clicked(_event: &leptos::ev::MouseEvent) -> Option<Clicked> {
    None
}

pub fn metrics(_id: &str) -> Option<Metrics> {
    None
}
pub fn scroll_to(_id: &str, _top: f64) {}
pub fn take_over_scrolling(_id: &str) -> bool {
    false
}
pub fn on_scroll(_id: &str, _run: impl Fn(Metrics) + 'static) -> Guard {
    Guard
}
pub fn on_push_up(_id: &str, _run: impl Fn() + 'static) -> Guard {
    Guard
}
pub fn typing(_except: &str) -> bool {
    false
}
pub fn step_to(_scroller: &str, _rows: &str, _selector: &str, _forward: bool) -> bool {
    false
}
pub fn on_resize(_ids: &[&str], _run: impl Fn() + 'static) -> Guard {
    Guard
}
pub fn on_near(_id: &str, _root: &str, _margin: &str, _run: impl Fn() + 'static) -> Guard {
    Guard
}
pub fn keep_place(_scroller: &str, _rows: &str, _change: impl FnOnce() + 'static) {}
pub fn mark_measured(_rows: &str) {}

/// Here it is the request's context that knows it.
pub fn at(path: &str) -> String {
    leptos::prelude::use_context::<Base>().map_or_else(|| path.to_owned(), |base| base.at(path))
}

pub fn mark_page(_attribute: &str, _value: Option<&str>) {}
pub fn part_of_page() -> Option<String> {
    None
}
pub fn set_icon(_path: &str) {}
pub fn reload() {}
pub fn language() -> Option<Language> {
    None
}

pub fn zone(_day: &str) -> i32 {
    0
}

pub fn local_time(_ms: i64) -> Option<String> {
    None
}
pub fn show_local_times(_id: &str) {}
