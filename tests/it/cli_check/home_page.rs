//! `tb check` says whether the home page announces where webmentions and pingbacks go.

use super::{edit, online, play_program};
use crate::support::blog::Script;

/// What `tb check` says where the home page is this, made from the program's URL.
fn with_home(protocols: &str, home: impl Fn(&str) -> Script) -> String {
    let (said, code) = online(|blog, site| {
        play_program(blog, site);
        blog.play("/", home(&blog.url("/tb.cgi")));
        let by_init = "protocols = [\"trackback\", \"webmention\"]";
        edit(site, by_init, &format!("protocols = {protocols}"));
    });
    assert_eq!(code, 0, "{said}");
    said
}

#[test]
fn a_home_page_that_does_not_announce_the_endpoint_is_a_warning() {
    const PASSED: &str = "✓ The home page announces the endpoint\n";
    let announcing = |base: &str| {
        Script::html(&format!(
            "<link rel=webmention href='/tb.cgi'><link rel=\"pingback\" href=\"{base}\">"
        ))
    };
    let in_headers = |base: &str| Script::Respond {
        status: 200,
        headers: vec![
            ("Content-Type".to_owned(), "text/html".to_owned()),
            (
                "Link".to_owned(),
                format!("<{base}?__mode=webmention>; rel=\"webmention\""),
            ),
            ("X-Pingback".to_owned(), base.to_owned()),
        ],
        body: b"<p>Hello".to_vec(),
    };
    let both = "[\"pingback\", \"webmention\"]";
    for protocols in [both, "[\"webmention\"]", "[\"pingback\"]"] {
        for said in [
            with_home(protocols, announcing),
            with_home(protocols, in_headers),
        ] {
            assert!(said.contains(PASSED), "{protocols}: {said}");
        }
    }
    let other = |_: &str| Script::html("<link rel=webmention href=https://webmention.io/x>");
    for (home, expected) in [
        (
            other as fn(&str) -> Script,
            "names `https://webmention.io/x` for Webmentions",
        ),
        (
            |_| Script::html("<p>Hello"),
            "does not say where Webmentions go",
        ),
        (
            |_| Script::html("<!-- <link rel=webmention href=/tb.cgi> -->"),
            "does not say where Webmentions go",
        ),
        (
            |base| Script::html(&format!("<link rel=webmention href={base}.old>")),
            "which is not this program",
        ),
        (|_| Script::status(500), "cannot be read"),
        (
            |_| Script::ok("text/html", &[b'<'; 1 << 20]),
            "does not say where",
        ),
    ] {
        let said = with_home("[\"webmention\"]", home);
        assert!(
            said.contains(expected) && !said.contains(PASSED),
            "{expected}: {said}"
        );
        assert!(!said.contains("Pingbacks"), "{said}");
    }
    let said = with_home(both, |_| Script::html("<link rel=webmention href=/tb.cgi>"));
    assert!(said.contains("does not say where Pingbacks go"), "{said}");
    // Where only TrackBack is received, the home page is not asked.
    let said = with_home("[\"trackback\"]", |_| Script::status(500));
    assert!(!said.contains("home page"), "{said}");
}
