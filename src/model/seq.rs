//! Where a viewer stands in a log of events.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// The position of one event in one log. `epoch` names the log's life (a log kept in memory begins a new one when it is
/// made again) and `number` counts within it from 1; 0 is the place before the first event. Unique for ever.
///
/// In JSON it is a string: a browser's numbers are not exact enough for an epoch.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Seq {
    pub epoch: u64,
    pub number: u64,
}

/// Where one connection stands in both logs it carries: the open thread's, if there is one, and its user's own. Written
/// as the `id:` of a server-sent event, so that a browser sends it back by itself as `Last-Event-ID`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Position {
    pub thread: Option<Seq>,
    pub user: Seq,
}

/// The text was not written by [`Display`](fmt::Display) of the same type.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("not a position in an event log")]
pub struct BadSeq;

impl fmt::Display for Seq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}-{}", self.epoch, self.number)
    }
}

impl From<Seq> for String {
    fn from(seq: Seq) -> Self {
        seq.to_string()
    }
}

impl TryFrom<String> for Seq {
    type Error = BadSeq;

    fn try_from(text: String) -> Result<Self, BadSeq> {
        text.parse()
    }
}

impl FromStr for Seq {
    type Err = BadSeq;

    fn from_str(text: &str) -> Result<Self, BadSeq> {
        let (epoch, number) = text.split_once('-').ok_or(BadSeq)?;
        Ok(Self {
            epoch: u64::from_str_radix(epoch, 16).map_err(|_| BadSeq)?,
            number: number.parse().map_err(|_| BadSeq)?,
        })
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.thread {
            Some(thread) => write!(f, "{}~{thread}", self.user),
            None => self.user.fmt(f),
        }
    }
}

impl FromStr for Position {
    type Err = BadSeq;

    fn from_str(text: &str) -> Result<Self, BadSeq> {
        match text.split_once('~') {
            Some((user, thread)) => Ok(Self { user: user.parse()?, thread: Some(thread.parse()?) }),
            None => Ok(Self { user: text.parse()?, thread: None }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_read_back_what_they_write() {
        let thread = Seq { epoch: u64::MAX, number: 7 };
        let user = Seq { epoch: 1, number: 0 };
        for position in [Position { thread: Some(thread), user }, Position { thread: None, user }] {
            assert_eq!(position.to_string().parse(), Ok(position));
        }
        for text in ["", "1", "~", "1-2~", "x-1", "1-x", "1-2~3", "1-99999999999999999999999"] {
            assert_eq!(text.parse::<Position>(), Err(BadSeq), "{text}");
        }
    }
}
