//! The commands of the shell that change the entries, the password, or all of it at once.

use std::fs;

use super::facts::{pages, planted_secret};
use super::scene::Scene;
use super::{ID, put, site};
use crate::support::blog::{Blog, Script};
use crate::support::give_to_owner;
use crate::support::scenario::{NEW_PASSWORD, log_in};
use crate::support::site::Site;
use crate::support::write;

/// A site that knows entries: one that is listed, one with a passphrase, one of the weblog.
pub(super) fn with_entries() -> Site {
    let site = site(1);
    site.tb(&["add", "listed", "--title", "Listed", "--describe", "What"]);
    site.tb(&["passphrase", "closed", "--set", "open-sesame-1"]);
    sync(&site, &["first"], &[]);
    site
}

/// Writes a feed of these entries and gives its path.
fn feed(site: &Site, names: &[&str]) -> String {
    let item = |name: &&str| {
        format!("<item><title>About {name}</title><link>http://127.0.0.1/{name}</link></item>\n")
    };
    let items: String = names.iter().map(item).collect();
    let path = site.path("feed.xml");
    write(
        &path,
        &format!("<rss version=\"2.0\"><channel><title>T</title>{items}</channel></rss>\n"),
    );
    give_to_owner(&path);
    path.to_str().unwrap().to_owned()
}

fn sync(site: &Site, names: &[&str], flags: &[&str]) {
    let feed = feed(site, names);
    site.tb(&[&["entries", "sync", &feed], flags].concat());
}

#[test]
fn a0_whatever_is_read_an_entry_is_added_or_refused_and_none_is_lost() {
    Scene::shell(with_entries(), &["add", "new", "--title", "New"]).sweep();
    Scene::shell(with_entries(), &["add", "listed", "--remove"]).sweep();
}

#[test]
fn a0_whatever_is_read_no_passphrase_is_lost() {
    let words = ["passphrase", "listed", "--set", "open-sesame-2"];
    Scene::shell(with_entries(), &words).sweep();
    let words = ["passphrase", "closed", "--set", "open-sesame-3"];
    Scene::shell(with_entries(), &words).sweep();
    let words = ["passphrase", "remove", "closed"];
    Scene::shell(with_entries(), &words).sweep_at_most(50);
}

#[test]
fn a0_whatever_is_read_the_feed_of_the_queue_has_its_old_or_its_new_url() {
    let site = site(1);
    put(&site, ".secret", &planted_secret());
    Scene::shell(site, &["queue", "--revoke"]).sweep_at_most(60);
}

#[test]
fn a0_whatever_is_read_a_backup_or_an_export_is_whole_or_said_not_to_be() {
    for site in [site(3), super::indexed()] {
        let mut export = Scene::shell(site, &["export"]);
        export.prints = true;
        // A folder that shows no file has no pings.
        export.done = |ended| ended.code == Some(0) && !ended.stdout.is_empty();
        export.holds = |site, ended| {
            let pings = fs::read_to_string(site.data_dir().join("entry.jsonl")).unwrap();
            let text = String::from_utf8_lossy(&ended.stdout).into_owned();
            (1..pings.lines().count()).all(|number| text.contains(&super::permalink(number)))
        };
        export.sweep_unchanged(50);
    }
    let site = with_entries();
    put(&site, ".secret", &planted_secret());
    let path = site.path("saved.tar");
    let mut backup = Scene::shell(site, &["backup", path.to_str().unwrap(), "--with-secrets"]);
    backup.prints = true;
    backup.done = |ended| {
        let text = String::from_utf8_lossy(&ended.stdout);
        ended.code == Some(0) && text.contains("the pings of 1 ids")
    };
    backup.holds = |site, _| {
        let saved = fs::read(site.path("saved.tar")).unwrap();
        let text = String::from_utf8_lossy(&saved).into_owned();
        let kept = [".bans", ".domains", ".entries", ".secret", "entry.jsonl"];
        let mut files = kept.map(|name| site.data_dir().join(name)).to_vec();
        files.push(site.config());
        let is_there =
            |file: &std::path::PathBuf| text.contains(&fs::read_to_string(file).unwrap());
        files.iter().all(is_there)
    };
    backup.sweep_unchanged(60);
}

#[test]
fn a0_whatever_is_read_of_the_weblog_or_the_entries_a_sync_forgets_none() {
    let site = with_entries();
    let source = feed(&site, &["first", "second", "third"]);
    let mut plain = Scene::shell(site, &["entries", "sync", &source]);
    plain.reads_foreign = true;
    plain.sweep();
    let site = with_entries();
    sync(&site, &["first", "second", "third"], &[]);
    // What the feed no longer has is forgotten, and nothing else.
    let source = feed(&site, &["first", "third", "fourth"]);
    let mut prune = Scene::shell(site, &["entries", "sync", "--prune", &source]);
    prune.reads_foreign = true;
    prune.sweep();
}

#[test]
fn a0_whatever_is_read_only_the_entry_that_is_named_is_forgotten() {
    Scene::shell(with_entries(), &["entries", "forget", "first"]).sweep();
}

#[test]
fn a0_whatever_is_read_the_password_is_the_old_one_or_the_new_one() {
    for had_one in [false, true] {
        let mut site = Site::shipped();
        if had_one {
            site.set_password();
        }
        put(&site, ".secret", &planted_secret());
        let mut passwd = Scene::reading(site, &["passwd"], &format!("{NEW_PASSWORD}\n"));
        // The sessions end with the hash already.
        passwd.may_stay = &[".secret"];
        passwd.holds = |site, _| log_in(site, NEW_PASSWORD).is_some();
        passwd.sweep_at_most(30);
    }
}

/// A backup of a site, with all secrets, where another's owner finds it.
fn backup_of(old: &Site, new: &Site) -> String {
    let path = old.path("backup.tar");
    old.tb(&["backup", path.to_str().unwrap(), "--with-secrets"]);
    let carried = new.path("backup.tar");
    fs::copy(path, &carried).unwrap();
    give_to_owner(&carried);
    carried.to_str().unwrap().to_owned()
}

#[test]
fn a0_whatever_is_read_a_restored_site_is_whole_or_said_not_to_be() {
    let old = with_entries();
    put(&old, ".secret", &planted_secret());
    let text = fs::read_to_string(old.data_dir().join(format!("{ID}.jsonl"))).unwrap();
    put(&old, "other.jsonl", &text);
    let new = Site::new();
    let file = backup_of(&old, &new);
    let restore = Scene::shell(new, &["restore", &file, "--with-secrets"]);
    restore.sweep();
    // Beside pings and lines that are there.
    let new = site(3);
    let file = backup_of(&old, &new);
    Scene::shell(new, &["restore", "--merge", &file]).sweep();
}

#[test]
fn a0_whatever_is_read_a_discussion_is_saved_whole_or_said_not_to_be() {
    let page = || Script::html("<title>t</title><p>x</p>");
    let peer = Blog::start_at([127, 0, 10, 70], [("/1", page()), ("/2", page())]);
    let site = Site::new();
    let line = |number: u64| {
        let url = peer.url(&format!("/{number}"));
        format!(
            "{{\"op\":\"ping\",\"id\":{number},\"time\":\"2026-11-01T05:00:00Z\",\"url\":\"{url}\",\"title\":\"T\",\"state\":\"published\"}}\n"
        )
    };
    put(
        &site,
        &format!("{ID}.jsonl"),
        &(1..=2).map(line).collect::<String>(),
    );
    let words = ["thread", "http://127.0.0.1/entry", "--id", ID, "--save"];
    let mut thread = Scene::shell(site, &words);
    // It is made anew of what can be read, and says how many pages that were.
    thread.holds = |site, ended| {
        let saved = fs::read_to_string(site.data_dir().join(format!(".{ID}.thread"))).unwrap();
        let said = String::from_utf8_lossy(&ended.stdout).into_owned();
        let count = pages(&saved).unwrap_or_default();
        count > 0 && said.starts_with(&format!("saved for {ID}: {count} pages"))
    };
    thread.sweep();
}
