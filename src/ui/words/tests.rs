use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use super::{catalogue, english, find};
use crate::model::{FailureKind, Language, Shortcut};

/// Families whose keys are put together from a code, so that they do not stand in the source as they are.
const BY_CODE: [&str; 5] = ["error.", "failure.", "keys.", "remedy.", "source."];

fn sources(folder: &str) -> Vec<String> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => walk(&path, found),
                false => found.push(path),
            }
        }
    }
    let mut found = Vec::new();
    walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(folder), &mut found);
    let rust = found.iter().filter(|path| path.extension().is_some_and(|end| end == "rs"));
    let own =
        rust.filter(|path| !["english", "german", "tests"].iter().any(|own| path.ends_with(format!("words/{own}.rs"))));
    own.map(|path| fs::read_to_string(path).unwrap()).collect()
}

/// The string literals of a source, roughly: enough to find keys in.
fn literals(source: &str) -> impl Iterator<Item = &str> {
    source
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .flat_map(|line| line.split('"').skip(1).step_by(2))
}

fn keys() -> BTreeSet<&'static str> {
    english::WORDS.iter().map(|(key, _)| *key).collect()
}

#[test]
fn the_catalogue_is_sorted_and_says_each_thing_once() {
    assert!(english::WORDS.is_sorted_by(|(a, _), (b, _)| a < b));
    assert!(english::WORDS.iter().all(|(_, words)| !words.trim().is_empty()));
}

/// The blanks of some words, sorted; each as often as it stands there.
fn blanks(words: &str) -> Vec<&str> {
    let mut blanks: Vec<_> =
        words.split('{').skip(1).map(|rest| rest.split_once('}').expect("a blank ends").0).collect();
    blanks.sort_unstable();
    blanks
}

#[test]
fn every_language_says_the_same_things_with_the_same_blanks() {
    for language in Language::ALL {
        let words = catalogue(language);
        let own: Vec<_> = words.iter().map(|(key, _)| *key).collect();
        let english: Vec<_> = english::WORDS.iter().map(|(key, _)| *key).collect();
        let missing: Vec<_> = english.iter().filter(|key| !own.contains(key)).collect();
        let foreign: Vec<_> = own.iter().filter(|key| !english.contains(key)).collect();
        assert!(missing.is_empty() && foreign.is_empty(), "{language:?} lacks {missing:?}, has besides {foreign:?}");
        assert_eq!(own, english, "{language:?} is not sorted");
        for ((key, words), (_, english)) in words.iter().zip(english::WORDS) {
            assert!(!words.trim().is_empty(), "{language:?}: {key}");
            assert_eq!(blanks(words), blanks(english), "{language:?}: {key}");
        }
    }
}

#[test]
fn every_key_used_has_words_and_all_words_are_used() {
    let keys = keys();
    let families: BTreeSet<_> = keys.iter().map(|key| key.split('.').next().unwrap()).collect();
    let mut used = BTreeSet::new();
    for source in sources("ui") {
        for literal in literals(&source) {
            let parts: Vec<_> = literal.split('.').collect();
            let word = |part: &&str| !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase() || c == '_');
            if parts.len() > 1 && families.contains(parts[0]) && parts.iter().all(word) {
                assert!(keys.contains(literal), "{literal} has no words");
                used.insert(literal.to_owned());
            }
        }
    }
    for key in keys {
        let by_code = BY_CODE.iter().any(|family| key.starts_with(family));
        assert!(by_code || used.contains(key), "nobody says {key}");
    }
}

#[test]
fn every_failure_has_a_reason_and_a_remedy() {
    for kind in FailureKind::ALL {
        for family in ["failure", "remedy"] {
            let key = format!("{family}.{}", kind.as_str());
            assert!(find(Language::English, &key).is_some(), "{key}");
        }
    }
}

#[test]
fn every_shortcut_says_what_it_does() {
    for shortcut in Shortcut::ALL {
        assert!(find(Language::English, &format!("keys.{}", shortcut.name())).is_some(), "{shortcut:?}");
    }
}

#[test]
fn every_rule_of_the_sign_up_form_has_words() {
    for code in crate::server::auth::password::CODES {
        let key = format!("error.{code}");
        assert!(find(Language::English, &key).is_some(), "{key}");
    }
}

#[test]
fn every_rule_of_the_settings_has_words() {
    for code in crate::server::actions::settings::fields::CODES {
        assert!(find(Language::English, &format!("error.{code}")).is_some(), "{code}");
    }
}

#[test]
fn every_code_the_server_refuses_with_has_words() {
    let errors = [("Error::invalid(", 3), ("Error::too_large(", 3), ("Error::conflict(", 1)];
    // The rules for names and passwords say only the code.
    let rules = [("Err(\"", 1)];
    let places = [("server", &errors[..]), ("api", &errors[..]), ("server/auth", &rules[..])];
    let mut seen = 0;
    for (source, calls) in
        places.iter().flat_map(|(folder, calls)| sources(folder).into_iter().map(move |s| (s, calls)))
    {
        for (call, place) in *calls {
            for (at, _) in source.match_indices(call) {
                let line = source[at..].lines().next().unwrap();
                let Some(code) = line.split('"').nth(*place) else { continue };
                if code.contains(|c: char| !c.is_ascii_lowercase() && c != '_') {
                    continue;
                }
                seen += 1;
                assert!(find(Language::English, &format!("error.{code}")).is_some(), "error.{code} has no words");
            }
        }
    }
    assert!(seen > 0);
}
