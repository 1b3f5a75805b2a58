//! The shapes in which pages name ping URLs, each as a fixture: found, or rightly refused. What Movable Type's
//! and Serendipity's patterns make of the same pages stands beside it; `support::senders` has the patterns.

use std::fs;
use std::path::PathBuf;

use tb::internals::fetch::Reach;
use tb::internals::send::ping_url::{EndpointRules, GuessPolicy, refuse};
use tb::linkback::discover::{self, DiscoverySource};
use url::Url;

use crate::support::senders::{movable_type, serendipity};

const PAGE: &str = "https://blog.example/2004/05/entry.html";
const PING_URL: &str = "https://blog.example/tb/17";

/// A shape: its file, what it shows, where the page is asked for, what is found there.
struct Shape {
    file: &'static str,
    what: &'static str,
    /// Asked for, and answering.
    at: [&'static str; 2],
    expected: Option<&'static str>,
}

const fn found(file: &'static str, what: &'static str) -> Shape {
    Shape {
        file,
        what,
        at: [PAGE, PAGE],
        expected: Some(PING_URL),
    }
}

const fn none(file: &'static str, what: &'static str) -> Shape {
    Shape {
        expected: None,
        ..found(file, what)
    }
}

const MOVED: [&str; 2] = [PAGE, "https://blog.example/2005/moved.html"];

/// Every shape.
fn shapes() -> Vec<Shape> {
    vec![
        found("comment.html", "a block in a comment"),
        found("open.html", "a block in the open"),
        Shape {
            at: ["https://arxiv.org/abs/1501.00001"; 2],
            expected: Some("https://arxiv.org/trackback/1501.00001"),
            ..found(
                "arxiv.html",
                "arXiv: the `<` of `rdf:RDF` is missing, URLs are relative",
            )
        },
        found("order.html", "attributes in another order"),
        found("single-quotes.html", "single quotes"),
        found("about.html", "`about` without prefix, no identifier"),
        found("identifer.html", "`dc:identifer`, misspelt"),
        found("capital.html", "`Trackback:ping` with a capital"),
        found(
            "closed-early.html",
            "`/>` before `trackback:ping`, as in tb.cgi's own sample",
        ),
        Shape {
            expected: Some("https://blog.example/tb.cgi?__mode=ping&tb_id=17"),
            ..found("ampersand.html", "`&amp;` in the ping URL")
        },
        found(
            "index.html",
            "the page's own block among those of other entries",
        ),
        none("others.html", "blocks of other entries only"),
        none("one-other.html", "the block of one other entry"),
        Shape {
            at: ["https://blog.example/"; 2],
            ..none(
                "front-page.html",
                "a front page with the blocks of its entries",
            )
        },
        found("fragment.html", "the identifier has a fragment"),
        Shape {
            at: ["https://blog.example/2004/05/entry"; 2],
            ..found("slash.html", "the identifier has a slash more")
        },
        found("www.html", "the identifier has `www.`"),
        found("scheme.html", "the identifier has `http:`"),
        Shape {
            at: MOVED,
            ..found(
                "before-redirect.html",
                "the identifier is the URL before a redirect",
            )
        },
        Shape {
            at: MOVED,
            ..found(
                "after-redirect.html",
                "the identifier is the URL after a redirect",
            )
        },
        found("no-identifier.html", "one block without identifier"),
        found(
            "version-1.0.html",
            "version 1.0: the ping URL in `rdf:about`",
        ),
        Shape {
            expected: Some("https://blog.example/2004/05/entry.html/trackback/"),
            ..found("wordpress.html", "WordPress: a block and a link")
        },
        found("link.html", "`<link rel=\"trackback\">`"),
        found("anchor.html", "`<a rel=\"trackback\">`"),
        none(
            "anchor-comment.html",
            "`<a rel=\"trackback\">` in a comment",
        ),
        found("rsd.html", "an RSD document that names it"),
        none("rsd-empty.html", "an empty RSD document"),
        found("feed.xml", "a feed's item, `<trackback:ping>`"),
        found("feed-resource.xml", "a feed's item, `rdf:resource`"),
        found("feed-link.html", "a page whose feed names it"),
        none("escaped.html", "a sample that the page only shows"),
        none("javascript.html", "a ping URL that is no web address"),
        none("elsewhere.html", "a ping URL on a stranger's domain"),
        none("nothing.html", "nothing at all"),
    ]
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/discovery")
}

fn read(file: &str) -> String {
    fs::read_to_string(folder().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// What `tb send` would ping.
fn ours(shape: &Shape) -> Option<String> {
    let [asked, answered] = shape.at.map(|text| Url::parse(text).unwrap());
    let text = read(shape.file);
    let kind = shape.file.ends_with("xml").then_some("text/xml");
    let discovery = discover::discover(text.as_bytes(), kind, &asked, &answered);
    let document = |url: &Url| read(url.path().trim_start_matches('/'));
    let mut all: Vec<Url> = discovery
        .found
        .into_iter()
        .map(|found| found.ping_url)
        .collect();
    if let (true, Some(at)) = (all.is_empty(), &discovery.rsd) {
        all.extend(discover::rsd(document(at).as_bytes(), at));
    }
    if let (true, Some(at)) = (all.is_empty(), &discovery.feed) {
        let feed = discover::discover(document(at).as_bytes(), None, &answered, at);
        let items = feed
            .found
            .into_iter()
            .filter(|found| found.source == DiscoverySource::Feed);
        all.extend(items.map(|found| found.ping_url));
    }
    let rules = EndpointRules {
        ping_hosts: Vec::new(),
        guess: GuessPolicy::Never,
        reach: Reach::Public,
        protocols: vec![tb::linkback::Protocol::TrackBack],
    };
    let usable = |url: &Url| refuse(url, &[&asked, &answered], &rules).is_none();
    all.into_iter().find(usable).map(String::from)
}

/// What is told of a finding.
fn word(found: Option<&str>, expected: Option<&str>) -> &'static str {
    match (found, expected) {
        (None, None) => "rightly nothing",
        (Some(found), Some(expected)) if found == expected => "found",
        (None, Some(_)) => "—",
        (Some(_), _) => "**wrong**",
    }
}

#[test]
fn every_shape_of_a_page_is_understood_or_rightly_refused() {
    for shape in shapes() {
        assert_eq!(
            ours(&shape).as_deref(),
            shape.expected,
            "{}: {}",
            shape.file,
            shape.what
        );
    }
}

#[test]
fn every_fixture_is_a_shape_or_belongs_to_one() {
    let mut files: Vec<String> = shapes().iter().map(|shape| shape.file.to_owned()).collect();
    files.extend(["rsd.xml", "rsd-empty.xml", "table.md"].map(str::to_owned));
    for entry in fs::read_dir(folder()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(files.contains(&name), "{name} is not looked at");
    }
}

#[test]
fn the_table_says_what_others_find_on_the_same_pages() {
    let mut table =
        "| what the page has | tb | Movable Type | Serendipity |\n|---|---|---|---|\n".to_owned();
    for shape in shapes() {
        let text = read(shape.file);
        let [asked, answered] = shape.at;
        let ours = ours(&shape);
        let theirs = movable_type(&text, asked);
        let serendipity = serendipity(&text, asked, answered);
        let words = [ours, theirs, serendipity].map(|found| word(found.as_deref(), shape.expected));
        table.push_str(&format!("| {} | {} |\n", shape.what, words.join(" | ")));
    }
    let golden = folder().join("table.md");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&golden, &table).unwrap();
    }
    let known = fs::read_to_string(&golden).unwrap();
    assert_eq!(known, table, "UPDATE_GOLDEN=1 writes it anew:\n{table}");
}
