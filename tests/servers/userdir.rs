//! Two users of one origin, under Apache with mod_userdir: what one of them gets to see of the other's session.

use std::fs;

use crate::support::blog::{Blog, Script};
use crate::support::browser::Browser;
use crate::support::owner_session::{ping, put, states};
use crate::support::request::Request;
use crate::support::server::Server;
use crate::support::site::{BASE, PASSWORD, Site};
use crate::support::verification::{look, reason};
use crate::support::xml::assert_accepted;
use crate::support::{http, set_mode, write};

/// A program of a user's that shows what it gets to see of the browser's cookies.
const COOKIES: &str =
    "#!/bin/sh\nprintf 'Content-Type: text/html\\r\\n\\r\\n<p>cookies: %s.' \"$HTTP_COOKIE\"\n";

/// Alice and Bob, each with an installation, a password and a ping that waits.
fn users() -> (Site, Site, Server) {
    let (mut alice, mut bob) = (Site::shipped(), Site::shipped());
    for site in [&mut alice, &mut bob] {
        site.set_password();
        site.set("publish", "\"verified\"");
        let waiting = ping(1, "2026-11-01T05:00:00Z", "held", "unknown-domain");
        put(site, "entry", &[waiting]);
        let program = site.path("www/cgi-bin/cookies.cgi");
        write(&program, COOKIES);
        set_mode(&program, 0o755);
    }
    let server = Server::start_userdir(&mut [("alice", &mut alice), ("bob", &mut bob)]);
    (alice, bob, server)
}

fn log_in(browser: &Browser, site: &Site) {
    browser.open(&format!("{}?__mode=login", site.base_url()));
    browser.keys(&browser.find("input[type=password]"), PASSWORD);
    browser.click_through(&browser.find("button.main"));
    assert!(is_logged_in(browser, site), "{}", browser.text());
}

fn is_logged_in(browser: &Browser, site: &Site) -> bool {
    browser.open(&format!("{}?__mode=moderate", site.base_url()));
    browser.find_all("input[name=password]").is_empty()
}

#[test]
fn s4_a_users_session_goes_to_no_program_of_another_user() {
    let (alice, bob, server) = users();
    let browser = Browser::acquire();
    log_in(&browser, &alice);
    let origin = format!("http://127.0.0.1:{}", server.port);
    for path in [
        "/~bob/cgi-bin/cookies.cgi",
        "/~bob/cgi-bin/cookies.cgi/~alice/cgi-bin/tb.cgi",
        "/%7Ebob/cgi-bin/cookies.cgi?/~alice/cgi-bin/tb.cgi",
        // Nor to another program of her own.
        "/~alice/cgi-bin/cookies.cgi",
    ] {
        browser.open(&format!("{origin}{path}"));
        assert_eq!(browser.text(), "cookies: .", "{path}");
    }
    assert!(!is_logged_in(&browser, &bob));
    // Each is logged in, and out, alone.
    log_in(&browser, &bob);
    assert!(is_logged_in(&browser, &alice));
    browser.click_through(&browser.find("form:has(input[value=logout]) button"));
    assert!(!is_logged_in(&browser, &alice));
    assert!(is_logged_in(&browser, &bob));
}

#[test]
fn s4_a_users_page_decides_nothing_in_another_users_session() {
    let (alice, bob, server) = users();
    let browser = Browser::acquire();
    log_in(&browser, &bob);
    let token = browser.script("return document.querySelector('input[name=token]').value");
    let token = token.as_str().expect("bob's token");
    log_in(&browser, &alice);
    let before = alice.snapshot();
    let field = |name: &str, value: &str| format!("<input name={name} value='{value}'>");
    let deed = |word: &str| field("do", word) + &field("ping", "entry/1") + &field("sure", "yes");
    let target = format!("/~alice{BASE}");
    for (what, method, fields) in [
        (
            "no token",
            "post",
            field("__mode", "decide") + &deed("approve"),
        ),
        (
            "the token of his own session",
            "post",
            field("__mode", "decide") + &field("token", token) + &deed("forget"),
        ),
        (
            "a GET",
            "get",
            field("__mode", "decide") + &field("token", token) + &deed("junk"),
        ),
        ("a logout", "post", field("__mode", "logout")),
    ] {
        let page = format!("<form action='{target}' method={method}>{fields}</form>");
        let file = bob.path("www/attack.html");
        write(&file, &page);
        browser.open(&format!(
            "http://127.0.0.1:{}/~bob/attack.html",
            server.port
        ));
        browser.lead_through(|| {
            browser.script("document.forms[0].submit()");
        });
        assert!(
            browser.url().contains("/~alice/"),
            "{what}: {}",
            browser.url()
        );
        assert_eq!(alice.snapshot(), before, "{what}");
        assert!(is_logged_in(&browser, &alice), "{what}");
    }
    assert_eq!(states(&alice, "entry")[0].1, "held unknown-domain");
}

#[test]
fn a_link_to_another_users_page_is_no_link_to_the_users_own() {
    let (alice, _bob, server) = users();
    let config = fs::read_to_string(alice.config()).unwrap();
    assert!(!config.contains("site ="), "the default: {config}");
    let origin = format!("http://127.0.0.1:{}", server.port);
    for (number, (path, expected)) in [
        ("/~alice/posts/1", "published verified"),
        ("/%7Ealice/posts/1", "published verified"),
        ("/~alice/", "published verified"),
        ("/~bob/posts/1", "junk no-link"),
        ("/~alicex/posts/1", "junk no-link"),
        ("/~alice/../~bob/posts/1", "junk no-link"),
        ("/", "junk no-link"),
    ]
    .into_iter()
    .enumerate()
    {
        let page = format!("<h1>A title</h1><p>See <a href='{origin}{path}'>this</a>.</p>");
        let blog = Blog::start_at([127, 0, 10, 60], [("/", Script::html(&page))]);
        let id = format!("entry{number}");
        let request = Request::ping(&id, &blog.url("/"));
        assert_accepted(&http::send(
            server.port,
            &format!("/~alice{BASE}"),
            &request,
        ));
        look(&alice);
        assert_eq!(reason(&alice, &id, 1), expected, "{path}");
    }
    let feed = http::send(
        server.port,
        &format!("/~alice{BASE}"),
        &Request::get("__mode=rss&tb_id=entry0"),
    );
    // Feeds lie in the user's folder, too.
    assert!(feed.text().contains(&format!("{origin}/~alice/")), "{feed}");
}
