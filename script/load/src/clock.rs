//! One clock for everything that is measured, and stamps: moments written into a model's text, so that whoever sees the
//! text knows how old it is.
//!
//! It is the machine's monotonic clock, the one that Chromium counts by too.

use rustix::time::{ClockId, clock_gettime};

/// Digits of a stamp, in base 36: three years of microseconds.
const DIGITS: usize = 9;
/// The length of a stamp in a text, in bytes.
pub const STAMP: usize = DIGITS + 2;

/// Microseconds since the machine started.
pub fn now() -> u64 {
    let time = clock_gettime(ClockId::Monotonic);
    time.tv_sec as u64 * 1_000_000 + time.tv_nsec as u64 / 1000
}

/// A moment as a word: `Z`, nine digits, `z`. No text of ours has such a word otherwise.
pub fn stamp(at: u64) -> String {
    let digit = |place: u32| char::from_digit((at / 36_u64.pow(place) % 36) as u32, 36).unwrap_or('0');
    let digits: String = (0..DIGITS as u32).rev().map(digit).collect();
    format!("Z{digits}z")
}

/// Tells of every stamp in `bytes`, and returns how many of its last bytes could be the beginning of one.
pub fn stamps(bytes: &[u8], mut found: impl FnMut(u64)) -> usize {
    let mut at = 0;
    while let Some(next) = bytes[at..].iter().position(|byte| *byte == b'Z') {
        at += next;
        let Some(word) = bytes.get(at..at + STAMP) else { return bytes.len() - at };
        match value(word) {
            Some(moment) => {
                found(moment);
                at += STAMP;
            }
            None => at += 1,
        }
    }
    0
}

fn value(word: &[u8]) -> Option<u64> {
    let (digits, end) = (&word[1..=DIGITS], word[DIGITS + 1]);
    let valid = end == b'z' && digits.iter().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'z'));
    valid.then(|| u64::from_str_radix(std::str::from_utf8(digits).ok()?, 36).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_are_found_where_they_are_whole() {
        let (a, b) = (stamp(1), stamp(123_456_789_012));
        let text = format!("Zoo {a} and Z{b}, then {}", &b[..5]);
        let mut found = Vec::new();
        let rest = stamps(text.as_bytes(), |at| found.push(at));
        assert_eq!(found, [1, 123_456_789_012]);
        assert_eq!(rest, 5);
    }
}
