//! `tb send`, killed at any call and on a full disk.

use std::process::{Command, Stdio};

use crate::support::blog::Blog;
use crate::support::writer::{Writer, assert_each_once, link, peer, pings};

#[test]
fn s10_killed_at_any_call_no_ping_is_sent_twice_and_none_is_lost() {
    for name in ["write", "fdatasync", "sendto"] {
        let mut killed = 0;
        for nth in 1..40 {
            let writer = Writer::new();
            let peers = [peer(2), peer(3)];
            writer.publish("/1", &format!("{}{}", link(&peers[0]), link(&peers[1])));
            if !killed_at(&writer, name, nth) {
                break;
            }
            killed += 1;
            settle(&writer, &peers, &format!("{name} {nth}"));
        }
        assert!((2..39).contains(&killed), "{killed} kills at `{name}`");
    }
}

/// Runs `tb send` with one worker that is killed at the n-th call of a thread; whether it was.
fn killed_at(writer: &Writer, name: &str, nth: usize) -> bool {
    let inner = writer.site.command(&["send", "feed.xml", "--jobs", "1"]);
    let ended = Command::new("strace")
        .args(["-f", "-qq", "-o", "/dev/null", "-e", "signal=none"])
        .args(["-e", &format!("trace={name}")])
        .args(["-e", &format!("inject={name}:signal=KILL:when={nth}")])
        .arg("--")
        .arg(inner.get_program())
        .args(inner.get_args())
        .env_clear()
        .current_dir(writer.site.path(""))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert_ne!(ended.status.code(), Some(2), "{ended:?}");
    !ended.status.success()
}

/// Runs again as an owner would who can look at the other side.
fn settle(writer: &Writer, peers: &[Blog], what: &str) {
    let again = writer.send(&[]);
    let standing = writer.standing();
    let mut is_open = false;
    for peer in peers {
        let (state, answer) = &standing[&("/1".to_owned(), peer.url("/x"))];
        let arrived = pings(peer).len();
        match state.as_str() {
            "sent" => assert_eq!(arrived, 1, "{what}"),
            "uncertain" => {
                assert!(arrived <= 1, "{what}: {arrived}");
                is_open = true;
            }
            other => panic!("{what}: {other}: {answer}"),
        }
    }
    assert_eq!(again.code(), i32::from(is_open), "{what}");
    if is_open {
        let before: Vec<_> = peers.iter().map(|peer| pings(peer).len()).collect();
        writer.send(&["--retry-uncertain"]).out();
        for (peer, before) in peers.iter().zip(before) {
            let more = pings(peer).len() - before;
            assert_eq!(before.max(more), 1, "{what}");
        }
        assert!(writer.standing().values().all(|(state, _)| state == "sent"));
    }
}

#[test]
fn s10_on_a_full_disk_nothing_is_sent_that_cannot_be_remembered() {
    let mut stopped_early = 0;
    // Blocks of 512 bytes, after which the system writes no more.
    for blocks in 0..6 {
        let writer = Writer::new();
        let peers = [peer(2), peer(3), peer(4)];
        let links: String = peers.iter().map(link).collect();
        writer.publish("/1", &links);
        let inner = writer.site.command(&["send", "feed.xml", "--jobs", "1"]);
        let line = format!("ulimit -f {blocks}; exec \"$0\" \"$@\"");
        let ended = Command::new("sh")
            .args(["-c", &line])
            .arg(inner.get_program())
            .args(inner.get_args())
            .env_clear()
            .current_dir(writer.site.path(""))
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&ended.stderr).into_owned();
        if !ended.status.success() {
            assert_eq!(ended.status.code(), Some(1), "{said}");
            assert!(said.contains("cannot append to"), "{said}");
            stopped_early += 1;
        }
        let arrived: usize = peers.iter().map(|peer| pings(peer).len()).sum();
        if blocks == 0 {
            assert_eq!(arrived, 0, "{said}");
        }
        let again = writer.send(&[]);
        let uncertain = writer
            .standing()
            .values()
            .filter(|(state, _)| state == "uncertain")
            .count();
        assert_eq!(again.code(), i32::from(uncertain > 0));
        let refs: Vec<&Blog> = peers.iter().collect();
        assert_each_once(&refs, 3);
    }
    assert!(stopped_early >= 3, "{stopped_early}");
}
