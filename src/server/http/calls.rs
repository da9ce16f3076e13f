//! What every call (`/rpc/…`) passes: its body is read whole, within the limit, and looked at before the function is
//! asked; and whatever goes wrong, here, in the function or in the framework, leaves as an [`Error`] of ours.

use std::{collections::HashMap, sync::Arc, time::Duration};

use axum::{
    body::{Body, Bytes, to_bytes},
    extract::{Request, State},
    http::{HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use futures::StreamExt;
use tokio::time::timeout;

use super::{
    answer::{failed, fault},
    input::{Input, unreadable},
};
use crate::{model::Error, server::call};

/// Where they are.
pub const PREFIX: &str = "/rpc/";
/// How long a body may take to come.
const BODY_TIME: Duration = Duration::from_secs(60);
/// How much more of a body that is too large is read and dropped: a sender that is still sending hears no answer.
const DRAINED: usize = 32 * 1024 * 1024;
/// The longest error of ours.
const ERROR_BYTES: usize = 64 * 1024;

/// What is known of the calls there are.
#[derive(Clone)]
pub struct Calls {
    /// What each takes, by its path.
    pub inputs: Arc<HashMap<&'static str, Input>>,
    /// The largest body, in bytes.
    pub limit: u32,
}

/// The layer around them. Other requests pass.
pub async fn calls(State(calls): State<Calls>, request: Request, next: Next) -> Response {
    if !request.uri().path().starts_with(PREFIX) {
        return next.run(request).await;
    }
    let (path, headers) = (request.uri().path().to_owned(), request.headers().clone());
    match arrived(&calls, request).await {
        Ok(request) => ours(next.run(request).await).await,
        Err(error) => match call::way_back(&path, &headers, &error) {
            Some(back) => found(&back),
            None => failed(&error),
        },
    }
}

/// Answers a call with a method that none has.
pub async fn no_such_method() -> Response {
    let mut response = failed(&Error::invalid("method", "method_not_allowed"));
    *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
    response
}

/// 302, as the framework leads back.
fn found(to: &str) -> Response {
    let mut response = Redirect::to(to).into_response();
    *response.status_mut() = StatusCode::FOUND;
    response
}

/// The request with its whole body, which can be the call's arguments.
async fn arrived(calls: &Calls, request: Request) -> Result<Request, Error> {
    let (parts, body) = request.into_parts();
    let body = timeout(BODY_TIME, read(body, calls.limit)).await.unwrap_or_else(|_| Err(incomplete()))?;
    let input = calls.inputs.get(parts.uri.path()).filter(|_| parts.method == Method::POST);
    if let Some(input) = input {
        input.check(&parts.headers, &body)?;
    }
    Ok(Request::from_parts(parts, Body::from(body)))
}

async fn read(body: Body, limit: u32) -> Result<Bytes, Error> {
    let most = limit as usize;
    let mut parts = body.into_data_stream();
    let (mut all, mut length) = (Vec::new(), 0);
    while let Some(part) = parts.next().await {
        let part = part.map_err(|_| incomplete())?;
        length += part.len();
        if length <= most {
            all.extend_from_slice(&part);
        } else if length > most + DRAINED {
            break;
        } else {
            all = Vec::new();
        }
    }
    if length > most { Err(Error::too_large("body", "body_too_large", limit)) } else { Ok(all.into()) }
}

fn incomplete() -> Error {
    Error::invalid("body", "body_incomplete")
}

/// An answer that says something went wrong, in our words. The framework has its own for what it cannot read, and says
/// 500 where nobody said otherwise.
async fn ours(response: Response) -> Response {
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return response;
    }
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, ERROR_BYTES).await.unwrap_or_default();
    let error = match serde_json::from_slice(&body) {
        // Only a browser makes this of what it cannot read; here it means that we could not.
        Ok(Error::Offline) => unreadable(),
        // The framework's own faults come with what they are, which is the log's to know.
        Ok(Error::Internal { reference }) if uuid::Uuid::parse_str(&reference).is_err() => fault(reference),
        Ok(error) => error,
        Err(_) => match status {
            StatusCode::METHOD_NOT_ALLOWED => {
                let mut response = no_such_method().await;
                response
                    .headers_mut()
                    .extend(parts.headers.get(header::ALLOW).map(|allow| (header::ALLOW, allow.clone())));
                return response;
            }
            StatusCode::NOT_FOUND => Error::NotFound,
            status if status.is_client_error() => unreadable(),
            status => fault(format!("a call ended with {status}: {}", String::from_utf8_lossy(&body))),
        },
    };
    let mut response = failed(&error);
    for (name, value) in parts.headers.iter().filter(|(name, _)| !is_of_the_body(name)) {
        response.headers_mut().insert(name, HeaderValue::clone(value));
    }
    response
}

fn is_of_the_body(name: &header::HeaderName) -> bool {
    [header::CONTENT_LENGTH, header::CONTENT_TYPE, header::TRANSFER_ENCODING].contains(name)
}
