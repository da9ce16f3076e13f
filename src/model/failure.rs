//! Why a run failed, in a form that every language can say.

use serde::{Deserialize, Serialize};

/// Why a run failed: the kind, which the viewer's language puts into words with what to do about it, and what the
/// provider said, if it said anything fit to be shown.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Failure {
    pub kind: FailureKind,
    /// The provider's own words, shortened; never a header, an address with credentials or a key.
    pub detail: Option<String>,
    /// Seconds the provider asked to wait (`Retry-After`).
    pub retry_after: Option<u32>,
}

impl Failure {
    pub fn new(kind: FailureKind) -> Self {
        Self { kind, detail: None, retry_after: None }
    }

    pub fn because(kind: FailureKind, detail: impl Into<String>) -> Self {
        Self { kind, detail: Some(detail.into()), retry_after: None }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// Nothing listens at the provider's address.
    Unreachable,
    /// The provider said nothing for longer than the idle limit.
    Silent,
    /// The connection ended in the middle of the answer.
    Disconnected,
    /// 401 or 403: the key is missing or wrong.
    Unauthorized,
    /// 404: no such model or path.
    UnknownModel,
    /// 429.
    Limited,
    /// 5xx, or an error object in the middle of the stream.
    Server,
    /// Any other refusal (4xx).
    Rejected,
    /// What came was no event stream of the expected form.
    Malformed,
    /// The answer ended without a word in it.
    Empty,
    /// The answer was longer than the server allows; `detail` has the limit.
    TooLong,
    /// Skein itself was stopped or killed while the answer was written.
    Interrupted,
    /// No model is configured or reachable.
    NoModel,
    /// A fault of ours; the log has it under the reference in `detail`.
    Internal,
}

impl FailureKind {
    /// Every kind, for catalogues and tests.
    pub const ALL: [Self; 14] = [
        Self::Unreachable,
        Self::Silent,
        Self::Disconnected,
        Self::Unauthorized,
        Self::UnknownModel,
        Self::Limited,
        Self::Server,
        Self::Rejected,
        Self::Malformed,
        Self::Empty,
        Self::TooLong,
        Self::Interrupted,
        Self::NoModel,
        Self::Internal,
    ];

    /// Whether the dialog calls it a time-out rather than a fault of the server (contract E.2).
    pub fn is_timeout(self) -> bool {
        matches!(self, Self::Silent)
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::Silent => "silent",
            Self::Disconnected => "disconnected",
            Self::Unauthorized => "unauthorized",
            Self::UnknownModel => "unknown_model",
            Self::Limited => "limited",
            Self::Server => "server",
            Self::Rejected => "rejected",
            Self::Malformed => "malformed",
            Self::Empty => "empty",
            Self::TooLong => "too_long",
            Self::Interrupted => "interrupted",
            Self::NoModel => "no_model",
            Self::Internal => "internal",
        }
    }
}
