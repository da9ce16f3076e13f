//! Events that have been, kept for whoever comes back. An event of an answer is much like the one before it: the same
//! words around another piece of text. So each is kept as what differs, a fifth of it.

use std::sync::Arc;

/// Events in a row. They can be read from the first one on alone.
#[derive(Default, Debug)]
pub(super) struct Packed {
    bytes: Vec<u8>,
    count: usize,
    /// The newest, whole: what the next one is compared with.
    last: Option<Arc<str>>,
}

impl Packed {
    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// How much they take, in bytes.
    pub(super) fn size(&self) -> usize {
        self.bytes.len()
    }

    pub(super) fn push(&mut self, event: Arc<str>) {
        let (last, new) = (self.last.as_deref().unwrap_or_default().as_bytes(), event.as_bytes());
        let begin = last.iter().zip(new).take_while(|(one, other)| one == other).count();
        let rests = last[begin..].iter().rev().zip(new[begin..].iter().rev());
        let end = rests.take_while(|(one, other)| one == other).count();
        let middle = &new[begin..new.len() - end];
        for length in [begin, end, middle.len()] {
            put(&mut self.bytes, length);
        }
        self.bytes.extend_from_slice(middle);
        self.count += 1;
        self.last = Some(event);
    }

    /// Nothing more will be added.
    pub(super) fn close(&mut self) {
        self.bytes.shrink_to_fit();
        self.last = None;
    }

    /// All of them, in the order they came.
    pub(super) fn events(&self) -> impl Iterator<Item = Arc<str>> {
        let (mut rest, mut last) = (self.bytes.as_slice(), Vec::new());
        std::iter::from_fn(move || {
            let (begin, end, middle) = (take(&mut rest)?, take(&mut rest)?, take(&mut rest)?);
            let (middle, after) = rest.split_at_checked(middle)?;
            rest = after;
            let kept = last.len().checked_sub(end).filter(|kept| begin <= *kept)?;
            last.splice(begin..kept, middle.iter().copied());
            str::from_utf8(&last).ok().map(Arc::from)
        })
    }
}

/// A length in as few bytes as it needs, seven bits in each, the low ones first.
fn put(bytes: &mut Vec<u8>, mut length: usize) {
    while length >= 0x80 {
        bytes.push(length as u8 | 0x80);
        length >>= 7;
    }
    bytes.push(length as u8);
}

fn take(bytes: &mut &[u8]) -> Option<usize> {
    let mut length = 0;
    for shift in (0..usize::BITS).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        length |= usize::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(length);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_was_put_in_comes_out(events in prop::collection::vec("(text: |ä🦀){0,2}[a-cé漢]{0,200}(}}|漢é)?", 0..20)) {
            let mut packed = Packed::default();
            events.iter().for_each(|event| packed.push(event.as_str().into()));
            packed.close();
            let read: Vec<String> = packed.events().map(|event| event.to_string()).collect();
            prop_assert_eq!(packed.count(), events.len());
            prop_assert_eq!(read, events);
        }
    }

    #[test]
    fn what_is_alike_takes_little() {
        let mut packed = Packed::default();
        let event = |word: &str| {
            format!(r#"{{"op":"text","part":"text","change":{{"do":"append","block":0,"html":"{word}"}}}}"#)
        };
        let words = ["The ", "word ", "that ", "comes "];
        words.iter().for_each(|word| packed.push(event(word).into()));
        assert!(packed.size() < event("The ").len() + 4 * 9, "{}", packed.size());
    }
}
