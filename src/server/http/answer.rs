//! What every answer bears, whoever made it, and what is answered where a handler broke.

use std::{any::Any, panic::AssertUnwindSafe};

use axum::{
    Json,
    extract::Request,
    http::{HeaderName, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use futures::FutureExt;

use crate::{model::Error, server::actions};

/// What else than pages may do where somebody opens it by itself: nothing. A page brings a policy of its own; a picture
/// of ours has its own style inside.
const NO_PAGE: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; \
                       frame-ancestors 'none'";

/// On every answer, pages and all else alike.
const HEADERS: [(HeaderName, &str); 6] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "same-origin"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    ),
];

/// The outermost layer.
pub async fn answer(request: Request, next: Next) -> Response {
    let mut response = AssertUnwindSafe(next.run(request)).catch_unwind().await.unwrap_or_else(|panic| broken(&*panic));
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(NO_PAGE));
    // What does not say otherwise is for this viewer at this moment.
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("private, no-store"));
    response
}

/// An error as a plain HTTP answer.
pub fn failed(error: &Error) -> Response {
    let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, Json(error)).into_response();
    if let Some(seconds) = error.retry_after() {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// A fault of ours that has no error value. The log has what is in here.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Fault(String);

/// Logs a fault; the answer only refers to it.
pub(super) fn fault(what: impl Into<String>) -> Error {
    actions::internal(&Fault(what.into()))
}

fn broken(panic: &(dyn Any + Send)) -> Response {
    // Where it broke is in the log by then. What is not a fixed text may have a person's words in it.
    let said = panic.downcast_ref::<&str>().copied().unwrap_or("see above");
    failed(&fault(format!("a handler broke: {said}")))
}

#[cfg(test)]
mod tests {
    use axum::{Router, body::Body, body::to_bytes, middleware, routing::get};
    use tower::ServiceExt;

    use super::*;

    async fn breaks() -> Response {
        panic!("the key is hunter2")
    }

    #[tokio::test]
    async fn a_handler_that_breaks_is_an_error_of_ours() {
        let routes = Router::new().route("/", get(breaks)).layer(middleware::from_fn(answer));
        let response = routes.oneshot(Request::new(Body::empty())).await.unwrap();
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(response.headers()[header::CONTENT_SECURITY_POLICY], NO_PAGE);
        let body = to_bytes(response.into_body(), 1000).await.unwrap();
        let Ok(Error::Internal { reference }) = serde_json::from_slice(&body) else { panic!("{body:?}") };
        assert!(uuid::Uuid::parse_str(&reference).is_ok(), "{reference}");
    }
}
