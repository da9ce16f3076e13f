//! The answers this very tab asked for. Only they may raise a dialog when they fail; what another tab asked for fails
//! there.

use leptos::prelude::*;

use crate::model::MessageId;

/// Ids of the answers that this tab's own submits are waiting for. Clones are the same list.
#[derive(Clone, Default)]
pub struct Submits(ArcRwSignal<Vec<MessageId>>);

impl Submits {
    pub fn add(&self, answer: MessageId) {
        self.0.update(|ids| ids.push(answer));
    }

    /// All of them. Tracks: whoever asks is asked again when another is added.
    pub fn ids(&self) -> Vec<MessageId> {
        self.0.get()
    }

    /// Forgets one, because it was told how it ended.
    pub fn done(&self, answer: MessageId) {
        self.0.update_untracked(|ids| ids.retain(|&id| id != answer));
    }
}
