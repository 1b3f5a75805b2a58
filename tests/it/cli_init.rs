//! `tb init`: what it makes, with which modes, and what it leaves alone.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};

use tb::internals::config::{AllowPrivate, Publish};

use crate::support::shell::Site;

const BASE: [&str; 6] = [
    "init",
    "--yes",
    "--base-url",
    "https://blog.example/cgi-bin/tb.cgi",
    // The default depends on the folders above.
    "--data-dir",
    "tb-data",
];

#[test]
fn init_by_flags_makes_an_installation_that_only_its_owner_can_read() {
    let site = Site::bare();
    let said = site.tb(&BASE).out();
    let config = site.config();
    assert_eq!(config.base_url.as_str(), BASE[3]);
    assert_eq!(config.publish, Publish::Known);
    assert_eq!(config.allow_private, AllowPrivate::No);
    assert!(config.submit);
    assert_eq!((&config.password, &config.rss_dir), (&None, &None));
    assert_eq!(
        config.data_dir,
        site.path("tb-data").canonicalize().unwrap()
    );
    for (name, mode) in [
        ("tb-data", 0o700),
        ("tb-data/.secret", 0o600),
        ("cgi-bin/tb.toml", 0o600),
        ("cgi-bin/.htaccess", 0o644),
        ("cgi-bin/header.txt", 0o644),
        ("cgi-bin/footer.txt", 0o644),
    ] {
        assert_eq!(site.mode(name), mode, "{name}");
    }
    assert!(site.read("cgi-bin/.htaccess").contains("tb\\.toml"));
    assert!(site.read("tb-data/.htaccess").contains("all denied"));
    assert!(said.contains("trackback:ping=\"https://blog.example/cgi-bin/tb.cgi/ID\""));
    assert!(
        said.contains("<link rel=\"trackback\" href=\"https://blog.example/cgi-bin/tb.cgi/ID\">")
    );
    assert!(said.contains("?__mode=list&amp;tb_id=ID\""));
    assert!(said.contains("tb passwd"));
    assert!(
        site.receive("entry", "url=https://a.example/")
            .contains("<error>0</error>")
    );
}

#[test]
fn init_says_what_comes_next_and_how_the_generators_templates_get_theirs() {
    for (file, generator) in [
        ("", ""),
        ("hugo.toml", "hugo"),
        ("_config.yml", "jekyll"),
        ("astro.config.ts", "astro"),
        ("cgi-bin/eleventy.config.js", "eleventy"),
        ("pelicanconf.py", "pelican"),
        ("wp-config.php", "wordpress"),
    ] {
        let site = Site::bare();
        if !file.is_empty() {
            site.write(file, "");
        }
        let said = site.tb(&BASE).out();
        for next in [
            "  tb passwd    sets the password",
            "  tb check     checks",
            "  tb ping --to https://blog.example/cgi-bin/tb.cgi/test --url https://blog.example/ --title Test\n",
            "Log in at https://blog.example/cgi-bin/tb.cgi?__mode=login\n",
            "*/10 * * * * TB_MODE=cli '",
        ] {
            assert!(said.contains(next), "{next}: {said}");
        }
        let command = format!("`tb snippet {generator}`");
        assert_eq!(said.contains(&command), !file.is_empty(), "{file}: {said}");
        assert_eq!(said.contains("trackback:ping="), file.is_empty(), "{said}");
        if !file.is_empty() {
            let snippet = site.tb(&["snippet", generator]);
            assert!(snippet.0.status.success(), "{:?}", snippet.0);
            let note = String::from_utf8(snippet.0.stderr).unwrap();
            assert!(note.contains("set `entry` or run"), "{note}");
        }
    }
}

#[test]
fn where_programs_run_as_another_user_the_folders_are_open_and_the_risk_is_told() {
    let site = Site::bare();
    let said = site
        .tb(&[&BASE[..], &["--other-user", "--rss-dir", "feeds"]].concat())
        .out();
    assert!(
        said.contains("open to every user of this machine"),
        "{said}"
    );
    for (name, mode) in [
        ("tb-data", 0o1777),
        ("feeds", 0o1777),
        ("cgi-bin/tb.toml", 0o644),
    ] {
        assert_eq!(site.mode(name), mode, "{name}");
    }
    // A key of the shell's user would be of no use to the web server's.
    assert!(!site.path("tb-data/.secret").exists());
}

#[test]
fn hostile_names_come_back_from_the_file_as_they_were_given() {
    for name in [
        "a\"b\\c'd",
        "a\nb\r\n\tc",
        "\"\"\"'''",
        "x\"\npassword = \"y",
        "\u{7f}\u{1}\u{202E}猫#",
        "${x} {y}",
    ] {
        let site = Site::bare();
        site.tb(&[&BASE[..], &["--site-name", name]].concat()).out();
        assert_eq!(site.config().site_name, name);
        assert_eq!(site.config().password, None);
    }
}

#[test]
fn an_installation_that_is_there_is_not_touched() {
    let site = Site::bare();
    site.write("cgi-bin/tb.toml", "mine");
    let said = site.tb(&BASE).failed(1);
    assert!(said.contains("exists already"), "{said}");
    assert_eq!(site.read("cgi-bin/tb.toml"), "mine");
    assert!(!site.path("tb-data").exists() && !site.path("cgi-bin/.htaccess").exists());
}

#[test]
fn s2_a_planted_link_at_tb_toml_is_not_written_through() {
    let site = Site::bare();
    std::os::unix::fs::symlink(site.path("victim"), site.path("cgi-bin/tb.toml")).unwrap();
    site.tb(&BASE).failed(1);
    assert!(!site.path("victim").exists());
}

#[test]
fn what_is_there_keeps_its_content_and_mode() {
    let site = Site::bare();
    site.write("cgi-bin/header.txt", "mine");
    site.write("cgi-bin/.htaccess", "Options +ExecCGI");
    fs::create_dir(site.path("tb-data")).unwrap();
    fs::set_permissions(site.path("tb-data"), fs::Permissions::from_mode(0o750)).unwrap();
    site.tb(&BASE).out();
    assert_eq!(site.read("cgi-bin/header.txt"), "mine");
    assert_eq!(site.mode("tb-data"), 0o750);
    let merged = site.read("cgi-bin/.htaccess");
    assert!(merged.starts_with("Options +ExecCGI\n# tb: "), "{merged}");
    fs::remove_file(site.path("cgi-bin/tb.toml")).unwrap();
    site.tb(&BASE).out();
    assert_eq!(site.read("cgi-bin/.htaccess"), merged);
}

#[test]
fn a_plan_that_makes_no_sense_makes_nothing() {
    let site = Site::bare();
    assert!(site.tb(&["init"]).failed(2).contains("--yes"));
    assert!(site.tb(&["init", "--yes"]).failed(2).contains("--base-url"));
    for (flag, value) in [
        ("--site", "ftp://x/"),
        ("--publish", "some"),
        ("--time-zone", "Mars/Olympus"),
        ("--config", "other.conf"),
    ] {
        site.tb(&[&BASE[..], &[flag, value]].concat()).failed(2);
    }
    let query = ["init", "--yes", "--base-url", "https://a.example/?x"];
    assert!(site.tb(&query).failed(1).contains("neither"));
    let names: Vec<_> = fs::read_dir(site.path("")).unwrap().collect();
    assert_eq!(names.len(), 1, "{names:?}");
    assert_eq!(fs::read_dir(site.path("cgi-bin")).unwrap().count(), 1);
}

#[test]
fn pings_below_a_web_root_are_warned_of() {
    let site = Site::bare();
    let said = site.tb(&[&BASE[..5], &["public_html/data"]].concat()).out();
    assert!(
        said.contains("looks like a folder that the web server serves"),
        "{said}"
    );
}

#[test]
fn what_the_superuser_makes_belongs_to_the_owner_of_the_place() {
    if !rustix::process::geteuid().is_root() {
        // Nobody else can give files away.
        return;
    }
    let site = Site::bare();
    for name in ["", "cgi-bin"] {
        chown(site.path(name), Some(12345), Some(12345)).unwrap();
    }
    site.tb(&[&BASE[..], &["--rss-dir", "a/feeds"]].concat())
        .out();
    for name in [
        "tb-data",
        "tb-data/.secret",
        "a",
        "a/feeds",
        "cgi-bin/tb.toml",
        "cgi-bin/.htaccess",
    ] {
        assert_eq!(
            fs::metadata(site.path(name)).unwrap().uid(),
            12345,
            "{name}"
        );
    }
}

#[test]
fn on_a_terminal_it_asks_and_a_wrong_answer_is_asked_again() {
    let site = Site::bare();
    let mut terminal = site.terminal(&["init", "--time-zone", "UTC", "--rss-dir", "feeds"]);
    terminal.answer("URL of this program: ", "tb.cgi");
    terminal.answer("Invalid value", "https://blog.example/tb.cgi");
    terminal.answer("Your site [https://blog.example/]: ", "");
    terminal.answer("Name of the site [blog.example]: ", "My \"weblog\"");
    terminal.answer("Folder for the pings [", "tb-data");
    terminal.answer("Publish [known]: ", "all");
    terminal.answer("You (me) or another user (other) [me]: ", "");
    terminal.answer("Password", "short");
    terminal.answer("Password", "correct horse");
    terminal.answer("The same again", "correct horse");
    let (seen, code) = terminal.end();
    assert_eq!(code, 0, "{seen}");
    assert!(
        !seen.contains("correct horse") && !seen.contains("short\r"),
        "{seen}"
    );
    let config = site.config();
    assert_eq!(config.site_name, "My \"weblog\"");
    assert_eq!(config.site[0].as_str(), "https://blog.example/");
    assert_eq!(config.publish, Publish::All);
    assert!(site.path("feeds").is_dir() && site.path("tb-data").is_dir());
    let hash = config.password.unwrap();
    assert!(tb::internals::web::session::check_password(&hash, "correct horse").unwrap());
}
