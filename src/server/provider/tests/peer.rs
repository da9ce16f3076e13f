//! A server that sends exactly the bytes it is told to.

use std::{
    future::Future,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// A server, gone with the runtime of its test.
pub struct Peer {
    pub address: SocketAddr,
    received: Arc<Mutex<Vec<String>>>,
}

impl Peer {
    /// Calls `reply` for each request, with its head and body; the connection ends when that returns.
    pub async fn new<F>(reply: impl Fn(String, TcpStream) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let received = Arc::new(Mutex::new(Vec::new()));
        let seen = received.clone();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let Some(request) = request(&mut stream).await else { continue };
                seen.lock().unwrap().push(request.clone());
                tokio::spawn(reply(request, stream));
            }
        });
        Self { address, received }
    }

    /// Answers every request with these bytes and closes.
    pub async fn saying(bytes: impl Into<Vec<u8>>) -> Self {
        let bytes = bytes.into();
        Self::choosing(move |_| bytes.clone()).await
    }

    /// Answers each request with the bytes chosen for it and closes.
    pub async fn choosing<B: Into<Vec<u8>>>(choose: impl Fn(&str) -> B + Send + Sync + 'static) -> Self {
        Self::new(move |request, mut stream| {
            let bytes = choose(&request).into();
            async move {
                let _ = stream.write_all(&bytes).await;
            }
        })
        .await
    }

    pub fn base(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// The requests so far, head and body.
    pub fn received(&self) -> Vec<String> {
        self.received.lock().unwrap().clone()
    }
}

async fn request(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length =
                head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length:")?.trim().parse().ok());
            if body.len() >= length.unwrap_or(0) {
                return Some(text);
            }
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}

/// A response with this status and body, which ends by its length.
pub fn response(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {}\r\n{headers}\r\n{body}", body.len())
}

/// The head of a stream in chunks.
pub const HEAD: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";

/// The head of a stream that ends when the connection does.
pub const UNFRAMED: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n";

/// One chunk of a body in chunks.
pub fn chunk(text: &str) -> String {
    format!("{:x}\r\n{text}\r\n", text.len())
}

/// The event that says these words.
pub fn says(text: &str) -> String {
    format!("data: {{\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"{text}\"}}}}]}}\n\n")
}
