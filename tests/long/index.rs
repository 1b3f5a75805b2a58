//! The index of a large file: whatever happens to it, the answers are those of the file.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::symlink;
use std::path::PathBuf;

use jiff::Timestamp;
use proptest::prelude::*;
use tb::internals::error::{Error, Refusal};
use tb::internals::store::{Arrival, ReasonKind, Received, State, Store, Which};
use tb::linkback::trackback::{Ping, TbId};

const PINGS: u64 = 3_000;
/// The sender's, who may change the text of a ping.
const NETWORK: &str = "203.0.113.0/24";

struct Data {
    dir: tempfile::TempDir,
    store: Store,
    id: TbId,
}

fn now() -> Timestamp {
    "2026-11-20T05:00:00Z".parse().unwrap()
}

fn permalink(number: u64) -> String {
    format!("https://weblog.example/{number}")
}

impl Data {
    /// An id with so many pings that each has 200 bytes and more.
    fn with(pings: u64) -> Data {
        let dir = tempfile::tempdir().unwrap();
        let mut file = fs::File::create(dir.path().join("entry.jsonl")).unwrap();
        let excerpt = "word ".repeat(30);
        for number in 1..=pings {
            let url = permalink(number);
            writeln!(
                file,
                "{{\"op\":\"ping\",\"id\":{number},\"time\":\"2026-11-20T05:00:00Z\",\"url\":\"{url}\",\"title\":\"t{number}\",\
                 \"excerpt\":\"{excerpt}\",\"blog_name\":\"\",\"state\":\"published\",\"via\":\"trackback\",\"from\":\"{NETWORK}\"}}"
            )
            .unwrap();
        }
        let store = Store::open(dir.path()).unwrap();
        let id = TbId::new(b"entry").unwrap();
        Data { dir, store, id }
    }

    fn index(&self) -> PathBuf {
        self.dir.path().join(".entry.idx")
    }

    fn receive(&self, url: &str, title: &str) -> Result<Received, Error> {
        let ping = Ping {
            url: url.to_owned(),
            title: title.to_owned(),
            excerpt: String::new(),
            blog_name: String::new(),
        };
        // Some pages like the entry.
        let (via, kind) = match url.ends_with("33") {
            true => ("webmention", Some(("kind".to_owned(), "like".into()))),
            false => ("trackback", None),
        };
        let arrival = Arrival {
            time: now(),
            state: State::Published,
            why: None,
            via,
            from: Some(NETWORK.to_owned()),
            rest: kind.into_iter().collect(),
        };
        let mut change = self.store.begin(&self.id).unwrap();
        let received = change.receive(&ping, &arrival, tb::internals::verify::repeat::resolve);
        // A file that cannot have an index does without.
        change.maintain().ok();
        received
    }

    fn delete(&self, number: u64) -> Result<(), Error> {
        let mut change = self.store.begin(&self.id).unwrap();
        let deleted = change.delete(number, None, now());
        change.maintain().unwrap();
        deleted
    }

    fn set_state(&self, number: u64, to: State) -> Result<(), Error> {
        let mut change = self.store.begin(&self.id).unwrap();
        let set = change.set_state(number, to, Some(&ReasonKind::Owner.into()), now());
        change.maintain().unwrap();
        set
    }

    fn purge(&self, numbers: &[u64]) {
        let mut change = self.store.begin(&self.id).unwrap();
        change.purge(numbers, now()).unwrap();
        change.maintain().unwrap();
    }

    /// Everything that can be asked, as one text.
    fn answers(&self) -> String {
        let pings = self.store.pings(&self.id).unwrap().unwrap();
        let lines = |which, before| {
            let records = pings.newest(which, before, 60).unwrap();
            records
                .iter()
                .map(|r| format!("{} {} {:?} {:?};", r.id, r.title, r.state, r.why))
                .collect::<String>()
        };
        let newer: Vec<u64> = pings
            .next_newer(Which::All, 50, 60)
            .unwrap()
            .iter()
            .map(|r| r.id)
            .collect();
        let gets: Vec<_> = (1..40)
            .map(|step| {
                pings
                    .get(step * 77)
                    .unwrap()
                    .map(|r| (r.id, r.url, r.state))
            })
            .collect();
        format!(
            "{}\n{}\n{}\n{newer:?}\n{gets:?}\n{} {} {}",
            lines(Which::All, None),
            lines(Which::Published, Some(1_500)),
            lines(Which::In(State::Junk), None),
            pings.count(Which::All).unwrap(),
            pings.count(Which::Published).unwrap(),
            pings.count(Which::In(State::Junk)).unwrap(),
        ) + &format!(
            " {} {:?}",
            lines(Which::InFull, None),
            (pings.has_reactions(), pings.kinds(3).unwrap())
        )
    }
}

/// An id with an index that has seen every kind of change.
fn changed() -> Data {
    let data = Data::with(PINGS);
    for number in [3, 77, 1_499, 2_999] {
        data.delete(number).unwrap();
    }
    for number in [5, 154, 1_498, 3_000] {
        data.set_state(number, State::Junk).unwrap();
    }
    data.receive(&permalink(231), "another title").unwrap();
    data.purge(&[9, 308, 1_497, 2_998, 9_999]);
    for number in 0..200 {
        data.receive(
            &format!("https://diary.example/{number}"),
            &"long ".repeat(40),
        )
        .unwrap();
    }
    data
}

#[test]
fn a_large_file_gets_an_index_and_a_small_one_none() {
    let small = Data::with(20);
    small.receive("https://a.example/", "t").unwrap();
    assert!(!small.index().exists());
    let large = Data::with(PINGS);
    let plain = large.answers();
    assert!(!large.index().exists(), "a read makes no file");
    assert!(large.delete(PINGS + 1).is_err());
    assert!(large.index().exists());
    assert_eq!(large.answers(), plain);
}

#[test]
fn with_and_without_the_index_the_answers_are_the_same() {
    let data = changed();
    let answers = data.answers();
    assert!(data.index().exists());
    fs::remove_file(data.index()).unwrap();
    assert_eq!(data.answers(), answers);
}

#[test]
fn through_the_index_a_permalink_is_known_and_a_deleted_one_stays_away() {
    let data = changed();
    assert_eq!(
        data.receive(&permalink(2_000), "another").unwrap(),
        Received::Updated(2_000, State::Published)
    );
    assert_eq!(
        data.receive(&permalink(2_000), "another").unwrap(),
        Received::Same(2_000, State::Published)
    );
    for number in [3, 2_999] {
        let again = data.receive(&permalink(number), "t");
        assert!(
            matches!(again, Err(Error::Refused(Refusal::Withdrawn))),
            "{again:?}"
        );
    }
    assert_eq!(
        data.receive("https://new.example/", "t").unwrap(),
        Received::New(3_201, State::Published)
    );
    // That of a purged one may come again, once.
    assert_eq!(
        data.receive(&permalink(308), "t").unwrap(),
        Received::New(3_202, State::Published)
    );
    assert_eq!(
        data.receive(&permalink(308), "t").unwrap(),
        Received::Same(3_202, State::Published)
    );
}

#[test]
fn an_index_that_is_torn_stale_or_foreign_changes_no_answer() {
    let data = changed();
    let answers = data.answers();
    let whole = fs::read(data.index()).unwrap();
    let file = fs::read(data.dir.path().join("entry.jsonl")).unwrap();
    let other = Data::with(PINGS + 7);
    other.receive("https://a.example/", "t").unwrap();
    let foreign = fs::read(other.index()).unwrap();
    let mut wrongs: Vec<Vec<u8>> = vec![
        Vec::new(),
        foreign,
        vec![0; whole.len()],
        vec![0xFF; whole.len()],
    ];
    for block in (0..whole.len() / 4096).step_by(2) {
        let at = block * 4096;
        let mut zeroed = whole.clone();
        zeroed[at..at + 4096].fill(0);
        let mut flipped = whole.clone();
        flipped[at + 137] ^= 0x10;
        wrongs.extend([
            zeroed,
            flipped,
            whole[..at].to_vec(),
            whole[..at + 100].to_vec(),
        ]);
    }
    // The index before the last 200 pings came.
    let stale = Data::with(PINGS);
    stale.receive(&permalink(1), "t1").unwrap();
    let before = fs::read(stale.index()).unwrap();
    let restore = |index: &[u8]| {
        fs::write(data.dir.path().join("entry.jsonl"), &file).unwrap();
        fs::write(data.index(), index).unwrap();
    };
    wrongs.push(before);
    for (case, wrong) in wrongs.iter().enumerate() {
        restore(wrong);
        assert_eq!(data.answers(), answers, "case {case}");
        let again = data.receive(&permalink(1_499), "t");
        assert!(
            matches!(again, Err(Error::Refused(Refusal::Withdrawn))),
            "case {case}: {again:?}"
        );
        assert_eq!(
            data.receive(&permalink(2_001), "another").unwrap(),
            Received::Updated(2_001, State::Published),
            "case {case}"
        );
        assert_eq!(
            data.receive("https://new.example/", "t").unwrap(),
            Received::New(3_201, State::Published),
            "case {case}"
        );
        assert_eq!(
            data.receive("https://new.example/", "t").unwrap(),
            Received::Same(3_201, State::Published),
            "case {case}"
        );
    }
}

#[test]
fn s2_what_is_planted_at_the_indexs_name_is_left_alone() {
    let data = Data::with(PINGS);
    fs::write(data.dir.path().join("victim"), "kept").unwrap();
    symlink("victim", data.index()).unwrap();
    symlink("victim", data.dir.path().join(".entry.idx.tmp")).unwrap();
    let answers = data.answers();
    assert_eq!(
        data.receive("https://new.example/", "t").unwrap(),
        Received::New(3_001, State::Published)
    );
    assert_ne!(data.answers(), answers);
    assert_eq!(
        fs::read_to_string(data.dir.path().join("victim")).unwrap(),
        "kept"
    );
}

#[test]
fn an_edited_file_is_believed_and_not_its_index() {
    let data = changed();
    let path = data.dir.path().join("entry.jsonl");
    let text = fs::read_to_string(&path).unwrap();
    // The owner takes a line out by hand, in place.
    let without: String = text
        .lines()
        .filter(|line| !line.contains("\"t1000\""))
        .map(|line| format!("{line}\n"))
        .collect();
    fs::write(&path, without).unwrap();
    let pings = data.store.pings(&data.id).unwrap().unwrap();
    assert_eq!(pings.get(1_000).unwrap(), None);
    assert_eq!(pings.get(1_001).unwrap().unwrap().title, "t1001");
}

#[test]
fn compaction_of_a_large_file_drops_its_index_until_the_next_writer() {
    let data = Data::with(400);
    for number in 1..=399 {
        data.delete(number).unwrap();
    }
    assert_eq!(
        data.receive("https://new.example/", "t").unwrap(),
        Received::New(401, State::Published)
    );
    let pings = data.store.pings(&data.id).unwrap().unwrap();
    assert_eq!(pings.count(Which::All).unwrap(), 2);
    assert!(matches!(
        data.receive(&permalink(7), "t"),
        Err(Error::Refused(Refusal::Withdrawn))
    ));
}

#[test]
fn s7_a_number_written_by_hand_makes_no_index_without_end() {
    let data = Data::with(PINGS);
    let path = data.dir.path().join("entry.jsonl");
    let text = fs::read_to_string(&path).unwrap();
    let far = text
        .lines()
        .last()
        .unwrap()
        .replace("\"id\":3000", "\"id\":1000000000000");
    fs::write(&path, format!("{text}{}\n", far.replace("/3000", "/far"))).unwrap();
    assert_eq!(
        data.receive("https://new.example/", "t").unwrap(),
        Received::New(1_000_000_000_001, State::Published)
    );
    assert!(!data.index().exists());
    assert_eq!(
        data.store
            .pings(&data.id)
            .unwrap()
            .unwrap()
            .count(Which::All)
            .unwrap(),
        3_002
    );
}

#[derive(Debug, Clone)]
enum Action {
    Receive(u64, u8),
    Delete(u64),
    SetState(u64, State),
    Purge(u64),
    Forget,
}

fn action() -> impl Strategy<Value = Action> {
    let state = prop_oneof![Just(State::Published), Just(State::Held), Just(State::Junk)];
    prop_oneof![
        6 => (1..450u64, 0..3u8).prop_map(|(number, title)| Action::Receive(number, title)),
        3 => (1..420u64).prop_map(Action::Delete),
        3 => (1..420u64, state).prop_map(|(number, state)| Action::SetState(number, state)),
        2 => (1..440u64).prop_map(Action::Purge),
        1 => Just(Action::Forget),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Two ids with the same history, one whose index is thrown away before each action.
    #[test]
    fn an_index_is_never_noticed(actions in proptest::collection::vec(action(), 1..120)) {
        let (with, without) = (Data::with(400), Data::with(400));
        for action in actions {
            fs::remove_file(without.index()).ok();
            let [a, b] = [&with, &without].map(|data| match &action {
                Action::Receive(number, title) => format!("{:?}", data.receive(&permalink(*number), &"x".repeat(usize::from(*title) * 100 + 1))),
                Action::Delete(number) => format!("{:?}", data.delete(*number)),
                Action::SetState(number, state) => format!("{:?}", data.set_state(*number, *state)),
                Action::Purge(from) => format!("{:?}", data.purge(&(*from..from + 9).collect::<Vec<_>>())),
                Action::Forget => String::new(),
            });
            prop_assert_eq!(a, b);
        }
        fs::remove_file(without.index()).ok();
        prop_assert_eq!(with.answers(), without.answers());
        let read = |data: &Data| fs::read_to_string(data.dir.path().join("entry.jsonl")).unwrap();
        prop_assert_eq!(read(&with), read(&without));
    }
}
