//! What a text has defined so far: the links its references lead to, and its footnotes.

use std::collections::{HashMap, HashSet};

/// A reference can be short and repeated without end, so that what it stands for may not be long.
const LONGEST: usize = 1000;

#[derive(Default, Debug)]
pub(super) struct Known {
    pub(super) links: Links,
    pub(super) notes: Notes,
}

/// Link reference definitions. The first one of a label counts.
#[derive(Default, Debug)]
pub(super) struct Links {
    targets: HashMap<Label, Target>,
}

#[derive(Clone, PartialEq, Debug)]
pub(super) struct Target {
    pub(super) url: String,
    pub(super) title: String,
}

/// A label of a link or footnote, in the form in which two that mean the same are equal.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct Label(String);

impl Label {
    pub(super) fn new(text: &str) -> Self {
        // Up after down makes equal what Unicode folds to more than one letter (`ẞ`, `ß`, `SS`).
        let mut folded = String::with_capacity(text.len());
        for word in text.split_whitespace() {
            if !folded.is_empty() {
                folded.push(' ');
            }
            folded.push_str(&word.to_lowercase().to_uppercase());
        }
        Self(folded)
    }
}

impl Target {
    /// A target that is too long leads nowhere; the reference is one nevertheless.
    pub(super) fn new(url: &str, title: &str) -> Self {
        match url.len() + title.len() > LONGEST {
            true => Self { url: String::new(), title: String::new() },
            false => Self { url: url.to_owned(), title: title.to_owned() },
        }
    }
}

impl Links {
    pub(super) fn get(&self, label: &Label) -> Option<&Target> {
        self.targets.get(label)
    }

    /// Whether the label is new.
    pub(super) fn define(&mut self, label: Label, target: Target) -> bool {
        let is_new = !self.targets.contains_key(&label);
        self.targets.entry(label).or_insert(target);
        is_new
    }
}

/// Footnotes are numbered in the order in which they are first met, as a reference to one that is defined or as the
/// definition.
#[derive(Default, Debug)]
pub(super) struct Notes {
    defined: HashSet<Label>,
    numbers: HashMap<Label, usize>,
    order: Vec<Label>,
}

impl Notes {
    pub(super) fn is_defined(&self, label: &Label) -> bool {
        self.defined.contains(label)
    }

    /// Whether the label is new.
    pub(super) fn define(&mut self, label: Label) -> bool {
        self.defined.insert(label)
    }

    /// The number of a footnote that was met, from 1.
    pub(super) fn number(&mut self, label: &Label) -> usize {
        if let Some(number) = self.numbers.get(label) {
            return *number;
        }
        self.order.push(label.clone());
        self.numbers.insert(label.clone(), self.order.len());
        self.order.len()
    }

    /// The footnotes in the order of their numbers.
    pub(super) fn order(&self) -> &[Label] {
        &self.order
    }

    /// How many were met.
    pub(super) fn met(&self) -> usize {
        self.order.len()
    }

    /// Goes back to when `met` were met.
    pub(super) fn forget_after(&mut self, met: usize) {
        for label in self.order.drain(met.min(self.order.len())..) {
            self.numbers.remove(&label);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_equal_across_case_and_space() {
        assert_eq!(Label::new("ẞ  x"), Label::new("SS\nX"));
        assert_eq!(Label::new("ΑΓΩΣ"), Label::new("αγως"));
        assert_ne!(Label::new("a"), Label::new("b"));
    }

    #[test]
    fn numbers_follow_the_order_of_meeting() {
        let mut notes = Notes::default();
        assert_eq!((notes.number(&Label::new("b")), notes.number(&Label::new("a"))), (1, 2));
        notes.forget_after(1);
        assert_eq!((notes.number(&Label::new("c")), notes.number(&Label::new("B"))), (2, 1));
    }
}
