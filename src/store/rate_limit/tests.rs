//! The buckets at their limits: empty, crowded, damaged, and with clocks that jump.

use std::fs;
use std::path::Path;

use super::slots::SIZE;
use super::*;

const BUCKET: Bucket = Bucket {
    burst: 3,
    period_seconds: 180,
};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

fn ask(region: Region, key: &str) -> TokenRequest<'_> {
    TokenRequest {
        region,
        key,
        bucket: BUCKET,
        on_empty: OnEmpty::Refuse,
    }
}

fn store() -> (tempfile::TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    (dir, store)
}

fn none(region: Region, wait_seconds: u64, notice: EmptyNotice) -> TokenGrant {
    TokenGrant::Denied(EmptyBucket {
        region,
        wait_seconds,
        notice,
    })
}

/// Takes tokens until there are none.
fn empty(store: &Store, ask: TokenRequest<'_>, now: Timestamp) {
    for _ in 0..ask.bucket.burst {
        assert_eq!(store.take_tokens(&[ask], now).unwrap(), TokenGrant::All);
    }
}

fn throttle(dir: &Path) -> std::path::PathBuf {
    dir.join(NAME)
}

#[test]
fn s5_a_bucket_empties_and_refills() {
    let (dir, store) = store();
    let take = |second| {
        let asks = [ask(Region::Prefix, "key")];
        store.take_tokens(&asks, at(second)).unwrap()
    };
    for _ in 0..3 {
        assert_eq!(take(0), TokenGrant::All);
    }
    assert_eq!(take(0), none(Region::Prefix, 60, EmptyNotice::First));
    assert_eq!(take(30), none(Region::Prefix, 30, EmptyNotice::Repeated));
    assert_eq!(take(61), TokenGrant::All);
    // It has had a token, so that it has none is news again.
    assert!(matches!(
        take(62),
        TokenGrant::Denied(EmptyBucket {
            notice: EmptyNotice::First,
            wait_seconds: 58..=59,
            ..
        })
    ));
    assert_eq!(take(10_000), TokenGrant::All);
    assert_eq!(throttle(dir.path()).metadata().unwrap().len(), SIZE);
}

#[test]
fn s5_asking_an_empty_bucket_again_and_again_does_not_keep_it_empty() {
    let (_dir, store) = store();
    let one = ask(Region::Prefix, "key");
    empty(&store, one, at(0));
    for second in 0..60 {
        let taken = store.take_tokens(&[one], at(second)).unwrap();
        assert!(
            matches!(taken, TokenGrant::Denied(_)),
            "{second}: {taken:?}"
        );
    }
    assert_eq!(store.take_tokens(&[one], at(60)).unwrap(), TokenGrant::All);
}

#[test]
fn all_tokens_are_taken_or_none() {
    let (_dir, store) = store();
    empty(&store, ask(Region::Domain, "empty"), at(0));
    let both = [ask(Region::Prefix, "a"), ask(Region::Domain, "empty")];
    for notice in [EmptyNotice::First, EmptyNotice::Repeated] {
        let taken = store.take_tokens(&both, at(0)).unwrap();
        assert_eq!(taken, none(Region::Domain, 60, notice));
    }
    empty(&store, ask(Region::Prefix, "a"), at(0));
}

#[test]
fn of_several_empty_buckets_the_one_that_takes_longest_is_told() {
    let (_dir, store) = store();
    empty(&store, ask(Region::Domain, "a"), at(0));
    empty(&store, ask(Region::Prefix, "a"), at(20));
    let both = [ask(Region::Prefix, "a"), ask(Region::Domain, "a")];
    let taken = store.take_tokens(&both, at(20)).unwrap();
    assert_eq!(taken, none(Region::Prefix, 60, EmptyNotice::First));
}

#[test]
fn an_empty_bucket_that_only_says_so_keeps_nothing_from_being_taken() {
    let (_dir, store) = store();
    let site = TokenRequest {
        on_empty: OnEmpty::Report,
        ..ask(Region::Site, "")
    };
    empty(&store, site, at(0));
    let both = [ask(Region::Prefix, "a"), site];
    for _ in 0..3 {
        assert_eq!(
            store.take_tokens(&both, at(0)).unwrap(),
            TokenGrant::Partial
        );
    }
    let taken = store.take_tokens(&both, at(0)).unwrap();
    assert_eq!(taken, none(Region::Prefix, 60, EmptyNotice::First));
}

#[test]
fn a_clock_that_jumps_back_locks_nobody_out_and_forward_fills() {
    let (_dir, store) = store();
    let one = ask(Region::Prefix, "key");
    empty(&store, one, at(0));
    empty(&store, one, at(-86_400));
    assert!(matches!(
        store.take_tokens(&[one], at(-86_400)).unwrap(),
        TokenGrant::Denied(_)
    ));
    empty(&store, one, at(86_400));
    assert_eq!(
        store.take_tokens(&[one], Timestamp::MIN).unwrap(),
        TokenGrant::All
    );
    store.take_tokens(&[one], Timestamp::MAX).unwrap();
}

#[test]
fn s7_processes_that_are_a_little_behind_do_not_fill_a_bucket() {
    let (_dir, store) = store();
    let one = ask(Region::Prefix, "key");
    empty(&store, one, at(30));
    for second in [29, 20, 0, 30] {
        let taken = store.take_tokens(&[one], at(second)).unwrap();
        assert!(
            matches!(taken, TokenGrant::Denied(_)),
            "{second}: {taken:?}"
        );
    }
}

#[test]
fn a_lower_limit_holds_at_once_and_a_higher_one_gives_no_less() {
    let (_dir, store) = store();
    let with = |burst| TokenRequest {
        bucket: Bucket { burst, ..BUCKET },
        ..ask(Region::Id, "id")
    };
    store.take_tokens(&[with(1_000)], at(0)).unwrap();
    empty(&store, with(2), at(0));
    assert!(matches!(
        store.take_tokens(&[with(2)], at(0)).unwrap(),
        TokenGrant::Denied(_)
    ));
    assert!(matches!(
        store.take_tokens(&[with(u32::MAX)], at(1)).unwrap(),
        TokenGrant::All
    ));
}

#[test]
fn s7_a_million_prefixes_lock_no_new_one_out_and_make_the_file_no_longer() {
    let (dir, store) = store();
    let flooder = ask(Region::Prefix, "flooder");
    empty(&store, flooder, at(0));
    empty(&store, ask(Region::Site, ""), at(0));
    empty(&store, ask(Region::Domain, "empty"), at(0));
    let file = lock::acquire(&store.folder, NAME).unwrap();
    let slots = Slots::read(&file, SIZE).unwrap().unwrap();
    let millis = u64::try_from(at(0).as_millisecond()).unwrap();
    for number in 0..1_000_000_u32 {
        let key = format!("{number}");
        assert_eq!(
            slots
                .take_tokens(&[ask(Region::Prefix, &key)], millis)
                .unwrap(),
            TokenGrant::All
        );
    }
    empty(
        &store_again(&dir, file),
        ask(Region::Prefix, "honest"),
        at(0),
    );
    for still in [flooder, ask(Region::Site, ""), ask(Region::Domain, "empty")] {
        let taken = store.take_tokens(&[still], at(0)).unwrap();
        assert!(
            matches!(taken, TokenGrant::Denied(_)),
            "{still:?} was driven out"
        );
    }
    assert_eq!(throttle(dir.path()).metadata().unwrap().len(), SIZE);
}

/// The store, when `file` no longer holds the lock.
fn store_again(dir: &tempfile::TempDir, file: std::fs::File) -> Store {
    drop(file);
    Store::open(dir.path()).unwrap()
}

#[test]
fn a_crowd_of_empty_buckets_gives_a_newcomer_the_place_of_the_fullest() {
    let (_dir, store) = store();
    for number in 0..5_000 {
        empty(
            &store,
            ask(Region::LoginPrefix, &format!("{number}")),
            at(0),
        );
    }
    empty(&store, ask(Region::LoginPrefix, "honest"), at(0));
}

#[test]
fn a_file_that_is_damaged_or_of_another_version_is_begun_anew() {
    let (dir, store) = store();
    let path = throttle(dir.path());
    let one = ask(Region::Prefix, "key");
    empty(&store, one, at(0));
    let good = fs::read(&path).unwrap();
    assert_eq!(good.len() as u64, SIZE);
    let with = |at: usize, byte: u8| {
        let mut bytes = good.clone();
        bytes[at] ^= byte;
        bytes
    };
    for bytes in [
        Vec::new(),
        vec![0; 100],
        good[..good.len() - 1].to_vec(),
        [&good[..], b"x"].concat(),
        vec![0; good.len()],
        vec![0xFF; good.len()],
        vec![0; 64 << 10],
        with(0, 1),
        with(8, 3),
        with(20, 1),
        with(45, 1),
    ] {
        fs::write(&path, &bytes).unwrap();
        empty(&store, one, at(0));
        let taken = store.take_tokens(&[one], at(0)).unwrap();
        assert!(matches!(taken, TokenGrant::Denied(_)), "{taken:?}");
        assert_eq!(fs::metadata(&path).unwrap().len(), SIZE);
    }
}

#[test]
fn a_slot_that_is_damaged_counts_as_full() {
    let (dir, store) = store();
    let path = throttle(dir.path());
    let one = ask(Region::Prefix, "key");
    empty(&store, one, at(0));
    let mut bytes = fs::read(&path).unwrap();
    for byte in &mut bytes[256..] {
        *byte ^= 0x55;
    }
    fs::write(&path, &bytes).unwrap();
    empty(&store, one, at(0));
}
