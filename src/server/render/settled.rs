//! The beginning of a long open block that is settled: it is not parsed again when the block grows.
//!
//! A paragraph is settled up to a word before which everything is closed that Markdown opens within a line, a list up to
//! its last item, a table up to its last row. What follows is parsed by itself, behind a `lead` that puts it into the same
//! list or table. Whatever makes the beginning mean something else is seen in the rest (the underline of a heading, the
//! blank line that makes a list loose, a definition), and then all of the block is parsed again.

use std::{collections::HashSet, ops::Range};

use pulldown_cmark::Alignment;

use super::{
    calm, diff,
    known::{Known, Label},
    parse::{Kind, Parsed, Piece, note_labels, parse},
};
use crate::model::{BlockChange, make_room};

#[derive(Debug)]
pub(super) struct Settled {
    kind: Kind,
    /// Where the rest starts in the source.
    pub(super) source: usize,
    pub(super) lead: String,
    /// How many footnotes were met before the rest.
    pub(super) met: usize,
    /// Where the HTML of the rest starts in the block, and what comes after it.
    html: usize,
    close: &'static str,
    /// References that would change it if they were defined: of links and of footnotes.
    pub(super) unresolved: HashSet<Label>,
    mentions: HashSet<Label>,
    /// The footnotes that were met in it.
    pub(super) meets: Vec<Label>,
    /// What the items of a list start with.
    marker: char,
    is_loose: bool,
    /// How many items or rows are settled.
    children: usize,
}

/// What was just parsed, and where in the source it starts.
#[derive(Clone, Copy)]
pub(super) struct Seen<'a> {
    pub(super) base: usize,
    pub(super) text: &'a str,
    pub(super) parsed: &'a Parsed,
}

const PARAGRAPH: &str = "<p dir=\"auto\">";
/// A shorter paragraph is parsed again as a whole, and this much of a longer one, at least. (Tests want short texts.)
const SHORT: usize = if cfg!(test) { 30 } else { 200 };
const REST: usize = if cfg!(test) { 6 } else { 64 };
/// The parser ends a table that leaves out more cells than twice this: a large one is left to it.
const MOST_CELLS: usize = 1 << 17;

impl Settled {
    /// Settles a first part of a block that is open, alone, and was parsed as a whole. `met` is how many footnotes were
    /// met before it.
    pub(super) fn new(seen: Seen<'_>, met: usize, known: &mut Known) -> Option<Self> {
        let piece = seen.only_piece()?;
        let start = line_start(seen.text, piece.start);
        let mut settled = Self {
            kind: piece.kind,
            source: seen.base + start,
            lead: String::new(),
            met,
            html: 0,
            close: "",
            unresolved: HashSet::new(),
            mentions: HashSet::new(),
            meets: Vec::new(),
            marker: '-',
            is_loose: false,
            children: 0,
        };
        match piece.kind {
            Kind::List if piece.children.len() > 1 => {
                let item = seen.text[piece.start..].trim_start_matches(|c: char| c == ' ' || c.is_ascii_digit());
                settled.marker = item.chars().next()?;
                settled.close = if matches!(settled.marker, '.' | ')') { "</ol>" } else { "</ul>" };
                settled.html = piece.children.first()?.html;
                settled.lead = list_lead(settled.marker, false);
                Some(settled)
            }
            Kind::Table if piece.children.len() > 1 => {
                settled.close = "</tbody></table></div>";
                settled.lead = table_lead(&piece.columns);
                settled.html = piece.children.first()?.html;
                settled.settle_child(seen, piece, known).then_some(settled)
            }
            // With a bracket it may still become a definition.
            Kind::Paragraph if piece.html.len() > SHORT && !seen.text[piece.start..].starts_with('[') => {
                settled.source = seen.base + piece.start;
                settled.close = "</p>";
                settled.html = PARAGRAPH.len();
                settled.settle_words(seen, piece.start, piece, known).then_some(settled)
            }
            _ => None,
        }
    }

    /// Settles more, if there is more to settle, of a block whose rest was just parsed. Whether it did.
    pub(super) fn settle(&mut self, seen: Seen<'_>, known: &mut Known) -> bool {
        let Some(piece) = seen.only_piece() else { return false };
        match self.kind {
            Kind::Paragraph => piece.html.len() > SHORT && self.settle_words(seen, 0, piece, known),
            _ => self.settle_child(seen, piece, known),
        }
    }

    /// Where the HTML of the rest is in the first piece of what was parsed, if that goes on with what is settled.
    pub(super) fn rest(&mut self, parsed: &Parsed) -> Option<Range<usize>> {
        let piece = parsed.pieces.first().filter(|piece| piece.kind == self.kind)?;
        let is_redefined = parsed.definitions.iter().any(|definition| self.unresolved.contains(&definition.label))
            || parsed.pieces.iter().flat_map(|piece| &piece.notes).any(|label| self.mentions.contains(label));
        if is_redefined {
            return None;
        }
        let end = piece.html.len().checked_sub(self.close.len())?;
        match self.kind {
            Kind::Paragraph => (piece.start == 0).then_some(PARAGRAPH.len()..end),
            Kind::Table => Some(piece.children.first().map_or(end..end, |row| row.html..end)),
            Kind::List => {
                let first = piece.children.first().filter(|child| child.start < 4)?;
                if piece.lead_is_loose != self.is_loose {
                    if self.children > 0 {
                        return None;
                    }
                    self.is_loose = piece.lead_is_loose;
                    self.lead = list_lead(self.marker, self.is_loose);
                }
                Some(first.html..end)
            }
            _ => None,
        }
    }

    /// Makes `html` the HTML of the rest, in the block with index `index`: how it grew, or nothing if it did not only grow.
    pub(super) fn grow(&self, index: usize, block: &mut String, html: &str) -> Option<Vec<BlockChange>> {
        let old = &block[self.html..block.len() - self.close.len()];
        let below = u8::try_from(self.close.matches('<').count()).unwrap_or(u8::MAX);
        let changes = diff::insertions(old, html)
            .map(|insertions| insertions.iter().map(|insertion| insertion.in_block(index, below)).collect());
        if old != html {
            block.truncate(self.html);
            make_room(block, html.len() + self.close.len());
            block.push_str(html);
            block.push_str(self.close);
        }
        changes
    }

    /// Settles all items or rows but the last.
    fn settle_child(&mut self, seen: Seen<'_>, piece: &Piece, known: &Known) -> bool {
        let (Some(first), Some(last)) = (piece.children.first(), piece.children.last()) else { return false };
        let start = line_start(seen.text, last.start);
        // A line that is not all there may turn out to be none of the list.
        let is_sure = piece.children.len() > 1 && seen.text[start..].contains('\n');
        let children = self.children + piece.children.len() - 1;
        if !is_sure || children * piece.columns.len() > MOST_CELLS {
            return false;
        }
        self.children = children;
        self.html += last.html - first.html;
        self.met = last.met;
        self.take_in(seen, start, &piece.unresolved, &piece.meets[..last.meets], known);
        true
    }

    /// Settles the words of a paragraph, which start at `start`, up to one that can be taken by itself.
    fn settle_words(&mut self, seen: Seen<'_>, start: usize, piece: &Piece, known: &mut Known) -> bool {
        let text = &seen.text[start..];
        let Some((end, next)) = cut(text) else { return false };
        known.notes.forget_after(self.met);
        let parsed = parse(&text[..end], "", known);
        let [words] = parsed.pieces.as_slice() else { return false };
        let (Some(html), Some(whole)) = (inside(&words.html), inside(&piece.html)) else { return false };
        let space = &text[end..next];
        let is_same = whole.strip_prefix(html).is_some_and(|rest| rest.starts_with(space));
        if !is_same || !calm::is_closed(html) {
            return false;
        }
        self.html += html.len() + space.len();
        self.met = words.met;
        self.take_in(seen, start + next, &words.unresolved, &words.meets, known);
        true
    }

    fn take_in(&mut self, seen: Seen<'_>, end: usize, unresolved: &[Label], meets: &[Label], known: &Known) {
        self.meets.extend_from_slice(meets);
        self.unresolved.extend(unresolved.iter().cloned());
        let mentions = note_labels(&seen.text[..end]).into_iter().map(|(label, _)| label);
        self.mentions.extend(mentions.filter(|label| !known.notes.is_defined(label)));
        self.source = seen.base + end;
    }
}

impl<'a> Seen<'a> {
    /// The only piece, if nothing is defined that is not closed: what refers to that may change with it.
    fn only_piece(self) -> Option<&'a Piece> {
        match self.parsed.pieces.as_slice() {
            [piece] if piece.notes.is_empty() && self.parsed.definitions.is_empty() => Some(piece),
            _ => None,
        }
    }
}

/// The last place in the text of a paragraph that leaves some of it as a rest, and at which that may start: where the
/// words before it end, and where those after it start. No line of a table is cut.
fn cut(text: &str) -> Option<(usize, usize)> {
    let mut next = text.len().checked_sub(REST)?;
    while !text.is_char_boundary(next) {
        next -= 1;
    }
    loop {
        let before = text[..next].chars().next_back()?;
        let after = text[next..].chars().next()?;
        let end = next - if before.is_ascii_whitespace() { 1 } else { 0 };
        let is_start = after.is_alphabetic()
            && match before {
                ' ' | '\n' => text[..end].chars().next_back().is_some_and(|c| !c.is_whitespace() && c != '\\'),
                // Where words are not divided by spaces.
                before => !before.is_ascii() && !after.is_ascii() && calm::is_calm(before),
            };
        if is_start {
            let line = &text[line_start(text, end)..end];
            return (!line.contains('|')).then_some((end, next));
        }
        next -= before.len_utf8();
    }
}

/// A first item for the rest of a list, which has the marker `marker`. It is indented so that no item after it is part of
/// it, and ends in a rule: not every item could interrupt a paragraph.
fn list_lead(marker: char, is_loose: bool) -> String {
    let (marker, indent) = match marker {
        '.' | ')' => (format!("1{marker}"), "      "),
        marker => (marker.to_string(), "     "),
    };
    let blank = if is_loose { "\n" } else { "" };
    format!("   {marker} x\n{indent}***\n{blank}")
}

/// A head for the rest of a table.
fn table_lead(columns: &[Alignment]) -> String {
    let rule = |column: &Alignment| match column {
        Alignment::None => "-|",
        Alignment::Left => ":-|",
        Alignment::Center => ":-:|",
        Alignment::Right => "-:|",
    };
    format!("|{}\n|{}\n", "x|".repeat(columns.len()), columns.iter().map(rule).collect::<String>())
}

/// The HTML inside of a paragraph.
fn inside(html: &str) -> Option<&str> {
    html.strip_prefix(PARAGRAPH)?.strip_suffix("</p>")
}

fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |newline| newline + 1)
}
