//! A person with a client: calls over real HTTP, and a reader of the event stream that folds what it is sent.

use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

use reqwest::{
    Method, Response, StatusCode,
    header::{HeaderName, HeaderValue},
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::model::{
    Change, Error, MessageId, Notice, Older, Position, RunId, Seq, SettingsPage, SidebarPage, Snapshot, Started,
    Status, ThreadId, ThreadProperty, Timeline, Visitor, fold,
};

/// Longer than anything here should take; a test that hits it has failed.
const PATIENCE: Duration = Duration::from_secs(20);

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
        stream(request).await
    }

    /// Opens the event stream as a browser's tab does, which steps back where there are many: then it polls.
    pub async fn tab(&self, tab: &str, poll: bool, thread: Option<ThreadId>, after: Position) -> Answer<Events> {
        let thread = thread.map(|id| format!("&thread={id}")).unwrap_or_default();
        let poll = if poll { "&poll=true" } else { "" };
        stream(self.request(Method::GET, &format!("/events?after={after}&tab={tab}{poll}{thread}"))).await
    }
}

async fn stream(request: reqwest::RequestBuilder) -> Answer<Events> {
    let response = request.send().await.unwrap();
    if response.status() != StatusCode::OK {
        return Err(response.json().await.unwrap());
    }
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    assert_eq!(response.headers()["cache-control"], "no-cache, no-transform");
    assert_eq!(response.headers()["x-accel-buffering"], "no");
    Ok(Events { response, bytes: Vec::new(), ready: VecDeque::new() })
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

/// What the stream sends.
#[derive(Debug, PartialEq)]
pub enum Event {
    Thread(Position, Change),
    User(Position, Notice),
    Reset,
    Yield,
}

pub struct Events {
    response: Response,
    bytes: Vec<u8>,
    ready: VecDeque<Event>,
}

impl Events {
    /// The next event; none when the server has ended the stream.
    pub async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Some(event);
            }
            let chunk = tokio::time::timeout(PATIENCE, self.response.chunk()).await.expect("nothing came").unwrap()?;
            self.bytes.extend_from_slice(&chunk);
            while let Some(end) = self.bytes.windows(2).position(|two| two == b"\n\n") {
                let frame = String::from_utf8(self.bytes.drain(..end + 2).collect()).unwrap();
                self.ready.extend(event(&frame));
            }
        }
    }

    /// The first notice that fits.
    pub async fn notice(&mut self, mut wanted: impl FnMut(&Notice) -> bool) -> Notice {
        loop {
            match self.next().await.expect("the stream ended") {
                Event::User(_, notice) if wanted(&notice) => return notice,
                _ => {}
            }
        }
    }
}

/// What a frame of the stream says; none for a comment.
pub fn event(frame: &str) -> Option<Event> {
    let field = |name: &str| frame.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    let position = || field("id").unwrap().parse().unwrap();
    match field("event")? {
        "thread" => Some(Event::Thread(position(), serde_json::from_str(field("data")?).unwrap())),
        "user" => Some(Event::User(position(), serde_json::from_str(field("data")?).unwrap())),
        "reset" => Some(Event::Reset),
        "yield" => Some(Event::Yield),
        other => panic!("an event of an unknown kind: {other}"),
    }
}

/// A viewer of one thread: what its page shows.
pub struct Watcher {
    pub snapshot: Snapshot,
    pub events: Events,
    pub gone: bool,
}

impl Watcher {
    /// Folds events until the view is as wanted.
    pub async fn until(&mut self, wanted: impl Fn(&Snapshot) -> bool) -> &Snapshot {
        while !wanted(&self.snapshot) {
            match self.events.next().await {
                Some(Event::Thread(position, change)) => self.apply(position, change),
                Some(Event::User(..)) => {}
                other => panic!("{other:?} while waiting; the view is {:#?}", self.snapshot),
            }
        }
        &self.snapshot
    }

    pub fn apply(&mut self, position: Position, change: Change) {
        self.snapshot.seq = position.thread.unwrap();
        if let Change::Thread { property } = &change {
            match property.clone() {
                ThreadProperty::Title(title) => self.snapshot.head.title = title,
                ThreadProperty::Model(model) => self.snapshot.head.model = model,
                ThreadProperty::Run(run) => self.snapshot.head.run = run,
                ThreadProperty::Gone => self.gone = true,
            }
        }
        fold(&mut self.snapshot.messages, change);
    }

    /// Until nothing runs, and the last row has a settled status.
    pub async fn settled(&mut self) -> &Snapshot {
        self.until(|view| view.head.run.is_none() && view.messages.last().is_some_and(|row| row.status.is_settled()))
            .await
    }

    pub async fn until_gone(&mut self) {
        while !self.gone {
            match self.events.next().await {
                Some(Event::Thread(position, change)) => self.apply(position, change),
                Some(Event::User(..)) => {}
                other => panic!("{other:?} while waiting for the end"),
            }
        }
    }

    /// The text of the newest answer, without its markup.
    pub fn answer(&self) -> String {
        let row = self.snapshot.messages.iter().rfind(|row| !row.is_transient()).unwrap();
        words(&row.content.text)
    }

    pub fn status(&self) -> Status {
        self.snapshot.messages.iter().rfind(|row| !row.is_transient()).unwrap().status
    }

    pub fn has(&self, id: MessageId) -> bool {
        self.snapshot.messages.contains(id)
    }
}

/// HTML by block as plain text.
pub fn words(blocks: &[String]) -> String {
    let mut text = String::new();
    let mut inside = false;
    for c in blocks.join("\n").chars() {
        match c {
            '<' => inside = true,
            '>' if inside => inside = false,
            c if !inside => text.push(c),
            _ => {}
        }
    }
    text
}
