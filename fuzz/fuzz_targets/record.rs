//! Any bytes as a file of pings: read, repaired, added to, changed and compacted.
//!
//! The reader of lines is private, so this goes through a file and the store: slower by some system calls
//! in memory, and it shows what the reader is for.
#![no_main]

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use tb::internals::error::{Error, Refusal};
use tb::internals::store::{Arrival, Pings, Received, Record, State, Store, Transaction, Which};
use tb::linkback::trackback::{Ping, TbId};
use tb_fuzz::{empty, replace_text, scratch};
use tempfile::TempDir;

static FOLDER: LazyLock<TempDir> = LazyLock::new(scratch);

fuzz_target!(|data: &[u8]| {
    let folder = FOLDER.path();
    empty(folder);
    let path = folder.join("a.jsonl");
    fs::write(&path, data).expect("the file is written");
    let store = Store::open(folder).expect("the folder is opened");
    let id = TbId::new(b"a").expect("an id");
    let before = read(&store, &id);

    let mut transaction = store.begin(&id).expect("any file is repaired");
    let whole = data
        .iter()
        .rposition(|&byte| byte == b'\n')
        .map_or(0, |at| at + 1);
    assert_eq!(
        fs::read(&path).expect("it is read"),
        data[..whole],
        "more than a torn line is cut off"
    );
    let whole = listed(transaction.pings());
    assert_eq!(shown(&whole), before);

    let after = receive(&mut transaction, &path, &whole);
    let withdrawn = is_withdrawn(&mut transaction);
    let highest = after.first().map_or(0, |record| record.id);
    let after = change(&mut transaction, after);
    transaction.maintain().expect("it is compacted");
    assert_eq!(
        read(&store, &id),
        shown(&after),
        "upkeep changes what is seen"
    );
    let mut transaction = store.begin(&id).expect("the file is whole");
    if let Ok(Received::New(number, _)) = send(&mut transaction) {
        assert!(number > highest, "a number is given again");
    }
    drop(transaction);
    if withdrawn {
        let mut transaction = store.begin(&id).expect("the file is whole");
        assert!(is_withdrawn(&mut transaction), "a deleted ping comes back");
    }
});

/// Receives a ping and returns what must be listed then.
fn receive(transaction: &mut Transaction<'_>, path: &Path, before: &[Record]) -> Vec<Record> {
    let old = fs::read(path).expect("it is read");
    let received = send(transaction);
    let now = fs::read(path).expect("it is read");
    assert!(now.starts_with(&old), "a line is changed");
    let after = listed(transaction.pings());
    let number = match received {
        Ok(Received::Same(..)) | Err(Error::Refused(Refusal::Withdrawn)) => {
            assert_eq!(now, old);
            assert_eq!(after, before);
            return after;
        }
        Ok(Received::New(number, state)) => {
            assert_eq!(state, State::Held);
            assert!(
                before.iter().all(|record| record.id < number),
                "a number is used again"
            );
            number
        }
        Ok(Received::Updated(number, _)) => {
            assert!(before.iter().any(|record| record.id == number));
            number
        }
        Ok(other @ (Received::Anew(..) | Received::Kept(..))) => panic!("{other:?}"),
        // The numbers are used up.
        Err(Error::File { .. }) if now == old => return after,
        Err(error) => panic!("{error}"),
    };
    let others = |records: &[Record]| -> Vec<Record> {
        let kept = records.iter().filter(|record| record.id != number);
        kept.cloned().collect()
    };
    assert_eq!(others(&after), others(before), "no other ping changes");
    let kept = after.iter().find(|record| record.id == number);
    let kept = kept.expect("an acknowledged ping is there");
    assert_eq!(
        (kept.url.as_str(), kept.title.as_str()),
        ("https://a.example/1", "t")
    );
    after
}

/// Whether the owner has deleted the ping of [`send`]; to be asked once it was sent, so that it is not new.
fn is_withdrawn(transaction: &mut Transaction<'_>) -> bool {
    match send(transaction) {
        Err(Error::Refused(Refusal::Withdrawn)) => true,
        Ok(Received::Same(..)) | Err(Error::File { .. }) => false,
        other => panic!("{other:?}"),
    }
}

/// Sends a ping, always the same.
fn send(transaction: &mut Transaction<'_>) -> Result<Received, Error> {
    let ping = Ping::new("https://a.example/1", "t", "", "").expect("a ping");
    let arrival = Arrival {
        time: Timestamp::UNIX_EPOCH,
        state: State::Held,
        why: None,
        via: "trackback",
        from: None,
        rest: Default::default(),
    };
    transaction.receive(&ping, &arrival, replace_text)
}

/// Deletes the newest ping, purges the next, changes the state of the oldest, and returns what must be listed then.
fn change(transaction: &mut Transaction<'_>, mut listing: Vec<Record>) -> Vec<Record> {
    if listing.len() > 1 {
        let gone = listing.remove(0);
        transaction
            .delete(gone.id, None, Timestamp::UNIX_EPOCH)
            .expect("it is deleted");
    }
    if listing.len() > 1 {
        let gone = listing.remove(0);
        // That of a number that no ping has makes no line.
        let purged = transaction.purge(&[gone.id, u64::MAX], Timestamp::UNIX_EPOCH);
        purged.expect("it is purged");
    }
    if let Some(last) = listing.last_mut()
        && last.state != State::Junk
    {
        let done = transaction.set_state(
            last.id,
            State::Junk,
            Some(&tb::internals::store::ReasonKind::Owner.into()),
            Timestamp::UNIX_EPOCH,
        );
        done.expect("its state changes");
        last.state = State::Junk;
        last.since = Some(Timestamp::UNIX_EPOCH);
        last.why = Some(tb::internals::store::ReasonKind::Owner.into());
    }
    assert_eq!(listed(transaction.pings()), listing);
    listing
}

fn read(store: &Store, id: &TbId) -> Vec<Record> {
    let pings = store
        .pings(id)
        .expect("any file is read")
        .expect("it is there");
    let all = listed(Some(&pings));
    let number = |record: &Record| record.id;
    assert!(all.is_sorted_by(|newer, older| newer.id > older.id));
    assert!(pings.count(Which::All).expect("they are counted") >= all.len());
    for record in &all {
        assert_eq!(
            pings.get(record.id).expect("it is read").as_ref(),
            Some(record)
        );
    }
    let published = pings
        .newest(Which::Published, None, usize::MAX)
        .expect("they are read");
    assert!(
        published
            .iter()
            .eq(all.iter().filter(|record| record.state == State::Published))
    );
    if let (Some(first), Some(last)) = (all.first().map(number), all.last().map(number)) {
        let older = pings
            .newest(Which::All, Some(first), usize::MAX)
            .expect("they are read");
        assert_eq!(older, all[1..]);
        let newer = pings
            .next_newer(Which::All, last, usize::MAX)
            .expect("they are read");
        assert_eq!(newer, all[..all.len() - 1]);
    }
    all
}

/// The same as those see it who only look: without the keys of a newer version.
fn shown(records: &[Record]) -> Vec<Record> {
    let plain = |record: &Record| Record {
        rest: Default::default(),
        ..record.clone()
    };
    records.iter().map(plain).collect()
}

fn listed(pings: Option<&Pings>) -> Vec<Record> {
    let pings = pings.expect("the file is there");
    pings
        .newest(Which::All, None, usize::MAX)
        .expect("they are read")
}
