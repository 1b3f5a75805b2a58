//! Pages and feeds under each host, judged by programs that are not ours: libxml2 by the schemas of RSS and Atom, and
//! Chromium.

use std::path::Path;

use crate::support::browser::Browser;
use crate::support::live::{Host, Live, for_each_host};
use crate::support::owner_session::{ping, put};
use crate::support::request::Request;
use crate::support::server::Kind;
use crate::support::site::Site;
use crate::support::xml::{assert_accepted, assert_rss, assert_well_formed};

for_each_host! {
    [
        apache_prefork_mod_cgi: Host::Web(Kind::ApachePrefork),
        apache_event_mod_cgid: Host::Web(Kind::ApacheEvent),
        lighttpd: Host::Web(Kind::Lighttpd),
        nginx_fcgiwrap: Host::Web(Kind::Nginx),
        caddy_fcgiwrap: Host::Web(Kind::Caddy),
        busybox_httpd: Host::Web(Kind::Busybox),
        python_http_server: Host::Web(Kind::Python),
        tb_serve: Host::Serve,
    ]
    the_static_feed_is_valid_rss
    the_list_is_readable_in_chromium
}

for_each_host! {
    [
        apache: Host::Web(Kind::ApacheEvent),
        serve: Host::Serve,
    ]
    s3_forbidden_characters_leave_the_feeds_well_formed
}

fn s3_forbidden_characters_leave_the_feeds_well_formed(host: Host) {
    let live = Live::start_with(host, |_| {});
    assert_accepted(&live.send(&Request::ping("kept", "http://weblog.example/kept")));
    let evil = "a%00b%EF%BF%BEc%EF%BF%BFd%1Be%0Bf%E2%80%AEg]]%3E%3C/title%3E%26amp;%22'%26";
    let body =
        format!("url=http://weblog.example/%22]]%3E&title={evil}&excerpt={evil}&blog_name={evil}");
    assert_accepted(&live.send(&Request::post_bytes(body.as_bytes()).path("/kept")));
    assert_rss(&std::fs::read(live.site.rss_dir().join("kept.xml")).unwrap());
    let mode = live.send(&Request::get("__mode=rss&tb_id=kept"));
    assert_well_formed(&mode.expect(200).body);
    let list = live.list("kept");
    assert!(list.contains("abcde fg]]"), "{list}");
}

fn the_static_feed_is_valid_rss(host: Host) {
    let live = Live::start(host);
    assert_accepted(&live.send(&Request::ping("entry", "http://weblog.example/?a=1&b=2")));
    let feed = live.page("/tb/entry.xml").expect(200).body;
    assert_rss(&feed);
    let feed = String::from_utf8(feed).unwrap();
    assert!(
        feed.contains("http://weblog.example/?a=1&amp;b=2"),
        "{feed}"
    );
    assert!(feed.contains(&format!("http://127.0.0.1:{}/tb/entry.xml", live.port)));
}

fn the_list_is_readable_in_chromium(host: Host) {
    let live = Live::start(host);
    assert_accepted(&live.send(&Request::ping("entry", "http://weblog.example/1")));
    let browser = Browser::acquire();
    browser.open(&format!("{}?__mode=list&tb_id=entry", live.site.base_url()));
    let link = browser.find(".ping .title a");
    assert_eq!(browser.text_of(&link), "A title");
    let text = browser.text();
    assert!(
        text.contains("An excerpt") && text.contains("Tracked:"),
        "{text}"
    );
    assert!(browser.title().contains("entry"), "{}", browser.title());
    browser.assert_quiet();
    // For a person to look at.
    let picture = format!("list-{host:?}.png").replace(['(', ')'], "-");
    browser.screenshot(&Path::new(env!("CARGO_TARGET_TMPDIR")).join(picture));
}

#[test]
fn the_private_feed_of_what_waits_is_valid_rss() {
    let site = Site::new();
    let time = "2026-11-01T05:00:00Z";
    put(
        &site,
        "entry",
        &[
            ping(1, time, "held", "unknown-domain"),
            ping(2, time, "held", "score: 4 links"),
        ],
    );
    let url = site.tb(&["queue", "--feed"]);
    let (_, query) = url.trim().split_once('?').expect("a query");
    let feed = site.cgi(&Request::get(query)).expect(200);
    assert_rss(&feed.body);
    assert_eq!(feed.text().matches("<item>").count(), 2, "{feed}");
}
