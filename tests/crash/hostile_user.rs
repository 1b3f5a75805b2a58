//! S2 among neighbours: `data_dir` and `rss_dir` as they are on the worst of hosts, open to every user,
//! and another user who plants things at the names that the program opens or makes.
//!
//! What is planted is refused or replaced, never followed, never written to, never waited on; where it
//! stands in the way the answer is an error in the dialect of the request and a line in the log; when
//! it is gone everything works again. The names are taken from a trace of everything that the program
//! does, so that none is forgotten.

mod actions;
mod plant;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use actions::{Action, ID, all_actions, prepare};
use plant::{HostileUser, Plant};

use crate::support::process::Process;
use crate::support::request::Request;
use crate::support::site::Site;
use crate::support::xml::{assert_accepted, response};
use crate::support::{program, set_mode};

/// What becomes of a ping when something stands at a name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ping {
    /// It is refused: without the name it could be lost.
    Refused,
    /// It is received: the name is another matter's, or a hint, or what is put off.
    Received,
}

/// The names in `data_dir`; `NN` is the number of the lock of [`ID`].
const DATA: &[(&str, Ping)] = &[
    ("entry.jsonl", Ping::Refused),
    (".check.tmp", Ping::Received),
    (".check-renamed.tmp", Ping::Received),
    (".entry.jsonl.tmp", Ping::Received),
    (".entry.idx", Ping::Received),
    (".entry.idx.tmp", Ping::Received),
    (".entry.thread", Ping::Received),
    ("..entry.thread.tmp", Ping::Received),
    (".lock-NN", Ping::Refused),
    (".lock-secret", Ping::Received),
    (".secret", Ping::Received),
    ("..secret.tmp", Ping::Received),
    (".throttle", Ping::Refused),
    (".lock-ids", Ping::Received),
    (".bans", Ping::Refused),
    (".lock-bans", Ping::Received),
    ("..bans.tmp", Ping::Received),
    // It says which ids take pings at private URLs only.
    (".entries", Ping::Refused),
    (".log", Ping::Received),
    (".log.1", Ping::Received),
    (".quarantine", Ping::Received),
    (".quarantine.1", Ping::Received),
    (".recent", Ping::Received),
    ("..recent.tmp", Ping::Received),
    (".domains", Ping::Received),
    (".lock-domains", Ping::Received),
    ("..domains.tmp", Ping::Received),
    (".queue", Ping::Received),
    (".lock-queue", Ping::Received),
    ("..queue.tmp", Ping::Received),
    (".lock-verify", Ping::Received),
    (".purged", Ping::Received),
    (".lock-purged", Ping::Received),
    ("..purged.tmp", Ping::Received),
];

/// The names in `rss_dir`.
const RSS: &[(&str, Ping)] = &[
    (".check.tmp", Ping::Received),
    (".check-renamed.tmp", Ping::Received),
    ("entry.xml", Ping::Received),
    (".entry.xml.tmp", Ping::Received),
];

#[test]
fn s2_every_name_that_is_opened_or_made_is_among_those_that_are_planted() {
    let site = site(0o700);
    let traced = site.path("trace");
    let real = site.path("www/cgi-bin/real");
    fs::rename(site.executable(), &real).unwrap();
    let strace = format!(
        "#!/bin/sh\nexec {} -f -y -s 400 -A -o {} -e trace=%file {} \"$@\"\n",
        program("strace").display(),
        traced.display(),
        real.display()
    );
    crate::support::write(&site.executable(), &strace);
    set_mode(&site.executable(), 0o755);
    crate::support::write(&traced, "");
    for grown in [".log", ".quarantine"] {
        prepare(&site);
        actions::grow(&site, grown);
        for (what, outcome) in all_actions(&site) {
            assert!(outcome.is_ok(), "{what}: {outcome:?}");
        }
    }
    let trace = fs::read_to_string(&traced).unwrap();
    for (folder, names) in [(site.data_dir(), DATA), (site.rss_dir(), RSS)] {
        let tested: BTreeSet<&str> = names.iter().map(|(name, _)| *name).collect();
        let used = used(&trace, &folder.display().to_string());
        assert!(used.len() >= 2, "{used:?}");
        for name in &used {
            assert!(
                tested.contains(name.as_str()),
                "`{name}` is not tested: {used:?}"
            );
        }
        println!("{used:?}");
    }
}

/// The names below `folder` in a trace, with the lock's number taken out.
fn used(trace: &str, folder: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    // Relative to the folder's descriptor, and by path.
    for start in [format!("<{folder}>, \""), format!("\"{folder}/")] {
        for rest in trace.split(&start).skip(1) {
            let name = rest.split('"').next().unwrap_or_default();
            if !name.is_empty() && name != "." && !name.contains('/') {
                let number = name
                    .strip_prefix(".lock-")
                    .and_then(|rest| rest.parse::<u8>().ok());
                names.insert(number.map_or(name.to_owned(), |_| ".lock-NN".to_owned()));
            }
        }
    }
    names
}

#[test]
fn s2_in_a_folder_open_to_all_nothing_planted_is_followed_or_waited_on() {
    plant_everything(0o777);
}

#[test]
fn s2_in_a_sticky_folder_nothing_planted_is_followed_or_waited_on() {
    plant_everything(0o1777);
}

#[test]
fn s2_in_a_closed_folder_a_neighbour_can_plant_nothing() {
    let site = site(0o700);
    let neighbour = HostileUser::of(&site);
    for plant in Plant::ALL
        .into_iter()
        .filter(|plant| *plant != Plant::HardLink)
    {
        assert!(
            !neighbour.plant(plant, &site.data_dir().join(".planted")),
            "{plant:?}"
        );
    }
    set_mode(&site.rss_dir(), 0o755);
    assert!(!neighbour.plant(Plant::ForeignFile, &site.rss_dir().join("entry.xml")));
}

fn plant_everything(mode: u32) {
    let site = site(mode);
    let neighbour = HostileUser::of(&site);
    let lock = lock_name(&site);
    for (folder, names) in [(site.data_dir(), DATA), (site.rss_dir(), RSS)] {
        for (name, ping) in names {
            let path = folder.join(name.replace(".lock-NN", &lock));
            for plant in Plant::ALL {
                let what = format!("{plant:?} at {name}");
                prepare(&site);
                if let Some(grown) = name.strip_suffix(".1") {
                    actions::grow(&site, grown);
                }
                neighbour.clear(&path);
                assert!(neighbour.plant(plant, &path), "{what}");
                let started = Instant::now();
                let outcomes = all_actions(&site);
                let took = started.elapsed();
                assert!(took < Duration::from_secs(20), "{what}: {took:?}");
                neighbour.assert_untouched(&what, &path);
                for (action, outcome) in &outcomes {
                    let must = match ping {
                        // The first page shows less.
                        Ping::Refused => action == "landing",
                        Ping::Received => {
                            !["log in", "rebuild", "verify", "ban", "unban", "thread"]
                                .iter()
                                .any(|may_fail| action.starts_with(may_fail))
                        }
                    };
                    assert!(outcome.is_ok() || !must, "{what}: {action}: {outcome:?}");
                }
                let received = outcomes[0].1.is_ok();
                assert_eq!(received, *ping == Ping::Received, "{what}: {outcomes:?}");
                assert_told(&site, &path, &what, &outcomes);
                neighbour.clear(&path);
                prepare(&site);
                let again = Request::ping(ID, "http://weblog.example/again");
                assert_accepted(&site.cgi(&again));
            }
            for (action, outcome) in all_actions(&site) {
                assert!(outcome.is_ok(), "after {name}: {action}: {outcome:?}");
            }
        }
    }
}

/// What failed was told to the owner: by the command itself, else in the log where there can be one.
fn assert_told(site: &Site, path: &Path, what: &str, outcomes: &[Action]) {
    let name = path.file_name().unwrap().to_str().unwrap();
    if name == ".log" {
        return;
    }
    let log = fs::read_to_string(site.data_dir().join(".log")).unwrap_or_default();
    for (action, outcome) in outcomes {
        let Err(said) = outcome else { continue };
        // It is not the sender's or the owner's fault.
        assert!(!said.starts_with('4'), "{what}: {action}: {said}");
        // What could not be banned cannot be unbanned.
        let follows = action.starts_with("unban") && said.contains("is not banned");
        let told = follows || said.contains(name) || log.contains(name);
        assert!(told, "{what}: {action}: {said}\n{log}");
    }
}

#[test]
fn s2_a_neighbour_who_swaps_names_while_they_are_used_never_has_us_write_elsewhere() {
    let site = site(0o777);
    let neighbour = HostileUser::of(&site);
    let lock = lock_name(&site);
    prepare(&site);
    let names: Vec<_> = DATA
        .iter()
        .map(|(name, _)| site.data_dir().join(name.replace(".lock-NN", &lock)))
        .chain(RSS.iter().map(|(name, _)| site.rss_dir().join(name)))
        .collect();
    let mut command = Command::new(program("python3"));
    command
        .args(["-c", SWAP])
        .arg(neighbour.victim())
        .args(&names);
    let swapping: Process = neighbour.start(command);
    let until = Instant::now() + Duration::from_secs(5);
    let mut turns = 0;
    while Instant::now() < until {
        turns += 1;
        let url = format!("http://weblog.example/swap/{turns}");
        actions::outcome(&site.cgi(&Request::ping(ID, &url))).ok();
        for (what, outcome) in all_actions(&site) {
            if let Err(said) = outcome {
                assert!(!said.contains("panicked"), "{what}: {said}");
            }
        }
    }
    drop(swapping);
    neighbour.assert_untouched("swapped", &names[0]);
    for name in &names {
        neighbour.clear(name);
    }
    prepare(&site);
    for (what, outcome) in all_actions(&site) {
        assert!(outcome.is_ok(), "{what}: {outcome:?}");
    }
}

/// Puts a link over each name, or moves what is there away and back, as fast as it can.
const SWAP: &str = "
import os, sys
victim, names = sys.argv[1], sys.argv[2:]
def attempt(do, *what):
    try: do(*what)
    except OSError: pass
while True:
    for name in names:
        away = name + '.away'
        attempt(os.rename, name, away)
        attempt(os.symlink, victim, name)
        attempt(os.unlink, name)
        attempt(os.rename, away, name)
        attempt(os.symlink, victim, away)
        attempt(os.rename, away, name)
        attempt(os.unlink, name)
";

/// A site whose folders have that mode.
fn site(mode: u32) -> Site {
    let mut site = Site::shipped();
    site.set("throttle", "\"on\"");
    site.set_password();
    set_mode(&site.data_dir(), mode);
    set_mode(&site.rss_dir(), mode);
    site
}

fn lock_name(site: &Site) -> String {
    assert_accepted(&site.cgi(&Request::ping(ID, "http://weblog.example/first")));
    let reply = site.cgi(&Request::ping("", ""));
    assert_eq!(response(&reply).0, "1");
    fs::read_dir(site.data_dir())
        .unwrap()
        .filter_map(|entry| entry.unwrap().file_name().into_string().ok())
        .find(|name| {
            let number = name.strip_prefix(".lock-").unwrap_or_default();
            number.parse::<u8>().is_ok()
        })
        .expect("a lock")
}
