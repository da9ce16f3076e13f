//! Which chord is pressed, on whichever keyboard.

use leptos::ev::KeyboardEvent;

use crate::{
    browser,
    model::{Chord, Group},
};

/// The chords that these keys may be, the likeliest first.
pub fn chords(event: &KeyboardEvent) -> Vec<String> {
    // What AltGr types is typed with Ctrl and Alt on some systems.
    if event.get_modifier_state("AltGraph") {
        return Vec::new();
    }
    let command = if browser::is_mac() { event.meta_key() } else { event.ctrl_key() };
    read(&event.key(), &event.code(), command, event.alt_key(), event.shift_key())
}

/// What a field that keys are pressed in takes down; none where the keys are needed to write in it or to leave it.
pub fn recorded(event: &KeyboardEvent) -> Option<String> {
    let chord = chords(event).into_iter().next()?;
    let parts = Chord::of(&chord);
    let function = parts.key.len() > 1 && parts.key.starts_with('F');
    let meant = (parts.command || parts.alt || function) && !parts.is_needed(Group::Everywhere);
    meant.then_some(chord)
}

/// A letter is the one that the keyboard's layout has there, and where that has none of ours the one that is printed
/// there on most. A sign may be typed with Shift on one layout and without on another: either is it.
fn read(key: &str, code: &str, command: bool, alt: bool, shift: bool) -> Vec<String> {
    let named = named(key);
    let sign = named.is_some_and(|key| key == "Plus" || key.len() == 1 && !key.as_bytes()[0].is_ascii_alphanumeric());
    let place = if named.is_none() || sign && shift { placed(code) } else { None };
    let with = |key: &str, shift| Chord { command, alt, shift, key: &key_name(key) }.write();
    let spent = named.filter(|_| sign && shift).map(|key| with(key, false));
    place.into_iter().chain(named).map(|key| with(key, shift)).chain(spent).collect()
}

fn key_name(key: &str) -> String {
    if key.len() == 1 { key.to_ascii_uppercase() } else { key.to_owned() }
}

/// A key by what it does or types.
fn named(key: &str) -> Option<&str> {
    Some(match key {
        "Escape" => "Esc",
        "ArrowUp" => "Up",
        "ArrowDown" => "Down",
        "ArrowLeft" => "Left",
        "ArrowRight" => "Right",
        "PageUp" => "PgUp",
        "PageDown" => "PgDn",
        " " => "Space",
        "+" => "Plus",
        "Enter" | "Tab" | "Backspace" | "Delete" | "Insert" | "Home" | "End" => key,
        _ if key.len() == 1 => key,
        _ => key.strip_prefix('F').filter(|number| number.parse::<u8>().is_ok()).map(|_| key)?,
    })
}

/// A key by where it is, as it is labelled on most keyboards.
fn placed(code: &str) -> Option<&str> {
    Some(match code {
        "Semicolon" => ";",
        "Slash" => "/",
        "Period" => ".",
        "Comma" => ",",
        "Quote" => "'",
        "Minus" => "-",
        "Equal" => "=",
        "BracketLeft" => "[",
        "BracketRight" => "]",
        "Backslash" => "\\",
        "Backquote" => "`",
        _ => code.strip_prefix("Key").or_else(|| code.strip_prefix("Digit"))?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chord_is_the_same_on_every_keyboard() {
        for (key, code, modifiers, chord) in [
            ("o", "KeyO", "CS", "Ctrl+Shift+O"),
            ("O", "KeyO", "CS", "Ctrl+Shift+O"),
            // A Greek layout.
            ("Ο", "KeyO", "CS", "Ctrl+Shift+O"),
            // German: Y and Z have changed places.
            ("z", "KeyY", "C", "Ctrl+Z"),
            (".", "Period", "C", "Ctrl+."),
            ("/", "Slash", "C", "Ctrl+/"),
            // German: the slash is above the 7.
            ("/", "Digit7", "CS", "Ctrl+/"),
            (":", "Semicolon", "CS", "Ctrl+Shift+;"),
            (";", "Comma", "CS", "Ctrl+Shift+;"),
            ("Escape", "Escape", "S", "Shift+Esc"),
            ("ArrowUp", "ArrowUp", "A", "Alt+Up"),
            // A Mac types something with Alt.
            ("©", "KeyG", "A", "Alt+G"),
            ("Dead", "KeyE", "A", "Alt+E"),
            ("+", "Equal", "CS", "Ctrl+Plus"),
            ("F2", "F2", "", "F2"),
            (" ", "Space", "C", "Ctrl+Space"),
        ] {
            let has = |modifier| modifiers.contains(modifier);
            let read = read(key, code, has('C'), has('A'), has('S'));
            assert!(read.iter().any(|read| read == chord), "{key} at {code}: {read:?}");
        }
    }

    #[test]
    fn what_is_another_key_on_a_layout_is_not_taken_for_ours() {
        let (zoom, y) = (read("-", "Slash", true, false, false), read("y", "KeyZ", true, false, false));
        assert_eq!((zoom, y), (vec!["Ctrl+-".to_owned()], vec!["Ctrl+Y".to_owned()]));
        for alone in ["Control", "Shift", "Alt", "Process", "Unidentified", "Fn"] {
            assert_eq!(read(alone, "", true, true, true), Vec::<String>::new(), "{alone}");
        }
    }
}
