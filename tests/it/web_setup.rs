//! The set-up in a browser: who gets in, what it writes, and when it is over.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

use crate::support::form::forms;
use crate::support::http::Reply;
use crate::support::request::Request;
use crate::support::site::{PASSWORD, Site};
use crate::support::visitor::find_form;
use crate::support::web_setup::{PHRASE, PHRASE_FILE, all, answered, bare, look, upload};
use crate::support::{give_to_owner, set_mode, write};

/// A program that is not set up, with the owner's phrase beside it.
fn site() -> Site {
    let site = Site::new();
    bare(&site);
    upload(&site, PHRASE);
    site
}

/// The page that asks for confirmation.
fn reviewed(site: &Site) -> Reply {
    let page = site.cgi(&look(PHRASE)).expect(200);
    site.cgi(&answered(&page, &site.data_dir()).request())
        .expect(200)
}

/// The request that writes.
fn confirmed(site: &Site) -> Request {
    find_form(&reviewed(site), "setup").request()
}

fn mode(site: &Site, name: &str) -> u32 {
    fs::metadata(site.path(name)).unwrap().permissions().mode() & 0o7777
}

#[test]
fn a_set_up_asks_shows_writes_and_is_over() {
    let site = site();
    let before = all(&site);
    let start = site.cgi(&Request::get("")).expect(200);
    assert!(start.text().contains("tb-setup.txt"), "{start}");
    assert!(
        !start.text().contains(PHRASE) && !start.text().contains("/tmp/"),
        "{start}"
    );
    let asked = site.cgi(&look(&format!("  {PHRASE}\r\n"))).expect(200);
    let form = find_form(&asked, "setup");
    assert_eq!(
        form.value("base_url"),
        Some("http://127.0.0.1/cgi-bin/tb.cgi")
    );
    assert_eq!(form.value("site"), Some("http://127.0.0.1/"));
    let review = reviewed(&site);
    for words in [
        "base_url = &#34;http://127.0.0.1/cgi-bin/tb.cgi&#34;",
        "password = &#34;$argon2id$",
        site.data_dir().to_str().unwrap(),
        ".htaccess",
    ] {
        assert!(review.text().contains(words), "{words}: {review}");
    }
    assert!(!review.text().contains(PASSWORD), "{review}");
    assert_eq!(all(&site), before, "nothing is written before it was shown");
    let done = site.cgi(&find_form(&review, "setup").request()).expect(200);
    assert!(done.text().contains("is set up"), "{done}");
    assert!(done.text().contains("</code> is not HTTPS"), "{done}");
    assert!(
        done.text().contains("__mode=login&#38;to=moderate"),
        "{done}"
    );
    assert_eq!(done.header("Set-Cookie"), None, "a set-up is no log-in");
    for (name, expected) in [
        ("data", 0o700),
        ("data/.secret", 0o600),
        ("data/.htaccess", 0o644),
        ("www/cgi-bin/tb.toml", 0o600),
        ("www/cgi-bin/.htaccess", 0o644),
        ("www/cgi-bin/header.txt", 0o644),
        ("www/cgi-bin/footer.txt", 0o644),
    ] {
        assert_eq!(mode(&site, name), expected, "{name}");
    }
    let names: Vec<String> = fs::read_dir(site.path("www/cgi-bin"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| {
            !["tb.cgi", "tb.toml", ".htaccess", "header.txt", "footer.txt"].contains(&name.as_str())
        })
        .collect();
    assert_eq!(
        names,
        Vec::<String>::new(),
        "the phrase and what was counted are gone"
    );
    assert!(crate::support::scenario::log_in(&site, PASSWORD).is_some());
    let reply = site.cgi(&Request::ping("entry", "http://weblog.example/1"));
    assert!(reply.text().contains("<error>0</error>"), "{reply}");
}

#[test]
fn s5_once_there_is_a_configuration_the_set_up_never_opens() {
    let site = site();
    let request = confirmed(&site);
    site.cgi(&request).expect(200);
    upload(&site, PHRASE);
    let config = fs::read(site.config()).unwrap();
    let closed = |what: &str| {
        for request in [
            &request,
            &look(PHRASE),
            &Request::get("__mode=setup"),
            &Request::get(""),
        ] {
            let (reply, _) = site.cgi_and_log(request, |_| {});
            assert!(!reply.text().contains("value=\"setup\""), "{what}: {reply}");
            assert!(!reply.text().contains("is set up"), "{what}: {reply}");
        }
        assert!(site.path(PHRASE_FILE).exists());
    };
    closed("set up");
    assert_eq!(fs::read(site.config()).unwrap(), config);
    // One that cannot be used is one, too.
    for text in ["", "[[[", "base_url = 3\n"] {
        fs::write(site.config(), text).unwrap();
        closed(text);
        assert_eq!(fs::read_to_string(site.config()).unwrap(), text);
    }
    set_mode(&site.config(), 0o000);
    closed("not readable");
    // So is a link whose target is away.
    fs::remove_file(site.config()).unwrap();
    symlink(site.path("away"), site.config()).unwrap();
    closed("a link");
    fs::remove_file(site.config()).unwrap();
    site.cgi(&look(PHRASE)).expect(200);
}

#[test]
fn what_the_environment_configures_is_not_set_up_in_a_browser() {
    let site = site();
    let before = all(&site);
    for (name, value) in [
        ("TB_CONFIG", "/nowhere/tb.toml"),
        ("TB_DATA_DIR", "/nowhere/data"),
        ("TB_PASSWORD", "$argon2id$x"),
        ("TB_NONSENSE", "x"),
    ] {
        for request in [Request::get(""), look(PHRASE)] {
            let (reply, log) = site.cgi_and_log(&request, |command| {
                command.env(name, value);
            });
            assert!(log.starts_with("tb: "), "{name}: {log}");
            assert_eq!(reply.status, 500, "{name}: {reply}");
            assert!(!reply.text().contains("value=\"setup\""), "{name}: {reply}");
        }
    }
    assert_eq!(all(&site), before);
}

#[test]
fn s5_the_set_up_opens_to_nobody_who_cannot_upload_a_file() {
    let site = site();
    let path = site.path(PHRASE_FILE);
    let request = confirmed(&site);
    let refused = |what: &str| {
        let before = all(&site);
        for request in [&request, &look(PHRASE)] {
            let reply = site.cgi(request);
            assert_eq!(reply.status, 403, "{what}: {reply}");
            assert!(!reply.text().contains("/tmp/"), "{what}: {reply}");
            assert_eq!(forms(reply.text()).len(), 1, "{what}");
            assert_eq!(
                forms(reply.text())[0].value("base_url"),
                None,
                "{what}: {reply}"
            );
        }
        assert_eq!(all(&site), before, "{what}");
        assert!(
            !site.config().exists() && !site.data_dir().exists(),
            "{what}"
        );
    };
    fs::remove_file(&path).unwrap();
    refused("no file");
    for (what, phrase) in [
        ("empty", ""),
        ("white space", " \n\t  \u{FEFF}                "),
        ("3 characters", "abc"),
        ("11 characters", "abcdefghijk"),
        ("11 characters and white space", "  abcdefghijk \r\n\r\n"),
        ("too large", &"x".repeat(5000)),
    ] {
        upload(&site, phrase);
        refused(what);
    }
    fs::write(&path, b"a phrase of my own \xFF").unwrap();
    refused("not UTF-8");
    upload(&site, PHRASE);
    for open in [0o666, 0o646, 0o664, 0o620] {
        set_mode(&path, open);
        refused("writable for others");
    }
    set_mode(&path, 0o000);
    refused("not readable");
    set_mode(&path, 0o644);
    fs::rename(&path, site.path("www/phrase")).unwrap();
    symlink(site.path("www/phrase"), &path).unwrap();
    refused("a symbolic link");
    fs::remove_file(&path).unwrap();
    fs::hard_link(site.path("www/phrase"), &path).unwrap();
    refused("a hard link");
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    refused("a folder");
    fs::remove_dir(&path).unwrap();
    rustix::fs::mknodat(
        rustix::fs::CWD,
        &path,
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::from_raw_mode(0o644),
        0,
    )
    .unwrap();
    refused("a FIFO");
    fs::remove_file(&path).unwrap();
    upload(&site, PHRASE);
    if rustix::process::geteuid().is_root() {
        std::os::unix::fs::chown(&path, Some(12_345), None).unwrap();
        refused("another user's file");
        give_to_owner(&path);
    }
    site.cgi(&look(PHRASE)).expect(200);
}

#[test]
fn s5_guessing_the_phrase_is_throttled() {
    let site = site();
    let from = |request: &Request, address: &str| {
        site.cgi_with(request, &[], |command| {
            command.env("REMOTE_ADDR", address);
        })
    };
    let wrong = [
        "",
        "x",
        "a phrase of my ow",
        "a phrase of my own.",
        "A phrase of my own",
    ];
    for phrase in wrong {
        let reply = from(&look(phrase), "203.0.113.1");
        assert_eq!(reply.status, 403, "{phrase}: {reply}");
        assert!(!reply.text().contains("base_url"), "{reply}");
    }
    // The right phrase, too: a reply that differs would go on telling which one it is.
    for phrase in ["y", PHRASE] {
        let reply = from(&look(phrase), "203.0.113.200");
        assert_eq!(reply.status, 429, "{phrase}: {reply}");
        assert!(reply.header("Retry-After").is_some(), "{reply}");
    }
    // Somebody else is not held up, and a right phrase costs nothing.
    for _ in 0..8 {
        assert_eq!(from(&look(PHRASE), "198.51.100.7").status, 200);
    }
}

#[test]
fn s5_where_no_attempt_can_be_counted_each_takes_time() {
    let site = site();
    set_mode(&site.path("www/cgi-bin"), 0o555);
    let started = std::time::Instant::now();
    site.cgi(&look("wrong wrong wrong")).expect(403);
    assert!(started.elapsed() >= std::time::Duration::from_secs(1));
    site.cgi(&look(PHRASE)).expect(200);
    set_mode(&site.path("www/cgi-bin"), 0o755);
}

#[test]
fn s8_a_hostile_host_is_suggested_to_nobody() {
    let site = site();
    for host in [
        "evil.example/x",
        "evil.example?x",
        "user@evil.example",
        "evil.example\"><script>alert(1)</script>",
        "evil.example\r\nX: y",
        "evil example",
        "evil.example:99999",
        "",
        ":80",
        "[::1",
        "\u{202E}evil.example",
        &"x".repeat(300),
    ] {
        let request = look(PHRASE);
        let reply = site.cgi_with(&request, &[], |command| {
            command.env("HTTP_HOST", host).env_remove("SERVER_NAME");
        });
        assert_eq!(reply.status, 200, "{host}: {reply}");
        assert_eq!(
            find_form(&reply, "setup").value("base_url"),
            Some(""),
            "{host}"
        );
        let review = site
            .cgi(&answered(&reply, &site.data_dir()).request())
            .expect(200);
        assert!(!review.text().contains("evil"), "{host}: {review}");
    }
    for (https, host, expected) in [
        ("on", "blog.example", "https://blog.example/cgi-bin/tb.cgi"),
        (
            "off",
            "blog.example:8080",
            "http://blog.example:8080/cgi-bin/tb.cgi",
        ),
        (
            "on",
            "[2001:db8::1]",
            "https://[2001:db8::1]/cgi-bin/tb.cgi",
        ),
    ] {
        let reply = site.cgi_with(&look(PHRASE), &[], |command| {
            command.env("HTTP_HOST", host).env("HTTPS", https);
        });
        assert_eq!(find_form(&reply, "setup").value("base_url"), Some(expected));
    }
    for (name, value) in [
        ("SCRIPT_NAME", ""),
        ("SCRIPT_NAME", "tb.cgi"),
        ("SCRIPT_NAME", "//evil.example/tb.cgi"),
        ("SCRIPT_NAME", "/a\nb"),
    ] {
        let reply = site.cgi_with(&look(PHRASE), &[], |command| {
            command.env(name, value);
        });
        assert_eq!(
            find_form(&reply, "setup").value("base_url"),
            Some(""),
            "{value}"
        );
    }
}

#[test]
fn an_answer_that_makes_no_sense_is_asked_again_and_nothing_is_made() {
    let site = site();
    let page = site.cgi(&look(PHRASE)).expect(200);
    let form = answered(&page, &site.data_dir());
    let before = all(&site);
    let program = site.path("www/cgi-bin").display().to_string();
    for (name, value, words) in [
        ("base_url", "", "URL of this program"),
        ("base_url", "javascript:alert(1)", "URL of this program"),
        ("base_url", "https://blog.example/tb.cgi?x", "neither"),
        ("site", "blog.example", "Your site"),
        ("data_dir", "", "begins with /"),
        ("data_dir", "tb-data", "begins with /"),
        ("data_dir", "/proc/tb-data", "cannot make"),
        ("data_dir", "/usr/tb-data", "cannot make"),
        ("data_dir", "/dev/null/x", "cannot make"),
        ("data_dir", &program, "a folder of its own"),
        ("data_dir", "/tmp/a\nb\u{1}", "begins with /"),
        ("rss_dir", "/usr/feeds", "cannot make"),
        ("publish", "sometimes", "Publish"),
        ("time_zone", "Mars/Olympus", "time zone"),
        ("language", "tlh", "Language"),
        ("language", "ja\"\nthrottle = \"off", "Language"),
        ("notify", "not an address", "Mail to: expected one address"),
        ("notify", "a@b.example\"\nthrottle = \"off", "Mail to"),
        ("notify", "-oQ/tmp@example.org", "Mail to"),
        ("password", "short", "at least 8"),
        ("again", "another password", "differ"),
    ] {
        let reply = site.cgi(&form.clone().with(name, value).request());
        assert_eq!(reply.status, 400, "{name} {value:?}: {reply}");
        assert!(reply.text().contains(words), "{name} {value:?}: {reply}");
        find_form(&reply, "setup");
    }
    // Neither is a hash that none is.
    let review = find_form(&reviewed(&site), "setup");
    for hash in ["x", "$argon2id$\n[x]", "$argon2id$\u{e9}"] {
        let reply = site.cgi(&review.clone().with("hash", hash).request());
        assert_eq!(reply.status, 400, "{hash}: {reply}");
    }
    assert_eq!(all(&site), before);
}

#[test]
fn where_the_program_cannot_write_it_shows_what_to_upload() {
    let site = site();
    let folder = site.path("www/cgi-bin");
    set_mode(&folder, 0o555);
    let before = all(&site);
    let review = reviewed(&site);
    assert_eq!(all(&site), before);
    assert!(review.text().contains("Upload this"), "{review}");
    assert!(!review.text().contains("value=\"setup\""), "{review}");
    set_mode(&folder, 0o755);
    let text = review
        .text()
        .replace("&#34;", "\"")
        .replace("&#60;", "<")
        .replace("&#62;", ">");
    let start = text.find("# The configuration of tb.").expect("tb.toml");
    let config = text[start..].split("</pre>").next().unwrap();
    write(&site.config(), config);
    set_mode(&site.config(), 0o600);
    give_to_owner(&site.config());
    fs::create_dir(site.data_dir()).unwrap();
    set_mode(&site.data_dir(), 0o700);
    give_to_owner(&site.data_dir());
    let reply = site.cgi(&Request::ping("entry", "http://weblog.example/1"));
    assert!(reply.text().contains("<error>0</error>"), "{reply}");
    assert!(crate::support::scenario::log_in(&site, PASSWORD).is_some());
}

#[test]
fn of_two_set_ups_at_the_same_time_one_is_done() {
    for _ in 0..3 {
        let site = site();
        let requests = ["http://one.example/", "http://two.example/"].map(|url| {
            let page = site.cgi(&look(PHRASE)).expect(200);
            let form = answered(&page, &site.data_dir()).with("base_url", url);
            let review = site.cgi(&form.request()).expect(200);
            find_form(&review, "setup").request()
        });
        let statuses: Vec<u16> = std::thread::scope(|scope| {
            let running = requests.each_ref().map(|request| {
                let site = &site;
                scope.spawn(move || site.cgi(request).status)
            });
            running.map(|thread| thread.join().unwrap()).to_vec()
        });
        let done = statuses.iter().filter(|status| **status == 200).count();
        assert_eq!(done, 1, "{statuses:?}");
        let winner = if statuses[0] == 200 { "one" } else { "two" };
        let text = fs::read_to_string(site.config()).unwrap();
        assert!(
            text.contains(&format!("http://{winner}.example/")),
            "{text}"
        );
        site.tb(&["list"]);
    }
}

#[test]
fn what_is_there_already_stays() {
    let site = site();
    let cgi_bin = site.path("www/cgi-bin");
    write(&cgi_bin.join("header.txt"), "my header");
    write(&cgi_bin.join(".htaccess"), "Options +ExecCGI");
    give_to_owner(&cgi_bin.join(".htaccess"));
    // Of a set-up that was killed.
    let left = cgi_bin.join(".tb.toml.0123456789abcdef.tmp");
    write(&left, "half");
    give_to_owner(&left);
    site.cgi(&confirmed(&site)).expect(200);
    assert_eq!(
        fs::read_to_string(cgi_bin.join("header.txt")).unwrap(),
        "my header"
    );
    let htaccess = fs::read_to_string(cgi_bin.join(".htaccess")).unwrap();
    assert!(
        htaccess.starts_with("Options +ExecCGI\n# tb:"),
        "{htaccess}"
    );
    assert!(htaccess.contains("tb-setup"), "{htaccess}");
    assert!(!left.exists());
    let owner = fs::metadata(site.config()).unwrap().uid();
    assert_eq!(owner, fs::metadata(&cgi_bin).unwrap().uid());
}

#[test]
fn a_program_that_is_not_set_up_accepts_no_ping_and_makes_no_file() {
    let site = site();
    let before = all(&site);
    let reply = site.cgi(&Request::ping("entry", "http://weblog.example/1"));
    assert!(reply.text().contains("<error>1</error>"), "{reply}");
    assert!(!reply.text().contains("/tmp/"), "{reply}");
    for query in ["", "__mode=list&tb_id=entry", "__mode=moderate", "x=%FF"] {
        for method in ["GET", "HEAD"] {
            let reply = site.cgi(&Request::new(method).query(query).path("/entry"));
            assert_eq!(reply.status, 200, "{query}");
            assert_eq!(reply.header("Cache-Control"), Some("no-store"));
        }
    }
    let feed = site.cgi(&Request::get("__mode=rss&tb_id=entry"));
    assert!(feed.text().contains("<error>1</error>"), "{feed}");
    for body in [
        &b"\xFF\xFE"[..],
        b"",
        b"__mode=setup",
        b"__mode=setup&step=write",
    ] {
        let reply = site.cgi(&Request::post_bytes(body));
        assert!(!reply.text().contains("base_url"), "{reply}");
    }
    for method in ["PUT", "DELETE", "OPTIONS"] {
        let reply = site.cgi(&Request::new(method).query("__mode=setup"));
        assert_eq!(reply.status, 500, "{reply}");
    }
    // The phrase is taken from the body only.
    let query = format!("__mode=setup&step=look&phrase={}", PHRASE.replace(' ', "+"));
    let reply = site.cgi(&Request::post(&[]).query(&query));
    assert!(!reply.text().contains("base_url"), "{reply}");
    assert_eq!(all(&site), before);
}

#[test]
fn s2_as_root_nothing_of_another_users_is_set_up() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let site = site();
    let reply = site.cgi_with(&look(PHRASE), &[], |command| {
        let mut as_root = std::process::Command::new(site.executable());
        as_root
            .env_clear()
            .current_dir("/")
            .envs(look(PHRASE).environment());
        std::mem::swap(command, &mut as_root);
    });
    assert_eq!(reply.status, 503, "{reply}");
    assert!(reply.text().contains("belongs to another user"), "{reply}");
    assert!(!site.config().exists());
}
