//! The reader's clock, and chance.

use std::cell::RefCell;

use js_sys::{Array, Date, Function, Object, Reflect};
use leptos::prelude::window;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::Element;

use super::find;

use crate::model::Language;

thread_local! {
    /// Making a format takes longer than to write a hundred moments with it. Both are few.
    static FORMATS: RefCell<Vec<((Language, bool), Function)>> = const { RefCell::new(Vec::new()) };
}

/// A moment in the page's language, as the reader's own variety of it and their zone write it, short: this year's without
/// the year.
pub fn local_time(ms: i64) -> Option<String> {
    let date = Date::new(&JsValue::from_f64(ms as f64));
    let with_year = date.get_full_year() != Date::new_0().get_full_year();
    let page = super::language().unwrap_or_default();
    let format = FORMATS.with_borrow_mut(|formats| {
        let known = formats.iter().find(|(what, _)| *what == (page, with_year)).map(|(_, format)| format.clone());
        known.or_else(|| {
            let format = format(page, with_year)?;
            formats.push(((page, with_year), format.clone()));
            Some(format)
        })
    })?;
    format.call1(&JsValue::UNDEFINED, &date).ok()?.as_string()
}

fn format(page: Language, with_year: bool) -> Option<Function> {
    let options = Object::new();
    let year = with_year.then_some(("year", "numeric"));
    let parts = [("month", "short"), ("day", "numeric"), ("hour", "numeric"), ("minute", "2-digit")];
    for (name, value) in parts.into_iter().chain(year) {
        Reflect::set(&options, &name.into(), &value.into()).ok()?;
    }
    let own = window().navigator().language().is_some_and(|own| Language::from_tag(&own) == Some(page));
    let locale = if own { JsValue::UNDEFINED } else { page.tag().into() };
    let intl = Reflect::get(&window(), &"Intl".into()).ok()?;
    let make = Reflect::get(&intl, &"DateTimeFormat".into()).ok()?;
    let made = Reflect::construct(make.dyn_ref::<Function>()?, &Array::of2(&locale, &options)).ok()?;
    Reflect::get(&made, &"format".into()).ok()?.dyn_into().ok()
}

/// Writes the moments in the element `id`, which came from the server in UTC, as their reader does.
pub fn show_local_times(id: &str) {
    let Some(times) = find(id).and_then(|element| element.query_selector_all("time").ok()) else { return };
    for time in (0..times.length()).filter_map(|index| times.item(index)?.dyn_into::<Element>().ok()) {
        let ms = time.get_attribute("datetime").map(|iso| Date::parse(&iso)).filter(|ms| ms.is_finite());
        if let Some(local) = ms.and_then(|ms| local_time(ms as i64)) {
            time.set_text_content(Some(&local));
        }
    }
}

/// How many minutes before UTC's a day (`2026-11-21`) begins here.
pub fn zone(day: &str) -> i32 {
    // Without a time of its own it would be read as UTC's.
    -js_sys::Date::new(&[day, "T00:00"].concat().into()).get_timezone_offset() as i32
}

/// A word that has not been before: what makes one attempt to send one message. `crypto.randomUUID` is there on secure
/// origins alone.
pub fn unique() -> String {
    let uuid = js_sys::Reflect::get(&window(), &"crypto".into()).ok().and_then(|crypto| {
        let method = js_sys::Reflect::get(&crypto, &"randomUUID".into()).ok()?;
        method.dyn_ref::<js_sys::Function>()?.call0(&crypto).ok()?.as_string()
    });
    uuid.unwrap_or_else(|| {
        let random = || (js_sys::Math::random() * 2f64.powi(52)) as u64;
        format!("{:013x}{:013x}{:012x}", random(), random(), js_sys::Date::now() as u64)
    })
}
