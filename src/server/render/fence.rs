//! The quick way for code: what is added to an open fenced block is put at its end without parsing it again.

use super::{escape, parse::Piece};

/// How many closing tags come after the code.
pub(super) const DEPTH: u8 = 3;

/// The end of an open fenced code block. Places are bytes of the whole source.
#[derive(Debug)]
pub(super) struct Fence {
    kind: char,
    length: usize,
    indent: usize,
    /// Where the line starts that is being written, and up to where it is shown.
    line: usize,
    shown: usize,
}

impl Fence {
    /// `piece` is the last of what was parsed of `text`, which starts at `base` in the source.
    pub(super) fn new(text: &str, base: usize, piece: &Piece) -> Option<Self> {
        let fence = &text[piece.start..];
        let kind = fence.chars().next().filter(|kind| matches!(kind, '`' | '~'))?;
        let line = text.rfind('\n').map_or(0, |at| at + 1);
        let is_open = piece.end >= text.len() && line > piece.start;
        let fence = Self {
            kind,
            length: fence.len() - fence.trim_start_matches(kind).len(),
            indent: piece.start - text[..piece.start].rfind('\n').map_or(0, |at| at + 1),
            line: base + line,
            shown: base + text.len(),
        };
        let is_sure = line == text.len() || matches!(fence.start_of(&text[line..], false), Start::Code(_));
        (is_open && is_sure).then_some(fence)
    }

    /// The HTML of what was added to `source`; nothing where the block ends, or where the parser has to say what it is.
    pub(super) fn push(&mut self, source: &str) -> Option<String> {
        let mut html = String::new();
        let (mut line, mut shown) = (self.line, self.shown);
        while shown < source.len() {
            let end = source[shown..].find('\n').map(|at| shown + at);
            let text = &source[line..end.unwrap_or(source.len())];
            if shown == line {
                match self.start_of(text, end.is_some()) {
                    Start::Code(at) => shown = line + at,
                    Start::Unsure => break,
                    Start::Close => return None,
                }
            }
            let to = end.map_or(source.len(), |end| end + 1);
            escape::text(&mut html, &source[shown..to]);
            shown = to;
            if end.is_some() {
                line = to;
            }
        }
        (self.line, self.shown) = (line, shown);
        Some(html)
    }

    /// Up to where the source is shown.
    pub(super) fn shown(&self) -> usize {
        self.shown
    }

    fn start_of(&self, line: &str, is_whole: bool) -> Start {
        let content = line.trim_start_matches(' ');
        let spaces = line.len() - content.len();
        let after = content.trim_start_matches(self.kind);
        let length = content.len() - after.len();
        if self.indent > 0 && content.starts_with('\t') || length > 1000 {
            // The parser knows how wide a tab is, and when to look at a long line again.
            return Start::Close;
        }
        let is_blank = after.bytes().all(|byte| byte == b' ');
        match is_whole {
            true if spaces < 4 && length >= self.length && is_blank => Start::Close,
            false if spaces < 4 && (after.is_empty() || length >= self.length && is_blank) => Start::Unsure,
            _ => Start::Code(spaces.min(self.indent)),
        }
    }
}

/// What the start of a line of code is.
enum Start {
    /// Code from this byte of the line on.
    Code(usize),
    /// It may be the end of the block.
    Unsure,
    /// The end of the block.
    Close,
}
