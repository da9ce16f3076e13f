//! The slow way to add text to a [`Document`]: by parsing.

use std::{mem::take, ops::Range};

use super::{
    closed::{Closed, New, write_again},
    diff,
    document::{Document, Open, Quick},
    fence::Fence,
    hold,
    parse::{Kind, Parsed, parse},
    prose::Prose,
    settled::{Seen, Settled},
    zone::{Zone, zones},
};
use crate::model::BlockChange;

/// A larger rest is not parsed again for every few characters (tests want short texts),
const LARGE: usize = if cfg!(test) { 128 } else { 4096 };
/// but when it has grown by one in this many.
const SLOWNESS: usize = 32;

/// What was parsed.
struct View {
    /// Where it starts in the source.
    base: usize,
    parsed: Parsed,
    zones: Vec<Zone>,
    /// Where in the HTML of the first piece that of the rest of a block is, if its beginning is settled.
    rest: Option<Range<usize>>,
}

impl Document {
    /// Parses the open part again, or the rest of it.
    pub(super) fn update(&mut self) -> Vec<BlockChange> {
        let was_fence = matches!(take(&mut self.open.quick), Quick::Fence(_));
        let shown = match self.is_finished {
            true => self.source.len(),
            false => self.open.source + hold::shown(&self.source[self.open.source..], self.open.kind),
        };
        if !self.is_finished && !was_fence && !self.is_worth_it(shown) {
            return Vec::new();
        }
        self.open.shown = shown;

        let from = self.open.block;
        let View { base, mut parsed, zones, rest } = self.parse_open();

        let mut old = self.blocks.split_off(from);
        // A block with a settled beginning keeps it.
        let mut grown = None;
        if let (Some(settled), Some(rest), Some(block)) = (&self.open.settled, rest, old.first_mut()) {
            let mut block = take(block);
            let changes = settled.grow(from, &mut block, &parsed.pieces[0].html[rest]);
            grown = Some((block, changes));
        }
        if let [zone] = zones.as_slice()
            && !zone.is_closed
        {
            self.settle(base, &parsed);
        }
        self.blocks.extend(parsed.pieces.iter_mut().map(|piece| {
            // Written with room for more, which a block that is closed does not need, and an open one takes as it grows.
            piece.html.shrink_to_fit();
            take(&mut piece.html)
        }));
        let mut changes = match grown {
            None => diff::changes(from, &old, &self.blocks[from..]),
            Some((block, changes)) => {
                self.blocks[from] = block;
                match changes {
                    Some(mut changes) => {
                        changes.append(&mut diff::changes(from + 1, &old[1..], &self.blocks[from + 1..]));
                        changes
                    }
                    None => vec![self.replace_from(from)],
                }
            }
        };
        for zone in zones.iter().filter(|zone| zone.is_closed) {
            self.close(zone, base, from, &mut parsed);
        }
        let new = self.define(&parsed, &zones);
        if let Some(first) = new.first_use(&self.closed) {
            changes = vec![self.write_again(first, from, &new)];
        } else {
            self.open.quick = self.quick(base, &parsed, &zones);
        }
        self.open.kind = zones.last().filter(|zone| !zone.is_closed).and(parsed.pieces.last()).map(|piece| piece.kind);
        changes
    }

    /// Whether to parse again with the source shown up to `shown`.
    fn is_worth_it(&self, shown: usize) -> bool {
        let rest = shown.saturating_sub(self.open.settled.as_ref().map_or(self.open.source, |settled| settled.source));
        let grown = shown.saturating_sub(self.open.shown);
        let may_close = matches!(self.open.kind, Some(Kind::Paragraph | Kind::Quote | Kind::Table));
        grown > 0 && (rest < LARGE || grown > rest / SLOWNESS || may_close && self.source[..shown].ends_with("\n\n"))
    }

    /// Parses what is open of the source, or if that will do what is not settled of it.
    fn parse_open(&mut self) -> View {
        if let Some(mut settled) = self.open.settled.take() {
            if settled.source <= self.open.shown {
                let mut view = self.parse_from(settled.source, settled.met, &settled.lead);
                view.rest = settled.rest(&view.parsed);
                if view.rest.is_some() {
                    self.open.settled = Some(settled);
                    return view;
                }
            }
            self.open.patience = longer(self.open.shown - self.open.source);
        }
        self.parse_from(self.open.source, self.open.met, "")
    }

    /// Parses the source from `base` on, before which so many footnotes were `met`.
    fn parse_from(&mut self, base: usize, met: usize, lead: &str) -> View {
        let text = &self.source[base..self.open.shown];
        self.known.notes.forget_after(met);
        let mut parsed = parse(text, lead, &mut self.known);
        let mut zones = zones(text, &parsed);
        if self.is_finished {
            zones.iter_mut().for_each(|zone| zone.is_closed = true);
        }
        // A definition that is not closed may still change: what is closed must not be made with it.
        if let Some(last) = zones.iter().rfind(|zone| zone.is_closed)
            && !self.is_finished
            && parsed.definitions.iter().any(|definition| definition.start >= last.end)
        {
            self.known.notes.forget_after(met);
            let closed = parse(&text[..last.end], lead, &mut self.known).pieces;
            if closed.len() == last.pieces.end {
                parsed.pieces.splice(..closed.len(), closed);
            }
        }
        View { base, parsed, zones, rest: None }
    }

    /// Settles more of the only open block, as it was just parsed.
    fn settle(&mut self, base: usize, parsed: &Parsed) {
        let text = &self.source[base..self.open.shown];
        let seen = Seen { base, text, parsed };
        let is_paragraph = parsed.pieces.iter().all(|piece| piece.kind == Kind::Paragraph);
        if is_paragraph && text.len() < self.open.patience {
            return;
        }
        let has_settled = match &mut self.open.settled {
            Some(settled) => settled.settle(seen, &mut self.known),
            settled => {
                *settled = Settled::new(seen, self.open.met, &mut self.known);
                settled.is_some()
            }
        };
        self.open.patience = if has_settled { 0 } else { longer(text.len()) };
    }

    /// Moves the open part behind a zone that is closed. The blocks of what was parsed start at `from`.
    fn close(&mut self, zone: &Zone, base: usize, from: usize, parsed: &mut Parsed) {
        let source = self.open.source..base + zone.end;
        let blocks = from + zone.pieces.start..from + zone.pieces.end;
        let mut unresolved = Vec::new();
        let mut meets = Vec::new();
        if let Some(settled) = self.open.settled.take() {
            unresolved.extend(settled.unresolved);
            meets.extend(settled.meets);
        }
        let mut met = self.open.met;
        for piece in &mut parsed.pieces[zone.pieces.clone()] {
            unresolved.append(&mut piece.unresolved);
            meets.append(&mut piece.meets);
            met = piece.met;
        }
        let open = Open { source: source.end, block: blocks.end, met, shown: self.open.shown, ..Open::default() };
        let text = &self.source[source.clone()];
        self.closed.push(Closed::new(source, blocks, text, self.open.met, meets, unresolved));
        self.open = open;
    }

    /// Remembers the definitions that were parsed. Those that are still being written count only once they are closed,
    /// but for a footnote: that it is one is sure from the beginning.
    fn define(&mut self, parsed: &Parsed, zones: &[Zone]) -> New {
        let end = zones.iter().rfind(|zone| zone.is_closed).map_or(0, |zone| zone.end);
        let mut new = New::default();
        for definition in &parsed.definitions {
            let is_closed = self.is_finished || definition.start < end;
            if is_closed && self.known.links.define(definition.label.clone(), definition.target.clone()) {
                new.links.insert(definition.label.clone());
            }
        }
        for zone in zones {
            for piece in &parsed.pieces[zone.pieces.clone()] {
                let sure = match (zone.is_closed, piece.kind) {
                    (true, _) => piece.notes.len(),
                    (false, Kind::Note) => 1,
                    (false, _) => 0,
                };
                for label in piece.notes.iter().take(sure) {
                    if self.known.notes.define(label.clone()) {
                        new.notes.insert(label.clone());
                    }
                }
            }
        }
        new
    }

    /// Writes again what `new` changed, from the closed part with index `first` on, and parses the open part as a whole.
    fn write_again(&mut self, first: usize, from: usize, new: &New) -> BlockChange {
        let start = self.closed[first].blocks.start;
        self.blocks.truncate(self.open.block);
        // The parts before it keep their numbers.
        write_again(&mut self.closed[first..], &mut self.blocks, new, &self.source, &mut self.known);
        self.open.block = self.blocks.len();
        self.open.met = self.known.notes.met();
        self.open.settled = None;
        let open = parse(&self.source[self.open.source..self.open.shown], "", &mut self.known);
        self.blocks.extend(open.pieces.into_iter().map(|piece| piece.html));
        self.replace_from(start.min(from))
    }

    /// The quick way that is open after what was parsed.
    fn quick(&self, base: usize, parsed: &Parsed, zones: &[Zone]) -> Quick {
        let is_open = |zone: &&Zone| !zone.is_closed && zone.pieces.len() == 1;
        let (Some(_), Some(piece), Some(html)) =
            (zones.last().filter(is_open), parsed.pieces.last(), self.blocks.last())
        else {
            return Quick::No;
        };
        let quick = match piece.kind {
            Kind::Paragraph if self.open.shown == self.source.len() => {
                Prose::new(&self.source[self.open.source..], html, 1).map(Quick::Prose)
            }
            Kind::Fence => Fence::new(&self.source[base..self.open.shown], base, piece).map(Quick::Fence),
            _ => None,
        };
        quick.unwrap_or_default()
    }

    fn replace_from(&self, from: usize) -> BlockChange {
        BlockChange::Replace { from: diff::index(from), blocks: self.blocks[from..].to_vec() }
    }
}

fn longer(length: usize) -> usize {
    length + length / 4
}
