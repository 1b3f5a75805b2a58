//! From the tarball to the first published ping, as an owner does it who has FTP and a browser and no shell.

use std::fs;

use crate::support::blog::Script;
use crate::support::browser::Browser;
use crate::support::package::{packages, unpacked};
use crate::support::process::wait_for;
use crate::support::server::{Kind, Server};
use crate::support::site::{BASE, PASSWORD, Site};
use crate::support::verification::peer;
use crate::support::web_setup::{PHRASE, bare, upload};
use crate::support::{give_to_owner, mail, write};

const ENTER: &str = "\u{E007}";
const DOWN: &str = "\u{E015}";

/// What a person has done so far, one screen a step.
#[derive(Default)]
struct Steps(Vec<&'static str>);

impl Steps {
    fn take(&mut self, what: &'static str) {
        self.0.push(what);
    }
}

/// An Apache whose cgi-bin is empty, and whose program would run as the owner of its files, as with suEXEC.
fn host() -> (Server, Site) {
    let mut site = Site::new();
    let server = Server::start(Kind::ApacheEvent, &mut site);
    bare(&site);
    for entry in fs::read_dir(site.path("www/cgi-bin")).unwrap() {
        fs::remove_file(entry.unwrap().path()).unwrap();
    }
    (server, site)
}

/// What only a test needs: requests to this machine, and a program that keeps the mail.
fn make_laboratory(site: &Site) {
    let program = mail::sendmail(site, "tb-data");
    let mut text = fs::read_to_string(site.config()).unwrap();
    text.push_str(&format!(
        "allow_private = true\nsendmail = \"{}\"\n",
        program.display()
    ));
    fs::write(site.config(), text).unwrap();
}

#[test]
fn from_the_tarball_to_the_first_published_ping_in_eight_steps_without_a_shell() {
    let (out, names) = packages();
    let folder = unpacked(out.path(), &names[0]);
    let (server, site) = host();
    let origin = format!("http://127.0.0.1:{}", server.port);
    let mut steps = Steps::default();
    let browser = Browser::acquire();
    browser.resize(390, 800);

    steps.take("upload the program, its .htaccess and a phrase");
    for name in ["tb.cgi", ".htaccess"] {
        let uploaded = site.path("www/cgi-bin").join(name);
        fs::copy(folder.join(name), &uploaded).unwrap();
        give_to_owner(&uploaded);
    }
    upload(&site, PHRASE);

    steps.take("type the phrase");
    browser.open(&format!("{origin}{BASE}"));
    browser.keys(&browser.find("#phrase"), PHRASE);
    browser.lead_through(|| browser.press(ENTER));

    steps.take("answer the questions; most answers are there already");
    // Behind "that of the header" and English.
    browser.keys(&browser.find("#language"), &DOWN.repeat(2));
    browser.keys(&browser.find("#notify"), "me@example.org");
    browser.keys(&browser.find("#password"), PASSWORD);
    browser.keys(&browser.find("#again"), PASSWORD);
    browser.lead_through(|| browser.press(ENTER));
    assert!(browser.text().contains("Write this?"), "{}", browser.text());

    steps.take("confirm");
    browser.lead_through(|| browser.keys(&browser.find("button.main"), ENTER));
    assert!(browser.text().contains("is set up"), "{}", browser.text());
    let wide = browser.script("return document.documentElement.scrollWidth > innerWidth");
    assert_eq!(wide, serde_json::Value::Bool(false));
    let lines = browser.script("return document.querySelector('#entry ~ pre').textContent");
    let lines = lines.as_str().expect("the lines for an entry").to_owned();
    make_laboratory(&site);

    steps.take("paste the lines into the page of an entry, and upload it");
    let page = format!(
        "<!doctype html><html lang=ja><meta charset=utf-8><title>二匹の猫</title>\
         <article><h1>二匹の猫</h1><p>猫が二匹います。</p></article>\n{}",
        lines.replace("my_entry", "two_cats")
    );
    write(&site.path("www/two-cats.html"), &page);
    let entry = format!("{origin}/two-cats.html");

    steps.take("a reader enters the address of a page under the entry");
    let answer = format!(
        "<!doctype html><html lang=ja><meta charset=utf-8><title>猫について</title>\
         <p>私も<a href=\"{entry}\">二匹の猫</a>が好きです。</p>"
    );
    let reader = peer(201, Script::html(&answer));
    browser.open(&entry);
    let none = wait_for(|| {
        browser
            .text()
            .contains("トラックバックはまだありません。")
            .then_some(())
    });
    assert!(none.is_some(), "{}", browser.text());
    browser.keys(
        &browser.find(".trackback-list input[type=url]"),
        &reader.url("/"),
    );
    browser.press(ENTER);
    let thanked = wait_for(|| {
        browser
            .text()
            .contains("ページを確認しています。")
            .then_some(())
    });
    assert!(thanked.is_some(), "{}", browser.text());
    browser.assert_quiet();

    steps.take("open the link in the mail");
    let mail_file = site.path("tb-data/mail");
    let text = wait_for(|| {
        let text = fs::read_to_string(&mail_file).ok()?;
        text.contains("\n\n").then_some(text)
    });
    let text = mail::body(&text.expect("a mail to the owner"));
    let links = mail::links(&text);
    assert_eq!(links.len(), 1, "{text}");
    browser.open(links[0]);
    assert!(browser.text().contains("猫について"), "{}", browser.text());

    steps.take("approve");
    browser.lead_through(|| browser.keys(&browser.find("button[value=approve]"), ENTER));
    assert!(browser.text().contains("1 approved"), "{}", browser.text());

    browser.forget_responses();
    browser.open(&entry);
    let shown = wait_for(|| {
        let found = browser.find_all(".trackback-list li a");
        found.first().map(|link| browser.text_of(link))
    });
    assert_eq!(shown.as_deref(), Some("猫について"), "{}", browser.text());
    let text = browser.text();
    for words in ["トラックバック (1)", "私も二匹の猫が好きです。", "年", "月"]
    {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert!(!text.contains("まだありません"), "{text}");
    browser.assert_quiet();
    assert!(steps.0.len() <= 8, "{:?}", steps.0);
}
