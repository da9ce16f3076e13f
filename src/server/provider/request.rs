//! What a run asks of a model.

use serde::Serialize;

use crate::model::Role;

/// One question to a model, the whole path of turns before it included.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Request {
    /// The id of a model as in [`ModelInfo::id`](crate::model::ModelInfo::id), or the bare name a provider gave it.
    pub model: String,
    /// Oldest first.
    pub turns: Vec<Turn>,
    pub sampling: Sampling,
}

/// One message of the conversation as a model reads it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Turn {
    /// `User`, `Assistant` and `System` are sent as such; any other is sent as the user's (contract F.2, step 2).
    pub role: Role,
    pub text: String,
}

impl Turn {
    pub fn new(role: Role, text: impl Into<String>) -> Self {
        Self { role, text: text.into() }
    }
}

/// How the model picks its words. What is not set is not sent, and the provider's own default holds (contract E.2).
#[derive(Clone, PartialEq, Debug, Default, Serialize)]
pub struct Sampling {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub top_p: Option<f64>,
    /// Not in OpenAI's dialect, but in that of most who speak it; so are `min_p` and `repeat_penalty`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub top_k: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_p: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repeat_penalty: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub presence_penalty: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frequency_penalty: Option<f64>,
    /// The most tokens of an answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<i64>,
    /// Texts that end the answer.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub stop: Vec<String>,
}
