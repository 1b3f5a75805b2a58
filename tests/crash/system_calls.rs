//! What a request costs: no file is opened twice, and a ping makes no more system calls than it needs.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};

use crate::support::give_to_owner;
use crate::support::request::Request;
use crate::support::site::Site;
use crate::support::strace::{Call, Invocation, calls};
use crate::support::xml::assert_accepted;

/// What may be opened more than once, how often, and why.
const MORE_THAN_ONCE: [(&str, usize, &str); 1] = [(
    "/dev/null",
    3,
    "the three standard streams of the program that looks at pages",
)];

/// What private pings need.
const PASSPHRASE: &str = "open-sesame-2002";

/// The most system calls of a ping that goes through all layers, those of memory and of the process itself not counted.
const PING: usize = 110;
/// The same of a list of 50 pings, and of a ping that is refused.
const LIST: usize = 45;
const REFUSED: usize = 33;

/// A site as `tb init` makes it, with something in each layer, and 50 pings of `full`.
fn site() -> Site {
    let mut site = Site::shipped();
    site.set("throttle", "\"on\"");
    site.set("limits", "[\"id 100\", \"domain 100\", \"prefix 100\"]");
    for number in 0..50 {
        let permalink = format!("http://weblog.example/{number}");
        assert_accepted(&site.cgi(&Request::ping("full", &permalink)));
    }
    site.set("publish", "\"verified\"");
    site.tb(&["ban", "casino.example"]);
    site.tb(&["domains", "add", "friend.example/"]);
    for id in ["full", "other", "a", "z"] {
        site.tb(&["add", id, "--title", "A title"]);
    }
    site
}

/// The calls of a request while somebody else looks at pages, so that no further program is started.
fn calls_of(site: &Site, request: &Request) -> Vec<Call> {
    let path = site.data_dir().join(".lock-verify");
    let lock = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .expect("the lock");
    give_to_owner(&path);
    fs2::FileExt::lock_exclusive(&lock).expect("nobody else holds it");
    started(site, request)
}

fn started(site: &Site, request: &Request) -> Vec<Call> {
    let run = Invocation {
        arguments: Vec::new(),
        environment: request.environment(),
        input: request.body.clone(),
    };
    calls(&site.executable(), &run)
}

/// The file that a call opens; `None` for another call, and where it was only found that it is not there yet.
fn opened(call: &Call) -> Option<&str> {
    let is_open = call.name == "open" || call.name == "openat";
    if !is_open || call.text.contains("= -1 ENOENT") {
        return None;
    }
    call.text.split('"').nth(1)
}

#[track_caller]
fn assert_opened_once(calls: &[Call], what: &str) {
    let mut times = BTreeMap::new();
    for name in calls.iter().filter_map(opened) {
        *times.entry(name).or_insert(0) += 1;
    }
    assert!(times.keys().any(|name| name.ends_with("tb.toml")), "{what}");
    for (name, times) in times {
        let most = MORE_THAN_ONCE.iter().find(|(other, ..)| *other == name);
        let most = most.map_or(1, |(_, most, _)| *most);
        assert!(times <= most, "{what}: {name} is opened {times} times");
    }
    // Nor is it looked for again and again.
    let missing: Vec<&str> = calls
        .iter()
        .filter(|call| call.name.starts_with("open") && call.text.contains("= -1 ENOENT"))
        .filter_map(|call| call.text.split('"').nth(1))
        .collect();
    let mut once = missing.clone();
    once.sort_unstable();
    once.dedup();
    assert_eq!(once.len(), missing.len(), "{what}: {missing:?}");
}

/// That what it does is read in pieces of a size that was known.
#[track_caller]
fn assert_read_whole(calls: &[Call], what: &str) {
    let pieces = |call: &&Call| {
        let size = call.text.rsplit_once(") ").map_or("", |(call, _)| call);
        call.name == "read" && size.ends_with(", 32") && !call.text.trim_end().ends_with("= 0")
    };
    let pieces: Vec<&Call> = calls.iter().filter(pieces).collect();
    assert!(pieces.is_empty(), "{what}: {pieces:?}");
}

#[test]
fn no_request_opens_a_file_twice() {
    let mut site = site();
    site.set("ids", "\"known\"");
    site.set("close_after", "\"10000 days\"");
    let permalink = "http://127.0.0.1:1/page";
    let first = Request::ping("other", permalink);
    let again = Request::ping("full", permalink);
    let mut below = Request::ping("full", "http://127.0.0.1:1/below");
    below.path = "/full/below".to_owned();
    let requests = [
        ("the first ping", first),
        ("a ping", again.clone()),
        ("the same ping", again),
        ("a ping below an id", below),
        (
            "a ping without a URL",
            Request::post(&[("title", "t")]).path("/full"),
        ),
        (
            "a ping that is banned",
            Request::ping("full", "http://casino.example/"),
        ),
        (
            "a ping to what is not known",
            Request::ping("unknown", permalink),
        ),
        ("a list", Request::get("__mode=list&tb_id=full")),
        ("the list of ids", Request::get("__mode=list")),
        ("the first page", Request::get("")),
        ("a feed", Request::get("__mode=rss2&tb_id=full")),
        ("the feed of all", Request::get("__mode=atom")),
        ("the old feed", Request::get("__mode=rss&tb_id=full")),
        ("what there is not", Request::get("__mode=nonsense")),
    ];
    for (what, request) in requests {
        let calls = calls_of(&site, &request);
        assert_opened_once(&calls, what);
        assert_read_whole(&calls, what);
    }
}

#[test]
fn nor_does_a_ping_with_a_passphrase_or_one_after_which_a_page_is_looked_at() {
    let site = site();
    site.tb(&["passphrase", "full", "--set", PASSPHRASE]);
    for (key, number) in [("wrong", 1), (PASSPHRASE, 2)] {
        let mut request = Request::ping("full", &format!("http://127.0.0.1:1/{number}"));
        request.path = format!("/full/{}", key);
        assert_opened_once(&calls_of(&site, &request), key);
    }
    let mut request = Request::ping("full", "http://127.0.0.1:1/3");
    request.path = format!("/full/{}", PASSPHRASE);
    let calls = started(&site, &request);
    assert_opened_once(&calls, "a ping after which a page is looked at");
    let log = fs::read_to_string(site.data_dir().join(".log")).expect("the log");
    assert!(
        log.contains("\"received\"") && log.contains("wrong-passphrase"),
        "{log}"
    );
}

#[test]
fn a_ping_a_list_and_a_refusal_make_few_calls() {
    let site = site();
    // What is made once is made.
    calls_of(&site, &Request::ping("full", "http://127.0.0.1:1/0"));
    for (what, request, most) in [
        (
            "a ping",
            Request::ping("full", "http://127.0.0.1:1/1"),
            PING,
        ),
        ("a list", Request::get("__mode=list&tb_id=full"), LIST),
        (
            "a refusal",
            Request::ping("full", "http://casino.example/1"),
            REFUSED,
        ),
    ] {
        let calls = calls_of(&site, &request);
        let names: Vec<&str> = calls.iter().map(|call| call.name.as_str()).collect();
        assert!(calls.len() <= most, "{what}: {}: {names:?}", calls.len());
    }
}
