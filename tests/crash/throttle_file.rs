//! `.throttle`, left by a process that was killed.

use std::fs;

use crate::support::flood::{FROM, LENGTH, cgi_from, ping, pings, put, site};
use crate::support::strace::{Fate, Invocation, calls, run_plain, run_with};
use crate::support::xml::assert_accepted;

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
