//! F6: pages that link to whatever their address names, in whatever spelling, and pages whose address only says which
//! page they are.

use percent_encoding::percent_decode_str;
use url::Url;

use super::*;
use crate::support::blog::Request as Asked;

/// The value of `q`, or what stands behind `/echo/`.
fn named(request: &Asked) -> String {
    let url = Url::parse(&format!("http://x.example{}", request.target)).unwrap();
    let q = url.query_pairs().find(|(name, _)| name == "q");
    let in_path = || {
        let path = url.path().strip_prefix("/echo/").unwrap_or_default();
        percent_decode_str(path).decode_utf8_lossy().into_owned()
    };
    q.map_or_else(in_path, |(_, value)| value.into_owned())
}

fn page_about(link: &str) -> Script {
    Script::html(&format!(
        "<h1>A title</h1><p>You looked for <a href='{link}'>this</a>"
    ))
}

fn plain(request: &Asked) -> Script {
    page_about(&named(request))
}

/// One that decodes once more than the form says.
fn twice(request: &Asked) -> Script {
    let named = named(request);
    page_about(&percent_decode_str(&named).decode_utf8_lossy())
}

fn base64(request: &Asked) -> Script {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD_NO_PAD;
    let named = named(request);
    match STANDARD_NO_PAD.decode(named.trim_end_matches('=')) {
        Ok(link) => page_about(&String::from_utf8_lossy(&link)),
        Err(_) => Script::status(400),
    }
}

/// An encoding that is not known here.
fn rot13(request: &Asked) -> Script {
    let turned = |c: char| match c {
        'a'..='m' | 'A'..='M' => char::from(c as u8 + 13),
        'n'..='z' | 'N'..='Z' => char::from(c as u8 - 13),
        other => other,
    };
    page_about(&named(request).chars().map(turned).collect::<String>())
}

/// One that makes a host of two values.
fn joined(request: &Asked) -> Script {
    let url = Url::parse(&format!("http://x.example{}", request.target)).unwrap();
    let values: Vec<String> = url
        .query_pairs()
        .map(|(_, value)| value.into_owned())
        .collect();
    page_about(&format!("http://{}/posts/cats", values.join(".")))
}

fn hexadecimal(request: &Asked) -> Script {
    let named = named(request);
    let pair = |at: usize| u8::from_str_radix(named.get(at..at + 2)?, 16).ok();
    match (0..named.len())
        .step_by(2)
        .map(pair)
        .collect::<Option<Vec<u8>>>()
    {
        Some(link) => page_about(&String::from_utf8_lossy(&link)),
        None => Script::status(400),
    }
}

/// An encoding of which a change leaves nothing.
fn packed(request: &Asked) -> Script {
    match named(request).as_str() {
        PACKED => page_about("http://blog.example/posts/cats"),
        _ => Script::status(404),
    }
}

const PACKED: &str = "eJzLKCkpsNLXT8rJT9dLrUjMLchJ1S_ILy4p1k9OLCkGAKRkCq8";

/// A weblog whose pages are named in the query.
fn weblog(request: &Asked) -> Script {
    match named(request).as_str() {
        "12" | "a-long-title-about-cats" | "2026/11/a-page" | "QWJvdXQgY2F0cyBhbmQgZG9ncw==" => {
            page_about("http://blog.example/posts/cats")
        }
        // Its front page, or another entry.
        _ => page_about("http://cats.example/posts/1"),
    }
}

/// A URL as a number, of which a change leaves nothing.
fn numbered(request: &Asked) -> Script {
    match named(request).as_str() {
        "4839201847561029384756" | "9" => page_about("http://blog.example/posts/cats"),
        _ => Script::status(404),
    }
}

/// A page that few numbers name.
fn weblog_of_9(request: &Asked) -> Script {
    match named(request).as_str() {
        "9" => page_about("http://blog.example/posts/cats"),
        _ => page_about("http://cats.example/posts/1"),
    }
}

/// Where the link is not what the address says.
fn constant(_: &Asked) -> Script {
    page_about("http://blog.example/posts/cats")
}

/// What a page answers to a request.
type Answer = fn(&Asked) -> Script;

#[test]
fn f6_no_spelling_of_an_echo_is_published_and_no_honest_query_is_lost() {
    let table: Vec<(&str, Answer, &str)> = vec![
        ("/?q=http://blog.example/posts/cats", plain, "junk echo"),
        ("/?q=http://BLOG.EXAMPLE/", plain, "junk echo"),
        ("/?q=http://blog%C2%AD.example/", plain, "junk echo"),
        ("/?q=http://blog%EF%BD%A1example/", plain, "junk echo"),
        ("/?q=http://blog%E3%80%82example/", plain, "junk echo"),
        ("/?q=http://bl%09og.exam%0Aple/", plain, "junk echo"),
        ("/?q=http://%EF%BD%82log.example/", plain, "junk echo"),
        ("/?q=http%3A%2F%2Fblog%2Eexample", plain, "junk echo"),
        ("/?q=http://%2562log.example/", plain, "junk echo"),
        (
            "/?q=http%253A%252F%252Fblog%252Eexample%252F",
            twice,
            "junk echo",
        ),
        ("/?q=http://blog%26%2346%3Bexample/", plain, "junk echo"),
        ("/?q=%2F%2Fblog.example%2F", plain, "junk echo"),
        (
            "/?q=aHR0cDovL2Jsb2cuZXhhbXBsZS9wb3N0cy9jYXRz",
            base64,
            "junk echo",
        ),
        (
            "/?x=1&q=aHR0cDovL2Jsb2cuZXhhbXBsZS9wb3N0cy9jYXRz%3D%3D",
            base64,
            "junk echo",
        ),
        // These answer at this one path only, so that nothing is proven.
        (
            "/echo/http://blog.example/posts/cats",
            plain,
            "held echo-suspected",
        ),
        (
            "/echo/http:%2F%2Fblog%C2%AD.example%2F",
            plain,
            "held echo-suspected",
        ),
        (
            "/?q=uggc://oybt.rknzcyr/cbfgf/pngf",
            rot13,
            "held echo-suspected",
        ),
        ("/?h=blog&d=example", joined, "held echo-suspected"),
        ("/?a=bl%6Fg.exa%6Dple", joined, "junk echo"),
        (
            "/?q=687474703a2f2f626c6f672e6578616d706c652f706f7374732f63617473",
            hexadecimal,
            "held echo-suspected",
        ),
        (
            "/?q=eJzLKCkpsNLXT8rJT9dLrUjMLchJ1S_ILy4p1k9OLCkGAKRkCq8",
            packed,
            "held echo-suspected",
        ),
        // Whatever it is made of, nothing is asked for what spells the site's labels.
        ("/echo/blog/example/", constant, "held echo-suspected"),
        ("/echo/elpmaxe.golb/", constant, "held echo-suspected"),
        ("/echo/YmxvZw/ZXhhbXBsZQ", constant, "held echo-suspected"),
        (
            "/?u=98-108-111-103-46-101-120-97-109-112-108-101",
            constant,
            "held echo-suspected",
        ),
        // In base32, with a check sum behind base64, with other letters between its own.
        (
            "/echo/NB2HI4B2F4XWE3DPM4XGK6DBNVYGYZJPOBXXG5DTF5RWC5DT",
            constant,
            "held echo-suspected",
        ),
        (
            "/?q=aHR0cDovL2Jsb2cuZXhhbXBsZS9wb3N0cy9jYXRz1f2e3d4c",
            constant,
            "held echo-suspected",
        ),
        (
            "/?q=hzztzztzzpzz:zz/zz/zzbzzlzzozzgzz.zzezzxzzazzmzzpzzlzzezz/zz",
            constant,
            "held echo-suspected",
        ),
        // One number, and many short values, in an encoding that is not known.
        (
            "/?q=4839201847561029384756",
            numbered,
            "held echo-suspected",
        ),
        (
            "/?q=9&a=8&b=7&c=6&d=5&e=4&f=3&g=2&h=1&i=0",
            numbered,
            "held echo-suspected",
        ),
        ("/?q=9&a=8&b=7&c=2026", weblog_of_9, "published verified"),
        ("/?q=12", weblog, "published verified"),
        ("/?q=a-long-title-about-cats", weblog, "published verified"),
        ("/?q=2026/11/a-page", weblog, "published verified"),
        (
            "/?q=QWJvdXQgY2F0cyBhbmQgZG9ncw==",
            weblog,
            "published verified",
        ),
        (
            "/?utm_source=a-newsletter-of-mine",
            constant,
            "published verified",
        ),
        (
            "/posts/about-cats?replytocom=123456789012345",
            constant,
            "published verified",
        ),
    ];
    let mut site = site("verified");
    site.set("site", "[\"http://blog.example/\"]");
    let mut blogs = Vec::new();
    for (number, (path, make, _)) in table.iter().enumerate() {
        let last = u8::try_from(number).unwrap() + 1;
        let blog = Blog::start_at([127, 0, 18, last], []);
        let url = Url::parse(&blog.url(path)).unwrap();
        blog.play(url.path(), Script::By(*make));
        ping(&site, "entry", &blog.url(path));
        blogs.push(blog);
    }
    look(&site);
    for (number, ((path, _, expected), blog)) in table.iter().zip(&blogs).enumerate() {
        let became = state(&site, "entry", number + 1);
        assert!(became.starts_with(expected), "{path}: {became}");
        assert!(
            blog.requests().len() <= 3,
            "{path}: the page, one more, and a reader's look"
        );
    }
}
