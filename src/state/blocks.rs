//! One text of a row: its blocks of HTML.
//!
//! Where the text is in the page, the page is what holds it, and a change is made right there, at the cost of its own
//! size. Only a text that is not in the page is held as strings: on the server, and in a row that has not been put into
//! the page yet. So hydration needs none of history's HTML, and what streams in is not kept a second time.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use leptos::prelude::*;

use crate::{
    browser,
    model::{BlockChange, fold_blocks},
};

/// The blocks of one text of one row. Clones are the same text.
#[derive(Clone)]
pub struct Blocks {
    /// The `id` of the element that the blocks are in.
    pub element: Arc<str>,
    /// Whether there is any text.
    pub filled: ArcRwSignal<bool>,
    held: Arc<Mutex<Vec<String>>>,
}

impl Blocks {
    pub fn new(element: String, blocks: Vec<String>) -> Self {
        let filled = ArcRwSignal::new(!blocks.is_empty());
        Self { element: element.into(), filled, held: Arc::new(Mutex::new(blocks)) }
    }

    fn held(&self) -> MutexGuard<'_, Vec<String>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The HTML of the element's children, the groups of blocks, to put the text into the page.
    pub fn html(&self) -> String {
        let mut html = String::new();
        for group in self.held().chunks(browser::GROUP) {
            html.push_str("<div class=\"group\">");
            html.extend(group.iter().flat_map(|block| ["<div class=\"block\">", block, "</div>"]));
            html.push_str("</div>");
        }
        html
    }

    /// The blocks as strings, as far as they are held.
    #[cfg(test)]
    pub fn strings(&self) -> Vec<String> {
        self.held().clone()
    }

    /// The text is in the page now, which holds it from here on.
    pub fn shown(&self) {
        self.held().clear();
    }

    /// Carries out a change.
    pub fn change(&self, change: BlockChange) {
        let filled = match &change {
            BlockChange::Append { .. } => true,
            BlockChange::Replace { from, blocks } => *from > 0 || !blocks.is_empty(),
        };
        if !browser::patch_blocks(&self.element, &change) {
            fold_blocks(&mut self.held(), change);
        }
        self.fill(filled);
    }

    /// Puts other blocks in the place of all.
    pub fn set(&self, blocks: Vec<String>) {
        let filled = !blocks.is_empty();
        if !browser::set_blocks(&self.element, &blocks) {
            *self.held() = blocks;
        }
        self.fill(filled);
    }

    fn fill(&self, filled: bool) {
        if self.filled.get_untracked() != filled {
            self.filled.set(filled);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_stands_in_groups() {
        let html = |count: usize| {
            let blocks = Blocks::new("text".into(), (0..count).map(|number| number.to_string()).collect());
            blocks.html()
        };
        assert_eq!(html(0), "");
        assert_eq!(html(1), "<div class=\"group\"><div class=\"block\">0</div></div>");
        let last = browser::GROUP - 1;
        let edge = format!("{last}</div></div><div class=\"group\"><div class=\"block\">{}</div></div>", last + 1);
        assert!(html(browser::GROUP + 1).ends_with(&edge));
        assert!(!html(browser::GROUP).contains(&edge));
    }
}
