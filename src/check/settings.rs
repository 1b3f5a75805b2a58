//! Checks the configuration and the files that it names.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use url::Url;

use super::findings::Findings;
use crate::admission::publisher::Publisher;
use crate::config::{AllowPrivate, Config, Throttle, user_folder};
use crate::error::system_message;
use crate::setup::PHRASE_FILE;

/// A passphrase with fewer characters is reported as guessable.
const SHORTEST_PASSPHRASE: usize = 12;

pub(super) fn inspect(config: &Config, findings: &mut Findings) {
    if config.base_url.scheme() != "https" {
        findings.warning(
            "`base_url` is not HTTPS, so the password and the session can be read in transit",
            "get a certificate (most hosts offer free ones), then change `base_url`",
        );
    }
    if config.password.is_none() {
        findings.warning(
            "no password is set, so nobody can log in",
            "run `tb passwd`",
        );
    }
    check_shared_origin(config, findings);
    if config.allow_private == AllowPrivate::Yes {
        findings.warning(
            "`allow_private` lets whoever is logged in send requests to private addresses",
            "remove it, unless this is a test setup",
        );
    }
    if config.throttle == Throttle::Off {
        findings.warning(
            "`throttle` is off, so passwords can be tried without limit",
            "remove it, unless this is a test setup",
        );
    }
    check_passphrase(config, findings);
    check_config_file(config, findings);
    for (file, name) in [(&config.header, "header"), (&config.footer, "footer")] {
        check_template(file, name, findings);
    }
}

/// To a browser, the pages of all users of one origin are the same site.
fn check_shared_origin(config: &Config, findings: &mut Findings) {
    let Some(folder) = own_folder(config) else {
        return;
    };
    let origin = config.base_url.origin().ascii_serialization();
    if config.password.is_some() {
        findings.warning(
            format!(
                "`{origin}` looks like one origin for many users (yours is `{folder}`): a page of another of them can act \
                 as you while you are logged in"
            ),
            "use a host name of your own, or remove `password` and decide in a shell, with `tb queue` and `tb approve`",
        );
    }
    let includes_others = |site: &Url| {
        site.host() == config.base_url.host() && !site.path().starts_with(folder.as_str())
    };
    if config.site.iter().any(includes_others) {
        findings.warning(
            format!(
                "`site` includes pages of other users of `{origin}`: a ping from a page that links to one of theirs counts \
                 as a link to yours"
            ),
            format!("set `site = [\"{origin}{folder}\"]`"),
        );
    }
}

/// The folder of the program's owner on an origin that other users have folders of too.
fn own_folder(config: &Config) -> Option<String> {
    if let Some(folder) = user_folder(&config.base_url) {
        return Some(folder);
    }
    let path = config.base_url.path();
    let folder = format!("/{}/", Publisher::of(&config.base_url)?.tenant()?);
    // A folder of the host's own, or the program itself.
    let is_own = path.starts_with(folder.as_str()) && !folder.contains("/cgi-bin/");
    is_own.then_some(folder)
}

fn check_passphrase(config: &Config, findings: &mut Findings) {
    let short = |passphrase: &String| passphrase.len() < SHORTEST_PASSPHRASE;
    if config.passphrase.as_ref().is_some_and(short) {
        findings.warning(
            format!(
                "`passphrase` has fewer than {SHORTEST_PASSPHRASE} characters, so it can be guessed"
            ),
            "choose a longer one; the ping URLs change with it",
        );
    }
}

pub(super) fn check_sendmail(config: &Config, findings: &mut Findings) {
    if config.notify.is_none() {
        return;
    }
    let program = &config.sendmail;
    let place = program.display();
    let fault = match fs::metadata(program) {
        Err(cause) => {
            let cause = system_message(&cause);
            format!("`{place}`, the program that sends mail, cannot be found: {cause}")
        }
        Ok(file) if !file.is_file() || file.mode() & 0o111 == 0 => {
            format!("`{place}`, the program that sends mail, is not executable")
        }
        Ok(_) => return,
    };
    findings.fault(
        format!("{fault}; you are not notified of waiting pings"),
        "set `sendmail` to the path of your host's program, or remove `notify`",
    );
}

fn check_config_file(config: &Config, findings: &mut Findings) {
    let file = &config.file;
    let Ok(metadata) = fs::metadata(file) else {
        // All of it comes from the environment.
        return;
    };
    let (place, mode) = (file.display(), metadata.mode() & 0o777);
    check_writers(file, mode, findings);
    let secrets = match (&config.password, &config.passphrase) {
        (Some(_), None) => "the password's hash",
        (Some(_), Some(_)) => "the password's hash and the passphrase",
        (None, Some(_)) => "the passphrase",
        (None, None) => "",
    };
    if mode & 0o004 != 0 && !secrets.is_empty() {
        findings.warning(
            format!("everybody on this machine can read `{place}`, with {secrets}"),
            format!(
                "chmod 600 '{place}' if the web server runs programs as you; else choose a long password"
            ),
        );
    }
    let folder = file.parent().unwrap_or(Path::new("/"));
    let phrase = folder.join(PHRASE_FILE);
    if fs::symlink_metadata(&phrase).is_ok() {
        findings.warning(
            format!(
                "`{}`, the phrase of the set-up, is not needed any more",
                phrase.display()
            ),
            "remove it: somebody may read it, and use the phrase elsewhere",
        );
    }
    if fs::metadata(folder).is_ok_and(|metadata| metadata.mode() & 0o002 != 0) {
        let place = folder.display();
        findings.fault(
            format!("everybody on this machine can change the files in `{place}`"),
            format!("chmod o-w '{place}'"),
        );
    }
}

/// Reports it if others can write into a file.
fn check_writers(file: &Path, mode: u32, findings: &mut Findings) {
    let place = file.display();
    if mode & 0o022 != 0 {
        findings.fault(
            format!("others can change `{place}` (mode {mode:o})"),
            format!("chmod go-w '{place}'"),
        );
    }
}

fn check_template(file: &Path, name: &str, findings: &mut Findings) {
    let place = file.display();
    // What is in it is on every page, also while you are logged in.
    let mode = fs::metadata(file).map_or(0, |file| file.mode() & 0o777);
    check_writers(file, mode, findings);
    match fs::read(file) {
        Ok(bytes) if std::str::from_utf8(&bytes).is_err() => findings.warning(
            format!(
                "`{place}` is not UTF-8: it is read in the charset that the header's `<meta>` names, else as windows-1252"
            ),
            "save it as UTF-8",
        ),
        Ok(_) => {}
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => findings.warning(
            format!("`{place}` does not exist"),
            format!("the built-in {name} is used; ignore this unless you had your own"),
        ),
        Err(cause) => findings.fault(
            format!("`{place}` cannot be read: {}", system_message(&cause)),
            format!("the built-in {name} is used until it can be read"),
        ),
    }
}
