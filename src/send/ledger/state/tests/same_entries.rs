//! Entries that are known by several URLs.

use super::*;

/// Another URL of the entry.
pub(super) const OLD: &str = "https://me.example/?p=1";

pub(super) fn same(entry: &str, page: &str, second: i64) -> LedgerEvent {
    LedgerEvent::Same {
        entry: entry.to_owned(),
        page: page.to_owned(),
        time: at(second),
    }
}

/// The event, of another entry.
pub(super) fn of_entry(mut event: LedgerEvent, other: &str) -> LedgerEvent {
    match &mut event {
        LedgerEvent::Intent { entry, .. }
        | LedgerEvent::Result { entry, .. }
        | LedgerEvent::Adopt { entry, .. }
        | LedgerEvent::Forget {
            entry: Some(entry), ..
        } => other.clone_into(entry),
        _ => {}
    }
    event
}

#[test]
fn c3_what_was_sent_for_one_url_of_an_entry_was_sent_for_the_others() {
    let sent = || {
        let sent = result(None, AttemptResult::Sent, 0, 2);
        of_entry(sent, OLD)
    };
    assert_eq!(state([sent()]), None);
    let third = "https://me.example/third/";
    for order in [
        [same(OLD, E, 1), sent(), same(third, OLD, 1)],
        [sent(), same(third, OLD, 1), same(OLD, E, 1)],
        [same(third, OLD, 1), same(E, OLD, 3), sent()],
    ] {
        let ledger = ledger(order);
        for entry in [E, OLD, third, "http://www.me.example/third"] {
            let standing = ledger.standing(entry, T).unwrap();
            assert_eq!(standing.state, LinkState::Sent, "{entry}");
            assert_eq!(ledger.links_of(entry).count(), 1, "{entry}");
            assert_eq!(ledger.keys_of(entry).len(), 3, "{entry}");
            assert!(ledger.has_asked(entry, "https://b.example/tb") && ledger.knows(entry).entry);
        }
        assert_eq!(ledger.links().count(), 1);
        assert_eq!(ledger.standing("https://me.example/2", T), None);
        // What the user forgets of one is forgotten of all.
        let forgotten = ledger.time_for_all(third, at(0));
        assert!(forgotten > at(2));
        let mut ledger = ledger.clone();
        ledger.add(LedgerEvent::Forget {
            entry: Some(third.to_owned()),
            target: None,
            time: forgotten,
        });
        assert_eq!(ledger.standing(E, T), None);
    }
}

#[test]
fn c3_the_likeliest_old_urls_of_an_entry_are_those_with_its_name_and_its_links() {
    let url = |text: &str| Url::parse(text).unwrap();
    let targets = [
        "https://b.example/x",
        "https://b.example/y",
        "https://b.example/z",
    ]
    .map(url);
    let targets: Vec<&Url> = targets.iter().collect();
    let adopted = |entry: &str, count: usize| LedgerEvent::Adopt {
        entry: entry.to_owned(),
        targets: targets
            .iter()
            .take(count)
            .map(|url| url.to_string())
            .collect(),
        unread: false,
        time: at(1),
    };
    let ledger = ledger([
        adopted("https://me.example/few/", 1),
        adopted("https://me.example/most/", 2),
        adopted("https://me.example/all/", 3),
        adopted("https://me.example/planned/", 3),
        adopted("http://www.me.example/cats/", 2),
        adopted("https://other.example/cats/", 3),
    ]);
    let like = |permalink: &str, targets: &[&Url]| {
        let planned = "https://me.example/planned/";
        ledger.entries_like(&url(permalink), targets, |other| other == planned)
    };
    let found = like("https://me.example/2026/cats", &targets);
    let expected = [
        "http://www.me.example/cats/",
        "https://me.example/all/",
        "https://me.example/most/",
    ];
    assert_eq!(found, expected.map(url));
    assert!(like("https://me.example/few/", &targets).is_empty());
    assert!(like("https://me.example/new/", &[]).is_empty());
}
