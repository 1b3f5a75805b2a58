//! `tb url` and `tb passphrase`, and what `tb serve` itself must not let out of private URLs.

use std::fs;
use std::process::Stdio;

use crate::support::http;
use crate::support::process::wait_for;
use crate::support::request::Request;
use crate::support::site::{BASE, Serving, Site};
use crate::support::xml::{assert_accepted, assert_refused};
use crate::support::{free_port, set_mode, shell};

const WRONG: &str = "This entry accepts pings only at a private URL";

#[test]
fn url_is_the_plain_one_where_nothing_is_private() {
    let mut site = Site::new();
    site.live_at(8080);
    let base = site.base_url();
    assert_eq!(site.tb(&["url", "entry"]), format!("{base}/entry\n"));
    assert_eq!(
        site.tb(&["url", "foo/bar", "--query"]),
        format!("{base}?tb_id=foo_bar\n")
    );
    assert_eq!(site.tb(&["url", "猫"]), format!("{base}/%E7%8C%AB\n"));
    assert!(!site.data_dir().join(".secret").exists());
}

#[test]
fn url_has_the_passphrase_of_the_id_or_that_of_all() {
    let mut site = Site::new();
    site.set("passphrase", "\"for-all-of-them\"");
    site.live_at(8080);
    let base = site.base_url();
    let own = format!("{base}/entry/own.words\n");
    assert_eq!(site.tb(&["passphrase", "entry", "--set", "own.words"]), own);
    assert_eq!(site.tb(&["passphrase", "entry"]), own);
    assert_eq!(site.tb(&["url", "entry"]), own);
    assert_eq!(
        site.tb(&["url", "other", "--query"]),
        format!("{base}?tb_id=other&key=for-all-of-them\n")
    );
    assert_eq!(
        site.tb(&["passphrase", "entry", "--remove"]),
        format!("{base}/entry/for-all-of-them\n")
    );
}

#[test]
fn a_random_passphrase_is_long_and_another_each_time() {
    let site = Site::new();
    let set = || site.tb(&["passphrase", "entry", "--random"]);
    let (first, second) = (set(), set());
    assert_ne!(first, second);
    let key = second.trim().rsplit('/').next().unwrap();
    assert!(key.len() >= 24 && key.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    let ping = |key: &str| {
        let ping = Request::ping("x", "http://weblog.example/1");
        site.cgi(&ping.path(&format!("/entry/{key}")))
    };
    assert_refused(&ping(first.trim().rsplit('/').next().unwrap()), 200, WRONG);
    assert_accepted(&ping(key));
}

#[test]
fn the_list_shows_which_ids_have_one_and_what_it_is_only_when_asked() {
    let site = Site::new();
    assert_eq!(site.tb(&["passphrase"]), "");
    site.tb(&["passphrase", "b", "--set", "second-words"]);
    site.tb(&["passphrase", "a", "--set", "first-words"]);
    site.tb(&["passphrase", "c", "--set", "x"]);
    site.tb(&["passphrase", "c", "--remove"]);
    assert_eq!(site.tb(&["passphrase"]), "a\t********\nb\t********\n");
    assert_eq!(
        site.tb(&["passphrase", "--show"]),
        "a\tfirst-words\nb\tsecond-words\n"
    );
    assert_eq!(
        site.tb(&["passphrase", "--json"]),
        "{\"tb_id\":\"a\",\"passphrase\":null}\n{\"tb_id\":\"b\",\"passphrase\":null}\n"
    );
    assert!(
        site.tb(&["passphrase", "--json", "--show"])
            .contains("first-words")
    );
    let log = fs::read_to_string(site.data_dir().join(".log")).unwrap();
    assert!(
        log.contains("passphrase-set") && !log.contains("words"),
        "{log}"
    );
    let mode = std::os::unix::fs::PermissionsExt::mode(
        &fs::metadata(site.data_dir().join(".entries"))
            .unwrap()
            .permissions(),
    );
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn words_that_cannot_stand_in_a_url_are_refused() {
    let site = Site::new();
    let long = "x".repeat(129);
    for words in [
        "", "..", ".", "~a.b", "a/b", "a b", "é", "a?b", "a%62", &long,
    ] {
        let said = site.tb_fails(2, &["passphrase", "entry", "--set", words]);
        assert!(said.contains("letters and digits"), "{words}: {said}");
    }
    for arguments in [
        ["url", "entry", "--expires", "soon"],
        ["url", "entry", "--expires", "-3d"],
        ["url", "entry", "--expires", "0s"],
        ["url", "entry", "--expires", "9000y"],
    ] {
        site.tb_fails(2, &arguments);
    }
    assert!(!site.data_dir().join(".entries").exists());
    let mut site = site;
    for words in ["..", "-", "~a.b"] {
        site.set("passphrase", &format!("\"{words}\""));
        let said = site.tb_fails(1, &["url", "entry"]);
        assert!(said.contains("`passphrase`"), "{said}");
    }
}

#[test]
fn a_secret_that_this_user_cannot_read_is_told_with_the_cure() {
    let site = Site::new();
    site.tb(&["url", "entry", "--expires", "1d"]);
    let secret = site.data_dir().join(".secret");
    set_mode(&secret, 0o000);
    let said = site.tb_fails(1, &["url", "entry", "--expires", "1d"]);
    assert!(
        said.contains("run this as the user that the web server runs"),
        "{said}"
    );
    assert!(!said.contains("/~"), "{said}");
}

#[test]
fn check_looks_at_passphrase_and_sendmail() {
    let mut site = Site::new();
    site.set("passphrase", "\"short\"");
    site.set("notify", "\"me@example.org\"");
    site.set("sendmail", "\"/nowhere/sendmail\"");
    let run = site
        .command()
        .args(["check", "--offline"])
        .output()
        .unwrap();
    let said = String::from_utf8(run.stdout).unwrap();
    assert_eq!(run.status.code(), Some(1), "{said}");
    assert!(said.contains("`passphrase` has fewer than 12"), "{said}");
    assert!(said.contains("fault: `/nowhere/sendmail`"), "{said}");
    set_mode(&site.config(), 0o644);
    let run = site
        .command()
        .args(["check", "--offline"])
        .output()
        .unwrap();
    let said = String::from_utf8(run.stdout).unwrap();
    assert!(said.contains("with the passphrase"), "{said}");
}

#[test]
fn s9_the_access_log_shows_no_key() {
    let mut site = Site::new();
    site.set("passphrase", "\"open-sesame\"");
    let signed = site.tb(&["url", "猫", "--expires", "1d"]);
    let signed = signed.trim().rsplit('/').next().unwrap().to_owned();
    let log = site.path("access.log");
    let port = free_port();
    site.live_at(port);
    let mut command = site.command();
    command.args(["serve", "--listen", &format!("127.0.0.1:{port}")]);
    let errors = Stdio::from(fs::File::create(&log).unwrap());
    let serving = Serving::start_with_errors(command, errors).expect("it starts");
    let ping = Request::ping("x", "http://weblog.example/1");
    let targets = [
        ping.clone().path("/entry/open-sesame"),
        ping.clone().path("/entry%2fopen-sesame/"),
        ping.clone().path("").query("tb_id=entry&key=open-sesame"),
        ping.clone().path("").query("tb_id=entry%2Fopen-sesame"),
        ping.clone().path(&format!("/%E7%8C%AB/{signed}")),
        Request::new("GET").path("/entry/open-sesame"),
        Request::new("GET")
            .path("/entry/open-sesame")
            .query("__mode=rss"),
    ];
    for request in &targets {
        let reply = http::send(serving.port, BASE, request).expect(200);
        assert!(!reply.text().contains("<error>1"), "{request:?}: {reply}");
    }
    http::send(serving.port, BASE, &Request::get("__mode=list&tb_id=entry")).expect(200);
    let lines = wait_for(|| {
        let text = fs::read_to_string(&log).unwrap();
        (text.lines().count() > targets.len()).then_some(text)
    });
    let lines = lines.expect("a line a request");
    assert!(
        !lines.contains("sesame") && !lines.contains(&signed),
        "{lines}"
    );
    assert!(
        lines.contains(&format!("\"POST {BASE}/entry/* HTTP/1.1\" 200")),
        "{lines}"
    );
    assert!(
        lines.contains(&format!("\"GET {BASE}?__mode=list&tb_id=entry HTTP/1.1\"")),
        "{lines}"
    );
}

#[test]
fn s9_a_page_that_is_kept_is_made_anew_when_an_id_becomes_private() {
    let mut site = Site::new();
    let serving = site.serve();
    let list = || {
        let request = Request::get("__mode=list&tb_id=entry");
        http::send(serving.port, BASE, &request)
            .expect(200)
            .text()
            .to_owned()
    };
    let ping_url = format!("{}/entry", site.base_url());
    for _ in 0..3 {
        assert!(list().contains(&ping_url));
    }
    site.tb(&["passphrase", "entry", "--set", "own.words"]);
    for _ in 0..3 {
        let list = list();
        assert!(
            !list.contains(&ping_url) && !list.contains("own.words"),
            "{list}"
        );
    }
}

/// The passphrases that are set, one line an id.
fn passphrases(site: &shell::Site) -> String {
    site.tb(&["passphrase", "--show"]).out()
}

#[test]
fn f18_a_passphrase_is_one_line_of_standard_input() {
    let site = shell::Site::new();
    for (number, set) in [&["--set"][..], &["--set", "-"], &["--set=-"]]
        .into_iter()
        .enumerate()
    {
        for (line, input) in [
            ("plain", "own.words\n"),
            ("of Windows", "own.words\r\n"),
            ("without its end", "own.words"),
            ("with spaces around it", " own.words \n"),
            ("with others after it", "own.words\nother-words\n"),
        ] {
            let id = format!("entry{number}");
            let set = [&["passphrase", id.as_str()], set].concat();
            let said = site.tb_reading(&set, input.as_bytes()).out();
            assert!(
                said.ends_with(&format!("/{id}/own.words\n")),
                "{line}: {said}"
            );
            site.tb(&["passphrase", &id, "--remove"]).out();
        }
    }
    site.tb_reading(&["passphrase", "entry", "--set"], b"own.words\n")
        .out();
    let long = format!("{}\n", "x".repeat(5000));
    for (input, says) in [
        (&b""[..], "a passphrase has"),
        (b"\n", "a passphrase has"),
        (b"a b\n", "a passphrase has"),
        (b"a/b\n", "a passphrase has"),
        (b"~a.b\n", "a passphrase has"),
        (b"..\n", "a passphrase has"),
        ("é\n".as_bytes(), "a passphrase has"),
        (long.as_bytes(), "a passphrase has"),
        (b"\xFF\n", "UTF-8"),
    ] {
        let said = site
            .tb_reading(&["passphrase", "entry", "--set"], input)
            .failed(2);
        assert!(
            said.contains(says) && !said.contains("password"),
            "{input:?}: {said}"
        );
        assert_eq!(passphrases(&site), "entry\town.words\n");
    }
}

#[test]
fn f18_on_a_terminal_a_passphrase_is_asked_for_and_not_shown() {
    let site = shell::Site::new();
    let mut terminal = site.terminal(&["passphrase", "entry", "--set"]);
    terminal.answer("Passphrase: ", "own.words");
    let (seen, code) = terminal.end();
    assert_eq!(code, 0, "{seen}");
    // In the URL that is printed at the end, and nowhere else.
    assert_eq!(seen.matches("own.words").count(), 1, "{seen}");
    assert!(seen.trim_end().ends_with("/entry/own.words"), "{seen}");
    assert!(!seen.contains("warning"), "{seen}");
    for (typed, says) in [
        ("", "a passphrase has"),
        ("two words", "a passphrase has"),
        ("a/b", "a passphrase has"),
        ("\u{4}", "nothing was typed"),
        ("\u{3}", "interrupted"),
    ] {
        let mut terminal = site.terminal(&["passphrase", "entry", "--set"]);
        terminal.answer("Passphrase: ", typed);
        let (seen, code) = terminal.end();
        assert_ne!(code, 0, "{typed:?}: {seen}");
        assert!(
            seen.contains(says) && !seen.contains("password"),
            "{typed:?}: {seen}"
        );
        assert_eq!(passphrases(&site), "entry\town.words\n");
    }
}

#[test]
fn f18_words_on_the_command_line_are_warned_of_on_a_terminal() {
    let site = shell::Site::new();
    let warning = "other users of this machine could see the passphrase";
    for (words, is_warned) in [
        (&["--set", "own.words"][..], true),
        (&["--set=own.words"], true),
        (&["--random"], false),
        (&["--remove"], false),
        (&[], false),
    ] {
        let words = [&["passphrase", "entry"], words].concat();
        let (seen, code) = site.terminal(&words).end();
        assert_eq!(code, 0, "{seen}");
        assert_eq!(seen.contains(warning), is_warned, "{words:?}: {seen}");
        assert_eq!(
            seen.contains("`tb passphrase add` asks for it"),
            is_warned,
            "{seen}"
        );
        // A script is told nothing: it prints the URL alone.
        site.tb(&words).out();
    }
}

#[test]
fn add_and_remove_do_what_the_older_flags_do() {
    let site = Site::new();
    let base = site.tb(&["url", "cats"]);
    let base = base.trim().strip_suffix("/cats").unwrap();
    assert_eq!(
        site.tb(&["passphrase", "add", "cats", "open-sesame"]),
        format!("{base}/cats/open-sesame\n")
    );
    assert_eq!(
        site.tb(&["passphrase", "cats"]),
        format!("{base}/cats/open-sesame\n")
    );
    assert_eq!(
        site.tb_with_input(&["passphrase", "add", "cats"], "from-a-pipe\n"),
        format!("{base}/cats/from-a-pipe\n")
    );
    let random = site.tb(&["passphrase", "add", "dogs", "--random"]);
    assert_eq!(random.trim().rsplit('/').next().unwrap().len(), 24);
    assert_eq!(site.tb(&["passphrase"]).lines().count(), 2);
    assert_eq!(
        site.tb(&["passphrase", "remove", "cats"]),
        format!("{base}/cats\n")
    );
    assert_eq!(site.tb(&["passphrase"]).lines().count(), 1);
    for words in [
        &["passphrase", "add"][..],
        &["passphrase", "remove"],
        &["passphrase", "add", "cats", "x y"],
        &["passphrase", "add", "cats", "open-sesame", "--random"],
        &["passphrase", "add", "cats", "--set", "x"],
    ] {
        site.tb_fails(2, words);
    }
}
