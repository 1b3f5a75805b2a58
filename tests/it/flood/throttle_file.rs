//! `.throttle` itself: damaged, and left by a process that was killed.

use std::fs;

use super::{TOO_MANY, assert_too_many, cgi_from, ping, pings, site};
use crate::support::site::Site;
use crate::support::strace::{Fate, Invocation, calls, run_plain, run_with};
use crate::support::xml::assert_accepted;
use crate::support::{set_mode, write};

const FROM: &str = "198.51.100.1";

/// How long the file is, always.
const LENGTH: u64 = 492_032;

fn put(site: &Site, bytes: &[u8]) {
    let path = site.data_dir().join(".throttle");
    fs::remove_file(&path).unwrap_or_default();
    write(&path, "");
    fs::write(&path, bytes).expect("the file");
    set_mode(&path, 0o600);
}

#[test]
fn s7_a_throttle_that_is_damaged_is_begun_anew_and_holds_again() {
    let site = site("\"prefix 2\"");
    assert_accepted(&cgi_from(&site, FROM, &ping(0)));
    let good = fs::read(site.data_dir().join(".throttle")).expect("the throttle");
    let damaged = [
        Vec::new(),
        good[..good.len() / 2].to_vec(),
        vec![0; good.len()],
        vec![0; 64 << 10],
        b"not a throttle\n".repeat(100_000),
    ];
    for (turn, bytes) in damaged.iter().enumerate() {
        put(&site, bytes);
        let number = u32::try_from(turn).unwrap() * 10;
        assert_accepted(&cgi_from(&site, FROM, &ping(number)));
        assert_accepted(&cgi_from(&site, FROM, &ping(number + 1)));
        assert_too_many(&cgi_from(&site, FROM, &ping(number + 2)), 1_800, TOO_MANY);
        let length = fs::metadata(site.data_dir().join(".throttle"))
            .expect("it")
            .len();
        assert_eq!(length, good.len() as u64);
    }
}

#[test]
fn s10_killed_at_any_call_a_ping_leaves_a_throttle_that_works() {
    let site = site("\"prefix 1000\", \"site 1000\", \"domain 1000\", \"id 1000\"");
    let invocation = |number| {
        let request = ping(number);
        Invocation {
            arguments: Vec::new(),
            environment: request.environment(),
            input: request.body,
        }
    };
    let throttle = site.data_dir().join(".throttle");
    let executable = site.executable();
    // Twice: a throttle that is made, and one that is there.
    for make in [true, false] {
        fs::remove_file(&throttle).unwrap_or_default();
        if !make {
            assert_accepted(&cgi_from(&site, FROM, &ping(0)));
        }
        let kept = fs::read(&throttle).ok();
        let restore = || match &kept {
            Some(bytes) => put(&site, bytes),
            None => fs::remove_file(&throttle).unwrap_or_default(),
        };
        let all = calls(&executable, &invocation(0));
        let first = all
            .iter()
            .position(|call| call.text.contains("\".throttle\""));
        let first = first.expect("the throttle is opened");
        let lines = pings(&site);
        for call in all.iter().skip(first).take(24) {
            restore();
            let what = format!("killed before {}", call.text);
            let ended = run_with(&executable, &invocation(0), call, Fate::Kill);
            assert_eq!(ended.signal, Some(9), "{what}: {ended:?}");
            let again = run_plain(&executable, &invocation(0));
            assert!(
                String::from_utf8_lossy(&again.stdout).contains("<error>0</error>"),
                "{what}: {again:?}"
            );
            let length = fs::metadata(&throttle).expect("the throttle").len();
            assert_eq!(length, LENGTH, "{what}");
        }
        assert_eq!(pings(&site).len(), lines.len());
    }
}

#[test]
fn without_a_throttle_there_is_no_limit_and_no_file() {
    let site = Site::new();
    for number in 0..70 {
        assert_accepted(&cgi_from(&site, FROM, &ping(number)));
    }
    assert!(!site.data_dir().join(".throttle").exists());
}
