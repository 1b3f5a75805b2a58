//! `tb stats` counts each ping once in each view.

use std::fs;
use std::process::Command;

use serde_json::{Value, json};

use crate::support::owner_session::{ping, put};
use crate::support::process::as_owner;
use crate::support::request::Request;
use crate::support::site::Site;
use crate::support::xml::assert_accepted;
use crate::support::{program, write};

const LONG_AGO: &str = "2020-01-01T00:00:00Z";

/// The fields between tabs of the lines that begin with `by`.
fn rows(printed: &str, by: &str) -> Vec<Vec<String>> {
    let rows = printed
        .lines()
        .map(|line| line.split('\t').map(str::to_owned).collect());
    rows.filter(|row: &Vec<String>| row[0] == by).collect()
}

/// What a command says on a terminal with so many columns.
fn on_a_terminal(site: &Site, columns: u16, words: &str) -> String {
    let mut command = Command::new(program("script"));
    let line = format!(
        "stty cols {columns}; '{}' {words}",
        site.executable().display()
    );
    command
        .args(["-qec", &line, "/dev/null"])
        .env_clear()
        .current_dir("/");
    command.env("PATH", "/usr/bin:/bin").env("SHELL", "/bin/sh");
    as_owner(&mut command);
    let output = command
        .stdin(std::process::Stdio::null())
        .output()
        .expect("script");
    let text = String::from_utf8(output.stdout)
        .expect("UTF-8")
        .replace('\r', "");
    assert!(output.status.success(), "{text}");
    text
}

/// A site with pings of two ids.
fn counted() -> Site {
    let mut site = Site::new();
    site.set("time_zone", "\"Asia/Tokyo\"");
    let mut spam = ping(3, "2026-09-02T00:00:00Z", "junk", "score: 4 links");
    spam["url"] = json!("https://deep.weblog1.example/x");
    put(
        &site,
        "cats",
        &[
            // In Tokyo it is September already.
            ping(1, "2026-08-31T20:00:00Z", "published", "verified"),
            ping(2, "2026-09-01T00:00:00Z", "held", "unknown-domain"),
            spam,
            ping(4, "2026-09-03T00:00:00Z", "published", "owner"),
            json!({ "op": "state", "id": 4, "time": "2026-09-04T00:00:00Z", "to": "junk", "why": "owner" }),
            ping(5, "2026-09-05T00:00:00Z", "published", "owner"),
            json!({ "op": "delete", "id": 5, "time": "2026-09-06T00:00:00Z" }),
        ],
    );
    put(
        &site,
        "猫",
        &[ping(1, "2026-11-20T00:00:00Z", "published", "verified")],
    );
    site
}

#[test]
fn pings_are_counted_by_id_domain_month_and_reason() {
    let site = counted();
    let said = site.tb(&["stats"]);
    assert_eq!(
        rows(&said, "all"),
        [[
            "all",
            "",
            "2",
            "1",
            "2",
            "1",
            "2026-08-31T20:00:00Z",
            "2026-11-20T00:00:00Z"
        ]]
    );
    assert_eq!(
        rows(&said, "id"),
        [
            [
                "id",
                "cats",
                "1",
                "1",
                "2",
                "1",
                "2026-08-31T20:00:00Z",
                "2026-09-03T00:00:00Z"
            ],
            [
                "id",
                "猫",
                "1",
                "0",
                "0",
                "0",
                "2026-11-20T00:00:00Z",
                "2026-11-20T00:00:00Z"
            ],
        ]
    );
    assert_eq!(
        rows(&said, "domain"),
        [
            ["domain", "weblog1.example", "2", "0", "1", "", "", ""],
            ["domain", "weblog2.example", "0", "1", "0", "", "", ""],
            ["domain", "weblog4.example", "0", "0", "1", "", "", ""],
        ]
    );
    assert_eq!(
        rows(&said, "month"),
        [
            ["month", "2026-09", "1", "1", "2", "", "", ""],
            ["month", "2026-11", "1", "0", "0", "", "", ""],
        ]
    );
    let reasons: Vec<_> = rows(&said, "reason")
        .into_iter()
        .map(|row| row[1].clone())
        .collect();
    assert_eq!(reasons, ["verified", "owner", "score", "unknown-domain"]);
    // One id, and only what is new.
    let said = site.tb(&["stats", "cats", "--since", "2026-09-02"]);
    assert_eq!(
        rows(&said, "all"),
        [[
            "all",
            "",
            "0",
            "0",
            "2",
            "1",
            "2026-09-02T00:00:00Z",
            "2026-09-03T00:00:00Z"
        ]]
    );
    let json = site.tb(&["stats", "--json"]);
    let lines: Vec<Value> = json
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines[0]["by"], "all");
    assert_eq!(lines[0]["deleted"], 1);
    assert!(
        lines
            .iter()
            .any(|line| line["by"] == "month" && line["name"] == "2026-11")
    );
    assert!(
        site.tb(&["stats", "nobody"])
            .starts_with("all\t\t0\t0\t0\t0\t\t\n")
    );
}

#[test]
fn on_a_terminal_there_is_a_chart_no_wider_than_that() {
    let site = counted();
    for columns in [40, 100] {
        let said = on_a_terminal(&site, columns, "stats");
        assert!(
            said.contains("5 pings: 2 published, 1 held, 2 junk; 1 deleted."),
            "{said}"
        );
        let bar = |month: &str| {
            let line = said
                .lines()
                .find(|line| line.trim_start().starts_with(month));
            line.unwrap_or_else(|| panic!("{said}")).trim().to_owned()
        };
        assert!(
            bar("2026-09").contains("#=") && bar("2026-09").ends_with("--"),
            "{said}"
        );
        assert_eq!(bar("2026-10"), "2026-10 0", "{said}");
        let room = usize::from(columns);
        let bars = said.lines().filter(|line| line.starts_with("  "));
        let widest = bars.map(|line| line.chars().count()).max().unwrap();
        assert!(widest <= room, "{columns}: {said}");
        assert!(bar("2026-09").len() > room / 2, "{columns}: {said}");
    }
}

#[test]
fn s3_what_strangers_wrote_cannot_steer_the_terminal_in_statistics() {
    let site = Site::new();
    let hostile = "a\u{1b}[2J\u{202E}\tb\n";
    let mut lines = vec![
        ping(1, LONG_AGO, "published", hostile),
        ping(2, LONG_AGO, "published", ""),
    ];
    lines[0]["url"] = json!(format!("http://{hostile}.example/"));
    lines[1]["url"] = json!(format!("http://{}.example/", "x".repeat(100_000)));
    put(&site, "entry", &lines);
    for words in [&["stats"][..], &["stats", "--json"]] {
        let said = site.tb(words);
        assert!(
            !said.contains(['\u{1b}', '\u{202E}']) && said.len() < 2_000,
            "{said:?}"
        );
    }
    assert_eq!(rows(&site.tb(&["stats"]), "reason").len(), 2);
}

#[test]
fn what_cannot_be_read_is_told_and_the_rest_is_counted() {
    let site = counted();
    std::os::unix::fs::symlink("/etc/passwd", site.data_dir().join("planted.jsonl")).unwrap();
    let told = site.tb_fails(1, &["stats"]);
    assert!(
        told.contains("planted") && !told.contains("root:"),
        "{told}"
    );
    let damaged = "\0\0\0\n{\"op\":\"ping\"}\nnonsense\n{\"op\":\"ping\",\"id\":9";
    write(&site.data_dir().join("damaged.jsonl"), damaged);
    fs::remove_file(site.data_dir().join("planted.jsonl")).unwrap();
    assert_eq!(rows(&site.tb(&["stats"]), "all")[0][2], "2");
}

/// The file is larger than all the memory that there is.
#[test]
fn s7_very_many_pings_are_counted_in_little_memory() {
    const COUNT: u64 = 40_000;
    let site = Site::new();
    let excerpt = "long ".repeat(800);
    let line = |number: u64| {
        format!(
            "{{\"op\":\"ping\",\"id\":{number},\"time\":\"2026-11-20T05:00:00Z\",\"url\":\"http://w{number}.example/\",\
             \"title\":\"t\",\"excerpt\":\"{excerpt}\",\"state\":\"junk\"}}\n"
        )
    };
    let lines: String = (1..=COUNT).map(line).collect();
    assert!(lines.len() > 150_000 * 1_024, "{}", lines.len());
    write(&site.data_dir().join("many.jsonl"), &lines);
    // A ping makes the index, as in life.
    assert_accepted(&site.cgi(&Request::ping("many", "http://weblog.example/1")));
    let mut command = Command::new(program("sh"));
    let line = "ulimit -v 150000; exec \"$0\" stats";
    command
        .args(["-c", line])
        .arg(site.executable())
        .env_clear();
    as_owner(&mut command);
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(rows(&said, "all")[0][2..5], ["1", "0", &COUNT.to_string()]);
    let count = |by: &str| -> u64 {
        let rows = rows(&said, by);
        let counts = rows.iter().flat_map(|row| &row[2..5]);
        counts.map(|count| count.parse::<u64>().unwrap()).sum()
    };
    assert!(count("other-domains") > 0);
    assert_eq!(count("domain") + count("other-domains"), COUNT + 1);
}
