//! Each system call made to fail, with each error that a sick machine has: the answer is a whole one and
//! true, and what stands is whole. No error is swallowed.

use crate::support::disk_state::DiskState;
use crate::support::http::Reply;
use crate::support::scenario::{Action, Scenario};
use crate::support::strace::{Call, Ended, Fate, calls, run_with};

/// What may befall any call on files.
const ALL: [&str; 7] = [
    "ENOSPC", "EIO", "EDQUOT", "EINTR", "EMFILE", "EROFS", "ENOLCK",
];

/// A full disk, a broken one, and a signal.
const DISK: [&str; 3] = ["ENOSPC", "EIO", "EINTR"];

/// Calls that a signal may interrupt by their manual pages, or on a network file system. Interrupted,
/// they are made again.
const INTERRUPTIBLE: [&str; 17] = [
    "open",
    "openat",
    "read",
    "pread64",
    "write",
    "pwrite64",
    "flock",
    "fdatasync",
    "fsync",
    "ftruncate",
    "poll",
    "ppoll",
    "statfs",
    "fstatfs",
    "fchmod",
    "fchown",
    "getdents64",
];

/// Makes each call fail in turn, with each error.
fn sweep(action: Action, pings_before: usize, errors: &[&'static str]) {
    let stage = Scenario::new(action, pings_before);
    let executable = stage.site.executable();
    let calls = calls(&executable, &stage.run);
    let mut faults = Vec::new();
    // Linux closes a descriptor whatever `close` says; one that stays open would be another fault.
    for call in calls.iter().filter(|call| call.name != "close") {
        for &error in errors {
            stage.restore();
            let ended = run_with(&executable, &stage.run, call, Fate::Error(error));
            let what = format!("{action:?} with {error} at {}", call.text);
            let fault = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                let now = stage.judge(&what);
                judge(&stage, call, error, &ended, &now, &what);
                stage.recover(&what);
            }));
            faults.extend(fault.err().map(|_| what));
        }
    }
    assert!(
        faults.is_empty(),
        "{} faults:\n{}",
        faults.len(),
        faults.join("\n")
    );
}

#[track_caller]
fn judge(stage: &Scenario, call: &Call, error: &str, ended: &Ended, now: &DiskState, what: &str) {
    assert_eq!(now.torn, "", "{what}");
    let log = stage.site.data_dir().join(".log");
    let log = std::fs::read_to_string(log).unwrap_or_default();
    assert!(!log.contains("panicked"), "{what}: {log}");
    assert!(!ended.stderr.contains("panicked"), "{what}: {ended:?}");
    // What cannot be said cannot be judged.
    let speechless = call.text.starts_with("write(1,");
    if stage.is_web() {
        assert_eq!(ended.code, Some(0), "{what}: {ended:?}");
        assert!(stage.tells_only_owner(ended), "{what}: {ended:?}");
        if !(speechless && ended.stdout.is_empty()) {
            judge_response(stage, ended, what);
        }
    } else {
        assert!(matches!(ended.code, Some(0 | 1)), "{what}: {ended:?}");
        assert_eq!(
            ended.code == Some(1),
            !ended.stderr.is_empty(),
            "{what}: {ended:?}"
        );
    }
    if stage.is_done(ended) {
        assert_eq!(
            now.lines.last(),
            stage.new.lines.last(),
            "{what}: acknowledged"
        );
        // A feed that a change could not write is put off; to write it is the whole of a rebuild.
        assert!(
            stage.action != Action::Rebuild || now.feed == stage.new.feed,
            "{what}: acknowledged"
        );
    } else if !speechless {
        // An error of reading back, or in the shell in printing, may follow the change.
        assert!(
            stage.is_web() && now.lines == stage.old.lines || !stage.is_web(),
            "{what}: refused, and yet {:?}",
            now.lines
        );
    }
    if error == "EINTR" && INTERRUPTIBLE.contains(&call.name.as_str()) {
        assert!(stage.is_done(ended), "{what}: not tried again: {ended:?}");
        assert_eq!(
            (&now.lines, &now.feed),
            (&stage.new.lines, &stage.new.feed),
            "{what}: not tried again"
        );
    }
}

/// A whole response: as long as it says, and what it says is success or a refusal.
#[track_caller]
fn judge_response(stage: &Scenario, ended: &Ended, what: &str) {
    let reply = Reply::from_cgi(&ended.stdout);
    let length = reply
        .header("Content-Length")
        .and_then(|length| length.parse().ok());
    assert_eq!(length, Some(reply.body.len()), "{what}: {reply}");
    if stage.is_done(ended) {
        return;
    }
    let text = reply.text();
    let in_xml = text.contains("<error>1</error>") && text.ends_with("</response>\n");
    // A mode that could not be read may be a ping's.
    let in_html =
        !stage.is_receiving() && reply.status >= 400 && text.trim_end().ends_with("</html>");
    assert!(in_xml || in_html, "{what}: {reply}");
}

#[test]
fn s10_with_any_error_at_any_call_the_first_ping_of_an_id_is_kept_or_refused() {
    sweep(Action::Receive, 0, &ALL);
}

#[test]
fn s10_with_any_error_at_any_call_a_ping_is_kept_or_refused() {
    sweep(Action::Receive, 3, &ALL);
}

#[test]
fn s10_with_any_error_at_any_call_a_delete_is_done_or_refused() {
    sweep(Action::Delete, 3, &ALL);
}

#[test]
fn s10_on_a_sick_disk_the_pings_of_a_large_id_are_kept_or_refused() {
    sweep(Action::Receive, LARGE, &DISK);
    sweep(Action::Delete, LARGE, &DISK);
}

#[test]
fn s10_on_a_sick_disk_an_update_is_kept_or_refused() {
    sweep(Action::Update, 3, &DISK);
}

#[test]
fn s10_on_a_sick_disk_a_change_of_state_is_done_or_refused() {
    sweep(Action::Junk, 3, &DISK);
    sweep(Action::JunkInShell, 3, &DISK);
}

#[test]
fn s10_on_a_sick_disk_a_rebuild_leaves_feeds_that_are_whole() {
    sweep(Action::Rebuild, 3, &DISK);
}

#[test]
fn s10_on_a_sick_disk_a_compaction_loses_no_ping() {
    sweep(Action::Compact, 10, &DISK);
}

#[test]
fn s10_on_a_sick_disk_a_new_password_leaves_a_whole_configuration() {
    sweep(Action::Passwd, 3, &DISK);
}

/// How many pings make an id large.
const LARGE: usize = 2000;
