//! The owner's pages for what is otherwise done in the shell: bans, known domains, the check, the backup, the settings.

use std::fs;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::support::form::forms;
use crate::support::owner_session::{Interface, OwnerSession, own, ping};
use crate::support::request::Request;
use crate::support::scenario::log_in;
use crate::support::site::{PASSWORD, Site};
use crate::support::snapshot::Snapshot;
use crate::support::visitor::find_form;
use crate::support::{give_to_owner, program, set_mode, write};

const INTERFACES: [Interface; 2] = [Interface::Cgi, Interface::Serve];

/// The pages, each with what its form sends to change something.
const PAGES: [(&str, &[(&str, &str)]); 6] = [
    ("bans", &[("what", "spam.example")]),
    ("bans", &[("remove", "domain old.example")]),
    ("domains", &[("what", "friend.example")]),
    ("check", &[]),
    ("backup", &[]),
    ("settings", &[("publish", "all"), ("current", PASSWORD)]),
];

fn owner(interface: Interface) -> OwnerSession {
    let waiting = ping(1, "2026-11-01T05:00:00Z", "held", "unknown-domain");
    let session = OwnerSession::with(interface, &[("entry", vec![waiting])]);
    let bans = session.site.data_dir().join(".bans");
    write(&bans, "domain old.example\n");
    set_mode(&bans, 0o600);
    session
}

/// All that must not change when a request is refused.
fn standing(site: &Site) -> Snapshot {
    let mut all = Snapshot::of(&[&site.path("")]);
    all.retain(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        !name.starts_with(".lock-") && name != ".throttle" && !path.is_dir()
    });
    all
}

#[test]
fn s5_each_page_needs_a_session_and_each_change_its_token() {
    for interface in INTERFACES {
        let mut session = owner(interface);
        let other = log_in(&session.site, PASSWORD).unwrap();
        let page = session
            .site
            .cgi(&Request::get("__mode=bans").header("Cookie", &other));
        let foreign = find_form(&page, "bans").value("token").unwrap().to_owned();
        let own_token = session.token();
        let before = standing(&session.site);
        for (mode, fields) in PAGES {
            let post = |token: &str| {
                let mut all = vec![("__mode", mode), ("token", token)];
                all.extend(fields);
                Request::post(&all)
            };
            let get = Request::get(&format!("__mode={mode}"));
            for request in [&get, &post(&own_token), &post("")] {
                let reply = session.stranger(request);
                assert_eq!(reply.status, 403, "{mode}: {reply}");
                assert!(!reply.text().contains("old.example"), "{mode}: {reply}");
                assert!(reply.text().contains("do_login"), "{mode}: {reply}");
            }
            for token in [foreign.as_str(), "", "x"] {
                let reply = session.send(&post(token));
                assert_eq!(reply.status, 403, "{mode} {token}: {reply}");
            }
            // A GET shows the page, whatever it has.
            let query: Vec<String> = fields
                .iter()
                .chain(&[("token", own_token.as_str())])
                .map(|(name, value)| format!("{name}={}", value.replace(' ', "+")))
                .collect();
            let reply = session
                .send(&Request::get(&format!("__mode={mode}&{}", query.join("&"))))
                .expect(200);
            assert_eq!(reply.header("Cache-Control"), Some("no-store"), "{mode}");
            assert!(reply.body.len() < 30_000, "{mode}: {}", reply.body.len());
            let posted_elsewhere = post(&own_token).query("__mode=moderate");
            let reply = session.stranger(&posted_elsewhere);
            assert_eq!(reply.status, 403, "{mode}: {reply}");
            assert_eq!(standing(&session.site), before, "{interface:?} {mode}");
        }
        for method in ["PUT", "DELETE", "OPTIONS"] {
            let reply = session.send(&Request::new(method).query("__mode=settings"));
            assert_eq!(reply.status, 405, "{method}: {reply}");
        }
        for mode in [
            "Settings",
            "settings ",
            "ban",
            "unban",
            "look_again",
            "config",
            "check%00",
        ] {
            let reply = session.stranger(&Request::get(&format!("__mode={mode}")));
            assert_eq!(reply.status, 400, "{mode}: {reply}");
        }
        assert_eq!(standing(&session.site), before, "{interface:?}");
    }
}

#[test]
fn one_navigation_is_on_all_of_the_owners_pages_and_on_no_strangers() {
    let mut session = owner(Interface::Cgi);
    let pages = [
        "moderate",
        "send_form",
        "domains",
        "bans",
        "check",
        "backup",
        "settings",
    ];
    for query in [
        "",
        "__mode=list",
        "__mode=list&tb_id=entry",
        "__mode=logout",
    ]
    .into_iter()
    .map(str::to_owned)
    .chain(pages.map(|mode| format!("__mode={mode}")))
    {
        let page = session.page(&query);
        for mode in pages {
            assert!(
                page.contains(&format!("?__mode={mode}\"")),
                "{query}: {mode}"
            );
        }
        let current = page.matches("aria-current=\"page\">").count();
        let is_one = pages.iter().any(|mode| query == format!("__mode={mode}"));
        let tabs = usize::from(query == "__mode=moderate");
        assert_eq!(current, usize::from(is_one) + tabs, "{query}");
        let seen = session.stranger(&Request::get(&query));
        assert!(!seen.text().contains("__mode=settings"), "{query}");
    }
    let out = session.change("logout", &[]).expect(200);
    assert!(!out.text().contains("__mode=settings"), "{out}");
}

#[test]
fn a_login_leads_to_the_page_that_was_asked_for() {
    let session = owner(Interface::Cgi);
    for mode in ["domains", "bans", "check", "backup", "settings"] {
        let page = session.site.cgi(&Request::get(&format!("__mode={mode}")));
        assert_eq!(find_form(&page, "do_login").value("to"), Some(mode));
    }
}

#[test]
fn bans_are_made_and_lifted_on_their_page() {
    for interface in INTERFACES {
        let mut session = owner(interface);
        for (fields, line) in [
            (
                vec![("what", " https://www.spam.example/x ")],
                "domain spam.example",
            ),
            (vec![("what", "203.0.113.0/24")], "address 203.0.113.0/24"),
            (vec![("what", "2001:db8::1")], "address 2001:db8::1"),
            (
                vec![("what", "cheap  pills"), ("kind", "word")],
                "word cheap pills",
            ),
            (
                vec![("what", "Bücher.example")],
                "domain xn--bcher-kva.example",
            ),
        ] {
            let page = session.change("bans", &fields).expect(200);
            assert!(page.text().contains(&format!("{line}: banned.")), "{page}");
            assert!(
                own(&session.site, ".bans").contains(&format!("{line}\n")),
                "{line}"
            );
            let lifted = session.change("bans", &[("remove", line)]).expect(200);
            assert!(lifted.text().contains("no longer banned"), "{lifted}");
            assert_eq!(own(&session.site, ".bans"), "domain old.example\n");
            let again = session.change("bans", &[("remove", line)]).expect(400);
            assert!(again.text().contains("not banned."), "{again}");
        }
        let page = session.change("bans", &[("what", "a.example"), ("days", "7")]);
        assert!(page.expect(200).text().contains("domain until "));
        assert!(own(&session.site, ".log").contains("\"by\":\"page\""));
    }
}

#[test]
fn s8_a_hostile_ban_bans_nothing_and_is_shown_as_text() {
    let mut session = owner(Interface::Cgi);
    let before = own(&session.site, ".bans");
    let markup = "<script>alert(1)</script>";
    let long = "x".repeat(10_000);
    for fields in [
        vec![("what", "")],
        vec![("what", " \t ")],
        vec![("what", markup)],
        vec![("what", "com")],
        vec![("what", "co.uk")],
        vec![("what", "127.0.0.1/0")],
        vec![("what", "a.example\nword e")],
        vec![("what", "a.example/../\"onclick=\"x")],
        vec![("what", "e"), ("kind", "word")],
        vec![("what", &long), ("kind", "word")],
        vec![("what", &long)],
        vec![("what", "a.example"), ("days", "0")],
        vec![("what", "a.example"), ("days", "-1")],
        vec![("what", "a.example"), ("days", "99999999999999999999")],
        vec![("what", "a.example"), ("days", "1e3")],
        vec![("remove", "")],
        vec![("remove", "domain nobody.example")],
        vec![("remove", "domain old.example\ndomain b.example")],
        vec![("remove", &long)],
        vec![],
    ] {
        let page = session.change("bans", &fields);
        assert_eq!(page.status, 400, "{fields:?}: {page}");
        assert!(!page.text().contains(markup), "{page}");
        assert_eq!(own(&session.site, ".bans"), before, "{fields:?}");
    }
    // One's own site.
    let host = "https://www.blog.example/about";
    session.site.set("site", "[\"https://blog.example/\"]");
    let page = session.change("bans", &[("what", host)]);
    assert_eq!((page.status, own(&session.site, ".bans")), (400, before));
    // Of many lines, and of lines that somebody wrote by hand, one page shows a part.
    let mut lines: String = (0..500).map(|n| format!("domain d{n}.example\n")).collect();
    lines.push_str(&format!("word {markup}\nword {long}\nnonsense {markup}\n"));
    write(&session.site.data_dir().join(".bans"), &lines);
    let first = session.page("__mode=bans");
    assert!(
        first.len() < 30_000 && !first.contains(markup),
        "{}",
        first.len()
    );
    assert!(first.contains(".bans</code>, line 503") && first.contains("d499.example"));
    let next = session.page("__mode=bans&page=1");
    assert!(next.contains("d440.example") && !next.contains("d499.example"));
    assert!(
        session
            .page("__mode=bans&page=99999999999")
            .contains("d0.example")
    );
    let form = forms(&first).into_iter().last().unwrap();
    assert_eq!(form.value("remove"), Some(&*format!("word {markup}")));
    let word = format!("word {markup}");
    session.change("bans", &[("remove", &word)]).expect(200);
    assert!(!own(&session.site, ".bans").contains(&format!("word {markup}\n")));
}

#[test]
fn domains_become_known_and_are_forgotten_on_their_page() {
    for interface in INTERFACES {
        let mut session = owner(interface);
        for (fields, line) in [
            (vec![("what", "friend.example")], "friend.example/"),
            (
                vec![("what", "https://medium.com/@me/post")],
                "medium.com/@me/",
            ),
            (
                vec![("what", "a.friend2.example"), ("whole", "yes")],
                "*.friend2.example",
            ),
        ] {
            let page = session.change("domains", &fields).expect(200);
            let told = format!("{line} is known from now on.");
            assert!(page.text().contains(&told), "{page}");
            assert!(own(&session.site, ".domains").contains(&format!("{line}\n")));
            let again = session.change("domains", &fields).expect(200);
            assert!(again.text().contains("was known already"), "{again}");
            let gone = session.change("domains", &[("remove", line)]).expect(200);
            assert!(gone.text().contains("is not known any more"), "{gone}");
            assert_eq!(own(&session.site, ".domains"), "");
        }
    }
}

#[test]
fn f12_what_everybody_has_a_part_of_is_not_approved_as_a_whole() {
    for interface in INTERFACES {
        let mut session = owner(interface);
        for what in ["com", "co.uk", "github.io", "*.co.uk"] {
            let page = session.change("domains", &[("what", what), ("whole", "yes")]);
            assert_eq!(page.status, 400, "{what}: {page}");
            assert!(
                page.text().contains("everybody's domains")
                    || page.text().contains("everybody&#39;s domains"),
                "{page}"
            );
            assert_eq!(own(&session.site, ".domains"), "", "{what}");
        }
    }
}

#[test]
fn f10_a_ban_says_what_is_approved_within_it() {
    let mut session = owner(Interface::Cgi);
    session
        .change("domains", &[("what", "https://friend.free.fr/post")])
        .expect(200);
    let page = session.change("bans", &[("what", "https://evil.free.fr/x")]);
    assert!(!page.text().contains("You have approved"), "{page}");
    let page = session.change("bans", &[("what", "free.fr")]).expect(200);
    let told = "You have approved friend.free.fr/: banned too.";
    assert!(page.text().contains(told), "{page}");
}

#[test]
fn s8_a_hostile_domain_approves_nobody() {
    let mut session = owner(Interface::Cgi);
    let long = format!("{}.example", "x".repeat(10_000));
    for what in [
        "",
        "<script>alert(1)</script>",
        "a b.example",
        "javascript:alert(1)",
        "https://user:secret@a.example/",
        "file:///etc/passwd",
        "*.",
        "entry/1",
        "a.example\n*.evil.example",
        &long,
    ] {
        let page = session.change("domains", &[("what", what)]);
        assert_eq!(page.status, 400, "{what}: {page}");
        assert!(!page.text().contains("<script>alert"), "{page}");
        assert_eq!(own(&session.site, ".domains"), "", "{what}");
    }
    write(
        &session.site.data_dir().join(".domains"),
        "\"onclick=\"x\n<b>\nfriend.example/\n",
    );
    let page = session.page("__mode=domains");
    assert!(
        page.contains("friend.example/") && !page.contains("<b>"),
        "{page}"
    );
    let reply = session.change("domains", &[("remove", "friend")]);
    assert_eq!(reply.status, 400, "{reply}");
}

#[test]
fn the_check_says_what_is_wrong_and_what_is_right() {
    let mut session = owner(Interface::Serve);
    session.site.tb(&["rebuild"]);
    let offered = session.page("__mode=check");
    assert!(!offered.contains("class=\"state"), "{offered}");
    let page = session.change("check", &[]).expect(200);
    for words in [
        "✓</span> The bans",
        "✓</span> The pings",
        "<code>base_url</code> is not HTTPS",
    ] {
        assert!(page.text().contains(words), "{words}: {page}");
    }
    write(&session.site.data_dir().join(".bans"), "nonsense <b>\n");
    set_mode(&session.site.data_dir(), 0o777);
    let page = session.change("check", &[]).expect(200);
    set_mode(&session.site.data_dir(), 0o700);
    assert!(page.text().contains(">Fault</span>"), "{page}");
    assert!(
        !page.text().contains("<b>") && !page.text().contains("✓</span> The bans"),
        "{page}"
    );
    assert!(page.body.len() < 30_000);
}

/// What a tar holds.
fn unpacked(site: &Site, archive: &[u8]) -> String {
    let file = site.path("down.tar");
    fs::write(&file, archive).unwrap();
    give_to_owner(&file);
    let output = Command::new(program("tar"))
        .arg("xOf")
        .arg(&file)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn s16_the_backup_is_what_the_shell_writes_and_holds_no_secret() {
    for interface in INTERFACES {
        let mut session = owner(interface);
        let config = fs::read_to_string(session.site.config()).unwrap();
        let secret = own(&session.site, ".secret");
        let key = secret.split('"').nth(3).unwrap();
        let reply = session.change("backup", &[]).expect(200);
        assert_eq!(reply.header("Content-Type"), Some("application/x-tar"));
        assert_eq!(reply.header("Cache-Control"), Some("no-store"));
        let name = reply.header("Content-Disposition").unwrap();
        assert!(
            name.starts_with("attachment; filename=\"tb-backup-20"),
            "{name}"
        );
        let length: usize = reply.header("Content-Length").unwrap().parse().unwrap();
        assert_eq!(length, reply.body.len());
        let text = unpacked(&session.site, &reply.body);
        assert!(
            text.contains("Title 1") && text.contains("old.example"),
            "{text}"
        );
        assert!(config.contains("$argon2id$") && key.len() == 64);
        for secret in ["$argon2", key] {
            assert!(!text.contains(secret), "{text}");
        }
        let other = Site::new();
        fs::copy(session.site.path("down.tar"), other.path("down.tar")).unwrap();
        give_to_owner(&other.path("down.tar"));
        let told = other.tb(&["restore", other.path("down.tar").to_str().unwrap()]);
        assert!(told.contains("restored the pings of 1 id"), "{told}");
        // Nothing is left of it.
        let names = fs::read_dir(session.site.data_dir()).unwrap();
        let left = names.filter(|name| {
            let name = name.as_ref().unwrap().file_name();
            name.to_string_lossy().contains("staged.tmp")
        });
        assert_eq!(left.count(), 0);
    }
}

#[test]
fn a_backup_while_pings_arrive_is_whole() {
    let mut session = owner(Interface::Serve);
    let stop = AtomicBool::new(false);
    let token = session.token();
    let visitor = Site::new();
    std::thread::scope(|scope| {
        let site = &session.site;
        let pings = scope.spawn(|| {
            let mut sent = 0;
            while !stop.load(Ordering::Relaxed) && sent < 200 {
                sent += 1;
                site.tb_with_input(&["list", "entry"], "");
                site.cgi(&Request::ping("entry", &format!("http://w{sent}.example/")));
            }
            sent
        });
        stop.store(false, Ordering::Relaxed);
        let cookie = log_in(site, PASSWORD).unwrap();
        let page = site.cgi(&Request::get("__mode=backup").header("Cookie", &cookie));
        let form = find_form(&page, "backup");
        for _ in 0..10 {
            let reply = site
                .cgi(&form.request().header("Cookie", &cookie))
                .expect(200);
            fs::write(visitor.path("down.tar"), &reply.body).unwrap();
            give_to_owner(&visitor.path("down.tar"));
            let data = visitor.path("restored").to_str().unwrap().to_owned();
            visitor.tb(&[
                "restore",
                "--into",
                &data,
                visitor.path("down.tar").to_str().unwrap(),
            ]);
            fs::remove_dir_all(&data).unwrap();
        }
        stop.store(true, Ordering::Relaxed);
        assert!(pings.join().unwrap() > 0);
    });
    assert!(!token.is_empty());
}
