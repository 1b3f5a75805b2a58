//! One page, however it is spelt: in the ledger, in the feed and on the published page.

use crate::support::blog::{Blog, Script};
use crate::support::live::{Host, Live};
use crate::support::site::BASE;
use crate::support::writer::{ACCEPTED, TITLES, Writer, peer, pings};

fn line(entry: &str, target: &str) -> String {
    format!(
        "{{\"op\":\"intent\",\"entry\":\"{entry}\",\"target\":\"{target}\",\"ping_url\":\"{target}/tb\",\
         \"attempt\":\"a\",\"title\":\"T\",\"time\":\"2020-01-01T00:00:00Z\"}}\n\
         {{\"op\":\"result\",\"entry\":\"{entry}\",\"target\":\"{target}\",\"attempt\":\"a\",\"state\":\"sent\",\
         \"time\":\"2020-01-01T00:00:01Z\"}}\n"
    )
}

#[test]
fn c3_an_old_ledger_of_each_spelling_sends_nothing_again() {
    let (writer, one) = (Writer::new(), peer(2));
    let target = one.url("/%7Ecat/%e7%8c%ab");
    one.play(
        "/%7Ecat/%e7%8c%ab",
        Script::html("<link rel=trackback href=/tb>"),
    );
    writer.publish("/notes/1/", &format!("<a href='{target}'>x</a>"));
    let https = |url: &str| url.replacen("http:", "https:", 1);
    let entries = [
        "/notes/1/",
        "/notes/1",
        "/notes/1/index.html",
        "/n%6Ftes/1/",
        "/notes/1/?source=rss",
    ];
    let targets = [
        "/%7Ecat/%e7%8c%ab",
        "/~cat/%E7%8C%AB",
        "/~cat/%e7%8c%ab/",
        "/~cat//%E7%8C%AB/index.php",
    ];
    for entry in entries.map(|path| writer.own.url(path)) {
        for target in targets.map(|path| one.url(path)) {
            for (entry, target) in [
                (entry.clone(), target.clone()),
                (https(&entry), target.clone()),
                (entry.clone(), https(&target)),
            ] {
                let ledger = line(&entry, &target);
                writer.site.write("tb-sent.jsonl", &ledger);
                writer.send(&[]).out();
                assert!(one.requests().is_empty(), "{entry} {target}");
            }
        }
    }
    // Another page is another one.
    writer.site.write(
        "tb-sent.jsonl",
        &line(&writer.own.url("/notes/2/"), &target),
    );
    writer.send(&["--adopt", "none"]).out();
    assert_eq!(pings(&one).len(), 1);
    // Any spelling of it is understood by who forgets it or sends it again.
    let other = https(&one.url("/~cat/%E7%8C%AB/"));
    writer.send(&["--resend", &other]).out();
    writer.site.tb(&["sent", "--forget", &other]).out();
    writer.send(&[]).out();
    assert_eq!(pings(&one).len(), 3);
}

#[test]
fn c4_feed_and_page_may_spell_a_link_in_two_ways() {
    for (feed, page) in [
        ("/~cat", "/%7Ecat"),
        ("/%E7%8C%AB", "/猫"),
        ("/猫", "/%e7%8c%ab/"),
        ("/x/", "/x/index.html"),
    ] {
        let (writer, one) = (Writer::new(), Blog::start_at([127, 0, 0, 2], []));
        let asked = url::Url::parse(&one.url(feed)).unwrap();
        one.play(asked.path(), Script::html("<link rel=trackback href=/tb>"));
        one.play("/tb", Script::xml(ACCEPTED));
        writer.announce("/1", &format!("<a href='{}'>x</a>", one.url(feed)));
        let html = format!("<p><a href='{}'>猫</a>", one.url(page));
        let (body, _, _) = encoding_rs::EUC_JP.encode(&html);
        let published = Script::ok("text/html; charset=EUC-JP", &body);
        writer.own.play("/1", published);
        writer.send(&[]).out();
        assert_eq!(pings(&one).len(), 1, "{feed} {page}");
    }
}

#[test]
fn c4_a_page_that_never_carries_the_link_is_given_up() {
    let (writer, one) = (Writer::new(), peer(2));
    writer.announce("/1", &format!("<a href='{}'>x</a>", one.url("/x")));
    writer.own.play("/1", Script::html("<p>nothing"));
    // What runs of the days before have written.
    let (entry, target) = (writer.own.url("/1"), one.url("/x"));
    let failed = |tries: u32, time: &str| {
        format!(
            "{{\"op\":\"result\",\"entry\":\"{entry}\",\"target\":\"{target}\",\"state\":\"failed\",\
             \"answer\":\"not live yet: the page does not have the link\",\"tries\":{tries},\
             \"next\":\"{time}\",\"time\":\"{time}\"}}\n"
        )
    };
    let begin = "{\"op\":\"begin\",\"time\":\"2020-01-01T00:00:00Z\"}\n";
    // An older version counted no tries.
    writer.site.write(
        "tb-sent.jsonl",
        &format!("{begin}{}", failed(0, "2020-01-01T00:00:00Z")),
    );
    assert_eq!(writer.send(&[]).code(), 1);
    assert!(
        writer.ledger().contains("\"tries\":2"),
        "{}",
        writer.ledger()
    );
    writer.site.write(
        "tb-sent.jsonl",
        &format!("{begin}{}", failed(4, "2020-01-09T00:00:00Z")),
    );
    assert_eq!(writer.send(&[]).code(), 1);
    let looked = writer.own.requests().len();
    let out = writer.send(&[]).out();
    assert!(out.contains("1 left out: given up"), "{out}");
    assert_eq!(writer.own.requests().len(), looked);
    assert!(one.requests().is_empty());
    // It is not given up for good.
    writer.publish("/1", &format!("<a href='{}'>x</a>", one.url("/x")));
    writer.send(&["--retry"]).out();
    assert_eq!(pings(&one).len(), 1);
}

#[test]
fn c5_our_receiver_shows_the_senders_title_word_for_word() {
    let live = Live::start_with(Host::Serve, |site| site.set("throttle", "\"off\""));
    let writer = Writer::new();
    for (number, title) in TITLES.iter().enumerate() {
        let id = format!("id{number}");
        let to = format!("http://127.0.0.1:{}{BASE}/{id}", live.port);
        let words = [
            "ping",
            "--to",
            &to,
            "--url",
            "https://me.example/1",
            "--title",
            title,
        ];
        writer.site.tb(&words).out();
        let shown = live.site.tb(&["list", &id, "--json"]);
        let row: serde_json::Value = serde_json::from_str(&shown).unwrap();
        assert_eq!(row["title"], *title, "{row}");
    }
}

#[test]
fn c6_links_to_two_entries_of_one_page_are_two_pings() {
    let block = tb::linkback::trackback::rdf::block;
    for (first, second) in [
        ("#a", "#b"),
        ("#000024", "#000026"),
        ("?p=1#a", "?p=1#b"),
        ("#a", "#A"),
    ] {
        let (writer, blog) = (Writer::new(), Blog::start_at([127, 0, 0, 2], []));
        let path = "/archives/2005_01.php";
        let permalink = |rest: &str| blog.url(&format!("{path}{rest}"));
        let page: String = [("#x", "x"), (first, "1"), (second, "2"), ("#y", "y")]
            .map(|(rest, tb)| block(&permalink(rest), tb, &blog.url(&format!("/tb/{tb}"))))
            .concat();
        blog.play(path, Script::html(&page));
        for tb in ["x", "1", "2", "y"] {
            blog.play(&format!("/tb/{tb}"), Script::xml(ACCEPTED));
        }
        let link = |rest: &str| format!("<p>See <a href='{}'>this</a> there.</p>", permalink(rest));
        let text = [link(first), link(second), link(first)].concat();
        writer.publish("/1", &text);
        let said = writer.send(&["--adopt", "none"]).out();
        assert!(said.contains("2 sent"), "{first}: {said}");
        let arrived = || {
            let posts = blog
                .requests()
                .into_iter()
                .filter(|request| request.method == "POST");
            let mut paths: Vec<String> = posts.map(|request| request.target).collect();
            paths.sort();
            paths
        };
        assert_eq!(arrived(), ["/tb/1", "/tb/2"], "{first}");
        let targets: Vec<String> = writer
            .standing()
            .into_keys()
            .map(|(_, target)| target)
            .collect();
        let mut expected = [permalink(first), permalink(second)];
        expected.sort();
        assert_eq!(targets, expected);
        // A third entry there, and an end of the page that is no entry.
        writer.publish("/1", &[text, link("#y"), link("#nowhere")].concat());
        writer.send(&[]).out();
        assert_eq!(arrived(), ["/tb/1", "/tb/2", "/tb/y"], "{first}");
    }
}
