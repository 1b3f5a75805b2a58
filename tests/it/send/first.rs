//! The first run on a weblog that is there already, and runs that are too large to be meant.

use crate::support::writer::{Writer, link, peer, pings};

fn old_weblog(entries: usize) -> (Writer, crate::support::blog::Blog) {
    let (writer, one) = (Writer::new(), peer(2));
    for number in 0..entries {
        writer.publish(&format!("/{number}"), &link(&one));
    }
    (writer, one)
}

#[test]
fn a_first_run_says_what_it_would_do_and_does_nothing() {
    let (writer, one) = old_weblog(6);
    let said = writer.send(&[]).failed(2);
    for word in [
        "6 entries",
        "--adopt all",
        "--adopt 3",
        "--adopt none",
        "--dry-run",
    ] {
        assert!(said.contains(word), "{word}: {said}");
    }
    assert!(!writer.site.path("tb-sent.jsonl").exists());
    assert!(one.requests().is_empty() && writer.own.requests().is_empty());
}

#[test]
fn what_is_there_can_count_as_sent() {
    let (writer, one) = old_weblog(6);
    writer.send(&["--adopt", "all"]).out();
    assert!(one.requests().is_empty());
    assert!(
        writer
            .standing()
            .values()
            .all(|(state, _)| state == "adopted")
    );
    // What comes later is sent, though the flag stands there for good.
    for number in 6..20 {
        writer.publish(&format!("/{number}"), &link(&one));
    }
    writer.send(&["--adopt", "all"]).out();
    assert_eq!(pings(&one).len(), 14);
}

#[test]
fn the_newest_entries_can_be_sent_and_the_rest_count_as_sent() {
    let (writer, one) = old_weblog(8);
    writer.send(&["--adopt", "2"]).out();
    // Without dates the first of a feed is the newest.
    let urls: Vec<_> = pings(&one).iter().map(|ping| ping["url"].clone()).collect();
    assert_eq!(urls.len(), 2);
    for path in ["/0", "/1"] {
        assert!(urls.contains(&writer.own.url(path)), "{urls:?}");
    }
}

#[test]
fn all_can_be_sent() {
    let (writer, one) = old_weblog(6);
    writer.send(&["--adopt", "none"]).out();
    assert_eq!(pings(&one).len(), 6);
}

#[test]
fn a_weblog_without_entries_has_had_its_first_run() {
    let (writer, one) = (Writer::new(), peer(2));
    writer.publish("/0", "no link");
    writer.send(&["--adopt", "all"]).out();
    writer.publish("/1", &link(&one));
    writer.send(&["--adopt", "all"]).out();
    assert_eq!(pings(&one).len(), 1);
}

#[test]
fn a_ping_by_hand_is_no_first_run() {
    let (writer, one) = old_weblog(6);
    let (to, url) = (one.url("/tb"), writer.own.url("/0"));
    let words = [
        "ping",
        "--to",
        &to,
        "--url",
        &url,
        "--title",
        "",
        "--ledger",
        "tb-sent.jsonl",
    ];
    writer.site.tb(&words).out();
    writer.send(&[]).failed(2);
}

#[test]
fn on_a_terminal_it_is_asked() {
    let (writer, one) = old_weblog(6);
    let mut terminal = writer.site.terminal(&["send", "feed.xml"]);
    terminal.answer("Count as pinged already [all]:", "1");
    let (seen, code) = terminal.end();
    assert_eq!(code, 0, "{seen}");
    assert!(seen.contains("1 sent, 0 refused"), "{seen}");
    assert!(
        seen.contains(&format!("from {}", writer.own.url("/0"))),
        "{seen}"
    );
    assert_eq!(pings(&one).len(), 1);
}

#[test]
fn arxiv_is_not_flooded_unasked() {
    let writer = Writer::new();
    let links: String = (0..21)
        .map(|number| format!("<a href='https://arxiv.org/pdf/1501.{number:05}v1'>p</a> "))
        .collect();
    // The page does not carry the links, so nothing would be sent in any case.
    writer.announce("/1", &links);
    let said = writer.send(&[]).failed(2);
    assert!(
        said.contains("21 pings would be sent to arXiv.org"),
        "{said}"
    );
    assert!(!writer.site.path("tb-sent.jsonl").exists());
    let mut terminal = writer.site.terminal(&["send", "feed.xml"]);
    terminal.answer("Send them [no]:", "");
    assert_eq!(terminal.end().1, 2);
    let out = writer.send(&["--dry-run"]).out();
    assert!(out.contains("https://arxiv.org/abs/1501.00020"), "{out}");
    assert_eq!(writer.send(&["--yes"]).code(), 1);
    assert_eq!(writer.standing().len(), 21);
    assert!(
        writer
            .standing()
            .values()
            .all(|(_, why)| why.contains("not live yet"))
    );
}

#[test]
fn words_without_sense_are_refused_before_anything_is_read() {
    let (writer, _) = old_weblog(1);
    for words in [
        &["send"][..],
        &["send", "feed.xml", "--adopt", "some"],
        &["send", "feed.xml", "--since", "yesterday"],
        &["send", "feed.xml", "--jobs", "0"],
        &["send", "feed.xml", "--resend", "1"],
        &["sent", "--state", "gone"],
        &["sent", "--verify", "--forget", "https://a.example/"],
        &["sent", "--forget", "https://a.example/"],
        &["sent", "--base-url", "https://a.example/"],
    ] {
        writer.site.tb(words).failed(2);
    }
    assert!(writer.own.requests().is_empty());
    assert!(!writer.site.path("tb-sent.jsonl").exists());
}
