//! F1: the shapes of [`super::html_hostile`] at the size that is really read, 1 MiB, each through the commands of the
//! executable that is shipped. In each page they find an entry with a link, so that all their readers run. The table
//! that it prints is the one in `docs/performance.md`; only memory is asserted.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

use crate::html_hostile::{SHEETS, Shape, shapes};
use crate::support::blog::{Blog, Script};
use crate::support::process::as_owner;
use crate::support::site::Site;
use crate::support::verification::{SITE, set_up, state};
use crate::support::{give_to_owner, program, set_mode, write};

/// As much of a page as is read, in bytes.
const SIZE: usize = 1 << 20;
/// The most memory of a process, in KiB.
const MOST: usize = 64 << 10;

/// Another weblog's page, which the entry links to as well.
const TARGET: &str = "http://127.0.8.8/page";

/// What a process cost.
#[derive(Debug, Clone, Copy, Default)]
struct Cost {
    kib: usize,
    seconds: f64,
}

impl Cost {
    fn or(self, other: Cost) -> Cost {
        Cost {
            kib: self.kib.max(other.kib),
            seconds: self.seconds.max(other.seconds),
        }
    }
}

/// Runs a command and gives what it printed, and what it cost by GNU time.
fn run(site: &Site, words: &[&str]) -> (String, Cost) {
    let report = site.path("cost");
    write(&report, "");
    let mut command = Command::new(program("time"));
    command
        .args(["--quiet", "-f", "%M %e", "-o"])
        .arg(&report)
        .arg(site.executable())
        .args(words)
        .env_clear()
        .current_dir("/");
    as_owner(&mut command);
    let output = command.output().unwrap();
    // Not finding anything is no fault; a signal or a panic is one.
    assert!(matches!(output.status.code(), Some(0 | 1)), "{output:?}");
    let text = fs::read_to_string(report).unwrap();
    let (kib, seconds) = text.trim().split_once(' ').unwrap();
    let cost = Cost {
        kib: kib.parse().unwrap(),
        seconds: seconds.parse().unwrap(),
    };
    (String::from_utf8_lossy(&output.stdout).into_owned(), cost)
}

/// Has the page of the only ping verified; one with more style sheets than are worked out is held.
fn verify(site: &Site, url: &str, group: &str, number: usize) -> Cost {
    for entry in fs::read_dir(site.data_dir()).unwrap() {
        fs::remove_file(entry.unwrap().path()).unwrap();
    }
    let id = format!("entry{number}");
    let file = site.data_dir().join(format!("{id}.jsonl"));
    write(
        &file,
        &format!(
            "{{\"op\":\"ping\",\"id\":1,\"time\":\"2026-11-01T05:00:00Z\",\"url\":\"{url}\",\"title\":\"A title\",\"excerpt\":\"An excerpt\",\"blog_name\":\"A weblog\",\"state\":\"held\",\"why\":\"unverified\"}}\n"
        ),
    );
    set_mode(&file, 0o600);
    let (_, cost) = run(site, &["verify"]);
    let state = state(site, &id, 1);
    let is_too_much = group == SHEETS && state.starts_with("held hidden-link");
    assert!(
        is_too_much || state.starts_with("published verified"),
        "{url}: {state}"
    );
    cost
}

/// Reads the page in a file for `tb send`.
fn send(site: &Site, html: &str, name: &str) -> Cost {
    let page = site.path("page.html");
    write(&page, html);
    give_to_owner(&page);
    let words = [
        "send",
        page.to_str().unwrap(),
        "--dry-run",
        "--adopt",
        "none",
        "--base-url",
        "http://127.0.8.9/",
    ];
    let (printed, cost) = run(site, &words);
    assert!(printed.contains(TARGET), "{name}: {printed}");
    cost
}

#[test]
fn f1_no_shape_of_a_page_of_a_mebibyte_takes_much_memory() {
    let mut site = Site::shipped();
    set_up(&mut site, "verified");
    // Each page is at a host of its own: one is asked once a second.
    let peer = Blog::start_at([0, 0, 0, 0], []);
    let port = peer.address().port();
    let entry = format!(
        "<title>A title</title><article class=h-entry><h1 class=p-name>A title</h1><div class=e-content><p>An excerpt, \
         then <a href='{SITE}cats'>this</a> and <a href='{TARGET}'>that</a>.</p></div></article>"
    );
    let bare = shapes(SIZE, [""; 2]);
    let framed = shapes(SIZE, ["<!doctype html><html>", &entry]);
    assert!(framed.len() >= 80, "{}", framed.len());
    let mut groups: BTreeMap<&str, (usize, [Cost; 3])> = BTreeMap::new();
    let mut dear = Vec::new();
    for (number, (Shape { group, name, html }, bare)) in framed.iter().zip(bare).enumerate() {
        let host = format!("http://127.0.11.{}:{port}", number + 1);
        peer.play("/page", Script::html(html));
        peer.play("/bare", Script::html(&bare.html));
        let costs = [
            run(&site, &["discover", &format!("{host}/bare")]).1,
            verify(&site, &format!("{host}/page"), group, number),
            send(&site, html, name),
        ];
        if costs.iter().any(|cost| cost.kib > MOST) {
            dear.push((name, costs));
        }
        let (count, worst) = groups.entry(group).or_default();
        *count += 1;
        for (worst, cost) in worst.iter_mut().zip(costs) {
            *worst = worst.or(cost);
        }
    }
    println!("{}", table(&groups));
    assert!(dear.is_empty(), "{dear:#?}");
}

fn table(groups: &BTreeMap<&str, (usize, [Cost; 3])>) -> String {
    let mut text = "| pages of 1 MiB | shapes | `tb discover` | `tb verify` | `tb send` |\n|---|---|---|---|---|\n".to_owned();
    for (group, (count, costs)) in groups {
        let cell =
            |cost: &Cost| format!("{:.1} MB, {:.2} s", cost.kib as f64 / 976.56, cost.seconds);
        let cells: Vec<String> = costs.iter().map(cell).collect();
        text.push_str(&format!("| {group} | {count} | {} |\n", cells.join(" | ")));
    }
    text
}
