//! The pages for readers in their language, lists that lead on, and titles that are written from right to left.

use std::fs;

use tb::internals::language::{Language, Sentence};

use crate::support::http::Reply;
use crate::support::owner_session::{Interface, OwnerSession, ping, put};
use crate::support::request::Request;
use crate::support::site::Site;
use crate::support::xml::assert_accepted;

/// A title that would turn its surroundings round.
const ARABIC: &str = "القطط (1)";

/// A site in a language, with entries of its own and a page of each kind.
fn site(language: Option<&str>) -> Site {
    let mut site = Site::new();
    if let Some(language) = language {
        site.set("language", &format!("\"{language}\""));
    }
    site.set("submit", "true");
    site.set("protocols", "[\"trackback\", \"webmention\"]");
    site.set("publish", "\"verified\"");
    let feed = format!(
        r#"{{"version":"https://jsonfeed.org/version/1.1","title":"t","items":[{{"id":"1","content_text":"c",
        "url":"http://127.0.0.1/cats","title":"{ARABIC}"}}]}}"#
    );
    let file = site.path("feed.json");
    fs::write(&file, feed).unwrap();
    site.tb(&["entries", "sync", file.to_str().unwrap()]);
    put(
        &site,
        "cats",
        &[
            ping(1, "2026-03-01T05:07:00Z", "published", "verified"),
            ping(2, "2026-03-02T05:07:00Z", "published", "verified"),
        ],
    );
    site.tb(&["add", "dogs", "--title", "Dogs"]);
    site.tb(&["add", "birds"]);
    site.tb(&["passphrase", "private", "--random"]);
    site
}

/// A page of each kind that readers and pingers see.
fn pages(site: &Site) -> Vec<Reply> {
    let entered = |url| Request::post(&[("tb_id", "cats"), ("url", url)]).query("__mode=submit");
    let taken = site.cgi(&entered("http://127.0.10.251/1"));
    let text = taken.text();
    let (_, status) = text.split_once("?__mode=submit&#38;").unwrap();
    let status = status.split_once('"').unwrap().0.replace("&#38;", "&");
    let mention = Request::post(&[
        ("source", "http://127.0.10.251/2"),
        ("target", "http://127.0.0.1/cats"),
        ("form", "1"),
    ]);
    let mut pages = vec![taken, site.cgi(&mention.query("__mode=webmention"))];
    for query in [
        "",
        "__mode=list",
        "__mode=list&tb_id=cats",
        "__mode=list&tb_id=cats&before=1",
        "__mode=list&tb_id=none",
        "__mode=list&tb_id=private",
        "__mode=thread&tb_id=cats",
        "__mode=webmention",
        "__mode=unknown",
        "__mode=list&tb_id=..",
        &format!("__mode=submit&{status}"),
    ] {
        pages.push(site.cgi(&Request::get(query)));
    }
    for url in ["", "javascript:x", "http://127.0.0.1/other"] {
        pages.push(site.cgi(&entered(url)));
    }
    pages
}

#[test]
fn no_english_sentence_stays_in_a_page_of_another_language() {
    for language in Language::ALL {
        let site = site(Some(language.name()));
        let mut texts: Vec<String> = pages(&site)
            .iter()
            .map(|page| {
                let text = page.text();
                let lang = format!("<html lang=\"{}\">", language.name());
                assert!(text.contains(&lang), "{text}");
                text.to_owned()
            })
            .collect();
        texts.push(
            site.cgi(&Request::get("__mode=html&tb_id=none"))
                .text()
                .to_owned(),
        );
        if *language == Language::English {
            continue;
        }
        for sentence in Sentence::ALL {
            let own = language.say(*sentence);
            for english in Language::English.say(*sentence).split(['{', '}']) {
                let english = english.trim();
                if english.len() < 4 || !english.contains(' ') || own.contains(english) {
                    continue;
                }
                for text in &texts {
                    assert!(
                        !text.contains(english),
                        "{}: {english}: {text}",
                        language.name()
                    );
                }
            }
        }
        let list = site
            .cgi(&Request::get("__mode=list&tb_id=cats"))
            .text()
            .to_owned();
        assert!(list.contains(language.say(Sentence::Written)), "{list}");
        assert!(list.contains(&language.ping_count(2)), "{list}");
        assert!(!list.contains("March"), "{list}");
    }
}

#[test]
fn a_header_and_a_footer_in_another_charset_are_read_in_it() {
    let site = Site::new();
    let latin = |text: &str| encoding_rs::WINDOWS_1252.encode(text).0.into_owned();
    let shift_jis = |text: &str| encoding_rs::SHIFT_JIS.encode(text).0.into_owned();
    let iso_2022_jp = |text: &str| encoding_rs::ISO_2022_JP.encode(text).0.into_owned();
    let utf_16 = |text: &str| {
        let units = text.encode_utf16().flat_map(u16::to_le_bytes);
        b"\xFF\xFE"
            .iter()
            .copied()
            .chain(units)
            .collect::<Vec<u8>>()
    };
    let head = |charset: &str, word: &str| {
        format!(
            "<!DOCTYPE html><html lang=en><meta charset='{charset}'><title>{{{{title}}}}</title><h2>{word}</h2>"
        )
    };
    for (header, footer, word) in [
        (latin(&head("utf-8", "Café")), latin("<p>Café</p>"), "Café"),
        (
            latin(&head("iso-8859-1", "Café")),
            latin("<p>Café</p>"),
            "Café",
        ),
        (
            shift_jis(&head("Shift_JIS", "猫の話")),
            shift_jis("<p>猫の話</p>"),
            "猫の話",
        ),
        (
            iso_2022_jp(&head("iso-2022-jp", "猫の話")),
            iso_2022_jp("<p>猫の話</p>"),
            "猫の話",
        ),
        (
            utf_16(&head("utf-16", "猫の話")),
            "<p>猫の話</p>".into(),
            "猫の話",
        ),
    ] {
        for (name, bytes) in [("header.txt", header), ("footer.txt", footer)] {
            fs::write(site.path("www/cgi-bin").join(name), bytes).unwrap();
        }
        let page = site
            .cgi(&Request::get("__mode=list&tb_id=entry"))
            .expect(200);
        let text = page.text();
        assert!(text.contains(&format!("<h2>{word}</h2>")), "{page}");
        assert!(text.contains(&format!("<p>{word}</p>")), "{page}");
        assert!(text.contains("<title>TrackBacks for entry - "), "{page}");
    }
}

#[test]
fn the_header_says_the_language_unless_the_key_does() {
    for (header, key, lang, word) in [
        ("<html lang=\"de\">", None, "lang=\"de\"", Language::German),
        (
            "<html lang=\"de-AT\">",
            None,
            "lang=\"de-AT\"",
            Language::German,
        ),
        (
            "<html class=x>",
            Some("fr"),
            "lang=\"fr\"",
            Language::French,
        ),
        (
            "<html lang=\"de\">",
            Some("ja"),
            "lang=\"ja\"",
            Language::Japanese,
        ),
        ("<html lang=\"zh\">", None, "lang=\"en\"", Language::English),
        ("<html>", None, "lang=\"en\"", Language::English),
    ] {
        let mut site = Site::new();
        let text = format!(
            "<!DOCTYPE html>{header}<head><title>{{{{ title }}}}</title></head><body><main>"
        );
        fs::write(site.path("www/cgi-bin/header.txt"), text).unwrap();
        if let Some(key) = key {
            site.set("language", &format!("\"{key}\""));
        }
        let list = site.cgi(&Request::get("__mode=list&tb_id=none"));
        assert!(list.text().contains(lang), "{header}: {list}");
        assert!(list.text().contains(word.say(Sentence::NoPings)), "{list}");
        // The owner's pages are English, and say so.
        let login = site.cgi(&Request::get("__mode=login"));
        assert!(login.text().contains("lang=\"en\""), "{login}");
    }
}

#[test]
fn a_logged_in_owner_reads_the_lists_in_the_sites_language_and_the_own_pages_in_english() {
    let pings = [(
        "cats",
        vec![ping(1, "2026-03-02T05:00:00Z", "held", "flood")],
    )];
    let mut site = Site::new();
    site.set("language", "\"de\"");
    let mut session = OwnerSession::at(site, Interface::Cgi, &pings);
    for (query, language) in [
        ("__mode=list&tb_id=cats", Language::German),
        ("__mode=list&tb_id=none", Language::German),
        ("", Language::German),
        ("__mode=moderate", Language::English),
        ("__mode=delete&tb_id=cats&id=1", Language::English),
        ("__mode=bans", Language::English),
    ] {
        let page = session.page(query);
        let html = format!("<html lang=\"{}\"", language.name());
        assert!(page.contains(&html), "{query}: {page}");
        // What is for the owner alone says in which language it is.
        assert!(
            page.contains("<nav class=\"owner\" lang=\"en\""),
            "{query}: {page}"
        );
        let day = match language {
            Language::German => "2. M\u{e4}rz 2026",
            _ => "2 March 2026",
        };
        let has_ping = query.contains("cats") || query.contains("moderate");
        assert_eq!(page.contains(day), has_ping, "{query}: {page}");
    }
    let list = session.page("__mode=list&tb_id=none");
    assert!(
        list.contains(Language::German.say(Sentence::NoPings)),
        "{list}"
    );
}

#[test]
fn what_programs_read_stays_english() {
    let site = site(Some("ja"));
    let reply = site.cgi(&Request::post(&[("url", "x")]).path("/cats"));
    assert!(
        reply.text().contains("The URL (url) is not an absolute"),
        "{reply}"
    );
    let reply =
        site.cgi(&Request::post(&[("source", "x"), ("target", "y")]).query("__mode=webmention"));
    assert!(
        reply.text().starts_with("invalid_source: The source"),
        "{reply}"
    );
    let feed = site.cgi(&Request::get("__mode=json&tb_id=cats"));
    assert!(feed.text().contains("\"_date\":\"2026年3月2日\""), "{feed}");
}

#[test]
fn a_language_that_is_not_there_is_an_error_that_names_those_that_are() {
    let mut site = Site::new();
    site.set("language", "\"xx\"");
    let said = site.tb_fails(1, &["list", "cats"]);
    assert!(
        said.contains("`language` must be one of en, ja, de, fr, es"),
        "{said}"
    );
}

#[test]
fn a_list_leads_on_and_names_the_entry_by_its_title() {
    let mut site = site(None);
    site.set_password();
    let page = site.cgi(&Request::get("__mode=list&tb_id=cats"));
    let list = page.text();
    for part in [
        &format!("<h1><bdi>{ARABIC}</bdi> <span class=\"id\">2 pings</span></h1>"),
        &format!("<title>TrackBacks for \u{2068}{ARABIC}\u{2069} - The site under test</title>"),
        "<a href=\"http://127.0.0.1/cats\">The entry</a>",
        "<a href=\"http://127.0.0.1/\">The site under test</a>",
        "<link rel=\"alternate\" type=\"application/rss+xml\" title=\"RSS\" href=\"",
        "<link rel=\"alternate\" type=\"application/atom+xml\" title=\"Atom\" href=\"",
        "<link rel=\"alternate\" type=\"application/feed+json\" title=\"JSON Feed\" href=\"",
    ] {
        assert!(list.contains(part), "{part}: {list}");
    }
    assert!(!list.contains("__mode=thread"), "{list}");
    let start = site.cgi(&Request::get(""));
    for word in ["rss2", "atom", "json"] {
        let alternate = format!("tb.cgi?__mode={word}\"");
        assert_eq!(
            start.text().matches(&alternate).count(),
            2,
            "{word}: {start}"
        );
    }
    for mode in ["rss2", "atom", "json", "rss"] {
        let feed = site.cgi(&Request::get(&format!("__mode={mode}&tb_id=cats")));
        assert!(
            feed.text()
                .contains(&format!("TrackBacks for \u{2068}{ARABIC}\u{2069}")),
            "{feed}"
        );
    }
    // Without a title the id stands for it.
    let dogs = site.cgi(&Request::get("__mode=list&tb_id=birds"));
    assert!(
        dogs.text()
            .contains("<h1><bdi>birds</bdi> <span class=\"id\">0 pings</span></h1>"),
        "{dogs}"
    );
}

#[test]
fn a_static_feed_follows_the_title_of_its_entry() {
    let mut site = Site::new();
    site.set("static", "[\"rss\", \"json\"]");
    assert_accepted(&site.cgi(&Request::ping("cats", "http://weblog.example/1")));
    let file = |name: &str| fs::read_to_string(site.rss_dir().join(name)).unwrap();
    assert!(file("cats.xml").contains("TrackBacks for cats"));
    site.tb(&["add", "cats", "--title", "All cats"]);
    assert!(file("cats.xml").contains("TrackBacks for All cats"));
    assert!(file("cats.json").contains("TrackBacks for All cats"));
    let start = site.cgi(&Request::get(""));
    assert!(start.text().contains("<bdi>All cats</bdi></a>"), "{start}");
    site.tb(&["add", "cats", "--remove"]);
    assert!(file("cats.xml").contains("TrackBacks for cats"));
}
