//! Hosts that are slow, bad or elsewhere.

use std::time::{Duration, Instant};

use crate::support::blog::{Blog, Script};
use crate::support::shell::Site;
use crate::support::writer::{ACCEPTED, Writer, link, peer, peer_with, pings};

#[test]
fn a_bad_host_harms_nobody_else() {
    let (writer, good) = (Writer::new(), peer(2));
    let bad = [
        (peer_with(3, Script::CutOff(Vec::new())), "uncertain"),
        (
            peer_with(4, Script::Raw(b"\0\x1b[2J nonsense".to_vec())),
            "uncertain",
        ),
        (peer_with(5, Script::redirect(301, "/new")), "uncertain"),
        (
            peer_with(6, Script::redirect(307, "http://127.0.0.6:1/")),
            "failed",
        ),
        (peer_with(7, Script::status(404)), "failed"),
    ];
    let links: String = bad.iter().map(|(blog, _)| link(blog)).collect();
    let gone = "<a href='http://127.0.0.8:1/'>nobody</a>";
    writer.publish("/1", &format!("{links}{gone}{}", link(&good)));
    let ran = writer.send(&[]);
    assert_eq!(ran.code(), 1);
    assert_eq!(pings(&good).len(), 1);
    let standing = writer.standing();
    for (blog, state) in &bad {
        let (found, answer) = &standing[&("/1".to_owned(), blog.url("/x"))];
        assert_eq!(found, state, "{answer}");
        assert!(!answer.contains('\u{1b}'), "{answer}");
    }
    let (_, moved) = &standing[&("/1".to_owned(), bad[2].0.url("/x"))];
    assert!(moved.contains(&bad[2].0.url("/new")), "{moved}");
    let (nobody, _) = &standing[&("/1".to_owned(), "http://127.0.0.8:1/".to_owned())];
    assert_eq!(nobody, "failed");
}

#[test]
fn a_307_is_followed_with_the_ping() {
    let (writer, one) = (Writer::new(), peer_with(2, Script::redirect(307, "/new")));
    one.play("/new", Script::xml(ACCEPTED));
    writer.publish("/1", &link(&one));
    writer.send(&[]).out();
    assert_eq!(pings(&one)[1]["url"], writer.own.url("/1"));
}

#[test]
fn one_host_is_asked_once_a_second_and_the_others_meanwhile() {
    let (writer, one, two) = (Writer::polite(), peer(2), peer(3));
    for (path, ping_url) in [("/y", "/tb/y"), ("/z", "/tb/z")] {
        let page = format!("<link rel=trackback href={ping_url}>");
        one.play(path, Script::html(&page));
        one.play(ping_url, Script::xml(ACCEPTED));
    }
    let (y, z) = (one.url("/y"), one.url("/z"));
    let links = format!("<a href='{y}'>y</a> <a href='{z}'>z</a>");
    writer.publish("/1", &format!("{}{links}{}", link(&one), link(&two)));
    let begin = Instant::now();
    let out = writer.send(&[]).out();
    // Three pages and three pings.
    assert!(
        begin.elapsed() >= Duration::from_secs(5),
        "{:?}",
        begin.elapsed()
    );
    // The other host's ping is done before the last of these.
    let others = out.lines().position(|line| line.contains(&two.url("/x")));
    assert!(others < Some(3), "{out}");
    assert!(out.contains("4 sent"), "{out}");
}

#[test]
fn s6_a_ping_url_elsewhere_needs_the_owners_word() {
    let (writer, other) = (Writer::new(), peer(3));
    let page = format!("<link rel=trackback href='{}'>", other.url("/tb"));
    let one = Blog::start_at([127, 0, 0, 2], [("/x", Script::html(&page))]);
    writer.publish("/1", &link(&one));
    let out = writer.send(&[]).out();
    assert!(
        out.contains("is on another domain (`--ping-host 127.0.0.3` allows it)"),
        "{out}"
    );
    assert!(other.requests().is_empty());
    writer.site.tb(&["sent", "--forget", &one.url("/x")]).out();
    writer.configure("ping_hosts = [\"127.0.0.3\"]");
    writer.send(&[]).out();
    assert_eq!(pings(&other).len(), 1);
}

#[test]
fn s6_no_address_inside_is_dialled_without_a_laboratory() {
    let (writer, one) = (Writer::new(), peer(2));
    writer.publish("/1", &link(&one));
    let site = Site::bare();
    site.write("feed.xml", &writer.site.read("feed.xml"));
    let said = site.tb(&["send", "feed.xml"]);
    assert_eq!(said.code(), 1);
    assert!(site.read("tb-sent.jsonl").contains("not live yet"));
    assert!(writer.own.requests().is_empty() && one.requests().is_empty());
}

#[test]
fn wordpress_is_guessed_only_when_that_is_asked_for() {
    let page = "<link rel=stylesheet href='/wp-content/style.css'>";
    let one = Blog::start_at([127, 0, 0, 2], [("/x", Script::html(page))]);
    one.play("/x/trackback/", Script::xml(ACCEPTED));
    let bare = Blog::start_at([127, 0, 0, 3], [("/x", Script::html("x"))]);
    let writer = Writer::new();
    writer.publish("/1", &format!("{}{}", link(&one), link(&bare)));
    writer.send(&[]).out();
    assert!(pings(&one).is_empty());
    for blog in [&one, &bare] {
        writer.site.tb(&["sent", "--forget", &blog.url("/x")]).out();
    }
    writer.send(&["--guess-wordpress"]).out();
    assert_eq!((pings(&one).len(), pings(&bare).len()), (1, 0));
}

#[test]
fn the_feed_and_the_rsd_document_of_a_page_are_asked_where_it_names_nothing() {
    let writer = Writer::new();
    let feed = Blog::start_at([127, 0, 0, 2], [("/tb", Script::xml(ACCEPTED))]);
    feed.play(
        "/x",
        Script::html("<link rel=alternate type=application/rss+xml href=/feed>"),
    );
    let items = "<rss><channel><item><link>/x</link><trackback:ping>/tb</trackback:ping></item>\
                 <item><link>/y</link><trackback:ping>/no</trackback:ping></item></channel></rss>";
    feed.play("/feed", Script::xml(items));
    let rsd = Blog::start_at([127, 0, 0, 3], [("/tb", Script::xml(ACCEPTED))]);
    rsd.play("/x", Script::html("<link rel=EditURI href=/rsd>"));
    rsd.play(
        "/rsd",
        Script::xml("<rsd><api name=TrackBack apiLink='/tb'/></rsd>"),
    );
    writer.publish("/1", &format!("{}{}", link(&feed), link(&rsd)));
    writer.send(&[]).out();
    assert_eq!((pings(&feed).len(), pings(&rsd).len()), (1, 1));
}
