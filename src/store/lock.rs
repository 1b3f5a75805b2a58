//! One writer at a time.
//!
//! The data file itself is never locked: compaction renames a new one over it, and a lock on the old
//! one would protect nothing. Ids hash onto a fixed set of lock files that never move, so that their
//! number does not grow with the ids. The lock ends with the process, however it ends.

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

/// How often a lock file may be taken away from under us; more is no accident.
const ATTEMPTS: usize = 16;

/// Holds the lock of one id until it is dropped.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

/// Waits for the lock of `id`.
pub(super) fn lock(folder: &Folder, id: &TbId) -> Result<Lock> {
    let slot = Sha256::digest(id.as_str().as_bytes())
        .first()
        .map_or(0, |byte| byte % LOCKS);
    let file = hold(folder, &format!(".lock-{slot:02}"))?;
    Ok(Lock { _file: file })
}

/// Waits for the lock file called `name`, which is made where it is not there.
pub(super) fn hold(folder: &Folder, name: &str) -> Result<File> {
    hold_again(folder, name, None).map(|(opened, _)| opened.file)
}

/// As [`hold`], with what was opened `before`, if it still is the file of that name; also gives the length that the
/// file has since it is held.
pub(super) fn hold_again(
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
        // Where it was taken away while we waited, others hold a new one.
        if let Some(length) = folder.length_at(name, &opened) {
            return Ok((opened, length));
        }
    }
    Err(fault(io::Error::other("it is replaced again and again")))
}

/// Takes the lock file called `name` if nobody holds it.
pub(super) fn try_hold(folder: &Folder, name: &str) -> Result<Option<File>> {
    let opened = folder.opened_or_new(name, OpenMode::Change)?;
    let is_ours = try_lock(&opened.file, &folder.path().join(name))?;
    // Where it was taken away meanwhile, others hold a new one.
    let is_ours = is_ours && folder.length_at(name, &opened).is_some();
    Ok(is_ours.then_some(opened.file))
}

/// Locks `file` if nobody holds it; tells whether. `path` is for messages.
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

/// Lets a lock go before its file is closed. Where that fails, closing it lets it go.
pub(super) fn release(file: &File) {
    fs2::FileExt::unlock(file).ok();
}

/// Waits for an exclusive lock on `file`, through interruptions by signals, up to a limit: its holder may be stopped, or
/// on a host that is gone.
pub(super) fn wait(file: &File) -> io::Result<()> {
    wait_for(file, PATIENCE)
}

/// How long a lock is waited for. The longest that one is held for is the time in which a million pings are rewritten.
const PATIENCE: Duration = Duration::from_secs(20);

fn wait_for(file: &File, patience: Duration) -> io::Result<()> {
    let begin = Instant::now();
    let mut pause = Duration::from_micros(100);
    loop {
        // By trait path: std's `File` has methods of like names.
        match fs2::FileExt::try_lock_exclusive(file) {
            Err(cause) if cause.kind() == io::ErrorKind::Interrupted => continue,
            Err(cause) if cause.raw_os_error() == fs2::lock_contended_error().raw_os_error() => {}
            result => return result,
        }
        if begin.elapsed() >= patience {
            let message = format!(
                "another process has held it for {} seconds; try again later",
                patience.as_secs()
            );
            return Err(io::Error::new(io::ErrorKind::TimedOut, message));
        }
        thread::sleep(pause);
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// The longest time between two attempts: a free lock wakes no waiter.
const LONGEST_PAUSE: Duration = Duration::from_millis(10);

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    #[test]
    fn a_lock_that_is_never_let_go_is_not_waited_for_for_ever() {
        let dir = tempfile::tempdir().unwrap();
        let folder = Folder::open(dir.path()).unwrap();
        let held = hold(&folder, ".lock").unwrap();
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
        let first = hold(&folder, ".lock").unwrap();
        let (send, receive) = mpsc::channel();
        thread::scope(|scope| {
            scope.spawn(|| {
                let file = hold(&folder, ".lock").unwrap();
                send.send(()).unwrap();
                drop(file);
            });
            // It waits for the first file, if it is not too slow to show anything.
            thread::sleep(Duration::from_millis(100));
            folder.remove(".lock").unwrap();
            let second = hold(&folder, ".lock").unwrap();
            drop(first);
            let early = receive.recv_timeout(Duration::from_millis(200));
            assert!(early.is_err(), "two hold the lock");
            drop(second);
            receive.recv_timeout(Duration::from_secs(10)).unwrap();
        });
    }
}
