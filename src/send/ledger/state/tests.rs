//! What events say together, in whatever order they come.

use self::same_entries::{OLD, of_entry, same};
use super::super::event::{AttemptResult, LinkbackKeys};
use super::*;
use proptest::prelude::*;

mod same_entries;

const E: &str = "https://me.example/1";
const T: &str = "https://b.example/x";

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

fn intent(attempt: &str, over: &[&str], second: i64) -> LedgerEvent {
    LedgerEvent::Intent {
        entry: E.to_owned(),
        target: T.to_owned(),
        ping_url: "https://b.example/tb".to_owned(),
        attempt: attempt.to_owned(),
        over: over.iter().map(|attempt| (*attempt).to_owned()).collect(),
        title: "Title".to_owned(),
        keys: LinkbackKeys::default(),
        time: at(second),
    }
}

fn result(attempt: Option<&str>, state: AttemptResult, tries: u32, second: i64) -> LedgerEvent {
    LedgerEvent::Result {
        entry: E.to_owned(),
        target: T.to_owned(),
        ping_url: Some("https://b.example/tb".to_owned()),
        attempt: attempt.map(str::to_owned),
        state,
        answer: Some(format!("{state:?}")),
        tries,
        next: None,
        not_before: None,
        asked: None,
        keys: LinkbackKeys::default(),
        time: at(second),
    }
}

fn adopt(second: i64) -> LedgerEvent {
    LedgerEvent::Adopt {
        entry: E.to_owned(),
        targets: vec![T.to_owned()],
        unread: false,
        time: at(second),
    }
}

fn forget(entry: Option<&str>, target: Option<&str>, second: i64) -> LedgerEvent {
    LedgerEvent::Forget {
        entry: entry.map(str::to_owned),
        target: target.map(str::to_owned),
        time: at(second),
    }
}

fn none(second: i64) -> LedgerEvent {
    LedgerEvent::None {
        target: T.to_owned(),
        why: None,
        protocols: Vec::new(),
        time: at(second),
    }
}

fn ledger(events: impl IntoIterator<Item = LedgerEvent>) -> LedgerState {
    let mut ledger = LedgerState::default();
    events.into_iter().for_each(|event| ledger.add(event));
    ledger
}

fn state(events: impl IntoIterator<Item = LedgerEvent>) -> Option<LinkState> {
    ledger(events).standing(E, T).map(|standing| standing.state)
}

#[test]
fn an_intent_without_a_result_is_uncertain_until_another_stands_in_for_it() {
    let first = || intent("a", &[], 1);
    assert_eq!(state([first()]), Some(LinkState::Uncertain));
    assert_eq!(ledger([first()]).standing(E, T).unwrap().open, ["a"]);
    let ended = result(Some("a"), AttemptResult::Failed, 1, 1);
    assert_eq!(state([first(), ended]), Some(LinkState::Failed));
    // The result of another attempt does not tell what came of this one.
    let other = [
        intent("b", &[], 2),
        result(Some("b"), AttemptResult::Failed, 1, 3),
    ];
    assert_eq!(
        state([vec![first()], other.to_vec()].concat()),
        Some(LinkState::Uncertain)
    );
    let instead = [
        intent("b", &["a"], 2),
        result(Some("b"), AttemptResult::Sent, 0, 3),
    ];
    assert_eq!(
        state([vec![first()], instead.to_vec()].concat()),
        Some(LinkState::Sent)
    );
}

#[test]
fn an_owner_who_knows_that_it_has_arrived_can_have_it_count_as_sent() {
    assert_eq!(
        state([intent("a", &[], 1), adopt(2)]),
        Some(LinkState::Adopted)
    );
    assert_eq!(
        state([adopt(1), intent("a", &[], 2)]),
        Some(LinkState::Uncertain)
    );
    let both = [intent("a", &[], 1), adopt(2), intent("b", &[], 3)];
    let standing = ledger(both).standing(E, T).unwrap();
    assert_eq!(standing.open, ["b"]);
}

#[test]
fn what_was_sent_stays_sent() {
    let sent = [
        intent("a", &[], 1),
        result(Some("a"), AttemptResult::Sent, 0, 2),
    ];
    let again = [
        intent("b", &[], 3),
        result(Some("b"), AttemptResult::Failed, 1, 4),
    ];
    let all = [sent.to_vec(), again.to_vec()].concat();
    assert_eq!(state(all), Some(LinkState::Sent));
    let standing = ledger(sent).standing(E, T).unwrap();
    assert_eq!((standing.title.as_str(), standing.seen), ("Title", None));
}

#[test]
fn else_the_last_word_counts() {
    assert_eq!(state([adopt(1)]), Some(LinkState::Adopted));
    let refused = result(Some("a"), AttemptResult::Refused, 0, 2);
    assert_eq!(state([adopt(1), refused.clone()]), Some(LinkState::Refused));
    let failed = result(None, AttemptResult::Failed, 3, 5);
    let standing = ledger([failed, refused]).standing(E, T).unwrap();
    assert_eq!((standing.state, standing.tries), (LinkState::Failed, 3));
}

#[test]
fn what_is_forgotten_is_as_if_it_had_not_been() {
    let sent = [
        intent("a", &[], 1),
        result(Some("a"), AttemptResult::Sent, 0, 2),
    ];
    for forget in [
        forget(Some(E), None, 2),
        forget(None, Some(T), 3),
        forget(Some(E), Some(T), 2),
    ] {
        let all = [sent.to_vec(), vec![forget.clone()]].concat();
        assert_eq!(state(all.clone()), None, "{forget:?}");
        assert_eq!(
            state([all, vec![adopt(4)]].concat()),
            Some(LinkState::Adopted)
        );
    }
    let too_early = [sent.to_vec(), vec![forget(Some(E), None, 1)]].concat();
    assert_eq!(state(too_early), Some(LinkState::Sent));
    let other = [
        sent.to_vec(),
        vec![forget(Some("https://me.example/2"), None, 9)],
    ]
    .concat();
    assert_eq!(state(other), Some(LinkState::Sent));
}

#[test]
fn an_absence_is_believed_for_thirty_days() {
    let days = |count: i64| at(count * 24 * 3600);
    let ledger_of = |events: Vec<LedgerEvent>| ledger(events);
    let absent = ledger_of(vec![none(0)]);
    assert!(absent.absent(T, &[Protocol::TrackBack], days(29)).is_some());
    assert!(absent.absent(T, &[Protocol::TrackBack], days(30)).is_none());
    assert!(absent.absent(E, &[Protocol::TrackBack], days(1)).is_none());
    let newer = ledger_of(vec![none(3600 * 24 * 20), none(0)]);
    assert!(newer.absent(T, &[Protocol::TrackBack], days(45)).is_some());
    let forgotten = ledger_of(vec![none(5), forget(None, Some(T), 5)]);
    assert!(
        forgotten
            .absent(T, &[Protocol::TrackBack], days(1))
            .is_none()
    );
    assert_eq!(forgotten.absences().count(), 0);
}

#[test]
fn a_clock_that_went_back_does_not_turn_facts_around() {
    let ledger = ledger([result(None, AttemptResult::Failed, 1, 100), none(200)]);
    let millisecond = SignedDuration::from_millis(1);
    assert_eq!(ledger.time_for(E, T, at(0)), at(100) + millisecond);
    assert_eq!(ledger.time_for(E, T, at(300)), at(300));
    assert_eq!(ledger.time_for(E, "https://c.example/", at(0)), at(0));
    assert_eq!(ledger.time_for_all(T, at(0)), at(200) + millisecond);
    assert_eq!(ledger.time_for_absence(T, at(0)), at(200) + millisecond);
}

#[test]
fn s7_times_at_the_end_of_the_world_are_borne() {
    let end = LedgerEvent::None {
        target: T.to_owned(),
        why: None,
        protocols: Vec::new(),
        time: Timestamp::MAX,
    };
    let ledger = ledger([end]);
    assert!(ledger.absent(T, &[Protocol::TrackBack], at(0)).is_some());
    assert_eq!(ledger.time_for_absence(T, at(0)), at(0));
}

fn events() -> impl Strategy<Value = Vec<LedgerEvent>> {
    let name = || prop::sample::select(vec!["a", "b", "c"]);
    let verdict = prop::sample::select(vec![
        AttemptResult::Sent,
        AttemptResult::Refused,
        AttemptResult::Failed,
        AttemptResult::Later,
        AttemptResult::Uncertain,
    ]);
    let event = prop_oneof![
        (name(), prop::collection::vec(name(), 0..2), 0..4_i64)
            .prop_map(|(attempt, over, second)| intent(attempt, &over, second)),
        (prop::option::of(name()), verdict, 0..3_u32, 0..4_i64)
            .prop_map(|(attempt, state, tries, second)| result(attempt, state, tries, second)),
        (0..4_i64).prop_map(adopt),
        (0..4_i64).prop_map(none),
        (any::<bool>(), 0..4_i64).prop_map(|(entry, second)| {
            forget(entry.then_some(E), (!entry).then_some(T), second)
        }),
    ];
    let same = same(OLD, E, 1);
    let event = (event, any::<bool>())
        .prop_map(|(event, is_old)| if is_old { of_entry(event, OLD) } else { event });
    prop::collection::vec(prop_oneof![6 => event, 1 => Just(same)], 0..8)
}

#[test]
fn c9_what_was_never_answered_stays_uncertain_until_another_stands_in_for_it() {
    let unanswered = [
        intent("a", &[], 1),
        result(Some("a"), AttemptResult::Uncertain, 0, 2),
    ];
    let standing = ledger(unanswered.clone()).standing(E, T).unwrap();
    assert_eq!(
        (standing.state, standing.open),
        (LinkState::Uncertain, vec!["a".to_owned()])
    );
    assert_eq!(standing.answer.as_deref(), Some("Uncertain"));
    for end in [
        AttemptResult::Sent,
        AttemptResult::Refused,
        AttemptResult::Failed,
        AttemptResult::Later,
    ] {
        let again = [intent("b", &["a"], 3), result(Some("b"), end, 0, 4)];
        let all = [unanswered.to_vec(), again.to_vec()].concat();
        assert_eq!(state(all), Some(LinkState::from(end)));
    }
    let adopted = [unanswered.to_vec(), vec![adopt(3)]].concat();
    assert_eq!(state(adopted), Some(LinkState::Adopted));
    // Nobody writes a result without an attempt; it counts for nothing.
    assert_eq!(state([result(None, AttemptResult::Uncertain, 0, 1)]), None);
}

#[test]
fn c1_since_when_there_was_nothing_but_come_later_is_known() {
    let since =
        |events: &[LedgerEvent]| ledger(events.to_vec()).standing(E, T).unwrap().later_since;
    let later = |second| result(None, AttemptResult::Later, 2, second);
    assert_eq!(since(&[later(1), later(5), later(9)]), Some(at(1)));
    let failed = result(None, AttemptResult::Failed, 3, 6);
    assert_eq!(since(&[later(1), failed.clone(), later(9)]), Some(at(9)));
    assert_eq!(since(&[later(1), failed]), None);
    assert_eq!(ledger([later(1)]).standing(E, T).unwrap().tries, 2);
}

#[test]
fn c3_an_old_ledger_of_any_spelling_says_the_same() {
    let entries = [
        (
            "http://me.example/2026/cats/",
            "https://me.example/2026/cats/",
        ),
        (
            "http://www.me.example/2026/cats",
            "https://me.example/2026/cats/",
        ),
        (
            "https://me.example/2026/cats/index.html",
            "https://me.example/2026/cats/",
        ),
        (
            "https://me.example/%e7%8c%ab",
            "https://me.example/%E7%8C%AB",
        ),
        (
            "https://me.example/2005_01.html#a000024",
            "http://me.example/2005_01.html#a000024",
        ),
        (
            "https://me.example/2026/cats/",
            "https://me.example/2026/cats/?source=rss",
        ),
        (
            "https://me.example/?p=12",
            "https://me.example/?p=12&ref=feed",
        ),
        ("http://me.example/x.html", "http://me.example/x/"),
        ("http://me.example/x", "http://me.example/x.htm?v=2"),
        ("http://me.example/index.md", "http://me.example/"),
        ("http://me.example/index.htm", "http://me.example/"),
        ("http://me.example/05.html#a", "http://me.example/05#a"),
        // As one character, and as a letter with a mark.
        ("http://me.example/%C3%A9", "http://me.example/e%CC%81"),
        (
            "http://me.example/%E3%81%8C%25",
            "http://me.example/%E3%81%8B%E3%82%99%25.html",
        ),
    ];
    let targets = [
        ("http://b.example/~cat", "https://b.example/%7Ecat/"),
        ("https://www.b.example/x/", "http://b.example/x"),
        ("https://b.example/%e7%8c%ab", "https://b.example/%E7%8C%AB"),
        ("https://b.example/x/index.php", "https://b.example/x/"),
        // Before fragments counted.
        (
            "https://b.example/2005_01.php",
            "https://b.example/2005_01.php#000024",
        ),
    ];
    for (entry, entry_now) in entries {
        for (target, target_now) in targets {
            for verdict in [
                AttemptResult::Sent,
                AttemptResult::Refused,
                AttemptResult::Uncertain,
            ] {
                let event = |event: LedgerEvent| match event {
                    LedgerEvent::Intent {
                        ping_url,
                        attempt,
                        over,
                        title,
                        time,
                        ..
                    } => LedgerEvent::Intent {
                        entry: entry.to_owned(),
                        target: target.to_owned(),
                        ping_url,
                        attempt,
                        over,
                        title,
                        keys: LinkbackKeys::default(),
                        time,
                    },
                    LedgerEvent::Result {
                        ping_url,
                        attempt,
                        state,
                        answer,
                        tries,
                        next,
                        not_before,
                        asked,
                        time,
                        ..
                    } => LedgerEvent::Result {
                        entry: entry.to_owned(),
                        target: target.to_owned(),
                        ping_url,
                        attempt,
                        state,
                        answer,
                        tries,
                        next,
                        not_before,
                        asked,
                        keys: LinkbackKeys::default(),
                        time,
                    },
                    other => other,
                };
                let ledger = ledger([
                    event(intent("a", &[], 1)),
                    event(result(Some("a"), verdict, 0, 2)),
                ]);
                let standing = ledger.standing(entry_now, target_now);
                let state = standing.map(|standing| standing.state);
                assert_eq!(state, Some(LinkState::from(verdict)), "{entry} {target}");
            }
            let adopted = LedgerEvent::Adopt {
                entry: entry.to_owned(),
                targets: vec![target.to_owned()],
                unread: false,
                time: at(1),
            };
            assert!(ledger([adopted]).standing(entry_now, target_now).is_some());
        }
    }
}

#[test]
fn c3_other_entries_and_other_pages_stay_others() {
    let ledger = ledger([
        intent("a", &[], 1),
        result(Some("a"), AttemptResult::Sent, 0, 2),
    ]);
    for (entry, target) in [
        ("https://me.example/2", T),
        ("https://me.example:8443/1", T),
        ("https://me.example/1#second", T),
        ("https://blog.me.example/1", T),
        ("https://me.example/1?p=2", T),
        ("https://me.example/1?n=12", T),
        ("https://me.example/?p=1", T),
        ("https://me.example/1.xml", T),
        ("https://me.example/html", T),
        ("https://me.example/1/1.html", T),
        ("https://me.example/%CC%81.html", T),
        (E, "https://b.example/X"),
        (E, "https://b.example/x?p=2"),
        (E, "https://b.example/x.html"),
        (E, "https://b.example/x/index.md"),
        (E, "https://c.example/x"),
    ] {
        assert_eq!(ledger.standing(entry, target), None, "{entry} {target}");
    }
}

#[test]
fn c3_two_ledgers_of_two_spellings_are_one_in_any_order() {
    let spelt = |entry: &str, target: &str, state, second| LedgerEvent::Result {
        entry: entry.to_owned(),
        target: target.to_owned(),
        ping_url: None,
        attempt: None,
        state,
        answer: None,
        tries: 0,
        next: None,
        not_before: None,
        asked: None,
        keys: LinkbackKeys::default(),
        time: at(second),
    };
    let old = spelt(
        "http://me.example/1",
        "http://www.b.example/x/",
        AttemptResult::Failed,
        1,
    );
    let new = spelt(
        "https://me.example/1/",
        "https://b.example/x",
        AttemptResult::Sent,
        2,
    );
    let forget = forget(Some("http://www.me.example/1"), None, 3);
    for events in [[&old, &new], [&new, &old]] {
        let ledger = ledger(events.into_iter().cloned());
        let links: Vec<_> = ledger.links().collect();
        let [(entry, target, standing)] = links.as_slice() else {
            panic!("{links:?}");
        };
        // The newest spelling is shown.
        assert_eq!(
            (*entry, *target),
            ("https://me.example/1/", "https://b.example/x")
        );
        assert_eq!(standing.state, LinkState::Sent);
    }
    assert_eq!(ledger([new, forget, old]).links().count(), 0);
    let absent = ledger([LedgerEvent::None {
        target: "http://b.example/y/".to_owned(),
        why: None,
        protocols: Vec::new(),
        time: at(1),
    }]);
    assert!(
        absent
            .absent("https://www.b.example/y", &[Protocol::TrackBack], at(2))
            .is_some()
    );
    assert!(absent.knows("https://b.example/y/").target);
}

proptest! {
    #![proptest_config(crate::proptest_config())]
    #[test]
    fn order_and_repetition_do_not_matter(events in events(), order in any::<prop::sample::Index>()) {
        let straight = ledger(events.clone());
        let mut turned = events.clone();
        if !turned.is_empty() {
            let places = turned.len();
            turned.rotate_left(order.index(places));
            turned.extend(events.into_iter().rev());
        }
        prop_assert_eq!(straight, ledger(turned));
    }

    #[test]
    fn an_open_attempt_or_a_success_is_never_due(events in events()) {
        let ledger = ledger(events.clone());
        let live = |second: &Timestamp| ledger.forgotten(&ledger.identity(E), &link_key(T)).is_none_or(|until| *second > until);
        let is_sent = events.iter().any(|event| matches!(event, LedgerEvent::Result { state: AttemptResult::Sent, time, entry, .. } if ledger.identity(entry) == ledger.identity(E) && live(time)));
        if is_sent {
            let state = ledger.standing(E, T).unwrap().state;
            prop_assert!(matches!(state, LinkState::Sent | LinkState::Uncertain), "{:?}", state);
        }
    }
}
