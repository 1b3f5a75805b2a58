//! Junk that is old goes, too long a queue is shortened, and a crash in the middle of either loses nothing else.

use std::fs;

use serde_json::{Value, json};

use crate::support::owner_session::{LONG_AGO, days_ago, forget_last_run, own, ping, put, states};
use crate::support::request::Request;
use crate::support::site::Site;
use crate::support::xml::assert_accepted;

fn state(number: u64, time: &str, to: &str) -> Value {
    json!({ "op": "state", "id": number, "time": time, "to": to, "why": "owner" })
}

#[test]
fn junk_goes_thirty_days_after_it_became_junk() {
    let site = Site::new();
    let (old, new) = (days_ago(31), days_ago(29));
    put(
        &site,
        "entry",
        &[
            ping(1, &old, "junk", "score"),
            ping(2, &new, "junk", "score"),
            ping(3, LONG_AGO, "published", "verified"),
            ping(4, LONG_AGO, "held", "unknown-domain"),
            ping(5, LONG_AGO, "published", "verified"),
            state(5, &new, "junk"),
            ping(6, LONG_AGO, "published", "verified"),
            state(6, &old, "junk"),
            ping(7, LONG_AGO, "junk", "score"),
            state(7, &old, "published"),
        ],
    );
    put(&site, "猫", &[ping(1, LONG_AGO, "junk", "score")]);
    let said = site.tb(&["rebuild"]);
    assert!(said.contains("junk deleted: 3;"), "{said}");
    let left: Vec<u64> = states(&site, "entry")
        .into_iter()
        .map(|(number, _)| number)
        .collect();
    assert_eq!(left, [2, 3, 4, 5, 7]);
    assert_eq!(states(&site, "猫"), []);
    assert!(own(&site, ".log").contains("\"event\":\"purged\""));
    // The page may ping again, with a number of its own.
    assert_accepted(&site.cgi(&Request::ping("%E7%8C%AB", "http://www.weblog1.example/1")));
    assert_eq!(states(&site, "猫")[0].0, 2);
    let feed = fs::read_to_string(site.rss_dir().join("entry.xml")).unwrap();
    assert!(
        feed.contains("Title 7") && !feed.contains("Title 6"),
        "{feed}"
    );
}

#[test]
fn it_is_looked_for_once_a_day_and_a_clock_that_was_wrong_stops_nothing() {
    let site = Site::new();
    let junk = |number| ping(number, LONG_AGO, "junk", "score");
    put(&site, "entry", &[junk(1)]);
    site.tb(&["rebuild"]);
    put(&site, "entry", &[junk(1), junk(2)]);
    site.tb(&["rebuild"]);
    assert_eq!(
        states(&site, "entry").len(),
        2,
        "it was looked for just now"
    );
    for last in ["2099-01-01T00:00:00Z", "", "garbage \u{0}"] {
        put(&site, "entry", &[junk(1), junk(2)]);
        crate::support::write(&site.data_dir().join(".purged"), last);
        site.tb(&["rebuild"]);
        assert_eq!(states(&site, "entry"), [], "{last}");
    }
}

#[test]
fn of_too_many_that_wait_the_oldest_become_junk_but_not_what_the_owner_holds() {
    let mut site = Site::new();
    site.set("limits", "[\"waiting 5\"]");
    let time = |day: u64| format!("2026-10-{day:02}T00:00:00Z");
    let held = |number, why| ping(number, &time(number), "held", why);
    put(
        &site,
        "a",
        &[
            held(1, "owner"),
            held(3, "unknown-domain"),
            held(5, "flood"),
            held(7, "flood"),
        ],
    );
    put(
        &site,
        "b",
        &[
            held(2, "unverified"),
            held(4, "score: 4 links"),
            held(6, "moderated"),
            held(8, "flood"),
        ],
    );
    let said = site.tb(&["rebuild", "--json"]);
    assert!(said.contains("{\"purged\":0,\"overflowed\":3}"), "{said}");
    let junk = |id| {
        let junk = states(&site, id)
            .into_iter()
            .filter(|(_, state)| state == "junk queue-overflow");
        junk.map(|(number, _)| number).collect::<Vec<_>>()
    };
    assert_eq!((junk("a"), junk("b")), (vec![3], vec![2, 4]));
    assert_eq!(states(&site, "a")[0], (1, "held owner".to_owned()));
    // What the owner holds is never taken, however much that is.
    site.set("limits", "[\"waiting 1\"]");
    forget_last_run(&site);
    site.tb(&["rebuild"]);
    assert_eq!(site.tb(&["queue"]).lines().count(), 1);
    assert_eq!(states(&site, "a")[0], (1, "held owner".to_owned()));
}

#[test]
fn an_id_that_cannot_be_read_keeps_no_other_from_being_purged() {
    let site = Site::new();
    put(&site, "entry", &[ping(1, LONG_AGO, "junk", "score")]);
    put(&site, "zoo", &[ping(1, LONG_AGO, "junk", "score")]);
    std::os::unix::fs::symlink("/etc/passwd", site.data_dir().join("planted.jsonl")).unwrap();
    // Its feed cannot be made, which the command tells.
    site.tb_fails(1, &["rebuild"]);
    assert_eq!(states(&site, "entry"), []);
    assert_eq!(states(&site, "zoo"), []);
    let log = own(&site, ".log");
    assert!(
        log.contains("planted.jsonl") && !log.contains("root:"),
        "{log}"
    );
}
