//! The demo in OpenAI's dialect.

use axum::body::Bytes;
use serde_json::{Value, json};

use crate::{
    model::{Role, StopReason, Usage},
    server::provider::{Chunk, Turn},
};

/// What is read of a request.
pub(super) struct Asked {
    pub model: String,
    pub turns: Vec<Turn>,
    pub stream: bool,
    pub include_usage: bool,
}

impl Asked {
    /// None: it is no request for a chat completion.
    pub(super) fn read(body: &[u8]) -> Option<Self> {
        let value: Value = serde_json::from_slice(body).ok()?;
        let is = |pointer| value.pointer(pointer) == Some(&Value::Bool(true));
        Some(Self {
            model: value.get("model")?.as_str()?.to_owned(),
            turns: value.get("messages")?.as_array()?.iter().map(turn).collect(),
            stream: is("/stream"),
            include_usage: is("/stream_options/include_usage"),
        })
    }
}

fn turn(message: &Value) -> Turn {
    let role = match message.get("role").and_then(Value::as_str) {
        Some("assistant") => Role::Assistant,
        Some("system" | "developer") => Role::System,
        Some("tool") => Role::Tool,
        _ => Role::User,
    };
    let text = match message.get("content") {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(parts)) => parts.iter().filter_map(|part| part.get("text")?.as_str()).collect(),
        _ => String::new(),
    };
    Turn { role, text }
}

/// An event of the stream. None: this chunk is not sent by itself.
pub(super) fn event(model: &str, chunk: &Chunk) -> Option<Bytes> {
    let choice = |delta: Value, finish: Value| json!([{ "index": 0, "delta": delta, "finish_reason": finish }]);
    let (choices, usage, progress) = match chunk {
        Chunk::Model(_) => (choice(json!({ "role": "assistant", "content": "" }), Value::Null), None, None),
        Chunk::Text(text) => (choice(json!({ "content": text }), Value::Null), None, None),
        Chunk::Reasoning(text) => (choice(json!({ "reasoning_content": text }), Value::Null), None, None),
        Chunk::Stop(stop) => (choice(json!({}), finish(*stop).into()), None, None),
        Chunk::Usage(usage) => (json!([]), Some(count(usage)), None),
        Chunk::Progress { processed, total } => {
            (json!([]), None, Some(json!({ "processed": processed, "total": total, "cache": 0, "time_ms": 0 })))
        }
        Chunk::Timings(_) => return None,
    };
    let mut event =
        json!({ "id": "demo", "object": "chat.completion.chunk", "created": 0, "model": model, "choices": choices });
    if let Some(fields) = event.as_object_mut() {
        fields.extend(usage.map(|usage| ("usage".to_owned(), usage)));
        fields.extend(progress.map(|progress| ("prompt_progress".to_owned(), progress)));
    }
    Some(data(&event))
}

/// One event with this data.
pub(super) fn data(value: &Value) -> Bytes {
    format!("data: {value}\n\n").into()
}

/// The answer to who did not ask for a stream.
pub(super) fn whole(model: &str, chunks: &[Chunk]) -> Value {
    let (mut text, mut reasoning) = (String::new(), String::new());
    let mut stop = StopReason::Stop;
    let mut usage = Usage::default();
    for chunk in chunks {
        match chunk {
            Chunk::Text(part) => text.push_str(part),
            Chunk::Reasoning(part) => reasoning.push_str(part),
            Chunk::Stop(reason) => stop = *reason,
            Chunk::Usage(counted) => usage = *counted,
            _ => {}
        }
    }
    let message = json!({ "role": "assistant", "content": text, "reasoning_content": reasoning });
    json!({
        "id": "demo", "object": "chat.completion", "created": 0, "model": model,
        "choices": [{ "index": 0, "message": message, "finish_reason": finish(stop) }],
        "usage": count(&usage),
    })
}

/// An error as OpenAI words it.
pub(super) fn error(message: &str, kind: &str) -> Value {
    json!({ "error": { "message": message, "type": kind, "code": null } })
}

fn finish(stop: StopReason) -> &'static str {
    match stop {
        StopReason::Stop | StopReason::Other => "stop",
        StopReason::Length => "length",
        StopReason::ToolCalls => "tool_calls",
        StopReason::ContentFilter => "content_filter",
    }
}

fn count(usage: &Usage) -> Value {
    let Usage { prompt_tokens, completion_tokens, .. } = *usage;
    json!({
        "prompt_tokens": prompt_tokens,
        "completion_tokens": completion_tokens,
        "total_tokens": prompt_tokens.saturating_add(completion_tokens),
    })
}
