//! The part of a text that is closed. It changes only where it refers to something that is defined later.

use std::{
    collections::{HashMap, HashSet},
    ops::Range,
};

use super::{
    known::{Known, Label},
    parse::{note_labels, parse},
};

/// A part of the source that is closed.
#[derive(Debug)]
pub(super) struct Closed {
    source: Range<usize>,
    pub(super) blocks: Range<usize>,
    /// How many footnotes were met before it, and which in it, in order.
    met: usize,
    meets: Vec<Label>,
    /// Links it would refer to if they were defined.
    unresolved: Vec<Label>,
    /// Footnotes it may refer to.
    mentions: Vec<Label>,
}

/// Labels that have a meaning now and had none before.
#[derive(Default, Debug)]
pub(super) struct New {
    pub(super) links: HashSet<Label>,
    pub(super) notes: HashSet<Label>,
}

impl Closed {
    pub(super) fn new(
        source: Range<usize>,
        blocks: Range<usize>,
        text: &str,
        met: usize,
        meets: Vec<Label>,
        unresolved: Vec<Label>,
    ) -> Self {
        let mentions = note_labels(text).into_iter().map(|(label, _)| label).collect();
        Self { source, blocks, met, meets, unresolved, mentions }
    }

    fn uses(&self, new: &New) -> bool {
        self.unresolved.iter().any(|label| new.links.contains(label))
            || self.mentions.iter().any(|label| new.notes.contains(label))
    }
}

impl New {
    /// The first part that means something else now.
    pub(super) fn first_use(&self, closed: &[Closed]) -> Option<usize> {
        let is_any = !(self.links.is_empty() && self.notes.is_empty());
        is_any.then(|| closed.iter().position(|part| part.uses(self)))?
    }
}

/// Writes again what `new` changed in `closed`, which starts with a change. `blocks` are those of the text up to the end
/// of `closed`.
pub(super) fn write_again(closed: &mut [Closed], blocks: &mut Vec<String>, new: &New, source: &str, known: &mut Known) {
    let Some(first) = closed.first() else { return };
    let mut old = blocks.split_off(first.blocks.start).into_iter();
    let numbers: HashMap<Label, usize> = known.notes.order().iter().cloned().zip(1..).collect();
    known.notes.forget_after(first.met);
    for part in closed {
        let start = blocks.len();
        let same: Vec<_> = old.by_ref().take(part.blocks.len()).collect();
        part.met = known.notes.met();
        let numbers_now: Vec<_> = part.meets.iter().map(|label| Some(known.notes.number(label))).collect();
        let is_same = part.meets.iter().map(|label| numbers.get(label).copied()).eq(numbers_now);
        if is_same && !part.uses(new) {
            blocks.extend(same);
        } else {
            known.notes.forget_after(part.met);
            (part.meets, part.unresolved) = Default::default();
            for mut piece in parse(&source[part.source.clone()], "", known).pieces {
                blocks.push(piece.html);
                part.meets.append(&mut piece.meets);
                part.unresolved.append(&mut piece.unresolved);
            }
        }
        part.blocks = start..blocks.len();
    }
}
