//! Built sites: of the generators that are installed, built anew from `examples/`; of others, as their output looks.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tb::internals::fetch::{Client, ClientOptions, Reach, Timeout};
use tb::internals::sources::{
    self, Entry, Follow, Source, SourceKind, SourceOptions, SourceReading,
};

pub(crate) fn client() -> Client {
    Client::new(ClientOptions {
        patience: Timeout::Shell,
        reach: Reach::Private,
        user_agent: "tb".to_owned(),
    })
}

pub(crate) fn read(source: &Source, options: &SourceOptions) -> SourceReading {
    let now = "2026-11-20T12:00:00Z".parse().unwrap();
    sources::read(source, options, &client(), now).unwrap()
}

fn folder(path: &Path) -> SourceReading {
    let reading = read(&Source::Folder(path.to_owned()), &SourceOptions::default());
    assert_eq!(reading.kind, SourceKind::Folder);
    reading
}

fn fixture(name: &str) -> SourceReading {
    folder(&root().join("tests/it/fixtures/weblog").join(name))
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn links(entry: &Entry) -> Vec<&str> {
    entry.links.iter().map(|link| link.url.as_str()).collect()
}

/// The reasons for the pages that are no entries, by the ends of their paths.
fn reasons(reading: &SourceReading, root: &str) -> Vec<(String, &'static str)> {
    let short = |what: &str| what.split_once(root).unwrap().1.to_owned();
    let skipped = reading.skipped.iter();
    skipped
        .map(|skipped| (short(&skipped.what), skipped.why.name()))
        .collect()
}

pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

/// Builds the example of a generator, with its partial put where the site wants it.
fn build(generator: &str, arguments: &[&str], partial: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let example = root().join("examples").join(generator);
    copy(&example.join("site"), dir.path());
    let partial = dir.path().join(partial);
    fs::create_dir_all(partial.parent().unwrap()).unwrap();
    fs::copy(example.join("trackback.html"), partial).unwrap();
    let output = Command::new(generator)
        .args(arguments)
        .current_dir(dir.path())
        .env("HOME", dir.path())
        .output()
        .unwrap_or_else(|cause| panic!("{generator}: {cause}; `tests/run` installs it"));
    assert!(output.status.success(), "{output:?}");
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

#[test]
fn eleventys_pages_are_entries_because_its_feed_lists_them() {
    let reading = fixture("eleventy");
    let [entry] = reading.entries.as_slice() else {
        panic!("{reading:?}");
    };
    assert_eq!(
        entry.permalink.as_str(),
        "https://field.example/blog/second/"
    );
    assert_eq!(
        (entry.title.as_str(), entry.blog_name.as_str()),
        ("Second post", "Field notes")
    );
    assert_eq!(entry.published, "2026-05-02T00:00:00Z".parse().ok());
    let outside: Vec<_> = links(entry)
        .into_iter()
        .filter(|link| !link.contains("field.example"))
        .collect();
    assert_eq!(outside, ["https://birds.example/count"]);
    let not = |what: &str| (what.to_owned(), "not-an-entry");
    assert_eq!(
        reasons(&reading, "/eleventy"),
        [
            not("/404.html"),
            not("/index.html"),
            not("/tags/notes/index.html")
        ]
    );
}

#[test]
fn zolas_pages_say_what_they_are() {
    let reading = fixture("zola");
    let [entry] = reading.entries.as_slice() else {
        panic!("{reading:?}");
    };
    assert_eq!(
        entry.permalink.as_str(),
        "https://zola.example/notes/first/"
    );
    assert_eq!(
        (entry.title.as_str(), entry.summary.as_str()),
        ("First", "On stones.")
    );
    assert_eq!(entry.blog_name, "Zola site");
    assert_eq!(entry.published, "2026-01-05T08:00:00Z".parse().ok());
    let expected = [
        "https://stones.example/a",
        "https://stones.example/b",
        "https://notes.example/",
    ];
    assert_eq!(links(entry), expected);
    let what = |what: &str, why: &'static str| (what.to_owned(), why);
    assert_eq!(
        reasons(&reading, "/zola"),
        [
            what("/index.html", "not-an-entry"),
            what("/old/index.html", "redirect")
        ]
    );
}

#[test]
fn pelicans_pages_have_the_marks_of_its_theme() {
    let reading = fixture("pelican");
    let [entry] = reading.entries.as_slice() else {
        panic!("{reading:?}");
    };
    assert_eq!(
        entry.permalink.as_str(),
        "https://bread.example/on-bread.html"
    );
    assert_eq!(entry.published, "2026-02-02T09:00:00Z".parse().ok());
    assert_eq!(links(entry), ["https://yeast.example/wild"]);
    assert_eq!(entry.summary, "After wild yeast, flour.");
    let expected = [("/category/misc.html".to_owned(), "not-an-entry")];
    assert_eq!(reasons(&reading, "/pelican"), expected);
}

#[test]
fn astros_pages_have_json_ld_and_cards_of_other_entries() {
    let reading = fixture("astro");
    let [entry] = reading.entries.as_slice() else {
        panic!("{reading:?}");
    };
    assert_eq!(
        entry.permalink.as_str(),
        "https://astro.example/writing/one/"
    );
    assert_eq!(links(entry), ["https://sea.example/tides"]);
    assert_eq!(
        (entry.title.as_str(), entry.blog_name.as_str()),
        ("One", "Astro site")
    );
    assert_eq!(entry.published, "2026-06-01T00:00:00Z".parse().ok());
    assert_eq!(entry.updated, "2026-06-02T00:00:00Z".parse().ok());
    let expected = [("/writing/index.html".to_owned(), "not-an-entry")];
    assert_eq!(reasons(&reading, "/astro"), expected);
}
