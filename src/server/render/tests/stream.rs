//! What viewers fold is what the document shows, and in the end what rendering the whole text shows.

use proptest::prelude::*;

use super::{
    super::{Document, diff, known::Known, parse::parse, render},
    html::Element,
    texts::{CODE, LISTS, PROSE, SPECIAL, TABLES, nasty, pieces},
};
use crate::model::{BlockChange, fold_blocks};

/// What viewers of a document see: its blocks as text and as elements.
#[derive(Default)]
struct Viewer {
    blocks: Vec<String>,
    elements: Vec<Element>,
}

impl Viewer {
    fn fold(&mut self, changes: Vec<BlockChange>) {
        for change in changes {
            match &change {
                BlockChange::Append { block, depth, html } => {
                    assert!(!html.is_empty() && diff::is_whole(html), "{change:?}");
                    let element = self.elements[*block as usize].last_element(*depth);
                    element.expect("an element as deep").insert_before_end(html);
                }
                BlockChange::Replace { from, blocks } => {
                    self.elements.truncate(*from as usize);
                    self.elements.extend(blocks.iter().map(|block| Element::holding(block)));
                }
            }
            fold_blocks(&mut self.blocks, change);
        }
    }

    fn check(&self, document: &Document) {
        assert_eq!(self.blocks, document.blocks(), "{:?}", document.source());
        for (block, element) in self.blocks.iter().zip(&self.elements) {
            assert!(diff::is_whole(block) && block.ends_with('>'), "{block:?}");
            assert_eq!(Element::holding(block), *element, "{:?}", document.source());
        }
        assert_eq!(self.blocks.len(), self.elements.len());
    }
}

/// Pushes `pieces` one by one, as a viewer sees it, up to the end.
pub(super) fn stream(pieces: &[&str]) -> Vec<String> {
    let mut document = Document::new();
    let mut viewer = Viewer::default();
    for piece in pieces {
        viewer.fold(document.push(piece));
        viewer.check(&document);
        // What is defined counts a little later than it is shown.
        if !document.source().contains("]:") {
            assert_eq!(viewer.blocks, render(document.shown()), "{:?} of {:?}", document.shown(), document.source());
        }
    }
    viewer.fold(document.finish());
    viewer.check(&document);
    let whole = document.source();
    assert_eq!(viewer.blocks, render(whole), "{whole:?}");
    assert_eq!(viewer.blocks, render(&pieces.concat()), "{whole:?}");
    assert_eq!(viewer.blocks, parse_at_once(whole), "{whole:?}");
    viewer.blocks
}

/// What the parser makes of the whole text, without a cut.
fn parse_at_once(text: &str) -> Vec<String> {
    parse(text, "", &mut Known::default()).pieces.into_iter().map(|piece| piece.html).collect()
}

/// Cuts `text` after the characters that `cuts` says.
fn cut<'a>(text: &'a str, cuts: &[u8]) -> Vec<&'a str> {
    let mut pieces = Vec::new();
    let mut rest = text;
    for cut in cuts.iter().cycle().take(text.len() + 1) {
        let at = rest.char_indices().nth(usize::from(*cut).max(1)).map_or(rest.len(), |(at, _)| at);
        pieces.push(&rest[..at]);
        rest = &rest[at..];
        if rest.is_empty() {
            break;
        }
    }
    pieces
}

fn every_char(text: &str) -> Vec<&str> {
    cut(text, &[1])
}

#[test]
fn what_is_closed_does_not_change() {
    let text = "# A\n\nSome *words*.\nMore.\n\n- a\n- b\n\n  c\n\n```rust\ncode\n```\n\n| a |\n|---|\n| b |\n\n> q\n\n1. d\n\nend";
    let mut document = Document::new();
    for piece in every_char(&text.repeat(3)) {
        let last = document.blocks().len().saturating_sub(1);
        for change in document.push(piece) {
            let (BlockChange::Append { block, .. } | BlockChange::Replace { from: block, .. }) = change;
            assert!(block as usize >= last, "{:?}", document.source());
        }
    }
}

#[test]
fn what_is_sent_is_as_much_as_what_is_new() {
    let words =
        "Lorem ipsum **dolor sit** amet, `consectetur` and [adipiscing](https://example.com/elit) sed do (eiusmod). ";
    let lines = |start: &str, line: &str| format!("{start}{}", line.repeat(400));
    for text in [
        lines("", words),
        lines("```rust\n", "    let a = b(&c); // <d>\n"),
        lines("", &format!("- {words}\n")),
        lines("", &format!("1. {words}\n\n   {words}\n\n")),
        lines("| a | b |\n|---|---|\n", &format!("| **c** | {words} |\n")),
        lines("", &format!("## A\n\n{words}\n\n- b\n  - c\n\n```\nd\n```\n\n")),
        lines("> a\n", &format!("> {words}\n")),
    ] {
        let mut document = Document::new();
        let mut sent = 0;
        for piece in cut(&text, &[7, 9]) {
            for change in document.push(piece) {
                sent += match change {
                    BlockChange::Append { html, .. } => html.len(),
                    BlockChange::Replace { blocks, .. } => blocks.concat().len(),
                };
            }
        }
        document.finish();
        let shown = document.blocks().concat().len();
        assert!(sent < 2 * shown, "{sent} bytes for {shown} of {:?}", &text[..40]);
    }
}

#[test]
fn a_text_that_was_over_goes_on() {
    let mut document = Document::new();
    let mut viewer = Viewer::default();
    for piece in ["a **b", " c", "** d\n\n- e", "\n- f"] {
        viewer.fold(document.push(piece));
        viewer.fold(document.finish());
        viewer.check(&document);
        assert_eq!(viewer.blocks, render(document.source()));
    }
    assert_eq!(document.source(), "a **b c** d\n\n- e\n- f");
}

#[test]
fn line_breaks_are_equal_however_they_come() {
    for pieces in [&["a\r", "\nb\r\n\r\n", "c\r", "d"][..], &["a\r\nb\r\r", "c\n", "d"]] {
        stream(pieces);
        let mut document = Document::new();
        for piece in pieces {
            document.push(piece);
        }
        assert_eq!(document.source(), "a\nb\n\nc\nd");
    }
}

#[test]
fn examples_by_the_character() {
    for example in super::commonmark::examples() {
        stream(&every_char(&example.markdown));
    }
}

fn cuts() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(1..9_u8, 1..8)
}

fn check(text: &str, cuts: &[u8]) {
    stream(&cut(text, cuts));
    stream(&every_char(text));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_characters(text in prop::collection::vec(prop_oneof![any::<char>(), prop::sample::select(SPECIAL)], 0..40), cuts in cuts()) {
        check(&String::from_iter(text), &cuts);
    }

    #[test]
    fn any_text_cut_anywhere(text in nasty(), cuts in cuts()) {
        check(&text, &cuts);
    }

    #[test]
    fn long_paragraphs(text in pieces(PROSE, 80), cuts in cuts()) {
        check(&text, &cuts);
    }

    #[test]
    fn long_lists(text in pieces(LISTS, 24), cuts in cuts()) {
        check(&text, &cuts);
    }

    #[test]
    fn long_tables(text in pieces(TABLES, 24).prop_map(|text| format!("|a|b|\n|-|-|\n{text}")), cuts in cuts()) {
        check(&text, &cuts);
    }

    #[test]
    fn long_code(text in pieces(CODE, 24), cuts in cuts()) {
        check(&text, &cuts);
    }
}
