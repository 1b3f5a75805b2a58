//! What the README says is so.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, Stdio};

use tb::config::KEYS;
use tb::error::Refusal;
use tb::trust::Reason;

use crate::support::request::Request;
use crate::support::site::Site;

fn readme() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap()
}

/// The code blocks of a language.
fn blocks(language: &str) -> Vec<String> {
    let readme = readme().replace("\n   ```", "\n```");
    let fence = format!("```{language}\n");
    let inside = |part: &str| part.split("\n```").next().unwrap().to_owned();
    readme.split(&fence).skip(1).map(inside).collect()
}

/// The first cells of the table rows whose first cell is code.
fn table_below(heading: &str) -> Vec<String> {
    let readme = readme();
    let (_, section) = readme.split_once(heading).unwrap();
    let section = section.split("\n## ").next().unwrap();
    let rows = section
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once("` | "));
    rows.map(|(name, _)| name.to_owned()).collect()
}

#[test]
fn the_help_in_the_readme_is_the_programs() {
    let output = Command::new(env!("CARGO_BIN_EXE_tb"))
        .arg("--help")
        .output()
        .unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    let shown = blocks("text")
        .into_iter()
        .find(|block| block.contains("Usage:"))
        .unwrap();
    assert_eq!(
        shown.trim_end(),
        help.trim_end(),
        "\n--- the program says:\n{help}"
    );
}

#[test]
fn the_table_of_refusals_is_complete() {
    let names: Vec<&str> = Refusal::ALL.iter().map(|refusal| refusal.name()).collect();
    assert_eq!(table_below("Each refusal has a name"), names);
}

#[test]
fn the_table_of_reasons_is_complete() {
    let names: Vec<&str> = Reason::ALL.iter().map(|reason| reason.name()).collect();
    assert_eq!(table_below("Each ping has the reason"), names);
}

#[test]
fn the_table_of_keys_is_complete() {
    let named: BTreeSet<String> = table_below("## Configuration")
        .iter()
        .flat_map(|cell| cell.split("`, `").map(str::to_owned).collect::<Vec<_>>())
        .collect();
    assert_eq!(named, KEYS.iter().map(|key| (*key).to_owned()).collect());
}

#[test]
fn every_file_that_the_readme_links_to_is_there() {
    for part in readme().split("](").skip(1) {
        let target = part.split(')').next().unwrap();
        if !target.contains("://") && !target.starts_with('#') {
            assert!(
                Path::new(env!("CARGO_MANIFEST_DIR")).join(target).exists(),
                "{target}"
            );
        }
    }
}

#[test]
fn every_security_property_names_tests_that_exist() {
    let readme = readme();
    let (_, section) = readme.split_once("## Security").unwrap();
    let mut sources = String::new();
    let mut folders = vec!["src".to_owned(), "tests/it".to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(&folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path.to_str().unwrap().to_owned());
            } else {
                sources.push_str(&fs::read_to_string(path).unwrap_or_default());
            }
        }
    }
    for number in 1..=10 {
        let row = section
            .lines()
            .find(|line| line.starts_with(&format!("| S{number} |")));
        let row = row.unwrap_or_else(|| panic!("no S{number}"));
        let tests = row.rsplit('|').nth(1).unwrap();
        let names: Vec<&str> = tests.split('`').filter(|name| name.contains('_')).collect();
        assert!(!names.is_empty(), "S{number} names no test");
        for name in names {
            assert!(
                sources.contains(&format!("fn {name}(")),
                "S{number}: no test is called {name}"
            );
        }
    }
}

#[test]
fn every_command_that_the_readme_shows_runs() {
    let site = Site::new();
    for number in ["1", "2"] {
        let url = format!("https://weblog.example/{number}");
        site.cgi(&Request::post(&[
            ("tb_id", "hello"),
            ("url", &url),
            ("title", "A title"),
        ]));
    }
    let lines: Vec<String> = blocks("console")
        .iter()
        .flat_map(|block| block.lines().map(str::to_owned).collect::<Vec<_>>())
        .collect();
    assert!(lines.len() >= 10);
    for line in lines {
        let arguments: Vec<&str> = line.strip_prefix("$ tb ").unwrap().split(' ').collect();
        site.tb(&arguments);
    }
}

#[test]
fn the_readmes_first_screen_works_as_written() {
    let commands = blocks("sh");
    assert_eq!(commands[0].trim(), "cargo run --release -- serve");
    let folder = tempfile::tempdir().unwrap();
    // What cargo would run, on a port that is free.
    let mut serve = Command::new(env!("CARGO_BIN_EXE_tb"))
        .args(["serve", "--listen", "127.0.0.1:0"])
        .current_dir(folder.path())
        .env_remove("TB_CONFIG")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut base = String::new();
    for line in BufReader::new(serve.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        if let Some(url) = line.trim().strip_prefix("the site") {
            base = url.trim().to_owned();
        }
        if line.starts_with("Ctrl-C") {
            break;
        }
    }
    let curl = commands[1].replace("http://127.0.0.1:8080/tb.cgi", &base);
    let run = |line: &str| {
        let mut child = Command::new("sh")
            .args(["-c", line])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut text = String::new();
        child
            .stdout
            .take()
            .unwrap()
            .read_to_string(&mut text)
            .unwrap();
        assert!(child.wait().unwrap().success(), "{line}");
        text
    };
    let answer = run(&curl.replacen("curl ", "curl --silent --noproxy '*' ", 1));
    let page = run(&format!("curl --silent --noproxy '*' {base}/hello"));
    serve.kill().unwrap();
    serve.wait().unwrap();
    assert!(answer.contains("<error>0</error>"), "{answer}");
    assert!(
        page.contains("I beg to differ") && page.contains("Talking back"),
        "{page}"
    );
}

#[test]
fn the_lines_of_the_store_that_the_readme_shows_are_read() {
    let site = Site::new();
    let block = blocks("json").remove(0);
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
    let table = include_str!("fixtures/discovery/table.md");
    assert!(readme().contains(table.trim()), "{table}");
}
