//! The first screen of the README, with curl, and its picture.
//!
//! `TB_BLESS=1 cargo test --test servers readme` takes the picture anew.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};

use serde_json::json;

use crate::support::browser::Browser;
use crate::support::owner_session::{ping, put};
use crate::support::site::Site;
use crate::support::texts::{bless, blocks, path_of, read};

/// `TB_BLESS=1` takes it anew.
#[test]
fn the_picture_in_the_readme_is_of_the_list() {
    let kept = path_of("docs/images/list.png");
    assert!(read("README.md").contains("](docs/images/list.png)"));
    let mut site = Site::new();
    site.set("site_name", "\"Notes on cats\"");
    let mut first = ping(1, "2026-11-03T08:30:00Z", "published", "verified-entry");
    first["url"] = json!("https://weblog.example/2026/11/purring");
    first["title"] = json!("More on purring");
    first["excerpt"] = json!(
        "A reader of mine found the paper that this is about: cats purr at 25 Hz, and bones like it\u{2026}"
    );
    first["blog_name"] = json!("The vet next door");
    let mut second = ping(2, "2026-11-05T19:12:00Z", "published", "verified-entry");
    second["url"] = json!("https://notes.example/archive/1023");
    second["title"] = json!("I beg to differ");
    second["excerpt"] = json!("Mine purrs when it wants to be fed, and never otherwise.");
    second["blog_name"] = json!("A sceptic\u{2019}s notes");
    put(&site, "why_cats_purr", &[first, second]);
    let serving = site.serve();
    let browser = Browser::acquire();
    browser.scheme("light");
    browser.resize(900, 760);
    browser.open(&format!(
        "http://127.0.0.1:{}/cgi-bin/tb.cgi/why_cats_purr",
        serving.port
    ));
    assert!(
        browser.text().contains("I beg to differ"),
        "{}",
        browser.text()
    );
    let taken = site.path("list.png");
    browser.screenshot(&taken);
    let picture = fs::read(&taken).unwrap();
    assert!(
        picture.starts_with(b"\x89PNG") && picture.len() <= 60_000,
        "{}",
        picture.len()
    );
    if bless() {
        fs::create_dir_all(path_of("docs/images")).unwrap();
        fs::write(&kept, picture).unwrap();
    }
    assert!(fs::metadata(&kept).unwrap().len() <= 60_000);
}

#[test]
fn the_readmes_first_screen_works_as_written() {
    let commands = blocks(&read("README.md"), "sh");
    assert_eq!(commands[0].trim(), "cargo run --release -- serve");
    let pings = blocks(&read("docs/http-api.md"), "sh");
    let folder = tempfile::tempdir().unwrap();
    // What cargo would run, on a port that is free.
    let mut serve = Command::new(env!("CARGO_BIN_EXE_tb"))
        .args(["serve", "--listen", "127.0.0.1:0"])
        .current_dir(folder.path())
        .env_remove("TB_CONFIG")
        .env_remove("TB_BLESS")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut base = String::new();
    for line in BufReader::new(serve.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        if let Some(url) = line.trim().strip_prefix("an entry") {
            base = url.trim().strip_suffix("/hello").unwrap().to_owned();
        }
        if line.starts_with("Ctrl-C") {
            break;
        }
    }
    let curl = pings[0].replace("http://127.0.0.1:8080/tb.cgi", &base);
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
    let page = || run(&format!("curl --silent --noproxy '*' {base}/hello"));
    let before = page();
    let approved = Command::new(env!("CARGO_BIN_EXE_tb"))
        .args(["--config", "tb-trial/tb.toml", "approve", "hello", "5"])
        .current_dir(folder.path())
        .env("TB_MODE", "cli")
        .output()
        .unwrap();
    let page = page();
    serve.kill().unwrap();
    serve.wait().unwrap();
    assert!(answer.contains("<error>0</error>"), "{answer}");
    assert!(!before.contains("I beg to differ"), "{before}");
    assert!(approved.status.success(), "{approved:?}");
    assert!(
        page.contains("I beg to differ") && page.contains("Talking back"),
        "{page}"
    );
}
