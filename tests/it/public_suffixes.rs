//! The list of public suffixes in the executable is that of the crate `psl`, whose releases follow the official one.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use url::Host;

/// What `cargo` prints with these arguments.
fn cargo(arguments: &[&str]) -> String {
    let mut cargo = Command::new(env!("CARGO"));
    cargo
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"));
    let output = cargo.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// Where the package manager keeps the source of a crate.
fn source_of(crate_name: &str) -> PathBuf {
    // The crates that other platforms need are not there after a build.
    let version = cargo(&["-vV"]);
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    let metadata = cargo(&[
        "metadata",
        "--format-version=1",
        "--offline",
        "--locked",
        "--filter-platform",
        host.unwrap(),
    ]);
    let metadata: Value = serde_json::from_str(&metadata).unwrap();
    let mut packages = metadata["packages"].as_array().unwrap().iter();
    let package = packages.find(|package| package["name"] == crate_name);
    let manifest = package.unwrap()["manifest_path"].as_str().unwrap();
    Path::new(manifest).parent().unwrap().to_owned()
}

/// A rule as the names of URLs are written.
fn in_punycode(rule: &str) -> String {
    let name = rule.trim_start_matches(['*', '!', '.']);
    let marker = &rule[..rule.len() - name.len()];
    format!("{marker}{}", Host::parse(name).unwrap())
}

#[test]
fn the_list_is_that_of_the_crate() {
    let rules = std::fs::read_to_string(source_of("psl").join("data/rules.txt")).unwrap();
    let mut groups: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for rule in rules.lines().map(in_punycode) {
        let (label, parent) = rule.split_once('.').unwrap_or((&rule, ""));
        let group = groups.entry(parent.to_owned()).or_default();
        group.insert(label.to_owned());
    }
    let line = |(parent, labels): (&String, &BTreeSet<String>)| {
        let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
        format!("{parent}:{}\n", labels.join(" "))
    };
    let expected: String = groups.iter().map(line).collect();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/domain/public_suffixes.txt");
    if std::env::var_os("TB_BLESS").is_some() {
        std::fs::write(&path, &expected).unwrap();
    }
    let is_same = std::fs::read_to_string(path).is_ok_and(|written| written == expected);
    assert!(
        is_same,
        "src/domain/public_suffixes.txt is not the list of this release of `psl`; \
         `TB_BLESS=1 cargo test --test it public_suffixes` writes it"
    );
}
