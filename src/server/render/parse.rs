//! A text is cut into its top-level pieces, each written as HTML. The parser knows Markdown; what a text means beside
//! others (definitions elsewhere, numbers of footnotes) is put in here.

use std::{borrow::Cow, cell::RefCell};

use pulldown_cmark::{Alignment, BrokenLink, CowStr, Event, Options, Parser, Tag};

use super::{
    known::{Known, Label, Target},
    write::Writer,
};

/// A top-level block. Places are bytes of the text that was parsed.
#[derive(Debug)]
pub(super) struct Piece {
    pub(super) kind: Kind,
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) html: String,
    /// The items of a list or rows of a table. Those of the lead are left out.
    pub(super) children: Vec<Child>,
    /// The columns of a table.
    pub(super) columns: Vec<Alignment>,
    /// Whether the item in the lead of a list came out loose, as all items of the list did then.
    pub(super) lead_is_loose: bool,
    /// How many footnotes were met until its end.
    pub(super) met: usize,
    /// The footnotes that were met in it, in order.
    pub(super) meets: Vec<Label>,
    /// Labels that look like references and lead nowhere yet.
    pub(super) unresolved: Vec<Label>,
    /// Footnotes that are defined in it, or by it.
    pub(super) notes: Vec<Label>,
}

#[derive(Debug)]
pub(super) struct Child {
    pub(super) start: usize,
    /// Where it starts in the HTML of its piece.
    pub(super) html: usize,
    /// How many footnotes were met before it in all, and in its piece.
    pub(super) met: usize,
    pub(super) meets: usize,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    Paragraph,
    Heading,
    Rule,
    Fence,
    Indented,
    Quote,
    List,
    Table,
    Html,
    Note,
}

/// A link reference definition.
#[derive(Debug)]
pub(super) struct Definition {
    pub(super) start: usize,
    pub(super) label: Label,
    pub(super) target: Target,
}

#[derive(Debug, Default)]
pub(super) struct Parsed {
    pub(super) pieces: Vec<Piece>,
    /// Link reference definitions, in order, but for those of a label that was defined before in this text.
    pub(super) definitions: Vec<Definition>,
}

/// Parses `text`, which starts where a top-level block may start. `lead` is put before it for the sake of what it does to
/// it (the list an item belongs to, the head of a table); nothing of it is in what is returned but for the tags round it.
pub(super) fn parse(text: &str, lead: &str, known: &mut Known) -> Parsed {
    let options =
        Options::ENABLE_TABLES | Options::ENABLE_FOOTNOTES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
    let Known { links, notes } = known;
    let links = &*links;
    let defined = defined_elsewhere(text, |label| notes.is_defined(label));
    let whole = match defined.len() + lead.len() {
        0 => Cow::Borrowed(text),
        _ => Cow::Owned([&defined, lead, text].concat()),
    };
    let base = whole.len() - text.len();

    let unresolved = RefCell::new(Vec::new());
    let resolve = |link: BrokenLink<'_>| {
        let label = Label::new(&link.reference);
        match links.get(&label) {
            Some(target) => Some((CowStr::from(target.url.clone()), CowStr::from(target.title.clone()))),
            None => {
                unresolved.borrow_mut().push(label);
                None
            }
        }
    };
    let parser = Parser::new_with_broken_link_callback(&whole, options, Some(resolve));
    let mut definitions: Vec<_> = parser
        .reference_definitions()
        .iter()
        .filter(|(_, definition)| definition.span.start >= base)
        .map(|(label, definition)| Definition {
            start: definition.span.start - base,
            label: Label::new(label),
            target: Target::new(&definition.dest, definition.title.as_deref().unwrap_or_default()),
        })
        .collect();
    definitions.sort_by_key(|definition| definition.start);

    let mut pieces = Vec::new();
    let mut writer = Writer::new(links, notes);
    let mut open: Option<Piece> = None;
    let mut depth = 0_usize;
    let mut in_defined = !defined.is_empty();
    for (event, range) in parser.into_offset_iter() {
        let (opens, closes) = match &event {
            Event::Start(_) => (true, false),
            Event::End(_) => (false, true),
            _ => (false, false),
        };
        if in_defined {
            depth = if opens { depth + 1 } else { depth - usize::from(closes) };
            if depth == 0 && event == Event::Rule {
                in_defined = false;
                unresolved.borrow_mut().clear();
            }
            continue;
        }
        if depth == 0 {
            open = Some(Piece {
                kind: Kind::of(&event),
                start: range.start.saturating_sub(base),
                end: range.end.saturating_sub(base),
                html: String::new(),
                children: Vec::new(),
                columns: match &event {
                    Event::Start(Tag::Table(columns)) => columns.clone(),
                    _ => Vec::new(),
                },
                lead_is_loose: false,
                met: 0,
                meets: Vec::new(),
                unresolved: Vec::new(),
                notes: Vec::new(),
            });
        }
        let Some(piece) = &mut open else { continue };
        let is_child = depth == 1 && matches!(event, Event::Start(Tag::Item | Tag::TableRow));
        if range.start < base && depth > 0 {
            piece.lead_is_loose |= depth == 2 && piece.kind == Kind::List && event == Event::Start(Tag::Paragraph);
        }
        if let Event::Start(Tag::FootnoteDefinition(label)) = &event {
            piece.notes.push(Label::new(label));
        }
        if is_child {
            let (html, met, meets) = writer.child();
            if range.start >= base {
                piece.children.push(Child { start: range.start - base, html, met, meets });
            }
        }
        writer.event(event);
        depth = if opens { depth + 1 } else { depth - usize::from(closes) };
        if depth == 0
            && let Some(mut piece) = open.take()
        {
            (piece.html, piece.met, piece.meets) = writer.take();
            piece.unresolved = unresolved.take();
            pieces.push(piece);
        }
    }
    Parsed { pieces, definitions }
}

/// Definitions, without content, of the footnotes that `text` may refer to and are known, and a rule to end them: the
/// parser takes a reference for one only beside its definition.
fn defined_elsewhere(text: &str, is_defined: impl Fn(&Label) -> bool) -> String {
    let mut lead = String::new();
    for (label, name) in note_labels(text) {
        if is_defined(&label) {
            lead.push_str(&format!("[^{name}]:\n\n"));
        }
    }
    if !lead.is_empty() {
        lead.push_str("***\n\n");
    }
    lead
}

/// What looks like a footnote's label in `text`, in code too, once each.
pub(super) fn note_labels(text: &str) -> Vec<(Label, &str)> {
    let mut labels: Vec<(Label, &str)> = Vec::new();
    let mut at = 0;
    while let Some(found) = text[at..].find("[^") {
        at += found + 2;
        let mut is_escaped = false;
        let end = text[at..].bytes().take(1001).position(|byte| {
            let is_end = matches!(byte, b']' | b'\n') && !is_escaped;
            is_escaped = byte == b'\\' && !is_escaped;
            is_end
        });
        if let Some(end) = end {
            let name = &text[at..at + end];
            let label = Label::new(name);
            if text[at + end..].starts_with(']') && !labels.iter().any(|(known, _)| *known == label) {
                labels.push((label, name));
            }
        }
    }
    labels
}

impl Kind {
    fn of(event: &Event<'_>) -> Self {
        use pulldown_cmark::CodeBlockKind::{Fenced, Indented};
        match event {
            Event::Rule => Self::Rule,
            Event::Start(Tag::Heading { .. }) => Self::Heading,
            Event::Start(Tag::CodeBlock(Fenced(_))) => Self::Fence,
            Event::Start(Tag::CodeBlock(Indented)) => Self::Indented,
            Event::Start(Tag::BlockQuote(_)) => Self::Quote,
            Event::Start(Tag::List(_)) => Self::List,
            Event::Start(Tag::Table(_)) => Self::Table,
            Event::Start(Tag::HtmlBlock) | Event::Html(_) => Self::Html,
            Event::Start(Tag::FootnoteDefinition(_)) => Self::Note,
            _ => Self::Paragraph,
        }
    }
}
