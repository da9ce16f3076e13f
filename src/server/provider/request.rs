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
    /// What the model has said of its answer already: it is to go on with that, without a break. A provider that can is
    /// given it as the beginning of the answer; any other is told so in words.
    pub begun: Option<String>,
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

/// What a model is told that cannot be given the beginning of its answer.
const GO_ON: &str = "Your last answer was cut off. Go on with it from exactly where it ends, in the middle of a word \
                     if it ends there. Repeat nothing of it, and write nothing before it.";

impl Request {
    /// The turns, with what the model has said already as the last of them; told in words that it is to go on, if
    /// `in_words`.
    pub(super) fn all_turns(&self, in_words: bool) -> Vec<Turn> {
        let mut turns = self.turns.clone();
        if let Some(begun) = &self.begun {
            turns.push(Turn::new(Role::Assistant, begun));
            if in_words {
                turns.push(Turn::new(Role::User, GO_ON));
            }
        }
        turns
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
