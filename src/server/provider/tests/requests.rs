//! What is sent.

use serde_json::{Value, json};

use super::{
    ask, converse,
    peer::{HEAD, Peer, chunk, response, says},
    providers, settings, text,
};
use crate::{
    model::{FailureKind, Role},
    server::provider::{Endpoint, ProviderSettings, Providers, Request, Sampling, Turn},
};

fn body(request: &str) -> Value {
    serde_json::from_str(request.split_once("\r\n\r\n").unwrap().1).unwrap()
}

fn answer() -> String {
    format!("{HEAD}{}0\r\n\r\n", chunk(&format!("{}data: [DONE]\n\n", says("ok"))))
}

/// Answers every request that names one of these fields with this refusal, and others well.
async fn refusing(field: &'static str, status: &'static str, message: &'static str) -> (Peer, Providers) {
    let peer = Peer::choosing(move |request| match request.contains(field) {
        true => response(status, "", &json!({ "error": { "message": message } }).to_string()),
        false => answer(),
    })
    .await;
    let providers = providers(&peer.base());
    (peer, providers)
}

#[tokio::test]
async fn a_request_is_what_was_asked() {
    let peer = Peer::saying(answer()).await;
    let request = Request {
        begun: None,
        model: "t/org/m:1".into(),
        turns: vec![
            Turn::new(Role::System, "be brief"),
            Turn::new(Role::User, "\"hi\"\n"),
            Turn::new(Role::Assistant, "hello"),
            Turn::new(Role::Task, "odd"),
        ],
        sampling: Sampling {
            temperature: Some(0.7),
            max_tokens: Some(5),
            stop: vec!["END".into()],
            ..Sampling::default()
        },
    };
    let (chunks, failure) = converse(&providers(&peer.base()), request).await;
    assert_eq!((text(&chunks).as_str(), failure), ("ok", None));
    let sent = peer.received().remove(0);
    assert!(sent.starts_with("POST /v1/chat/completions HTTP/1.1\r\n"), "{sent}");
    assert!(sent.contains("authorization: Bearer sk-very-secret\r\n"), "{sent}");
    assert!(!sent.to_lowercase().contains("accept-encoding"), "{sent}");
    assert_eq!(
        body(&sent),
        json!({
            "model": "org/m:1",
            "messages": [
                { "role": "system", "content": "be brief" },
                { "role": "user", "content": "\"hi\"\n" },
                { "role": "assistant", "content": "hello" },
                { "role": "user", "content": "odd" },
            ],
            "stream": true,
            "stream_options": { "include_usage": true },
            "temperature": 0.7,
            "max_tokens": 5,
            "stop": ["END"],
        })
    );
}

#[tokio::test]
async fn without_a_key_none_is_sent() {
    let peer = Peer::saying(answer()).await;
    let endpoints = vec![Endpoint::new("t", &peer.base(), None).unwrap()];
    let providers = Providers::new(ProviderSettings { endpoints, ..settings(&peer.base()) });
    assert_eq!(converse(&providers, ask("x")).await.1, None);
    assert!(!peer.received()[0].contains("authorization"));
}

#[tokio::test]
async fn a_server_that_will_not_count_is_asked_again_and_remembered() {
    for status in ["400 Bad Request", "422 Unprocessable Entity"] {
        let (peer, providers) = refusing("stream_options", status, "Unrecognized argument: stream_options").await;
        for _ in 0..2 {
            let (chunks, failure) = converse(&providers, ask("x")).await;
            assert_eq!((text(&chunks).as_str(), failure), ("ok", None));
        }
        let counted: Vec<_> = peer.received().iter().map(|sent| sent.contains("stream_options")).collect();
        assert_eq!(counted, [true, false, false]);
    }
}

#[tokio::test]
async fn another_refusal_is_not_asked_again() {
    for (status, message) in [("400 Bad Request", "bad role"), ("500 Internal Server Error", "stream_options")] {
        let (peer, providers) = refusing("stream_options", status, message).await;
        assert!(converse(&providers, ask("x")).await.1.is_some());
        assert_eq!(peer.received().len(), 1);
    }
    let peer = Peer::saying(response("400 Bad Request", "", "stream_options, always")).await;
    assert_eq!(converse(&providers(&peer.base()), ask("x")).await.1.unwrap().kind, FailureKind::Rejected);
    assert_eq!(peer.received().len(), 2);
}

#[tokio::test]
async fn the_limit_of_tokens_goes_by_its_newer_name_where_that_is_wanted() {
    let (peer, providers) =
        refusing("\"max_tokens\"", "400 Bad Request", "Unsupported parameter: use 'max_completion_tokens' instead")
            .await;
    let sampling = Sampling { max_tokens: Some(9), ..Sampling::default() };
    let (chunks, failure) = converse(&providers, Request { sampling, ..ask("x") }).await;
    assert_eq!((text(&chunks).as_str(), failure), ("ok", None));
    let sent = body(&peer.received()[1]);
    assert_eq!((&sent["max_completion_tokens"], &sent["max_tokens"]), (&json!(9), &Value::Null));
}

#[tokio::test]
async fn only_llama_is_asked_how_far_it_is() {
    for (owner, asked) in [("llamacpp", json!(true)), ("vllm", Value::Null)] {
        let peer = Peer::choosing(move |request| match request.starts_with("GET /v1/models ") {
            true => response("200 OK", "", &json!({ "data": [{ "id": "m", "owned_by": owner }] }).to_string()),
            false => answer(),
        })
        .await;
        let providers = providers(&peer.base());
        providers.models(false).await;
        assert_eq!(converse(&providers, ask("x")).await.1, None);
        // llama.cpp is also asked what it gives a conversation; that it does not say so harms nothing.
        let received = peer.received();
        assert_eq!(received.iter().any(|request| request.starts_with("GET /props ")), asked == json!(true), "{owner}");
        assert_eq!(body(received.last().unwrap())["return_progress"], asked, "{owner}");
    }
}

/// A server whose models are this owner's, and that refuses to be given a beginning if `refuses`.
async fn owned(owner: &'static str, refuses: bool) -> (Peer, Providers) {
    let peer = Peer::choosing(move |request| {
        if request.starts_with("GET /v1/models ") {
            return response("200 OK", "", &json!({ "data": [{ "id": "m", "owned_by": owner }] }).to_string());
        }
        match refuses && request.trim_end().contains("\"content\":\"so far\"}]") {
            true => response("400 Bad Request", "", "Assistant response prefill is incompatible with enable_thinking."),
            false => answer(),
        }
    })
    .await;
    let providers = providers(&peer.base());
    providers.models(false).await;
    (peer, providers)
}

#[tokio::test]
async fn an_answer_is_gone_on_with_as_each_server_can() {
    let words = |sent: &Value| {
        let last = sent["messages"].as_array().unwrap().last().unwrap().clone();
        (last["role"].as_str().unwrap().to_owned(), last["content"].as_str().unwrap().to_owned())
    };
    for (owner, refuses, begins, told) in [
        ("llamacpp", false, true, Value::Null),
        ("library", false, true, Value::Null),
        ("vllm", false, true, json!(true)),
        ("openai", false, false, Value::Null),
        ("llamacpp", true, false, Value::Null),
        ("vllm", true, false, Value::Null),
    ] {
        let (peer, providers) = owned(owner, refuses).await;
        let request = Request { begun: Some("so far".into()), ..ask("x") };
        let (chunks, failure) = converse(&providers, request).await;
        assert_eq!((text(&chunks).as_str(), failure), ("ok", None), "{owner}");
        let sent = body(peer.received().last().unwrap());
        let (role, content) = words(&sent);
        if begins {
            assert_eq!((role.as_str(), content.as_str()), ("assistant", "so far"), "{owner}");
        } else {
            assert!(role == "user" && content.contains("Repeat nothing"), "{owner}: {content}");
            assert_eq!(sent["messages"][1], json!({ "role": "assistant", "content": "so far" }), "{owner}");
        }
        assert_eq!(sent["continue_final_message"], told, "{owner}");
        assert_eq!(sent["add_generation_prompt"], told.as_bool().map_or(Value::Null, |told| json!(!told)), "{owner}");
    }
}
