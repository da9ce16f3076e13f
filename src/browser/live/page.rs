//! The tab itself: its frames, its clock, whether anyone sees it.

use std::{cell::OnceCell, rc::Rc};

use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{Event, KeyboardEvent, VisibilityState};

use super::{
    document,
    listen::{Guard, listen},
};
use crate::model::Language;
use leptos::prelude::window;

thread_local! {
    static LANGUAGE: OnceCell<Language> = const { OnceCell::new() };
    static BASE: OnceCell<String> = const { OnceCell::new() };
}

/// Something the document's root element says.
fn said_by_root(name: &str) -> Option<String> {
    document().document_element().and_then(|root| root.get_attribute(name))
}

/// A path of ours as the browser has to ask for it, such as `/skein/chat` for `/chat`: every one is made by this.
pub fn at(path: &str) -> String {
    BASE.with(|base| [base.get_or_init(|| said_by_root("data-base").unwrap_or_default()), path].concat())
}

/// Sends calls to where [`at`] says. To be called once, before the first.
pub fn calls_go_there() {
    let base = at("");
    if !base.is_empty() {
        leptos::server_fn::client::set_server_url(base.leak());
    }
}

/// The language the page came in; always some. It stays as long as the page does.
pub fn language() -> Option<Language> {
    let read = || said_by_root("lang").and_then(|tag| Language::from_tag(&tag)).unwrap_or_default();
    Some(LANGUAGE.with(|language| *language.get_or_init(read)))
}

/// Marks the whole page, for the style sheet: which colours it has, say. None takes the mark away.
pub fn mark_page(attribute: &str, value: Option<&str>) {
    if let Some(root) = document().document_element() {
        let _ = match value {
            Some(value) => root.set_attribute(attribute, value),
            None => root.remove_attribute(attribute),
        };
    }
}

/// The part of the program that the server made this page with, if any, as an element of the page says.
pub fn part_of_page() -> Option<String> {
    document().query_selector("[data-part]").ok().flatten()?.get_attribute("data-part")
}

/// Shows the picture at this path as the page's icon.
pub fn set_icon(path: &str) {
    if let Ok(Some(link)) = document().query_selector("link[rel=icon]") {
        let _ = link.set_attribute("href", path);
    }
}

/// Loads the page again.
pub fn reload() {
    let _ = window().location().reload();
}

/// Runs once before the next frame is painted. A tab nobody sees paints none.
pub fn frame(run: impl FnOnce() + 'static) {
    let function = Closure::once_into_js(run);
    let _ = window().request_animation_frame(function.unchecked_ref());
}

/// Runs once after `ms` milliseconds.
pub fn after(ms: i32, run: impl FnOnce() + 'static) {
    let function = Closure::once_into_js(run);
    let _ = window().set_timeout_with_callback_and_timeout_and_arguments_0(function.unchecked_ref(), ms);
}

/// A title as the document takes it: as text.
pub fn page_title(title: String) -> String {
    title
}

/// Whether the tab can be seen.
pub fn visible() -> bool {
    document().visibility_state() == VisibilityState::Visible
}

/// Tells when the tab is hidden or shown, and when the network is back: what was open before may be dead without a word.
pub fn on_visibility(run: impl Fn(bool) + 'static) -> Guard {
    let run = Rc::new(run);
    let shown = listen::<Event>(&document(), &["visibilitychange"], {
        let run = run.clone();
        move |_| run(visible())
    });
    let online = listen::<Event>(&window(), &["online"], move |_| run(visible()));
    Guard::new(move || drop((shown, online)))
}

/// Tells when the tab is turned to.
pub fn on_focus(run: impl Fn() + 'static) -> Guard {
    listen::<Event>(&window(), &["focus"], move |_| run())
}

/// Tells of every key pressed in the page.
pub fn on_key(run: impl Fn(&KeyboardEvent) + 'static) -> Guard {
    let closure = Closure::<dyn Fn(KeyboardEvent)>::new(move |event: KeyboardEvent| run(&event));
    let window = window();
    let _ = window.add_event_listener_with_callback("keydown", closure.as_ref().unchecked_ref());
    Guard::new(move || {
        let _ = window.remove_event_listener_with_callback("keydown", closure.as_ref().unchecked_ref());
    })
}

/// Whether there is a mouse, and so most likely a keyboard: where taking the focus opens no keyboard on the screen.
pub fn fine_pointer() -> bool {
    is("(hover: hover) and (pointer: fine)")
}

/// Whether the list of threads is a drawer, for want of room. The style sheet says the same.
pub fn is_narrow() -> bool {
    is("(max-width: 47.99rem)")
}

fn is(media: &str) -> bool {
    window().match_media(media).ok().flatten().is_some_and(|query| query.matches())
}

/// Whether this is a machine whose shortcuts are made with ⌘ and not with Ctrl, which moves the caret there.
pub fn is_mac() -> bool {
    let platform = window().navigator().platform().unwrap_or_default();
    ["Mac", "iP"].iter().any(|name| platform.starts_with(name))
}
