//! Verification, against real peers: what becomes of a ping when its page has been looked at.

mod again;
mod chromium;
mod commands;
mod crash;
mod echoes;
mod headline;
mod killed;
mod live;
mod pages;
mod queue;
mod titles;
mod vouched;

use serde_json::Value;

use crate::support::blog::{Blog, Script};
use crate::support::request::Request;
use crate::support::site::Site;
use crate::support::xml::assert_accepted;

/// The pages that count as the owner's; nothing listens there.
const SITE: &str = "http://127.0.9.9/";

/// An installation whose site is [`SITE`].
fn site(publish: &str) -> Site {
    let mut site = Site::new();
    set_up(&mut site, publish);
    site
}

fn set_up(site: &mut Site, publish: &str) {
    site.set("site", &format!("[\"{SITE}\"]"));
    site.set("publish", &format!("\"{publish}\""));
}

/// A page that links to the site, with the title of [`Request::ping`].
fn linking() -> Script {
    entitled("A title")
}

/// The same with this title, in HTML.
fn entitled(title: &str) -> Script {
    let text = format!("<h1>{title}</h1><p>See <a href='{SITE}cats'>this</a>.</p>");
    Script::html(&text)
}

/// Pings `id` from a page.
#[track_caller]
fn ping(site: &Site, id: &str, page: &str) {
    assert_accepted(&site.cgi(&Request::ping(id, page)));
}

/// Looks at all that waits, whoever is at it.
fn look(site: &Site) {
    site.tb(&["verify", "--wait"]);
}

/// State and reason of a ping, as `published verified`.
#[track_caller]
fn state(site: &Site, id: &str, number: usize) -> String {
    let shown = site.tb(&["show", id, &number.to_string(), "--json"]);
    let shown: Value = serde_json::from_str(&shown).unwrap();
    let why = shown["why"].as_str().unwrap_or_default();
    format!("{} {why}", shown["state"].as_str().unwrap())
}

/// The same without what the reason names.
#[track_caller]
fn reason(site: &Site, id: &str, number: usize) -> String {
    let state = state(site, id, number);
    state.split(':').next().unwrap_or_default().to_owned()
}

/// A peer at an address of its own, which is a domain of its own.
fn peer(last: u8, script: Script) -> Blog {
    Blog::start_at([127, 0, 10, last], [("/", script)])
}
