//! What README.md and the texts in `docs/` say is so.
//!
//! Tables between `<!-- NAME -->` and `<!-- end -->` are made from the code: `TB_BLESS=1 cargo test --test it readme`
//! writes them anew.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use regex::Regex;
use tb::internals::config::KEYS;
use tb::internals::error::{Refusal, Status};
use tb::internals::store::{EventName, ReasonKind};

use crate::support::request::Request;
use crate::support::site::Site;
use crate::support::texts::{bless, blocks, path_of, read};
use crate::support::{set_mode, write};

/// The texts at the top of the repository; the others are in `docs/`.
const TOP: [&str; 5] = [
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "CHANGELOG.md",
];

/// Name and text of all of them.
fn texts() -> Vec<(String, String)> {
    let mut names: Vec<String> = TOP.iter().map(|name| (*name).to_owned()).collect();
    for entry in fs::read_dir(path_of("docs")).unwrap() {
        let name = entry.unwrap().file_name().to_string_lossy().into_owned();
        if name.ends_with(".md") {
            names.push(format!("docs/{name}"));
        }
    }
    names.sort();
    let texts = names.into_iter().map(|name| {
        let text = read(&name);
        (name, text)
    });
    texts.collect()
}

/// What comes before a marked table, the table, and what follows.
fn marked<'text>(text: &'text str, name: &str) -> (&'text str, &'text str, &'text str) {
    let begin = format!("<!-- {name} -->\n");
    let at = text.find(&begin).unwrap_or_else(|| panic!("no {begin}"));
    let (before, rest) = text.split_at(at + begin.len());
    let at = rest.find("<!-- end -->").expect("the table's end");
    let (table, after) = rest.split_at(at);
    (before, table, after)
}

/// Fails unless the table is what the code makes; writes it where that is wanted.
#[track_caller]
fn assert_table(file: &str, name: &str, expected: &str) {
    let text = read(file);
    let (before, table, after) = marked(&text, name);
    if bless() && table != expected {
        fs::write(path_of(file), format!("{before}{expected}{after}")).unwrap();
    } else {
        assert_eq!(table, expected, "{file}");
    }
}

#[test]
fn the_help_in_the_docs_is_the_programs() {
    let output = Command::new(env!("CARGO_BIN_EXE_tb"))
        .arg("--help")
        .output()
        .unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    let expected = format!("```text\n{}\n```\n", help.trim_end());
    assert_table("docs/cli.md", "help", &expected);
}

#[test]
fn the_table_of_refusals_is_complete() {
    let mut rows = "| name | status | why | what is answered |\n|---|---|---|---|\n".to_owned();
    for refusal in Refusal::ALL {
        let status = match refusal.status() {
            Status::Always(status) => status.to_string(),
            Status::OnPages(status) => format!("{status} (200 in XML)"),
        };
        let (name, cause, message) = (refusal.name(), refusal.cause(), refusal.message());
        rows.push_str(&format!("| `{name}` | {status} | {cause} | {message} |\n"));
    }
    assert_table("docs/http-api.md", "refusals", &rows);
}

#[test]
fn the_table_of_reasons_is_complete() {
    let mut rows = "| reason | what it says | detail |\n|---|---|---|\n".to_owned();
    for reason in ReasonKind::ALL {
        let (name, sentence) = (reason.name(), reason.sentence());
        let detail = reason.detail().words();
        rows.push_str(&format!("| `{name}` | {sentence} | {detail} |\n"));
    }
    assert_table("docs/moderation.md", "reasons", &rows);
}

#[test]
fn the_table_of_keys_is_complete() {
    let text = read("docs/configuration.md");
    let rows = text
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once("` | "));
    let named: BTreeSet<String> = rows
        .flat_map(|(cell, _)| cell.split("`, `").map(str::to_owned).collect::<Vec<_>>())
        .collect();
    assert_eq!(named, KEYS.iter().map(|key| (*key).to_owned()).collect());
}

/// The words of `.log`: those that stand in the sources beside `Event::new`, and those that the golden files show.
#[test]
fn the_table_of_log_events_is_complete() {
    let mut rows = "| event | what happened |\n|---|---|\n".to_owned();
    for event in EventName::ALL {
        rows.push_str(&format!("| `{}` | {} |\n", event.name(), event.sentence()));
    }
    assert_table("docs/files.md", "events", &rows);
    let logs = golden_logs();
    let logged = Regex::new(r#""event":"([a-z-]+)""#).unwrap();
    let logged: BTreeSet<&str> = logged
        .captures_iter(&logs)
        .map(|found| found.get(1).unwrap().as_str())
        .collect();
    assert!(logged.len() > 20, "{logged:?}");
    for name in logged {
        let known = EventName::ALL.iter().any(|event| event.name() == name);
        assert!(known, "{name}");
    }
    let sources = sources();
    for event in EventName::ALL {
        let used = sources.matches(&format!("EventName::{event:?}")).count();
        assert!(used > 0, "nothing logs {event:?}");
    }
}

fn golden_logs() -> String {
    let folders = ["disk", "log", "wire"].map(|name| path_of("tests/golden").join(name));
    folders.iter().map(|folder| all_below(folder)).collect()
}

/// All that stands in `src` and `tests`.
fn sources() -> String {
    ["src", "tests"]
        .map(|name| all_below(&path_of(name)))
        .concat()
}

fn all_below(folder: &Path) -> String {
    let mut text = String::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            text.push_str(&all_below(&path));
        } else {
            text.push_str(&fs::read_to_string(path).unwrap_or_default());
        }
    }
    text
}

#[test]
fn every_file_that_a_text_links_to_is_there() {
    let named = Regex::new(r"`((?:src|tests|examples|benches)/[\w./-]+)`").unwrap();
    for (name, text) in texts() {
        for found in named.captures_iter(&text) {
            assert!(path_of(&found[1]).exists(), "{name}: {}", &found[1]);
        }
        let folder = path_of(&name).parent().unwrap().to_owned();
        for part in text.split("](").skip(1) {
            let target = part.split(')').next().unwrap();
            if target.contains("://") {
                continue;
            }
            let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
            let path = if file.is_empty() {
                path_of(&name)
            } else {
                folder.join(file)
            };
            assert!(path.exists(), "{name}: {target}");
            assert!(
                anchor.is_empty() || headings(&fs::read_to_string(&path).unwrap()).contains(anchor),
                "{name}: {target}"
            );
        }
    }
}

/// The headings of a text, as links name them.
fn headings(text: &str) -> BTreeSet<String> {
    let headings = text.lines().filter(|line| line.starts_with('#'));
    headings
        .map(|line| {
            let line = line.trim_start_matches('#').trim().to_lowercase();
            let kept = line
                .chars()
                .filter(|c| c.is_alphanumeric() || " -_".contains(*c));
            kept.collect::<String>().replace(' ', "-")
        })
        .collect()
}

#[test]
fn the_readme_is_short_and_lines_are_no_longer_than_100_columns() {
    assert!(read("README.md").len() <= 8000);
    for (name, text) in texts() {
        if name == "CHANGELOG.md" {
            continue;
        }
        let mut is_code = false;
        for line in text.lines() {
            is_code ^= line.trim_start().starts_with("```");
            let is_table = line.trim_start().starts_with('|');
            let is_one_word = !line.trim_start().contains(' ');
            assert!(
                is_code || is_table || is_one_word || line.chars().count() <= 100,
                "{name}: {line}"
            );
        }
    }
}

/// Fails unless the last cell of each of these rows names tests, and all of them exist.
#[track_caller]
fn assert_tests_exist<'text>(rows: impl Iterator<Item = &'text str>) {
    let sources = sources();
    for row in rows {
        let tests = row.trim_end_matches('|').rsplit('|').next().unwrap();
        let names: Vec<&str> = tests.split('`').skip(1).step_by(2).collect();
        assert!(!names.is_empty(), "names no test: {row}");
        for name in names {
            assert!(
                sources.contains(&format!("fn {name}(")),
                "no test is called `{name}`: {row}"
            );
        }
    }
}

#[test]
fn every_security_property_names_tests_that_exist() {
    let text = read("SECURITY.md");
    assert_tests_exist((1..=10).map(|number| {
        let row = text
            .lines()
            .find(|line| line.starts_with(&format!("| S{number} |")));
        row.unwrap_or_else(|| panic!("no S{number}"))
    }));
}

#[test]
fn every_rule_of_what_is_published_automatically_names_tests_that_exist() {
    let text = read("docs/moderation.md");
    let (_, table) = text
        .split_once("| rule | otherwise | test |\n|---|---|---|\n")
        .expect("the rules");
    let rows: Vec<&str> = table
        .lines()
        .take_while(|line| line.starts_with("| "))
        .collect();
    assert!(rows.len() >= 5, "{rows:?}");
    assert_tests_exist(rows.into_iter());
}

#[test]
fn every_command_that_a_text_shows_runs() {
    let site = Site::new();
    for number in ["1", "2"] {
        let url = format!("https://weblog.example/{number}");
        site.cgi(&Request::post(&[
            ("tb_id", "hello"),
            ("url", &url),
            ("title", "A title"),
        ]));
    }
    let lines: Vec<String> = texts()
        .iter()
        .flat_map(|(_, text)| blocks(text, "console"))
        .flat_map(|block| block.lines().map(str::to_owned).collect::<Vec<_>>())
        .collect();
    assert!(lines.len() >= 10);
    for line in lines {
        let arguments: Vec<&str> = line.strip_prefix("$ tb ").unwrap().split(' ').collect();
        site.tb(&arguments);
    }
}

/// Not all of them can be run: one needs a page, another a password.
#[test]
fn every_command_and_flag_that_a_text_names_is_the_programs() {
    let site = Site::new();
    let span = Regex::new(r"`(?:\./)?tb(?:\.cgi)? ([^`]+)`").unwrap();
    let flag = Regex::new(r"(?:^|\s|\[)(--[a-z-]+)").unwrap();
    let mut named = 0;
    for (name, text) in texts() {
        let spans = span
            .captures_iter(&text)
            .map(|found| found[1].replace('\n', " "));
        let code = ["text", "sh"]
            .map(|language| blocks(&text, language))
            .concat();
        let lines = code.iter().flat_map(|block| block.lines());
        let lines = lines.filter_map(|line| line.trim_start_matches("./").strip_prefix("tb "));
        let lines = lines.map(|line| line.split(" #").next().unwrap().trim().to_owned());
        for call in spans.chain(lines) {
            let words: Vec<&str> = call.split_whitespace().collect();
            let is_word = |word: &&&str| word.chars().all(|c| c.is_ascii_lowercase() || c == '_');
            if words.first().filter(is_word).is_none() {
                continue;
            }
            let mut help = site.tb(&[words[0], "--help"]);
            if help.contains("\nCommands:\n") && words.len() > 1 && is_word(&&words[1]) {
                help = site.tb(&[words[0], words[1], "--help"]);
            }
            for found in flag.captures_iter(&call) {
                let is_there = help.contains(&found[1]);
                assert!(is_there, "{name}: `tb {call}`: no {}", &found[1]);
            }
            named += 1;
        }
    }
    assert!(named > 60, "{named}");
}

#[test]
fn the_lines_of_the_store_that_the_docs_show_are_read() {
    let site = Site::new();
    let block = blocks(&read("docs/files.md"), "json").remove(0);
    let (ping, _) = block.split_once('\n').unwrap();
    fs::write(site.data_dir().join("shown.jsonl"), format!("{ping}\n")).unwrap();
    crate::support::give_to_owner(&site.data_dir().join("shown.jsonl"));
    assert!(
        site.tb(&["show", "shown", "17", "--json"])
            .contains("unknown-domain")
    );
    fs::write(site.data_dir().join("shown.jsonl"), format!("{block}\n")).unwrap();
    assert!(site.tb(&["list", "shown", "--json"]).is_empty());
}

#[test]
fn the_table_of_what_is_found_is_the_one_that_is_tested() {
    let table = include_str!("../fixtures/discovery/table.md");
    assert_table(
        "docs/static-site.md",
        "found",
        &format!("{}\n", table.trim()),
    );
}

/// What `docs/without-a-shell.md` says: two keys written by hand, a hash made on another machine, an empty folder.
#[test]
fn an_installation_is_made_by_hand_as_the_docs_say() {
    let site = Site::new();
    let text = read("docs/without-a-shell.md");
    let shown = blocks(&text, "toml").remove(0);
    let shown = shown.replace("/home/me/trackback", &site.data_dir().to_string_lossy());
    write(&site.config(), &format!("{shown}\n"));
    set_mode(&site.config(), 0o600);
    site.tb_with_input(
        &["passwd", "--config", &site.config().to_string_lossy()],
        "correct horse battery\n",
    );
    assert!(
        fs::read_to_string(site.config())
            .unwrap()
            .contains("$argon2id$")
    );
    let reply = site.cgi(&Request::ping("hello", "https://weblog.example/1"));
    assert!(reply.text().contains("<error>0</error>"), "{reply}");
    site.cgi(&Request::get("__mode=login")).expect(200);
}
