//! Each read and each look at a file answered wrongly, as a network file system may: "end of file" too early, one
//! byte only, an old length, an error. Whatever is answered, no acknowledged line is lost, and nothing is
//! acknowledged that does not stand.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

use crate::support::blog::{Blog, Script};
use crate::support::request::Request;
use crate::support::site::Site;
use crate::support::strace::{Call, Ended, Invocation, calls, run_injected, run_plain};
use crate::support::verification::{linking, peer, set_up};
use crate::support::{give_to_owner, set_mode, write};

mod facts;

use facts::{Facts, files};

/// The id whose pings are changed.
const ID: &str = "entry";

/// How many pings make an id large.
const LARGE: usize = 600;

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
struct Scene {
    site: Site,
    run: Invocation,
    image: BTreeMap<PathBuf, (Vec<u8>, u32)>,
    done: fn(&Ended) -> bool,
    /// Whether success says that the feeds are right.
    makes_feeds: bool,
    old: Facts,
    new: Facts,
}

impl Scene {
    /// One whose change is a command.
    fn shell(site: Site, words: &[&str]) -> Scene {
        let run = Invocation {
            arguments: words.iter().map(|word| (*word).to_owned()).collect(),
            environment: Vec::new(),
            input: Vec::new(),
        };
        Scene::new(site, run, |ended| ended.code == Some(0))
    }

    /// One whose change is a ping.
    fn ping(site: Site, url: &str) -> Scene {
        let request = Request::ping(ID, url);
        let run = Invocation {
            arguments: Vec::new(),
            environment: request.environment(),
            input: request.body,
        };
        Scene::new(site, run, |ended| {
            let text = String::from_utf8_lossy(&ended.stdout);
            text.contains("<error>0</error>") && text.ends_with("</response>\n")
        })
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
            makes_feeds: false,
            old,
        };
        let ended = run_plain(&scene.site.executable(), &scene.run);
        assert!((scene.done)(&ended), "{ended:?}");
        scene.new = Facts::of(&scene.site);
        assert_ne!(scene.new, scene.old);
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
        let now = Facts::of(&self.site);
        let fault = |what: &str| {
            let log = fs::read_to_string(self.site.data_dir().join(".log")).unwrap_or_default();
            Err(format!("{lie:?}: {what}\n  {ended:?}\n  {log}"))
        };
        if ended.signal.is_some() || ended.stderr.contains("panicked") {
            return fault("it died");
        }
        let is_done = (self.done)(&ended);
        for (key, ping) in &self.old.pings {
            let known = [Some(ping), self.new.pings.get(key)];
            if !known.contains(&now.pings.get(key)) {
                return fault(&format!("{key:?} was lost: {:?}", now.pings.get(key)));
            }
        }
        if let Some(lost) = self.old.lines.difference(&now.lines).next()
            && self.new.lines.contains(lost)
        {
            return fault(&format!("a line was lost: {lost:?}"));
        }
        if is_done && now.pings != self.new.pings {
            return fault("success, and its pings do not stand");
        }
        if is_done && !self.new.lines.is_subset(&now.lines) {
            return fault("success, and its lines do not stand");
        }
        // A read that gives one byte without writing it makes another line of what was in the buffer.
        if self.makes_feeds && lie.1 != "retval=1" {
            for (name, feed) in &now.feeds {
                if ![self.old.feeds.get(name), self.new.feeds.get(name)].contains(&Some(feed)) {
                    return fault(&format!(
                        "{name} is neither the old feed nor the new one: {feed}"
                    ));
                }
            }
            if is_done && now.feeds != self.new.feeds {
                return fault("success, and the feeds are not those of the pings");
            }
        }
        Ok(())
    }

    /// Answers each call wrongly, alone, with the next and with all that follow.
    fn sweep(&self) {
        let calls = calls(&self.site.executable(), &self.run);
        let pings = fs::metadata(self.site.data_dir().join(format!("{ID}.jsonl")));
        // Read byte by byte, a large file takes minutes under strace, and says no more than a small one.
        let is_small = pings.is_ok_and(|pings| pings.len() < 64 << 10);
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
        let few = std::env::var_os("TB_LONG").is_none();
        let step = if few { lies.len().div_ceil(MOST) } else { 1 };
        let faults: Vec<String> = lies
            .iter()
            .step_by(step)
            .filter_map(|(name, what, when)| self.judge((name, what, when), None).err())
            .collect();
        assert!(
            faults.is_empty(),
            "{} faults:\n{}",
            faults.len(),
            faults.join("\n")
        );
    }

    /// Answers each look at the pings with an old length, and each read of them with a part of what is there.
    fn sweep_old(&self) {
        let path = self.site.data_dir().join(format!("{ID}.jsonl"));
        let bytes = fs::read(&path).unwrap();
        let first = bytes.iter().position(|byte| *byte == b'\n').unwrap() + 1;
        let mut lies = Vec::new();
        for cut in [0, first, first + 40, bytes.len() - 1] {
            for when in [
                "1", "1..2", "2", "2..3", "3", "3..4", "4", "1+", "2+", "3+", "4+",
            ] {
                let file = Some(path.clone());
                lies.push((
                    "statx",
                    old_length(&path, cut as u64),
                    when.to_owned(),
                    file,
                ));
            }
        }
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
        let few = std::env::var_os("TB_LONG").is_none();
        let step = if few { lies.len().div_ceil(MOST) } else { 1 };
        let faults: Vec<String> = lies
            .into_iter()
            .step_by(step)
            .filter_map(|(name, what, when, file)| self.judge((name, &what, &when), file).err())
            .collect();
        assert!(
            faults.is_empty(),
            "{} faults:\n{}",
            faults.len(),
            faults.join("\n")
        );
    }
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
fn old_length(path: &std::path::Path, length: u64) -> String {
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

fn permalink(number: usize) -> String {
    format!("http://weblog.example/{number}")
}

/// A site with so many pings, and with lines in its other files.
fn site(pings: usize) -> Site {
    let site = Site::new();
    let line = |number: usize| {
        let url = permalink(number);
        format!(
            "{{\"op\":\"ping\",\"id\":{number},\"time\":\"2026-11-01T05:00:00Z\",\"url\":\"{url}\",\"title\":\"Title {number}\",\"excerpt\":\"An excerpt\",\"blog_name\":\"A weblog\",\"state\":\"published\",\"via\":\"trackback\",\"from\":\"127.0.0.0/24\"}}\n"
        )
    };
    if pings > 0 {
        put(
            &site,
            &format!("{ID}.jsonl"),
            &(1..=pings).map(line).collect::<String>(),
        );
    }
    put(&site, ".bans", "spam.example\n192.0.2.0/24\n");
    put(&site, ".domains", "friend.example\nother.example\n");
    site.tb(&["rebuild"]);
    site
}

fn put(site: &Site, name: &str, text: &str) {
    let path = site.data_dir().join(name);
    write(&path, text);
    set_mode(&path, 0o600);
}

/// Adds lines to the pings.
fn add(site: &Site, text: &str) {
    let path = site.data_dir().join(format!("{ID}.jsonl"));
    let old = fs::read_to_string(&path).unwrap();
    put(site, &format!("{ID}.jsonl"), &(old + text));
}

/// As many state lines as make the file due for compaction.
fn dead_lines(count: usize) -> String {
    let line = |turn: usize| {
        let to = if turn.is_multiple_of(2) {
            "held"
        } else {
            "published"
        };
        format!(
            "{{\"op\":\"state\",\"id\":1,\"time\":\"2026-11-01T06:00:00Z\",\"to\":\"{to}\",\"why\":\"owner\"}}\n"
        )
    };
    (0..count).map(line).collect()
}

#[test]
fn a0_whatever_is_read_the_first_pings_of_an_id_are_kept_or_refused() {
    Scene::ping(site(0), "http://weblog.example/new").sweep();
    Scene::ping(site(3), "http://weblog.example/new").sweep();
}

#[test]
fn a0_whatever_is_read_an_update_is_kept_or_refused() {
    Scene::ping(site(3), &permalink(1)).sweep();
}

#[test]
fn a0_whatever_is_read_a_ping_behind_a_torn_line_is_kept_or_refused() {
    let site = site(30);
    add(&site, "{\"op\":\"ping\",\"id\":31,\"url\":\"htt");
    Scene::ping(site, "http://weblog.example/new").sweep();
}

#[test]
fn a0_whatever_is_read_a_ping_of_a_large_id_is_kept_or_refused() {
    let large = site(LARGE);
    // The first makes the index.
    large.cgi(&Request::ping(ID, "http://weblog.example/first"));
    assert!(large.data_dir().join(format!(".{ID}.idx")).exists());
    Scene::ping(large, "http://weblog.example/new").sweep();
    // Here it is made.
    Scene::ping(site(LARGE), "http://weblog.example/new").sweep();
}

#[test]
fn a0_whatever_is_read_a_change_in_the_shell_is_made_or_refused() {
    Scene::shell(site(3), &["junk", ID, "1"]).sweep();
    Scene::shell(site(3), &["delete", ID, "2"]).sweep();
}

#[test]
fn a0_whatever_is_read_a_compaction_loses_no_ping() {
    let dead = site(10);
    add(&dead, &dead_lines(80));
    Scene::ping(dead, "http://weblog.example/new").sweep();
    let dead = site(3);
    add(&dead, &dead_lines(8));
    add(
        &dead,
        "{\"op\":\"state\",\"id\":2,\"time\":\"2020-01-01T06:00:00Z\",\"to\":\"junk\",\"why\":\"score\"}\n",
    );
    let mut prune = Scene::shell(dead, &["prune"]);
    // What it does not see it leaves.
    prune.done = |_| false;
    prune.sweep();
}

#[test]
fn a0_whatever_is_read_an_import_is_made_or_refused() {
    let site = site(3);
    let file = site.path("moved.jsonl");
    let line = |number: usize| {
        format!(
            "{{\"tb_id\":\"{ID}\",\"id\":{number},\"time\":\"2019-11-01T05:00:00Z\",\"url\":\"http://other.example/{number}\",\"title\":\"Moved\",\"excerpt\":\"\",\"blog_name\":\"\",\"state\":\"published\"}}\n"
        )
    };
    write(&file, &(1..=3).map(line).collect::<String>());
    let file = file.to_str().unwrap().to_owned();
    let mut import = Scene::shell(site, &["import", &file]);
    // A line that it cannot read is said to be skipped.
    import.done = |ended| {
        ended.code == Some(0) && !String::from_utf8_lossy(&ended.stdout).contains("skipped: ")
    };
    import.sweep();
}

#[test]
fn a0_whatever_is_read_bans_and_domains_stay() {
    Scene::shell(site(1), &["ban", "more.example"]).sweep();
    Scene::shell(site(1), &["domains", "add", "third.example"]).sweep();
}

#[test]
fn a0_whatever_is_read_the_ledger_keeps_what_was_sent() {
    let site = site(1);
    let ledger = site.data_dir().join("sent.jsonl");
    let table = site.path("sent.csv");
    let words = [
        "sent",
        "--ledger",
        ledger.to_str().unwrap(),
        "--import",
        table.to_str().unwrap(),
    ];
    write(
        &table,
        "entry,target\nhttps://me.example/1,https://one.example/\nhttps://me.example/2,https://two.example/\n",
    );
    site.tb(&words);
    let text = fs::read_to_string(&ledger).unwrap();
    // A line that another process tore.
    write(&ledger, &(text + "{\"op\":\"ad"));
    write(
        &table,
        "entry,target\nhttps://me.example/3,https://one.example/\n",
    );
    Scene::shell(site, &words).sweep();
}

#[test]
fn a0_whatever_is_read_a_rebuild_makes_whole_feeds_or_fails() {
    let site = site(3);
    put(
        &site,
        "other.jsonl",
        &fs::read_to_string(site.data_dir().join(format!("{ID}.jsonl"))).unwrap(),
    );
    site.tb(&["rebuild"]);
    // One feed is behind its pings, one is missing.
    add(
        &site,
        "{\"op\":\"state\",\"id\":2,\"time\":\"2026-11-01T06:00:00Z\",\"to\":\"held\",\"why\":\"owner\"}\n",
    );
    fs::remove_file(site.rss_dir().join("other.xml")).unwrap();
    let mut rebuild = Scene::shell(site, &["rebuild"]);
    rebuild.makes_feeds = true;
    // An empty folder has no feeds, and the count says so.
    rebuild.done = |ended| {
        ended.code == Some(0)
            && String::from_utf8_lossy(&ended.stdout).contains("feeds: 2 rewritten")
    };
    rebuild.sweep();
}

#[test]
fn a0_whatever_is_read_what_was_seen_of_a_page_is_recorded_or_not_said() {
    let mut site = Site::new();
    set_up(&mut site, "known");
    let (good, bad) = (peer(60, linking()), peer(61, Script::html("x")));
    let line = |number: u64, blog: &Blog| {
        format!(
            "{{\"op\":\"ping\",\"id\":{number},\"time\":\"2026-11-01T05:00:00Z\",\"url\":\"{}\",\"title\":\"t\",\"state\":\"held\",\"why\":\"unverified\"}}\n",
            blog.url("/")
        )
    };
    put(&site, "first.jsonl", &line(1, &good));
    put(&site, &format!("{ID}.jsonl"), &line(1, &bad));
    put(&site, ".bans", "spam.example\n");
    site.tb(&["rebuild"]);
    let mut verify = Scene::shell(site, &["verify"]);
    // It may not see that a page waits, or see less than two; what it prints stands.
    verify.done = |ended| {
        let text = String::from_utf8_lossy(&ended.stdout);
        text.contains("entry 1: junk") && text.contains("first 1: held")
    };
    verify.sweep();
}

#[test]
fn a0_with_an_old_length_or_half_the_content_nothing_is_cut() {
    Scene::ping(site(40), "http://weblog.example/new").sweep_old();
    let torn = site(40);
    add(&torn, "{\"op\":\"ping\",\"id\":41,\"url\":\"htt");
    Scene::ping(torn, "http://weblog.example/new").sweep_old();
    Scene::shell(site(40), &["junk", ID, "1"]).sweep_old();
}
