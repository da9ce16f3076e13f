//! The settings by name: how each is written in its control, and what is accepted. What is refused has a stable code,
//! which the catalogue has words for.

use std::{ops::RangeInclusive, str::FromStr};

use serde::{Deserialize, Serialize, de::value::StrDeserializer};

use super::chord;
use crate::model::{Error, Settings, Shortcut};

/// The longest system prompt and name of a model, in bytes.
pub const LONGEST_PROMPT: usize = 16 * 1024;
const LONGEST_MODEL: usize = 256;
/// The largest seed: what every number type of every program on the way holds exactly.
const LARGEST_SEED: i64 = (1 << 53) - 1;

/// Every setting there is but the chords of shortcuts.
const NAMES: [&str; 18] = [
    "theme",
    "language",
    "send_on_enter",
    "auto_scroll",
    "reasoning",
    "thread_list",
    "shortcuts",
    "model",
    "system_prompt",
    "temperature",
    "top_p",
    "top_k",
    "min_p",
    "max_tokens",
    "repeat_penalty",
    "presence_penalty",
    "frequency_penalty",
    "seed",
];

/// Every setting there is.
pub fn names() -> impl Iterator<Item = &'static str> {
    NAMES.into_iter().chain(Shortcut::ALL.iter().map(|shortcut| shortcut.setting()))
}

/// Every code that is used here.
pub const CODES: [&str; 9] = [
    "setting_unknown",
    "choice_unknown",
    "number_unreadable",
    "number_out_of_range",
    "prompt_too_long",
    "model_unknown",
    "key_unreadable",
    "key_needed",
    "key_taken",
];

/// How a setting is written in its control; empty where it was not chosen.
pub fn get(settings: &Settings, name: &str) -> String {
    let sampling = &settings.sampling;
    match name {
        "theme" => word(&settings.theme),
        "language" => word(&settings.language),
        "send_on_enter" => switch(settings.send_on_enter),
        "auto_scroll" => switch(settings.auto_scroll),
        "reasoning" => word(&settings.reasoning),
        "thread_list" => switch(settings.sidebar),
        "shortcuts" => switch(settings.shortcuts),
        "model" => text(&settings.model),
        "system_prompt" => text(&settings.system_prompt),
        "temperature" => text(&sampling.temperature),
        "top_p" => text(&sampling.top_p),
        "top_k" => text(&sampling.top_k),
        "min_p" => text(&sampling.min_p),
        "max_tokens" => text(&sampling.max_tokens),
        "repeat_penalty" => text(&sampling.repeat_penalty),
        "presence_penalty" => text(&sampling.presence_penalty),
        "frequency_penalty" => text(&sampling.frequency_penalty),
        "seed" => text(&sampling.seed),
        name => settings.keys.get(name).cloned().unwrap_or_default(),
    }
}

/// Takes over what was written in a control. Empty: not chosen any more.
///
/// # Errors
///
/// `Invalid` with the setting's name, and nothing is changed.
pub fn set(settings: &mut Settings, name: &str, written: &str) -> Result<(), Error> {
    let sampling = &mut settings.sampling;
    let value = written.trim();
    let set = match name {
        "theme" => choice(&mut settings.theme, value),
        "language" => choice(&mut settings.language, value),
        "send_on_enter" => turn(&mut settings.send_on_enter, value),
        "auto_scroll" => turn(&mut settings.auto_scroll, value),
        "reasoning" => choice(&mut settings.reasoning, value),
        "thread_list" => turn(&mut settings.sidebar, value),
        "shortcuts" => turn(&mut settings.shortcuts, value),
        "model" => words(&mut settings.model, value, LONGEST_MODEL, "model_unknown"),
        "system_prompt" => words(&mut settings.system_prompt, value, LONGEST_PROMPT, "prompt_too_long"),
        "temperature" => number(&mut sampling.temperature, value, 0.0..=5.0),
        "top_p" => number(&mut sampling.top_p, value, 0.0..=1.0),
        "top_k" => number(&mut sampling.top_k, value, -1..=1000),
        "min_p" => number(&mut sampling.min_p, value, 0.0..=1.0),
        "max_tokens" => number(&mut sampling.max_tokens, value, 1..=1_000_000),
        "repeat_penalty" => number(&mut sampling.repeat_penalty, value, 0.0..=5.0),
        "presence_penalty" => number(&mut sampling.presence_penalty, value, -2.0..=2.0),
        "frequency_penalty" => number(&mut sampling.frequency_penalty, value, -2.0..=2.0),
        "seed" => number(&mut sampling.seed, value, -1..=LARGEST_SEED),
        name => match Shortcut::of_setting(name) {
            Some(shortcut) => chord::set(&mut settings.keys, shortcut, value),
            None => Err("setting_unknown"),
        },
    };
    // A name that is none of ours is not repeated.
    let field = names().find(|known| *known == name).unwrap_or("name");
    set.map_err(|code| Error::invalid(field, code))
}

type Set = Result<(), &'static str>;

/// One of a closed set, by its word on the wire.
fn choice<T: for<'de> Deserialize<'de>>(setting: &mut Option<T>, value: &str) -> Set {
    *setting = match value {
        "" => None,
        word => {
            let word = StrDeserializer::<serde::de::value::Error>::new(word);
            Some(T::deserialize(word).map_err(|_| "choice_unknown")?)
        }
    };
    Ok(())
}

fn turn(setting: &mut Option<bool>, value: &str) -> Set {
    *setting = match value {
        "" => None,
        "on" => Some(true),
        "off" => Some(false),
        _ => return Err("choice_unknown"),
    };
    Ok(())
}

/// A number, with a point or a comma before its fraction.
fn number<T: FromStr + PartialOrd>(setting: &mut Option<T>, value: &str, range: RangeInclusive<T>) -> Set {
    *setting = match value {
        "" => None,
        text => {
            let number = text.replace(',', ".").parse().map_err(|_| "number_unreadable")?;
            // What is no number, such as NaN, is in no range.
            Some(Some(number).filter(|number| range.contains(number)).ok_or("number_out_of_range")?)
        }
    };
    Ok(())
}

fn words(setting: &mut Option<String>, value: &str, longest: usize, too_long: &'static str) -> Set {
    if value.len() > longest {
        return Err(too_long);
    }
    let value = value.replace('\0', "\u{fffd}").replace("\r\n", "\n");
    *setting = Some(value).filter(|value| !value.is_empty());
    Ok(())
}

fn word(setting: &Option<impl Serialize>) -> String {
    match serde_json::to_value(setting) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}

fn switch(setting: Option<bool>) -> String {
    setting.map_or("", |on| if on { "on" } else { "off" }).into()
}

fn text(setting: &Option<impl ToString>) -> String {
    setting.as_ref().map(ToString::to_string).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_setting_is_read_as_it_was_written_and_can_be_reset() {
        let written = [
            "dark",
            "de",
            "off",
            "on",
            "closed",
            "off",
            "off",
            "some/model:7b",
            "Be brief.\nAlways.",
            "0.7",
            "0.95",
            "40",
            "0.05",
            "2048",
            "1.1",
            "-0.5",
            "2",
            "-1",
        ];
        let mut settings = Settings::default();
        for (name, value) in NAMES.into_iter().zip(written) {
            assert_eq!(get(&settings, name), "", "{name}");
            set(&mut settings, name, &format!(" {value}\n")).unwrap();
            assert_eq!(get(&settings, name), value, "{name}");
        }
        let stored = serde_json::to_string(&settings).unwrap();
        assert_eq!(serde_json::from_str::<Settings>(&stored).unwrap(), settings);
        for (name, chord) in [("key_new_chat", "Ctrl+Alt+N"), ("key_stop", "-")] {
            set(&mut settings, name, chord).unwrap();
            assert_eq!(get(&settings, name), chord);
        }
        for name in names() {
            set(&mut settings, name, "").unwrap();
        }
        assert_eq!(settings, Settings::default());
    }

    #[test]
    fn what_cannot_be_is_refused_and_changes_nothing() {
        let long = "x".repeat(LONGEST_PROMPT + 1);
        for (name, value, code) in [
            ("colour", "red", "setting_unknown"),
            ("theme", "blue", "choice_unknown"),
            ("language", "tlh", "choice_unknown"),
            ("send_on_enter", "true", "choice_unknown"),
            ("temperature", "warm", "number_unreadable"),
            ("temperature", "1.2.3", "number_unreadable"),
            ("temperature", "5.01", "number_out_of_range"),
            ("temperature", "NaN", "number_out_of_range"),
            ("temperature", "inf", "number_out_of_range"),
            ("top_p", "-0.1", "number_out_of_range"),
            ("top_k", "4.5", "number_unreadable"),
            ("max_tokens", "0", "number_out_of_range"),
            ("max_tokens", "99999999999", "number_unreadable"),
            ("seed", "9007199254740992", "number_out_of_range"),
            ("system_prompt", &long, "prompt_too_long"),
            ("model", &long, "model_unknown"),
            ("key_new_chat", "Ctrl+", "key_unreadable"),
            ("key_new_chat", &long, "key_unreadable"),
            ("key_new_chat", "x", "key_needed"),
            ("key_no_such", "Ctrl+X", "setting_unknown"),
        ] {
            let mut settings = Settings::default();
            let field = if code == "setting_unknown" { "name" } else { name };
            assert_eq!(set(&mut settings, name, value), Err(Error::invalid(field, code)), "{name}: {value}");
            assert_eq!(settings, Settings::default());
            assert!(CODES.contains(&code));
        }
    }

    #[test]
    fn a_comma_is_a_point() {
        let mut settings = Settings::default();
        set(&mut settings, "temperature", "0,7").unwrap();
        assert_eq!(get(&settings, "temperature"), "0.7");
    }
}
