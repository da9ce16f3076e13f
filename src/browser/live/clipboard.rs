//! The clipboard, also where the browser withholds it.

use leptos::__reexports::send_wrapper::SendWrapper;
use leptos::prelude::window;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{HtmlElement, HtmlTextAreaElement};

use super::document;

/// Copies text; says whether it is now in the clipboard. On an insecure origin (plain HTTP in a local network) there is
/// no clipboard to write to, only the old command that copies a selection.
pub fn copy(text: String) -> impl Future<Output = bool> + Send {
    SendWrapper::new(async move { by_clipboard(&text).await || by_selection(&text).unwrap_or(false) })
}

async fn by_clipboard(text: &str) -> bool {
    let navigator = window().navigator();
    let there = js_sys::Reflect::get(&navigator, &JsValue::from_str("clipboard"));
    if !there.is_ok_and(|clipboard| clipboard.is_object()) {
        return false;
    }
    JsFuture::from(navigator.clipboard().write_text(text)).await.is_ok()
}

fn by_selection(text: &str) -> Option<bool> {
    let document = document();
    let focused = document.active_element();
    // What the reader has selected stays selected.
    let selection = window().get_selection().ok().flatten();
    let selected = selection.as_ref().filter(|selection| !selection.is_collapsed());
    let selected = selected.and_then(|selection| selection.get_range_at(0).ok());
    let area: HtmlTextAreaElement = document.create_element("textarea").ok()?.unchecked_into();
    area.set_value(text);
    area.set_class_name("visually-hidden");
    // Inside an open dialog nothing outside of it can be selected.
    let place = document.query_selector("dialog[open]").ok().flatten();
    place.or_else(|| document.body().map(Into::into))?.append_child(&area).ok()?;
    area.select();
    let copy = js_sys::Reflect::get(&document, &JsValue::from_str("execCommand")).ok()?;
    let done = copy.dyn_ref::<js_sys::Function>()?.call1(&document, &JsValue::from_str("copy"));
    area.remove();
    if let Some(element) = focused.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        let _ = element.focus();
    }
    if let (Some(selection), Some(range)) = (selection, selected) {
        let _ = selection.remove_all_ranges();
        let _ = selection.add_range(&range);
    }
    Some(done.is_ok_and(|done| done.is_truthy()))
}
