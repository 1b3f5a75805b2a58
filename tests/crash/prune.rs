//! `tb prune`, killed at any call.

use serde_json::json;

use crate::support::image::Image;
use crate::support::owner_session::{LONG_AGO, ping, put, states};
use crate::support::site::Site;
use crate::support::strace::{Fate, Invocation, calls, run_with};

#[test]
fn s10_killed_at_any_call_a_prune_loses_nothing_but_old_junk_and_the_next_finishes() {
    let site = Site::new();
    let lines = [
        ping(1, LONG_AGO, "published", "verified"),
        ping(2, LONG_AGO, "junk", "score"),
        ping(3, LONG_AGO, "held", "unknown-domain"),
        json!({ "op": "state", "id": 1, "time": LONG_AGO, "to": "held", "why": "owner" }),
        json!({ "op": "state", "id": 1, "time": LONG_AGO, "to": "published", "why": "owner" }),
    ];
    put(&site, "entry", &lines);
    let kept = [
        (1, "published owner".to_owned()),
        (3, "held unknown-domain".to_owned()),
    ];
    let beginning = Image::capture(&[site.data_dir(), site.rss_dir()], &site.config());
    let run = Invocation {
        arguments: vec!["prune".to_owned()],
        ..Invocation::default()
    };
    let executable = site.executable();
    let calls = calls(&executable, &run);
    for call in &calls {
        beginning.restore();
        let ended = run_with(&executable, &run, call, Fate::Kill);
        let what = format!("killed before {}", call.text);
        assert_eq!(ended.signal, Some(9), "{what}: {ended:?}");
        let mut left = states(&site, "entry");
        left.retain(|(number, _)| *number != 2);
        assert_eq!(left, kept, "{what}");
        site.tb(&["prune"]);
        assert_eq!(states(&site, "entry"), kept, "{what}");
        assert_eq!(site.tb(&["prune"]), "", "{what}: something is left over");
    }
}
