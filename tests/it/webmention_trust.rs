//! Webmentions beside pings: what is taken for which, whose words are shown, and what nobody can do in another's name.

use serde_json::Value;

use crate::support::blog::{Blog, Script};
use crate::support::process::wait_for;
use crate::support::request::Request;
use crate::support::site::Site;
use crate::support::verification::{look, peer, reason, ten_minutes_later};
use crate::support::xml::assert_accepted;
use crate::webmention::{
    Transport, accepted, lines, linking, page, receiver, refused, shown, target,
    through_each_transport,
};

#[test]
fn a_webmention_needs_no_mode_and_a_ping_stays_a_ping() {
    through_each_transport("verified", |site, send| {
        let target = target();
        let bare = [
            ("source", "http://127.0.10.200/1"),
            ("target", target.as_str()),
        ];
        assert_eq!(send(&Request::post(&bare)).status, 201);
        // Both protocols' fields: what TrackBack has always taken.
        let both = [
            bare[0],
            bare[1],
            ("url", "http://127.0.10.200/2"),
            ("tb_id", "dogs"),
        ];
        assert_accepted(&send(&Request::post(&both)));
        assert_accepted(&send(
            &Request::post(&[bare[0], bare[1], both[2]]).path("/dogs"),
        ));
        assert!(site.data_dir().join("dogs.jsonl").exists());
        assert!(!lines(site).contains("\"id\":2"));
    });
}

#[test]
fn bad_bodies_are_refused() {
    through_each_transport("verified", |site, send| {
        let json = Request::post_bytes(br#"{"source":"http://a.example/1"}"#)
            .without("Content-Type")
            .header("Content-Type", "application/json")
            .query("__mode=webmention");
        refused(&send(&json), 415, "wrong_content_type");
        let long = "x".repeat(66_000);
        let long = Request::post(&[("source", &long), ("target", "x")]).query("__mode=webmention");
        refused(&send(&long), 413, "body_too_large");
        assert_eq!(lines(site), "");
        for body in [
            &b""[..],
            b"source&target",
            b"source=&target=",
            b"source=%FF%FE&target=%FF",
            b"source=http%3A%2F%2Fa.example%2F%00&target=%00",
            b"source[]=http%3A%2F%2Fa.example%2F1&target[]=http%3A%2F%2F127.0.9.9%2Fcats",
        ] {
            let reply = send(&Request::post_bytes(body).query("__mode=webmention"));
            assert_eq!(reply.status, 400, "{}", reply.text());
        }
        // A GET stores nothing.
        let target = target();
        let fields = format!("source=http%3A%2F%2F127.0.10.200%2F1&target={target}");
        send(&Request::get(&format!("__mode=webmention&{fields}")));
        send(&Request::get(&fields));
        assert_eq!(lines(site), "");
        // Of a repeated field the first counts; unknown ones are ignored.
        let fields = [
            ("source", "http://127.0.10.200/1"),
            ("target", target.as_str()),
            ("target", "http://other.example/"),
            ("vouch", "http://v.example/"),
        ];
        assert_eq!(
            send(&Request::post(&fields).query("__mode=webmention")).status,
            201
        );
    });
}

#[test]
fn without_the_key_webmentions_are_refused() {
    for protocols in [None, Some("[\"trackback\"]")] {
        let mut site = receiver("verified");
        site.set("protocols", protocols.unwrap_or("[\"trackback\"]"));
        if protocols.is_none() {
            let config = std::fs::read_to_string(site.config()).unwrap();
            let kept = config.lines().filter(|line| !line.starts_with("protocols"));
            let config: Vec<&str> = kept.collect();
            std::fs::write(site.config(), config.join("\n")).unwrap();
        }
        let target = target();
        let fields = [
            ("source", "http://127.0.10.200/1"),
            ("target", target.as_str()),
        ];
        refused(&site.cgi(&Request::post(&fields)), 400, "protocol_off");
        let named = Request::post(&fields).query("__mode=webmention");
        refused(&site.cgi(&named), 400, "protocol_off");
        assert_eq!(site.cgi(&Request::get("__mode=webmention")).status, 400);
        assert_eq!(lines(&site), "");
    }
}

#[test]
fn nothing_is_published_before_its_page_was_read() {
    let site = receiver("all");
    let blog = peer(240, page("nothing"));
    accepted(&|request| site.cgi(request), &blog.url("/"), &target());
    assert!(!lines(&site).contains("\"state\":\"published\""));
    look(&site);
    assert_eq!(reason(&site, "cats", 1), "junk no-link");
}

#[test]
fn a_ping_in_the_name_of_a_page_that_sent_a_webmention_changes_nothing_of_it() {
    let site = receiver("verified");
    let blog = peer(241, linking());
    accepted(&|request| site.cgi(request), &blog.url("/"), &target());
    look(&site);
    let before = shown(&site, 1);
    let ping = Request::post(&[
        ("url", &blog.url("/")),
        ("title", "I read"),
        ("excerpt", "spam"),
    ]);
    assert_accepted(&site.cgi(&ping.path("/cats")));
    look(&site);
    let after = shown(&site, 1);
    for key in ["title", "excerpt", "via", "state"] {
        assert_eq!(before[key], after[key], "{key}");
    }
}

#[test]
fn a_webmention_takes_over_what_the_same_page_pinged() {
    let site = receiver("verified");
    let blog = peer(242, linking());
    let ping = Request::post(&[
        ("url", &blog.url("/")),
        ("title", "About cats"),
        ("excerpt", "x"),
    ]);
    assert_accepted(&site.cgi(&ping.path("/cats")));
    look(&site);
    assert_eq!(shown(&site, 1)["via"], "trackback");
    accepted(&|request| site.cgi(request), &blog.url("/"), &target());
    look(&site);
    let after = shown(&site, 1);
    assert_eq!(
        (&after["via"], &after["blog_name"]),
        (&"webmention".into(), &"Ann".into())
    );
    assert!(!lines(&site).contains("\"id\":2"));
}

#[test]
fn published_text_that_changes_on_a_host_that_is_not_approved_waits_again() {
    let site = receiver("known");
    let blog = peer(243, linking());
    let send: Transport<'_> = &|request| site.cgi(request);
    accepted(send, &blog.url("/"), &target());
    look(&site);
    assert_eq!(reason(&site, "cats", 1), "held unknown-domain");
    site.tb(&["approve", "cats", "1"]);
    for (is_known, expected) in [(true, "published owner"), (false, "held unknown-domain")] {
        if !is_known {
            site.tb(&["domains", "remove", "127.0.10.243"]);
        }
        ten_minutes_later(&site);
        let word = if is_known { "dogs" } else { "cheap pills" };
        blog.play("/", page(&format!("<a href='{}'>{word}</a>", target())));
        accepted(send, &blog.url("/"), &target());
        look(&site);
        assert_eq!(reason(&site, "cats", 1), expected, "{word}");
        let excerpt = shown(&site, 1)["excerpt"].clone();
        assert_eq!(excerpt, format!("I read {word} and liked it."));
    }
}

#[test]
fn a_webmention_for_another_page_of_the_same_id_removes_nothing() {
    let site = receiver("verified");
    let blog = peer(160, linking());
    let send: Transport<'_> = &|request| site.cgi(request);
    // Whatever is named first, the page decides which it links to.
    let other = format!("{}.html", target());
    accepted(send, &blog.url("/"), &other);
    accepted(send, &blog.url("/"), &target());
    // The first may have been checked already, or the second arrived during its check: then the page waits.
    look(&site);
    let published = wait_for(|| {
        ten_minutes_later(&site);
        site.tb(&["verify", "--all", "--wait"]);
        (reason(&site, "cats", 1) == "published verified-entry").then_some(())
    });
    assert!(published.is_some(), "{}", lines(&site));
    ten_minutes_later(&site);
    for page in ["cats.html", "cats.php", "cats/"] {
        accepted(send, &blog.url("/"), &format!("http://127.0.9.9/{page}"));
    }
    // Some arrived during the check, and wait for another.
    look(&site);
    site.tb(&["verify", "--all", "--wait"]);
    assert_eq!(reason(&site, "cats", 1), "published verified-entry");
    let line = last_ping(&site);
    assert_eq!(line["target"], target().as_str());
    assert_eq!(line.get("claims"), None, "{line}");
    // The page itself may change the link.
    ten_minutes_later(&site);
    blog.play("/", page(&format!("<a href='{other}'>this</a>")));
    accepted(send, &blog.url("/"), &other);
    look(&site);
    assert_eq!(reason(&site, "cats", 1), "published verified-entry");
    assert_eq!(last_ping(&site)["target"], other.as_str());
    assert!(!lines(&site).contains("\"id\":2"));
}

#[test]
fn a_webmention_in_the_name_of_a_page_that_pinged_takes_nothing_from_the_ping() {
    for is_checked in [true, false] {
        let site = receiver("verified");
        // The page links to the site, but not to what the webmention names.
        let blog = peer(
            161,
            Script::html("<h1>A title</h1><a href='http://127.0.9.9/dogs'>x</a>"),
        );
        assert_accepted(&site.cgi(&Request::ping("cats", &blog.url("/"))));
        if is_checked {
            look(&site);
        }
        let status = accepted(&|request| site.cgi(request), &blog.url("/"), &target());
        look(&site);
        look(&site);
        assert_eq!(
            reason(&site, "cats", 1),
            "published verified",
            "{is_checked}"
        );
        let after = shown(&site, 1);
        assert_eq!(after["via"], "trackback");
        assert_eq!(after["title"], "A title");
        assert_eq!(last_ping(&site).get("claims"), None);
        let reply = site.cgi(&Request::get(&status));
        assert!(reply.text().starts_with("no_link: "), "{}", reply.text());
    }
}

#[test]
fn a_webmention_does_not_hold_a_ping_that_the_owner_published() {
    let site = receiver("known");
    let blog = peer(162, linking());
    let ping = Request::post(&[("url", &blog.url("/")), ("title", "About cats")]);
    assert_accepted(&site.cgi(&ping.path("/cats")));
    look(&site);
    site.tb(&["approve", "cats", "1"]);
    site.tb(&["domains", "remove", "127.0.10.162"]);
    accepted(&|request| site.cgi(request), &blog.url("/"), &target());
    look(&site);
    assert_eq!(reason(&site, "cats", 1), "published owner");
    assert_eq!(shown(&site, 1)["via"], "trackback");
}

#[test]
fn the_text_of_the_page_is_judged_as_the_text_of_a_ping_is() {
    let site = receiver("verified");
    site.tb(&["ban", "--word", "cheap pills"]);
    let send: Transport<'_> = &|request| site.cgi(request);
    let link = format!("<a href='{}'>this</a>", target());
    let links = " https://spam.example/".repeat(12);
    for (number, (inside, expected)) in [
        (format!("{link} about Cheap&nbsp;PILLS"), "junk banned-word"),
        (format!("{link}{links}"), "junk score"),
    ]
    .into_iter()
    .enumerate()
    {
        let blog = peer(u8::try_from(number).unwrap() + 163, page(&inside));
        let status = accepted(send, &blog.url("/"), &target());
        look(&site);
        assert_eq!(reason(&site, "cats", number + 1), expected, "{inside}");
        // The sender does not learn what the owner has banned.
        let reply = send(&Request::get(&status));
        assert!(reply.text().starts_with("verified: "), "{}", reply.text());
    }
    // The same after it was published.
    let blog = peer(165, linking());
    accepted(send, &blog.url("/"), &target());
    look(&site);
    assert_eq!(reason(&site, "cats", 3), "published verified-entry");
    ten_minutes_later(&site);
    blog.play("/", page(&format!("{link} about cheap pills")));
    accepted(send, &blog.url("/"), &target());
    look(&site);
    assert_eq!(reason(&site, "cats", 3), "junk banned-word");
}

#[test]
fn a_repetition_during_an_outage_is_tried_again() {
    let site = receiver("verified");
    let blog = peer(166, linking());
    let send: Transport<'_> = &|request| site.cgi(request);
    accepted(send, &blog.url("/"), &target());
    look(&site);
    ten_minutes_later(&site);
    blog.play("/", Script::status(503));
    accepted(send, &blog.url("/"), &target());
    look(&site);
    assert_eq!(reason(&site, "cats", 1), "published verified-entry");
    assert!(last_ping(&site).get("repeated").is_some());
    blog.play("/", Script::status(410));
    site.tb(&["verify", "--all", "--wait"]);
    assert_eq!(reason(&site, "cats", 1), "junk source-gone");
}

#[test]
fn pages_of_the_site_and_pages_that_repeat_their_own_url_are_not_published() {
    let site = receiver("verified");
    let blog = peer(167, linking());
    let send: Transport<'_> = &|request| site.cgi(request);
    for query in [
        format!("/?q={}", target()),
        "/?q=http%3A%2F%2F127.0.9.9%2Fcats".to_owned(),
        "/http://127.0.9.9/cats".to_owned(),
    ] {
        blog.play(&query, linking());
        accepted(send, &blog.url(&query), &target());
    }
    // Nothing listens at the site, and the program does not ask itself.
    accepted(send, "http://127.0.9.9/search?q=cats", &target());
    look(&site);
    for number in 1..=3 {
        assert_eq!(
            reason(&site, "cats", number),
            "held echo-suspected",
            "{number}"
        );
    }
    assert_ne!(shown(&site, 4)["state"], "published");
    assert!(blog.requests().len() <= 6, "at most two a mention");
}

#[test]
fn a_page_that_mentions_very_many_entries_fills_no_list() {
    let mut site = receiver("verified");
    site.set("throttle", "\"on\"");
    site.set("limits", "[\"prefix 1000\"]");
    let statuses = (0..30).map(|number| {
        let target = format!("http://127.0.9.9/entry{number}");
        let fields = [
            ("source", "http://a.example/all"),
            ("target", target.as_str()),
        ];
        site.cgi(&Request::post(&fields)).status
    });
    let statuses: Vec<u16> = statuses.collect();
    let taken = statuses.iter().filter(|status| **status == 201).count();
    assert_eq!(taken, 10, "{statuses:?}");
    assert!(
        statuses[10..].iter().all(|status| *status == 429),
        "{statuses:?}"
    );
}

#[test]
fn the_host_that_was_checked_is_shown_beside_the_name_that_its_page_claims() {
    let site = receiver("verified");
    let text = format!(
        "<div class=h-entry><a class='p-author h-card' href='https://www.w3.org/'>The W3C</a>
        <a class=u-url href='https://www.w3.org/news'>#</a> <a href='{}'>this</a></div>",
        target()
    );
    let blog = peer(168, Script::html(&text));
    accepted(&|request| site.cgi(request), &blog.url("/"), &target());
    look(&site);
    let list = site.cgi(&Request::get("__mode=list&tb_id=cats"));
    assert!(list.text().contains("The W3C"), "{}", list.text());
    assert!(list.text().contains(&blog.url("/")), "{}", list.text());
    assert!(
        !list.text().contains("https://www.w3.org"),
        "{}",
        list.text()
    );
}

#[test]
fn trackback_can_be_switched_off() {
    let mut site = receiver("verified");
    site.set("protocols", "[\"webmention\"]");
    let reply = site.cgi(&Request::ping("cats", "http://127.0.10.200/1"));
    assert!(
        reply.text().contains("<error>1</error>"),
        "{}",
        reply.text()
    );
    assert_eq!(lines(&site), "");
    accepted(
        &|request| site.cgi(request),
        "http://127.0.10.200/1",
        &target(),
    );
}

/// The last line of a ping in the file of `cats`.
pub(crate) fn last_ping(site: &Site) -> Value {
    let lines = lines(site);
    let last = lines.lines().rfind(|line| line.contains("\"op\":\"ping\""));
    serde_json::from_str(last.expect("a ping")).unwrap()
}

#[test]
fn what_kind_of_mention_it_is_stands_in_the_record() {
    let site = receiver("verified");
    let url = target();
    for (number, (inside, kind)) in [
        (format!("<a href='{url}'>x</a>"), "mention"),
        (
            format!("<a class=u-in-reply-to href='{url}'>x</a>"),
            "reply",
        ),
        (format!("<a class=u-like-of href='{url}'>x</a>"), "like"),
        (format!("<a class=u-repost-of href='{url}'>x</a>"), "repost"),
        (
            format!("<a class=u-bookmark-of href='{url}'>x</a>"),
            "bookmark",
        ),
        (
            format!(
                "<a class=u-in-reply-to href='{url}'>x</a><data class=p-rsvp value=YES></data>"
            ),
            "rsvp-yes",
        ),
        (
            format!(
                "<div class='u-in-reply-to h-cite'><a class='p-name u-url' href='{url}'>x</a></div>"
            ),
            "reply",
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let blog = peer(u8::try_from(number).unwrap() + 244, page(&inside));
        accepted(&|request| site.cgi(request), &blog.url("/"), &url);
        look(&site);
        let last = last_ping(&site);
        assert_eq!(last["kind"], kind, "{inside}");
        assert_eq!(last["author"]["name"], "Ann");
        assert_eq!(last["target"], url.as_str());
    }
}

#[test]
fn a_page_without_microformats_is_called_what_its_head_says() {
    let site = receiver("verified");
    let text = format!(
        "<title>A page - Site</title><meta property=og:title content='A page'>
        <meta property=og:site_name content='A site'><p>Before it <a href='{}'>this</a> stands.",
        target()
    );
    let blog: Blog = peer(253, Script::html(&text));
    accepted(&|request| site.cgi(request), &blog.url("/"), &target());
    look(&site);
    let shown = shown(&site, 1);
    assert_eq!(shown["title"], "A page");
    assert_eq!(shown["blog_name"], "A site");
    assert_eq!(shown["excerpt"], "Before it this stands.");
}

#[test]
fn a_line_of_a_webmention_is_kept_whole_when_its_state_changes() {
    let site = receiver("verified");
    let blog = peer(254, linking());
    accepted(&|request| site.cgi(request), &blog.url("/"), &target());
    look(&site);
    let before = lines(&site);
    site.tb(&["hold", "cats", "1"]);
    assert!(lines(&site).starts_with(&before), "nothing is written anew");
}
