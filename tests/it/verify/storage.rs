//! What the disk refuses is no fault of a page: its ping is neither judged nor counted as tried.

use super::*;
use crate::support::{set_mode, write};

/// A site with a ping that waits for the check of its page.
fn waiting(publish: &str, blog: &Blog) -> Site {
    let site = site(publish);
    let path = site.data_dir().join("cats.jsonl");
    write(
        &path,
        &format!(
            "{{\"op\":\"ping\",\"id\":1,\"time\":\"2026-11-01T05:00:00Z\",\"url\":\"{}\",\"title\":\"A title\",\"state\":\"held\",\"why\":\"unverified\"}}\n",
            blog.url("/")
        ),
    );
    set_mode(&path, 0o600);
    queue(&site);
    site
}

/// Has the page checked by the next run.
fn queue(site: &Site) {
    let path = site.data_dir().join(".queue");
    write(
        &path,
        "{\"tb_id\":\"cats\",\"number\":1,\"next\":\"2026-11-01T05:00:00Z\"}\n",
    );
    set_mode(&path, 0o600);
}

fn last_queued(site: &Site) -> Value {
    let queue = std::fs::read_to_string(site.data_dir().join(".queue")).unwrap();
    serde_json::from_str(queue.lines().last().unwrap()).unwrap()
}

#[test]
fn a0_a_result_that_cannot_be_stored_is_no_failed_check() {
    let blog = peer(230, linking());
    let site = waiting("verified", &blog);
    let path = site.data_dir().join("cats.jsonl");
    set_mode(&path, 0o400);
    for scope in [
        &["verify"][..],
        &["verify", "--all"],
        &["verify", "--queue"],
    ] {
        queue(&site);
        let said = site.tb_fails(1, scope);
        let is_quiet = scope.contains(&"--queue");
        assert_eq!(said.contains("cats.jsonl"), !is_quiet, "{scope:?} {said}");
        let queued = last_queued(&site);
        assert_eq!(queued["tb_id"], "cats", "{scope:?}");
        assert_eq!(queued["tries"].as_u64().unwrap_or_default(), 0, "{queued}");
        assert!(!queued["begun"].as_bool().unwrap_or_default(), "{queued}");
    }
    set_mode(&path, 0o600);
    queue(&site);
    site.tb(&["verify"]);
    assert_eq!(state(&site, "cats", 1), "published verified");
}

#[test]
fn f4_nothing_is_judged_by_what_of_the_owners_word_can_be_read() {
    let blog = peer(231, linking());
    for file in [".domains", ".bans", ".entries"] {
        let site = waiting("known", &blog);
        site.tb(&["domains", "add", &blog.address().ip().to_string()]);
        let path = site.data_dir().join(file);
        if !path.exists() {
            write(&path, "");
        }
        set_mode(&path, 0);
        let said = site.tb_fails(1, &["verify"]);
        assert!(said.contains(file), "{file} {said}");
        set_mode(&path, 0o600);
        assert_eq!(state(&site, "cats", 1), "held unverified", "{file}");
        queue(&site);
        site.tb(&["verify"]);
        assert_eq!(state(&site, "cats", 1), "published verified", "{file}");
    }
}

#[test]
fn a0_an_id_that_cannot_be_read_is_searched_for_again() {
    let blog = peer(232, linking());
    let site = waiting("verified", &blog);
    let (path, list) = (
        site.data_dir().join("cats.jsonl"),
        site.data_dir().join(".queue"),
    );
    std::fs::remove_file(&list).unwrap();
    set_mode(&path, 0);
    site.tb_fails(1, &["verify", "--queue"]);
    let said = site.tb_fails(1, &["verify"]);
    assert!(said.contains("cats.jsonl"), "{said}");
    set_mode(&path, 0o600);
    site.tb(&["verify"]);
    assert_eq!(state(&site, "cats", 1), "published verified");
}
