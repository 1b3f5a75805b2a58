//! Each read and each look at a file answered wrongly, as a network file system may: "end of file" too early, one
//! byte only, an old length, an error. Whatever is answered, no acknowledged line is lost, and nothing is
//! acknowledged that does not stand.

use std::fs;

use crate::support::blog::{Blog, Script};
use crate::support::request::Request;
use crate::support::site::Site;
use crate::support::verification::{linking, peer, set_up};
use crate::support::{set_mode, write};

mod commands;
mod facts;
mod pages;
mod scene;
mod sending;
mod set_up;
mod table;
mod web;

use scene::Scene;

/// The id whose pings are changed.
const ID: &str = "entry";

/// How many pings make an id large.
const LARGE: usize = 600;

fn permalink(number: usize) -> String {
    format!("http://weblog.example/{number}")
}

/// A site with so many pings, and with lines in its other files.
fn site(pings: usize) -> Site {
    let site = Site::new();
    let line = |number: usize| {
        let url = permalink(number);
        format!(
            "{{\"op\":\"ping\",\"id\":{number},\"time\":\"2026-11-01T05:00:00Z\",\"url\":\"{url}\",\"title\":\"Title {number}\",\"excerpt\":\"An excerpt\",\"blog_name\":\"A weblog\",\"state\":\"published\",\"via\":\"trackback\",\"from\":\"127.0.0.0/24\"}}\n"
        )
    };
    if pings > 0 {
        put(
            &site,
            &format!("{ID}.jsonl"),
            &(1..=pings).map(line).collect::<String>(),
        );
    }
    put(
        &site,
        ".bans",
        "domain spam.example\naddress 192.0.2.0/24\n",
    );
    put(&site, ".domains", "friend.example\nother.example\n");
    site.tb(&["rebuild"]);
    site
}

fn put(site: &Site, name: &str, text: &str) {
    let path = site.data_dir().join(name);
    write(&path, text);
    set_mode(&path, 0o600);
}

/// Adds lines to the pings.
fn add(site: &Site, text: &str) {
    let path = site.data_dir().join(format!("{ID}.jsonl"));
    let old = fs::read_to_string(&path).unwrap();
    put(site, &format!("{ID}.jsonl"), &(old + text));
}

/// As many state lines as make the file due for compaction.
fn dead_lines(count: usize) -> String {
    let line = |turn: usize| {
        let to = if turn.is_multiple_of(2) {
            "held"
        } else {
            "published"
        };
        format!(
            "{{\"op\":\"state\",\"id\":1,\"time\":\"2026-11-01T06:00:00Z\",\"to\":\"{to}\",\"why\":\"owner\"}}\n"
        )
    };
    (0..count).map(line).collect()
}

#[test]
fn a0_whatever_is_read_the_first_pings_of_an_id_are_kept_or_refused() {
    Scene::ping(site(0), "http://weblog.example/new").sweep();
    Scene::ping(site(3), "http://weblog.example/new").sweep();
}

#[test]
fn a0_whatever_is_read_an_update_is_kept_or_refused() {
    Scene::ping(site(3), &permalink(1)).sweep();
}

#[test]
fn a0_whatever_is_read_a_ping_behind_a_torn_line_is_kept_or_refused() {
    let site = site(30);
    add(&site, "{\"op\":\"ping\",\"id\":31,\"url\":\"htt");
    Scene::ping(site, "http://weblog.example/new").sweep();
}

#[test]
fn a0_whatever_is_read_a_ping_of_a_large_id_is_kept_or_refused() {
    Scene::ping(indexed(), "http://weblog.example/new").sweep();
    // Here the index is made.
    Scene::ping(site(LARGE), "http://weblog.example/new").sweep();
}

#[test]
fn a0_whatever_is_read_a_change_of_a_large_id_is_made_or_refused() {
    for (word, number) in [("junk", "5"), ("delete", "300"), ("hold", "590")] {
        Scene::shell(indexed(), &[word, ID, number]).sweep_at_most(50);
    }
    import_into(indexed()).sweep_at_most(50);
}

/// A large id with its index.
fn indexed() -> Site {
    let large = site(LARGE);
    large.cgi(&Request::ping(ID, "http://weblog.example/first"));
    assert!(large.data_dir().join(format!(".{ID}.idx")).exists());
    large
}

#[test]
fn a0_whatever_is_read_a_change_in_the_shell_is_made_or_refused() {
    Scene::shell(site(3), &["junk", ID, "1"]).sweep();
    Scene::shell(site(3), &["delete", ID, "2"]).sweep();
    Scene::shell(site(3), &["hold", ID, "1"]).sweep();
    let held = site(3);
    add(
        &held,
        "{\"op\":\"state\",\"id\":2,\"time\":\"2026-11-01T06:00:00Z\",\"to\":\"held\",\"why\":\"unknown-domain\"}\n",
    );
    // What approving makes known is known; that it cannot be added is logged, and no failure of the decision.
    put(&held, ".domains", "weblog.example\n");
    Scene::shell(held, &["approve", ID, "2"]).sweep();
}

#[test]
fn a0_whatever_is_read_a_compaction_loses_no_ping() {
    let dead = site(10);
    add(&dead, &dead_lines(80));
    Scene::ping(dead, "http://weblog.example/new").sweep();
    let dead = site(3);
    add(&dead, &dead_lines(8));
    add(
        &dead,
        "{\"op\":\"state\",\"id\":2,\"time\":\"2020-01-01T06:00:00Z\",\"to\":\"junk\",\"why\":\"score\"}\n",
    );
    let mut prune = Scene::shell(dead, &["prune"]);
    // What it does not see it leaves.
    prune.done = |_| false;
    prune.sweep();
}

#[test]
fn a0_whatever_is_read_an_import_is_made_or_refused() {
    import_into(site(3)).sweep();
}

fn import_into(site: Site) -> Scene {
    let file = site.path("moved.jsonl");
    let line = |number: usize| {
        format!(
            "{{\"tb_id\":\"{ID}\",\"id\":{number},\"time\":\"2019-11-01T05:00:00Z\",\"url\":\"http://other.example/{number}\",\"title\":\"Moved\",\"excerpt\":\"\",\"blog_name\":\"\",\"state\":\"published\"}}\n"
        )
    };
    write(&file, &(1..=3).map(line).collect::<String>());
    let file = file.to_str().unwrap().to_owned();
    let mut import = Scene::shell(site, &["import", &file]);
    // A line that it cannot read is said to be skipped.
    import.done = |ended| {
        ended.code == Some(0) && !String::from_utf8_lossy(&ended.stdout).contains("skipped: ")
    };
    import
}

#[test]
fn a0_whatever_is_read_bans_and_domains_stay() {
    Scene::shell(site(1), &["ban", "more.example"]).sweep();
    Scene::shell(site(1), &["unban", "spam.example"]).sweep();
    Scene::shell(site(1), &["domains", "add", "third.example"]).sweep();
    Scene::shell(site(1), &["domains", "remove", "other.example"]).sweep();
}

#[test]
fn a0_whatever_is_read_the_ledger_keeps_what_was_sent() {
    let site = site(1);
    let ledger = site.data_dir().join("sent.jsonl");
    let table = site.path("sent.csv");
    let words = [
        "sent",
        "--ledger",
        ledger.to_str().unwrap(),
        "--import",
        table.to_str().unwrap(),
    ];
    write(
        &table,
        "entry,target\nhttps://me.example/1,https://one.example/\nhttps://me.example/2,https://two.example/\n",
    );
    site.tb(&words);
    let text = fs::read_to_string(&ledger).unwrap();
    // A line that another process tore.
    write(&ledger, &(text + "{\"op\":\"ad"));
    write(
        &table,
        "entry,target\nhttps://me.example/3,https://one.example/\n",
    );
    Scene::shell(site, &words).sweep();
}

#[test]
fn a0_whatever_is_read_a_rebuild_makes_whole_feeds_or_fails() {
    let site = site(3);
    put(
        &site,
        "other.jsonl",
        &fs::read_to_string(site.data_dir().join(format!("{ID}.jsonl"))).unwrap(),
    );
    site.tb(&["rebuild"]);
    // One feed is behind its pings, one is missing.
    add(
        &site,
        "{\"op\":\"state\",\"id\":2,\"time\":\"2026-11-01T06:00:00Z\",\"to\":\"held\",\"why\":\"owner\"}\n",
    );
    fs::remove_file(site.rss_dir().join("other.xml")).unwrap();
    let mut rebuild = Scene::shell(site, &["rebuild"]);
    rebuild.makes_feeds = true;
    // An empty folder has no feeds, and the count says so.
    rebuild.done = |ended| {
        ended.code == Some(0)
            && String::from_utf8_lossy(&ended.stdout).contains("feeds: 2 rewritten")
    };
    rebuild.sweep();
}

#[test]
fn a0_whatever_is_read_what_was_seen_of_a_page_is_recorded_or_not_said() {
    let mut site = Site::new();
    set_up(&mut site, "known");
    let (good, bad) = (peer(60, linking()), peer(61, Script::html("x")));
    let line = |number: u64, blog: &Blog| {
        format!(
            "{{\"op\":\"ping\",\"id\":{number},\"time\":\"2026-11-01T05:00:00Z\",\"url\":\"{}\",\"title\":\"t\",\"state\":\"held\",\"why\":\"unverified\"}}\n",
            blog.url("/")
        )
    };
    put(&site, "first.jsonl", &line(1, &good));
    put(&site, &format!("{ID}.jsonl"), &line(1, &bad));
    put(&site, ".bans", "domain spam.example\n");
    site.tb(&["rebuild"]);
    let mut verify = Scene::shell(site, &["verify"]);
    // It may not see that a page waits, or see less than two; what it prints stands.
    verify.done = |ended| {
        let text = String::from_utf8_lossy(&ended.stdout);
        text.contains("entry 1: junk") && text.contains("first 1: held")
    };
    verify.sweep();
}

#[test]
fn a0_with_an_old_length_or_half_the_content_nothing_is_cut() {
    Scene::ping(site(40), "http://weblog.example/new").sweep_old();
    let torn = site(40);
    add(&torn, "{\"op\":\"ping\",\"id\":41,\"url\":\"htt");
    Scene::ping(torn, "http://weblog.example/new").sweep_old();
    Scene::shell(site(40), &["junk", ID, "1"]).sweep_old();
    let dead = site(10);
    add(&dead, &dead_lines(80));
    Scene::ping(dead, "http://weblog.example/new").sweep_old();
    Scene::ping(indexed(), "http://weblog.example/new").sweep_old();
    let held = "{\"op\":\"state\",\"id\":2,\"time\":\"2026-11-01T06:00:00Z\",\"to\":\"held\",\"why\":\"unknown-domain\"}\n";
    for (word, number) in [("delete", "7"), ("hold", "40"), ("approve", "2")] {
        let site = site(40);
        add(&site, held);
        put(&site, ".domains", "weblog.example\n");
        Scene::shell(site, &[word, ID, number]).sweep_old();
    }
    import_into(site(40)).sweep_old();
}

#[test]
fn a0_with_an_old_length_of_another_file_nothing_of_it_is_lost() {
    for (name, words) in [
        (".bans", vec!["ban", "more.example"]),
        (".bans", vec!["unban", "spam.example"]),
        (".domains", vec!["domains", "add", "third.example"]),
        (".domains", vec!["domains", "remove", "other.example"]),
    ] {
        let site = site(1);
        let path = site.data_dir().join(name);
        Scene::shell(site, &words).sweep_old_lengths(&path);
    }
    for words in [
        vec!["add", "new", "--title", "New"],
        vec!["passphrase", "listed", "--set", "open-sesame-2"],
        vec!["entries", "forget", "first"],
    ] {
        let site = commands::with_entries();
        let path = site.data_dir().join(".entries");
        Scene::shell(site, &words).sweep_old_lengths(&path);
    }
    let site = site(1);
    put(&site, ".secret", &(facts::planted_secret() + "\n"));
    let path = site.data_dir().join(".secret");
    Scene::shell(site, &["queue", "--revoke"]).sweep_old_lengths(&path);
}
