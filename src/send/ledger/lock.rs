//! One run at a time: a lock on the ledger file itself, which is never renamed.

use std::fs::{self, File, TryLockError};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::thread;
use std::time::{Duration, Instant};

use crate::dir::{Folder, OpenMode};
use crate::error::{Error, Result};

/// How often to check whether the other run has released the lock.
const POLL: Duration = Duration::from_millis(50);

/// How often the file may be replaced while the lock is awaited; more often is not an accident.
const MAX_REPLACED: usize = 16;

/// Opens and locks the file; waits up to `timeout` for another run that holds the lock.
pub(super) fn open_locked(folder: &Folder, name: &str, timeout: Duration) -> Result<File> {
    let fault = |cause| Error::Lock {
        path: folder.path().join(name),
        cause,
    };
    let begin = Instant::now();
    let mut replaced = 0;
    loop {
        let file = folder.file_or_new(name, OpenMode::Append)?;
        match file.try_lock() {
            // If the file was replaced meanwhile, the lock is on the old file.
            Ok(()) if folder.holds(name, &file) => return Ok(file),
            Ok(()) => {
                replaced += 1;
                if replaced > MAX_REPLACED {
                    return Err(fault(io::Error::other("the file keeps being replaced")));
                }
            }
            Err(TryLockError::WouldBlock) if begin.elapsed() >= timeout => {
                let who = holder(&file).map_or("another run".to_owned(), |process| {
                    format!("process {process}")
                });
                return Err(fault(io::Error::other(format!(
                    "{who} is using it (`--wait SECONDS` waits until it is free)"
                ))));
            }
            Err(TryLockError::WouldBlock) => thread::sleep(POLL),
            Err(TryLockError::Error(cause)) if cause.kind() == io::ErrorKind::Interrupted => {}
            Err(TryLockError::Error(cause)) => return Err(fault(cause)),
        }
    }
}

/// The process that holds the lock of `file`, if the kernel reports it.
fn holder(file: &File) -> Option<u32> {
    let metadata = file.metadata().ok()?;
    let device = metadata.dev();
    let wanted = format!(
        "{:02x}:{:02x}:{}",
        rustix::fs::major(device),
        rustix::fs::minor(device),
        metadata.ino()
    );
    // `1: FLOCK  ADVISORY  WRITE 708 00:1c:12345 0 EOF`
    let locks = fs::read_to_string("/proc/locks").ok()?;
    locks.lines().find_map(|line| {
        let words: Vec<&str> = line.split_ascii_whitespace().collect();
        let (process, place) = (words.get(4)?, words.get(5)?);
        (*place == wanted).then(|| process.parse().ok()).flatten()
    })
}
