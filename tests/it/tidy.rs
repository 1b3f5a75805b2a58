//! Rules of the code base that a machine can check: who imports whom, who may do what, how long a room is.

use std::fs;
use std::path::{Path, PathBuf};

/// The rooms and what each may import, besides itself.
const IMPORTS: [(&str, &[&str]); 20] = [
    ("error", &[]),
    ("text", &[]),
    ("random", &["error"]),
    ("folder", &["error"]),
    ("domain", &[]),
    ("html", &["error", "text"]),
    ("urls", &["error", "text", "domain"]),
    ("trackback", &["error", "text", "domain", "html", "urls"]),
    ("config", &["error", "urls", "trackback"]),
    ("store", &["error", "text", "random", "folder", "trackback"]),
    (
        "feed",
        &["error", "text", "folder", "trackback", "config", "store"],
    ),
    ("net", &["error", "text", "random", "urls"]),
    (
        "weblog",
        &["error", "html", "urls", "text", "trackback", "net"],
    ),
    (
        "trust",
        &[
            "error",
            "html",
            "urls",
            "text",
            "random",
            "domain",
            "trackback",
            "config",
            "store",
            "feed",
            "net",
            "weblog",
        ],
    ),
    (
        "moving",
        &[
            "error",
            "html",
            "urls",
            "text",
            "trackback",
            "config",
            "store",
            "feed",
            "trust",
        ],
    ),
    (
        "send",
        &[
            "error",
            "html",
            "urls",
            "text",
            "random",
            "folder",
            "domain",
            "trackback",
            "config",
            "net",
            "weblog",
        ],
    ),
    (
        "thread",
        &[
            "error",
            "html",
            "urls",
            "text",
            "trackback",
            "config",
            "store",
            "net",
            "send",
        ],
    ),
    (
        "install",
        &["error", "folder", "trackback", "config", "store"],
    ),
    (
        "site",
        &[
            "error",
            "html",
            "urls",
            "text",
            "domain",
            "trackback",
            "config",
            "store",
            "feed",
            "net",
            "trust",
            "send",
            "thread",
        ],
    ),
    (
        "door",
        &[
            "error",
            "html",
            "urls",
            "text",
            "random",
            "folder",
            "domain",
            "trackback",
            "config",
            "store",
            "feed",
            "net",
            "weblog",
            "trust",
            "moving",
            "send",
            "thread",
            "install",
            "site",
        ],
    ),
];

/// Text that stands only in these files: what it gives is theirs alone.
const ONLY_IN: [(&str, &[&str]); 10] = [
    ("Command::new", &["src/door/"]),
    ("ureq::", &["src/net/"]),
    ("TcpListener", &["src/door/"]),
    ("Timestamp::now", &["src/door/"]),
    ("SystemTime::now", &["src/door/"]),
    ("env::", &["src/main.rs", "src/door/cgi.rs", "src/config/"]),
    ("io::stdout", &["src/main.rs", "src/door/"]),
    ("process::exit", &[]),
    ("renameat", &["src/folder.rs"]),
    ("fs2::", &["src/store/"]),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every file below `folder` that ends in `.rs`, relative to the repository.
fn rust_files(folder: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path.strip_prefix(root()).unwrap().to_owned());
            }
        }
    }
    found.sort();
    assert!(!found.is_empty(), "{folder} holds no code");
    found
}

/// A file's code without comments and without its tests.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(root().join(path)).unwrap();
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
    let is_code = |line: &&str| !line.trim_start().starts_with("//");
    text.lines().filter(is_code).collect::<Vec<_>>().join("\n")
}

fn is_test(path: &Path) -> bool {
    path.file_stem()
        .is_some_and(|stem| stem.to_string_lossy().ends_with("tests"))
}

/// The room that a file of `src/` belongs to: `src/store/lock.rs` to `store`.
fn room(path: &Path) -> String {
    let inside = path.strip_prefix("src").unwrap();
    let first = inside
        .components()
        .next()
        .unwrap()
        .as_os_str()
        .to_string_lossy();
    first.trim_end_matches(".rs").to_owned()
}

#[test]
fn imports_point_down_the_table_of_rooms_only() {
    for path in rust_files("src") {
        let room = room(&path);
        if room == "main" || room == "lib" || is_test(&path) {
            continue;
        }
        let (_, may) = IMPORTS
            .iter()
            .find(|(name, _)| *name == room)
            .unwrap_or_else(|| panic!("{} is in no room of the table", path.display()));
        for rest in code(&path).split("crate::").skip(1) {
            let word = |text: &str| {
                text.chars()
                    .take_while(|c| c.is_alphanumeric() || *c == '_')
                    .collect::<String>()
            };
            // `crate::{a, b}` would hide an import from this test.
            assert!(
                !rest.starts_with('{'),
                "{}: one `use` for each room",
                path.display()
            );
            let imported = word(rest);
            let known = IMPORTS.iter().any(|(name, _)| *name == imported);
            if known && imported != room {
                assert!(
                    may.contains(&imported.as_str()),
                    "{}: `{room}` may not import `{imported}`",
                    path.display()
                );
            }
        }
    }
}

#[test]
fn doors_never_import_each_other() {
    for path in rust_files("src/door") {
        let own = path.strip_prefix("src/door").unwrap();
        let own = own
            .components()
            .next()
            .unwrap()
            .as_os_str()
            .to_string_lossy()
            .replace(".rs", "");
        for other in ["cgi", "cli", "serve"]
            .iter()
            .filter(|other| **other != own && own != "mod")
        {
            let code = code(&path);
            for form in [format!("door::{other}"), format!("super::{other}::")] {
                assert!(!code.contains(&form), "{} uses `{form}`", path.display());
            }
        }
    }
}

#[test]
fn each_power_is_one_rooms_alone() {
    for path in rust_files("src") {
        if is_test(&path) {
            continue;
        }
        let code = code(&path);
        for (text, places) in ONLY_IN {
            let allowed = places
                .iter()
                .any(|place| path.to_string_lossy().starts_with(place));
            assert!(
                allowed || !code.contains(text),
                "{}: `{text}` is not for this room",
                path.display()
            );
        }
    }
}

#[test]
fn trackback_does_no_input_or_output() {
    for path in rust_files("src/trackback") {
        let code = code(&path);
        for text in [
            "std::fs",
            "std::net",
            "std::io",
            "std::env",
            "std::time",
            "std::process",
            "jiff::",
        ] {
            assert!(!code.contains(text), "{}: {text}", path.display());
        }
    }
}

#[test]
fn no_file_has_more_than_500_lines_of_code() {
    for path in ["src", "tests", "benches"].into_iter().flat_map(rust_files) {
        let lines = code(&path)
            .lines()
            .filter(|line| !line.trim().is_empty())
            .count();
        assert!(lines <= 500, "{}: {lines} lines of code", path.display());
    }
}

#[test]
fn every_file_says_first_what_it_is_for_and_none_has_a_vague_name() {
    for path in ["src", "tests", "benches"].into_iter().flat_map(rust_files) {
        let text = fs::read_to_string(root().join(&path)).unwrap();
        assert!(
            text.starts_with("//! "),
            "{} does not begin with `//!`",
            path.display()
        );
        for name in ["util", "helper", "common", "misc", "manager", "service"] {
            assert!(!path.to_string_lossy().contains(name), "{}", path.display());
        }
    }
}

#[test]
fn no_test_is_switched_off() {
    for path in ["src", "tests"].into_iter().flat_map(rust_files) {
        let text = fs::read_to_string(root().join(&path)).unwrap();
        assert!(
            !text.contains(concat!("#[", "ignore")),
            "{}",
            path.display()
        );
    }
}
