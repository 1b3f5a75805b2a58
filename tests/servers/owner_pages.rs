//! The owner's pages under a real Apache and in Chromium: by keyboard, in narrow windows, in light and dark.

use std::fs;

use crate::support::browser::Browser;
use crate::support::owner_session::{ping, put};
use crate::support::server::{Kind, Server};
use crate::support::site::{BASE, PASSWORD, Site};
use crate::support::visitor::{Visitor, find_form};

const ENTER: &str = "\u{E007}";
const TAB: &str = "\u{E004}";

/// A site with a password and a waiting ping, behind an Apache.
fn started() -> (Server, Site) {
    let mut site = Site::shipped();
    site.set_password();
    let waiting = ping(1, "2026-11-01T05:00:00Z", "held", "unknown-domain");
    put(&site, "entry", &[waiting]);
    site.tb(&["ban", "spam.example", "203.0.113.0/24"]);
    site.tb(&["domains", "add", "friend.example"]);
    (Server::start(Kind::ApacheEvent, &mut site), site)
}

#[test]
fn a_backup_comes_whole_through_apache_and_settings_are_written() {
    let (server, site) = started();
    let mut visitor = Visitor::new(server.port, BASE);
    visitor.log_in(PASSWORD).expect(303);
    let page = visitor.get("__mode=backup").expect(200);
    let tar = visitor.submit(&find_form(&page, "backup")).expect(200);
    assert_eq!(tar.header("Content-Type"), Some("application/x-tar"));
    assert!(tar.body.len() > 2048 && tar.body.ends_with(&[0; 1024]));
    let page = visitor.get("__mode=settings").expect(200);
    let form = find_form(&page, "settings")
        .with("publish", "none")
        .with("time_zone", "Asia/Tokyo")
        .with("current", PASSWORD);
    let saved = visitor.submit(&form).expect(303);
    assert!(visitor.follow(&saved).text().contains("Saved."));
    let text = fs::read_to_string(site.config()).unwrap();
    assert!(text.contains("publish = \"none\""), "{text}");
    assert!(text.contains("time_zone = \"Asia/Tokyo\""), "{text}");
}

#[test]
fn each_page_works_by_keyboard_and_fits_in_each_window() {
    let (server, _site) = started();
    let browser = Browser::acquire();
    let url = |query: &str| format!("http://127.0.0.1:{}{BASE}?__mode={query}", server.port);
    browser.open(&url("login"));
    browser.keys(&browser.find("#password"), PASSWORD);
    browser.lead_through(|| browser.press(ENTER));
    for mode in [
        "moderate",
        "domains",
        "bans",
        "check",
        "backup",
        "settings",
        "send_form",
    ] {
        for scheme in ["light", "dark"] {
            browser.scheme(scheme);
            for width in [390, 768, 1280] {
                browser.resize(width, 900);
                browser.open(&url(mode));
                let wide = "const root = document.documentElement; \
                            return root.scrollWidth - root.clientWidth";
                assert_eq!(browser.script(wide), 0, "{mode} {scheme} {width}");
                let small = "const all = document.querySelectorAll('button:not([hidden]), select, .owner a'); \
                             return [...all].filter(e => e.offsetHeight < 24).length";
                assert_eq!(browser.script(small), 0, "{mode} {scheme} {width}");
            }
        }
    }
    browser.scheme("");
    browser.open(&url("bans"));
    browser.keys(&browser.find("#what"), "more-spam.example");
    browser.lead_through(|| browser.press(ENTER));
    assert!(browser.text().contains("domain more-spam.example: banned."));
    for _ in 0..40 {
        browser.press(TAB);
        let focused = "return document.activeElement.value || ''";
        if browser.script(focused) == "domain more-spam.example" {
            break;
        }
    }
    browser.lead_through(|| browser.press(ENTER));
    assert!(
        browser.text().contains("no longer banned"),
        "{}",
        browser.text()
    );
    browser.open(&url("check"));
    browser.lead_through(|| {
        browser.script("document.querySelector('button.main').focus()");
        browser.press(ENTER);
    });
    assert!(browser.text().contains("✓"), "{}", browser.text());
    browser.assert_quiet();
}
