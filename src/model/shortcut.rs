//! The shortcuts: what a key or some keys together do. Here is which there are, and how a chord is written; what they do
//! is the page's, which of them are refused the server's.

use super::Preferences;

/// Where a shortcut works, as the list of them tells.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Group {
    Everywhere,
    /// On the page of a thread.
    Thread,
    /// In the composer, while it is empty.
    Composer,
}

impl Group {
    pub const ALL: [Self; 3] = [Self::Everywhere, Self::Thread, Self::Composer];
}

macro_rules! shortcuts {
    ($($(#[$doc:meta])* $shortcut:ident $group:ident $setting:literal $chord:literal;)*) => {
        /// Something that keys do.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum Shortcut { $($(#[$doc])* $shortcut,)* }

        impl Shortcut {
            /// All of them, in the order in which they are listed.
            pub const ALL: &[Self] = &[$(Self::$shortcut,)*];

            /// Where it works, the name of the setting that has its chord, and the chord where nobody chose one.
            const fn about(self) -> (Group, &'static str, &'static str) {
                match self { $(Self::$shortcut => (Group::$group, $setting, $chord),)* }
            }
        }
    };
}

shortcuts! {
    List Everywhere "key_list" "Ctrl+/";
    NewChat Everywhere "key_new_chat" "Ctrl+Shift+O";
    /// Shows and hides the list of threads. Ctrl+Shift+S, which others have for it, is the contract's for export (G.1).
    Sidebar Everywhere "key_sidebar" "Ctrl+B";
    PreviousChat Everywhere "key_previous_chat" "Ctrl+Shift+Up";
    NextChat Everywhere "key_next_chat" "Ctrl+Shift+Down";
    Settings Everywhere "key_settings" "Ctrl+.";
    Focus Everywhere "key_focus" "Shift+Esc";
    Model Everywhere "key_model" "Ctrl+Shift+M";
    Stop Thread "key_stop" "Esc";
    CopyAnswer Thread "key_copy_answer" "Ctrl+Shift+C";
    CopyCode Thread "key_copy_code" "Ctrl+Shift+;";
    Regenerate Thread "key_regenerate" "Alt+R";
    PreviousVersion Thread "key_previous_version" "Alt+Left";
    NextVersion Thread "key_next_version" "Alt+Right";
    PreviousQuestion Thread "key_previous_question" "Alt+Up";
    NextQuestion Thread "key_next_question" "Alt+Down";
    Beginning Thread "key_beginning" "Alt+PgUp";
    End Thread "key_end" "Alt+PgDn";
    Day Thread "key_day" "Alt+G";
    Rename Thread "key_rename" "Ctrl+Shift+E";
    Delete Thread "key_delete" "Ctrl+Shift+Backspace";
    EditLast Composer "key_edit_last" "Up";
}

/// What is stored where a shortcut was given no chord.
pub const NONE: &str = "-";

impl Shortcut {
    pub fn group(self) -> Group {
        self.about().0
    }

    /// The name of the setting that has its chord.
    pub fn setting(self) -> &'static str {
        self.about().1
    }

    /// The same without what all of them begin with: what is said of it stands under this name.
    pub fn name(self) -> &'static str {
        self.setting().strip_prefix("key_").unwrap_or_default()
    }

    /// The chord where nobody chose one.
    pub fn default_chord(self) -> &'static str {
        self.about().2
    }

    /// The chord that a person has for it; none where they want none for it, or none for any.
    pub fn chord(self, preferences: &Preferences) -> Option<&str> {
        let own = preferences.keys.iter().find(|(setting, _)| setting == self.setting());
        let chord = own.map_or(self.default_chord(), |(_, chord)| chord.as_str());
        Some(chord).filter(|chord| preferences.shortcuts && *chord != NONE)
    }

    /// Whether it goes one further, and so on for as long as its keys are held down.
    pub fn steps(self) -> bool {
        use Shortcut::{NextChat, NextQuestion, NextVersion, PreviousChat, PreviousQuestion, PreviousVersion};
        matches!(self, PreviousChat | NextChat | PreviousQuestion | NextQuestion | PreviousVersion | NextVersion)
    }

    /// The shortcut whose setting is called so.
    pub fn of_setting(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|shortcut| shortcut.setting() == name)
    }
}

/// A chord, taken apart. It is written as `Ctrl+Alt+Shift+` and the key, in this order; Ctrl is ⌘ on a Mac. A key is what
/// it types, a letter in capitals, or one of these: `Esc`, `Up`, `PgDn`, `Space`, `Plus`, `F1` and so on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Chord<'a> {
    pub command: bool,
    pub alt: bool,
    pub shift: bool,
    pub key: &'a str,
}

impl<'a> Chord<'a> {
    /// Takes apart what [`write`](Self::write) wrote.
    pub fn of(written: &'a str) -> Self {
        let mut key = written;
        let mut has = |modifier: &str| key.strip_prefix(modifier).map(|rest| key = rest).is_some();
        let (command, alt, shift) = (has("Ctrl+"), has("Alt+"), has("Shift+"));
        Self { command, alt, shift, key }
    }

    pub fn write(&self) -> String {
        let modifier = |on, word| if on { word } else { "" };
        [modifier(self.command, "Ctrl+"), modifier(self.alt, "Alt+"), modifier(self.shift, "Shift+"), self.key].concat()
    }

    /// Whether the key types a character.
    fn types(&self) -> bool {
        self.key.chars().count() == 1 || matches!(self.key, "Space" | "Plus")
    }

    /// Whether a field needs this while something is written in it: to type, to move about, to take away.
    pub fn is_for_writing(&self) -> bool {
        let moves = matches!(
            self.key,
            "Up" | "Down"
                | "Left"
                | "Right"
                | "Home"
                | "End"
                | "PgUp"
                | "PgDn"
                | "Backspace"
                | "Delete"
                | "Enter"
                | "Tab"
        );
        moves || (self.types() && !self.command)
    }

    /// Whether nobody could write or walk any more if this did something else, or whether browsers keep it to themselves.
    /// In the empty composer keys that only move about do nothing.
    pub fn is_needed(&self, group: Group) -> bool {
        if !self.command && !self.alt {
            let moves = matches!(self.key, "Up" | "Down" | "PgUp" | "PgDn" | "Home" | "End");
            return self.is_for_writing() && !(group == Group::Composer && moves);
        }
        let plain = self.command && !self.alt;
        let edits = match self.key {
            "V" | "Z" => plain,
            "A" | "C" | "X" | "Y" | "Enter" => plain && !self.shift,
            _ => false,
        };
        edits || matches!(self.key, "Tab" | "F4") || plain && matches!(self.key, "N" | "T" | "W")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_a_setting_and_a_chord_of_its_own_that_may_be() {
        for shortcut in Shortcut::ALL {
            assert!(shortcut.setting().starts_with("key_") && !shortcut.name().is_empty());
            assert_eq!(Shortcut::of_setting(shortcut.setting()), Some(*shortcut));
            let chord = Chord::of(shortcut.default_chord());
            assert_eq!(chord.write(), shortcut.default_chord());
            assert!(!chord.is_needed(shortcut.group()), "{shortcut:?}");
            let same = |other: &&Shortcut| other.default_chord() == shortcut.default_chord();
            assert_eq!(Shortcut::ALL.iter().filter(same).count(), 1, "{shortcut:?}");
        }
        assert_eq!(Shortcut::of_setting("key_"), None);
    }

    #[test]
    fn a_person_has_what_they_chose_and_nothing_where_they_want_nothing() {
        let mut mine = Preferences::default();
        assert_eq!(Shortcut::NewChat.chord(&mine), Some("Ctrl+Shift+O"));
        mine.keys.push(("key_new_chat".into(), "F2".into()));
        mine.keys.push(("key_stop".into(), NONE.into()));
        assert_eq!((Shortcut::NewChat.chord(&mine), Shortcut::Stop.chord(&mine)), (Some("F2"), None));
        mine.shortcuts = false;
        assert!(Shortcut::ALL.iter().all(|shortcut| shortcut.chord(&mine).is_none()));
    }

    #[test]
    fn what_writing_and_walking_need_is_not_to_be_had() {
        for (chord, group, needed) in [
            ("A", Group::Thread, true),
            ("Shift+A", Group::Thread, true),
            ("Space", Group::Thread, true),
            ("Plus", Group::Composer, true),
            ("Enter", Group::Composer, true),
            ("Tab", Group::Everywhere, true),
            ("Shift+Tab", Group::Everywhere, true),
            ("Up", Group::Thread, true),
            ("Up", Group::Composer, false),
            ("Left", Group::Composer, true),
            ("Esc", Group::Everywhere, false),
            ("F2", Group::Everywhere, false),
            ("Alt+A", Group::Everywhere, false),
            ("Alt+Up", Group::Everywhere, false),
            ("Alt+Tab", Group::Everywhere, true),
            ("Alt+F4", Group::Everywhere, true),
            ("Ctrl+A", Group::Everywhere, true),
            ("Ctrl+Shift+A", Group::Everywhere, false),
            ("Ctrl+C", Group::Everywhere, true),
            ("Ctrl+Shift+Z", Group::Everywhere, true),
            ("Ctrl+Enter", Group::Everywhere, true),
            ("Ctrl+W", Group::Everywhere, true),
            ("Ctrl+Shift+T", Group::Everywhere, true),
            ("Ctrl+Alt+C", Group::Everywhere, false),
            ("Ctrl+Alt+N", Group::Everywhere, false),
        ] {
            assert_eq!(Chord::of(chord).is_needed(group), needed, "{chord} in {group:?}");
        }
    }
}
