//! The scripted model of these tests: it lives in this process, which nobody kills, and remembers what it said.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use anyhow::{Context, Result};
use serde_json::{Value, json};
use tokio::{io::AsyncWriteExt, net::TcpListener};

use crate::{clock, http::Connection};

const NAME: &str = "model";

/// What is asked of it.
#[derive(Clone, Debug)]
pub struct Ask {
    /// Its own among all that are asked.
    pub name: u64,
    /// Tokens it thinks, and tokens it says.
    pub reasoning: u32,
    pub tokens: u32,
    /// Milliseconds between two.
    pub pause: u64,
    /// Bytes of a token, at least.
    pub bytes: usize,
}

impl Ask {
    /// The message that asks for it.
    pub fn message(&self) -> String {
        let Self { name, reasoning, tokens, pause, bytes } = self;
        format!("please answer {name} {reasoning} {tokens} {pause} {bytes}")
    }

    /// What a message asks for, in whatever markup.
    pub fn of(message: &str) -> Option<Self> {
        // Questions that nobody answered are asked together.
        let (_, numbers) = message.rsplit_once("please answer ")?;
        let mut numbers = numbers.split([' ', '<']).map(str::parse::<u64>);
        let mut next = || numbers.next()?.ok();
        let (name, reasoning, tokens) = (next()?, next()? as u32, next()? as u32);
        Some(Self { name, reasoning, tokens, pause: next()?, bytes: next()? as usize })
    }
}

/// What it said to one request, as far as it came.
#[derive(Clone, Default, Debug)]
pub struct Said {
    pub reasoning: String,
    pub text: String,
}

/// The server, for as long as the program lives.
#[derive(Clone)]
pub struct Model {
    pub address: SocketAddr,
    said: Arc<Mutex<HashMap<u64, Vec<Said>>>>,
}

impl Model {
    pub async fn start() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let model = Self { address: listener.local_addr()?, said: Arc::default() };
        let serving = model.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let model = serving.clone();
                // A client that leaves is nothing to report: it was killed.
                tokio::spawn(async move { model.serve(Connection::new(stream)).await.ok() });
            }
        });
        Ok(model)
    }

    /// With /v1, as the program wants it.
    pub fn url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// The model's id in the program.
    pub fn id(&self) -> String {
        format!("{}/{NAME}", self.address)
    }

    /// What it said to each request of this name.
    pub fn said(&self, name: u64) -> Vec<Said> {
        self.lock().get(&name).cloned().unwrap_or_default()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<u64, Vec<Said>>> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn serve(&self, mut connection: Connection) -> Result<()> {
        while let Some(head) = connection.head().await? {
            let body = connection.body(&head).await?;
            if head.first.contains("/v1/models") {
                let list = json!({ "object": "list", "data": [{ "id": NAME, "object": "model" }] }).to_string();
                let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n";
                let text = format!("{head}content-length: {}\r\n\r\n{list}", list.len());
                connection.stream.write_all(text.as_bytes()).await?;
            } else {
                self.answer(&mut connection, &serde_json::from_slice(&body)?).await?;
            }
        }
        Ok(())
    }

    async fn answer(&self, connection: &mut Connection, body: &Value) -> Result<()> {
        let asked = body["messages"].as_array().and_then(|all| all.last()?["content"].as_str());
        let ask = Ask::of(asked.unwrap_or_default()).context("not asked as expected")?;
        let number = {
            let mut all = self.lock();
            let requests = all.entry(ask.name).or_default();
            requests.push(Said::default());
            requests.len() - 1
        };
        let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
        connection.stream.write_all(head.as_bytes()).await?;
        for count in 0..ask.reasoning + ask.tokens {
            // A word with the moment in it, and as many more as a token shall have.
            let mut token = format!("word{} ", clock::stamp(clock::now()));
            while token.len() < ask.bytes {
                token += "and more of it ";
            }
            if count % 20 == 19 {
                token += "\n\n";
            }
            let thinks = count < ask.reasoning;
            let part = if thinks { "reasoning_content" } else { "content" };
            // Noted first: what was sent is among it, whatever happens now.
            if let Some(said) = self.lock().get_mut(&ask.name).and_then(|all| all.get_mut(number)) {
                let so_far = if thinks { &mut said.reasoning } else { &mut said.text };
                so_far.push_str(&token);
            }
            let delta = json!({ "choices": [{ "index": 0, "delta": { part: token }, "finish_reason": null }] });
            event(connection, &delta.to_string()).await?;
            tokio::time::sleep(Duration::from_millis(ask.pause)).await;
        }
        let stop = json!({ "choices": [{ "index": 0, "delta": {}, "finish_reason": "stop" }] });
        event(connection, &stop.to_string()).await?;
        let usage = json!({ "prompt_tokens": 10, "completion_tokens": ask.reasoning + ask.tokens });
        event(connection, &json!({ "choices": [], "usage": usage }).to_string()).await?;
        event(connection, "[DONE]").await?;
        Ok(connection.stream.write_all(b"0\r\n\r\n").await?)
    }
}

async fn event(connection: &mut Connection, data: &str) -> Result<()> {
    let event = format!("data: {data}\n\n");
    Ok(connection.stream.write_all(format!("{:x}\r\n{event}\r\n", event.len()).as_bytes()).await?)
}
