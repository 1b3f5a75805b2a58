//! The name of what is pinged: an entry, a category, anything with a ping URL.
//!
//! tb.cgi turned every run of bytes outside `[A-Za-z0-9]` into one `_`. ASCII is treated just so;
//! other letters and digits of Unicode are kept (in NFC), so that two Japanese ids are two ids.

use std::fmt;

use unicode_normalization::UnicodeNormalization;

use crate::error::Refusal;

/// A checked id: 1 to 128 bytes of letters, digits and `_`, safe as a file name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TbId(String);

impl TbId {
    /// The longest id, in bytes after normalisation.
    pub const MAX_BYTES: usize = 128;

    /// Reads an id as it came, percent-decoded; a leading `/` is not part of it.
    ///
    /// # Errors
    ///
    /// [`Refusal::NoTbId`] if nothing is left, [`Refusal::BadTbId`] for control characters, bytes that
    /// are not UTF-8 and a `..` between slashes, [`Refusal::TbIdTooLong`] over 128 bytes.
    pub fn new(raw: &[u8]) -> Result<TbId, Refusal> {
        let text = std::str::from_utf8(raw).map_err(|_| Refusal::BadTbId)?;
        let text = text.strip_prefix('/').unwrap_or(text);
        if text.is_empty() {
            return Err(Refusal::NoTbId);
        }
        if text.chars().any(char::is_control) || text.split(['/', '\\']).any(|part| part == "..") {
            return Err(Refusal::BadTbId);
        }
        let mut id = String::with_capacity(text.len());
        for character in text.nfc() {
            if character.is_alphanumeric() {
                id.push(character);
            } else if !id.ends_with('_') {
                // `_` itself is outside tb.cgi's class too: a run of them is one.
                id.push('_');
            }
        }
        if id.len() > TbId::MAX_BYTES {
            return Err(Refusal::TbIdTooLong);
        }
        Ok(TbId(id))
    }

    /// The id as it stands in file names and URLs.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TbId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
