//! What a call takes, and whether what was sent can be that. The framework passes over what it does not know; here a
//! field that a call does not have is refused, so that nobody believes it did something.

use std::collections::BTreeMap;

use axum::http::{HeaderMap, header};
use serde::de::IgnoredAny;

use crate::model::Error;

/// The arguments of one call.
#[derive(Clone, Copy, Debug)]
pub struct Input {
    /// The media type they come in.
    pub content_type: &'static str,
    /// The names they have.
    pub fields: &'static [&'static str],
}

impl Input {
    /// Whether this body can be these arguments. That each has the right type is the framework's to find out.
    pub(super) fn check(&self, headers: &HeaderMap, body: &[u8]) -> Result<(), Error> {
        let sent = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let kind = sent.split(';').next().unwrap_or_default().trim();
        if !kind.eq_ignore_ascii_case(self.content_type) {
            return Err(Error::invalid("content_type", "content_type_unusable"));
        }
        // Invalid UTF-8 would be noticed in a field that is read, but not in one's name.
        let body = std::str::from_utf8(body).map_err(|_| unreadable())?;
        match self.content_type {
            "application/json" => {
                let fields: BTreeMap<String, IgnoredAny> = serde_json::from_str(body).map_err(|_| unreadable())?;
                fields.into_keys().try_for_each(|name| self.has(&name))
            }
            // A name may go on in brackets: `list[0]`, `settings[theme]`.
            _ => form_urlencoded::parse(body.as_bytes())
                .try_for_each(|(name, _)| self.has(name.split('[').next().unwrap_or_default())),
        }
    }

    fn has(&self, name: &str) -> Result<(), Error> {
        match self.fields.contains(&name) {
            true => Ok(()),
            // Shortened: it is the sender's own, and comes back.
            false => Err(Error::invalid(&name.chars().take(64).collect::<String>(), "unknown_field")),
        }
    }
}

/// What was sent cannot be read.
pub(super) fn unreadable() -> Error {
    Error::invalid("arguments", "arguments_unreadable")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(content_type: &'static str, sent: &str, body: &[u8]) -> Result<(), Error> {
        let input = Input { content_type, fields: &["id", "title"] };
        input.check(&[(header::CONTENT_TYPE, sent.parse().unwrap())].into_iter().collect(), body)
    }

    #[test]
    fn only_what_a_call_has_passes() {
        let json = |body: &str| check("application/json", "application/JSON; charset=utf-8", body.as_bytes());
        let form = |body: &[u8]| check("application/x-www-form-urlencoded", "application/x-www-form-urlencoded", body);
        let unknown = |name: &str| Err(Error::invalid(name, "unknown_field"));
        for body in ["{}", r#"{"id":1}"#, r#"{"title":{"a":[null]},"id":"x"}"#] {
            assert_eq!(json(body), Ok(()), "{body}");
        }
        assert_eq!(json(r#"{"id":1,"role":"admin"}"#), unknown("role"));
        for body in ["", "null", "[]", "{", r#"{"id":}"#, "{}x"] {
            assert_eq!(json(body), Err(unreadable()), "{body}");
        }
        for body in ["", "id=1", "id=1&title=", "title[0]=a&title[x][y]=b", "id"] {
            assert_eq!(form(body.as_bytes()), Ok(()), "{body}");
        }
        assert_eq!(form(b"id=1&role=admin"), unknown("role"));
        assert_eq!(form(b"%69%64=1&r%6fle=admin"), unknown("role"));
        assert_eq!(form(b"id=\xff"), Err(unreadable()));
        let wrong = Err(Error::invalid("content_type", "content_type_unusable"));
        assert_eq!(check("application/json", "text/plain", b"{}"), wrong);
        assert_eq!(Input { content_type: "application/json", fields: &[] }.check(&HeaderMap::new(), b"{}"), wrong);
    }
}
