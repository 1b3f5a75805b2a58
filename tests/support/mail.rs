//! The mail to the owner: a `sendmail` that keeps it, and what it says.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::site::Site;
use super::{set_mode, write};

/// Makes a `sendmail` that writes what it gets into a file `mail` in the folder of the pings, and gives its path.
pub(crate) fn sendmail(site: &Site, data: &str) -> PathBuf {
    let (draft, program) = (site.path("draft"), site.path("sendmail"));
    write(
        &draft,
        &format!("#!/bin/sh\ncat > \"${{0%/*}}/{data}/mail\"\n"),
    );
    // Not written by this process: of a descriptor for writing another thread's child could hold a copy.
    let copied = Command::new("cp").arg(&draft).arg(&program).status();
    assert!(copied.expect("cp").success());
    set_mode(&program, 0o755);
    fs::remove_file(draft).expect("the draft");
    program
}

/// The text of a mail.
pub(crate) fn body(mail: &str) -> String {
    let (header, body) = mail.split_once("\n\n").expect("a header");
    if !header.contains("Content-Transfer-Encoding: base64") {
        return body.to_owned();
    }
    let joined: String = body.split_whitespace().collect();
    String::from_utf8(STANDARD.decode(joined).expect("base64")).expect("UTF-8")
}

/// The links of a mail's text, each to the page that decides about one ping.
pub(crate) fn links(body: &str) -> Vec<&str> {
    body.lines()
        .filter_map(|line| line.strip_prefix("  Decide: "))
        .collect()
}
