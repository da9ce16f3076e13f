//! What a person chose, and what follows from it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Language;

/// Which colours a page has.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// Those the machine asks for.
    #[default]
    System,
    Light,
    Dark,
}

impl Theme {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// Whether reasoning stands open before its reader says anything about it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Thoughts {
    /// As long as the model thinks.
    #[default]
    Auto,
    Open,
    Closed,
}

impl Thoughts {
    /// Whether it is open, `thinking` being whether the model still thinks.
    pub fn open(self, thinking: bool) -> bool {
        match self {
            Self::Auto => thinking,
            Self::Open => true,
            Self::Closed => false,
        }
    }
}

/// Everything a person can choose, as it is stored. What is not there was not chosen, and the default holds. Only the
/// server has all of it: a page gets the [`Preferences`], the page of settings a [`SettingsPage`].
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    pub theme: Option<Theme>,
    /// None: the one the browser likes best.
    pub language: Option<Language>,
    pub send_on_enter: Option<bool>,
    pub auto_scroll: Option<bool>,
    pub reasoning: Option<Thoughts>,
    /// Whether the list of threads stands beside the page, where there is room for it.
    pub sidebar: Option<bool>,
    /// Whether there are shortcuts at all.
    pub shortcuts: Option<bool>,
    /// The chords that were chosen, by the names of their settings, as [`Chord::write`](super::Chord::write) has them.
    pub keys: BTreeMap<String, String>,
    /// The model of a new thread.
    pub model: Option<String>,
    pub system_prompt: Option<String>,
    pub sampling: Sampling,
}

/// How a model picks its words (contract G.2). What is not set is not sent, and the model's server has its own default.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Sampling {
    pub temperature: Option<f64>,
    pub top_p: Option<f64>,
    pub top_k: Option<i64>,
    pub min_p: Option<f64>,
    /// The most tokens of an answer.
    pub max_tokens: Option<u32>,
    pub repeat_penalty: Option<f64>,
    pub presence_penalty: Option<f64>,
    pub frequency_penalty: Option<f64>,
    pub seed: Option<i64>,
}

/// What every page of a person goes by: defaults are filled in, and what the operator fixed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Preferences {
    pub theme: Theme,
    /// None: the one the browser likes best.
    pub language: Option<Language>,
    pub send_on_enter: bool,
    pub auto_scroll: bool,
    pub reasoning: Thoughts,
    pub sidebar: bool,
    pub shortcuts: bool,
    /// The names of settings and the chords that were chosen for them.
    pub keys: Vec<(String, String)>,
    /// The model of a new thread, where the person chose one.
    pub model: Option<String>,
}

impl Default for Preferences {
    fn default() -> Self {
        Settings::default().into()
    }
}

impl From<Settings> for Preferences {
    fn from(settings: Settings) -> Self {
        Self {
            theme: settings.theme.unwrap_or_default(),
            language: settings.language,
            send_on_enter: settings.send_on_enter.unwrap_or(true),
            auto_scroll: settings.auto_scroll.unwrap_or(true),
            reasoning: settings.reasoning.unwrap_or_default(),
            sidebar: settings.sidebar.unwrap_or(true),
            shortcuts: settings.shortcuts.unwrap_or(true),
            keys: settings.keys.into_iter().collect(),
            model: settings.model,
        }
    }
}

/// What the page of settings shows.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct SettingsPage {
    pub settings: Vec<Setting>,
    /// Where the person is signed in, the latest used first.
    pub sessions: Vec<Session>,
}

/// One setting.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Setting {
    pub name: String,
    /// As it is written in its control; empty is not chosen.
    pub value: String,
    /// The operator fixed it: what it says cannot be changed here.
    pub fixed: bool,
}

impl SettingsPage {
    pub fn setting(&self, name: &str) -> Option<&Setting> {
        self.settings.iter().find(|setting| setting.name == name)
    }
}

/// One place where a person is signed in.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Session {
    pub id: String,
    /// The browser and the system in words that are the same in every language; empty where nothing is known.
    pub agent: String,
    /// When it was last used, to the minute; milliseconds since 1970.
    pub last_used: i64,
    /// It is the one that asks.
    pub current: bool,
}
