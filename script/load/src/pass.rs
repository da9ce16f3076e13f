//! The baseline of the relay: a program between model and viewer that does nothing but pass bytes on. What it costs, any
//! relay costs on this machine.

use std::net::SocketAddr;

use anyhow::Result;
use tokio::{io::AsyncWriteExt, net::TcpListener};

use crate::http::Connection;

/// Serves until the process is ended. Says its address on a line of its own.
pub async fn serve(upstream: SocketAddr) -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("relay at http://{}", listener.local_addr()?);
    loop {
        let (stream, _) = listener.accept().await?;
        tokio::spawn(async move { pass(Connection::new(stream), upstream).await.ok() });
    }
}

async fn pass(mut viewer: Connection, upstream: SocketAddr) -> Result<()> {
    let Some(head) = viewer.head().await? else { return Ok(()) };
    let body = String::from_utf8(viewer.body(&head).await?)?;
    let mut model = Connection::open(upstream).await?;
    model.send("POST", "/v1/chat/completions", &[("host", "relay")], &body).await?;
    loop {
        let bytes = model.some().await?;
        if bytes.is_empty() {
            return Ok(());
        }
        viewer.stream.write_all(&bytes).await?;
    }
}
