//! One entry, one ping, whatever URL it is known by.

use crate::support::blog::{Blog, Script};
use crate::support::writer::{Writer, link, mention_receiver, peer, pings};

/// A page with an entry and what its head says of it.
fn page(head: &str, content: &str) -> Script {
    Script::html(&format!(
        "<title>t</title>{head}<article><h1>My post</h1><time>2026-11-20</time>{content}</article>"
    ))
}

/// Puts these entries, and no others, into the feed.
fn list(writer: &Writer, entries: &[(&str, &str)]) {
    let items: String = entries
        .iter()
        .map(|(path, content)| {
            let link = writer.own.url(path);
            format!("<item><title>My post</title><link>{link}</link><content:encoded><![CDATA[{content}]]></content:encoded></item>")
        })
        .collect();
    let feed = format!("<rss version='2.0'><channel><title>W</title>{items}</channel></rss>");
    writer.site.write("feed.xml", &feed);
}

/// What the weblog answers under the old URL of an entry whose page is at `/hello/`.
fn old_pages(writer: &Writer, content: &str) -> Vec<(&'static str, Script)> {
    let there = writer.own.url("/hello/");
    let canonical = format!("<link rel=canonical href={there}>");
    let refresh = format!(
        "<!DOCTYPE html><html lang=en-US><meta charset=utf-8><title>Redirecting&hellip;</title>{canonical}\
         <script>location='{there}'</script><meta http-equiv=refresh content='0; url={there}'>\
         <meta name=robots content=noindex><h1>Redirecting&hellip;</h1><a href='{there}'>Click here</a>"
    );
    let alias = format!(
        "<!doctype html><html><head><title>{there}</title>{canonical}\
         <meta charset=utf-8><meta http-equiv=refresh content='0; url={there}'></head></html>"
    );
    vec![
        ("WordPress's short link", Script::redirect(301, "/hello/")),
        ("a temporary redirect", Script::redirect(302, &there)),
        ("jekyll-redirect-from", Script::html(&refresh)),
        ("Hugo's alias", Script::html(&alias)),
        ("the page with a canonical link", page(&canonical, content)),
        (
            "the page with the URL of Open Graph",
            page(&format!("<meta property=og:url content={there}>"), content),
        ),
    ]
}

#[test]
fn c3_an_entry_whose_page_says_that_it_is_elsewhere_is_pinged_once() {
    let count = old_pages(&Writer::new(), "").len();
    for number in 0..count {
        for (first, second) in [
            (vec!["/?p=12"], vec!["/hello/"]),
            (vec!["/hello/"], vec!["/?p=12"]),
            (vec!["/?p=12", "/hello/"], vec!["/hello/", "/?p=12"]),
        ] {
            let (writer, one) = (Writer::new(), peer(2));
            let content = link(&one);
            let (name, old) = old_pages(&writer, &content).swap_remove(number);
            // Its query is not looked at.
            writer.own.play("/", old);
            writer.own.play("/hello/", page("", &content));
            for (run, paths) in [&first, &second, &first].into_iter().enumerate() {
                let entries: Vec<_> = paths.iter().map(|path| (*path, content.as_str())).collect();
                list(&writer, &entries);
                let ran = writer.send(&[]);
                let urls: Vec<String> =
                    pings(&one).iter().map(|ping| ping["url"].clone()).collect();
                let expected = [writer.own.url("/hello/")];
                let said = String::from_utf8_lossy(&ran.0.stdout).into_owned();
                assert_eq!(urls, expected, "{name} {first:?} {run}: {said}");
                assert_eq!(ran.code(), 0, "{name}: {:?}", ran.0);
            }
            // Nobody is asked again once it is known.
            let before = (writer.own.requests().len(), writer.ledger());
            writer.send(&[]).out();
            assert_eq!(
                (writer.own.requests().len(), writer.ledger()),
                before,
                "{name}"
            );
        }
    }
}

#[test]
fn c3_entries_that_were_counted_as_sent_are_known_where_the_weblog_has_moved_them() {
    let (writer, one) = (Writer::new(), peer(2));
    let content = link(&one);
    for path in ["/a/", "/b/"] {
        writer.own.play(path, page("", &content));
    }
    list(&writer, &[("/a/", &content), ("/b/", &content)]);
    writer.send(&["--adopt", "all"]).out();
    for (old, new) in [("/a/", "/blog/a/"), ("/b/", "/blog/b/")] {
        writer.own.play(old, Script::redirect(301, new));
        writer.own.play(new, page("", &content));
    }
    list(&writer, &[("/blog/a/", &content), ("/blog/b/", &content)]);
    writer.send(&["--yes"]).out();
    assert!(pings(&one).is_empty(), "{}", writer.ledger());
    // What is new on such an entry is sent, under its new URL.
    let two = peer(3);
    let more = content + &link(&two);
    writer.own.play("/blog/a/", page("", &more));
    list(&writer, &[("/blog/a/", &more)]);
    writer.send(&["--yes"]).out();
    assert_eq!(pings(&two)[0]["url"], writer.own.url("/blog/a/"));
    assert!(pings(&one).is_empty());
    // The user may want it again, by any of its URLs.
    let again = writer.own.url("/a/");
    writer.send(&["--resend", &again]).out();
    assert_eq!((pings(&one).len(), pings(&two).len()), (1, 2));
}

#[test]
fn c3_entries_whose_pages_all_name_or_lead_to_one_page_are_entries_of_their_own() {
    type Page = fn(&Writer, &str) -> Script;
    let pages: [(&str, Page); 4] = [
        ("home page", |writer, content| {
            page(
                &format!("<link rel=canonical href={}>", writer.own.url("/")),
                content,
            )
        }),
        ("about page", |writer, content| {
            let about = writer.own.url("/about/");
            page(&format!("<link rel=canonical href={about}>"), content)
        }),
        ("missing page", |writer, content| {
            let missing = writer.own.url("/missing/");
            page(&format!("<link rel=canonical href={missing}>"), content)
        }),
        ("another host", |_, content| {
            page("<link rel=canonical href=http://copy.example/a/>", content)
        }),
    ];
    for (name, play) in pages {
        let (writer, one, two) = (Writer::new(), peer(2), peer(3));
        let contents = [link(&one), format!("{}{}", link(&one), link(&two))];
        writer.own.play("/", page("", &contents.concat()));
        writer.own.play("/about/", page("", "<p>About me."));
        let paths = ["/a/", "/b/"];
        for (path, content) in paths.iter().zip(&contents) {
            writer.own.play(path, play(&writer, content));
        }
        let entries = [("/a/", contents[0].as_str()), ("/b/", contents[1].as_str())];
        list(&writer, &entries);
        // It warns of what names the home page.
        assert!(writer.send(&[]).0.status.success());
        let mut urls: Vec<_> = pings(&one).iter().map(|ping| ping["url"].clone()).collect();
        urls.sort();
        assert_eq!(urls, paths.map(|path| writer.own.url(path)), "{name}");
        assert_eq!(pings(&two)[0]["url"], writer.own.url("/b/"), "{name}");
        // A weblog that was closed: its old pages lead to one page, and a new entry links where an old one did.
        for end in ["/", "/about/"] {
            paths
                .iter()
                .for_each(|path| writer.own.play(path, Script::redirect(302, end)));
            let path = format!("/new{}", end.len());
            writer.own.play(&path, page("", &contents[0]));
            list(&writer, &[(&path, &contents[0])]);
            let before = pings(&one).len();
            writer.send(&["--yes"]).out();
            assert_eq!(
                pings(&one).len(),
                before + 1,
                "{name} {end}: {}",
                writer.ledger()
            );
        }
    }
}

#[test]
fn c3_an_update_of_a_mention_names_the_url_by_which_its_receiver_knows_the_entry() {
    let one = mention_receiver();
    let writer = Writer::new();
    let content = link(&one);
    writer.own.play("/a/", page("", &content));
    list(&writer, &[("/a/", &content)]);
    writer.send(&[]).out();
    writer.own.play("/a/", Script::redirect(301, "/b/"));
    writer.own.play("/b/", page("", &content));
    list(&writer, &[("/b/", &content)]);
    writer.send(&["--yes"]).out();
    assert_eq!(pings(&one).len(), 1, "{}", writer.ledger());
    let changed = format!("{content}<p>And more of it.");
    writer.own.play("/b/", page("", &changed));
    list(&writer, &[("/b/", &changed)]);
    writer.send(&["--yes"]).out();
    let sources: Vec<_> = pings(&one)
        .iter()
        .map(|ping| ping["source"].clone())
        .collect();
    assert_eq!(sources, [writer.own.url("/a/"), writer.own.url("/a/")]);
}

#[test]
fn c3_an_entry_of_the_same_title_whose_old_page_is_gone_is_not_pinged_again() {
    for (title, expected) in [("My post", 1), ("Another post", 2)] {
        let (writer, one) = (Writer::new(), peer(2));
        let content = link(&one);
        writer.own.play("/old/", page("", &content));
        list(&writer, &[("/old/", &content)]);
        writer.send(&[]).out();
        writer.own.play("/old/", Script::status(404));
        writer.own.play("/new/", page("", &content));
        list(&writer, &[("/new/", &content)]);
        let feed = writer.site.read("feed.xml").replace("My post", title);
        writer.site.write("feed.xml", &feed);
        writer.send(&["--yes"]).out();
        writer.send(&["--yes"]).out();
        assert_eq!(pings(&one).len(), expected, "{}", writer.ledger());
    }
}

#[test]
fn c3_a_page_is_told_once_by_whatever_links_of_an_entry_it_is_reached() {
    let head = "<link rel=webmention href=/wm>";
    let start = || {
        let page = Script::html(&format!("{head}<link rel=canonical href=/x>"));
        let own = |path: &str| Script::html(&format!("{head}<link rel=canonical href={path}>"));
        let play = [
            ("/x", page),
            ("/y", Script::html(head)),
            ("/old", Script::redirect(301, "/x")),
            ("/older", Script::redirect(302, "/old")),
            ("/p", own("/q")),
            ("/q", own("/p")),
            ("/gone", Script::redirect(302, "/y")),
            ("/lost", Script::redirect(302, "/y")),
            ("/wm", Script::status(202)),
        ];
        Blog::start_at([127, 0, 0, 2], play)
    };
    let cases: [(&[&str], &[&str]); 7] = [
        (&["/x", "/old", "/x?ref=hn"], &["/x"]),
        (&["/old", "/x?ref=hn", "/x", "/older"], &["/x"]),
        (&["/x", "/y"], &["/x", "/y"]),
        (&["/gone", "/lost"], &["/gone or /lost"]),
        (&["/gone", "/x"], &["/gone", "/x"]),
        (&["/p", "/q"], &["/p or /q"]),
        (&["/x#entry-1", "/x#entry-2"], &["/x#entry-1", "/x#entry-2"]),
    ];
    for (paths, expected) in cases {
        let (writer, one) = (Writer::new(), start());
        let links = |paths: &[&str]| -> String {
            let links = paths
                .iter()
                .map(|path| format!("<p><a href='{}'>x</a>", one.url(path)));
            links.collect()
        };
        writer.publish("/1", &links(paths));
        writer.send(&[]).out();
        let mut told: Vec<String> = pings(&one)
            .iter()
            .map(|mention| mention["target"].replace(&one.url(""), ""))
            .collect();
        told.sort();
        assert_eq!(told.len(), expected.len(), "{paths:?} {told:?}");
        let is_one = told
            .iter()
            .zip(expected)
            .all(|(told, expected)| expected.split(" or ").any(|expected| expected == told));
        assert!(is_one, "{paths:?} {told:?}");
        let ledger = writer.ledger();
        writer.send(&[]).out();
        assert_eq!(writer.ledger(), ledger);
    }
    // A link that is added later.
    let (writer, one) = (Writer::new(), start());
    let page = |path: &str| format!("<p><a href='{}'>x</a>", one.url(path));
    writer.publish("/1", &page("/x"));
    writer.send(&[]).out();
    writer.publish("/1", &(page("/x") + &page("/old")));
    writer.send(&["--updates", "none"]).out();
    assert_eq!(pings(&one).len(), 1);
}
