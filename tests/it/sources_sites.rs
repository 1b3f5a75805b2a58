//! Built sites: of the generators that are installed, built anew from `examples/`; of others, as their output looks.

use tb::internals::sources::SourceReading;

use crate::support::sources::*;

fn fixture(name: &str) -> SourceReading {
    folder(&root().join("tests/fixtures/weblog").join(name))
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
