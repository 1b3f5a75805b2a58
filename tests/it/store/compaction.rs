//! A file is rewritten without its dead lines: nothing that is still true goes with them.

use tb::internals::store::{Reason, Transaction};

use super::*;

/// Publishes a ping and junks it in turn.
fn toggle(change: &mut Transaction<'_>, number: u64, turns: usize, why: Option<&Reason>) {
    for turn in 0..turns {
        let to = if turn % 2 == 0 {
            State::Published
        } else {
            State::Junk
        };
        change.set_state(number, to, why, now()).unwrap();
    }
}

#[test]
fn compaction_drops_dead_lines_and_keeps_every_living_fact() {
    let data = Data::new();
    for n in 1..=40 {
        data.receive(&format!("https://a/{n}"), "t", State::Held)
            .unwrap();
    }
    let future = b"{\"op\":\"like\",\"id\":7}\n";
    fs::OpenOptions::new()
        .append(true)
        .open(data.file())
        .unwrap()
        .write_all(future)
        .unwrap();
    let mut change = data.store.begin(&data.id).unwrap();
    change.delete(5, None, now()).unwrap();
    toggle(&mut change, 9, 120, Some(&Reason::parse("by-hand")));
    change.maintain().unwrap();
    let text = fs::read_to_string(data.file()).unwrap();
    assert_eq!(
        text.lines().count(),
        39 + 1 + 1,
        "39 pings, a tombstone, a line of a newer version"
    );
    assert!(text.contains("\"op\":\"like\""));
    let pings = data.store.pings(&data.id).unwrap().unwrap();
    let ninth = pings.get(9).unwrap().unwrap();
    assert_eq!(
        (ninth.state, ninth.why),
        (State::Junk, Some(Reason::parse("by-hand")))
    );
    assert!(matches!(
        data.receive("https://a/5", "t", State::Held),
        Err(Error::Refused(Refusal::Withdrawn))
    ));
    assert_eq!(
        data.receive("https://a/41", "t", State::Held).unwrap(),
        Received::New(41, State::Held)
    );
}

#[test]
fn compaction_keeps_what_only_a_newer_version_can_read() {
    let data = Data::new();
    let newer = "{\"op\":\"ping\",\"id\":1,\"url\":\"https://a/1\",\"state\":\"held\",\"when\":5}\n\
                 {\"op\":\"delete\",\"id\":2,\"url\":\"https://a/2\"}\n";
    fs::write(data.file(), newer).unwrap();
    let mut change = data.store.begin(&data.id).unwrap();
    toggle(&mut change, 1, 100, None);
    change.maintain().unwrap();
    let text = fs::read_to_string(data.file()).unwrap();
    assert_eq!(text.lines().count(), 3, "a ping, its state, a tombstone");
    assert!(text.starts_with(newer.lines().next().unwrap()));
    assert!(text.contains("\"to\":\"junk\"") && text.contains("https://a/2"));
}

#[test]
fn compaction_keeps_a_deleted_ping_from_coming_back_whose_tombstone_has_no_hash() {
    let data = Data::new();
    data.receive("https://a/1", "x", State::Held).unwrap();
    data.receive("https://a/2", "x", State::Held).unwrap();
    let text = fs::read_to_string(data.file()).unwrap();
    let tombstone = "{\"op\":\"delete\",\"id\":1,\"by\":\"hand\"}\n";
    fs::write(data.file(), text + tombstone).unwrap();
    let mut change = data.store.begin(&data.id).unwrap();
    toggle(&mut change, 2, 100, None);
    change.maintain().unwrap();
    let text = fs::read_to_string(data.file()).unwrap();
    assert_eq!(text.lines().count(), 2);
    assert!(text.contains("\"by\":\"hand\"") && !text.contains("https://a/1"));
    let again = data.receive("https://a/1", "x", State::Held);
    assert!(
        matches!(again, Err(Error::Refused(Refusal::Withdrawn))),
        "{again:?}"
    );
}
