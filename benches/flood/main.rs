//! A flood of pings from one address prefix, and what becomes of an honest ping meanwhile.
//!
//! `cargo bench --bench flood` starts Apache and `tb serve` in turn, as the tests do, with the default limits and
//! policy. The flood keeps its connections open and sends as fast as it is answered; once a while a ping comes from
//! an address that has sent none before. Printed are refusals a second, and how long the honest ones took before
//! and during the flood. Nothing is asserted about time, but that every honest ping is taken and that the flood made
//! no more files than its prefix may.
//!
//! `-- --pings 5000` is quick.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    dead_code,
    unused_macros,
    unused_imports,
    reason = "a bench talks to a terminal, what is wrong must end it, and it needs only a part of what tests stand on"
)]

#[path = "../../tests/support/mod.rs"]
mod support;

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use rustix::net::{AddressFamily, SocketType, bind, connect, socket};
use support::server::{Kind, Server};
use support::site::Site;

/// Connections of the flood.
const CONNECTIONS: usize = 16;
/// Honest pings before the flood; as many again come during it, if it lasts.
const HONEST: u8 = 40;
/// How far apart they are.
const APART: Duration = Duration::from_millis(150);

/// What a flood came to.
#[derive(Default)]
struct Flood {
    refused: usize,
    taken: usize,
    seconds: f64,
}

fn main() {
    let words: Vec<String> = std::env::args().collect();
    if !words.iter().any(|word| word == "--bench") {
        println!("only `cargo bench` runs this");
        return;
    }
    let named = words.iter().position(|word| word == "--pings");
    let pings = named.map_or(100_000, |at| words[at + 1].parse().expect("--pings NUMBER"));
    println!(
        "{pings} pings from one prefix, {CONNECTIONS} connections; an honest ping each {APART:?}"
    );
    println!(
        "{:24} {:>12} {:>8} {:>22} {:>22}",
        "", "refusals/s", "taken", "honest before, median", "during, median / worst"
    );
    let mut site = site();
    let server = Server::start(Kind::ApacheEvent, &mut site);
    measure("Apache (event, mod_cgid)", &site, server.port, pings);
    drop(server);
    let mut site = self::site();
    let serving = site.serve();
    measure("tb serve", &site, serving.port, pings);
}

/// A site as it is by default: pings of strangers are held, and limits hold.
fn site() -> Site {
    let mut site = Site::shipped();
    for (key, value) in [
        ("publish", "\"known\""),
        ("throttle", "\"on\""),
        ("allow_private", "false"),
    ] {
        site.set(key, value);
    }
    site
}

fn measure(name: &str, site: &Site, port: u16, pings: usize) {
    let before: Vec<f64> = (0..HONEST).map(|number| honest(port, 1, number)).collect();
    let (flood, during) = std::thread::scope(|scope| {
        let flood = scope.spawn(|| flood(port, pings));
        let mut during = Vec::new();
        while !flood.is_finished() && during.len() < 200 {
            std::thread::sleep(APART);
            during.push(honest(port, 2, during.len() as u8));
        }
        (flood.join().unwrap(), during)
    });
    assert_eq!(flood.refused + flood.taken, pings);
    let files = std::fs::read_dir(site.data_dir()).unwrap().count();
    assert!(files < 200, "the flood made files: {files}");
    let median = |mut times: Vec<f64>| {
        times.sort_by(f64::total_cmp);
        (times[times.len() / 2], times[times.len() - 1])
    };
    let ((before, _), (during, worst)) = (median(before), median(during));
    println!(
        "{name:24} {:>12.0} {:>8} {:>19.1} ms {:>10.1} / {:>6.1} ms",
        flood.refused as f64 / flood.seconds,
        flood.taken,
        before,
        during,
        worst
    );
}

/// Sends `pings` as fast as they are answered.
fn flood(port: u16, pings: usize) -> Flood {
    let next = AtomicUsize::new(0);
    let begin = Instant::now();
    let refused: usize = std::thread::scope(|scope| {
        let senders: Vec<_> = (0..CONNECTIONS)
            .map(|_| scope.spawn(|| sender(port, pings, &next)))
            .collect();
        senders
            .into_iter()
            .map(|sender| sender.join().unwrap())
            .sum()
    });
    Flood {
        refused,
        taken: pings - refused,
        seconds: begin.elapsed().as_secs_f64(),
    }
}

/// One connection of the flood, made anew where the server closes it; returns how many were refused.
fn sender(port: u16, pings: usize, next: &AtomicUsize) -> usize {
    let mut refused = 0;
    let mut stream = None;
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        if number >= pings {
            return refused;
        }
        // Ids at random, so that each would make a file.
        let id = format!(
            "id{}",
            (number as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32
        );
        let request = request(&id, &format!("http://spam.example/{number}"));
        let answer = loop {
            let open = stream.get_or_insert_with(|| dial(Ipv4Addr::LOCALHOST, port));
            match exchange(open, &request) {
                Some(answer) => break answer,
                None => stream = None,
            }
        };
        refused += usize::from(answer.contains("<error>1</error>"));
        if answer.to_ascii_lowercase().contains("connection: close") {
            stream = None;
        }
    }
}

/// One ping from an address that has sent none before; returns how long it took, in milliseconds.
fn honest(port: u16, round: u8, number: u8) -> f64 {
    let from = Ipv4Addr::new(127, 20 + round, number, 1);
    let request = request(
        &format!("entry-{}", number % 30),
        &format!("http://weblog-{round}-{number}.example/"),
    );
    let begin = Instant::now();
    let answer = exchange(&mut dial(from, port), &request).expect("an answer");
    assert!(
        answer.contains("<error>0</error>"),
        "an honest ping is refused: {answer}"
    );
    begin.elapsed().as_secs_f64() * 1e3
}

fn request(id: &str, url: &str) -> Vec<u8> {
    let fields = [
        ("url", url),
        ("title", "A title"),
        ("excerpt", "Some words about it."),
    ];
    let body = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish();
    format!(
        "POST {}/{id} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {}\r\n\r\n{body}",
        support::site::BASE,
        body.len()
    )
    .into_bytes()
}

fn dial(from: Ipv4Addr, port: u16) -> TcpStream {
    let fd = socket(AddressFamily::INET, SocketType::STREAM, None).unwrap();
    bind(&fd, &SocketAddr::from((from, 0))).unwrap();
    connect(&fd, &SocketAddr::from((Ipv4Addr::LOCALHOST, port))).unwrap();
    let stream = TcpStream::from(fd);
    stream.set_nodelay(true).unwrap();
    stream
}

/// Sends a request and reads its answer; `None` where the connection is over.
fn exchange(stream: &mut TcpStream, request: &[u8]) -> Option<String> {
    stream.write_all(request).ok()?;
    let mut answer = Vec::new();
    let mut piece = [0; 4096];
    loop {
        let count = stream.read(&mut piece).ok().filter(|count| *count > 0)?;
        answer.extend_from_slice(&piece[..count]);
        if answer.windows(11).any(|part| part == b"</response>") {
            return Some(String::from_utf8_lossy(&answer).into_owned());
        }
    }
}
