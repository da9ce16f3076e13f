//! A person with a client: calls over real HTTP, and what comes over the event stream.

mod stream;

use std::collections::BTreeMap;

use reqwest::{
    Method, Response,
    header::{HeaderName, HeaderValue},
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

pub use self::stream::{Event, Events, Watcher, event, words};
use crate::model::{
    Error, MessageId, Older, Position, RunId, Seq, SettingsPage, SidebarPage, Snapshot, Started, ThreadId, Visitor,
};

/// One browser of one person.
#[derive(Clone)]
pub struct Person {
    http: reqwest::Client,
    base: String,
    pub cookie: Option<String>,
}

/// An answer as it came over the wire.
#[derive(Clone, PartialEq, Debug)]
pub struct Said {
    pub status: u16,
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

impl Said {
    pub async fn of(response: Response) -> Self {
        let header = |(name, value): (&HeaderName, &HeaderValue)| {
            (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        };
        let status = response.status().as_u16();
        let headers = response.headers().iter().map(header).filter(|(name, _)| name != "date").collect();
        Self { status, headers, body: String::from_utf8_lossy(&response.bytes().await.unwrap()).into_owned() }
    }

    /// The error that it must be: one of ours, and the caller's fault.
    pub fn error(&self) -> Error {
        assert!((400..500).contains(&self.status), "{self:?}");
        assert_eq!(self.headers["content-type"], "application/json", "{self:?}");
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

pub type Answer<T> = Result<T, Error>;

/// A turn that is being answered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Begun {
    pub thread: ThreadId,
    pub message: MessageId,
    pub answer: MessageId,
    pub run: RunId,
    pub seq: Seq,
}

impl From<Started> for Begun {
    fn from(started: Started) -> Self {
        let Started { thread, message, answer, run, seq } = started;
        let (answer, run) = answer.zip(run).expect("it is answered at once");
        Self { thread, message, answer, run, seq }
    }
}

impl Person {
    pub fn stranger(base: &str) -> Self {
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self { http, base: base.to_owned(), cookie: None }
    }

    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base)).header("origin", &self.base);
        match &self.cookie {
            Some(cookie) => request.header("cookie", cookie),
            None => request,
        }
    }

    /// A request that does not say where it comes from, nor who sends it.
    pub fn elsewhere(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.http.request(method, format!("{}{path}", self.base))
    }

    pub async fn get(&self, path: &str) -> Response {
        self.request(Method::GET, path).header("accept", "text/html").send().await.unwrap()
    }

    /// Calls a function that takes JSON.
    pub async fn json<T: DeserializeOwned>(&self, name: &str, arguments: Value) -> Answer<T> {
        let response = self.request(Method::POST, &format!("/rpc/{name}")).json(&arguments).send().await.unwrap();
        read(response).await
    }

    /// Calls a function that takes a form.
    pub async fn form<T: DeserializeOwned>(&self, name: &str, fields: &[(&str, &str)]) -> Answer<T> {
        read(self.post(name, fields).await).await
    }

    pub async fn post(&self, name: &str, fields: &[(&str, &str)]) -> Response {
        self.request(Method::POST, &format!("/rpc/{name}")).form(fields).send().await.unwrap()
    }

    /// Makes an account and keeps its cookie.
    pub async fn sign_up(&mut self, email: &str) -> Answer<()> {
        self.session("accounts/sign_up", &[("name", "Ada"), ("email", email), ("password", super::PASSWORD)]).await
    }

    pub async fn sign_in(&mut self, email: &str, password: &str) -> Answer<()> {
        self.session("accounts/sign_in", &[("email", email), ("password", password)]).await
    }

    async fn session(&mut self, name: &str, fields: &[(&str, &str)]) -> Answer<()> {
        let response = self.post(name, fields).await;
        let cookie = response.headers().get("set-cookie").map(|value| value.to_str().unwrap().to_owned());
        if let Some(cookie) = cookie {
            self.cookie = cookie.split(';').next().map(str::to_owned);
        }
        read(response).await
    }

    pub async fn start(&self, text: &str) -> Answer<Begun> {
        self.form("messages/start_thread", &[("text", text)]).await.map(|started: Started| started.into())
    }

    /// Sends a message that is answered at once.
    pub async fn submit(&self, thread: ThreadId, text: &str) -> Answer<Begun> {
        self.send(thread, text).await.map(|started: Started| started.into())
    }

    /// Sends a message, whether it is answered at once or waits.
    pub async fn send(&self, thread: ThreadId, text: &str) -> Answer<Started> {
        self.form("messages/submit", &[("thread", &thread.to_string()), ("text", text)]).await
    }

    pub async fn stop(&self, run: RunId) -> Answer<()> {
        self.form("messages/stop", &[("run", &run.to_string())]).await
    }

    pub async fn retry(&self, answer: MessageId) -> Answer<Begun> {
        self.form("messages/regenerate", &[("id", &answer.to_string())]).await.map(|started: Started| started.into())
    }

    /// Asks for an answer to a message, or another one beside an answer.
    pub async fn regenerate(&self, id: MessageId) -> Answer<Begun> {
        self.retry(id).await
    }

    pub async fn go_on(&self, id: MessageId) -> Answer<Begun> {
        self.form("messages/continue", &[("id", &id.to_string())]).await.map(|started: Started| started.into())
    }

    pub async fn edit(&self, id: MessageId, text: &str, then: &str) -> Answer<MessageId> {
        self.form("messages/edit", &[("id", &id.to_string()), ("text", text), ("then", then)]).await
    }

    pub async fn show(&self, id: MessageId, version: u32) -> Answer<MessageId> {
        self.form("messages/show", &[("id", &id.to_string()), ("version", &version.to_string())]).await
    }

    pub async fn remove(&self, id: MessageId) -> Answer<()> {
        self.form("messages/remove", &[("id", &id.to_string())]).await
    }

    pub async fn fork(&self, id: MessageId, title: &str) -> Answer<ThreadId> {
        self.form("threads/fork", &[("message", &id.to_string()), ("title", title)]).await
    }

    pub async fn system(&self, id: ThreadId, text: &str) -> Answer<()> {
        self.form("threads/system", &[("id", &id.to_string()), ("text", text)]).await
    }

    pub async fn snapshot(&self, id: ThreadId) -> Answer<Snapshot> {
        self.json("threads/snapshot", json!({ "id": id })).await
    }

    pub async fn older(&self, id: ThreadId, before: i64) -> Answer<Older> {
        self.json("threads/older", json!({ "id": id, "before": before })).await
    }

    pub async fn sidebar(&self, page: u32) -> Answer<SidebarPage> {
        self.json("threads/sidebar", json!({ "page": page })).await
    }

    pub async fn rename(&self, id: ThreadId, title: &str) -> Answer<()> {
        self.form("threads/rename", &[("id", &id.to_string()), ("title", title)]).await
    }

    pub async fn delete(&self, id: ThreadId) -> Answer<()> {
        self.form("threads/delete", &[("id", &id.to_string())]).await
    }

    pub async fn source(&self, id: MessageId) -> Answer<String> {
        self.json("messages/source", json!({ "id": id })).await
    }

    /// Saves settings, by name.
    pub async fn set(&self, written: &[(&str, &str)]) -> Answer<Visitor> {
        let keys: Vec<_> = written.iter().map(|(name, value)| (format!("values[{name}]"), *value)).collect();
        let fields: Vec<_> = keys.iter().map(|(key, value)| (key.as_str(), *value)).collect();
        self.form("settings/save", &fields).await
    }

    pub async fn settings(&self) -> Answer<SettingsPage> {
        self.json("settings/page", json!({})).await
    }

    /// Opens a thread as a page does: a snapshot, followed from its own place.
    pub async fn open(&self, id: ThreadId) -> Watcher {
        let snapshot = self.snapshot(id).await.unwrap();
        let user = self.sidebar(0).await.unwrap().seq;
        let after = Position { user, thread: Some(snapshot.seq) };
        let events = self.events(Some(id), after, None).await.unwrap();
        Watcher { snapshot, events, gone: false }
    }

    /// Opens the event stream.
    pub async fn events(&self, thread: Option<ThreadId>, after: Position, last: Option<&str>) -> Answer<Events> {
        let thread = thread.map(|id| format!("&thread={id}")).unwrap_or_default();
        let mut request = self.request(Method::GET, &format!("/events?after={after}{thread}"));
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        stream::open(request).await
    }

    /// Opens the event stream as a browser's tab does, which steps back where there are many: then it polls.
    pub async fn tab(&self, tab: &str, poll: bool, thread: Option<ThreadId>, after: Position) -> Answer<Events> {
        let thread = thread.map(|id| format!("&thread={id}")).unwrap_or_default();
        let poll = if poll { "&poll=true" } else { "" };
        stream::open(self.request(Method::GET, &format!("/events?after={after}&tab={tab}{poll}{thread}"))).await
    }
}

async fn read<T: DeserializeOwned>(response: Response) -> Answer<T> {
    let status = response.status();
    let body = response.bytes().await.unwrap();
    let shown = String::from_utf8_lossy(&body).into_owned();
    if status.is_client_error() || status.is_server_error() {
        let error: Error = serde_json::from_slice(&body).unwrap_or_else(|_| panic!("{status}: {shown}"));
        assert_eq!(status.as_u16(), error.status(), "{error:?}");
        return Err(error);
    }
    Ok(serde_json::from_slice(&body).unwrap_or_else(|error| panic!("{status} {error}: {shown}")))
}
