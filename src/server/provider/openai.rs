//! Asks for a chat completion in OpenAI's dialect.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};

use serde::Serialize;

use super::{
    Answer, Endpoint, Request, Sampling, Turn,
    http::{self, Http},
    refusal, transfer,
};
use crate::model::{Failure, Role};

/// A server, and what was learnt about how it departs from the dialect.
pub(super) struct Server {
    pub endpoint: Arc<Endpoint>,
    /// It was looked for on this machine, not configured.
    pub probed: bool,
    /// It has answered once.
    pub found: AtomicBool,
    /// It is llama.cpp, which tells how far it has read the prompt when asked to.
    pub llama: AtomicBool,
    /// It goes on with an answer that is the last of the messages; vLLM does so only if told.
    pub continues: AtomicBool,
    pub vllm: AtomicBool,
    /// It refuses to be asked for a count of tokens.
    uncounted: AtomicBool,
}

#[derive(Serialize)]
struct Body<'a> {
    model: &'a str,
    messages: Vec<Message<'a>>,
    stream: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    stream_options: Option<StreamOptions>,
    #[serde(skip_serializing_if = "Option::is_none")]
    return_progress: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_completion_tokens: Option<u32>,
    /// vLLM: the last message is the beginning of the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    continue_final_message: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    add_generation_prompt: Option<bool>,
    #[serde(flatten)]
    sampling: Sampling,
}

#[derive(Serialize)]
struct StreamOptions {
    include_usage: bool,
}

#[derive(Serialize)]
struct Message<'a> {
    role: &'static str,
    content: &'a str,
}

impl<'a> From<&'a Turn> for Message<'a> {
    fn from(turn: &'a Turn) -> Self {
        let role = match turn.role {
            Role::Assistant => "assistant",
            Role::System => "system",
            Role::User | Role::Tool | Role::Task => "user",
        };
        Self { role, content: &turn.text }
    }
}

impl Server {
    pub(super) fn new(endpoint: Endpoint, probed: bool) -> Self {
        let off = || AtomicBool::new(false);
        Self {
            endpoint: Arc::new(endpoint),
            probed,
            found: off(),
            llama: off(),
            continues: off(),
            vllm: off(),
            uncounted: off(),
        }
    }

    /// Asks the model this server calls `model`. Where it refuses a field it is asked again without that field.
    pub(super) async fn stream(
        &self,
        http: &Http,
        model: &str,
        request: &Request,
        idle_limit: Duration,
    ) -> Result<Answer, Failure> {
        let in_words = !self.continues.load(Relaxed);
        let vllm = (request.begun.is_some() && !in_words && self.vllm.load(Relaxed)).then_some(true);
        let (turns, told) = (request.all_turns(in_words), request.all_turns(true));
        let mut body = Body {
            model,
            messages: turns.iter().map(Message::from).collect(),
            stream: true,
            stream_options: (!self.uncounted.load(Relaxed)).then_some(StreamOptions { include_usage: true }),
            return_progress: self.llama.load(Relaxed).then_some(true),
            max_completion_tokens: None,
            continue_final_message: vllm,
            add_generation_prompt: vllm.map(|_| false),
            sampling: request.sampling.clone(),
        };
        let mut refused_count = false;
        loop {
            let post = http.post(&self.endpoint, "chat/completions").json(&body);
            let response = http::send(post, &self.endpoint, idle_limit).await?;
            if response.status().is_success() {
                // Only now is it known that the field was the reason.
                self.uncounted.fetch_or(refused_count, Relaxed);
                return Ok(transfer::read(response, self.endpoint.clone(), idle_limit));
            }
            let refusal = refusal::read(response, &self.endpoint).await;
            let names = |field: &str| matches!(refusal.status.as_u16(), 400 | 422) && refusal.body.contains(field);
            // Each of these can happen once.
            if body.stream_options.is_some() && names("stream_options") {
                body.stream_options = None;
                refused_count = true;
            } else if body.return_progress.is_some() && names("return_progress") {
                body.return_progress = None;
            } else if body.sampling.max_tokens.is_some() && names("max_completion_tokens") {
                body.max_completion_tokens = body.sampling.max_tokens.take();
            } else if request.begun.is_some()
                && body.messages.len() < told.len()
                && matches!(refusal.status.as_u16(), 400 | 422)
            {
                // Some models cannot be given a beginning, those that think first among them.
                body.messages = told.iter().map(Message::from).collect();
                (body.continue_final_message, body.add_generation_prompt) = (None, None);
            } else {
                return Err(refusal.failure);
            }
        }
    }
}
