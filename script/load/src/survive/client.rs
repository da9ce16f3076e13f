//! A person's client, as far as these tests need one: calls whose refusals are told apart from a server that is gone, and
//! viewers that note when they were shown what.

use std::net::SocketAddr;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::{
    clock,
    http::{Connection, Person},
};

/// What became of a call.
#[derive(Debug)]
pub enum Answer {
    Done(Value),
    /// The status, what it said, and the seconds to wait if it named them.
    Refused(u16, Value, Option<u32>),
    /// No answer came: nobody knows what was done.
    Gone,
}

impl Answer {
    pub fn done(self) -> Result<Value> {
        match self {
            Self::Done(value) => Ok(value),
            other => anyhow::bail!("{other:?}"),
        }
    }

    /// The code of a refusal with this status.
    pub fn code(&self, status: u16) -> Option<&str> {
        match self {
            Self::Refused(refused, error, _) if *refused == status => {
                error.as_object()?.values().next()?["code"].as_str()
            }
            _ => None,
        }
    }
}

/// Somebody with a session.
#[derive(Clone, Debug)]
pub struct Client(Person);

impl Client {
    pub fn new(address: SocketAddr, cookie: &str) -> Self {
        Self(Person { address, cookie: cookie.to_owned() })
    }

    /// Calls a function whose arguments are a form's fields.
    pub async fn form(&self, name: &str, fields: &[(&str, &str)]) -> Answer {
        let escaped = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
        let fields: Vec<_> = fields.iter().map(|(name, value)| format!("{name}={}", escaped(value))).collect();
        self.call(name, "application/x-www-form-urlencoded", &fields.join("&")).await
    }

    /// Calls a function whose arguments are JSON.
    pub async fn json(&self, name: &str, arguments: &Value) -> Answer {
        self.call(name, "application/json", &arguments.to_string()).await
    }

    async fn call(&self, name: &str, kind: &str, body: &str) -> Answer {
        self.ask("POST", &format!("/rpc/{name}"), kind, body).await.unwrap_or(Answer::Gone)
    }

    async fn ask(&self, method: &str, path: &str, kind: &str, body: &str) -> Result<Answer> {
        let mut connection = Connection::open(self.0.address).await?;
        self.0.send(&mut connection, method, path, kind, body).await?;
        let head = connection.head().await?.context("no answer")?;
        let body = connection.body(&head).await?;
        Ok(match head.status() {
            200 | 302 => Answer::Done(serde_json::from_slice(&body).unwrap_or_default()),
            status => {
                let error = serde_json::from_slice(&body);
                let error = error.unwrap_or_else(|_| json!(String::from_utf8_lossy(&body)));
                Answer::Refused(status, error, head.get("retry-after").and_then(|wait| wait.parse().ok()))
            }
        })
    }

    /// A page's status and its HTML.
    pub async fn page(&self, path: &str) -> Result<(u16, String)> {
        let mut connection = Connection::open(self.0.address).await?;
        let (host, cookie) = (self.0.address.to_string(), self.0.cookie.as_str());
        connection.send("GET", path, &[("host", &host), ("cookie", cookie), ("accept", "text/html")], "").await?;
        let head = connection.head().await?.context("no answer")?;
        let body = connection.body(&head).await?;
        Ok((head.status(), String::from_utf8_lossy(&body).into_owned()))
    }

    /// Views an answer from where it was begun.
    pub async fn view(&self, started: &Value) -> Result<Viewer> {
        let of = |name: &str| started[name].as_str().map(str::to_owned).context("not started");
        let (thread, answer, seq) = (of("thread")?, of("answer")?, of("seq")?);
        self.follow(&thread, &answer, &format!("0-0~{seq}")).await
    }

    /// Views an answer from some place on.
    pub async fn follow(&self, thread: &str, answer: &str, after: &str) -> Result<Viewer> {
        let mut connection = Connection::open(self.0.address).await?;
        let path = format!("/events?thread={thread}&after={after}");
        self.0.send(&mut connection, "GET", &path, "text/plain", "").await?;
        let head = connection.head().await?.context("no answer")?;
        anyhow::ensure!(head.status() == 200, "following a thread: {}", head.status());
        Ok(Viewer { connection, answer: answer.to_owned(), rest: Vec::new(), seen: Seen::default() })
    }
}

/// What somebody was shown of an answer.
#[derive(Clone, Default, Debug)]
pub struct Seen {
    /// When which stamp was shown for the first time.
    pub stamps: Vec<(u64, u64)>,
    /// The status that ended it, and the kind of failure.
    pub settled: Option<(String, Option<String>)>,
    /// Nothing runs any more.
    pub over: bool,
    /// It was told to take a new page.
    pub reset: bool,
    /// The last place.
    pub place: String,
}

/// Somebody who looks at an answer.
pub struct Viewer {
    connection: Connection,
    answer: String,
    rest: Vec<u8>,
    pub seen: Seen,
}

impl Viewer {
    /// Takes what comes next. False at the end of the stream, whatever ended it.
    pub async fn next(&mut self) -> bool {
        let bytes = match self.connection.some().await {
            Ok(bytes) if !bytes.is_empty() => bytes,
            _ => return false,
        };
        let now = clock::now();
        self.rest.extend(bytes);
        // Each event is whole within a chunk of the transfer, whose lengths stand on lines of their own.
        let Some(end) = self.rest.iter().rposition(|byte| *byte == b'\n') else { return true };
        let lines = String::from_utf8_lossy(&self.rest[..=end]).into_owned();
        self.rest.drain(..=end);
        for line in lines.lines() {
            if let Some(place) = line.strip_prefix("id: ") {
                self.seen.place = place.to_owned();
            } else if line == "event: reset" {
                self.seen.reset = true;
            } else if let Some(data) = line.strip_prefix("data: ") {
                self.note(now, data);
            }
        }
        true
    }

    fn note(&mut self, now: u64, data: &str) {
        let seen = &mut self.seen;
        let event: Value = serde_json::from_str(data).unwrap_or_default();
        // The person's own channel has the beginnings of other answers.
        if event["text"]["id"] == self.answer.as_str() {
            clock::stamps(data.as_bytes(), |stamp| {
                // A block that is sent again has old stamps in it.
                if seen.stamps.last().is_none_or(|(_, last)| *last < stamp) {
                    seen.stamps.push((now, stamp));
                }
            });
        }
        let row = &event["row"];
        if let (Some(status), true) = (row["patch"]["status"].as_str(), row["id"] == self.answer.as_str()) {
            let kind = row["patch"]["failure"]["kind"].as_str().map(str::to_owned);
            seen.settled = Some((status.to_owned(), kind));
        }
        seen.over |= event["thread"]["property"].get("run").is_some_and(Value::is_null);
    }

    /// Until the answer has ended, or the stream has.
    pub async fn until_over(&mut self) {
        while !self.seen.over && self.next().await {}
    }

    /// Until so many stamps were shown; an error where the stream ends before.
    pub async fn until(&mut self, stamps: usize) -> Result<()> {
        while self.seen.stamps.len() < stamps {
            anyhow::ensure!(self.next().await, "the stream ended after {} stamps", self.seen.stamps.len());
        }
        Ok(())
    }
}
