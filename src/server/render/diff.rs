//! How one list of blocks became another, said in as few bytes as is cheap to find out.

use crate::model::{BlockChange, insertion_point};

/// A browser goes down no further than this to insert; deeper trees are flattened by some.
const DEEPEST: u8 = 24;

/// The changes that turn `old` into `new`, both being the blocks from index `from` on.
pub(super) fn changes(from: usize, old: &[String], new: &[String]) -> Vec<BlockChange> {
    let same = old.iter().zip(new).take_while(|(old, new)| old == new).count();
    let (old, new, from) = (&old[same..], &new[same..], from + same);
    let mut changes = Vec::new();
    let grown = match (old.first(), new.first()) {
        (Some(old), Some(new)) => insertion(old, new),
        _ => None,
    };
    let done = usize::from(grown.is_some());
    if let Some((depth, html)) = grown {
        changes.push(BlockChange::Append { block: index(from), depth, html: html.to_owned() });
    }
    if old[done..] != new[done..] {
        changes.push(BlockChange::Replace { from: index(from + done), blocks: new[done..].to_vec() });
    }
    changes
}

/// What has to come into `old` before its last closing tags for it to be `new`, and before how many, if that is all.
pub(super) fn insertion<'a>(old: &str, new: &'a str) -> Option<(u8, &'a str)> {
    let more = new.len().checked_sub(old.len()).filter(|more| *more > 0)?;
    let same = old.bytes().zip(new.bytes()).take_while(|(old, new)| old == new).count();
    let mut depth = 0;
    while depth <= DEEPEST {
        let at = insertion_point(old, depth)?;
        if at <= same && new.ends_with(&old[at..]) {
            let html = &new[at..at + more];
            if is_whole(html) {
                return Some((depth, html));
            }
        }
        depth += 1;
    }
    None
}

/// Whether every element of `html` is opened and closed in it. `html` is of our own making: `<` and `>` are tags.
pub(super) fn is_whole(html: &str) -> bool {
    let mut open = Vec::new();
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        let Some(end) = rest[start..].find('>') else { return false };
        let tag = &rest[start + 1..start + end];
        let name = tag.split(' ').next().unwrap_or(tag);
        match name.strip_prefix('/') {
            Some(name) => {
                if open.pop() != Some(name) {
                    return false;
                }
            }
            None if matches!(name, "br" | "hr" | "img" | "input") => {}
            None => open.push(name),
        }
        rest = &rest[start + end + 1..];
    }
    open.is_empty()
}

pub(super) fn index(block: usize) -> u32 {
    u32::try_from(block).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_grows_in_the_innermost_element_that_holds_it() {
        assert_eq!(insertion("<p>a</p>", "<p>ab</p>"), Some((1, "b")));
        assert_eq!(insertion("<ul><li>a</li></ul>", "<ul><li>a</li><li>b</li></ul>"), Some((1, "<li>b</li>")));
        assert_eq!(insertion("<p>a<em>b</em></p>", "<p>a<em>bc</em></p>"), Some((2, "c")));
        assert_eq!(insertion("<p>a<em>b</em></p>", "<p>a<em>b</em>c</p>"), Some((1, "c")));
        assert_eq!(insertion("<p>a</p>", "<p>a</p><p>b</p>"), Some((0, "<p>b</p>")));
    }

    #[test]
    fn what_does_not_grow_is_replaced() {
        assert_eq!(insertion("<p>*a</p>", "<p><em>a</em></p>"), None);
        assert_eq!(insertion("<p>a &amp;</p>", "<p>a &lt;b</p>"), None);
        assert_eq!(insertion("<p>ab</p>", "<p>a</p>"), None);
        let blocks = |texts: &[&str]| texts.iter().map(|text| text.to_string()).collect::<Vec<_>>();
        assert_eq!(changes(3, &blocks(&["a", "b"]), &blocks(&["a", "b"])), []);
        assert_eq!(
            changes(3, &blocks(&["<p>a</p>", "<p>x</p>"]), &blocks(&["<p>ab</p>", "<p>y</p>"])),
            [
                BlockChange::Append { block: 3, depth: 1, html: "b".into() },
                BlockChange::Replace { from: 4, blocks: vec!["<p>y</p>".into()] },
            ]
        );
    }
}
