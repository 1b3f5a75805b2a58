//! Rules of the code base that a machine can check: who imports whom, who may do what, how long a room is.

use std::fs;
use std::path::{Path, PathBuf};

/// The rooms in reading order; each imports only from those before it.
const ROOMS: [&str; 30] = [
    "error",
    "process",
    "text",
    "random",
    "dir",
    "charset",
    "domain",
    "html",
    "urls",
    "linkback",
    "config",
    "store",
    "fetch",
    "feeds",
    "sources",
    "admission",
    "app",
    "verify",
    "moderation",
    "upkeep",
    "migrate",
    "send",
    "discussion",
    "web",
    "setup",
    "sendmail",
    "periodic",
    // The ways in, which do not import each other.
    "cgi",
    "serve",
    "cli",
];

/// Text that stands only in these files: what it gives is theirs alone.
const ONLY_IN: [(&str, &[&str]); 10] = [
    (
        "Command::new",
        &["src/sendmail.rs", "src/cgi.rs", "src/serve", "src/cli/"],
    ),
    ("ureq::", &["src/fetch/"]),
    ("TcpListener", &["src/serve"]),
    ("Timestamp::now", &["src/process.rs"]),
    ("SystemTime::now", &["src/serve", "src/cli/"]),
    ("env::", &["src/lib.rs", "src/cgi.rs", "src/config/"]),
    (
        "io::stdout",
        &["src/lib.rs", "src/cgi.rs", "src/serve", "src/cli/"],
    ),
    ("process::exit", &[]),
    ("renameat", &["src/dir.rs"]),
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
fn a_room_imports_only_from_those_before_it() {
    for path in rust_files("src") {
        let room = room(&path);
        if room == "main" || room == "lib" || is_test(&path) {
            continue;
        }
        let place = |room: &str| ROOMS.iter().position(|name| *name == room);
        let own =
            place(&room).unwrap_or_else(|| panic!("{} is in no room of the list", path.display()));
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
            if let Some(other) = place(&imported) {
                assert!(
                    other <= own,
                    "{}: `{room}` may not import `{imported}`",
                    path.display()
                );
            }
        }
    }
}

#[test]
fn the_ways_in_never_import_each_other() {
    const WAYS: [&str; 3] = ["cgi", "serve", "cli"];
    let ways = rust_files("src").into_iter();
    for path in ways.filter(|path| WAYS.contains(&room(path).as_str())) {
        let own = room(&path);
        for other in WAYS.into_iter().filter(|other| *other != own) {
            let form = format!("crate::{other}::");
            assert!(
                !code(&path).contains(&form),
                "{} uses `{form}`",
                path.display()
            );
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
fn the_protocols_do_no_input_or_output() {
    for path in rust_files("src/linkback") {
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
