//! `TB_<KEY>` in the environment, where there is no `tb.toml`: for `tb send` in a build, and the like.

use std::fs;
use std::process::{Command, Output, Stdio};

use tb::internals::config::KEYS;

use crate::support::blog::{Blog, Script};
use crate::support::{debug_binary, folder};

/// A good value of each key that has wrong ones, and a wrong one.
const VALUES: [(&str, &str, &str); 23] = [
    ("base_url", "https://me.example/tb.cgi", "me.example"),
    ("site", "https://me.example/", "me.example"),
    ("rss_url", "https://me.example/tb/", "tb"),
    ("static", "rss,atom", "rdf"),
    ("password", "$argon2id$v=19$x", "secret"),
    ("publish", "none", "some"),
    ("throttle", "off", "no"),
    ("allow_private", "true", "yes"),
    ("addresses", "full", "half"),
    ("frame_ancestors", "'self'", "a;b"),
    ("script_src", "https://me.example", "a b"),
    ("ids", "known", "some"),
    ("entry", "https://me.example/{id}/", "https://me.example/"),
    ("close_after", "90 days", "soon"),
    ("limits", "prefix 6,site 60", "prefix"),
    ("protocols", "trackback,webmention", "salmention"),
    ("proxies", "brid.gy", "https://brid.gy/"),
    ("reactions", "count", "some"),
    ("submit", "true", "yes"),
    ("language", "ja", "xx"),
    ("passphrase", "words", "two words"),
    ("notify", "me@example.org", "me"),
    (
        "base_url",
        "https://me.example/tb.cgi",
        "https://me.example/?x",
    ),
];

/// Any text is good.
const FREE: [&str; 10] = [
    "site_name",
    "data_dir",
    "rss_dir",
    "header",
    "footer",
    "time_zone",
    "sendmail",
    "ledger",
    "skip",
    "ping_hosts",
];

fn tb(variables: &[(&str, &str)], arguments: &[&str]) -> Output {
    let here = folder();
    fs::write(
        here.path().join("feed.xml"),
        "<rss version=\"2.0\"><channel><title>W</title></channel></rss>",
    )
    .unwrap();
    let mut command = Command::new(debug_binary());
    command
        .env_clear()
        .current_dir(here.path())
        .stdin(Stdio::null());
    command.envs(variables.iter().copied()).args(arguments);
    command.output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Commands that need no installation.
const COMMANDS: [&[&str]; 4] = [
    &["send", "feed.xml", "--dry-run"],
    &["sent"],
    &["discover", "http://127.0.0.1:1/"],
    &["snippet", "hugo"],
];

#[test]
fn every_key_is_read_without_a_file_and_a_wrong_value_is_named() {
    let mut keys: Vec<&str> = VALUES.iter().map(|(key, ..)| *key).chain(FREE).collect();
    keys.sort_unstable();
    keys.dedup();
    let mut all = KEYS.to_vec();
    all.sort_unstable();
    assert_eq!(keys, all, "a key is in neither table");
    for command in COMMANDS {
        for (key, good, wrong) in VALUES {
            let name = format!("TB_{}", key.to_ascii_uppercase());
            let output = tb(&[(&name, good)], command);
            let said_of_good = said(&output);
            assert!(
                !said_of_good.contains(&name) && !said_of_good.contains("data_dir"),
                "{command:?} {name}={good}: {output:?}"
            );
            let output = tb(&[(&name, wrong)], command);
            assert_eq!(
                output.status.code(),
                Some(1),
                "{command:?} {name}={wrong}: {output:?}"
            );
            assert!(
                said(&output).contains(&name),
                "{command:?} {name}={wrong}: {output:?}"
            );
        }
    }
}

#[test]
fn a_name_that_is_no_key_is_an_error_that_names_it() {
    for command in
        COMMANDS
            .iter()
            .copied()
            .chain([&["list"][..], &["check", "--offline"], &["serve"]])
    {
        for (name, near) in [
            ("TB_SKIPP", "`skip`"),
            ("TB_allow_private", "`allow_private`"),
            ("TB_X", "base_url"),
            ("TB_", ""),
        ] {
            let output = tb(&[(name, "x")], command);
            assert_eq!(output.status.code(), Some(1), "{command:?} {output:?}");
            let text = format!(
                "{}{}",
                said(&output),
                String::from_utf8_lossy(&output.stdout)
            );
            assert!(
                text.contains(&format!("{name}:")) && text.contains(near),
                "{command:?} {text}"
            );
        }
    }
}

#[test]
fn send_obeys_the_environment_where_there_is_no_installation() {
    let answer = Script::xml("<response><error>0</error></response>");
    let page = Script::html("<link rel=trackback href=/tb>");
    let peer = Blog::start_at(
        [127, 0, 0, 2],
        [("/x", page.clone()), ("/skipped", page), ("/tb", answer)],
    );
    let elsewhere = Script::html(&format!("<link rel=trackback href='{}'>", peer.url("/tb")));
    let far = Blog::start_at([127, 0, 0, 3], [("/x", elsewhere)]);
    let links = [peer.url("/x"), peer.url("/skipped"), far.url("/x")]
        .map(|url| format!("<p>before <a href='{url}'>it</a> after</p>"))
        .join("");
    let own = Blog::start_at([127, 0, 0, 9], [("/1", Script::html(&links))]);
    let here = folder();
    let feed = format!(
        "<rss version=\"2.0\"><channel><title>W</title><item><title>One</title><link>{}</link>\
         <description><![CDATA[{links}]]></description></item></channel></rss>",
        own.url("/1")
    );
    fs::write(here.path().join("feed.xml"), feed).unwrap();
    let skip = peer.url("/skipped");
    fs::create_dir(here.path().join("state")).unwrap();
    let output = Command::new(debug_binary())
        .env_clear()
        .current_dir(here.path())
        .envs([
            ("TB_ALLOW_PRIVATE", "true"),
            ("TB_SKIP", skip.as_str()),
            ("TB_PING_HOSTS", "127.0.0.2"),
            ("TB_THROTTLE", "off"),
            ("TB_LEDGER", "state/ledger.jsonl"),
        ])
        .args(["send", "feed.xml"])
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        text.contains("1 sent, 0 refused, 0 failed, 0 without a ping URL, 1 sent before to another URL of the page"),
        "{output:?}"
    );
    assert!(
        peer.requests()
            .iter()
            .all(|request| request.target != "/skipped")
    );
    assert!(here.path().join("state/ledger.jsonl").exists());
    assert!(!here.path().join("tb-sent.jsonl").exists());
}

#[test]
fn tb_config_that_names_no_file_is_an_error_of_every_command() {
    let here = folder();
    std::os::unix::fs::symlink("nowhere", here.path().join("dangling.toml")).unwrap();
    fs::write(
        here.path().join("feed.xml"),
        "<rss version=\"2.0\"><channel><title>W</title></channel></rss>",
    )
    .unwrap();
    let run = |file: &str, more: &[(&str, &str)], arguments: &[&str]| {
        Command::new(debug_binary())
            .env_clear()
            .current_dir(here.path())
            .env("TB_CONFIG", file)
            .envs(more.iter().copied())
            .args(arguments)
            .stdin(Stdio::null())
            .output()
            .unwrap()
    };
    let absolute = here.path().join("tb.toml");
    let whole = [
        ("TB_BASE_URL", "http://127.0.0.1/tb.cgi"),
        ("TB_DATA_DIR", "/nowhere"),
    ];
    let commands = COMMANDS.iter().copied().chain([
        &["list"][..],
        &["check", "--offline"],
        &["serve"],
        &["verify"],
        &["queue"],
        &[
            "ping",
            "--to",
            "http://127.0.0.1:1/",
            "--url",
            "http://me.example/1",
            "--title",
            "",
        ],
        &["export"],
        &["rebuild"],
    ]);
    for command in commands {
        for file in [
            absolute.to_str().unwrap(),
            "tb.toml",
            "no/such/tb.toml",
            "dangling.toml",
        ] {
            for more in [&[][..], &whole] {
                let output = run(file, more, command);
                let text = format!(
                    "{}{}",
                    said(&output),
                    String::from_utf8_lossy(&output.stdout)
                );
                let seen = format!("{command:?} {file} {more:?}: {output:?}");
                assert_eq!(output.status.code(), Some(1), "{seen}");
                assert!(
                    text.contains("no such file, but `TB_CONFIG` names it"),
                    "{seen}"
                );
                assert!(text.contains(file), "{seen}");
            }
        }
    }
    // The web's side too, and none where nothing is named.
    let request = [("GATEWAY_INTERFACE", "CGI/1.1"), ("REQUEST_METHOD", "GET")];
    let answer = run("tb.toml", &[&request[..], &whole].concat(), &[]);
    assert!(
        String::from_utf8_lossy(&answer.stdout).starts_with("Status: 5"),
        "{answer:?}"
    );
    let unnamed = said(&run("", &[], &["send", "feed.xml", "--dry-run"]));
    assert!(!unnamed.contains("no such file"), "{unnamed}");
    // What makes the file may be told where.
    let made = run(
        "tb.toml",
        &[],
        &[
            "init",
            "--yes",
            "--base-url",
            "http://127.0.0.1/tb.cgi",
            "--data-dir",
            "data",
        ],
    );
    assert!(made.status.success() && absolute.exists(), "{made:?}");
    let listed = said(&run("tb.toml", &[], &["list"]));
    assert!(!listed.contains("no such file"), "{listed}");
}
