//! `.secret`: the key that signs cookies and form tokens, and the epoch that revokes them.

use std::io::Read;

use serde::{Deserialize, Serialize};

use super::{Store, lock};
use crate::error::{Error, Result};
use crate::folder::{Access, PRIVATE};
use crate::text;

/// What signs sessions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Secret {
    /// 64 hexadecimal digits of randomness.
    pub key: String,
    /// Counts up; sessions of an earlier epoch are over.
    pub epoch: u64,
}

impl Store {
    /// The installation's secret; `None` until [`Store::make_secret`].
    ///
    /// # Errors
    ///
    /// As [`Folder::file`](crate::folder::Folder::file); [`Error::Config`] if the file is damaged.
    pub fn secret(&self) -> Result<Option<Secret>> {
        let Some(file) = self.folder.file(".secret", Access::Read)? else {
            return Ok(None);
        };
        let path = self.folder.path().join(".secret");
        let mut bytes = Vec::new();
        file.take(4096)
            .read_to_end(&mut bytes)
            .map_err(|cause| Error::file("read", &path, cause))?;
        let secret: Option<Secret> = serde_json::from_slice(&bytes)
            .ok()
            .filter(|secret: &Secret| secret.key.len() == 64);
        secret.map(Some).ok_or_else(|| Error::Config {
            place: path.display().to_string(),
            message: "damaged; remove it and run `tb passwd`".to_owned(),
        })
    }

    /// Makes the secret where there is none, and returns it.
    ///
    /// # Errors
    ///
    /// As [`Store::secret`]; [`Error::Random`].
    pub fn make_secret(&self) -> Result<Secret> {
        let _lock = self.lock_secret()?;
        match self.secret()? {
            Some(secret) => Ok(secret),
            None => self.write_secret(Secret {
                key: text::hex(&random::<32>()?),
                epoch: 1,
            }),
        }
    }

    /// Ends every session.
    ///
    /// # Errors
    ///
    /// As [`Store::make_secret`].
    pub fn next_epoch(&self) -> Result<()> {
        let _lock = self.lock_secret()?;
        if let Some(secret) = self.secret()? {
            self.write_secret(Secret {
                epoch: secret.epoch.saturating_add(1),
                ..secret
            })?;
        }
        Ok(())
    }

    fn write_secret(&self, secret: Secret) -> Result<Secret> {
        let bytes = serde_json::to_vec(&secret).unwrap_or_default();
        self.folder.replace_with(".secret", PRIVATE, &bytes)?;
        Ok(secret)
    }

    fn lock_secret(&self) -> Result<std::fs::File> {
        lock::hold(&self.folder, ".lock-secret")
    }
}

/// Bytes from the system's own source of randomness.
///
/// # Errors
///
/// [`Error::Random`].
pub(super) fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|cause| Error::Random(cause.to_string()))?;
    Ok(bytes)
}
