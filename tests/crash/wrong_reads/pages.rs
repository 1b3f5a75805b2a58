//! The owner's other pages, the link in a mail, and the form for readers.

use jiff::Timestamp;
use serde_json::Value;

use super::facts::planted_secret;
use super::scene::Scene;
use super::web::{decision, is_sent_on, owners};
use super::{ID, put, site};
use crate::support::owner_session::link_made_at;
use crate::support::passphrases::protect;
use crate::support::request::Request;
use crate::support::scenario::{NEW_PASSWORD, log_in};
use crate::support::site::{PASSWORD, Site};
use crate::support::strace::Ended;
use crate::support::visitor::find_form;

fn says(ended: &Ended, words: &str) -> bool {
    let text = String::from_utf8_lossy(&ended.stdout);
    text.contains(words) && text.trim_end().ends_with("</html>")
}

#[test]
fn a0_whatever_is_read_the_settings_are_the_old_or_the_new_ones() {
    let fields = [
        ("__mode", "settings"),
        ("current", PASSWORD),
        ("publish", "none"),
        ("time_zone", "Asia/Tokyo"),
    ];
    decision(&fields, is_sent_on).sweep_at_most(40);
    let fields = [
        ("__mode", "settings"),
        ("current", PASSWORD),
        ("password", NEW_PASSWORD),
        ("again", NEW_PASSWORD),
    ];
    let mut password = decision(&fields, is_sent_on);
    // The sessions end with the hash already.
    password.may_stay = &[".secret"];
    password.holds = |site, _| log_in(site, NEW_PASSWORD).is_some();
    password.sweep_at_most(30);
}

#[test]
fn a0_whatever_is_read_who_has_logged_out_is_logged_out() {
    let is_out = |ended: &Ended| says(ended, "Logged out");
    decision(&[("__mode", "logout")], is_out).sweep_at_most(60);
}

#[test]
fn a0_whatever_is_read_the_pages_of_bans_and_domains_lose_none() {
    let banned = |ended: &Ended| says(ended, "domain more.example: banned.");
    decision(&[("__mode", "bans"), ("what", "more.example")], banned).sweep_at_most(60);
    let lifted = |ended: &Ended| says(ended, "domain spam.example: no longer banned.");
    let fields = [("__mode", "bans"), ("remove", "domain spam.example")];
    decision(&fields, lifted).sweep_at_most(60);
    let known = |ended: &Ended| says(ended, "third.example/ is known from now on.");
    let fields = [("__mode", "domains"), ("what", "third.example")];
    decision(&fields, known).sweep_at_most(60);
    let forgotten = |ended: &Ended| says(ended, "weblog.example is not known any more.");
    let fields = [("__mode", "domains"), ("remove", "weblog.example")];
    decision(&fields, forgotten).sweep_at_most(60);
}

#[test]
fn a0_whatever_is_read_a_link_of_a_mail_decides_or_says_that_it_did_not() {
    let (site, _, _) = owners();
    let lines = std::fs::read_to_string(site.data_dir().join(format!("{ID}.jsonl"))).unwrap();
    let record = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap());
    let mut record: Value = record
        .into_iter()
        .find(|line: &Value| line["id"] == 2)
        .unwrap();
    record.as_object_mut().unwrap().remove("op");
    let is_decided = |ended: &Ended| {
        ended.stdout.starts_with(b"Status: 200 ")
            && (says(ended, ">Decided<") || says(ended, ">This ping is deleted<"))
    };
    for word in ["approve", "junk", "delete"] {
        let (site, _, _) = owners();
        let query = link_made_at(&site, &record, Timestamp::now());
        let mut form = find_form(&site.cgi(&Request::get(&query)), "review");
        form.fields.retain(|(name, _)| name != "do");
        form.fields.push(("do".to_owned(), word.to_owned()));
        Scene::web(site, form.request(), is_decided).sweep_at_most(60);
    }
}

#[test]
fn a0_whatever_is_read_a_page_that_a_reader_enters_is_kept_or_refused() {
    let with_form = |pings| {
        let mut site = site(pings);
        site.set("submit", "true");
        site.set("entry", "\"http://127.0.0.1/{id}\"");
        site
    };
    let request = || {
        let url = "http://weblog.example/new";
        Request::post(&[("tb_id", ID), ("url", url)]).query("__mode=submit")
    };
    let is_taken = |ended: &Ended| says(ended, "Your page is checked now");
    for pings in [0, 3] {
        Scene::web(with_form(pings), request(), is_taken).sweep_at_most(60);
    }
}

#[test]
fn a0_whatever_is_read_a_url_that_expires_is_made_with_the_key_that_is_kept() {
    let (owned, cookie, token) = owners();
    let fields = [("__mode", "make_url"), ("tb_id", ID), ("token", &token)];
    let request = Request::post(&fields).header("Cookie", &cookie);
    let is_made = |ended: &Ended| says(ended, "/tb.cgi/entry/");
    let mut url = Scene::web(owned, request, is_made);
    url.holds = opens;
    url.sweep_unchanged(40);
    for has_key in [true, false] {
        let mut site = super::site(1);
        if has_key {
            put(&site, ".secret", &planted_secret());
        }
        protect(&mut site);
        let mut url = Scene::shell(site, &["url", ID, "--expires", "30d"]);
        url.holds = opens;
        url.sweep_unchanged(40);
    }
}

/// Whether the URL that was printed takes a ping.
fn opens(site: &Site, ended: &Ended) -> bool {
    let text = String::from_utf8_lossy(&ended.stdout);
    let key = text.split_once("/tb.cgi/entry/").unwrap_or_default().1;
    let is_part = |sign: &char| sign.is_ascii_alphanumeric() || "-._~%".contains(*sign);
    let key: String = key.chars().take_while(is_part).collect();
    let ping = Request::ping(&format!("{ID}/{key}"), "http://weblog.example/by-key");
    site.cgi(&ping).text().contains("<error>0</error>")
}
