//! The recipes in `examples/` that publish and ping, each run as its user runs it, on the layout that the documentation
//! describes.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::writer::{Writer, link, peer, pings};
use crate::cli_site::Site;
use crate::support::blog::{Blog, Script};
use crate::weblog_sites::copy;

/// The recipes that call `tb send`.
const RECIPES: [&str; 4] = [
    "github-actions/trackback.yml",
    "gitlab-ci/trackback.yml",
    "make/Makefile",
    "cron/crontab",
];

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples")
}

/// The words behind `tb send` in each line of a recipe that has them.
fn commands(recipe: &str) -> Vec<Vec<String>> {
    let text = fs::read_to_string(examples().join(recipe)).unwrap();
    assert!(
        text.starts_with('#') && text.contains("The ledger"),
        "{recipe}"
    );
    let lines = text
        .lines()
        .filter(|line| !line.trim_start().starts_with('#'));
    let words = lines.filter_map(|line| Some(line.split_once(" send ")?.1));
    let words = words.map(|words| words.split(" >> ").next().unwrap());
    words
        .map(|words| words.split_whitespace().map(str::to_owned).collect())
        .collect()
}

#[test]
fn every_recipe_uses_flags_that_the_program_has() {
    for recipe in RECIPES {
        let commands = commands(recipe);
        assert!(!commands.is_empty(), "{recipe} sends nothing");
        for command in commands {
            let words: Vec<&str> = command.iter().map(String::as_str).collect();
            let words = [&["send"], &words[..], &["--help"]].concat();
            Site::bare().tb(&words).out();
        }
    }
}

/// Seven entries that link to `one`, built into `public/` and online, the newest of them `/7/`.
fn built_weblog(writer: &Writer, one: &Blog) {
    for day in 1..=7 {
        let (path, content) = (format!("/{day}/"), link(one));
        let page = format!(
            "<!doctype html><title>Entry {day}</title><link rel=canonical href=\"{}\"><article><h1>Entry {day}</h1>\
             <time datetime=\"2026-01-0{day}T00:00:00Z\">day {day}</time>{content}</article>",
            writer.own.url(&path)
        );
        let folder = writer.site.path(&format!("public{path}"));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("index.html"), &page).unwrap();
        writer.own.play(&path, Script::html(&page));
    }
}

/// A feed as Hugo writes it by default: newest first, summaries without links.
fn feed_of_summaries(writer: &Writer) {
    let items: String = (1..=7)
        .rev()
        .map(|day| {
            let url = writer.own.url(&format!("/{day}/"));
            format!(
                "<item><title>Entry {day}</title><link>{url}</link><pubDate>0{day} Jan 2026 00:00:00 +0000</pubDate>\
                 <guid>{url}</guid><description>before the link after</description></item>"
            )
        })
        .collect();
    let feed = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\" standalone=\"yes\"?><rss version=\"2.0\"><channel><title>Notes</title>\
         <link>{}</link>{items}</channel></rss>",
        writer.own.url("/")
    );
    writer.own.play("/feed.xml", Script::xml(&feed));
}

#[test]
fn the_first_run_of_every_recipe_pings_for_the_newest_entry() {
    for recipe in RECIPES {
        let (writer, one) = (Writer::new(), peer(2));
        built_weblog(&writer, &one);
        feed_of_summaries(&writer);
        let commands = commands(recipe);
        let command = commands
            .iter()
            .find(|words| !words.contains(&"--dry-run".to_owned()));
        let words: Vec<String> = command
            .unwrap()
            .iter()
            .map(|word| match word.as_str() {
                "https://blog.example/feed.xml" => writer.own.url("/feed.xml"),
                "$HOME/tb-sent.jsonl" => "tb-sent.jsonl".to_owned(),
                other => other.to_owned(),
            })
            .collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let words = [&["send"], &words[..]].concat();
        let ran = writer.site.tb(&words);
        assert_eq!(ran.0.status.code(), Some(0), "{recipe}: {:?}", ran.0);
        let urls: Vec<_> = pings(&one).iter().map(|ping| ping["url"].clone()).collect();
        assert_eq!(urls, [writer.own.url("/7/")], "{recipe}: {:?}", ran.0);
        // The second run pings nobody again.
        let again = writer.site.tb(&words);
        assert_eq!(again.0.status.code(), Some(0), "{recipe}: {:?}", again.0);
        assert_eq!(pings(&one).len(), 1, "{recipe}");
    }
}

#[test]
fn make_publish_deletes_old_pages_and_nothing_else() {
    let home = tempfile::tempdir().unwrap();
    let source = home.path().join("source");
    copy(&examples().join("hugo/site"), &source);
    fs::create_dir_all(source.join("layouts/partials")).unwrap();
    for (from, to) in [
        ("hugo/trackback.html", "layouts/partials/trackback.html"),
        ("make/Makefile", "Makefile"),
    ] {
        fs::copy(examples().join(from), source.join(to)).unwrap();
    }
    let kept = [
        "cgi-bin/tb.cgi",
        "cgi-bin/tb.toml",
        "cgi-bin/.htaccess",
        "tb/two-cats.xml",
        "tb/two-cats.json",
        ".htaccess",
        ".well-known/acme-challenge/token",
    ];
    let old = ["posts/old/index.html", "posts/tb/index.html", "old.html"];
    let public_html = home.path().join("public_html");
    for name in kept.iter().chain(&old) {
        let path = public_html.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, name).unwrap();
    }
    let output = Command::new("make")
        .args(["publish", "TB=true"])
        .arg(format!("SERVER={}/", public_html.display()))
        .env("HOME", home.path())
        .current_dir(&source)
        .output()
        .expect("make; `tests/run` installs it");
    assert!(output.status.success(), "{output:?}");
    for name in kept {
        let text = fs::read_to_string(public_html.join(name));
        assert_eq!(text.ok().as_deref(), Some(name), "{name} was touched");
    }
    for name in old {
        assert!(!public_html.join(name).exists(), "{name} is still there");
    }
    assert!(public_html.join("posts/two-cats/index.html").is_file());
}
