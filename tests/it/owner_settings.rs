//! The owner's settings page: what it writes into `tb.toml`, and who may.

use std::fs;
use std::os::unix::fs::symlink;

use crate::support::http::Reply;
use crate::support::owner_session::{Interface, OwnerSession, own, ping};
use crate::support::request::Request;
use crate::support::scenario::log_in;
use crate::support::set_mode;
use crate::support::site::PASSWORD;
use crate::support::visitor::find_form;

const INTERFACES: [Interface; 2] = [Interface::Cgi, Interface::Serve];

fn owner(interface: Interface) -> OwnerSession {
    let waiting = ping(1, "2026-11-01T05:00:00Z", "held", "unknown-domain");
    OwnerSession::with(interface, &[("entry", vec![waiting])])
}

/// The settings of the form, with some of them changed.
fn set(session: &mut OwnerSession, fields: &[(&str, &str)]) -> Reply {
    let all = [&[("current", PASSWORD)], fields].concat();
    session.change("settings", &all)
}

/// Replaces the file of the configuration, with comments around each line.
fn commented(session: &OwnerSession) -> String {
    let text = fs::read_to_string(session.site.config()).unwrap();
    let text = format!("# first\n{}# last", text.replace('\n', " # why\n"));
    fs::write(session.site.config(), &text).unwrap();
    text
}

#[test]
fn settings_change_their_own_line_and_nothing_else() {
    for interface in INTERFACES {
        let mut session = owner(interface);
        let old = commented(&session);
        let shown = session.page("__mode=settings");
        assert!(
            !shown.contains("$argon2") && !shown.contains("secret"),
            "{shown}"
        );
        assert!(shown.contains(session.site.data_dir().to_str().unwrap()));
        set(
            &mut session,
            &[("publish", "none"), ("notify", ""), ("time_zone", "UTC")],
        )
        .expect(303);
        let reply = set(
            &mut session,
            &[("notify", "me@example.org"), ("time_zone", "Asia/Tokyo")],
        );
        assert_eq!(reply.status, 303, "{reply}");
        let new = fs::read_to_string(session.site.config()).unwrap();
        let lines: Vec<&str> = old.lines().collect();
        let added: Vec<&str> = new.lines().filter(|line| !lines.contains(line)).collect();
        let missing = old
            .lines()
            .filter(|line| !new.lines().any(|new| new == *line));
        assert!(
            missing
                .clone()
                .all(|line| line.starts_with("publish") || line.starts_with("time_zone")),
            "{new}"
        );
        for line in [
            "notify = \"me@example.org\"",
            "time_zone = \"Asia/Tokyo\" # why",
        ] {
            assert!(added.contains(&line), "{line}: {new}");
        }
        assert!(
            added
                .iter()
                .any(|line| line.starts_with("publish = \"none\"")),
            "{new}"
        );
        assert!(added.len() <= 3, "{added:?}");
        // In force at once, under `tb serve` too.
        let page = session.page("__mode=settings");
        assert!(
            page.contains("value=\"Asia/Tokyo\"") && page.contains("selected>none"),
            "{page}"
        );
        assert!(
            session
                .page("__mode=moderate")
                .contains("1 November 2026, 14:00")
        );
        let log = own(&session.site, ".log");
        assert!(log.contains("\"keys\":\"notify time_zone\""), "{log}");
        // Without a change nothing is written.
        let before = fs::metadata(session.site.config())
            .unwrap()
            .modified()
            .unwrap();
        set(&mut session, &[("notify", " me@example.org ")]).expect(303);
        assert_eq!(
            fs::metadata(session.site.config())
                .unwrap()
                .modified()
                .unwrap(),
            before
        );
    }
}

#[test]
fn s5_no_setting_changes_without_the_password_and_guesses_are_throttled() {
    let mut session = owner(Interface::Cgi);
    session.site.set("throttle", "\"on\"");
    let before = fs::read(session.site.config()).unwrap();
    let token = session.token();
    let cookie = log_in(&session.site, PASSWORD).unwrap();
    let page = session
        .site
        .cgi(&Request::get("__mode=settings").header("Cookie", &cookie));
    assert!(!token.is_empty());
    let send = |current: &str| {
        let form = find_form(&page, "settings")
            .with("publish", "all")
            .with("current", current);
        session.site.cgi(&form.request().header("Cookie", &cookie))
    };
    let mut statuses = Vec::new();
    for guess in [
        "",
        "x",
        "password",
        "correct",
        "$argon2id$",
        "letmein",
        PASSWORD,
    ] {
        let reply = send(guess);
        assert!(!reply.text().contains("$argon2id$v"), "{reply}");
        statuses.push(reply.status);
    }
    assert_eq!(statuses.first(), Some(&403));
    assert_eq!(statuses.last(), Some(&429), "{statuses:?}");
    assert_eq!(fs::read(session.site.config()).unwrap(), before);
    assert!(own(&session.site, ".log").contains("wrong-password"));
}

#[test]
fn s8_a_hostile_setting_changes_nothing() {
    let mut session = owner(Interface::Cgi);
    let before = fs::read(session.site.config()).unwrap();
    let long = "x".repeat(10_000);
    for fields in [
        vec![("publish", "")],
        vec![("publish", "ALL")],
        vec![("publish", "all\"\nallow_private = true")],
        vec![("notify", "not an address")],
        vec![("notify", "a@b.example\nBcc: c@d.example")],
        vec![("notify", "-oQ/tmp@example.org")],
        vec![("notify", "\"\nallow_private = true\n#@x")],
        vec![("notify", &long)],
        vec![("time_zone", "")],
        vec![("time_zone", "../../etc/passwd")],
        vec![("time_zone", "Mars/Olympus")],
        vec![("time_zone", "<script>alert(1)</script>")],
        vec![("language", "tlh")],
        vec![("language", "ja\"\nallow_private = true")],
        vec![("password", "short"), ("again", "short")],
        vec![("password", "long enough 1"), ("again", "long enough 2")],
        vec![("again", "long enough 2")],
        vec![("password", &long), ("again", &long)],
        // One bad value stops the good one.
        vec![("publish", "all"), ("notify", "nobody")],
    ] {
        let reply = set(&mut session, &fields);
        assert_eq!(reply.status, 400, "{fields:?}: {reply}");
        assert!(!reply.text().contains("<script>alert"), "{reply}");
        assert!(!reply.text().contains("long enough"), "{reply}");
        assert!(reply.body.len() < 30_000);
        assert_eq!(
            fs::read(session.site.config()).unwrap(),
            before,
            "{fields:?}"
        );
    }
    // Keys that are not on the page.
    for key in [
        "data_dir",
        "base_url",
        "sendmail",
        "script_src",
        "allow_private",
        "passphrase",
    ] {
        set(&mut session, &[(key, "/tmp/x")]).expect(303);
        assert_eq!(fs::read(session.site.config()).unwrap(), before, "{key}");
    }
}

#[test]
fn a_wrong_value_is_told_by_its_label_and_without_the_servers_paths() {
    let mut session = owner(Interface::Cgi);
    for (field, value, told) in [
        ("publish", "some", "Publish: expected one of"),
        ("notify", "nobody", "Mail to: expected one address such as"),
        ("time_zone", "Mars/Olympus", "Time zone: unknown time zone"),
        ("language", "tlh", "Language: expected one of"),
    ] {
        let page = set(&mut session, &[(field, value)]).expect(400);
        let page = page.text();
        let error = page.split("id=\"message\">").nth(1).unwrap();
        let error = error.split("</p>").next().unwrap();
        assert!(
            error.contains(told) && !error.contains("tb.toml"),
            "{error}"
        );
    }
}

#[test]
fn the_language_changes_the_pages_for_readers_and_the_lines_for_an_entry() {
    for interface in INTERFACES {
        let mut session = owner(interface);
        let list = Request::get("__mode=list&tb_id=entry");
        // `tb serve` keeps what is requested again.
        for _ in 0..3 {
            assert!(session.stranger(&list).text().contains("lang=\"en\""));
        }
        set(&mut session, &[("language", "ja")]).expect(303);
        let text = fs::read_to_string(session.site.config()).unwrap();
        assert!(text.contains("language = \"ja\""), "{text}");
        let page = session.page("__mode=settings&entry=two-cats%22%3E%3Cscript%3E");
        assert!(page.contains("value=\"ja\" selected>日本語"), "{page}");
        assert!(page.contains("トラックバックはまだありません。"), "{page}");
        assert!(page.contains("tb.cgi/two_cats_script_"), "{page}");
        assert!(!page.contains("<script>"), "{page}");
        assert!(session.stranger(&list).text().contains("lang=\"ja\""));
        // Back to what the header declares.
        set(&mut session, &[("language", "")]).expect(303);
        assert!(session.stranger(&list).text().contains("lang=\"en\""));
    }
}

#[test]
fn the_lines_for_an_entry_keep_a_private_ping_url_private() {
    let mut session = owner(Interface::Cgi);
    assert!(session.page("__mode=settings").contains("tb.cgi/my_entry"));
    session.site.set("passphrase", "\"open-sesame\"");
    let page = session.page("__mode=settings");
    assert!(
        !page.contains("tb.cgi/my_entry") && !page.contains("open-sesame"),
        "{page}"
    );
}

#[test]
fn a_new_password_ends_all_other_sessions() {
    for interface in INTERFACES {
        let mut session = owner(interface);
        let with = |cookie: &str| Request::get("__mode=settings").header("Cookie", cookie);
        let other = log_in(&session.site, PASSWORD).unwrap();
        session.site.cgi(&with(&other)).expect(200);
        let new = "another password";
        let reply = set(&mut session, &[("password", new), ("again", new)]).expect(303);
        let cookies: Vec<&str> = reply
            .headers
            .iter()
            .filter(|(name, _)| name.eq_ignore_ascii_case("Set-Cookie"))
            .filter_map(|(_, value)| value.split(';').next())
            .collect();
        assert_eq!(cookies.len(), 2, "{reply}");
        assert_eq!(session.site.cgi(&with(&other)).status, 403, "{interface:?}");
        session.site.cgi(&with(&cookies.join("; "))).expect(200);
        if interface == Interface::Serve {
            // The browser has the new cookie, and the server the new password.
            session.page("__mode=settings");
            assert_eq!(session.stranger(&with(&other)).status, 403);
        }
        assert!(log_in(&session.site, PASSWORD).is_none());
        assert!(log_in(&session.site, new).is_some());
        let text = fs::read_to_string(session.site.config()).unwrap();
        assert!(
            !text.contains(new) && text.matches("$argon2id$").count() == 1,
            "{text}"
        );
    }
}

#[test]
fn where_the_file_cannot_be_changed_the_line_is_shown() {
    let mut session = owner(Interface::Cgi);
    let config = session.site.config();
    let aside = session.site.path("www/real.toml");
    let text = fs::read(&config).unwrap();
    let folder = session.site.path("www/cgi-bin");
    let mut refused = |what: &str| {
        let reply = set(&mut session, &[("publish", "none")]);
        assert_eq!(reply.status, 409, "{what}: {reply}");
        assert!(
            reply.text().contains("publish = &#34;none&#34;"),
            "{what}: {reply}"
        );
        assert_eq!(fs::read(&config).unwrap(), text, "{what}");
        let new = "another password";
        let reply = set(&mut session, &[("password", new), ("again", new)]);
        assert_eq!(reply.status, 409, "{what}: {reply}");
        assert!(
            reply.text().contains("password = &#34;$argon2id$"),
            "{what}"
        );
        assert!(!reply.text().contains(new), "{what}");
    };
    set_mode(&folder, 0o555);
    refused("a folder that cannot be written");
    set_mode(&folder, 0o755);
    fs::rename(&config, &aside).unwrap();
    symlink(&aside, &config).unwrap();
    refused("a symbolic link");
    assert!(config.is_symlink());
    fs::remove_file(&config).unwrap();
    fs::hard_link(&aside, &config).unwrap();
    refused("a hard link");
    fs::remove_file(&aside).unwrap();
    set(&mut session, &[("publish", "none")]).expect(303);
}

#[test]
fn what_the_environment_sets_is_shown_and_not_changed() {
    let session = owner(Interface::Cgi);
    let before = fs::read(session.site.config()).unwrap();
    let cookie = log_in(&session.site, PASSWORD).unwrap();
    let send = |request: &Request| {
        session
            .site
            .cgi_with(&request.clone().header("Cookie", &cookie), &[], |command| {
                command
                    .env("TB_PUBLISH", "none")
                    .env("TB_TIME_ZONE", "Asia/Tokyo");
            })
    };
    let page = send(&Request::get("__mode=settings")).expect(200);
    assert!(page.text().contains("<code>TB_PUBLISH</code>"), "{page}");
    assert_eq!(page.text().matches(" disabled>").count(), 2, "{page}");
    let form = find_form(&page, "settings")
        .with("publish", "all")
        .with("current", PASSWORD);
    send(&form.request()).expect(303);
    assert_eq!(fs::read(session.site.config()).unwrap(), before);
}
