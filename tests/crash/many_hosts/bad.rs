//! One of many peers is bad, the one who started the run is impatient, the disk is full.

use std::fs;
use std::time::Duration;

use super::peers::{Asked, Habit, ManyHosts, SITE, host};
use super::run::Writer;
use super::{SEND_ALL, assert_asks_nobody, assert_each_once};
use crate::support::mount::Mount;
use crate::support::site::Site;

/// A site that is as polite as it is by default.
fn polite() -> Site {
    let mut site = Site::new();
    site.set("throttle", "\"on\"");
    site
}

/// How far apart the pings to one host are, at least; the hosts sees them when they arrive, which is not when they left.
const SPACING: Duration = Duration::from_millis(900);

/// How long a signal takes to be heard, at the most.
const HEARD: Duration = Duration::from_millis(300);

#[test]
fn a_host_with_a_thousand_links_is_asked_politely_and_starves_nobody() {
    // The first 1,000 links of the site are all to one host; those to the others come last.
    let writer = Writer::new(ManyHosts::start(41), polite(), 104, |many_hosts, entry| {
        let target = |link: usize| match entry {
            0..100 => many_hosts.entry(0, entry * 10 + link),
            _ => many_hosts.entry(1 + (entry - 100) * 10 + link, entry),
        };
        (0..10).map(target).collect()
    });
    let words = [SEND_ALL, &["--jobs", "2"]].concat();
    let mut running = writer.start(&words);
    let others = |writer: &Writer| {
        let pings = writer.many_hosts.pings();
        pings.iter().filter(|ping| ping.host != host(0)).count()
    };
    while others(&writer) < 40 && !running.is_over() {
        let count = writer.many_hosts.pings_ever();
        writer
            .many_hosts
            .wait_for_pings(count + 1, || running.is_over());
    }
    running.interrupt();
    let ran = running.wait();
    assert_eq!(others(&writer), 40, "{ran:?}");
    let big = |asked: &Asked| asked.host == host(0);
    let asked = writer.many_hosts.asked();
    let last = asked
        .iter()
        .rposition(|asked| asked.ping.is_some() && !big(asked));
    let before = asked.iter().take(last.unwrap_or(0));
    let before = before.filter(|asked| big(asked)).count();
    assert!(
        before < 40,
        "{before} to the big host before the others were served"
    );
    assert_apart(&writer, 0, 2);
}

/// All that one host was asked, which is at least so much, was asked at intervals.
#[track_caller]
fn assert_apart(writer: &Writer, number: usize, least: usize) {
    let asked = writer.many_hosts.asked().into_iter();
    let asked: Vec<_> = asked.filter(|asked| asked.host == host(number)).collect();
    assert!(asked.len() >= least, "{}", asked.len());
    for pair in asked.windows(2) {
        let apart = pair[1].arrived - pair[0].arrived;
        assert!(apart >= SPACING, "{apart:?}");
    }
}

#[test]
fn pings_to_one_host_are_apart_and_one_at_a_time() {
    let writer = Writer::new(ManyHosts::start(2), polite(), 4, |many_hosts, entry| {
        vec![many_hosts.entry(0, entry), many_hosts.entry(1, entry)]
    });
    let ran = writer.send(SEND_ALL);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_each_once(&writer);
    assert_apart(&writer, 0, 8);
    assert_apart(&writer, 1, 8);
}

#[test]
fn what_was_looked_at_is_pinged_before_the_next_is_looked_at() {
    // Whoever ends a run that takes long has then sent what could be sent.
    let writer = Writer::new(ManyHosts::start(1), Site::new(), 2, |many_hosts, entry| {
        (0..4)
            .map(|link| many_hosts.entry(0, entry * 4 + link))
            .collect()
    });
    let ran = writer.send(&[SEND_ALL, &["--jobs", "1"]].concat());
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let asked = writer.many_hosts.asked().into_iter();
    let kinds: Vec<_> = asked
        .filter(|asked| asked.host == host(0))
        .map(|asked| asked.ping.is_some())
        .collect();
    assert_eq!(kinds, [false, true].repeat(8));
}

#[test]
fn a_host_that_answers_503_is_pinged_again_later_and_only_then() {
    let writer = Writer::new(ManyHosts::start(3), Site::new(), 1, |many_hosts, _| {
        (0..3)
            .map(|number| many_hosts.entry(number, number))
            .collect()
    });
    writer.many_hosts.behave(1, Habit::Unavailable);
    writer.many_hosts.behave(2, Habit::Down);
    let ran = writer.send(SEND_ALL);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert_eq!(writer.in_state("later").len(), 2);
    let tried = writer.many_hosts.pings();
    assert_eq!(tried.len(), 2, "{tried:?}");
    writer.many_hosts.behave(1, Habit::Takes);
    writer.many_hosts.behave(2, Habit::Takes);
    writer.many_hosts.forget();
    // An hour has not passed.
    assert_asks_nobody(&writer);
    let ran = writer.send(&["--retry"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(writer.in_state("sent"), writer.pairs);
    let hosts: Vec<_> = writer
        .many_hosts
        .pings()
        .into_iter()
        .map(|ping| ping.host)
        .collect();
    assert_eq!(hosts.len(), 2, "{hosts:?}");
    assert!(!hosts.contains(&host(0)), "{hosts:?}");
}

#[test]
fn bad_hosts_never_end_the_run() {
    let bad = [
        (Habit::Refuses, "refused"),
        (Habit::Unavailable, "later"),
        (Habit::Garbage, "uncertain"),
        (Habit::Silence, "uncertain"),
        (Habit::CutsOff, "uncertain"),
        (Habit::Down, "later"),
    ];
    let writer = Writer::new(
        ManyHosts::start(20),
        Site::new(),
        10,
        |many_hosts, entry| {
            let mut targets = vec![
                many_hosts.entry(entry, entry),
                many_hosts.entry(10 + entry, entry),
            ];
            match entry {
                // A name that nobody knows, an entry without a ping URL, one that is not there.
                3 => targets.insert(0, many_hosts.url("gone.example", "/rdf/1")),
                4 => targets.insert(0, many_hosts.deaf_entry(0, 1)),
                5 => targets.insert(0, many_hosts.url(&host(1), "/nowhere")),
                _ => {}
            }
            targets
        },
    );
    for (number, (habit, _)) in bad.iter().enumerate() {
        writer.many_hosts.behave(number, *habit);
    }
    let ran = writer.send(SEND_ALL);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    // What a host says is not obeyed by a terminal or a log.
    assert!(
        !ran.stdout.contains('\u{1b}') && !ran.stderr.contains('\u{1b}'),
        "{ran:?}"
    );
    let standing = writer.standing();
    for (source, target) in &writer.pairs {
        let bad_host = (0..bad.len()).find(|number| target.contains(&host(*number)));
        let expected = match bad_host {
            _ if target.contains("gone.example") => "failed",
            _ if target.contains("/none/") || target.contains("/nowhere") => continue,
            Some(number) => bad[number].1,
            None => "sent",
        };
        let row = standing.get(&(source.clone(), target.clone()));
        let state = row.map(|row| row["state"].as_str().unwrap_or_default());
        assert_eq!(state, Some(expected), "{source} {target}: {row:?}");
    }
    assert!(
        writer
            .many_hosts
            .received()
            .values()
            .all(|count| *count == 1)
    );
}

#[test]
fn ctrl_c_keeps_what_is_known_and_the_next_run_goes_on() {
    let writer = Writer::new(
        ManyHosts::start(60),
        Site::new(),
        12,
        |many_hosts, entry| {
            (0..5)
                .map(|link| many_hosts.entry(entry * 5 + link, entry))
                .collect()
        },
    );
    (0..60).for_each(|number| writer.many_hosts.behave(number, Habit::Waits));
    let mut running = writer.start(SEND_ALL);
    // Then each of the 8 jobs waits for an answer.
    writer.many_hosts.wait_for_pings(8, || running.is_over());
    running.interrupt();
    // Time to hear it, before anybody goes on.
    std::thread::sleep(HEARD);
    (0..60).for_each(|number| writer.many_hosts.behave(number, Habit::Takes));
    let ran = running.wait();
    let arrived = writer.many_hosts.received().len();
    assert!((8..60).contains(&arrived), "{arrived}: {ran:?}");
    // Who was being asked has answered; nothing is left open.
    assert_eq!(writer.in_state("uncertain").len(), 0, "{ran:?}");
    assert_eq!(writer.in_state("sent").len(), arrived, "{ran:?}");
    let said = format!("{}{}", ran.stdout, ran.stderr);
    assert!(said.contains(&format!("{arrived} sent")), "{said}");
    let ran = writer.send(&[]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_each_once(&writer);
}

#[test]
fn a_second_ctrl_c_ends_at_once() {
    let writer = Writer::new(ManyHosts::start(4), Site::new(), 1, |many_hosts, _| {
        (0..4)
            .map(|number| many_hosts.entry(number, number))
            .collect()
    });
    (0..4).for_each(|number| writer.many_hosts.behave(number, Habit::Waits));
    let mut running = writer.start(SEND_ALL);
    writer.many_hosts.wait_for_pings(4, || running.is_over());
    running.interrupt();
    // Two that wait to be heard are one.
    std::thread::sleep(HEARD);
    running.interrupt();
    let ran = running.wait();
    assert_ne!(ran.code, Some(0), "{ran:?}");
    // Nobody waited for the answers, or there would be a result.
    assert!(!writer.in_state("uncertain").is_empty(), "{ran:?}");
}

#[test]
fn of_two_runs_at_once_one_waits_or_says_so() {
    let writer = Writer::new(ManyHosts::start(30), Site::new(), 6, |many_hosts, entry| {
        (0..5)
            .map(|link| many_hosts.entry(entry * 5 + link, entry))
            .collect()
    });
    writer.many_hosts.behave(29, Habit::Waits);
    let mut first = writer.start(SEND_ALL);
    writer.many_hosts.wait_for_pings(1, || first.is_over());
    let turned_away = writer.send(&["--wait", "0"]);
    assert_eq!(turned_away.code, Some(1), "{turned_away:?}");
    let waits = writer.start(&["--wait", "60"]);
    assert!(!first.is_over(), "a host has not answered it yet");
    writer.many_hosts.behave(29, Habit::Takes);
    let first = first.wait();
    assert_eq!(first.code, Some(0), "{first:?}");
    let waits = waits.wait();
    assert_eq!(waits.code, Some(0), "{waits:?}");
    assert_each_once(&writer);
}

#[test]
fn runs_that_begin_at_the_same_moment_send_each_ping_once() {
    let writer = Writer::new(ManyHosts::start(20), Site::new(), 4, |many_hosts, entry| {
        (0..5)
            .map(|link| many_hosts.entry(entry * 5 + link, entry))
            .collect()
    });
    let words = [SEND_ALL, &["--wait", "60"]].concat();
    let runs: Vec<_> = (0..4).map(|_| writer.start(&words)).collect();
    for run in runs {
        let ran = run.wait();
        assert_eq!(ran.code, Some(0), "{ran:?}");
    }
    assert_each_once(&writer);
}

#[test]
fn a_full_disk_stops_the_run_before_it_sends_what_it_could_not_remember() {
    let writer = Writer::new(
        ManyHosts::start(100),
        Site::new(),
        20,
        |many_hosts, entry| {
            (0..5)
                .map(|link| many_hosts.entry(entry * 5 + link, entry))
                .collect()
        },
    );
    let place = writer.path("ledger");
    let _disk = Mount::tmpfs(&place, "size=64k", 0o755);
    let ballast = place.join("ballast");
    fs::write(&ballast, vec![0; 48 << 10]).expect("ballast");
    let ran = writer.send(SEND_ALL);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    let said = format!("{}{}", ran.stdout, ran.stderr);
    assert!(said.contains("No space left"), "{said}");
    let arrived = writer.many_hosts.received();
    assert!(
        (1..100).contains(&arrived.len()),
        "{}: {ran:?}",
        arrived.len()
    );
    fs::remove_file(&ballast).expect("no ballast");
    // Who has been pinged is known, or uncertain where only the answer had no room.
    let ran = writer.send(SEND_ALL);
    assert!(ran.code.is_some(), "{ran:?}");
    let uncertain = writer.in_state("uncertain");
    assert!(
        uncertain.iter().all(|pair| arrived.contains_key(pair)),
        "{uncertain:?}"
    );
    assert_each_once(&writer);
    assert!(
        writer
            .many_hosts
            .asked()
            .iter()
            .any(|asked| asked.host == SITE)
    );
}
