//! Asks a server for its models.

use std::{sync::atomic::Ordering::Relaxed, time::Duration};

use reqwest::StatusCode;
use serde_json::Value;

use super::{
    http::{self, Http},
    openai::Server,
};
use crate::model::{FailureKind, SourceState};

/// The most bytes of a list; those of the large aggregators have about one million.
const MAX_LIST: usize = 8 << 20;
/// The most models of one server.
const MAX_MODELS: usize = 5_000;
/// The longest name, in bytes.
const MAX_NAME: usize = 300;

/// The names a server gives its models, in its order, or how it is with it. Takes no longer than `limit`.
pub(super) async fn list(http: &Http, server: &Server, limit: Duration) -> Result<Vec<String>, SourceState> {
    let listed = tokio::time::timeout(limit, ask(http, server, limit)).await.unwrap_or(Err(SourceState::Unreachable));
    // A probe finds whatever listens at a port. Only what speaks the dialect is a model server.
    if listed.is_ok() {
        server.found.store(true, Relaxed);
    }
    listed
}

async fn ask(http: &Http, server: &Server, limit: Duration) -> Result<Vec<String>, SourceState> {
    let request = http.get(&server.endpoint, "models");
    let mut response = http::send(request, &server.endpoint, limit).await.map_err(|failure| match failure.kind {
        FailureKind::Internal | FailureKind::Disconnected => SourceState::Failing,
        _ => SourceState::Unreachable,
    })?;
    match response.status() {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => return Err(SourceState::Unauthorized),
        status if !status.is_success() => return Err(SourceState::Failing),
        _ => {}
    }
    let mut body = Vec::new();
    while let Some(packet) = response.chunk().await.map_err(|_| SourceState::Failing)? {
        if body.len() + packet.len() > MAX_LIST {
            return Err(SourceState::Failing);
        }
        body.extend_from_slice(&packet);
    }
    let value: Value = serde_json::from_slice(&body).map_err(|_| SourceState::Failing)?;
    let entries = entries(&value).ok_or(SourceState::Failing)?;
    let owned = |by: &str| entries.iter().any(|entry| entry.get("owned_by").is_some_and(|owner| owner == by));
    let (llama, vllm) = (owned("llamacpp"), owned("vllm"));
    server.llama.store(llama, Relaxed);
    server.vllm.store(vllm, Relaxed);
    // Ollama calls itself a library.
    server.continues.store(llama || vllm || owned("library") || owned("skein"), Relaxed);
    Ok(names(entries))
}

/// `{"data": […]}` (OpenAI), `{"models": […]}` (Ollama's own), or the bare list (some hosts).
fn entries(value: &Value) -> Option<&Vec<Value>> {
    ["data", "models"].iter().find_map(|name| value.get(name)?.as_array()).or_else(|| value.as_array())
}

fn names(entries: &[Value]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for entry in entries.iter().take(MAX_MODELS) {
        let name =
            ["id", "name", "model"].iter().find_map(|field| entry.get(field)?.as_str()).or_else(|| entry.as_str());
        if let Some(name) = name.filter(|name| is_name(name) && chats(name)) {
            names.push(name.to_owned());
        }
    }
    let mut seen = std::collections::HashSet::new();
    names.retain(|name| seen.insert(name.clone()));
    names
}

fn is_name(name: &str) -> bool {
    !name.trim().is_empty() && name.len() <= MAX_NAME && !name.chars().any(char::is_control)
}

/// Not one of the kinds that share the list but cannot hold a conversation. One that is left out wrongly can still be
/// asked for by its id.
fn chats(name: &str) -> bool {
    const OTHERS: [&str; 10] = [
        "embed",
        "rerank",
        "whisper",
        "transcribe",
        "moderation",
        "dall-e",
        "gpt-image",
        "sora-",
        "stable-diffusion",
        "babbage",
    ];
    let name = name.to_lowercase();
    let is_speech = name.split(['-', '/', '_']).any(|word| word == "tts");
    !is_speech && !OTHERS.iter().any(|other| name.contains(other))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(list: &str) -> Option<Vec<String>> {
        entries(&serde_json::from_str(list).unwrap()).map(|entries| names(entries))
    }

    #[test]
    fn lists_of_many_servers() {
        let cases = [
            (r#"{"object":"list","data":[{"id":"a"},{"id":"b"},{"id":"a"}]}"#, vec!["a", "b"]),
            (r#"{"models":[{"name":"l:8b","model":"l:8b"}],"data":[{"id":"l:8b"}]}"#, vec!["l:8b"]),
            (r#"{"models":[{"name":"l:8b"}]}"#, vec!["l:8b"]),
            (r#"[{"id":"org/m"},"bare",{"x":1},7]"#, vec!["org/m", "bare"]),
            (
                r#"{"data":[{"id":"text-embedding-3"},{"id":"tts-1"},{"id":"x/whisper-1"},{"id":"attss"}]}"#,
                vec!["attss"],
            ),
            (r#"{"data":[{"id":" "},{"id":"a\nb"},{"id":null}]}"#, vec![]),
        ];
        for (list, names) in cases {
            assert_eq!(read(list).unwrap(), names, "{list}");
        }
        assert_eq!(read(r#"{"status":"ok"}"#), None);
        assert_eq!(read(&format!(r#"[{{"id":"{}"}}]"#, "x".repeat(MAX_NAME + 1))), Some(vec![]));
    }
}
