//! Discussions with peers that mean no good, or cannot do better: each form stays what it is, the rest is shown, and
//! nobody is asked for ever.

use serde_json::Value;

use crate::support::blog::{Blog, Request, Script};
use crate::support::discussion::{list, page, rows};
use crate::support::site::Site;

/// The standing of each page by its URL, and what went wrong.
fn standings(printed: &str) -> Vec<(String, String, String)> {
    let standing = |line: &str| {
        let fields: Vec<&str> = line.split('\t').collect();
        [fields[4], fields[3], fields[8]].map(str::to_owned).into()
    };
    printed.lines().map(standing).collect()
}

#[test]
fn s3_a_hostile_title_is_only_text_in_each_form() {
    // Escaped twice, as the text of a title that is itself about markup.
    let title = "&amp;lt;/script&amp;gt;&amp;lt;script&amp;gt;alert(1)&amp;lt;/script&amp;gt; \
                 &quot;]; n9 -&gt; n1 [label=&quot;\\N\\ &amp;amp;lt; {{ title }}\u{9b}2J&#27;[31m\u{202E} 猫\n.";
    let kept = "</script><script>alert(1)</script> \"]; n9 -> n1 [label=\"\\N\\ &lt; {{ title }}2J[31m 猫 .";
    let peer = Blog::start_at([127, 0, 0, 2], []);
    peer.play("/1", Script::html(&page(&peer.url("/1"), "/tb")));
    let url = format!("{}?a='\"<x>&amp;b=\\", peer.url("/2"));
    peer.play("/tb", Script::xml(&list([(&*url, title)])));
    let site = Site::new();
    let thread = |form: &str| site.tb(&["thread", &peer.url("/1"), form]);

    let json: Value = serde_json::from_str(thread("--json").lines().nth(1).unwrap()).unwrap();
    assert_eq!(json["title"], kept);
    for form in ["--tree", "--json", "--dot", "--html"] {
        let text = thread(form);
        let steers = |c: char| (c.is_control() && c != '\n') || c == '\u{202E}';
        assert!(!text.contains(steers), "{form}: {text:?}");
    }
    assert_eq!(thread("--tree").lines().count(), 4);
    let html = thread("--html");
    assert!(!html.contains("<script"), "{html}");
    assert!(
        html.contains("&#60;/script&#62;&#60;script&#62;alert(1)"),
        "{html}"
    );

    let dot = thread("--dot");
    let outside: String = outside_of_strings(&dot);
    assert_eq!(outside.matches("->").count(), 1, "{dot}");
    assert_eq!(outside.matches('[').count(), 4, "{dot}");
    assert!(
        !outside.contains("n9") && !outside.contains("script"),
        "{dot}"
    );
    assert!(dot.contains("\\\\N\\\\ &amp;lt;"), "{dot}");
}

/// What of a graph is not within quotes, as Graphviz reads it: a quote behind a backslash ends nothing.
fn outside_of_strings(dot: &str) -> String {
    let (mut outside, mut within, mut escaped) = (String::new(), false, false);
    for character in dot.chars() {
        match character {
            '"' if !escaped => within = !within,
            other if !within => outside.push(other),
            _ => {}
        }
        escaped = character == '\\' && !escaped;
    }
    assert!(!within, "{dot}");
    outside
}

#[test]
fn s7_a_list_of_itself_a_hundred_thousand_times_is_one_page_named_again() {
    let peer = Blog::start_at([127, 0, 0, 2], []);
    let url = peer.url("/1");
    peer.play("/1", Script::html(&page(&url, "/tb")));
    let same = list(std::iter::repeat_n((&*url, "Me"), 100_000));
    peer.play("/tb", Script::xml(&same));
    let shown = Site::new().tb(&["thread", &url, "--depth", "10"]);
    let standing: Vec<String> = rows(&shown).into_iter().map(|row| row[3].clone()).collect();
    assert_eq!(standing, ["read", "again"], "{shown}");
    assert_eq!(peer.requests().len(), 2);
}

#[test]
fn a_peer_that_gives_no_page_is_named_and_stops_nobody_else() {
    let root = Blog::start_at([127, 0, 0, 2], []);
    let silent = Blog::start_at([127, 0, 0, 3], [("/1", Script::Silent)]);
    let others = Blog::start_at(
        [127, 0, 0, 4],
        [
            ("/gone", Script::status(410)),
            ("/image", Script::ok("image/png", b"x")),
            ("/round", Script::redirect(302, "/round")),
            ("/plain", Script::html("<p>takes no pings")),
            ("/cut", Script::CutOff(b"HTTP/1.1 200 OK\r\n".to_vec())),
            ("/refuses", Script::html("<link rel=trackback href=/no>")),
            (
                "/no",
                Script::xml(
                    "<response><error>1</error><message>No \u{1b}[31mlist</message></response>",
                ),
            ),
            ("/page", Script::html("<link rel=trackback href=/html>")),
            ("/html", Script::html("<title>x</title>")),
            ("/good", Script::html("<link rel=trackback href=/list>")),
        ],
    );
    others.play("/list", Script::xml(&list([(&*others.url("/plain"), "x")])));
    let moved = root.url("/1");
    others.play("/moved", Script::redirect(301, &moved));
    // A port that nobody listens on.
    let dead = Blog::start_at([127, 0, 0, 5], []).url("/1");
    let expected = [
        (silent.url("/1"), "unreachable", "no response in time"),
        (dead, "unreachable", "no connection"),
        (others.url("/gone"), "unreachable", "410"),
        (others.url("/image"), "unreachable", "image/png"),
        (others.url("/round"), "unreachable", "redirects"),
        (others.url("/plain"), "no-ping-url", ""),
        (others.url("/cut"), "unreachable", "ended"),
        (others.url("/refuses"), "no-list", "No [31mlist"),
        (others.url("/page"), "no-list", "not a list"),
        (others.url("/moved"), "again", ""),
        (others.url("/good"), "read", ""),
    ];
    let items = expected.iter().map(|(url, ..)| (&**url, "x"));
    root.play("/1", Script::html(&page(&moved, "/tb")));
    root.play("/tb", Script::xml(&list(items)));
    let shown = Site::new().tb(&["thread", &moved]);
    let found = standings(&shown);
    assert_eq!(found.len(), expected.len() + 2, "{shown}");
    for ((url, standing, why), found) in expected.iter().zip(&found[1..]) {
        assert_eq!((url, *standing), (&found.0, &*found.1), "{shown}");
        assert!(found.2.contains(why), "{why}: {shown}");
    }
    assert_eq!(
        found[12].1, "again",
        "the last one's, shown before: {shown}"
    );
}

#[test]
fn a_first_page_without_pings_to_read_is_a_failure_that_says_why() {
    let peer = Blog::start_at(
        [127, 0, 0, 2],
        [("/1", Script::html("x")), ("/2", Script::status(500))],
    );
    let site = Site::new();
    for (path, why) in [("/1", "accepts no pings"), ("/2", "500")] {
        let said = site.tb_fails(1, &["thread", &peer.url(path)]);
        assert!(said.contains(why), "{said}");
    }
}

#[test]
fn s6_no_address_inside_is_asked_for_a_discussion() {
    let peer = Blog::start_at([127, 0, 0, 2], [("/1", Script::html("x"))]);
    let mut site = Site::new();
    let ping = crate::support::request::Request::ping("entry", &peer.url("/1"));
    crate::support::xml::assert_accepted(&site.cgi(&ping));
    site.set("allow_private", "false");
    let shown = site.tb(&["thread", "--id", "entry", "http://weblog.example/"]);
    let found = standings(&shown);
    assert_eq!(found[1].1, "unreachable", "{shown}");
    let port = peer.address().port().to_string();
    assert!(
        found[1].2.contains("public address") || found[1].2.contains(&port),
        "{shown}"
    );
    assert!(peer.requests().is_empty());
}

/// Pages without end: each is pinged by 40 of its own.
fn endless(request: &Request) -> Script {
    let host = request.header("host").unwrap_or_default();
    let (path, query) = request.target.split_once('?').unwrap_or_default();
    let name = query.split('&').next().unwrap_or_default();
    if path == "/page" {
        let url = format!("http://{host}/page?{name}");
        return Script::html(&page(&url, &format!("/tb?{name}")));
    }
    let children: Vec<String> = (0..40)
        .map(|child| format!("http://{host}/page?{name}-{child}"))
        .collect();
    Script::xml(&list(children.iter().map(|url| (&**url, "x"))))
}

#[test]
fn depth_and_breadth_are_what_was_asked_for() {
    let peer = Blog::start_at(
        [127, 0, 0, 2],
        [("/page", Script::By(endless)), ("/tb", Script::By(endless))],
    );
    let site = Site::new();
    let shown = site.tb(&[
        "thread",
        "--depth",
        "2",
        "--breadth",
        "3",
        "--json",
        &peer.url("/page?r"),
    ]);
    let pages: Vec<Value> = shown
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let at = |depth: u64| pages.iter().filter(move |page| page["depth"] == depth);
    assert_eq!([0, 1, 2, 3].map(|depth| at(depth).count()), [1, 3, 9, 0]);
    assert!(at(1).all(|page| page["standing"] == "read" && page["more"] == 37));
    assert!(at(2).all(|page| page["standing"] == "deep"));
    assert_eq!(peer.requests().len(), 8, "two for each of 1 + 3 pages");
    for wrong in [["--depth", "0"], ["--depth", "11"], ["--breadth", "100"]] {
        site.tb_fails(2, &["thread", wrong[0], wrong[1], &peer.url("/page?r")]);
    }
}

#[test]
fn s7_a_discussion_without_end_ends_at_300_pages() {
    let peer = Blog::start_at(
        [127, 0, 0, 2],
        [("/page", Script::By(endless)), ("/tb", Script::By(endless))],
    );
    let shown = Site::new().tb(&[
        "thread",
        "--depth",
        "10",
        "--breadth",
        "99",
        &peer.url("/page?r"),
    ]);
    assert_eq!(shown.lines().count(), 600);
    let pages = peer.requests();
    let pages = pages
        .iter()
        .filter(|request| request.target.starts_with("/page"));
    assert_eq!(pages.count(), 300);
    assert!(rows(&shown).iter().any(|row| row[3] == "too-many"));
}

#[test]
fn what_the_owner_has_banned_is_left_out_with_all_that_pinged_it() {
    let root = Blog::start_at([127, 0, 0, 2], []);
    let banned = Blog::start_at([127, 0, 0, 3], []);
    let url = root.url("/1");
    root.play(
        "/1",
        Script::html("<title>Called so</title><link rel=trackback href=/tb>"),
    );
    let bad = [banned.url("/1"), root.url("/casino"), root.url("/good")];
    let items = [
        (&*bad[0], "x"),
        (&*bad[1], "Best casino"),
        (&*bad[2], "Good"),
    ];
    root.play("/tb", Script::xml(&list(items)));
    let site = Site::new();
    site.tb(&["ban", "127.0.0.3/32"]);
    site.tb(&["ban", "--word", "casino"]);
    let shown = site.tb(&["thread", &url]);
    let urls: Vec<String> = rows(&shown).into_iter().map(|row| row[4].clone()).collect();
    assert_eq!(urls, [url, bad[2].clone()], "{shown}");
    assert!(shown.contains("\tCalled so\t"), "{shown}");
    assert!(banned.requests().is_empty());
}
