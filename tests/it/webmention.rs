//! Webmentions come in, by the receiver's rules of the W3C's Recommendation, through CGI and `tb serve`.

use std::fs::File;
use std::sync::Mutex;
use std::thread;

use serde_json::Value;

use crate::support::blog::{self, Script};
use crate::support::http::{self, Reply};
use crate::support::process::wait_for;
use crate::support::request::Request;
use crate::support::site::{BASE, Site};
use crate::support::verification::{SITE, look, peer, reason, state, ten_minutes_later};

/// A way to send a request.
pub(crate) type Transport<'site> = &'site dyn Fn(&Request) -> Reply;

/// An installation that receives webmentions and pingbacks.
pub(crate) fn receiver(publish: &str) -> Site {
    let mut site = Site::new();
    site.set("site", &format!("[\"{SITE}\"]"));
    site.set("publish", &format!("\"{publish}\""));
    site.set("protocols", "[\"trackback\", \"pingback\", \"webmention\"]");
    site
}

/// Calls `check` with an installation and each way to send to it.
pub(crate) fn through_each_transport(publish: &str, check: impl Fn(&Site, Transport<'_>)) {
    through_transports(|| receiver(publish), check);
}

/// The same with installations that `make` makes.
pub(crate) fn through_transports(make: impl Fn() -> Site, check: impl Fn(&Site, Transport<'_>)) {
    let site = make();
    check(&site, &|request| site.cgi(request));
    let mut site = make();
    let serving = site.serve();
    check(&site, &|request| http::send(serving.port, BASE, request));
}

pub(crate) fn target() -> String {
    format!("{SITE}cats")
}

pub(crate) fn mention(source: &str, target: &str) -> Request {
    Request::post(&[("source", source), ("target", target)]).query("__mode=webmention")
}

/// Sends one that is taken; the status URL's query.
#[track_caller]
pub(crate) fn accepted(send: Transport<'_>, source: &str, target: &str) -> String {
    let reply = send(&mention(source, target));
    assert_eq!(reply.status, 201, "{}", reply.text());
    let location = reply.header("Location").expect("a status URL");
    location.split_once('?').unwrap().1.to_owned()
}

#[track_caller]
pub(crate) fn refused(reply: &Reply, status: u16, word: &str) {
    assert_eq!(reply.status, status, "{}", reply.text());
    assert!(
        reply.text().starts_with(&format!("{word}: ")),
        "{}",
        reply.text()
    );
}

pub(crate) fn page(inside: &str) -> Script {
    let text = format!(
        "<title>Weblog</title><article class=h-entry><h1 class=p-name>About cats</h1>
        <a class='p-author h-card' href='/me'>Ann</a>
        <div class=e-content>I read {inside} and liked it.</div></article>"
    );
    Script::html(&text)
}

pub(crate) fn linking() -> Script {
    page(&format!("<a href='{}'>this</a>", target()))
}

pub(crate) fn shown(site: &Site, number: usize) -> Value {
    let shown = site.tb(&["show", "cats", &number.to_string(), "--json"]);
    serde_json::from_str(&shown).unwrap()
}

pub(crate) fn lines(site: &Site) -> String {
    std::fs::read_to_string(site.data_dir().join("cats.jsonl")).unwrap_or_default()
}

#[test]
fn r1_source_and_target_must_be_absolute_http_or_https_urls() {
    through_each_transport("verified", |site, send| {
        for bad in [
            "",
            "/1",
            "weblog.example",
            "javascript:alert(1)",
            "file:///etc/passwd",
        ] {
            refused(&send(&mention(bad, &target())), 400, "invalid_source");
            refused(
                &send(&mention("http://a.example/1", bad)),
                400,
                "invalid_target",
            );
        }
        let only = Request::post(&[("source", "http://a.example/1")]).query("__mode=webmention");
        refused(&send(&only), 400, "invalid_target");
        assert_eq!(lines(site), "");
    });
}

#[test]
fn r2_a_page_that_mentions_itself_is_refused_in_every_spelling() {
    through_each_transport("verified", |site, send| {
        for same in [target(), format!("{}#x", target()), format!("{SITE}./cats")] {
            refused(&send(&mention(&same, &target())), 400, "same");
        }
        assert_eq!(lines(site), "");
    });
}

#[test]
fn r3_the_target_must_be_a_page_that_takes_mentions() {
    through_each_transport("verified", |site, send| {
        for elsewhere in [
            "http://other.example/cats",
            "http://127.0.9.9.example/cats",
            "http://127.0.9.9:81/cats",
        ] {
            let reply = send(&mention("http://a.example/1", elsewhere));
            refused(&reply, 400, "target_not_found");
        }
        // The fragment is ignored.
        accepted(send, "http://127.0.10.200/1", &format!("{}#c5", target()));
        assert!(lines(site).contains("\"target\":\"http://127.0.9.9/cats#c5\""));
    });
    let mut known = receiver("verified");
    known.set("ids", "\"known\"");
    let reply = known.cgi(&mention("http://a.example/1", &target()));
    refused(&reply, 400, "target_not_found");
    known.tb(&["passphrase", "cats", "--random"]);
    let reply = known.cgi(&mention("http://a.example/1", &target()));
    refused(&reply, 400, "target_not_found");
    let private = receiver("verified");
    private.tb(&["passphrase", "cats", "--random"]);
    let reply = private.cgi(&mention("http://a.example/1", &target()));
    refused(&reply, 400, "target_not_found");
}

#[test]
fn r3_every_page_has_an_id() {
    let site = receiver("verified");
    for (target, id) in [
        (SITE.to_owned(), "index"),
        (format!("{SITE}?p=12"), "_p_12"),
        (format!("{SITE}posts/2026/hello.html"), "posts_2026_hello"),
        (
            format!("{SITE}posts/2026/hello/?utm_source=x#y"),
            "posts_2026_hello",
        ),
    ] {
        let query = accepted(
            &|request| site.cgi(request),
            "http://127.0.10.200/1",
            &target,
        );
        assert!(query.contains(&format!("tb_id={id}&")), "{target}: {query}");
    }
    // Two long addresses that begin alike are two pages, each always the same.
    let id = |last: &str| {
        let target = format!("{SITE}2026/11/{}{last}/", "猫".repeat(45));
        let send = &|request: &_| site.cgi(request);
        let query = accepted(send, "http://127.0.10.200/1", &target);
        let (_, id) = query.split_once("tb_id=").unwrap();
        id.split('&').next().unwrap().to_owned()
    };
    let ids = [id("1"), id("2")];
    assert!(ids[0] != ids[1] && id("1") == ids[0], "{ids:?}");
}

#[test]
fn r4_what_is_refused_is_not_fetched() {
    through_each_transport("verified", |site, send| {
        let blog = peer(201, linking());
        send(&mention(&blog.url("/"), "http://other.example/"));
        send(&mention(&blog.url("/"), &blog.url("/#x")));
        look(site);
        assert!(blog.requests().is_empty());
    });
}

#[test]
fn r5_the_answer_is_201_with_a_status_url_that_tells_what_was_seen() {
    through_each_transport("known", |site, send| {
        for (number, (script, word)) in [
            (linking(), "verified"),
            (page("nothing"), "no_link"),
            (Script::status(500), "unreachable"),
            (Script::status(410), "gone"),
            (Script::status(204), "unreachable"),
            (Script::html(""), "unreachable"),
        ]
        .into_iter()
        .enumerate()
        {
            let blog = peer(u8::try_from(number).unwrap() + 202, script);
            let status = accepted(send, &blog.url("/"), &target());
            look(site);
            let reply = send(&Request::get(&status));
            assert!(
                reply.text().starts_with(&format!("{word}: ")),
                "{}",
                reply.text()
            );
            let browser = Request::get(&status).header("Accept", "text/html,*/*;q=0.8");
            let page = send(&browser);
            assert!(page.text().starts_with("<!DOCTYPE html>"), "{page}");
            assert!(page.text().contains("What the check has found"), "{page}");
            // Nobody walks through what others have sent.
            let walked = status.replace(&format!("&id={}", number + 1), "&id=9");
            assert_eq!(send(&Request::get(&walked)).status, 404, "{walked}");
            let keyless = status.split("&key=").next().unwrap();
            assert_eq!(send(&Request::get(keyless)).status, 404);
        }
    });
}

#[test]
fn r5_the_status_url_tells_nothing_of_what_the_owner_decided() {
    let site = receiver("known");
    let blog = peer(206, linking());
    let send: Transport<'_> = &|request| site.cgi(request);
    let status = accepted(send, &blog.url("/"), &target());
    look(&site);
    for decision in [
        &["approve", "cats", "1"][..],
        &["junk", "cats", "1"],
        &["hold", "cats", "1"],
    ] {
        site.tb(decision);
        let reply = site.cgi(&Request::get(&status));
        assert!(reply.text().starts_with("verified: "), "{}", reply.text());
    }
    site.tb(&["delete", "cats", "1"]);
    // Not even by another number.
    let again = accepted(send, &blog.url("/"), &target());
    assert_eq!(again, status);
    for status in [status, again] {
        let reply = site.cgi(&Request::get(&status));
        assert!(reply.text().starts_with("queued: "), "{}", reply.text());
    }
    assert!(!lines(&site).contains("\"id\":2"));
}

#[test]
fn r6_the_banned_are_told_403_and_the_hasty_429() {
    through_each_transport("verified", |site, send| {
        site.tb(&["ban", "spam.example"]);
        refused(
            &send(&mention("http://spam.example/1", &target())),
            403,
            "banned",
        );
    });
    let mut site = receiver("verified");
    site.set("throttle", "\"on\"");
    site.set("limits", "[\"pair 2\", \"prefix 100\"]");
    let send: Transport<'_> = &|request| site.cgi(request);
    accepted(send, "http://127.0.10.200/1", &target());
    accepted(send, "http://127.0.10.200/1", &target());
    let reply = send(&mention("http://127.0.10.200/1", &target()));
    refused(&reply, 429, "throttled");
    let wait: u32 = reply.header("Retry-After").unwrap().parse().unwrap();
    assert!((1..=3600).contains(&wait), "{wait}");
    accepted(send, "http://127.0.10.200/2", &target());
}

#[test]
fn r8_the_page_is_asked_for_as_html_and_no_more_than_twice() {
    let site = receiver("verified");
    let blog = peer(207, linking());
    accepted(&|request| site.cgi(request), &blog.url("/"), &target());
    look(&site);
    let requests = blog.requests();
    assert!(requests.len() <= 2, "{}", requests.len());
    for request in &requests {
        assert!(request.header("Accept").unwrap().starts_with("text/html"));
    }
}

#[test]
fn r9_the_target_must_stand_in_an_element_that_links() {
    let site = receiver("verified");
    let url = target();
    for (number, (inside, expected)) in [
        (
            format!("<a href='{url}'>this</a>"),
            "published verified-entry",
        ),
        (
            format!("<a href='{url}#c5'>this</a>"),
            "published verified-entry",
        ),
        (
            format!("<blockquote cite='{url}'>this</blockquote>"),
            "published verified-entry",
        ),
        (
            format!("<a rel=ugc href='{url}'>this</a>"),
            "held unvouched-link",
        ),
        (
            format!("<q cite='{url}'>this</q>"),
            "published verified-entry",
        ),
        (format!("<ins cite='{url}'>this</ins>"), "held hidden-link"),
        (
            format!(
                "<map name=m><area shape=default href='{url}' alt=this></map><img usemap=#m src=/i>"
            ),
            "published verified-entry",
        ),
        (format!("<img src='{url}'>"), "held hidden-link"),
        (format!("<audio src='{url}'></audio>"), "held hidden-link"),
        (
            format!("<video><source src='{url}'><track src='/t'></video>"),
            "held hidden-link",
        ),
        (
            format!("<video src=/v><track src='{url}'></video>"),
            "held hidden-link",
        ),
        (format!("<embed src='{url}'>"), "held hidden-link"),
        (
            format!("<object data='{url}'></object>"),
            "held hidden-link",
        ),
        (format!("<iframe src='{url}'></iframe>"), "held hidden-link"),
        (format!("<video src='{url}'></video>"), "held hidden-link"),
        (format!("<link rel=x href='{url}'>"), "held hidden-link"),
        (
            format!("<a class=u-like-of href='{url}'></a>"),
            "held hidden-link",
        ),
        (
            format!("<data class=u-like-of value='{url}'></data>"),
            "held hidden-link",
        ),
        (url.clone(), "junk no-link"),
        (format!("<!-- <a href='{url}'>x</a> -->"), "junk no-link"),
        (
            format!("<script>'<a href={url}>x</a>'</script>"),
            "junk no-link",
        ),
        (
            format!("<template><a href='{url}'>x</a></template>"),
            "junk no-link",
        ),
        (format!("&lt;a href='{url}'>x&lt;/a>"), "junk no-link"),
        (format!("<a href='{url}-other'>x</a>"), "junk no-link"),
    ]
    .into_iter()
    .enumerate()
    {
        let blog = peer(u8::try_from(number).unwrap() + 210, page(&inside));
        accepted(&|request| site.cgi(request), &blog.url("/"), &url);
        look(&site);
        assert_eq!(reason(&site, "cats", number + 1), expected, "{inside}");
    }
}

#[test]
fn r10_the_same_pair_again_is_one_mention_and_its_text_follows() {
    through_each_transport("verified", |site, send| {
        let blog = peer(208, linking());
        for _ in 0..3 {
            accepted(send, &blog.url("/"), &target());
        }
        look(site);
        let before = shown(site, 1);
        assert_eq!(before["title"], "About cats");
        assert_eq!(before["blog_name"], "Ann");
        let asked = blog.requests().len();
        // Nobody has a page read again and again.
        accepted(send, &blog.url("/"), &target());
        look(site);
        assert_eq!(blog.requests().len(), asked);
        ten_minutes_later(site);
        blog.play("/", page(&format!("<a href='{}'>that</a> again", target())));
        accepted(send, &blog.url("/"), &target());
        look(site);
        let after = shown(site, 1);
        assert_eq!(after["excerpt"], "I read that again and liked it.");
        assert_eq!(state(site, "cats", 1), "published verified-entry");
        assert!(!lines(site).contains("\"id\":2"));
    });
}

/// Pages are served as soon as this is free.
static GATE: Mutex<()> = Mutex::new(());

#[test]
fn r10_a_repetition_while_the_worker_changes_the_queue_is_not_forgotten() {
    let site = receiver("verified");
    let gated = |_: &blog::Request| {
        drop(GATE.lock());
        linking()
    };
    let gate = GATE.lock().unwrap();
    let blog = peer(190, Script::By(gated));
    let source = blog.url("/");
    let send = || accepted(&|request| site.cgi(request), &source, &target());
    let last_in_queue = || {
        let queue = std::fs::read_to_string(site.data_dir().join(".queue")).unwrap();
        queue.lines().last().unwrap_or_default().to_owned()
    };
    send();
    thread::scope(|scope| {
        scope.spawn(|| look(&site));
        wait_for(|| last_in_queue().contains("begun").then_some(())).expect("a check");
        let queue_lock = File::options()
            .write(true)
            .open(site.data_dir().join(".lock-queue"))
            .unwrap();
        queue_lock.lock().unwrap();
        drop(gate);
        wait_for(|| lines(&site).contains("published").then_some(())).expect("a result");
        let repetition = scope.spawn(send);
        drop(queue_lock);
        repetition.join().unwrap();
    });
    // A worker may remove the entry and add it again once it sees the repetition.
    let waits = wait_for(|| last_in_queue().contains("next").then_some(()));
    assert!(waits.is_some(), "{}", last_in_queue());
    ten_minutes_later(&site);
    site.tb(&["verify", "--wait", "--all"]);
    assert!(!lines(&site).lines().last().unwrap().contains("repeated"));
}

#[test]
fn r12_a_page_that_is_gone_or_links_no_more_is_removed_and_an_error_removes_nothing() {
    for (number, (script, expected)) in [
        (Script::status(410), "junk source-gone"),
        (
            Script::html("<meta http-equiv=Status content='410 Gone'><p>Deleted."),
            "junk source-gone",
        ),
        (page("nothing"), "junk link-gone"),
        (Script::status(500), "published verified-entry"),
        (Script::status(403), "published verified-entry"),
        (Script::status(404), "published verified-entry"),
        (Script::status(204), "published verified-entry"),
        (Script::html(" \n"), "published verified-entry"),
    ]
    .into_iter()
    .enumerate()
    {
        let site = receiver("verified");
        let blog = peer(u8::try_from(number).unwrap() + 230, linking());
        let send: Transport<'_> = &|request| site.cgi(request);
        accepted(send, &blog.url("/"), &target());
        look(&site);
        assert_eq!(state(&site, "cats", 1), "published verified-entry");
        ten_minutes_later(&site);
        blog.play("/", script);
        accepted(send, &blog.url("/"), &target());
        look(&site);
        assert_eq!(reason(&site, "cats", 1), expected, "{number}");
    }
}

#[test]
fn r13_no_markup_of_the_source_is_shown() {
    through_each_transport("verified", |site, send| {
        let text = format!(
            "<article class=h-entry><h1 class=p-name>&lt;script>alert(1)&lt;/script> title</h1>
            <a class='p-author h-card' href='javascript:alert(2)'>&lt;img src=x onerror=alert(3)>
            <img class=u-photo src='data:text/html,x'></a><a class=u-url href='javascript:alert(4)'>#</a>
            <div class=e-content><script>alert(5)</script><b onclick=alert(6)>bold</b>
            <a href='{}'>this</a></div></article>",
            target()
        );
        let blog = peer(209, Script::html(&text));
        accepted(send, &blog.url("/"), &target());
        look(site);
        let list = send(&Request::get("__mode=list&tb_id=cats"));
        let list = list.text();
        assert!(list.contains("bold this"), "{list}");
        for bad in [
            "<script>alert",
            "onerror=alert(3)>\n",
            "javascript:",
            "<b onclick",
        ] {
            assert!(!list.contains(bad), "{bad}: {list}");
        }
        let lines = lines(site);
        assert!(
            !lines.contains("javascript:") && !lines.contains("data:text"),
            "{lines}"
        );
    });
}

#[test]
fn r15_the_endpoint_has_a_form_and_answers_a_browser_with_a_page() {
    through_each_transport("verified", |_, send| {
        let form = send(&Request::get(
            "__mode=webmention&target=http%3A%2F%2F127.0.9.9%2Fcats",
        ));
        assert_eq!(form.status, 200);
        assert!(form.text().contains("name=\"source\""), "{}", form.text());
        assert!(form.text().contains("value=\"http://127.0.9.9/cats\""));
        let send = |source: &str| {
            let target = target();
            let fields = [
                ("__mode", "webmention"),
                ("form", "1"),
                ("source", source),
                ("target", &target),
            ];
            send(&Request::post(&fields))
        };
        for (source, status) in [("http://127.0.10.200/1", 201), ("nonsense", 400)] {
            let reply = send(source);
            assert_eq!(reply.status, status);
            let kind = reply.header("Content-Type").unwrap();
            assert!(kind.starts_with("text/html"), "{kind}");
        }
    });
}
