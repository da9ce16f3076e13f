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
    /// The `id` of the element whose children the blocks are.
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

    /// The HTML of the element's children, to put the text into the page.
    pub fn html(&self) -> String {
        self.held().iter().flat_map(|block| ["<div class=\"block\">", block, "</div>"]).collect()
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
