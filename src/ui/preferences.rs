//! What a person chose, applied to the page that is open.

use super::dynamic::effect;
use crate::{browser, state::PersonView};

/// Keeps the page as its person wants it, in whichever tab they said so: the colours and whether the list of threads stands beside it at once; for another language the
/// page is loaded again, with the drafts that this browser keeps.
pub fn follow_preferences(person: &PersonView) {
    let themed = person.clone();
    effect(move || {
        if let Some(preferences) = themed.preferences() {
            browser::mark_page("data-theme", Some(preferences.theme.as_str()));
            browser::mark_page("data-sidebar", (!preferences.sidebar).then_some("off"));
        }
    });
    let person = person.clone();
    let mut before = None;
    effect(move || {
        let now = person.preferences().map(|preferences| preferences.language);
        if before.is_some() && now.is_some() && before != now {
            browser::reload();
        }
        before = now;
    });
}
