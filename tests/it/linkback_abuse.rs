//! What strangers can do with webmentions and pingbacks, one test for each way; each holds for both protocols.

use tb::linkback::pingback::to_call;

use crate::support::blog::{Blog, Script};
use crate::support::flood::cgi_from;
use crate::support::http::Reply;
use crate::support::request::Request;
use crate::support::site::Site;
use crate::support::verification::{look, peer, reason, ten_minutes_later};
use crate::support::xml::assert_accepted;
use crate::webmention::{
    lines, linking, mention, page, receiver, shown, target, through_each_transport,
};

/// A protocol by which a page is said to link.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Via {
    Webmention,
    Pingback,
}

const BOTH: [Via; 2] = [Via::Webmention, Via::Pingback];

impl Via {
    fn request(self, source: &str, target: &str) -> Request {
        match self {
            Via::Webmention => mention(source, target),
            Via::Pingback => Request::post_bytes(to_call(source, target).as_bytes())
                .header("Content-Type", "text/xml")
                .query("__mode=pingback"),
        }
    }

    fn send(self, site: &Site, source: &str, target: &str) -> Reply {
        site.cgi(&self.request(source, target))
    }

    /// Whether it is taken, for the first time or again.
    fn is_taken(self, reply: &Reply) -> bool {
        match self {
            Via::Webmention => reply.status == 201,
            // 17 and 16 are what was found before; 48 that it is there.
            Via::Pingback => ["<params>", "<int>48<", "<int>17<", "<int>16<"]
                .iter()
                .any(|word| reply.text().contains(word)),
        }
    }

    #[track_caller]
    fn take(self, site: &Site, source: &str) {
        let reply = self.send(site, source, &target());
        assert!(self.is_taken(&reply), "{self:?}: {}", reply.text());
    }
}

/// The state of the only mention of a page with this text.
#[track_caller]
fn state_of(via: Via, publish: &str, last: u8, script: Script) -> String {
    let site = receiver(publish);
    let blog = peer(last, script);
    via.take(&site, &blog.url("/"));
    look(&site);
    reason(&site, "cats", 1)
}

#[test]
fn a_reflector_gets_no_more_than_two_requests_out_of_a_mention() {
    for via in BOTH {
        let site = receiver("verified");
        let victim = peer(110, Script::html("<p>I know nothing of it."));
        let source = peer(111, Script::redirect(302, &victim.url("/")));
        for _ in 0..3 {
            via.take(&site, &source.url("/"));
            via.take(&site, &victim.url("/"));
            look(&site);
        }
        let asked = (source.requests().len(), victim.requests().len());
        // By a redirect, and by its own name.
        assert!(asked.0 <= 2 && asked.1 <= 4, "{via:?}: {asked:?}");
        // Nor by other spellings of the target.
        for target in [
            "cats/",
            "cats.html",
            "./cats",
            "cats?utm_source=x",
            "cats#1",
        ] {
            let target = format!("http://127.0.9.9/{target}");
            via.send(&site, &victim.url("/"), &target);
        }
        look(&site);
        let after = victim.requests().len();
        assert!(after <= asked.1 + 2, "{via:?}: {after}");
    }
}

#[test]
fn over_the_days_requests_no_page_is_fetched_for_a_mention() {
    for via in BOTH {
        let mut site = receiver("verified");
        site.set("limits", "[\"dial 1\"]");
        let blogs: Vec<Blog> = (112..115).map(|last| peer(last, linking())).collect();
        for blog in &blogs {
            via.take(&site, &blog.url("/"));
        }
        site.command().args(["verify", "--wait"]).output().unwrap();
        let asked: usize = blogs.iter().map(|blog| blog.requests().len()).sum();
        assert!(asked <= 1, "{via:?}: {asked}");
    }
}

#[test]
fn a_page_inside_is_not_fetched_however_it_is_written_or_reached() {
    for via in BOTH {
        let mut site = receiver("verified");
        site.set("allow_private", "false");
        let victim = peer(116, linking());
        let port = victim.address().port();
        for source in [
            victim.url("/"),
            format!("http://2130708084:{port}/"),
            format!("http://[::ffff:127.0.10.116]:{port}/"),
            "http://169.254.169.254/latest/meta-data/".to_owned(),
            "http://[::1]/".to_owned(),
            "http://localhost/".to_owned(),
        ] {
            via.send(&site, &source, &target());
        }
        look(&site);
        assert!(victim.requests().is_empty(), "{via:?}");
        assert!(!lines(&site).contains("published"), "{via:?}");
    }
}

#[test]
fn an_author_that_a_page_claims_earns_no_trust_and_stands_beside_its_host() {
    let text = format!(
        "<div class=h-entry><a class='p-author h-card' href='https://friend.example/'>A friend</a>
        <a class=u-url href='https://friend.example/1'>#</a> <a href='{}'>this</a></div>",
        target()
    );
    for via in BOTH {
        let site = receiver("known");
        site.tb(&["domains", "add", "friend.example"]);
        let blog = peer(117, Script::html(&text));
        via.take(&site, &blog.url("/"));
        look(&site);
        assert_eq!(reason(&site, "cats", 1), "held unknown-domain", "{via:?}");
        site.tb(&["approve", "cats", "1"]);
        let known = site.tb(&["domains"]);
        assert_eq!(known, "127.0.10.117\nfriend.example/\n", "{via:?}");
        let list = site.cgi(&Request::get("__mode=list&tb_id=cats"));
        let list = list.text();
        assert!(
            list.contains("A friend") && list.contains("(127.0.10.117)"),
            "{list}"
        );
        assert!(!list.contains("https://friend.example"), "{list}");
    }
}

#[test]
fn text_that_is_swapped_after_an_approval_waits_again() {
    for via in BOTH {
        let site = receiver("known");
        let blog = peer(118, linking());
        via.take(&site, &blog.url("/"));
        look(&site);
        site.tb(&["approve", "cats", "1"]);
        site.tb(&["domains", "remove", "127.0.10.118"]);
        // The same text stays.
        for (text, expected) in [
            ("this", "published owner"),
            ("cheap pills", "held unknown-domain"),
        ] {
            ten_minutes_later(&site);
            blog.play("/", page(&format!("<a href='{}'>{text}</a>", target())));
            via.take(&site, &blog.url("/"));
            look(&site);
            assert_eq!(reason(&site, "cats", 1), expected, "{via:?}: {text}");
        }
        let list = site.cgi(&Request::get("__mode=list&tb_id=cats"));
        assert!(!list.text().contains("cheap"), "{}", list.text());
    }
}

#[test]
fn nobody_has_a_mention_removed_during_an_outage_of_its_page() {
    for via in BOTH {
        for (number, script) in [
            Script::status(500),
            Script::status(503),
            Script::status(403),
            Script::status(404),
            Script::Raw(b"nonsense".to_vec()),
            Script::CutOff(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n<p>Half a".to_vec()),
            Script::redirect(302, "/in-a-circle"),
        ]
        .into_iter()
        .enumerate()
        {
            let site = receiver("verified");
            let blog = peer(119, linking());
            blog.play("/in-a-circle", Script::redirect(302, "/in-a-circle"));
            via.take(&site, &blog.url("/"));
            look(&site);
            ten_minutes_later(&site);
            blog.play("/", script);
            via.take(&site, &blog.url("/"));
            look(&site);
            let state = reason(&site, "cats", 1);
            assert_eq!(state, "published verified-entry", "{via:?}: {number}");
        }
    }
}

#[test]
fn a_ping_in_a_pages_name_neither_silences_nor_overwrites_what_the_page_says() {
    for via in BOTH {
        for is_first in [true, false] {
            let site = receiver("verified");
            let blog = peer(120, linking());
            let ping = || {
                let fields = [
                    ("url", &*blog.url("/")),
                    ("title", "cheap pills"),
                    ("excerpt", "https://spam.example/ ".repeat(20).leak()),
                ];
                assert_accepted(&site.cgi(&Request::post(&fields).path("/cats")));
            };
            if is_first {
                ping();
                look(&site);
            }
            via.take(&site, &blog.url("/"));
            look(&site);
            if !is_first {
                ping();
                look(&site);
            }
            let shown = shown(&site, 1);
            let case = format!("{via:?} {is_first}: {shown}");
            assert_eq!(shown["state"], "published", "{case}");
            assert_eq!(shown["title"], "About cats", "{case}");
            assert_eq!(shown["blog_name"], "Ann", "{case}");
            assert!(!lines(&site).contains("\"id\":2"), "{case}");
        }
    }
}

#[test]
fn a_page_of_comments_that_links_to_10000_entries_fills_no_list() {
    let links: String = (0..10_000)
        .map(|number| format!("<a rel='ugc nofollow' href='http://127.0.9.9/e{number}'>x</a> "))
        .collect();
    for via in BOTH {
        let mut site = receiver("verified");
        site.set("throttle", "\"on\"");
        site.set("limits", "[\"prefix 1000\", \"prefix_ids 1000\"]");
        let taken = (0..30).filter(|number| {
            let target = format!("http://127.0.9.9/e{number}");
            via.is_taken(&via.send(&site, "http://a.example/all", &target))
        });
        assert_eq!(taken.count(), 10, "{via:?}");
    }
    let page = format!(
        "<h2>Comments</h2>{links}<a rel=ugc href='{}'>x</a>",
        target()
    );
    let state = state_of(Via::Webmention, "verified", 121, Script::html(&page));
    assert_eq!(state, "held unvouched-link");
}

#[test]
fn urls_that_run_something_are_neither_kept_nor_shown() {
    for bad in [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "java&#10;script:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "vbscript:x",
        "file:///etc/passwd",
    ] {
        for via in BOTH {
            let site = receiver("verified");
            let text = format!(
                "<div class=h-entry><a class='p-author h-card' href=\"{bad}\">Ann<img class=u-photo src=\"{bad}\"></a>
                <a class=u-url href=\"{bad}\">#</a><p class=e-content><a href='{}'>this</a></div>",
                target()
            );
            let blog = peer(122, Script::html(&text));
            via.take(&site, &blog.url("/"));
            look(&site);
            let list = site.cgi(&Request::get("__mode=list&tb_id=cats"));
            assert!(list.text().contains("Ann"), "{bad}: {}", list.text());
            for text in [list.text(), &lines(&site)] {
                let text = text.to_lowercase();
                for scheme in [
                    "javascript:",
                    "java\nscript:",
                    "data:text",
                    "vbscript:",
                    "file:/",
                ] {
                    assert!(!text.contains(scheme), "{via:?} {bad}: {text}");
                }
            }
        }
    }
}

#[test]
fn a_huge_or_deeply_nested_page_has_a_state_and_the_next_page_is_read() {
    let full = |head: &str, piece: &str| {
        let times = ((1 << 20) - head.len()) / piece.len();
        Script::html(&format!("{head}{}", piece.repeat(times)))
    };
    let named = format!("<a class=u-like-of href='{}'>x</a>", target()).repeat(10_000);
    for via in BOTH {
        for (number, script) in [
            full("", "<div class=h-entry>"),
            full("", "<div class='p-author h-card'><b>"),
            full(
                "<div class=h-entry>",
                "<p class='p-name e-content'><b class=u-url>",
            ),
            full(&format!("<div class=h-entry>{named}"), "x "),
            full("", "<table><tr><td><a href=x>"),
        ]
        .into_iter()
        .enumerate()
        {
            let site = receiver("verified");
            let (hostile, honest) = (peer(123, script), peer(124, linking()));
            via.take(&site, &hostile.url("/"));
            via.take(&site, &honest.url("/"));
            look(&site);
            let state = reason(&site, "cats", 1);
            assert_ne!(state, "held unverified", "{via:?}: {number}");
            assert_ne!(state, "held unreadable", "{via:?}: {number}");
            assert_eq!(reason(&site, "cats", 2), "published verified-entry");
            assert!(lines(&site).len() < 8_000, "{via:?}: {number}");
        }
    }
}

#[test]
fn a_link_that_a_page_shows_to_nobody_is_not_published() {
    let url = target();
    for inside in [
        format!("<p style='display:none'><a href='{url}'>x</a>"),
        format!("<p hidden><a href='{url}'>x</a>"),
        format!("<a class=u-in-reply-to href='{url}'></a>"),
    ] {
        for via in BOTH {
            let state = state_of(via, "verified", 125, page(&inside));
            assert_eq!(state, "held hidden-link", "{via:?}: {inside}");
        }
    }
}

#[test]
fn no_entity_of_a_call_is_expanded_and_no_document_type_is_fetched() {
    let victim = peer(126, Script::xml("<!ENTITY e 'http://127.0.10.200/1'>"));
    let source = "http://127.0.10.200/1";
    let call = to_call(source, &target());
    let with = |document_type: &str, value: &str| {
        let text = format!("{document_type}<methodCall>");
        call.replace("<methodCall>", &text).replace(source, value)
    };
    let dtd = victim.url("/x.dtd");
    let mut bomb = "<!ENTITY a0 'http://127.0.10.200/'>".to_owned();
    for level in 1..30 {
        let inner = format!("&a{};", level - 1).repeat(10);
        bomb.push_str(&format!("<!ENTITY a{level} '{inner}'>"));
    }
    through_each_transport("verified", |site, send| {
        for body in [
            with(&format!("<!DOCTYPE methodCall SYSTEM '{dtd}'>"), source),
            with(
                &format!("<!DOCTYPE methodCall PUBLIC '-//x//y' '{dtd}'>"),
                source,
            ),
            with(&format!("<!DOCTYPE m [<!ENTITY e SYSTEM '{dtd}'>]>"), "&e;"),
            with(
                &format!("<!DOCTYPE m [<!ENTITY % e SYSTEM '{dtd}'> %e;]>"),
                source,
            ),
            with(
                "<!DOCTYPE m [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>",
                "&e;",
            ),
            with(&format!("<!DOCTYPE m [{bomb}]>"), "&a29;"),
            with(
                &format!("<?xml-stylesheet href='{dtd}'?><!DOCTYPE m>"),
                source,
            ),
        ] {
            let request = Request::post_bytes(body.as_bytes()).header("Content-Type", "text/xml");
            let reply = send(&request);
            let is_fault = reply.text().contains("<int>0</int>");
            assert!(reply.status == 200 && is_fault, "{body}: {}", reply.text());
            assert!(!reply.text().contains("root:"), "{}", reply.text());
            // As a webmention it is no form.
            let reply = send(&request.query("__mode=webmention"));
            assert_eq!(reply.status, 415, "{}", reply.text());
        }
        look(site);
        assert_eq!(lines(site), "");
    });
    assert!(victim.requests().is_empty());
}

#[test]
fn f7_pings_from_one_network_do_not_use_up_the_requests_for_a_friends_page() {
    for via in BOTH {
        let mut site = receiver("known");
        site.set("throttle", "\"on\"");
        site.set(
            "limits",
            "[\"dial 60\", \"prefix 600\", \"domain 600\", \"id 600\", \"pair 600\"]",
        );
        let flood: Vec<Blog> = (220..232)
            .map(|last| peer(last, Script::html("x")))
            .collect();
        let friend = peer(118, linking());
        site.tb(&["domains", "add", "127.0.10.118"]);
        for page in ["/", "/?p=2", "/?p=3"] {
            for blog in &flood {
                via.send(&site, &blog.url(page), &target());
            }
        }
        let request = via.request(&friend.url("/"), &target());
        assert!(via.is_taken(&cgi_from(&site, "203.0.113.9", &request)));
        look(&site);
        assert!(!friend.requests().is_empty(), "{via:?}");
        let asked: usize = flood.iter().map(|blog| blog.requests().len()).sum();
        assert!(asked <= 25, "{via:?}: {asked}");
    }
}
