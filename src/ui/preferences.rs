//! What a person chose, applied to the page that is open.

use leptos::prelude::*;

use crate::{browser, model::Language, state::PersonView};

/// Keeps the page as its person wants it, in whichever tab they said so: the colours at once; for another language the
/// page is loaded again, with the drafts that this browser keeps.
pub fn follow_preferences(person: &PersonView) {
    let themed = person.clone();
    Effect::new(move |_| {
        if let Some(preferences) = themed.preferences() {
            browser::set_theme(preferences.theme.as_str());
        }
    });
    let person = person.clone();
    Effect::new(move |before: Option<Option<Option<Language>>>| {
        let now = person.preferences().map(|preferences| preferences.language);
        if let (Some(Some(before)), Some(now)) = (before, now)
            && before != now
        {
            browser::reload();
        }
        now
    });
}
