//! Holds the tree to the drawing in `docs/architecture.md`, and to the house rules no compiler checks.
//!
//! Each rule takes one file and returns what is wrong with it, as a sentence that tells what to do. The
//! rules are tried on planted faults below, so that none of them can pass by seeing nothing.

mod layers;
mod source;

use std::fs;
use std::path::Path;

use source::Source;

/// Past this a file hides a second noun.
const LINES_MAX: usize = 400;

/// Files that are longer than [`LINES_MAX`], each with the reason why it should stay whole.
const LONG_FILES: [(&str, &str); 0] = [];

/// Who may know a vendor's address; `*/openai/` folders may as well.
const VENDOR_ROOMS: [&str; 4] = ["src/config", "src/simulator/", "src/telephony/", "src/web/webhooks/"];

/// What code that cannot fail by I/O has no use for.
const IMPURE_WORDS: [&str; 7] =
    ["async", "tokio", "reqwest", "axum", "tungstenite", "tokio_tungstenite", "ring"];
const IMPURE_PATHS: [&str; 6] = ["std::fs", "std::net", "std::io", "std::env", "std::process", "std::thread"];

type Rule = fn(&Source) -> Vec<String>;

const RULES: [Rule; 8] = [
    layers::upward_imports,
    sql_outside_the_store,
    vendor_addresses_outside_their_rooms,
    impurity_in_the_core,
    overlong,
    without_a_front_page,
    unfinished,
    silenced_lints,
];

fn sql_outside_the_store(source: &Source) -> Vec<String> {
    if source.path.starts_with("src/store/") {
        return Vec::new();
    }
    lines_with(&source.code, |line| words(line).any(|word| word == "sqlx"))
        .map(|line| format!("{}:{line}: only `store/` knows SQL; give `Store` a method for it", source.path))
        .collect()
}

fn vendor_addresses_outside_their_rooms(source: &Source) -> Vec<String> {
    let at_home = VENDOR_ROOMS.iter().any(|room| source.path.starts_with(room))
        || source.path.contains("/openai/")
        || source.path.ends_with("/openai.rs");
    if at_home {
        return Vec::new();
    }
    lines_with(&source.literals, |line| {
        ["api.twilio.com", "api.openai.com"].iter().any(|host| line.contains(host))
    })
    .map(|line| format!("{}:{line}: a vendor's address is configuration; take it from `Config`", source.path))
    .collect()
}

fn impurity_in_the_core(source: &Source) -> Vec<String> {
    if !["src/domain/", "src/coach/"].iter().any(|core| source.path.starts_with(core)) {
        return Vec::new();
    }
    let impure = |line: &str| {
        words(line).any(|word| IMPURE_WORDS.contains(&word))
            || IMPURE_PATHS.iter().any(|path| line.contains(path))
    };
    lines_with(&source.code, impure)
        .map(|line| {
            format!(
                "{}:{line}: `domain` and `coach` cannot fail by I/O and never wait; do it above, and pass in what \
                 came of it",
                source.path
            )
        })
        .collect()
}

fn overlong(source: &Source) -> Vec<String> {
    let lines = source.text.lines().count();
    if lines <= LINES_MAX || LONG_FILES.iter().any(|(path, _)| *path == source.path) {
        return Vec::new();
    }
    vec![format!(
        "{}: {lines} lines, more than {LINES_MAX}; look for the second noun and give it a file (or enter it in \
         LONG_FILES with the reason)",
        source.path
    )]
}

fn without_a_front_page(source: &Source) -> Vec<String> {
    // Tests beside their module need none: the module's own page is next door.
    if source.text.starts_with("//! ") || (source.is_test() && source.path.starts_with("src/")) {
        return Vec::new();
    }
    vec![format!("{}: begin with `//!`: what the module is for, and what it leaves to others", source.path)]
}

fn unfinished(source: &Source) -> Vec<String> {
    // Read in the whole code, tests too: a test that is switched off is not a test.
    let marks = ["todo!", "unimplemented!", "#[ignore"];
    let (code, _) = source::split(&source.text);
    lines_with(&code, |line| marks.iter().any(|mark| line.contains(mark)))
        .map(|line| format!("{}:{line}: unfinished; finish it, or leave it out", source.path))
        .collect()
}

fn silenced_lints(source: &Source) -> Vec<String> {
    let (code, _) = source::split(&source.text);
    let starts = ["[allow(", "[expect("].iter().flat_map(|start| code.match_indices(start));
    let silent = starts.filter(|(at, _)| {
        let attribute = &code[*at..];
        !attribute[..attribute.find(")]").unwrap_or(attribute.len())].contains("reason")
    });
    silent
        .map(|(at, _)| {
            let line = code[..at].matches('\n').count() + 1;
            format!(
                "{}:{line}: say why: `#[expect(lint, reason = \"…\")]` (it also warns when it is no longer needed, \
                 which `allow` does not)",
                source.path
            )
        })
        .collect()
}

/// The numbers, counted from 1, of the lines that match.
fn lines_with(text: &str, matches: impl Fn(&str) -> bool) -> impl Iterator<Item = usize> {
    text.lines().enumerate().filter(move |(_, line)| matches(line)).map(|(number, _)| number + 1)
}

fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

/// Every Rust file below `folder`, read.
fn rust_files(folder: &str) -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    let mut open = vec![root.join(folder)];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).expect("a folder of the package can be read") {
            let path = entry.expect("an entry of a folder can be read").path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let inner = path.strip_prefix(root).expect("the path was made from the root");
                let text = fs::read_to_string(&path).expect("a source file is UTF-8");
                found.push(Source::new(&inner.to_string_lossy().replace('\\', "/"), &text));
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

fn assert_none(problems: &[String]) {
    assert!(problems.is_empty(), "the house is not tidy:\n{}\n", problems.join("\n"));
}

#[test]
fn the_house_is_tidy() {
    let files = rust_files("src");
    assert!(files.len() > 20, "found only {} files: is the checker looking in the right place?", files.len());
    let check = |source: &Source| RULES.iter().flat_map(|rule| rule(source)).collect::<Vec<_>>();
    assert_none(&files.iter().filter(|source| !source.is_test()).flat_map(check).collect::<Vec<_>>());
}

#[test]
fn the_tests_are_tidy_too() {
    let rules: [Rule; 4] = [overlong, without_a_front_page, unfinished, silenced_lints];
    let files = rust_files("tests").into_iter().chain(rust_files("src").into_iter().filter(Source::is_test));
    assert_none(&files.flat_map(|source| rules.map(|rule| rule(&source)).concat()).collect::<Vec<_>>());
}

#[test]
fn every_layer_stands_in_the_tree_and_on_the_map() {
    let files = rust_files("src");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let map = fs::read_to_string(root.join("docs/architecture.md")).expect("docs/architecture.md exists");
    for module in layers::LAYERS.into_iter().flatten() {
        let exists = files.iter().any(|source| source.module().first() == Some(module));
        assert!(exists, "LAYERS names `{module}`, which is not in src/: take it out");
        assert!(
            map.contains(&format!("`{module}`")),
            "docs/architecture.md does not tell where `{module}` stands"
        );
    }
}

#[test]
fn nothing_is_planted_in_a_build_that_does_not_ask_for_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let manifest = fs::read_to_string(root.join("Cargo.toml")).expect("Cargo.toml exists");
    let features = manifest.split("\n[features]\n").nth(1).expect("there are features");
    let features: Vec<&str> = features
        .lines()
        .take_while(|line| !line.starts_with('['))
        .filter(|line| !line.starts_with('#'))
        .collect();
    assert!(features.contains(&"planted-bugs = []"), "{features:?}");
    let enabling = |line: &&&str| !line.starts_with("planted-bugs = ") && line.contains("planted-bugs");
    assert_eq!(
        features.iter().find(enabling),
        None,
        "no other feature, and no default, may bring faults along"
    );
}

#[test]
fn the_map_names_files_that_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let map = fs::read_to_string(root.join("docs/architecture.md")).expect("docs/architecture.md exists");
    let is_rust = |text: &str| Path::new(text).extension().is_some_and(|extension| extension == "rs");
    let named = |text: &&str| is_rust(text) && text.contains('/') && !text.contains(' ');
    let lost: Vec<&str> = map
        .split('`')
        .filter(named)
        .filter(|path| !root.join(path).exists() && !root.join("src").join(path).exists())
        .collect();
    assert!(lost.is_empty(), "docs/architecture.md names {lost:?}: where have they gone?");
}

#[test]
fn exceptions_for_long_files_are_still_needed() {
    let files = rust_files("src").into_iter().chain(rust_files("tests")).collect::<Vec<_>>();
    for (path, reason) in LONG_FILES {
        let lines = files.iter().find(|source| source.path == path).map(|source| source.text.lines().count());
        assert!(lines > Some(LINES_MAX), "{path} is no longer long ({reason}): take it out of LONG_FILES");
    }
}

#[test]
fn the_rules_find_what_they_look_for() {
    fn found(rule: Rule, path: &str, text: &str) -> usize {
        rule(&Source::new(path, text)).len()
    }
    assert_eq!(found(sql_outside_the_store, "src/web/api.rs", "use sqlx::Row;"), 1);
    assert_eq!(found(sql_outside_the_store, "src/web/api.rs", "// sqlx would do\nlet x = \"sqlx=warn\";"), 0);
    assert_eq!(found(sql_outside_the_store, "src/store/rows.rs", "use sqlx::Row;"), 0);

    let dial = "let url = \"https://api.twilio.com/2010-04-01\";";
    assert_eq!(found(vendor_addresses_outside_their_rooms, "src/calls/place.rs", dial), 1);
    assert_eq!(found(vendor_addresses_outside_their_rooms, "src/telephony/client.rs", dial), 0);
    assert_eq!(found(vendor_addresses_outside_their_rooms, "src/realtime/openai/client.rs", dial), 0);

    assert_eq!(found(impurity_in_the_core, "src/domain/ids.rs", "pub async fn load() {}"), 1);
    assert_eq!(found(impurity_in_the_core, "src/coach/script.rs", "use std::fs;\nuse tokio::time;"), 2);
    assert_eq!(found(impurity_in_the_core, "src/coach/script.rs", "let stringent = \"async\";"), 0);
    assert_eq!(found(impurity_in_the_core, "src/web/mod.rs", "pub async fn load() {}"), 0);

    assert_eq!(found(overlong, "src/a.rs", &"//! a\n".repeat(LINES_MAX + 1)), 1);
    assert_eq!(found(overlong, "src/a.rs", &"//! a\n".repeat(LINES_MAX)), 0);

    assert_eq!(found(without_a_front_page, "src/a.rs", "use std::fmt;\n"), 1);
    assert_eq!(found(without_a_front_page, "src/a.rs", "//! Words.\n"), 0);

    assert_eq!(found(unfinished, "src/a.rs", "fn a() { todo!() }\nfn b() { unimplemented!() }"), 2);
    assert_eq!(
        found(unfinished, "src/a.rs", "#[cfg(test)]\nmod tests {\n    #[ignore]\n    fn a() {}\n}"),
        1
    );

    assert_eq!(found(silenced_lints, "src/a.rs", "#[allow(dead_code)]\nfn a() {}"), 1);
    assert_eq!(found(silenced_lints, "src/a.rs", "#[expect(clippy::todo)]\nfn a() {}"), 1);
    assert_eq!(
        found(silenced_lints, "src/a.rs", "#[expect(clippy::todo, reason = \"a test\")]\nfn a() {}"),
        0
    );
}
