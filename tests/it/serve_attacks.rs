//! Clients that hold connections of `tb serve`: whatever they do with them, others are answered.

use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::support::connections::{
    allow_many_descriptors, ask_from, connect_from, large_body, list, mixed, never_reads,
    slow_body, slow_head, with_long_list,
};
use crate::support::site::{BASE, Serving, Site};

/// More connections than `tb serve` has places.
const MANY: usize = 1_100;

/// The most memory of the server, in KiB.
const MOST: u64 = 64 << 10;

/// A site with a list that no socket takes whole, and a server for it.
fn serving() -> (Site, Serving) {
    let mut site = with_long_list();
    let serving = site.serve();
    (site, serving)
}

/// The response to an honest request from another address.
fn honest(port: u16) -> String {
    ask_from([127, 0, 0, 2], port)
}

/// Opens connections, each of which begins with what `begin` says, and asks honestly meanwhile.
fn attack(begin: impl Fn(usize) -> Vec<u8>) {
    allow_many_descriptors();
    let (_site, serving) = serving();
    let mut held = Vec::new();
    for number in 0..MANY {
        let Some(mut stream) = connect_from([127, 0, 0, 1], serving.port) else {
            continue;
        };
        // It may have had to make room already.
        stream.write_all(&begin(number)).ok();
        held.push(stream);
        if number % 200 == 199 {
            let answer = honest(serving.port);
            assert!(answer.starts_with("HTTP/1.1 200 "), "{number}: {answer}");
        }
    }
    for _ in 0..3 {
        let answer = honest(serving.port);
        assert!(
            answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("</html>\n"),
            "{answer}"
        );
    }
    let peak = serving.peak_memory();
    assert!(peak < MOST, "{peak} KiB");
    drop(held);
    assert_eq!(serving.stop(), Some(0));
}

#[test]
fn s7_connections_that_never_read_lock_nobody_out() {
    attack(|_| never_reads());
}

#[test]
fn s7_heads_that_never_end_lock_nobody_out() {
    attack(|_| slow_head());
}

#[test]
fn s7_bodies_that_never_end_lock_nobody_out() {
    attack(|_| slow_body());
}

#[test]
fn s7_large_bodies_that_never_end_lock_nobody_out_and_have_a_limit_together() {
    attack(|_| large_body());
}

#[test]
fn s7_a_body_in_small_pieces_takes_the_memory_of_its_bytes() {
    let mut site = Site::new();
    let serving = site.serve();
    let mut held: Vec<TcpStream> = (0..50)
        .filter_map(|_| connect_from([127, 0, 0, 1], serving.port))
        .collect();
    for stream in &mut held {
        stream.set_nodelay(true).unwrap();
        stream.write_all(&slow_body()).unwrap();
    }
    let before = serving.peak_memory();
    // Each is read by itself, as other connections have one too.
    for _ in 0..600 {
        for stream in &mut held {
            // On a slow machine the time for a body may be over.
            stream.write_all(b"x").ok();
        }
    }
    let answer = honest(serving.port);
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    let more = serving.peak_memory() - before;
    assert!(more < 8 << 10, "{more} KiB");
    drop(held);
    assert_eq!(serving.stop(), Some(0));
}

#[test]
fn s7_connections_that_are_kept_and_silent_lock_nobody_out() {
    attack(|_| list().into_bytes());
}

#[test]
fn s7_all_of_that_at_once_locks_nobody_out() {
    attack(mixed);
}

#[test]
fn s7_clients_that_ask_again_and_again_lock_nobody_out() {
    allow_many_descriptors();
    let (_site, serving) = serving();
    let port = serving.port;
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let mut held: Vec<TcpStream> = Vec::new();
                while !done.load(Ordering::Relaxed) {
                    held.retain_mut(|stream| {
                        let mut buffer = [0; 4096];
                        stream.set_nonblocking(true).unwrap();
                        let read = stream.read(&mut buffer);
                        let alive = match read {
                            Ok(count) => count > 0,
                            Err(error) => error.kind() == ErrorKind::WouldBlock,
                        };
                        alive && stream.write_all(list().as_bytes()).is_ok()
                    });
                    if held.len() < 500 {
                        held.extend(connect_from([127, 0, 0, 1], port));
                    }
                }
            });
        }
        for _ in 0..10 {
            let answer = honest(port);
            assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
        }
        done.store(true, Ordering::Relaxed);
    });
    assert_eq!(serving.stop(), Some(0));
}

#[test]
fn s7_an_answer_that_nobody_reads_is_given_up() {
    let (_site, serving) = serving();
    let mut stream = connect_from([127, 0, 0, 1], serving.port).expect("a connection");
    stream.write_all(&never_reads().repeat(4)).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(120)))
        .unwrap();
    // Closed by the server, as the rest of what it has to write shows: nothing is read until then.
    let closed = crate::support::process::wait_for(|| is_closed(&stream).then_some(()));
    let closed =
        closed.or_else(|| crate::support::process::wait_for(|| is_closed(&stream).then_some(())));
    assert!(closed.is_some(), "it waits for ever");
}

/// Whether the server has closed a connection, whatever is left to read: the system says it of the server's socket.
fn is_closed(stream: &TcpStream) -> bool {
    let local = stream.local_addr().unwrap();
    let port = format!(":{:04X}", local.port());
    let table = fs::read_to_string("/proc/net/tcp").unwrap();
    let ours = table.lines().find(|line| {
        let mut fields = line.split_whitespace();
        fields
            .nth(2)
            .is_some_and(|address| address.ends_with(&port))
    });
    // 01 is an established connection.
    ours.is_none_or(|line| line.split_whitespace().nth(3) != Some("01"))
}

#[test]
fn a_request_of_http_1_1_names_one_host() {
    let mut site = Site::new();
    let serving = site.serve();
    for (line, hosts, status) in [
        ("HTTP/1.1", "Host: x\r\n", 200),
        ("HTTP/1.0", "", 200),
        ("HTTP/1.0", "Host: x\r\n", 200),
        ("HTTP/1.1", "", 400),
        ("HTTP/1.1", "Host: x\r\nHost: x\r\n", 400),
        ("HTTP/1.1", "Host: x\r\nhost: y\r\n", 400),
        ("HTTP/1.0", "Host: x\r\nHost: y\r\n", 400),
        ("HTTP/1.1", "Host:\r\n", 200),
        ("HTTP/1.1", "Host: blog.example:8080\r\n", 200),
        ("HTTP/1.1", "Host: x:\r\n", 200),
        ("HTTP/1.1", "Host: [2001:db8::1]:80\r\n", 200),
        ("HTTP/1.1", "Host: a_b.example\r\n", 200),
        ("HTTP/1.1", "Host: a, b\r\n", 400),
        ("HTTP/1.1", "Host: a b/<x>\r\n", 400),
        ("HTTP/1.1", "Host: u@h\r\n", 400),
        ("HTTP/1.1", "Host: u:p@h\r\n", 400),
        ("HTTP/1.1", "Host: h:99999\r\n", 400),
        ("HTTP/1.1", "Host: h:x\r\n", 400),
        ("HTTP/1.1", "Host: h/x\r\n", 400),
        ("HTTP/1.1", "Host: [2001:db8::1\r\n", 400),
    ] {
        let request = format!("GET {BASE} {line}\r\n{hosts}Connection: close\r\n\r\n");
        let answer = crate::support::http::exchange(serving.port, request.as_bytes());
        let answer = String::from_utf8_lossy(&answer).into_owned();
        assert!(
            answer.starts_with(&format!("{line} {status} ")),
            "{line} {hosts:?}: {answer}"
        );
    }
}
