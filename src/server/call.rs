//! From a server function to an action: who calls, and how the answer leaves. The only place besides the router that
//! knows the framework's request context.

use std::collections::BTreeMap;

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header, request::Parts};
use leptos::{prelude::use_context, server_fn::error::ServerFnUrlError};
use leptos_axum::ResponseOptions;

use super::{
    actions::{self, Viewer, accounts::Origin, messages::Draft, tree::Then},
    app::App,
    auth::cookie,
};
use crate::model::{
    Base, Error, MessageId, Models, Older, RunId, SettingsPage, SidebarPage, Snapshot, Started, ThreadId,
    ThreadStatistics, Visitor,
};

/// What a request brings: put into its extensions by the guard, into the framework's context by the router.
#[derive(Clone, Debug)]
pub struct Caller {
    pub viewer: Option<Viewer>,
    /// The session's token, as the cookie has it.
    pub token: Option<String>,
    pub origin: Origin,
}

struct Call {
    app: App,
    caller: Caller,
}

impl Call {
    fn begin() -> Result<Self, Error> {
        match (use_context::<App>(), use_context::<Caller>()) {
            (Some(app), Some(caller)) => Ok(Self { app, caller }),
            // Only where a page is rendered without a request, to list the routes.
            _ => Err(Error::Unauthorized),
        }
    }

    fn viewer(&self) -> Result<&Viewer, Error> {
        self.caller.viewer.as_ref().ok_or(Error::Unauthorized)
    }
}

/// Sets the response's status to the error's. A page that is being rendered decides about its own status, and a form that
/// a browser posts by itself is led back to its page, which then says what was wrong.
fn answer<T>(result: Result<T, Error>) -> Result<T, Error> {
    let led_back = use_context::<InPage>().is_some() || by_form();
    if let (Err(error), Some(response), false) = (&result, use_context::<ResponseOptions>(), led_back) {
        if let Ok(status) = StatusCode::from_u16(error.status()) {
            response.set_status(status);
        }
        if let Some(retry_after) = error.retry_after() {
            response.insert_header(header::RETRY_AFTER, HeaderValue::from(retry_after));
        }
    }
    result
}

/// Whether a browser sent this by itself, without our script.
fn by_form() -> bool {
    let accept = use_context::<Parts>().and_then(|parts| parts.headers.get(header::ACCEPT).cloned());
    accept.is_some_and(|accept| accept.to_str().is_ok_and(|accept| accept.contains("text/html")))
}

/// Leads on to this page of ours.
fn lead(path: &str) {
    let base = use_context::<Base>().unwrap_or_default();
    leptos_axum::redirect(&base.at(path));
}

/// Leads a form that a browser sent by itself on to this page, instead of back to the one that asked.
fn lead_form(path: &str) {
    if by_form() {
        lead(path);
    }
}

/// Where to lead a browser that posted a form by itself and is turned away before its call began: back to its page, which
/// says why, as the framework does it for calls that fail. None: it was no such form.
pub fn way_back(path: &str, headers: &HeaderMap, error: &Error) -> Option<String> {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    text(header::ACCEPT).filter(|accept| accept.contains("text/html"))?;
    let back = ServerFnUrlError::new(path, error.clone()).to_url(text(header::REFERER)?).ok()?;
    Some(back.to_string())
}

/// The longest address of ours to go on to, in bytes.
const NEXT_BYTES: usize = 2048;

/// Present in the context of a page, absent in that of a call.
#[derive(Clone, Copy)]
pub struct InPage;

fn set_header(name: HeaderName, value: &str) {
    if let (Some(response), Ok(value)) = (use_context::<ResponseOptions>(), HeaderValue::from_str(value)) {
        response.append_header(name, value);
    }
}

macro_rules! act {
    (|$app:ident, $viewer:ident| $action:expr) => {{
        let call = Call::begin()?;
        let ($app, $viewer) = (&call.app, call.viewer());
        answer(match $viewer {
            Ok($viewer) => $action.await,
            Err(error) => Err(error),
        })
    }};
}

pub async fn visitor() -> Result<Visitor, Error> {
    let call = Call::begin()?;
    answer(actions::accounts::visitor(&call.app, call.caller.viewer.clone()).await)
}

pub async fn sign_up(name: String, email: String, password: String) -> Result<(), Error> {
    let call = Call::begin()?;
    let token = answer(actions::accounts::sign_up(&call.app, &call.caller.origin, name, email, password).await)?;
    signed_in(&call.app, &token, None);
    Ok(())
}

pub async fn sign_in(email: String, password: String, next: Option<String>) -> Result<(), Error> {
    let call = Call::begin()?;
    let token = answer(actions::accounts::sign_in(&call.app, &call.caller.origin, email, password).await)?;
    signed_in(&call.app, &token, next);
    Ok(())
}

fn signed_in(app: &App, token: &str, next: Option<String>) {
    let age = std::time::Duration::from_millis(actions::accounts::SESSION_MS as u64);
    set_header(header::SET_COOKIE, &cookie::set(token, age, &app.settings.base_path, app.settings.secure_cookies));
    // Only a path of ours: not another site's address, nor what browsers take for one ("//host", "/\host"), nor what no
    // header can hold.
    let plain = |path: &String| path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let ours = |path: &String| ["/chat", "/settings"].iter().any(|own| path.starts_with(own));
    // The page names itself as it is from outside.
    let next = next.map(|path| app.settings.base_path.within(&path).to_owned());
    let local = next.filter(|path| ours(path) && path.len() <= NEXT_BYTES && plain(path));
    lead(local.as_deref().unwrap_or("/chat"));
}

pub async fn sign_out() -> Result<(), Error> {
    let call = Call::begin()?;
    let caller = &call.caller;
    answer(actions::accounts::sign_out(&call.app, caller.viewer.as_ref(), caller.token.as_deref()).await)?;
    set_header(header::SET_COOKIE, &cookie::clear(&call.app.settings.base_path, call.app.settings.secure_cookies));
    lead("/login");
    Ok(())
}

pub async fn sidebar(page: u32) -> Result<SidebarPage, Error> {
    act!(|app, viewer| actions::threads::sidebar(app, viewer, page))
}

pub async fn snapshot(id: ThreadId) -> Result<Snapshot, Error> {
    act!(|app, viewer| actions::threads::snapshot(app, viewer, id))
}

pub async fn older(id: ThreadId, before: i64) -> Result<Older, Error> {
    act!(|app, viewer| actions::threads::older(app, viewer, id, before))
}

pub async fn place(id: ThreadId, from: Option<i64>, day: Option<String>, zone: Option<i32>) -> Result<String, Error> {
    let place = match day {
        Some(day) => actions::threads::Place::Day { day, zone: zone.unwrap_or(0) },
        None => actions::threads::Place::From(from.unwrap_or(0)),
    };
    let path = act!(|app, viewer| actions::threads::place(app, viewer, id, place))?;
    lead_form(&path);
    Ok(path)
}

pub async fn statistics(id: ThreadId) -> Result<ThreadStatistics, Error> {
    act!(|app, viewer| actions::statistics::thread(app, viewer, id))
}

pub async fn rename(id: ThreadId, title: String) -> Result<(), Error> {
    act!(|app, viewer| actions::threads::rename(app, viewer, id, title))?;
    lead_form(&format!("/chat/thread/{id}"));
    Ok(())
}

pub async fn delete(id: ThreadId) -> Result<(), Error> {
    act!(|app, viewer| actions::threads::delete(app, viewer, id))?;
    lead_form("/chat");
    Ok(())
}

pub async fn start_thread(text: String, model: Option<String>, client: Option<String>) -> Result<Started, Error> {
    let draft = Draft { text, model, client };
    let started = act!(|app, viewer| actions::messages::start_thread(app, viewer, draft))?;
    lead(&format!("/chat/thread/{}", started.thread));
    Ok(started)
}

pub async fn submit(
    thread: Option<ThreadId>,
    text: String,
    model: Option<String>,
    client: Option<String>,
) -> Result<Started, Error> {
    let draft = Draft { text, model, client };
    act!(|app, viewer| actions::messages::submit(app, viewer, thread, draft))
}

pub async fn stop(run: Option<RunId>) -> Result<(), Error> {
    act!(|app, viewer| actions::messages::stop(app, viewer, run))
}

pub async fn regenerate(id: MessageId, model: Option<String>) -> Result<Started, Error> {
    let started = act!(|app, viewer| actions::tree::regenerate(app, viewer, id, model))?;
    lead_form(&format!("/chat/thread/{}", started.thread));
    Ok(started)
}

pub async fn go_on(id: MessageId, model: Option<String>) -> Result<Started, Error> {
    let started = act!(|app, viewer| actions::tree::go_on(app, viewer, id, model))?;
    lead_form(&format!("/chat/thread/{}", started.thread));
    Ok(started)
}

pub async fn edit(id: MessageId, text: String, then: String, model: Option<String>) -> Result<MessageId, Error> {
    let then = match then.as_str() {
        "ask" => Then::Ask,
        "save" => Then::Save,
        "branch" => Then::Branch,
        _ => return answer(Err(Error::invalid("then", "then_unknown"))),
    };
    let (thread, row) = act!(|app, viewer| actions::tree::edit(app, viewer, id, &text, then, model))?;
    lead_form(&format!("/chat/thread/{thread}#row-{row}"));
    Ok(row)
}

pub async fn show_version(id: MessageId, version: u32) -> Result<MessageId, Error> {
    let (thread, row) = act!(|app, viewer| actions::tree::show(app, viewer, id, version))?;
    lead_form(&format!("/chat/thread/{thread}#row-{row}"));
    Ok(row)
}

pub async fn below(id: MessageId) -> Result<u32, Error> {
    act!(|app, viewer| actions::tree::below(app, viewer, id))
}

pub async fn remove_message(id: MessageId) -> Result<(), Error> {
    let thread = act!(|app, viewer| actions::tree::remove(app, viewer, id))?;
    lead_form(&format!("/chat/thread/{thread}"));
    Ok(())
}

pub async fn fork(message: MessageId, title: String) -> Result<ThreadId, Error> {
    let title = Some(title).filter(|title| !title.trim().is_empty());
    let thread = act!(|app, viewer| actions::tree::fork(app, viewer, message, title))?;
    lead_form(&format!("/chat/thread/{thread}"));
    Ok(thread)
}

pub async fn system(id: ThreadId) -> Result<String, Error> {
    act!(|app, viewer| actions::tree::system(app, viewer, id))
}

pub async fn set_system(id: ThreadId, text: String) -> Result<(), Error> {
    act!(|app, viewer| actions::tree::set_system(app, viewer, id, &text))?;
    lead_form(&format!("/chat/thread/{id}"));
    Ok(())
}

pub async fn source(id: MessageId) -> Result<String, Error> {
    act!(|app, viewer| actions::messages::source(app, viewer, id))
}

pub async fn edit_queued(id: MessageId, text: String) -> Result<(), Error> {
    let thread = act!(|app, viewer| actions::queue::edit(app, viewer, id, text))?;
    lead_form(&format!("/chat/thread/{thread}"));
    Ok(())
}

pub async fn remove_queued(id: MessageId) -> Result<(), Error> {
    let thread = act!(|app, viewer| actions::queue::remove(app, viewer, id))?;
    lead_form(&format!("/chat/thread/{thread}"));
    Ok(())
}

pub async fn send_queued(id: MessageId) -> Result<(), Error> {
    let thread = act!(|app, viewer| actions::queue::send_now(app, viewer, id))?;
    lead_form(&format!("/chat/thread/{thread}"));
    Ok(())
}

pub async fn models(refresh: bool) -> Result<Models, Error> {
    act!(|app, viewer| actions::models::list(app, viewer, refresh))
}

pub async fn settings() -> Result<SettingsPage, Error> {
    let token = use_context::<Caller>().and_then(|caller| caller.token);
    act!(|app, viewer| actions::settings::page(app, viewer, token.as_deref()))
}

pub async fn save_settings(values: BTreeMap<String, String>) -> Result<Visitor, Error> {
    let visitor = act!(|app, viewer| actions::settings::save(app, viewer, values))?;
    saved();
    Ok(visitor)
}

pub async fn change_password(current: String, new: String) -> Result<(), Error> {
    let Some(Caller { token, origin, .. }) = use_context() else { return Err(Error::Unauthorized) };
    let token = token.as_deref();
    act!(|app, viewer| actions::accounts::change_password(app, viewer, &origin, token, current, new))?;
    saved();
    Ok(())
}

pub async fn end_sessions(id: Option<String>) -> Result<(), Error> {
    let token = use_context::<Caller>().and_then(|caller| caller.token);
    let id = id.filter(|id| !id.is_empty());
    act!(|app, viewer| actions::accounts::end_sessions(app, viewer, token.as_deref(), id.as_deref()))?;
    saved();
    Ok(())
}

/// Leads a form back to the settings, which say that they were saved.
fn saved() {
    lead_form("/settings?saved");
}
