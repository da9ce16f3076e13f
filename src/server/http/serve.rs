//! Serves connections: by hyper, until one asks for the stream of events. From then on nothing else is ever said on it,
//! and it is [taken over](super::taken): hyper would keep two buffers of 8 KiB for a request that never comes, and pass
//! each event through several hands.

use std::{
    convert::Infallible,
    future::{pending, poll_fn},
    net::SocketAddr,
    pin::{Pin, pin},
    sync::{Arc, Mutex, PoisonError},
    task::Poll,
};

use axum::{Router, body::Body, extract::ConnectInfo, http::Method, serve::Listener};
use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
};
use tokio_util::sync::CancellationToken;
use tower::Service;

use super::{
    events::Stream,
    taken::{Taken, follow},
};

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
