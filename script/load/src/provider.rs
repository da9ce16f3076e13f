//! The scripted model: an OpenAI-compatible server whose every token says when it was sent. Also serves the floor, the
//! page that only fetches and appends.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use anyhow::Result;
use serde_json::{Value, json};
use tokio::{io::AsyncWriteExt, net::TcpListener, sync::watch, time::Instant};

use crate::{
    clock,
    http::Connection,
    script::{Fault, Script, Text},
};

/// The model's name.
const MODEL: &str = "bench";

const FLOOR: &str = include_str!("floor.html");
/// How text that comes before what is measured is sent.
const PREFILL_BYTES: usize = 2048;
const PREFILL_PAUSE: Duration = Duration::from_millis(4);
/// How long a page may get over that.
const AFTER_PREFILL: Duration = Duration::from_millis(1500);

/// The server, for as long as the program lives.
#[derive(Clone)]
pub struct Provider {
    pub address: SocketAddr,
    gate: Arc<watch::Sender<bool>>,
    counts: Arc<Counts>,
    said: Arc<Mutex<HashMap<u64, Said>>>,
}

/// What was said by a key, in the newest answer that has it: one that nobody listens to any more says another word.
#[derive(Default)]
struct Said {
    answer: u64,
    text: String,
}

#[derive(Default)]
struct Counts {
    waiting: AtomicUsize,
    sent: AtomicU64,
}

impl Provider {
    pub async fn start() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let (address, gate) = (listener.local_addr()?, Arc::new(watch::Sender::new(false)));
        let provider = Self { address, gate, counts: Arc::default(), said: Arc::default() };
        let serving = provider.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let provider = serving.clone();
                // A client that leaves is nothing to report.
                tokio::spawn(async move { provider.serve(Connection::new(stream)).await.ok() });
            }
        });
        Ok(provider)
    }

    /// With /v1, as the program wants it.
    pub fn url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// The model's id in the program.
    pub fn model(&self) -> String {
        format!("{}/{MODEL}", self.address)
    }

    /// How many answers wait at the gate.
    pub fn waiting(&self) -> usize {
        self.counts.waiting.load(Relaxed)
    }

    /// How many tokens were sent, ever.
    pub fn sent(&self) -> u64 {
        self.counts.sent.load(Relaxed)
    }

    /// Opens the gate, or shuts it for those to come.
    pub fn open(&self, open: bool) {
        self.gate.send_replace(open);
    }

    async fn serve(&self, mut connection: Connection) -> Result<()> {
        while let Some(head) = connection.head().await? {
            let body = connection.body(&head).await?;
            let mut words = head.first.split(' ');
            match (words.next(), words.next()) {
                (_, Some("/v1/models")) => {
                    let list = json!({ "object": "list", "data": [{ "id": MODEL, "object": "model" }] });
                    whole(&mut connection, "200 OK", "application/json", &list.to_string()).await?;
                }
                (Some("POST"), Some("/v1/chat/completions")) => self.answer(&mut connection, &body).await?,
                (_, Some("/floor")) => whole(&mut connection, "200 OK", "text/html; charset=utf-8", FLOOR).await?,
                (_, Some("/clock")) => {
                    let now = clock::now().to_string();
                    whole(&mut connection, "200 OK", "text/plain", &now).await?;
                }
                _ => whole(&mut connection, "404 Not Found", "text/plain", "").await?,
            }
        }
        Ok(())
    }

    async fn answer(&self, connection: &mut Connection, body: &[u8]) -> Result<()> {
        let body: Value = serde_json::from_slice(body)?;
        let asked = body["messages"].as_array().and_then(|all| all.last()?["content"].as_str());
        let script = Script::of(asked.unwrap_or_default());
        let error = || json!({ "error": { "message": "the model has a fault", "type": "server_error" } }).to_string();
        match script.fault {
            Some(Fault::Refused) => anyhow::bail!("refused"),
            Some(Fault::Broken) => {
                return whole(connection, "500 Internal Server Error", "application/json", &error()).await;
            }
            Some(Fault::Busy) => return whole(connection, "429 Too Many Requests", "application/json", &error()).await,
            _ => {}
        }
        let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
        connection.stream.write_all(head.as_bytes()).await?;
        let mut text = script.text();
        let answer = rand::random();
        if let Some(key) = script.key {
            self.said().insert(key, Said { answer, text: String::new() });
        }
        self.prefill(connection, &script, &mut text).await?;
        if script.gate {
            self.pass().await?;
        }
        let pause = Duration::from_secs_f64(1.0 / script.rate);
        // Streams that began together do not stay in step: nobody's models do.
        let start = Instant::now() + pause.mul_f64(rand::random_range(0.0..1.0));
        for number in 0..script.tokens {
            tokio::time::sleep_until(start + pause * number).await;
            let token = text.token(script.bytes);
            delta(connection, &token).await?;
            self.counts.sent.fetch_add(1, Relaxed);
            if let Some(key) = script.key
                && let Some(said) = self.said().get_mut(&key).filter(|said| said.answer == answer)
            {
                said.text.push_str(&token);
            }
        }
        if script.hold {
            self.pass().await?;
        }
        match script.fault {
            None => {}
            Some(Fault::Silence) => {
                // Until whoever asked has given up.
                while !connection.some().await?.is_empty() {}
                return Ok(());
            }
            Some(Fault::Garbage) => event(connection, "}{ \u{0} no JSON at all").await?,
            Some(Fault::Error) => return event(connection, &error()).await,
            Some(_) => {
                // With something unsent at the end of time zero, the connection is reset, not closed.
                connection.stream.set_zero_linger()?;
                anyhow::bail!("reset");
            }
        }
        let usage = json!({ "prompt_tokens": 10, "completion_tokens": script.tokens });
        event(connection, &json!({ "choices": [{ "index": 0, "delta": {}, "finish_reason": "stop" }] }).to_string())
            .await?;
        event(connection, &json!({ "choices": [], "usage": usage }).to_string()).await?;
        event(connection, "[DONE]").await?;
        Ok(connection.stream.write_all(b"0\r\n\r\n").await?)
    }

    /// What it said by a key; the key is forgotten.
    pub fn take(&self, key: u64) -> String {
        self.said().remove(&key).unwrap_or_default().text
    }

    fn said(&self) -> MutexGuard<'_, HashMap<u64, Said>> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits at the gate.
    async fn pass(&self) -> Result<()> {
        self.counts.waiting.fetch_add(1, Relaxed);
        let opened = self.gate.subscribe().wait_for(|open| *open).await.is_ok();
        self.counts.waiting.fetch_sub(1, Relaxed);
        anyhow::ensure!(opened);
        Ok(())
    }

    async fn prefill(&self, connection: &mut Connection, script: &Script, text: &mut Text) -> Result<()> {
        let mut left = script.prefill;
        while left > 0 {
            let words = text.words(PREFILL_BYTES.min(left));
            left = left.saturating_sub(words.len());
            delta(connection, &words).await?;
            tokio::time::sleep(PREFILL_PAUSE).await;
        }
        if script.prefill > 0 {
            tokio::time::sleep(AFTER_PREFILL).await;
        }
        Ok(())
    }
}

async fn delta(connection: &mut Connection, text: &str) -> Result<()> {
    let text = serde_json::to_string(text)?;
    let data = format!(
        "{{\"id\":\"1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"{MODEL}\",\
         \"choices\":[{{\"index\":0,\"delta\":{{\"content\":{text}}},\"finish_reason\":null}}]}}"
    );
    event(connection, &data).await
}

/// One event in one chunk, in one write.
async fn event(connection: &mut Connection, data: &str) -> Result<()> {
    let event = format!("data: {data}\n\n");
    Ok(connection.stream.write_all(format!("{:x}\r\n{event}\r\n", event.len()).as_bytes()).await?)
}

async fn whole(connection: &mut Connection, status: &str, kind: &str, body: &str) -> Result<()> {
    let length = body.len();
    let text = format!("HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\n\r\n{body}");
    Ok(connection.stream.write_all(text.as_bytes()).await?)
}
