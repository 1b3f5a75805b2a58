//! One writer at a time.
//!
//! The data file itself is never locked: compaction renames a new one over it, and a lock on the old
//! one would protect nothing. Ids hash onto a fixed set of lock files that never move, so that their
//! number does not grow with the ids. The lock ends with the process, however it ends.

use std::fs::File;
use std::io;

use sha2::{Digest, Sha256};

use crate::error::{Error, Result};
use crate::folder::{Access, Folder};
use crate::trackback::TbId;

/// How many lock files there are.
const LOCKS: u8 = 64;

/// Holds the lock of one id until it is dropped.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

/// Waits for the lock of `id`.
///
/// # Errors
///
/// [`Error::Lock`] where the system has no locks (an NFS mount without a lock service).
pub(super) fn lock(folder: &Folder, id: &TbId) -> Result<Lock> {
    let slot = Sha256::digest(id.as_str().as_bytes())
        .first()
        .map_or(0, |byte| byte % LOCKS);
    let name = format!(".lock-{slot:02}");
    let file = folder.file_or_new(&name, Access::Change)?;
    wait(&file).map_err(|cause| Error::Lock {
        path: folder.path().join(&name),
        cause,
    })?;
    Ok(Lock { _file: file })
}

/// Waits for an exclusive lock on `file`, through interruptions by signals.
pub(super) fn wait(file: &File) -> io::Result<()> {
    loop {
        // By trait path: std's `File` has methods of like names.
        match fs2::FileExt::lock_exclusive(file) {
            Err(cause) if cause.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

/// Takes an exclusive lock if nobody has it; says whether it did.
pub(super) fn try_lock(file: &File) -> bool {
    fs2::FileExt::try_lock_exclusive(file).is_ok()
}
