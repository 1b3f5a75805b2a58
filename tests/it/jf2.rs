//! `__mode=jf2` and the static `ID.jf2.json`: the answers of webmention.io's API, for templates that read it.

use std::fs;

use serde_json::{Value, json};

use crate::support::http;
use crate::support::request::Request;
use crate::support::site::{BASE, Site};
use crate::support::{give_to_owner, write};
use crate::webmention::{receiver, target};

/// A line of an id's file: number, minute of receipt, the keys of its kind.
fn line(number: u64, minute: u32, more: &Value) -> String {
    let mut record = json!({
        "op": "ping", "id": number, "time": format!("2026-11-20T05:{minute:02}:00Z"),
        "url": format!("https://a{number}.example/post"), "title": format!("Title {number}"),
        "excerpt": format!("Words {number}"), "blog_name": format!("Name {number}"),
        "state": "published", "via": "webmention",
    });
    let keys = more.as_object().unwrap().clone();
    record.as_object_mut().unwrap().extend(keys);
    format!("{record}\n")
}

fn write_id(site: &Site, id: &str, lines: &str) {
    write(&site.data_dir().join(format!("{id}.jsonl")), lines);
}

/// One of each kind, in the minutes 1 to 8, and one that is held.
fn site() -> Site {
    let site = receiver("known");
    let author = json!({"name": "Ann", "url": "https://ann.example/", "photo": "https://ann.example/me.png"});
    let target = target();
    let kinds = ["reply", "like", "repost", "bookmark", "mention", "rsvp-yes"];
    let mut lines = String::new();
    for (kind, number) in kinds.iter().zip(1..) {
        let more = json!({"kind": kind, "target": target, "author": author, "date": "2026-11-19T22:00:00-07:00"});
        lines += &line(number, number as u32, &more);
    }
    lines += &line(7, 7, &json!({"via": "trackback"}));
    lines += &line(8, 8, &json!({"via": "pingback", "target": target}));
    lines += &line(9, 9, &json!({"state": "held"}));
    write_id(&site, "cats", &lines);
    site
}

fn feed(site: &Site, query: &str) -> Value {
    let reply = site
        .cgi(&Request::get(&format!("__mode=jf2{query}")))
        .expect(200);
    serde_json::from_str(reply.text()).unwrap()
}

/// The names of the pings of a feed, without what they have in common.
fn names(feed: &Value) -> Vec<String> {
    let children = feed["children"].as_array().unwrap();
    let name = |child: &Value| child["name"].as_str().unwrap().replace("Title ", "");
    children.iter().map(name).collect()
}

#[test]
fn a_mention_has_the_shape_that_webmention_io_gives_it() {
    let site = site();
    let feed = feed(&site, "&tb_id=cats");
    assert_eq!(
        (&feed["type"], &feed["name"]),
        (&json!("feed"), &json!("Webmentions"))
    );
    let children = feed["children"].as_array().unwrap();
    assert_eq!(names(&feed), ["8", "7", "6", "5", "4", "3", "2", "1"]);
    let reply = &children[7];
    let expected = json!({
        "type": "entry",
        "author": {"type": "card", "name": "Name 1", "photo": "https://ann.example/me.png", "url": "https://ann.example/"},
        "url": "https://a1.example/post", "published": "2026-11-19T22:00:00-07:00",
        "wm-received": "2026-11-20T05:01:00Z", "wm-id": reply["wm-id"],
        "wm-source": "https://a1.example/post", "wm-target": target(), "wm-protocol": "webmention",
        "name": "Title 1", "content": {"text": "Words 1", "html": "Words 1"},
        "in-reply-to": target(), "wm-property": "in-reply-to", "wm-private": false,
    });
    assert_eq!(*reply, expected);
    let relations = [
        (6, "like-of"),
        (5, "repost-of"),
        (4, "bookmark-of"),
        (3, "mention-of"),
        (0, "mention-of"),
    ];
    for (at, property) in relations {
        assert_eq!(children[at]["wm-property"], property);
        assert_eq!(children[at][property], target());
    }
    let rsvp = &children[2];
    assert_eq!(
        (&rsvp["wm-property"], &rsvp["rsvp"]),
        (&json!("rsvp"), &json!("yes"))
    );
    assert_eq!(rsvp["in-reply-to"], target());
    let trackback = &children[1];
    assert_eq!(trackback["wm-protocol"], "trackback");
    assert_eq!(trackback["published"], trackback["wm-received"]);
    assert_eq!(trackback["author"]["url"], "");
    let list = "http://127.0.0.1/cgi-bin/tb.cgi?__mode=list&tb_id=cats";
    assert_eq!(trackback["mention-of"], list, "no permalink is known");
    let entry = format!(
        "cats	{{\"url\":\"{}/\"}}
",
        target()
    );
    write(&site.data_dir().join(".entries"), &entry);
    let known = self::feed(&site, "&tb_id=cats");
    for child in known["children"].as_array().unwrap() {
        assert_eq!(
            child["wm-target"],
            format!("{}/", target()),
            "the permalink"
        );
    }
}

/// The `wm-id` of each ping of a feed.
fn numbers(feed: &Value) -> Vec<u64> {
    let children = feed["children"].as_array().unwrap().iter();
    children
        .map(|child| child["wm-id"].as_u64().unwrap())
        .collect()
}

#[test]
fn the_number_of_a_mention_is_the_same_in_every_feed_and_has_31_bits() {
    let mut site = site();
    let mut ids = vec!["cats".to_owned()];
    for number in 1..=40 {
        let id = format!("dogs{number}");
        write_id(&site, &id, &line(1, 10, &json!({})));
        ids.push(id);
    }
    let all = numbers(&feed(&site, "&per-page=1000"));
    assert_eq!(all.len(), 48);
    let largest = i32::MAX as u64;
    assert!(all.iter().all(|number| *number <= largest), "{all:?}");
    let mut different = all.clone();
    different.sort_unstable();
    different.dedup();
    assert_eq!(different.len(), all.len());
    site.set("static", "[\"jf2\"]");
    site.tb(&["rebuild"]);
    assert_eq!(numbers(&feed(&site, "&per-page=1000")), all);
    let exported: Value = serde_json::from_str(&site.tb(&["export", "--format", "jf2"])).unwrap();
    let mut exported = numbers(&exported);
    exported.sort_unstable();
    assert_eq!(exported, different);
    for id in ids {
        let of_id = numbers(&feed(&site, &format!("&tb_id={id}")));
        assert!(of_id.iter().all(|number| all.contains(number)), "{id}");
        let file = site.rss_dir().join(format!("{id}.jf2.json"));
        let text = fs::read_to_string(file).unwrap();
        assert_eq!(numbers(&serde_json::from_str(&text).unwrap()), of_id);
    }
}

#[test]
fn since_id_gives_what_comes_after_that_mention_in_the_order_of_receipt() {
    let site = site();
    // In one second.
    for id in ["ants", "dogs"] {
        let title = |number| json!({"title": format!("Title {id}{number}")});
        write_id(
            &site,
            id,
            &(line(1, 20, &title(1)) + &line(2, 20, &title(2))),
        );
    }
    let all = feed(&site, "");
    let order = [
        "dogs2", "dogs1", "ants2", "ants1", "8", "7", "6", "5", "4", "3", "2", "1",
    ];
    assert_eq!(names(&all), order);
    for (at, number) in numbers(&all).into_iter().enumerate() {
        let after = |more: &str| names(&feed(&site, &format!("&since_id={number}{more}")));
        assert_eq!(after(""), order[..at]);
        let mut up = after("&sort-dir=up");
        up.reverse();
        assert_eq!(up, order[..at]);
    }
    let of_dogs = numbers(&feed(&site, "&tb_id=dogs"))[0];
    for unknown in [
        "0".to_owned(),
        "-1".to_owned(),
        "x".to_owned(),
        of_dogs.to_string(),
        // As it was before it had 31 bits.
        "1781069040551234".to_owned(),
        "99999999999999999999999".to_owned(),
    ] {
        let query = format!("&tb_id=ants&since_id={unknown}");
        assert_eq!(names(&feed(&site, &query)), ["ants2", "ants1"], "{unknown}");
    }
}

#[test]
fn the_parameters_of_webmention_io_select_sort_and_page() {
    let site = site();
    let of_dogs = json!({"target": format!("{}/", target().replace("cats", "dogs"))});
    write_id(&site, "dogs", &line(1, 30, &of_dogs));
    let page = |name: &str| {
        let target = target()
            .replace("cats", name)
            .replace("http://", "https://");
        form_urlencoded::byte_serialize(format!("{target}/?utm_source=x#top").as_bytes())
            .collect::<String>()
    };
    let (cats, dogs) = (page("cats"), page("dogs"));
    for (query, expected) in [
        ("&tb_id=cats&wm-property=like-of".to_owned(), "2"),
        (
            "&tb_id=cats&wm-property%5B%5D=rsvp&wm-property[]=repost-of".to_owned(),
            "6 3",
        ),
        ("&tb_id=cats&wm-property=x".to_owned(), ""),
        (format!("&target={dogs}"), "1"),
        (
            format!("&target%5B%5D={dogs}&target[]={cats}&per-page=3"),
            "1 8 7",
        ),
        ("&target=https://elsewhere.example/cats".to_owned(), ""),
        ("&target=javascript:1".to_owned(), ""),
        ("&per-page=2&token=x&domain=blog.example".to_owned(), "1 8"),
        ("&per-page=2&page=1".to_owned(), "7 6"),
        ("&perPage=2&page=4".to_owned(), "1"),
        ("&per-page=2&page=99999999999999999".to_owned(), ""),
        ("&per-page=0&page=-1".to_owned(), "1"),
        ("&tb_id=cats&sort-dir=up&per-page=3".to_owned(), "1 2 3"),
        ("&tb_id=cats&sort-by=rsvp&per-page=2".to_owned(), "6 8"),
        ("&tb_id=cats&sort-by=published&per-page=2".to_owned(), "8 7"),
        ("&tb_id=cats&since=2026-11-20T05:06:00Z".to_owned(), "8 7"),
        (
            "&tb_id=cats&since=2026-11-20T06:06:00+01:00".to_owned(),
            "8 7",
        ),
        ("&since=2026-11-21".to_owned(), ""),
        ("&tb_id=none".to_owned(), ""),
    ] {
        assert_eq!(names(&feed(&site, &query)).join(" "), expected, "{query}");
    }
}

#[test]
fn the_target_is_spelt_as_in_the_request_because_scripts_compare_it() {
    let site = site();
    for spelling in [
        format!("{}/", target()),
        target(),
        target().replace("http", "https"),
    ] {
        let feed = feed(&site, &format!("&target={spelling}"));
        let children = feed["children"].as_array().unwrap();
        assert_eq!(children.len(), 8);
        assert!(
            children.iter().all(|child| child["wm-target"] == spelling),
            "{feed}"
        );
    }
}

#[test]
fn what_is_published_or_changed_later_is_not_missed_by_those_who_ask_for_what_is_new() {
    let site = site();
    let all = feed(&site, "&tb_id=cats");
    let last = &all["children"][0];
    let since = |site: &Site| {
        let time = last["wm-received"].as_str().unwrap();
        let by_time = names(&feed(site, &format!("&tb_id=cats&since={time}")));
        let by_id = names(&feed(
            site,
            &format!("&tb_id=cats&since_id={}", last["wm-id"]),
        ));
        assert_eq!(by_time, by_id);
        by_time
    };
    assert!(since(&site).is_empty());
    let path = site.data_dir().join("cats.jsonl");
    let mut lines = fs::read_to_string(&path).unwrap();
    lines += &line(5, 5, &json!({"updated": "2026-11-20T05:20:00Z"}));
    lines += "{\"op\":\"state\",\"id\":9,\"time\":\"2026-11-20T05:30:00Z\",\"to\":\"published\"}\n";
    fs::write(&path, lines).unwrap();
    assert_eq!(since(&site), ["9", "5"]);
}

#[test]
fn s_ids_with_a_passphrase_of_their_own_are_in_no_feed_of_all_and_held_pings_in_none() {
    let mut site = site();
    write_id(&site, "secret", &line(1, 40, &json!({"title": "Title S"})));
    assert_eq!(names(&feed(&site, "&per-page=1")), ["S"]);
    site.tb(&["passphrase", "secret", "--set", "open-sesame"]);
    for query in [
        "",
        "&per-page=1000",
        "&sort-by=updated",
        "&target=http://blog.example/secret",
    ] {
        let feed = feed(&site, query).to_string();
        assert!(
            !feed.contains("Title S") && !feed.contains("open-sesame"),
            "{query}: {feed}"
        );
        assert!(!feed.contains("Title 9"), "{query}: {feed}");
    }
    let entries = site.data_dir().join(".entries");
    fs::write(&entries, "secret\tdamaged\n").unwrap();
    assert!(!feed(&site, "").to_string().contains("Title S"));
    fs::remove_file(&entries).unwrap();
    site.set("passphrase", "\"for-all\"");
    assert_eq!(
        names(&feed(&site, "&per-page=1")),
        ["S"],
        "only pinging is private"
    );
}

#[test]
fn s_hostile_texts_stay_text_and_hostile_urls_are_left_out() {
    let site = receiver("known");
    let text = "</script><img src=x onerror=alert(1)>\u{2028}\u{1b}";
    let bad = "javascript:alert(1)";
    let mut lines = line(
        1,
        1,
        &json!({
            "title": format!("T {text}"), "excerpt": text, "blog_name": text, "kind": "<b>", "via": "webmention",
            "author": {"name": text, "url": bad, "photo": "data:image/png,x"}, "link": "https://bank.example/",
            "date": "2026-11-20T05:00:00Z[Europe/Berlin]", "target": bad,
        }),
    );
    lines += &line(
        2,
        2,
        &json!({"url": bad, "blog_name": "", "author": 7, "link": {}, "date": [], "target": 1}),
    );
    write_id(&site, "cats", &lines);
    let reply = site.cgi(&Request::get("__mode=jf2&tb_id=cats")).expect(200);
    let body = reply.text();
    assert!(!body.contains(['<', '>', '\u{2028}', '\u{1b}']), "{body}");
    assert!(
        !body.contains("javascript:") && !body.contains("data:image"),
        "{body}"
    );
    let feed: Value = serde_json::from_str(body).unwrap();
    let mention = &feed["children"][1];
    assert_eq!(mention["content"]["text"], text);
    let html = mention["content"]["html"].as_str().unwrap();
    assert!(html.starts_with("&lt;/script&gt;&lt;img"), "{html}");
    assert_eq!(mention["wm-property"], "mention-of");
    assert_eq!(
        mention["url"], "https://a1.example/post",
        "another site's permalink is a claim"
    );
    assert_eq!(mention["published"], "2026-11-20T05:01:00Z");
    assert_eq!(mention["author"]["photo"], "");
    assert_eq!(feed["children"][0]["wm-source"], "");
}

#[test]
fn a_proxy_speaks_for_the_pages_that_it_brings() {
    let site = receiver("known");
    let post = json!({"url": "https://brid.gy/like/1", "link": "https://social.example/@ann/1", "kind": "like"});
    let own = json!({"url": "https://www.a.example/x", "link": "https://a.example/y"});
    write_id(&site, "cats", &(line(1, 1, &post) + &line(2, 2, &own)));
    let feed = feed(&site, "&tb_id=cats");
    assert_eq!(feed["children"][1]["url"], "https://social.example/@ann/1");
    assert_eq!(feed["children"][1]["wm-source"], "https://brid.gy/like/1");
    assert_eq!(feed["children"][0]["url"], "https://a.example/y");
}

#[test]
fn reactions_are_left_out_where_their_names_are_not_shown() {
    for value in ["count", "off"] {
        let mut site = site();
        site.set("reactions", &format!("\"{value}\""));
        site.set("static", "[\"jf2\"]");
        site.tb(&["rebuild"]);
        for query in ["&tb_id=cats", "", "&tb_id=cats&per-page=4"] {
            assert_eq!(
                names(&feed(&site, query)),
                ["8", "7", "5", "1"],
                "{value} {query}"
            );
        }
        let text = fs::read_to_string(site.rss_dir().join("cats.jf2.json")).unwrap();
        assert_eq!(
            names(&serde_json::from_str(&text).unwrap()),
            ["8", "7", "5", "1"]
        );
    }
}

#[test]
fn every_origin_may_read_it_and_a_current_copy_is_not_sent_again() {
    let mut site = site();
    let serving = site.serve();
    for send in [
        &|request: &Request| site.cgi(request) as http::Reply,
        &|request: &Request| http::send(serving.port, BASE, request),
    ] as [&dyn Fn(&Request) -> http::Reply; 2]
    {
        let get = Request::get("__mode=jf2&tb_id=cats");
        let reply = send(&get).expect(200);
        assert_eq!(
            reply.header("Content-Type"),
            Some("application/json; charset=utf-8")
        );
        assert_eq!(reply.header("Access-Control-Allow-Origin"), Some("*"));
        let tag = reply.header("ETag").unwrap().to_owned();
        let again = send(&get.header("If-None-Match", &tag));
        assert_eq!((again.status, again.text()), (304, ""));
    }
    assert_eq!(
        site.cgi(&Request::post(&[]).query("__mode=jf2")).status,
        405
    );
}

#[test]
fn a_refusal_is_json_that_every_origin_may_read() {
    let site = site();
    for (query, status, error) in [
        ("&tb_id=..", 400, "bad_tb_id"),
        ("&tb_id=%FF", 400, "bad_tb_id"),
        ("&tb_id=a&tb_id=b/../c", 200, ""),
    ] {
        let reply = site
            .cgi(&Request::get(&format!("__mode=jf2{query}")))
            .expect(status);
        assert_eq!(
            reply.header("Access-Control-Allow-Origin"),
            Some("*"),
            "{query}: {reply}"
        );
        let answer: Value = serde_json::from_str(reply.text()).unwrap();
        assert_eq!(
            answer["error"].as_str().unwrap_or_default(),
            error,
            "{query}"
        );
    }
    let reply = site.cgi(&Request::post(&[("__mode", "jf2")])).expect(405);
    assert!(
        reply.text().contains(r#""error":"method_not_allowed""#),
        "{reply}"
    );
}

#[test]
fn of_very_many_ids_the_newest_are_found_whichever_file_changed_last() {
    let site = receiver("known");
    for number in 1..=300u64 {
        let minute = (number * 7 % 60) as u32;
        let title = json!({"title": format!("Title {minute:02}")});
        write_id(
            &site,
            &format!("entry{number}"),
            &line(number, minute, &title),
        );
    }
    let all = names(&feed(&site, "&per-page=1000"));
    assert_eq!(all.len(), 300);
    assert!(all.is_sorted_by(|one, other| one >= other));
    let mut paged = Vec::new();
    for page in 0..8 {
        paged.extend(names(&feed(&site, &format!("&per-page=40&page={page}"))));
    }
    assert_eq!(paged, all);
}

#[test]
fn the_static_file_is_written_if_it_is_asked_for_and_goes_with_its_id() {
    let mut site = site();
    let file = site.rss_dir().join("cats.jf2.json");
    site.tb(&["rebuild"]);
    assert!(!file.exists());
    site.set("static", "[\"rss\", \"jf2\"]");
    site.tb(&["rebuild"]);
    let text = fs::read_to_string(&file).unwrap();
    let written: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(written["children"], feed(&site, "&tb_id=cats")["children"]);
    write_id(&site, "birds", &line(1, 1, &json!({})));
    // A download of the service's own is not this program's.
    let theirs = site.rss_dir().join("dogs.jf2.json");
    write(
        &theirs,
        "{\"type\":\"feed\",\"name\":\"Webmentions\",\"children\":[]}",
    );
    give_to_owner(&site.rss_dir());
    fs::remove_file(site.data_dir().join("cats.jsonl")).unwrap();
    site.tb(&["prune"]);
    assert!(!file.exists() && theirs.exists());
}
