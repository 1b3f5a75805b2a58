//! A configuration, or a folder of pings, that cannot be used.

use std::fs;
use std::os::unix::fs::{MetadataExt, chown, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

use crate::hosts::hostile_set_up::ping;
use crate::support::process::{as_owner, output_with};
use crate::support::request::Request;
use crate::support::site::Site;
use crate::support::xml::{assert_accepted, assert_trouble};
use crate::support::{give_to_owner, owner, set_mode, write};

/// Configurations that cannot be used.
const FAULTS: [(&str, &[u8]); 6] = [
    ("an unknown key", b"pasword = \"x\"\n"),
    ("a wrong type", b"site_name = 3\n"),
    ("a wrong value", b"publish = \"sometimes\"\n"),
    ("not UTF-8", b"# \xFF\n"),
    ("not TOML", b"[[[\n"),
    ("a password in clear", b"password = \"secret-in-clear\"\n"),
];

/// The file beside `tb.toml` that says what is wrong with it.
fn error_file(site: &Site) -> PathBuf {
    site.path("www/cgi-bin/tb.toml.error.txt")
}

/// Fails unless it is one line, with the file, and without secrets.
#[track_caller]
fn assert_told(log: &str, fault: &str) {
    assert!(
        log.starts_with("tb: ") && log.contains("tb.toml: "),
        "{fault}: {log}"
    );
    assert_eq!(log.lines().count(), 1, "{fault}: {log}");
    assert!(
        log.ends_with('\n') && !log.contains("secret-in-clear"),
        "{log}"
    );
}

#[test]
fn s9_a_faulty_configuration_is_said_to_the_owner_and_not_to_strangers() {
    for (fault, line) in FAULTS {
        let site = Site::new();
        let mut bytes = fs::read(site.config()).unwrap();
        bytes.retain(|&byte| byte != 0);
        let text = String::from_utf8(bytes).unwrap();
        let key = String::from_utf8_lossy(line);
        let key = key.split('=').next().unwrap_or_default().to_owned();
        let mut bytes: Vec<u8> = text
            .lines()
            .filter(|other| key.contains('[') || !other.starts_with(&key))
            .flat_map(|line| [line.as_bytes(), b"\n"].concat())
            .collect();
        bytes.extend(line);
        fs::write(site.config(), &bytes).unwrap();
        let before = site.snapshot();
        let (reply, log) = site.cgi_and_log(&ping(), |_| {});
        assert_trouble(&site, &reply);
        assert_told(&log, fault);
        let (page, log) = site.cgi_and_log(&Request::get("__mode=list&tb_id=entry"), |_| {});
        assert_told(&log, fault);
        assert!(page.text().contains("<style>"), "{fault}: {page}");
        assert!(page.text().contains("not set up correctly"), "{page}");
        assert!(!page.text().contains("/tmp/"), "{page}");
        let told = fs::read_to_string(error_file(&site)).unwrap();
        let line = log.strip_prefix("tb: ").unwrap().trim_end();
        assert!(told.contains(line), "{told}");
        assert!(!told.contains("secret-in-clear"), "{told}");
        assert!((500..600).contains(&page.status), "{fault}: {page}");
        assert!(!page.text().contains("secret-in-clear"), "{page}");
        assert_eq!(site.snapshot(), before, "{fault}");
        let said = site.tb_fails(1, &["list"]);
        assert!(said.contains("tb.toml"), "{fault}: {said}");
        assert!(!said.contains("secret-in-clear"), "{said}");
        let refused = site.tb_fails(1, &["serve", "--listen", "127.0.0.1:0"]);
        assert!(refused.contains("tb.toml"), "{fault}: {refused}");
    }
}

#[test]
fn the_owner_finds_what_is_wrong_with_the_configuration_until_it_is_corrected() {
    let mut site = Site::new();
    site.set_password();
    let good = fs::read_to_string(site.config()).unwrap();
    fs::write(site.config(), format!("{good}pasword = \"x\"\n")).unwrap();
    let look = || site.cgi_and_log(&Request::get(""), |_| {}).1;
    let first = look();
    assert!(first.contains("did you mean `password`?"), "{first}");
    assert!(first.contains("; correct that"), "{first}");
    let file = error_file(&site);
    let found = fs::metadata(&file).unwrap();
    assert_eq!(found.mode() & 0o777, 0o600);
    // The same again writes nothing; another fault is told instead.
    assert_eq!(look(), first);
    assert_eq!(fs::metadata(&file).unwrap().ino(), found.ino());
    fs::write(site.config(), "[[[").unwrap();
    let second = look();
    let told = fs::read_to_string(&file).unwrap();
    assert!(
        told.contains(second.trim_end().strip_prefix("tb: ").unwrap()),
        "{told}"
    );
    assert!(!told.contains("pasword"), "{told}");
    fs::write(site.config(), good).unwrap();
    site.cgi(&Request::get("")).expect(200);
    crate::support::scenario::log_in(&site, crate::support::site::PASSWORD).expect("a session");
    assert!(!file.exists());
}

#[test]
fn s2_what_is_planted_at_the_name_of_the_fault_is_not_followed() {
    let site = Site::new();
    fs::write(site.config(), "[[[").unwrap();
    let victim = site.path("victim");
    for planted in [
        error_file(&site),
        site.path("www/cgi-bin/.tb.toml.error.txt.tmp"),
    ] {
        write(&victim, "kept");
        give_to_owner(&victim);
        symlink(&victim, &planted).unwrap();
        let (reply, log) = site.cgi_and_log(&Request::get(""), |_| {});
        assert_eq!(reply.status, 500);
        assert!(log.starts_with("tb: "), "{log}");
        assert_eq!(fs::read_to_string(&victim).unwrap(), "kept");
        fs::remove_file(&planted).unwrap_or_default();
    }
}

#[test]
fn the_error_log_is_written_after_the_complete_response() {
    let site = Site::new();
    fs::write(site.config(), "[[[").unwrap();
    for request in [ping(), Request::get("")] {
        let mut command = site.command();
        command.envs(request.environment());
        let mut shell = Command::new("/bin/sh");
        // Both go to one pipe, as on servers that send the log to the client.
        shell
            .arg("-c")
            .arg("exec \"$0\" 2>&1")
            .arg(site.executable());
        shell
            .env_clear()
            .current_dir("/")
            .envs(request.environment());
        as_owner(&mut shell);
        let output = output_with(shell, &request.body);
        let text = String::from_utf8(output.stdout).unwrap();
        let (head, rest) = text.split_once("\r\n\r\n").unwrap();
        let length = head.split("Content-Length: ").nth(1).unwrap();
        let length: usize = length.lines().next().unwrap().parse().unwrap();
        assert!(rest[length..].starts_with("tb: /"), "{text}");
        assert!(!rest[..length].contains("tb: /"), "{text}");
    }
}

/// Spoils a folder.
type Spoil = fn(&Path);

/// Folders of pings that cannot be used: how one becomes so, and what the owner is told.
const FOLDERS: [(&str, Spoil, &str); 5] = [
    ("absent", remove, "make it, mode 700, owned by `"),
    (
        "a file",
        |folder| {
            remove(folder);
            write(folder, "");
        },
        "`data_dir` must be a folder",
    ),
    (
        "a link to itself",
        |folder| {
            remove(folder);
            symlink(folder, folder).unwrap();
        },
        "is a symbolic link",
    ),
    (
        "another's",
        |folder| match owner() {
            Some(_) => chown(folder, Some(0), Some(0)).unwrap(),
            None => set_mode(folder, 0),
        },
        "Permission denied",
    ),
    (
        "read-only",
        |folder| set_mode(folder, 0o500),
        "cannot use the files in `",
    ),
];

fn remove(folder: &Path) {
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn s9_a_faulty_folder_of_pings_is_said_to_the_owner_and_not_to_strangers() {
    for (fault, spoil, says) in FOLDERS {
        let site = Site::new();
        spoil(&site.data_dir());
        let folder = site.data_dir().display().to_string();
        let ping = Request::ping("a_strangers_id", "http://weblog.example/1");
        let (reply, log) = site.cgi_and_log(&ping, |_| {});
        assert_eq!(reply.status, 503, "{fault}: {reply}");
        assert_trouble(&site, &reply);
        let wanted = "cannot store anything at the moment; try again later</message>";
        assert!(reply.text().contains(wanted), "{fault}: {reply}");
        assert!(
            log.starts_with("tb: ") && log.contains(says),
            "{fault}: {log}"
        );
        assert!(log.contains(&format!("`{folder}`")), "{fault}: {log}");
        assert!(log.ends_with('\n') && log.lines().count() == 1, "{log}");
        assert!(!log.contains("a_strangers_id"), "{fault}: {log}");
        let file = error_file(&site);
        let told = fs::read_to_string(&file).unwrap();
        assert!(
            told.contains(log.trim_start_matches("tb: ").trim_end()),
            "{told}"
        );
        let found = fs::metadata(&file).unwrap();
        assert_eq!(found.mode() & 0o777, 0o600);
        // What comes within the hour writes and says nothing more.
        for request in [&ping, &Request::get("__mode=rss&tb_id=b")] {
            let (reply, log) = site.cgi_and_log(request, |_| {});
            assert!(!reply.text().contains(&folder), "{fault}: {reply}");
            assert_eq!(log, "", "{fault}");
        }
        assert_eq!(fs::metadata(&file).unwrap().ino(), found.ino());
        let before = SystemTime::now() - Duration::from_secs(2 * 3600);
        let written = fs::File::options().write(true).open(&file).unwrap();
        written.set_modified(before).unwrap();
        assert_eq!(site.cgi_and_log(&ping, |_| {}).1, log, "{fault}");
        assert_ne!(fs::metadata(&file).unwrap().ino(), found.ino());
    }
}

#[test]
fn the_owner_finds_what_is_wrong_with_the_folder_of_pings_until_it_is_corrected() {
    let mut site = Site::new();
    site.set_password();
    let aside = site.path("aside");
    fs::rename(site.data_dir(), &aside).unwrap();
    fs::write(
        error_file(&site),
        "tb.toml could not be used (then): it was something else",
    )
    .unwrap();
    give_to_owner(&error_file(&site));
    let (login, _) = site.cgi_and_log(&Request::get("__mode=login"), |_| {});
    let (posted, _) = site.cgi_and_log(
        &Request::post(&[("__mode", "do_login"), ("password", "guessed")]),
        |_| {},
    );
    assert!(
        [login.status, posted.status].contains(&503),
        "{login} {posted}"
    );
    let told = fs::read_to_string(error_file(&site)).unwrap();
    assert!(
        told.starts_with("The folder of the pings could not be used"),
        "{told}"
    );
    assert!(!told.contains("guessed"), "{told}");
    fs::rename(&aside, site.data_dir()).unwrap();
    assert_accepted(&site.cgi(&ping()));
    crate::support::scenario::log_in(&site, crate::support::site::PASSWORD).expect("a session");
    assert!(!error_file(&site).exists());
}

#[test]
fn s2_what_is_planted_at_the_name_of_the_fault_of_a_folder_is_not_followed() {
    let site = Site::new();
    remove(&site.data_dir());
    let victim = site.path("victim");
    write(&victim, "kept");
    give_to_owner(&victim);
    symlink(&victim, error_file(&site)).unwrap();
    // The line alone has to do, each time.
    for _ in 0..2 {
        let (reply, log) = site.cgi_and_log(&ping(), |_| {});
        assert_eq!(reply.status, 503);
        assert!(log.starts_with("tb: "), "{log}");
    }
    assert_eq!(fs::read_to_string(&victim).unwrap(), "kept");
}

#[test]
fn a_file_in_the_folder_of_pings_that_is_anothers_is_told_without_its_name() {
    let site = Site::new();
    symlink("/etc/passwd", site.data_dir().join("a_strangers_id.jsonl")).unwrap();
    let ping = Request::ping("a_strangers_id", "http://weblog.example/1");
    let (reply, log) = site.cgi_and_log(&ping, |_| {});
    assert_eq!(reply.status, 503, "{reply}");
    assert!(
        log.contains("a file in `") && log.contains("is a symbolic link"),
        "{log}"
    );
    assert!(!log.contains("a_strangers_id"), "{log}");
    // That one file of many is at fault hinders no other.
    assert_accepted(&site.cgi(&Request::ping("entry", "http://weblog.example/1")));
}
