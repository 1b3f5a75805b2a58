//! Copies of whole files, and their restoration.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Take, Write};

use super::{Secret, Store, file_name, lock};
use crate::dir::{OpenMode, PRIVATE, SeenPart, disagrees};
use crate::error::{Error, Result};
use crate::linkback::trackback::TbId;

/// The name of an unnamed file until it is removed.
const STAGED: &str = ".staged.tmp";

impl Store {
    /// The file of `id` up to its last complete line, and its length in bytes. Later appends or replacements do not change
    /// what is read.
    pub fn snapshot(&self, id: &TbId) -> Result<Option<(u64, Take<File>)>> {
        // Under the lock the file contains only acknowledged lines, which are never cut off.
        let transaction = self.begin(id)?;
        let Some(pings) = transaction.pings() else {
            return Ok(None);
        };
        let end = pings.counts().end;
        let fault = |cause| Error::file("read", &pings.path, cause);
        let mut file = pings.file.try_clone().map_err(fault)?;
        file.seek(SeekFrom::Start(0)).map_err(fault)?;
        Ok(Some((end, file.take(end))))
    }

    /// Creates the file of an id that has none, with all `length` bytes or not at all.
    pub fn restore_file(&self, id: &TbId, content: &mut impl Read, length: u64) -> Result<()> {
        let name = file_name(id);
        let _lock = lock::lock(&self.folder, id)?;
        if self.folder.has(&name)? {
            let there = io::Error::from(io::ErrorKind::AlreadyExists);
            return Err(Error::file("put back", self.file_of(id), there));
        }
        self.folder
            .rewrite(&name, PRIVATE, None, |file| copy(content, length, file))
    }

    /// An unnamed file, on the file system of the store, with `content` of `length` bytes.
    pub fn stage(&self, content: &mut impl Read, length: u64) -> Result<File> {
        let mut file = self.unnamed_file()?;
        copy(content, length, &mut file)
            .map_err(|cause| Error::file("write", self.folder.path().join(STAGED), cause))?;
        Ok(file)
    }

    /// An empty file without a name, on the file system of the store: it is gone when it is closed.
    pub fn unnamed_file(&self) -> Result<File> {
        let _lock = lock::acquire(&self.folder, ".lock-staged")?;
        // Left over from a killed process.
        self.folder.remove(STAGED)?;
        let file = self.folder.new_file(STAGED, OpenMode::Change, PRIVATE)?;
        self.folder.remove(STAGED)?;
        Ok(file)
    }

    /// The bytes of the file with the secret; `None` if there is none.
    pub fn secret_bytes(&self) -> Result<Option<Vec<u8>>> {
        let secret = self.secret()?;
        Ok(secret.and_then(|secret| serde_json::to_vec(&secret).ok()))
    }

    /// Restores a secret from [`Store::secret_bytes`], and ends every session.
    pub fn restore_secret(&self, bytes: &[u8]) -> Result<()> {
        let _lock = lock::acquire(&self.folder, ".lock-secret")?;
        let secret: Option<Secret> = serde_json::from_slice(bytes).ok();
        let hexadecimal = |secret: &Secret| {
            secret.key.len() == 64 && secret.key.bytes().all(|byte| byte.is_ascii_hexdigit())
        };
        let secret = secret.filter(hexadecimal).ok_or_else(|| Error::Config {
            place: ".secret".to_owned(),
            message: "it holds no secret".into(),
        })?;
        let secret = Secret {
            epoch: secret.epoch.saturating_add(1),
            ..secret
        };
        let bytes = serde_json::to_vec(&secret).unwrap_or_default();
        self.folder.replace_with(".secret", PRIVATE, &bytes)
    }
}

/// Copies all of `content`, and verifies what was written.
fn copy(content: &mut impl Read, length: u64, file: &mut File) -> io::Result<()> {
    let mut seen = SeenPart::from(0);
    let mut bytes = vec![0; 64 << 10];
    loop {
        match content.read(&mut bytes) {
            Ok(0) => break,
            Ok(count) => {
                let bytes = bytes.get(..count).unwrap_or_default();
                file.write_all(bytes)?;
                seen.append(bytes);
            }
            Err(cause) if cause.kind() == io::ErrorKind::Interrupted => {}
            Err(cause) => return Err(cause),
        }
    }
    if seen.end() != length {
        return Err(disagrees(length, seen.end()));
    }
    seen.check(file)
}
