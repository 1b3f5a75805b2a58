//! What `tb send` costs: reading a large site, sending to many hosts, and a second run that has nothing to do.
//!
//! `cargo bench --bench send` runs the static executable against a hosts of weblogs on this machine, as the tests do,
//! and prints tables. How often something arrives is asserted, how long it takes never is.
//!
//! `-- --entries 1000 --pings 200` is quick.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::string_slice,
    dead_code,
    unused_macros,
    unused_imports,
    reason = "a bench talks to a terminal, what is wrong must end it, and it needs only a part of what tests stand on"
)]

#[path = "../../tests/crash/many_hosts/answers.rs"]
mod answers;
#[path = "../../tests/crash/many_hosts/built.rs"]
mod built;
#[path = "../../tests/crash/many_hosts/names.rs"]
mod names;
#[path = "../../tests/crash/many_hosts/peers.rs"]
mod peers;
#[path = "../../tests/crash/many_hosts/run.rs"]
mod run;
#[path = "../../tests/support/mod.rs"]
mod support;

use std::time::{Duration, Instant};

use peers::ManyHosts;
use run::{Ran, Running, Writer};
use support::site::Site;

/// Weblogs of the hosts.
const HOSTS: usize = 200;
/// Links of an entry.
const LINKS: usize = 10;
/// How long each of the hosts's answers takes.
const DELAY: Duration = Duration::from_millis(200);
/// How often a time is taken; the median is printed.
const ROUNDS: usize = 5;

fn main() {
    let words: Vec<String> = std::env::args().collect();
    if !words.iter().any(|word| word == "--bench") {
        println!("only `cargo bench` runs this");
        return;
    }
    let number = |name: &str, usual: usize| {
        let named = words.iter().position(|word| word == name);
        named.map_or(usual, |at| words[at + 1].parse().expect("a number"))
    };
    large(number("--entries", 10_000));
    for jobs in [8, 32, 64] {
        many(number("--pings", 1_000), jobs);
    }
}

/// A large site is read and planned, and once all is adopted, read again.
fn large(entries: usize) {
    let site = Site::shipped();
    let begin = Instant::now();
    let writer = Writer::new(
        ManyHosts::start(HOSTS),
        site,
        entries,
        |many_hosts, entry| {
            let target =
                |link| many_hosts.entry((entry * 7 + link * 13) % HOSTS, entry * LINKS + link);
            (0..LINKS).map(target).collect()
        },
    );
    println!(
        "\n{entries} entries with {} links, written in {:.1} s",
        writer.pairs.len(),
        begin.elapsed().as_secs_f64()
    );
    heading();
    rounds(&writer, "plan (--dry-run)", &["--dry-run"]);
    assert!(!writer.ledger().exists(), "a dry run writes nothing");
    once(&writer, "adopt all", &["--adopt", "all"]);
    rounds(&writer, "second run", &[]);
    rounds(&writer, "second run (--dry-run)", &["--dry-run"]);
    assert_eq!(writer.many_hosts.asked().len(), 0, "nobody is asked");
    println!("{:28} {:>23.1}", "its ledger, MB", ledger_size(&writer));
    have_all_sent(&writer);
    rounds(&writer, "the same, all was sent", &[]);
    assert_eq!(writer.many_hosts.asked().len(), 0, "nobody is asked");
    println!("{:28} {:>23.1}", "its ledger, MB", ledger_size(&writer));
}

/// Has the ledger say of each link what it says after a ping that was taken.
fn have_all_sent(writer: &Writer) {
    let mut lines = String::from("{\"op\":\"begin\",\"time\":\"2026-01-01T00:00:00Z\"}\n");
    for (number, (entry, target)) in writer.pairs.iter().enumerate() {
        let ping_url = target.replace("/rdf/", "/ping/rdf/");
        let link = format!("\"entry\":{entry:?},\"target\":{target:?},\"ping_url\":{ping_url:?}");
        let attempt = format!("\"attempt\":\"{number:016x}\"");
        let title = "\"title\":\"rain printing bicycle violin archive\"";
        lines += &format!(
            "{{\"op\":\"intent\",{link},{attempt},{title},\"time\":\"2026-01-01T00:00:01.25Z\"}}\n\
             {{\"op\":\"result\",{link},{attempt},\"state\":\"sent\",\"tries\":0,\"time\":\"2026-01-01T00:00:01.5Z\"}}\n"
        );
    }
    support::write(&writer.ledger(), &lines);
    let sent = writer.in_state("sent").len();
    assert_eq!(sent, writer.pairs.len(), "the ledger is understood");
}

/// In megabytes.
fn ledger_size(writer: &Writer) -> f64 {
    std::fs::metadata(writer.ledger()).expect("a ledger").len() as f64 / 1e6
}

/// Many pings to many hosts, so many of them asked at once, politely: a second apart for each.
///
/// The ideal: a ping takes two requests to its host, one for the page that names the ping URL and one for the ping,
/// and each is answered after [`DELAY`]. With `jobs` at once `pings × 2 × DELAY / jobs` must pass. A host has
/// `pings / HOSTS` pings, so its requests alone take `(2 × pings / HOSTS - 1) × 1 s + DELAY`. The ideal is the longer
/// of the two; reading the site, looking at its own pages and writing the ledger cost nothing in it.
fn many(pings: usize, jobs: usize) {
    let mut site = Site::shipped();
    site.set("throttle", "\"on\"");
    let entries = pings.div_ceil(LINKS);
    let writer = Writer::new(
        ManyHosts::start(HOSTS),
        site,
        entries,
        |many_hosts, entry| {
            let target = |number: usize| many_hosts.entry(number % HOSTS, number);
            (entry * LINKS..pings.min((entry + 1) * LINKS))
                .map(target)
                .collect()
        },
    );
    writer.many_hosts.take_time(DELAY);
    println!(
        "\n{pings} pings to {HOSTS} hosts, each answer {} ms late, {jobs} at once",
        DELAY.as_millis()
    );
    heading();
    let words = ["--adopt", "none", "--jobs", &jobs.to_string()];
    let took = once(&writer, "first run", &words);
    let received = writer.many_hosts.received();
    assert_eq!(received.len(), pings, "all arrive");
    assert!(received.values().all(|count| *count == 1), "each once");
    let late = DELAY.as_secs_f64();
    let shared = late * 2.0 * pings as f64 / jobs as f64;
    let spaced = (2 * pings.div_ceil(HOSTS) - 1) as f64 + late;
    println!(
        "{:28} {:>10.2}   ({shared:.1} s for {jobs} at once, {spaced:.1} s for a host)",
        "ideal",
        shared.max(spaced)
    );
    println!(
        "{:28} {:>10.2}",
        "times the ideal",
        took / shared.max(spaced)
    );
    writer.many_hosts.forget();
    once(&writer, "second run", &[]);
    assert_eq!(writer.many_hosts.asked().len(), 0, "nobody is asked again");
}

fn heading() {
    println!("{:28} {:>10} {:>12}", "", "seconds", "peak, MB");
}

/// Runs it [`ROUNDS`] times and prints the median of the seconds and the highest peak.
fn rounds(writer: &Writer, name: &str, words: &[&str]) {
    let mut runs: Vec<(f64, f64)> = (0..ROUNDS).map(|_| measured(writer, words)).collect();
    runs.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (seconds, _) = runs[ROUNDS / 2];
    let peak = runs.iter().map(|run| run.1).fold(0.0, f64::max);
    println!("{name:28} {seconds:>10.2} {peak:>12.1}");
}

/// Runs it once; returns the seconds.
fn once(writer: &Writer, name: &str, words: &[&str]) -> f64 {
    let (seconds, peak) = measured(writer, words);
    println!("{name:28} {seconds:>10.2} {peak:>12.1}");
    seconds
}

/// Seconds, and peak memory in megabytes by GNU time (Debian: `time`); no number where that is not installed.
fn measured(writer: &Writer, words: &[&str]) -> (f64, f64) {
    let report = writer.path("ledger/.peak");
    let begin = Instant::now();
    let time = std::path::Path::new("/usr/bin/time");
    let mut command = if time.exists() {
        let mut command = writer.many_hosts.command(time);
        command.args(["-f", "%M", "-o"]).arg(&report);
        command.arg(writer.site.executable());
        command
    } else {
        writer.many_hosts.command(&writer.site.executable())
    };
    command.arg("send").arg(writer.path("public")).args(words);
    command.current_dir(writer.path("ledger"));
    let ran = Running::start(command).wait();
    let seconds = begin.elapsed().as_secs_f64();
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let peak = std::fs::read_to_string(&report).map_or(f64::NAN, |kilobytes| {
        kilobytes.trim().parse().expect("kilobytes")
    });
    (seconds, peak / 1024.0)
}
