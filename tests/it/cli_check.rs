//! `tb check`: each fault is told with its cure, and a good installation has none.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::Command;

use crate::support::blog::{Blog, Script};
use crate::support::owner;
use crate::support::process::{as_owner, output};
use crate::support::shell::Site;

mod elsewhere;
mod home_page;
mod pages;

/// What it said, with each cure in the line of its finding.
fn with_cures_in_line(said: &str) -> String {
    said.replace("\n    ", ": ")
}

/// What `tb check --offline` says, and its exit code.
fn offline(site: &Site) -> (String, i32) {
    said(site.command(&["check", "--offline"]))
}

fn said(command: Command) -> (String, i32) {
    let ran = output(command);
    assert!(ran.stderr.is_empty(), "{ran:?}");
    (
        with_cures_in_line(&String::from_utf8(ran.stdout).unwrap()),
        ran.status.code().unwrap(),
    )
}

/// The same as the user who owns the installation: root uses no configuration that others can write.
fn offline_as_owner(site: &Site) -> (String, i32) {
    if let Some((uid, gid)) = owner() {
        let mut chown = Command::new("chown");
        chown.args(["-R", "-h", &format!("{uid}:{gid}")]);
        assert!(chown.arg(site.path("")).status().unwrap().success());
    }
    let mut command = site.command(&["check", "--offline"]);
    as_owner(&mut command);
    said(command)
}

/// The line of a finding, of the level that the exit code follows.
#[track_caller]
fn tells(site: &Site, level: &str, words: &str) -> String {
    tells_in(offline(site), level, words)
}

#[track_caller]
fn tells_in((said, code): (String, i32), level: &str, words: &str) -> String {
    let line = said.lines().find(|line| line.contains(words));
    let line = line.unwrap_or_else(|| panic!("no `{words}` in: {said}"));
    assert!(line.starts_with(&format!("{level}: ")), "{line}");
    assert_eq!(code, i32::from(level == "fault"), "{said}");
    line.to_owned()
}

fn edit(site: &Site, from: &str, to: &str) {
    let text = site.read("cgi-bin/tb.toml");
    assert!(text.contains(from), "{text}");
    site.write("cgi-bin/tb.toml", &text.replace(from, to));
}

#[test]
fn a_good_installation_has_no_findings() {
    let site = Site::with(&["--base-url", "https://blog.example/tb.cgi"]);
    edit(&site, "allow_private = true", "");
    edit(&site, "# entry = ", "entry = ");
    site.tb_reading(&["passwd"], b"correct horse\n").out();
    site.receive("foo", "url=https://a.example/");
    let good = "✓ The configuration\n✓ The folders and the files in them\n✓ The bans\n✓ The known domains\n\
                ✓ The checks of pages behind pings\n✓ The pings\n\
                ✓ Webmentions and TrackBacks of a page have one id\nNo problems found.\n";
    let said = site.tb(&["check", "--offline"]).out();
    let (folders, rest): (Vec<&str>, Vec<&str>) = said
        .split_inclusive('\n')
        .partition(|line| line.contains(" folder is on "));
    assert_eq!(rest.concat(), good);
    // Each machine has its own.
    let named = folders.iter().map(|line| line.rsplit_once(" on ").unwrap());
    let (before, names): (Vec<&str>, Vec<&str>) = named.unzip();
    assert_eq!(before, ["✓ The data folder is", "✓ The RSS folder is"]);
    assert!(names.iter().all(|name| name.trim().len() > 1), "{said}");
    let (notify, program) = ("# notify", "/bin/true");
    let config = site.read("cgi-bin/tb.toml");
    assert!(config.contains(notify), "{config}");
    let more = format!("{config}\nnotify = \"me@a.example\"\nsendmail = \"{program}\"\n");
    site.write("cgi-bin/tb.toml", &more);
    let said = site.tb(&["check", "--offline"]).out();
    assert!(said.contains("✓ The program that sends mail\n"), "{said}");
    assert_eq!(site.tb(&["check", "--offline", "--json"]).out(), "");
}

#[test]
fn a_fault_in_the_configuration_is_a_finding() {
    let site = Site::new();
    edit(&site, "publish =", "pubish =");
    tells(&site, "fault", "did you mean `publish`");
    let site = Site::new();
    edit(
        &site,
        "# time_zone = \"Europe/Paris\"",
        "time_zone = \"Mars\"",
    );
    tells(&site, "fault", "no zone is called `Mars`");
    fs::remove_file(site.path("cgi-bin/tb.toml")).unwrap();
    tells(&site, "fault", "tb init");
}

#[test]
fn a_syntax_error_in_the_configuration_keeps_its_lines() {
    let site = Site::new();
    edit(&site, "publish =", "publish = \u{1b}[2J");
    let (said, _) = offline(&site);
    assert!(said.contains("|            ^\n"), "{said}");
    assert!(
        !said.contains("\\u{a}") && !said.contains('\u{1b}'),
        "{said}"
    );
    assert!(said.contains("has a control character (U+001B)"), "{said}");
}

#[test]
fn findings_are_one_json_object_a_line() {
    let ran = Site::new().tb(&["check", "--offline", "--json"]);
    for line in ran.out().lines() {
        let finding: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(finding["level"], "warning", "{line}");
        assert!(
            finding["message"].is_string() && finding["cure"].is_string(),
            "{line}"
        );
    }
}

#[test]
fn what_may_be_meant_is_a_warning() {
    let site = Site::new();
    tells(&site, "warning", "not HTTPS");
    tells(&site, "warning", "no password is set");
    tells(&site, "warning", "`allow_private`");
    fs::remove_file(site.path("cgi-bin/footer.txt")).unwrap();
    tells(&site, "warning", "footer.txt");
    fs::set_permissions(site.path("data"), fs::Permissions::from_mode(0o1777)).unwrap();
    tells(&site, "warning", "add files");
    site.write("cgi-bin/tb-setup.txt", "a phrase of my own");
    tells(&site, "warning", "the phrase of the set-up");
    let late = r#"{"tb_id":"foo","number":1,"next":"2020-01-01T00:00:00Z"}"#;
    site.write("data/.queue", &format!("{late}\n"));
    tells(&site, "warning", "checked more than an hour ago");
    site.write("data/notes.txt", "x");
    tells(&site, "warning", "not a file of this program");
}

#[test]
fn f10_an_origin_of_many_users_is_a_warning_where_a_password_is_set() {
    let own = None;
    for (base_url, folder) in [
        ("https://blog.example/tb.cgi", own),
        ("https://blog.example/cgi-bin/tb.cgi", own),
        ("https://blog.example/tb/tb.cgi", own),
        ("https://alice.github.io/tb.cgi", own),
        ("https://alice.free.fr/cgi-bin/tb.cgi", own),
        ("https://blogs.example/cgi-bin/tb.cgi", own),
        ("https://www.uni.edu/tb.cgi", own),
        ("https://blog.example/a~b/tb.cgi", own),
        ("https://host.example/~alice/tb.cgi", Some("/~alice/")),
        (
            "https://host.example/~alice/cgi-bin/tb.cgi",
            Some("/~alice/"),
        ),
        (
            "https://host.example/%7Ealice/cgi-bin/tb.cgi",
            Some("/%7Ealice/"),
        ),
        ("https://host.example:8443/~alice/tb.cgi", Some("/~alice/")),
        (
            "https://host.example/cgi-bin/cgiwrap/alice/tb.cgi",
            Some("/~alice/"),
        ),
        (
            "https://host.example/users/~alice/tb.cgi",
            Some("/users/~alice/"),
        ),
        ("https://perso.host.example/alice/tb.cgi", Some("/alice/")),
        (
            "https://host.example/users/alice/cgi-bin/tb.cgi",
            Some("/users/alice/"),
        ),
        ("https://www.uni.edu/alice/cgi-bin/tb.cgi", Some("/alice/")),
        ("https://geocities.jp/alice/tb.cgi", Some("/alice/")),
    ] {
        let site = Site::with(&["--base-url", base_url]);
        let shared = "one origin for many users";
        assert!(
            !offline(&site).0.contains(shared),
            "no password: {base_url}"
        );
        site.tb_reading(&["passwd"], b"correct horse\n").out();
        let (said, code) = offline(&site);
        assert_eq!(code, 0, "{said}");
        match folder {
            None => assert!(!said.contains("many users"), "{base_url}: {said}"),
            Some(folder) => {
                let line = tells(&site, "warning", shared);
                assert!(line.contains(&format!("`{folder}`")), "{base_url}: {line}");
            }
        }
    }
}

#[test]
fn f10_a_site_that_includes_the_pages_of_other_users_is_a_warning() {
    let others = "`site` includes pages of other users";
    for (base_url, pages, is_told) in [
        ("https://host.example/~alice/tb.cgi", "", false),
        (
            "https://host.example/~alice/tb.cgi",
            "https://host.example/~alice/blog/",
            false,
        ),
        (
            "https://host.example/~alice/tb.cgi",
            "https://alice.example/",
            false,
        ),
        (
            "https://host.example/~alice/tb.cgi",
            "https://host.example/",
            true,
        ),
        (
            "https://host.example/~alice/tb.cgi",
            "https://host.example/~bob/",
            true,
        ),
        ("https://perso.host.example/alice/tb.cgi", "", true),
        (
            "https://perso.host.example/alice/tb.cgi",
            "https://perso.host.example/alice/",
            false,
        ),
        ("https://blog.example/tb.cgi", "", false),
    ] {
        let mut flags = vec!["--base-url", base_url];
        if !pages.is_empty() {
            flags.extend(["--site", pages]);
        }
        let site = Site::with(&flags);
        let (said, code) = offline(&site);
        assert_eq!(code, 0, "{said}");
        assert_eq!(said.contains(others), is_told, "{base_url} {pages}: {said}");
    }
}

#[test]
fn f14_a_folder_in_which_anybody_can_remove_files_is_a_fault() {
    for (folder, mode, level) in [
        ("data", 0o777, "fault"),
        ("data", 0o773, "fault"),
        ("data", 0o1777, "warning"),
        ("tb", 0o777, "fault"),
        ("tb", 0o1777, "warning"),
    ] {
        let site = Site::new();
        fs::create_dir_all(site.path(folder)).unwrap();
        fs::set_permissions(site.path(folder), fs::Permissions::from_mode(mode)).unwrap();
        let words = match level {
            "fault" => "chmod 1777",
            _ => "everybody on this machine can",
        };
        tells(&site, level, words);
    }
}

#[test]
fn f14_what_others_can_do_in_the_folder_of_the_pings_is_said_as_it_is() {
    for (mode, words) in [
        (
            0o1770,
            "the members of its group can list, and add files to, `",
        ),
        (0o1730, "the members of its group can add files to `"),
        (0o750, "the members of its group can list `"),
        (
            0o710,
            "the members of its group can open files of known names in `",
        ),
        (
            0o770,
            "the members of its group can remove and replace the pings",
        ),
        (0o755, "others on this machine can list `"),
        (
            0o711,
            "others on this machine can open files of known names in `",
        ),
        (0o705, "others on this machine can list `"),
    ] {
        let site = Site::new();
        fs::set_permissions(site.path("data"), fs::Permissions::from_mode(mode)).unwrap();
        let line = tells(&site, "warning", &format!("(mode {mode:o})"));
        assert!(line.contains(words), "{line}");
    }
}

#[test]
fn a11_of_ten_thousand_foreign_files_a_few_are_named_and_the_rest_counted() {
    let site = Site::new();
    for number in 0..10_000 {
        fs::write(site.path(&format!("data/foreign{number}.txt")), "x").unwrap();
    }
    let (said, _) = offline(&site);
    assert!(said.len() < 8_000, "{} bytes", said.len());
    assert!(said.contains("9990 more findings like these"), "{said}");
}

#[test]
fn a8_the_scratch_file_is_gone_afterwards_and_what_a_killed_check_left_goes_with_the_next() {
    let site = Site::new();
    let left = || {
        let names = fs::read_dir(site.path("data")).unwrap();
        let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.filter(|name| name.contains("check")).count()
    };
    offline(&site);
    assert_eq!(left(), 0);
    for clean in [&["check", "--offline"][..], &["prune"]] {
        site.write("data/.check.tmp", "first\n");
        site.write("data/.check-renamed.tmp", "first\n");
        site.tb(clean);
        assert_eq!(left(), 0, "{clean:?}");
    }
}

#[test]
fn modes_that_let_others_in_are_faults() {
    let site = Site::new();
    fs::set_permissions(
        site.path("cgi-bin/tb.toml"),
        fs::Permissions::from_mode(0o666),
    )
    .unwrap();
    tells_in(offline_as_owner(&site), "fault", "others can change");
    let site = Site::new();
    fs::set_permissions(site.path("cgi-bin"), fs::Permissions::from_mode(0o777)).unwrap();
    tells_in(offline_as_owner(&site), "fault", "can change the files in");
    for (name, mode) in [
        ("header.txt", 0o666),
        ("footer.txt", 0o664),
        ("footer.txt", 0o646),
    ] {
        let site = Site::new();
        let path = format!("cgi-bin/{name}");
        site.write(&path, "<p>mine");
        fs::set_permissions(site.path(&path), fs::Permissions::from_mode(mode)).unwrap();
        let words = format!("{name}` (mode {mode:o})");
        let line = tells_in(offline_as_owner(&site), "fault", &words);
        assert!(line.contains("others can change"), "{line}");
    }
    let site = Site::new();
    fs::set_permissions(site.path("data/.secret"), fs::Permissions::from_mode(0o644)).unwrap();
    tells(&site, "fault", "create a session with it");
}

#[test]
fn s2_what_was_planted_is_a_fault() {
    let site = Site::new();
    site.receive("foo", "url=https://a.example/");
    symlink("/etc/passwd", site.path("data/bar.jsonl")).unwrap();
    let line = tells(&site, "fault", "a symbolic link");
    assert!(line.contains("bar.jsonl"), "{line}");
    let site = Site::new();
    fs::rename(site.path("data"), site.path("elsewhere")).unwrap();
    symlink("elsewhere", site.path("data")).unwrap();
    tells(&site, "fault", "a symbolic link");
    fs::remove_file(site.path("data")).unwrap();
    tells(&site, "fault", "cannot open the folder");
}

#[test]
fn damage_is_told_and_what_mends_itself_is_a_warning() {
    let site = Site::new();
    site.receive("foo", "url=https://a.example/");
    let whole = site.read("data/foo.jsonl");
    site.plant("foo", &format!("{whole}{{\"op\":\"pi"));
    tells(&site, "warning", "ends with an incomplete line");
    site.plant("foo", &format!("{whole}garbage\n"));
    tells(&site, "fault", "damaged lines, which are skipped: 1");
    site.plant("foo", &whole.replace(":\"20", ":\"29"));
    tells(&site, "warning", "from the future");
    site.plant("foo", &whole);
    site.write("tb/foo.xml", "stale");
    tells(&site, "warning", "such as `foo.xml`: run `tb rebuild`");
    fs::write(site.path("cgi-bin/header.txt"), b"\xFF").unwrap();
    tells(&site, "warning", "not UTF-8");
}

/// An installation whose `base_url` is on a peer of ours, and what `tb check` says with that peer.
fn online(peer: impl Fn(&Blog, &Site)) -> (String, i32) {
    let blog = Blog::start([]);
    let site = Site::with(&["--base-url", &blog.url("/tb.cgi")]);
    site.receive("foo", "url=https://a.example/");
    peer(&blog, &site);
    let ran = site.tb(&["check"]);
    assert!(ran.0.stderr.is_empty(), "{:?}", ran.0);
    let said = with_cures_in_line(&String::from_utf8(ran.0.stdout).unwrap());
    (said, ran.0.status.code().unwrap())
}

/// Plays what the program itself would answer.
fn play_program(blog: &Blog, site: &Site) {
    let mut command = site.command(&[]);
    command
        .env("GATEWAY_INTERFACE", "CGI/1.1")
        .env("REQUEST_METHOD", "GET")
        .env("QUERY_STRING", "__mode=rss&tb_id=foo");
    let response = String::from_utf8(command.output().unwrap().stdout).unwrap();
    let (_, body) = response.split_once("\r\n\r\n").unwrap();
    blog.play("/tb.cgi", Script::xml(body));
    blog.play("/tb/foo.xml", Script::xml(&site.read("tb/foo.xml")));
}

#[test]
fn a_program_that_answers_at_its_base_url_is_right() {
    let (said, code) = online(play_program);
    assert_eq!(code, 0, "{said}");
    assert!(
        !said.contains("tb.cgi") && !said.contains("foo.xml"),
        "{said}"
    );
}

#[test]
fn a_wrong_base_url_is_told_with_what_is_there_instead() {
    let html = "<p>Welcome";
    for (script, expected) in [
        (Script::status(404), "not found (404)"),
        (Script::status(403), "forbids it"),
        (Script::status(500), "HTTP error: 500"),
        (Script::html(html), "something else answers"),
        (
            Script::ok("application/octet-stream", b"\x7fELF"),
            "instead of running it",
        ),
        (Script::redirect(301, "/new"), "do not follow redirects"),
        (
            Script::xml("<response><error>0</error><rss/></response>"),
            "another installation answers",
        ),
        (
            Script::xml(
                "<response><error>1</error><message>no \u{1b}[2J room</message></response>",
            ),
            "with an error: no",
        ),
    ] {
        let (said, code) = online(|blog, _| {
            blog.play("/new", Script::html(html));
            blog.play("/tb.cgi", script.clone());
        });
        assert_eq!(code, 1, "{said}");
        assert!(
            said.contains(expected) && !said.contains('\u{1b}'),
            "{said}"
        );
    }
}

#[test]
fn s5_a_configuration_or_a_key_that_everybody_can_read_is_a_fault() {
    let (said, code) = online(|blog, site| {
        play_program(blog, site);
        blog.play(
            "/tb.toml",
            Script::ok("text/plain", site.read("cgi-bin/tb.toml").as_bytes()),
        );
    });
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("can read the configuration"), "{said}");
    // `data` lies beside `tb`, and `tb` is reached at `/tb/`.
    let (said, code) = online(|blog, site| {
        play_program(blog, site);
        blog.play(
            "/data/foo.jsonl",
            Script::ok("application/octet-stream", b"{"),
        );
        blog.play("/data/.secret", Script::ok("text/plain", b"{\"key\":1}"));
    });
    assert_eq!(code, 1, "{said}");
    assert_eq!(
        said.matches("the program's private files").count(),
        2,
        "{said}"
    );
    // A page that says that nothing is there is no such thing.
    let (said, code) = online(|blog, site| {
        play_program(blog, site);
        blog.play("/tb.toml", Script::html("<h1>Not here</h1>"));
        blog.play("/data/.secret", Script::html("<h1>Not here</h1>"));
    });
    assert_eq!(code, 0, "{said}");
}

#[test]
fn feeds_that_are_not_where_they_are_said_to_be_are_a_warning() {
    let (said, code) = online(|blog, site| {
        play_program(blog, site);
        blog.play("/tb/foo.xml", Script::status(404));
    });
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("set `rss_url`"), "{said}");
}

#[test]
fn a_server_that_cannot_be_reached_is_a_fault_unless_it_is_not_asked() {
    let site = Site::with(&["--base-url", "http://127.0.0.1:1/tb.cgi"]);
    let ran = site.tb(&["check"]);
    assert_eq!(ran.0.status.code(), Some(1));
    assert!(
        String::from_utf8(ran.0.stdout)
            .unwrap()
            .contains("use `--offline`")
    );
    assert_eq!(offline(&site).1, 0);
}
