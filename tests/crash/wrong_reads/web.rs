//! The owner's decisions and his log-in, by CGI.

use super::facts::planted_secret;
use super::scene::{Scene, assert_no_faults, lies, thinned};
use super::{ID, add, put, site};
use crate::support::http::Reply;
use crate::support::passphrases::{ALL, protect};
use crate::support::request::Request;
use crate::support::scenario::log_in;
use crate::support::site::{PASSWORD, Site};
use crate::support::strace::{Ended, Invocation, calls, run_injected, run_plain};
use crate::support::visitor::find_form;

/// A site with three pings, one of them held, and the owner's cookie and token.
pub(super) fn owners() -> (Site, String, String) {
    let mut site = site(3);
    add(
        &site,
        "{\"op\":\"state\",\"id\":2,\"time\":\"2026-11-01T06:00:00Z\",\"to\":\"held\",\"why\":\"unknown-domain\"}\n",
    );
    put(&site, ".domains", "weblog.example\n");
    site.tb(&["rebuild"]);
    site.set_password();
    put(&site, ".secret", &planted_secret());
    let cookie = log_in(&site, PASSWORD).expect("a session");
    let page = site.cgi(&Request::get("").header("Cookie", &cookie));
    let token = find_form(&page, "logout")
        .value("token")
        .expect("a token")
        .to_owned();
    (site, cookie, token)
}

/// A decision of the owner's.
pub(super) fn decision(fields: &[(&str, &str)], done: fn(&Ended) -> bool) -> Scene {
    let (site, cookie, token) = owners();
    let all = [fields, &[("token", &token)]].concat();
    Scene::web(site, Request::post(&all).header("Cookie", &cookie), done)
}

pub(super) fn is_sent_on(ended: &Ended) -> bool {
    ended.stdout.starts_with(b"Status: 303 ")
}

#[test]
fn a0_whatever_is_read_the_owner_deletes_and_moves_a_ping_or_is_told_not() {
    let on_one = |mode, number| [("__mode", mode), ("tb_id", ID), ("id", number)];
    decision(&on_one("delete", "1"), is_sent_on).sweep_at_most(60);
    for (number, to) in [("1", "junk"), ("1", "held"), ("2", "published")] {
        let fields = [&on_one("state", number)[..], &[("to", to)]].concat();
        decision(&fields, is_sent_on).sweep_at_most(60);
    }
}

/// Whether the moderation page says that one ping was decided about.
fn says_one(ended: &Ended) -> bool {
    let location = is_sent_on(ended).then(|| Reply::from_cgi(&ended.stdout));
    location.is_some_and(|reply| {
        let location = reply.header("Location").unwrap_or_default();
        location.split(['?', '&']).any(|pair| pair == "n=1")
    })
}

#[test]
fn a0_whatever_is_read_the_moderation_page_does_what_it_says() {
    for (word, ping) in [
        ("approve", "entry/2"),
        ("junk", "entry/2"),
        ("hold", "entry/1"),
    ] {
        let fields = [("__mode", "decide"), ("do", word), ("ping", ping)];
        decision(&fields, says_one).sweep_at_most(60);
    }
    let ban = [
        ("__mode", "decide"),
        ("do", "ban"),
        ("ping", "entry/2"),
        ("sure", "yes"),
    ];
    decision(&ban, says_one).sweep_at_most(60);
}

#[test]
fn a0_whatever_is_read_a_webmention_or_a_pingback_is_kept_or_refused() {
    let receiver = || {
        let mut site = site(3);
        site.set("protocols", "[\"trackback\", \"pingback\", \"webmention\"]");
        site.set("entry", "\"http://127.0.0.1/{id}\"");
        site
    };
    let (source, target) = ("http://weblog.example/new", "http://127.0.0.1/entry");
    let fields = [
        ("__mode", "webmention"),
        ("source", source),
        ("target", target),
    ];
    let is_taken = |ended: &Ended| ended.stdout.starts_with(b"Status: 20");
    Scene::web(receiver(), Request::post(&fields), is_taken).sweep_at_most(60);
    let call = tb::linkback::pingback::to_call(source, target);
    let call = Request::new("POST")
        .query("__mode=pingback")
        .body(call.as_bytes())
        .header("Content-Type", "text/xml");
    let is_taken = |ended: &Ended| {
        let text = String::from_utf8_lossy(&ended.stdout);
        text.contains("</methodResponse>") && !text.contains("<fault>")
    };
    Scene::web(receiver(), call, is_taken).sweep_at_most(60);
}

/// Whether the session that a log-in gave is one.
fn is_session(site: &Site, ended: &Ended) -> bool {
    let reply = Reply::from_cgi(&ended.stdout);
    let cookie = reply.header("Set-Cookie").unwrap_or_default();
    let (cookie, _) = cookie.split_once(';').unwrap_or_default();
    let page = site.cgi(&Request::get("").header("Cookie", cookie));
    page.text().contains("value=\"logout\"")
}

#[test]
fn a0_whatever_is_read_a_log_in_keeps_the_key_and_gives_a_session_or_none() {
    for has_key in [true, false] {
        let mut site = Site::shipped();
        site.set_password();
        let key = site.data_dir().join(".secret");
        match has_key {
            true => put(&site, ".secret", &planted_secret()),
            false => std::fs::remove_file(key).unwrap(),
        }
        let page = site.cgi(&Request::get("__mode=login"));
        let cookie = page.header("Set-Cookie").expect("a cookie");
        let (cookie, _) = cookie.split_once(';').expect("its path");
        let form = find_form(&page, "do_login").with("password", PASSWORD);
        let request = form.request().header("Cookie", cookie);
        let mut login = Scene::web(site, request, is_sent_on);
        login.holds = is_session;
        login.sweep_unchanged(30);
    }
}

/// That a ping is refused, whatever is read; with those answers left out.
fn assert_always_refused(site: &Site, request: Request, but: &str) {
    let run = Invocation {
        arguments: Vec::new(),
        environment: request.environment(),
        input: request.body,
    };
    let is_accepted =
        |ended: &Ended| String::from_utf8_lossy(&ended.stdout).contains("<error>0</error>");
    assert!(!is_accepted(&run_plain(&site.executable(), &run)));
    let mut lies = lies(&calls(&site.executable(), &run), true);
    lies.retain(|(_, what, _)| *what != but);
    assert_no_faults(thinned(&lies, 100).filter_map(|(name, what, when)| {
        let ended = run_injected(&site.executable(), &run, (name, what, when), None);
        let is_stored = std::fs::remove_file(site.data_dir().join("closed.jsonl")).is_ok();
        (is_accepted(&ended) || is_stored).then(|| format!("{name} {what} {when}: {ended:?}"))
    }));
}

#[test]
fn a0_whatever_is_read_nobody_gets_in_without_the_passphrase_or_with_a_ban() {
    let ping = || Request::ping("closed", "http://weblog.example/new");
    let closed = site(0);
    closed.tb(&["add", "a", "--title", "A"]);
    closed.tb(&["passphrase", "closed", "--set", ALL]);
    closed.tb(&["add", "z", "--title", "Z"]);
    assert_always_refused(&closed, ping(), "");
    let mut protected = site(0);
    protect(&mut protected);
    assert_always_refused(&protected, ping(), "");
    let banned = site(0);
    let spam = Request::ping("closed", "http://spam.example/new");
    // With a byte that was not read, a ban is a line that the owner has misspelt: the others apply.
    assert_always_refused(&banned, spam, "retval=1");
}
