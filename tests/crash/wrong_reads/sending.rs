//! `tb send`: a ping that the ledger remembers is not sent again, whatever is read of it.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use super::scene::{Scene, assert_no_faults, lies, thinned};
use super::web::owners;
use crate::support::blog::{Blog, Script};
use crate::support::request::Request;
use crate::support::site::Site;
use crate::support::strace::{Ended, Invocation, calls, run_injected, run_plain};
use crate::support::writer::{link, peer, pings};
use crate::support::{give_to_owner, write};

/// A weblog whose first entry has pinged one peer, and whose second has yet to ping another.
struct Sender {
    site: Site,
    _own: Blog,
    told: Blog,
    untold: Blog,
    run: Invocation,
    /// The ledger before the second ping.
    ledger: String,
}

impl Sender {
    /// One whose ledger ends with these bytes of a line that was never finished.
    fn with_torn_end(torn: &str) -> Sender {
        let site = Site::new();
        let own = Blog::start_at([127, 0, 0, 59], []);
        let (told, untold) = (peer(57), peer(58));
        let feed = site.path("feed.xml");
        let path = site.data_dir().join("sent.jsonl");
        let words = ["send", feed.to_str().unwrap(), "--jobs", "1", "--ledger"];
        let words = words.into_iter().chain([path.to_str().unwrap()]);
        let run = Invocation {
            arguments: words.map(str::to_owned).collect(),
            environment: Vec::new(),
            input: Vec::new(),
        };
        publish(&feed, &own, &[&told]);
        let ended = run_plain(&site.executable(), &run);
        assert_eq!(ended.code, Some(0), "{ended:?}");
        assert_eq!(pings(&told).len(), 1);
        publish(&feed, &own, &[&told, &untold]);
        let ledger = fs::read_to_string(path).unwrap() + torn;
        Sender {
            site,
            _own: own,
            told,
            untold,
            run,
            ledger,
        }
    }

    fn path(&self) -> PathBuf {
        self.site.data_dir().join("sent.jsonl")
    }

    /// Makes the ledger as it was.
    fn restore(&self) {
        write(&self.path(), &self.ledger);
        give_to_owner(&self.path());
        let torn = self.site.data_dir().join("sent.jsonl.torn");
        fs::remove_file(torn).unwrap_or_default();
    }

    /// What the ledger says of the second ping.
    fn standing(&self) -> String {
        let path = self.path();
        let words = ["sent", "--json", "--ledger", path.to_str().unwrap()];
        let printed = self.site.tb(&words);
        let target = self.untold.url("/x");
        let rows = printed
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap());
        let row = rows
            .into_iter()
            .find(|row| row["target"] == target.as_str());
        row.map_or_else(String::new, |row| {
            row["state"].as_str().unwrap_or_default().to_owned()
        })
    }

    /// Runs it with wrong answers, then as it is, and judges.
    fn judge(&self, lie: (&str, &str, &str)) -> Result<(), String> {
        self.restore();
        let before = (pings(&self.told).len(), pings(&self.untold).len());
        let ended = run_injected(&self.site.executable(), &self.run, lie, None);
        let first = pings(&self.untold).len() - before.1;
        let ledger = fs::read_to_string(self.path()).unwrap();
        let again = run_plain(&self.site.executable(), &self.run);
        let arrived = pings(&self.untold).len() - before.1;
        let standing = self.standing();
        let whole_lines = self.ledger.split_inclusive('\n');
        let mut lines = whole_lines.filter(|line| line.ends_with('\n'));
        let is_settled = match standing.as_str() {
            "sent" => arrived == 1,
            "uncertain" => arrived <= 1 && ended.code != Some(0),
            _ => false,
        };
        let what = match () {
            () if ended.signal.is_some() || ended.stderr.contains("panicked") => "it died",
            () if pings(&self.told).len() != before.0 => "what was sent was sent again",
            () if lines.any(|line| !ledger.contains(line)) => "a line of the ledger was lost",
            () if !is_settled => "it did not arrive once",
            () => return Ok(()),
        };
        Err(format!(
            "{lie:?}: {what}: {first}, then {arrived} arrived, {standing}\n  {ended:?}\n  {again:?}\n  {ledger}"
        ))
    }

    fn sweep(&self) {
        self.restore();
        let lies = lies(&calls(&self.site.executable(), &self.run), true);
        assert_no_faults(
            thinned(&lies, 50)
                .filter_map(|(name, what, when)| self.judge((name, what, when)).err()),
        );
    }
}

/// Writes a feed of as many entries as there are peers, each of which links to one.
fn publish(feed: &std::path::Path, own: &Blog, peers: &[&Blog]) {
    let mut items = String::new();
    for (number, peer) in peers.iter().enumerate() {
        let (path, link) = (format!("/{number}"), link(peer));
        let url = own.url(&path);
        items.push_str(&format!(
            "<item><title>About {number}</title><link>{url}</link><description><![CDATA[{link}]]></description></item>\n"
        ));
        own.play(
            &path,
            Script::html(&format!("<title>t</title><article>{link}</article>")),
        );
    }
    write(
        feed,
        &format!("<rss version=\"2.0\"><channel><title>T</title>{items}</channel></rss>\n"),
    );
    give_to_owner(feed);
}

#[test]
fn a0_whatever_is_read_nothing_is_sent_twice() {
    Sender::with_torn_end("").sweep();
    Sender::with_torn_end("{\"op\":\"att").sweep();
}

/// Sends one ping by hand again and again, and fails where the ledger loses a line, or a success has none in it.
fn sweep_one_off(site: &Site, run: &Invocation, peer: &Blog, done: fn(&Ended) -> bool) {
    let path = site.data_dir().join("sent.jsonl");
    let old = "{\"op\":\"adopt\",\"entry\":\"http://me.example/0\",\"targets\":[\"http://one.example/\"],\"time\":\"2026-11-01T05:00:00Z\"}\n";
    let restore = || {
        write(&path, old);
        give_to_owner(&path);
    };
    restore();
    let ended = run_plain(&site.executable(), run);
    assert!(done(&ended), "{ended:?}");
    restore();
    let lies = lies(&calls(&site.executable(), run), true);
    assert_no_faults(thinned(&lies, 60).filter_map(|(name, what, when)| {
        restore();
        let before = pings(peer).len();
        let ended = run_injected(&site.executable(), run, (name, what, when), None);
        let arrived = pings(peer).len() - before;
        let ledger = fs::read_to_string(&path).unwrap();
        let has = |word: &str| ledger.contains(&format!("\"op\":\"{word}\""));
        let what_failed = match () {
            () if ended.signal.is_some() || ended.stderr.contains("panicked") => "it died",
            () if !ledger.starts_with(old) => "a line of the ledger was lost",
            () if arrived > 1 => "it was sent twice",
            () if arrived == 1 && !has("intent") => "it was sent, and the ledger does not know",
            () if done(&ended) && !(arrived == 1 && has("result")) => {
                "success, and it does not stand"
            }
            () => return None,
        };
        Some(format!(
            "{name} {what} {when}: {what_failed}\n  {ended:?}\n  {ledger}"
        ))
    }));
}

#[test]
fn a0_whatever_is_read_a_ping_by_hand_is_in_the_ledger_before_it_is_sent() {
    let (mut site, cookie, token) = owners();
    let ledger = site.data_dir().join("sent.jsonl");
    site.set("ledger", &format!("\"{}\"", ledger.display()));
    let peer = peer(62);
    let (ping_url, page) = (peer.url("/tb"), peer.url("/x"));
    let words = |more: &[&str]| Invocation {
        arguments: more.iter().map(|word| (*word).to_owned()).collect(),
        ..Invocation::default()
    };
    let entry = "http://me.example/1";
    let run = words(&[
        "ping", "--page", &page, "--url", entry, "--title", "A title",
    ]);
    sweep_one_off(&site, &run, &peer, |ended| ended.code == Some(0));
    let fields = [
        ("__mode", "send_ping"),
        ("token", &token),
        ("url", entry),
        ("title", "A title"),
        ("ping_url", &ping_url),
    ];
    let request = Request::post(&fields).header("Cookie", &cookie);
    let run = Invocation {
        arguments: Vec::new(),
        environment: request.environment(),
        input: request.body,
    };
    sweep_one_off(&site, &run, &peer, |ended| {
        String::from_utf8_lossy(&ended.stdout).contains("successfully sent")
    });
    let page = Script::html("<link rel=webmention href=/wm>");
    let endpoint = Script::status(202);
    let peer = Blog::start_at([127, 0, 0, 63], [("/x", page), ("/wm", endpoint)]);
    let run = words(&["webmention", entry, &peer.url("/x")]);
    sweep_one_off(&site, &run, &peer, |ended| ended.code == Some(0));
}

#[test]
fn a0_whatever_is_read_the_ledger_forgets_only_what_is_named() {
    let site = Site::new();
    let ledger = site.data_dir().join("sent.jsonl");
    let line = |number: u32| {
        format!(
            "{{\"op\":\"adopt\",\"entry\":\"http://me.example/{number}\",\"targets\":[\"http://one.example/\"],\"time\":\"2026-11-01T05:00:00Z\"}}\n"
        )
    };
    write(&ledger, &(1..=3).map(line).collect::<String>());
    give_to_owner(&ledger);
    let words = [
        "sent",
        "--ledger",
        ledger.to_str().unwrap(),
        "--forget",
        "http://me.example/2",
    ];
    Scene::shell(site, &words).sweep_at_most(60);
}
