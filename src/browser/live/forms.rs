//! Forms, sent by this program as the browser would send them.

use std::{cell::RefCell, collections::HashMap};

use leptos::__reexports::send_wrapper::SendWrapper;
use leptos::prelude::window;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{FormData, HtmlButtonElement, HtmlFormElement, RequestInit, Response, SubmitEvent, UrlSearchParams};

use super::super::Form;

thread_local! {
    /// Those that are on their way, by their key.
    static SENT: RefCell<(u32, HashMap<u32, HtmlFormElement>)> = RefCell::default();
}

/// The form that is being sent, which the browser is told not to send itself. None: somebody else sees to it, or it is on
/// its way already.
pub fn submitted(event: &SubmitEvent) -> Option<Form> {
    if event.default_prevented() {
        return None;
    }
    let form = event.target()?.dyn_into::<HtmlFormElement>().ok()?;
    event.prevent_default();
    if form.has_attribute("aria-busy") {
        return None;
    }
    let pressed = event.submitter().and_then(|pressed| pressed.dyn_into::<HtmlButtonElement>().ok());
    let (name, value) = pressed.map(|button| (button.name(), button.value())).unwrap_or_default();
    let data = FormData::new_with_form(&form).ok()?;
    if !name.is_empty() {
        let _ = data.append_with_str(&name, &value);
    }
    let search = js_sys::Reflect::get(&window(), &JsValue::from_str("URLSearchParams")).ok()?;
    let body =
        js_sys::Reflect::construct(search.unchecked_ref::<js_sys::Function>(), &js_sys::Array::of1(&data)).ok()?;
    let body = String::from(body.unchecked_into::<UrlSearchParams>().to_string());
    let (post, action) = (form.method() == "post", form.get_attribute("action").unwrap_or_default());
    let with_model = form.has_attribute("data-model");
    let key = SENT.with_borrow_mut(|(last, sent)| {
        *last += 1;
        let _ = form.set_attribute("aria-busy", "true");
        sent.insert(*last, form);
        *last
    });
    Some(Form { key, post, action, body, name, value, with_model })
}

/// The form has been seen to, and may be sent again. `close` also closes what can be opened and closed around it.
pub fn form_done(key: u32, close: bool) {
    let Some(form) = SENT.with_borrow_mut(|(_, sent)| sent.remove(&key)) else { return };
    let _ = form.remove_attribute("aria-busy");
    if close && let Ok(Some(around)) = form.closest("details:not(.menu)") {
        let _ = around.remove_attribute("open");
    }
}

/// A value as it stands in a form's body.
pub fn encoded(value: &str) -> String {
    js_sys::encode_uri_component(value).into()
}

/// Posts a form's body to a place of ours. What is returned is the answer's text, or that of the refusal; none: it did
/// not get through.
pub fn post(action: String, body: String) -> impl Future<Output = Result<String, Option<String>>> + Send {
    SendWrapper::new(async move {
        let response = send(&action, &body).await.map_err(|_| None)?;
        let text = response.text().map_err(|_| None)?;
        let text = JsFuture::from(text).await.ok().and_then(|text| text.as_string()).ok_or(None)?;
        if response.ok() { Ok(text) } else { Err(Some(text)) }
    })
}

async fn send(action: &str, body: &str) -> Result<Response, JsValue> {
    let headers = js_sys::Object::new();
    for (name, value) in [("accept", "application/json"), ("content-type", "application/x-www-form-urlencoded")] {
        js_sys::Reflect::set(&headers, &JsValue::from_str(name), &JsValue::from_str(value))?;
    }
    let init = RequestInit::new();
    init.set_method("POST");
    init.set_headers(&headers);
    init.set_body(&JsValue::from_str(body));
    JsFuture::from(window().fetch_with_str_and_init(action, &init)).await?.dyn_into()
}
