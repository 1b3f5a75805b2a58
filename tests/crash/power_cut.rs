//! S10 in front of a power cut: real file systems on loop devices, the static executable under many
//! hands, and a journal that stops between two writes.
//!
//! Each cycle lets senders, through CGI processes and through `tb serve`, and an owner work until the
//! file system goes down at a random moment; it is mounted again, and what was acknowledged must be
//! there. 20 cycles for each file system, 200 with `TB_LONG=1`. The seed is printed; `TB_SEED` repeats
//! the choices, if not the machine's timing.

mod work;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;
use std::{fs, thread};

use work::{Interface, Work};

use crate::support::disk::{Disk, Journal, Kind};
use crate::support::process::wait_for;
use crate::support::request::Request;
use crate::support::rng::Rng;
use crate::support::site::{PASSWORD, Serving, Site};
use crate::support::xml::{assert_accepted, assert_rss};

#[test]
fn s10_a_power_cut_loses_nothing_acknowledged_on_ext4() {
    many_power_cuts(Kind::Ext4);
}

#[test]
fn s10_a_power_cut_loses_nothing_acknowledged_on_xfs() {
    many_power_cuts(Kind::Xfs);
}

/// The id whose pings the owner decides about; each other id has one sender.
const OWNERS: &str = "owners";
/// How many pings it has.
const OWNERS_PINGS: usize = 20;

fn many_power_cuts(kind: Kind) {
    let cycles = if std::env::var_os("TB_LONG").is_some() {
        200
    } else {
        20
    };
    let mut rng = Rng::new();
    let disk = Disk::new(kind);
    let mut house = Installation::new(Site::shipped_in(disk.place()));
    disk.sync();
    for cycle in 0..cycles {
        let journal = rng.one_of(&[Journal::Flushed, Journal::Lost]);
        let moment = Duration::from_millis(rng.below(200));
        println!("cycle {cycle}: {journal:?} after {moment:?}");
        house.work_until(moment, || disk.cut_power(journal));
        disk.power_on();
        house.inspect();
        house.go_on();
    }
    println!("{} pings, {} compactions", house.count(), house.compactions);
    assert!(house.compactions >= cycles / 2, "too few compactions");
}

/// An installation, and what its users were told.
struct Installation {
    site: Site,
    /// By id, the pings that one sender sent, in order, and whether each was acknowledged.
    sent: BTreeMap<String, Vec<(String, bool)>>,
    /// The states that the owner asked for, and whether each was acknowledged, newest last.
    decisions: Vec<(&'static str, bool)>,
    /// The numbers of the owner's pings whose deletion was acknowledged.
    deleted: Vec<u64>,
    /// How many pings the owner's id ever got.
    owners_sent: usize,
    /// The passwords that may be in force: the last acknowledged, then those that were tried.
    passwords: Vec<String>,
    /// The key of the sessions and the last epoch that was reached.
    secret: tb::internals::store::Secret,
    compactions: usize,
}

impl Installation {
    fn new(mut site: Site) -> Installation {
        site.set_password();
        let secret = site_store(&site).make_secret().unwrap();
        for number in 1..=OWNERS_PINGS {
            assert_accepted(&site.cgi(&Request::ping(OWNERS, &url(OWNERS, number))));
        }
        let house = Installation {
            site,
            sent: BTreeMap::new(),
            decisions: vec![("published", true)],
            deleted: Vec::new(),
            owners_sent: OWNERS_PINGS,
            passwords: vec![PASSWORD.to_owned()],
            secret,
            compactions: 0,
        };
        house.wear_out();
        house
    }

    fn count(&self) -> usize {
        self.sent.values().map(Vec::len).sum()
    }

    /// Everybody works until some time after the first acknowledgement, when `cut` cuts the power.
    fn work_until(&mut self, moment: Duration, cut: impl FnOnce()) {
        let mut command = self.site.command();
        command.args(["serve", "--listen", "127.0.0.1:0"]);
        let serving = Serving::start(command).expect("`tb serve`");
        let work = Work {
            site: &self.site,
            serving: &serving,
            cutting: AtomicBool::new(false),
            over: AtomicBool::new(false),
            acknowledged: AtomicUsize::new(0),
            compactions: AtomicUsize::new(0),
        };
        let sent = Mutex::new(&mut self.sent);
        let (decisions, deleted) = (&mut self.decisions, &mut self.deleted);
        let (passwords, secret) = (&mut self.passwords, &mut self.secret);
        // What the test itself reads is read before the power may be gone.
        let (numbers, store) = (numbers(&self.site), site_store(&self.site));
        thread::scope(|scope| {
            let (work, sent, store) = (&work, &sent, &store);
            for (door, ids) in [
                (Interface::Cgi, ["cgi_a", "cgi_b"]),
                (Interface::Cgi, ["cgi_c", "cgi_d"]),
                (Interface::Serve, ["serve_a", "serve_b"]),
                (Interface::Serve, ["serve_c", "serve_d"]),
            ] {
                scope.spawn(move || {
                    for id in ids.iter().cycle() {
                        if work.over.load(Ordering::SeqCst) {
                            break;
                        }
                        let number = sent.lock().unwrap().get(*id).map_or(0, Vec::len) + 1;
                        let url = url(id, number);
                        let acknowledged = work.ping(door, &Request::ping(id, &url));
                        let mut sent = sent.lock().unwrap();
                        let pings = sent.entry((*id).to_owned()).or_default();
                        pings.push((url, acknowledged));
                    }
                });
            }
            scope.spawn(move || work.decide(numbers, decisions, deleted));
            scope.spawn(move || work.change_keys(store, passwords, secret));
            wait_for(|| (work.acknowledged.load(Ordering::SeqCst) > 0).then_some(()))
                .expect("an acknowledged ping");
            thread::sleep(moment);
            work.cutting.store(true, Ordering::SeqCst);
            cut();
            work.over.store(true, Ordering::SeqCst);
        });
        self.compactions += work.compactions.load(Ordering::SeqCst);
        drop(serving);
    }

    /// What must be true before anybody has mended anything.
    fn inspect(&mut self) {
        for folder in [self.site.data_dir(), self.site.rss_dir()] {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                let bytes = fs::read(&path).unwrap();
                let name = path.file_name().unwrap().to_string_lossy();
                // The log and the hints are not synced, nobody ever reads a temporary, an index is no
                // text, and a last line without a newline is not a record.
                let end = match bytes.iter().rposition(|byte| *byte == b'\n') {
                    Some(at) if name.ends_with(".jsonl") => at,
                    None if name.ends_with(".jsonl") => 0,
                    _ => bytes.len(),
                };
                let binary = name.ends_with(".tmp") || name.ends_with(".idx");
                if ![".log", ".log.1", ".recent"].contains(&&*name) && !binary {
                    let whole = !bytes[..end].contains(&0);
                    assert!(whole, "NUL bytes in {}", path.display());
                }
                if path.extension().is_some_and(|extension| extension == "xml") {
                    assert_rss(&bytes);
                }
            }
        }
        self.inspect_keys();
        for (id, sent) in &self.sent {
            let kept = self.kept(id);
            let mut last = 0;
            for (url, acknowledged) in sent {
                match kept.iter().find(|(_, kept)| kept == url) {
                    Some((number, _)) => {
                        assert!(*number > last, "{id}: {url} out of its order");
                        last = *number;
                    }
                    None => assert!(!acknowledged, "{id}: {url} was acknowledged and is lost"),
                }
            }
            self.inspect_feed(id, &kept);
        }
        self.inspect_decisions();
    }

    /// The configuration and the secret are whole, and as new as was acknowledged.
    fn inspect_keys(&mut self) {
        let text = fs::read_to_string(self.site.config()).unwrap();
        let table: toml_edit::DocumentMut = text.parse().expect("tb.toml is whole");
        assert_eq!(table.len(), 11, "{text}");
        let hash = table["password"].as_str().expect("a password").to_owned();
        let is = |password: &String| {
            tb::internals::web::session::check_password(&hash, password).unwrap()
        };
        let at = self.passwords.iter().rposition(is);
        self.passwords = vec![self.passwords[at.expect("a password that was set")].clone()];
        let secret = site_store(&self.site).secret().unwrap().expect("a secret");
        assert_eq!(secret.key, self.secret.key);
        assert!(secret.epoch >= self.secret.epoch, "{secret:?}");
        self.secret = secret;
    }

    /// The feed holds what the file held at some time: a run of its pings, at most the newest 15 then.
    fn inspect_feed(&self, id: &str, kept: &[(u64, String)]) -> usize {
        let Ok(feed) = fs::read_to_string(self.site.rss_dir().join(format!("{id}.xml"))) else {
            return 0;
        };
        let mut shown: Vec<String> = feed
            .split("<item>")
            .skip(1)
            .map(|item| crate::support::xml::element(item, "link").expect("a link"))
            .collect();
        shown.reverse();
        let end = kept
            .iter()
            .position(|(_, url)| Some(url) == shown.last())
            .map_or(0, |at| at + 1);
        let expected: Vec<String> = kept[end.saturating_sub(15)..end]
            .iter()
            .map(|(_, url)| url.clone())
            .collect();
        assert_eq!(shown, expected, "{id}.xml is no feed that there ever was");
        end
    }

    fn inspect_decisions(&mut self) {
        let pings = site_store(&self.site)
            .pings(&tb_id(OWNERS))
            .unwrap()
            .unwrap();
        let last = self.decisions.iter().rposition(|(_, done)| *done).unwrap();
        let may: Vec<&str> = self.decisions[last..].iter().map(|(to, _)| *to).collect();
        let all = pings
            .newest(tb::internals::store::Which::All, None, 10_000)
            .unwrap();
        for record in &all {
            assert!(
                may.contains(&record.state.name()),
                "{} is {}, not one of {may:?}",
                record.id,
                record.state.name()
            );
            assert!(!self.deleted.contains(&record.id), "{} is back", record.id);
        }
        assert!(all.len() >= OWNERS_PINGS - 1, "{} are left", all.len());
    }

    /// The pings of an id as they lie there: numbers, each once, and permalinks.
    fn kept(&self, id: &str) -> Vec<(u64, String)> {
        let Some(pings) = site_store(&self.site).pings(&tb_id(id)).unwrap() else {
            return Vec::new();
        };
        let newest = pings
            .newest(tb::internals::store::Which::All, None, 100_000)
            .unwrap();
        let mut kept: Vec<(u64, String)> = newest
            .into_iter()
            .map(|record| (record.id, record.url))
            .collect();
        kept.reverse();
        let text = fs::read_to_string(self.file(id)).unwrap();
        let whole = text.rfind('\n').map_or("", |at| &text[..at]);
        for line in whole.lines() {
            serde_json::from_str::<serde_json::Value>(line)
                .unwrap_or_else(|error| panic!("{id}: {error}: {line}"));
        }
        let lines = whole.lines().count();
        assert_eq!(kept.len(), lines, "{id}: each line is a ping of its own");
        kept
    }

    /// The next operation works, and makes good what was put off.
    fn go_on(&mut self) {
        for (id, sent) in &mut self.sent {
            // Whoever got no answer tries again.
            for (url, acknowledged) in sent.iter_mut().filter(|(_, acknowledged)| !acknowledged) {
                assert_accepted(&self.site.cgi(&Request::ping(id, url)));
                *acknowledged = true;
            }
            let url = url(id, sent.len() + 1);
            assert_accepted(&self.site.cgi(&Request::ping(id, &url)));
            sent.push((url, true));
        }
        for _ in self.owners_numbers().len()..OWNERS_PINGS {
            self.owners_sent += 1;
            let url = url(OWNERS, self.owners_sent);
            assert_accepted(&self.site.cgi(&Request::ping(OWNERS, &url)));
        }
        let publish = words(&["publish", OWNERS], &self.owners_numbers());
        let publish: Vec<&str> = publish.iter().map(String::as_str).collect();
        self.site.tb(&publish);
        self.decisions = vec![("published", true)];
        self.wear_out();
        let log = self.logged();
        for (id, sent) in &self.sent {
            let (newest, _) = sent.last().unwrap();
            assert!(
                log.contains(newest),
                "{newest} stands in no whole line of the log"
            );
            let kept = self.kept(id);
            assert_eq!(kept.len(), sent.len());
            assert_eq!(self.inspect_feed(id, &kept), kept.len(), "{id}.xml is old");
            let text = fs::read(self.file(id)).unwrap();
            assert_eq!(text.last(), Some(&b'\n'));
            assert!(!text.contains(&0), "NUL bytes in {id}.jsonl");
        }
    }

    /// Makes so many lines of the owner's file dead that the next change compacts it.
    fn wear_out(&self) {
        let store = site_store(&self.site);
        let number = self.owners_numbers()[0];
        let mut change = store.begin(&tb_id(OWNERS)).unwrap();
        for turn in 0..64 {
            let to = [
                tb::internals::store::State::Junk,
                tb::internals::store::State::Published,
            ][turn % 2];
            change.set_state(number, to, None, now()).unwrap();
        }
    }

    /// The permalinks in the whole lines of the log; others may be torn.
    fn logged(&self) -> BTreeSet<String> {
        let read = |name| fs::read(self.site.data_dir().join(name));
        let mut log = read(".log.1").unwrap_or_default();
        log.extend(read(".log").unwrap());
        let line = |line: &[u8]| serde_json::from_slice::<serde_json::Value>(line).ok();
        log.split(|byte| *byte == b'\n')
            .filter_map(line)
            .filter_map(|event| event["url"].as_str().map(str::to_owned))
            .collect()
    }

    fn owners_numbers(&self) -> Vec<u64> {
        numbers(&self.site)
    }

    fn file(&self, id: &str) -> std::path::PathBuf {
        self.site.data_dir().join(format!("{id}.jsonl"))
    }
}

fn site_store(site: &Site) -> tb::internals::store::Store {
    tb::internals::store::Store::open(&site.data_dir()).unwrap()
}

fn now() -> jiff::Timestamp {
    jiff::Timestamp::now()
}

fn tb_id(id: &str) -> tb::linkback::trackback::TbId {
    tb::linkback::trackback::TbId::new(id.as_bytes()).unwrap()
}

/// The numbers of the owner's pings that are not deleted, ascending.
fn numbers(site: &Site) -> Vec<u64> {
    let pings = site_store(site).pings(&tb_id(OWNERS)).unwrap().unwrap();
    let newest = pings
        .newest(tb::internals::store::Which::All, None, 10_000)
        .unwrap();
    newest.iter().rev().map(|record| record.id).collect()
}

fn words(command: &[&str], numbers: &[u64]) -> Vec<String> {
    let numbers = numbers.iter().map(u64::to_string);
    command
        .iter()
        .map(|word| (*word).to_owned())
        .chain(numbers)
        .collect()
}

fn url(id: &str, number: usize) -> String {
    format!("http://weblog.example/{id}/{number}")
}
