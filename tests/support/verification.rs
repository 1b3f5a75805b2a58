//! A site that looks at the pages of its pings, and peers that they are on.

use std::fs::{self, File};

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::live::{Host, Live};
use super::process::wait_for;
use super::write;
use crate::support::blog::{Blog, Script};
use crate::support::request::Request;
use crate::support::site::Site;
use crate::support::xml::assert_accepted;

/// The pages that count as the owner's; nothing listens there.
pub(crate) const SITE: &str = "http://127.0.9.9/";

/// An installation whose site is [`SITE`].
pub(crate) fn site(publish: &str) -> Site {
    let mut site = Site::new();
    set_up(&mut site, publish);
    site
}

pub(crate) fn set_up(site: &mut Site, publish: &str) {
    site.set("site", &format!("[\"{SITE}\"]"));
    site.set("publish", &format!("\"{publish}\""));
}

/// A page that links to the site, with the title of [`Request::ping`].
pub(crate) fn linking() -> Script {
    entitled("A title")
}

/// The same with this title, in HTML.
pub(crate) fn entitled(title: &str) -> Script {
    let text = format!("<h1>{title}</h1><p>See <a href='{SITE}cats'>this</a>.</p>");
    Script::html(&text)
}

/// Sets the queue's entry of a ping.
pub(crate) fn set_queued(site: &Site, (id, number): (&str, u64), fields: &str) {
    let path = site.data_dir().join(".queue");
    let text = fs::read_to_string(&path).unwrap_or_default();
    let line = format!("{{\"tb_id\":\"{id}\",\"number\":{number},{fields}}}\n");
    write(&path, &(text + &line));
}

/// Pings `id` from a page.
#[track_caller]
pub(crate) fn ping(site: &Site, id: &str, page: &str) {
    assert_accepted(&site.cgi(&Request::ping(id, page)));
}

/// Sends a ping from an address.
#[track_caller]
pub(crate) fn send_from(site: &Site, address: &str, ping: &Request) {
    assert_accepted(&site.cgi_with(ping, &[], |command| {
        command.env("REMOTE_ADDR", address);
    }));
}

/// Looks at all that waits, whoever is at it.
pub(crate) fn look(site: &Site) {
    site.tb(&["verify", "--wait"]);
}

/// State and reason of a ping, as `published verified`.
#[track_caller]
pub(crate) fn state(site: &Site, id: &str, number: usize) -> String {
    let shown = site.tb(&["show", id, &number.to_string(), "--json"]);
    let shown: Value = serde_json::from_str(&shown).unwrap();
    let why = shown["why"].as_str().unwrap_or_default();
    format!("{} {why}", shown["state"].as_str().unwrap())
}

/// The same without what the reason names.
#[track_caller]
pub(crate) fn reason(site: &Site, id: &str, number: usize) -> String {
    let state = state(site, id, number);
    state.split(':').next().unwrap_or_default().to_owned()
}

/// A peer at an address of its own, which is a domain of its own.
pub(crate) fn peer(last: u8, script: Script) -> Blog {
    Blog::start_at([127, 0, 10, last], [("/", script)])
}

pub(crate) fn live(host: Host) -> Live {
    Live::start_with(host, |site| {
        set_up(site, "known");
        site.set_password();
    })
}

/// Waits until a ping is in this state.
#[track_caller]
pub(crate) fn becomes(live: &Live, id: &str, expected: &str) {
    let mut last = String::new();
    let became = wait_for(|| {
        last = state(&live.site, id, 1);
        let is_it = last == expected || reason(&live.site, id, 1) == expected;
        is_it.then_some(())
    });
    assert!(became.is_some(), "{last}, not {expected}");
}

/// Sets the time at which pages of webmentions were checked back, and with it that of the next check, so that they may be
/// checked again now.
pub(crate) fn ten_minutes_later(site: &Site) {
    let ids = Sha256::digest("cats")[0] % 64;
    for (file, lock, key) in [
        ("cats.jsonl", format!(".lock-{ids:02}"), "checked"),
        (".queue", ".lock-queue".to_owned(), "next"),
    ] {
        // A worker may still be running.
        let lock = File::open(site.data_dir().join(lock)).expect("a lock that was used");
        lock.lock().expect("the lock");
        let file = site.data_dir().join(file);
        let mut text = String::new();
        for line in fs::read_to_string(&file).unwrap_or_default().lines() {
            let mut line: Value = serde_json::from_str(line).unwrap();
            if let Some(time @ Value::String(_)) = line.get_mut(key) {
                *time = "2020-01-01T00:00:00Z".into();
            }
            text.push_str(&format!("{line}\n"));
        }
        fs::write(file, text).unwrap();
    }
}
