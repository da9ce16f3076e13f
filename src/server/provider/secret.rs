//! A key that can be sent but not read by accident.

use std::fmt;

/// A provider's key. `Debug` does not show it and there is no `Display`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

/// Shorter ones ("x", "-") are no secrets but fillers for servers that want any key at all.
const SHORTEST: usize = 4;

impl Secret {
    /// Space around a key (a line end in a mounted file) is no part of it.
    pub fn new(text: &str) -> Self {
        Self(text.trim().to_owned())
    }

    pub(super) fn expose(&self) -> &str {
        &self.0
    }

    /// Takes the key out of a text that somebody else wrote: providers do repeat it in their errors.
    pub(super) fn scrub(&self, text: String) -> String {
        match self.0.len() >= SHORTEST && text.contains(&self.0) {
            true => text.replace(&self.0, "…"),
            false => text,
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}
