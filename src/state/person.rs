//! Who is here, as far as it can change while a page is open: their name, what they chose.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use leptos::prelude::*;

use crate::model::{Preferences, Visitor};

/// The person of this tab. Clones are the same one.
#[derive(Clone, Default)]
pub struct PersonView {
    /// Not in a signal: the parts of a page are made at the same time on the server, and a signal that one of them sets
    /// cannot be read by another at that moment.
    visitor: Arc<Mutex<Option<Visitor>>>,
    changed: ArcTrigger,
    /// Counts what the person's own channel said about them: what is shown of them elsewhere is to be read anew.
    pub edition: ArcRwSignal<u32>,
}

impl PersonView {
    fn held(&self) -> MutexGuard<'_, Option<Visitor>> {
        self.visitor.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The page was read with this. What came by the channel since is newer.
    pub fn begin(&self, visitor: &Visitor) {
        if self.held().is_none() {
            self.show(visitor.clone());
        }
    }

    /// An answer or the page of another moment says how it stands now.
    pub fn show(&self, visitor: Visitor) {
        let visitor = Some(visitor);
        if *self.held() != visitor {
            *self.held() = visitor;
            self.changed.notify();
        }
    }

    /// The channel says it.
    pub fn heard(&self, visitor: Visitor) {
        self.show(visitor);
        self.edition.update(|edition| *edition += 1);
    }

    /// The account's name.
    pub fn name(&self) -> String {
        self.changed.track();
        self.visitor().and_then(|visitor| visitor.account).map(|account| account.name).unwrap_or_default()
    }

    /// All of it as it stands, for one who only looks.
    pub fn visitor(&self) -> Option<Visitor> {
        self.held().clone()
    }

    /// What the person chose; none while that is not known.
    pub fn preferences(&self) -> Option<Preferences> {
        self.changed.track();
        self.held().as_ref().map(|visitor| visitor.preferences.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{AuthMode, Theme};

    fn visitor(theme: Theme) -> Visitor {
        let preferences = Preferences { theme, ..Preferences::default() };
        Visitor { account: None, auth: AuthMode::Password, first: false, signup: false, preferences }
    }

    #[test]
    fn what_the_channel_said_is_newer_than_the_page() {
        let person = PersonView::default();
        let theme = || person.preferences().map(|preferences| preferences.theme);
        assert_eq!(theme(), None);
        person.begin(&visitor(Theme::Light));
        assert_eq!((theme(), person.edition.get_untracked()), (Some(Theme::Light), 0));
        person.heard(visitor(Theme::Dark));
        person.begin(&visitor(Theme::Light));
        assert_eq!((theme(), person.edition.get_untracked()), (Some(Theme::Dark), 1));
        // The same once more: nothing to see, but something to read.
        person.heard(visitor(Theme::Dark));
        assert_eq!(person.edition.get_untracked(), 2);
    }
}
