//! What is not shown yet while a text is being written, because it would flash: a line that may become something else than
//! it looks like (a heading that is a list, a paragraph that is a table), emphasis without its end, half a link.
//!
//! It is held no longer than a few words, and never when the text is over.

use super::parse::Kind;

/// A longer line is shown whatever it is.
const LONG_LINE: usize = 1000;
/// What is open within a line is shown when it is longer than this.
const LONG: usize = 160;
/// How much of a line is looked at.
const SIGHT: usize = 3 * LONG;

/// Up to where `text`, the open part of a source, is shown. `kind` is that of the last block it had so far.
pub(super) fn shown(text: &str, kind: Option<Kind>) -> usize {
    let line = text.bytes().rev().take(LONG_LINE).position(|byte| byte == b'\n').map(|at| text.len() - at);
    let Some(start) = line.or((text.len() < LONG_LINE).then_some(0)) else {
        return within(text, kind);
    };
    let line = &text[start..];
    let is_held = is_marker(line) || kind != Some(Kind::Fence) && (is_pipe(line) || kind == Some(Kind::Table));
    if matches!(kind, Some(Kind::Table | Kind::Fence)) {
        return if is_held { start } else { text.len() };
    }
    // The head of a table is a paragraph until the line below it is there.
    if line.bytes().all(|byte| b"|:- ".contains(&byte)) {
        let head = text[..start].strip_suffix('\n').unwrap_or_default();
        let before = head.rfind('\n').map_or(0, |at| at + 1);
        if is_pipe(&head[before..]) && !is_pipe(last_line(&head[..before])) && head.len() - before <= LONG_LINE {
            return before;
        }
    }
    if is_held { start } else { within(text, kind) }
}

/// Whether a line holds nothing but what starts blocks.
fn is_marker(line: &str) -> bool {
    line.bytes().all(|byte| b" \t#*+-=_~`>|:.)[]xX^0123456789".contains(&byte))
}

fn is_pipe(line: &str) -> bool {
    line.trim_start_matches(' ').starts_with('|')
}

fn last_line(text: &str) -> &str {
    let text = text.strip_suffix('\n').unwrap_or(text);
    &text[text.rfind('\n').map_or(0, |at| at + 1)..]
}

/// Up to where the last line of `text` is shown as far as what is open within it goes.
fn within(text: &str, kind: Option<Kind>) -> usize {
    if matches!(kind, Some(Kind::Fence | Kind::Html | Kind::Indented)) {
        return text.len();
    }
    let mut start = text.len().saturating_sub(SIGHT);
    while !text.is_char_boundary(start) {
        start += 1;
    }
    if let Some(newline) = text[start..].rfind('\n') {
        start += newline + 1;
    }
    let line = &text[start..];
    let held = open(line);
    if line.len() - held > LONG { text.len() } else { start + held }
}

/// Where in a line what is open starts; its length if nothing is.
fn open(line: &str) -> usize {
    let bytes = line.as_bytes();
    let mut open: Vec<(u8, usize, usize)> = Vec::new();
    let mut at = 0;
    // The last word starts no earlier than this.
    let mut word = 0;
    while at < bytes.len() {
        let byte = bytes[at];
        if !b"\\`*_~[]".contains(&byte) {
            at += 1;
            continue;
        }
        let run = bytes[at..].iter().take_while(|other| **other == byte).count();
        let before = line[..at].chars().next_back().unwrap_or(' ');
        let after = line[at + run..].chars().next();
        match byte {
            b'\\' if at + 1 == bytes.len() => open.push((byte, 1, at)),
            b'\\' => at += 1,
            b'`' => match closing_run(&bytes[at + run..], run) {
                Some(end) => {
                    at += run + end;
                    word = at;
                    continue;
                }
                None => {
                    open.push((byte, run, at));
                    break;
                }
            },
            b'*' | b'_' | b'~' if byte != b'~' || run == 2 || after.is_none() => {
                let opened = open.iter().rposition(|(other, length, _)| *other == byte && *length <= run);
                let is_inside = before.is_alphanumeric() && after.is_some_and(char::is_alphanumeric);
                match opened {
                    Some(index) if !(before.is_whitespace() || byte == b'_' && is_inside) => open.truncate(index),
                    _ if after.is_some_and(char::is_whitespace) || is_inside && (byte == b'_' || run == 1) => {}
                    _ => open.push((byte, run, at)),
                }
                at += run;
                continue;
            }
            b'[' => open.push((byte, 1, at - usize::from(before == '!'))),
            b']' => {
                if let Some(index) = open.iter().rposition(|(other, ..)| *other == b'[') {
                    let end = match after_bracket(&bytes[at + 1..]) {
                        Some(end) => end,
                        None => break,
                    };
                    open.truncate(index);
                    at += end;
                    word = if end > 0 { at + 1 } else { word };
                }
            }
            _ => {}
        }
        at += 1;
    }
    let held = open.iter().map(|(.., at)| *at).find(|at| line.len() - at <= LONG).unwrap_or(line.len());
    let word = word.min(line.len()).max(line.rfind(|c: char| c.is_whitespace()).map_or(0, |at| at + 1));
    held.min(if is_address(line.get(word..).unwrap_or_default()) { word } else { line.len() })
}

/// The end of the first run of exactly `length` backticks.
fn closing_run(bytes: &[u8], length: usize) -> Option<usize> {
    let mut at = 0;
    while at < bytes.len() {
        let run = bytes[at..].iter().take_while(|byte| **byte == b'`').count();
        if run == length {
            return Some(at + run);
        }
        at += run.max(1);
    }
    None
}

/// How much after a closing bracket belongs to the link that it may end; nothing where that is not all there.
fn after_bracket(bytes: &[u8]) -> Option<usize> {
    let close = match bytes.first()? {
        b'(' => b')',
        b'[' => b']',
        _ => return Some(0),
    };
    let mut depth = 0_usize;
    for (at, byte) in bytes.iter().enumerate() {
        if *byte == bytes[0] {
            depth += 1;
        } else if *byte == close {
            depth -= 1;
            if depth == 0 {
                return Some(at + 1);
            }
        }
    }
    None
}

/// Whether a word may be an address that is not all there.
fn is_address(word: &str) -> bool {
    let start = word.trim_start_matches(['(', '*', '_', '~']).get(..4);
    word.contains("://") || word.contains('@') || start.is_some_and(|start| start.eq_ignore_ascii_case("www."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_flash_is_held() {
        for (text, held) in [
            ("a", ""),
            ("a\n-", "-"),
            ("a\n- b", ""),
            ("``", "``"),
            ("1", "1"),
            ("a\n\n| b |", "| b |"),
            ("a\n\n| b |\n", "| b |\n"),
            ("a\n\n| b |\n|--", "| b |\n|--"),
            ("a\n\n| b |\n|--|\n", ""),
            ("| b |\n|--|\n| c", "| c"),
            ("| b |\nno", ""),
            ("a **b", "**b"),
            ("a **b*", "**b*"),
            ("a **b** c", ""),
            ("a **b *c", "**b *c"),
            ("a **b *c* d", "**b *c* d"),
            ("a *", "*"),
            ("a * b", ""),
            ("2*3 a_b", ""),
            ("~5 min", ""),
            ("a ~~b", "~~b"),
            ("a `b", "`b"),
            ("a `b *c` d", ""),
            ("a [b", "[b"),
            ("a [b c](http://d", "[b c](http://d"),
            ("a [b c](http://d.e)", ""),
            ("a [b]", "[b]"),
            ("a [b] c", ""),
            ("a ![b](c", "![b](c"),
            ("a http://b.c", "http://b.c"),
            ("a http://b.c ", ""),
            ("a me@b", "me@b"),
            ("a \\", "\\"),
            ("a \\* b", ""),
            ("é **日", "**日"),
        ] {
            assert_eq!(&text[shown(text, None)..], held, "{text}");
        }
        assert_eq!(&"|b|\n|-|\nc"[shown("|b|\n|-|\nc", Some(Kind::Table))..], "c");
        let long = format!("a *{}", "b ".repeat(100));
        assert_eq!(shown(&long, None), long.len());
    }
}
