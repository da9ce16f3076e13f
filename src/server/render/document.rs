//! A text that is still being written.

use std::mem::take;

use super::{
    closed::Closed,
    diff,
    fence::{self, Fence},
    known::Known,
    parse::Kind,
    prose::Prose,
    settled::Settled,
};
use crate::model::{BlockChange, fold_blocks, make_room};

/// A text that is still being written, and its blocks.
///
/// Its source has a part that is closed and a part that is open, most often one block. What is pushed makes the open part
/// be parsed again, but for its [`Settled`] beginning, or goes one of the quick ways: [`Prose`] and [`Fence`].
///
/// While it is being written, its blocks are those of [`render`](super::render) for the source so far, with three
/// exceptions that end with the text: what would flash is [held](super::hold); a link definition counts once it is complete; and
/// a large block that none of these ways is open to is parsed again only when it has grown by a part of its size.
#[derive(Default, Debug)]
pub struct Document {
    pub(super) source: String,
    pub(super) blocks: Vec<String>,
    pub(super) known: Known,
    pub(super) closed: Vec<Closed>,
    pub(super) open: Open,
    pub(super) is_finished: bool,
    /// The last character pushed was a carriage return: a line feed after it is part of the same line break.
    ends_in_return: bool,
}

/// The part of the source that is not closed.
#[derive(Default, Debug)]
pub(super) struct Open {
    /// Where it starts.
    pub(super) source: usize,
    pub(super) block: usize,
    /// How many footnotes were met before it.
    pub(super) met: usize,
    /// Up to where it is shown.
    pub(super) shown: usize,
    /// The kind of its last block.
    pub(super) kind: Option<Kind>,
    pub(super) settled: Option<Settled>,
    /// It is not tried to settle words before the rest is as long as this.
    pub(super) patience: usize,
    pub(super) quick: Quick,
}

/// How text can be added without parsing.
#[derive(Default, Debug)]
pub(super) enum Quick {
    #[default]
    No,
    Prose(Prose),
    Fence(Fence),
}

impl Document {
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds text at the end. What is returned turns the blocks of before into those of now.
    pub fn push(&mut self, text: &str) -> Vec<BlockChange> {
        if text.is_empty() {
            return Vec::new();
        }
        if self.is_finished {
            return self.resume(text);
        }
        let added = self.source.len();
        self.append(text);
        match self.push_quickly(added) {
            Some(change) => Vec::from_iter(change),
            None => self.update(),
        }
    }

    /// The text is over: its blocks are now those of [`render`](super::render). Should more be pushed nevertheless, it
    /// goes on.
    pub fn finish(&mut self) -> Vec<BlockChange> {
        if self.is_finished {
            return Vec::new();
        }
        self.is_finished = true;
        self.update()
    }

    /// What viewers who have folded every change see.
    pub fn blocks(&self) -> &[String] {
        &self.blocks
    }

    /// All that was pushed, with every line break as `\n`.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Adds text without looking at it: it is all there when the document is [finished](Self::finish).
    pub(super) fn write(&mut self, text: &str) {
        self.append(text);
    }

    /// The part of the source that its blocks show.
    #[cfg(test)]
    pub(super) fn shown(&self) -> &str {
        &self.source[..self.open.shown]
    }

    pub(super) fn into_blocks(self) -> Vec<String> {
        self.blocks
    }

    /// Takes up a text that was over. Its end was settled, so that it is taken from its beginning.
    fn resume(&mut self, text: &str) -> Vec<BlockChange> {
        let old = take(self);
        (self.source, self.ends_in_return) = (old.source, old.ends_in_return);
        self.append(text);
        self.update();
        diff::changes(0, &old.blocks, &self.blocks)
    }

    fn append(&mut self, text: &str) {
        let text = if self.ends_in_return { text.strip_prefix('\n').unwrap_or(text) } else { text };
        self.ends_in_return = text.ends_with('\r');
        if text.contains(['\r', '\0']) {
            // NUL is no character of a text (CommonMark 2.3), nor one that every database keeps.
            let text = text.replace("\r\n", "\n").replace('\r', "\n").replace('\0', "\u{fffd}");
            make_room(&mut self.source, text.len());
            self.source.push_str(&text);
        } else {
            make_room(&mut self.source, text.len());
            self.source.push_str(text);
        }
    }

    /// Shows the source from `added` on, which is new, without parsing, where that can be done.
    fn push_quickly(&mut self, added: usize) -> Option<Option<BlockChange>> {
        let (html, depth) = match &mut self.open.quick {
            Quick::No => return None,
            Quick::Prose(prose) => (prose.push(&self.source[added..])?, prose.depth),
            Quick::Fence(fence) => (fence.push(&self.source)?, fence::DEPTH),
        };
        self.open.shown = match &self.open.quick {
            Quick::Fence(fence) => fence.shown(),
            _ => self.source.len(),
        };
        let block = self.blocks.len().checked_sub(1).filter(|_| !html.is_empty());
        Some(block.map(|block| {
            let change = BlockChange::Append { block: diff::index(block), depth, html };
            fold_blocks(&mut self.blocks, change.clone());
            change
        }))
    }
}
