//! What a request costs by CGI: this program against Perl as it was done in 2002, and against the least
//! that C can do with the same system calls.
//!
//! `cargo bench` builds the static executable, then starts each program in turn (A B C, A B C …) as a
//! web server would, with an environment and a body on standard input, and reads the answer to its end.
//! An answer that is wrong ends the bench; no time is ever asserted.
//!
//! `cargo bench -- --runs 20` is quick; `--tb NAME=PATH`, which may be repeated, measures executables
//! that are there already, each under its name.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a bench talks to a terminal, and what is wrong must end it"
)]

mod program;
mod run;

use std::path::{Path, PathBuf};

use program::{Kind, Program};
use run::{Request, Summary};

/// How many pings the list page shows.
const LISTED: usize = 50;
/// How often peak memory is looked at.
const MEMORY_RUNS: usize = 5;

/// A piece of work that every program does, each in its own way.
struct Work {
    name: &'static str,
    /// Those that can do it.
    kinds: &'static [Kind],
    /// The request of the n-th run.
    request: fn(usize) -> Request,
    /// What is wrong with an answer.
    fault: fn(&str) -> Option<String>,
}

const WORKS: [Work; 3] = [
    Work {
        name: "a ping",
        kinds: &[Kind::Tb, Kind::Perl, Kind::Floor("ping")],
        request: |run| Request::ping(&format!("new-{run}").replace('-', "_"), run),
        fault: ping_fault,
    },
    Work {
        name: "a list of 50",
        kinds: &[Kind::Tb, Kind::Perl, Kind::Floor("list")],
        request: |_| Request::get("__mode=list&tb_id=full"),
        fault: list_fault,
    },
    Work {
        name: "no such mode",
        kinds: &[Kind::Tb, Kind::Floor("noop")],
        request: |_| Request::get("__mode=nonsense"),
        fault: |answer| lacks(answer, "Status: 400"),
    },
];

fn main() {
    let Some((runs, given)) = arguments() else {
        println!("only `cargo bench` runs this");
        return;
    };
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench-cgi");
    let programs = program::prepare(&folder, given);
    println!("\n{runs} runs of each, in turn; {}", place(&folder));
    for program in &programs {
        if program.kind == Kind::Tb {
            let size = std::fs::metadata(&program.executable).unwrap().len();
            println!(
                "{}: {:.2} MB (tests: at most 9.44)",
                program.name,
                size as f64 / 1e6
            );
        }
    }
    for program in programs.iter().filter(|program| program.can_fill()) {
        for number in 0..LISTED {
            let answer = run::answer(program, &Request::ping("full", number)).1;
            check(program, "filling", ping_fault(&answer));
        }
    }
    println!(
        "\n{:14} {:12} {:>9} {:>9} {:>9}",
        "work", "program", "median", "p95", "peak"
    );
    for work in &WORKS {
        measure(work, &programs, runs);
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

/// The number of runs, and the executables given by name; `None` if `cargo bench` did not start this.
fn arguments() -> Option<(usize, Vec<(String, PathBuf)>)> {
    let (mut runs, mut given, mut bench) = (300, Vec::new(), false);
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--bench" => bench = true,
            "--runs" => {
                runs = words
                    .next()
                    .and_then(|n| n.parse().ok())
                    .expect("--runs NUMBER")
            }
            "--tb" => {
                let word = words.next().expect("--tb NAME=PATH");
                let (name, path) = word.split_once('=').expect("--tb NAME=PATH");
                given.push((name.to_owned(), PathBuf::from(path)));
            }
            other => panic!("unknown argument `{other}`; there are --runs N and --tb NAME=PATH"),
        }
    }
    assert!(runs > 0, "--runs must be at least 1");
    bench.then_some((runs, given))
}

fn measure(work: &Work, programs: &[Program], runs: usize) {
    let programs: Vec<&Program> = programs
        .iter()
        .filter(|program| work.kinds.contains(&program.kind))
        .collect();
    let mut times = vec![Vec::new(); programs.len()];
    // The first round fills the page cache and makes the lock files.
    for run in 0..=runs {
        for (program, times) in programs.iter().zip(&mut times) {
            let (time, answer) = run::answer(program, &(work.request)(run));
            check(program, work.name, (work.fault)(&answer));
            if run > 0 {
                times.push(time);
            }
        }
    }
    let summaries: Vec<Summary> = times.into_iter().map(Summary::of).collect();
    for (at, (program, summary)) in programs.iter().zip(&summaries).enumerate() {
        let requests = (1..=MEMORY_RUNS).map(|run| (work.request)(runs + run));
        let peak = match run::peak_memory(program, requests) {
            Some(bytes) => format!("{:.1} MB", bytes as f64 / 1e6),
            None => "-".to_owned(),
        };
        println!(
            "{:14} {:12} {:>6.2} ms {:>6.2} ms {peak:>9}  {}",
            if at == 0 { work.name } else { "" },
            program.name,
            summary.median,
            summary.p95,
            comparison(program, summary, programs[0], &summaries[0]),
        );
    }
}

/// How a program stands against the first, which is ours, and what the goal is.
fn comparison(program: &Program, summary: &Summary, first: &Program, ours: &Summary) -> String {
    match program.kind {
        Kind::Tb if program.name == first.name => "(goal: peak at most 8 MB)".to_owned(),
        Kind::Tb => format!("{:.3} x {}", summary.median / ours.median, first.name),
        Kind::Perl => {
            let ratio = summary.median / ours.median;
            format!("{} is {ratio:.1} x as fast (goal: at least 10)", first.name)
        }
        Kind::Floor(_) => {
            let ratio = ours.median / summary.median;
            format!("{} takes {ratio:.2} x its time", first.name)
        }
    }
}

fn check(program: &Program, work: &str, fault: Option<String>) {
    if let Some(fault) = fault {
        panic!("{}, {work}: {fault}", program.name);
    }
}

fn ping_fault(answer: &str) -> Option<String> {
    lacks(answer, "<error>0</error>")
}

fn list_fault(answer: &str) -> Option<String> {
    let missing = (0..LISTED).find(|&number| !answer.contains(&run::title(number)))?;
    Some(format!(
        "`{}` is not listed in:\n{answer}",
        run::title(missing)
    ))
}

fn lacks(answer: &str, what: &str) -> Option<String> {
    (!answer.contains(what)).then(|| format!("no `{what}` in:\n{answer}"))
}

/// The folder and its file system: a sync costs nothing in memory.
fn place(folder: &Path) -> String {
    let mounts = std::fs::read_to_string("/proc/mounts").unwrap_or_default();
    let kind = mounts
        .lines()
        .filter_map(|line| {
            let mut words = line.split(' ').skip(1);
            Some((words.next()?, words.next()?))
        })
        .filter(|(mount, _)| folder.starts_with(mount))
        .max_by_key(|(mount, _)| mount.len());
    let kind = kind.map_or("unknown", |(_, kind)| kind);
    format!("data on {kind}: {}", folder.display())
}
