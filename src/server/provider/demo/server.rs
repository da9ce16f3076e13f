//! The demo as a real OpenAI-compatible server.

use std::{io, time::Duration};

use axum::{
    Json, Router,
    body::{Body, Bytes},
    extract::{DefaultBodyLimit, State},
    http::{
        HeaderMap, StatusCode,
        header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER},
    },
    response::{IntoResponse, Response},
    routing::{get, post},
};
use futures::{StreamExt, stream};
use serde_json::json;

use super::{
    Demo,
    play::{Beat, Play},
    texts,
    wire::{self, Asked},
};
use crate::server::provider::{Chunk, Secret, catalogue::DEMO_WINDOW};

/// The largest request, in bytes.
const MAX_REQUEST: usize = 32 << 20;
/// How often a held answer shows that it still lives.
const KEEP_ALIVE: Duration = Duration::from_millis(100);

/// An OpenAI-compatible server that follows the demo's script: `GET /v1/models` and `POST /v1/chat/completions`, as a
/// stream or whole. It notices at once when a client leaves in the middle.
pub fn demo_server(demo: Demo) -> Router {
    Router::new()
        .route("/v1/models", get(models))
        .route("/v1/chat/completions", post(chat))
        .layer(DefaultBodyLimit::max(MAX_REQUEST))
        .with_state(demo)
}

async fn models(State(demo): State<Demo>, headers: HeaderMap) -> Response {
    if let Some(refused) = demo.admit("GET /v1/models", &headers, b"") {
        return refused;
    }
    let model = |name: &String| json!({ "id": name, "object": "model", "created": 0, "owned_by": "skein", "context_length": DEMO_WINDOW });
    let models: Vec<_> = demo.0.options.models.iter().map(model).collect();
    Json(json!({ "object": "list", "data": models })).into_response()
}

async fn chat(State(demo): State<Demo>, headers: HeaderMap, body: Bytes) -> Response {
    if let Some(refused) = demo.admit("POST /v1/chat/completions", &headers, &body) {
        return refused;
    }
    let Some(asked) = Asked::read(&body) else {
        return refuse(StatusCode::BAD_REQUEST, "not a request for a chat completion");
    };
    if !demo.0.options.models.contains(&asked.model) {
        return refuse(StatusCode::NOT_FOUND, &format!("model \"{}\" not found", asked.model));
    }
    let mut play = Play::new(&demo, &asked.turns);
    match play.status().map(StatusCode::from_u16) {
        Some(Ok(status)) => refuse(status, texts::ERROR),
        Some(Err(_)) => refuse(StatusCode::INTERNAL_SERVER_ERROR, texts::ERROR),
        None if asked.stream => streamed(play, asked),
        None => whole(play, &asked.model).await,
    }
}

impl Demo {
    /// Records a request and asks for its key. Some: it is refused.
    fn admit(&self, route: &str, headers: &HeaderMap, body: &[u8]) -> Option<Response> {
        let given = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        self.0.records.keep(route, given, body);
        let key = self.0.options.key.as_ref().map(Secret::expose);
        match key.is_none_or(|key| given.and_then(|given| given.strip_prefix("Bearer ")) == Some(key)) {
            true => None,
            // Some do repeat the key they were given, so this does.
            false => Some(refuse(StatusCode::UNAUTHORIZED, &format!("incorrect key: {}", given.unwrap_or("none")))),
        }
    }
}

fn refuse(status: StatusCode, message: &str) -> Response {
    let body = Json(wire::error(message, "demo_error"));
    match status {
        StatusCode::TOO_MANY_REQUESTS => {
            (status, [(RETRY_AFTER, texts::RETRY_AFTER.to_string())], body).into_response()
        }
        _ => (status, body).into_response(),
    }
}

fn streamed(play: Play, asked: Asked) -> Response {
    let beats = stream::unfold(play, async |mut play| play.next().await.map(|beat| (beat, play)));
    let packets = stream::unfold(Some((Box::pin(beats), false)), move |state| {
        let asked = (asked.model.clone(), asked.include_usage);
        async move {
            let (mut beats, mut held) = state?;
            loop {
                // Next to a held answer the client's idle limit does not count; next to a silent one it does.
                let beat = match held {
                    true => tokio::time::timeout(KEEP_ALIVE, beats.next()).await,
                    false => Ok(beats.next().await),
                };
                let (packet, over) = match beat {
                    Err(_) => (Ok(Bytes::from_static(b": held\n\n")), false),
                    Ok(Some(Beat::Gate)) => {
                        held = true;
                        continue;
                    }
                    Ok(Some(Beat::Chunk(Chunk::Usage(_)))) if !asked.1 => continue,
                    Ok(Some(Beat::Chunk(chunk))) => {
                        held = false;
                        match wire::event(&asked.0, &chunk) {
                            Some(event) => (Ok(event), false),
                            None => continue,
                        }
                    }
                    Ok(Some(Beat::Error)) => (Ok(wire::data(&wire::error(texts::ERROR, "server_error"))), true),
                    Ok(Some(Beat::Silence)) => std::future::pending().await,
                    Ok(Some(Beat::Disconnect)) => {
                        // What was written before leaves first.
                        tokio::task::yield_now().await;
                        (Err(io::Error::other("cut by the script")), true)
                    }
                    Ok(None) => (Ok(Bytes::from_static(b"data: [DONE]\n\n")), true),
                };
                return Some((packet, (!over).then_some((beats, held))));
            }
        }
    });
    let headers = [(CONTENT_TYPE, "text/event-stream"), (CACHE_CONTROL, "no-cache")];
    (headers, Body::from_stream(packets)).into_response()
}

async fn whole(mut play: Play, model: &str) -> Response {
    let mut chunks = Vec::new();
    loop {
        match play.next().await {
            Some(Beat::Chunk(chunk)) => chunks.push(chunk),
            Some(Beat::Gate) => {}
            Some(Beat::Silence) => return std::future::pending().await,
            Some(Beat::Error | Beat::Disconnect) => return refuse(StatusCode::INTERNAL_SERVER_ERROR, texts::ERROR),
            None => return Json(wire::whole(model, &chunks)).into_response(),
        }
    }
}
