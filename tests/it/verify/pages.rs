//! Pages of every kind: which one makes its ping what.

use super::*;
use crate::support::write;

/// Gives each page an address of its own, pings from all of them, and compares what became of the pings.
pub(super) fn judge(
    publish: &str,
    set_up: impl FnOnce(&mut Site),
    pages: Vec<(&str, Script, &str)>,
) {
    judge_id("entry", publish, set_up, pages);
}

/// As [`judge`], of pings to an id.
fn judge_id(
    id: &str,
    publish: &str,
    set_up: impl FnOnce(&mut Site),
    pages: Vec<(&str, Script, &str)>,
) {
    let mut site = site(publish);
    set_up(&mut site);
    let mut peers = Vec::new();
    for (number, (path, script, _)) in pages.iter().enumerate() {
        let own = path.split('?').next().unwrap();
        let peer = Blog::start_at([127, 0, 11, u8::try_from(number).unwrap() + 1], []);
        peer.play(own, script.clone());
        ping(&site, id, &peer.url(path));
        peers.push(peer);
    }
    look(&site);
    for (number, (path, script, expected)) in pages.iter().enumerate() {
        let what = format!("{path} {script:.300?}");
        let became = state(&site, id, number + 1);
        assert!(
            became.starts_with(expected),
            "{became}, not {expected}: {what}"
        );
    }
}

#[test]
fn a_link_counts_where_a_reader_sees_it_and_nowhere_else() {
    let link = format!("<a href='{SITE}cats'>cats</a>");
    let html = |text: String| Script::html(&format!("<title>A title</title>{text}"));
    let (cyrillic, _, _) = encoding_rs::WINDOWS_1251.encode("<h1>A title</h1><p>Кошки: ");
    let cyrillic = [&cyrillic, link.as_bytes()].concat();
    judge(
        "verified",
        |_| {},
        vec![
            ("/", html(link.clone()), "published verified"),
            (
                "/",
                html(format!("<link rel=x href={SITE}>")),
                "junk hidden-link",
            ),
            // A response in microformats, as for webmentions.
            (
                "/",
                html(format!(
                    "<p class=h-entry>x <a class=u-in-reply-to href='{SITE}cats'></a></p>"
                )),
                "held hidden-link",
            ),
            (
                "/",
                html(format!(
                    "<p class=h-entry>x <link class=u-in-reply-to href='{SITE}cats'></p>"
                )),
                "held hidden-link",
            ),
            (
                "/",
                html(format!(
                    "<p class=h-entry>x <a class=u-syndication href='{SITE}cats'></a></p>"
                )),
                "junk hidden-link",
            ),
            (
                "/",
                html(format!(
                    "<template><p class=h-entry>x <a class=u-in-reply-to href='{SITE}cats'></a></p></template>"
                )),
                "junk hidden-link",
            ),
            (
                "/",
                html(format!("<q cite={SITE}>x</q>")),
                "published verified",
            ),
            (
                "/",
                Script::ok("text/html; charset=windows-1251", &cyrillic),
                "published verified",
            ),
            (
                "/",
                Script::redirect(302, "/moved"),
                "held unreachable: HTTP error: 404",
            ),
            ("/", html(format!("<!-- {link} -->")), "junk hidden-link"),
            (
                "/",
                html(format!("<script>'{link}'</script>")),
                "junk hidden-link",
            ),
            (
                "/",
                html(format!("<template>{link}</template>")),
                "junk hidden-link",
            ),
            (
                "/",
                html(format!("<noscript>{link}</noscript>")),
                "junk hidden-link",
            ),
            (
                "/",
                html(format!("<p hidden>{link}</p>")),
                "junk hidden-link",
            ),
            (
                "/",
                html(format!("<p style='display:none'>{link}</p>")),
                "junk hidden-link",
            ),
            ("/", html("nothing".to_owned()), "junk no-link"),
            ("/", html(format!("see {SITE}cats")), "junk no-link"),
            // Look-alikes, which are asked where they lead.
            (
                "/",
                html("<a href='http://127.0.9.99/'>x</a>".to_owned()),
                "junk no-link",
            ),
            (
                "/",
                html("<a href='http://127.0.9.9:1/'>x</a>".to_owned()),
                "junk no-link",
            ),
            (
                "/",
                html("<a href='http://127.0.9.9@127.0.9.8/'>x</a>".to_owned()),
                "junk no-link",
            ),
            (
                "/",
                Script::ok("text/plain", link.as_bytes()),
                "junk not-a-page",
            ),
            (
                "/",
                Script::ok("image/png", link.as_bytes()),
                "junk not-a-page",
            ),
            (
                "/",
                Script::ok("application/rss+xml", link.as_bytes()),
                "junk not-a-page",
            ),
        ],
    );
}

#[test]
fn s7_a_page_without_end_is_read_to_its_first_mib() {
    let endless = |prefix: &str| Script::Endless {
        prefix: format!("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n{prefix}").into_bytes(),
        chunk: b"<p>and so on</p>".repeat(500),
    };
    judge(
        "verified",
        |_| {},
        vec![
            (
                "/",
                endless(&format!("A title <a href={SITE}>x</a>")),
                "published verified",
            ),
            ("/", endless("no link"), "held too-large"),
        ],
    );
}

#[test]
fn a_page_that_cannot_be_read_is_tried_again() {
    judge(
        "verified",
        |_| {},
        vec![
            (
                "/",
                Script::redirect(302, "/"),
                "held unreachable: more than 5 redirects",
            ),
            (
                "/",
                Script::status(404),
                "held unreachable: HTTP error: 404",
            ),
            (
                "/",
                Script::status(500),
                "held unreachable: HTTP error: 500",
            ),
            (
                "/",
                Script::CutOff(b"HTTP/1.1 200 OK\r\n".to_vec()),
                "held unreachable: ",
            ),
            (
                "/",
                Script::Raw(b"\0\0\0\r\n\r\n".to_vec()),
                "held unreachable: ",
            ),
            (
                "/",
                Script::Respond {
                    status: 200,
                    headers: vec![("Content-Encoding".to_owned(), "br".to_owned())],
                    body: b"\x1f\x8b".to_vec(),
                },
                "held unreachable: `br` is not text",
            ),
        ],
    );
}

#[test]
fn a_link_that_is_redirected_to_the_site_counts() {
    let shortener = Blog::start_at([127, 0, 12, 1], []);
    shortener.play("/a", Script::redirect(301, "/b"));
    shortener.play("/b", Script::redirect(302, &format!("{SITE}cats")));
    shortener.play("/loop", Script::redirect(302, "/loop"));
    shortener.play("/page", Script::html("a page"));
    let links =
        |path: &str| Script::html(&format!("A title: <a href='{}'>x</a>", shortener.url(path)));
    judge(
        "verified",
        |_| {},
        vec![
            ("/", links("/a"), "published verified"),
            ("/", links("/loop"), "junk no-link"),
            ("/", links("/page"), "junk no-link"),
        ],
    );
}

#[test]
fn a_page_that_repeats_its_own_address_is_an_echo() {
    let echo = Script::By(|request| {
        let words: Vec<_> = form_urlencoded::parse(
            request
                .target
                .split_once('?')
                .map_or("", |(_, query)| query)
                .as_bytes(),
        )
        .collect();
        let links: String = words
            .iter()
            .map(|(_, link)| format!("<a href='{link}'>{link}</a>"))
            .collect();
        Script::html(&links)
    });
    // It looks at what it repeats, so it cannot be told from a page that means it.
    let choosy = Script::By(|request| {
        let named = request.target.contains("127.0.9.9");
        Script::html(if named {
            "<a href='http://127.0.9.9/'>x</a>"
        } else {
            "x"
        })
    });
    judge(
        "verified",
        |_| {},
        vec![
            ("/?q=http://127.0.9.9/cats", echo.clone(), "junk echo"),
            (
                "/?q=http%3A%2F%2F127%2E0%2E9%2E9%2F",
                echo.clone(),
                "junk echo",
            ),
            ("/?q=http://127.0.9.9/", choosy, "held echo-suspected"),
            ("/?q=elsewhere", echo, "junk no-link"),
        ],
    );
}

#[test]
fn a_page_that_links_for_this_program_only_is_cloaked() {
    let cloaked = Script::By(|request| {
        let is_tb = request
            .header("user-agent")
            .is_some_and(|agent| agent.starts_with("tb/"));
        Script::html(if is_tb {
            "<a href='http://127.0.9.9/'>x</a>"
        } else {
            "pills"
        })
    });
    let blind = Script::By(|request| {
        let is_tb = request
            .header("user-agent")
            .is_some_and(|agent| agent.starts_with("tb/"));
        if is_tb {
            Script::html("<a href='http://127.0.9.9/'>x</a>")
        } else {
            Script::status(403)
        }
    });
    // Many sites ask whoever says that it is a browser for a proof.
    let guarded = Script::By(|request| {
        let is_tb = request
            .header("user-agent")
            .is_some_and(|agent| agent.starts_with("tb/"));
        Script::html(if is_tb {
            "<title>A title</title><a href='http://127.0.9.9/'>x</a>"
        } else {
            "<title>Making sure you're not a bot!</title><h1>One moment</h1>"
        })
    });
    let another_page = "held unreachable: browsers get another page";
    judge(
        "verified",
        |_| {},
        vec![
            ("/", guarded, another_page),
            ("/", cloaked, "junk cloaked"),
            ("/", blind, "held unreachable: HTTP error: 403"),
        ],
    );
}

#[test]
fn where_the_entry_is_known_the_page_must_link_to_it() {
    let shortener = Blog::start_at([127, 0, 12, 2], []);
    shortener.play("/1", Script::redirect(302, &format!("{SITE}posts/entry/")));
    let html = |link: &str| Script::html(&format!("<a href='{link}'>A title</a>"));
    judge(
        "verified",
        |site| site.set("entry", &format!("\"{SITE}posts/{{id}}/\"")),
        vec![
            (
                "/",
                html(&format!("{SITE}posts/entry#c")),
                "published verified-entry",
            ),
            ("/", html(&shortener.url("/1")), "published verified-entry"),
            (
                "/",
                html(&format!("{SITE}posts/dogs/")),
                "held links-elsewhere",
            ),
            ("/", html(SITE), "held links-elsewhere"),
            ("/", html("/nowhere"), "junk no-link"),
        ],
    );
}

#[test]
fn d8_the_reason_says_whether_the_page_links_to_this_entry_or_to_this_site() {
    let entry = format!("{SITE}posts/entry/");
    let pattern = format!("\"{SITE}posts/{{id}}/\"");
    let listed = format!("entry\t{{\"url\":\"{entry}\"}}\n");
    for (pattern, listed, expected) in [
        ("\"\"", "", "published verified"),
        (&pattern, "", "published verified-entry"),
        ("\"\"", &listed, "published verified-entry"),
        (&pattern, &listed, "published verified-entry"),
    ] {
        let mut site = site("known");
        site.set("entry", pattern);
        write(&site.data_dir().join(".entries"), listed);
        let friend = Blog::start_at([127, 0, 16, 1], []);
        for path in ["/1", "/2", "/3"] {
            let text = format!("<h1>A title</h1><p>{path} <a href='{entry}'>x</a></p>");
            friend.play(path, Script::html(&text));
        }
        for path in ["/1", "/2"] {
            ping(&site, "entry", &friend.url(path));
        }
        look(&site);
        for number in [1, 2] {
            let held = "held unknown-domain: 127.0.16.1";
            assert_eq!(state(&site, "entry", number), held);
        }
        // What an approval publishes was checked before.
        site.tb(&["approve", "entry", "1"]);
        assert_eq!(state(&site, "entry", 2), expected, "{pattern} {listed}");
        ping(&site, "entry", &friend.url("/3"));
        look(&site);
        assert_eq!(state(&site, "entry", 3), expected, "{pattern} {listed}");
        site.tb(&["verify", "--all", "--wait"]);
        assert_eq!(state(&site, "entry", 2), expected, "{pattern} {listed}");
    }
}

#[test]
fn with_publish_none_only_what_does_not_link_here_is_sorted_out() {
    judge(
        "none",
        |_| {},
        vec![
            ("/", linking(), "held moderated"),
            ("/", Script::html("x"), "junk no-link"),
            ("/", Script::status(500), "held moderated"),
        ],
    );
}

#[test]
fn s6_a_page_that_is_inside_is_never_asked_for() {
    let mut site = site("verified");
    site.set("allow_private", "false");
    let inside = peer(1, linking());
    ping(&site, "entry", &inside.url("/"));
    ping(&site, "entry", "http://localhost/");
    ping(&site, "entry", "http://[::ffff:127.0.10.1]/");
    for (number, literal) in (4..).zip([
        "http://10.0.0.1/",
        "http://0x7f000001/",
        "http://[2002:7f00:1::]/",
        "http://[64:ff9b::a00:1]/",
        "http://169.254.169.254/",
        "http://blog.example:25/",
        "https://blog.example:6379/",
    ]) {
        ping(&site, "entry", literal);
        let state = state(&site, "entry", number);
        assert!(state.starts_with("junk not-public: "), "{literal}: {state}");
    }
    look(&site);
    for (number, became) in [
        (1, "junk not-public: "),
        (2, "junk not-public: "),
        (3, "junk not-public: "),
    ] {
        assert!(
            state(&site, "entry", number).starts_with(became),
            "{number}"
        );
    }
    assert_eq!(inside.requests().len(), 0);
}

#[test]
fn the_page_is_told_who_asks_and_the_reader_is_not() {
    let site = site("verified");
    let blog = peer(2, linking());
    ping(&site, "entry", &blog.url("/"));
    look(&site);
    let agents: Vec<String> = blog
        .requests()
        .iter()
        .map(|request| request.header("user-agent").unwrap().to_owned())
        .collect();
    assert_eq!(agents.len(), 2, "{agents:?}");
    assert!(
        agents[0].starts_with("tb/") && agents[0].contains("(+http://127.0.0.1/cgi-bin/tb.cgi)"),
        "{agents:?}"
    );
    assert!(
        !agents[1].contains("tb") && agents[1].starts_with("Mozilla/5.0 "),
        "{agents:?}"
    );
}

#[test]
fn the_sites_own_pages_prove_nothing() {
    let mut site = site("verified");
    let own = Blog::start_at([127, 0, 12, 3], []);
    let page = Script::html("<a href='/'>home</a><a href='/cats'>cats</a>");
    own.play("/", page.clone());
    own.play("/search", page);
    site.set("site", &format!("[\"{}\"]", own.url("/")));
    let away = peer(3, Script::redirect(302, &own.url("/")));
    ping(&site, "entry", &own.url("/search?q=pills"));
    ping(&site, "entry", &away.url("/"));
    look(&site);
    assert_eq!(state(&site, "entry", 1), "held echo-suspected");
    assert_eq!(
        state(&site, "entry", 2),
        "junk no-link: it is redirected to this site"
    );
}

#[test]
fn d3_d4_a_link_to_the_entry_counts_however_it_is_spelt() {
    let to = |path: &str| {
        let link = format!("<a href='{SITE}{path}'>x</a>");
        Script::html(&format!("<title>A title</title>{link}"))
    };
    let mut pages: Vec<(&str, Script, &str)> = [
        "posts/my-first-entry/",
        "posts/my-first-entry",
        "posts/my-first-entry/index.html",
        "posts//my-first-entry/",
        "posts/my%2Dfirst%2dentry/",
        "posts/my-first-entry/?utm_source=rss&utm_medium=feed",
        "posts/my-first-entry/?ref=newsletter#comments",
    ]
    .map(|path| ("/", to(path), "published verified-entry"))
    .into();
    pages.extend(
        [
            "posts/my-second-entry/",
            "posts/my-first-entry/?p=12",
            "posts/my-first-entry-2/",
            "my-first-entry/",
        ]
        .map(|path| ("/", to(path), "held links-elsewhere")),
    );
    let set_up = |site: &mut Site| {
        site.set("entry", &format!("\"{SITE}posts/{{id}}/\""));
    };
    judge_id("my-first-entry", "verified", set_up, pages);
}
