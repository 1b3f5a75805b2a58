//! `tb check` where the system lies about what the program relies on: it says so.

use std::process::Command;

use crate::support::disk_state::read;
use crate::support::process::as_owner;
use crate::support::program;
use crate::support::site::Site;
use crate::support::strace::{Call, Invocation, calls, finish};

/// Calls on the scratch file of one folder, by name and numbers, and what is done instead of them.
type Lies = (&'static str, std::ops::RangeInclusive<usize>, &'static str);

/// What each folder is tried with: the lies, and what is said.
const LIES: [(&str, Lies, &str); 15] = [
    (
        "locks that exclude nobody",
        ("flock", 0..=1, "retval=0"),
        "one file was locked twice",
    ),
    (
        "locks that exclude no process",
        ("flock", 0..=1, "retval=0"),
        "two processes locked one file",
    ),
    (
        "locks that nobody gets",
        ("flock", 0..=0, "error=EAGAIN"),
        "cannot be locked",
    ),
    ("no locks", ("flock", 0..=0, "error=ENOLCK"), "cannot lock"),
    (
        "no locks here",
        ("flock", 0..=0, "error=ENOSYS"),
        "cannot lock",
    ),
    (
        "a lost append",
        ("write", 0..=0, "retval=6"),
        "append is not all there",
    ),
    (
        "a lost append of another open file",
        ("write", 1..=1, "retval=7"),
        "append is not all there",
    ),
    (
        "a lost last append",
        ("write", 2..=2, "retval=6"),
        "append is not all there",
    ),
    (
        "an append that fails",
        ("write", 1..=1, "error=EIO"),
        "cannot append to",
    ),
    (
        "a limit of the length of files",
        ("write", 1..=1, "error=EFBIG"),
        "ask the host for more",
    ),
    (
        "a disk that does not answer",
        ("fsync", 0..=0, "error=EIO"),
        "cannot append to",
    ),
    (
        "a new file that is not seen",
        ("openat", 1..=1, "error=ENOENT"),
        "just made is not found",
    ),
    (
        "a written file that is not seen",
        ("openat", 2..=2, "error=ENOENT"),
        "just written is not found",
    ),
    (
        "a lost rename",
        ("renameat", 0..=0, "retval=0"),
        "renamed is not found",
    ),
    (
        "a rename that fails",
        ("renameat", 0..=0, "error=EXDEV"),
        "cannot rename",
    ),
];

/// The calls of that name on the scratch file, in the order in which they are made; that of the feeds comes first.
fn on_scratch<'calls>(all: &'calls [Call], name: &str) -> Vec<&'calls Call> {
    let is_it = |call: &&Call| {
        let text = &call.text;
        let is_of_scratch = match name {
            "write" => ["first", "second", "third"]
                .iter()
                .any(|word| text.contains(word)),
            "flock" => text.contains("LOCK_EX|LOCK_NB"),
            "openat" | "renameat" => text.contains("\".check.tmp\""),
            _ => true,
        };
        call.name == name && is_of_scratch
    };
    all.iter().filter(is_it).collect()
}

#[test]
fn a8_check_says_where_locks_appends_and_renames_are_lies() {
    let site = Site::shipped();
    let run = Invocation {
        arguments: ["check", "--offline"].map(str::to_owned).to_vec(),
        ..Invocation::default()
    };
    let all = calls(&site.executable(), &run);
    for (folder, place) in [(0, site.rss_dir()), (1, site.data_dir())] {
        for (what, lies, expected) in LIES {
            let mut command = Command::new(program("strace"));
            command.args(["-qq", "-o", "/dev/null", "-e", "signal=none"]);
            let (name, numbers, lie) = lies;
            let of_both = on_scratch(&all, name);
            let of_folder = of_both.len() / 2;
            assert!(of_folder > *numbers.end(), "{what}: {of_both:?}");
            let nth = |number: &usize| of_both[folder * of_folder + number].nth;
            let when = format!("{}..{}", nth(numbers.start()), nth(numbers.end()));
            command.args(["-e", &format!("trace={name}")]);
            command.args(["-e", &format!("inject={name}:{lie}:when={when}")]);
            command
                .arg("--")
                .arg(site.executable())
                .args(&run.arguments);
            command.env_clear().current_dir("/");
            as_owner(&mut command);
            let ended = finish(command, b"");
            let said = String::from_utf8_lossy(&ended.stdout).into_owned();
            assert_eq!(ended.code, Some(1), "{what}: {ended:?}");
            // What helps stands on the next line.
            let lines: Vec<&str> = said.lines().collect();
            let told = lines.windows(2).any(|pair| {
                pair[0].starts_with("fault: ")
                    && pair.iter().any(|line| line.contains(expected))
                    && pair[0].contains(&place.display().to_string())
            });
            assert!(told, "{what} in {}: {said}", place.display());
            for name in [".check.tmp", ".check-renamed.tmp"] {
                assert_eq!(read(place.join(name)), None, "{what}: {name} is left");
            }
        }
    }
    assert!(!site.tb(&["check", "--offline"]).contains("fault"));
}
