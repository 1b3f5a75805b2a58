//! Bans: who is refused, and what is junk.

use serde_json::{Value, json};

use crate::support::live::{Host, Live};
use crate::support::request::Request;
use crate::support::xml::{assert_accepted, assert_refused};

for_each_host_here! {
    [
        apache: ApacheEvent,
        serve: Serve,
    ]
    a_ping_from_a_banned_address_is_refused_until_the_ban_is_lifted
    a_ping_with_a_banned_word_is_junk_and_its_sender_is_not_told
}

pub(crate) const REFUSED: &str = "Pings from there are not accepted";

fn a_ping_from_a_banned_address_is_refused_until_the_ban_is_lifted(host: Host) {
    let live = Live::start_with(host, |_| {});
    let said = live.site.tb(&["ban", "127.0.0.0/8"]);
    assert_eq!(said, "address 127.0.0.0/8: banned\n");
    let before = live.site.snapshot();
    assert_refused(&live.send(&ping("T", "http://a.example/")), 200, REFUSED);
    assert_eq!(live.site.snapshot(), before);
    live.site.tb(&["unban", "127.0.0.0/8"]);
    assert_accepted(&live.send(&ping("T", "http://a.example/")));
}

fn a_ping_with_a_banned_word_is_junk_and_its_sender_is_not_told(host: Host) {
    let live = Live::start_with(host, |_| {});
    live.site.tb(&["ban", "--word", "Cheap pills"]);
    assert_accepted(&live.send(&ping("&#67;HEAP <b>pills</b>", "http://a.example/")));
    assert_accepted(&live.send(&ping("T", "http://a.example/cheap-pills")));
    assert_accepted(&live.send(&ping("Cheap pillsbury", "http://a.example/2")));
    let states: Vec<(String, Value)> = live
        .site
        .tb(&["list", "entry", "--json"])
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .map(|ping| (ping["state"].to_string(), ping["why"].clone()))
        .collect();
    let junk = ("\"junk\"".to_owned(), json!("banned-word: Cheap pills"));
    let free = ("\"published\"".to_owned(), Value::Null);
    assert_eq!(states, [free, junk.clone(), junk]);
}

pub(crate) fn ping(title: &str, url: &str) -> Request {
    Request::post(&[("title", title), ("url", url)]).path("/entry")
}
