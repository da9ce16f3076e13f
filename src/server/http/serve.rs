//! Serves connections: by hyper, until one asks for the stream of events. From then on nothing else is ever said on it,
//! and it is [taken over](follow): hyper would keep two buffers of 8 KiB for a request that never comes, and pass each
//! event through several hands.

use std::{
    convert::Infallible,
    future::{pending, poll_fn},
    io::{self, ErrorKind, Write},
    net::SocketAddr,
    pin::{Pin, pin},
    sync::{Arc, Mutex, PoisonError},
    task::Poll,
    time::SystemTime,
};

use axum::{
    Router,
    body::Body,
    extract::ConnectInfo,
    http::{Method, Version, response::Parts},
    serve::Listener,
};
use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
};
use tokio_util::sync::CancellationToken;
use tower::Service;

use super::events::{Connection, Stream};

/// Serves until `stop` is over, and then until all connections have ended.
pub async fn serve(mut listener: TcpListener, router: Router, stop: impl Future<Output = ()>) {
    let stopping = CancellationToken::new();
    // Its receivers are the connections.
    let (open, mine) = watch::channel(());
    let mut stop = pin!(stop);
    loop {
        let (io, peer) = tokio::select! {
            accepted = Listener::accept(&mut listener) => accepted,
            () = &mut stop => break,
        };
        // An event goes out when it comes, not when the one before it is acknowledged.
        if let Err(error) = io.set_nodelay(true) {
            tracing::debug!(%error, "a connection sends with delay");
        }
        let (router, stopping, open) = (router.clone(), stopping.clone(), mine.clone());
        tokio::spawn(async move {
            if let Some(taken) = requests(io, peer, router, stopping).await
                && let Err(error) = follow(taken).await
            {
                tracing::debug!(%error, "a viewer is gone");
            }
            drop(open);
        });
    }
    drop((listener, mine));
    stopping.cancel();
    open.closed().await;
}

/// A connection that is taken over, and what is to be sent on it.
struct Taken {
    io: TcpStream,
    version: Version,
    head: Parts,
    events: Connection,
}

/// Answers requests, until the connection ends or is taken over.
async fn requests(io: TcpStream, peer: SocketAddr, router: Router, stopping: CancellationToken) -> Option<Taken> {
    let given = Arc::new(Mutex::new(None));
    let service = service_fn(|mut request: hyper::Request<hyper::body::Incoming>| {
        let (mut router, given) = (router.clone(), given.clone());
        async move {
            let (version, get) = (request.version(), *request.method() == Method::GET);
            request.extensions_mut().insert(ConnectInfo(peer));
            let mut response = router.call(request.map(Body::new)).await?;
            if get && let Some(events) = response.extensions_mut().remove().and_then(|stream: Stream| stream.take()) {
                let (head, _) = response.into_parts();
                *given.lock().unwrap_or_else(PoisonError::into_inner) = Some((version, head, events));
                // Hyper hears of no answer, and is dropped with this.
                return pending().await;
            }
            Ok::<_, Infallible>(response)
        }
    });
    let mut connection = Box::new(http1::Builder::new().serve_connection(TokioIo::new(io), service));
    let mut stopped = pin!(stopping.cancelled());
    let mut told = false;
    let taken = poll_fn(|context| {
        if !told && stopped.as_mut().poll(context).is_ready() {
            told = true;
            Pin::new(&mut *connection).graceful_shutdown();
        }
        if Pin::new(&mut *connection).poll(context).is_ready() {
            return Poll::Ready(None);
        }
        // Asking is what makes the service work: what it gives is here by now.
        match given.lock().unwrap_or_else(PoisonError::into_inner).take() {
            Some(taken) => Poll::Ready(Some(taken)),
            None => Poll::Pending,
        }
    });
    let (version, head, events) = taken.await?;
    Some(Taken { io: connection.into_parts().io.into_inner(), version, head, events })
}

/// What is kept of a buffer for the next events, in bytes.
const KEPT: usize = 4 << 10;

/// Sends the stream's head and then events as they come, until it ends or the viewer leaves. The connection ends with it.
async fn follow(taken: Taken) -> io::Result<()> {
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
    let size = format!("{:x}\r\n", out.len() - SIZE);
    let start = SIZE.saturating_sub(size.len());
    out[start..SIZE].copy_from_slice(size.as_bytes());
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
