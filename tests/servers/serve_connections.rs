//! 2,000 connections to `tb serve` from public addresses, in a network of its own: a prefix has at most a quarter of all
//! places, and whoever else asks is answered.

use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::thread;
use std::time::Duration;

use crate::support::apart::run_again;
use crate::support::connections::{
    allow_many_descriptors, ask_from, connect_from, mixed, with_long_list,
};
use crate::support::process::wait_for;
use crate::support::site::Site;

const MANY: usize = 2_000;
/// The places of one prefix.
const OF_ONE: usize = 1_024 / 4;
/// Tells the test that it is in the network.
const THERE: &str = "TB_TEST_IS_IN_A_NETWORK_OF_ITS_OWN";

/// Public addresses, all of which this network has.
const FLOODS: [[u8; 3]; 4] = [[203, 0, 113], [198, 51, 100], [192, 0, 2], [198, 18, 7]];
const HONEST: [u8; 4] = [198, 19, 1, 9];

/// The address of a connection: each prefix has `count` of them in turn.
fn address(prefixes: &[[u8; 3]], number: usize) -> [u8; 4] {
    let [a, b, c] = prefixes[number % prefixes.len()];
    [a, b, c, (number / prefixes.len() % 200) as u8 + 1]
}

/// How many connections of a prefix the server has open.
fn open_connections(port: u16, [a, b, c]: [u8; 3]) -> usize {
    let local = format!(":{port:04X}");
    // As the kernel writes an address: its last part first.
    let prefix = format!("{c:02X}{b:02X}{a:02X}:");
    let table = fs::read_to_string("/proc/net/tcp").unwrap();
    let is_open = |line: &&str| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        fields[1].ends_with(&local) && fields[2][2..].starts_with(&prefix) && fields[3] == "01"
    };
    table.lines().skip(1).filter(is_open).count()
}

fn flood(prefixes: &[[u8; 3]]) {
    allow_many_descriptors();
    let mut site = with_long_list();
    let serving = site.serve();
    let mut held = Vec::new();
    for number in 0..MANY {
        let Some(mut stream) = connect_from(address(prefixes, number), serving.port) else {
            continue;
        };
        stream.write_all(&mixed(number)).ok();
        held.push(stream);
        if number % 250 == 249 {
            let response = ask_from(HONEST, serving.port);
            assert!(
                response.starts_with("HTTP/1.1 200 "),
                "{number}: {response}"
            );
        }
    }
    for prefix in prefixes {
        let closed = wait_for(|| (open_connections(serving.port, *prefix) <= OF_ONE).then_some(()));
        let open = open_connections(serving.port, *prefix);
        assert!(closed.is_some() && open > OF_ONE / 4, "{prefix:?}: {open}");
    }
    for address in [HONEST, [127, 0, 0, 2]] {
        let response = ask_from(address, serving.port);
        assert!(response.ends_with("</html>\n"), "{address:?}: {response}");
    }
    // A neighbour in a prefix of the flood gets the place of what has waited longest there.
    let [a, b, c] = prefixes[0];
    let answered = wait_for(|| {
        let response = ask_from([a, b, c, 250], serving.port);
        response.starts_with("HTTP/1.1 200 ").then_some(())
    });
    assert!(answered.is_some());
    drop(held);
    assert_eq!(serving.stop(), Some(0));
}

/// Runs the test again in a network that has all these addresses, or floods there.
fn apart(test: &str, prefixes: &[[u8; 3]]) {
    if std::env::var_os(THERE).is_some() {
        flood(prefixes);
        return;
    }
    let own = [HONEST[0], HONEST[1], HONEST[2]];
    let addresses: String = FLOODS
        .iter()
        .chain([&own])
        .map(|[a, b, c]| format!("; ip address add {a}.{b}.{c}.1/24 dev lo"))
        .collect();
    run_again(
        &format!("serve_connections::{test}"),
        &format!("ip link set lo up{addresses}"),
        &[(THERE, OsStr::new("1"))],
    );
}

#[test]
fn f9_a_public_prefix_with_2_000_connections_has_a_quarter_of_all_places() {
    apart(
        "f9_a_public_prefix_with_2_000_connections_has_a_quarter_of_all_places",
        &FLOODS[..1],
    );
}

#[test]
fn f9_four_public_prefixes_with_2_000_connections_lock_nobody_out() {
    apart(
        "f9_four_public_prefixes_with_2_000_connections_lock_nobody_out",
        &FLOODS,
    );
}

#[test]
fn a_server_without_requests_does_nothing() {
    let serving = Site::new().serve();
    let before = serving.waits();
    thread::sleep(Duration::from_secs(1));
    let idle_from_the_start = serving.waits() - before;
    // Requests at the same time start several of its threads.
    for _ in 0..20 {
        thread::scope(|scope| {
            for _ in 0..20 {
                scope.spawn(|| ask_from([127, 0, 0, 1], serving.port));
            }
        });
    }
    let quiet = wait_for(|| {
        let before = serving.waits();
        thread::sleep(Duration::from_secs(1));
        // Two threads that wake each other wait many thousand times.
        (serving.waits() - before <= idle_from_the_start + 100).then_some(())
    });
    assert!(quiet.is_some());
}
