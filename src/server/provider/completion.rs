//! What the events of a streamed chat completion mean: OpenAI's dialect, as its many speakers really send it.

use std::collections::VecDeque;

// Borrows its words from the event, since one comes with each token.
use serde_json_borrow::Value;

use super::{Chunk, plain, refusal, sse::Event};
use crate::model::{Failure, FailureKind, StopReason, Timings, Usage};

/// Reads one answer. Fields that are missing, null or of another type than expected count as missing.
#[derive(Default)]
pub(super) struct Completion {
    usage: Option<Usage>,
    /// llama.cpp's own count, for when no usage comes.
    timed: Option<Usage>,
    progress: Option<(u32, u32)>,
    named: bool,
    spoke: bool,
    stop: Option<StopReason>,
    done: bool,
    /// Something came that is not in this dialect.
    strange: bool,
}

impl Completion {
    /// `[DONE]` came: nothing after it counts.
    pub(super) fn is_done(&self) -> bool {
        self.done
    }

    /// The model said that it ended: what is there is complete.
    pub(super) fn is_stopped(&self) -> bool {
        self.done || self.stop.is_some()
    }

    /// Reads one event of a stream.
    pub(super) fn event(&mut self, event: Event<'_>, out: &mut VecDeque<Chunk>) -> Result<(), Failure> {
        let data = event.data.trim();
        if data.is_empty() || self.done {
            return Ok(());
        }
        if data == "[DONE]" {
            self.done = true;
            return Ok(());
        }
        match serde_json::from_str::<Value>(data) {
            Ok(value) if event.name == "error" => Err(failure(field(&value, "error").unwrap_or(&value))),
            Ok(value) => self.value(&value, out),
            Err(_) if event.name == "error" => Err(Failure { detail: plain::message(data), ..server_error() }),
            Err(_) if data.starts_with('{') => Err(Failure::because(FailureKind::Malformed, "broken JSON")),
            // Some gateways ping with a word.
            Err(_) => {
                self.strange = true;
                Ok(())
            }
        }
    }

    /// Reads an event, or a whole answer that came at once although a stream was asked for.
    pub(super) fn value(&mut self, value: &Value<'_>, out: &mut VecDeque<Chunk>) -> Result<(), Failure> {
        if let Some(model) = text(value, "model")
            && !std::mem::replace(&mut self.named, true)
        {
            out.extend(plain::clean(model).map(plain::cut).map(Chunk::Model));
        }
        // Only the first of several answers is read; none were asked for.
        let choice = field(value, "choices").and_then(|choices| {
            choices.as_array()?.iter().find(|choice| field(choice, "index").and_then(Value::as_u64).unwrap_or(0) == 0)
        });
        if let Some(choice) = choice {
            self.choice(choice, out);
        }
        self.counts(value, out);
        if let Some(error) = error_in(value).or_else(|| error_in(choice?)) {
            return Err(failure(error));
        }
        let Some(reason) = choice.and_then(|choice| text(choice, "finish_reason")) else { return Ok(()) };
        match stop_reason(reason) {
            Some(Finish::Stop(stop)) if self.stop.is_none() => {
                self.stop = Some(stop);
                out.push_back(Chunk::Stop(stop));
                Ok(())
            }
            Some(Finish::Error) => Err(server_error()),
            _ => Ok(()),
        }
    }

    fn choice(&mut self, choice: &Value<'_>, out: &mut VecDeque<Chunk>) {
        // A `message` is the whole answer: it counts where no part of it came before.
        let message = field(choice, "message").filter(|_| !self.spoke);
        let Some(delta) = field(choice, "delta").filter(|delta| delta.is_object()).or(message) else {
            return self.say(field(choice, "text"), Chunk::Text, out);
        };
        // The same thought may come under both names.
        let thought = text(delta, "reasoning_content").or_else(|| text(delta, "reasoning"));
        self.say_text(thought, Chunk::Reasoning, out);
        self.say(field(delta, "content"), Chunk::Text, out);
        self.say(field(delta, "refusal"), Chunk::Text, out);
        if ["tool_calls", "function_call"].iter().any(|name| field(delta, name).is_some_and(|calls| !calls.is_null())) {
            self.spoke = true;
        }
    }

    /// Text, or a list of typed parts (Mistral).
    fn say(&mut self, content: Option<&Value<'_>>, kind: fn(String) -> Chunk, out: &mut VecDeque<Chunk>) {
        match content {
            Some(Value::Str(words)) => self.say_text(Some(words), kind, out),
            Some(Value::Array(parts)) => {
                for part in parts {
                    match text(part, "type") {
                        Some("thinking") => self.say(field(part, "thinking"), Chunk::Reasoning, out),
                        _ => self.say_text(text(part, "text"), kind, out),
                    }
                }
            }
            _ => {}
        }
    }

    fn say_text(&mut self, words: Option<&str>, kind: fn(String) -> Chunk, out: &mut VecDeque<Chunk>) {
        if let Some(words) = words.filter(|words| !words.is_empty()) {
            self.spoke = true;
            out.push_back(kind(words.to_owned()));
        }
    }

    fn counts(&mut self, value: &Value<'_>, out: &mut VecDeque<Chunk>) {
        let counted = field(value, "usage").or_else(|| field(field(value, "x_groq")?, "usage"));
        if let Some(counted) = counted.and_then(usage) {
            self.usage = Some(counted);
        }
        if let Some(value) = field(value, "timings") {
            self.timed = timed(value).or(self.timed);
            let timings = timings(value);
            out.extend((timings != Timings::default()).then_some(Chunk::Timings(timings)));
        }
        if let Some(progress) = field(value, "prompt_progress")
            && let (Some(processed), Some(total)) = (count(progress, "processed"), count(progress, "total"))
            && self.progress.replace((processed, total)) != Some((processed, total))
        {
            out.push_back(Chunk::Progress { processed, total });
        }
    }

    /// Nothing more comes: passes on what was counted.
    pub(super) fn end(&mut self, out: &mut VecDeque<Chunk>) {
        let (counted, timed) = (self.usage.take(), self.timed.take());
        // llama.cpp says only there what it still knew.
        let cached = counted.and_then(|usage| usage.cached_tokens).or(timed.and_then(|timed| timed.cached_tokens));
        let usage = counted.or(timed).map(|usage| {
            let cached_tokens = cached.map(|cached| cached.min(usage.prompt_tokens));
            Usage { cached_tokens, ..usage }
        });
        out.extend(usage.map(Chunk::Usage));
    }

    /// What to make of a clean end.
    pub(super) fn outcome(&self) -> Result<(), Failure> {
        match (self.spoke, self.is_stopped(), self.strange) {
            (true, ..) => Ok(()),
            (false, false, true) => Err(Failure::because(FailureKind::Malformed, "not a stream of chat completions")),
            (false, ..) => Err(Failure::new(FailureKind::Empty)),
        }
    }
}

/// The error object in an event or an answer, if it is one.
fn error_in<'a>(value: &'a Value<'a>) -> Option<&'a Value<'a>> {
    let empty = |error: &Value<'_>| match error {
        Value::Null | Value::Bool(false) => true,
        Value::Str(text) => text.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        _ => false,
    };
    let by_type = || ["object", "type"].iter().any(|name| text(value, name) == Some("error"));
    match field(value, "error") {
        Some(error) if !empty(error) => Some(error),
        _ if by_type() => Some(value),
        // What web frameworks say, in place of an answer.
        _ if field(value, "choices").is_none() && field(value, "detail").is_some() => Some(value),
        _ => None,
    }
}

enum Finish {
    Stop(StopReason),
    Error,
}

/// Why it ended, in the words of many servers; none while it has not.
fn stop_reason(reason: &str) -> Option<Finish> {
    Some(Finish::Stop(match reason.to_ascii_lowercase().as_str() {
        "" | "null" | "none" => return None,
        "error" => return Some(Finish::Error),
        "stop" | "eos" | "eos_token" | "end_turn" | "stop_sequence" | "complete" => StopReason::Stop,
        "length" | "max_tokens" | "model_length" => StopReason::Length,
        "tool_calls" | "function_call" | "tool_use" => StopReason::ToolCalls,
        "content_filter" | "safety" | "refusal" => StopReason::ContentFilter,
        _ => StopReason::Other,
    }))
}

fn server_error() -> Failure {
    Failure::new(FailureKind::Server)
}

/// What an error object says; it comes once, so it may be copied.
fn failure(error: &Value<'_>) -> Failure {
    refusal::error_object(&error.into())
}

/// A field of an object, if it is one and has it.
fn field<'a>(value: &'a Value<'a>, name: &str) -> Option<&'a Value<'a>> {
    value.as_object()?.get(name)
}

/// A field's text, if it has any.
fn text<'a>(value: &'a Value<'a>, name: &str) -> Option<&'a str> {
    field(value, name)?.as_str().filter(|text| !text.is_empty())
}

fn count(value: &Value<'_>, name: &str) -> Option<u32> {
    let number = field(value, name)?.as_f64()?;
    // The cast ends at both ends of the range by itself.
    (number >= 0.0).then_some(number as u32)
}

/// A count of tokens: OpenAI's, with the details that it and OpenRouter send, and in the words of DeepSeek.
fn usage(value: &Value<'_>) -> Option<Usage> {
    let (prompt, completion) = (count(value, "prompt_tokens"), count(value, "completion_tokens"));
    prompt.or(completion)?;
    let within = |place: &str, name: &str| count(field(value, place)?, name);
    Some(Usage {
        prompt_tokens: prompt.unwrap_or(0),
        completion_tokens: completion.unwrap_or(0),
        estimated: false,
        cached_tokens: within("prompt_tokens_details", "cached_tokens")
            .or_else(|| count(value, "prompt_cache_hit_tokens"))
            .or_else(|| count(value, "cached_tokens")),
        reasoning_tokens: within("completion_tokens_details", "reasoning_tokens")
            .or_else(|| count(value, "reasoning_tokens")),
    })
}

/// What llama.cpp counted: `prompt_n` is what was read now, `cache_n` what was still known.
fn timed(timings: &Value<'_>) -> Option<Usage> {
    let completion_tokens = count(timings, "predicted_n")?;
    let (read, cached) = (count(timings, "prompt_n").unwrap_or(0), count(timings, "cache_n"));
    let prompt_tokens = read.saturating_add(cached.unwrap_or(0));
    Some(Usage { prompt_tokens, completion_tokens, cached_tokens: cached, ..Usage::default() })
}

/// How fast llama.cpp was. It writes 0 and infinity where it measured nothing.
fn timings(value: &Value<'_>) -> Timings {
    let speed = |name: &str| {
        let speed = field(value, name)?.as_f64()? as f32;
        (speed.is_finite() && speed > 0.0).then_some(speed)
    };
    Timings {
        tokens_per_second: speed("predicted_per_second"),
        prompt_per_second: speed("prompt_per_second"),
        prompt_n: count(value, "prompt_n"),
        prompt_ms: count(value, "prompt_ms"),
        predicted_n: count(value, "predicted_n"),
        predicted_ms: count(value, "predicted_ms"),
        ..Timings::default()
    }
}
