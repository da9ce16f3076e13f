//! Every string a person reads, by key and language.
//!
//! Views say `t("chat.new")`; what has a blank in it, `fill("chat.pages", &[…])`; what counts, `plural(…)`. Another
//! language is another file with the same keys, and one more line here and in [`Language`].

mod accepted;
mod english;
mod german;
mod number;

use leptos::prelude::use_context;

pub use accepted::accepted;
pub use number::{count, decimal, seconds, size};

use crate::{
    browser,
    model::{Error, Failure, FailureKind, Language},
};

fn catalogue(language: Language) -> &'static [(&'static str, &'static str)] {
    match language {
        Language::English => english::WORDS,
        Language::German => german::WORDS,
    }
}

/// The words for a key in a language, if there are any.
pub fn find(language: Language, key: &str) -> Option<&'static str> {
    let words = catalogue(language);
    words.binary_search_by(|(known, _)| (*known).cmp(key)).ok().map(|place| words[place].1)
}

/// The reader's language: in the browser the page's, so that both write the same; on the server that of the request, in
/// the context. English where nobody says.
pub fn language() -> Language {
    browser::language().unwrap_or_else(|| use_context().unwrap_or_default())
}

/// The words for a key. A key that nobody wrote words for shows nothing; a test sees to it that there is none.
pub fn t(key: &str) -> &'static str {
    find(language(), key).unwrap_or_default()
}

/// The words for a key, with `{name}` filled in.
pub fn fill(key: &str, blanks: &[(&str, &str)]) -> String {
    blanks.iter().fold(t(key).to_owned(), |words, (name, value)| words.replace(&format!("{{{name}}}"), value))
}

/// The words for so many of a thing, `{count}` filled in: the first key for exactly one, the second for any other number,
/// which is the rule of both languages.
pub fn plural(one: &str, many: &str, number: u32) -> String {
    fill(if number == 1 { one } else { many }, &[("count", &count(number))])
}

/// What went wrong with something a person did, and what to do about it.
pub fn error(error: &Error) -> String {
    match error {
        Error::NotFound => t("error.not_found").into(),
        Error::Unauthorized => t("error.unauthorized").into(),
        Error::Forbidden => t("error.forbidden").into(),
        Error::Invalid { code, .. } | Error::Conflict { code } | Error::Unavailable { code, .. } => {
            // Some say after a colon what is in the way.
            let (code, by) = code.split_once(':').unwrap_or((code, ""));
            let words = find(language(), &format!("error.{code}")).unwrap_or_else(|| t("error.refused"));
            words.replace("{by}", t(&format!("keys.{by}")))
        }
        Error::TooLarge { code, limit, .. } => {
            // Whole kilobytes: nobody counts the bytes of what they wrote.
            let most = count((limit / 1024).max(1));
            let words = find(language(), &format!("error.{code}")).unwrap_or_else(|| t("error.body_too_large"));
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
