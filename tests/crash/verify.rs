//! A worker that is killed at any point has lost nothing: the next one completes what it left.

use std::process::Command;

use serde_json::Value;

use crate::support::blog::{Blog, Script};
use crate::support::disk_state::{assert_well_formed, file_of, read};
use crate::support::image::Image;
use crate::support::process::{as_owner, wait_for};
use crate::support::program;
use crate::support::request::Request;
use crate::support::site::Site;
use crate::support::strace::{Fate, Invocation, calls, finish, run_with};
use crate::support::verification::*;

#[test]
fn a_server_that_ends_the_program_with_its_answer_does_not_keep_the_worker_from_starting() {
    let site = site("known");
    let blog = Blog::start_at([127, 0, 10, 52], []);
    for path in ["/1", "/2", "/3"] {
        // Two pages of the same words would be one page.
        let text = format!("<h1>A title</h1><p>{path} <a href='{SITE}cats'>this</a>.</p>");
        blog.play(path, Script::html(&text));
    }
    // What follows is then done by the same calls each time.
    ping(&site, "entry", &blog.url("/1"));
    look(&site);
    let invocation = |path: &str| {
        let request = Request::ping("entry", &blog.url(path));
        Invocation {
            arguments: Vec::new(),
            environment: request.environment(),
            input: request.body,
        }
    };
    let calls = calls(&site.executable(), &invocation("/2"));
    look(&site);
    let answer = calls.iter().find(|call| call.text.starts_with("write(1,"));
    let nth = answer.expect("the answer").nth;
    let run = invocation("/3");
    let mut command = Command::new(program("strace"));
    command
        .args([
            "-qq",
            "-o",
            "/dev/null",
            "-e",
            "signal=none",
            "-e",
            "trace=write",
            "-e",
        ])
        .arg(format!("inject=write:signal=TERM:when={nth}"))
        .arg("--")
        .arg(site.executable())
        .env_clear()
        .envs(run.environment)
        .current_dir("/");
    as_owner(&mut command);
    let ended = finish(command, &run.input);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.stdout.ends_with(b"</response>\n"), "{ended:?}");
    let became = wait_for(|| (reason(&site, "entry", 3) == "held unknown-domain").then_some(()));
    assert!(became.is_some(), "{}", state(&site, "entry", 3));
}

/// Lets the time pass after which a page is tried again whose look has ended a worker.
fn make_due(site: &Site) {
    let path = site.data_dir().join(".queue");
    let text = read(path.clone()).unwrap_or_default();
    let lines = text
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let begun = lines.filter(|line| line["begun"] == true).map(|mut line| {
        line["next"] = "2026-01-01T00:00:00Z".into();
        format!("\n{line}\n")
    });
    let begun: String = begun.collect();
    if !begun.is_empty() {
        crate::support::write(&path, &(text + &begun));
    }
}

#[test]
fn s10_killed_at_any_call_a_worker_is_completed_by_the_next() {
    let mut site = Site::shipped();
    set_up(&mut site, "known");
    let (good, bad) = (peer(50, linking()), peer(51, Script::html("x")));
    let line = |number: u64, blog: &Blog| {
        format!(
            "{{\"op\":\"ping\",\"id\":{number},\"time\":\"2026-11-01T05:00:00Z\",\"url\":\"{}\",\"title\":\"A title\",\"state\":\"held\",\"why\":\"unverified\"}}\n",
            blog.url("/")
        )
    };
    let file = file_of(&site, "entry");
    crate::support::write(&file, &(line(1, &good) + &line(2, &bad)));
    crate::support::set_mode(&file, 0o600);
    site.tb(&["rebuild"]);
    let beginning = Image::capture(&[site.data_dir(), site.rss_dir()], &site.config());
    let run = Invocation {
        arguments: vec!["verify".to_owned()],
        ..Invocation::default()
    };
    let executable = site.executable();
    let calls = calls(&executable, &run);
    let mut killed = 0;
    for call in &calls {
        beginning.restore();
        let ended = run_with(&executable, &run, call, Fate::Kill);
        // Which call comes next depends on which page answers first; one that did not come kills nobody.
        let what = format!("killed before {}: {ended:?}", call.text);
        assert!(ended.signal == Some(9) || ended.code == Some(0), "{what}");
        killed += usize::from(ended.signal == Some(9));
        make_due(&site);
        look(&site);
        assert_eq!(reason(&site, "entry", 1), "held unknown-domain", "{what}");
        assert_eq!(state(&site, "entry", 2), "junk no-link", "{what}");
        let text = read(file.clone()).unwrap();
        for line in text.lines() {
            serde_json::from_str::<Value>(line).unwrap_or_else(|_| panic!("{what}: {line}"));
        }
        assert_eq!(
            text.matches("\"op\":\"state\"").count(),
            2,
            "{what}: {text}"
        );
        if let Some(feed) = read(site.rss_dir().join("entry.xml")) {
            assert_well_formed(&feed, &what);
        }
    }
    assert!(killed * 10 > calls.len() * 9, "{killed} of {}", calls.len());
}
