//! What an answer means for the next runs: taken, refused, too early, or never known.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::blog::{Blog, Script};
use crate::support::writer::{ACCEPTED, Writer, link, peer, peer_with, pings};

/// WordPress 6.1 to the second ping of an address within 15 s.
const WORDPRESS: &str = "<!DOCTYPE html><html><head><title>WordPress &rsaquo; Error</title></head><body \
    id=\"error-page\"><div class=\"wp-die-message\">You are posting comments too quickly. Slow down.</div></body></html>";

fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Script {
    let headers = headers.iter();
    Script::Respond {
        status,
        headers: headers
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
        body: body.as_bytes().to_vec(),
    }
}

fn wordpress() -> Script {
    answer(
        429,
        &[("Content-Type", "text/html; charset=UTF-8")],
        WORDPRESS,
    )
}

fn refusal(status: u16, message: &str) -> Script {
    let body = format!("<response><error>1</error><message>{message}</message></response>");
    answer(status, &[("Content-Type", "text/xml")], &body)
}

const SOON: [&str; 2] = ["--limit-pause", "20"];

#[test]
fn c1_come_later_is_sent_again_and_uses_up_no_try() {
    let throttled = "You are pinging trackbacks too quickly. Please try again later.";
    for answer in [
        wordpress(),
        refusal(403, throttled),
        refusal(200, throttled),
        refusal(429, "Too many pings; try again later"),
        refusal(
            503,
            "This site cannot store anything at the moment; try again later",
        ),
        Script::status(503),
        answer(403, &[("Content-Type", "text/html")], "<p>error code: 1015"),
    ] {
        let (writer, one) = (Writer::new(), peer_with(2, answer.clone()));
        writer.publish("/1", &link(&one));
        for round in 0..6 {
            let ran = writer.send(&[&SOON[..], &["--retry"]].concat());
            assert_eq!(ran.code(), 1, "{answer:?} {round}");
        }
        let row: Value = serde_json::from_str(&writer.site.tb(&["sent", "--json"]).out()).unwrap();
        assert_eq!(
            (&row["state"], &row["tries"]),
            (&"later".into(), &0.into()),
            "{row}"
        );
        assert!(row["next"].is_string(), "{row}");
        // It is not time yet.
        let before = pings(&one).len();
        writer.send(&SOON).out();
        assert_eq!(pings(&one).len(), before);
        one.play("/tb", Script::xml(ACCEPTED));
        writer.send(&["--retry"]).out();
        assert_eq!(writer.only().0, "sent");
    }
}

#[test]
fn c1_nobody_is_asked_before_the_time_that_he_named() {
    let far = answer(429, &[("Retry-After", "3600")], "");
    let (writer, one) = (Writer::new(), peer_with(2, far));
    one.play("/y", Script::html("<link rel=trackback href=/tb/y>"));
    one.play("/tb/y", Script::xml(ACCEPTED));
    writer.publish("/1", &link(&one));
    let ran = writer.send(&[]);
    assert_eq!((ran.code(), pings(&one).len()), (1, 1));
    writer.send(&["--retry"]).out();
    // Nor is its host, for another page.
    writer.publish("/2", &format!("<a href='{}'>y</a>", one.url("/y")));
    assert_eq!(writer.send(&["--retry"]).code(), 1);
    assert_eq!(pings(&one).len(), 1);
    let rows = writer.site.tb(&["sent", "--json"]).out();
    for row in rows.lines() {
        let row: Value = serde_json::from_str(row).unwrap();
        assert_eq!(row["state"], "later");
        assert!(
            row["not_before"].is_string() && row["next"] == row["not_before"],
            "{row}"
        );
    }
}

#[test]
fn c1_a_short_time_that_is_named_is_waited_for_in_the_same_run() {
    let soon = answer(503, &[("Retry-After", "1")], "");
    let in_turn = Script::in_turn([soon, Script::xml(ACCEPTED)]);
    let (writer, one) = (Writer::new(), peer_with(2, in_turn));
    writer.publish("/1", &link(&one));
    let begin = Instant::now();
    let ran = writer.send(&[]);
    assert!(ran.0.status.success(), "{:?}", ran.0);
    assert!(begin.elapsed() >= Duration::from_millis(900));
    assert_eq!((pings(&one).len(), writer.only().0.as_str()), (2, "sent"));
}

/// A WordPress with two entries, which takes a ping only every other time.
fn slow() -> Blog {
    let one = peer_with(2, Script::xml(ACCEPTED));
    one.play("/y", Script::html("<link rel=trackback href=/tb/y>"));
    one.play(
        "/tb/y",
        Script::in_turn([wordpress(), Script::xml(ACCEPTED)]),
    );
    one
}

#[test]
fn c2_two_links_to_one_wordpress_arrive_in_one_run() {
    let (writer, one) = (Writer::new(), slow());
    writer.publish(
        "/1",
        &format!("{}<a href='{}'>y</a>", link(&one), one.url("/y")),
    );
    let begin = Instant::now();
    let ran = writer.send(&["--limit-pause", "300"]);
    let said = String::from_utf8_lossy(&ran.0.stderr).into_owned();
    assert_eq!(ran.0.status.code(), Some(0), "{said}");
    assert!(said.contains("limits pings"), "{said}");
    assert!(begin.elapsed() >= Duration::from_millis(300));
    assert!(writer.standing().values().all(|(state, _)| state == "sent"));
    assert_eq!(pings(&one).len(), 3);
}

#[test]
fn c2_the_waiting_has_an_end_and_the_next_run_goes_on() {
    let (writer, one) = (Writer::new(), slow());
    writer.publish("/1", &format!("<a href='{}'>y</a>", one.url("/y")));
    let ran = writer.send(&["--limit-wait", "0"]);
    let said = String::from_utf8_lossy(&ran.0.stderr).into_owned();
    assert_eq!(ran.code(), 1);
    assert!(said.contains("1 are left to a run after"), "{said}");
    assert_eq!((pings(&one).len(), writer.only().0.as_str()), (1, "later"));
    writer.send(&["--retry"]).out();
    assert_eq!((pings(&one).len(), writer.only().0.as_str()), (2, "sent"));
}

#[test]
fn c2_a_host_that_goes_on_saying_so_is_left_alone_and_others_are_not() {
    let (writer, one, two) = (
        Writer::new(),
        peer_with(2, wordpress()),
        peer_with(3, Script::xml(ACCEPTED)),
    );
    for number in 0..10 {
        writer.publish(
            &format!("/{number}"),
            &format!("{}{}", link(&one), link(&two)),
        );
    }
    let ran = writer.send(&[&SOON[..], &["--adopt", "none"]].concat());
    assert_eq!(ran.code(), 1);
    assert_eq!((pings(&one).len(), pings(&two).len()), (4, 10));
    let later = writer
        .standing()
        .into_values()
        .filter(|(state, _)| state == "later");
    assert_eq!(later.count(), 10);
}

#[test]
fn c9_what_nobody_can_read_is_never_sent_again_by_itself() {
    let raw = |text: &str| Script::Raw(format!("HTTP/1.1 200 OK\r\n{text}").into_bytes());
    for answer in [
        Script::html("<p>thank you"),
        Script::xml(""),
        Script::CutOff(b"HTTP/1.1 200 OK\r\n\r\n<resp".to_vec()),
        raw("Content-Encoding: x-mystery\r\nContent-Length: 3\r\n\r\nabc"),
        raw("Content-Length: 900\r\n\r\n<response>"),
        raw("no header\r\n\r\n"),
        Script::status(504),
    ] {
        let (writer, one) = (Writer::new(), peer_with(2, answer.clone()));
        writer.publish("/1", &link(&one));
        let ran = writer.send(&[]);
        let said = String::from_utf8_lossy(&ran.0.stderr).into_owned();
        assert_eq!(ran.code(), 1, "{answer:?}");
        assert!(said.contains("--retry-uncertain"), "{said}");
        assert_eq!(writer.only().0, "uncertain", "{answer:?}");
        // It was said once; the next runs end well.
        for words in [&[][..], &["--retry"]] {
            let out = writer.send(words).out();
            assert!(out.contains("1 left out: sent without a reply"), "{out}");
        }
        assert_eq!(pings(&one).len(), 1, "{answer:?}");
        one.play("/tb", Script::xml(ACCEPTED));
        writer.send(&["--retry-uncertain"]).out();
        assert_eq!((pings(&one).len(), writer.only().0.as_str()), (2, "sent"));
    }
}

#[test]
fn f13_the_ledger_names_the_url_that_was_asked_last() {
    let (writer, one) = (
        Writer::new(),
        peer_with(2, Script::redirect(307, "/new?key=1")),
    );
    one.play("/new", Script::xml(ACCEPTED));
    writer.publish("/1", &link(&one));
    writer.send(&[]).out();
    let row: Value = serde_json::from_str(&writer.site.tb(&["sent", "--json"]).out()).unwrap();
    assert_eq!(row["ping_url"], one.url("/tb"));
    assert_eq!(row["asked"], one.url("/new?key=1"));
}

#[test]
fn c13_a_page_may_not_lead_a_ping_by_hand_to_another_domain() {
    let (writer, other) = (Writer::new(), peer_with(3, Script::xml(ACCEPTED)));
    let page = format!("<link rel=trackback href='{}'>", other.url("/tb"));
    let one = Blog::start_at([127, 0, 0, 2], [("/x", Script::html(&page))]);
    let (page, url) = (one.url("/x"), writer.own.url("/1"));
    let words = ["ping", "--page", &page, "--url", &url, "--title", ""];
    let said = writer.site.tb(&words).failed(1);
    assert!(said.contains("`--ping-host 127.0.0.3` allows it"), "{said}");
    assert!(other.requests().is_empty());
    writer
        .site
        .tb(&[&words[..], &["--ping-host", "127.0.0.3"]].concat())
        .out();
    assert_eq!(pings(&other).len(), 1);
    writer.configure("ping_hosts = [\"127.0.0.3\"]");
    writer.site.tb(&words).out();
    assert_eq!(pings(&other).len(), 2);
}

#[test]
fn c13_a_wordpress_page_without_a_ping_url_is_hinted_at_and_guessed() {
    let writer = Writer::new();
    let page = Script::html("<link rel=stylesheet href='/wp-content/style.css'>");
    let one = Blog::start_at([127, 0, 0, 2], [("/x/", page)]);
    one.play("/x/trackback/", Script::xml(ACCEPTED));
    let (page, url) = (one.url("/x/"), writer.own.url("/1"));
    let ping = ["ping", "--page", &page, "--url", &url, "--title", ""];
    let discover = ["discover", &page];
    for words in [&ping[..], &discover] {
        let said = writer.site.tb(words).failed(1);
        assert!(said.contains("--guess-wordpress"), "{said}");
    }
    assert!(pings(&one).is_empty());
    let guess = ["--guess-wordpress"];
    let out = writer.site.tb(&[&discover[..], &guess].concat()).out();
    assert!(out.contains(&one.url("/x/trackback/")), "{out}");
    writer.site.tb(&[&ping[..], &guess].concat()).out();
    assert_eq!(pings(&one).len(), 1);
    // A run says so too, and that it was so is no obstacle to a guess.
    writer.publish("/1", &format!("<a href='{page}'>x</a>"));
    let out = writer.send(&[]).out();
    assert!(
        out.contains("1 none: it names none, but is WordPress's"),
        "{out}"
    );
    writer.send(&guess).out();
    assert_eq!(pings(&one).len(), 2);
}

#[test]
fn c13_an_answer_of_http_that_is_none_of_trackback_is_called_that() {
    let one = Blog::start_at([127, 0, 0, 2], [("/tb", Script::html("<p>thank you"))]);
    let writer = Writer::new();
    let (to, url) = (one.url("/tb"), writer.own.url("/1"));
    let said = writer
        .site
        .tb(&["ping", "--to", &to, "--url", &url, "--title", ""])
        .failed(1);
    assert!(
        said.contains("is not a TrackBack reply") && !said.contains("not HTTP"),
        "{said}"
    );
    let ran = writer
        .site
        .tb(&["ping", "--to", &to, "--url", &url, "--title", "", "--json"]);
    let row: Value = serde_json::from_slice(&ran.0.stdout).unwrap();
    assert_eq!(row["outcome"], "uncertain");
    one.play("/tb", answer(429, &[("Retry-After", "60")], ""));
    let ran = writer
        .site
        .tb(&["ping", "--to", &to, "--url", &url, "--title", "", "--json"]);
    let row: Value = serde_json::from_slice(&ran.0.stdout).unwrap();
    assert!(
        row["outcome"] == "later" && row["next"].is_string(),
        "{row}"
    );
}

#[test]
fn c1_status_and_headers_count_though_nobody_can_read_the_body() {
    for coding in ["br", "zstd", "gzip"] {
        let headers = [("Content-Encoding", coding), ("Retry-After", "3600")];
        for status in [429, 503, 500] {
            let (writer, one) = (Writer::new(), peer_with(2, answer(status, &headers, "x")));
            writer.publish("/1", &link(&one));
            assert_eq!(writer.send(&["--limit-wait", "0"]).code(), 1);
            assert_eq!(writer.only().0, "later", "{coding} {status}");
            writer.send(&["--retry"]);
            assert_eq!(pings(&one).len(), 1, "{coding} {status}");
        }
        let (writer, one) = (Writer::new(), peer_with(2, answer(200, &headers[..1], "x")));
        writer.publish("/1", &link(&one));
        assert_eq!(writer.send(&[]).code(), 1);
        assert_eq!(writer.only().0, "uncertain", "{coding}");
    }
}

#[test]
fn c1_a_page_that_asks_to_come_back_later_is_not_asked_before() {
    for (status, time) in [(429, "3600"), (503, "3600"), (403, "3600"), (500, "3600")] {
        let (writer, one) = (Writer::new(), peer(2));
        one.play("/x", answer(status, &[("Retry-After", time)], "Throttled"));
        writer.publish("/1", &link(&one));
        assert_eq!(writer.send(&[]).code(), 1);
        assert_eq!(writer.only().0, "later", "{status}");
        let asked = one.requests().len();
        writer.send(&["--retry"]);
        assert_eq!(one.requests().len(), asked, "{status}");
    }
    // What is not a time changes nothing: a page that is gone has no ping URL.
    let (writer, one) = (Writer::new(), peer(2));
    one.play("/x", answer(404, &[("Retry-After", "soon")], ""));
    writer.publish("/1", &link(&one));
    let out = writer.send(&[]).out();
    assert!(out.contains("1 without a ping URL"), "{out}");
}
