//! What a broken installation answers, under Apache and as a program alone: an error in the
//! mode's dialect that names no path, and nothing changed.

use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;

use crate::support::live::{Host, Live};
use crate::support::request::Request;
use crate::support::snapshot::Snapshot;
use crate::support::xml::{assert_accepted, assert_trouble};
use crate::support::{give_to_owner, program, set_mode, write};

for_each_host_here! {
    [
        apache: ApacheEvent,
        serve: Serve,
    ]
    a_data_folder_that_is_missing_is_said_so
    a_data_folder_that_is_read_only_is_said_so
    s2_a_data_folder_that_is_a_link_is_not_followed
    s2_a_planted_link_is_not_followed
    s2_a_planted_pipe_holds_nobody_up
    feeds_that_cannot_be_written_lose_no_ping
}

pub(crate) fn ping() -> Request {
    Request::ping("entry", "http://weblog.example/2")
}

/// A site with one ping.
fn site(host: Host) -> Live {
    let live = Live::start_with(host, |_| {});
    assert_accepted(&live.send(&Request::ping("entry", "http://weblog.example/1")));
    live
}

fn a_data_folder_that_is_missing_is_said_so(host: Host) {
    let live = site(host);
    let data = live.site.data_dir();
    fs::rename(&data, live.site.path("elsewhere")).unwrap();
    assert_trouble(&live.site, &live.send(&ping()));
    assert!(!data.exists(), "a request makes no folder");
    fs::rename(live.site.path("elsewhere"), &data).unwrap();
    assert_accepted(&live.send(&ping()));
}

fn a_data_folder_that_is_read_only_is_said_so(host: Host) {
    let live = site(host);
    let data = live.site.data_dir();
    set_mode(&data, 0o500);
    let before = live.site.snapshot();
    let new = Request::ping("new", "http://weblog.example/2");
    assert_trouble(&live.site, &live.send(&new));
    assert_eq!(live.site.snapshot(), before);
    set_mode(&data, 0o700);
    assert_accepted(&live.send(&new));
}

fn s2_a_data_folder_that_is_a_link_is_not_followed(host: Host) {
    let live = site(host);
    let data = live.site.data_dir();
    let real = live.site.path("elsewhere");
    fs::rename(&data, &real).unwrap();
    symlink(&real, &data).unwrap();
    let before = Snapshot::of(&[&real]);
    let reply = live.send(&ping());
    assert_trouble(&live.site, &reply);
    assert_eq!(Snapshot::of(&[&real]), before);
}

fn s2_a_planted_link_is_not_followed(host: Host) {
    let live = site(host);
    let target = live.site.path("precious");
    write(&target, "precious\n");
    for name in ["victim.jsonl", "victim2.jsonl"] {
        symlink(&target, live.site.data_dir().join(name)).unwrap();
    }
    fs::hard_link(&target, live.site.data_dir().join("victim3.jsonl")).unwrap();
    for id in ["victim", "victim2", "victim3"] {
        let reply = live.send(&Request::ping(id, "http://weblog.example/2"));
        assert_trouble(&live.site, &reply);
        let list = live.send(&Request::get("__mode=list").path(&format!("/{id}")));
        assert!(!list.text().contains("precious"), "{list}");
    }
    assert_eq!(fs::read_to_string(&target).unwrap(), "precious\n");
    symlink(&target, live.site.rss_dir().join("feed.xml")).unwrap();
    live.send(&Request::ping("feed", "http://weblog.example/2"));
    assert_eq!(fs::read_to_string(&target).unwrap(), "precious\n");
}

fn s2_a_planted_pipe_holds_nobody_up(host: Host) {
    let live = site(host);
    let pipe = live.site.data_dir().join("pipe.jsonl");
    assert!(
        Command::new(program("mkfifo"))
            .arg(&pipe)
            .status()
            .unwrap()
            .success()
    );
    give_to_owner(&pipe);
    let reply = live.send(&Request::ping("pipe", "http://weblog.example/2"));
    assert_trouble(&live.site, &reply);
    let list = live.send(&Request::get("__mode=list&tb_id=pipe"));
    assert!((500..600).contains(&list.status), "{list}");
}

fn feeds_that_cannot_be_written_lose_no_ping(host: Host) {
    let live = site(host);
    let rss = live.site.rss_dir();
    set_mode(&rss, 0o555);
    let before = Snapshot::of(&[&rss]);
    assert_accepted(&live.send(&ping()));
    assert!(live.list("entry").contains("http://weblog.example/2"));
    assert_eq!(Snapshot::of(&[&rss]), before);
    set_mode(&rss, 0o755);
    // Made good at the next touch.
    assert_accepted(&live.send(&Request::ping("entry", "http://weblog.example/3")));
    let feed = fs::read_to_string(rss.join("entry.xml")).unwrap();
    assert!(feed.contains("http://weblog.example/2"), "{feed}");
}
