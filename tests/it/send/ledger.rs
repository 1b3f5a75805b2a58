//! `tb sent`, and the ledger as its owner sees it.

use std::fs::File;

use serde_json::Value;

use crate::support::blog::{Blog, Script};
use crate::support::live::{Host, Live};
use crate::support::visitor::find_form;
use crate::support::writer::{ACCEPTED, Writer, link, peer, peer_with, pings};

fn intent(entry: &str, target: &str, ping_url: &str) -> String {
    format!(
        "{{\"op\":\"intent\",\"entry\":\"{entry}\",\"target\":\"{target}\",\"ping_url\":\"{ping_url}\",\
         \"attempt\":\"a\",\"title\":\"A title of some length\",\"time\":\"2026-01-01T00:00:00Z\"}}\n"
    )
}

fn sent(entry: &str, target: &str) -> String {
    format!(
        "{{\"op\":\"result\",\"entry\":\"{entry}\",\"target\":\"{target}\",\"attempt\":\"a\",\"state\":\"sent\",\
         \"time\":\"2026-01-01T00:00:01Z\"}}\n"
    )
}

#[test]
fn what_was_sent_is_listed_with_what_they_said() {
    let writer = Writer::new();
    let hostile = "no \u{1b}[2J\u{202e}";
    let lines = format!(
        "{}{}{{\"op\":\"result\",\"entry\":\"https://me.example/2\",\"target\":\"https://c.example/\",\"state\":\"refused\",\
         \"answer\":{},\"time\":\"2026-01-02T00:00:00Z\"}}\n{{\"op\":\"none\",\"target\":\"https://d.example/\",\
         \"time\":\"2026-01-03T00:00:00Z\"}}\n{{\"op\":\"bounce\",\"newer\":true}}\n",
        intent(
            "https://me.example/1",
            "https://b.example/",
            "https://b.example/tb"
        ),
        sent("https://me.example/1", "https://b.example/"),
        serde_json::to_string(hostile).unwrap(),
    );
    writer.site.write("tb-sent.jsonl", &lines);
    let out = writer.site.tb(&["sent"]).out();
    let rows: Vec<Vec<&str>> = out.lines().map(|line| line.split('\t').collect()).collect();
    assert_eq!(rows.len(), 3, "{out}");
    assert_eq!(
        rows[0][..4],
        [
            "sent",
            "2026-01-01T00:00:01Z",
            "https://me.example/1",
            "https://b.example/"
        ]
    );
    assert_eq!(
        rows[2][..4],
        ["none", "2026-01-03T00:00:00Z", "", "https://d.example/"]
    );
    assert!(
        !out.contains('\u{1b}') && !out.contains('\u{202e}'),
        "{out}"
    );
    let out = writer
        .site
        .tb(&["sent", "--json", "--state", "refused"])
        .out();
    assert!(!out.contains('\u{202e}'), "{out}");
    let row: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(
        (&row["state"], &row["answer"]),
        (&"refused".into(), &hostile.into())
    );
    let (seen, code) = writer.site.terminal(&["sent"]).end();
    assert!(
        code == 0 && seen.contains("from https://me.example/1"),
        "{seen}"
    );
    assert_eq!(writer.ledger(), lines);
    let none = writer
        .site
        .tb(&["sent", "--ledger", "elsewhere.jsonl"])
        .out();
    assert!(none.is_empty() && !writer.site.path("elsewhere.jsonl").exists());
}

#[test]
fn an_uncertain_ping_is_told_and_sent_again_only_on_request() {
    let (writer, one) = (Writer::new(), peer(2));
    writer.publish("/1", &link(&one));
    let line = intent(&writer.own.url("/1"), &one.url("/x"), &one.url("/tb"));
    writer.site.write("tb-sent.jsonl", &line);
    let ran = writer.send(&["--retry"]);
    assert_eq!(ran.code(), 1);
    let said = String::from_utf8(ran.0.stderr).unwrap();
    assert!(said.contains("--retry-uncertain"), "{said}");
    assert!(one.requests().is_empty());
    let mut terminal = writer.site.terminal(&["send", "feed.xml"]);
    terminal.answer("Send them again [no]:", "");
    let (seen, code) = terminal.end();
    assert_eq!((code, one.requests().len()), (1, 0), "{seen}");
    writer.send(&["--retry-uncertain"]).out();
    assert_eq!((pings(&one).len(), writer.only().0.as_str()), (1, "sent"));
    writer.send(&["--retry-uncertain"]).out();
    assert_eq!(pings(&one).len(), 1);
}

#[test]
fn branches_of_a_ledger_can_be_joined_in_any_way() {
    let (writer, one, two) = (Writer::new(), peer(2), peer(3));
    writer.publish("/1", &format!("{}{}", link(&one), link(&two)));
    let entry = writer.own.url("/1");
    let ours = intent(&entry, &one.url("/x"), &one.url("/tb")) + &sent(&entry, &one.url("/x"));
    let theirs = sent(&entry, &two.url("/x")) + &intent(&entry, &two.url("/x"), &two.url("/tb"));
    let joined = format!("<<<<<<< HEAD\n{ours}=======\n{theirs}{ours}>>>>>>> topic\n");
    writer.site.write("tb-sent.jsonl", &joined);
    let ran = writer.send(&[]);
    assert!(ran.0.status.success(), "{:?}", ran.0);
    let said = String::from_utf8(ran.0.stderr).unwrap();
    assert!(
        said.contains("git conflict markers in lines 1, 4, 9"),
        "{said}"
    );
    assert!(one.requests().is_empty() && two.requests().is_empty());
    assert!(writer.standing_is_quiet());
}

impl Writer {
    /// Whether all is sent, for a ledger that is warned of.
    fn standing_is_quiet(&self) -> bool {
        let ran = self.site.tb(&["sent", "--json"]);
        let out = String::from_utf8(ran.0.stdout).unwrap();
        out.lines().count() == 2 && out.lines().all(|line| line.contains("\"state\":\"sent\""))
    }
}

#[test]
fn the_second_of_two_runs_says_who_is_in_its_way() {
    let (writer, one) = (Writer::new(), peer(2));
    writer.publish("/1", &link(&one));
    writer.site.write("tb-sent.jsonl", "");
    let held = File::open(writer.site.path("tb-sent.jsonl")).unwrap();
    held.lock().unwrap();
    let said = writer.send(&[]).failed(1);
    let me = format!("process {} is using it", std::process::id());
    assert!(said.contains(&me), "{said}");
    assert!(one.requests().is_empty());
    // Who only looks need not wait.
    writer.site.tb(&["sent"]).out();
    let waiting = std::thread::scope(|scope| {
        let site = &writer.site;
        let run = scope.spawn(|| site.tb(&["send", "feed.xml", "--wait", "60"]));
        drop(held);
        run.join().unwrap()
    });
    waiting.out();
    assert_eq!(pings(&one).len(), 1);
}

#[test]
fn what_others_have_sent_is_taken_over() {
    let (writer, one, two) = (Writer::new(), peer(2), peer(3));
    writer.publish("/1", &format!("{}{}", link(&one), link(&two)));
    let (entry, x) = (writer.own.url("/1"), one.url("/x"));
    let table = format!("target,entry\n{x},{entry}\nnonsense,{entry}\n");
    writer.site.write("sent.csv", &table);
    let said = writer.site.tb(&["sent", "--import", "sent.csv"]).failed(2);
    assert!(said.contains("`sent.csv`, line 3:"), "{said}");
    assert!(!writer.site.path("tb-sent.jsonl").exists() || writer.ledger().is_empty());
    writer
        .site
        .write("trackbacks.yml", &format!("- entry: /1\n  target: {x}\n"));
    let base = writer.own.url("/");
    let words = ["sent", "--import", "trackbacks.yml", "--base-url", &base];
    assert_eq!(writer.site.tb(&words).out(), "1 recorded as sent\n");
    assert_eq!(writer.only().0, "adopted");
    writer.send(&[]).out();
    assert_eq!((pings(&one).len(), pings(&two).len()), (0, 1));
}

#[test]
fn what_is_forgotten_is_sent_again() {
    let (writer, one) = (Writer::new(), peer(2));
    writer.publish("/1", &link(&one));
    let forget = |what: &str| writer.site.tb(&["sent", "--forget", what]).out();
    writer.send(&[]).out();
    for (round, what) in [writer.own.url("/1"), one.url("/x")].iter().enumerate() {
        forget(what);
        writer.send(&[]).out();
        assert_eq!(pings(&one).len(), round + 2);
    }
}

#[test]
fn arxivs_lists_are_asked_which_pings_are_shown() {
    let writer = Writer::new();
    let (one, two) = (
        "https://arxiv.org/abs/1501.00001",
        "https://arxiv.org/abs/hep-th/9901001",
    );
    let lines: String = [("https://me.example/1", one), ("https://me.example/2", two)]
        .iter()
        .map(|(entry, target)| intent(entry, target, one) + &sent(entry, target))
        .collect();
    writer.site.write("tb-sent.jsonl", &lines);
    let listed = "<a href='/tb/redirect/1/ab'>A title of some length</a> [Me@ me.example]";
    let arxiv = Blog::start_at([127, 0, 0, 2], [("/tb/1501.00001", Script::html(listed))]);
    arxiv.play("/tb/hep-th/9901001", Script::html("no trackbacks"));
    let base = arxiv.url("/tb/");
    let verify = || {
        writer
            .site
            .tb(&["sent", "--verify", "--listing-url", &base])
    };
    assert_eq!(
        verify().out(),
        format!("listed\thttps://me.example/1\t{one}\t\nwaiting\thttps://me.example/2\t{two}\t\n")
    );
    arxiv.play("/tb/hep-th/9901001", Script::status(500));
    let ran = verify();
    assert_eq!(ran.code(), 1);
    let out = String::from_utf8(ran.0.stdout).unwrap();
    assert!(out.starts_with("unread\t") && out.contains("500"), "{out}");
    // What was seen once is not asked for again.
    assert_eq!(arxiv.requests().len(), 3);
    let rows = writer.site.tb(&["sent", "--json"]).out();
    assert!(
        rows.lines().next().unwrap().contains("\"seen\":\"20"),
        "{rows}"
    );
}

#[test]
fn a_ping_by_hand_is_noted_too() {
    let (writer, one) = (Writer::new(), peer(2));
    let (page, url) = (one.url("/x"), writer.own.url("/1"));
    let words = [
        "ping",
        "--page",
        &page,
        "--url",
        &url,
        "--title",
        "",
        "--ledger",
        "mine.jsonl",
    ];
    writer.site.tb(&words).out();
    one.play("/tb", Script::status(500));
    let said = writer.site.tb(&words).failed(1);
    assert!(said.contains("500"), "{said}");
    let out = writer
        .site
        .tb(&["sent", "--ledger", "mine.jsonl", "--json"])
        .out();
    let row: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(
        (&row["state"], &row["target"]),
        (&"sent".into(), &page.as_str().into())
    );
    // Where nothing can be noted nothing is sent.
    let before = one.requests().len();
    let said = writer.site.tb(&[
        "ping", "--page", &page, "--url", &url, "--title", "", "--ledger", "/proc/x",
    ]);
    assert_eq!(said.0.status.code(), Some(1));
    assert!(
        one.requests()[before..]
            .iter()
            .all(|request| request.method != "POST")
    );
}

#[test]
fn a_ping_from_the_form_is_noted_where_the_configuration_names_a_ledger() {
    let live = Live::start_with(Host::Serve, |site| {
        site.set_password();
        let ledger = site.path("data/sent.jsonl");
        site.set("ledger", &format!("{:?}", ledger.to_str().unwrap()));
    });
    let blog = Blog::start([("/tb", Script::xml(ACCEPTED))]);
    let mut owner = live.owner();
    let page = owner.get("__mode=send_form").expect(200);
    let form = find_form(&page, "send_ping")
        .with("ping_url", &blog.url("/tb"))
        .with("url", "http://127.0.0.1/mine");
    let reply = owner.submit(&form);
    assert!(reply.text().contains("Ping successfully sent"), "{reply}");
    let out = live.site.tb(&["sent", "--json"]);
    let row: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(
        (&row["state"], &row["entry"]),
        (&"sent".into(), &"http://127.0.0.1/mine".into())
    );
}

#[test]
fn a_feed_that_has_not_changed_since_all_of_it_was_done_is_not_read_again() {
    let (writer, one) = (Writer::new(), peer_with(2, Script::status(500)));
    writer.publish("/1", &link(&one));
    let feed = |etag: &str| Script::Respond {
        status: 200,
        headers: vec![
            ("Content-Type".to_owned(), "application/rss+xml".to_owned()),
            ("ETag".to_owned(), etag.to_owned()),
        ],
        body: writer.site.read("feed.xml").into_bytes(),
    };
    writer.own.play("/feed.xml", feed("\"a\""));
    let url = writer.own.url("/feed.xml");
    let send = |words: &[&str]| {
        let before = writer.own.requests().len();
        let ran = writer.site.tb(&[&["send", &url], words].concat());
        let asked = writer.own.requests().into_iter().skip(before);
        let feeds = asked.filter(|request| request.target == "/feed.xml");
        let known = feeds.map(|request| request.header("if-none-match").map(str::to_owned));
        (ran.code(), known.collect::<Vec<_>>())
    };
    // Something is left to do.
    assert_eq!(send(&[]), (1, vec![None]));
    assert_eq!(send(&[]), (0, vec![None]));
    one.play("/tb", Script::xml(ACCEPTED));
    assert_eq!(send(&["--retry"]), (0, vec![None]));
    let known = Some("\"a\"".to_owned());
    assert_eq!(send(&[]), (0, vec![known.clone()]));
    let ledger = writer.ledger();
    writer.own.play("/feed.xml", Script::status(304));
    assert_eq!(send(&[]), (0, vec![known]));
    assert_eq!(writer.ledger(), ledger);
    // Who wants something else has to read it.
    writer.own.play("/feed.xml", feed("\"b\""));
    assert_eq!(send(&["--nofollow"]), (0, vec![None]));
    writer.site.tb(&["sent", "--forget", &one.url("/x")]).out();
    assert_eq!(send(&["--nofollow"]), (0, vec![None]));
    assert_eq!(pings(&one).len(), 3);
}

#[test]
fn a_reader_who_goes_away_does_not_stop_the_pings() {
    let (writer, one) = (Writer::new(), peer(2));
    for number in 0..5 {
        writer.publish(&format!("/{number}"), &link(&one));
    }
    let mut command = writer.site.command(&["send", "feed.xml"]);
    let mut child = command
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert_eq!(pings(&one).len(), 5);
}
