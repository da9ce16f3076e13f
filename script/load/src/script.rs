//! What the scripted model says: how much, how fast and in what shape is written in the message that asks for it.

use serde::{Deserialize, Serialize};

use crate::{clock, texts};

/// What a message that asks for a script begins with.
const WORD: &str = "bench ";

/// How an answer comes.
#[derive(Clone, Serialize, Deserialize, Debug)]
#[serde(default, deny_unknown_fields)]
pub struct Script {
    /// Tokens a second.
    pub rate: f64,
    /// How many of them, each with a stamp.
    pub tokens: u32,
    /// The size of a token, in bytes, its stamp included.
    pub bytes: usize,
    /// How many bytes come before, quickly and without stamps.
    pub prefill: usize,
    /// One paragraph without an end, instead of headings, lists, code.
    pub paragraph: bool,
    /// Nothing comes before the gate is opened.
    pub gate: bool,
    /// The end does not come before the gate is opened.
    pub hold: bool,
    /// What goes wrong, and after so many tokens if it is not from the start.
    pub fault: Option<Fault>,
    /// By what the model tells afterwards what it said.
    pub key: Option<u64>,
}

/// What a model's server can do wrong.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Debug)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// The connection is closed before an answer.
    Refused,
    /// It is reset in the middle of one.
    Reset,
    /// Nothing more comes, and no end.
    Silence,
    /// What comes is no event of any kind.
    Garbage,
    /// An error object in the middle.
    Error,
    /// 500, 429.
    Broken,
    Busy,
}

impl Fault {
    pub const ALL: [Self; 7] =
        [Self::Refused, Self::Reset, Self::Silence, Self::Garbage, Self::Error, Self::Broken, Self::Busy];
}

impl Default for Script {
    fn default() -> Self {
        Self {
            rate: 50.0,
            tokens: 100,
            bytes: 18,
            prefill: 0,
            paragraph: false,
            gate: false,
            hold: false,
            fault: None,
            key: None,
        }
    }
}

impl Script {
    /// The script that a message asks for; the usual one where it asks for none. The program sends two messages as one where
    /// the answer between them failed without a word: the last one counts.
    pub fn of(message: &str) -> Self {
        let message = message.rsplit("\n\n").next().unwrap_or_default();
        let json = message.strip_prefix(WORD).unwrap_or_default();
        serde_json::from_str(json).unwrap_or_default()
    }

    /// The message that asks for it.
    pub fn message(&self) -> String {
        format!("{WORD}{}", serde_json::to_string(self).unwrap_or_default())
    }

    pub fn text(&self) -> Text {
        Text { source: if self.paragraph { texts::PARAGRAPH } else { texts::SECTION }, at: 0 }
    }
}

/// A text without end, in tokens. Nothing in it is such that half of it must not be shown (half a table, an open `**`):
/// what waits for that, waits on purpose.
pub struct Text {
    source: &'static str,
    at: usize,
}

impl Text {
    /// The next words, `bytes` of them or a few more.
    pub fn words(&mut self, bytes: usize) -> String {
        let mut out = String::new();
        while out.len() < bytes || !out.contains(char::is_alphanumeric) {
            if self.at == self.source.len() {
                self.at = 0;
            }
            let rest = &self.source[self.at..];
            let end = rest.find(' ').map_or(rest.len(), |space| space + 1);
            out += &rest[..end];
            self.at += end;
        }
        out
    }

    /// The next token, of `bytes` or a few more, with this very moment in it.
    pub fn token(&mut self, bytes: usize) -> String {
        let mut token = self.words(bytes.saturating_sub(clock::STAMP));
        // Behind the last letter: whatever that belongs to, the stamp belongs to as well.
        let end = token.char_indices().rfind(|(_, letter)| letter.is_alphanumeric());
        let at = end.map_or(0, |(at, letter)| at + letter.len_utf8());
        token.insert_str(at, &clock::stamp(clock::now()));
        token
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_asks_for_a_script() {
        let script = Script { tokens: 7, gate: true, ..Script::default() };
        let read = Script::of(&script.message());
        assert_eq!((read.tokens, read.gate, read.bytes), (7, true, 18));
        assert_eq!(Script::of(&format!("{}\n\n{}", Script::default().message(), script.message())).tokens, 7);
        assert_eq!(Script::of("hello").tokens, 100);
    }

    #[test]
    fn every_token_has_its_stamp() {
        for paragraph in [false, true] {
            let mut text = Script { paragraph, ..Script::default() }.text();
            for _ in 0..1000 {
                let (token, mut count) = (text.token(18), 0);
                clock::stamps(token.as_bytes(), |_| count += 1);
                assert_eq!(count, 1, "{token}");
            }
        }
    }
}
