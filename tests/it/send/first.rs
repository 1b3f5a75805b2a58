//! The first run on a weblog that is there already, and runs that are too large to be meant.

use std::fmt::Write as _;

use crate::support::blog::{Blog, Script};
use crate::support::writer::{Writer, link, peer, pings};

fn old_weblog(entries: usize) -> (Writer, Blog) {
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
    for number in 6..11 {
        writer.publish(&format!("/{number}"), &link(&one));
    }
    writer.send(&["--adopt", "all"]).out();
    assert_eq!(pings(&one).len(), 5);
    // So many entries without a date at once are not all new.
    for number in 11..20 {
        writer.publish(&format!("/{number}"), &link(&one));
    }
    let said = writer.send(&[]).failed(2);
    assert!(
        said.contains("9 entries that no run has read before"),
        "{said}"
    );
    writer.send(&["--adopt", "none"]).out();
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
fn since_and_adopt_go_by_the_last_change_where_a_feed_says_nothing_else() {
    let (writer, one) = old_weblog(3);
    let feed = writer.site.read("feed.xml");
    let days = ["2020-01-01T00:00:00Z", "2025-06-01T00:00:00Z"];
    let mut dated = String::new();
    for (number, item) in feed.split("</item>").enumerate() {
        let date = days
            .get(number)
            .map(|day| format!("<atom:updated>{day}</atom:updated></item>"));
        let end = if number == 2 { "</item>" } else { "" };
        dated += &format!("{item}{}", date.as_deref().unwrap_or(end));
    }
    writer.site.write("feed.xml", &dated);
    let ran = writer.send(&["--since", "2025-01-01", "--dry-run"]);
    let said = String::from_utf8_lossy(&ran.0.stderr).into_owned();
    assert!(
        said.contains("which `--since` does not leave out: 1"),
        "{said}"
    );
    let planned = String::from_utf8_lossy(&ran.0.stdout).into_owned();
    for (path, is_sent) in [("/0", false), ("/1", true), ("/2", true)] {
        assert_eq!(
            planned.contains(&writer.own.url(path)),
            is_sent,
            "{planned}"
        );
    }
    writer.send(&["--adopt", "1"]).out();
    let urls: Vec<_> = pings(&one).iter().map(|ping| ping["url"].clone()).collect();
    assert_eq!(urls, [writer.own.url("/1")]);
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
    writer
        .send(&["--adopt", "all"])
        .warned("the entry has no link to another page");
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

/// Builds a site of so many entries of 2020, each with the link; their pages are online, too.
fn build(writer: &Writer, entries: usize, one: &Blog) {
    for number in 1..=entries {
        let (path, published) = (format!("/o{number}/"), format!("2020-05-{number:02}"));
        let page = format!(
            "<title>P</title><article class=h-entry><h1 class=p-name>P</h1><time class=dt-published \
             datetime={published}>d</time><div class=e-content>{}</div></article>",
            link(one)
        );
        writer.own.play(&path, Script::html(&page));
        write_in(writer, &format!("public{path}"), &page);
    }
}

/// Writes the page of a folder of its own.
fn write_in(writer: &Writer, folder: &str, page: &str) {
    std::fs::create_dir_all(writer.site.path(folder)).unwrap();
    writer.site.write(&format!("{folder}/index.html"), page);
}

/// Runs `tb send` over a source.
fn send(writer: &Writer, source: &str, words: &[&str]) -> crate::support::shell::Ran {
    let base = writer.own.url("/");
    let own = ["send", source, "--base-url", &base];
    writer.site.tb(&[&own[..], words].concat())
}

#[test]
fn nothing_begins_before_an_entry_was_read() {
    const SUMMARIES: &str = "<rss version='2.0'><channel><title>T</title>";
    for (name, source) in [
        ("an empty folder", "public"),
        ("a sitemap", "sitemap.xml"),
        ("an empty feed", "empty.xml"),
        ("summaries of pages that are down", "summaries.xml"),
        ("a folder without addresses", "unnamed"),
        ("the front page", "/"),
    ] {
        for adopt in [&[][..], &["--adopt", "all"], &["--adopt", "2"]] {
            let (writer, one) = (Writer::new(), peer(2));
            std::fs::create_dir_all(writer.site.path("public")).unwrap();
            write_in(
                &writer,
                "unnamed/o",
                "<article class=h-entry><time class=dt-published>2020-01-01</time><div class=e-content><a href='http://127.0.0.2/'>x</a></div></article>",
            );
            writer.own.play("/", Script::html("<article class=h-entry><a class=u-url href=/o1/>x</a></article><article class=h-entry><a class=u-url href=/o2/>x</a></article>"));
            let (mut items, mut urls) = (String::new(), String::new());
            for number in 1..9 {
                let url = writer.own.url(&format!("/o{number}/"));
                writer
                    .own
                    .play(&format!("/o{number}/"), Script::status(503));
                write!(
                    items,
                    "<item><link>{url}</link><description>x</description></item>"
                )
                .unwrap();
                write!(urls, "<url><loc>{url}</loc></url>").unwrap();
            }
            writer
                .site
                .write("empty.xml", &format!("{SUMMARIES}</channel></rss>"));
            writer.site.write(
                "summaries.xml",
                &format!("{SUMMARIES}{items}</channel></rss>"),
            );
            writer.site.write(
                "sitemap.xml",
                &format!(
                    "<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{urls}</urlset>"
                ),
            );
            let first = match source {
                "/" => send(&writer, &writer.own.url("/"), adopt),
                "unnamed" => writer.site.tb(&[&["send", "unnamed"], adopt].concat()),
                source => send(&writer, source, adopt),
            };
            assert!(first.0.status.success(), "{name}: {:?}", first.0);
            build(&writer, 8, &one);
            let second = send(&writer, "public", adopt);
            let expected = match adopt {
                [] => {
                    let said = second.failed(2);
                    assert!(
                        said.contains("this is the first run, and 8 entries"),
                        "{name}: {said}"
                    );
                    0
                }
                ["--adopt", "2"] => {
                    second.out();
                    2
                }
                _ => {
                    second.out();
                    0
                }
            };
            assert_eq!(pings(&one).len(), expected, "{name} {adopt:?}");
        }
    }
}

#[test]
fn old_entries_that_a_later_run_is_the_first_to_see_stay_old() {
    for (adopt, expected) in [
        (&[][..], None),
        (&["--adopt", "all"], Some(1)),
        (&["--adopt", "none"], Some(8)),
        // The newest of all is the 8th; the 1st was sent.
        (&["--adopt", "2"], Some(3)),
    ] {
        let (writer, one) = (Writer::new(), peer(2));
        build(&writer, 8, &one);
        send(&writer, &writer.own.url("/o1/"), &[]).out();
        assert_eq!(pings(&one).len(), 1);
        let second = send(&writer, "public", adopt);
        match expected {
            Some(expected) => {
                second.out();
                assert_eq!(pings(&one).len(), expected, "{adopt:?}");
                // That is decided once.
                send(&writer, "public", &["--adopt", "none"]).out();
                assert_eq!(pings(&one).len(), expected, "{adopt:?}");
            }
            None => {
                let said = second.failed(2);
                assert!(
                    said.contains("7 entries that no run has read before"),
                    "{said}"
                );
                assert_eq!(pings(&one).len(), 1);
            }
        }
    }
}

#[test]
fn what_the_first_run_could_not_read_follows_its_decision() {
    for later in [&[][..], &["--adopt", "all"]] {
        let (writer, one) = old_weblog(7);
        let whole = writer.site.read("feed.xml");
        // One item is broken, and another is a summary of a page that is down.
        let broken = whole.replacen("<content:encoded>", "<content:encoded>x</b>", 1);
        let at = broken.rfind("<content:encoded>").unwrap();
        let end = at + broken[at..].find("</item>").unwrap();
        let broken = format!(
            "{}<description>short</description>{}",
            &broken[..at],
            &broken[end..]
        );
        writer.site.write("feed.xml", &broken);
        writer.own.play("/6", Script::status(503));
        let first = writer.send(&["--adopt", "all"]);
        assert!(first.0.status.success(), "{:?}", first.0);
        writer.site.write("feed.xml", &whole);
        writer.publish("/6", &link(&one));
        writer.send(later).out();
        assert_eq!(pings(&one).len(), 0, "{later:?}: {}", writer.ledger());
        assert_eq!(writer.standing().len(), 7, "{}", writer.ledger());
        // What is added to them from then on is new.
        let two = peer(3);
        writer.publish("/6", &format!("{}{}", link(&one), link(&two)));
        writer.send(later).out();
        assert_eq!((pings(&one).len(), pings(&two).len()), (0, 1), "{later:?}");
    }
}

#[test]
fn an_entry_that_the_first_run_has_read_is_known_though_it_had_no_link() {
    let (writer, one) = (Writer::new(), peer(2));
    build(&writer, 8, &one);
    let page = writer.site.read("public/o1/index.html");
    let without = page.replace("<a href", "<b title").replace("</a>", "</b>");
    writer.site.write("public/o1/index.html", &without);
    send(&writer, "public", &["--adopt", "all"]).out();
    writer.site.write("public/o1/index.html", &page);
    send(&writer, "public", &["--adopt", "all"]).out();
    assert_eq!(pings(&one).len(), 1, "{}", writer.ledger());
    // What is forgotten is to be sent again.
    let forgotten = writer.own.url("/o2/");
    writer.site.tb(&["sent", "--forget", &forgotten]).out();
    send(&writer, "public", &["--adopt", "all"]).out();
    assert_eq!(pings(&one).len(), 2, "{}", writer.ledger());
}

#[test]
fn a1_nothing_is_sent_while_events_of_the_ledger_are_lost() {
    let (writer, one) = (Writer::new(), peer(2));
    writer.publish("/1", &link(&one));
    writer.send(&[]).out();
    let ledger = writer.ledger();
    let sixteen: Vec<u8> = ledger.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for damaged in [
        sixteen,
        ledger.replace('"', "\u{201c}").into_bytes(),
        ledger.replace(',', ",\n").into_bytes(),
    ] {
        std::fs::write(writer.site.path("tb-sent.jsonl"), &damaged).unwrap();
        let said = writer.send(&["--adopt", "none"]).failed(1);
        assert!(said.contains("would be sent again"), "{said}");
        assert_eq!(
            std::fs::read(writer.site.path("tb-sent.jsonl")).unwrap(),
            damaged
        );
    }
    writer.site.write("tb-sent.jsonl", &ledger);
    writer.send(&[]).out();
    assert_eq!(pings(&one).len(), 1);
}

#[test]
fn a1_a_page_at_the_url_of_a_feed_is_no_entry() {
    let (writer, one) = (Writer::new(), peer(2));
    writer.publish("/1", &link(&one));
    let page = format!("<title>Oops</title><article>{}</article>", link(&one));
    writer.own.play("/feed.xml", Script::html(&page));
    let url = writer.own.url("/feed.xml");
    for words in [&["send", &url][..], &["send", &url, "--adopt", "all"]] {
        let said = writer.site.tb(words).failed(2);
        assert!(said.contains("is a page, not a feed"), "{said}");
    }
    assert!(!writer.site.path("tb-sent.jsonl").exists() && pings(&one).is_empty());
    // A source that is down does not keep the others from being sent for.
    writer.publish("/2", "no link");
    writer.send(&["--adopt", "all"]).out();
    writer.publish("/3", &link(&one));
    let ran = writer.site.tb(&["send", &url, "feed.xml"]);
    assert_eq!((ran.code(), pings(&one).len()), (1, 1));
}
