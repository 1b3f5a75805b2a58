//! A purge takes junk away and leaves nothing but the certainty that no number is given twice.

use tb::internals::store::ReasonKind;

use super::*;

fn purge(data: &Data, numbers: &[u64]) {
    let mut change = data.store.begin(&data.id).unwrap();
    change.purge(numbers, now()).unwrap();
    change.maintain().unwrap();
}

fn lines(data: &Data) -> usize {
    fs::read_to_string(data.file()).unwrap().lines().count()
}

/// So many lines that say nothing any more that the next change rewrites the file.
fn add_dead_lines(data: &Data, number: u64) {
    let mut change = data.store.begin(&data.id).unwrap();
    for turn in 0..100 {
        let to = [State::Published, State::Junk][turn % 2];
        change.set_state(number, to, None, now()).unwrap();
    }
    change.maintain().unwrap();
}

#[test]
fn a_purged_ping_is_gone_and_its_permalink_may_ping_again() {
    let data = Data::new();
    for n in 1..=3 {
        data.receive(&format!("https://a/{n}"), "t", State::Junk)
            .unwrap();
    }
    purge(&data, &[2, 3, 7]);
    assert_eq!(lines(&data), 5, "a number that no ping has makes no line");
    assert_eq!(data.numbers(Which::All), [1]);
    let pings = data.store.pings(&data.id).unwrap().unwrap();
    assert_eq!(pings.get(2).unwrap(), None);
    assert_eq!(pings.tally().unwrap().deleted, 0);
    assert_eq!(
        data.receive("https://a/3", "t", State::Held).unwrap(),
        Received::New(4, State::Held)
    );
    assert_eq!(
        data.receive("https://a/3", "t", State::Held).unwrap(),
        Received::Same(4, State::Held)
    );
    let mut change = data.store.begin(&data.id).unwrap();
    let gone = [
        change.delete(2, None, now()),
        change.set_state(2, State::Held, None, now()),
    ];
    for outcome in gone {
        assert!(
            matches!(outcome, Err(Error::Refused(Refusal::NoSuchPing))),
            "{outcome:?}"
        );
    }
}

#[test]
fn a_number_is_never_given_again_after_purge_and_compaction() {
    let data = Data::new();
    for n in 1..=200 {
        data.receive(&format!("https://a/{n}"), "t", State::Junk)
            .unwrap();
    }
    purge(&data, &(1..=199).collect::<Vec<_>>());
    assert_eq!(lines(&data), 1, "it was compacted to the one that is left");
    purge(&data, &[200]);
    assert_eq!(
        data.receive("https://a/9", "t", State::Held).unwrap(),
        Received::New(201, State::Held)
    );
    purge(&data, &[201]);
    for turn in 0..4 {
        let number = 202 + turn;
        let url = format!("https://b/{turn}");
        assert_eq!(
            data.receive(&url, "t", State::Junk).unwrap(),
            Received::New(number, State::Junk)
        );
        add_dead_lines(&data, number);
        purge(&data, &[number]);
        let text = fs::read_to_string(data.file()).unwrap();
        // Whatever else is dead goes at the next compaction.
        assert!(
            text.contains(&format!("{{\"op\":\"purge\",\"id\":{number},")),
            "{text}"
        );
    }
    let dead = "{\"op\":\"state\",\"id\":7,\"time\":\"2026-11-20T05:00:00Z\",\"to\":\"held\"}\n"
        .repeat(100);
    let text = fs::read_to_string(data.file()).unwrap();
    fs::write(data.file(), text + &dead).unwrap();
    data.store.begin(&data.id).unwrap().maintain().unwrap();
    let text = fs::read_to_string(data.file()).unwrap();
    assert_eq!(
        text,
        "{\"op\":\"purge\",\"id\":205,\"time\":\"2026-11-20T05:00:00Z\"}\n"
    );
    data.store.begin(&data.id).unwrap().maintain().unwrap();
    assert_eq!(fs::read_to_string(data.file()).unwrap(), text);
    assert_eq!(
        data.receive("https://a/1", "t", State::Held).unwrap(),
        Received::New(206, State::Held)
    );
}

#[test]
fn compaction_keeps_when_a_ping_became_junk() {
    let data = Data::new();
    data.receive("https://a/1", "t", State::Published).unwrap();
    add_dead_lines(&data, 1);
    let later = "2026-11-25T05:00:00Z".parse().unwrap();
    let mut change = data.store.begin(&data.id).unwrap();
    change
        .junk_all(&[1, 5], &ReasonKind::Score.into(), later)
        .unwrap();
    drop(change);
    let of = |data: &Data| {
        data.store
            .pings(&data.id)
            .unwrap()
            .unwrap()
            .get(1)
            .unwrap()
            .unwrap()
    };
    assert_eq!(
        (of(&data).since, of(&data).reason()),
        (Some(later), Some(ReasonKind::Score))
    );
    let dead = "{\"op\":\"state\",\"id\":7,\"time\":\"2026-11-20T05:00:00Z\",\"to\":\"held\"}\n"
        .repeat(100);
    let text = fs::read_to_string(data.file()).unwrap();
    fs::write(data.file(), text + &dead).unwrap();
    let before = of(&data);
    data.store.begin(&data.id).unwrap().maintain().unwrap();
    assert_eq!(lines(&data), 1);
    assert_eq!(of(&data), before);
}

#[test]
fn a_tombstone_outlasts_a_purge_and_a_purge_no_tombstone() {
    let data = Data::new();
    data.receive("https://a/1", "t", State::Held).unwrap();
    data.receive("https://a/2", "t", State::Held).unwrap();
    let mut change = data.store.begin(&data.id).unwrap();
    change.delete(1, None, now()).unwrap();
    drop(change);
    // By hand: a purge of what is deleted, and a tombstone of what is purged.
    let text = fs::read_to_string(data.file()).unwrap();
    let by_hand = "{\"op\":\"purge\",\"id\":1,\"time\":\"2026-11-20T05:00:00Z\"}\n\
                   {\"op\":\"purge\",\"id\":2,\"time\":\"2026-11-20T05:00:00Z\"}\n\
                   {\"op\":\"delete\",\"id\":2,\"time\":\"2026-11-20T05:00:00Z\"}\n";
    let dead = "{\"op\":\"state\",\"id\":7,\"time\":\"2026-11-20T05:00:00Z\",\"to\":\"held\"}\n"
        .repeat(100);
    fs::write(data.file(), text + by_hand + &dead).unwrap();
    for turn in 0..2 {
        for n in 1..=2 {
            let again = data.receive(&format!("https://a/{n}"), "t", State::Held);
            let withdrawn = matches!(again, Err(Error::Refused(Refusal::Withdrawn)));
            assert!(withdrawn, "{n}, turn {turn}: {again:?}");
        }
        data.store.begin(&data.id).unwrap().maintain().unwrap();
        assert_eq!(lines(&data), 2);
    }
}

#[test]
fn two_pings_of_one_permalink_are_not_forgotten_together() {
    let data = Data::new();
    data.receive("https://a/1", "t", State::Junk).unwrap();
    // Only a hand can write this.
    let text = fs::read_to_string(data.file()).unwrap();
    fs::write(
        data.file(),
        format!("{text}{}", text.replace("\"id\":1", "\"id\":2")),
    )
    .unwrap();
    purge(&data, &[1]);
    assert_eq!(
        data.receive("https://a/1", "t", State::Junk).unwrap(),
        Received::Same(2, State::Junk)
    );
}
