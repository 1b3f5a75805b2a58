//! A change that is made again and again from the same beginning, each time with another read answered wrongly.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::ID;
use super::facts::{Facts, files};
use crate::support::process::wait_for_workers;
use crate::support::request::Request;
use crate::support::site::Site;
use crate::support::strace::{Call, Ended, Invocation, calls, run_injected, run_plain};
use crate::support::{give_to_owner, set_mode};

/// What calls of one name may answer.
fn answers(name: &str) -> &'static [&'static str] {
    match name {
        "read" | "pread64" => &["retval=0", "retval=1", "error=EIO"],
        "fstat" | "newfstatat" | "statx" | "getdents64" => &["retval=0", "error=EIO"],
        "lseek" => &["retval=0", "error=EIO"],
        _ => &[],
    }
}

/// A change that is made again and again from the same beginning.
pub(super) struct Scene {
    pub(super) site: Site,
    pub(super) run: Invocation,
    image: BTreeMap<PathBuf, (Vec<u8>, u32)>,
    /// Whether a run acknowledged the change.
    pub(super) done: fn(&Ended) -> bool,
    /// Whether what a run acknowledged holds, beyond what the files say.
    pub(super) holds: fn(&Site, &Ended) -> bool,
    /// Whether success says that the feeds are right.
    pub(super) makes_feeds: bool,
    /// Whether it reads a file of other programs, of which one byte that was not read makes another file.
    pub(super) reads_foreign: bool,
    /// Whether it only prints what it reads, and so prints one byte that was not read as well.
    pub(super) prints: bool,
    /// Files that a success need not have replaced.
    pub(super) may_stay: &'static [&'static str],
    old: Facts,
    new: Facts,
}

impl Scene {
    /// One whose change is a command.
    pub(super) fn shell(site: Site, words: &[&str]) -> Scene {
        Scene::reading(site, words, "")
    }

    /// One whose change is a command that reads its standard input.
    pub(super) fn reading(site: Site, words: &[&str], input: &str) -> Scene {
        let run = Invocation {
            arguments: words.iter().map(|word| (*word).to_owned()).collect(),
            environment: Vec::new(),
            input: input.as_bytes().to_vec(),
        };
        Scene::new(site, run, |ended| ended.code == Some(0))
    }

    /// One whose change is a ping.
    pub(super) fn ping(site: Site, url: &str) -> Scene {
        Scene::web(site, Request::ping(ID, url), |ended| {
            let text = String::from_utf8_lossy(&ended.stdout);
            text.contains("<error>0</error>") && text.ends_with("</response>\n")
        })
    }

    /// One whose change is a request.
    pub(super) fn web(site: Site, request: Request, done: fn(&Ended) -> bool) -> Scene {
        let run = Invocation {
            arguments: Vec::new(),
            environment: request.environment(),
            input: request.body,
        };
        Scene::new(site, run, done)
    }

    fn new(site: Site, run: Invocation, done: fn(&Ended) -> bool) -> Scene {
        let image = files(&site)
            .into_iter()
            .map(|path| {
                let mode = fs::metadata(&path).unwrap().mode() & 0o777;
                (path.clone(), (fs::read(path).unwrap(), mode))
            })
            .collect();
        let old = Facts::of(&site);
        let mut scene = Scene {
            new: old.clone(),
            site,
            run,
            image,
            done,
            holds: |_, _| true,
            makes_feeds: false,
            reads_foreign: false,
            prints: false,
            may_stay: &[],
            old,
        };
        let ended = run_plain(&scene.site.executable(), &scene.run);
        let printed = String::from_utf8_lossy(&ended.stdout);
        assert!((scene.done)(&ended), "{printed} {ended:?}");
        wait_for_workers(&scene.site.executable());
        scene.new = Facts::of(&scene.site);
        scene.restore();
        scene
    }

    /// Makes everything as it was. A file that is there stays the same file, so that its index stays right.
    fn restore(&self) {
        for path in files(&self.site) {
            if !self.image.contains_key(&path) {
                fs::remove_file(path).unwrap();
            }
        }
        for (path, (bytes, mode)) in &self.image {
            if fs::read(path).ok().as_ref() != Some(bytes) {
                fs::write(path, bytes).unwrap();
                give_to_owner(path);
                set_mode(path, *mode);
            }
        }
    }

    /// Runs it with wrong answers, and judges.
    fn judge(&self, lie: (&str, &str, &str), file: Option<PathBuf>) -> Result<(), String> {
        self.restore();
        let ended = run_injected(&self.site.executable(), &self.run, lie, file.as_deref());
        wait_for_workers(&self.site.executable());
        let now = Facts::of(&self.site);
        let is_done = (self.done)(&ended);
        let fault = match () {
            () if ended.signal.is_some() || ended.stderr.contains("panicked") => {
                Some("it died".to_owned())
            }
            () if is_done && !(self.holds)(&self.site, &ended) => {
                Some("success, and it does not hold".to_owned())
            }
            () => self
                .lost(&now)
                .or_else(|| is_done.then(|| self.missing(&now)).flatten())
                // A read that gives one byte without writing it makes another line of what was in the buffer.
                .or_else(|| {
                    (self.makes_feeds && lie.1 != "retval=1")
                        .then(|| self.wrong_feed(&now, is_done))
                        .flatten()
                }),
        };
        fault.map_or(Ok(()), |what| {
            let log = fs::read_to_string(self.site.data_dir().join(".log")).unwrap_or_default();
            Err(format!("{lie:?}: {what}\n  {ended:?}\n  {log}"))
        })
    }

    /// What stood before and neither stands now nor was to be changed.
    fn lost(&self, now: &Facts) -> Option<String> {
        for (key, ping) in &self.old.pings {
            let known = [Some(ping), self.new.pings.get(key)];
            if !known.contains(&now.pings.get(key)) {
                return Some(format!("{key:?} was lost: {:?}", now.pings.get(key)));
            }
        }
        let mut lines = self.old.lines.difference(&now.lines);
        if let Some(lost) = lines.find(|line| self.new.lines.contains(line)) {
            return Some(format!("a line was lost: {lost:?}"));
        }
        for (name, text) in &now.whole {
            if ![self.old.whole.get(name), self.new.whole.get(name)].contains(&Some(text)) {
                return Some(format!("{name} is neither the old nor the new one: {text}"));
            }
        }
        let gone = |name: &&String| !now.whole.contains_key(*name);
        let gone = self.old.whole.keys().find(gone);
        gone.map(|name| format!("{name} is gone"))
    }

    /// What was acknowledged and does not stand.
    fn missing(&self, now: &Facts) -> Option<String> {
        let mut files = self.new.whole.iter();
        let what = match () {
            () if now.pings != self.new.pings => "pings",
            () if !self.new.lines.is_subset(&now.lines) => "lines",
            () if files.any(|(name, text)| {
                now.whole.get(name) != Some(text) && !self.may_stay.contains(&name.as_str())
            }) =>
            {
                "files"
            }
            () => return None,
        };
        Some(format!("success, and its {what} do not stand: {now:?}"))
    }

    /// A feed that is neither the old one nor the new one, or after success not the new one.
    fn wrong_feed(&self, now: &Facts, is_done: bool) -> Option<String> {
        for (name, feed) in &now.feeds {
            if ![self.old.feeds.get(name), self.new.feeds.get(name)].contains(&Some(feed)) {
                return Some(format!(
                    "{name} is neither the old feed nor the new one: {feed}"
                ));
            }
        }
        (is_done && now.feeds != self.new.feeds)
            .then(|| "success, and the feeds are not those of the pings".to_owned())
    }

    /// Answers each call wrongly, alone, with the next and with all that follow.
    pub(super) fn sweep(&self) {
        self.sweep_at_most(MOST);
    }

    /// The same with at most so many runs, without `TB_LONG`.
    pub(super) fn sweep_at_most(&self, most: usize) {
        assert_ne!(self.new, self.old);
        self.sweep_unchanged(most);
    }

    /// The same of what changes no file that is judged.
    pub(super) fn sweep_unchanged(&self, most: usize) {
        let pings = fs::metadata(self.site.data_dir().join(format!("{ID}.jsonl")));
        // Read byte by byte, a large file takes minutes under strace, and says no more than a small one.
        let is_small = pings.is_ok_and(|pings| pings.len() < 64 << 10);
        let mut lies = lies(&calls(&self.site.executable(), &self.run), is_small);
        lies.retain(|(name, what, _)| {
            let is_foreign = self.reads_foreign && name == "read";
            *what != "retval=1" || !(is_foreign || self.prints)
        });
        assert_no_faults(
            thinned(&lies, most)
                .filter_map(|(name, what, when)| self.judge((name, what, when), None).err()),
        );
    }

    /// Answers each look at the pings with an old length, and each read of them with a part of what is there.
    pub(super) fn sweep_old(&self) {
        let path = self.site.data_dir().join(format!("{ID}.jsonl"));
        let bytes = fs::read(&path).unwrap();
        let mut lies = old_lengths(&path, &bytes);
        let calls = calls(&self.site.executable(), &self.run);
        let mut reads = 0;
        for call in calls.iter().filter(|call| call.name == "pread64") {
            let Some(read) = all_of(call, &bytes) else {
                continue;
            };
            reads += 1;
            for cut in [1, read.len() / 2, read.len() - 1] {
                let part: String = read
                    .iter()
                    .take(cut)
                    .map(|byte| format!("{byte:02x}"))
                    .collect();
                let told = format!("retval={}:poke_exit=@arg2={part}", part.len() / 2);
                // Not the next read too: its buffer may be shorter than what would be put there.
                lies.push(("pread64", told, call.nth.to_string(), None));
            }
        }
        assert!(reads > 0, "{calls:?}");
        self.answer(&lies, MOST);
    }

    /// Answers each look at one of the other files with an old length.
    pub(super) fn sweep_old_lengths(&self, path: &Path) {
        let bytes = fs::read(path).unwrap();
        self.answer(&old_lengths(path, &bytes), 44);
    }

    fn answer(&self, lies: &[OldLie], most: usize) {
        assert_no_faults(thinned(lies, most).filter_map(|(name, what, when, file)| {
            self.judge((name, what, when), file.clone()).err()
        }));
    }
}

/// A call's name, what it answers, when, and about which file alone.
type OldLie = (&'static str, String, String, Option<PathBuf>);

/// Answers with the lengths that a file had when it had nothing, one line, a part of the next, and nearly all.
fn old_lengths(path: &Path, bytes: &[u8]) -> Vec<OldLie> {
    let first = bytes.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    let mut lies = Vec::new();
    for cut in [0, first, first + 40, bytes.len() - 1] {
        for when in [
            "1", "1..2", "2", "2..3", "3", "3..4", "4", "1+", "2+", "3+", "4+",
        ] {
            let (told, file) = (old_length(path, cut as u64), Some(path.to_owned()));
            lies.push(("statx", told, when.to_owned(), file));
        }
    }
    lies
}

/// A call's name, what it answers, and when.
type Lie = (String, &'static str, String);

/// Each wrong answer to each call, alone, with the next and with all that follow.
pub(super) fn lies(calls: &[Call], is_small: bool) -> Vec<Lie> {
    let mut lies = Vec::new();
    for call in calls.iter().filter(|call| is_ours(call)) {
        for answer in answers(&call.name) {
            let nth = call.nth;
            lies.push((call.name.clone(), *answer, nth.to_string()));
            lies.push((call.name.clone(), *answer, format!("{nth}..{}", nth + 1)));
            // One byte again and again is a file without an end, which `tb.toml` is too.
            if *answer != "retval=1" || (call.name == "pread64" && is_small) {
                lies.push((call.name.clone(), *answer, format!("{nth}+")));
            }
        }
    }
    assert!(lies.len() > 40, "{calls:?}");
    lies
}

/// All of them with `TB_LONG`, else at most so many of them.
pub(super) fn thinned<T>(lies: &[T], most: usize) -> impl Iterator<Item = &T> {
    let few = std::env::var_os("TB_LONG").is_none();
    let step = if few { lies.len().div_ceil(most) } else { 1 };
    lies.iter().step_by(step)
}

#[track_caller]
pub(super) fn assert_no_faults(faults: impl Iterator<Item = String>) {
    let faults: Vec<String> = faults.collect();
    assert!(
        faults.is_empty(),
        "{} faults:\n{}",
        faults.len(),
        faults.join("\n")
    );
}

/// What a read of the pings gave; `None` for a read of something else, or of a few bytes.
fn all_of<'a>(call: &Call, bytes: &'a [u8]) -> Option<&'a [u8]> {
    let (arguments, result) = call.text.rsplit_once(") = ")?;
    let offset: usize = arguments.rsplit(", ").next()?.parse().ok()?;
    let count: usize = result.trim().parse().ok()?;
    let read = bytes.get(offset..offset + count)?;
    // As strace shows the first of them.
    let shown = String::from_utf8_lossy(read.get(..24)?)
        .replace('"', "\\\"")
        .replace('\n', "\\n");
    call.text.contains(&shown).then_some(read)
}

/// The most runs of one sweep, without `TB_LONG`.
const MOST: usize = 100;

/// Whether a call reads or looks at files that last.
fn is_ours(call: &Call) -> bool {
    let is_input =
        call.text.contains("(0, ") || call.text.contains("/etc/") || call.text.contains("/proc/");
    !is_input && !answers(&call.name).is_empty()
}

/// `statx` of that file with another length.
fn old_length(path: &Path, length: u64) -> String {
    let metadata = fs::metadata(path).unwrap();
    let mut bytes: Vec<u8> = Vec::new();
    bytes.extend(0x7ff_u32.to_le_bytes());
    bytes.extend(4096_u32.to_le_bytes());
    bytes.extend(0_u64.to_le_bytes());
    bytes.extend(1_u32.to_le_bytes());
    bytes.extend(metadata.uid().to_le_bytes());
    bytes.extend(metadata.gid().to_le_bytes());
    bytes.extend((metadata.mode() as u16).to_le_bytes());
    bytes.extend(0_u16.to_le_bytes());
    bytes.extend(metadata.ino().to_le_bytes());
    bytes.extend(length.to_le_bytes());
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("poke_exit=@arg5={hex}")
}
