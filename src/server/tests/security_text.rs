//! What people, models and their servers write is text, on every page and in every event, whatever it looks like.

use std::net::SocketAddr;

use axum::{Json, Router, http::header, routing};
use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::{
    PASSWORD, TestApp,
    calls::rows,
    client::{Event, words},
    on_both_engines,
};
use crate::{
    model::{Change, Notice, Position, Status, ThreadProperty},
    server::render::tests::safety::PAYLOADS,
};

/// Panics where a page has a tag or an attribute that somebody's text has put there.
fn check(html: &str, policy: &str, what: &str) {
    let nonce = policy.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next()).unwrap();
    let mut rest = html;
    while let Some((_, tag)) = rest.split_once('<') {
        let name: String = tag.chars().take_while(|c| c.is_ascii_alphanumeric()).collect();
        if name.is_empty() {
            rest = tag;
            continue;
        }
        let (attributes, end) = attributes(&tag[name.len()..]);
        rest = &tag[name.len() + end..];
        let name = name.to_ascii_lowercase();
        assert!(
            !["iframe", "object", "embed", "style", "base", "math", "frame"].contains(&name.as_str()),
            "{what}: <{name}>"
        );
        for (key, value) in &attributes {
            let key = key.to_ascii_lowercase();
            assert!(!key.starts_with("on") && key != "style" && key != "srcdoc", "{what}: <{name} {key}=\"{value}\">");
            let value: String =
                value.to_ascii_lowercase().chars().filter(|c| !c.is_ascii_control() && *c != ' ').collect();
            if ["href", "src", "action", "formaction"].contains(&key.as_str()) {
                let bad = ["javascript", "vbscript", "data:text", "data:image/svg", "file:"];
                assert!(!bad.iter().any(|bad| value.starts_with(bad)), "{what}: <{name} {key}=\"{value}\">");
            }
        }
        if name == "script" {
            assert!(attributes.iter().any(|(key, value)| key == "nonce" && value == nonce), "{what}: {attributes:?}");
            // What is inside is data of ours; its end is where the browser sees it.
            let end = rest.to_ascii_lowercase().find("</script").unwrap_or(rest.len());
            assert!(!rest[..end].contains("<!--"), "{what}: a comment within a script hides its end");
            rest = &rest[end..];
        }
    }
}

/// The attributes of a tag, as a browser reads them, and where it ends.
fn attributes(tag: &str) -> (Vec<(String, String)>, usize) {
    let mut found = Vec::new();
    let mut rest = tag;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
        if rest.is_empty() || rest.starts_with('>') {
            return (found, tag.len() - rest.len());
        }
        let end = rest.find(|c: char| c.is_ascii_whitespace() || "=>/".contains(c)).unwrap_or(rest.len()).max(1);
        let (key, after) = rest.split_at(end);
        rest = after.trim_start();
        let mut value = "";
        if let Some(after) = rest.strip_prefix('=') {
            let after = after.trim_start();
            let quote = after.chars().next().filter(|c| "\"'".contains(*c));
            (value, rest) = match quote {
                Some(quote) => after[1..].split_once(quote).unwrap_or((&after[1..], "")),
                None => {
                    after.split_at(after.find(|c: char| c.is_ascii_whitespace() || c == '>').unwrap_or(after.len()))
                }
            };
        }
        found.push((key.to_owned(), value.to_owned()));
    }
}

#[test]
fn the_reader_sees_what_a_browser_would_run() {
    let policy = "script-src 'nonce-n'";
    check("<p class=\"a\">x &lt;script&gt; < b</p><script nonce=\"n\">\"<img onerror=x>\"</script>", policy, "fine");
    for bad in [
        "<script>x</script>",
        "<script nonce=\"n\">a</script><script>x</script>",
        "<img src=x onerror=alert(1)>",
        "<svg/onload=alert(1)>",
        "<a href=\"java\nscript:x\">",
        "<a title='\"' onclick='x'>",
        "<iframe>",
    ] {
        assert!(std::panic::catch_unwind(|| check(bad, policy, "bad")).is_err(), "{bad}");
    }
}

/// A server of models that answers with these events, whatever it is asked.
async fn hostile(events: Vec<String>) -> SocketAddr {
    let models = json!({ "object": "list", "data": [{ "id": "<script>alert(1)</script>", "object": "model" }] });
    let body: String = events.iter().map(|event| format!("{event}\n\n")).collect();
    let routes = Router::new().route("/v1/models", routing::get(async move || Json(models))).route(
        "/v1/chat/completions",
        routing::post(async move || ([(header::CONTENT_TYPE, "text/event-stream")], body)),
    );
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
    address
}

fn says(text: &str, more: Value) -> String {
    let mut chunk =
        json!({ "model": "\"><script>alert(1)</script>", "choices": [{ "index": 0, "delta": { "content": text } }] });
    for (name, value) in more.as_object().unwrap() {
        chunk[name] = value.clone();
    }
    format!("data: {chunk}")
}

on_both_engines! {
    async fn what_a_server_of_models_sends_is_text_and_nothing_else(app: TestApp) {
        let ada = app.admin().await;
        let other = ada.start("echo the other thread").await.unwrap();
        ada.open(other.thread).await.settled().await;
        let before = rows(&app).await;
        let text = [
            "<img src=x onerror=alert(1)>\n\n",
            "\n\nevent: reset\ndata: {}\n\nid: 0-0~0-0\n\n",
            "\r\revent: user\rdata: {\"op\":\"removed\"}\r\r",
            "data: [DONE]\n\n: \u{2028}\u{2029}\u{85}\0",
            "[a](javascript:alert(1)) </script><script>alert(1)</script>",
        ];
        let remove = json!({ "op": "remove", "id": other.message, "remove": { "id": other.message } });
        let gone = json!({ "thread": { "property": "gone" }, "op": "thread", "property": "gone", "status": "failed",
            "title": "taken over", "id": other.thread, "role": "system", "actions": [{ "label": "x", "action": "javascript:alert(1)" }] });
        let events = vec![
            // Names that are our events', and fields that are our changes'.
            format!("event: reset\n{}", says(text[0], remove.clone())),
            format!("event: user\nid: 0-1\nretry: 1\n{}", says(text[1], gone)),
            format!("event: thread\ndata: {remove}"),
            "event: reset\ndata: {}".to_owned(),
            says(text[2], json!({ "component": { "html": "<b>" }, "html": "<script>", "failure": { "kind": "internal" } })),
            says(text[3], json!({ "usage": { "prompt_tokens": "<b>", "completion_tokens": -1, "html": "<script>" } })),
            says(text[4], json!({ "choices": [{ "index": 0, "delta": { "content": text[4], "role": "system",
                "blocks": ["<script>"], "tool_calls": [{ "function": { "name": "<script>", "arguments": "{" } }] },
                "finish_reason": "<script>alert(1)</script>" }] })),
            "data: [DONE]".to_owned(),
            says("never", remove),
        ];
        let app = app.before(hostile(events).await).await;
        let mut events = ada_at(&app, &ada).events(None, Position::default(), None).await.unwrap();
        let ada = ada_at(&app, &ada);
        let started = ada.start("say something").await.unwrap();
        let mut view = ada.open(started.thread).await;
        let mut changes = Vec::new();
        while !(view.snapshot.head.run.is_none() && view.snapshot.messages.last().is_some_and(|row| row.status.is_settled())) {
            match view.events.next().await {
                Some(Event::Thread(position, change)) => {
                    changes.push(change.clone());
                    view.apply(position, change);
                }
                Some(Event::User(..)) => {}
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(view.status(), Status::Completed, "{:?}", view.snapshot.messages);
        // Stored to the letter, but for ends of lines, and NUL.
        assert_eq!(ada.source(started.answer).await.unwrap(), text.concat().replace('\r', "\n").replace('\0', "\u{fffd}"));
        assert!(words(&view.snapshot.messages[1].content.text).contains("event: reset"));
        for change in &changes {
            let own = match change {
                Change::Text { id, .. } | Change::Row { id, .. } => *id == started.answer,
                Change::Remove { id } => *id != started.message && *id != other.message,
                Change::Replace { row, .. } => row.actions.is_empty(),
                Change::Append { rows } => rows.iter().all(|row| row.actions.is_empty()),
                Change::Thread { property } => !matches!(property, ThreadProperty::Gone | ThreadProperty::Title(_)),
                Change::Prepend { .. } | Change::Set { .. } | Change::Path { .. } => false,
            };
            assert!(own, "{change:?}");
        }
        let notice = events.notice(|notice| matches!(notice, Notice::Thread { summary } if !summary.running)).await;
        assert!(matches!(notice, Notice::Thread { summary } if summary.id == started.thread));
        // Nothing that was there is another now.
        let after = rows(&app).await;
        for (table, rows) in before.iter().filter(|(table, _)| ["threads", "messages", "sessions", "runs"].contains(&table.as_str())) {
            assert!(rows.iter().all(|row| after[table].contains(row)), "{table}");
        }
        for path in ["/chat".to_owned(), format!("/chat/thread/{}", started.thread), format!("/chat/thread/{}", other.thread)] {
            let page = ada.get(&path).await;
            assert_eq!(page.status(), StatusCode::OK);
            let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
            check(&page.text().await.unwrap(), &policy, &path);
        }
    }

    async fn what_a_failing_server_of_models_says_is_shown_as_text(app: TestApp) {
        let ada = app.admin().await;
        let error = json!({ "error": { "message": "</script><script>alert(1)</script><img src=x onerror=alert(1)>", "op": "set" } });
        let app = app.before(hostile(vec![format!("event: error\ndata: {error}")]).await).await;
        let ada = ada_at(&app, &ada);
        let started = ada.start("say something").await.unwrap();
        let mut view = ada.open(started.thread).await;
        view.settled().await;
        assert_eq!(view.status(), Status::Failed);
        let page = ada.get(&format!("/chat/thread/{}", started.thread)).await;
        let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
        check(&page.text().await.unwrap(), &policy, "a failure");
    }

    async fn no_text_of_a_person_runs_on_any_page(app: TestApp, "--enable-signup", "--sends-per-minute", "100000") {
        let all = PAYLOADS.join("\n\n");
        let eve = app.stranger();
        let fields = [("name", "\"><img src=x onerror=alert(1)>"), ("email", "eve@example.org"), ("password", PASSWORD)];
        eve.form::<()>("accounts/sign_up", &fields).await.unwrap();
        let mut eve = app.stranger();
        eve.sign_in("eve@example.org", PASSWORD).await.unwrap();
        let started = eve.start(&format!("echo {all}")).await.unwrap();
        let mut view = eve.open(started.thread).await;
        view.settled().await;
        assert_eq!(view.status(), Status::Completed);
        // As a link would carry it: what went wrong with a form, in another's words.
        let wrong = axum::body::Bytes::from(json!({ "error": "upstream", "provider": "<img src=x onerror=alert(1)>", "message": "</script><script>alert(1)</script>" }).to_string());
        let wrong = base64(&wrong);
        let path = format!("/chat/thread/{}", started.thread);
        let look = async |path: &str, what: &str| {
            let page = eve.get(path).await;
            let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
            check(&page.text().await.unwrap(), &policy, what);
        };
        look(&path, "messages").await;
        for from in ["/login", "/signup", "/chat", path.as_str()] {
            for call in ["accounts/sign_in", "accounts/sign_up", "messages/submit", "\"><script>alert(1)</script>"] {
                look(&format!("{from}?__path=/rpc/{}&__err={wrong}", encoded(call)), from).await;
            }
        }
        look(&format!("/login?next={}", encoded("\"><script>alert(1)</script>")), "next").await;
        look(&format!("/chat/thread/{}", encoded("\"><script>alert(1)</script>")), "a path").await;
        look(&format!("/{}", encoded("\"><script>alert(1)</script>")), "no page").await;
        let titles = ["</title><script>alert(1)</script>", "&lt;/title&gt;<img src=x onerror=alert(1)>", "</TITLE ><svg/onload=x>"];
        for payload in titles.iter().chain(PAYLOADS).filter(|payload| payload.chars().count() <= 255) {
            if eve.rename(started.thread, payload).await.is_ok() {
                look(&path, payload).await;
            }
        }
        // Each as the newest of the list of threads.
        for payload in PAYLOADS.chunks(8) {
            let started = eve.start(&format!("echo {}", payload.join(" "))).await.unwrap();
            eve.open(started.thread).await.settled().await;
        }
        look("/chat", "the list").await;
    }
}

/// The same person before another server.
fn ada_at(app: &TestApp, ada: &super::client::Person) -> super::client::Person {
    let mut person = app.stranger();
    person.cookie = ada.cookie.clone();
    person
}

fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// URL-safe base64 with its padding.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::new();
    for part in bytes.chunks(3) {
        let number = part.iter().fold(0u32, |number, byte| number << 8 | u32::from(*byte)) << (8 * (3 - part.len()));
        for at in 0..4 {
            let digit = (number >> (18 - 6 * at)) & 63;
            text.push(if at <= part.len() { char::from(DIGITS[digit as usize]) } else { '=' });
        }
    }
    text
}
