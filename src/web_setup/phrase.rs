//! `tb-setup.txt`: the phrase that proves that a visitor can upload files beside the program.
//!
//! The file must belong to somebody who could write `tb.toml` there as well: the owner of the folder or of the executable,
//! or the user that this process runs as. Attempts are counted before the phrase is compared, in a file beside it.

use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use rustix::fs::{FlockOperation, Mode, OFlags, flock};
use rustix::io::Errno;
use rustix::process::geteuid;
use sha2::{Digest, Sha256};

use crate::admission::client_addr::stored_address;
use crate::config::{self, Addresses};
use crate::setup::PHRASE_FILE as FILE;
use crate::store::{OnEmpty, Region, Store, TokenGrant, TokenRequest, same_secret};
use crate::text;
use crate::web::Request;
use crate::web::login::{PER_PREFIX, PER_SITE};

/// The file of [`Store::take_tokens`].
const THROTTLE: &str = ".throttle";
/// The shortest phrase, in characters.
const SHORTEST: usize = 12;
/// The largest file, in bytes.
const LARGEST: u64 = 4096;
/// How long an attempt takes where none can be counted.
const SLOW: Duration = Duration::from_secs(1);
/// How long to wait for another attempt, or for another set-up.
const PATIENCE: Duration = Duration::from_secs(5);

/// Why the set-up does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PhraseFault {
    Missing,
    /// Something that the owner did not upload, or that others can change.
    NotTrusted(&'static str),
    TooShort,
    Wrong,
    /// With the seconds to wait.
    Throttled(u64),
    /// Another set-up is being written.
    Busy,
}

impl PhraseFault {
    pub(super) fn status(self) -> u16 {
        match self {
            PhraseFault::Missing | PhraseFault::NotTrusted(_) | PhraseFault::TooShort => 403,
            PhraseFault::Wrong => 403,
            PhraseFault::Throttled(_) | PhraseFault::Busy => 429,
        }
    }

    pub(super) fn message(self) -> String {
        match self {
            PhraseFault::Missing => {
                format!("There is no file {FILE} beside the program.")
            }
            PhraseFault::NotTrusted(what) => {
                format!(
                    "The file {FILE} cannot be used: it is {what}. Remove it and upload your own."
                )
            }
            PhraseFault::TooShort => {
                format!(
                    "The phrase in {FILE} is too short: it needs at least {SHORTEST} characters."
                )
            }
            PhraseFault::Wrong => format!("That is not the phrase in {FILE}."),
            PhraseFault::Throttled(_) => "Too many attempts; wait a minute.".to_owned(),
            PhraseFault::Busy => "Another set-up is under way; try again.".to_owned(),
        }
    }
}

/// The open file.
pub(super) struct PhraseFile {
    file: File,
    phrase: String,
}

impl PhraseFile {
    /// Opens the file in `folder`.
    pub(super) fn open(folder: &Path) -> Result<PhraseFile, PhraseFault> {
        let path = folder.join(FILE);
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let opened = rustix::fs::open(&path, flags, Mode::empty());
        let file = File::from(opened.map_err(|errno| match errno {
            Errno::NOENT => PhraseFault::Missing,
            Errno::LOOP | Errno::MLINK => PhraseFault::NotTrusted("a symbolic link"),
            Errno::NXIO => PhraseFault::NotTrusted("not a regular file"),
            Errno::ACCESS | Errno::PERM => PhraseFault::NotTrusted("not readable for the program"),
            _ => PhraseFault::NotTrusted("not readable"),
        })?);
        let found = file.metadata();
        let found = found.map_err(|_| PhraseFault::NotTrusted("not readable"))?;
        if let Some(what) = distrust(folder, &found) {
            return Err(PhraseFault::NotTrusted(what));
        }
        let mut bytes = Vec::new();
        let read = (&file).take(LARGEST + 1).read_to_end(&mut bytes);
        if read.is_err() {
            return Err(PhraseFault::NotTrusted("not readable"));
        }
        if bytes.len() as u64 > LARGEST {
            return Err(PhraseFault::NotTrusted("too large"));
        }
        let text = String::from_utf8(bytes).map_err(|_| PhraseFault::NotTrusted("not UTF-8"))?;
        let phrase = normalize(&text);
        if phrase.chars().count() < SHORTEST {
            return Err(PhraseFault::TooShort);
        }
        Ok(PhraseFile { file, phrase })
    }

    /// Compares the phrase with what a visitor typed. The attempt is counted first.
    pub(super) fn check(
        &self,
        folder: &Path,
        typed: &str,
        request: &Request,
    ) -> Result<(), PhraseFault> {
        match with_tokens(folder, request, Store::take_tokens) {
            Ok(TokenGrant::All | TokenGrant::Partial) => {
                self.compare(typed)?;
                // The owner needs several requests.
                with_tokens(folder, request, Store::give_tokens).ok();
                Ok(())
            }
            Ok(TokenGrant::Denied(empty)) => Err(PhraseFault::Throttled(empty.wait_seconds)),
            // Nothing can be written here: one attempt after the other, each of them slow.
            Err(_) => {
                self.lock()?;
                let compared = self.compare(typed);
                if compared.is_err() {
                    thread::sleep(SLOW);
                }
                compared
            }
        }
    }

    /// Locks the file until this process ends, so that of two set-ups one is written after the other.
    pub(super) fn lock(&self) -> Result<(), PhraseFault> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match flock(&self.file, FlockOperation::NonBlockingLockExclusive) {
                Err(Errno::WOULDBLOCK) if Instant::now() < deadline => {
                    thread::sleep(Duration::from_millis(20));
                }
                Err(Errno::WOULDBLOCK) => return Err(PhraseFault::Busy),
                Err(Errno::INTR) => {}
                // A file system without locks: `tb.toml` is created by one set-up only in any case.
                Ok(()) | Err(_) => return Ok(()),
            }
        }
    }

    /// In constant time: hashes of the same length are compared.
    fn compare(&self, typed: &str) -> Result<(), PhraseFault> {
        let hash = |text: &str| text::hex(&Sha256::digest(text));
        match same_secret(&hash(&normalize(typed)), &hash(&self.phrase)) {
            true => Ok(()),
            false => Err(PhraseFault::Wrong),
        }
    }
}

/// Removes the file, and the file of the attempts.
pub(super) fn remove(folder: &Path) -> io::Result<()> {
    fs::remove_file(folder.join(THROTTLE)).ok();
    match fs::remove_file(folder.join(FILE)) {
        Err(cause) if cause.kind() != io::ErrorKind::NotFound => Err(cause),
        _ => Ok(()),
    }
}

/// Whether this folder's owner, and the executable's, could be the one who uploaded the file.
fn distrust(folder: &Path, found: &fs::Metadata) -> Option<&'static str> {
    if !found.is_file() {
        return Some("not a regular file");
    }
    if found.nlink() > 1 {
        return Some("a file with another name elsewhere (a hard link)");
    }
    let owner = |path: &Path| fs::metadata(path).map(|found| found.uid()).ok();
    let executable = config::executable().ok();
    let trusted = [
        Some(geteuid().as_raw()),
        owner(folder),
        executable.as_deref().and_then(owner),
    ];
    if !trusted.contains(&Some(found.uid())) {
        return Some("another user's file");
    }
    (found.mode() & 0o022 != 0).then_some("writable for others (make its mode 600 or 644)")
}

/// Editors end a file with a line break, and some begin it with a byte order mark.
fn normalize(text: &str) -> String {
    text.trim_start_matches('\u{FEFF}').trim().to_owned()
}

fn with_tokens<T>(
    folder: &Path,
    request: &Request,
    work: impl FnOnce(&Store, &[TokenRequest<'_>], Timestamp) -> crate::error::Result<T>,
) -> crate::error::Result<T> {
    let prefix = stored_address(Addresses::Prefix, request.address).unwrap_or_default();
    let ask = |region, key, bucket| TokenRequest {
        region,
        key,
        bucket,
        on_empty: OnEmpty::Refuse,
    };
    let requests = [
        ask(Region::LoginPrefix, prefix.as_str(), PER_PREFIX),
        ask(Region::Logins, "", PER_SITE),
    ];
    work(&Store::open(folder)?, &requests, request.now)
}
