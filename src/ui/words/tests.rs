use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use super::{Language, english};
use crate::model::FailureKind;

/// Families whose keys are put together from a code, so that they do not stand in the source as they are.
const BY_CODE: [&str; 4] = ["error.", "failure.", "remedy.", "source."];

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
    let own = rust.filter(|path| !path.ends_with("words/english.rs") && !path.ends_with("words/tests.rs"));
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
            assert!(Language::English.find(&key).is_some(), "{key}");
        }
    }
}

#[test]
fn every_rule_of_the_sign_up_form_has_words() {
    for code in crate::server::auth::password::CODES {
        let key = format!("error.{code}");
        assert!(Language::English.find(&key).is_some(), "{key}");
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
                assert!(Language::English.find(&format!("error.{code}")).is_some(), "error.{code} has no words");
            }
        }
    }
    assert!(seen > 0);
}
