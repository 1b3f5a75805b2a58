//! `tb send` and hundreds of weblogs: what is read, what arrives, how often, and in what order.

mod answers;
mod bad;
mod built;
mod killed;
mod names;
mod peers;
mod run;

use std::collections::BTreeSet;
use std::fs;

use built::TRAP;
use peers::{ManyHosts, SITE};
use run::{Running, Writer};

use crate::support::site::Site;

/// What a first run needs, so that nothing that is there already counts as sent.
const SEND_ALL: &[&str] = &["--adopt", "none"];

/// Every link of the site once, none to where no ping may go, and nobody else is asked for anything.
#[track_caller]
fn assert_each_once(writer: &Writer) {
    let received = writer.many_hosts.received();
    for (pair, count) in &received {
        assert_eq!(*count, 1, "{pair:?}");
        assert!(!pair.1.contains(TRAP), "{pair:?}");
    }
    let received: BTreeSet<_> = received.into_keys().collect();
    let missing: Vec<_> = writer.pairs.difference(&received).collect();
    let unasked: Vec<_> = received.difference(&writer.pairs).collect();
    assert!(missing.is_empty(), "missing: {missing:?}");
    assert!(unasked.is_empty(), "nobody linked to: {unasked:?}");
}

/// A run of `tb send` makes no request.
fn assert_asks_nobody(writer: &Writer) {
    let ran = writer.send(&[]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let asked = writer.many_hosts.asked();
    assert!(asked.is_empty(), "{asked:?}");
}

#[test]
fn each_weblog_of_many_hosts_is_found_by_its_name() {
    let many_hosts = ManyHosts::start(200);
    let site = Site::new();
    for (number, entry) in [(0, 1), (17, 2), (199, 3)] {
        let url = many_hosts.entry(number, entry);
        let mut command = many_hosts.command(&site.executable());
        command.args(["discover", &url]);
        let ran = Running::start(command).wait();
        let path = url.split_once(".example:").expect("a port").1;
        let path = path.split_once('/').expect("a path").1;
        let ping_url = many_hosts.url(&peers::host(number), &format!("/ping/{path}"));
        assert!(
            ran.code == Some(0) && ran.stdout.contains(&ping_url),
            "{ran:?}"
        );
    }
    let mut command = many_hosts.command(&site.executable());
    command.args(["discover", &many_hosts.url("w200.example", "/rdf/1")]);
    let ran = Running::start(command).wait();
    assert_eq!(ran.code, Some(1), "{ran:?}");
}

#[test]
fn every_link_is_pinged_once_and_a_second_run_asks_nobody() {
    let writer = Writer::new(
        ManyHosts::start(100),
        Site::new(),
        25,
        |many_hosts, entry| {
            let target = |link: usize| many_hosts.entry((entry * 4 + link) % 100, entry);
            (0..4).map(target).collect()
        },
    );
    let plan = writer.send(&["--dry-run"]);
    assert_eq!(plan.code, Some(0), "{plan:?}");
    assert!(!writer.ledger().exists(), "a dry run writes nothing");
    assert_eq!(
        writer.many_hosts.pings().len(),
        0,
        "a dry run sends nothing"
    );
    let ran = writer.send(SEND_ALL);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_each_once(&writer);
    assert_eq!(writer.in_state("sent"), writer.pairs);
    let asked = writer.many_hosts.asked();
    // One look at each page, and one at each entry.
    let pages = asked.iter().filter(|asked| asked.ping.is_none());
    let (own, theirs): (Vec<_>, Vec<_>) = pages.partition(|asked| asked.host == SITE);
    assert_eq!((own.len(), theirs.len()), (25, 100));
    writer.many_hosts.forget();
    let before = fs::read(writer.ledger()).expect("the ledger");
    assert_asks_nobody(&writer);
    assert_eq!(fs::read(writer.ledger()).expect("the ledger"), before);
}

#[test]
fn pages_without_a_ping_url_are_not_asked_again() {
    let writer = Writer::new(ManyHosts::start(10), Site::new(), 5, |many_hosts, entry| {
        vec![
            many_hosts.entry(entry, entry),
            many_hosts.deaf_entry(5 + entry, 1),
            many_hosts.deaf_entry(5, 2),
        ]
    });
    let ran = writer.send(SEND_ALL);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(writer.many_hosts.pings().len(), 5);
    let looks = writer
        .many_hosts
        .asked()
        .iter()
        .filter(|asked| asked.path == "/none/2")
        .count();
    assert_eq!(looks, 1, "five entries link to it");
    writer.many_hosts.forget();
    assert_asks_nobody(&writer);
}
