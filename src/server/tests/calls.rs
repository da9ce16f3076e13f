//! Every call there is, a line each: with what it succeeds for whoever owns these things. The tests that ask something of
//! all calls take them from here; one of them fails when a call has no line.

use std::collections::{BTreeMap, BTreeSet};

use leptos::server_fn::axum::server_fn_paths;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    PASSWORD, TestApp,
    client::{Person, Said},
};
use crate::{
    model::{MessageId, RunId, ThreadId},
    server::{auth::token, http::Input, router::inputs, store::SessionRow},
};

pub struct Call {
    pub path: &'static str,
    /// Who is not signed in may call it too.
    pub open: bool,
    pub arguments: fn(&Own) -> Value,
}

/// What somebody has.
#[derive(Clone, Debug)]
pub struct Own {
    pub email: String,
    pub thread: ThreadId,
    pub message: MessageId,
    pub answer: MessageId,
    pub run: RunId,
    /// A message that waits.
    pub queued: MessageId,
    /// A session of theirs elsewhere.
    pub session: String,
}

pub const CALLS: &[Call] = &[
    open("accounts/visitor", |_| json!({})),
    open(
        "accounts/sign_up",
        |_| json!({ "name": "Bea", "email": format!("{}@example.org", Uuid::now_v7()), "password": PASSWORD }),
    ),
    open("accounts/sign_in", |own| json!({ "email": own.email, "password": PASSWORD })),
    open("accounts/sign_out", |_| json!({})),
    call("accounts/change_password", |_| json!({ "current": PASSWORD, "new": PASSWORD })),
    call("accounts/end_sessions", |own| json!({ "id": own.session })),
    call("messages/start_thread", |_| json!({ "text": "echo a beginning" })),
    call("messages/submit", |own| json!({ "thread": own.thread, "text": "echo the next" })),
    call("messages/stop", |own| json!({ "run": own.run })),
    call("messages/regenerate", |own| json!({ "id": own.answer })),
    call("messages/continue", |own| json!({ "id": own.answer })),
    call("messages/edit", |own| json!({ "id": own.message, "text": "echo otherwise", "then": "save" })),
    call("messages/show", |own| json!({ "id": own.answer, "version": 1 })),
    call("messages/below", |own| json!({ "id": own.message })),
    call("messages/remove", |own| json!({ "id": own.answer })),
    call("messages/source", |own| json!({ "id": own.message })),
    call("models/list", |_| json!({ "refresh": false })),
    call("queue/edit", |own| json!({ "id": own.queued, "text": "echo something else" })),
    call("queue/remove", |own| json!({ "id": own.queued })),
    call("queue/send", |own| json!({ "id": own.queued })),
    call("settings/page", |_| json!({})),
    call("settings/save", |_| json!({ "values[theme]": "dark" })),
    call("threads/sidebar", |_| json!({ "page": 0 })),
    call("threads/snapshot", |own| json!({ "id": own.thread })),
    call("threads/older", |own| json!({ "id": own.thread, "before": 2 })),
    call("threads/place", |own| json!({ "id": own.thread })),
    call("threads/rename", |own| json!({ "id": own.thread, "title": "A better name" })),
    call("threads/fork", |own| json!({ "message": own.message, "title": "A copy" })),
    call("threads/read_system", |own| json!({ "id": own.thread })),
    call("threads/system", |own| json!({ "id": own.thread, "text": "Answer in rhyme." })),
    call("threads/delete", |own| json!({ "id": own.thread })),
];

const fn call(path: &'static str, arguments: fn(&Own) -> Value) -> Call {
    Call { path, open: false, arguments }
}

const fn open(path: &'static str, arguments: fn(&Own) -> Value) -> Call {
    Call { path, open: true, arguments }
}

#[test]
fn every_call_has_its_line() {
    let listed: BTreeSet<_> = CALLS.iter().map(Call::route).collect();
    let there: BTreeSet<_> = server_fn_paths().map(|(path, _)| path.to_owned()).collect();
    assert_eq!(listed, there);
    assert_eq!(listed.len(), CALLS.len());
}

impl Call {
    pub fn route(&self) -> String {
        format!("/rpc/{}", self.path)
    }

    pub fn input(&self) -> Input {
        inputs::all()[self.route().as_str()]
    }

    pub async fn send(&self, person: &Person, arguments: &Value) -> Said {
        Said::of(self.request(person, arguments).send().await.unwrap()).await
    }

    /// With the arguments as this call takes them.
    pub fn request(&self, person: &Person, arguments: &Value) -> RequestBuilder {
        self.raw(person, self.encode(arguments))
    }

    /// With this body, said to be what this call takes.
    pub fn raw(&self, person: &Person, body: impl Into<reqwest::Body>) -> RequestBuilder {
        person.request(Method::POST, &self.route()).header("content-type", self.input().content_type).body(body)
    }

    pub fn is_json(&self) -> bool {
        self.input().content_type == "application/json"
    }

    pub fn encode(&self, arguments: &Value) -> String {
        if self.is_json() {
            return arguments.to_string();
        }
        let mut form = form_urlencoded::Serializer::new(String::new());
        for (name, value) in arguments.as_object().unwrap() {
            match value {
                Value::String(text) => form.append_pair(name, text),
                other => form.append_pair(name, &other.to_string()),
            };
        }
        form.finish()
    }
}

impl Own {
    /// A thread whose only answer was stopped: everything can be asked of it.
    pub async fn settled(app: &TestApp, person: &Person, email: &str) -> Self {
        let own = Self::running(app, person, email).await;
        // Not by the person, or what waits would be sent.
        app.app.runs.stop_thread(own.thread).await;
        own
    }

    /// A thread that is being answered, until the end of the test.
    pub async fn running(app: &TestApp, person: &Person, email: &str) -> Self {
        let gate = Uuid::now_v7().to_string();
        let started = person.start(&format!("hold {gate} for ever")).await.unwrap();
        app.demo.reached(&gate, 1).await;
        let queued = person.send(started.thread, "echo what waits").await.unwrap().message;
        let mut elsewhere = app.stranger();
        elsewhere.sign_in(email, PASSWORD).await.unwrap();
        let token = elsewhere.cookie.as_deref().and_then(|cookie| cookie.split_once('=')).unwrap().1;
        Self {
            email: email.into(),
            thread: started.thread,
            message: started.message,
            answer: started.answer,
            run: started.run,
            queued,
            session: SessionRow::id(&token::hash(token)).into(),
        }
    }

    /// What nobody has.
    pub fn nothing() -> Self {
        let id = Uuid::now_v7;
        Self {
            email: "nobody@example.org".into(),
            thread: ThreadId(id()),
            message: MessageId(id()),
            answer: MessageId(id()),
            run: RunId(id()),
            queued: MessageId(id()),
            session: "0123456789abcdef".into(),
        }
    }
}

/// Every row there is, by table.
pub type Rows = BTreeMap<String, Vec<Vec<String>>>;

/// All rows as they are now.
pub async fn rows(app: &TestApp) -> Rows {
    app.database.rows().await
}
