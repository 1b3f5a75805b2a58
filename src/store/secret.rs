//! `.secret`: the key that signs cookies, form tokens and ping URLs, and the epoch that revokes sessions.

use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use super::{Store, lock};
use crate::dir::{OpenMode, PRIVATE, read_whole};
use crate::error::{Error, Result};
use crate::text;

/// The secret that signs sessions and ping URLs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Secret {
    /// 64 random hexadecimal digits.
    pub key: String,
    /// Increases; sessions of an earlier epoch are invalid.
    pub epoch: u64,
    /// Increases; private feed URLs with an earlier number are invalid.
    #[serde(default)]
    pub feed: u64,
}

impl Secret {
    /// Signs `text` (HMAC-SHA-256, 64 hexadecimal digits). The signature is valid for one purpose only.
    pub fn sign(&self, purpose: &str, text: &str) -> String {
        let Ok(mac) = Hmac::<Sha256>::new_from_slice(self.key.as_bytes()) else {
            // HMAC takes keys of any length.
            return String::new();
        };
        text::hex(
            &mac.chain_update(purpose)
                .chain_update([0])
                .chain_update(text)
                .finalize()
                .into_bytes(),
        )
    }
}

/// Compares two secrets in constant time; two empty texts do not match.
pub fn same_secret(a: &str, b: &str) -> bool {
    !b.is_empty() && bool::from(a.as_bytes().ct_eq(b.as_bytes()))
}

impl Store {
    /// The installation's secret; `None` until [`Store::make_secret`].
    pub fn secret(&self) -> Result<Option<Secret>> {
        let Some(file) = self.folder.file(".secret", OpenMode::Read)? else {
            return Ok(None);
        };
        let path = self.folder.path().join(".secret");
        // Half of a key must not be taken for a damaged one, which the owner is told to remove.
        let (bytes, _) =
            read_whole(&file, 4096).map_err(|cause| Error::file("read", &path, cause))?;
        let secret: Option<Secret> = serde_json::from_slice(&bytes)
            .ok()
            .filter(|secret: &Secret| secret.key.len() == 64);
        secret.map(Some).ok_or_else(|| Error::Config {
            place: path.display().to_string(),
            message: "damaged; remove it and run `tb passwd`".into(),
        })
    }

    /// Returns the secret, creating it if there is none.
    pub fn make_secret(&self) -> Result<Secret> {
        let _lock = self.lock_secret()?;
        match self.secret()? {
            Some(secret) => Ok(secret),
            None => self.write_secret(Secret {
                key: text::hex(&random::<32>()?),
                epoch: 1,
                feed: 0,
            }),
        }
    }

    /// Ends every session.
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

    /// Changes the private feed's URL.
    pub fn next_feed(&self) -> Result<()> {
        let _lock = self.lock_secret()?;
        if let Some(secret) = self.secret()? {
            self.write_secret(Secret {
                feed: secret.feed.saturating_add(1),
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
        lock::acquire(&self.folder, ".lock-secret")
    }
}

/// Random bytes from the operating system.
pub fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    crate::random::fill(&mut bytes)?;
    Ok(bytes)
}
