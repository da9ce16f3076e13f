//! Session tokens: what a browser holds to show who it is.

use std::fmt::Write;

use sha2::{Digest, Sha256};

const BYTES: usize = 32;

/// A new token: 256 bits from the system's generator, as 64 hexadecimal digits.
pub fn fresh() -> String {
    hex(&rand::random::<[u8; BYTES]>())
}

/// What the store keeps of a token: its SHA-256. Who reads the table cannot sign in with it; and as a token cannot be
/// guessed, a slow hash would add nothing.
pub fn hash(token: &str) -> String {
    hex(&Sha256::digest(token.as_bytes()))
}

/// Whether a text can be a token of ours at all.
pub fn is_shaped(text: &str) -> bool {
    text.len() == 2 * BYTES && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_differ_and_are_kept_as_hashes() {
        let (one, two) = (fresh(), fresh());
        assert_ne!(one, two);
        assert!(is_shaped(&one) && is_shaped(&two));
        assert_ne!(hash(&one), one);
        assert_eq!(hash("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        for text in ["", "abc", &one[1..], &format!("{one}0"), &one.to_uppercase().replace(char::is_numeric, "A")] {
            assert!(!is_shaped(text), "{text}");
        }
    }
}
