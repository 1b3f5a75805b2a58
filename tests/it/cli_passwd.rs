//! `tb passwd`: the password goes in, and never comes out.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};

use tb::internals::web::session::check_password;

use crate::support::process::output_with;
use crate::support::shell::Site;

fn is_set(site: &Site, password: &str) -> bool {
    let hash = site.config().password;
    hash.is_some_and(|hash| check_password(&hash, password).unwrap())
}

#[test]
fn one_line_of_standard_input_sets_it_and_the_rest_of_the_file_stays() {
    let site = Site::new();
    let with_comments = format!(
        "{}\n# the last word\n",
        site.read("cgi-bin/tb.toml")
            .replace("password = \"\"", "password = \"\" # mine")
    );
    site.write("cgi-bin/tb.toml", &with_comments);
    let said = site
        .tb_reading(&["passwd"], b"correct horse\r\nmore\n")
        .out();
    assert!(
        said.contains("is set") && !said.contains("correct"),
        "{said}"
    );
    assert!(is_set(&site, "correct horse"));
    let hash = site.config().password.unwrap();
    let back = site.read("cgi-bin/tb.toml").replace(&hash, "");
    assert_eq!(back, with_comments);
    site.tb_reading(&["passwd"], "another pässword".as_bytes())
        .out();
    assert!(is_set(&site, "another pässword") && !is_set(&site, "correct horse"));
}

#[test]
fn where_the_key_is_missing_it_is_added() {
    let site = Site::new();
    let without = site
        .read("cgi-bin/tb.toml")
        .replace("password = \"\"\n", "");
    site.write("cgi-bin/tb.toml", &without);
    site.tb_reading(&["passwd"], b"correct horse\n").out();
    assert!(is_set(&site, "correct horse"));
}

#[test]
fn the_mode_and_the_group_stay_so_that_the_web_server_can_read_on() {
    let site = Site::new();
    let file = site.path("cgi-bin/tb.toml");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
    let group = if rustix::process::geteuid().is_root() {
        chown(&file, None, Some(12345)).unwrap();
        12345
    } else {
        fs::metadata(&file).unwrap().gid()
    };
    site.tb_reading(&["passwd"], b"correct horse\n").out();
    let metadata = fs::metadata(&file).unwrap();
    assert_eq!((metadata.mode() & 0o777, metadata.gid()), (0o640, group));
}

#[test]
fn a_link_to_the_configuration_stays_a_link() {
    let site = Site::new();
    fs::rename(site.path("cgi-bin/tb.toml"), site.path("real.toml")).unwrap();
    std::os::unix::fs::symlink("../real.toml", site.path("cgi-bin/tb.toml")).unwrap();
    site.tb_reading(&["passwd"], b"correct horse\n").out();
    assert!(
        fs::symlink_metadata(site.path("cgi-bin/tb.toml"))
            .unwrap()
            .is_symlink()
    );
    assert!(site.read("real.toml").contains("$argon2id$"));
}

#[test]
fn s2_a_link_that_somebody_else_has_put_there_is_not_followed() {
    if !rustix::process::geteuid().is_root() {
        // It takes two users to put such a link there.
        return;
    }
    let site = Site::new();
    let link = site.path("cgi-bin/tb.toml");
    fs::rename(&link, site.path("real.toml")).unwrap();
    let before = site.read("real.toml");
    std::os::unix::fs::symlink("../real.toml", &link).unwrap();
    std::os::unix::fs::lchown(&link, Some(12345), None).unwrap();
    let said = site.tb_reading(&["passwd"], b"correct horse\n").failed(1);
    assert!(said.contains("link of another user"), "{said}");
    assert_eq!(site.read("real.toml"), before);
}

#[test]
fn s5_setting_it_ends_the_sessions() {
    let site = Site::new();
    let before = site.read("data/.secret");
    site.tb_reading(&["passwd"], b"correct horse\n").out();
    assert_ne!(site.read("data/.secret"), before);
}

#[test]
fn a_password_in_the_clear_is_replaced_by_its_hash() {
    let site = Site::new();
    let clear = site
        .read("cgi-bin/tb.toml")
        .replace("password = \"\"", "password = \"hunter22\"");
    site.write("cgi-bin/tb.toml", &clear);
    assert!(site.tb(&["list"]).failed(1).contains("tb passwd"));
    site.tb_reading(&["passwd"], b"correct horse\n").out();
    assert!(is_set(&site, "correct horse"));
}

#[test]
fn a_bad_password_changes_nothing() {
    let site = Site::new();
    let before = site.read("cgi-bin/tb.toml");
    let long = [b'x'; 2000];
    for bad in [
        &b""[..],
        b"\n",
        b"seven77\n",
        b"\xFF\xFFlong enough\n",
        &long,
    ] {
        site.tb_reading(&["passwd"], bad).failed(2);
    }
    assert!(
        site.tb_reading(&["passwd"], b"short")
            .failed(2)
            .contains("at least 8")
    );
    assert_eq!(site.read("cgi-bin/tb.toml"), before);
}

#[test]
fn without_an_installation_it_says_what_to_do() {
    let site = Site::bare();
    assert!(
        site.tb_reading(&["passwd"], b"correct horse\n")
            .failed(1)
            .contains("tb init")
    );
}

#[test]
fn print_prints_the_hash_and_changes_nothing() {
    let site = Site::bare();
    let hash = site
        .tb_reading(&["passwd", "--print"], b"correct horse\n")
        .out();
    assert!(check_password(hash.trim(), "correct horse").unwrap());
}

#[test]
fn a_variable_that_wins_is_told_of() {
    let site = Site::new();
    let hash = site
        .tb_reading(&["passwd", "--print"], b"correct horse\n")
        .out();
    let mut command = site.command(&["passwd"]);
    command.env("TB_PASSWORD", hash.trim());
    let said = output_with(command, b"another one\n").stdout;
    assert!(String::from_utf8(said).unwrap().contains("TB_PASSWORD"));
}

#[test]
fn s5_on_a_terminal_the_password_is_asked_for_twice_and_not_shown() {
    let site = Site::new();
    let mut terminal = site.terminal(&["passwd"]);
    terminal.answer("New password: ", "correct horse");
    terminal.answer("The same again: ", "correct horse");
    let (seen, code) = terminal.end();
    assert_eq!(code, 0, "{seen}");
    assert!(!seen.contains("correct"), "{seen}");
    assert!(is_set(&site, "correct horse"));
    let mut terminal = site.terminal(&["passwd"]);
    terminal.answer("New password: ", "correct house");
    terminal.answer("The same again: ", "correct mouse");
    let (seen, code) = terminal.end();
    assert_eq!(code, 2, "{seen}");
    assert!(seen.contains("differ"), "{seen}");
    assert!(is_set(&site, "correct horse"));
}

#[test]
fn an_interrupted_question_leaves_a_terminal_that_shows_what_is_typed() {
    let site = Site::new();
    let before = site.read("cgi-bin/tb.toml");
    // The shell goes on after the signal, as a person's does.
    let mut terminal = site.terminal_with("trap : INT; 'cgi-bin/tb.cgi' passwd; stty -a");
    terminal.answer("New password: ", "\u{3}");
    let (seen, _) = terminal.end();
    assert!(seen.contains("interrupted"), "{seen}");
    assert!(seen.contains("isig icanon iexten echo echoe"), "{seen}");
    assert_eq!(site.read("cgi-bin/tb.toml"), before);
}
