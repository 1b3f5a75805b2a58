//! Which text a page gives a ping, of those that were sent for it.

use serde_json::json;

use super::*;
use crate::linkback::trackback::links::links;

const HOME: &str = "192.0.2.0/24";
const ELSEWHERE: &str = "198.51.100.0/24";

fn record(state: State, text: [&str; 3], from: &str) -> Record {
    let [title, excerpt, blog_name] = text;
    serde_json::from_value(json!({
        "id": 1, "time": "2026-11-20T05:00:00Z", "url": "https://a.example/1", "title": title,
        "excerpt": excerpt, "blog_name": blog_name, "state": state.name(), "from": from,
    }))
    .unwrap()
}

const PAGE: &str = "<title>Cats in winter | My weblog</title><meta property=og:site_name content='My weblog'>\
        <h1>Cats in winter</h1><p>I read a <a href='https://blog.example/'>post on cats</a> and liked it.</p>\
        <h2>Earlier: Cats in summer</h2><ol class=comments><li>Cheap pills here</ol>";

/// The text of a ping with `kept` after those of `offered` came, each from its network; `None` if it stays.
fn becomes(kept: &Record, offered: &[([&str; 3], &str)]) -> Option<[String; 3]> {
    let mut with = kept.clone();
    for (text, from) in offered {
        with = add(with.clone(), &record(State::Held, *text, from)).unwrap_or(with);
    }
    let source = Url::parse(&kept.url).unwrap();
    let link = Url::parse("https://blog.example/").unwrap();
    let claim = PingClaim {
        source: &source,
        title: &kept.title,
        excerpt: &kept.excerpt,
        blog_name: &kept.blog_name,
        from: kept.from.as_deref(),
        state: kept.state,
    };
    let found = links(PAGE.as_bytes(), None, &source).unwrap();
    let page = PageTexts::new(&found, (PAGE.as_bytes(), None), &source);
    let best = best(claim, &all(&with), &page, &link)?;
    Some([best.title, best.excerpt, best.blog_name])
}

const OLD: [&str; 3] = ["Dogs in spring", "An old excerpt", "My weblog"];
const NOW: [&str; 3] = ["Cats in winter", "I read a post on cats", "My weblog"];

#[test]
fn what_the_page_bears_out_is_taken_whoever_sent_it() {
    for state in [State::Published, State::Held] {
        let old = record(state, OLD, HOME);
        for from in [HOME, ELSEWHERE] {
            let now = NOW.map(str::to_owned);
            assert_eq!(becomes(&old, &[(NOW, from)]), Some(now.clone()), "{from}");
            // Whatever others send before and after it.
            for other in [
                "Cheap pills",
                "€€€",
                "Cheap pills here",
                "Earlier: Cats in summer",
            ] {
                let spam = ([other, "Buy", "Pills"], "203.0.113.0/24");
                for both in [[spam, (NOW, from)], [(NOW, from), spam]] {
                    assert_eq!(becomes(&old, &both), Some(now.clone()), "{other}");
                }
            }
        }
    }
}

#[test]
fn what_the_page_does_not_bear_out_changes_nothing() {
    for shown in [NOW, OLD] {
        let shown = record(State::Published, shown, HOME);
        for from in [HOME, ELSEWHERE] {
            for title in ["Cheap pills", "Cheap pills here", "€€€", "Dogs in spring"] {
                let offer = [title, "I read a post", "My weblog"];
                let spam = becomes(&shown, &[(offer, from)]);
                assert!(spam.is_none() || title == shown.title, "{title}: {spam:?}");
            }
        }
    }
    // The page still says what is shown: another part of it is no new version.
    let shown = record(State::Published, NOW, HOME);
    for title in [
        "liked it",
        "Earlier: Cats in summer",
        "Cats in summer",
        "My weblog",
        "winter",
    ] {
        let offer = ([title, "", ""], ELSEWHERE);
        assert_eq!(becomes(&shown, &[offer]), None, "{title}");
    }
    let longer = (["Cats in winter | My weblog", NOW[1], NOW[2]], ELSEWHERE);
    assert!(becomes(&shown, &[longer]).is_some());
}

#[test]
fn of_an_excerpt_that_the_page_does_not_say_nothing_is_taken() {
    let shown = record(State::Published, NOW, HOME);
    let invented = [NOW[0], "Buy cheap pills", "Pills"];
    for from in [HOME, ELSEWHERE] {
        assert_eq!(becomes(&shown, &[(invented, from)]), None);
    }
    // The title follows all the same, and what is not said gives way to what is.
    let old = record(State::Published, OLD, HOME);
    let [title, excerpt, blog_name] = becomes(&old, &[(invented, ELSEWHERE)]).unwrap();
    assert_eq!(title, NOW[0]);
    assert!(excerpt.contains("read a post on cats"), "{excerpt}");
    assert_eq!(blog_name, "My weblog");
    let other = [NOW[0], "I read a post on cats and liked it", ""];
    let [_, excerpt, _] = becomes(&shown, &[(other, HOME)]).unwrap();
    assert_eq!(excerpt, other[1]);
}

#[test]
fn f4_where_the_title_stays_another_network_changes_nothing_that_stands_on_the_page() {
    for state in [State::Published, State::Held] {
        for kept in [
            NOW,
            [NOW[0], "", ""],
            [NOW[0], NOW[1], ""],
            [NOW[0], "", NOW[2]],
        ] {
            let shown = record(state, kept, HOME);
            for [excerpt, blog_name] in [
                ["Earlier: Cats in summer", "Cats in summer"],
                ["and liked it", "Cats in winter"],
                ["Buy cheap pills", "post on cats"],
                ["", "liked"],
            ] {
                let offer = ([NOW[0], excerpt, blog_name], ELSEWHERE);
                assert_eq!(becomes(&shown, &[offer]), None, "{kept:?} {excerpt}");
            }
        }
        // What was sent first, and is not what the author says, gives way, and so does what is gone.
        for first in [
            [NOW[0], "An old excerpt", "post on cats"],
            [NOW[0], "An old excerpt", NOW[2]],
        ] {
            let first = record(state, first, HOME);
            let now = NOW.map(str::to_owned);
            assert_eq!(becomes(&first, &[(NOW, ELSEWHERE)]), Some(now));
        }
        let again = ([NOW[0], "and liked it", NOW[2]], HOME);
        assert!(becomes(&record(state, NOW, HOME), &[again]).is_some());
    }
}

#[test]
fn f5_a_few_texts_wait_the_latest_of_each_network_and_none_pushes_another_out() {
    let mut record = record(State::Published, OLD, HOME);
    for number in 0..50 {
        let from = format!("198.51.{}.0/24", number / 2);
        let title = format!("Title {number}");
        let mut new = record.clone();
        (new.title, new.from) = (title, Some(from));
        match add(record.clone(), &new) {
            Some(with) => record = with,
            None => assert!(number >= MAX * 2, "{number}"),
        }
        assert_eq!(add(record.clone(), &new), None, "it waits already");
    }
    let waiting = all(&record);
    assert_eq!(waiting.len(), MAX);
    assert_eq!(waiting[MAX - 1].title, "Title 15");
    assert_eq!(waiting[0].title, "Title 1");
    // The sender's own network can always send another, and takes no other's place.
    for title in ["One", "Another"] {
        let mut new = record.clone();
        new.title = title.to_owned();
        record = add(record, &new).unwrap();
        let own = all(&record);
        assert_eq!(own[..MAX], waiting);
        assert_eq!((own.len(), own[MAX].title.as_str()), (MAX + 1, title));
    }
    let waiting = all(&record);
    let mut rest = record.clone();
    forget(&mut rest, &waiting[1..]);
    assert_eq!(all(&rest), &waiting[..1]);
    forget(&mut rest, &waiting);
    assert!(!has_any(&rest) && rest.rest.is_empty());
    // What an older or a newer version wrote is none.
    rest.rest.insert(KEY.to_owned(), json!({"x": 1}));
    assert!(all(&rest).is_empty());
}
