//! The recipes in `examples/` that publish and ping, each run as its user runs it, on the layout that the documentation
//! describes.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::blog::{Blog, Script};
use crate::support::shell::Site;
use crate::support::writer::{Writer, link, peer, pings};

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
