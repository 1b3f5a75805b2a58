//! The queue and the worker: nothing that waits is forgotten, nothing that was decided is undone.

use std::fs;
use std::process::Stdio;

use super::*;
use crate::support::process::wait_for;
use crate::support::write;

/// What the queue says about a ping of `entry`.
fn queued(site: &Site, number: u64) -> Option<Value> {
    let text = fs::read_to_string(site.data_dir().join(".queue")).unwrap_or_default();
    let mut lines = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.rfind(|line| line["number"] == number)
}

#[test]
fn a_page_that_comes_back_is_looked_at_when_its_time_has_come() {
    let site = site("known");
    let blog = peer(10, Script::status(503));
    ping(&site, "entry", &blog.url("/"));
    look(&site);
    assert_eq!(
        state(&site, "entry", 1),
        "held unreachable: HTTP error: 503"
    );
    let item = queued(&site, 1).unwrap();
    assert_eq!(item["tries"], 1);
    blog.play("/", linking());
    look(&site);
    assert_eq!(blog.requests().len(), 1, "it is not due");
    set_queued(
        &site,
        ("entry", 1),
        "\"tries\":1,\"next\":\"2026-01-01T00:00:00Z\"",
    );
    look(&site);
    assert_eq!(reason(&site, "entry", 1), "held unknown-domain");
    let item = queued(&site, 1);
    assert!(item.is_none_or(|item| item["next"].is_null()));
}

#[test]
fn a_page_that_never_comes_back_is_given_up() {
    let site = site("known");
    let blog = peer(11, Script::status(503));
    ping(&site, "entry", &blog.url("/"));
    look(&site);
    set_queued(
        &site,
        ("entry", 1),
        "\"tries\":4,\"next\":\"2026-01-01T00:00:00Z\"",
    );
    look(&site);
    assert_eq!(state(&site, "entry", 1), "held gave-up: HTTP error: 503");
}

#[test]
fn d8_a_page_that_is_not_found_each_time_is_junk_after_the_last_try() {
    // What it answers at the tries before the last, and at the last; what becomes of the ping.
    for (last, before, at_last, end) in [
        (40, 404, 404, "junk source-gone: HTTP error: 404"),
        (41, 503, 404, "junk source-gone: HTTP error: 404"),
        (42, 404, 503, "held gave-up: HTTP error: 503"),
        (43, 404, 410, "junk source-gone: HTTP error: 410"),
    ] {
        let site = site("known");
        let blog = peer(last, Script::status(before));
        ping(&site, "entry", &blog.url("/"));
        look(&site);
        for tries in 1..=4 {
            let waits = format!("held unreachable: HTTP error: {before}");
            assert_eq!(state(&site, "entry", 1), waits, "{last}: {tries}");
            assert_eq!(queued(&site, 1).unwrap()["tries"], tries);
            // Its time comes; what the queue says of it otherwise stays.
            set_queued(
                &site,
                ("entry", 1),
                &format!("\"tries\":{tries},\"next\":\"2026-01-01T00:00:00Z\""),
            );
            if tries == 4 {
                blog.play("/", Script::status(at_last));
            }
            look(&site);
        }
        assert_eq!(state(&site, "entry", 1), end);
        assert_eq!(blog.requests().len(), 5, "{last}");
        site.tb(&["verify", "--wait"]);
        assert_eq!(blog.requests().len(), 5, "{last}: it is done with");
    }
}

#[test]
fn d8_a_page_that_is_gone_for_good_is_junk_at_once() {
    let site = site("known");
    let blog = peer(44, Script::status(410));
    ping(&site, "entry", &blog.url("/"));
    look(&site);
    assert_eq!(
        state(&site, "entry", 1),
        "junk source-gone: HTTP error: 410"
    );
    assert_eq!(blog.requests().len(), 1);
    // When the page has come back, its next ping is verified by itself.
    blog.play("/", linking());
    ping(&site, "entry", &blog.url("/"));
    look(&site);
    assert_eq!(reason(&site, "entry", 1), "held unknown-domain");
}

#[test]
fn a_queue_that_is_torn_or_gone_is_made_anew() {
    for damage in [None, Some("{\"tb_id\":\"ent"), Some("\0\0\0\0\n"), Some("")] {
        let site = site("known");
        let blog = peer(12, Script::status(503));
        ping(&site, "entry", &blog.url("/"));
        look(&site);
        blog.play("/", linking());
        let path = site.data_dir().join(".queue");
        match damage {
            None => fs::remove_file(&path).unwrap(),
            Some(text) => write(&path, text),
        }
        site.tb(&["verify", "--queue"]);
        look(&site);
        assert_eq!(
            reason(&site, "entry", 1),
            "held unknown-domain",
            "{damage:?}"
        );
        for line in fs::read_to_string(&path).unwrap().lines() {
            serde_json::from_str::<Value>(line).unwrap();
        }
    }
}

#[test]
fn what_the_owner_decides_while_the_page_is_read_stands() {
    let site = site("verified");
    // Slower than the owner, and in time.
    let page = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<a href={SITE}>x</a>{}",
        ".".repeat(30)
    );
    let slow = Script::Drip {
        bytes: page.into_bytes(),
        interval: std::time::Duration::from_millis(15),
    };
    for (last, command, stays) in [(13, "junk", "junk owner"), (14, "hold", "held owner")] {
        let blog = peer(last, slow.clone());
        let id = command;
        ping(&site, id, &blog.url("/"));
        wait_for(|| (!blog.requests().is_empty()).then_some(())).expect("the worker");
        site.tb(&[command, id, "1"]);
        look(&site);
        assert_eq!(state(&site, id, 1), stays);
    }
}

#[test]
fn two_workers_look_at_each_page_once() {
    let site = site("known");
    let blogs: Vec<Blog> = (20..28).map(|last| peer(last, linking())).collect();
    for blog in &blogs {
        ping(&site, "entry", &blog.url("/"));
    }
    let workers: Vec<_> = (0..4)
        .map(|_| {
            let mut command = site.command();
            command.args(["verify", "--wait"]).stdout(Stdio::null());
            command.spawn().unwrap()
        })
        .collect();
    for mut worker in workers {
        assert!(worker.wait().unwrap().success());
    }
    for (number, blog) in blogs.iter().enumerate() {
        assert_eq!(reason(&site, "entry", number + 1), "held unknown-domain");
        // Once as this program, and once as a reader.
        assert_eq!(blog.requests().len(), 2, "{number}");
    }
}

#[test]
fn a_published_ping_goes_when_its_page_no_longer_links_here() {
    let site = site("verified");
    let (stays, loses, dead) = (
        peer(30, linking()),
        peer(31, linking()),
        peer(32, linking()),
    );
    for blog in [&stays, &loses, &dead] {
        ping(&site, "entry", &blog.url("/"));
    }
    look(&site);
    let feed = || fs::read_to_string(site.rss_dir().join("entry.xml")).unwrap();
    assert_eq!(feed().matches("<item>").count(), 3);
    loses.play("/", Script::html("other things"));
    dead.play("/", Script::status(500));
    site.tb(&["publish", "entry", "2"]);
    site.tb(&["verify", "--all"]);
    // A day of maintenance removes nothing.
    assert_eq!(state(&site, "entry", 2), "published owner");
    let past = "\"next\":\"2026-01-01T00:00:00Z\",\"since\":\"2026-01-01T00:00:00Z\"";
    set_queued(&site, ("entry", 2), &format!("\"gone\":2,{past}"));
    look(&site);
    assert_eq!(state(&site, "entry", 1), "published verified");
    assert_eq!(state(&site, "entry", 2), "junk link-gone");
    assert_eq!(state(&site, "entry", 3), "published verified");
    assert_eq!(feed().matches("<item>").count(), 2);
    assert!(!feed().contains(&loses.url("/")));
    // It comes back with its link.
    look(&site);
    loses.play("/", linking());
    look(&site);
    assert_eq!(state(&site, "entry", 2), "junk link-gone");
    site.tb(&["verify", "--all"]);
    assert_eq!(state(&site, "entry", 2), "published verified");
    assert_eq!(feed().matches("<item>").count(), 3);
}

#[test]
fn a_published_ping_goes_when_its_page_was_gone_three_times_over_a_week() {
    let site = site("verified");
    let blog = peer(33, linking());
    ping(&site, "entry", &blog.url("/"));
    look(&site);
    blog.play("/", Script::status(410));
    site.tb(&["verify", "--all"]);
    let item = queued(&site, 1).unwrap();
    assert_eq!(item["gone"], 1);
    for _ in 0..3 {
        site.tb(&["verify", "--all"]);
    }
    assert_eq!(
        state(&site, "entry", 1),
        "published verified",
        "a week has not passed"
    );
    let past = "\"next\":\"2026-01-01T00:00:00Z\",\"since\":\"2026-01-01T00:00:00Z\"";
    set_queued(&site, ("entry", 1), &format!("\"gone\":1,{past}"));
    look(&site);
    assert_eq!(state(&site, "entry", 1), "published verified", "only twice");
    set_queued(&site, ("entry", 1), &format!("\"gone\":2,{past}"));
    look(&site);
    assert_eq!(state(&site, "entry", 1), "junk source-gone");
}

#[test]
fn a_page_that_is_back_is_not_gone() {
    let site = site("verified");
    let blog = peer(34, linking());
    ping(&site, "entry", &blog.url("/"));
    look(&site);
    let past = "\"next\":\"2026-01-01T00:00:00Z\",\"since\":\"2026-01-01T00:00:00Z\"";
    set_queued(&site, ("entry", 1), &format!("\"gone\":2,{past}"));
    look(&site);
    assert_eq!(state(&site, "entry", 1), "published verified");
    let item = queued(&site, 1);
    assert!(item.is_none_or(|item| item["next"].is_null()));
}
