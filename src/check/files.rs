//! Checks the folders: their owner, who else may write there, and the files in them.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::{Command, Stdio};

use jiff::{Timestamp, ToSpan};

use super::findings::Findings;
use super::mounts;
use crate::config::{self, Config};
use crate::dir::{Folder, OpenMode};
use crate::error::{Error, system_message};
use crate::order;
use crate::process::spawn_error;
use crate::setup::web_root;
use crate::store::{FREE_SPACE_FLOOR, Store, is_own_name, probe};

/// Checks both folders; returns that of the pings, if it can be opened.
pub(super) fn inspect(
    config: &Config,
    now: Timestamp,
    findings: &mut Findings,
) -> Option<(Store, Folder)> {
    if let Some(rss_dir) = &config.rss_dir {
        check_rss_dir(rss_dir, findings);
    }
    let data_dir = &config.data_dir;
    check_feeds_apart(config, findings);
    let cure = "set `data_dir` to the folder itself, or make it (mode 700)";
    let folder = findings.record(Folder::open(data_dir), cure)?;
    if let Some(root) = web_root::find_above(data_dir) {
        findings.warning(
            format!(
                "the pings are in `{}`, which looks like a folder that the web server serves",
                root.display()
            ),
            "move the folder out of it and change `data_dir`",
        );
    }
    check_mode_of_folder(data_dir, findings);
    check_names(&folder, findings);
    mounts::inspect(config, findings);
    probe_folder(&folder, findings);
    check_clock(&config.file, now, findings);
    let store = findings.record(Store::open(data_dir), cure)?;
    check_space(&store, data_dir, findings);
    findings.record(store.secret(), "see that it is yours and mode 600");
    Some((store, folder))
}

/// The words for a folder that everybody on the machine may write to.
struct FolderWords {
    files: &'static str,
    /// What everybody can do although the sticky bit is set, around the name of the folder.
    additions: [&'static str; 2],
    /// Its usual mode.
    mode: &'static str,
}

const PINGS: FolderWords = FolderWords {
    files: "pings",
    additions: ["read the pings in", " and add files"],
    mode: "700",
};
const FEEDS: FolderWords = FolderWords {
    files: "files",
    additions: ["put feeds, pages and scripts into", ""],
    mode: "755",
};

impl FolderWords {
    /// Reports what everybody can do; returns whether there is anything.
    fn report_everybody(&self, folder: &Path, mode: u32, findings: &mut Findings) -> bool {
        let (place, cure) = (folder.display(), self.cure(folder));
        let [before, after] = self.additions;
        match (mode & 0o002 != 0, mode & 0o1000 != 0) {
            (false, _) => return false,
            (true, true) => findings.warning(
                format!("everybody on this machine can {before} `{place}`{after}"),
                cure,
            ),
            (true, false) => findings.fault(
                format!(
                    "everybody on this machine can remove and replace the {} in `{place}` (mode {mode:o})",
                    self.files
                ),
                format!("{cure}, else chmod 1777 '{place}'"),
            ),
        }
        true
    }

    fn cure(&self, folder: &Path) -> String {
        let place = folder.display();
        format!(
            "chmod {} '{place}' if the web server runs programs as you",
            self.mode
        )
    }
}

fn check_mode_of_folder(data_dir: &Path, findings: &mut Findings) {
    let place = data_dir.display();
    let Ok(metadata) = fs::metadata(data_dir) else {
        return;
    };
    let mode = metadata.mode() & 0o1777;
    if !PINGS.report_everybody(data_dir, mode, findings) {
        report_others(data_dir, mode, findings);
    }
    if rustix::fs::access(data_dir, rustix::fs::Access::WRITE_OK).is_err() {
        findings.fault(
            format!("you cannot write into `{place}`"),
            "if the web server runs programs as you, pings are refused; otherwise this is correct",
        );
    }
}

/// Reports what others can do in the folder of the pings, to which not everybody may write.
fn report_others(data_dir: &Path, mode: u32, findings: &mut Findings) {
    let (place, cure) = (data_dir.display(), PINGS.cure(data_dir));
    if mode & 0o020 != 0 && mode & 0o1000 == 0 {
        findings.warning(
            format!("the members of its group can remove and replace the pings in `{place}` (mode {mode:o})"),
            format!("{cure}, else chmod +t '{place}'"),
        );
    } else if mode & 0o077 != 0 {
        let (who, bits) = match mode & 0o007 {
            0 => ("the members of its group", mode >> 3),
            others => ("others on this machine", others),
        };
        let what = match (bits & 4, bits & 2) {
            (0, 0) => "open files of known names in",
            (0, _) => "add files to",
            (_, 0) => "list",
            (_, _) => "list, and add files to,",
        };
        findings.warning(format!("{who} can {what} `{place}` (mode {mode:o})"), cure);
    }
}

/// Reports it if one of both folders is in the other, by whatever names.
fn check_feeds_apart(config: &Config, findings: &mut Findings) {
    let real = |folder: &Path| fs::canonicalize(folder).ok();
    let feeds = config.rss_dir.as_deref().and_then(real);
    let (Some(feeds), Some(pings)) = (feeds, real(&config.data_dir)) else {
        return;
    };
    let (inner, outer) = (feeds.display(), pings.display());
    if feeds.starts_with(&pings) {
        findings.fault(
            format!("the feeds are in `{inner}`, inside the folder of the pings, `{outer}`, which no web server may serve"),
            "move the feeds to a folder of their own and change `rss_dir`",
        );
    } else if pings.starts_with(&feeds) {
        findings.warning(
            format!("the pings are in `{outer}`, inside the folder of the feeds, `{inner}`, which a web server serves"),
            "move the pings out of it and change `data_dir`",
        );
    }
}

fn check_rss_dir(rss_dir: &Path, findings: &mut Findings) {
    let cure = "set `rss_dir` to the folder itself, or make it (mode 755)";
    let Some(folder) = findings.record(Folder::open(rss_dir), cure) else {
        return;
    };
    probe_folder(&folder, findings);
    let place = rss_dir.display();
    let mode = fs::metadata(rss_dir).map_or(0o755, |metadata| metadata.mode() & 0o1777);
    let is_reported = FEEDS.report_everybody(rss_dir, mode, findings);
    if !is_reported && mode & 0o005 != 0o005 {
        findings.warning(
            format!(
                "the web server may not be able to read the feeds in `{place}` (mode {mode:o})"
            ),
            format!("chmod 755 '{place}'"),
        );
    }
}

/// Creates a scratch file, if the folder is writable, and tries on it what the program does with pings and feeds.
fn probe_folder(folder: &Folder, findings: &mut Findings) {
    if rustix::fs::access(folder.path(), rustix::fs::Access::WRITE_OK).is_err() {
        return;
    }
    let place = folder.path().display();
    let cure = "move the folder to a file system with working locks, such as the host's own disk";
    let mut not_started = None;
    let other = |file: &Path| match another_can_lock(file) {
        Ok(can_lock) => can_lock,
        Err(cause) => {
            not_started = Some(cause);
            None
        }
    };
    let tried = findings.record(probe(folder, other), cure);
    for fault in tried.unwrap_or_default() {
        findings.fault(format!("in `{place}` pings can be lost: {fault}"), cure);
    }
    if let Some(cause) = not_started {
        findings.warning(
            format!(
                "it was not checked whether a lock in `{place}` excludes another process: {}",
                system_message(&cause)
            ),
            "run `tb check` where it can start a second process",
        );
    }
}

/// Whether another process can lock the file; `None` if it was killed.
fn another_can_lock(file: &Path) -> io::Result<Option<bool>> {
    let status = Command::new(config::executable()?)
        .args(["check", "--can-lock"])
        .arg(file)
        .env_clear()
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .map_err(spawn_error)?;
    Ok(status.code().map(|code| code == 0))
}

fn check_space(store: &Store, data_dir: &Path, findings: &mut Findings) {
    let Ok(free) = store.free_space() else {
        return;
    };
    let place = data_dir.display();
    if free < FREE_SPACE_FLOOR {
        findings.fault(
            format!("only {free} bytes are free at `{place}`, so pings are refused"),
            "free some space",
        );
    } else if free < 16 * FREE_SPACE_FLOOR {
        findings.warning(
            format!("only {} MiB are free at `{place}`", free >> 20),
            format!("below {} MiB pings are refused", FREE_SPACE_FLOOR >> 20),
        );
    }
}

/// Reports every file that is not one of the program's. Faults of one kind are reported together.
fn check_names(folder: &Folder, findings: &mut Findings) {
    let Some(mut names) = findings.record(folder.names(), "see that you can read it") else {
        return;
    };
    order::sort(&mut names);
    let mut planted: BTreeMap<&'static str, Vec<String>> = BTreeMap::new();
    for name in names.iter().filter(|name| *name != "." && *name != "..") {
        match folder.file(name, OpenMode::Read) {
            Err(Error::Planted { what, .. }) => planted.entry(what).or_default().push(name.clone()),
            Err(error) => findings.fault(error.to_string(), "see that it is yours and mode 600"),
            Ok(_) if is_own_name(name) => check_mode(folder, name, findings),
            Ok(_) => findings.warning(
                format!(
                    "`{}` is not a file of this program",
                    folder.path().join(name).display()
                ),
                "move it elsewhere; the pings of an id are in `<id>.jsonl`",
            ),
        }
    }
    for (what, names) in planted {
        let first = names.first().map(String::as_str).unwrap_or_default();
        let more = match names.len() {
            1 => String::new(),
            count => format!(" and {} others", count - 1),
        };
        let place = folder.path().join(first);
        let cure = if what == "owned by another user" {
            "if the web server runs programs as another user, use the web pages, or run commands as that user; \
             otherwise somebody else put it there: remove it"
        } else {
            "the program does not touch it and did not make it: remove it"
        };
        findings.fault(format!("`{}`{more}: {what}", place.display()), cure);
    }
}

/// The key signs sessions: whoever can read it can log in.
fn check_mode(folder: &Folder, name: &str, findings: &mut Findings) {
    let path = folder.path().join(name);
    let readable = fs::symlink_metadata(&path).is_ok_and(|file| file.mode() & 0o077 != 0);
    if name == ".secret" && readable {
        let place = path.display();
        findings.fault(
            format!("others can read `{place}` and create a session with it"),
            format!("rm '{place}'; a new one is made at the next login"),
        );
    }
}

fn check_clock(file: &Path, now: Timestamp, findings: &mut Findings) {
    let changed = fs::metadata(file)
        .ok()
        .and_then(|metadata| Timestamp::from_second(metadata.mtime()).ok());
    if changed.is_some_and(|changed| now.checked_add(1.hour()).is_ok_and(|soon| changed > soon)) {
        findings.warning(
            format!(
                "`{}` has a modification time in the future, by this machine's clock ({now})",
                file.display()
            ),
            "set the clock",
        );
    }
}
