//! Killed at any moment and started again, as often as it takes.
//!
//! What can be promised of a ping whose run was killed between its intent and its result is only that it is not sent
//! again by itself: nobody on this side knows whether it has arrived. Here somebody does. So whoever was asked and has
//! answered nothing counts for what the hosts says: those that have arrived are adopted, and the rest is sent when
//! `--retry-uncertain` says so. None may be missing then, and none may have come twice at any time.

use std::collections::BTreeSet;
use std::time::Duration;

use super::peers::ManyHosts;
use super::run::Writer;
use super::{SEND_ALL, assert_each_once};
use crate::support::rng::Rng;
use crate::support::site::Site;

/// Weblogs.
const HOSTS: usize = 120;
/// How long each answer of theirs takes: most of a run is spent between an intent and its result.
const DELAY: Duration = Duration::from_millis(15);

#[test]
fn killed_at_any_point_no_ping_arrives_twice_and_none_is_missing() {
    let kills = if std::env::var_os("TB_LONG").is_some() {
        100
    } else {
        12
    };
    let mut rng = Rng::new();
    let (mut hits, mut uncertain, mut arrived) = (0, 0, 0);
    let mut writer = None;
    for kill in 0..kills {
        // A run is over after a few kills; then another site begins.
        let current = writer.get_or_insert_with(new_writer);
        let left = current.pairs.len() - current.many_hosts.received().len();
        let more = rng.below(left.min(40) as u64 + 1) as usize;
        let mut running = current.start(SEND_ALL);
        let wanted = current.many_hosts.pings_ever() + more;
        current
            .many_hosts
            .wait_for_pings(wanted, || running.is_over());
        std::thread::sleep(Duration::from_micros(rng.below(30_000)));
        let was_over = running.is_over();
        let ran = running.kill();
        hits += usize::from(!was_over);
        for (pair, count) in current.many_hosts.received() {
            assert_eq!(count, 1, "kill {kill}: {pair:?}");
        }
        if was_over {
            assert!(ran.code.is_some(), "{ran:?}");
            let done = writer.take().expect("the writer");
            let settled = settle(&done);
            uncertain += settled.0;
            arrived += settled.1;
        }
    }
    if let Some(last) = writer {
        let settled = settle(&last);
        uncertain += settled.0;
        arrived += settled.1;
    }
    println!(
        "{hits} of {kills} hit a run; {uncertain} pings uncertain, {arrived} of them had arrived"
    );
    // Otherwise nothing was tried.
    assert!(hits * 2 > kills, "{hits} of {kills} kills hit a run");
    assert!(
        uncertain > 0,
        "no kill came between an intent and its result"
    );
}

/// A site of 240 links, two to each weblog.
fn new_writer() -> Writer {
    let writer = Writer::new(
        ManyHosts::start(HOSTS),
        Site::new(),
        60,
        |many_hosts, entry| {
            (0..4)
                .map(|link| many_hosts.entry((entry * 4 + link) % HOSTS, entry))
                .collect()
        },
    );
    writer.many_hosts.take_time(DELAY);
    writer
}

/// Runs to the end, looks at what is uncertain and has it sent where it has not arrived; returns how many were
/// uncertain and how many of them had arrived.
fn settle(writer: &Writer) -> (usize, usize) {
    let ran = writer.send(SEND_ALL);
    assert!(ran.code.is_some(), "{ran:?}");
    let uncertain = writer.in_state("uncertain");
    let received: BTreeSet<_> = writer.many_hosts.received().into_keys().collect();
    // All that is certain is certainly there, and the other way round.
    let certain: BTreeSet<_> = writer.pairs.difference(&uncertain).cloned().collect();
    let lost: Vec<_> = certain.difference(&received).collect();
    assert!(lost.is_empty(), "lost: {lost:?}");
    assert_eq!(writer.in_state("sent"), certain);
    let arrived: Vec<_> = uncertain.intersection(&received).cloned().collect();
    writer.adopt(&arrived);
    let ran = writer.send(&["--retry-uncertain"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_each_once(writer);
    (uncertain.len(), arrived.len())
}
