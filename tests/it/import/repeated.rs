//! An import that is run again, killed, rehearsed, or read from a pipe.

use std::fs;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::support::import::{field, import, pings, put};
use crate::support::process::as_owner;
use crate::support::request::Request;
use crate::support::rng::Rng;
use crate::support::site::Site;
use crate::support::storable::{Kept, Layout, kept};

#[test]
fn the_same_import_again_changes_nothing() {
    let site = Site::new();
    let list: Vec<Kept> = (0..30).map(kept).collect();
    let file = put(&site, "entry.stor", &Layout::Network.write(&list));
    let file = file.to_str().unwrap();
    import(&site, &[file]);
    let before = site.snapshot();
    let report = import(&site, &[file]);
    assert_eq!(report.last().unwrap()["taken_in"], 0);
    assert_eq!(report.last().unwrap()["skipped"]["there-already"], 30);
    assert_eq!(site.snapshot(), before);
    // What has come since stays what it is, and a ping that was deleted stays away.
    site.cgi(&Request::ping("entry", "http://new.example/"));
    site.tb(&["delete", "entry", "7"]);
    let report = import(&site, &[file]);
    assert_eq!(report.last().unwrap()["skipped"]["withdrawn"], 1);
    assert_eq!(pings(&site, "entry").len(), 30);
}

#[test]
fn a_rehearsal_says_what_would_be_and_writes_nothing() {
    let site = Site::new();
    let mut list: Vec<Kept> = (0..10).map(kept).collect();
    list.push(kept(3));
    let file = put(&site, "entry.stor", &Layout::Network.write(&list));
    let before = site.snapshot();
    let rehearsed = import(&site, &["--dry-run", file.to_str().unwrap()]);
    assert_eq!(site.snapshot(), before);
    let done = import(&site, &[file.to_str().unwrap()]);
    assert_eq!(rehearsed, done);
    assert_eq!(done.last().unwrap()["taken_in"], 10);
    let again = import(&site, &["--dry-run", file.to_str().unwrap()]);
    assert_eq!(again.last().unwrap()["taken_in"], 0);
    let text = site.tb(&["import", "--dry-run", file.to_str().unwrap()]);
    assert!(
        text.ends_with(": 0 would be imported, 11 there-already\n"),
        "{text}"
    );
}

#[test]
fn a_pipe_is_read_and_must_say_which_id_it_is_for() {
    let site = Site::new();
    let line = "{\"op\":\"ping\",\"tb_id\":\"a\",\"id\":5,\"time\":\"2002-01-01T00:00:00Z\",\
                \"url\":\"http://a.example/\",\"title\":\"T\",\"state\":\"held\"}\n";
    site.tb_with_input(&["import", "-"], line);
    assert_eq!(field(&pings(&site, "a"), "id"), ["5"]);
    assert_eq!(field(&pings(&site, "a"), "state"), ["held"]);
    let stor = Layout::Network.write(&[kept(1)]);
    let mut command = site.command();
    command.args(["import", "-"]);
    let ended = crate::support::strace::finish(command, &stor);
    assert_eq!(ended.code, Some(2), "{ended:?}");
    let mut command = site.command();
    command.args(["import", "-", "--map", "-=named"]);
    let ended = crate::support::strace::finish(command, &stor);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(pings(&site, "named").len(), 1);
}

#[test]
fn duplicate_numbers_become_two_numbers() {
    let site = Site::new();
    let line = |id: u64, url: &str| {
        format!(
            "{{\"tb_id\":\"a\",\"id\":{id},\"time\":\"2002-01-01T00:00:00Z\",\"url\":\"http://{url}/\",\
             \"title\":\"T\",\"state\":\"published\",\"likes\":3}}\n"
        )
    };
    let lines = [
        line(7, "a"),
        line(7, "b"),
        line(0, "c"),
        line(u64::MAX, "d"),
        line(3, "e"),
    ]
    .concat();
    let file = put(&site, "export.jsonl", lines.as_bytes());
    import(&site, &[file.to_str().unwrap()]);
    let pings = pings(&site, "a");
    let mut numbers: Vec<u64> = pings
        .iter()
        .map(|ping| ping["id"].as_u64().unwrap())
        .collect();
    assert_eq!(pings.len(), 5);
    numbers.dedup();
    assert_eq!(numbers.len(), 5);
    assert!(numbers.iter().all(|number| *number < 20), "{numbers:?}");
    let stored = fs::read_to_string(site.data_dir().join("a.jsonl")).unwrap();
    assert_eq!(stored.matches("\"likes\":3").count(), 5);
}

#[test]
fn s10_killed_at_a_chance_moment_it_loses_nothing_and_is_completed() {
    let site = Site::new();
    let list: Vec<Kept> = (0..5_000).map(kept).collect();
    let file = put(&site, "entry.stor", &Layout::Little64.write(&list));
    let mut rng = Rng::new();
    for _ in 0..4 {
        let mut command: Command = site.command();
        as_owner(&mut command);
        let mut child = command
            .args(["import", file.to_str().unwrap()])
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(rng.below(400)));
        child.kill().unwrap();
        child.wait().unwrap();
    }
    import(&site, &[file.to_str().unwrap()]);
    let pings = pings(&site, "entry");
    let titles: Vec<String> = (0..5_000).map(|number| format!("Title {number}")).collect();
    assert_eq!(field(&pings, "title"), titles);
    let feed = fs::read_to_string(site.rss_dir().join("entry.xml")).unwrap();
    assert!(feed.contains("<title>Title 4999</title>"), "{feed}");
    assert_eq!(
        site.tb(&["rebuild", "--json"]),
        "",
        "the feed is right already"
    );
}
