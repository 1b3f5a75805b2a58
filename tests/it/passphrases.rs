//! Private ping URLs, through web servers: passphrases and signatures, and that nobody is shown one.

use std::fs;

use crate::support::passphrases::{ALL, OWN, WRONG, protect};
use crate::support::request::Request;
use crate::support::site::Site;
use crate::support::xml::{assert_accepted, assert_refused};

#[test]
fn a_signed_url_vouches_for_an_id_that_is_not_known_and_a_passphrase_for_all_does_not() {
    let mut site = Site::new();
    protect(&mut site);
    site.set("ids", "\"known\"");
    site.live_at(8080);
    let ping = |path: &str| site.cgi(&Request::ping("x", "http://weblog.example/1").path(path));
    let unknown = "There is no entry with that TrackBack ID";
    assert_refused(&ping(&format!("/entry/{ALL}")), 200, unknown);
    assert_refused(&ping("/entry/wrong"), 200, WRONG);
    let url = site.tb(&["url", "entry", "--expires", "1h"]);
    assert_accepted(&ping(url.trim().strip_prefix(&site.base_url()).unwrap()));
    // One of its own makes an id known.
    assert_refused(&ping(&format!("/other/{OWN}")), 200, WRONG);
    site.tb(&["passphrase", "other", "--set", OWN]);
    assert_accepted(&ping(&format!("/other/{OWN}")));
}

#[test]
fn s9_a_damaged_line_opens_no_private_id() {
    let site = Site::new();
    site.tb(&["passphrase", "entry", "--set", OWN]);
    let file = site.data_dir().join(".entries");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replace('}', "")).unwrap();
    let reply = site.cgi(&Request::ping("entry", "http://weblog.example/1"));
    assert_refused(&reply, 503, "This site cannot store anything");
    let list = site
        .cgi(&Request::get("__mode=list&tb_id=entry"))
        .expect(200);
    assert!(!list.text().contains("class=\"ping-url\""), "{list}");
    assert_accepted(&site.cgi(&Request::ping("other", "http://weblog.example/1")));
}

#[test]
fn s5_guessing_a_passphrase_is_throttled() {
    let mut site = Site::new();
    protect(&mut site);
    site.set("throttle", "\"on\"");
    let ping = |key: &str, number: u32, from: &str| {
        let ping = Request::ping("x", &format!("http://weblog{number}.example/"));
        let ping = ping.path(&format!("/entry/{key}"));
        site.cgi_with(&ping, &[], |command| {
            command.env("REMOTE_ADDR", from);
        })
    };
    for number in 0..6 {
        let key = format!("guess{number}");
        assert_refused(&ping(&key, number, "203.0.113.7"), 200, WRONG);
    }
    // Then it is not even looked at, right or wrong.
    for key in ["guess7", ALL, "~1.x"] {
        assert_refused(&ping(key, 7, "203.0.113.8"), 429, "Too many pings");
    }
    assert_accepted(&ping(ALL, 8, "198.51.100.7"));
    // Nor can many addresses together guess at one id.
    let refused = (0..20).map(|number| {
        let from = format!("192.0.{number}.1");
        ping("guess", 100 + number, &from).status
    });
    assert_eq!(refused.filter(|status| *status == 429).count(), 7);
}
