//! The form for readers: a reader enters a page, which must link to the entry and supplies the text.

use crate::support::blog::Script;
use crate::support::form::forms;
use crate::support::http::Reply;
use crate::support::request::Request;
use crate::support::site::Site;
use crate::support::verification::{SITE, look, peer, reason};
use crate::support::xml::assert_accepted;
use crate::webmention::{
    Transport, lines, linking, page, receiver, shown, target, through_transports,
};

/// An installation with the form.
fn with_form() -> Site {
    let mut site = receiver("verified");
    site.set("protocols", "[\"trackback\"]");
    site.set("submit", "true");
    site
}

fn submission(fields: &[(&str, &str)]) -> Request {
    Request::post(fields).query("__mode=submit")
}

fn entered(url: &str) -> Request {
    submission(&[("tb_id", "cats"), ("url", url)])
}

/// The sentence of a page, which the script shows in place.
fn sentence(reply: &Reply) -> String {
    let text = reply.text();
    let (_, rest) = text.split_once("id=\"message\">").expect("a sentence");
    rest.split_once("</").unwrap().0.to_owned()
}

#[track_caller]
fn refused(reply: &Reply, status: u16, words: &str) {
    assert_eq!(reply.status, status, "{}", reply.text());
    assert!(sentence(reply).contains(words), "{}", reply.text());
    assert!(
        reply
            .header("Content-Type")
            .unwrap()
            .starts_with("text/html")
    );
    assert_eq!(reply.header("Access-Control-Allow-Origin"), Some("*"));
}

/// The query of the status that the response links to.
#[track_caller]
fn taken(send: Transport<'_>, url: &str) -> String {
    let reply = send(&entered(url));
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert!(
        sentence(&reply).starts_with("Your page is checked now"),
        "{}",
        reply.text()
    );
    assert_eq!(reply.header("Access-Control-Allow-Origin"), Some("*"));
    let text = reply.text();
    let (_, status) = text
        .split_once("?__mode=submit&#38;")
        .expect("a link to the status");
    let status = status.split_once('"').unwrap().0.replace("&#38;", "&");
    format!("__mode=submit&{status}")
}

#[test]
fn bad_submissions_are_refused_and_nothing_is_stored_or_fetched() {
    through_transports(with_form, |site, send| {
        let own = peer(231, linking());
        for (url, words) in [
            (
                "",
                "Enter the address of your page, which begins with https://",
            ),
            ("   ", "Enter the address"),
            ("a.example/1", "Enter the address"),
            ("/1", "http"),
            ("javascript:alert(1)", "http"),
            ("data:text/html,<a href=x>", "http"),
            ("file:///etc/passwd", "http"),
            ("ftp://a.example/", "http"),
            ("https://", "http"),
            ("https://me:secret@a.example/", "http"),
            ("<a href='http://a.example/'>x</a>", "http"),
            (&format!("http://a.example/{}", "x".repeat(3_000)), "2048"),
            (&format!("http://a.example/{}", "猫".repeat(500)), "2048"),
            (&target(), "on this site"),
            (&format!("{SITE}other"), "on this site"),
            (&format!("{SITE}#x"), "on this site"),
            (SITE, "on this site"),
            (&format!("{}?__mode=list", site.base_url()), "on this site"),
        ] {
            refused(&send(&entered(url)), 400, words);
        }
        let long = format!("http://a.example/{}", "x".repeat(66_000));
        refused(&send(&entered(&long)), 413, "64 KiB");
        let url = own.url("/");
        refused(&send(&submission(&[("tb_id", "cats")])), 400, "your page");
        refused(
            &send(&submission(&[("url", &url)])),
            400,
            "address of the entry",
        );
        refused(
            &send(&submission(&[("tb_id", ".."), ("url", &url)])),
            400,
            "address of the entry",
        );
        let json = Request::post_bytes(b"{}")
            .without("Content-Type")
            .header("Content-Type", "application/json")
            .query("__mode=submit&tb_id=cats");
        refused(&send(&json), 415, "Content-Type");
        for query in [
            format!("__mode=submit&tb_id=cats&url={url}"),
            "__mode=submit&tb_id=cats".to_owned(),
        ] {
            let reply = send(&Request::get(&query));
            refused(&reply, 405, "not allowed");
            assert!(reply.header("Allow").unwrap().contains("POST"));
        }
        look(site);
        assert_eq!(lines(site), "");
        assert!(own.requests().is_empty());
    });
}

#[test]
fn a_private_page_is_refused() {
    let mut site = with_form();
    site.set("allow_private", "false");
    let own = peer(232, linking());
    for url in [
        "http://127.0.0.1/",
        "http://10.1.2.3/",
        "http://192.168.0.1/x",
        "http://169.254.169.254/latest",
        "http://[::1]/",
        "http://[::ffff:10.0.0.1]/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://localhost/",
        "http://router/",
        "http://printer.local/",
        &own.url("/"),
    ] {
        refused(&site.cgi(&entered(url)), 400, "public host");
    }
    look(&site);
    assert_eq!(lines(&site), "");
    assert!(own.requests().is_empty());
}

#[test]
fn without_the_key_there_is_no_form_and_no_page_is_fetched() {
    for key in [None, Some("false")] {
        let mut site = receiver("verified");
        if let Some(key) = key {
            site.set("submit", key);
        }
        let own = peer(233, linking());
        refused(&site.cgi(&entered(&own.url("/"))), 403, "not accept");
        look(&site);
        assert_eq!(lines(&site), "");
        assert!(own.requests().is_empty());
        let list = site
            .cgi(&Request::get("__mode=list&tb_id=cats"))
            .text()
            .to_owned();
        assert!(!list.contains("value=\"submit\""), "{list}");
    }
}

#[test]
fn an_entry_that_accepts_no_pings_accepts_no_pages_and_shows_no_form() {
    let mut site = with_form();
    let own = peer(234, linking());
    let has_form = |site: &Site| {
        let list = site
            .cgi(&Request::get("__mode=list&tb_id=cats"))
            .text()
            .to_owned();
        forms(&list)
            .iter()
            .any(|form| form.value("__mode") == Some("submit"))
    };
    assert!(has_form(&site));
    site.tb(&["passphrase", "cats", "--random"]);
    refused(&site.cgi(&entered(&own.url("/"))), 403, "private URL");
    assert!(!has_form(&site));
    site.tb(&["passphrase", "cats", "--remove"]);
    site.set("ids", "\"known\"");
    refused(&site.cgi(&entered(&own.url("/"))), 404, "no such entry");
    assert!(!has_form(&site));
    let feed = r#"{"version":"https://jsonfeed.org/version/1.1","title":"t","items":[{"id":"1","content_text":"c",
        "url":"http://127.0.9.9/cats","title":"Cats","date_published":"2001-01-01T00:00:00Z"}]}"#;
    std::fs::write(site.path("feed.json"), feed).unwrap();
    let feed = site.path("feed.json");
    site.tb(&[
        "entries",
        "sync",
        feed.to_str().unwrap(),
        "--id",
        "last-segment",
    ]);
    site.set("close_after", "\"90 days\"");
    refused(&site.cgi(&entered(&own.url("/"))), 403, "no more pings");
    assert!(!has_form(&site));
    look(&site);
    assert!(own.requests().is_empty());
}

#[test]
fn the_text_is_the_pages_own_and_the_status_says_what_was_found() {
    through_transports(with_form, |site, send| {
        let own = peer(235, linking());
        let url = own.url("/");
        let fields = [
            ("tb_id", "cats"),
            ("url", url.as_str()),
            ("title", "Buy pills"),
            ("excerpt", "<b>pills</b>"),
            ("blog_name", "Pills"),
            ("target", "http://other.example/"),
        ];
        assert_eq!(send(&submission(&fields)).status, 200);
        let status = taken(send, &url);
        look(site);
        let shown = shown(site, 1);
        assert_eq!(shown["title"], "About cats");
        assert_eq!(shown["blog_name"], "Ann");
        assert_eq!(shown["excerpt"], "I read this and liked it.");
        assert!(!lines(site).contains("pills"), "{}", lines(site));
        assert_eq!(
            sentence(&send(&Request::get(&status))),
            "The page links to the entry."
        );
        let list = send(&Request::get("__mode=list&tb_id=cats"))
            .text()
            .to_owned();
        assert!(list.contains("About cats"), "{list}");
        for (number, (script, words)) in [
            (page("nothing"), "does not link"),
            (Script::status(500), "could not be read"),
        ]
        .into_iter()
        .enumerate()
        {
            let other = peer(u8::try_from(number).unwrap() + 236, script);
            let status = taken(send, &other.url("/"));
            look(site);
            let reply = send(&Request::get(&status));
            assert!(sentence(&reply).contains(words), "{}", reply.text());
        }
        // Nobody walks through what others have entered.
        for walked in [
            status.replace("&id=1", "&id=2"),
            status.split("&key=").next().unwrap().to_owned(),
        ] {
            assert_eq!(send(&Request::get(&walked)).status, 404, "{walked}");
        }
    });
}

#[test]
fn the_page_must_link_to_the_entry_itself_where_its_permalink_is_known() {
    let mut site = with_form();
    site.set("entry", &format!("\"{SITE}{{id}}\""));
    let link = |to: &str| page(&format!("<a href='{SITE}{to}'>this</a>"));
    let redirecting = peer(241, Script::redirect(302, &format!("{SITE}cats")));
    for (number, (script, expected)) in [
        (link("cats"), "published verified-entry"),
        (link("dogs"), "junk no-link"),
        (link(""), "junk no-link"),
        (
            page("<script>'<a href=http://127.0.9.9/cats>'</script>"),
            "junk no-link",
        ),
        (
            Script::Endless {
                prefix: b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<title>x</title>"
                    .to_vec(),
                chunk: b"<p>no link ".repeat(100),
            },
            "held too-large",
        ),
        (Script::ok("image/png", b"\x89PNG"), "junk not-a-page"),
    ]
    .into_iter()
    .enumerate()
    {
        let own = peer(u8::try_from(number).unwrap() + 242, script);
        taken(&|request| site.cgi(request), &own.url("/"));
        look(&site);
        assert_eq!(reason(&site, "cats", number + 1), expected, "{number}");
    }
    // A redirection to the entry is no page that links to it.
    taken(&|request| site.cgi(request), &redirecting.url("/"));
    look(&site);
    assert!(!reason(&site, "cats", 7).starts_with("published"));
}

#[test]
fn a_page_that_has_pinged_is_not_replaced_and_one_that_was_entered_is_one() {
    let site = with_form();
    let own = peer(248, crate::support::verification::linking());
    let send: Transport<'_> = &|request| site.cgi(request);
    assert_accepted(&send(&Request::ping("cats", &own.url("/"))));
    look(&site);
    let before = lines(&site);
    let listed = |site: &Site| {
        site.cgi(&Request::get("__mode=list&tb_id=cats"))
            .text()
            .to_owned()
    };
    let list = listed(&site);
    taken(send, &own.url("/"));
    look(&site);
    look(&site);
    assert_eq!(listed(&site), list, "{before}\n{}", lines(&site));
    let other = peer(249, linking());
    for _ in 0..3 {
        taken(send, &other.url("/"));
        look(&site);
    }
    assert_eq!(listed(&site).matches("class=\"ping\"").count(), 2);
}

#[test]
fn one_address_cannot_enter_pages_without_end() {
    let mut site = with_form();
    site.set("throttle", "\"on\"");
    let mut statuses = Vec::new();
    let serving = site.serve();
    for number in 0..200 {
        let url = format!("http://127.0.10.250/{number}");
        let reply =
            crate::support::http::send(serving.port, crate::support::site::BASE, &entered(&url));
        if reply.status == 429 {
            let wait: u32 = reply.header("Retry-After").unwrap().parse().unwrap();
            assert!(wait > 0);
            refused(&reply, 429, "try again later");
        }
        statuses.push(reply.status);
    }
    assert_eq!(statuses[0], 200);
    let taken = statuses.iter().filter(|status| **status == 200).count();
    assert!(taken < 20, "{taken}");
    assert!(
        statuses[taken..].iter().all(|status| *status == 429),
        "{statuses:?}"
    );
}

#[test]
fn markup_in_the_address_stays_text() {
    let site = with_form();
    let url = "http://127.0.10.250/\"><script>alert(1)</script>";
    let status = taken(&|request| site.cgi(request), url);
    for reply in [
        site.cgi(&entered(url)),
        site.cgi(&Request::get(&status)),
        site.cgi(&Request::get("__mode=list&tb_id=cats")),
    ] {
        assert!(!reply.text().contains("<script>alert"), "{}", reply.text());
    }
}
