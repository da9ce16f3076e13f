//! Who may import whom: the table of the design, held against every source file.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// A part of the program and the parts it may import. Of two prefixes that fit, the longer one counts.
const LAW: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("browser", &["model"]),
    ("api", &["model", "browser", "server::call"]),
    ("state", &["model", "api", "browser"]),
    ("ui", &["model", "api", "browser", "state"]),
    ("ui::widgets", &["model"]),
    ("server::clock", &[]),
    ("server::log", &["server::config"]),
    ("server::metrics", &[]),
    ("server::assets", &[]),
    ("server::demo", &["server::provider"]),
    ("server::config", &["model", "server::auth"]),
    ("server::auth", &["model"]),
    ("server::provider", &["model"]),
    ("server::render", &["model"]),
    ("server::store", &["model", "server::metrics"]),
    ("server::hub", &["model"]),
    (
        "server::run",
        &[
            "model",
            "server::provider",
            "server::render",
            "server::store",
            "server::hub",
            "server::clock",
            "server::metrics",
        ],
    ),
    (
        "server::app",
        &[
            "model",
            "server::auth",
            "server::config",
            "server::hub",
            "server::metrics",
            "server::provider",
            "server::run",
            "server::store",
            "server::clock",
        ],
    ),
    (
        "server::actions",
        &["model", "server::app", "server::auth", "server::run", "server::store", "server::hub", "server::clock"],
    ),
    ("server::call", &["model", "server::actions", "server::app", "server::auth"]),
    (
        "server::http",
        &[
            "model",
            "server::actions",
            "server::app",
            "server::auth",
            "server::call",
            "server::config",
            "server::hub",
            "server::metrics",
        ],
    ),
    (
        "server::router",
        &["model", "ui", "api", "server::app", "server::assets", "server::call", "server::http", "server::actions"],
    ),
    // The root and the tests see everything.
    ("", &[""]),
    ("server", &["server"]),
    ("server::tests", &[""]),
    ("ui::words::tests", &["model", "ui", "server::auth", "server::actions"]),
];

#[test]
fn every_import_is_within_the_law() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut broken = Vec::new();
    let mut seen = 0;
    for file in files(&src) {
        let module = module(&src, &file);
        let (owner, allowed) = law_of(&module);
        for path in imports(&fs::read_to_string(&file).unwrap(), &module) {
            seen += 1;
            let free = within(&path, owner) && !owner.is_empty() || allowed.iter().any(|prefix| within(&path, prefix));
            if !free {
                broken.push(format!("{} must not import {}", file.display(), path.join("::")));
            }
        }
    }
    assert!(seen > 100, "the test sees too little of the source: {seen} imports");
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn the_halves_are_fenced_in_few_places() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let fences = files(&src)
        .iter()
        .flat_map(|file| fs::read_to_string(file).unwrap().lines().map(str::to_owned).collect::<Vec<_>>())
        .filter(|line| line.trim_start().starts_with("#[cfg") && line.contains("feature"))
        .count();
    assert!(fences <= 10, "{fences} cfg(feature) lines; the design allows ten");
}

/// The program may be below a path of its host, which `browser::at` puts before every path of ours.
#[test]
fn no_view_names_a_path_of_its_own() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let known = ["at(", "path!(", "lead(", "<Lead to="];
    let (mut bare, mut seen) = (Vec::new(), 0);
    for file in ["ui", "state", "browser"].iter().flat_map(|part| files(&src.join(part))) {
        let source = fs::read_to_string(&file).unwrap();
        let source = source.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        for line in source.lines().map(str::trim).filter(|line| !line.starts_with("//")) {
            let paths = line
                .match_indices("\"/")
                .filter(|(at, _)| line[at + 2..].starts_with(|c: char| c.is_ascii_alphabetic() || c == '{'));
            let calls = line.match_indices("::url()");
            for (place, _) in paths.chain(calls) {
                seen += 1;
                if !known.iter().any(|known| line[..place].contains(known)) {
                    bare.push(format!("{}: {line}", file.display()));
                }
            }
        }
    }
    // What leads there by itself is in one place.
    for file in files(&src.join("ui")).iter().filter(|file| !file.ends_with("lead.rs")) {
        let source = fs::read_to_string(file).unwrap();
        bare.extend(
            ["use_navigate", "Redirect"]
                .iter()
                .filter(|name| source.contains(*name))
                .map(|name| format!("{}: {name}", file.display())),
        );
    }
    assert!(seen > 20, "the test sees too little of the source: {seen} paths");
    assert!(bare.is_empty(), "{}", bare.join("\n"));
}

fn law_of(module: &[String]) -> (&'static str, &'static [&'static str]) {
    LAW.iter()
        .filter(|(prefix, _)| within(module, prefix))
        .max_by_key(|(prefix, _)| prefix.len())
        .map(|(prefix, allowed)| (*prefix, *allowed))
        .unwrap()
}

fn within(path: &[String], prefix: &str) -> bool {
    let mut prefix = prefix.split("::").filter(|part| !part.is_empty());
    let mut path = path.iter();
    prefix.all(|part| path.next().is_some_and(|own| own == part))
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(files(&path));
        } else if path.extension().is_some_and(|end| end == "rs") {
            all.push(path);
        }
    }
    all
}

fn module(src: &Path, file: &Path) -> Vec<String> {
    let relative = file.strip_prefix(src).unwrap().with_extension("");
    let mut parts: Vec<String> = relative.iter().map(|part| part.to_str().unwrap().to_owned()).collect();
    if parts.last().is_some_and(|last| ["mod", "lib", "main"].contains(&last.as_str())) {
        parts.pop();
    }
    parts
}

/// The paths of our own crate that a source names, wherever it names them. Its inline tests are left out.
fn imports(source: &str, module: &[String]) -> Vec<Vec<String>> {
    let source: String =
        source.lines().filter(|line| !line.trim_start().starts_with("//")).flat_map(|line| [line, "\n"]).collect();
    let source = source.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let mut found = Vec::new();
    for (start, root) in ["crate::", "skein::", "super::"].iter().flat_map(|root| source.match_indices(root)) {
        let before = source[..start].chars().next_back();
        if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':') {
            continue;
        }
        let mut rest = &source[start + root.len()..];
        let mut base = match root {
            "super::" => module[..module.len().saturating_sub(1)].to_vec(),
            _ => Vec::new(),
        };
        while let Some(up) = rest.strip_prefix("super::") {
            base.pop();
            rest = up;
        }
        expand(&mut rest, base, &mut found);
    }
    found
}

/// Reads one use tree from the front of `rest`.
fn expand(rest: &mut &str, base: Vec<String>, found: &mut Vec<Vec<String>>) {
    *rest = rest.trim_start();
    if let Some(inner) = rest.strip_prefix('{') {
        *rest = inner;
        loop {
            *rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == ',');
            if let Some(after) = rest.strip_prefix('}') {
                *rest = after;
                return;
            }
            if rest.is_empty() {
                return;
            }
            expand(rest, base.clone(), found);
            // Whatever else stands in an entry (`as name`, a glob's rest) is of no interest.
            *rest = rest.trim_start_matches(|c: char| c != ',' && c != '}');
        }
    }
    let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
    let (name, after) = rest.split_at(end);
    *rest = after;
    let mut path = base;
    if name == "self" || name.is_empty() {
        found.push(path);
        return;
    }
    path.push(name.to_owned());
    match rest.strip_prefix("::") {
        Some(after) => {
            *rest = after;
            expand(rest, path, found);
        }
        None => found.push(path),
    }
}

#[test]
fn the_reader_sees_what_is_imported() {
    let module = ["server".to_owned(), "run".to_owned(), "engine".to_owned()];
    let source = "use crate::{model::{A, B as C}, server::{hub::Hub, store}};\nuse super::{Context, view};\n\
                  // crate::never\nfn f() { crate::ui::x() }\nuse super::super::app::App;\n#[cfg(test)]\nmod tests {\nuse crate::api;";
    let mut found: Vec<String> = imports(source, &module).iter().map(|path| path.join("::")).collect();
    found.sort();
    let mut expected = vec![
        "model::A",
        "model::B",
        "server::hub::Hub",
        "server::store",
        "server::run::Context",
        "server::run::view",
        "ui::x",
        "server::app::App",
    ];
    expected.sort_unstable();
    assert_eq!(found, expected);
}
