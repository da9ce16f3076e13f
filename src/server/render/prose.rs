//! The quick way for words: they are put at the end of an open paragraph without parsing it again.

use super::calm::is_calm;
use crate::model::insertion_point;

/// The end of an open paragraph at which calm text is only text.
#[derive(Debug)]
pub(super) struct Prose {
    /// How many closing tags come after it in the block.
    pub(super) depth: u8,
    /// How many `w` it ends in: an address may start with three and a dot.
    ws: usize,
    /// The space or line break at the end: it shows only when something follows.
    space: Option<char>,
}

impl Prose {
    /// `source` is the open part of a text, and all of it was parsed: one paragraph, with the HTML `html`, which ends in
    /// `depth` closing tags.
    pub(super) fn new(source: &str, html: &str, depth: u8) -> Option<Self> {
        // Not where a definition may still come of it, or something else that one line decides.
        let first = source.trim_start().chars().next()?;
        if !(first.is_alphabetic() || "*_(".contains(first)) {
            return None;
        }
        let at = insertion_point(html, depth)?;
        let last = source.chars().next_back()?;
        if last == ' ' || last == '\n' {
            let before = source[..source.len() - 1].chars().next_back()?;
            let is_single = !(before.is_whitespace() || before == '\\' && last == '\n');
            return is_single.then_some(Self { depth, ws: 0, space: Some(last) });
        }
        let word = &source[source.rfind([' ', '\n']).map_or(0, |at| at + 1)..];
        let is_text =
            !html[..at].ends_with('>') && word.chars().all(is_calm) && !word.to_ascii_lowercase().contains("www.");
        is_text.then(|| Self { depth, ws: word.len() - word.trim_end_matches(['w', 'W']).len(), space: None })
    }

    /// The HTML of `text`, if that is calm; then it is taken in.
    pub(super) fn push(&mut self, text: &str) -> Option<String> {
        let mut html = String::with_capacity(text.len() + 1);
        let (mut ws, mut space) = (self.ws, self.space);
        for c in text.chars() {
            match c {
                ' ' | '\n' if space.is_some() => return None,
                ' ' | '\n' => space = Some(c),
                c if !is_calm(c) => return None,
                // At the beginning of a line anything but a letter may start another block.
                c if space == Some('\n') && !c.is_alphabetic() => return None,
                '.' if ws >= 3 => return None,
                c => {
                    html.extend(space);
                    html.push(c);
                    ws = if matches!(c, 'w' | 'W') { ws * usize::from(space.is_none()) + 1 } else { 0 };
                    space = None;
                }
            }
        }
        (self.ws, self.space) = (ws, space);
        Some(html)
    }
}
