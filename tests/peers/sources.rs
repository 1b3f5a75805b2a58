//! Sites that Hugo and Jekyll build anew from `examples/`.

use std::fs;

use tb::internals::sources::{Follow, Source, SourceKind, SourceOptions};

use crate::generators;
use crate::support::sources::*;

/// Builds the example of a generator, with its partial put where the site wants it.
fn build(generator: &str, arguments: &[&str], partial: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let example = root().join("examples").join(generator);
    copy(&example.join("site"), dir.path());
    let partial = dir.path().join(partial);
    fs::create_dir_all(partial.parent().unwrap()).unwrap();
    fs::copy(example.join("trackback.html"), partial).unwrap();
    generators::run(generator, arguments, dir.path());
    dir
}

#[test]
fn the_entries_of_a_hugo_site_are_read_and_nothing_else() {
    let dir = build("hugo", &["--quiet"], "layouts/partials/trackback.html");
    let reading = folder(&dir.path().join("public"));
    let [two, purr] = reading.entries.as_slice() else {
        panic!("{reading:?}");
    };
    assert_eq!(
        two.permalink.as_str(),
        "https://blog.example/posts/two-cats/"
    );
    assert_eq!(two.title, "Two cats & a <box>");
    assert_eq!(two.summary, "What happens when there is one box.");
    assert_eq!(two.blog_name, "Notes on cats");
    assert_eq!(two.published, "2025-12-01T11:30:00Z".parse().ok());
    assert_eq!(links(two), ["https://mina.example/archive/12"]);
    assert_eq!(
        two.links[0].around,
        "There is one box. Both cats know it, as Mina wrote."
    );
    assert_eq!(purr.title, "Why cats purr");
    assert_eq!(
        links(purr),
        [
            "https://journal.example/2026/purring",
            "https://mina.example/archive/42",
            "https://arxiv.org/abs/2603.01234v2",
            "https://blog.example/posts/two-cats/",
            "https://shop.example/cat-food",
        ]
    );
    assert_eq!(purr.links[4].follow, Follow::No);
    assert_eq!(
        reasons(&reading, "/public"),
        [
            ("/about/index.html".to_owned(), "not-an-entry"),
            ("/index.html".to_owned(), "several-entries"),
            ("/posts/index.html".to_owned(), "several-entries"),
            ("/tags/cats/index.html".to_owned(), "several-entries"),
            ("/tags/index.html".to_owned(), "several-entries"),
            ("/tags/sound/index.html".to_owned(), "not-an-entry"),
        ]
    );
}

#[test]
fn the_feed_of_a_hugo_site_has_the_same_entries() {
    let dir = build("hugo", &["--quiet"], "layouts/partials/trackback.html");
    let feed = Source::File(dir.path().join("public/index.xml"));
    let reading = read(&feed, &SourceOptions::default());
    assert_eq!((reading.kind, reading.skipped.len()), (SourceKind::Feed, 0));
    let permalinks: Vec<_> = reading
        .entries
        .iter()
        .map(|entry| entry.permalink.path())
        .collect();
    assert_eq!(permalinks, ["/posts/why-cats-purr/", "/posts/two-cats/"]);
    let map = Source::File(dir.path().join("public/sitemap.xml"));
    let reading = read(&map, &SourceOptions::default());
    assert_eq!(reading.kind, SourceKind::Sitemap);
    let has = |path: &str| {
        reading
            .entries
            .iter()
            .any(|entry| entry.permalink.path() == path)
    };
    assert!(has("/posts/why-cats-purr/") && has("/"));
}

#[test]
fn the_entries_of_a_jekyll_site_are_found_by_the_address_in_its_feed() {
    let dir = build("jekyll", &["build", "--quiet"], "_includes/trackback.html");
    let reading = folder(&dir.path().join("_site"));
    let [kettles, flush] = reading.entries.as_slice() else {
        panic!("{reading:?}");
    };
    assert_eq!(
        kettles.permalink.as_str(),
        "https://tea.example/2025/11/kettles.html"
    );
    assert_eq!(links(kettles), ["https://kettles.example/solved"]);
    assert_eq!(
        flush.permalink.as_str(),
        "https://tea.example/2026/02/first-flush.html"
    );
    assert_eq!(
        (flush.title.as_str(), flush.blog_name.as_str()),
        ("First flush: 一番茶", "Notes on tea")
    );
    assert_eq!(flush.published, "2026-02-03T00:00:00Z".parse().ok());
    assert_eq!(
        links(flush),
        [
            "https://garden.example/2026/first-flush",
            "https://tea.example/2025/11/kettles.html",
            "https://jun.example/tea?id=7&lang=ja",
        ]
    );
    assert_eq!(flush.summary, flush.links[0].around);
    assert_eq!(
        reasons(&reading, "/_site"),
        [("/index.html".to_owned(), "several-entries")]
    );
}
