//! What axe-core, the accessibility checker that browsers' tools use, says of each page: in light and dark, in three
//! widths.

use std::fs;

use serde_json::{Value, json};

use crate::support::browser::Browser;
use crate::support::indieweb::home;
use crate::support::owner_session::{ping, put};
use crate::support::server::{Kind, Server};
use crate::support::site::{BASE, PASSWORD, Site};
use crate::support::web_setup::{PHRASE, bare, upload};

/// The faults that axe-core finds in the page as it is shown now, each with its elements.
fn faults(browser: &Browser, axe: &str) -> Value {
    browser.script(&format!(
        "{axe}; return axe.run().then(found => found.violations.map(fault =>
            fault.id + ': ' + fault.nodes.map(node => node.target.join(' ')).join(', ')))"
    ))
}

fn axe() -> String {
    fs::read_to_string(home().join("axe_playwright_python/axe.min.js")).expect("axe-core")
}

fn started() -> (Server, Site) {
    let mut site = Site::shipped();
    put_what_is_shown(&mut site);
    (Server::start(Kind::ApacheEvent, &mut site), site)
}

/// Puts something on each page.
fn put_what_is_shown(site: &mut Site) {
    site.set_password();
    site.set("submit", "true");
    site.set("protocols", "[\"trackback\", \"webmention\"]");
    let mut hebrew = ping(2, "2026-11-02T05:00:00Z", "published", "verified-entry");
    hebrew["title"] = "על חתולים".into();
    let pings = [
        ping(1, "2026-11-01T05:00:00Z", "published", "verified-entry"),
        hebrew,
        ping(3, "2026-11-03T05:00:00Z", "held", "unknown-domain"),
        ping(4, "2026-11-03T05:00:00Z", "junk", "no-link"),
    ];
    put(site, "entry", &pings);
    site.tb(&["add", "entry", "--title", "An entry"]);
    site.tb(&["ban", "spam.example", "203.0.113.0/24"]);
    site.tb(&["domains", "add", "friend.example"]);
}

#[test]
fn no_page_has_an_accessibility_fault() {
    let (server, site) = started();
    let browser = Browser::acquire();
    let axe = axe();
    let url = |query: &str| format!("http://127.0.0.1:{}{BASE}?{query}", server.port);
    let check = |pages: &[&str]| {
        for page in pages {
            for scheme in ["light", "dark"] {
                browser.scheme(scheme);
                for width in [390, 768, 1280] {
                    browser.resize(width, 900);
                    browser.open(&url(page));
                    let found = faults(&browser, &axe);
                    assert_eq!(found, json!([]), "{page} {scheme} {width}");
                }
            }
        }
        browser.scheme("");
    };
    check(&[
        "",
        "__mode=list",
        "__mode=list&tb_id=entry",
        "__mode=list&tb_id=none",
        "__mode=thread&tb_id=entry",
        "__mode=webmention",
        "__mode=login",
        "__mode=unknown",
    ]);
    browser.open(&url("__mode=login"));
    browser.keys(&browser.find("input[type=password]"), PASSWORD);
    browser.click_through(&browser.find("button.main"));
    check(&[
        "__mode=moderate",
        "__mode=moderate&state=junk",
        "__mode=list&tb_id=entry",
        "__mode=domains",
        "__mode=bans",
        "__mode=check",
        "__mode=backup",
        "__mode=settings",
        "__mode=send_form",
        "__mode=logout",
    ]);
    drop(site);
}

/// Fails when the page that is shown has a fault in light or dark, on a telephone or a wide screen, or is wider than
/// its window.
fn assert_accessible(browser: &Browser, axe: &str, page: &str) {
    for scheme in ["light", "dark"] {
        browser.scheme(scheme);
        for width in [390, 1280] {
            browser.resize(width, 900);
            let found = faults(browser, axe);
            assert_eq!(found, json!([]), "{page} {scheme} {width}");
            let wide = browser.script("return document.documentElement.scrollWidth > innerWidth");
            assert_eq!(wide, json!(false), "{page} {scheme} {width}");
        }
    }
    browser.scheme("");
}

#[test]
fn no_page_of_the_set_up_has_an_accessibility_fault() {
    let mut site = Site::shipped();
    let server = Server::start(Kind::ApacheEvent, &mut site);
    bare(&site);
    upload(&site, PHRASE);
    let browser = Browser::acquire();
    let axe = axe();
    browser.open(&format!("http://127.0.0.1:{}{BASE}", server.port));
    assert_accessible(&browser, &axe, "start");
    browser.keys(&browser.find("#phrase"), "not the phrase");
    browser.click_through(&browser.find("button.main"));
    assert_accessible(&browser, &axe, "wrong phrase");
    browser.keys(&browser.find("#phrase"), PHRASE);
    browser.click_through(&browser.find("button.main"));
    assert_accessible(&browser, &axe, "questions");
    let data = site.data_dir().display().to_string();
    for (field, text) in [("data_dir", data.as_str()), ("rss_dir", "")] {
        browser.script(&format!(
            "document.getElementById('{field}').value = '{text}'"
        ));
    }
    browser.keys(&browser.find("#password"), PASSWORD);
    browser.keys(&browser.find("#again"), "another password");
    browser.click_through(&browser.find("button.main"));
    assert_accessible(&browser, &axe, "questions again");
    assert_eq!(browser.find_all("[role=alert]").len(), 1);
    browser.keys(&browser.find("#password"), PASSWORD);
    browser.keys(&browser.find("#again"), PASSWORD);
    browser.click_through(&browser.find("button.main"));
    assert!(browser.text().contains("Write this?"), "{}", browser.text());
    assert_accessible(&browser, &axe, "review");
    browser.click_through(&browser.find("button.main"));
    assert!(browser.text().contains("is set up"), "{}", browser.text());
    assert_accessible(&browser, &axe, "set up");
    drop(server);
}

/// Submits the form in which an element is with these values, even what the browser itself would not send.
fn submit(browser: &Browser, element: &str, values: &[(&str, &str)]) {
    let form = format!("const form = document.querySelector('{element}').closest('form');");
    for (field, value) in values {
        browser.script(&format!(
            "{form} form.querySelector('[name={field}]').value = '{value}'"
        ));
    }
    browser.lead_through(|| {
        browser.script(&format!(
            "{form} form.noValidate = true; \
             form.requestSubmit(form.querySelector('button.main') ?? form.querySelector('button'))"
        ));
    });
}

#[test]
fn no_answer_to_a_form_has_an_accessibility_fault() {
    let mut site = Site::new();
    put_what_is_shown(&mut site);
    let serving = site.serve();
    let (browser, axe) = (Browser::acquire(), axe());
    let host = format!("http://127.0.0.1:{}", serving.port);
    let own = format!("{host}{BASE}/entry");
    let nobody = format!("{host}/nobody");
    let answered = |page: &str, element: &str, values: &[(&str, &str)], said: &str| {
        browser.open(&format!("{host}{BASE}?{page}"));
        submit(&browser, element, values);
        let text = browser.text();
        assert!(text.contains(said), "{page} {values:?}: {text}");
        assert_accessible(&browser, &axe, &format!("{page} {values:?}"));
    };
    let to_entry = "__mode=list&tb_id=entry";
    let post = "http://weblog.example/8";
    for (page, values, said) in [
        (to_entry, &[("url", "x")][..], "Enter the address"),
        (to_entry, &[("url", post)], "Thank you"),
        ("__mode=webmention", &[("source", "x")], "Enter the address"),
        ("__mode=login", &[("password", "wrong")], "Invalid login"),
        ("__mode=login", &[("password", PASSWORD)], "Logged in"),
        (
            "__mode=send_form",
            &[("ping_url", ""), ("url", "")],
            "No URL (url)",
        ),
        (
            "__mode=send_form",
            &[("ping_url", "x"), ("url", post)],
            "No ping URL",
        ),
        (
            "__mode=send_form",
            &[("ping_url", &nobody), ("url", post)],
            "HTTP error: 404",
        ),
        (
            "__mode=send_form",
            &[("ping_url", &own), ("url", post)],
            "successfully sent",
        ),
        (
            "__mode=domains",
            &[("what", "new.example")],
            "is known from now on",
        ),
        ("__mode=bans", &[("what", "!")], "banned address"),
        (
            "__mode=bans",
            &[("what", "bad.example")],
            "bad.example: banned",
        ),
        ("__mode=settings", &[("current", "wrong")], "that is not it"),
        ("__mode=moderate", &[("q", "nothing")], "Search"),
    ] {
        let field = format!("[name={}]", values[0].0);
        answered(page, &field, values, said);
    }
    answered("__mode=moderate", "#pings", &[], "No ping was selected");
    for action in ["look-again", "junk", "approve"] {
        browser.open(&format!("{host}{BASE}?__mode=moderate"));
        browser.script("for (const all of document.querySelectorAll('details')) all.open = true");
        let button = browser.find(&format!("#pings button[value^=\"{action} \"]"));
        browser.click_through(&button);
        assert_accessible(&browser, &axe, action);
    }
}

#[test]
fn the_checker_sees_faults() {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("page.html");
    let browser = Browser::acquire();
    for (fault, html) in [
        ("image-alt", "<img src=x>"),
        ("label", "<input>"),
        (
            "color-contrast",
            "<p style='color:#ccc;background:#fff'>Pale</p>",
        ),
    ] {
        fs::write(
            &page,
            format!("<!DOCTYPE html><html lang=en><title>x</title><main><h1>x</h1>{html}</main>"),
        )
        .unwrap();
        browser.open(&format!("file://{}", page.display()));
        let found = faults(&browser, &axe()).to_string();
        assert!(found.contains(fault), "{fault}: {found}");
    }
}
