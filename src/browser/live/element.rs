//! Elements by id: their value, their focus, dialogs and menus.

use std::{cell::RefCell, collections::HashMap};

use leptos::prelude::window;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{
    Element, Event, HtmlDetailsElement, HtmlDialogElement, HtmlElement, HtmlInputElement, HtmlTextAreaElement,
    KeyboardEvent,
};

use super::{
    document, find, frame,
    listen::{Guard, listen},
};

fn html(id: &str) -> Option<HtmlElement> {
    find(id)?.dyn_into().ok()
}

/// The text in a field, which may have been typed before this program came to life.
pub fn value(id: &str) -> Option<String> {
    let element = find(id)?;
    match element.dyn_ref::<HtmlTextAreaElement>() {
        Some(area) => Some(area.value()),
        None => js_sys::Reflect::get(&element, &JsValue::from_str("value")).ok()?.as_string(),
    }
}

/// Closes what can be opened and closed around an element.
pub fn close_details(id: &str) {
    let around = find(id).and_then(|element| element.closest("details").ok().flatten());
    if let Some(details) = around.and_then(|around| around.dyn_into::<HtmlDetailsElement>().ok()) {
        details.set_open(false);
    }
}

/// Puts text into a field.
pub fn set_value(id: &str, value: &str) {
    if let Some(element) = find(id) {
        let _ = js_sys::Reflect::set(&element, &JsValue::from_str("value"), &JsValue::from_str(value));
    }
}

/// Makes a text field as high as its text, where the style sheet cannot (`field-sizing`). CSS caps it.
pub fn fit(id: &str) {
    let Some(element) = html(id) else { return };
    let style = element.style();
    if style.get_property_value("field-sizing").is_ok_and(|value| !value.is_empty()) || sizes_itself() {
        return;
    }
    let _ = style.set_property("height", "auto");
    let _ = style.set_property("height", &format!("{}px", element.scroll_height()));
}

/// Whether this browser knows `field-sizing: content`.
fn sizes_itself() -> bool {
    let css = js_sys::Reflect::get(&window(), &JsValue::from_str("CSS"));
    let supports = css.as_ref().ok().and_then(|css| js_sys::Reflect::get(css, &JsValue::from_str("supports")).ok());
    let Some(supports) = supports.and_then(|function| function.dyn_into::<js_sys::Function>().ok()) else {
        return false;
    };
    let (name, value) = (JsValue::from_str("field-sizing"), JsValue::from_str("content"));
    supports.call2(&css.unwrap_or(JsValue::UNDEFINED), &name, &value).is_ok_and(|known| known.is_truthy())
}

/// Presses the button or link `id`, if it is there.
pub fn press(id: &str) -> bool {
    let element = find(id).and_then(|element| element.dyn_into::<HtmlElement>().ok());
    element.map(|element| element.click()).is_some()
}

/// The last element in the page that this selector finds.
fn last(selector: &str) -> Option<HtmlElement> {
    let found = document().query_selector_all(selector).ok()?;
    found.item(found.length().checked_sub(1)?)?.dyn_into().ok()
}

/// Presses the last button or link that this selector finds; says whether there is one.
pub fn press_last(selector: &str) -> bool {
    last(selector).map(|element| element.click()).is_some()
}

/// Gives the last element that this selector finds the focus.
pub fn focus_last(selector: &str) {
    if let Some(element) = last(selector) {
        focus_element(&element);
    }
}

/// Gives an element the focus, moving nothing.
pub fn focus(id: &str) {
    if let Some(element) = find(id) {
        focus_element(&element);
    }
}

/// Gives the focus to the first of these that is there and can be pressed, as soon as there is one; not for long.
pub fn focus_soon(selectors: Vec<String>) {
    look_for(selectors, 60);
}

fn look_for(selectors: Vec<String>, frames: u32) {
    let found = selectors.iter().find_map(|selector| document().query_selector(selector).ok().flatten());
    match found {
        Some(element) => focus_element(&element),
        None if frames > 0 => frame(move || look_for(selectors, frames - 1)),
        None => {}
    }
}

pub(super) fn focus_element(element: &Element) {
    let options = js_sys::Object::new();
    let _ = js_sys::Reflect::set(&options, &JsValue::from_str("preventScroll"), &JsValue::TRUE);
    if let Ok(focus) = js_sys::Reflect::get(element, &JsValue::from_str("focus"))
        && let Some(focus) = focus.dyn_ref::<js_sys::Function>()
    {
        let _ = focus.call1(element, &options);
    }
}

/// Gives a text field the focus, the caret at its end.
pub fn focus_end(id: &str) {
    focus(id);
    if let Some(area) = find(id).and_then(|element| element.dyn_into::<HtmlTextAreaElement>().ok()) {
        let end = area.text_length();
        let _ = area.set_selection_range(end, end);
    }
}

/// Whether an element has the focus.
pub fn focused(id: &str) -> bool {
    document().active_element().is_some_and(|element| element.id() == id)
}

/// Gives a field the focus with all of its text selected.
pub fn select_all(id: &str) {
    focus(id);
    if let Some(input) = find(id).and_then(|element| element.dyn_into::<HtmlInputElement>().ok()) {
        input.select();
    }
}

/// Whether a `<details>` is open, which a reader may have done before this program came to life.
pub fn is_open(id: &str) -> Option<bool> {
    find(id)?.dyn_into::<HtmlDetailsElement>().ok().map(|details| details.open())
}

/// Opens a `<dialog>` as a modal one.
pub fn show_dialog(id: &str) {
    if let Some(dialog) = find(id).and_then(|element| element.dyn_into::<HtmlDialogElement>().ok())
        && !dialog.open()
    {
        let _ = dialog.show_modal();
    }
}

/// Closes a `<dialog>`.
pub fn close_dialog(id: &str) {
    if let Some(dialog) = find(id).and_then(|element| element.dyn_into::<HtmlDialogElement>().ok())
        && dialog.open()
    {
        dialog.close();
    }
}

/// Whether something lies over the page: a dialog, a menu or the drawer. Escape is for that then.
pub fn is_covered() -> bool {
    let covers = "dialog[open], details.menu[open], [popover]:popover-open";
    document().query_selector(covers).is_ok_and(|found| found.is_some())
}

/// Whether text is selected, in the page or in the field that has the focus.
pub fn is_selected() -> bool {
    let page = window().get_selection().ok().flatten().is_some_and(|selection| !selection.is_collapsed());
    let end = |name: &str| {
        let field = document().active_element()?;
        js_sys::Reflect::get(&field, &JsValue::from_str(name)).ok()?.as_f64()
    };
    page || end("selectionStart") != end("selectionEnd")
}

/// Hides a popover, if it is shown.
pub fn hide_popover(id: &str) {
    if let Some(element) = find(id)
        && let Ok(hide) = js_sys::Reflect::get(&element, &JsValue::from_str("hidePopover"))
        && let Some(hide) = hide.dyn_ref::<js_sys::Function>()
    {
        let _ = hide.call0(&element);
    }
}

/// Closes every open menu (`details.menu`) on a click outside of it or on one of its items, and on Escape. The row that an
/// open one hangs out of is marked (`data-open`): rows out of view are skipped, and so what leaves a row is cut off.
pub fn menus_close() -> Guard {
    let document = document();
    let click = listen::<Event>(&document, &["click"], |event| {
        let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let pressed = target.and_then(|target| target.closest(".menu > summary").ok().flatten());
        for menu in open_menus() {
            if !pressed.as_ref().is_some_and(|summary| menu.contains(Some(summary))) {
                menu.set_open(false);
            }
        }
        let opens = pressed.filter(|summary| summary.closest("details[open]").is_ok_and(|open| open.is_none()));
        mark_open(opens.and_then(|summary| summary.closest(".row").ok().flatten()));
    });
    let key = listen::<KeyboardEvent>(&document, &["keydown"], |event| {
        if event.key() == "Escape" {
            mark_open(None);
            for menu in open_menus() {
                menu.set_open(false);
                // What had the focus in it is not to be seen any more.
                if menu.contains(super::document().active_element().as_deref())
                    && let Ok(Some(summary)) = menu.query_selector("summary")
                {
                    focus_element(&summary);
                }
            }
        }
    });
    Guard::new(move || drop((click, key)))
}

fn mark_open(row: Option<Element>) {
    if let Ok(Some(before)) = document().query_selector(".row[data-open]") {
        let _ = before.remove_attribute("data-open");
    }
    if let Some(row) = row {
        let _ = row.set_attribute("data-open", "");
    }
}

fn open_menus() -> Vec<HtmlDetailsElement> {
    let Ok(menus) = document().query_selector_all("details.menu[open]") else { return Vec::new() };
    (0..menus.length()).filter_map(|index| menus.item(index)?.dyn_into().ok()).collect()
}

thread_local! {
    static WORDS: RefCell<HashMap<String, String>> = RefCell::default();
}

/// A word that [`alive`] was told.
pub(super) fn word(property: &str) -> Option<String> {
    WORDS.with_borrow(|words| words.get(property).cloned())
}

/// Says that the page is alive: what only works then may now be shown, and what the style sheet writes (the label of a
/// button inside a row's text) has its words, as custom properties of the root.
pub fn alive(words: &[(&str, &str)]) {
    let Some(root) = document().document_element().and_then(|root| root.dyn_into::<HtmlElement>().ok()) else { return };
    for (property, word) in words {
        WORDS.with_borrow_mut(|words| words.insert((*property).to_owned(), (*word).to_owned()));
        let quoted = word.replace('\\', "\\\\").replace('"', "\\\"");
        let _ = root.style().set_property(property, &format!("\"{quoted}\""));
    }
    let _ = root.set_attribute("data-live", "");
}
