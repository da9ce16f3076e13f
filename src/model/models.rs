//! The models one can talk to.

use serde::{Deserialize, Serialize};

/// A model of some provider.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ModelInfo {
    /// Unique over all providers; what a request names.
    pub id: String,
    /// What a person reads.
    pub name: String,
    /// The label of the provider it comes from.
    pub source: String,
    /// The built-in scripted one, which is no model.
    pub demo: bool,
    /// How many tokens it holds, prompt and answer together, where its server says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context_window: Option<u32>,
}

/// Where models come from, and how it is with it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Source {
    pub label: String,
    /// Where it is: scheme, host and port, no path, no credentials.
    pub origin: String,
    pub state: SourceState,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceState {
    Ready,
    Unreachable,
    Unauthorized,
    Failing,
}

/// Everything there is to choose from.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Models {
    pub models: Vec<ModelInfo>,
    pub sources: Vec<Source>,
    /// What a new thread uses when nothing was chosen.
    pub default: Option<String>,
}

impl Models {
    /// Only the built-in demo can answer.
    pub fn only_demo(&self) -> bool {
        self.models.iter().all(|model| model.demo)
    }
}
