//! Everything that the program does with its folders.

use std::fs;
use std::process::Stdio;

use crate::support::http::Reply;
use crate::support::request::Request;
use crate::support::site::{PASSWORD, Site};
use crate::support::visitor::find_form;
use crate::support::write;
use crate::support::xml::response;

/// The id that is pinged.
pub(super) const ID: &str = "entry";

/// Something that was done, and what was said where it failed.
pub(super) type Action = (String, Result<(), String>);

/// Puts the folders into a state in which the actions touch every name: an id whose last line is torn and
/// whose file is due for compaction and large enough for an index, and a throttle that is full.
pub(super) fn prepare(site: &Site) {
    let mut lines = String::new();
    let excerpt = "word ".repeat(3_000);
    for number in 1..=5 {
        lines += &format!(
            "{{\"op\":\"ping\",\"id\":{number},\"time\":\"2026-11-20T05:00:00Z\",\
             \"url\":\"http://weblog.example/{number}\",\"title\":\"T\",\"excerpt\":\"{excerpt}\",\"state\":\"published\"}}\n"
        );
    }
    for turn in 0..80 {
        let to = ["junk", "published"][turn % 2];
        lines += &format!(
            "{{\"op\":\"state\",\"id\":1,\"time\":\"2026-11-20T05:00:00Z\",\"to\":\"{to}\"}}\n"
        );
    }
    lines += "{\"op\":\"pi";
    put(site, "entry.jsonl", &lines);
    for name in [
        ".throttle",
        ".log",
        ".log.1",
        ".quarantine",
        ".quarantine.1",
        ".secret",
        ".bans",
        ".domains",
        ".queue",
    ] {
        let path = site.data_dir().join(name);
        fs::remove_file(&path).unwrap_or_default();
    }
}

/// Lets a log be as long as it may be.
pub(super) fn grow(site: &Site, name: &str) {
    put(
        site,
        name,
        &"{\"event\":\"old\"}\n".repeat((1 << 20) / 16 + 1),
    );
}

fn put(site: &Site, name: &str, text: &str) {
    let path = site.data_dir().join(name);
    fs::remove_file(&path).unwrap_or_default();
    write(&path, text);
    crate::support::set_mode(&path, 0o600);
}

/// Does everything, in processes of its own; the first is a ping. Each was done, or failed in its own dialect.
pub(super) fn all_actions(site: &Site) -> Vec<Action> {
    let ping = |title: &str| {
        let fields = [("url", "http://weblog.example/new"), ("title", title)];
        Request::post(&fields).path(&format!("/{ID}"))
    };
    let mut done = Vec::new();
    for (what, request) in [
        ("ping", ping("new")),
        ("update", ping("other")),
        ("repeat", ping("other")),
        ("list", Request::get("__mode=list&tb_id=entry")),
        ("rss", Request::get("__mode=rss&tb_id=entry")),
        ("landing", Request::get("")),
        ("thread page", Request::get("__mode=thread&tb_id=entry")),
    ] {
        done.push((what.to_owned(), outcome(&site.cgi(&request))));
    }
    done.push(("log in".to_owned(), log_in(site)));
    for words in [
        &["list"][..],
        &["list", ID],
        &["junk", ID, "2", "3"],
        &["publish", ID, "2", "3"],
        &["verify"],
        &["rebuild"],
        // At that depth nobody is asked.
        &[
            "thread",
            "--save",
            "--depth",
            "1",
            "--id",
            ID,
            "http://weblog.example/",
        ],
        &["ban", "192.0.2.0/24"],
        &["ban"],
        &["unban", "192.0.2.0/24"],
        &["check", "--offline"],
        &["delete", ID, "6"],
    ] {
        done.push((words.join(" "), tb(site, words)));
    }
    done
}

/// Logs in and out: makes a secret, takes a token, and ends the session.
fn log_in(site: &Site) -> Result<(), String> {
    let mut page = site.cgi(&Request::get("__mode=login"));
    outcome(&page)?;
    let first = find_form(&page, "do_login");
    if first.value("token") == Some("") {
        // The first attempt of all makes the secret, and is asked to come again.
        page = site.cgi(&first.request());
        if page.status != 403 {
            return outcome(&page);
        }
    }
    let form = find_form(&page, "do_login").with("password", PASSWORD);
    let reply = site.cgi(&form.request().header("Cookie", &cookies(&page)));
    outcome(&reply)?;
    let session = cookies(&reply);
    let ask = Request::get("__mode=logout").header("Cookie", &session);
    let page = site.cgi(&ask);
    outcome(&page)?;
    let leave = find_form(&page, "logout")
        .request()
        .header("Cookie", &session);
    outcome(&site.cgi(&leave))
}

fn cookies(reply: &Reply) -> String {
    let pairs: Vec<&str> = reply
        .headers
        .iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie"))
        .filter_map(|(_, value)| value.split(';').next())
        .collect();
    pairs.join("; ")
}

/// Whether a request was answered with success; a failure must be in the request's dialect.
pub(super) fn outcome(reply: &Reply) -> Result<(), String> {
    let is_page = reply
        .header("Content-Type")
        .is_some_and(|kind| kind.starts_with("text/html"));
    match reply.status {
        200 | 303 if is_page || reply.status == 303 => return Ok(()),
        200 if reply.text().contains("<error>0</error>") => return Ok(()),
        status => assert!(status >= 400 || !is_page, "{reply}"),
    }
    if !is_page {
        assert_eq!(response(reply).0, "1", "{reply}");
    }
    Err(reply.to_string())
}

/// Whether a command did what it should; else it says why.
fn tb(site: &Site, words: &[&str]) -> Result<(), String> {
    let mut command = site.command();
    command.args(words).stdin(Stdio::null());
    let output = command.output().expect("the program");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    // `check` finds much that a laboratory has wrong.
    if output.status.success() || words[0] == "check" {
        assert!(!said.contains("panicked"), "{said}");
        return Ok(());
    }
    assert_eq!(output.status.code(), Some(1), "{words:?}: {said}");
    assert!(
        said.starts_with("tb: ") || said.starts_with("error"),
        "{words:?}: {said}"
    );
    Err(said)
}
