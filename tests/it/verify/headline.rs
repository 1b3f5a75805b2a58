//! A ping that comes again with another text: the page tells whether that is shown. Nobody else does, from wherever.

use std::fs;

use super::*;

/// The text of a ping, in UTF-8.
type Text = [&'static str; 3];

const FIRST: Text = ["A title", "See this", "My weblog"];
const SECOND: Text = ["Another headline", "Look at this one", "My weblog"];

/// A page that says a text and links to the site.
fn saying([title, excerpt, blog_name]: Text) -> Script {
    Script::html(&format!(
        "<title>{title} - {blog_name}</title><h1>{title}</h1><p>{excerpt}: <a href='{SITE}cats'>cats</a>.</p>\
         <section class=comments><p>Cheap pills, if you ask me</section>"
    ))
}

/// An installation that takes as many pings as come.
fn site(publish: &str) -> Site {
    let mut site = super::site(publish);
    site.set("throttle", "\"off\"");
    site
}

/// Pings `id` from a network of its own.
#[track_caller]
fn ping_from(site: &Site, id: &str, page: &str, text: Text, network: u8) {
    let fields = [
        ("title", text[0]),
        ("url", page),
        ("excerpt", text[1]),
        ("blog_name", text[2]),
    ];
    let request = Request::post(&fields).path(&format!("/{id}"));
    send_from(site, &format!("198.51.{network}.7"), &request);
}

fn text(site: &Site, id: &str, number: usize) -> [String; 3] {
    let shown = site.tb(&["show", id, &number.to_string(), "--json"]);
    let shown: Value = serde_json::from_str(&shown).unwrap();
    ["title", "excerpt", "blog_name"].map(|key| shown[key].as_str().unwrap().to_owned())
}

#[track_caller]
fn assert_text(site: &Site, id: &str, expected: Text) {
    assert_eq!(text(site, id, 1), expected, "{id}");
    let feed = fs::read_to_string(site.rss_dir().join(format!("{id}.xml"))).unwrap_or_default();
    let is_public = state(site, id, 1).starts_with("published");
    assert_eq!(feed.contains(expected[0]), is_public, "{feed}");
}

#[test]
fn f4_a_changed_headline_that_is_sent_again_is_shown_from_whichever_network_it_comes() {
    for (publish, known, becomes) in [
        ("known", true, "published verified"),
        ("verified", false, "published verified"),
        ("known", false, "held unknown-domain"),
        ("none", false, "held moderated"),
    ] {
        let repeats = [(1, SECOND), (2, SECOND), (2, ["Another headline", "", ""])];
        for (last, (network, again)) in (90..).zip(repeats) {
            let site = site(publish);
            let blog = peer(last, saying(FIRST));
            if known {
                site.tb(&["domains", "add", &format!("127.0.10.{last}")]);
            }
            let page = blog.url("/");
            ping_from(&site, "entry", &page, FIRST, 1);
            look(&site);
            assert_eq!(reason(&site, "entry", 1), becomes);
            assert_text(&site, "entry", FIRST);
            blog.play("/", saying(SECOND));
            ping_from(&site, "entry", &page, again, network);
            look(&site);
            assert_eq!(reason(&site, "entry", 1), becomes, "{publish}");
            let title = text(&site, "entry", 1)[0].clone();
            assert_eq!(title, SECOND[0], "{publish} {network} {again:?}");
            if again == SECOND {
                assert_text(&site, "entry", SECOND);
            }
            // It is still the one ping, and nothing waits any more.
            site.tb_fails(1, &["show", "entry", "2"]);
            let lines = fs::read_to_string(site.data_dir().join("entry.jsonl")).unwrap();
            let last = lines.lines().rfind(|line| line.contains("\"op\":\"ping\""));
            assert!(!last.unwrap().contains("offers"), "{lines}");
        }
    }
}

#[test]
fn f4_what_the_page_does_not_say_is_never_shown_and_takes_nothing_away() {
    for (publish, becomes) in [
        ("known", "published verified"),
        ("verified", "published verified"),
        ("known", "held unknown-domain"),
    ] {
        let site = site(publish);
        let blog = peer(100, saying(FIRST));
        if becomes == "published verified" {
            site.tb(&["domains", "add", "127.0.10.100"]);
        }
        let page = blog.url("/");
        ping_from(&site, "entry", &page, FIRST, 1);
        look(&site);
        for offered in [
            ["Cheap pills", "See this", "My weblog"],
            ["Cheap pills, if you ask me", "Buy", "Pills"],
            ["A title", "Buy cheap pills", "Pills, Inc."],
            ["\u{20ac}@$\u{a5}", "", ""],
            ["cats", "", ""],
            ["My weblog", "", ""],
        ] {
            for network in [1, 3] {
                ping_from(&site, "entry", &page, offered, network);
                look(&site);
                let now = text(&site, "entry", 1).join(" ");
                assert!(!now.contains("ills"), "{now}");
                assert_eq!(reason(&site, "entry", 1), becomes, "{offered:?}");
                if network == 3 {
                    assert_text(&site, "entry", FIRST);
                }
                // What the network itself may call it: a part of the page.
                ping_from(&site, "entry", &page, FIRST, network);
                look(&site);
            }
        }
    }
}

#[test]
fn f4_a_repeat_does_not_unpublish_whatever_the_page_has_become() {
    let site = site("verified");
    for (number, script) in [
        Script::html("<h1>Another headline</h1>"),
        Script::html(&format!(
            "<h1>Another headline</h1><a rel=nofollow href='{SITE}'>x</a>"
        )),
        Script::CutOff(Vec::new()),
        Script::status(404),
        Script::status(410),
        Script::status(500),
    ]
    .into_iter()
    .enumerate()
    {
        let blog = peer(110 + u8::try_from(number).unwrap(), saying(FIRST));
        let id = format!("entry{number}");
        ping_from(&site, &id, &blog.url("/"), FIRST, 1);
        look(&site);
        assert_eq!(state(&site, &id, 1), "published verified");
        blog.play("/", script);
        for network in [1, 2] {
            ping_from(&site, &id, &blog.url("/"), SECOND, network);
            look(&site);
            assert_eq!(state(&site, &id, 1), "published verified");
            assert_text(&site, &id, FIRST);
        }
    }
}

#[test]
fn f5_f7_an_honest_text_is_not_lost_to_one_that_came_before_or_comes_behind_it() {
    let spam = ["Cheap pills", "Buy cheap pills", "Pills"];
    let site = site("verified");
    for (number, order) in [
        &[spam, FIRST][..],
        &[FIRST, spam],
        &[spam, FIRST, spam],
        &[spam, spam, FIRST],
    ]
    .into_iter()
    .enumerate()
    {
        // Before the first look, and with a look between them.
        for way in 0..2 {
            let id = format!("entry{number}w{way}");
            let last = u8::try_from(number * 2 + way).unwrap();
            let blog = peer(120 + last, saying(FIRST));
            for (at, text) in (1u8..).zip(order) {
                ping_from(&site, &id, &blog.url("/"), *text, at);
                if way > 0 {
                    look(&site);
                }
            }
            look(&site);
            assert_eq!(
                state(&site, &id, 1),
                "published verified",
                "{order:?} {way}"
            );
            assert_text(&site, &id, FIRST);
        }
    }
}
