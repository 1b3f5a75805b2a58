//! A ledger that was begun when TrackBack was all that was spoken: what is old stays unsent until its owner says so.

use std::fmt::Write as _;

use super::{facts, taking};
use crate::support::blog::Blog;
use crate::support::writer::{Writer, link, pings};

const BEGIN: &str = "{\"op\":\"begin\",\"time\":\"2026-01-01T00:00:00Z\"}\n";

fn none(target: &str, time: &str) -> String {
    format!("{{\"op\":\"none\",\"target\":\"{target}\",\"time\":\"{time}\"}}\n")
}

/// A weblog of so many entries, each with a link of its own to `one`, and the ledger of a version that found no ping
/// URL at half of them and counted the others as sent.
fn old_weblog(entries: usize, time: &str) -> (Writer, Blog) {
    let (writer, one) = (Writer::new(), taking(2));
    let mut ledger = BEGIN.to_owned();
    let mut items = String::new();
    for number in 0..entries {
        let (entry, target) = (
            writer.own.url(&format!("/{number}")),
            one.url(&format!("/x?{number}")),
        );
        if number % 2 == 0 {
            ledger.push_str(&none(&target, time));
        } else {
            let adopt = format!(
                "{{\"op\":\"adopt\",\"entry\":\"{entry}\",\"targets\":[\"{target}\"],\"time\":\"2026-01-01T00:00:00Z\"}}\n"
            );
            ledger.push_str(&adopt);
        }
        write!(
            items,
            "<item><title>{number}</title><link>{entry}</link><content:encoded><![CDATA[<p>x <a href='{target}'>it</a>]]></content:encoded></item>"
        )
        .unwrap();
    }
    let feed = format!("<rss version=\"2.0\"><channel><title>T</title>{items}</channel></rss>");
    writer.site.write("feed.xml", &feed);
    writer.site.write("tb-sent.jsonl", &ledger);
    (writer, one)
}

/// A time for which it is still believed that a page names no ping URL.
fn lately() -> String {
    let now = std::time::SystemTime::now();
    jiff::Timestamp::try_from(now).unwrap().to_string()
}

/// Does not name the protocols, as in a configuration of an older version.
fn without_protocols(writer: &Writer) {
    let config = writer.site.read("cgi-bin/tb.toml");
    let others = config.lines().filter(|line| !line.starts_with("protocols"));
    let config: String = others.map(|line| format!("{line}\n")).collect();
    writer.site.write("cgi-bin/tb.toml", &config);
}

#[test]
fn an_old_ledger_of_10000_entries_sends_nothing_unasked() {
    let all = [
        "--protocol",
        "webmention",
        "--protocol",
        "pingback",
        "--protocol",
        "trackback",
    ];
    for (time, protocols) in [
        (lately(), &all[..2]),
        ("2026-01-01T00:00:00Z".to_owned(), &all[..]),
    ] {
        let (writer, one) = old_weblog(10_000, &time);
        without_protocols(&writer);
        let before = writer.ledger();
        let said = writer.send(protocols).failed(2);
        for word in [
            "5000 old entries",
            "--adopt all",
            "--adopt 3",
            "--adopt none",
            "--dry-run",
        ] {
            assert!(said.contains(word), "{word}: {said}");
        }
        assert_eq!(writer.ledger(), before);
        assert!(one.requests().is_empty() && writer.own.requests().is_empty());
    }
}

#[test]
fn an_upgrade_alone_speaks_no_other_protocol() {
    let (writer, one) = old_weblog(20, &lately());
    without_protocols(&writer);
    writer.send(&[]).out();
    assert!(one.requests().is_empty() && writer.own.requests().is_empty());
    // What is published from then on is told as before.
    writer.publish("/new", &link(&one));
    writer.send(&[]).out();
    assert!(pings(&one).is_empty());
}

#[test]
fn a_configuration_that_names_more_protocols_is_asked_about() {
    let (writer, one) = old_weblog(20, &lately());
    without_protocols(&writer);
    writer.configure("protocols = [\"trackback\", \"webmention\"]");
    writer.send(&[]).failed(2);
    assert!(one.requests().is_empty());
    let mut terminal = writer.site.terminal(&["send", "feed.xml"]);
    terminal.answer("Count as pinged already [all]:", "");
    let (seen, code) = terminal.end();
    assert_eq!(code, 0, "{seen}");
    assert!(one.requests().is_empty());
    // That is said once.
    writer.send(&[]).out();
    assert!(one.requests().is_empty());
}

#[test]
fn what_is_old_counts_as_sent_and_what_is_new_is_sent() {
    let (writer, one) = old_weblog(20, &lately());
    without_protocols(&writer);
    let feed = writer.site.read("feed.xml");
    writer.publish("/new", &link(&one));
    let new = writer.site.read("feed.xml");
    let item = &new[new.find("<item>").unwrap()..new.find("</channel>").unwrap()];
    writer.site.write(
        "feed.xml",
        &feed.replace("</channel>", &format!("{item}</channel>")),
    );
    let words = ["--protocol", "webmention", "--adopt", "all"];
    let out = writer.send(&words).out();
    assert!(
        out.contains("10 links of 10 entries count as sent from now on"),
        "{out}"
    );
    let got = pings(&one);
    assert_eq!(got.len(), 1, "{got:?}");
    assert_eq!(got[0]["source"], writer.own.url("/new"));
    writer.send(&words).out();
    assert_eq!((pings(&one).len(), facts(&writer, "adopt").len()), (1, 20));
}

#[test]
fn an_older_version_never_sends_again_what_went_by_a_new_protocol() {
    let (writer, one) = (Writer::new(), taking(2));
    writer.publish("/1", &link(&one));
    writer.send(&[]).out();
    let known = [
        "begin", "source", "intent", "result", "none", "adopt", "seen", "forget",
    ];
    let states = ["failed", "later", "uncertain", "refused", "sent"];
    for line in writer.ledger().lines() {
        let fact: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(known.iter().any(|op| fact["op"] == *op), "{line}");
        assert!(fact["op"] != "result" || states.iter().any(|state| fact["state"] == *state));
    }
    // It knows none of the new keys.
    let old: String = writer
        .ledger()
        .lines()
        .map(|line| {
            let mut fact: serde_json::Value = serde_json::from_str(line).unwrap();
            for key in [
                "via",
                "for",
                "digest",
                "location",
                "spelling",
                "protocols",
                "adopt",
                "unread",
            ] {
                fact.as_object_mut().unwrap().remove(key);
            }
            format!("{fact}\n")
        })
        .collect();
    writer.site.write("tb-sent.jsonl", &old);
    writer.send(&["--protocol", "trackback"]).out();
    assert_eq!((pings(&one).len(), writer.only().0.as_str()), (1, "sent"));
}
