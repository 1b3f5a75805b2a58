//! The list of categories in a real browser.

use crate::support::browser::Browser;
use crate::support::site::{PASSWORD, Site};

const HOSTILE: &str = "</a><script>alert(1)</script>\"'&amp; {{ title }}";

#[test]
fn the_page_fits_every_width_and_is_quiet_in_a_browser() {
    let mut site = Site::new();
    site.set_password();
    site.tb(&[
        "add",
        "cats",
        "--title",
        "Cats",
        "--describe",
        "All about cats, and nothing but cats",
    ]);
    site.tb(&[
        "add",
        "long",
        "--title",
        &"Donaudampfschiffahrt".repeat(12),
        "--describe",
        HOSTILE,
    ]);
    site.tb(&["add", "猫の話"]);
    let serving = site.serve();
    let mut owner = serving.visitor();
    owner.log_in(PASSWORD).expect(303);
    let page = owner.get("__mode=list").expect(200);
    assert!(page.text().contains(">Cats</a>"), "{page}");
    assert!(page.text().contains("__mode=moderate"), "{page}");
    assert!(!page.text().contains("Log in"), "{page}");
    let browser = Browser::acquire();
    browser.open(&format!("{}?__mode=list", site.base_url()));
    for scheme in ["light", "dark"] {
        browser.scheme(scheme);
        for width in [320, 480, 1280] {
            browser.resize(width, 800);
            let wide = "return document.documentElement.scrollWidth > document.documentElement.clientWidth";
            assert_eq!(browser.script(wide), false, "{scheme} at {width}");
        }
    }
    assert_eq!(browser.find_all(".category").len(), 3);
    assert!(browser.text().contains("<script>alert(1)</script>"));
    browser.assert_quiet();
    browser.open(&format!("{}?__mode=list&tb_id=long", site.base_url()));
    browser.resize(480, 800);
    browser.assert_quiet();
}
