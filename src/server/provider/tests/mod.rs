//! The whole module over real sockets, and every recorded form of the wire.

mod demo;
mod faults;
mod list;
pub mod peer;
mod requests;
mod wire;

use std::time::Duration;

use futures::StreamExt;

use super::{Answer, Chunk, Endpoint, ProviderSettings, Providers, Request, Secret, Turn};
use crate::model::{Failure, Role};

/// An answer read to its end.
pub(super) type Outcome = (Vec<Chunk>, Option<Failure>);

/// Long enough for anything that should happen on a busy machine.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

/// One provider at `base`, with a key, and no other.
pub(super) fn settings(base: &str) -> ProviderSettings {
    ProviderSettings {
        endpoints: vec![Endpoint::new("t", base, Some(Secret::new("sk-very-secret"))).unwrap()],
        probes: Vec::new(),
        idle_limit: PATIENCE,
        list_limit: PATIENCE,
        demo: None,
        ..ProviderSettings::default()
    }
}

pub(super) fn providers(base: &str) -> Providers {
    Providers::new(settings(base))
}

/// A provider whose silence ends soon.
pub(super) fn impatient(base: &str) -> Providers {
    Providers::new(ProviderSettings { idle_limit: Duration::from_millis(200), ..settings(base) })
}

pub(super) fn ask(prompt: &str) -> Request {
    Request { model: "t/m".into(), turns: vec![Turn::new(Role::User, prompt)], ..Request::default() }
}

pub(super) async fn read(answer: Answer) -> Outcome {
    let mut chunks = Vec::new();
    let mut failure = None;
    for item in answer.collect::<Vec<_>>().await {
        assert_eq!(failure, None, "a failure is the last thing");
        match item {
            Ok(chunk) => chunks.push(chunk),
            Err(found) => failure = Some(found),
        }
    }
    (chunks, failure)
}

/// Asks and reads to the end, whether it fails before or after the answer began.
pub(super) async fn converse(providers: &Providers, request: Request) -> Outcome {
    match tokio::time::timeout(PATIENCE, providers.stream(request)).await.expect("a head in time") {
        Ok(answer) => tokio::time::timeout(PATIENCE, read(answer)).await.expect("an end in time"),
        Err(failure) => (Vec::new(), Some(failure)),
    }
}

pub(super) fn text(chunks: &[Chunk]) -> String {
    let text = |chunk: &Chunk| match chunk {
        Chunk::Text(text) => text.clone(),
        _ => String::new(),
    };
    chunks.iter().map(text).collect()
}
