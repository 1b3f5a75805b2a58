//! Rules of the code base that a machine can check: who imports whom, who may do what, how long a room is.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use regex::Regex;

/// The rooms in reading order; each imports only from those before it.
const ROOMS: [&str; 36] = [
    "enum_table",
    "order",
    "error",
    "process",
    "text",
    "language",
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
    "sources",
    "admission",
    "feeds",
    "app",
    "verify",
    "moderation",
    "upkeep",
    "migrate",
    "send",
    "discussion",
    "setup",
    "snippet",
    "check",
    "web",
    "web_setup",
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
        &[
            "src/sendmail.rs",
            "src/cgi.rs",
            "src/check/",
            "src/serve",
            "src/cli/",
        ],
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
fn no_two_types_have_one_name() {
    let declared =
        Regex::new(r"(?m)^\s*(?:pub(?:\([a-z:]+\))? )?(?:struct|enum|trait|union) ([A-Z]\w*)")
            .unwrap();
    let mut places: BTreeMap<String, PathBuf> = BTreeMap::new();
    let files = rust_files("src").into_iter();
    for path in files.filter(|path| !is_test(path)) {
        for name in declared.captures_iter(&code(&path)) {
            let name = name[1].to_owned();
            if let Some(other) = places.insert(name.clone(), path.clone()) {
                panic!("{name} in {} and in {}", other.display(), path.display());
            }
        }
    }
    assert!(places.len() > 700, "{}", places.len());
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

#[test]
fn a_property_test_records_its_failures_below_tests() {
    for path in rust_files("src") {
        let text = fs::read_to_string(root().join(&path)).unwrap();
        for block in text.split(concat!("proptest", "! {")).skip(1) {
            let (settings, _) = block.split_once(']').unwrap();
            assert!(
                settings.contains("crate::proptest_config()"),
                "{}",
                path.display()
            );
        }
    }
}

/// A module's path: `["store", "lock"]`.
type Module = Vec<String>;

/// A module's imports, and what it only hands on: the name by which others import it, and where it is.
#[derive(Default)]
struct ModuleImports {
    uses: BTreeSet<Module>,
    handed_on: Vec<(Module, Module)>,
}

/// The module that a file of `src/` is.
fn module(path: &Path) -> Module {
    let inside = path.strip_prefix("src").unwrap().with_extension("");
    let words = inside
        .iter()
        .map(|word| word.to_string_lossy().into_owned());
    words.filter(|word| word != "mod").collect()
}

/// The paths of a `use` declaration: of `a::{b, c::d}` they are `a::b` and `a::c::d`.
fn paths(tree: &str) -> Vec<Module> {
    let Some((head, inside)) = tree.split_once('{') else {
        let path = tree.split(" as ").next().unwrap();
        let words = path.split("::").map(str::trim);
        return vec![words.map(str::to_owned).collect()];
    };
    let (mut depth, mut parts) = (0, vec![String::new()]);
    for character in inside.trim_end().trim_end_matches('}').chars() {
        depth += i32::from(character == '{') - i32::from(character == '}');
        match character {
            ',' if depth == 0 => parts.push(String::new()),
            other => parts.last_mut().unwrap().push(other),
        }
    }
    // What was cut off at the end closes the last part, too.
    parts
        .last_mut()
        .unwrap()
        .push_str(&"}".repeat(usize::try_from(depth).unwrap()));
    let inside = parts.iter().filter(|part| !part.trim().is_empty());
    inside
        .flat_map(|part| paths(&format!("{}{}", head.trim(), part.trim())))
        .collect()
}

/// A path as seen from the root; `None` for one of another crate.
fn absolute(path: &[String], own: &Module, modules: &BTreeSet<Module>) -> Option<Module> {
    let ups = path.iter().take_while(|word| *word == "super").count();
    let child = || [own.as_slice(), &path[..1]].concat();
    match path[0].as_str() {
        "crate" => Some(path[1..].to_vec()),
        "self" => Some([own, &path[1..]].concat()),
        "super" => Some([&own[..own.len().checked_sub(ups)?], &path[ups..]].concat()),
        _ => modules
            .contains(&child())
            .then(|| [own.as_slice(), path].concat()),
    }
}

static VISIBILITY: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"pub\([a-z:_ ]+\) ").unwrap());
static DECLARATION: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?m)^\s*(pub )?use ([^;]+);").unwrap());
/// A path outside a `use` declaration.
static INLINE: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\b[a-z_]+(?:::\w+)+").unwrap());

fn imports(path: &Path, modules: &BTreeSet<Module>) -> ModuleImports {
    let own = module(path);
    let code = VISIBILITY.replace_all(&code(path), "pub ").into_owned();
    let mut found = ModuleImports::default();
    for used in DECLARATION.captures_iter(&code) {
        for path in paths(&used[2]) {
            let Some(to) = absolute(&path, &own, modules) else {
                continue;
            };
            if used.get(1).is_some() && to.starts_with(&own) {
                let name = [own.as_slice(), &to[to.len() - 1..]].concat();
                found.handed_on.push((name, to));
            } else {
                found.uses.insert(to);
            }
        }
    }
    let rest = DECLARATION.replace_all(&code, "");
    for used in INLINE.captures_iter(&rest) {
        let path: Module = used[0].split("::").map(str::to_owned).collect();
        found.uses.extend(absolute(&path, &own, modules));
    }
    found
}

/// Which modules each module imports from.
fn import_graph() -> BTreeMap<Module, BTreeSet<Module>> {
    let files = rust_files("src").into_iter();
    let files: Vec<PathBuf> = files
        .filter(|path| !is_test(path) && !matches!(room(path).as_str(), "main" | "lib"))
        .collect();
    let modules: BTreeSet<Module> = files.iter().map(|path| module(path)).collect();
    let all: Vec<(Module, ModuleImports)> = files
        .iter()
        .map(|path| (module(path), imports(path, &modules)))
        .collect();
    let handed_on: BTreeMap<&Module, &Module> = all
        .iter()
        .flat_map(|(_, imports)| imports.handed_on.iter().map(|(name, to)| (name, to)))
        .collect();
    let module_of = |path: &Module| {
        let mut path = path.clone();
        // A name may be handed on more than once.
        for _ in 0..4 {
            let ends = (1..=path.len()).rev();
            let Some((end, to)) = ends
                .filter(|end| !modules.contains(&path[..*end]))
                .find_map(|end| Some((end, handed_on.get(&path[..end].to_vec())?)))
            else {
                break;
            };
            path = [to.as_slice(), &path[end..]].concat();
        }
        let ends = (1..=path.len()).rev();
        ends.map(|end| path[..end].to_vec())
            .find(|path| modules.contains(path))
    };
    let graph = all.iter().map(|(own, imports)| {
        let used = imports.uses.iter().filter_map(module_of);
        (own.clone(), used.filter(|used| used != own).collect())
    });
    graph.collect()
}

#[test]
fn no_modules_import_each_other_in_a_circle() {
    let mut graph = import_graph();
    let lock = graph[&vec!["store".to_owned(), "transaction".to_owned()]].len();
    assert!(lock > 5, "the imports of a file are found");
    // What imports nothing of the rest, or is imported by nothing of it, is in no circle.
    loop {
        let before = graph.len();
        let left: BTreeSet<Module> = graph.keys().cloned().collect();
        graph.retain(|_, used| used.iter().any(|used| left.contains(used)));
        let imported: BTreeSet<Module> = graph.values().flatten().cloned().collect();
        graph.retain(|module, _| imported.contains(module));
        if graph.len() == before {
            break;
        }
    }
    assert!(graph.is_empty(), "{graph:?}");
}
