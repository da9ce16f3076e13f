//! The chords that people write for shortcuts: read leniently, in either language, kept in one way, and refused where
//! something else needs them.

use std::collections::BTreeMap;

use crate::model::{Chord, NO_CHORD, Settings, Shortcut};

/// The longest text that is looked at, in bytes.
const LONGEST: usize = 64;

/// What keys are called besides what they are called here, in small letters.
const NAMES: [(&str, &str); 31] = [
    ("+", "Plus"),
    ("arrowdown", "Down"),
    ("arrowleft", "Left"),
    ("arrowright", "Right"),
    ("arrowup", "Up"),
    ("backspace", "Backspace"),
    ("bild ab", "PgDn"),
    ("bild auf", "PgUp"),
    ("del", "Delete"),
    ("delete", "Delete"),
    ("down", "Down"),
    ("end", "End"),
    ("ende", "End"),
    ("enter", "Enter"),
    ("entf", "Delete"),
    ("esc", "Esc"),
    ("escape", "Esc"),
    ("home", "Home"),
    ("insert", "Insert"),
    ("left", "Left"),
    ("leertaste", "Space"),
    ("pagedown", "PgDn"),
    ("pageup", "PgUp"),
    ("pgdn", "PgDn"),
    ("pgup", "PgUp"),
    ("plus", "Plus"),
    ("pos1", "Home"),
    ("right", "Right"),
    ("space", "Space"),
    ("tab", "Tab"),
    ("up", "Up"),
];
const ARROWS: [(&str, &str); 4] = [("←", "Left"), ("↑", "Up"), ("→", "Right"), ("↓", "Down")];

/// A chord as a person writes it, the way it is kept.
pub fn read(written: &str) -> Option<String> {
    let written = Some(written.trim()).filter(|written| written.len() <= LONGEST)?;
    // A plus at the end is the key.
    let (modifiers, key) = match written.strip_suffix('+') {
        Some(modifiers) => (modifiers.trim_end().strip_suffix('+').or(modifiers.is_empty().then_some(""))?, "+"),
        None => written.rsplit_once('+').unwrap_or(("", written)),
    };
    let mut chord = Chord { command: false, alt: false, shift: false, key: "" };
    for modifier in modifiers.split('+').filter(|_| !modifiers.is_empty()) {
        match modifier.trim().to_lowercase().as_str() {
            "ctrl" | "control" | "strg" | "cmd" | "command" | "meta" | "⌘" => chord.command = true,
            "alt" | "option" | "⌥" => chord.alt = true,
            "shift" | "umschalt" | "⇧" => chord.shift = true,
            _ => return None,
        }
    }
    let key = key.trim().to_lowercase();
    let known = NAMES.iter().chain(&ARROWS).find(|(name, _)| *name == key).map(|(_, key)| (*key).to_owned());
    let function = || {
        let number: u8 = key.strip_prefix('f')?.parse().ok()?;
        (1..=12).contains(&number).then(|| format!("F{number}"))
    };
    let typed = || {
        let one = key.len() == 1 && key.bytes().all(|byte| byte.is_ascii_graphic());
        one.then(|| key.to_uppercase())
    };
    let key = known.or_else(function).or_else(typed)?;
    Some(Chord { key: &key, ..chord }.write())
}

/// Takes over what was written for a shortcut. Empty: what it has by default; a dash: none.
///
/// # Errors
///
/// A code, and nothing is changed.
pub fn set(keys: &mut BTreeMap<String, String>, shortcut: Shortcut, written: &str) -> Result<(), &'static str> {
    let chord = match written {
        "" => shortcut.default_chord().to_owned(),
        NO_CHORD => NO_CHORD.to_owned(),
        written => {
            let chord = read(written).ok_or("key_unreadable")?;
            if Chord::of(&chord).is_needed(shortcut.group()) {
                return Err("key_needed");
            }
            chord
        }
    };
    match chord == shortcut.default_chord() {
        true => keys.remove(shortcut.setting()),
        false => keys.insert(shortcut.setting().to_owned(), chord),
    };
    Ok(())
}

/// A shortcut whose chord is new and another's, with that other. `is_new` is asked by the settings' names.
pub fn clash(settings: &Settings, is_new: impl Fn(&str) -> bool) -> Option<(Shortcut, Shortcut)> {
    let chord = |shortcut: Shortcut| {
        let chord = settings.keys.get(shortcut.setting()).map_or(shortcut.default_chord(), String::as_str);
        Some(chord).filter(|chord| *chord != NO_CHORD)
    };
    let all = || Shortcut::ALL.iter().copied();
    all().filter(|shortcut| is_new(shortcut.setting())).find_map(|shortcut| {
        let own = chord(shortcut)?;
        Some((shortcut, all().find(|other| *other != shortcut && chord(*other) == Some(own))?))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_chord_is_read_however_it_is_written() {
        for (written, kept) in [
            ("Ctrl+Shift+O", Some("Ctrl+Shift+O")),
            (" shift + CMD + o ", Some("Ctrl+Shift+O")),
            ("Strg+Umschalt+O", Some("Ctrl+Shift+O")),
            ("⌘+⇧+o", Some("Ctrl+Shift+O")),
            ("ctrl++", Some("Ctrl+Plus")),
            ("Ctrl + +", Some("Ctrl+Plus")),
            ("+", Some("Plus")),
            ("Ctrl+Plus", Some("Ctrl+Plus")),
            ("alt+↑", Some("Alt+Up")),
            ("Alt+ArrowUp", Some("Alt+Up")),
            ("alt+bild auf", Some("Alt+PgUp")),
            ("escape", Some("Esc")),
            ("f11", Some("F11")),
            ("f", Some("F")),
            ("Ctrl+/", Some("Ctrl+/")),
            ("Ctrl+-", Some("Ctrl+-")),
            ("f13", None),
            ("f0", None),
            ("", None),
            ("Ctrl", None),
            ("Ctrl+", None),
            ("+Ctrl", None),
            ("Ctrl+ä", None),
            ("Ctrl+OO", None),
            ("Hyper+O", None),
            ("Ctrl++O", None),
            ("Ctrl+\0", None),
        ] {
            assert_eq!(read(written).as_deref(), kept, "{written}");
        }
        assert_eq!(read(&format!("{}O", "Ctrl+".repeat(20))), None);
        for shortcut in Shortcut::ALL {
            assert_eq!(read(shortcut.default_chord()).as_deref(), Some(shortcut.default_chord()));
        }
    }

    proptest! {
        #[test]
        fn what_was_read_is_read_as_the_same(written in ".{0,80}") {
            if let Some(kept) = read(&written) {
                prop_assert_eq!(read(&kept), Some(kept.clone()));
                let chord = Chord::of(&kept);
                prop_assert!(!chord.key.is_empty());
                prop_assert_eq!(chord.write(), kept);
            }
        }

        #[test]
        fn every_chord_can_be_written(
            command: bool, alt: bool, shift: bool,
            key in prop_oneof!["[!-~]", "F[1-9]", "F1[0-2]", "Esc|Up|Down|Left|Right|PgUp|PgDn|Home|End|Space|Tab|Enter"],
        ) {
            let key = if key == "+" { "Plus".to_owned() } else if key.len() == 1 { key.to_uppercase() } else { key };
            let chord = Chord { command, alt, shift, key: &key }.write();
            prop_assert_eq!(read(&chord.to_lowercase()), Some(chord));
        }

        /// Whatever is written, in whatever order: as long as a clash is refused, no two shortcuts have one chord.
        #[test]
        fn no_two_shortcuts_ever_have_the_same_chord(
            tries in prop::collection::vec((0..Shortcut::ALL.len(), "(|-|(Ctrl\\+)(Shift\\+)?[OBE/]|Alt\\+(Up|G)|F2)"), 0..40),
        ) {
            let mut settings = Settings::default();
            for (place, written) in tries {
                let shortcut = Shortcut::ALL[place];
                let mut tried = settings.clone();
                set(&mut tried.keys, shortcut, &written).unwrap();
                if clash(&tried, |setting| setting == shortcut.setting()).is_none() {
                    settings = tried;
                }
            }
            prop_assert_eq!(clash(&settings, |_| true), None);
        }
    }

    #[test]
    fn a_clash_names_what_has_the_chord() {
        let mut settings = Settings::default();
        set(&mut settings.keys, Shortcut::NewChat, "ctrl+b").unwrap();
        let only = |shortcut: Shortcut| move |setting: &str| setting == shortcut.setting();
        assert_eq!(clash(&settings, only(Shortcut::NewChat)), Some((Shortcut::NewChat, Shortcut::Sidebar)));
        assert_eq!(clash(&settings, only(Shortcut::Stop)), None, "that was there before");
        set(&mut settings.keys, Shortcut::Sidebar, NO_CHORD).unwrap();
        assert_eq!(clash(&settings, |_| true), None);
        set(&mut settings.keys, Shortcut::Sidebar, "").unwrap();
        assert_eq!(clash(&settings, only(Shortcut::Sidebar)), Some((Shortcut::Sidebar, Shortcut::NewChat)));
    }
}
