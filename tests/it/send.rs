//! `tb send` against real weblogs on this machine: what arrives, what does not, and what is remembered.

mod answers;
mod examples;
mod first;
mod guids;
mod hosts;
mod identity;
mod interrupted;
mod ledger;
mod outcomes;
mod places;
mod report;
mod spelling;

use serde_json::Value;

use crate::support::blog::{Blog, Script};
use crate::support::writer::{ACCEPTED, Writer, link, peer, peer_with, pings};

#[test]
fn each_link_is_pinged_once_with_what_stands_around_it() {
    let (writer, one, two) = (Writer::new(), peer(2), peer(3));
    writer.publish("/1", &format!("{}{}", link(&one), link(&two)));
    writer.publish("/2", &link(&one));
    let out = writer.send(&[]).out();
    assert!(
        out.ends_with("3 sent, 0 refused, 0 failed, 0 without a ping URL\n"),
        "{out}"
    );
    let row = format!(
        "sent\t{}\t{}\t{}\t\t\n",
        writer.own.url("/1"),
        two.url("/x"),
        two.url("/tb")
    );
    assert!(out.contains(&row), "{out}");
    let got = pings(&two);
    assert_eq!(got.len(), 1);
    assert_eq!(got[0]["url"], writer.own.url("/1"));
    assert_eq!(got[0]["title"], "About /1");
    assert_eq!(got[0]["blog_name"], "The & Writer");
    assert!(
        got[0]["excerpt"].contains("before the link after"),
        "{got:?}"
    );
    let request = two.requests().pop().unwrap();
    assert_eq!(
        request.header("content-type"),
        Some("application/x-www-form-urlencoded; charset=utf-8")
    );
    let agent = request.header("user-agent").unwrap();
    assert!(
        agent.starts_with("tb/") && agent.contains("(+http://me.example/"),
        "{agent}"
    );
    assert_eq!(pings(&one).len(), 2);
    // A page is looked at once, however many entries link to it.
    assert_eq!(one.requests().len(), 3);
}

#[test]
fn a_second_run_asks_nobody_and_writes_nothing() {
    let (writer, one) = (Writer::new(), peer(2));
    let bare = Blog::start_at([127, 0, 0, 3], [("/x", Script::html("nothing"))]);
    writer.publish("/1", &format!("{}{}", link(&one), link(&bare)));
    let out = writer.send(&[]).out();
    assert!(
        out.contains("1 sent, 0 refused, 0 failed, 1 without"),
        "{out}"
    );
    let asked = |writer: &Writer| {
        writer.own.requests().len() + one.requests().len() + bare.requests().len()
    };
    let (before, ledger) = (asked(&writer), writer.ledger());
    let out = writer.send(&[]).out();
    assert_eq!(
        out,
        "entries read: 1, links in them: 2\n  1 left out: sent before\n  1 left out: to a page without a ping URL\n\
         0 sent, 0 refused, 0 failed, 0 without a ping URL\n"
    );
    assert_eq!((asked(&writer), writer.ledger()), (before, ledger));
}

#[test]
fn a_changed_entry_with_one_new_link_sends_just_that_one() {
    let (writer, one, two) = (Writer::new(), peer(2), peer(3));
    writer.publish("/1", &link(&one));
    writer.send(&[]).out();
    writer.publish("/1", &format!("{}{}", link(&two), link(&one)));
    writer.send(&[]).out();
    assert_eq!((pings(&one).len(), pings(&two).len()), (1, 1));
}

#[test]
fn one_ping_url_gets_one_ping_of_an_entry_however_its_page_is_addressed() {
    let (writer, one) = (Writer::new(), peer(2));
    let other = format!("<a href='{}'>again</a>", one.url("/x?utm=1"));
    writer.publish("/1", &format!("{}{other}", link(&one)));
    let out = writer.send(&[]).out();
    assert!(
        out.ends_with("1 sent, 0 refused, 0 failed, 0 without a ping URL, 1 sent before to another URL of the page\n"),
        "{out}"
    );
    let third = format!("<a href='{}'>again</a>", one.url("/x?utm=2"));
    writer.publish("/1", &format!("{}{other}{third}", link(&one)));
    writer.send(&[]).out();
    assert_eq!(pings(&one).len(), 1);
    // Another entry is another matter.
    writer.publish("/2", &third);
    writer.send(&[]).out();
    assert_eq!(pings(&one).len(), 2);
}

#[test]
fn a_dry_run_writes_nothing_anywhere_and_sends_nothing() {
    let (writer, one) = (Writer::new(), peer(2));
    for number in 0..9 {
        writer.publish(&format!("/{number}"), &link(&one));
    }
    let files = || {
        let mut found: Vec<_> = walk(&writer.site.path(""));
        found.sort();
        found
    };
    let before = files();
    let out = writer.send(&["--dry-run"]).out();
    let row = format!("planned\t{}\t{}\n", writer.own.url("/3"), one.url("/x"));
    assert!(out.contains(&row), "{out}");
    assert!(out.contains("9 links of 9 entries"), "{out}");
    let out = writer.send(&["--dry-run", "--json", "--adopt", "2"]).out();
    let last: Value = serde_json::from_str(out.lines().last().unwrap()).unwrap();
    assert_eq!(
        (&last["pings"], &last["left_out"]["adopted"]),
        (&2.into(), &7.into())
    );
    assert_eq!(files(), before);
    assert!(one.requests().is_empty() && writer.own.requests().is_empty());
}

fn walk(folder: &std::path::Path) -> Vec<(std::path::PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(walk(&path));
        } else if !path.ends_with("tb.cgi") {
            let bytes = std::fs::read(&path).unwrap();
            found.push((path, bytes));
        }
    }
    found
}

#[test]
fn nothing_is_sent_before_the_page_is_live_and_carries_the_link() {
    let (writer, one) = (Writer::new(), peer(2));
    writer.announce("/1", &link(&one));
    let ran = writer.send(&[]);
    assert_eq!(ran.code(), 1);
    assert_eq!(
        writer.only(),
        (
            "failed".to_owned(),
            "not live yet: HTTP error: 404".to_owned()
        )
    );
    writer
        .own
        .play("/1", Script::html("<p>the text without it"));
    assert_eq!(writer.send(&[]).code(), 1);
    assert!(writer.only().1.contains("does not have the link"));
    // That it is still so is no news.
    let ledger = writer.ledger();
    assert_eq!(writer.send(&[]).code(), 1);
    assert_eq!(writer.ledger(), ledger);
    assert!(one.requests().is_empty());
    writer.publish("/1", &link(&one));
    writer.send(&[]).out();
    assert_eq!(pings(&one).len(), 1);
}

#[test]
fn a_refusal_is_final_until_it_is_asked_for_again() {
    let no = "<response><error>1</error><message>no \u{1b}[2J<b>way</b></message></response>";
    let (writer, one) = (Writer::new(), peer_with(2, Script::xml(no)));
    writer.publish("/1", &link(&one));
    let out = writer.send(&[]).out();
    assert!(out.contains("\n  1 refused: no"), "{out}");
    assert!(!out.contains('\u{1b}'), "{out}");
    assert_eq!(writer.only().0, "refused");
    writer.send(&["--retry"]).out();
    assert_eq!(pings(&one).len(), 1);
    one.play("/tb", Script::xml(ACCEPTED));
    writer.send(&["--resend", &one.url("/x")]).out();
    assert_eq!((pings(&one).len(), writer.only().0.as_str()), (2, "sent"));
}

#[test]
fn a_failure_is_tried_again_later() {
    let (writer, one) = (Writer::new(), peer_with(2, Script::status(500)));
    writer.publish("/1", &link(&one));
    let ran = writer.send(&["--json"]);
    assert_eq!(ran.code(), 1);
    let out = String::from_utf8(ran.0.stdout).unwrap();
    let rows: Vec<Value> = out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(
        (&rows[0]["event"], &rows[0]["state"]),
        (&"ping".into(), &"failed".into())
    );
    assert_eq!(rows[0]["answer"], "HTTP error: 500");
    assert_eq!(
        (&rows[1]["event"], &rows[1]["failed"]),
        (&"summary".into(), &1.into())
    );
    assert_eq!(rows[1]["next"], rows[0]["next"]);
    one.play("/tb", Script::xml(ACCEPTED));
    // An hour has not passed.
    writer.send(&[]).out();
    assert_eq!(pings(&one).len(), 1);
    writer.send(&["--retry"]).out();
    assert_eq!((pings(&one).len(), writer.only().0.as_str()), (2, "sent"));
}

#[test]
fn only_the_other_sides_own_word_is_a_success() {
    for (answer, said) in [
        (Script::xml(""), "not a TrackBack reply"),
        (Script::html("<p>thank you"), "not a TrackBack reply"),
        (Script::CutOff(b"HTTP/1.1 200 OK\r\n\r\n<resp".to_vec()), ""),
    ] {
        let (writer, one) = (Writer::new(), peer_with(2, answer));
        writer.publish("/1", &link(&one));
        assert_eq!(writer.send(&[]).code(), 1);
        let (state, answer) = writer.only();
        assert_eq!(state, "uncertain");
        assert!(
            answer.contains(said) && !answer.contains("not HTTP: the answer"),
            "{answer}"
        );
    }
}

#[test]
fn own_links_nofollow_and_what_is_to_be_skipped_are_not_pinged() {
    let (writer, one, two) = (Writer::new(), peer(2), peer(3));
    writer.configure(&format!("skip = [\"{}\"]", two.url("/")));
    let own = writer.own.url("/2");
    writer.publish(
        "/1",
        &format!(
            "<a href='{own}'>mine</a> <a href='{}' rel='nofollow'>no</a> {}",
            one.url("/x"),
            link(&two)
        ),
    );
    writer
        .own
        .play("/2", Script::html("<link rel=trackback href=/tb>"));
    writer.own.play("/tb", Script::xml(ACCEPTED));
    writer.send(&[]).out();
    assert!(one.requests().is_empty() && two.requests().is_empty());
    writer.send(&["--nofollow", "--include-own"]).out();
    assert_eq!(
        (
            pings(&one).len(),
            pings(&writer.own).len(),
            pings(&two).len()
        ),
        (1, 1, 0)
    );
}

#[test]
fn a_built_site_is_read_where_it_was_built() {
    let (writer, one) = (Writer::new(), peer(2));
    for path in ["/2026/one/", "/2026/two/"] {
        let canonical = writer.own.url(path);
        let page = format!(
            "<!DOCTYPE html><html><head><title>Entry {path}</title><link rel=canonical href='{canonical}'>\
             <meta property='og:type' content='article'></head><body><nav>{}</nav>\
             <article class=h-entry><h1 class=p-name>Entry</h1><div class=e-content>{}</div></article></body></html>",
            link(&one).replace("/x", "/nav"),
            link(&one)
        );
        let file = writer.site.path(&format!("public{path}index.html"));
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, &page).unwrap();
        writer.own.play(path, Script::html(&page));
    }
    writer.site.tb(&["send", "public"]).out();
    let urls: Vec<_> = pings(&one).iter().map(|ping| ping["url"].clone()).collect();
    assert_eq!(urls.len(), 2, "{urls:?}");
    assert!(urls.contains(&writer.own.url("/2026/two/")), "{urls:?}");
    assert!(
        one.requests()
            .iter()
            .all(|request| request.target != "/nav")
    );
}
