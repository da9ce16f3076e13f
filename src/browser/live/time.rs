//! The reader's clock, and chance.

use leptos::prelude::window;
use wasm_bindgen::{JsCast, JsValue};

use crate::model::Language;

/// A moment in the page's language, as the reader's own variety of it and their zone write it, short: this year's without
/// the year.
pub fn local_time(ms: i64) -> Option<String> {
    let date = js_sys::Date::new(&JsValue::from_f64(ms as f64));
    let options = js_sys::Object::new();
    let year = (date.get_full_year() != js_sys::Date::new_0().get_full_year()).then_some(("year", "numeric"));
    let parts = [("month", "short"), ("day", "numeric"), ("hour", "numeric"), ("minute", "2-digit")];
    for (name, value) in parts.into_iter().chain(year) {
        js_sys::Reflect::set(&options, &name.into(), &value.into()).ok()?;
    }
    let method = js_sys::Reflect::get(&date, &"toLocaleString".into()).ok()?;
    let page = super::language().unwrap_or_default();
    let own = window().navigator().language().is_some_and(|own| Language::from_tag(&own) == Some(page));
    let locale = if own { JsValue::UNDEFINED } else { page.tag().into() };
    method.dyn_ref::<js_sys::Function>()?.call2(&date, &locale, &options).ok()?.as_string()
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
