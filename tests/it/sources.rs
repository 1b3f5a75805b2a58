//! Sources of entries over the net and in files, honest and hostile.

use std::fs;
use std::io::Write;
use std::process::Command;
use std::time::Duration;

use tb::internals::error::{Error, FetchError};
use tb::internals::fetch::{Client, ClientOptions, Reach, Timeout};
use tb::internals::sources::{
    self, OwnPages, SkipReason, Source, SourceKind, SourceOptions, SourceReading,
};

use crate::support::blog::{Blog, Script};
use crate::support::sources::{client, read};

const FEED: &str = "<rss><channel><title>B</title><link>https://blog.example/</link><item><link>https://blog.example/1</link><title>T</title></item></channel></rss>";

pub(crate) fn permalinks(reading: &SourceReading) -> Vec<&str> {
    let entries = reading.entries.iter();
    entries.map(|entry| entry.permalink.as_str()).collect()
}

fn url(blog: &Blog, path: &str) -> url::Url {
    blog.url(path).parse().unwrap()
}

fn error(source: &Source) -> Error {
    let now = "2026-11-20T12:00:00Z".parse().unwrap();
    sources::load(source, &SourceOptions::default(), &client(), now).unwrap_err()
}

#[test]
fn a_feed_is_asked_for_again_only_if_it_is_newer() {
    let blog = Blog::start([]);
    let headers = [
        ("ETag", "W/\"a b\""),
        ("Last-Modified", "Fri, 20 Nov 2026 10:00:00 GMT"),
        ("Content-Type", "text/xml"),
    ];
    blog.play(
        "/feed",
        Script::Respond {
            status: 200,
            headers: headers
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into(),
            body: FEED.into(),
        },
    );
    let source = Source::Feed(url(&blog, "/feed"));
    let first = read(&source, &SourceOptions::default());
    assert_eq!((first.kind, first.entries.len()), (SourceKind::Feed, 1));
    blog.play("/feed", Script::status(304));
    let options = SourceOptions {
        known: first.validators.clone(),
        ..SourceOptions::default()
    };
    let second = read(&source, &options);
    assert_eq!(
        (second.kind, second.entries.len()),
        (SourceKind::Unchanged, 0)
    );
    assert_eq!(second.validators, first.validators);
    let requests = blog.requests();
    assert_eq!(requests[0].header("if-none-match"), None);
    assert_eq!(requests[1].header("if-none-match"), Some("W/\"a b\""));
    assert_eq!(
        requests[1].header("if-modified-since"),
        Some("Fri, 20 Nov 2026 10:00:00 GMT")
    );
    // Nobody asked: then it is no answer.
    let unasked = error(&source);
    assert!(
        matches!(
            unasked,
            Error::Fetch {
                fault: FetchError::Status(304),
                ..
            }
        ),
        "{unasked:?}"
    );
}

#[test]
fn validators_that_could_not_be_sent_back_are_not_kept() {
    let blog = Blog::start([]);
    for etag in ["x".repeat(5000), "a\u{e9}".to_owned()] {
        let head =
            format!("HTTP/1.1 200 OK\r\nETag: {etag}\r\nContent-Type: text/xml\r\n\r\n{FEED}");
        blog.play("/feed", Script::Raw(head.into_bytes()));
        let reading = read(
            &Source::Feed(url(&blog, "/feed")),
            &SourceOptions::default(),
        );
        assert_eq!(reading.validators.etag, None);
        assert_eq!(reading.entries.len(), 1);
    }
}

#[test]
fn what_a_url_holds_is_seen_when_it_is_read() {
    let page =
        "<!doctype html><title>T</title><body><p><a href='/x'>x</a> <a href='//a.example'>a</a>";
    let sjis = b"<rss><channel><link>https://blog.example/</link><item><link>https://blog.example/1</link><title>\x94\x4C\x83\x5C</title></item></channel></rss>";
    let blog = Blog::start([
        ("/feed.xml", Script::html(page)),
        ("/named", Script::html(page)),
        ("/page", Script::ok("application/rss+xml", FEED.as_bytes())),
        ("/sjis", Script::ok("text/xml; charset=Shift_JIS", sjis)),
        ("/text", Script::ok("text/plain", b"hello")),
        ("/image", Script::ok("image/png", b"<rss>")),
        (
            "/s3.atom",
            Script::ok("binary/octet-stream", FEED.as_bytes()),
        ),
        (
            "/bom",
            Script::ok(
                "application/octet-stream",
                &[b"\xEF\xBB\xBF", FEED.as_bytes()].concat(),
            ),
        ),
        (
            "/bytes",
            Script::ok("application/octet-stream", b"\x7fELF<rss>"),
        ),
        ("/empty", Script::ok("text/xml", b"")),
        ("/moved", Script::redirect(302, "/page")),
    ]);
    let of = |path: &str| read(&Source::parse(&blog.url(path)), &SourceOptions::default());
    let named = of("/named");
    assert_eq!(named.kind, SourceKind::Page);
    assert_eq!(permalinks(&named), [blog.url("/named")]);
    let links: Vec<_> = named.entries[0]
        .links
        .iter()
        .map(|link| link.url.as_str())
        .collect();
    assert_eq!(links, [&blog.url("/x"), "http://a.example/"]);
    // A page in place of a feed is an error of its server.
    let page = error(&Source::parse(&blog.url("/feed.xml")));
    assert!(page.to_string().contains("is a page, not a feed"), "{page}");
    assert_eq!(of("/page").kind, SourceKind::Feed);
    for unnamed in ["/s3.atom", "/bom"] {
        assert_eq!(of(unnamed).kind, SourceKind::Feed, "{unnamed}");
    }
    assert_eq!(of("/moved").entries[0].title, "T");
    assert_eq!(of("/sjis").entries[0].title, "猫ソ");
    for path in ["/text", "/empty"] {
        let error = error(&Source::Page(url(&blog, path)));
        assert!(
            matches!(&error, Error::Usage(text) if text.contains("neither a feed")),
            "{error:?}"
        );
    }
    for path in ["/image", "/bytes"] {
        let other = error(&Source::Page(url(&blog, path)));
        assert!(
            matches!(
                other,
                Error::Fetch {
                    fault: FetchError::NotText(_),
                    ..
                }
            ),
            "{path}"
        );
    }
}

#[test]
fn s6_no_source_is_fetched_from_the_inside() {
    let blog = Blog::start([("/feed", Script::xml(FEED))]);
    let guarded = Client::new(ClientOptions {
        timeout: Timeout::Within(Duration::from_secs(20)),
        reach: Reach::Public,
        user_agent: "tb".to_owned(),
    });
    let now = "2026-11-20T12:00:00Z".parse().unwrap();
    let options = SourceOptions::default();
    sources::load(&Source::Feed(url(&blog, "/feed")), &options, &guarded, now).unwrap_err();
    let dir = tempfile::tempdir().unwrap();
    let map = dir.path().join("sitemap.xml");
    let text = format!(
        "<sitemapindex><sitemap><loc>{}</loc></sitemap></sitemapindex>",
        blog.url("/feed")
    );
    fs::write(&map, text).unwrap();
    let reading = sources::load(&Source::File(map), &options, &guarded, now).unwrap();
    assert!(
        matches!(&reading.skipped[0].why, SkipReason::Unreadable(_)),
        "{reading:?}"
    );
    assert!(blog.requests().is_empty());
}

#[test]
fn s7_a_feed_without_end_is_read_up_to_a_limit() {
    let blog = Blog::start([(
        "/feed",
        Script::Endless {
            prefix: b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n\r\n<rss><channel><link>https://blog.example/</link><item><link>https://blog.example/1</link></item>".to_vec(),
            chunk: [b"<!--".as_slice(), &[b'x'; 64 * 1024], b"-->"].concat(),
        },
    )]);
    let reading = read(
        &Source::Feed(url(&blog, "/feed")),
        &SourceOptions::default(),
    );
    assert_eq!(permalinks(&reading), ["https://blog.example/1"]);
    assert!(
        reading
            .skipped
            .iter()
            .any(|skipped| skipped.why == SkipReason::TooLarge),
        "{reading:?}"
    );
}

#[test]
fn s7_a_feed_of_200_mb_needs_no_more_memory_than_an_item() {
    let site = crate::support::shell::Site::with(&["--site", "https://blog.example/"]);
    let path = site.path("feed.xml");
    let mut file = std::io::BufWriter::new(fs::File::create(&path).unwrap());
    let filler = "x".repeat(1 << 20);
    write!(file, "<rss><channel>").unwrap();
    for number in 0..200 {
        write!(
            file,
            "<item><link>https://blog.example/{number}</link><x><!--{filler}--></x></item>"
        )
        .unwrap();
    }
    write!(file, "</channel></rss>").unwrap();
    file.flush().unwrap();
    let line = "ulimit -v 150000; exec cgi-bin/tb.cgi entries sync feed.xml --dry-run";
    let ran = Command::new("sh")
        .args(["-c", line])
        .env_clear()
        .current_dir(site.path(""))
        .output()
        .unwrap();
    assert!(ran.status.success(), "{ran:?}");
    assert_eq!(String::from_utf8(ran.stdout).unwrap().lines().count(), 200);
}

#[test]
fn a_sitemap_names_others_which_are_fetched_once() {
    let blog = Blog::start([]);
    let loc = |path: &str| format!("<sitemap><loc> {} </loc></sitemap>", blog.url(path));
    let index = format!(
        "<sitemapindex>{}{}{}{}</sitemapindex>",
        loc("/category-sitemap.xml"),
        loc("/a.xml"),
        loc("/gone.xml"),
        loc("/again.xml")
    );
    let map = "<urlset xmlns:image='x'><url><loc>https://blog.example/1?a&amp;b</loc><lastmod>2026-11-20</lastmod><image:image>
        <image:loc>https://no.example/</image:loc></image:image></url><url><loc>javascript:x</loc></url><url><loc><![CDATA[https://blog.example/2]]></loc></url></urlset>";
    blog.play("/again.xml", Script::xml(&index));
    blog.play("/a.xml", Script::xml(map));
    blog.play("/index.xml", Script::xml(&index));
    let reading = read(
        &Source::Feed(url(&blog, "/index.xml")),
        &SourceOptions::default(),
    );
    assert_eq!(reading.kind, SourceKind::Sitemap);
    assert_eq!(
        permalinks(&reading),
        ["https://blog.example/1?a&b", "https://blog.example/2"]
    );
    assert_eq!(
        reading.entries[0].updated,
        "2026-11-20T00:00:00Z".parse().ok()
    );
    let why: Vec<_> = reading
        .skipped
        .iter()
        .map(|skipped| skipped.why.name())
        .collect();
    // A sitemap of lists is not fetched.
    assert_eq!(why, ["several-entries", "no-permalink", "unreadable"]);
    assert_eq!(blog.requests().len(), 4);
}

#[test]
fn c10_a_sitemap_may_be_a_url_on_each_line() {
    let text = "\u{feff}https://blog.example/1\r\n\r\nhttps://blog.example/%E7%8C%AB#x\nno url\n https://blog.example/3";
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("sitemap.txt");
    std::fs::write(&path, text).unwrap();
    let blog = Blog::start([("/sitemap.txt", Script::ok("text/plain", text.as_bytes()))]);
    for source in [Source::File(path), Source::Feed(url(&blog, "/sitemap.txt"))] {
        let reading = read(&source, &SourceOptions::default());
        assert_eq!(reading.kind, SourceKind::Sitemap);
        assert_eq!(
            permalinks(&reading),
            [
                "https://blog.example/1",
                "https://blog.example/%E7%8C%AB",
                "https://blog.example/3"
            ]
        );
        let [skipped] = &reading.skipped[..] else {
            panic!("{:?}", reading.skipped)
        };
        assert_eq!((&*skipped.what, skipped.why.name()), ("no url", "bad-item"));
    }
}

#[test]
fn a_source_that_is_not_there_is_an_error_and_no_empty_weblog() {
    let dir = tempfile::tempdir().unwrap();
    let gone = dir.path().join("gone");
    for source in [
        Source::File(gone.clone()),
        Source::Folder(gone),
        Source::File(dir.path().to_owned()),
    ] {
        assert!(matches!(error(&source), Error::File { .. }), "{source:?}");
    }
}

/// Hugo's own template: a summary as `description`, nothing else.
fn hugo_feed(base: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\" standalone=\"yes\"?><rss version=\"2.0\" xmlns:atom=\"http://www.w3.org/2005/Atom\">
        <channel><title>My weblog</title><link>{base}</link><generator>Hugo</generator>
        <atom:link href=\"{base}index.xml\" rel=\"self\" type=\"application/rss+xml\" />
        <item><title>Cats</title><link>{base}posts/cats/</link><pubDate>Fri, 20 Nov 2026 10:00:00 +0000</pubDate>
        <guid>{base}posts/cats/</guid><description>&lt;p&gt;On &lt;a href=&#34;https://first.example/&#34;&gt;cats&lt;/a&gt;&lt;/p&gt;</description></item>
        <item><title>Gone</title><link>{base}posts/gone/</link><pubDate>Mon, 01 Jan 0001 00:00:00 +0000</pubDate>
        <description>Nothing here</description></item></channel></rss>"
    )
}

const ENTRY: &str = "<article><h1>Cats</h1><time datetime=2026-11-20>x</time><div class=e-content><p>On <a href=https://first.example/>cats</a>
    and <a href=https://second.example/>dogs</a></p></div></article>";

#[test]
fn c10_entries_of_a_feed_of_summaries_are_read_from_their_own_pages() {
    let options = SourceOptions {
        pages: OwnPages::Read,
        ..SourceOptions::default()
    };
    let targets = |reading: &SourceReading| {
        let links = reading.entries.iter().flat_map(|entry| &entry.links);
        links.map(|link| link.url.to_string()).collect::<Vec<_>>()
    };
    let both = ["https://first.example/", "https://second.example/"];
    // On the web.
    let blog = Blog::start([("/posts/cats/", Script::html(ENTRY))]);
    let feed = hugo_feed(&blog.url("/"));
    blog.play("/index.xml", Script::xml(&feed));
    let reading = read(&Source::Feed(url(&blog, "/index.xml")), &options);
    assert_eq!(targets(&reading), both);
    assert_eq!(reading.entries[0].title, "Cats");
    assert_eq!(
        reading.entries[1].published, None,
        "Hugo's year 1 is no date"
    );
    let [gone] = reading.skipped.as_slice() else {
        panic!("{:?}", reading.skipped);
    };
    assert!(matches!(&gone.why, SkipReason::OnlySummary(cause) if cause.contains("404")));
    // Nobody asked for the links.
    let asked = blog.requests().len();
    read(
        &Source::Feed(url(&blog, "/index.xml")),
        &SourceOptions::default(),
    );
    assert_eq!(blog.requests().len(), asked + 1);
    // In a built site.
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("posts/cats")).unwrap();
    fs::write(folder.path().join("posts/cats/index.html"), ENTRY).unwrap();
    let file = folder.path().join("index.xml");
    fs::write(&file, hugo_feed(&blog.url("/~me/"))).unwrap();
    let asked = blog.requests().len();
    let reading = read(&Source::File(file), &options);
    assert_eq!(targets(&reading), both);
    let paths: Vec<String> = blog
        .requests()
        .iter()
        .skip(asked)
        .map(|request| request.target.clone())
        .collect();
    assert_eq!(
        paths,
        ["/~me/posts/gone/"],
        "what the folder has is not fetched"
    );
}

#[test]
fn c10_a_source_that_gives_nothing_says_why() {
    let options = SourceOptions {
        pages: OwnPages::Read,
        ..SourceOptions::default()
    };
    let front = "<!doctype html><link rel=alternate type=application/rss+xml href=/index.xml><article><h2><a href=/1>1</a></h2></article>
        <article><h2><a href=/2>2</a></h2></article>";
    let blog = Blog::start([
        ("/", Script::html(front)),
        (
            "/sitemap.xml",
            Script::xml("<urlset><url><loc>https://blog.example/1</loc></url></urlset>"),
        ),
        (
            "/feed.xml",
            Script::xml("<rss><channel><title>Empty</title></channel></rss>"),
        ),
    ]);
    let why = |source: &Source| {
        let skipped = read(source, &options).skipped;
        skipped
            .into_iter()
            .map(|skipped| skipped.why)
            .collect::<Vec<_>>()
    };
    let of = |path: &str| why(&Source::parse(&blog.url(path)));
    assert_eq!(
        of("/"),
        [SkipReason::FrontPage(Some(url(&blog, "/index.xml")))]
    );
    // Also if it shows one entry, or does not mark what it shows.
    for front in [
        "<link rel=alternate type=application/rss+xml href=/index.xml><article><h2><a href=/1>1</a></h2><a href=//a.example>a</a></article>",
        "<link rel=alternate type=application/atom+xml href=/index.xml><main><ul><li><a href=//a.example>a</a></ul></main>",
    ] {
        blog.play("/", Script::html(front));
        let feed = Some(url(&blog, "/index.xml"));
        assert_eq!(of("/"), [SkipReason::FrontPage(feed)], "{front}");
    }
    for front in [
        "<meta property=og:type content=website><main><a href=//a.example>a</a></main>",
        "<link rel=canonical href=/><div class=h-card>I</div><a href=//a.example>a</a>",
    ] {
        blog.play("/", Script::html(front));
        assert_eq!(of("/"), [SkipReason::FrontPage(None)], "{front}");
    }
    // A page that says it is an article is one, and many themes say `website` of each page.
    blog.play(
        "/",
        Script::html(
            "<meta property=og:type content=article><article><a href=//a.example>a</a></article>",
        ),
    );
    blog.play(
        "/e",
        Script::html(
            "<meta property=og:type content=website><article><a href=//a.example>a</a></article>",
        ),
    );
    assert_eq!((of("/"), of("/e")), (vec![], vec![]));
    assert_eq!(of("/sitemap.xml"), [SkipReason::OnlyAddresses]);
    assert_eq!(of("/feed.xml"), [SkipReason::Empty]);
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(
        why(&Source::Folder(folder.path().to_owned())),
        [SkipReason::Empty]
    );
}

#[test]
fn c10_a_canonical_link_to_the_home_page_on_every_page_is_not_believed() {
    let folder = tempfile::tempdir().unwrap();
    let page = |links: &str| {
        format!("<link rel=canonical href=https://blog.example/><article><h1>T</h1><time datetime=2026-01-01>x</time>
            <div class=e-content><a href={links}>x</a></div></article>")
    };
    for (path, link) in [
        ("posts/cats", "https://first.example/"),
        ("posts/dogs", "https://second.example/"),
    ] {
        fs::create_dir_all(folder.path().join(path)).unwrap();
        fs::write(folder.path().join(path).join("index.html"), page(link)).unwrap();
    }
    let home = "<link rel=canonical href=https://blog.example/><h1>Home</h1>";
    fs::write(folder.path().join("index.html"), home).unwrap();
    for base_url in [None, Some("https://blog.example/".parse().unwrap())] {
        let options = SourceOptions {
            base_url,
            ..SourceOptions::default()
        };
        let reading = read(&Source::Folder(folder.path().to_owned()), &options);
        assert_eq!(
            permalinks(&reading),
            [
                "https://blog.example/posts/cats/",
                "https://blog.example/posts/dogs/"
            ]
        );
        let said = reading.skipped.iter();
        let said = said.filter(|skipped| skipped.why == SkipReason::CanonicalIsHome);
        assert_eq!(said.count(), 2);
    }
}
