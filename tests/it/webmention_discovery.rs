//! Where a page says that it takes Webmentions: the shapes of webmention.rocks, and those that are no endpoint.

use serde_json::Value;
use tb::linkback::discover::discover;
use url::Url;

use crate::support::blog::{Blog, Script};
use crate::support::shell::Site;

/// A page: its number at webmention.rocks, its `Link` headers, its body, and its endpoint.
struct RocksPage {
    number: u32,
    headers: &'static [&'static str],
    body: &'static str,
    endpoint: Option<&'static str>,
}

const fn page(
    number: u32,
    headers: &'static [&'static str],
    body: &'static str,
    endpoint: &'static str,
) -> RocksPage {
    RocksPage {
        number,
        headers,
        body,
        endpoint: Some(endpoint),
    }
}

/// The 23 discovery tests, after <https://webmention.rocks/>. The page is `https://rocks.example/test/N`.
const ROCKS: [RocksPage; 23] = [
    page(
        1,
        &["</test/1/webmention>; rel=webmention"],
        "",
        "https://rocks.example/test/1/webmention",
    ),
    page(
        2,
        &["<https://rocks.example/test/2/webmention>; rel=webmention"],
        "",
        "https://rocks.example/test/2/webmention",
    ),
    page(
        3,
        &[],
        "<link rel=\"webmention\" href=\"/test/3/webmention\">",
        "https://rocks.example/test/3/webmention",
    ),
    page(
        4,
        &[],
        "<link rel=\"webmention\" href=\"https://rocks.example/test/4/webmention\">",
        "https://rocks.example/test/4/webmention",
    ),
    page(
        5,
        &[],
        "<p>it <a rel=\"webmention\" href=\"/test/5/webmention\">takes</a> them",
        "https://rocks.example/test/5/webmention",
    ),
    page(
        6,
        &[],
        "<p><a href=\"https://rocks.example/test/6/webmention\" rel=\"webmention\">x</a>",
        "https://rocks.example/test/6/webmention",
    ),
    page(
        7,
        &["<https://rocks.example/test/7/webmention>; rel=Webmention"],
        "",
        "https://rocks.example/test/7/webmention",
    ),
    page(
        8,
        &["<https://rocks.example/test/8/webmention>; rel=\"webmention\""],
        "",
        "https://rocks.example/test/8/webmention",
    ),
    page(
        9,
        &[],
        "<link rel=\"webmention somethingelse\" href=\"https://rocks.example/test/9/webmention\">",
        "https://rocks.example/test/9/webmention",
    ),
    page(
        10,
        &["<https://rocks.example/test/10/webmention>; rel=\"webmention somethingelse\""],
        "",
        "https://rocks.example/test/10/webmention",
    ),
    page(
        11,
        &["</test/11/webmention>; rel=webmention"],
        "<link rel=\"webmention\" href=\"/test/11/error\"><a href=\"/test/11/error\" rel=\"webmention\">x</a>",
        "https://rocks.example/test/11/webmention",
    ),
    page(
        12,
        &[],
        "<link rel=\"not-webmention\" href=\"/test/12/error\"><link rel=\"webmention\" href=\"/test/12/webmention\">",
        "https://rocks.example/test/12/webmention",
    ),
    page(
        13,
        &[],
        "<!-- <a href=\"/test/13/error\" rel=\"webmention\">x</a> --><a href=\"/test/13/webmention\" rel=\"webmention\">x</a>",
        "https://rocks.example/test/13/webmention",
    ),
    page(
        14,
        &[],
        "<code>&lt;a href=\"/test/14/error\" rel=\"webmention\"&gt;x&lt;/a&gt;</code><a href=\"/test/14/webmention\" rel=\"webmention\">x</a>",
        "https://rocks.example/test/14/webmention",
    ),
    page(
        15,
        &[],
        "<link rel=\"webmention\" href=\"\">",
        "https://rocks.example/test/15",
    ),
    page(
        16,
        &[],
        "<a rel=\"webmention\" href=\"/test/16/webmention\">x</a><link rel=\"webmention\" href=\"/test/16/error\">",
        "https://rocks.example/test/16/webmention",
    ),
    page(
        17,
        &[],
        "<link rel=\"webmention\" href=\"/test/17/webmention\"><a rel=\"webmention\" href=\"/test/17/error\">x</a>",
        "https://rocks.example/test/17/webmention",
    ),
    page(
        18,
        &[
            "</test/18/other>; rel=\"other\"",
            "</test/18/webmention>; rel=\"webmention\"",
        ],
        "",
        "https://rocks.example/test/18/webmention",
    ),
    page(
        19,
        &["</test/19/other>; rel=\"other\", </test/19/webmention>; rel=\"webmention\""],
        "",
        "https://rocks.example/test/19/webmention",
    ),
    page(
        20,
        &[],
        "<link rel=\"webmention\"><a href=\"/test/20/webmention\" rel=\"webmention\">x</a>",
        "https://rocks.example/test/20/webmention",
    ),
    page(
        21,
        &[],
        "<link rel=\"webmention\" href=\"/test/21/webmention?query=yes\">",
        "https://rocks.example/test/21/webmention?query=yes",
    ),
    page(
        22,
        &[],
        "<link rel=\"webmention\" href=\"22/webmention\">",
        "https://rocks.example/test/22/webmention",
    ),
    // It redirects to `/test/23/page/x`.
    page(
        23,
        &[],
        "<link rel=\"webmention\" href=\"webmention\">",
        "https://rocks.example/test/23/page/webmention",
    ),
];

fn found(headers: &[&str], body: &str, fetched: &str) -> Option<String> {
    let at = Url::parse(fetched).unwrap();
    let headers: Vec<String> = headers.iter().map(|&header| header.to_owned()).collect();
    let discovery = discover(body.as_bytes(), Some("text/html; charset=utf-8"), &at, &at);
    let discovery = discovery.with_headers(&headers, None, &at);
    discovery.webmention.map(String::from)
}

#[test]
fn s1_to_s6_the_pages_of_webmention_rocks() {
    for page in ROCKS {
        let at = match page.number {
            23 => "https://rocks.example/test/23/page/x".to_owned(),
            number => format!("https://rocks.example/test/{number}"),
        };
        let found = found(page.headers, page.body, &at);
        assert_eq!(found.as_deref(), page.endpoint, "{}", page.number);
    }
}

#[test]
fn s1_to_s6_the_executable_finds_what_the_pages_of_webmention_rocks_announce() {
    let site = Site::with(&["--base-url", "http://me.example/cgi-bin/tb.cgi"]);
    let blog = Blog::start_at([127, 0, 0, 2], []);
    let here = |text: &str| text.replace("https://rocks.example/", &blog.url("/"));
    for page in ROCKS {
        let path = match page.number {
            23 => "/test/23/page/x".to_owned(),
            number => format!("/test/{number}"),
        };
        let mut headers = vec![("Content-Type".to_owned(), "text/html".to_owned())];
        headers.extend(
            page.headers
                .iter()
                .map(|header| ("Link".to_owned(), here(header))),
        );
        let script = Script::Respond {
            status: 200,
            headers,
            body: here(page.body).into_bytes(),
        };
        blog.play(&path, script);
        let out = site.tb(&["discover", &blog.url(&path), "--json"]).0.stdout;
        let found: Value = serde_json::from_slice(&out).unwrap();
        let expected = page.endpoint.map(here);
        assert_eq!(
            found["webmention"].as_str(),
            expected.as_deref(),
            "{}",
            page.number
        );
    }
}

#[test]
fn s1_relative_urls_follow_the_final_url_and_base() {
    let at = "https://b.example/2026/x";
    let base = "<base href='https://c.example/d/'>";
    let link = "<link rel=webmention href=wm>";
    let expected = Some("https://c.example/d/wm".to_owned());
    assert_eq!(found(&[], &format!("{base}{link}"), at), expected);
    // A header knows no base.
    let header = ["<wm>; rel=webmention"];
    let expected = Some("https://b.example/2026/wm".to_owned());
    assert_eq!(found(&header, base, at), expected);
}

#[test]
fn s1_the_target_is_fetched_and_its_redirects_are_followed() {
    let site = Site::with(&["--base-url", "http://me.example/cgi-bin/tb.cgi"]);
    let moved = Script::html("<link rel=webmention href=wm>");
    let blog = Blog::start_at(
        [127, 0, 0, 2],
        [("/old", Script::redirect(302, "/new/x")), ("/new/x", moved)],
    );
    let out = site.tb(&["discover", &blog.url("/old"), "--json"]).out();
    let found: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(found["webmention"], blog.url("/new/wm"), "{found}");
}

#[test]
fn s2_headers_count_in_all_spellings_and_where_the_body_is_not_text() {
    let at = "https://b.example/x";
    for header in [
        "</wm>;rel=webmention",
        "</wm> ; REL = \"WebMention\"",
        "</wm>; rel=\"a  webmention\tb\"",
        "</wm>; title=\"a, b\"; rel=webmention",
        "</no>; title=\"</no>; rel=webmention, \"; rel=other, </wm>; rel=webmention",
        "garbage, \"</no>; rel=webmention\", </wm>; rel=webmention",
        "</no>; rel=other; rel=webmention, </wm>; rel=webmention",
        "</no>; rel=webmention; anchor=\"https://elsewhere.example/\", </wm>; rel=webmention",
    ] {
        let expected = Some("https://b.example/wm".to_owned());
        assert_eq!(found(&[header], "", at), expected, "{header}");
    }
    for header in [
        "/wm; rel=webmention",
        "</wm>; rel=not-webmention",
        "</wm>; rev=webmention",
        "<javascript:alert(1)>; rel=webmention",
        "</wm",
    ] {
        assert_eq!(found(&[header], "", at), None, "{header}");
    }
    let site = Site::with(&["--base-url", "http://me.example/cgi-bin/tb.cgi"]);
    let pdf = Script::Respond {
        status: 200,
        headers: vec![
            ("Content-Type".to_owned(), "application/pdf".to_owned()),
            ("Link".to_owned(), "</wm>; rel=webmention".to_owned()),
        ],
        body: b"%PDF-1.7".to_vec(),
    };
    let blog = Blog::start_at([127, 0, 0, 2], [("/x.pdf", pdf)]);
    let out = site.tb(&["discover", &blog.url("/x.pdf"), "--json"]).out();
    let found: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(found["webmention"], blog.url("/wm"), "{found}");
}

#[test]
fn s3_the_first_link_or_a_in_document_order() {
    let at = "https://b.example/x";
    for (body, expected) in [
        (
            "<a rel=webmention href=/1>x</a><link rel=webmention href=/2>",
            "/1",
        ),
        (
            "<link rel=webmention href=/2><a rel=webmention href=/1>x</a>",
            "/2",
        ),
        (
            "<area rel=webmention href=/1><form rel=webmention action=/3></form><a rel=webmention href=/2>x</a>",
            "/2",
        ),
        (
            "<svg><a rel=webmention href=/1>x</a></svg><a rel=webmention href=/2>x</a>",
            "/2",
        ),
        ("<A HREF=/1 REL='nofollow WEBMENTION'>x</A>", "/1"),
    ] {
        let expected = format!("https://b.example{expected}");
        assert_eq!(found(&[], body, at), Some(expected), "{body}");
    }
}

#[test]
fn s4_a_header_counts_before_a_tag_and_the_first_of_several() {
    let at = "https://b.example/x";
    let body = "<link rel=webmention href=/tag>";
    let headers = [
        "</1>; rel=other",
        "</2>; rel=webmention, </3>; rel=webmention",
    ];
    let expected = Some("https://b.example/2".to_owned());
    assert_eq!(found(&headers, body, at), expected);
}

#[test]
fn s5_what_a_browser_does_not_take_for_a_link_is_none() {
    let at = "https://b.example/x";
    let link = "<link rel=webmention href=/no>";
    for body in [
        "<link rel=not-webmention href=/no>",
        "<link rel=webmentions href=/no>",
        &format!("<!-- {link} -->"),
        &format!("<script>'{link}'</script>"),
        &format!("<style>{link}</style>"),
        &format!("<template>{link}</template>"),
        &format!("<template><div><template>{link}</template></div></template>"),
        &format!("<textarea>{link}</textarea>"),
        &format!("<title>{link}</title>"),
        &format!("<xmp>{link}</xmp>"),
        &format!("<iframe>{link}</iframe>"),
        &format!("<p title=\"{link}\">x"),
        "<pre>&lt;link rel=webmention href=/no&gt;</pre>",
        "<p>&#60;link rel=webmention href=/no>",
    ] {
        assert_eq!(found(&[], body, at), None, "{body}");
    }
}

#[test]
fn s6_an_empty_href_is_the_page_and_none_is_passed_over() {
    let at = "https://b.example/x?a=1#part";
    let own = Some("https://b.example/x?a=1".to_owned());
    assert_eq!(found(&[], "<link rel=webmention href=''>", at), own);
    assert_eq!(found(&[], "<link rel=webmention href>", at), own);
    assert_eq!(found(&["<>; rel=webmention"], "", at), own);
    let body = "<link rel=webmention><a rel=webmention>x</a><a rel=webmention href=/wm>x</a>";
    let expected = Some("https://b.example/wm".to_owned());
    assert_eq!(found(&[], body, at), expected);
}
