//! Locks: one writer at a time.
//!
//! The data file itself is never locked: compaction replaces it, and a lock on the old file would protect nothing. Ids
//! are hashed to a fixed set of lock files that are never replaced, so their number does not grow with the ids. A lock is
//! released when the process ends, however it ends.

use std::fs::File;
use std::io;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};

use crate::dir::{Folder, OpenMode, Opened};
use crate::error::{Error, Result};
use crate::linkback::trackback::TbId;

/// How many lock files there are.
const LOCKS: u8 = 64;

/// How often a lock file may be replaced while it is waited for; more often is no accident.
const ATTEMPTS: usize = 16;

/// The lock of one id, held until it is dropped.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

/// Waits for the lock of `id`.
pub(super) fn lock(folder: &Folder, id: &TbId) -> Result<Lock> {
    let slot = Sha256::digest(id.as_str().as_bytes())
        .first()
        .map_or(0, |byte| byte % LOCKS);
    let file = acquire(folder, &format!(".lock-{slot:02}"))?;
    Ok(Lock { _file: file })
}

/// Waits for the lock on the file `name`, which is created if missing.
pub(super) fn acquire(folder: &Folder, name: &str) -> Result<File> {
    acquire_open(folder, name, None).map(|(opened, _)| opened.file)
}

/// Like [`acquire`], reusing `before` if it is still the file of that name; also returns the length of the file, as of
/// after the lock.
pub(super) fn acquire_open(
    folder: &Folder,
    name: &str,
    mut before: Option<Opened>,
) -> Result<(Opened, u64)> {
    let fault = |cause| Error::Lock {
        path: folder.path().join(name),
        cause,
    };
    for _ in 0..ATTEMPTS {
        let opened = match before.take() {
            Some(opened) => opened,
            None => folder.opened_or_new(name, OpenMode::Change)?,
        };
        wait(&opened.file).map_err(fault)?;
        // If it was replaced while we waited, others lock the new one.
        if let Some(length) = folder.length_at(name, &opened) {
            return Ok((opened, length));
        }
    }
    Err(fault(io::Error::other("it is replaced again and again")))
}

/// Acquires the lock on the file `name` if it is free.
pub(super) fn try_acquire(folder: &Folder, name: &str) -> Result<Option<File>> {
    let opened = folder.opened_or_new(name, OpenMode::Change)?;
    let is_acquired = try_lock(&opened.file, &folder.path().join(name))?;
    // If it was replaced meanwhile, others lock the new one.
    let is_acquired = is_acquired && folder.length_at(name, &opened).is_some();
    Ok(is_acquired.then_some(opened.file))
}

/// Tries to lock `file`; returns whether that succeeded. `path` is for messages.
pub(super) fn try_lock(file: &File, path: &Path) -> Result<bool> {
    match fs2::FileExt::try_lock_exclusive(file) {
        Ok(()) => Ok(true),
        Err(cause) if cause.raw_os_error() == fs2::lock_contended_error().raw_os_error() => {
            Ok(false)
        }
        Err(cause) => Err(Error::Lock {
            path: path.to_owned(),
            cause,
        }),
    }
}

/// Releases a lock before its file is closed. If that fails, closing releases it.
pub(super) fn release(file: &File) {
    fs2::FileExt::unlock(file).ok();
}

/// Waits for an exclusive lock on `file`, ignoring signals. The wait is limited: the holder may be stopped, or on a host
/// that is down.
pub(super) fn wait(file: &File) -> io::Result<()> {
    wait_for(file, MAX_WAIT)
}

/// Limit of the wait for a lock. The longest operation under a lock is rewriting a million pings.
const MAX_WAIT: Duration = Duration::from_secs(20);

fn wait_for(file: &File, limit: Duration) -> io::Result<()> {
    let begin = Instant::now();
    let mut pause = Duration::from_micros(100);
    loop {
        // By trait path, because std's `File` has methods of similar names.
        match fs2::FileExt::try_lock_exclusive(file) {
            Err(cause) if cause.kind() == io::ErrorKind::Interrupted => continue,
            Err(cause) if cause.raw_os_error() == fs2::lock_contended_error().raw_os_error() => {}
            result => return result,
        }
        if begin.elapsed() >= limit {
            let message = format!(
                "another process has held it for {} seconds; try again later",
                limit.as_secs()
            );
            return Err(io::Error::new(io::ErrorKind::TimedOut, message));
        }
        thread::sleep(pause);
        pause = (pause * 2).min(MAX_PAUSE);
    }
}

/// The longest time between two attempts, which are needed because waiters are not notified.
const MAX_PAUSE: Duration = Duration::from_millis(10);

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    #[test]
    fn a_lock_that_is_never_let_go_is_not_waited_for_for_ever() {
        let dir = tempfile::tempdir().unwrap();
        let folder = Folder::open(dir.path()).unwrap();
        let held = acquire(&folder, ".lock").unwrap();
        let other = folder.file_or_new(".lock", OpenMode::Change).unwrap();
        let waited = wait_for(&other, Duration::from_millis(30)).unwrap_err();
        assert_eq!(waited.kind(), io::ErrorKind::TimedOut);
        drop(held);
        wait_for(&other, Duration::ZERO).unwrap();
    }

    #[test]
    fn s10_a_lock_file_that_is_taken_away_gives_nobody_the_lock_twice() {
        let dir = tempfile::tempdir().unwrap();
        let folder = Folder::open(dir.path()).unwrap();
        let first = acquire(&folder, ".lock").unwrap();
        let (send, receive) = mpsc::channel();
        thread::scope(|scope| {
            scope.spawn(|| {
                let file = acquire(&folder, ".lock").unwrap();
                send.send(()).unwrap();
                drop(file);
            });
            // It waits for the first file, if it is not too slow to show anything.
            thread::sleep(Duration::from_millis(100));
            folder.remove(".lock").unwrap();
            let second = acquire(&folder, ".lock").unwrap();
            drop(first);
            let early = receive.recv_timeout(Duration::from_millis(200));
            assert!(early.is_err(), "two hold the lock");
            drop(second);
            receive.recv_timeout(Duration::from_secs(10)).unwrap();
        });
    }
}
