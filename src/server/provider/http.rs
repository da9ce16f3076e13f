//! How providers are reached over HTTP.

use std::{error::Error, time::Duration};

use reqwest::{Client, RequestBuilder, Response, redirect::Policy};

use super::Endpoint;
use crate::model::{Failure, FailureKind};

/// Two clients: one that asks the proxy of the environment, and one for this machine, where there is none between.
pub(super) struct Http {
    direct: Client,
    proxied: Client,
}

impl Http {
    /// `connect_limit` is the longest a connection may take to be made. None: no client can be made; the log says why.
    pub(super) fn new(connect_limit: Duration) -> Option<Self> {
        // The program chooses this at its start; a test that makes only this module has not.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let builder = || {
            Client::builder()
                .redirect(Policy::none())
                .connect_timeout(connect_limit)
                .tcp_keepalive(Duration::from_secs(30))
                // A compressed stream is one that somebody on the way may hold back.
                .gzip(false)
                .user_agent(concat!("skein/", env!("CARGO_PKG_VERSION")))
        };
        let build = |local: bool| {
            let builder = || if local { builder().no_proxy() } else { builder() };
            // A machine without any root certificates can still talk to its own servers.
            builder().build().or_else(|error| {
                tracing::warn!(error = reason(&error), "no https to providers");
                builder().tls_certs_only([]).build()
            })
        };
        match (build(true), build(false)) {
            (Ok(direct), Ok(proxied)) => Some(Self { direct, proxied }),
            (Err(error), _) | (_, Err(error)) => {
                tracing::error!(error = reason(&error), "no HTTP client");
                None
            }
        }
    }

    pub(super) fn get(&self, endpoint: &Endpoint, route: &str) -> RequestBuilder {
        endpoint.authorize(self.client(endpoint).get(endpoint.route(route)))
    }

    pub(super) fn post(&self, endpoint: &Endpoint, route: &str) -> RequestBuilder {
        endpoint.authorize(self.client(endpoint).post(endpoint.route(route)))
    }

    fn client(&self, endpoint: &Endpoint) -> &Client {
        if endpoint.is_local() { &self.direct } else { &self.proxied }
    }
}

/// Sends a request and waits for the head of its response, no longer than `idle_limit`.
pub(super) async fn send(
    request: RequestBuilder,
    endpoint: &Endpoint,
    idle_limit: Duration,
) -> Result<Response, Failure> {
    match tokio::time::timeout(idle_limit, request.send()).await {
        Ok(Ok(response)) => Ok(response),
        Ok(Err(error)) => Err(failure(&error, endpoint)),
        Err(_) => Err(Failure::new(FailureKind::Silent)),
    }
}

/// What a fault of the connection means.
pub(super) fn failure(error: &reqwest::Error, endpoint: &Endpoint) -> Failure {
    let (kind, words) = match error {
        _ if error.is_connect() && error.is_timeout() => (FailureKind::Unreachable, "no connection in time".into()),
        _ if error.is_connect() => (FailureKind::Unreachable, reason(error)),
        _ if error.is_timeout() => (FailureKind::Silent, reason(error)),
        _ if error.is_builder() => (FailureKind::Internal, reason(error)),
        _ => (FailureKind::Disconnected, reason(error)),
    };
    endpoint.show(Failure::because(kind, format!("{}: {words}", endpoint.origin())))
}

/// The innermost cause, which never names the whole address.
fn reason(error: &reqwest::Error) -> String {
    let mut cause: &dyn Error = match error.source() {
        Some(cause) => cause,
        None => return "request failed".into(),
    };
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}
