//! The first screen of the README, with curl, and its pictures.
//!
//! `TB_BLESS=1 cargo test --test servers readme` takes the pictures anew.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::support::browser::Browser;
use crate::support::owner_session::{ping, put};
use crate::support::site::{BASE, PASSWORD, Site};
use crate::support::texts::{bless, blocks, path_of, read};

/// A ping to the entry in the pictures.
fn shown(number: u64, state: &str, why: &str, [url, title, excerpt, name]: [&str; 4]) -> Value {
    let time = format!("2026-11-0{}T08:30:00Z", 2 + number);
    let mut ping = ping(number, &time, state, why);
    let texts = [
        ("url", url),
        ("title", title),
        ("excerpt", excerpt),
        ("blog_name", name),
    ];
    for (key, text) in texts {
        ping[key] = json!(text);
    }
    ping
}

/// A site of which the README shows the list of an entry and the moderation page.
fn pictured() -> Site {
    let mut site = Site::new();
    site.set_password();
    site.set("site_name", "\"Notes on cats\"");
    site.set("submit", "true");
    let vet = [
        "https://weblog.example/2026/11/purring",
        "More on purring",
        "A reader of mine found the paper that this is about: cats purr at 25 Hz, and bones like it\u{2026}",
        "The vet next door",
    ];
    let sceptic = [
        "https://notes.example/archive/1023",
        "I beg to differ",
        "Mine purrs when it wants to be fed, and never otherwise.",
        "A sceptic\u{2019}s notes",
    ];
    let stranger = [
        "https://kittens.example/diary/7",
        "What my kittens do instead",
        "They chirp, and the vet says that this is normal.",
        "Kitten diary",
    ];
    let pings = [
        shown(1, "published", "verified-entry", vet),
        shown(2, "published", "verified-entry", sceptic),
        shown(3, "held", "unknown-domain", stranger),
    ];
    put(&site, "why_cats_purr", &pings);
    site.tb(&["add", "why_cats_purr", "--title", "Why cats purr"]);
    site
}

/// `TB_BLESS=1` takes them anew.
#[test]
fn the_pictures_in_the_readme_are_of_the_pages() {
    let mut site = pictured();
    let serving = site.serve();
    let base = format!("http://127.0.0.1:{}{BASE}", serving.port);
    let browser = Browser::acquire();
    browser.resize(480, 720);
    browser.open(&format!("{base}?__mode=login"));
    browser.keys(&browser.find("input[type=password]"), PASSWORD);
    browser.click_through(&browser.find("button.main"));
    let readme = read("README.md");
    for (name, page, text) in [
        (
            "moderation",
            "?__mode=moderate",
            "What my kittens do instead",
        ),
        ("list", "/why_cats_purr", "I beg to differ"),
    ] {
        if name == "list" {
            // As a reader sees it.
            browser.open(&format!("{base}?__mode=logout"));
            browser.click_through(&browser.find("button.main"));
        }
        for (scheme, file) in [
            ("light", format!("{name}.png")),
            ("dark", format!("{name}-dark.png")),
        ] {
            browser.scheme(scheme);
            browser.open(&format!("{base}{page}"));
            assert!(browser.text().contains(text), "{}", browser.text());
            browser.script("document.documentElement.style.overflow = 'hidden'");
            let taken = site.path(&file);
            browser.screenshot(&taken);
            let picture = fs::read(&taken).unwrap();
            let is_small = |length: usize| length <= 60_000;
            assert!(
                picture.starts_with(b"\x89PNG") && is_small(picture.len()),
                "{file}: {}",
                picture.len()
            );
            let kept = path_of(&format!("docs/images/{file}"));
            if bless() {
                fs::create_dir_all(path_of("docs/images")).unwrap();
                fs::write(&kept, picture).unwrap();
            }
            assert!(is_small(fs::read(&kept).unwrap().len()), "{file}");
            assert!(readme.contains(&format!("docs/images/{file}")), "{file}");
        }
    }
    browser.scheme("light");
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
