//! The keys: which shortcut is meant by those that are pressed, and what each of them does. All of them are listed in
//! [`Shortcut`]; each can have other keys, and none of them works where its person switched them off.
//!
//! Nothing is taken from whoever writes: what a field needs is the field's, an input method's keys are its own, and
//! nothing happens below what lies over the page.

mod carry_out;
mod list;
mod pressed;

use std::rc::Rc;

use leptos::{ev::KeyboardEvent, prelude::*};

pub use self::{
    carry_out::page_keys,
    list::{KeyList, ShortcutList},
    pressed::recorded,
};
use super::{dynamic::effect, tab::Tab, thread::composer::TEXT, words::t};
use crate::{
    browser,
    model::{Chord, Group, Shortcut},
    state::PersonView,
};

/// What an input method's keys are reported as where nothing else tells that it is at work (contract J.10).
pub const COMPOSING: u32 = 229;

/// The chords of this tab's person.
#[derive(Clone, Copy)]
pub struct Chords(StoredValue<PersonView>);

impl Chords {
    pub fn new(person: PersonView) -> Self {
        Self(StoredValue::new(person))
    }

    /// What a shortcut's keys are called; none where it has none now.
    pub fn words(self, shortcut: Shortcut) -> Option<String> {
        let preferences = self.0.with_value(PersonView::preferences)?;
        shortcut.chord(&preferences).map(words)
    }

    /// The shortcut that is meant, if any.
    fn meant(self, event: &KeyboardEvent) -> Option<Shortcut> {
        let (key, modified) = (event.key(), event.ctrl_key() || event.meta_key() || event.alt_key());
        let one = key.chars().count() == 1;
        if one && !modified || event.default_prevented() || event.is_composing() || event.key_code() == COMPOSING {
            return None;
        }
        let pressed = pressed::chords(event);
        let preferences = self.0.try_with_value(PersonView::visitor)??.preferences;
        let (shortcut, chord) = pressed.iter().find_map(|pressed| {
            let known = Shortcut::ALL.iter().find(|shortcut| shortcut.chord(&preferences) == Some(pressed))?;
            Some((*known, pressed))
        })?;
        // Alt types on some keyboards: what it types is the field's.
        let types = one && !key.is_ascii() && event.alt_key() && browser::typing("");
        let empty = browser::focused(TEXT) && !browser::typing(TEXT);
        let wrong = types
            || (shortcut.group() == Group::Composer && !empty)
            || (browser::typing(TEXT) && Chord::of(chord).is_for_writing())
            || browser::is_covered();
        (!wrong).then_some(shortcut)
    }
}

/// What the keys of a chord are called, in the reader's language.
pub fn words(chord: &str) -> String {
    let Chord { command, alt, shift, key } = Chord::of(chord);
    let key = match key {
        "Up" => "↑",
        "Down" => "↓",
        "Left" => "←",
        "Right" => "→",
        "Plus" => "+",
        key => key,
    };
    let modifiers = [(command, t("key.ctrl")), (alt, "Alt"), (shift, t("key.shift"))];
    let mut parts: Vec<_> = modifiers.into_iter().filter_map(|(on, word)| on.then_some(word)).collect();
    parts.push(key);
    parts.join("+")
}

/// What a shortcut does, in words.
pub fn about(shortcut: Shortcut) -> &'static str {
    t(&["keys.", shortcut.name()].concat())
}

/// What a group is called.
pub fn group(group: Group) -> &'static str {
    match group {
        Group::Everywhere => t("keys.everywhere"),
        Group::Thread => t("keys.thread"),
        Group::Composer => t("keys.composer"),
    }
}

/// Hears of the shortcuts, for as long as whoever calls this is in the page. `run` says whether it did anything: if not,
/// the keys are the browser's.
pub fn on_shortcut(run: Rc<dyn Fn(Shortcut) -> bool>) {
    let chords = Tab::here().chords;
    effect(move || {
        let run = run.clone();
        StoredValue::new_local(browser::on_key(move |event| {
            let Some(shortcut) = chords.meant(event) else { return };
            // A key that is held down goes on stepping, and does nothing else twice.
            if event.repeat() && !shortcut.steps() || run(shortcut) {
                event.prevent_default();
            }
        }));
    });
}

/// The keys of a shortcut beside what they do, as long as it has any.
pub fn hint(shortcut: Shortcut) -> AnyView {
    let chords = Tab::here().chords;
    super::dynamic::shown(move || chords.words(shortcut).map(|keys| view! { <kbd>{keys}</kbd> })).into_any()
}
