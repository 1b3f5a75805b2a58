//! The set-up in a browser under a real Apache: in Chromium, by keyboard, and where the web server serves too much.

use std::fs;

use crate::support::browser::Browser;
use crate::support::give_to_owner;
use crate::support::process::wait_for;
use crate::support::request::Request;
use crate::support::server::{Kind, Server};
use crate::support::site::{BASE, PASSWORD, Site};
use crate::support::visitor::{Visitor, find_form};
use crate::support::web_setup::{PHRASE, PHRASE_FILE, bare, look, upload};

/// A program that is not set up, behind an Apache.
fn started() -> (Server, Site) {
    let mut site = Site::shipped();
    let server = Server::start(Kind::ApacheEvent, &mut site);
    bare(&site);
    upload(&site, PHRASE);
    (server, site)
}

/// Sends the form of the set-up with these answers, and then what it shows for confirmation.
fn set_up(server: &Server, answers: &[(&str, &str)]) -> crate::support::http::Reply {
    let mut visitor = Visitor::new(server.port, BASE);
    let page = visitor.send(&look(PHRASE)).expect(200);
    let mut form = find_form(&page, "setup").with("rss_dir", "");
    let url = form.value("base_url").expect("a URL").to_owned();
    assert_eq!(url, format!("http://127.0.0.1:{}{BASE}", server.port));
    for (name, value) in answers {
        form = form.with(name, value);
    }
    let form = form.with("password", PASSWORD).with("again", PASSWORD);
    let review = visitor.send(&form.request()).expect(200);
    visitor.send(&find_form(&review, "setup").request())
}

#[test]
fn from_the_upload_to_the_first_ping_without_a_shell() {
    let (server, site) = started();
    let url = format!("http://127.0.0.1:{}{BASE}", server.port);
    let data = site.data_dir().display().to_string();
    {
        let browser = Browser::acquire();
        for (width, scheme) in [(390, "light"), (1000, "dark")] {
            browser.resize(width, 800);
            browser.scheme(scheme);
            browser.open(&url);
            let wide = browser.script("return document.documentElement.scrollWidth > innerWidth");
            assert_eq!(wide, serde_json::Value::Bool(false), "{width}");
        }
        browser.keys(&browser.find("#phrase"), PHRASE);
        browser.lead_through(|| browser.press("\u{E007}"));
        assert_eq!(
            browser.script("return document.querySelector('#base_url').value"),
            url.as_str()
        );
        for (field, text) in [("#data_dir", data.as_str()), ("#rss_dir", "")] {
            browser.script(&format!("document.querySelector('{field}').value = ''"));
            if !text.is_empty() {
                browser.keys(&browser.find(field), text);
            }
        }
        browser.keys(&browser.find("#password"), PASSWORD);
        browser.keys(&browser.find("#again"), PASSWORD);
        assert!(!site.config().exists());
        browser.lead_through(|| browser.press("\u{E007}"));
        assert!(browser.text().contains("Write this?"), "{}", browser.text());
        assert!(!site.config().exists());
        browser.click_through(&browser.find("button"));
        assert!(browser.text().contains("is set up"), "{}", browser.text());
        browser.click_through(&browser.find(".links a"));
        browser.keys(&browser.find("#password"), PASSWORD);
        browser.lead_through(|| browser.press("\u{E007}"));
        assert!(browser.text().contains("Moderate"), "{}", browser.text());
        browser.assert_quiet();
    }
    let mut visitor = Visitor::new(server.port, BASE);
    let reply = visitor.send(&Request::ping("entry", "http://weblog.example/1"));
    assert!(reply.text().contains("<error>0</error>"), "{reply}");
    assert!(!site.path(PHRASE_FILE).exists());
}

#[test]
fn the_error_log_says_what_is_wrong_with_the_configuration() {
    let (server, site) = started();
    fs::write(site.config(), "publish = \"sometimes\"\n").unwrap();
    give_to_owner(&site.config());
    let mut visitor = Visitor::new(server.port, BASE);
    let page = visitor.send(&Request::get("")).expect(500);
    assert!(page.text().contains("not set up correctly"), "{page}");
    assert!(
        !page.text().contains("sometimes") && !page.text().contains("/tmp/"),
        "{page}"
    );
    // After the response.
    let logged = wait_for(|| server.log().contains("; correct that").then_some(()));
    assert!(
        logged.is_some() && server.log().contains("tb.toml: "),
        "{}",
        server.log()
    );
    let told = fs::read_to_string(site.path("www/cgi-bin/tb.toml.error.txt")).unwrap();
    assert!(told.contains("tb.toml: "), "{told}");
    let file =
        crate::support::http::send(server.port, "/cgi-bin/tb.toml.error.txt", &Request::get(""));
    assert_ne!(file.status, 200, "{file}");
}

#[test]
fn a_folder_that_turns_out_to_be_served_is_refused() {
    let (server, site) = started();
    let served = site.path("www/pings").display().to_string();
    let refused = set_up(&server, &[("data_dir", &served)]);
    assert_eq!(refused.status, 400, "{refused}");
    let url = format!("http://127.0.0.1:{}/pings/tb-probe.txt", server.port);
    assert!(refused.text().contains(&url), "{refused}");
    assert!(!site.config().exists());
    assert!(!site.path("www/pings/tb-probe.txt").exists());
    let data = site.data_dir().display().to_string();
    let done = set_up(&server, &[("data_dir", &data)]);
    assert!(done.text().contains("is set up"), "{done}");
}

#[test]
fn a_phrase_that_turns_out_to_be_served_sets_nothing_up() {
    let (server, site) = started();
    // Not in the folder of programs, whose files this server runs and never serves.
    let reply = crate::support::http::send(server.port, "/cgi-bin/tb-setup.txt", &Request::get(""));
    assert_ne!(reply.status, 200, "{reply}");
    fs::create_dir(site.path("www/open")).unwrap();
    give_to_owner(&site.path("www/open"));
    fs::write(site.path("www/open/tb-setup.txt"), PHRASE).unwrap();
    let data = site.data_dir().display().to_string();
    let url = format!("http://127.0.0.1:{}/open/tb.cgi", server.port);
    let refused = set_up(&server, &[("data_dir", &data), ("base_url", &url)]);
    assert_eq!(refused.status, 400, "{refused}");
    assert!(refused.text().contains("/open/tb-setup.txt"), "{refused}");
    assert!(!site.config().exists());
}
