//! The one error that crosses the wire.

use serde::{Deserialize, Serialize};

/// Why a call was not carried out. Closed: what is not in here stays on the server, logged under the reference.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Error {
    /// It is not there, or it is another person's: the two cannot be told apart.
    #[error("not found")]
    NotFound,
    /// Nobody is signed in.
    #[error("sign in first")]
    Unauthorized,
    /// Signed in, but not allowed.
    #[error("not allowed")]
    Forbidden,
    /// What was sent cannot be used. `code` is stable and has words in the catalogue under `error.<code>`.
    #[error("{field}: {code}")]
    Invalid { field: String, code: String },
    /// More than is taken at once; the most there may be, in bytes. `code` as above, with `{limit}` in its words.
    #[error("{field}: {code}, the limit is {limit} bytes")]
    TooLarge { field: String, code: String, limit: u32 },
    /// It does not fit what is there now. `code` as above.
    #[error("conflict: {code}")]
    Conflict { code: String },
    /// Too much at once; seconds to wait.
    #[error("too many requests, wait {retry_after} s")]
    Limited { retry_after: u32 },
    /// The server cannot do this at the moment: it is about to end, or its database does not do its work. `code` as above;
    /// seconds after which another try is worth it.
    #[error("not now: {code}, try again in {retry_after} s")]
    Unavailable { code: String, retry_after: u32 },
    /// A provider refused or failed.
    #[error("{provider}: {message}")]
    Upstream { provider: String, message: String },
    /// A fault of ours. The log has it under this reference.
    #[error("internal error {reference}")]
    Internal { reference: String },
    /// The call did not reach the server or its answer did not come back. Only ever made in the browser.
    #[error("the server cannot be reached")]
    Offline,
}

impl Error {
    pub fn invalid(field: &str, code: &str) -> Self {
        Self::Invalid { field: field.into(), code: code.into() }
    }

    pub fn too_large(field: &str, code: &str, limit: u32) -> Self {
        Self::TooLarge { field: field.into(), code: code.into(), limit }
    }

    pub fn conflict(code: &str) -> Self {
        Self::Conflict { code: code.into() }
    }

    pub fn unavailable(code: &str, retry_after: u32) -> Self {
        Self::Unavailable { code: code.into(), retry_after }
    }

    /// After how many seconds another try is worth it, where that is known.
    pub fn retry_after(&self) -> Option<u32> {
        match self {
            Self::Limited { retry_after } | Self::Unavailable { retry_after, .. } => Some(*retry_after),
            _ => None,
        }
    }

    /// The HTTP status that says the same.
    pub fn status(&self) -> u16 {
        match self {
            Self::NotFound => 404,
            Self::Unauthorized => 401,
            Self::Forbidden => 403,
            Self::Invalid { .. } => 422,
            Self::TooLarge { .. } => 413,
            Self::Conflict { .. } => 409,
            Self::Limited { .. } => 429,
            Self::Upstream { .. } => 502,
            Self::Internal { .. } => 500,
            Self::Unavailable { .. } | Self::Offline => 503,
        }
    }
}
