//! An import that is killed at any call, or stopped by a full disk.

use std::fs;

use crate::support::import::put;
use crate::support::site::Site;
use crate::support::snapshot::Snapshot;
use crate::support::storable::{Kept, Layout, kept};
use crate::support::strace::{Call, Ended, Fate, Invocation, calls, run_plain, run_with};

/// A small import, and the calls that it makes from the first that touches a file of pings.
struct Sweep {
    site: Site,
    run: Invocation,
    calls: Vec<Call>,
    wanted: Snapshot,
}

impl Sweep {
    fn new() -> Sweep {
        let site = Site::new();
        let list: Vec<Kept> = (0..3).map(kept).collect();
        let file = put(&site, "entry.stor", &Layout::Network.write(&list));
        let run = Invocation {
            arguments: vec!["import".to_owned(), file.to_str().unwrap().to_owned()],
            ..Invocation::default()
        };
        let mut calls = calls(&site.executable(), &run);
        let first = calls.iter().position(|call| call.text.contains(".jsonl"));
        calls.drain(..first.unwrap());
        let wanted = site.snapshot();
        Sweep {
            site,
            run,
            calls,
            wanted,
        }
    }

    /// Runs it from nothing with one call's fate changed.
    fn strike(&self, call: &Call, fate: Fate) -> Ended {
        for folder in [self.site.data_dir(), self.site.rss_dir()] {
            for entry in fs::read_dir(folder).unwrap() {
                fs::remove_file(entry.unwrap().path()).unwrap();
            }
        }
        run_with(&self.site.executable(), &self.run, call, fate)
    }

    /// Runs it again, and all is there.
    fn complete(&self, call: &Call) {
        let ended = run_plain(&self.site.executable(), &self.run);
        assert_eq!(ended.code, Some(0), "{call:?}: {ended:?}");
        let mut same = self.site.snapshot();
        // A temporary that was left is overwritten the next time it is needed.
        same.retain(|path| !path.to_string_lossy().ends_with(".tmp"));
        assert_eq!(same, self.wanted, "{call:?}");
    }
}

#[test]
fn s10_killed_at_any_call_and_run_again_it_is_complete() {
    let sweep = Sweep::new();
    for call in &sweep.calls {
        let ended = sweep.strike(call, Fate::Kill);
        assert_eq!(ended.signal, Some(9), "{call:?}: {ended:?}");
        sweep.complete(call);
    }
}

#[test]
fn s10_what_a_full_disk_stops_is_said_and_the_same_again_completes_it() {
    let sweep = Sweep::new();
    let writes = |call: &&Call| {
        ["write", "fdatasync", "fsync", "rename", "renameat"].contains(&call.name.as_str())
    };
    let mut failed = 0;
    for call in sweep.calls.iter().filter(writes) {
        let ended = sweep.strike(call, Fate::Error("ENOSPC"));
        assert_eq!(ended.signal, None, "{call:?}: {ended:?}");
        if ended.code == Some(1) {
            failed += 1;
            assert!(ended.stderr.starts_with("tb: "), "{call:?}: {ended:?}");
        } else {
            assert_eq!(ended.code, Some(0), "{call:?}: {ended:?}");
        }
        if let Ok(text) = fs::read_to_string(sweep.site.data_dir().join("entry.jsonl")) {
            assert!(text.is_empty() || text.ends_with('\n'), "{call:?}: {text}");
        }
        sweep.complete(call);
    }
    assert!(failed >= 2, "the pings and their sync: {failed}");
}
