//! `tb ping` and `tb discover` against real peers on 127.0.0.1.

use serde_json::Value;

use crate::support::blog::{Blog, Script};
use crate::support::shell::{Ran, Site};
use crate::support::writer::{peer, pings};

const ACCEPTED: &str = "<response><error>0</error></response>";

fn ping(blog: &Blog, more: &[&str]) -> Ran {
    let to = blog.url("/tb");
    let arguments = ["ping", "--to", &to, "--url", "https://me.example/1"];
    // Without a title the entry's page would be read.
    let title: &[&str] = match more.contains(&"--title") {
        true => &[],
        false => &["--title", ""],
    };
    Site::new().tb(&[&arguments[..], title, more].concat())
}

fn field(blog: &Blog, name: &str) -> Option<String> {
    let requests = blog.requests();
    let body = &requests.last().unwrap().body;
    let mut pairs = url::form_urlencoded::parse(body);
    pairs
        .find(|(found, _)| found == name)
        .map(|(_, value)| value.into_owned())
}

#[test]
fn an_accepted_ping_is_told_with_its_ping_url() {
    let blog = Blog::start([("/tb", Script::xml(ACCEPTED))]);
    let said = ping(&blog, &["--excerpt", "E"]).out();
    assert_eq!(said, format!("accepted by {}\n", blog.url("/tb")));
    assert_eq!(field(&blog, "url").unwrap(), "https://me.example/1");
    assert_eq!(field(&blog, "excerpt").unwrap(), "E");
    // The installation's own name, where none is given.
    assert_eq!(field(&blog, "blog_name").unwrap(), "127.0.0.1");
}

#[test]
fn what_is_typed_is_what_a_receiver_that_reads_markup_shows() {
    let blog = Blog::start([("/tb", Script::xml(ACCEPTED))]);
    let title = "the <b> tag & 'AT&amp;T' \"<!-- x\"";
    ping(&blog, &["--title", title, "--blog-name", "1 < 2"]).out();
    let sent = field(&blog, "title").unwrap();
    // As little is escaped as would be lost there.
    assert_eq!(sent, "the &lt;b> tag & 'AT&amp;amp;T' \"&lt;!-- x\"");
    assert_eq!(tb::internals::html::strip_markup(&sent), title);
    assert_eq!(field(&blog, "blog_name").unwrap(), "1 < 2");
}

#[test]
fn a_refusal_is_told_in_the_other_sides_words_made_harmless() {
    let reply = "<response><error>1</error><message>no \u{1b}[2J<b>way</b></message></response>";
    let blog = Blog::start([("/tb", Script::xml(reply))]);
    let said = ping(&blog, &[]).failed(1);
    assert!(said.contains("refused the ping: no"), "{said}");
    assert!(said.contains("way") && !said.contains('\u{1b}'), "{said}");
    let ran = ping(&blog, &["--json"]);
    assert_eq!(ran.0.status.code(), Some(1));
    let json: Value = serde_json::from_slice(&ran.0.stdout).unwrap();
    assert_eq!(
        (&json["outcome"], &json["ping_url"]),
        (&"refused".into(), &blog.url("/tb").into())
    );
    assert!(json["message"].as_str().unwrap().starts_with("no"));
}

#[test]
fn only_an_explicit_success_is_one() {
    for (script, expected) in [
        (Script::xml(""), "not a TrackBack reply"),
        (Script::html("<p>thank you"), "not a TrackBack reply"),
        (
            Script::xml("<response><error>1</error></response>"),
            "refused",
        ),
        (Script::status(500), "HTTP error: 500"),
    ] {
        let blog = Blog::start([("/tb", script)]);
        let said = ping(&blog, &[]).failed(1);
        assert!(said.contains(expected), "{said}");
    }
}

#[test]
fn a_307_is_followed_and_a_301_is_told() {
    let blog = Blog::start([("/new", Script::xml(ACCEPTED))]);
    blog.play("/tb", Script::redirect(307, "/new"));
    ping(&blog, &[]).out();
    assert_eq!(field(&blog, "url").unwrap(), "https://me.example/1");
    blog.play("/tb", Script::redirect(301, "/new"));
    let said = ping(&blog, &[]).failed(1);
    assert!(said.contains(&blog.url("/new")), "{said}");
    let ran = ping(&blog, &["--json"]);
    let json: Value = serde_json::from_slice(&ran.0.stdout).unwrap();
    assert_eq!(
        (ran.0.status.code(), &json["outcome"]),
        (Some(1), &"uncertain".into())
    );
}

#[test]
fn a_ping_finds_its_way_by_the_page() {
    let blog = Blog::start([("/tb", Script::xml(ACCEPTED))]);
    blog.play("/entry", Script::html("<link rel=trackback href=/tb>"));
    blog.play("/bare", Script::html("<p>nothing"));
    let site = Site::new();
    let ping = |path: &str| {
        let page = blog.url(path);
        site.tb(&[
            "ping",
            "--page",
            &page,
            "--url",
            "https://me.example/1",
            "--title",
            "",
        ])
    };
    assert_eq!(
        ping("/entry").out(),
        format!("accepted by {}\n", blog.url("/tb"))
    );
    assert!(
        ping("/bare")
            .failed(1)
            .contains("names no TrackBack ping URL")
    );
    assert!(ping("/none").failed(1).contains("404"));
    let log = site.read("data/.log");
    assert!(
        log.contains(r#""event":"sent""#) && log.contains(r#""event":"sent-failed""#),
        "{log}"
    );
}

#[test]
fn s6_no_address_inside_is_dialled_without_a_laboratory() {
    let blog = Blog::start([("/tb", Script::xml(ACCEPTED))]);
    let site = Site::bare();
    let (to, me) = (blog.url("/tb"), "https://me.example/");
    site.tb(&["ping", "--to", &to, "--url", me, "--title", ""])
        .failed(1);
    site.tb(&["discover", &to]).failed(1);
    let said = site
        .tb(&[
            "ping",
            "--to",
            "http://2130706433/",
            "--url",
            me,
            "--title",
            "",
        ])
        .failed(1);
    assert!(
        said.contains("`127.0.0.1` is not a public address"),
        "{said}"
    );
    assert!(blog.requests().is_empty());
}

#[test]
fn a_ping_without_sense_is_refused_before_anything_is_dialled() {
    let blog = Blog::start([("/tb", Script::xml(ACCEPTED))]);
    let (site, to) = (Site::new(), blog.url("/tb"));
    for arguments in [
        &["ping", "--to", &to][..],
        &["ping", "--url", "https://a/"],
        &["ping", "--to", &to, "--page", &to, "--url", "https://a/"],
        &["ping", "--to", &to, "--url", "javascript:alert(1)"],
        &["ping", "--to", &to, "--url", "/relative"],
        &["ping", "--to", "ftp://a/", "--url", "https://a/"],
        &["discover", "a.example"],
    ] {
        site.tb(arguments).failed(2);
    }
    assert!(blog.requests().is_empty());
}

#[test]
fn discover_shows_what_a_page_names_and_how() {
    let blog = Blog::start([]);
    let (entry, other) = (blog.url("/entry"), blog.url("/other"));
    let page = format!(
        "{}{}<link rel=trackback href=/link>",
        tb::linkback::trackback::rdf::block(&entry, "A \u{1b}[2J <title>", &blog.url("/rdf")),
        tb::linkback::trackback::rdf::block(&other, "B", &blog.url("/rdf-other")),
    );
    blog.play("/entry", Script::html(&page));
    let site = Site::new();
    let out = site.tb(&["discover", &entry]).out();
    let lines: Vec<Vec<&str>> = out.lines().map(|line| line.split('\t').collect()).collect();
    assert_eq!(
        lines[0],
        [
            "found",
            &blog.url("/rdf"),
            "RDF block",
            &entry,
            "A [2J <title>"
        ]
    );
    assert_eq!(
        lines[1][..3],
        ["found", &blog.url("/link"), "link rel=trackback"]
    );
    assert_eq!(
        lines[2][..4],
        ["other", &blog.url("/rdf-other"), "RDF block", &other]
    );
    let json: Value =
        serde_json::from_str(&site.tb(&["discover", &entry, "--json"]).out()).unwrap();
    assert_eq!(json["found"][0]["ping_url"], blog.url("/rdf"));
    assert_eq!(json["others"][0]["title"], "B");
}

#[test]
fn discover_fails_where_nothing_is_found() {
    let blog = Blog::start([("/bare", Script::html("<p>nothing"))]);
    let site = Site::new();
    let said = site.tb(&["discover", &blog.url("/bare")]).failed(1);
    assert!(said.contains("names no ping URL of its own"), "{said}");
    let ran = site.tb(&["discover", &blog.url("/bare"), "--json"]);
    let json: Value = serde_json::from_slice(&ran.0.stdout).unwrap();
    assert_eq!(
        (ran.0.status.code(), &json["found"]),
        (Some(1), &serde_json::json!([]))
    );
}

#[test]
fn discover_asks_the_rsd_document_where_the_page_names_nothing() {
    let blog = Blog::start([("/entry", Script::html("<link rel=EditURI href=/rsd>"))]);
    blog.play(
        "/rsd",
        Script::xml("<rsd><api name=\"TrackBack\" apiLink=\"/tb\"/></rsd>"),
    );
    let out = Site::new().tb(&["discover", &blog.url("/entry")]).out();
    let first: Vec<&str> = out.lines().next().unwrap().split('\t').collect();
    assert_eq!(first[..3], ["found", &blog.url("/tb"), "RSD document"]);
}

#[test]
fn without_a_title_it_is_taken_from_the_entrys_page_with_an_excerpt() {
    let site = Site::new();
    let taking = peer(3);
    let page = "<!doctype html><title>My weblog: On cats</title><article><h1>On <b>cats</b> &amp; \u{1b}dogs</h1>\
                <p>They purr, and that is all there is to say.</p></article>";
    let own = Blog::start_at([127, 0, 0, 9], [("/1", Script::html(page))]);
    let (to, url) = (taking.url("/tb"), own.url("/1"));
    let (said, code) = site.terminal(&["ping", "--to", &to, "--url", &url]).end();
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("title: On cats & dogs"), "{said}");
    assert!(said.contains("excerpt: They purr"), "{said}");
    site.tb(&["ping", "--to", &to, "--url", &url, "--excerpt", "Mine"])
        .out();
    site.tb(&["ping", "--to", &to, "--url", &url, "--title", "Given"])
        .out();
    let taken = pings(&taking);
    let texts: Vec<(&str, &str)> = taken
        .iter()
        .map(|ping| {
            (
                ping["title"].as_str(),
                ping.get("excerpt").map_or("", String::as_str),
            )
        })
        .collect();
    assert_eq!(texts[0].0, "On cats & dogs");
    assert!(texts[0].1.starts_with("They purr"), "{texts:?}");
    assert_eq!(texts[1..], [("On cats & dogs", "Mine"), ("Given", "")]);
    assert_eq!(own.requests().len(), 2, "with a title the page is not read");
}

#[test]
fn a_page_that_gives_no_title_is_said_and_the_ping_is_sent_with_its_url() {
    let site = Site::new();
    let taking = peer(3);
    let feed = "<rss version='2.0'><channel><title>t</title><item><title>An item</title><link>http://a.example/</link>\
                </item></channel></rss>";
    let own = Blog::start_at(
        [127, 0, 0, 9],
        [("/feed", Script::xml(feed)), ("/x", Script::status(500))],
    );
    for url in [own.url("/feed"), own.url("/x"), own.url("/none")] {
        let ran = site.tb(&["ping", "--to", &taking.url("/tb"), "--url", &url]);
        let said = String::from_utf8_lossy(&ran.0.stderr).into_owned();
        assert_eq!(ran.0.status.code(), Some(0), "{said}");
        assert!(
            said.contains("no title was taken") && said.contains("`--title` gives one"),
            "{said}"
        );
    }
    assert_eq!(pings(&taking).len(), 3);
    assert!(
        pings(&taking)
            .iter()
            .all(|ping| !ping["title"].contains("An item"))
    );
}

#[test]
fn s8_a_private_page_is_not_read_for_its_title() {
    let site = Site::new();
    let config = site
        .read("cgi-bin/tb.toml")
        .replace("allow_private = true", "");
    site.write("cgi-bin/tb.toml", &config);
    let own = Blog::start_at([127, 0, 0, 9], [("/1", Script::html("<h1>Secret</h1>"))]);
    let ran = site.tb(&[
        "ping",
        "--to",
        "http://127.0.0.3:9/tb",
        "--url",
        &own.url("/1"),
    ]);
    let said = ran.failed(1);
    assert!(said.contains("no title was taken"), "{said}");
    assert_eq!(own.requests().len(), 0);
}

#[test]
fn what_was_not_sent_is_no_refusal_of_the_receiver() {
    // It has gone.
    let to = Blog::start([("/tb", Script::xml(""))]).url("/tb");
    let arguments = [
        "ping",
        "--to",
        &to,
        "--url",
        "https://me.example/1",
        "--title",
        "x",
    ];
    let said = Site::new().tb(&arguments).failed(1);
    let expected = "no connection: nothing answers at that host and port";
    assert!(
        said.contains(expected) && !said.contains("refused"),
        "{said}"
    );
}
