//! Nobody speaks in the name of an approved weblog: what its page does not vouch for is not published by itself.

use super::*;

const FRIEND: [u8; 4] = [127, 0, 15, 1];

/// A site that knows one weblog, and that weblog.
pub(super) fn known() -> (Site, Blog) {
    let site = site("known");
    site.tb(&["domains", "add", "127.0.15.1"]);
    (site, Blog::start_at(FRIEND, []))
}

/// Pings `id` from a page with these words.
#[track_caller]
pub(super) fn ping_with(site: &Site, id: &str, page: &str, [title, excerpt, blog_name]: [&str; 3]) {
    let fields = [
        ("title", title),
        ("url", page),
        ("excerpt", excerpt),
        ("blog_name", blog_name),
    ];
    assert_accepted(&site.cgi(&Request::post(&fields).path(&format!("/{id}"))));
}

fn shown(site: &Site, id: &str, number: usize) -> Value {
    let shown = site.tb(&["show", id, &number.to_string(), "--json"]);
    serde_json::from_str(&shown).unwrap()
}

#[test]
fn a_link_that_the_page_does_not_vouch_for_waits_for_the_owner() {
    let (site, friend) = known();
    let evil = Blog::start_at([127, 0, 15, 2], []);
    evil.play("/to", Script::redirect(302, &format!("{SITE}cats")));
    let link = |rel: &str, url: &str| format!("<a rel='{rel}' href='{url}'>cats</a>");
    let entry = format!("{SITE}cats");
    let own = format!("<a href='{entry}'>cats</a>");
    let unvouched = "held unvouched-link";
    let published = "published verified";
    let pages = [
        (link("nofollow", &entry), unvouched),
        (link("UGC", &entry), unvouched),
        (link("external ugc nofollow", &entry), unvouched),
        (link("sponsored noopener", &entry), unvouched),
        (link("nofollow,ugc", &entry), unvouched),
        (link("ugc nofollow", &evil.url("/to")), unvouched),
        // The author's own link among such links, before or behind them.
        (link("ugc", &entry) + &own, published),
        (own.clone() + &link("nofollow", &entry), published),
        (own + &link("ugc nofollow", &evil.url("/to")), published),
        (link("external noopener me", &entry), published),
    ];
    for (number, (text, expected)) in pages.into_iter().enumerate() {
        let path = format!("/{number}");
        friend.play(
            &path,
            Script::html(&format!("<h1>A title</h1>{number} {text}")),
        );
        let id = format!("entry-{number}");
        ping(&site, &id, &friend.url(&path));
        look(&site);
        assert_eq!(state(&site, &id, 1), expected, "{text}");
    }
}

#[test]
fn f4_a_page_whose_weblog_has_the_site_in_its_blogroll_answers_no_entry() {
    let (site, friend) = known();
    let held = "held unvouched-link";
    let published = "published verified";
    let home = format!("<a href='{SITE}'>Ann</a>");
    for (number, (text, expected)) in [
        (
            format!("<article>x</article><aside><h3>Blogroll</h3><ul><li>{home}</ul></aside>"),
            held,
        ),
        (
            format!("<article>x</article><div id=sidebar>{home}</div>"),
            held,
        ),
        (
            format!("<article>x</article><footer>Friends: {home}</footer>"),
            held,
        ),
        (
            format!("<p>x<div class=widget_links><a href='{SITE}index.html'>Ann</a></div>"),
            held,
        ),
        (
            format!("<h2>Links</h2><ul><li><a href='{SITE}feed/'>Ann</a></ul>"),
            held,
        ),
        (
            format!(
                "<p>x<aside class=blogroll><a href='{SITE}?utm_source=blogroll'>Ann</a></aside>"
            ),
            held,
        ),
        (
            format!("<p>x<div id=sidebar1><a href='{SITE}?ref=friends'>Ann</a></div>"),
            held,
        ),
        (format!("<p>I read {home}'s weblog."), published),
        (
            format!("<div class=with-sidebar><h1>A title</h1><p>I <b>do</b> read {home}'s <i>good</i> weblog.</div>"),
            published,
        ),
        (
            format!("<article>x <a href='{SITE}cats'>y</a></article><nav>{home}</nav>"),
            published,
        ),
        (
            format!("<article><aside>See {home}</aside></article>"),
            published,
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let path = format!("/{number}");
        friend.play(
            &path,
            Script::html(&format!("<h1>A title</h1>{number} {text}")),
        );
        // Anybody may send it, to any entry.
        for id in [format!("entry-{number}"), format!("other-{number}")] {
            ping(&site, &id, &friend.url(&path));
            look(&site);
            assert_eq!(state(&site, &id, 1), expected, "{text}");
        }
    }
}

#[test]
fn a_friends_text_that_looks_like_spam_is_judged_by_its_page() {
    let (site, friend) = known();
    let six = (0..6)
        .map(|n| format!("http://w{n}.example/"))
        .collect::<Vec<_>>()
        .join(" ");
    for (number, (title, excerpt)) in [
        ("[link] Cats", "x"),
        (
            "Buffalo buffalo Buffalo buffalo buffalo buffalo Buffalo buffalo",
            "x",
        ),
        ("Links of the day", six.as_str()),
        (
            "A rose",
            "Rose is a rose is a rose is a rose is a rose is a rose",
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let (id, path) = (format!("entry-{number}"), format!("/{number}"));
        let page = format!(
            "<title>{title}</title><h1>{title}</h1><p>{excerpt} <a href='{SITE}cats'>cats</a>"
        );
        friend.play(&path, Script::html(&page));
        ping_with(&site, &id, &friend.url(&path), [title, excerpt, ""]);
        look(&site);
        assert_eq!(state(&site, &id, 1), "published verified", "{title}");
        // What is not on the page is not published, and of others it is junk.
        ping_with(&site, &id, &friend.url("/gone"), ["Pills", &six, ""]);
        ping_with(&site, &id, "http://stranger.example/", ["Pills", &six, ""]);
        look(&site);
        assert!(!state(&site, &id, 2).starts_with("published"));
        assert!(state(&site, &id, 3).starts_with("junk score"));
    }
}

#[test]
fn f4_a_page_that_asks_robots_in_a_header_to_follow_no_link_vouches_for_none() {
    let (site, friend) = known();
    let page = format!("<h1>A title</h1><a href='{SITE}cats'>cats</a>");
    for (number, (tag, expected)) in [
        ("nofollow", "held unvouched-link"),
        ("noindex, nofollow", "held unvouched-link"),
        ("noindex", "published verified"),
        ("badbot: nofollow", "published verified"),
    ]
    .into_iter()
    .enumerate()
    {
        let (id, path) = (format!("entry-{number}"), format!("/{number}"));
        let headers = [("Content-Type", "text/html"), ("X-Robots-Tag", tag)];
        let script = Script::Respond {
            status: 200,
            headers: headers
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .to_vec(),
            body: format!("{page}{number}").into_bytes(),
        };
        friend.play(&path, script);
        ping(&site, &id, &friend.url(&path));
        look(&site);
        assert_eq!(state(&site, &id, 1), expected, "{tag}");
    }
}

#[test]
fn f4_what_a_browser_saves_or_does_not_show_is_no_page() {
    let (site, friend) = known();
    let page = format!("<h1>A title</h1><a href='{SITE}cats'>cats</a>");
    let no_page = "junk not-a-page: ";
    for (number, (status, name, value, expected)) in [
        (
            200,
            "Content-Disposition",
            "attachment; filename=x.html",
            no_page,
        ),
        (200, "Content-Disposition", "ATTACHMENT", no_page),
        (200, "Content-Disposition", "\"inline\"", no_page),
        (200, "Content-Disposition", "form-data; name=x", no_page),
        (
            200,
            "Content-Disposition",
            "inline; filename=x.html",
            "published verified",
        ),
        (
            200,
            "Content-Disposition",
            "filename=x.html",
            "published verified",
        ),
        (200, "Content-Type", "text/plain", no_page),
        (
            206,
            "Content-Range",
            "bytes 0-999/1000",
            "held unreachable: ",
        ),
        (205, "X-None", "", "held unreachable: "),
        (203, "X-None", "", "published verified"),
    ]
    .into_iter()
    .enumerate()
    {
        let (id, path) = (format!("entry-{number}"), format!("/{number}"));
        let headers = [("Content-Type", "text/html"), (name, value)];
        let script = Script::Respond {
            status,
            headers: headers
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .to_vec(),
            body: format!("{page}{number}").into_bytes(),
        };
        friend.play(&path, script);
        ping(&site, &id, &friend.url(&path));
        look(&site);
        let found = state(&site, &id, 1);
        assert!(found.starts_with(expected), "{name}: {value}: {found}");
    }
}

#[test]
fn an_invented_excerpt_or_weblog_gives_way_to_the_pages_own() {
    let (site, friend) = known();
    let text = format!(
        "<title>A title</title><meta property='og:site_name' content='The real weblog'>\
         <h1>A title</h1><p>I have read <a href='{SITE}cats'>about cats</a> today, and liked it.</p>"
    );
    // The title stands above it already.
    let own = "I have read about cats today, and liked it.";
    let cases = [
        ("Buy cheap pills", "Pills, Inc.", own, "The real weblog"),
        ("💊💊💊", "€€€", own, "The real weblog"),
        (
            "I have read about cats today…",
            "The real weblog",
            "I have read about cats today…",
            "The real weblog",
        ),
        (
            "i have read «about cats» [...]",
            "THE REAL WEBLOG",
            "i have read «about cats» [...]",
            "THE REAL WEBLOG",
        ),
        ("", "", "", ""),
    ];
    for (number, (excerpt, blog_name, becomes, named)) in cases.into_iter().enumerate() {
        let path = format!("/{number}");
        friend.play(&path, Script::html(&format!("{text}<!-- {number} -->")));
        let id = format!("entry-{number}");
        ping_with(
            &site,
            &id,
            &friend.url(&path),
            ["A title", excerpt, blog_name],
        );
        look(&site);
        assert_eq!(state(&site, &id, 1), "published verified", "{excerpt}");
        let shown = shown(&site, &id, 1);
        assert_eq!(
            shown["excerpt"].as_str().unwrap_or_default(),
            becomes,
            "{excerpt}"
        );
        assert_eq!(
            shown["blog_name"].as_str().unwrap_or_default(),
            named,
            "{excerpt}"
        );
    }
    let feed = std::fs::read_to_string(site.rss_dir().join("entry_0.xml")).unwrap();
    assert!(
        !feed.contains("pills") && feed.contains("liked it"),
        "{feed}"
    );
}

#[test]
fn f4_a_link_behind_a_heading_for_comments_waits_for_the_owner() {
    let (site, friend) = known();
    let comment = format!(
        "<p>A reader has written quite a lot here, and links to <a href='{SITE}cats'>cats</a>.</p>"
    );
    for (number, (text, expected)) in [
        ("<h2>Comments</h2>", "held unvouched-link"),
        ("<div><h3>3 responses</h3></div>", "held unvouched-link"),
        ("<h4>2 Kommentare:</h4>", "held unvouched-link"),
        ("<h2>コメント</h2>", "held unvouched-link"),
        ("<h2>Comments on the election</h2>", "published verified"),
        ("<h2>Why I have no comments</h2>", "published verified"),
        ("<p>Comments</p>", "published verified"),
    ]
    .into_iter()
    .enumerate()
    {
        let (id, path) = (format!("entry-{number}"), format!("/{number}"));
        let page = format!("<h1>A title</h1><p>{number}</p>{text}{comment}");
        friend.play(&path, Script::html(&page));
        ping(&site, &id, &friend.url(&path));
        look(&site);
        assert_eq!(state(&site, &id, 1), expected, "{text}");
    }
}

#[test]
fn nobody_keeps_a_friends_permalink_back_by_sending_another_url_of_its_page_before() {
    let (site, friend) = known();
    let text = format!("<h1>A title</h1>One. <a href='{SITE}cats'>cats</a>");
    let canonical = format!("<link rel=canonical href='{}'>{text}", friend.url("/named"));
    let mirror = Blog::start_at([127, 0, 15, 3], [("/post", Script::html(&text))]);
    friend.play("/post", Script::html(&text));
    friend.play("/named", Script::html(&canonical));
    for (id, path, title) in [
        ("bad-title", "/post?x=1", "Pills"),
        ("good-title", "/post?x=1", "A title"),
        ("named", "/named?x=1", "A title"),
        ("junked", "/named?x=1", "Pills"),
    ] {
        ping_with(&site, id, &friend.url(path), [title, "", ""]);
        look(&site);
        if id == "junked" {
            site.tb(&["junk", id, "1"]);
        }
        ping(&site, id, &friend.url(path.split('?').next().unwrap()));
        look(&site);
        assert_eq!(state(&site, id, 2), "published verified", "{id}");
        // Of a page that two pings are of, one is shown.
        let becomes = match id {
            "bad-title" => "held other-title",
            "junked" => "junk owner",
            _ => "junk duplicate: 2",
        };
        assert_eq!(state(&site, id, 1), becomes, "{id}");
    }
    // Nor by a copy of the page elsewhere.
    ping(&site, "copied", &mirror.url("/post"));
    look(&site);
    assert!(state(&site, "copied", 1).starts_with("held unknown-domain"));
    ping(&site, "copied", &friend.url("/post"));
    look(&site);
    assert_eq!(state(&site, "copied", 2), "published verified");
}

#[test]
fn f4_where_no_page_says_which_path_is_its_permalink_the_later_one_waits_for_the_owner() {
    let (site, friend) = known();
    let text = format!("<h1>A title</h1>One. <a href='{SITE}cats'>cats</a>");
    for (number, (first, own)) in [
        ("/index.php/post", "/post"),
        ("/2026/", "/2026/cats.html"),
        ("/", "/post"),
    ]
    .into_iter()
    .enumerate()
    {
        for path in [first, own] {
            friend.play(path, Script::html(&text));
        }
        for (from, becomes) in [
            ("192.0.2.1", "held duplicate: 1"),
            ("198.51.100.1", "junk duplicate: 1"),
        ] {
            let id = format!("entry-{number}-{}", from.len());
            send_from(
                &site,
                "198.51.100.7",
                &Request::ping(&id, &friend.url(first)),
            );
            look(&site);
            assert_eq!(state(&site, &id, 1), "published verified");
            send_from(&site, from, &Request::ping(&id, &friend.url(own)));
            look(&site);
            assert_eq!(state(&site, &id, 2), becomes, "{own}");
        }
    }
}

#[test]
fn of_two_urls_of_a_page_that_are_looked_at_together_one_is_shown_whichever_comes_first() {
    let (site, friend) = known();
    let text = format!("<h1>A title</h1>One. <a href='{SITE}cats'>cats</a>");
    friend.play("/post", Script::html(&text));
    let variants = ["/post?x=1", "/post#x", "/post?utm_source=1#y", "/post?x=2"];
    for (number, variant) in variants.into_iter().enumerate() {
        let id = format!("entry-{number}");
        ping(&site, &id, &friend.url("/post"));
        ping(&site, &id, &friend.url(variant));
        // The queue is worked off in the order in which the pings are due.
        let queue = site.data_dir().join(".queue");
        let lines = std::fs::read_to_string(&queue).unwrap();
        let earlier = |line: &str| {
            let mut item: Value = serde_json::from_str(line).unwrap();
            if item["id"] == 2 {
                item["next"] = "2000-01-01T00:00:00Z".into();
            }
            format!("{item}\n")
        };
        std::fs::write(&queue, lines.lines().map(earlier).collect::<String>()).unwrap();
        look(&site);
        assert_eq!(state(&site, &id, 1), "published verified", "{variant}");
        assert_eq!(state(&site, &id, 2), "junk duplicate: 1", "{variant}");
    }
}

#[test]
fn a_second_page_of_a_friend_is_published_and_so_is_the_same_page_on_another_entry() {
    let (site, friend) = known();
    for (number, path) in ["/1", "/2", "/?p=3", "/?p=4"].into_iter().enumerate() {
        // A weblog that says of each of its pages that it is the first one does not mean it.
        let home = format!("<link rel=canonical href='{}'>", friend.url("/"));
        let text = format!("{home}<h1>A title</h1>{number} <a href='{SITE}cats'>cats</a>");
        friend.play(path.split('?').next().unwrap(), Script::html(&text));
        ping(&site, "entry", &friend.url(path));
        look(&site);
        assert_eq!(
            state(&site, "entry", number + 1),
            "published verified",
            "{path}"
        );
    }
    ping(&site, "another", &friend.url("/1"));
    look(&site);
    assert_eq!(state(&site, "another", 1), "published verified");
}

/// A page that is another at each time, and another one for `?p=2`.
fn told_the_time(request: &crate::support::blog::Request) -> Script {
    let title = match request.target.contains("p=2") {
        true => "Another title",
        false => "A title",
    };
    let text = format!(
        "<title>{title}</title><h1>{title}</h1><p>I read <a href='{SITE}cats'>about cats</a> and liked it very much \
         indeed, as I like everything that was ever written about cats by anybody at all, wherever they may live.</p>\
         <footer>It is {:?} now.</footer>",
        std::time::SystemTime::now()
    );
    Script::html(&text)
}

#[test]
fn another_query_of_a_page_that_says_the_time_is_the_same_page() {
    let (site, friend) = known();
    friend.play("/post", Script::By(told_the_time));
    for path in ["/post", "/post?x=1"] {
        ping(&site, "entry", &friend.url(path));
        look(&site);
    }
    let words = ["Another title", "", ""];
    ping_with(&site, "entry", &friend.url("/post?p=2"), words);
    look(&site);
    let states: Vec<String> = (1..=3)
        .map(|number| state(&site, "entry", number))
        .collect();
    let expected = [
        "published verified",
        "junk duplicate: 1",
        "published verified",
    ];
    assert_eq!(states, expected);
}
