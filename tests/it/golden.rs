//! What the program writes and says, compared byte by byte with the files below `tests/golden/`.
//!
//! Each test owns one folder there. A file is named for what it shows: a request and its reply, a file on the disk,
//! the output of a command. What differs from run to run (times, ports, tokens, temporary folders) is replaced by a word
//! in capitals, see [`VOLATILE`].
//!
//! A difference that is wanted is accepted with
//!
//! ```text
//! TB_BLESS=1 cargo test --test it golden
//! git diff tests/golden
//! ```
//!
//! which writes the files anew and removes those that nothing shows any more. Read the diff before it is committed:
//! what lies on a disk, and what other programs read, must stay readable.

mod answers;
mod decisions;
mod disk;
mod feeds;
mod help;
mod lists;
mod pages;
mod refusals;
mod sending;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use regex::Regex;

use crate::support::http::Reply;
use crate::support::process::as_owner;
use crate::support::program;
use crate::support::request::Request;
use crate::support::site::Site;

/// What is replaced, in this order. Times before 2020 are the tests' own and stay.
const VOLATILE: [(&str, &str); 23] = [
    (
        r"\b20[2-9]\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)",
        "TIME",
    ),
    (
        r"\b[A-Z][a-z]{2}, \d\d? [A-Z][a-z]{2} 20[2-9]\d \d\d:\d\d:\d\d (GMT|[+-]\d{4})",
        "DAY-AND-TIME",
    ),
    (
        r"\b20[2-9]\d-\d\d-\d\d( |,|T)\d\d:\d\d(:\d\d)?",
        "DATE${1}HOUR",
    ),
    (
        r"\b\d\d? [A-Z][a-z]+ 20[2-9]\d, \d\d:\d\d\b",
        "DAY-AND-TIME",
    ),
    (r"\b\d\d? [A-Z][a-z]+ 20[2-9]\d\b", "DAY"),
    (r"\b20[2-9]\d-\d\d-\d\d\b", "DATE"),
    (r"(127\.\d+\.\d+\.\d+)(:|%3A)\d{4,5}\b", "${1}${2}PORT"),
    (r#"(name="(?:token|nonce)" value=")[^"]+"#, "${1}TOKEN"),
    (r"\$argon2id\$[^\s'\x22]+", "PASSWORD-HASH"),
    (r"(Set-Cookie: [A-Za-z-]+=)[^;\s]+", "${1}COOKIE"),
    (r#"((?:ETag|etag): ")[^"]+"#, "${1}TAG"),
    (r"(Retry-After: )\d{2,}", "${1}SECONDS"),
    (r"key=[A-Za-z0-9_-]{16,}", "key=KEY"),
    (r"undo=[0-9a-f]{32}", "undo=KEY"),
    (r#""key":"[A-Za-z0-9_/+=-]{16,}""#, r#""key":"KEY""#),
    (r"(~|%7E)\d{10}\.[0-9a-f]{16,}", "${1}EXPIRES.SIGNATURE"),
    (r"<\d{10}\.[0-9a-f]+@", "<MESSAGE-ID@"),
    // Once is enough: `pages/style`.
    (r"(?s)<style>.*?</style>", "<style>STYLE</style>"),
    (r#""attempt":"[0-9a-f]{16}""#, r#""attempt":"ATTEMPT""#),
    (r"\btb[/ ]0\.\d+\.\d+", "tb VERSION"),
    (
        r#"("generator":"|<generator[^>]*>|version=")([^"<]*?)0\.\d+\.\d+"#,
        "${1}${2}VERSION",
    ),
    (r"tb-it-[A-Za-z0-9]{6}", "tb-it-FOLDER"),
    // Whatever the tests run on.
    (r"( folder is on )[^\n]*", "${1}FILE-SYSTEM"),
];

/// What a test has seen, by the names of its files.
struct Golden {
    folder: PathBuf,
    seen: BTreeMap<String, String>,
    rules: Vec<(Regex, String)>,
}

impl Golden {
    /// The files of `tests/golden/folder`, which no other test may own.
    fn of(folder: &str) -> Golden {
        let rules = VOLATILE
            .iter()
            .map(|(pattern, word)| (Regex::new(pattern).unwrap(), (*word).to_owned()));
        let all = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
        Golden {
            folder: all.join(folder),
            seen: BTreeMap::new(),
            rules: rules.collect(),
        }
    }

    /// Takes down a text under the name of a file.
    #[track_caller]
    fn see(&mut self, name: &str, text: &str) {
        let mut text = text.to_owned();
        for (pattern, word) in &self.rules {
            text = pattern.replace_all(&text, word.as_str()).into_owned();
        }
        if !text.ends_with('\n') {
            text.push_str("\n(no newline at the end)\n");
        }
        let before = self.seen.insert(name.to_owned(), text);
        assert!(before.is_none(), "two files are called {name}");
    }

    /// Takes down a reply: status, headers and body.
    #[track_caller]
    fn see_reply(&mut self, name: &str, reply: &Reply) {
        let mut headers = String::new();
        for (name, value) in &reply.headers {
            // Of what is replaced the length differs.
            let is_length = name.eq_ignore_ascii_case("Content-Length")
                && value.parse() == Ok(reply.body.len());
            let value = if is_length { "THAT-OF-THE-BODY" } else { value };
            headers.push_str(&format!("{name}: {value}\n"));
        }
        let body = String::from_utf8_lossy(&reply.body).replace('\r', "\\r");
        self.see(name, &format!("{}\n{headers}\n{body}", reply.status));
    }

    /// Sends a request, as CGI, and takes down the reply.
    #[track_caller]
    fn ask(&mut self, site: &Site, name: &str, request: &Request) -> Reply {
        let reply = site.cgi(request);
        self.see_reply(name, &reply);
        reply
    }

    /// Runs a command and takes down what it prints where no terminal is.
    #[track_caller]
    fn run(&mut self, site: &Site, name: &str, words: &[&str]) {
        let mut command = site.command();
        command.args(words).current_dir(site.path("www"));
        self.see_run(name, words, command);
    }

    /// The same on a terminal of 80 columns.
    #[track_caller]
    fn run_on_terminal(&mut self, site: &Site, name: &str, words: &[&str]) {
        let quoted: String = words.iter().map(|word| format!(" '{word}'")).collect();
        let executable = site.executable();
        let line = format!("stty cols 80; exec '{}'{quoted}", executable.display());
        let mut command = Command::new(program("script"));
        command
            .args(["-qec", &line, "/dev/null"])
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("SHELL", "/bin/sh")
            .current_dir(site.path("www"));
        as_owner(&mut command);
        self.see_run(name, words, command);
    }

    #[track_caller]
    fn see_run(&mut self, name: &str, words: &[&str], mut command: Command) {
        let ran = command.stdin(Stdio::null()).output().expect("the command");
        let mut text = format!("$ tb {}\n", words.join(" "));
        text.push_str(&String::from_utf8_lossy(&ran.stdout).replace('\r', ""));
        if !ran.stderr.is_empty() {
            text.push_str("--- standard error\n");
            text.push_str(&String::from_utf8_lossy(&ran.stderr));
        }
        if !ran.status.success() {
            text.push_str(&format!("--- exit code {}\n", ran.status.code().unwrap()));
        }
        self.see(name, &text);
    }

    /// Takes down a file of text as it lies on the disk.
    #[track_caller]
    fn see_file(&mut self, name: &str, path: &Path) {
        let bytes = fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        self.see(name, &String::from_utf8_lossy(&bytes));
    }

    /// Compares all with the files, or writes them where `TB_BLESS` is set.
    #[track_caller]
    fn end(self) {
        let bless = std::env::var_os("TB_BLESS").is_some();
        let mut wrong = Vec::new();
        if bless {
            fs::create_dir_all(&self.folder).expect("a folder");
        }
        for (name, text) in &self.seen {
            let path = self.folder.join(name);
            let old = fs::read_to_string(&path).unwrap_or_default();
            if bless && old != *text {
                fs::write(&path, text).expect("a golden file");
            } else if old != *text {
                wrong.push(format!("{}:\n{}", path.display(), difference(&old, text)));
            }
        }
        for path in files(&self.folder) {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            match self.seen.contains_key(&name) {
                true => {}
                false if bless => fs::remove_file(&path).expect("a file that nothing shows"),
                false => wrong.push(format!("{}: nothing shows it", path.display())),
            }
        }
        assert!(
            wrong.is_empty(),
            "{}\n`TB_BLESS=1 cargo test --test it golden` accepts what is wanted",
            wrong.join("\n")
        );
    }
}

/// The files of a folder, not those of folders in it.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<_> = fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.is_file())
        .collect();
    found.sort();
    found
}

/// The first lines that differ.
fn difference(old: &str, new: &str) -> String {
    let (old, new): (Vec<_>, Vec<_>) = (old.lines().collect(), new.lines().collect());
    let same = old.iter().zip(&new).take_while(|(old, new)| old == new);
    let at = same.count();
    let part = |lines: &[&str], sign: &str| {
        let lines = lines.iter().skip(at).take(4);
        lines
            .map(|line| format!("{sign} {line}\n"))
            .collect::<String>()
    };
    format!("line {}\n{}{}", at + 1, part(&old, "-"), part(&new, "+"))
}

/// Gives the id `cats` a title and a description.
fn name_cats(site: &Site) {
    let named = ["--title", "Cats", "--describe", "All about them"];
    site.tb(&[&["add", "cats"][..], &named].concat());
}

/// Four pings of three ids, of years long gone, some hostile; nothing is derived from them yet.
fn furnished() -> Site {
    use crate::support::owner_session::{ping, put};
    use serde_json::json;

    let mut site = Site::new();
    site.set("site", "[\"https://blog.example/\"]");
    site.set("time_zone", "\"Asia/Tokyo\"");
    let mut hostile = ping(2, "2006-01-31T20:00:00Z", "published", "verified");
    hostile["title"] = json!("<script>alert(1)</script> & \"quotes\" \u{1b}[2J");
    hostile["blog_name"] = json!("猫の話");
    hostile["excerpt"] = json!("Two\nlines and a\ttab]]>");
    let mut bare = ping(
        3,
        "2006-02-03T04:05:06Z",
        "held",
        "unknown-domain: weblog3.example",
    );
    bare["title"] = json!("");
    bare["blog_name"] = json!("");
    let mut junk = ping(4, "2006-02-04T00:00:00Z", "junk", "no-link");
    // What has been junk for 30 days is thrown away.
    junk["since"] = json!(jiff::Timestamp::now().to_string());
    put(
        &site,
        "cats",
        &[
            ping(1, "2005-12-24T18:00:00Z", "published", "owner"),
            hostile,
            bare,
            junk,
            json!({"op": "ping", "id": 5, "time": "2006-02-05T00:00:00Z", "url": "http://weblog5.example/", "title": "Gone"}),
            json!({"op": "delete", "id": 5, "time": "2006-02-06T00:00:00Z", "hash": "9ad36ab3bcd1c5a4dd4d6d5ea3e2f5a6"}),
        ],
    );
    put(
        &site,
        "dogs",
        &[ping(1, "2006-03-01T00:00:00Z", "held", "unverified")],
    );
    put(
        &site,
        "猫",
        &[ping(
            7,
            "2006-04-01T12:00:00Z",
            "published",
            "verified-entry",
        )],
    );
    site.live_at(80);
    site
}

/// Makes `site` one whose owner is logged in; gives the cookie.
fn logged_in(site: &mut Site) -> String {
    use crate::support::scenario::log_in;
    use crate::support::site::PASSWORD;

    site.set_password();
    log_in(site, PASSWORD).expect("a session")
}
