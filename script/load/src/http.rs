//! As much of HTTP/1.1 as measuring needs, by hand: what a library does around a request would be measured with it.

use std::net::SocketAddr;

use anyhow::{Context, Result, bail};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// A connection, of a client or a server.
pub struct Connection {
    pub stream: TcpStream,
    /// What was read and not yet used.
    rest: Vec<u8>,
}

/// The first lines of a request or a response.
pub struct Head {
    pub first: String,
    fields: Vec<(String, String)>,
}

impl Head {
    /// A field's value; names are in lower case.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str())
    }

    /// Of a response.
    pub fn status(&self) -> u16 {
        self.first.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default()
    }
}

impl Connection {
    pub fn new(stream: TcpStream) -> Self {
        // Without it small writes wait for each other.
        let _ = stream.set_nodelay(true);
        Self { stream, rest: Vec::new() }
    }

    pub async fn open(address: SocketAddr) -> Result<Self> {
        Ok(Self::new(TcpStream::connect(address).await.with_context(|| address.to_string())?))
    }

    /// Sends a request and keeps the connection.
    pub async fn send(&mut self, method: &str, path: &str, fields: &[(&str, &str)], body: &str) -> Result<()> {
        let mut text = format!("{method} {path} HTTP/1.1\r\n");
        for (name, value) in fields {
            text += &format!("{name}: {value}\r\n");
        }
        if method != "GET" {
            text += &format!("content-length: {}\r\n", body.len());
        }
        text += "\r\n";
        text += body;
        Ok(self.stream.write_all(text.as_bytes()).await?)
    }

    /// The bytes that are there, as soon as there are any; none at the end.
    pub async fn some(&mut self) -> Result<Vec<u8>> {
        if self.rest.is_empty() {
            self.read().await?;
        }
        Ok(std::mem::take(&mut self.rest))
    }

    async fn read(&mut self) -> Result<usize> {
        self.rest.reserve(16 * 1024);
        Ok(self.stream.read_buf(&mut self.rest).await?)
    }

    /// The next head; none where the other side has left.
    pub async fn head(&mut self) -> Result<Option<Head>> {
        let end = loop {
            if let Some(end) = self.rest.windows(4).position(|four| four == b"\r\n\r\n") {
                break end;
            }
            if self.read().await? == 0 {
                return Ok(None);
            }
        };
        let text = String::from_utf8_lossy(&self.rest[..end]).into_owned();
        self.rest.drain(..end + 4);
        let mut lines = text.split("\r\n");
        let first = lines.next().unwrap_or_default().to_owned();
        let fields = lines.filter_map(|line| line.split_once(':'));
        let fields = fields.map(|(name, value)| (name.to_lowercase(), value.trim().to_owned())).collect();
        Ok(Some(Head { first, fields }))
    }

    /// The body that belongs to a head, as it was sent: not decompressed.
    pub async fn body(&mut self, head: &Head) -> Result<Vec<u8>> {
        if head.get("transfer-encoding") != Some("chunked") {
            let length = head.get("content-length").unwrap_or("0").parse()?;
            return self.exactly(length).await;
        }
        let mut body = Vec::new();
        loop {
            let size = self.line().await?;
            let size = usize::from_str_radix(size.split(';').next().unwrap_or_default().trim(), 16)?;
            body.extend(self.exactly(size).await?);
            self.line().await?;
            if size == 0 {
                return Ok(body);
            }
        }
    }

    /// The next part of a body that comes in chunks; nothing at its end. Whoever drops the future has to drop the
    /// connection.
    pub async fn chunk(&mut self) -> Result<Vec<u8>> {
        let size = self.line().await?;
        let bytes = self.exactly(usize::from_str_radix(size.trim(), 16)?).await?;
        self.line().await?;
        Ok(bytes)
    }

    async fn line(&mut self) -> Result<String> {
        loop {
            if let Some(end) = self.rest.windows(2).position(|two| two == b"\r\n") {
                let line = String::from_utf8_lossy(&self.rest[..end]).into_owned();
                self.rest.drain(..end + 2);
                return Ok(line);
            }
            self.more().await?;
        }
    }

    async fn exactly(&mut self, length: usize) -> Result<Vec<u8>> {
        while self.rest.len() < length {
            self.more().await?;
        }
        let rest = self.rest.split_off(length);
        Ok(std::mem::replace(&mut self.rest, rest))
    }

    async fn more(&mut self) -> Result<()> {
        match self.read().await? {
            0 => bail!("the connection ended in the middle"),
            _ => Ok(()),
        }
    }
}

/// A person with a session.
#[derive(Clone, Debug)]
pub struct Person {
    pub address: SocketAddr,
    /// `name=value`.
    pub cookie: String,
}

impl Person {
    /// Sends a request with the session; for a page, what browsers send about compression, for a call, that it is not to
    /// be compressed, as its answer is read here.
    pub async fn send(&self, to: &mut Connection, method: &str, path: &str, kind: &str, body: &str) -> Result<()> {
        let (host, origin) = (self.address.to_string(), format!("http://{}", self.address));
        let fields = [
            ("host", host.as_str()),
            ("origin", &origin),
            ("cookie", &self.cookie),
            ("accept-encoding", if method == "GET" { "gzip, deflate, br, zstd" } else { "identity" }),
            ("content-type", kind),
        ];
        to.send(method, path, &fields, body).await
    }

    /// Calls a server function whose arguments are JSON. Any other status than 200 is an error.
    pub async fn call(&self, name: &str, arguments: &Value) -> Result<Value> {
        let mut connection = Connection::open(self.address).await?;
        self.send(&mut connection, "POST", &format!("/rpc/{name}"), "application/json", &arguments.to_string()).await?;
        answer(&mut connection).await
    }

    /// Starts a thread, as the page's form does.
    pub async fn start(&self, text: &str) -> Result<Value> {
        self.form("messages/start_thread", &[("text", text)]).await
    }

    /// Calls a server function whose arguments are a form's fields.
    pub async fn form(&self, name: &str, fields: &[(&str, &str)]) -> Result<Value> {
        self.form_on(&mut Connection::open(self.address).await?, name, fields).await
    }

    /// The same, on a connection that is kept.
    pub async fn form_on(&self, on: &mut Connection, name: &str, fields: &[(&str, &str)]) -> Result<Value> {
        let escaped = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
        let fields: Vec<_> = fields.iter().map(|(name, value)| format!("{name}={}", escaped(value))).collect();
        let kind = "application/x-www-form-urlencoded";
        self.send(on, "POST", &format!("/rpc/{name}"), kind, &fields.join("&")).await?;
        answer(on).await
    }
}

async fn answer(connection: &mut Connection) -> Result<Value> {
    let head = connection.head().await?.context("no answer")?;
    let body = connection.body(&head).await?;
    match head.status() {
        200 | 302 => Ok(serde_json::from_slice(&body)?),
        status => bail!("{status}: {}", String::from_utf8_lossy(&body)),
    }
}
