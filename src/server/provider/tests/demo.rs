//! The demo, inside the program and over HTTP.

use std::time::Duration;

use futures::StreamExt;
use serde_json::Value;
use tokio::time::Instant;

use super::{PATIENCE, ask, converse, list::serve, read, settings, text};
use crate::{
    model::FailureKind,
    server::provider::{Chunk, Demo, DemoOptions, Endpoint, Pace, ProviderSettings, Providers, Request, Secret},
};

fn quick() -> Demo {
    Demo::new(DemoOptions { pace: Pace::none(), ..DemoOptions::default() })
}

/// The same script inside the program and over HTTP; the id of the model says which.
async fn both() -> (Demo, Demo, Providers) {
    let (inside, outside) = (quick(), quick());
    let base = format!("http://127.0.0.1:{}/v1", serve(&outside).await);
    let settings =
        ProviderSettings { demo: Some(inside.clone()), idle_limit: Duration::from_millis(500), ..settings(&base) };
    (inside, outside, Providers::new(settings))
}

fn of(model: &str, prompt: &str) -> Request {
    Request { model: model.into(), ..ask(prompt) }
}

#[tokio::test]
async fn inside_and_over_http_it_is_the_same() {
    let (inside, outside, providers) = both().await;
    let prompts = [
        ("hello", None),
        ("help", None),
        ("long 5", None),
        ("reasoning with a table", None),
        ("slow code", None),
        ("markdown", None),
        ("history", None),
        ("echo one  two\n🦀", None),
        ("echo", Some(FailureKind::Empty)),
        ("error", Some(FailureKind::Server)),
        ("reasoning error", Some(FailureKind::Server)),
        ("silence", Some(FailureKind::Silent)),
        ("disconnect", Some(FailureKind::Disconnected)),
        ("status 429", Some(FailureKind::Limited)),
        ("status 503", Some(FailureKind::Server)),
    ];
    for (prompt, wanted) in prompts {
        let (chunks, failure) = converse(&providers, of("demo", prompt)).await;
        let (over_http, http_failure) = converse(&providers, of("t/demo", prompt)).await;
        assert_eq!(over_http, chunks, "{prompt}");
        assert_eq!(failure.as_ref().map(|failure| failure.kind), wanted, "{prompt}");
        assert_eq!(http_failure.as_ref().map(|failure| failure.kind), wanted, "{prompt}");
        if wanted != Some(FailureKind::Disconnected) {
            assert_eq!(failure, http_failure, "{prompt}");
        }
    }
    for demo in [inside, outside] {
        let counts = tokio::time::timeout(PATIENCE, demo.until(|counts| counts.open == 0)).await.unwrap();
        assert_eq!((counts.finished, counts.aborted), (14, 1), "only the silent one is left in the middle");
    }
}

#[tokio::test]
async fn it_waits_at_gates() {
    let (inside, outside, providers) = both().await;
    for (model, demo) in [("demo", inside), ("t/demo", outside)] {
        let mut answer = providers.stream(of(model, "hold door and then")).await.unwrap();
        let mut before = Vec::new();
        while !text(&before).ends_with("released. ") {
            before.push(answer.next().await.unwrap().unwrap());
        }
        let rest = tokio::spawn(read(answer));
        demo.reached("door", 1).await;
        // Longer than the idle limit: what is held is alive.
        tokio::time::sleep(Duration::from_millis(700)).await;
        assert!(!rest.is_finished());
        demo.release("door");
        let (chunks, failure) = rest.await.unwrap();
        assert_eq!((text(&chunks).as_str(), failure), ("and then", None));
    }
}

#[tokio::test]
async fn it_goes_step_by_step() {
    let (inside, outside, providers) = both().await;
    for (model, demo) in [("demo", inside), ("t/demo", outside)] {
        let mut answer = providers.stream(of(model, "step s one two")).await.unwrap();
        assert_eq!(answer.next().await, Some(Ok(Chunk::Model("demo".into()))));
        for word in ["one", " two"] {
            demo.release("s");
            assert_eq!(answer.next().await, Some(Ok(Chunk::Text(word.into()))));
        }
        assert_eq!(read(answer).await.1, None);
    }
}

#[tokio::test]
async fn leaving_is_noticed_at_any_time() {
    let (inside, outside, providers) = both().await;
    for (model, demo) in [("demo", inside), ("t/demo", outside)] {
        for (number, prompt) in ["hold a", "silence", "step b"].into_iter().enumerate() {
            let mut answer = providers.stream(of(model, prompt)).await.unwrap();
            answer.next().await.unwrap().unwrap();
            drop(answer);
            let aborted = number as u32 + 1;
            let counts = tokio::time::timeout(PATIENCE, demo.until(|counts| counts.aborted == aborted)).await.unwrap();
            assert_eq!((counts.open, counts.finished), (0, 0), "{model} {prompt}");
        }
    }
}

#[tokio::test]
async fn its_server_wants_its_key_and_remembers_what_it_was_sent() {
    let key = Some(Secret::new("sk-very-secret"));
    let demo = Demo::new(DemoOptions { pace: Pace::none(), key, ..DemoOptions::default() });
    let base = format!("http://127.0.0.1:{}/v1", serve(&demo).await);
    let (chunks, failure) = converse(&super::providers(&base), of("t/demo", "echo hi")).await;
    assert_eq!((text(&chunks).as_str(), failure), ("hi", None));
    let endpoints = vec![Endpoint::new("t", &base, Some(Secret::new("sk-wrong-one"))).unwrap()];
    let wrong = Providers::new(ProviderSettings { endpoints, ..settings(&base) });
    let failure = converse(&wrong, of("t/demo", "echo hi")).await.1.unwrap();
    assert_eq!(failure.kind, FailureKind::Unauthorized);
    assert_eq!(failure.detail.as_deref(), Some("401: incorrect key: Bearer …"));
    let seen = demo.requests();
    assert_eq!(seen.len(), 2);
    assert_eq!(seen[0].route, "POST /v1/chat/completions");
    assert_eq!(seen[0].authorization, Some(Secret::new("Bearer sk-very-secret")));
    let body: Value = serde_json::from_str(&seen[0].body).unwrap();
    assert_eq!(body["messages"][0]["content"], "echo hi");
    assert!(!format!("{seen:?} {demo:?}").contains("secret"));
}

#[tokio::test]
async fn its_server_answers_whole_too() {
    let demo = quick();
    let url = format!("http://127.0.0.1:{}/v1/chat/completions", serve(&demo).await);
    // The program chooses this at its start.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let asked = serde_json::json!({ "model": "demo", "messages": [{ "role": "user", "content": "hold x yes" }] });
    let request = client.post(url).json(&asked).send();
    let steer = async {
        demo.reached("x", 1).await;
        demo.release("x");
    };
    let (response, ()) = tokio::join!(request, steer);
    let answer: Value = response.unwrap().json().await.unwrap();
    assert_eq!(answer["choices"][0]["message"]["content"], "Holding until released. yes");
    assert_eq!(answer["usage"]["completion_tokens"], 6);
    assert_eq!((demo.counts().open, demo.counts().finished), (0, 1));
}

#[tokio::test(start_paused = true)]
async fn its_pace_is_that_of_a_model() {
    let providers = Providers::new(ProviderSettings { probes: Vec::new(), ..ProviderSettings::default() });
    let before = Instant::now();
    let (chunks, failure) = read(providers.stream(of("demo", "hello")).await.unwrap()).await;
    assert_eq!(failure, None);
    let each = before.elapsed() / chunks.len() as u32;
    assert!(each >= Duration::from_millis(15) && each <= Duration::from_millis(30), "{each:?}");
}
