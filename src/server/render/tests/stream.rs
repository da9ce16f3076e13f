//! What viewers fold is what the document shows, and in the end what rendering the whole text shows.

use proptest::prelude::*;

use super::super::{Document, diff, known::Known, parse::parse, render};
use crate::model::{BlockChange, fold_blocks};

/// Pushes `pieces` one by one, folding what comes back.
pub(super) fn stream(pieces: &[&str]) -> Vec<String> {
    let mut document = Document::new();
    let mut seen = Vec::new();
    for piece in pieces {
        fold(&mut seen, document.push(piece));
        assert_eq!(seen, document.blocks(), "after {:?}", document.source());
    }
    fold(&mut seen, document.finish());
    assert_eq!(seen, document.blocks());
    assert_eq!(seen, render(document.source()), "{:?}", document.source());
    assert_eq!(seen, render(&pieces.concat()));
    assert_eq!(seen, parse_at_once(document.source()), "{:?}", document.source());
    seen
}

/// What the parser makes of the whole text, without a cut.
fn parse_at_once(text: &str) -> Vec<String> {
    parse(text, "", &mut Known::default()).pieces.into_iter().map(|piece| piece.html).collect()
}

fn fold(blocks: &mut Vec<String>, changes: Vec<BlockChange>) {
    for change in changes {
        if let BlockChange::Append { html, .. } = &change {
            assert!(!html.is_empty() && diff::is_whole(html), "{change:?}");
        }
        fold_blocks(blocks, change);
    }
    for block in blocks {
        assert!(diff::is_whole(block) && block.ends_with('>'), "{block:?}");
    }
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
fn examples_by_the_character() {
    for example in super::commonmark::examples() {
        stream(&every_char(&example.markdown));
    }
}

const NASTY: &[&str] = &[
    "a",
    "b c",
    "word ",
    "  ",
    " ",
    "\n",
    "\n",
    "\n\n",
    "\n\n",
    "\t",
    "    ",
    "\n    ",
    "\n- ",
    "\n* ",
    "\n  - ",
    "\n1. ",
    "\n2) ",
    "\n   ",
    "\n# ",
    "\n## ",
    "\n---\n",
    "\n===\n",
    "\n```\n",
    "\n```rust\n",
    "```",
    "\n~~~\n",
    "`",
    "``",
    "*",
    "**",
    "_",
    "__",
    "~~",
    "~",
    "[",
    "]",
    "](",
    ")",
    "![",
    "[foo]",
    "[foo]: /url",
    "\n[foo]: http://x.y\n",
    "\n[Foo]: <a b> \"t\"\n",
    "[bar][foo]",
    "[^1]",
    "\n[^1]: note",
    "[^1]:",
    "\n[^n]: other\n\n    more\n",
    "[^n]",
    "\n| a | b |\n|---|:-:|\n",
    "| c | d |\n",
    "|",
    "\n|x|\n|-|\n",
    "\n> ",
    "\n> > ",
    "<",
    ">",
    "<b>",
    "</b>",
    "<!--",
    "-->",
    "\n<div>\n",
    "\n<script>",
    "</script>",
    "&",
    "&amp;",
    "&#0;",
    ";",
    "\\",
    "\\*",
    "http://",
    "https://a.b/c",
    "www.",
    "www.x.y",
    "a@b.c",
    ".",
    ":",
    "(",
    "\"",
    "'",
    "- [ ] ",
    "\n- [x] ",
    "\u{0}",
    "\u{202E}",
    "é",
    "日本",
    "\r\n",
    "!",
    "0",
    "1",
    "=",
    "-",
    "\n-",
    "\n+",
    "+ ",
];

/// What long blocks are made of.
const PROSE: &[&str] = &[
    "word ",
    "Another ",
    "and ",
    "x",
    " ",
    " ",
    ", ",
    ". ",
    "\n",
    "\n",
    "\n\n",
    "www",
    ".",
    "a",
    "日本語",
    "。",
    "(",
    ") ",
    "*",
    "**",
    "*it* ",
    "**bold** ",
    "`code` ",
    "`",
    "_a_",
    "[",
    "]",
    "[foo]",
    "[foo](http://a.b) ",
    "](",
    "<",
    "<b>",
    "&",
    "amp",
    ";",
    "~",
    "\\",
    "@",
    "http",
    "://",
    "|",
    "a | b\n",
    "--|--\n",
    "\n===\n",
    "\n[foo]: http://x.y\n",
    "[^1] ",
    "\n\n[^1]: n\n",
    "5 ",
    "1",
    "\n- ",
    "!",
    "\u{a0}",
    ":",
    "\"",
    "'",
    "_",
    "b_c",
];
const LISTS: &[&str] = &[
    "- a\n",
    "- b\n",
    "- \n",
    "-\n",
    "* c\n",
    "  - d\n",
    "   - e\n",
    "    more\n",
    "  more\n",
    "\n",
    "\n",
    "1. f\n",
    "2. g\n",
    "1) h\n",
    "10. i\n",
    "   j\n",
    "lazy\n",
    "- [x] k\n",
    "- [^1] l\n",
    "- [foo] m\n",
    "  [foo]: http://x.y\n",
    "  [^1]: n\n",
    "[foo]: http://x.y\n",
    "[^1]: o\n",
    "```\n",
    "  ```\n",
    "  > p\n",
    "> q\n",
    "***\n",
    "- ***\n",
    "* * *\n",
    "===\n",
    "  ===\n",
    "---\n",
    "# r\n",
    "- # s\n",
    "  | t |\n",
    "  |---|\n",
    "<div>\n",
    "- <div>\n",
    "\t- u\n",
    "-\tv\n",
    "\r\n",
    "+ w\n",
];
const TABLES: &[&str] = &[
    "| a | b |\n",
    "|---|:-:|\n",
    "| c | d |\n",
    "| c |\n",
    "e\n",
    "| `f|g` | h\n",
    "\\| |\n",
    "|\n",
    "||\n",
    "\n",
    "- i\n",
    "> j\n",
    "# k\n",
    "***\n",
    "| [foo] | [^1] |\n",
    "[foo]: http://x.y\n",
    "[^1]: l\n",
    "    m\n",
    "  | n |\n",
    "<div>\n",
    "```\n",
    "1. o\n",
    "2. p\n",
    "| *q | r* |\n",
    "[^2]\n",
    "|",
    " ",
    "x",
    "| https://a.b | c@d.e |\n",
    "<br>|\n",
    "\r\n",
];
const CODE: &[&str] = &[
    "```\n",
    "```rust\n",
    " ```\n",
    "  ~~~ x\n",
    "~~~\n",
    "````\n",
    "code\n",
    "  code\n",
    "\tcode\n",
    " \tcode\n",
    "\n",
    " \n",
    "``",
    "`",
    "~",
    "x",
    "<b>",
    "&",
    "   ",
    "    ```\n",
    "```  \n",
    "``` x\n",
    "- ```\n",
    "  ```\n",
    "> ```\n",
    "\r\n",
    "\r",
    "\0",
    "# a\n",
    "1",
    "- ",
];

pub(super) fn nasty() -> impl Strategy<Value = String> {
    pieces(NASTY, 24)
}

fn pieces(from: &'static [&'static str], most: usize) -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(from), 0..most).prop_map(|pieces| pieces.concat())
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
