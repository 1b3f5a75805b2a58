//! Old and odd spellings of requests, and what an id without pings has.

use crate::support::http::Reply;
use crate::support::request::Request;
use crate::support::site::Site;
use crate::support::xml::assert_accepted;

fn get(site: &Site, path: &str, query: &str) -> Reply {
    site.cgi(&Request::get(query).path(path))
}

#[test]
fn slashes_around_an_id_make_no_other_id() {
    let mut site = Site::new();
    site.set("publish", "\"all\"");
    for (number, path) in ["/hello", "/hello/", "//hello", "/hello//", "//hello///"]
        .iter()
        .enumerate()
    {
        let url = format!("https://weblog.example/{number}");
        assert_accepted(&site.cgi(&Request::post(&[("url", &url)]).path(path)));
    }
    for path in ["/hello", "/hello/", "//hello//"] {
        let list = get(&site, path, "__mode=list").expect(200);
        assert!(
            list.text().matches("https://weblog.example/").count() >= 5,
            "{path}: {list}"
        );
    }
    assert_eq!(site.tb(&["list"]).lines().count(), 1);
    get(&site, "/hello/", "__mode=list&tb_id=hello").expect(200);
    get(&site, "/hello/", "__mode=list&tb_id=hello/").expect(200);
    get(&site, "//", "").expect(200);
}

#[test]
fn old_links_with_semicolons_are_understood() {
    let mut site = Site::new();
    site.set("publish", "\"all\"");
    assert_accepted(&site.cgi(&Request::ping("hello", "https://weblog.example/1")));
    for query in [
        "__mode=list;tb_id=hello",
        "a=1;__mode=list;tb_id=hello",
        "tb_id=hello;__mode=list",
        "__mode=list&amp;tb_id=hello",
        "tb_id=hello;__mode=list&n=1",
    ] {
        let list = get(&site, "", query).expect(200);
        assert!(
            list.text().contains("https://weblog.example/1"),
            "{query}: {list}"
        );
    }
}

#[test]
fn what_a_form_repeats_holds_nothing_that_html_cannot() {
    let mut site = Site::new();
    site.set_password();
    for query in [
        "__mode=login&title=a%00b%01%1B%7F%C2%85%EF%BF%BEc",
        "__mode=send_form&to=%00&url=%00",
    ] {
        let page = get(&site, "", query);
        let bad = |character: char| {
            character.is_control() && !"\t\n\r".contains(character) || character == '\u{FFFE}'
        };
        assert!(!page.text().contains(bad), "{query}: {page}");
    }
    assert!(
        get(&site, "", "__mode=login&title=a%00b%01c")
            .text()
            .contains("value=\"abc\"")
    );
}

/// The URLs of an id's own feeds that its pages and feeds name.
#[test]
fn the_feeds_that_an_id_without_pings_names_answer() {
    let mut site = Site::new();
    site.set("static", "[\"rss\", \"atom\", \"json\"]");
    let named = |text: &str| -> Vec<String> {
        let pieces = text.split(['"', '<', '>', ' ']).map(|piece| {
            let piece = piece.replace("&amp;", "&").replace("&#38;", "&");
            piece.replace("\\u0026", "&")
        });
        pieces
            .filter(|piece| piece.starts_with("http://") && piece.contains("none"))
            // The page to log in on says so.
            .filter(|piece| !piece.contains("__mode=login"))
            .collect()
    };
    for mode in ["list", "rss2", "atom", "json"] {
        let page = get(&site, "", &format!("__mode={mode}&tb_id=none")).expect(200);
        assert!(!page.text().contains("1970-"), "{page}");
        let urls = named(page.text());
        assert!(!urls.is_empty(), "{mode}: {page}");
        for url in urls {
            let rest = url
                .split_once("/cgi-bin/tb.cgi")
                .map(|(_, rest)| rest)
                .unwrap_or_else(|| panic!("{mode}: {url} is not there"));
            let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
            let answer = get(&site, path, query);
            assert_eq!(answer.status, 200, "{mode}: {url}");
        }
        // The same again, so that a reader's cache holds.
        let again = get(&site, "", &format!("__mode={mode}&tb_id=none"));
        assert_eq!(page.body, again.body);
    }
    // With pings there are files, and they are named.
    assert_accepted(&site.cgi(&Request::ping("entry", "https://weblog.example/1")));
    let feed = get(&site, "", "__mode=atom&tb_id=entry").expect(200);
    assert!(
        feed.text().contains("/tb/entry.atom") || !site.rss_dir().join("entry.atom").exists(),
        "{feed}"
    );
}
