//! How one list of blocks became another, said in as few bytes as is cheap to find out.

use crate::model::{BlockChange, insertion_point};

/// A browser goes down no further than this to insert; it may flatten a deeper tree.
const DEEPEST: u8 = 24;

/// Something that comes before the last `depth` closing tags.
#[derive(PartialEq, Debug)]
pub(super) struct Insertion<'a> {
    pub(super) depth: u8,
    pub(super) html: &'a str,
}

/// The changes that turn `old` into `new`, both being the blocks from index `from` on.
pub(super) fn changes(from: usize, old: &[String], new: &[String]) -> Vec<BlockChange> {
    let same = old.iter().zip(new).take_while(|(old, new)| old == new).count();
    let (old, new, from) = (&old[same..], &new[same..], from + same);
    let grown = match (old.first(), new.first()) {
        (Some(old), Some(new)) => insertions(old, new).unwrap_or_default(),
        _ => Vec::new(),
    };
    let done = usize::from(!grown.is_empty());
    let mut changes: Vec<_> = grown.iter().map(|insertion| insertion.in_block(from, 0)).collect();
    if old[done..] != new[done..] {
        changes.push(BlockChange::Replace { from: index(from + done), blocks: new[done..].to_vec() });
    }
    changes
}

/// What has to come in before the closing tags that end `old` for it to be `new`, in order, if that is all.
pub(super) fn insertions<'a>(old: &str, new: &'a str) -> Option<Vec<Insertion<'a>>> {
    let (depth, at) = (0..=DEEPEST).map_while(|depth| Some((depth, insertion_point(old, depth)?))).last()?;
    if new.get(..at)? != &old[..at] {
        return None;
    }
    // Up to there the same elements are open in both. What comes next in each of them in `new` ends with its closing tag.
    let mut insertions = Vec::new();
    let mut rest = &new[at..];
    for depth in (1..=depth).rev() {
        let end = own_end(rest)?;
        if end > 0 {
            insertions.push(Insertion { depth, html: &rest[..end] });
        }
        rest = rest[end..].split_once('>')?.1;
    }
    if !rest.is_empty() {
        insertions.push(Insertion { depth: 0, html: rest });
    }
    Some(insertions)
}

impl Insertion<'_> {
    /// The insertion into a block whose text goes on with `below` more closing tags.
    pub(super) fn in_block(&self, block: usize, below: u8) -> BlockChange {
        let depth = self.depth.saturating_add(below);
        BlockChange::Append { block: index(block), depth, html: self.html.to_owned() }
    }
}

/// Where in `html` the element ends that is open at its start.
fn own_end(html: &str) -> Option<usize> {
    let mut open = 0_usize;
    for (at, name, is_closing) in tags(html) {
        match is_closing {
            true if open == 0 => return Some(at),
            true => open -= 1,
            false if is_void(name) => {}
            false => open += 1,
        }
    }
    None
}

/// Whether every element of `html` is opened and closed in it.
#[cfg(test)]
pub(super) fn is_whole(html: &str) -> bool {
    let mut open = Vec::new();
    for (_, name, is_closing) in tags(html) {
        match is_closing {
            true if open.pop() != Some(name) => return false,
            false if !is_void(name) => open.push(name),
            _ => {}
        }
    }
    open.is_empty()
}

/// Where each tag of `html` starts, its name, and whether it is a closing one. `html` is of our own making: `<` and `>` are
/// in it for nothing else.
fn tags(html: &str) -> impl Iterator<Item = (usize, &str, bool)> {
    html.match_indices('<').map(|(at, _)| {
        let tag = html[at + 1..].split(['>', ' ']).next().unwrap_or_default();
        (at, tag.trim_start_matches('/'), tag.starts_with('/'))
    })
}

fn is_void(name: &str) -> bool {
    matches!(name, "br" | "hr" | "img" | "input")
}

pub(super) fn index(block: usize) -> u32 {
    u32::try_from(block).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_grows_grows_where_it_is() {
        let as_slice = |inserted: &'static [(u8, &'static str)]| inserted;
        for (old, new, inserted) in [
            ("<p>a</p>", "<p>ab</p>", as_slice(&[(1, "b")])),
            ("<ul><li>a</li></ul>", "<ul><li>a</li><li>b</li></ul>", &[(1, "<li>b</li>")]),
            ("<ul><li>a</li></ul>", "<ul><li>ab</li><li>c<br></li></ul>", &[(2, "b"), (1, "<li>c<br></li>")]),
            ("<p>a<em>b</em></p>", "<p>a<em>bc</em></p>", &[(2, "c")]),
            ("<p>a<em>b</em></p>", "<p>a<em>b</em>c</p>", &[(1, "c")]),
            ("<p>a</p>", "<p>ab</p><p>c</p>", &[(1, "b"), (0, "<p>c</p>")]),
            ("<p>a</p>", "<p>a</p>", &[]),
        ] {
            let insertions = insertions(old, new).expect(new);
            assert_eq!(insertions.iter().map(|found| (found.depth, found.html)).collect::<Vec<_>>(), inserted, "{new}");
        }
        for (old, new) in [
            ("<p>*a</p>", "<p><em>a</em></p>"),
            ("<p>a &amp;</p>", "<p>a &lt;b</p>"),
            ("<p>ab</p>", "<p>a</p>"),
            ("<p>a</p>", "<h1>a</h1>"),
        ] {
            assert_eq!(insertions(old, new), None, "{new}");
        }
    }

    #[test]
    fn what_does_not_grow_is_replaced() {
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
