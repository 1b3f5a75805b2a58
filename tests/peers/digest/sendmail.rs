//! What the host's `sendmail` can do to us, and what it is given.

use std::fs;
use std::path::Path;
use std::time::Duration;

use tb::internals::sendmail::deliver;

use super::mailbox::{KEEP, Mailbox, Parsed};
use crate::support::process::wait_for;
use crate::support::set_mode;

#[test]
fn a_sendmail_that_fails_is_tried_again_an_hour_later_with_all_that_waits() {
    let mut post = Mailbox::new();
    post.sendmail("exit 75\n");
    post.hold("entry", 1, &[], "unknown-domain");
    post.tell();
    assert!(
        post.log().contains("notify-failed") && post.log().contains("75"),
        "{}",
        post.log()
    );
    post.sendmail(KEEP);
    post.hold("entry", 2, &[], "unknown-domain");
    post.pass(59);
    post.tell();
    assert_eq!(post.mails(), 0);
    post.pass(1);
    post.tell();
    assert!(Parsed::of(&post.mail(1)).body.contains("2 new pings wait"));
}

#[test]
fn a_sendmail_that_is_missing_or_no_program_is_logged() {
    for make in [
        |path: &Path| fs::remove_file(path).unwrap(),
        |path: &Path| set_mode(path, 0o644),
        |path: &Path| {
            fs::remove_file(path).unwrap();
            fs::create_dir(path).unwrap();
        },
    ] {
        let post = Mailbox::new();
        make(&post.path("mail"));
        post.hold("entry", 1, &[], "unknown-domain");
        post.tell();
        assert!(post.log().contains("notify-failed"), "{}", post.log());
    }
    assert!(deliver(Path::new("true"), "", Duration::from_secs(5)).is_err());
}

#[test]
fn a_sendmail_that_hangs_is_killed_with_what_it_started() {
    let post = Mailbox::new();
    // It reads nothing, and a child of it would outlive it.
    post.sendmail("echo $$ > \"$0.pid\"; sleep 1000 & echo $! >> \"$0.pid\"; wait\n");
    let mail = "x".repeat(1 << 20);
    let outcome = deliver(&post.path("mail"), &mail, Duration::from_millis(500));
    assert!(
        outcome
            .unwrap_err()
            .to_string()
            .contains("took longer than")
    );
    let pids = fs::read_to_string(post.path("mail.pid")).unwrap();
    assert_eq!(pids.lines().count(), 2, "{pids}");
    for pid in pids.lines() {
        // A killed child of a killed parent stands as a zombie until somebody takes it away.
        let gone = wait_for(|| {
            let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
            (stat.is_empty() || stat.contains(") Z ")).then_some(())
        });
        assert!(gone.is_some(), "{pid} still runs");
    }
}

#[test]
fn a_sendmail_that_reads_nothing_or_leaves_a_child_behind_holds_nobody_up() {
    let post = Mailbox::new();
    let mail = "x".repeat(1 << 20);
    post.sendmail("exit 0\n");
    deliver(&post.path("mail"), &mail, Duration::from_secs(20)).unwrap();
    // A real one goes on in the background, and keeps what it was given open.
    post.sendmail("cat > /dev/null; (sleep 5; touch \"$0.later\") & exit 0\n");
    deliver(&post.path("mail"), &mail, Duration::from_secs(20)).unwrap();
    assert!(!post.path("mail.later").exists());
    let later = wait_for(|| post.path("mail.later").exists().then_some(()));
    assert!(later.is_some(), "it was killed");
}

#[test]
fn sendmail_gets_no_environment_but_a_path() {
    let post = Mailbox::new();
    deliver(&post.path("mail"), "x\n", Duration::from_secs(20)).unwrap();
    let text = fs::read_to_string(post.path("mail.env")).unwrap();
    let foreign = |line: &&str| {
        // The shell's own, and the line of `pwd`.
        !["PATH=", "PWD=/", "SHLVL=", "_=", "OLDPWD="]
            .iter()
            .any(|own| line.starts_with(own))
            && *line != "/"
    };
    let foreign: Vec<&str> = text.lines().filter(foreign).collect();
    assert!(foreign.is_empty(), "{text}");
    assert!(text.contains("PATH=/usr/local/sbin:"), "{text}");
}
