//! What a request costs by the number of pings that its id has: a ping, the first page of the list, the
//! RSS, and a delete, in ids of a hundred, ten thousand and a million pings.
//!
//! `cargo bench --bench size` builds the static executable, writes the three files of pings, and asks each
//! id in turn. It prints medians and what a million costs against a hundred (goal: at most 2 times, in at most
//! 16 MB), and with `--save` draws them as `benches/size/cost.svg`. `--runs 20` is quick.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a bench talks to a terminal, and what is wrong must end it"
)]

mod plot;
#[path = "../cgi/program.rs"]
#[allow(dead_code, reason = "the rest is for the bench `cgi`")]
mod program;
#[path = "../cgi/run.rs"]
#[allow(dead_code, reason = "the rest is for the bench `cgi`")]
mod run;

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use program::{Kind, Program};
use run::{Request, Summary};

/// How many pings the ids have.
const SIZES: [u64; 3] = [100, 10_000, 1_000_000];
const WORKS: [&str; 4] = ["a ping", "the list", "the RSS", "a delete"];

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if !words.iter().any(|word| word == "--bench") {
        println!("only `cargo bench` runs this");
        return;
    }
    let after = |name: &str| words.iter().skip_while(|word| *word != name).nth(1);
    let runs: usize = after("--runs").map_or(300, |n| n.parse().expect("--runs NUMBER"));
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench-size");
    let programs = program::prepare(&folder, Vec::new());
    let tb = programs
        .iter()
        .find(|program| program.kind == Kind::Tb)
        .unwrap();
    let data = folder.join(&tb.name).join("data");
    for size in SIZES {
        fill(&data, size);
        // The first change makes the index.
        check(
            "filling",
            &run::answer(tb, &Request::ping(&id(size), 0)).1,
            "<error>0</error>",
        );
    }
    println!(
        "\n{runs} runs of each, in turn; data in {}",
        folder.display()
    );
    println!(
        "\n{:10} {:>10} {:>10} {:>10} {:>9} {:>10}",
        "", "10^2", "10^4", "10^6", "10^6/10^2", "peak 10^6"
    );
    let mut curves = Vec::new();
    for work in WORKS {
        let medians = measure(tb, work, runs);
        let peak = peak(tb, work, runs).map_or("-".to_owned(), |bytes| {
            format!("{:.1} MB", bytes as f64 / 1e6)
        });
        let [small, middle, large] = medians;
        println!(
            "{work:10} {small:>7.2} ms {middle:>7.2} ms {large:>7.2} ms {:>9.2} {peak:>10}",
            large / small
        );
        curves.push((work, medians));
    }
    println!("(goal: at most 2.00, in at most 16 MB)");
    if words.iter().any(|word| word == "--save") {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/size/cost.svg");
        fs::write(file, plot::draw(&SIZES, &curves)).unwrap();
    }
    fs::remove_dir_all(&folder).unwrap();
}

fn id(size: u64) -> String {
    format!("size{size}")
}

/// Writes a file of so many pings, each as long as pings are.
fn fill(data: &Path, size: u64) {
    let file = data.join(format!("{}.jsonl", id(size)));
    let mut out = BufWriter::new(File::create(file).unwrap());
    let excerpt = "Some words & then some more, 猫 too. ".repeat(6);
    for number in 1..=size {
        writeln!(
            out,
            "{{\"op\":\"ping\",\"id\":{number},\"time\":\"2026-11-20T05:00:00Z\",\
             \"url\":\"https://other.example/2025/{number}\",\"title\":\"Old-{number:07}\",\"excerpt\":\"{excerpt}\",\
             \"blog_name\":\"Another weblog\",\"state\":\"published\",\"via\":\"trackback\",\"from\":\"203.0.113.0/24\"}}"
        )
        .unwrap();
    }
    out.into_inner().unwrap().sync_all().unwrap();
}

/// The medians of a work in each id, in milliseconds.
fn measure(tb: &Program, work: &str, runs: usize) -> [f64; 3] {
    let mut times = [const { Vec::new() }; 3];
    for run in 0..=runs {
        for (size, times) in SIZES.into_iter().zip(&mut times) {
            let time = once(tb, work, size, run);
            if run > 0 {
                times.push(time);
            }
        }
    }
    times.map(|times| Summary::of(times).median)
}

fn once(tb: &Program, work: &str, size: u64, run: usize) -> Duration {
    let id = id(size);
    match work {
        "a delete" => delete(tb, &id, number_to_delete(size, run)),
        "a ping" => ask(tb, work, &Request::ping(&id, run + 1), "<error>0</error>"),
        "the list" => ask(
            tb,
            work,
            &Request::get(&format!("__mode=list&tb_id={id}")),
            "class=\"ping\"",
        ),
        _ => ask(
            tb,
            work,
            &Request::get(&format!("__mode=rss&tb_id={id}")),
            "<item>",
        ),
    }
}

/// A different one each time: the oldest ones of a small id, and some from everywhere in a large one.
fn number_to_delete(size: u64, run: usize) -> u64 {
    let run = run as u64;
    if size > 1000 {
        1 + run * (size / 1000)
    } else {
        size + 1 + run
    }
}

fn ask(tb: &Program, work: &str, request: &Request, sign: &str) -> Duration {
    let (time, answer) = run::answer(tb, request);
    check(work, &answer, sign);
    time
}

fn delete(tb: &Program, id: &str, number: u64) -> Duration {
    let begin = Instant::now();
    let output = Command::new(&tb.executable)
        .args(["delete", id, &number.to_string()])
        .env_clear()
        .output()
        .unwrap();
    let time = begin.elapsed();
    assert!(output.status.success(), "{output:?}");
    time
}

/// The most memory of one run in the largest id.
fn peak(tb: &Program, work: &str, runs: usize) -> Option<u64> {
    let id = id(SIZES[2]);
    let requests: Vec<Request> = match work {
        "a ping" => (1..=3)
            .map(|run| Request::ping(&id, 10 * runs + run))
            .collect(),
        "the list" => vec![Request::get(&format!("__mode=list&tb_id={id}"))],
        "the RSS" => vec![Request::get(&format!("__mode=rss&tb_id={id}"))],
        _ => return None,
    };
    run::peak_memory(tb, requests.into_iter())
}

fn check(work: &str, answer: &str, sign: &str) {
    assert!(answer.contains(sign), "{work}: no `{sign}` in:\n{answer}");
}
