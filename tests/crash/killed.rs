//! Killed before any of its system calls, the program has lost nothing that it acknowledged, left
//! nothing half, and goes on the next time as if nothing had happened.

use crate::support::scenario::{Action, Scenario};
use crate::support::strace::{Fate, calls, run_with};

const SIGKILL: i32 = 9;

/// Kills the action before each of its calls in turn.
fn sweep(action: Action, pings_before: usize) {
    let stage = Scenario::new(action, pings_before);
    let executable = stage.site.executable();
    let calls = calls(&executable, &stage.run);
    for call in &calls {
        stage.restore();
        let ended = run_with(&executable, &stage.run, call, Fate::Kill);
        let what = format!("{action:?} killed before {}", call.text);
        assert_eq!(ended.signal, Some(SIGKILL), "{what}: {ended:?}");
        let now = stage.judge(&what);
        assert_eq!(now.torn, "", "{what}");
        if stage.is_done(&ended) {
            assert_eq!(now.lines, stage.new.lines, "{what}: acknowledged");
            assert_eq!(now.feed, stage.new.feed, "{what}: acknowledged");
        }
        stage.recover(&what);
    }
}

#[test]
fn s10_killed_at_any_call_the_first_ping_of_an_id_is_all_there_or_not_at_all() {
    sweep(Action::Receive, 0);
}

#[test]
fn s10_killed_at_any_call_a_ping_is_all_there_or_not_at_all() {
    sweep(Action::Receive, 3);
}

#[test]
fn s10_killed_at_any_call_a_ping_of_a_large_id_is_all_there_or_not_at_all() {
    sweep(Action::Receive, LARGE);
}

#[test]
fn s10_killed_at_any_call_an_update_is_all_there_or_not_at_all() {
    sweep(Action::Update, 3);
}

#[test]
fn s10_killed_at_any_call_a_delete_is_all_done_or_not_at_all() {
    sweep(Action::Delete, 3);
}

#[test]
fn s10_killed_at_any_call_a_delete_in_a_large_id_is_all_done_or_not_at_all() {
    sweep(Action::Delete, LARGE);
}

#[test]
fn s10_killed_at_any_call_a_change_of_state_is_all_done_or_not_at_all() {
    sweep(Action::Junk, 3);
    sweep(Action::JunkInShell, 3);
}

#[test]
fn s10_killed_at_any_call_a_rebuild_leaves_feeds_that_are_whole() {
    sweep(Action::Rebuild, 3);
}

#[test]
fn s10_killed_at_any_call_a_compaction_loses_no_ping() {
    sweep(Action::Compact, 10);
}

#[test]
fn s10_killed_at_any_call_a_new_password_leaves_a_whole_configuration() {
    sweep(Action::Passwd, 3);
}

#[test]
fn a_second_delete_mends_the_feed_that_a_killed_one_left() {
    let stage = Scenario::new(Action::Delete, 3);
    let executable = stage.site.executable();
    let calls = calls(&executable, &stage.run);
    let rename = calls.iter().find(|call| call.name.starts_with("rename"));
    let rename = rename.expect("the feed is renamed into place");
    stage.restore();
    run_with(&executable, &stage.run, rename, Fate::Kill);
    let feed = stage.standing().feed.expect("a feed");
    assert!(
        feed.contains("<link>http://weblog.example/1</link>"),
        "{feed}"
    );
    let again = stage.run_again();
    assert!(again.stdout.starts_with(b"Status: 404 "), "{again:?}");
    assert_eq!(stage.standing().feed, stage.new.feed);
}

/// How many pings make an id large.
const LARGE: usize = 2000;
