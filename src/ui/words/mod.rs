//! Every string a person reads, by key and language.
//!
//! Views say `t("chat.new")`; what has a blank in it, `fill("chat.pages", &[…])`. Another language is another file with
//! the same keys and one more line in [`Language`].

mod english;
mod number;

use leptos::prelude::use_context;

pub use number::{count, seconds, size};

use crate::model::{Error, Failure, FailureKind};

/// The languages there are. The one to use is in the context; English where there is none.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Language {
    #[default]
    English,
}

impl Language {
    /// What `<html lang>` says.
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
        }
    }

    fn catalogue(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::English => english::WORDS,
        }
    }

    /// The words for a key, if there are any.
    pub fn find(self, key: &str) -> Option<&'static str> {
        let words = self.catalogue();
        words.binary_search_by(|(known, _)| (*known).cmp(key)).ok().map(|place| words[place].1)
    }
}

/// The reader's language.
pub fn language() -> Language {
    use_context().unwrap_or_default()
}

/// The words for a key. A key that nobody wrote words for shows nothing; a test sees to it that there is none.
pub fn t(key: &str) -> &'static str {
    language().find(key).unwrap_or_default()
}

/// The words for a key, with `{name}` filled in.
pub fn fill(key: &str, blanks: &[(&str, &str)]) -> String {
    blanks.iter().fold(t(key).to_owned(), |words, (name, value)| words.replace(&format!("{{{name}}}"), value))
}

/// What went wrong with something a person did, and what to do about it.
pub fn error(error: &Error) -> String {
    match error {
        Error::NotFound => t("error.not_found").into(),
        Error::Unauthorized => t("error.unauthorized").into(),
        Error::Forbidden => t("error.forbidden").into(),
        Error::Invalid { code, .. } | Error::Conflict { code } => {
            language().find(&format!("error.{code}")).unwrap_or_else(|| t("error.refused")).into()
        }
        Error::TooLarge { code, limit, .. } => {
            // Whole kilobytes: nobody counts the bytes of what they wrote.
            let most = count((limit / 1024).max(1));
            let words = language().find(&format!("error.{code}")).unwrap_or_else(|| t("error.body_too_large"));
            words.replace("{limit}", &most)
        }
        Error::Limited { retry_after } => fill("error.limited", &[("wait", &retry_after.to_string())]),
        Error::Upstream { provider, message } => {
            fill("error.upstream", &[("provider", provider), ("message", message)])
        }
        Error::Internal { reference } => fill("error.internal", &[("reference", reference)]),
        Error::Offline => t("error.offline").into(),
    }
}

/// Why an answer failed, in a sentence.
pub fn failure(failure: &Failure) -> String {
    t(&format!("failure.{}", failure.kind.as_str())).into()
}

/// What to do about it.
pub fn remedy(failure: &Failure) -> String {
    match (failure.kind, failure.retry_after) {
        (FailureKind::Limited, Some(wait)) => fill("remedy.limited_for", &[("wait", &wait.to_string())]),
        (kind, _) => t(&format!("remedy.{}", kind.as_str())).into(),
    }
}

#[cfg(test)]
mod tests;
