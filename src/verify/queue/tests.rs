//! The queue, read and written, whatever happens to it.

use super::*;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).unwrap()
}

fn key(id: &str, number: u64) -> PingKey {
    (TbId::new(id.as_bytes()).unwrap(), number)
}

fn store() -> (tempfile::TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    (dir, store)
}

/// What a search of all ids found.
fn found<const N: usize>(missing: [(PingKey, Timestamp); N]) -> MissingPings {
    MissingPings {
        missing: missing.into(),
        unread: None,
    }
}

fn needs_search(store: &Store, now: Timestamp) -> bool {
    load(store).unwrap().needs_search(now)
}

fn due(store: &Store, now: Timestamp) -> Vec<PingKey> {
    let queue = load(store).unwrap();
    queue.due(now).map(|(key, _)| key.clone()).collect()
}

#[test]
fn the_last_line_about_a_ping_counts() {
    let (_dir, store) = store();
    let (cats, dogs) = (key("cats", 1), key("dogs", 7));
    add(&store, &cats.0, 1, at(5)).unwrap();
    add(&store, &dogs.0, 7, at(0)).unwrap();
    assert_eq!(due(&store, at(9)), [dogs.clone(), cats.clone()]);
    let AfterFailure::Retry(later) = QueueItem::new(at(9)).failed(at(9)) else {
        panic!()
    };
    put(&store, &dogs, Some(later)).unwrap();
    put(&store, &cats, None).unwrap();
    assert_eq!(due(&store, at(608)), []);
    assert_eq!(due(&store, at(609)).first(), Some(&dogs));
    assert_eq!(load(&store).unwrap().get(&dogs), Some(later));
}

#[test]
fn a_torn_or_foreign_line_costs_itself_and_calls_for_a_search() {
    let (dir, store) = store();
    add(&store, &key("cats", 1).0, 1, at(0)).unwrap();
    compact(&store, Some((at(0), &found([(key("dogs", 2), at(0))])))).unwrap();
    assert!(!load(&store).unwrap().needs_search(at(1)));
    let whole = std::fs::read(dir.path().join(".queue")).unwrap();
    for garbage in [
        b"{\"tb_id\":\"x".as_slice(),
        b"\0\0\0\0\n",
        b"\xFF\n",
        b"{\"tb_id\":\"../x\",\"number\":1}\n",
        b"{}\n",
    ] {
        std::fs::write(dir.path().join(".queue"), [&whole, garbage].concat()).unwrap();
        assert_eq!(due(&store, at(0)), [key("cats", 1), key("dogs", 2)]);
        assert!(load(&store).unwrap().needs_search(at(1)), "{garbage:?}");
        add(&store, &key("owls", 3).0, 3, at(0)).unwrap();
        assert_eq!(due(&store, at(0)).len(), 3);
    }
    compact(&store, Some((at(2), &found([])))).unwrap();
    assert!(!load(&store).unwrap().needs_search(at(2)));
    assert_eq!(due(&store, at(2)).len(), 3);
}

#[test]
fn all_pings_are_looked_through_once_a_day_whatever_the_clock_does() {
    let (_dir, store) = store();
    assert!(needs_search(&store, at(0)));
    compact(&store, Some((at(0), &found([])))).unwrap();
    assert!(!needs_search(&store, at(0)));
    assert!(!needs_search(&store, at(86_399)) && needs_search(&store, at(86_400)));
    assert!(needs_search(&store, at(-86_400)));
    assert_eq!(load(&store).unwrap().next(at(10)), at(86_400));
    let unread = MissingPings {
        missing: Vec::new(),
        unread: Some(Error::Usage("an id".to_owned())),
    };
    compact(&store, Some((at(0), &unread))).unwrap();
    assert!(!needs_search(&store, at(599)) && needs_search(&store, at(600)));
}

#[test]
fn a_page_is_tried_again_four_times() {
    let mut item = QueueItem::new(at(0));
    let mut waited = Vec::new();
    while let AfterFailure::Retry(next) = item.failed(item.next) {
        waited.push(next.next.duration_since(item.next).as_mins());
        item = next;
    }
    assert_eq!(waited, [10, 60, 360, 1440]);
}

#[test]
fn a_page_is_gone_when_it_was_so_three_times_over_a_week() {
    let day = 86_400;
    let mut item = QueueItem::new(at(0));
    for time in [0, 60, 120, 180] {
        let AfterFailure::Retry(next) = item.gone(at(time)) else {
            panic!("gone after {time} s")
        };
        item = next;
    }
    assert_eq!(item.gone(at(7 * day)), AfterFailure::GiveUp);
    let AfterFailure::Retry(twice) = QueueItem::new(at(0)).gone(at(0)) else {
        panic!()
    };
    assert!(matches!(twice.gone(at(8 * day)), AfterFailure::Retry(_)));
    // A clock that has jumped back begins anew.
    let AfterFailure::Retry(anew) = item.gone(at(-day)) else {
        panic!()
    };
    assert_eq!(anew.gone, Some((1, at(-day))));
    assert!(item.is_due(at(-30 * day)));
}

#[test]
fn s7_the_file_stays_small() {
    let (dir, store) = store();
    let size = || std::fs::metadata(dir.path().join(".queue")).unwrap().len();
    for number in 0..1_000 {
        put(
            &store,
            &key("cats", number % 3),
            Some(QueueItem::new(at(0))),
        )
        .unwrap();
    }
    let before = size();
    compact(&store, None).unwrap();
    assert!(size() < before / 100);
    let line = b"{\"tb_id\":\"cats\",\"number\":1,\"next\":\"2026-11-20T05:00:00Z\"}\n";
    std::fs::write(dir.path().join(".queue"), line.repeat(90_000)).unwrap();
    let before = size();
    add(&store, &key("dogs", 1).0, 1, at(0)).unwrap();
    assert_eq!(size(), before);
    compact(&store, None).unwrap();
    assert!(size() < 1_000);
}

proptest::proptest! {
    #![proptest_config(crate::proptest_config())]
    #[test]
    fn no_bytes_make_the_reader_panic(bytes in "(?s)(\\{\"tb_id\":\"a\",\"number\":[0-9]{1,20}(,\"(tries|gone)\":-?[0-9]{1,12})?(,\"(next|since)\":\"[-0-9T:Z]{1,24}\")?\\}\n|.|\n){0,20}") {
        let queue = Queue::parse(bytes.as_bytes());
        assert!(queue.due(at(0)).count() <= queue.items.len());
        assert!(queue.next(at(0)) >= Timestamp::MIN);
    }
}
