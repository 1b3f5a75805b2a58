//! Pages with several entries, which differ in their fragments.

use super::*;

#[test]
fn fragments_of_one_page_are_entries_of_their_own() {
    let archive = "https://blog.example/2002.html";
    let one = block(&format!("{archive}#1"), "/tb/1");
    let both = one.clone() + &block(&format!("{archive}#2"), "/tb/2");
    assert_eq!(
        ping_urls(&both, &format!("{archive}#2")),
        ["https://blog.example/tb/2"]
    );
    assert!(ping_urls(&both, archive).is_empty());
    assert!(ping_urls(&both, &format!("{archive}#3")).is_empty());
    assert_eq!(ping_urls(&one, archive), ["https://blog.example/tb/1"]);
    let whole = both + &block(archive, "/tb/0");
    assert_eq!(ping_urls(&whole, archive), ["https://blog.example/tb/0"]);
    assert_eq!(
        ping_urls(&whole, &format!("{archive}#3")),
        ["https://blog.example/tb/0"]
    );
}

#[test]
fn c6_the_fragment_chooses_among_the_entries_of_a_page() {
    let archive = "http://weblog.example/archives/2005_01.php";
    let page: String = ["000024", "000025", "000026", "000027"]
        .iter()
        .map(|number| {
            block(
                &format!("{archive}#{number}"),
                &format!("/mt-tb.cgi/{number}"),
            )
        })
        .collect();
    for asked in [
        "http://weblog.example/archives/2005_01.php#000026",
        "https://www.weblog.example/archives//2005_01.php?utm_source=x#000026",
    ] {
        let found = ping_urls(&page, asked);
        let paths: Vec<&str> = found
            .iter()
            .filter_map(|url| url.split("/mt-tb.cgi/").nth(1))
            .collect();
        assert_eq!(paths, ["000026"], "{asked}");
    }
    for asked in [
        archive.to_owned(),
        format!("{archive}#000099"),
        format!("{archive}#comments"),
    ] {
        assert!(ping_urls(&page, &asked).is_empty(), "{asked}");
        assert_eq!(others(&page, &asked).len(), 4, "{asked}");
    }
}

#[test]
fn c6_blocks_with_one_identifier_are_told_apart_by_what_they_are_about() {
    let page = "https://blog.example/log.html";
    let block = |about: &str, ping: &str, title: &str| {
        format!(
            "<rdf:Description rdf:about='{about}' dc:identifier='{page}' dc:title='{title}' trackback:ping='{ping}'/>"
        )
    };
    let two = |one: &str, other: &str| {
        let other = block(&format!("{page}{other}"), "/tb2", "B");
        block(&format!("{page}{one}"), "/tb1", "A") + &other
    };
    for (blocks, asked, expected) in [
        (two("#a", "#b"), "#a", Some("/tb1")),
        (two("#a", "#b"), "#b", Some("/tb2")),
        (two("#a", "#b"), "#%62", Some("/tb2")),
        (two("#a", "#b"), "#c", None),
        (two("#a", "#b"), "", None),
        // One of them is the page's own.
        (two("#a", ""), "#a", Some("/tb1")),
        (two("#a", ""), "", Some("/tb2")),
        (two("", "#b"), "#c", Some("/tb1")),
        // Nothing tells these apart.
        (two("", ""), "", None),
        (two("#a", "#a"), "#a", None),
        (
            block("/a.html", "/tb1", "A") + &block("/b.html", "/tb2", "B"),
            "",
            None,
        ),
        // One entry may have two ping URLs, and one block's place means nothing.
        (
            block(page, "/tb1", "A") + &block(page, "/tb2", "A"),
            "#c",
            Some("/tb1"),
        ),
        (block(&format!("{page}#a"), "/tb1", "A"), "#c", Some("/tb1")),
        (block(&format!("{page}#a"), "/tb1", "A"), "", Some("/tb1")),
    ] {
        let best = on(&blocks, &format!("{page}{asked}")).found;
        let best = best.first().map(|found| found.ping_url.path());
        assert_eq!(best, expected, "{asked} {blocks}");
        let linked = format!(
            "{blocks}<link rel=trackback href={}>",
            expected.unwrap_or("/tb1")
        );
        let found = ping_urls(&linked, &format!("{page}{asked}"));
        let expected = expected.map(|path| format!("https://blog.example{path}"));
        assert_eq!(found.first(), expected.as_ref(), "{asked} {linked}");
    }
}

#[test]
fn c6_an_entry_of_a_page_has_the_ping_url_in_the_element_that_the_fragment_names() {
    let page = "https://blog.example/log";
    let anchor = |number: u8| format!("<a rel=trackback href=/tb/{number}>TrackBack</a>");
    let of_permalink = |number: u8| {
        let block = block(
            &format!("https://blog.example/2005/{number}/"),
            &format!("/tb/{number}"),
        );
        format!("<!-- {block} -->")
    };
    let kinds: [&dyn Fn(u8) -> String; 2] = [&anchor, &of_permalink];
    for inner in kinds {
        let post = |number: u8| {
            let inner = inner(number);
            format!("<div id=p{number} class=post><h2 id='h{number}'>T{number}</h2>{inner}</div>")
        };
        let all = format!("<div id=content>{}{}{}</div>", post(1), post(2), post(3));
        let own = |asked: &str| {
            let found = on(&all, &format!("{page}{asked}")).found;
            found.first().map(|found| found.ping_url.path().to_owned())
        };
        assert_eq!(own("#p2").as_deref(), Some("/tb/2"), "{all}");
        for asked in ["", "#p4", "#content", "#h2"] {
            assert_eq!(own(asked), None, "{asked} {all}");
        }
        let discovery = on(&all, page);
        let names = [&url(page)];
        let places: Vec<(String, &str)> = discovery
            .places(&names)
            .map(|(place, found)| (place, found.ping_url.path()))
            .collect();
        let expected = [1, 2, 3].map(|number| (format!("p{number}"), format!("/tb/{number}")));
        let expected: Vec<(String, &str)> = expected
            .iter()
            .map(|(place, path)| (place.clone(), path.as_str()))
            .collect();
        assert_eq!(places, expected, "{all}");
    }
}
