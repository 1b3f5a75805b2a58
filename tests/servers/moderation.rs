//! The page over the pings of all ids in Chromium: by keyboard alone, in narrow windows, in light and dark.

use serde_json::{Value, json};

use crate::support::browser::Browser;
use crate::support::owner_session::{ping, put, states};
use crate::support::site::{PASSWORD, Serving, Site};

const TAB: &str = "\u{E004}";
const ENTER: &str = "\u{E007}";
const SPACE: &str = " ";

/// A site with three pings that wait, and `browser` at its login form.
fn stage(browser: &Browser) -> (Site, Serving) {
    let mut site = Site::new();
    site.set_password();
    let long = "unbroken".repeat(30);
    let mut lines: Vec<Value> = (1..=3)
        .map(|n| {
            ping(
                n,
                &format!("2026-11-0{n}T05:00:00Z"),
                "held",
                "unknown-domain",
            )
        })
        .collect();
    lines[0]["title"] = json!(long);
    lines[0]["excerpt"] = json!("<script>alert(1)</script>");
    put(&site, "entry", &lines);
    put(&site, &long.replace("unbroken", "unb")[..80], &lines);
    let serving = site.serve();
    browser.open(&format!("{}?__mode=login", site.base_url()));
    (site, serving)
}

fn focused(browser: &Browser, attribute: &str) -> String {
    let script = format!("return document.activeElement.getAttribute('{attribute}') || ''");
    browser
        .script(&script)
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

/// Presses Tab until what has the focus has `value` for that attribute.
fn tab_to(browser: &Browser, attribute: &str, value: &str) {
    for _ in 0..60 {
        if focused(browser, attribute) == value {
            return;
        }
        browser.press(TAB);
    }
    panic!("no {attribute}={value} by Tab on {}", browser.url());
}

#[test]
fn by_keyboard_alone_a_ping_is_approved_and_another_deleted() {
    let browser = Browser::acquire();
    let (site, _serving) = stage(&browser);
    browser.keys(&browser.find("input[type=password]"), PASSWORD);
    browser.lead_through(|| browser.press(ENTER));
    assert!(
        browser.url().contains("__mode=moderate"),
        "what waits comes first: {}",
        browser.url()
    );
    tab_to(&browser, "value", "entry/3");
    browser.press(SPACE);
    tab_to(&browser, "value", "entry/2");
    browser.press(SPACE);
    tab_to(&browser, "value", "approve");
    browser.lead_through(|| browser.press(ENTER));
    assert!(browser.text().contains("2 approved."), "{}", browser.text());
    tab_to(&browser, "value", "entry/1");
    // What has the focus is not behind the bar at the bottom.
    let hidden = "const e = document.activeElement.getBoundingClientRect(); \
                  const bar = document.querySelector('.bar').getBoundingClientRect(); \
                  return e.bottom > bar.top && e.top < bar.bottom";
    assert_eq!(browser.script(hidden), false);
    browser.press(SPACE);
    tab_to(&browser, "value", "delete");
    browser.lead_through(|| browser.press(ENTER));
    assert!(
        browser.text().contains("Delete 1 ping?"),
        "{}",
        browser.text()
    );
    assert_eq!(
        states(&site, "entry")[0],
        (1, "held unknown-domain".to_owned())
    );
    tab_to(&browser, "value", "delete");
    browser.lead_through(|| browser.press(ENTER));
    assert!(browser.text().contains("1 deleted."), "{}", browser.text());
    let published = |number| (number, "published owner".to_owned());
    assert_eq!(states(&site, "entry"), [published(2), published(3)]);
    browser.assert_quiet();
}

#[test]
fn the_first_approve_is_three_stops_away_and_enter_elsewhere_decides_nothing() {
    let browser = Browser::acquire();
    let (site, _serving) = stage(&browser);
    browser.keys(&browser.find("input[type=password]"), PASSWORD);
    browser.lead_through(|| browser.press(ENTER));
    let first = browser.script("return document.querySelector('.ping button').value");
    browser.press(TAB);
    assert_eq!(focused(&browser, "href"), "#pings");
    let is_shown = "return document.activeElement.getBoundingClientRect().left >= 0";
    assert_eq!(browser.script(is_shown), true);
    browser.press(ENTER);
    browser.press(TAB);
    assert_eq!(focused(&browser, "type"), "checkbox");
    // As everywhere Enter stands for a button of the form; not for that of the first ping.
    browser.lead_through(|| browser.press(ENTER));
    let text = browser.text();
    assert!(text.contains("No ping was selected."), "{text}");
    for key in [TAB, ENTER, TAB, TAB] {
        browser.press(key);
    }
    assert_eq!(first, focused(&browser, "value"));
    let held = (3, "held unknown-domain".to_owned());
    assert!(states(&site, "entry").contains(&held));
    browser.lead_through(|| browser.press(ENTER));
    assert!(browser.text().contains(": published"), "{}", browser.text());
    // And what was done is undone by keyboard.
    tab_to(&browser, "value", "undo");
    browser.lead_through(|| browser.press(ENTER));
    let text = browser.text();
    assert!(text.contains("Undone: 1 ping"), "{text}");
    assert!(states(&site, "entry").contains(&held));
    browser.assert_quiet();
}

#[test]
fn narrow_or_wide_light_or_dark_nothing_is_cut_off_and_nothing_runs() {
    let browser = Browser::acquire();
    let (site, _serving) = stage(&browser);
    browser.keys(&browser.find("input[type=password]"), PASSWORD);
    browser.lead_through(|| browser.press(ENTER));
    let base = site.base_url();
    for scheme in ["dark", "light"] {
        browser.scheme(scheme);
        for width in [320, 390, 480, 1280] {
            browser.resize(width, 700);
            browser.open(&format!("{base}?__mode=moderate"));
            assert_eq!(browser.script("return window.innerWidth"), width);
            let wide =
                "const root = document.documentElement; return root.scrollWidth - root.clientWidth";
            assert_eq!(browser.script(wide), 0, "{width} px, {scheme}");
            let small = "const all = document.querySelectorAll('button:not([hidden]), .pick, .tabs a'); \
                         return [...all].filter(e => e.getBoundingClientRect().height < 24).length";
            assert_eq!(browser.script(small), 0, "targets, {width} px, {scheme}");
        }
    }
    browser.scheme("");
    browser.open(&format!("{base}?__mode=moderate"));
    assert!(browser.text().contains("<script>alert(1)</script>"));
    browser.assert_quiet();
}
