//! Feeds, counts and what stands on somebody's page: by the rules of RSS 2.0, of Atom (RFC 4287) and of JSON
//! Feed 1.1, under Apache and `tb serve`, and in a real browser.

use std::fs;

use serde_json::Value;

use crate::support::browser::Browser;
use crate::support::http::Reply;
use crate::support::live::{Host, Live, for_each_host};
use crate::support::request::Request;
use crate::support::server::Kind;
use crate::support::site::Site;
use crate::support::xml::{assert_accepted, assert_atom, assert_rss, assert_well_formed};
use crate::support::{give_to_owner, write};

for_each_host! {
    [
        apache: Host::Web(Kind::ApacheEvent),
        serve: Host::Serve,
    ]
    each_mode_gives_the_published_pings_by_its_rules
    a_feed_without_an_id_is_of_the_whole_site
    a_client_that_has_it_is_told_so
    counts_of_several_ids_are_one_small_answer
    static_files_are_written_in_each_form_that_is_named
}

/// What must stay text in every form.
const HOSTILE: &str = "</title>]]>--><script>alert(1)</script> \"'& \u{2028}猫";
/// The same as a field of a ping, whose markup would be removed.
const AS_MARKUP: &str = "&lt;/title>]]>--&gt;&lt;script>alert(1)&lt;/script> \"'&amp; \u{2028}猫";

/// A site with a hostile ping, an ordinary one, and one without any text, on the id `entry`.
fn site(host: Host) -> Live {
    let live = Live::start_with(host, |site| {
        site.set("static", "[\"rss\", \"atom\", \"json\", \"html\"]");
    });
    for (url, text) in [
        ("http://weblog.example/1", AS_MARKUP),
        ("http://weblog.example/2?a=1&b=2", "Plain words"),
        ("http://weblog.example/3", ""),
    ] {
        let ping = Request::post(&[
            ("tb_id", "entry"),
            ("url", url),
            ("title", text),
            ("excerpt", text),
            ("blog_name", text),
        ]);
        assert_accepted(&live.send(&ping));
    }
    live
}

fn json(reply: &Reply) -> Value {
    serde_json::from_str(reply.text()).unwrap_or_else(|fault| panic!("{fault}: {reply}"))
}

/// The rules of JSON Feed 1.1: what must be there, and of which type.
#[track_caller]
fn assert_json_feed(feed: &Value) {
    assert_eq!(feed["version"], "https://jsonfeed.org/version/1.1");
    assert!(feed["title"].is_string());
    for name in ["home_page_url", "feed_url"] {
        let url = feed[name].as_str().unwrap();
        assert!(url.starts_with("http://"), "{url}");
    }
    let mut ids = Vec::new();
    for item in feed["items"].as_array().unwrap() {
        ids.push(item["id"].as_str().unwrap());
        assert!(item["content_text"].is_string() || item["content_html"].is_string());
        let date = item["date_published"].as_str().unwrap();
        date.parse::<jiff::Timestamp>().unwrap();
        assert!(item["url"].as_str().unwrap().starts_with("http"));
        for author in item["authors"].as_array().unwrap_or(&Vec::new()) {
            assert!(author["name"].is_string());
        }
    }
    ids.sort_unstable();
    let count = ids.len();
    ids.dedup();
    assert_eq!(ids.len(), count, "each id once");
}

fn each_mode_gives_the_published_pings_by_its_rules(host: Host) {
    let live = site(host);
    let get = |mode: &str| {
        let reply = live.send(&Request::get(&format!("__mode={mode}&tb_id=entry")));
        reply.expect(200)
    };
    let rss = get("rss2");
    assert_rss(&rss.body);
    assert!(
        rss.header("Content-Type")
            .unwrap()
            .starts_with("application/rss+xml")
    );
    let atom = get("atom");
    assert_atom(&atom.body);
    assert!(
        atom.header("Content-Type")
            .unwrap()
            .starts_with("application/atom+xml")
    );
    let feed = get("json");
    assert!(
        feed.header("Content-Type")
            .unwrap()
            .starts_with("application/feed+json")
    );
    assert_eq!(feed.header("Access-Control-Allow-Origin"), Some("*"));
    let feed = json(&feed);
    assert_json_feed(&feed);
    // Newest first; line separators are white space, so they are folded before they are kept.
    let titles: Vec<&str> = feed["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["title"].as_str().unwrap())
        .collect();
    let hostile = HOSTILE.replace(" \u{2028}", " ");
    assert_eq!(titles, ["http://weblog.example/3", "Plain words", &hostile]);
    let html = get("html");
    assert!(
        html.header("Content-Type")
            .unwrap()
            .starts_with("text/html")
    );
    let text = html.text();
    assert!(!text.contains("<script"), "{text}");
    assert!(
        text.contains("rel=\"nofollow ugc noopener\">Plain words</a>"),
        "{text}"
    );
    assert!(!text.contains("<html"), "a fragment: {text}");
    assert_well_formed(format!("<div>{text}</div>").as_bytes());
    // `n=` asks for fewer, and nonsense for no more than there are.
    let few = json(
        &live
            .send(&Request::get("__mode=json&tb_id=entry&n=1"))
            .expect(200),
    );
    assert_eq!(few["items"].as_array().unwrap().len(), 1);
    live.send(&Request::get("__mode=json&tb_id=entry&n=-1"))
        .expect(200);
    // An id that has never had a ping has an empty feed, and no file is made for it.
    let before = live.site.snapshot();
    let none = live
        .send(&Request::get("__mode=atom&tb_id=nothing"))
        .expect(200);
    assert_atom(&none.body);
    assert_rss(
        &live
            .send(&Request::get("__mode=rss2&tb_id=nothing"))
            .expect(200)
            .body,
    );
    assert_eq!(live.site.snapshot(), before);
}

fn a_feed_without_an_id_is_of_the_whole_site(host: Host) {
    let live = site(host);
    assert_accepted(&live.send(&Request::ping("other", "http://weblog.example/9")));
    let feed = json(&live.send(&Request::get("__mode=json")).expect(200));
    assert_json_feed(&feed);
    let items = feed["items"].as_array().unwrap();
    assert_eq!(items.len(), 4);
    assert!(
        items[0]["id"].as_str().unwrap().contains("tb_id=other"),
        "{feed}"
    );
    assert_atom(&live.send(&Request::get("__mode=atom")).expect(200).body);
    assert_rss(&live.send(&Request::get("__mode=rss2")).expect(200).body);
    // What is not published is in none of them.
    let mut owner = live.site.command();
    owner.args(["junk", "other", "1"]);
    assert!(owner.status().unwrap().success());
    for mode in ["json", "atom", "rss2", "html"] {
        let all = live
            .send(&Request::get(&format!("__mode={mode}")))
            .expect(200);
        assert!(!all.text().contains("weblog.example/9"), "{all}");
    }
}

fn a_client_that_has_it_is_told_so(host: Host) {
    let live = site(host);
    for query in [
        "__mode=json&tb_id=entry",
        "__mode=atom",
        "__mode=count&tb_id=entry",
        "__mode=js",
    ] {
        let whole = live.send(&Request::get(query)).expect(200);
        let tag = whole.header("ETag").expect("an ETag").to_owned();
        for known in [tag.clone(), format!("\"x\", W/{tag}"), "*".to_owned()] {
            let reply = live.send(&Request::get(query).header("If-None-Match", &known));
            assert_eq!(
                (reply.status, reply.body.len()),
                (304, 0),
                "{query} {known}: {reply}"
            );
            assert_eq!(reply.header("ETag"), Some(tag.as_str()));
        }
        for known in ["\"x\"", "x", "", "\"", tag.trim_matches('"')] {
            let reply = live.send(&Request::get(query).header("If-None-Match", known));
            assert_eq!(reply.status, 200, "{query} {known}");
            assert_eq!(reply.body, whole.body);
        }
    }
    let tag = live.send(&Request::get("__mode=json&tb_id=entry"));
    let tag = tag.header("ETag").unwrap().to_owned();
    assert_accepted(&live.send(&Request::ping("entry", "http://weblog.example/10")));
    let again = Request::get("__mode=json&tb_id=entry").header("If-None-Match", &tag);
    live.send(&again).expect(200);
}

fn counts_of_several_ids_are_one_small_answer(host: Host) {
    let live = site(host);
    assert_accepted(&live.send(&Request::ping("猫の話", "http://weblog.example/9")));
    let query =
        "__mode=count&tb_id=entry&tb_id=none&tb_id=%E7%8C%AB%E3%81%AE%E8%A9%B1&tb_id=..%2F..%2Fx";
    let before = live.site.snapshot();
    let reply = live.send(&Request::get(query)).expect(200);
    assert_eq!(live.site.snapshot(), before);
    let counts = json(&reply);
    assert_eq!(
        counts,
        serde_json::json!({"entry": 3, "none": 0, "猫の話": 1, "../../x": 0})
    );
    assert_eq!(reply.header("Access-Control-Allow-Origin"), Some("*"));
    let none = live.send(&Request::get("__mode=count")).expect(200);
    assert_eq!(json(&none), serde_json::json!({}));
}

fn static_files_are_written_in_each_form_that_is_named(host: Host) {
    let live = site(host);
    let file = |name: &str| fs::read(live.site.rss_dir().join(name)).unwrap();
    assert_rss(&file("entry.xml"));
    assert_atom(&file("entry.atom"));
    let feed: Value = serde_json::from_slice(&file("entry.json")).unwrap();
    assert_json_feed(&feed);
    assert_eq!(feed["items"].as_array().unwrap().len(), 3);
    assert!(
        String::from_utf8(file("entry.html"))
            .unwrap()
            .starts_with("<ol")
    );
    for name in ["entry.xml", "entry.atom", "entry.json", "entry.html"] {
        let served = live.page(&format!("/tb/{name}")).expect(200);
        assert_eq!(served.body, file(name), "{name}");
    }
    assert!(live.site.tb(&["rebuild"]).contains("1 up to date"));
    fs::remove_file(live.site.rss_dir().join("entry.json")).unwrap();
    assert!(live.site.tb(&["rebuild"]).contains("rewritten: entry.json"));
}

#[test]
fn only_rss_is_written_where_nothing_is_said() {
    let site = Site::new();
    assert_accepted(&site.cgi(&Request::ping("entry", "http://weblog.example/1")));
    let names: Vec<_> = fs::read_dir(site.rss_dir())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(names, ["entry.xml"]);
}

/// A feed of the newest 15 costs the same however many pings there are; `tests` only see that it is right.
#[test]
fn a_feed_of_an_id_with_very_many_pings_is_the_newest() {
    let site = Site::new();
    let lines: String = (1..=100_000)
        .map(|number| {
            format!(
                "{{\"op\":\"ping\",\"id\":{number},\"time\":\"2026-11-20T05:00:00Z\",\
                 \"url\":\"http://weblog.example/{number}\",\"title\":\"t\",\"state\":\"published\"}}\n"
            )
        })
        .collect();
    fs::write(site.data_dir().join("many.jsonl"), lines).unwrap();
    give_to_owner(&site.data_dir().join("many.jsonl"));
    assert_accepted(&site.cgi(&Request::ping("many", "http://weblog.example/last")));
    let feed = json(
        &site
            .cgi(&Request::get("__mode=json&tb_id=many"))
            .expect(200),
    );
    let items = feed["items"].as_array().unwrap();
    assert_eq!(items.len(), 15);
    assert_eq!(items[0]["url"], "http://weblog.example/last");
    let count = json(
        &site
            .cgi(&Request::get("__mode=count&tb_id=many"))
            .expect(200),
    );
    assert_eq!(count["many"], 100_001);
}

/// The line that `docs/static-site.md` gives for a page's policy: scripts and answers of this program only.
const POLICY: &str = "default-src 'none'; script-src ORIGIN; connect-src ORIGIN";

#[test]
fn the_script_shows_pings_as_text_under_a_strict_policy() {
    let live = site(Host::Web(Kind::ApacheEvent));
    let script = live.send(&Request::get("__mode=js")).expect(200);
    assert!(
        script
            .header("Content-Type")
            .unwrap()
            .starts_with("text/javascript")
    );
    assert!(script.body.len() <= 2_500, "{}", script.body.len());
    let origin = format!("http://127.0.0.1:{}", live.port);
    let base = format!("{origin}/cgi-bin/tb.cgi");
    let policy = POLICY.replace("ORIGIN", &origin) + "; img-src data:";
    let page = format!(
        "<!doctype html><meta charset=utf-8><title>An entry</title>\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\
         <link rel=icon href=\"data:,\">\
         <h1>An entry</h1><div data-trackbacks=\"entry\"><a href=\"{base}?__mode=list&amp;tb_id=entry\">TrackBacks</a></div>\
         <div data-trackbacks=\"none\" id=\"none\"><a href=\"{base}?__mode=list&amp;tb_id=none\">TrackBacks</a></div>\
         <script src=\"{base}?__mode=js\" defer></script>"
    );
    let file = live.site.www().join("page.html");
    write(&file, &page);
    let browser = Browser::acquire();
    browser.open(&format!("{origin}/page.html"));
    let shown = (0..100).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(50));
        browser.find_all("ol.trackbacks li").len() == 3
    });
    assert!(shown, "{}", browser.text());
    let text = browser.text();
    assert!(text.contains("<script>alert(1)</script>"), "{text}");
    assert!(text.contains("Plain words"), "{text}");
    let href = browser.script("return document.querySelectorAll('li a')[1].href");
    assert_eq!(href, "http://weblog.example/2?a=1&b=2");
    // The link is there with and without pings, as it is without the script.
    assert_eq!(browser.find_all("div > a").len(), 2);
    assert!(browser.find_all("#none ol").is_empty());
    browser.assert_quiet();
}

#[test]
fn a_server_side_include_puts_the_pings_into_a_page() {
    let live = site(Host::Web(Kind::ApacheEvent));
    let page = "<!doctype html><meta charset=utf-8><title>An entry</title><link rel=icon href=\"data:,\"><h1>An entry</h1>\
                <!--#include virtual=\"/cgi-bin/tb.cgi?__mode=html&tb_id=entry\" -->";
    write(&live.site.www().join("page.shtml"), page);
    let browser = Browser::acquire();
    browser.open(&format!("http://127.0.0.1:{}/page.shtml", live.port));
    assert_eq!(browser.find_all("h1 + ol.trackbacks > li").len(), 3);
    let text = browser.text();
    assert!(text.contains("<script>alert(1)</script>"), "{text}");
    browser.assert_quiet();
}
