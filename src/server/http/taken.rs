//! A connection that is [taken over](super::serve) for the stream of events: its head, and then what comes, chunk by
//! chunk.

use std::{
    future::pending,
    io::{self, ErrorKind, Write},
    pin::pin,
    time::SystemTime,
};

use axum::http::{Version, response::Parts};
use tokio::net::TcpStream;

use super::events::Connection;

/// A connection that is taken over, and what is to be sent on it.
pub struct Taken {
    pub io: TcpStream,
    pub version: Version,
    pub head: Parts,
    pub events: Connection,
}

/// What is kept of a buffer for the next events, in bytes.
const KEPT: usize = 4 << 10;

/// Sends the stream's head and then events as they come, until it ends or the viewer leaves. The connection ends with it.
pub async fn follow(taken: Taken) -> io::Result<()> {
    let Taken { io, version, head, mut events } = taken;
    let chunked = version >= Version::HTTP_11;
    write(&io, &heading(&head, chunked)?).await?;
    drop(head);
    let mut left = pin!(left(&io));
    let mut out = Vec::new();
    loop {
        out.clear();
        out.shrink_to(KEPT);
        out.extend_from_slice(&[0; SIZE]);
        let more = tokio::select! {
            biased;
            more = events.next(&mut out) => more,
            () = &mut left => return Ok(()),
        };
        if !more {
            break;
        }
        let start = if chunked { chunk(&mut out) } else { SIZE };
        write(&io, &out[start..]).await?;
    }
    if chunked {
        write(&io, b"0\r\n\r\n").await?;
    }
    Ok(())
}

/// Room for the size of a chunk, before it.
const SIZE: usize = 10;

/// Makes a chunk of what begins at [`SIZE`]. Returns where it begins.
fn chunk(out: &mut Vec<u8>) -> usize {
    let (mut size, mut start) = (out.len() - SIZE, SIZE - 2);
    out[start..SIZE].copy_from_slice(b"\r\n");
    // From its last digit on; there is room for eight.
    loop {
        start -= 1;
        out[start] = b"0123456789abcdef"[size % 16];
        size /= 16;
        if size == 0 || start == 0 {
            break;
        }
    }
    out.extend_from_slice(b"\r\n");
    start
}

/// The head of an answer whose end is that of its chunks, or of the connection.
fn heading(head: &Parts, chunked: bool) -> io::Result<Vec<u8>> {
    let mut out = Vec::with_capacity(KEPT);
    let version = if chunked { "1.1" } else { "1.0" };
    write!(out, "HTTP/{version} {}\r\n", head.status)?;
    for (name, value) in &head.headers {
        write!(out, "{name}: ")?;
        out.extend_from_slice(value.as_bytes());
        out.extend_from_slice(b"\r\n");
    }
    if chunked {
        out.extend_from_slice(b"transfer-encoding: chunked\r\n");
    }
    write!(out, "connection: close\r\ndate: {}\r\n\r\n", httpdate::fmt_http_date(SystemTime::now()))?;
    Ok(out)
}

async fn write(io: &TcpStream, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match io.try_write(bytes) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(written) => bytes = &bytes[written..],
            Err(error) if error.kind() == ErrorKind::WouldBlock => io.writable().await?,
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Waits until the other side has left.
async fn left(io: &TcpStream) {
    loop {
        let read = match io.readable().await {
            Ok(()) => io.try_read(&mut [0]),
            Err(error) => Err(error),
        };
        match read {
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            // Another request, which nobody will answer: that it has left is found out when it is sent something.
            Ok(1..) => pending().await,
            Ok(0) | Err(_) => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::{http::HeaderValue, response::IntoResponse};

    use super::*;

    #[test]
    fn a_chunk_says_how_long_it_is() {
        for length in [1, 15, 16, 128, 70_000] {
            let mut out = vec![0; SIZE];
            out.resize(SIZE + length, b'x');
            let start = chunk(&mut out);
            let text = str::from_utf8(&out[start..]).unwrap();
            let (size, rest) = text.split_once("\r\n").unwrap();
            assert_eq!(usize::from_str_radix(size, 16), Ok(length));
            assert_eq!(rest, format!("{}\r\n", "x".repeat(length)));
        }
    }

    #[test]
    fn the_end_of_an_answer_is_marked_where_the_version_can() {
        let head = ().into_response().into_parts().0;
        let said = |head: &Parts, chunked| String::from_utf8(heading(head, chunked).unwrap()).unwrap();
        let (new, old) = (said(&head, true), said(&head, false));
        assert!(new.starts_with("HTTP/1.1 200 OK\r\n") && new.contains("\r\ntransfer-encoding: chunked\r\n"), "{new}");
        assert!(old.starts_with("HTTP/1.0 200 OK\r\n") && !old.contains("transfer-encoding"), "{old}");
        for text in [&new, &old] {
            assert!(text.contains("\r\nconnection: close\r\n") && text.contains("\r\ndate: "), "{text}");
            assert!(text.ends_with("\r\n\r\n") && text.matches("\r\n\r\n").count() == 1, "{text}");
        }
        let mut head = head;
        head.headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
        assert!(said(&head, true).contains("\r\nx-accel-buffering: no\r\n"));
    }
}
