//! Runs that are ended: by Ctrl-C, by a kill at any call that matters, by a full disk.

use std::process::{Child, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use crate::support::blog::Script;
use crate::support::process::wait_for;
use crate::support::writer::{ACCEPTED, Writer, assert_each_once, link, peer, peer_with, pings};

fn start(writer: &Writer) -> Child {
    let mut command = writer.site.command(&["send", "feed.xml"]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().unwrap()
}

fn interrupt(child: &Child) {
    kill_process(Pid::from_child(child), Signal::INT).unwrap_or_default();
}

#[test]
fn ctrl_c_lets_what_is_under_way_end_and_the_next_run_goes_on() {
    let (writer, one) = (Writer::polite(), peer(2));
    for number in 0..5 {
        writer.publish(&format!("/{number}"), &link(&one));
    }
    let child = start(&writer);
    wait_for(|| (!pings(&one).is_empty()).then_some(())).expect("a ping");
    interrupt(&child);
    let output = child.wait_with_output().unwrap();
    let (out, said) = (
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    );
    assert_eq!(output.status.code(), Some(1), "{said}");
    let arrived = pings(&one).len();
    assert!((1..5).contains(&arrived), "{out}");
    let summary = format!(
        "{arrived} sent, 0 refused, 0 failed, 0 without a ping URL, {} not started\n",
        5 - arrived
    );
    assert!(out.ends_with(&summary), "{out}");
    assert!(said.contains("stopped"), "{said}");
    let states: Vec<_> = writer
        .standing()
        .into_values()
        .map(|(state, _)| state)
        .collect();
    assert_eq!(states, vec!["sent"; arrived]);
    writer.configure("throttle = \"off\"");
    writer.send(&[]).out();
    assert_each_once(&[&one], 5);
}

#[test]
fn a_second_ctrl_c_ends_at_once() {
    let (writer, one) = (Writer::new(), peer_with(2, Script::Silent));
    writer.publish("/1", &link(&one));
    let mut child = start(&writer);
    wait_for(|| (!pings(&one).is_empty()).then_some(())).expect("a ping");
    let status = wait_for(|| {
        interrupt(&child);
        child.try_wait().unwrap()
    });
    assert_eq!(status.expect("its end").code(), Some(130));
    assert_eq!(writer.only().0, "uncertain");
}

#[test]
fn s10_a_ledger_that_is_replaced_during_a_run_ends_it() {
    // A `git pull` puts another file in its place.
    let writer = Writer::polite();
    let one = peer(2);
    for number in 0..3 {
        writer.publish(&format!("/{number}"), &link(&one));
    }
    let child = start(&writer);
    wait_for(|| (!pings(&one).is_empty()).then_some(())).expect("a ping");
    let ledger = writer.site.path("tb-sent.jsonl");
    std::fs::copy(&ledger, writer.site.path("new")).unwrap();
    std::fs::rename(writer.site.path("new"), &ledger).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(
        said.contains("the file was replaced while in use"),
        "{said}"
    );
    assert!(pings(&one).len() < 3);
    one.play("/tb", Script::xml(ACCEPTED));
}
