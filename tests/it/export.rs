//! `tb export`: what is written can be read by those it is for, and hostile text harms none of them.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::support::request::Request;
use crate::support::site::Site;
use crate::support::{give_to_owner, write};

/// Texts that mean something in one of the forms.
const HOSTILE: [&str; 8] = [
    "=HYPERLINK(\"http://evil.example\";\"x\")",
    "+1",
    "-2+3",
    "@SUM(A1:A9)",
    "\"quoted\", and a comma",
    "</script><!--",
    "--------",
    "TITLE: &amp;lt;b&amp;gt; ]]> \\u202e \u{2028}",
];

/// A site with pings in each state, one that was deleted, and hostile ones.
fn site() -> Site {
    let site = Site::new();
    for number in 1..=20 {
        site.cgi(&Request::ping(
            "plain",
            &format!("http://weblog.example/{number}?a=1&b=2"),
        ));
    }
    for (number, text) in HOSTILE.iter().enumerate() {
        let url = format!("http://hostile.example/{number}");
        let fields = [
            ("url", url.as_str()),
            ("title", text),
            ("excerpt", text),
            ("blog_name", text),
        ];
        site.cgi(&Request::post(&fields).path("/hostile"));
    }
    site.cgi(
        &Request::ping("猫の話".to_owned().as_str(), "http://weblog.example/x")
            .path("/%E7%8C%AB%E3%81%AE%E8%A9%B1"),
    );
    site.tb(&["hold", "plain", "3"]);
    site.tb(&["junk", "plain", "4"]);
    site.tb(&["delete", "plain", "5", "20"]);
    site
}

fn feeds(site: &Site) -> Vec<(String, Vec<u8>)> {
    let mut feeds: Vec<_> = fs::read_dir(site.rss_dir())
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, fs::read(path).unwrap())
        })
        .collect();
    feeds.sort();
    feeds
}

#[test]
fn exported_and_imported_into_an_empty_folder_the_feeds_are_the_same_byte_for_byte() {
    let old = site();
    let exported = old.tb(&["export"]);
    let new = Site::new();
    new.tb_with_input(&["import", "-"], &exported);
    assert_eq!(feeds(&new), feeds(&old));
    assert_eq!(new.tb(&["export"]), exported, "nothing is lost");
    // A number is not given twice, and what was deleted does not come back.
    let refused = new.cgi(&Request::ping("plain", "http://weblog.example/20?a=1&b=2"));
    assert!(refused.text().contains("<error>1</error>"), "{refused}");
    new.cgi(&Request::ping("plain", "http://new.example/"));
    let listed: Value =
        serde_json::from_str(&new.tb(&["list", "plain", "--json", "--limit", "1"])).unwrap();
    assert_eq!(listed["id"], 21);
    // A copy of the folder is read as well.
    let third = Site::new();
    third.tb(&["import", old.data_dir().to_str().unwrap()]);
    assert_eq!(third.tb(&["export"]), exported);
    // And so is a list.
    let fourth = Site::new();
    fourth.tb_with_input(&["import", "-"], &old.tb(&["list", "plain", "--json"]));
    assert_eq!(
        fourth.tb(&["export", "plain", "--state", "published"]),
        old.tb(&["export", "plain", "--state", "published"])
    );
}

#[test]
fn json_lines_hold_all_that_is_known() {
    let site = site();
    let lines = site.tb(&["export", "plain"]);
    let lines: Vec<Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 20);
    let states = |state: &str| lines.iter().filter(|line| line["state"] == state).count();
    assert_eq!(
        (states("published"), states("held"), states("junk")),
        (16, 1, 1)
    );
    assert_eq!(lines[2]["why"], "owner");
    assert_eq!(lines[0]["tb_id"], "plain");
    assert_eq!(
        lines.iter().filter(|line| line["op"] == "delete").count(),
        2
    );
    let held = site.tb(&["export", "plain", "--state", "held"]);
    assert_eq!(held.lines().count(), 1);
    let said = site.tb_fails(1, &["export", "nothing"]);
    assert!(said.contains("has never had a ping"), "{said}");
    site.tb_fails(2, &["export", "--format", "xls"]);
}

#[test]
fn s3_no_cell_of_the_csv_is_a_formula_and_every_row_is_one() {
    let site = site();
    let text = site.tb(&["export", "--format", "csv"]);
    assert!(
        text.lines()
            .all(|line| line.ends_with('\r') || text.ends_with("\r\n"))
    );
    let mut reader = csv::ReaderBuilder::new().from_reader(text.as_bytes());
    let heads: Vec<String> = reader
        .headers()
        .unwrap()
        .iter()
        .map(str::to_owned)
        .collect();
    assert_eq!(
        heads[..6],
        ["tb_id", "number", "state", "time", "url", "title"]
    );
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 18 + HOSTILE.len() + 1);
    for cell in rows.iter().flatten() {
        assert!(
            !cell.starts_with(['=', '+', '-', '@', '\t', '\r']),
            "{cell}"
        );
        assert!(!cell.contains(char::is_control), "{cell}");
    }
    let titles: Vec<&str> = rows
        .iter()
        .filter(|row| &row[0] == "hostile")
        .map(|row| &row[5])
        .collect();
    assert_eq!(titles[0], format!("'{}", HOSTILE[0]));
    assert_eq!(titles[4], HOSTILE[4]);
}

#[test]
fn the_json_feed_has_what_version_1_1_asks_for() {
    let site = site();
    let text = site.tb(&["export", "--format", "json-feed"]);
    let feed: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(feed["version"], "https://jsonfeed.org/version/1.1");
    assert!(feed["title"].is_string());
    let items = feed["items"].as_array().unwrap();
    assert_eq!(items.len(), 16 + HOSTILE.len() + 1, "published pings only");
    let mut seen = std::collections::HashSet::new();
    for item in items {
        assert!(seen.insert(item["id"].as_str().unwrap()), "{item}");
        assert!(item["content_text"].is_string(), "{item}");
        let date: jiff::Timestamp = item["date_published"].as_str().unwrap().parse().unwrap();
        assert!(date > jiff::Timestamp::UNIX_EPOCH);
        assert!(item["url"].as_str().unwrap().starts_with("http://"));
        let named = |author: &Value| author["name"].as_str().is_some_and(|name| !name.is_empty());
        assert!(item.get("authors").is_none_or(|authors| named(&authors[0])));
        for key in item.as_object().unwrap().keys() {
            let known = [
                "id",
                "url",
                "title",
                "content_text",
                "date_published",
                "date_modified",
                "authors",
                "_trackback",
            ];
            assert!(known.contains(&key.as_str()), "{key}");
        }
    }
    assert!(!text.contains("</script>\u{2028}"));
    let junk = site.tb(&["export", "--format", "json-feed", "--state", "junk"]);
    let junk: Value = serde_json::from_str(&junk).unwrap();
    assert_eq!(junk["items"].as_array().unwrap().len(), 1);
    let none = site.tb(&[
        "export",
        "--format",
        "json-feed",
        "plain",
        "--state",
        "junk",
    ]);
    assert!(serde_json::from_str::<Value>(&none).is_ok());
}

#[test]
fn movable_types_form_comes_back_through_our_own_reader() {
    let old = site();
    let zone = ["--time-zone", "Asia/Tokyo"];
    let exported = old.tb(&[&["export", "--format", "mt"], &zone[..]].concat());
    let new = Site::new();
    new.tb_with_input(&[&["import", "-"], &zone[..]].concat(), &exported);
    let texts = |site: &Site, id: &str| -> Vec<[Value; 5]> {
        let lines = site.tb(&["export", id, "--state", "published"]);
        let line = |line: &str| {
            let value: Value = serde_json::from_str(line).unwrap();
            ["url", "title", "excerpt", "blog_name", "from"].map(|name| value[name].clone())
        };
        lines.lines().map(line).collect()
    };
    for id in ["plain", "hostile", "猫の話"] {
        let mut old = texts(&old, id);
        let mut new = texts(&new, id);
        old.sort_by_key(|texts| texts[0].to_string());
        new.sort_by_key(|texts| texts[0].to_string());
        assert_eq!(new, old, "{id}");
    }
}

#[test]
fn s3_nothing_in_an_export_steers_a_terminal() {
    let site = site();
    let file = site.data_dir().join("edited.jsonl");
    let line = "{\"op\":\"ping\",\"id\":1,\"time\":\"2002-01-01T00:00:00Z\",\"url\":\"http://a/\",\
        \"title\":\"a\\u001b[2J\\u009b\\u202eb\\r\\n=1\",\"state\":\"published\"}\n";
    write(&file, line);
    give_to_owner(Path::new(&file));
    for form in ["jsonl", "json-feed", "csv", "mt"] {
        let text = site.tb(&["export", "--format", form, "edited"]);
        let harmless = |c: char| c == '\n' || (form == "csv" && c == '\r');
        let steers = |c: char| !harmless(c) && (c.is_control() || c == '\u{202e}');
        assert!(!text.contains(steers), "{form}: {text:?}");
    }
}
