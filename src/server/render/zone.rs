//! Where a text may be cut: no block reaches across, and what comes after means the same by itself.

use super::parse::{Kind, Parsed, Piece};

/// The pieces between two cuts: one nearly always.
pub(super) struct Zone {
    pub(super) pieces: std::ops::Range<usize>,
    pub(super) end: usize,
    /// Nothing that comes later can change it, definitions apart.
    pub(super) is_closed: bool,
}

/// Cuts what was parsed of `text` into zones, without a gap. While `text` goes on, what its end may still change is open.
pub(super) fn zones(text: &str, parsed: &Parsed) -> Vec<Zone> {
    let pieces = &parsed.pieces;
    let mut zones: Vec<Zone> = Vec::new();
    for (index, piece) in pieces.iter().enumerate() {
        let line = line_start(text, piece.start);
        match zones.last_mut() {
            // Two footnotes may start in one line.
            Some(last) if line <= pieces[index - 1].start || !is_cut(text, line, piece) => last.pieces.end = index + 1,
            last => {
                if let Some(last) = last {
                    (last.end, last.is_closed) = (line, true);
                }
                zones.push(Zone { pieces: index..index + 1, end: text.len(), is_closed: false });
            }
        }
    }
    if let (Some(zone), Some(piece)) = (zones.last_mut(), pieces.last()) {
        zone.is_closed = is_closed(text, piece);
    }
    if pieces.is_empty() && !parsed.definitions.is_empty() && text.ends_with("\n\n") {
        zones.push(Zone { pieces: 0..0, end: text.len(), is_closed: true });
    }
    zones
}

/// Whether the text may be cut before `piece`, whose first line starts at `line`.
fn is_cut(text: &str, line: usize, piece: &Piece) -> bool {
    // A line that is not all there may turn out to go on with what is before it (`#`, `-`, `1.`); so may the head of a
    // table without the whole line below it.
    let lines = if piece.kind == Kind::Table { 2 } else { 1 };
    if text[line..].bytes().filter(|byte| *byte == b'\n').take(lines).count() < lines {
        return false;
    }
    let content = text[line..].trim_start_matches(' ');
    let indent = text.len() - line - content.len();
    if piece.kind != Kind::Indented && (indent > 3 || content.starts_with('\t')) {
        // It was taken for what it is because of what is before it; by itself it would be code.
        return false;
    }
    // After a definition a paragraph may look like something that cannot interrupt one, or go on with the definition.
    is_blank(last_line(&text[..line]))
        || !matches!(piece.kind, Kind::Paragraph | Kind::Heading | Kind::Table)
        || content.starts_with(|c: char| c.is_alphabetic() || "#|".contains(c))
}

/// Whether nothing can be added to the last piece of a text that goes on.
fn is_closed(text: &str, piece: &Piece) -> bool {
    let Some(whole) = text.strip_suffix('\n') else { return false };
    let end = whole.rfind('\n').map_or(0, |at| at + 1);
    if end > piece.start && is_blank(&whole[end..]) {
        return match piece.kind {
            Kind::Paragraph | Kind::Heading | Kind::Rule | Kind::Quote | Kind::Table => true,
            // Open, it would hold the rest.
            Kind::Fence => piece.end < text.len(),
            Kind::List | Kind::Indented | Kind::Html | Kind::Note => false,
        };
    }
    // Nothing but the piece is in the last line.
    let is_last = piece.end >= whole.len();
    match piece.kind {
        Kind::Heading | Kind::Rule => is_last,
        Kind::Fence => is_last && piece.end < text.len(),
        _ => false,
    }
}

fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |newline| newline + 1)
}

/// The last line of a text that ends in a line break, or nothing.
fn last_line(text: &str) -> &str {
    let text = text.strip_suffix('\n').unwrap_or(text);
    &text[line_start(text, text.len())..]
}

fn is_blank(line: &str) -> bool {
    line.bytes().all(|byte| matches!(byte, b' ' | b'\t'))
}
