//! `tb entries`, and what is known of the entries: `ids = "known"`, `close_after`, hostile files.

use std::fs;
use std::os::unix::fs::symlink;

use serde_json::Value;
use tb::internals::admission::entries::{self, EntryReader};
use tb::internals::error::{Error, Refusal};
use tb::internals::store::Store;
use tb::linkback::trackback::TbId;

use crate::support::blog::{Blog, Script};
use crate::support::shell::Site;
use crate::support::snapshot::Snapshot;

const FEED: &str = "<rss><channel><title>B</title><link>https://blog.example/</link>
    <item><link>https://blog.example/posts/cats/</link><title>Cats</title><pubDate>Fri, 20 Nov 2020 10:00:00 GMT</pubDate></item>
    <item><link>https://blog.example/posts/dogs/</link><title>Dogs \u{1b}[2J</title></item></channel></rss>";

fn sitemap(paths: &[&str]) -> String {
    let url = |path: &&str| format!("<url><loc>https://blog.example{path}</loc></url>");
    format!(
        "<urlset>{}</urlset>",
        paths.iter().map(url).collect::<String>()
    )
}

fn id(text: &str) -> TbId {
    TbId::new(text.as_bytes()).unwrap()
}

fn configure(site: &Site, lines: &str) {
    let text = site.read("cgi-bin/tb.toml");
    site.write("cgi-bin/tb.toml", &format!("{text}\n{lines}\n"));
}

/// An installation whose weblog is at `https://blog.example/`.
fn weblog() -> Site {
    let site = Site::new();
    configure(&site, "site = [\"https://blog.example/\"]");
    site
}

fn complaints(ran: &crate::support::shell::Ran) -> String {
    String::from_utf8(ran.0.stderr.clone()).unwrap()
}

#[test]
fn a_feed_is_learnt_listed_and_forgotten() {
    let site = weblog();
    site.write("feed.xml", FEED);
    let said = site.tb(&["entries", "sync", "feed.xml"]).out();
    assert_eq!(
        said,
        "added\tcats\thttps://blog.example/posts/cats/\nadded\tdogs\thttps://blog.example/posts/dogs/\n"
    );
    assert_eq!(site.mode("data/.entries"), 0o600);
    assert_eq!(site.tb(&["entries", "sync", "feed.xml"]).out(), "");
    let listed = site.tb(&["entries", "list"]).out();
    assert_eq!(
        listed,
        "cats\t2020-11-20\thttps://blog.example/posts/cats/\tCats\t\ndogs\t\thttps://blog.example/posts/dogs/\tDogs [2J\t\n"
    );
    let json = site.tb(&["entries", "list", "--json"]).out();
    let first: Value = serde_json::from_str(json.lines().next().unwrap()).unwrap();
    assert_eq!(first["published"], "2020-11-20T10:00:00Z");
    assert_eq!(first["passphrase"], false);
    // The list has its own name too, which is older, as `forget` is.
    assert_eq!(site.tb(&["entries"]).out(), listed);
    assert_eq!(site.tb(&["entries", "--json"]).out(), json);
    assert_eq!(site.tb(&["entries", "remove", "cats", "cats"]).out(), "");
    assert_eq!(site.tb(&["entries", "list"]).out().lines().count(), 1);
    assert!(
        site.tb(&["entries", "forget", "cats"])
            .failed(1)
            .contains("not a known entry")
    );
}

#[test]
fn a_dry_run_writes_nothing() {
    let site = weblog();
    site.write("feed.xml", FEED);
    let data = site.path("data");
    let before = Snapshot::of(&[&data]);
    let said = site
        .tb(&["entries", "sync", "feed.xml", "--dry-run", "--prune"])
        .out();
    assert_eq!(said.lines().count(), 2);
    assert_eq!(Snapshot::of(&[&data]), before);
}

#[test]
fn the_id_is_made_by_the_configured_pattern_or_by_the_rule_that_is_asked_for() {
    let site = weblog();
    site.write(
        "sitemap.xml",
        &sitemap(&["/about.html", "/posts/cats/", "/posts/2026/dogs/"]),
    );
    let ids = |arguments: &[&str]| {
        let ran = site.tb(&[&["entries", "sync", "sitemap.xml", "--dry-run"], arguments].concat());
        let out = ran.out();
        let ids: Vec<_> = out
            .lines()
            .map(|line| line.split('\t').nth(1).unwrap().to_owned())
            .collect();
        ids.join(" ")
    };
    assert_eq!(ids(&[]), "about cats dogs");
    assert_eq!(ids(&["--id", "path"]), "about posts_cats posts_2026_dogs");
    configure(&site, "entry = \"https://blog.example/posts/{id}/\"");
    assert_eq!(ids(&[]), "cats 2026_dogs");
    site.write("sitemap.xml", &sitemap(&["/x/1", "/x/2"]));
    let ran = site.tb(&["entries", "sync", "sitemap.xml"]);
    assert!(ran.failed(1).contains("none of 2 permalinks"));
    assert_eq!(
        site.tb(&["entries", "sync", "sitemap.xml", "--id", "x"])
            .0
            .status
            .code(),
        Some(2)
    );
}

#[test]
fn of_two_permalinks_with_one_id_the_first_is_learnt_and_the_clash_named() {
    let site = weblog();
    site.write("sitemap.xml", &sitemap(&["/2025/cats/", "/2026/cats/"]));
    let ran = site.tb(&["entries", "sync", "sitemap.xml"]);
    assert_eq!(ran.0.status.code(), Some(0));
    let said = complaints(&ran);
    assert!(
        said.contains("2025/cats") && said.contains("2026/cats") && said.contains("`cats`"),
        "{said}"
    );
    let listed = site.tb(&["entries", "list"]).out();
    assert!(listed.contains("/2025/cats/") && !listed.contains("/2026/cats/"));
}

#[test]
fn nothing_is_forgotten_unless_asked_for_and_never_because_the_source_is_broken() {
    let site = weblog();
    site.write("sitemap.xml", &sitemap(&["/a", "/b", "/c"]));
    site.tb(&["entries", "sync", "sitemap.xml"]).out();
    let store = Store::open(&site.path("data")).unwrap();
    entries::edit(&store, &id("c"), |info| {
        info.passphrase = Some("sesame".to_owned())
    })
    .unwrap();
    let count = || site.tb(&["entries", "list"]).out().lines().count();
    site.write("sitemap.xml", &sitemap(&["/a"]));
    assert_eq!(site.tb(&["entries", "sync", "sitemap.xml"]).out(), "");
    assert_eq!(count(), 3);
    let whole = sitemap(&["/a", "/x"]);
    site.write("broken.xml", whole.trim_end_matches("</urlset>"));
    site.write("empty.xml", "<urlset></urlset>");
    for source in ["broken.xml", "empty.xml"] {
        let ran = site.tb(&["entries", "sync", source, "--prune"]);
        assert_eq!(ran.0.status.code(), Some(1));
        assert!(
            complaints(&ran).contains("no entry was removed"),
            "{}",
            complaints(&ran)
        );
    }
    assert_eq!(count(), 4, "what stands before the fault is learnt");
    let said = site
        .tb(&["entries", "sync", "sitemap.xml", "--prune"])
        .out();
    assert_eq!(said, "removed\tb\t\nremoved\tx\t\n");
    let found = entries::find(&store, &id("c")).unwrap().unwrap();
    assert_eq!(found.passphrase.as_deref(), Some("sesame"));
    let listed =
        site.tb(&["entries", "list"]).out() + &site.tb(&["entries", "list", "--json"]).out();
    assert!(listed.contains("\tpassphrase") && listed.contains("\"passphrase\":true"));
    assert!(!listed.contains("sesame"), "the passphrase is shown");
}

#[test]
fn d5_previews_lists_and_feeds_are_left_out_and_counted() {
    let site = weblog();
    let feed = |host: &str| FEED.replace("https://blog.example", host);
    for host in [
        "http://localhost:1313",
        "http://127.0.0.1:4000",
        "https://deploy-preview-7--blog.netlify.app",
        "https://blog.example:8443",
    ] {
        site.write("feed.xml", &feed(host));
        let ran = site.tb(&["entries", "sync", "feed.xml"]);
        let said = complaints(&ran);
        assert!(
            said.contains(&format!(
                "2, not below `site` in the configuration, such as `{host}/posts/cats/`"
            )),
            "{said}"
        );
        assert_eq!(ran.0.status.code(), Some(1), "{host}");
        assert_eq!(site.tb(&["entries", "list"]).out(), "", "{host}");
    }
    // What the feed says of itself does not matter for an entry that is below `site`.
    let home = FEED.replace(
        "<link>https://blog.example/</link>",
        "<link>http://localhost:1313/</link>",
    );
    site.write(
        "feed.xml",
        &home.replace("/posts/dogs/", ".evil.example/posts/dogs/"),
    );
    let ran = site.tb(&["entries", "sync", "feed.xml"]);
    let said = complaints(&ran);
    assert!(said.contains("1, not below `site`"), "{said}");
    let learnt = site.tb(&["entries"]).out();
    assert!(
        learnt.starts_with("cats\t") && learnt.lines().count() == 1,
        "{learnt}"
    );
    site.tb(&["entries", "remove", "cats"]).out();
    let all = [
        "/",
        "/tags/",
        "/tags/cats/",
        "/categories/",
        "/page/2/",
        "/index.xml",
        "/2026/",
        "/posts/",
        "/posts/cats/",
    ];
    site.write("sitemap.xml", &sitemap(&all));
    let ran = site.tb(&["entries", "sync", "sitemap.xml"]);
    assert_eq!(ran.0.status.code(), Some(0));
    let said = complaints(&ran);
    for part in ["1, the home page", "6, lists of entries", "1, feeds"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    let listed = site.tb(&["entries", "list"]).out();
    assert_eq!(listed, "cats\t\thttps://blog.example/posts/cats/\t\t\n");
}

#[test]
fn d5_entries_of_a_feed_that_the_pattern_does_not_fit_are_counted() {
    let site = weblog();
    configure(&site, "entry = \"https://blog.example/posts/{id}/\"");
    site.write("feed.xml", &FEED.replace("/posts/dogs/", "/notes/dogs/"));
    let ran = site.tb(&["entries", "sync", "feed.xml"]);
    let said = complaints(&ran);
    assert_eq!(ran.0.status.code(), Some(0), "{said}");
    let expected = "left out: 1 without an id by `entry` in the configuration, such as \
                    `https://blog.example/notes/dogs/`";
    assert!(said.contains(expected), "{said}");
    site.write("sitemap.xml", &sitemap(&["/posts/cats/", "/about/"]));
    let said = complaints(&site.tb(&["entries", "sync", "sitemap.xml"]));
    assert!(!said.contains("without an id"), "{said}");
}

#[test]
fn a_url_and_a_folder_are_learnt_too() {
    let site = weblog();
    let blog = Blog::start([("/feed", Script::xml(FEED))]);
    let said = site.tb(&["entries", "sync", &blog.url("/feed")]).out();
    assert_eq!(said.lines().count(), 2);
    let gone = site.tb(&["entries", "sync", &blog.url("/gone"), "--prune"]);
    assert!(gone.failed(1).contains("404"));
    fs::create_dir_all(site.path("public/posts/birds")).unwrap();
    let page = "<article><h1>Birds</h1><time datetime=2026-01-01>x</time></article>";
    site.write("public/posts/birds/index.html", page);
    let ran = site.tb(&["entries", "sync", "public"]);
    assert!(ran.failed(1).contains("--base-url"));
    let said = site
        .tb(&[
            "entries",
            "sync",
            "public",
            "--base-url",
            "https://blog.example/",
        ])
        .out();
    assert_eq!(said, "added\tbirds\thttps://blog.example/posts/birds/\n");
    assert!(site.tb(&["entries", "list"]).out().contains("Birds"));
}

#[test]
fn s3_what_a_feed_says_cannot_steer_the_terminal() {
    let site = weblog();
    let hostile = "<rss><channel><item><link>https://blog.example/\u{202E}x</link><title>a\u{1b}]0;b\u{7}\u{9b}c\u{202E}</title></item>
        <item><title>\u{1b}[2J no link</title></item><item><lin\u{1b}[2Jk>";
    site.write("feed.xml", hostile);
    let ran = site.tb(&["entries", "sync", "feed.xml"]);
    let listed = site.tb(&["entries", "list"]).out();
    let json = site.tb(&["entries", "list", "--json"]).out();
    let shown = [ran.0.stdout, ran.0.stderr, listed.into(), json.into()].concat();
    let shown = String::from_utf8(shown).unwrap();
    assert!(shown.contains("no link"), "{shown}");
    let dangerous = |character: &char| {
        (character.is_control() && !"\n\t".contains(*character)) || *character == '\u{202E}'
    };
    assert_eq!(shown.chars().find(dangerous), None, "{shown:?}");
}

#[test]
fn an_atom_feed_that_dates_only_changes_closes_entries_and_a_sitemap_does_not() {
    let site = weblog();
    configure(&site, "close_after = \"30 days\"");
    let feed = |day: &str| {
        format!(
            "<feed xmlns='http://www.w3.org/2005/Atom'><title>B</title><link href='https://blog.example/'/><entry>\
             <title>Cats</title><link href='https://blog.example/posts/cats/'/><id>tag:x</id>\
             <updated>{day}T00:00:00Z</updated></entry></feed>"
        )
    };
    site.write(
        "sitemap.xml",
        &sitemap(&["/posts/cats/"]).replace("</loc>", "</loc><lastmod>2019-01-01</lastmod>"),
    );
    site.tb(&["entries", "sync", "sitemap.xml"]).out();
    let date = || {
        let json = site.tb(&["entries", "--json"]).out();
        serde_json::from_str::<Value>(&json).unwrap()["published"].clone()
    };
    assert_eq!(date(), Value::Null);
    for day in ["2020-01-02", "2020-03-04"] {
        site.write("feed.xml", &feed(day));
        site.tb(&["entries", "sync", "feed.xml"]).out();
        assert_eq!(date(), "2020-01-02T00:00:00Z");
    }
}

#[test]
fn known_ids_and_young_entries_are_admitted_and_no_others() {
    let site = weblog();
    site.write("feed.xml", FEED);
    site.tb(&["entries", "sync", "feed.xml"]).out();
    site.receive("old_one", "url=https://a.example/1");
    let store = Store::open(&site.path("data")).unwrap();
    let admits = |name: &str, now: &str| match entries::check_open(
        &site.config(),
        (&store, &EntryReader::default()),
        &id(name),
        now.parse().unwrap(),
    ) {
        Ok(()) => None,
        Err(Error::Refused(refusal)) => Some(refusal),
        Err(error) => panic!("{error}"),
    };
    let (young, late) = ("2020-11-21T00:00:00Z", "2026-11-20T00:00:00Z");
    assert_eq!(admits("unknown", late), None);
    configure(&site, "ids = \"known\"");
    assert_eq!(admits("unknown", late), Some(Refusal::UnknownId));
    assert_eq!(admits("old_one", late), None);
    assert_eq!(admits("cats", late), None);
    configure(&site, "close_after = \"90 days\"");
    assert_eq!(admits("cats", young), None);
    assert_eq!(admits("cats", late), Some(Refusal::Closed));
    assert_eq!(admits("dogs", late), None, "no date, so it does not close");
    assert_eq!(admits("old_one", late), None);
}

#[test]
fn s2_a_planted_file_of_entries_is_not_followed_and_a_hostile_one_is_survived() {
    let site = weblog();
    site.write("feed.xml", FEED);
    site.write("victim", "kept");
    let path = site.path("data/.entries");
    symlink(site.path("victim"), &path).unwrap();
    assert!(
        site.tb(&["entries", "sync", "feed.xml"])
            .failed(1)
            .contains("symbolic link")
    );
    assert_eq!(site.read("victim"), "kept");
    fs::remove_file(&path).unwrap();
    let store = Store::open(&site.path("data")).unwrap();
    let long = "x".repeat(200_000);
    for bytes in [
        b"\xFF\xFE\0\0\n\n\t\t\n".to_vec(),
        b"#entries 1 000000000024\n".to_vec(),
        b"#entries 1 99999999999999999999999999\ncats\t{}\n".to_vec(),
        b"#entries 1 000000000025\n\n".to_vec(),
        format!("#entries 1 {:012}\n{long}\t{{}}\n", 24 + 200_004).into_bytes(),
        format!("cats\t{}\n", "[".repeat(100_000)).into_bytes(),
    ] {
        fs::write(&path, &bytes).unwrap();
        entries::find(&store, &id("cats")).ok();
        assert_eq!(entries::find(&store, &id("nothing")).unwrap(), None);
        let ran = site.tb(&["entries", "list"]);
        assert!(
            matches!(ran.0.status.code(), Some(0 | 1)),
            "{ran:?}",
            ran = ran.0
        );
        let ran = site.tb(&["entries", "sync", "feed.xml"]);
        assert!(
            matches!(ran.0.status.code(), Some(0 | 1)),
            "{ran:?}",
            ran = ran.0
        );
        assert!(entries::find(&store, &id("dogs")).unwrap().is_some());
    }
    // What is too long to be read whole may hold a passphrase where nobody looks.
    fs::write(&path, vec![b'\n'; 17 << 20]).unwrap();
    assert!(entries::find(&store, &id("cats")).is_err());
    assert!(site.tb(&["entries", "list"]).failed(1).contains("12 MiB"));
    let said = site.tb(&["entries", "sync", "feed.xml"]).failed(1);
    assert!(
        said.contains("12 MiB") || said.contains("too large"),
        "{said}"
    );
}

#[test]
fn b2_a_page_that_quotes_a_stranger_is_learnt_at_its_own_url() {
    for page in [
        "<article><h1>My reply</h1><time datetime=2026-01-01>x</time><p>Words.</p><ol><li class=\"h-cite u-comment\"><a class=\"u-url\" href=\"https://stranger.example/their-post\">x</a></li></ol></article>",
        "<article class=h-entry><h1 class=p-name>My reply</h1><div class='u-in-reply-to h-cite'><a class=u-url href='https://stranger.example/1'>x</a></div><time class=dt-published datetime=2026-01-01>x</time><p class=e-content>Words.</p></article>",
        "<article class=h-entry><a class='p-author h-card u-url' href='https://stranger.example/'>Me</a><h1>My reply</h1><time datetime=2026-01-01>x</time><p>Words.</p></article>",
        "<link rel=canonical href='https://stranger.example/1'><article><h1>My reply</h1><time datetime=2026-01-01>x</time><p>Words.</p></article>",
        "<meta property=og:url content='https://stranger.example/1'><article><h1>My reply</h1><time datetime=2026-01-01>x</time><p>Words.</p></article>",
        "<article><h1>My reply</h1><time datetime=2026-01-01>x</time><p>Words.</p><a rel=bookmark href='https://stranger.example/1'>x</a></article>",
    ] {
        let site = weblog();
        fs::create_dir_all(site.path("public/posts/reply")).unwrap();
        let page = format!("<!DOCTYPE html><title>My reply</title>{page}");
        site.write("public/posts/reply/index.html", &page);
        let sync = [
            "entries",
            "sync",
            "public",
            "--base-url",
            "https://blog.example/",
        ];
        let ran = site.tb(&sync);
        assert!(ran.0.status.success(), "{page}: {:?}", ran.0);
        let said = String::from_utf8(ran.0.stdout).unwrap();
        assert_eq!(
            said, "added\treply\thttps://blog.example/posts/reply/\n",
            "{page}"
        );
        let listed = site.tb(&["entries", "list"]).out();
        assert!(!listed.contains("stranger"), "{page}: {listed}");
    }
}
