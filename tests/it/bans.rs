//! What the owner does not want: `.bans` at work, and the commands that change it.

use std::fs;

use serde_json::{Value, json};

use crate::hosts::bans::{REFUSED, ping};
use crate::support::http::Reply;
use crate::support::site::Site;
use crate::support::xml::{assert_accepted, assert_refused};
use crate::support::{set_mode, write};

#[test]
fn a_ping_of_a_banned_domain_or_what_is_below_it_is_refused() {
    let site = Site::new();
    site.tb(&[
        "ban",
        "spam.example",
        "猫.example",
        "https://www.bad.example/page?x",
    ]);
    for url in [
        "http://spam.example/",
        "https://a.b.SPAM.example:8080/x",
        "http://spam.example./",
        "http://xn--z7x.example/",
        "http://猫.example/",
        "http://bad.example/",
    ] {
        let reply = site.cgi(&ping("T", url));
        assert_refused(&reply, 200, REFUSED);
    }
    for url in ["http://notspam.example/", "http://a.example/spam.example"] {
        assert_accepted(&site.cgi(&ping("T", url)));
    }
}

#[test]
fn s4_spam_in_the_name_of_a_pings_page_does_not_hide_the_ping() {
    let site = Site::new();
    let url = "http://a.example/";
    assert_accepted(&site.cgi(&ping("Honest", url)));
    site.tb(&["ban", "--word", "cheap pills"]);
    let before = site.snapshot();
    assert_accepted(&site.cgi(&ping("Cheap pills", url)));
    assert_accepted(&site.cgi(&ping(&"[url=http://x.example/]x[/url]".repeat(9), url)));
    assert_eq!(site.snapshot(), before);
    // An honest change still comes in.
    assert_accepted(&site.cgi(&ping("Honest again", url)));
    assert!(site.tb(&["list", "entry"]).contains("\tHonest again\t"));
}

#[test]
fn bans_are_listed_for_people_programs_and_by_json() {
    let site = Site::new();
    assert_eq!(site.tb(&["ban"]), "");
    site.tb(&["ban", "203.0.113.77/24", "2001:db8::/32", "--for", "30d"]);
    site.tb(&["ban", "Spam.Example"]);
    site.tb(&["ban", "--word", "cheap  pills"]);
    let plain = site.tb(&["ban"]);
    let lines: Vec<Vec<&str>> = plain
        .lines()
        .map(|line| line.split('\t').collect())
        .collect();
    assert_eq!(lines[0][..2], ["address", "203.0.113.0/24"]);
    assert!(lines[0][2].ends_with('Z'), "{plain}");
    assert_eq!(lines[1][..2], ["address", "2001:db8::/32"]);
    assert_eq!(lines[2], ["domain", "spam.example", ""]);
    assert_eq!(lines[3], ["word", "cheap pills", ""]);
    assert_eq!(site.tb(&["ban", "list"]), plain);
    let json = site.tb(&["ban", "--json"]);
    assert_eq!(site.tb(&["ban", "list", "--json"]), json);
    let last: Value = serde_json::from_str(json.lines().last().unwrap()).unwrap();
    assert_eq!(
        last,
        json!({"kind": "word", "what": "cheap pills", "until": null})
    );
    // Again is not twice.
    site.tb(&["ban", "203.0.113.0/24"]);
    site.tb(&["ban", "--word", "CHEAP PILLS"]);
    assert_eq!(site.tb(&["ban"]).lines().count(), 4);
}

#[test]
fn the_owners_own_lines_stay_and_a_wrong_one_is_named() {
    let site = Site::new();
    let text = "\u{FEFF}# mine\r\naddress 203.0.113.0/24\r\nadress 198.51.100.0/24\r\ndomain spam.example # old\r\n";
    put(&site, text);
    let refused = site.cgi_with(&ping("T", "http://a.example/"), &[], |command| {
        command.env("REMOTE_ADDR", "203.0.113.9");
    });
    assert_refused(&refused, 200, REFUSED);
    let said = site.tb_fails(1, &["ban"]);
    assert!(said.contains("`.bans`, line 3: "), "{said}");
    let output = site
        .command()
        .args(["ban", "--word", "pills"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(String::from_utf8_lossy(&output.stderr).contains("line 3"));
    let mut check = site.command();
    let found = check.args(["check", "--offline"]).output().unwrap();
    let found = String::from_utf8_lossy(&found.stdout).into_owned();
    assert!(found.contains("warning: `.bans`, line 3: "), "{found}");
    let text = fs::read_to_string(site.data_dir().join(".bans")).unwrap();
    assert_eq!(
        text,
        "# mine\r\naddress 203.0.113.0/24\r\nadress 198.51.100.0/24\r\ndomain spam.example # old\r\nword pills\n"
    );
    for number in 0..5 {
        site.cgi(&ping("T", &format!("http://a.example/{number}")));
    }
    let log = fs::read_to_string(site.data_dir().join(".log")).unwrap();
    let told = log.lines().filter(|line| line.contains("\"wrong-ban\""));
    assert_eq!(told.count(), 1, "{log}");
}

#[test]
fn what_is_over_bans_nobody_and_goes_with_the_next_edit() {
    let site = Site::new();
    put(
        &site,
        "domain a.example until 2020-01-01T00:00:00Z\n# kept\n",
    );
    assert_eq!(site.tb(&["ban"]), "");
    assert_accepted(&site.cgi(&ping("T", "http://a.example/")));
    site.tb(&["ban", "b.example"]);
    let text = fs::read_to_string(site.data_dir().join(".bans")).unwrap();
    assert_eq!(text, "# kept\ndomain b.example\n");
}

#[test]
fn what_makes_no_sense_or_would_ban_everybody_changes_nothing() {
    let mut site = Site::new();
    site.set("site", "[\"https://www.mine.example/\"]");
    for (words, cure) in [
        (&["ban", "pills"][..], "--word"),
        (&["ban", "cheap pills"], "--word"),
        (&["ban", ""], "--word"),
        (&["ban", "--word", "!"], "too short"),
        (&["ban", "--word", "a"], "too short"),
        (&["ban", "0.0.0.0/0"], "--force"),
        (&["ban", "::/0"], "--force"),
        (&["ban", "::ffff:0.0.0.0/96"], "--force"),
        (&["ban", "co.uk"], "--force"),
        (&["ban", "github.io"], "--force"),
        (&["ban", "mine.example"], "--force"),
        (&["ban", "a.example", "www.mine.example"], "--force"),
        (&["ban", "a.example", "--for=-1d"], "30d"),
        (&["ban", "a.example", "--for", "soon"], "30d"),
        (&["ban", "a.example", "--for", "9000000000h"], "for"),
        (&["unban"], "WHAT"),
    ] {
        let said = site.tb_fails(2, words);
        assert!(said.contains(cure), "{words:?}: {said}");
        assert!(!site.data_dir().join(".bans").exists(), "{words:?}");
    }
    let said = site.tb_fails(1, &["unban", "a.example"]);
    assert!(said.contains("is not banned"), "{said}");
    site.tb(&["ban", "--force", "0.0.0.0/0", "mine.example"]);
    assert_refused(&site.cgi(&ping("T", "http://a.example/")), 200, REFUSED);
}

#[test]
fn s3_a_ban_cannot_steer_the_terminal_or_make_a_line_of_its_own() {
    let site = Site::new();
    let hostile = "pills\u{1b}[2J\naddress 0.0.0.0/0\n\u{202E}x";
    let said = site.tb(&["ban", "--word", hostile]);
    assert!(!said.trim_end().contains(char::is_control), "{said:?}");
    put(&site, "word a\u{1b}[2Jb\u{9b}1A\nnonsense\u{1b}[2J\n");
    let output = site.command().args(["ban", "--json"]).output().unwrap();
    for stream in [output.stdout, output.stderr] {
        let text = String::from_utf8(stream).unwrap();
        assert!(
            !text.replace('\n', "").contains(char::is_control),
            "{text:?}"
        );
    }
}

#[test]
fn s7_a_list_of_ten_thousand_bans_is_looked_through() {
    let site = Site::new();
    let mut text = String::new();
    for number in 0..2_500_u32 {
        let [_, _, high, low] = number.to_be_bytes();
        text += &format!("address 198.{high}.{low}.0/24\naddress 2001:db8:{number:x}::/48\n");
        text += &format!("domain spam{number}.example\nword casino {number}\n");
    }
    put(&site, &text);
    let from = |address: &str, title: &str, url: &str| -> Reply {
        site.cgi_with(&ping(title, url), &[], |command| {
            command.env("REMOTE_ADDR", address);
        })
    };
    assert_accepted(&from("192.0.2.1", "T", "http://a.example/"));
    for reply in [
        from("198.9.195.7", "T", "http://a.example/1"),
        from("2001:db8:9c3::1", "T", "http://a.example/1"),
        from("192.0.2.1", "T", "http://spam2499.example/"),
    ] {
        assert_refused(&reply, 200, REFUSED);
    }
    assert_accepted(&from("192.0.2.1", "Casino 2499", "http://a.example/2"));
    assert!(site.tb(&["list", "entry"]).contains("\tjunk\t"));
    assert_eq!(site.tb(&["ban"]).lines().count(), 10_000);
}

fn put(site: &Site, text: &str) {
    let path = site.data_dir().join(".bans");
    write(&path, text);
    set_mode(&path, 0o600);
}
