//! Programs of the IndieWeb from PyPI, in the virtual environment that `tests/run` makes, and the official tests of
//! microformats, which one of PyPI's packages ships.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::process::Process;

/// The folder of the environment.
pub(crate) fn home() -> PathBuf {
    let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/tools/indieweb");
    assert!(
        home.join("installed.txt").is_file(),
        "the IndieWeb's programs are not installed; `tests/run` installs them"
    );
    home
}

/// Runs a Python script there with `input`; what it prints.
pub(crate) fn python(script: &str, arguments: &[&str], input: &str) -> String {
    let mut command = Command::new(home().join("bin/python"));
    command
        .args(["-W", "ignore", "-c", script])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    let mut child = command.spawn().expect("python");
    child
        .stdin
        .take()
        .unwrap()
        .write_all(input.as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{script}");
    String::from_utf8(output.stdout).unwrap()
}

/// An entry that takes webmentions, by a real receiver.
pub(crate) struct Receiver {
    /// The entry's URL.
    pub(crate) entry: String,
    _server: Process,
}

impl Receiver {
    pub(crate) fn start() -> Receiver {
        let mut command = Command::new(home().join("bin/python"));
        command
            .args(["-W", "ignore", "-c", include_str!("indieweb/receiver.py")])
            .stdout(Stdio::piped());
        let mut server = Process::start_as_self(command);
        let mut lines = BufReader::new(server.stdout()).lines();
        Receiver {
            entry: lines.next().expect("the receiver does not start").unwrap(),
            _server: server,
        }
    }

    /// The sources of the webmentions that it has verified, oldest first.
    pub(crate) fn taken(&self) -> Vec<String> {
        let script = "import sys, requests\nprint(requests.get(sys.argv[1]).text)";
        let taken = self.entry.replace("/entry", "/taken/");
        let taken = python(script, &[&taken], "");
        let taken: serde_json::Value = serde_json::from_str(&taken).unwrap();
        let sources = taken.as_array().unwrap().iter();
        sources
            .map(|one| {
                assert_eq!(one["target"], self.entry.as_str());
                one["source"].as_str().unwrap().to_owned()
            })
            .collect()
    }
}

/// A test of the official suite.
pub(crate) struct SuiteTest {
    /// `h-card/nested`.
    pub(crate) name: String,
    pub(crate) html: String,
    pub(crate) expected: serde_json::Value,
}

/// The tests in a folder of the suite, by name.
pub(crate) fn suite(folder: &str) -> Vec<SuiteTest> {
    let root = home().join("microformats-tests/tests").join(folder);
    let mut tests = Vec::new();
    for group in fs::read_dir(&root).expect("the suite") {
        let group = group.unwrap().path();
        for file in fs::read_dir(&group).into_iter().flatten() {
            let path = file.unwrap().path();
            // Logs of changes have no answer beside them.
            let json = path.with_extension("json");
            if path.extension().is_some_and(|end| end == "html") && json.is_file() {
                let name = path.strip_prefix(&root).unwrap().with_extension("");
                tests.push(SuiteTest {
                    name: name.display().to_string(),
                    html: fs::read_to_string(&path).unwrap(),
                    expected: serde_json::from_slice(&fs::read(&json).unwrap()).unwrap(),
                });
            }
        }
    }
    tests.sort_by(|one, other| one.name.cmp(&other.name));
    tests
}
