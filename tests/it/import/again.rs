//! An import that is run again, killed, rehearsed, or read from a pipe.

use std::fs;
use std::process::{Command, Stdio};
use std::time::Duration;

use super::perl::{Kept, Layout, kept};
use super::{field, import, pings, put};
use crate::support::chance::Chance;
use crate::support::process::as_owner;
use crate::support::request::Request;
use crate::support::site::Site;
use crate::support::snapshot::Snapshot;
use crate::support::strace::{Call, Ended, Fate, Invocation, calls, run_plain, run_with};

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
        text.ends_with(": 0 would be taken in, 11 there-already\n"),
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

/// A small import, and the calls that it makes from the first that touches a file of pings.
struct Sweep {
    site: Site,
    run: Invocation,
    calls: Vec<Call>,
    wanted: Snapshot,
}

impl Sweep {
    fn new() -> Sweep {
        let site = Site::new();
        let list: Vec<Kept> = (0..3).map(kept).collect();
        let file = put(&site, "entry.stor", &Layout::Network.write(&list));
        let run = Invocation {
            arguments: vec!["import".to_owned(), file.to_str().unwrap().to_owned()],
            ..Invocation::default()
        };
        let mut calls = calls(&site.executable(), &run);
        let first = calls.iter().position(|call| call.text.contains(".jsonl"));
        calls.drain(..first.unwrap());
        let wanted = site.snapshot();
        Sweep {
            site,
            run,
            calls,
            wanted,
        }
    }

    /// Runs it from nothing with one call's fate changed.
    fn strike(&self, call: &Call, fate: Fate) -> Ended {
        for folder in [self.site.data_dir(), self.site.rss_dir()] {
            for entry in fs::read_dir(folder).unwrap() {
                fs::remove_file(entry.unwrap().path()).unwrap();
            }
        }
        run_with(&self.site.executable(), &self.run, call, fate)
    }

    /// Runs it again, and all is there.
    fn complete(&self, call: &Call) {
        let ended = run_plain(&self.site.executable(), &self.run);
        assert_eq!(ended.code, Some(0), "{call:?}: {ended:?}");
        let mut same = self.site.snapshot();
        // A temporary that was left is overwritten the next time it is needed.
        same.retain(|path| !path.to_string_lossy().ends_with(".tmp"));
        assert_eq!(same, self.wanted, "{call:?}");
    }
}

#[test]
fn s10_killed_at_any_call_and_run_again_it_is_complete() {
    let sweep = Sweep::new();
    for call in &sweep.calls {
        let ended = sweep.strike(call, Fate::Kill);
        assert_eq!(ended.signal, Some(9), "{call:?}: {ended:?}");
        sweep.complete(call);
    }
}

#[test]
fn s10_what_a_full_disk_stops_is_said_and_the_same_again_completes_it() {
    let sweep = Sweep::new();
    let writes = |call: &&Call| {
        ["write", "fdatasync", "fsync", "rename", "renameat"].contains(&call.name.as_str())
    };
    let mut failed = 0;
    for call in sweep.calls.iter().filter(writes) {
        let ended = sweep.strike(call, Fate::Error("ENOSPC"));
        assert_eq!(ended.signal, None, "{call:?}: {ended:?}");
        if ended.code == Some(1) {
            failed += 1;
            assert!(ended.stderr.starts_with("tb: "), "{call:?}: {ended:?}");
        } else {
            assert_eq!(ended.code, Some(0), "{call:?}: {ended:?}");
        }
        if let Ok(text) = fs::read_to_string(sweep.site.data_dir().join("entry.jsonl")) {
            assert!(text.is_empty() || text.ends_with('\n'), "{call:?}: {text}");
        }
        sweep.complete(call);
    }
    assert!(failed >= 2, "the pings and their sync: {failed}");
}

#[test]
fn s10_killed_at_a_chance_moment_it_loses_nothing_and_is_completed() {
    let site = Site::new();
    let list: Vec<Kept> = (0..5_000).map(kept).collect();
    let file = put(&site, "entry.stor", &Layout::Little64.write(&list));
    let mut chance = Chance::new();
    for _ in 0..4 {
        let mut command: Command = site.command();
        as_owner(&mut command);
        let mut child = command
            .args(["import", file.to_str().unwrap()])
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(chance.below(400)));
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
