//! The store's promises, on a real file system.

use std::fs;
use std::io::Write;
use std::path::PathBuf;

use jiff::Timestamp;
use tb::internals::error::{Error, Refusal};
use tb::internals::store::{Arrival, Event, EventName, Received, State, Store, Which};
use tb::linkback::trackback::{Ping, TbId};

mod compaction;
mod purging;

struct Data {
    dir: tempfile::TempDir,
    store: Store,
    id: TbId,
}

impl Data {
    fn new() -> Data {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        Data {
            dir,
            store,
            id: TbId::new(b"entry").unwrap(),
        }
    }

    fn receive(&self, url: &str, title: &str, state: State) -> Result<Received, Error> {
        let ping = Ping {
            url: url.to_owned(),
            title: title.to_owned(),
            excerpt: String::new(),
            blog_name: String::new(),
        };
        let arrival = Arrival {
            time: now(),
            state,
            why: None,
            via: "trackback",
            from: Some("192.0.2.0/24".to_owned()),
            rest: serde_json::Map::new(),
        };
        self.store.begin(&self.id).unwrap().receive(
            &ping,
            &arrival,
            tb::internals::verify::repeat::resolve,
        )
    }

    fn file(&self) -> PathBuf {
        self.dir.path().join("entry.jsonl")
    }

    fn numbers(&self, which: Which) -> Vec<u64> {
        let pings = self.store.pings(&self.id).unwrap().unwrap();
        pings
            .newest(which, None, 1000)
            .unwrap()
            .iter()
            .map(|record| record.id)
            .collect()
    }
}

fn now() -> Timestamp {
    "2026-11-20T05:00:00Z".parse().unwrap()
}

#[test]
fn a_ping_is_one_line_in_a_private_file() {
    use std::os::unix::fs::MetadataExt;
    let data = Data::new();
    assert_eq!(
        data.receive("https://a/1", "t", State::Published).unwrap(),
        Received::New(1, State::Published)
    );
    let text = fs::read_to_string(data.file()).unwrap();
    assert_eq!(text.lines().count(), 1);
    assert!(text.ends_with('\n'));
    assert_eq!(fs::metadata(data.file()).unwrap().mode() & 0o777, 0o600);
}

#[test]
fn the_same_permalink_again_is_one_record_and_updates_its_text() {
    let data = Data::new();
    data.receive("https://a/1", "old", State::Published)
        .unwrap();
    let before = fs::read(data.file()).unwrap();
    assert_eq!(
        data.receive("https://a/1", "old", State::Published)
            .unwrap(),
        Received::Same(1, State::Published)
    );
    assert_eq!(fs::read(data.file()).unwrap(), before);
    assert_eq!(
        data.receive("https://a/1", "new", State::Published)
            .unwrap(),
        Received::Updated(1, State::Published)
    );
    let pings = data.store.pings(&data.id).unwrap().unwrap();
    assert_eq!(pings.count(Which::All).unwrap(), 1);
    let record = pings.get(1).unwrap().unwrap();
    assert_eq!(
        (record.title.as_str(), record.updated),
        ("new", Some(now()))
    );
}

#[test]
fn an_update_makes_a_ping_neither_more_nor_less_visible() {
    let data = Data::new();
    data.receive("https://a/1", "x", State::Held).unwrap();
    assert_eq!(
        data.receive("https://a/1", "y", State::Published).unwrap(),
        Received::Updated(1, State::Held)
    );
    data.store
        .begin(&data.id)
        .unwrap()
        .set_state(1, State::Published, None, now())
        .unwrap();
    assert_eq!(
        data.receive("https://a/1", "z", State::Held).unwrap(),
        Received::Kept(1, State::Published)
    );
    let pings = data.store.pings(&data.id).unwrap().unwrap();
    assert_eq!(pings.get(1).unwrap().unwrap().title, "y");
}

#[test]
fn a_deleted_ping_does_not_come_back_and_its_number_is_not_given_again() {
    let data = Data::new();
    data.receive("https://a/1", "x", State::Published).unwrap();
    data.store
        .begin(&data.id)
        .unwrap()
        .delete(1, None, now())
        .unwrap();
    let again = data.receive("https://a/1", "x", State::Published);
    assert!(
        matches!(again, Err(Error::Refused(Refusal::Withdrawn))),
        "{again:?}"
    );
    assert_eq!(
        data.receive("https://a/2", "x", State::Published).unwrap(),
        Received::New(2, State::Published)
    );
    let twice = data.store.begin(&data.id).unwrap().delete(1, None, now());
    assert!(
        matches!(twice, Err(Error::Refused(Refusal::NoSuchPing))),
        "{twice:?}"
    );
}

#[test]
fn when_the_numbers_are_used_up_no_ping_replaces_another() {
    let data = Data::new();
    data.receive("https://a/1", "x", State::Published).unwrap();
    let first = fs::read_to_string(data.file()).unwrap();
    let last = first.replace("\"id\":1,", &format!("\"id\":{},", u64::MAX));
    fs::write(data.file(), &last).unwrap();
    let refused = data.receive("https://a/2", "x", State::Published);
    assert!(matches!(refused, Err(Error::File { .. })), "{refused:?}");
    assert_eq!(fs::read_to_string(data.file()).unwrap(), last);
    assert_eq!(data.numbers(Which::All), [u64::MAX]);
}

#[test]
fn a_ping_behind_a_torn_line_is_seen_at_once() {
    let data = Data::new();
    for whole in ["", "{\"op\":\"like\",\"id\":1}\n"] {
        fs::write(data.file(), format!("{whole}{}", "torn ".repeat(200))).unwrap();
        let mut change = data.store.begin(&data.id).unwrap();
        let ping = Ping::new("https://a/1", "x", "", "").unwrap();
        let arrival = Arrival {
            time: now(),
            state: State::Published,
            why: None,
            via: "trackback",
            from: None,
            rest: serde_json::Map::new(),
        };
        change
            .receive(&ping, &arrival, tb::internals::verify::repeat::resolve)
            .unwrap();
        let pings = change.pings().unwrap();
        let newest = pings.newest(Which::Published, None, 1).unwrap();
        assert_eq!(newest[0].title, "x", "the static feed is written from this");
    }
}

#[test]
fn a_damaged_line_does_not_make_a_permalink_new_each_time() {
    let data = Data::new();
    data.receive("https://a/1", "x", State::Held).unwrap();
    let text = fs::read_to_string(data.file()).unwrap();
    fs::write(
        data.file(),
        text.replace("\"time\":\"2026", "\"time\":\"2�26"),
    )
    .unwrap();
    for again in [
        Received::New(2, State::Held),
        Received::Same(2, State::Held),
    ] {
        assert_eq!(
            data.receive("https://a/1", "x", State::Held).unwrap(),
            again
        );
    }
}

#[test]
fn a_file_cut_at_any_byte_is_repaired_to_its_whole_lines() {
    let data = Data::new();
    for n in 1..=3 {
        data.receive(&format!("https://a/{n}"), "título", State::Published)
            .unwrap();
    }
    let whole = fs::read(data.file()).unwrap();
    for cut in 0..=whole.len() {
        fs::write(data.file(), &whole[..cut]).unwrap();
        let lines = whole[..cut].iter().filter(|byte| **byte == b'\n').count();
        if let Some(pings) = data.store.pings(&data.id).unwrap() {
            assert_eq!(pings.count(Which::All).unwrap(), lines, "cut at {cut}");
        }
        let received = data
            .receive("https://a/new", "new", State::Published)
            .unwrap();
        assert_eq!(
            received,
            Received::New(lines as u64 + 1, State::Published),
            "cut at {cut}"
        );
        let text = fs::read_to_string(data.file()).unwrap();
        assert_eq!(text.lines().count(), lines + 1);
    }
    assert!(data.dir.path().join(".quarantine").exists());
}

#[test]
fn pages_go_back_and_forth_by_number() {
    let data = Data::new();
    for n in 1..=7 {
        data.receive(&format!("https://a/{n}"), "t", State::Published)
            .unwrap();
    }
    data.store
        .begin(&data.id)
        .unwrap()
        .delete(4, None, now())
        .unwrap();
    let pings = data.store.pings(&data.id).unwrap().unwrap();
    let ids = |records: Vec<tb::internals::store::Record>| {
        records.iter().map(|record| record.id).collect::<Vec<_>>()
    };
    assert_eq!(ids(pings.newest(Which::All, None, 3).unwrap()), [7, 6, 5]);
    assert_eq!(
        ids(pings.newest(Which::All, Some(5), 3).unwrap()),
        [3, 2, 1]
    );
    assert_eq!(ids(pings.next_newer(Which::All, 3, 3).unwrap()), [7, 6, 5]);
    assert_eq!(data.numbers(Which::All).len(), 6);
}

#[test]
fn the_newest_pings_of_all_ids_are_remembered_without_opening_all() {
    let data = Data::new();
    data.receive("https://a/1", "one", State::Published)
        .unwrap();
    data.receive("https://a/2", "two", State::Held).unwrap();
    let titles = || {
        let recent = data.store.recent(15).unwrap();
        recent
            .into_iter()
            .map(|(_, record)| record.title)
            .collect::<Vec<_>>()
    };
    assert_eq!(titles(), ["one"]);
    data.store
        .begin(&data.id)
        .unwrap()
        .set_state(2, State::Published, None, now())
        .unwrap();
    assert_eq!(titles(), ["two", "one"]);
    data.store
        .begin(&data.id)
        .unwrap()
        .set_state(2, State::Junk, None, now())
        .unwrap();
    for _ in 0..10_000 {
        data.store.remember(&data.id, 1).unwrap();
    }
    assert_eq!(titles(), ["one"]);
    assert!(fs::metadata(data.dir.path().join(".recent")).unwrap().len() <= 66_000);
}

#[test]
fn a_torn_line_of_the_log_or_of_the_newest_does_not_spoil_the_next() {
    let data = Data::new();
    data.receive("https://a/1", "one", State::Published)
        .unwrap();
    let (log, recent) = (
        data.dir.path().join(".log"),
        data.dir.path().join(".recent"),
    );
    // As a power cut leaves files that are not synced: ext4 gives back NUL bytes.
    fs::write(&log, b"{\"time\":\"2026\0\0\0\0").unwrap();
    fs::write(&recent, b"entry 1\nent\0\0\0").unwrap();
    data.store.log(&Event::new(now(), EventName::Received));
    data.receive("https://a/2", "two", State::Published)
        .unwrap();
    data.store.log(&Event::new(now(), EventName::Received));
    let text = fs::read_to_string(&log).unwrap();
    let whole = text
        .lines()
        .filter(|line| serde_json::from_str::<serde_json::Value>(line).is_ok());
    assert_eq!((whole.count(), text.lines().count()), (2, 3), "{text:?}");
    let recent = data.store.recent(15).unwrap();
    let titles: Vec<&str> = recent.iter().map(|(_, ping)| ping.title.as_str()).collect();
    assert_eq!(titles, ["two", "one"]);
}

#[test]
fn s5_sessions_end_with_the_epoch() {
    let data = Data::new();
    assert_eq!(data.store.secret().unwrap(), None);
    let first = data.store.make_secret().unwrap();
    assert_eq!(data.store.make_secret().unwrap(), first);
    data.store.next_epoch().unwrap();
    let second = data.store.secret().unwrap().unwrap();
    assert_eq!((second.key, second.epoch), (first.key, first.epoch + 1));
}
