//! A purge, killed at any call.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;

use crate::support::image::Image;
use crate::support::owner_session::{LONG_AGO, forget_last_run, ping, put, states};
use crate::support::request::Request;
use crate::support::site::Site;
use crate::support::strace::{Fate, Invocation, calls, run_with};
use crate::support::xml::assert_accepted;

/// What stands in an id: the living, and which number comes next.
fn survivors(site: &Site, id: &str) -> BTreeSet<u64> {
    states(site, id)
        .into_iter()
        .map(|(number, _)| number)
        .collect()
}

/// Kills a run before each of its calls in turn: a ping that is not old junk is never lost, no number is given
/// twice, and the next run finishes.
fn sweep(lines: &[Value], kept: &[u64], last: u64) {
    let site = Site::new();
    put(&site, "entry", lines);
    let folders = [site.data_dir(), site.rss_dir()];
    let beginning = Image::capture(&folders, &site.config());
    let run = Invocation {
        arguments: vec!["rebuild".to_owned()],
        ..Invocation::default()
    };
    let all = survivors(&site, "entry");
    let kept: BTreeSet<u64> = kept.iter().copied().collect();
    let executable = site.executable();
    let calls = calls(&executable, &run);
    beginning.restore();
    for call in &calls {
        beginning.restore();
        let ended = run_with(&executable, &run, call, Fate::Kill);
        let what = format!("killed before {}", call.text);
        assert_eq!(ended.signal, Some(9), "{what}: {ended:?}");
        let text = fs::read_to_string(site.data_dir().join("entry.jsonl")).expect("the pings");
        assert!(text.ends_with('\n'), "{what}: torn");
        let now = survivors(&site, "entry");
        assert!(
            kept.is_subset(&now) && now.is_subset(&all),
            "{what}: {now:?}"
        );
        assert_accepted(&site.cgi(&Request::ping("entry", "http://weblog.example/new")));
        assert!(
            survivors(&site, "entry").contains(&(last + 1)),
            "{what}: a number twice"
        );
        forget_last_run(&site);
        site.tb(&["rebuild"]);
        let mut done = kept.clone();
        done.insert(last + 1);
        assert_eq!(survivors(&site, "entry"), done, "{what}");
    }
}

#[test]
fn s10_killed_at_any_call_a_purge_loses_nothing_but_old_junk() {
    let lines = [
        ping(1, LONG_AGO, "published", "verified"),
        ping(2, LONG_AGO, "junk", "score"),
        ping(3, LONG_AGO, "held", "unknown-domain"),
        ping(4, LONG_AGO, "junk", "score"),
    ];
    sweep(&lines, &[1, 3], 4);
}

#[test]
fn s10_killed_at_any_call_a_purge_that_compacts_loses_nothing_but_old_junk() {
    let mut lines: Vec<Value> = (1..=90)
        .map(|n| ping(n, LONG_AGO, "junk", "score"))
        .collect();
    lines[6] = ping(7, LONG_AGO, "published", "verified");
    sweep(&lines, &[7], 90);
}
