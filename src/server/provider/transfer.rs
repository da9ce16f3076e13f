//! From a response's packets to an answer.

use std::{collections::VecDeque, pin::Pin, sync::Arc, time::Duration};

use axum::body::Bytes;
use futures::{
    StreamExt,
    stream::{self, BoxStream},
};
use reqwest::{
    Response, Version,
    header::{CONTENT_LENGTH, TRANSFER_ENCODING},
};
use serde_json_borrow::Value;
use tokio::time::{Instant, Sleep, sleep};

use super::{
    Answer, Chunk, Endpoint,
    completion::Completion,
    http, plain,
    sse::{self, MAX_EVENT, Parser},
};
use crate::model::{Failure, FailureKind};

/// The longest wait for the count of tokens after the model said that it ended.
const AFTER_STOP: Duration = Duration::from_secs(5);

/// The answer in a response of status 200. `idle_limit` is the longest wait for a packet.
pub(super) fn read(response: Response, endpoint: Arc<Endpoint>, idle_limit: Duration) -> Answer {
    let marked = |name| response.headers().contains_key(name);
    let framed = response.version() >= Version::HTTP_2 || marked(TRANSFER_ENCODING) || marked(CONTENT_LENGTH);
    // Not the response itself: its head would keep the buffer that it was read from.
    let packets = response.bytes_stream().boxed();
    let silence = Box::pin(sleep(idle_limit));
    let transfer = Transfer { packets, endpoint, idle_limit, silence, body: Body::new(framed), ended: None };
    Answer::new(stream::unfold(transfer, async |mut transfer| transfer.next().await.map(|item| (item, transfer))))
}

struct Transfer {
    packets: BoxStream<'static, reqwest::Result<Bytes>>,
    endpoint: Arc<Endpoint>,
    idle_limit: Duration,
    /// Goes off when nothing may have come for too long; it is not set anew for each packet.
    silence: Pin<Box<Sleep>>,
    body: Body,
    /// It is over, with a failure that is still to be told or without.
    ended: Option<Option<Failure>>,
}

impl Transfer {
    async fn next(&mut self) -> Option<Result<Chunk, Failure>> {
        loop {
            if let Some(chunk) = self.body.ready.pop_front() {
                return Some(Ok(chunk));
            }
            if let Some(failure) = &mut self.ended {
                return failure.take().map(Err);
            }
            let outcome = self.packet().await;
            if let Some(outcome) = outcome.transpose() {
                self.body.settle();
                self.ended = Some(outcome.err().map(|failure| self.endpoint.show(failure)));
            }
        }
    }

    /// Takes the next packet; some with the end.
    async fn packet(&mut self) -> Result<Option<()>, Failure> {
        let stopped = self.body.completion.is_stopped();
        let limit = if stopped { self.idle_limit.min(AFTER_STOP) } else { self.idle_limit };
        let end = Instant::now() + limit;
        if self.silence.deadline() > end {
            self.silence.as_mut().reset(end);
        }
        let packet = loop {
            tokio::select! {
                biased;
                packet = self.packets.next() => break Some(packet),
                () = &mut self.silence => match Instant::now() < end {
                    true => self.silence.as_mut().reset(end),
                    false => break None,
                },
            }
        };
        match packet {
            Some(Some(Ok(packet))) => self.body.push(&packet),
            Some(None) => self.body.finish().map(Some),
            // The model had ended: what is missing is at most its count.
            _ if stopped => self.body.completion.outcome().map(Some),
            Some(Some(Err(error))) => {
                // What came before the break in a line that had not ended is broken too.
                Err(Failure { kind: FailureKind::Disconnected, ..http::failure(&error, &self.endpoint) })
            }
            None => Err(Failure::new(FailureKind::Silent)),
        }
    }
}

/// Everything about a response's body but how it is fetched.
pub(super) struct Body {
    /// Its end is marked, so that an end without the mark is a break.
    framed: bool,
    form: Form,
    completion: Completion,
    pub ready: VecDeque<Chunk>,
}

/// What a body turns out to be. Its first character says so; the content type does not always tell the truth.
enum Form {
    /// Only space so far, or the beginning of a byte order mark.
    Unknown(Vec<u8>),
    Events(Parser),
    /// JSON, or a page of HTML: read as a whole.
    Whole(Vec<u8>),
}

const MARK: &[u8] = b"\xef\xbb\xbf";

impl Body {
    pub(super) fn new(framed: bool) -> Self {
        Self { framed, form: Form::Unknown(Vec::new()), completion: Completion::default(), ready: VecDeque::new() }
    }

    /// Takes one packet; some if the answer is over with it.
    pub(super) fn push(&mut self, packet: &[u8]) -> Result<Option<()>, Failure> {
        match &mut self.form {
            Form::Unknown(start) => {
                start.extend_from_slice(packet);
                let rest = start.strip_prefix(MARK).unwrap_or(start).trim_ascii_start();
                self.form = match rest.first() {
                    None => Form::Unknown(Vec::new()),
                    Some(_) if MARK.starts_with(rest) => return Ok(None),
                    Some(b'{' | b'[' | b'<') => Form::Whole(rest.to_vec()),
                    Some(_) => {
                        let rest = rest.to_vec();
                        self.form = Form::Events(Parser::new(MAX_EVENT));
                        return self.push(&rest);
                    }
                };
                Ok(None)
            }
            Form::Whole(body) if body.len() + packet.len() > MAX_EVENT => Err(too_long()),
            Form::Whole(body) => {
                body.extend_from_slice(packet);
                Ok(None)
            }
            Form::Events(parser) => {
                let (completion, ready) = (&mut self.completion, &mut self.ready);
                parser.push(packet, &mut |event| completion.event(event, ready)).map_err(broken)?;
                match self.completion.is_done() {
                    true => self.completion.outcome().map(Some),
                    false => Ok(None),
                }
            }
        }
    }

    /// The body ended.
    pub(super) fn finish(&mut self) -> Result<(), Failure> {
        match &mut self.form {
            Form::Unknown(_) => {}
            Form::Whole(body) => {
                let body = std::mem::take(body);
                // What follows the first value is left alone: an error object may be followed by `data: [DONE]`.
                match serde_json::Deserializer::from_slice(&body).into_iter::<Value>().next() {
                    Some(Ok(value)) if value.is_object() => {
                        self.completion.value(&value, &mut self.ready)?;
                        return self.completion.outcome();
                    }
                    Some(Err(error)) if error.is_eof() && !self.framed => return Err(cut_off()),
                    _ => {
                        let words = plain::message(&String::from_utf8_lossy(&body));
                        return Err(Failure { detail: words, ..Failure::new(FailureKind::Malformed) });
                    }
                }
            }
            Form::Events(parser) => {
                let (completion, ready) = (&mut self.completion, &mut self.ready);
                match parser.finish(&mut |event| completion.event(event, ready)).map_err(broken) {
                    Err(failure) if failure.kind == FailureKind::Malformed && !self.framed => return Err(cut_off()),
                    read => read?,
                }
            }
        }
        match self.framed || self.completion.is_stopped() {
            true => self.completion.outcome(),
            false => Err(cut_off()),
        }
    }

    /// It is over, well or not: what was counted is the last to be passed on.
    pub(super) fn settle(&mut self) {
        self.completion.end(&mut self.ready);
    }
}

fn cut_off() -> Failure {
    Failure::new(FailureKind::Disconnected)
}

fn broken(error: sse::Broken<Failure>) -> Failure {
    match error {
        sse::Broken::TooLong => too_long(),
        sse::Broken::Event(failure) => failure,
    }
}

fn too_long() -> Failure {
    Failure::because(FailureKind::Malformed, format!("an event of more than {} MiB", MAX_EVENT >> 20))
}
