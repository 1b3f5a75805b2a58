//! What `tb serve` makes of many connections: list pages against the same HTTP library answering a
//! constant page, and durable pings over many ids against one connection's.
//!
//! `cargo bench --bench serve` builds the static executable and, the same way, itself, so that all are
//! optimised alike; the servers are processes of their own. Short runs alternate (A B A B …), medians are
//! printed, every answer is checked, and no time is ever asserted. The load generator shares the machine's
//! cores with the server, so processor time per request, which it does not touch, is printed too.
//!
//! `-- --rounds 3 --seconds 1` is quick; `--tb PATH` measures an executable that is there already.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a bench talks to a terminal, and what is wrong must end it"
)]

mod constant;
mod load;
mod server;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use load::{Load, Outcome, Work};
use server::Server;

/// Connections at once.
const CONNECTIONS: usize = 64;
/// How many pings the list page shows.
const LISTED: usize = 50;
/// After so many pings a connection goes on with a new id, so that all ids stay about as long.
const PINGS_AN_ID: usize = 100;

/// What the command line says.
struct Arguments {
    rounds: usize,
    length: Duration,
    tb: Option<PathBuf>,
    /// Whether this is the optimised build of the bench.
    built: Option<PathBuf>,
    constant: Option<PathBuf>,
    bench: Option<()>,
}

fn main() {
    let arguments = arguments();
    if let Some(page) = &arguments.constant {
        return constant::serve(page);
    }
    match (&arguments.built, arguments.bench) {
        (Some(tb), _) => measure(tb, &arguments),
        (None, Some(())) => build_and_start(&arguments),
        (None, None) => println!("only `cargo bench` runs this"),
    }
}

fn arguments() -> Arguments {
    let mut arguments = Arguments {
        rounds: 10,
        length: Duration::from_secs(3),
        tb: None,
        built: None,
        constant: None,
        bench: None,
    };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut value = || {
            words
                .next()
                .unwrap_or_else(|| panic!("{word} needs a value"))
        };
        match word.as_str() {
            "--bench" => arguments.bench = Some(()),
            "--rounds" => arguments.rounds = value().parse().expect("--rounds NUMBER"),
            "--seconds" => {
                let seconds = value().parse().expect("--seconds NUMBER");
                arguments.length = Duration::from_secs_f64(seconds);
            }
            "--tb" => arguments.tb = Some(value().into()),
            "--built" => arguments.built = Some(value().into()),
            "--constant" => arguments.constant = Some(value().into()),
            other => panic!("unknown argument `{other}`; there are --rounds, --seconds and --tb"),
        }
    }
    assert!(arguments.rounds > 0, "--rounds must be at least 1");
    arguments
}

/// Builds the executable and the bench as they are shipped, and starts the bench again.
fn build_and_start(arguments: &Arguments) {
    let output = Command::new(env!("CARGO"))
        .args(["static", "--bin", "tb", "--bench", "serve"])
        .arg("--message-format=json-render-diagnostics")
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stderr(Stdio::inherit())
        .output()
        .expect("cargo starts");
    assert!(output.status.success(), "`cargo static` failed");
    let messages = String::from_utf8(output.stdout).unwrap();
    let executable = |kind: &str| {
        let mut messages = messages
            .lines()
            .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
            .filter(|message| message["target"]["kind"][0] == kind);
        messages.find_map(|message| message["executable"].as_str().map(PathBuf::from))
    };
    let tb = arguments.tb.clone().or_else(|| executable("bin"));
    let status = Command::new(executable("bench").expect("cargo names the bench"))
        .arg("--built")
        .arg(tb.expect("cargo names the executable"))
        .args(std::env::args().skip(1))
        .status()
        .expect("the bench starts");
    assert!(status.success(), "the bench failed");
}

fn measure(tb: &Path, arguments: &Arguments) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench-serve");
    if folder.exists() {
        std::fs::remove_dir_all(&folder).unwrap();
    }
    let site = Server::tb(tb, &folder);
    for number in 0..LISTED {
        load::exchange(site.port, &load::ping("full", number)).unwrap();
    }
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    println!(
        "\n{} runs of {:?} each, in turn; {cores} cores for server and load; data in {}",
        arguments.rounds,
        arguments.length,
        folder.display()
    );
    list(&site, &folder, arguments);
    pings(&site, arguments);
    drop(site);
    std::fs::remove_dir_all(&folder).unwrap();
}

/// B5: list pages, as many as possible.
fn list(site: &Server, folder: &Path, arguments: &Arguments) {
    let request = load::get("/cgi-bin/tb.cgi?__mode=list&tb_id=full");
    let page = load::exchange(site.port, &request).unwrap();
    let text = String::from_utf8_lossy(&page);
    assert!((0..LISTED).all(|number| text.contains(&load::title(number))));
    let file = folder.join("page.html");
    std::fs::write(&file, &page).unwrap();
    let constant = Server::constant(&file);
    println!(
        "\nB5: a list of {LISTED} ({} bytes), {CONNECTIONS} connections",
        page.len()
    );
    let work = Work::Same {
        request,
        page: Arc::new(page),
    };
    let loads = [
        ("tb serve", site, CONNECTIONS, work.clone()),
        ("constant page", &constant, CONNECTIONS, work),
    ];
    let [ours, floor] = alternate(loads, arguments);
    println!(
        "tb serve answers {:.0} % of the constant page's (goal: at least 70 %)",
        100.0 * ours / floor
    );
}

/// B6: pings that are on disk when they are acknowledged.
fn pings(site: &Server, arguments: &Arguments) {
    println!("\nB6: durable pings, {CONNECTIONS} connections on {CONNECTIONS} ids against one");
    // The numbers of ids and permalinks go on through all runs.
    let next = Arc::new(AtomicUsize::new(0));
    let work = Work::Each(Arc::new(move |sent: usize, id: &mut String| {
        if sent.is_multiple_of(PINGS_AN_ID) {
            *id = format!("id{}", next.fetch_add(1, Ordering::Relaxed));
        }
        load::ping(id, next.fetch_add(1, Ordering::Relaxed))
    }));
    let loads = [
        ("64 connections", site, CONNECTIONS, work.clone()),
        ("1 connection", site, 1, work),
    ];
    let [many, one] = alternate(loads, arguments);
    println!(
        "{CONNECTIONS} connections get {:.1} x one's (goal: at least 3)",
        many / one
    );
}

/// Runs the loads in turn and prints the medians; returns requests a second.
fn alternate<const N: usize>(
    loads: [(&str, &Server, usize, Work); N],
    arguments: &Arguments,
) -> [f64; N] {
    let mut outcomes: [Vec<Outcome>; N] = std::array::from_fn(|_| Vec::new());
    // The first round warms up.
    for round in 0..=arguments.rounds {
        for ((name, server, connections, work), outcomes) in loads.iter().zip(&mut outcomes) {
            let load = Load {
                port: server.port,
                connections: *connections,
                work: work.clone(),
                length: arguments.length,
            };
            let before = server.processor_time();
            let mut outcome = load.run().unwrap_or_else(|fault| panic!("{name}: {fault}"));
            outcome.processor = server.processor_time() - before;
            if round > 0 {
                outcomes.push(outcome);
            }
        }
    }
    println!(
        "{:16} {:>10} {:>10} {:>10} {:>14}",
        "", "a second", "median", "p99", "server's CPU"
    );
    std::array::from_fn(|at| {
        let outcomes = &outcomes[at];
        let median = |of: fn(&Outcome) -> f64| {
            let mut all: Vec<f64> = outcomes.iter().map(of).collect();
            all.sort_by(f64::total_cmp);
            all[all.len() / 2]
        };
        let rate = median(Outcome::rate);
        println!(
            "{:16} {rate:>10.0} {:>7.2} ms {:>7.2} ms {:>11.0} µs",
            loads[at].0,
            median(|outcome| outcome.latency(0.5)),
            median(|outcome| outcome.latency(0.99)),
            median(Outcome::processor_each),
        );
        rate
    })
}
