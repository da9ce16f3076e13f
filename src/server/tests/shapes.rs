//! What leaves the server, by its shape: the names and kinds of every public answer, error and event. Nothing is added
//! without being seen here. To take a change over: `INSTA_UPDATE=always cargo test --features ssr shapes`, or `cargo insta
//! review`; all of it is in `snapshots/`.

use std::{collections::BTreeMap, sync::Arc};

use serde::Serialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{
    TestApp,
    calls::{CALLS, Own},
};
use crate::{
    model::{
        Action, Attachment, BlockChange, Change, Content, Error, Failure, FailureKind, Kind, Mark, Message, MessageId,
        Meta, Notice, Part, Role, RowPatch, Status, StopReason, ThreadId, ThreadProperty, ThreadSummary, Timings,
        Usage, Version,
    },
    server::store::testing::TestStore,
};

/// Kinds in the place of values. What a list holds is one shape, of all its items.
fn shape(value: &Value) -> Value {
    match value {
        Value::Null => "null".into(),
        Value::Bool(_) => "boolean".into(),
        Value::Number(number) if number.is_f64() => "number".into(),
        Value::Number(_) => "integer".into(),
        Value::String(text) if Uuid::parse_str(text).is_ok() => "id".into(),
        Value::String(_) => "string".into(),
        Value::Array(items) => Value::Array(items.iter().map(shape).reduce(merged).into_iter().collect()),
        Value::Object(fields) => sorted(fields.iter().map(|(name, value)| (name.clone(), shape(value)))),
    }
}

fn sorted(fields: impl Iterator<Item = (String, Value)>) -> Value {
    Value::Object(fields.collect::<BTreeMap<_, _>>().into_iter().collect::<Map<_, _>>())
}

/// One shape that both are of.
fn merged(one: Value, two: Value) -> Value {
    match (one, two) {
        (Value::Object(one), Value::Object(mut two)) => {
            let mut all: BTreeMap<String, Value> = BTreeMap::new();
            for (name, value) in one {
                let other = two.remove(&name).unwrap_or_else(|| "missing".into());
                all.insert(name, merged(value, other));
            }
            all.extend(two.into_iter().map(|(name, value)| (name, merged("missing".into(), value))));
            sorted(all.into_iter())
        }
        (Value::Array(one), Value::Array(two)) => {
            Value::Array(one.into_iter().chain(two).reduce(merged).into_iter().collect())
        }
        (one, two) if one == two => one,
        (Value::String(one), Value::String(two)) => {
            let mut kinds: Vec<&str> = one.split(" | ").chain(two.split(" | ")).collect();
            kinds.sort_unstable();
            kinds.dedup();
            kinds.join(" | ").into()
        }
        (Value::String(kind), whole) | (whole, Value::String(kind)) => json!({ kind: whole }),
        (one, two) => json!([one, two]),
    }
}

/// Compares with what is kept under this name.
fn hold(name: &str, shapes: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_omit_expression(true);
    settings.set_prepend_module_to_snapshot(false);
    settings.bind(|| insta::assert_snapshot!(name, shapes));
}

fn shown(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap()
}

/// Shapes by name, where the name is what the wire says too.
fn named<T: Serialize>(values: impl IntoIterator<Item = (&'static str, T)>) -> String {
    let values = values
        .into_iter()
        .map(|(name, value)| (name.to_owned(), shape_of_variant(serde_json::to_value(value).unwrap())));
    shown(&sorted(values))
}

/// Of what is one of several, the word that says which stays as it is.
fn shape_of_variant(value: Value) -> Value {
    let Value::Object(fields) = &value else { return value };
    sorted(fields.iter().map(|(name, value)| match (name.as_str(), value) {
        ("op" | "do" | "error" | "part", Value::String(_)) => (name.clone(), value.clone()),
        ("change" | "text" | "property" | "thread", value) => (name.clone(), shape_of_variant(value.clone())),
        _ => (name.clone(), shape(value)),
    }))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_answer() {
    let app = TestApp::with(Arc::new(TestStore::sqlite().await), &["--enable-signup"]).await;
    let ada = app.admin().await;
    let mut answers = BTreeMap::new();
    for call in CALLS {
        // Its own for each, as some leave nothing behind.
        let own = Own::settled(&app, &ada, "ada@example.org").await;
        let person = match call.open {
            true => app.stranger(),
            false => ada.clone(),
        };
        let said = call.send(&person, &(call.arguments)(&own)).await;
        assert_eq!(said.status, 200, "{}: {}", call.path, said.body);
        let mut shape = shape(&serde_json::from_str(&said.body).unwrap());
        // Which facts are known of a stopped answer is the provider's affair, and not of this test.
        forget_chance(&mut shape);
        answers.insert(call.path.to_owned(), shape);
    }
    let who = shape(&ada.json::<Value>("accounts/visitor", json!({})).await.unwrap());
    answers.insert("accounts/visitor (signed in)".into(), who);
    hold("answers", &shown(&sorted(answers.into_iter())));
}

/// Timings may or may not have come in time.
fn forget_chance(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                match name.as_str() {
                    "timings" | "usage" => *value = "may be known".into(),
                    _ => forget_chance(value),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(forget_chance),
        _ => {}
    }
}

#[test]
fn every_error() {
    let all = [
        Error::NotFound,
        Error::Unauthorized,
        Error::Forbidden,
        Error::invalid("field", "refused"),
        Error::too_large("field", "refused", 1),
        Error::conflict("refused"),
        Error::Limited { retry_after: 1 },
        Error::unavailable("refused", 1),
        Error::Upstream { provider: "p".into(), message: "m".into() },
        Error::Internal { reference: "r".into() },
        Error::Offline,
    ];
    hold(
        "errors",
        &named(all.map(|error| {
            let name = match &error {
                Error::NotFound => "not found",
                Error::Unauthorized => "unauthorized",
                Error::Forbidden => "forbidden",
                Error::Invalid { .. } => "invalid",
                Error::TooLarge { .. } => "too large",
                Error::Conflict { .. } => "conflict",
                Error::Limited { .. } => "limited",
                Error::Unavailable { .. } => "unavailable",
                Error::Upstream { .. } => "upstream",
                Error::Internal { .. } => "internal",
                Error::Offline => "offline",
            };
            (name, error)
        })),
    );
}

#[test]
fn every_change() {
    let id = MessageId(Uuid::nil());
    let text = |change| Change::Text { id, part: Part::Text, change };
    let property = |property| Change::Thread { property };
    let all = [
        Change::Append { rows: vec![row()] },
        Change::Prepend { rows: vec![row()] },
        Change::Replace { id, row: Box::new(row()) },
        Change::Remove { id },
        Change::Set { rows: vec![row()] },
        Change::Path { after: 1, rows: vec![row()], next: Some(2) },
        text(BlockChange::Append { block: 0, depth: 0, html: "h".into() }),
        text(BlockChange::Replace { from: 0, blocks: vec!["h".into()] }),
        Change::Row {
            id,
            patch: Box::new(RowPatch { status: Some(Status::Failed), meta: Some(meta()), failure: Some(failure()) }),
        },
        property(ThreadProperty::Title(Some("t".into()))),
        property(ThreadProperty::Title(None)),
        property(ThreadProperty::Model(Some("m".into()))),
        property(ThreadProperty::Run(None)),
        property(ThreadProperty::Gone),
    ];
    hold(
        "changes",
        &named(all.map(|change| {
            let name = match &change {
                Change::Append { .. } => "append",
                Change::Prepend { .. } => "prepend",
                Change::Replace { .. } => "replace",
                Change::Remove { .. } => "remove",
                Change::Set { .. } => "set",
                Change::Path { .. } => "path",
                Change::Text { change: BlockChange::Append { .. }, .. } => "text append",
                Change::Text { change: BlockChange::Replace { .. }, .. } => "text replace",
                Change::Row { .. } => "row",
                Change::Thread { property } => match property {
                    ThreadProperty::Title(Some(_)) => "thread title",
                    ThreadProperty::Title(None) => "thread title none",
                    ThreadProperty::Model(_) => "thread model",
                    ThreadProperty::Run(_) => "thread run",
                    ThreadProperty::Gone => "thread gone",
                },
            };
            (name, change)
        })),
    );
}

#[test]
fn every_notice() {
    let id = ThreadId(Uuid::nil());
    let summary = ThreadSummary {
        id,
        title: Some("t".into()),
        snippet: "s".into(),
        last_message_at: 1,
        running: true,
        mark: Some(Mark::Unread),
    };
    hold(
        "notices",
        &named([Notice::Thread { summary }, Notice::Removed { id }].map(|notice| {
            let name = match &notice {
                Notice::Thread { .. } => "thread",
                Notice::Removed { .. } => "removed",
                Notice::Person { .. } => "person",
            };
            (name, notice)
        })),
    );
}

/// The frames of a stream, as they are but for what differs each time.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_kind_of_frame() {
    let app = TestApp::start(Arc::new(TestStore::sqlite().await)).await;
    let ada = app.admin().await;
    let own = Own::settled(&app, &ada, "ada@example.org").await;
    let snapshot = ada.snapshot(own.thread).await.unwrap();
    let user = ada.sidebar(0).await.unwrap().seq;
    let after = crate::model::Position { user, thread: Some(snapshot.seq) };
    let read = async |path: String, until: &str| {
        let mut response = ada.get(&path).await;
        let mut text = String::new();
        while !text.contains(until) || !text.ends_with("\n\n") {
            text.push_str(std::str::from_utf8(&response.chunk().await.unwrap().unwrap()).unwrap());
        }
        text
    };
    ada.rename(own.thread, "Named").await.unwrap();
    let followed = format!("/events?after={after}&thread={}", own.thread);
    let mut held = Vec::new();
    let mut text = read(followed.clone(), "event: user").await;
    if !text.contains("event: thread") {
        // Which of the two logs is read first is nobody's promise.
        text.push_str(&read(followed, "event: thread").await);
    }
    text.push_str(&read("/events?after=1-9~1-9&thread=".to_owned() + &own.thread.to_string(), "event: reset").await);
    for tab in 0..5 {
        // The fifth is one too many for a browser.
        let poll = if tab == 4 { "&poll=true" } else { "" };
        let opened = ada.get(&format!("/events?tab={tab}{poll}")).await;
        held.push(opened);
    }
    text.push_str(&held.pop().unwrap().text().await.unwrap());
    let mut frames: BTreeMap<String, String> = BTreeMap::new();
    for frame in text.split("\n\n").filter(|frame| !frame.trim_matches([':', ' ']).is_empty()) {
        let lines: Vec<String> = frame.lines().map(line_shape).collect();
        let kind = frame.lines().find(|line| line.starts_with("event") || line.starts_with(':')).unwrap();
        frames.insert(kind.to_owned(), lines.join("\n"));
    }
    hold("frames", &frames.into_values().collect::<Vec<_>>().join("\n\n"));
}

/// A line of a frame, with a shape for its data and `x` for each number in its id.
fn line_shape(line: &str) -> String {
    match line.split_once(": ") {
        Some(("id", id)) => {
            let numbers = id.split_inclusive(['-', '~']);
            let ends = numbers.map(|number| number.trim_start_matches(|c: char| c.is_ascii_hexdigit()));
            format!("id: {}", ends.map(|end| format!("x{end}")).collect::<String>())
        }
        Some(("data", data)) => format!("data: {}", shape_of_variant(serde_json::from_str(data).unwrap())),
        _ => line.to_owned(),
    }
}

fn failure() -> Failure {
    Failure { kind: FailureKind::Limited, detail: Some("d".into()), retry_after: Some(1) }
}

fn meta() -> Meta {
    Meta {
        created_at: 1,
        model: Some("m".into()),
        usage: Some(Usage { prompt_tokens: 1, completion_tokens: 1, estimated: true }),
        timings: Some(Timings { first_token_ms: 1, generation_ms: 1, tokens_per_second: Some(1.5) }),
        stop: Some(StopReason::Stop),
        reasoning_ms: Some(1),
        reasoning_chars: 1,
        edited: true,
    }
}

/// A row with everything that one can have.
fn row() -> Message {
    let file = Attachment { file_id: "f".into(), name: "n".into(), mime_type: "m".into(), size_bytes: 1 };
    Message {
        id: MessageId(Uuid::nil()),
        parent: Some(MessageId(Uuid::nil())),
        sequence: 1,
        role: Role::Assistant,
        kind: Kind::Text,
        status: Status::Failed,
        content: Content {
            text: vec!["t".into()],
            reasoning: vec!["r".into()],
            attachments: vec![file],
            title: Some("t".into()),
            failure: Some(failure()),
            source: Some("s".into()),
        },
        meta: meta(),
        actions: vec![Action { label: "l".into(), action: "a".into() }],
        version: Version::only(MessageId(Uuid::nil())),
        is_fork_origin: true,
    }
}
