//! What a server's refusal means, and its words about it.

use std::time::Duration;

use reqwest::{Response, StatusCode, Url, header::LOCATION};
use serde_json::Value;

use super::{Endpoint, plain, retry_after::retry_after};
use crate::model::{Failure, FailureKind};

/// The most bytes read of an error's body.
const MAX_BODY: usize = 64 << 10;
/// The longest wait for an error's body.
const BODY_LIMIT: Duration = Duration::from_secs(5);

/// A refusal, and the body it came with, for who looks for a reason to ask again.
pub(super) struct Refusal {
    pub status: StatusCode,
    pub failure: Failure,
    pub body: String,
}

/// Reads a response that is not a success.
pub(super) async fn read(mut response: Response, endpoint: &Endpoint) -> Refusal {
    let status = response.status();
    let retry_after = retry_after(response.headers());
    let moved = status.is_redirection().then(|| moved_to(&response));
    let mut bytes = Vec::new();
    // What has come by then is enough.
    let _ = tokio::time::timeout(BODY_LIMIT, async {
        while let (true, Ok(Some(packet))) = (bytes.len() < MAX_BODY, response.chunk().await) {
            bytes.extend_from_slice(&packet[..packet.len().min(MAX_BODY - bytes.len())]);
        }
    })
    .await;
    let body = String::from_utf8_lossy(&bytes).into_owned();
    let kind = match serde_json::from_str::<Value>(&body) {
        Ok(value) if names_model(value.get("error").unwrap_or(&value)) => FailureKind::UnknownModel,
        _ => kind_of(status.as_u16()),
    };
    let detail = match moved.or_else(|| plain::message(&body)) {
        // Pages tend to begin with it.
        Some(words) if words.starts_with(status.as_str()) => words,
        Some(words) => format!("{}: {words}", status.as_u16()),
        None => status.to_string(),
    };
    Refusal { status, failure: Failure { kind, detail: endpoint.shown(&detail), retry_after }, body }
}

/// What a status says.
pub(super) fn kind_of(status: u16) -> FailureKind {
    match status {
        401 | 403 => FailureKind::Unauthorized,
        404 => FailureKind::UnknownModel,
        429 => FailureKind::Limited,
        500.. => FailureKind::Server,
        _ => FailureKind::Rejected,
    }
}

/// What an error object says that came under status 200. Where it bears the number or the name of a status it means
/// that, else it is the server's own.
pub(super) fn error_object(error: &Value) -> Failure {
    let number = ["code", "status", "status_code"].iter().find_map(|name| {
        let code = error.get(name)?;
        code.as_u64().or_else(|| code.as_str()?.parse().ok()).filter(|code| (400..600).contains(code))
    });
    let kind = match (number, ["code", "type"].iter().find_map(|name| by_name(error.get(name)?.as_str()?))) {
        (_, Some(kind)) => kind,
        (Some(number), None) => kind_of(u16::try_from(number).unwrap_or(500)),
        (None, None) => FailureKind::Server,
    };
    Failure { detail: plain::json_message(error), ..Failure::new(kind) }
}

fn by_name(code: &str) -> Option<FailureKind> {
    match code {
        "model_not_found" => Some(FailureKind::UnknownModel),
        "invalid_api_key" | "authentication_error" | "permission_error" => Some(FailureKind::Unauthorized),
        "rate_limit_exceeded" | "rate_limit_error" | "insufficient_quota" => Some(FailureKind::Limited),
        "context_length_exceeded" | "exceed_context_size_error" | "invalid_request_error" => {
            Some(FailureKind::Rejected)
        }
        _ => None,
    }
}

/// Some say with 400 that the model is not there.
fn names_model(error: &Value) -> bool {
    error.get("code").is_some_and(|code| code == "model_not_found")
}

/// Redirects are not followed: the key would go where nobody meant it to. Without what may be secret in an address.
fn moved_to(response: &Response) -> String {
    let target = response.headers().get(LOCATION).and_then(|to| to.to_str().ok());
    match target.and_then(|to| response.url().join(to).ok()) {
        Some(to) => format!("redirects to {}, which is not followed", address(&to)),
        None => "redirects, which is not followed".into(),
    }
}

fn address(url: &Url) -> String {
    format!("{}{}", url.origin().ascii_serialization(), url.path())
}
