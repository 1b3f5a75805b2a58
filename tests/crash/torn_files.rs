//! A machine with too little of something: file size, disk, inodes, descriptors, or no folder any more.
//! What is refused is refused aloud and leaves no trace; what is acknowledged stands.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::Duration;

use crate::support::disk_state::assert_well_formed;
use crate::support::http::Reply;
use crate::support::image::listed;
use crate::support::mount::Mount;
use crate::support::process::as_owner;
use crate::support::program;
use crate::support::request::Request;
use crate::support::scenario::{Action, ID, Scenario};
use crate::support::site::Site;
use crate::support::strace::{Ended, Fate, calls, finish, run_with};
use crate::support::xml::response;

/// Runs the stage's action with `prlimit` before it.
fn limited(stage: &Scenario, limit: &str) -> Ended {
    let mut command = Command::new(program("prlimit"));
    command
        .arg(limit)
        .arg("--")
        .arg(stage.site.executable())
        .args(&stage.run.arguments)
        .env_clear()
        .envs(stage.run.environment.iter().cloned())
        .current_dir("/");
    as_owner(&mut command);
    finish(command, &stage.run.input)
}

/// Does the stage's action under a limit: done or refused, and what stands is whole; then without it.
fn under(stage: &Scenario, limit: &str) -> bool {
    stage.restore();
    let ended = limited(stage, limit);
    let what = format!("{:?} under {limit}", stage.action);
    let now = stage.judge(&what);
    let done = stage.is_done(&ended);
    assert!(!ended.stderr.contains("panicked"), "{what}: {ended:?}");
    if stage.is_web() {
        assert_eq!(ended.code, Some(0), "{what}: {ended:?}");
        assert!(stage.tells_only_owner(&ended), "{what}: {ended:?}");
        if stage.is_receiving() {
            let (error, _) = response(&Reply::from_cgi(&ended.stdout));
            assert_eq!(error, if done { "0" } else { "1" }, "{what}: {ended:?}");
        }
        let stands = if done { &stage.new } else { &stage.old };
        if stage.action != Action::Compact {
            assert_eq!(now.lines, stands.lines, "{what}: {ended:?}");
        }
        assert_eq!(now.torn, "", "{what}");
    }
    stage.recover(&what);
    done
}

/// Each limit of file size from nothing to more than enough: the write of the line is cut at every byte.
fn cut_at_every_byte(action: Action, pings_before: usize) {
    let stage = Scenario::new(action, pings_before);
    let file = stage.site.data_dir().join(format!("{ID}.jsonl"));
    let before = fs::metadata(&file).map_or(0, |file| file.len());
    stage.succeed();
    let after = fs::metadata(&file).expect("the pings").len();
    assert!(after > before);
    // Far below the file's size no limit differs from the next.
    let mut sizes = vec![0, 1, before / 2];
    sizes.extend(before.saturating_sub(1)..=after + 1);
    for size in sizes {
        let done = under(&stage, &format!("--fsize={size}"));
        // The log or a feed may be longer; neither keeps a ping from being kept.
        assert_eq!(done, size >= after, "{action:?} at {size} of {after}");
    }
}

#[test]
fn s10_a_ping_whose_line_is_torn_at_any_byte_is_refused_and_leaves_no_trace() {
    cut_at_every_byte(Action::Receive, 0);
    cut_at_every_byte(Action::Receive, 2);
}

#[test]
fn s10_a_delete_whose_line_is_torn_at_any_byte_is_refused_and_leaves_no_trace() {
    cut_at_every_byte(Action::Delete, 3);
}

#[test]
fn s10_a_feed_that_is_torn_at_any_size_is_not_published() {
    let stage = Scenario::new(Action::Receive, 2);
    for size in (0..4000).step_by(37) {
        under(&stage, &format!("--fsize={size}"));
    }
}

#[test]
fn s10_a_compaction_that_is_torn_at_any_size_loses_no_ping() {
    let stage = Scenario::new(Action::Compact, 10);
    for size in (0..14_000).step_by(251) {
        under(&stage, &format!("--fsize={size}"));
    }
}

#[test]
fn s10_with_few_descriptors_a_change_is_made_or_refused() {
    for action in [
        Action::Receive,
        Action::Delete,
        Action::JunkInShell,
        Action::Rebuild,
    ] {
        let stage = Scenario::new(action, 3);
        let done: Vec<bool> = (3..=12)
            .map(|most| under(&stage, &format!("--nofile={most}")))
            .collect();
        assert_eq!(done.last(), Some(&true), "{action:?}: {done:?}");
        assert!(
            done.is_sorted(),
            "{action:?}: more descriptors, less done: {done:?}"
        );
    }
}

#[test]
fn s10_a_small_disk_that_fills_up_keeps_what_it_acknowledged() {
    let site = Site::shipped();
    for options in ["size=64k,nr_inodes=16", "size=5m,nr_inodes=8"] {
        let _data = Mount::tmpfs(&site.data_dir(), options, 0o700);
        let _feeds = Mount::tmpfs(&site.rss_dir(), "size=16k,nr_inodes=4", 0o755);
        let mut kept = Vec::new();
        let mut refused = 0;
        for number in 0..60 {
            let id = format!("id{}", number % 7);
            let url = format!("http://weblog.example/{number}");
            let reply = site.cgi(&Request::ping(&id, &url));
            match response(&reply).0.as_str() {
                "0" => kept.push((id, url)),
                _ => refused += 1,
            }
        }
        assert!(refused > 0, "{options}: it never was full");
        if options.starts_with("size=5m") {
            assert!(!kept.is_empty(), "{options}: nothing was kept");
        }
        for (id, url) in &kept {
            let pings =
                fs::read_to_string(site.data_dir().join(format!("{id}.jsonl"))).expect("pings");
            assert!(
                pings.contains(&format!("\"{url}\"")) && pings.ends_with('\n'),
                "{options}: {url}: {pings}"
            );
        }
        for feed in listed(&site.rss_dir()) {
            if feed.extension().is_some_and(|extension| extension == "xml") {
                let text = fs::read_to_string(&feed).expect("a feed");
                assert_well_formed(&text, options);
            }
        }
    }
}

#[test]
fn s10_read_only_folders_refuse_changes_and_show_what_is_there() {
    let site = Site::shipped();
    let ping = |number: usize| Request::ping(ID, &format!("http://weblog.example/{number}"));
    assert_eq!(response(&site.cgi(&ping(1))).0, "0");
    let before = site.snapshot();
    {
        let _feeds = Mount::read_only(&site.rss_dir());
        // The feed is put off; the ping stands.
        assert_eq!(response(&site.cgi(&ping(2))).0, "0");
        let feed = fs::read_to_string(site.rss_dir().join("entry.xml")).expect("a feed");
        assert!(!feed.contains("/2</link>"), "{feed}");
    }
    assert_ne!(site.snapshot(), before);
    assert_eq!(response(&site.cgi(&ping(2))).0, "0");
    let feed = fs::read_to_string(site.rss_dir().join("entry.xml")).expect("a feed");
    assert!(
        feed.contains("/2</link>"),
        "a repeated ping mends the feed: {feed}"
    );
    let before = site.snapshot();
    {
        let _data = Mount::read_only(&site.data_dir());
        let reply = site.cgi(&ping(3));
        assert_eq!(
            (reply.status, response(&reply).0.as_str()),
            (503, "1"),
            "{reply}"
        );
        let list = site
            .cgi(&Request::get(&format!("__mode=list&tb_id={ID}")))
            .expect(200);
        assert!(list.text().contains("http://weblog.example/2"), "{list}");
    }
    assert_eq!(site.snapshot(), before);
    assert_eq!(response(&site.cgi(&ping(3))).0, "0");
}

#[test]
fn s10_a_folder_that_is_gone_is_said_and_is_not_made_anew() {
    let site = Site::shipped();
    let ping = Request::ping(ID, "http://weblog.example/1");
    assert_eq!(response(&site.cgi(&ping)).0, "0");
    fs::remove_dir_all(site.rss_dir()).expect("no feeds");
    let second = Request::ping(ID, "http://weblog.example/2");
    assert_eq!(response(&site.cgi(&second)).0, "0");
    assert!(!site.rss_dir().exists());
    fs::remove_dir_all(site.data_dir()).expect("no pings");
    let reply = site.cgi(&second);
    assert_eq!(
        (reply.status, response(&reply).0.as_str()),
        (503, "1"),
        "{reply}"
    );
    assert!(!site.data_dir().exists());
}

/// Removes a folder while the program waits at the named call, then looks at the answer.
fn removed_during(name: &str, gone: impl Fn(&Scenario) -> PathBuf) -> (Scenario, Ended) {
    let stage = Scenario::new(Action::Receive, 2);
    let executable = stage.site.executable();
    let calls = calls(&executable, &stage.run);
    let call = calls
        .iter()
        .find(|call| call.name == name)
        .expect("the call");
    stage.restore();
    let folder = gone(&stage);
    let ended = thread::scope(|scope| {
        let run = scope.spawn(|| run_with(&executable, &stage.run, call, Fate::Delay(600)));
        thread::sleep(Duration::from_millis(300));
        remove(&folder);
        run.join().expect("the program")
    });
    (stage, ended)
}

fn remove(folder: &Path) {
    fs::remove_dir_all(folder).expect("a removed folder");
}

#[test]
fn s10_a_folder_removed_during_a_ping_ends_in_a_whole_answer() {
    // Before the line is written; the file that is open has no name any more.
    let (stage, ended) = removed_during("flock", |stage| stage.site.data_dir());
    let reply = Reply::from_cgi(&ended.stdout);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(stage.tells_only_owner(&ended), "{ended:?}");
    assert_eq!(
        (reply.status, response(&reply).0.as_str()),
        (503, "1"),
        "{reply}"
    );
    assert!(!stage.site.data_dir().exists());

    let (stage, ended) = removed_during("fdatasync", |stage| stage.site.rss_dir());
    assert!(stage.is_done(&ended), "{ended:?}");
    assert_eq!(
        (ended.code, ended.stderr.as_str()),
        (Some(0), ""),
        "{ended:?}"
    );
    assert!(!stage.site.rss_dir().exists());
}
