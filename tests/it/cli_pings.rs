//! The commands that read pings and decide about them, and what is common to all commands.

use std::process::{Command, Stdio};

use crate::support::shell::Site;

/// A site whose id `foo` has the pings 1 to 3, all published.
fn site() -> Site {
    let site = Site::new();
    for number in 1..=3 {
        let form = format!("url=https://a.example/{number}&title=T{number}&blog_name=B");
        site.receive("foo", &form);
    }
    site
}

/// A line whose text no form would let through.
fn hostile() -> String {
    let text = r"\u001b[2J\u009b1A\u0007\r\n\t\u202eevil\u007f";
    format!(
        r#"{{"op":"ping","id":1,"time":"2026-11-20T05:00:00Z","url":"https://a.example/{text}","title":"{text}","excerpt":"{text}","blog_name":"{text}","state":"held","via":"{text}","from":"{text}"}}{}"#,
        "\n"
    )
}

#[test]
fn list_counts_the_pings_of_each_id_by_state() {
    let site = site();
    site.receive("bar", "url=https://a.example/");
    site.tb(&["hold", "foo", "2"]).out();
    site.tb(&["junk", "foo", "1"]).out();
    assert_eq!(site.tb(&["list"]).out(), "bar\t1\t0\t0\nfoo\t1\t1\t1\n");
    assert_eq!(
        site.tb(&["list", "--state", "junk"]).out(),
        "foo\t1\t1\t1\n"
    );
    assert_eq!(site.tb(&["list", "--limit", "1"]).out(), "bar\t1\t0\t0\n");
    let json = site.tb(&["list", "--json"]).out();
    let last: serde_json::Value = serde_json::from_str(json.lines().last().unwrap()).unwrap();
    assert_eq!(
        last,
        serde_json::json!({"tb_id":"foo","published":1,"held":1,"junk":1})
    );
}

#[test]
fn list_shows_the_pings_of_an_id_newest_first() {
    let site = site();
    let out = site.tb(&["list", "foo"]).out();
    let fields: Vec<Vec<&str>> = out.lines().map(|line| line.split('\t').collect()).collect();
    assert_eq!(fields.len(), 3);
    assert_eq!(fields[0][..2], ["3", "published"]);
    assert_eq!(fields[0][3..], ["https://a.example/3", "T3", "B"]);
    assert_eq!(
        site.tb(&["list", "foo", "--limit", "2"])
            .out()
            .lines()
            .count(),
        2
    );
    assert_eq!(site.tb(&["list", "foo", "--state", "held"]).out(), "");
    assert_eq!(site.tb(&["list", "nothing"]).out(), "");
    // An id is read as the web reads it.
    assert_eq!(site.tb(&["list", "/foo"]).out(), out);
}

#[test]
fn list_goes_through_more_pings_than_it_holds_at_once() {
    let site = Site::new();
    let line = |number: u32| {
        format!(
            "{{\"op\":\"ping\",\"id\":{number},\"time\":\"2026-11-20T05:00:00Z\",\"url\":\"https://a.example/{number}\",\
             \"title\":\"t\",\"state\":\"{}\"}}\n",
            if number.is_multiple_of(300) {
                "held"
            } else {
                "junk"
            }
        )
    };
    site.plant("foo", &(1..=1000).map(line).collect::<String>());
    assert_eq!(site.tb(&["list", "foo"]).out().lines().count(), 1000);
    let held = site
        .tb(&["list", "foo", "--state", "held", "--limit", "2"])
        .out();
    let numbers: Vec<_> = held
        .lines()
        .map(|line| line.split('\t').next().unwrap())
        .collect();
    assert_eq!(numbers, ["900", "600"]);
}

#[test]
fn show_tells_all_of_a_ping_and_json_is_the_record() {
    let site = Site::new();
    site.receive("foo", "url=https://a.example/&title=T&excerpt=E");
    let out = site.tb(&["show", "foo", "1"]).out();
    for line in [
        "number\t1",
        "url\thttps://a.example/",
        "excerpt\tE",
        "via\ttrackback",
    ] {
        assert!(out.lines().any(|found| found == line), "{line}: {out}");
    }
    let json: serde_json::Value =
        serde_json::from_str(&site.tb(&["show", "foo", "1", "--json"]).out()).unwrap();
    assert_eq!(
        (&json["tb_id"], &json["id"], &json["excerpt"]),
        (&"foo".into(), &1.into(), &"E".into())
    );
    assert!(
        site.tb(&["show", "foo", "9"])
            .failed(1)
            .contains("has no ping")
    );
    assert!(
        site.tb(&["show", "nothing", "1"])
            .failed(1)
            .contains("has no ping")
    );
}

#[test]
fn show_tells_what_the_page_of_a_webmention_says() {
    let site = Site::new();
    let line = r#"{"op":"ping","id":1,"time":"2026-01-02T03:04:05Z","url":"https://a.example/","title":"","excerpt":"","blog_name":"","state":"held","via":"webmention","target":"https://me.example/foo#x","kind":"like","link":"https://a.example/p","author":{"name":"Ann","url":"https://ann.example/","photo":"https://ann.example/p"},"date":"2026-01-01","result":"verified","checked":"2026-01-02T04:05:06Z"}"#;
    site.plant("foo", &format!("{line}\n"));
    let out = site.tb(&["show", "foo", "1"]).out();
    for line in [
        "time\t2026-01-02 03:04:05 +00:00",
        "kind\tlike",
        "author\tAnn https://ann.example/",
        "target\thttps://me.example/foo#x",
        "link\thttps://a.example/p",
        "date\t2026-01-01",
        "result\tverified",
        "checked\t2026-01-02 04:05:06 +00:00",
    ] {
        assert!(out.lines().any(|found| found == line), "{line}: {out}");
    }
}

#[test]
fn s3_a_hostile_title_cannot_steer_the_terminal() {
    let site = Site::new();
    site.plant("foo", &hostile());
    for arguments in [
        &["list", "foo"][..],
        &["show", "foo", "1"],
        &["list", "foo", "--json"],
        &["show", "foo", "1", "--json"],
    ] {
        let plain = site.tb(arguments).out();
        let (shown, code) = site.terminal(arguments).end();
        assert_eq!(code, 0, "{shown}");
        for text in [plain, shown] {
            assert!(text.contains("evil"), "{arguments:?}: {text}");
            let steers =
                |c: &char| c.is_control() && !matches!(c, '\n' | '\r' | '\t') || *c == '\u{202e}';
            assert_eq!(text.chars().find(steers), None, "{arguments:?}: {text:?}");
        }
    }
    assert_eq!(site.tb(&["list", "foo"]).out().lines().count(), 1);
    let json: serde_json::Value =
        serde_json::from_str(&site.tb(&["list", "foo", "--json"]).out()).unwrap();
    assert_eq!(
        json["title"],
        "\u{1b}[2J\u{9b}1A\u{7}\r\n\t\u{202e}evil\u{7f}"
    );
}

#[test]
fn on_a_terminal_a_list_is_for_people() {
    let site = site();
    let (shown, code) = site.terminal(&["list", "foo"]).end();
    assert_eq!(code, 0);
    assert!(shown.contains("T3 (B)") && !shown.contains('\t'), "{shown}");
    let (shown, _) = site.terminal(&["list", "nothing"]).end();
    assert!(shown.contains("`nothing` has never had a ping."), "{shown}");
}

#[test]
fn a_decision_changes_the_static_feed_and_is_logged() {
    let site = site();
    assert!(site.read("tb/foo.xml").contains("T2"));
    assert_eq!(site.tb(&["hold", "foo", "2", "2"]).out(), "foo 2: held\n");
    assert!(!site.read("tb/foo.xml").contains("T2"));
    assert_eq!(
        site.tb(&["publish", "foo", "2"]).out(),
        "foo 2: published\nnow known: a.example/ (host)\n"
    );
    assert!(site.read("tb/foo.xml").contains("T2"));
    assert_eq!(
        site.tb(&["delete", "foo", "3", "1"]).out(),
        "foo 1: deleted\nfoo 3: deleted\n"
    );
    assert_eq!(site.tb(&["list", "foo"]).out().lines().count(), 1);
    let log = site.read("data/.log");
    assert!(
        log.contains(r#"{"by":"shell","event":"deleted","id":3,"tb_id":"foo","#),
        "{log}"
    );
    // What is held or put with the junk leaves the landing page, and what is published comes onto it.
    assert!(site.read("data/.recent").contains("foo 2\n"));
}

#[test]
fn a_number_that_is_not_there_changes_nothing_at_all() {
    let site = site();
    let before = site.read("data/foo.jsonl");
    for word in ["delete", "publish", "hold", "junk"] {
        let said = site.tb(&[word, "foo", "1", "9"]).failed(1);
        assert!(said.contains("`foo` has no ping 9"), "{said}");
    }
    assert_eq!(site.read("data/foo.jsonl"), before);
    site.tb(&["delete", "nothing", "1"]).failed(1);
    assert!(!site.path("data/nothing.jsonl").exists());
}

#[test]
fn rebuild_writes_what_is_stale_and_leaves_the_rest() {
    let site = site();
    site.receive("bar", "url=https://a.example/");
    let good = site.read("tb/foo.xml");
    site.write("tb/foo.xml", "stale");
    std::fs::remove_file(site.path("tb/bar.xml")).unwrap();
    let out = site.tb(&["rebuild"]).out();
    assert!(
        out.starts_with("rewritten: bar.xml\nrewritten: foo.xml\nfeeds: 2 rewritten, 0"),
        "{out}"
    );
    assert_eq!(site.read("tb/foo.xml"), good);
    assert!(site.path("tb/bar.xml").exists());
    assert_eq!(site.tb(&["rebuild", "--json"]).out(), "");
    assert_eq!(site.read("data/.recent").lines().count(), 4);
}

#[test]
fn the_exit_code_is_2_for_words_that_make_no_sense_and_1_for_what_fails() {
    let site = site();
    for arguments in [
        &["lits"][..],
        &["list", "--nonsense"],
        &["list", "foo", "--state", "maybe"],
        &["list", "../etc"],
        &["show", "foo"],
        &["show", "foo", "one"],
        &["delete", "foo"],
        &["delete", "foo", "-1"],
        &["completions", "tcsh"],
        &["init", "--notify", "nobody"],
    ] {
        site.tb(arguments).failed(2);
    }
    assert!(site.tb(&["lits"]).failed(2).contains("'list'"));
    assert_eq!(site.tb(&[]).0.status.code(), Some(2));
    let said = site.tb(&["list", "--config", "none.toml"]).failed(1);
    assert!(
        said.contains("none.toml: no such file; run `tb init`"),
        "{said}"
    );
    let said = site.tb(&["list", "\u{1b}[2J\u{9b}x"]).failed(2);
    assert!(!said.contains(['\u{1b}', '\u{9b}']), "{said}");
}

#[test]
fn a_wrong_argument_is_told_with_what_was_expected() {
    let site = site();
    let a_number = "expected a number such as `20`";
    for (arguments, code, why) in [
        (&["list", "--limit", "many"][..], 2, a_number),
        (&["queue", "--limit", "many"], 2, a_number),
        (&["send", "x", "--wait", "long"], 2, a_number),
        (&["send", "x", "--limit-wait", "long"], 2, a_number),
        (&["sent", "--wait", "long"], 2, a_number),
        (&["send", "x", "--jobs", "all"], 2, "a number from 1 to 64"),
        (&["send", "x", "--jobs", "0"], 2, "a number from 1 to 64"),
        (&["thread", "--depth", "11"], 2, "a number from 1 to 10"),
        (&["thread", "--breadth", "x"], 2, "a number from 1 to 99"),
        (
            &["serve", "--listen", "localhost"],
            2,
            "expected an address and a port, such as `127.0.0.1:8080`",
        ),
        (
            &["import", "x", "--map", "old"],
            2,
            "expected a pair such as `old-name=new-id`",
        ),
        (
            &["import", "x", "--charset", "klingon"],
            2,
            "expected one such as `EUC-JP`",
        ),
        (
            &["url", "../x"],
            2,
            "expected an id such as `hello`, as in the ping URL",
        ),
        (
            &["list", "foo", "--state", "maybe"],
            2,
            "expected one of `published`, `held`, `junk`",
        ),
        (
            &["export", "--format", "xml"],
            2,
            "expected one of `jsonl`, `json-feed`, `jf2`, `csv`, `mt`",
        ),
        (
            &["domains", "remove", "none.example"],
            1,
            "`none.example/` is not approved",
        ),
        (
            &["ban", "remove", "none.example"],
            1,
            "domain `none.example` is not banned",
        ),
        (&["show", "none", "7"], 1, "`none` has no ping 7"),
        (
            &["entries", "remove", "none", "nil"],
            1,
            "tb: `nil` is not a known entry\ntb: `none` is not a known entry\n",
        ),
    ] {
        let said = site.tb(arguments).failed(code);
        let said = match why.contains('\n') {
            true => said.to_owned(),
            false => said.split_whitespace().collect::<Vec<_>>().join(" "),
        };
        assert!(said.contains(why), "{arguments:?}: {said}");
    }
}

#[test]
fn an_unknown_key_is_told_with_the_one_that_was_meant() {
    let site = Site::new();
    let text = format!("{}pubish = \"all\"\n", site.read("cgi-bin/tb.toml"));
    site.write("cgi-bin/tb.toml", &text);
    let said = site.tb(&["list"]).failed(1);
    assert!(
        said.contains("unknown key `pubish`; did you mean `publish`?"),
        "{said}"
    );
}

#[test]
fn the_configuration_is_beside_the_executable_or_where_it_is_said_to_be() {
    let site = site();
    let other = Site::new();
    let file = site.path("cgi-bin/tb.toml");
    let expected = "foo\t3\t0\t0\n";
    assert_eq!(site.tb(&["list"]).out(), expected);
    assert_eq!(other.tb(&["list"]).out(), "");
    assert_eq!(
        other
            .tb(&["--config", file.to_str().unwrap(), "list"])
            .out(),
        expected
    );
    let by_variable = other
        .command(&["list"])
        .env("TB_CONFIG", &file)
        .output()
        .unwrap();
    assert_eq!(String::from_utf8(by_variable.stdout).unwrap(), expected);
    // A relative name is relative to the current folder, and the paths in it are not.
    assert_eq!(
        site.tb(&["--config", "cgi-bin/tb.toml", "list"]).out(),
        expected
    );
}

#[test]
fn s1_commands_run_below_a_web_server_only_where_the_environment_says_so() {
    let site = site();
    let mut command = site.command(&["delete", "foo", "1"]);
    command
        .env("GATEWAY_INTERFACE", "CGI/1.1")
        .env("REQUEST_METHOD", "GET");
    let answered = command.output().unwrap();
    assert!(answered.stdout.starts_with(b"Status: "));
    assert_eq!(site.tb(&["list"]).out(), "foo\t3\t0\t0\n");
    let mut command = site.command(&["delete", "foo", "1"]);
    command
        .env("GATEWAY_INTERFACE", "CGI/1.1")
        .env("TB_MODE", "cli");
    assert_eq!(command.output().unwrap().stdout, b"foo 1: deleted\n");
}

#[test]
fn a_reader_who_has_seen_enough_is_no_error() {
    let site = Site::new();
    let lines: String = (1..=5000)
        .map(|number| format!("{{\"op\":\"ping\",\"id\":{number},\"time\":\"2026-11-20T05:00:00Z\",\"url\":\"https://a.example/{number}\",\"title\":\"t\",\"state\":\"held\"}}\n"))
        .collect();
    site.plant("foo", &lines);
    for arguments in [&["list", "foo"][..], &["completions", "bash"], &["--help"]] {
        let mut child = site
            .command(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let ended = child.wait_with_output().unwrap();
        assert_eq!(ended.status.code(), Some(0), "{ended:?}");
        assert!(ended.stderr.is_empty(), "{ended:?}");
    }
}

#[test]
fn s2_a_planted_link_is_told_and_not_read() {
    let site = site();
    std::os::unix::fs::symlink("foo.jsonl", site.path("data/bar.jsonl")).unwrap();
    let said = site.tb(&["show", "bar", "1"]).failed(1);
    assert!(said.contains("a symbolic link"), "{said}");
}

#[test]
fn every_command_explains_itself_and_completions_are_scripts() {
    let site = Site::bare();
    let help = site.tb(&["--help"]).out();
    let groups = help.lines().skip_while(|line| *line != "Set up:");
    let names: Vec<&str> = groups
        .take_while(|line| *line != "Options:")
        .filter_map(|line| line.strip_prefix("  ")?.split_whitespace().next())
        .collect();
    assert!(names.contains(&"serve") && names.len() > 12, "{names:?}");
    for name in names.into_iter().filter(|name| *name != "help") {
        assert!(
            site.tb(&[name, "--help"]).out().contains("Usage: "),
            "{name}"
        );
    }
    assert!(site.tb(&["--version"]).out().starts_with("tb "));
    let script = site.tb(&["completions", "bash"]).out();
    site.write("completions", &script);
    let checked = Command::new("bash")
        .arg("-n")
        .arg(site.path("completions"))
        .output()
        .unwrap();
    assert!(checked.status.success(), "{checked:?}");
}

#[test]
fn completions_offer_the_names_that_an_argument_takes() {
    let site = Site::bare();
    let bash = site.tb(&["completions", "bash"]).out();
    site.write("completions", &bash);
    let offered = |line: &str| {
        let script = "source completions; COMP_WORDS=($0); COMP_CWORD=$((${#COMP_WORDS[@]}-1)); \
                      [ \"${0: -1}\" = ' ' ] && COMP_WORDS+=('') && COMP_CWORD=$((COMP_CWORD+1)); \
                      COMPREPLY=(); _tb tb \"${COMP_WORDS[COMP_CWORD]}\" \"${COMP_WORDS[COMP_CWORD-1]}\"; \
                      echo \"${COMPREPLY[@]}\"";
        let shell = Command::new("bash")
            .args(["-c", script, line])
            .current_dir(site.path(""))
            .output()
            .unwrap();
        assert!(shell.status.success(), "{line}: {shell:?}");
        String::from_utf8(shell.stdout).unwrap()
    };
    for (line, names) in [
        ("tb import --from ", "stor mt wxr jf2 tb"),
        ("tb import --state ", "published held keep"),
        ("tb export --format ", "jsonl json-feed jf2 csv mt"),
        ("tb export --state ", "published held junk"),
        ("tb list --state ", "published held junk"),
        ("tb queue --state ", "published held junk"),
        (
            "tb sent --state ",
            "sent adopted refused later failed uncertain none",
        ),
        ("tb send --protocol ", "webmention pingback trackback"),
        ("tb entries sync --id ", "last-segment path"),
        ("tb init --publish ", "known verified all none"),
        ("tb init --language ", "en ja de fr es"),
        ("tb man ", "queue list show approve hold junk delete"),
    ] {
        let offered = offered(line);
        assert!(offered.contains(names), "{line}: {offered}");
        for name in names.split(' ') {
            let mut words: Vec<&str> = line.split_whitespace().skip(1).chain([name]).collect();
            words.push("--nonsense");
            // The name is taken, so what is wrong is the option.
            let said = site.tb(&words).failed(2);
            assert!(said.contains("--nonsense") || words[0] == "man", "{said}");
        }
    }
    for shell in ["zsh", "fish"] {
        let script = site.tb(&["completions", shell]).out();
        assert!(
            script.contains("json-feed") && script.contains("last-segment"),
            "{shell}"
        );
    }
}
