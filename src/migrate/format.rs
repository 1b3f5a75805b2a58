//! The formats of imported files, and how they are recognised.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_16BE, UTF_16LE};

use super::storable;
use crate::sources::charset::{self, SourceFormat};

/// The format of an imported file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ImportFormat {
    /// tb.cgi's `<tb_id>.stor`.
    Stor,
    /// Movable Type's export.
    MovableType,
    /// WordPress's export (WXR).
    Wxr,
    /// The answers of webmention.io's API.
    Jf2,
    /// Our own JSON Lines.
    Own,
}

impl ImportFormat {
    /// All of them.
    pub const ALL: [ImportFormat; 5] = [
        ImportFormat::Stor,
        ImportFormat::MovableType,
        ImportFormat::Wxr,
        ImportFormat::Jf2,
        ImportFormat::Own,
    ];

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            ImportFormat::Stor => "stor",
            ImportFormat::MovableType => "mt",
            ImportFormat::Wxr => "wxr",
            ImportFormat::Jf2 => "jf2",
            ImportFormat::Own => "tb",
        }
    }

    /// Guesses the format by the beginning of a file; `None` if it is unknown.
    pub fn guess(head: &[u8]) -> Option<ImportFormat> {
        if storable::is_storable(head) {
            return Some(ImportFormat::Stor);
        }
        if charset::form(head, None) == SourceFormat::XmlFeed {
            return Some(ImportFormat::Wxr);
        }
        let head = decoded_head(head);
        // Squarespace's exports in Movable Type's format begin with the line that ends an entry.
        let is_before = |byte: &u8| byte.is_ascii_whitespace() || *byte == b'-';
        let start = head.iter().position(|byte| !is_before(byte))?;
        let head = head.get(start..)?;
        match head.first()? {
            b'<' => Some(ImportFormat::Wxr),
            b'[' => Some(ImportFormat::Jf2),
            b'{' if is_jf2(head) => Some(ImportFormat::Jf2),
            b'{' => Some(ImportFormat::Own),
            _ => {
                let line = head.split(|byte| *byte == b'\n').next()?;
                let key = line.split(|byte| *byte == b':').next()?;
                let is_key = key.len() < line.len()
                    && key
                        .iter()
                        .all(|byte| byte.is_ascii_uppercase() || *byte == b' ');
                is_key.then_some(ImportFormat::MovableType)
            }
        }
    }
}

/// The encoding of a file in UTF-16, which Windows' programs save.
pub(super) fn wide(head: &[u8]) -> Option<&'static Encoding> {
    let by_mark = Encoding::for_bom(head).map(|(encoding, _)| encoding);
    let encoding = by_mark.unwrap_or_else(|| charset::encoding(head, None));
    [UTF_16LE, UTF_16BE].contains(&encoding).then_some(encoding)
}

/// The beginning of a file, in an encoding that has ASCII, and without a byte order mark.
pub(super) fn decoded_head(head: &[u8]) -> Cow<'_, [u8]> {
    match wide(head) {
        Some(encoding) => match encoding.decode(head).0 {
            Cow::Borrowed(text) => text.as_bytes().into(),
            Cow::Owned(text) => text.into_bytes().into(),
        },
        None => head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head).into(),
    }
}

/// Whether the first key of an object is one of a JF2 feed, and none of a ping's.
fn is_jf2(head: &[u8]) -> bool {
    let inside = head.strip_prefix(b"{").unwrap_or_default();
    let mut parts = inside.trim_ascii_start().split(|byte| *byte == b'"');
    let keys: [&[u8]; 7] = [
        b"type",
        b"name",
        b"url",
        b"children",
        b"links",
        // What says so is no feed either, and is told apart by the parser.
        b"error",
        b"items",
    ];
    parts.next().is_some_and(<[u8]>::is_empty)
        && parts.next().is_some_and(|key| keys.contains(&key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_is_guessed_from_how_a_file_begins() {
        for (head, format) in [
            (b"pst0\x04\x0b".as_slice(), Some(ImportFormat::Stor)),
            (
                b"\xEF\xBB\xBF<?xml version='1.0'?>",
                Some(ImportFormat::Wxr),
            ),
            (b"\n{\"op\":\"ping\"", Some(ImportFormat::Own)),
            (b"{\"type\":\"feed\"", Some(ImportFormat::Jf2)),
            (b"{ \n\t\"links\" : [", Some(ImportFormat::Jf2)),
            (b" [{\"type\":\"entry\"", Some(ImportFormat::Jf2)),
            (b"{\"error\":\"forbidden\"", Some(ImportFormat::Jf2)),
            (b"{\"items\":[", Some(ImportFormat::Jf2)),
            (b"{\"tb_id\":\"children\"", Some(ImportFormat::Own)),
            (b"{\"op\":\"ping\",\"url\":\"x\"", Some(ImportFormat::Own)),
            (b"{}", Some(ImportFormat::Own)),
            (b"AUTHOR: Me\nTITLE: x", Some(ImportFormat::MovableType)),
            (b"--------\nAUTHOR: Me\n", Some(ImportFormat::MovableType)),
            (
                b"\xEF\xBB\xBF\r\n--------\r\nTITLE: x\r\n",
                Some(ImportFormat::MovableType),
            ),
            (b"-----\nBODY:\nx", Some(ImportFormat::MovableType)),
            (b"--------\n", None),
            (b"\x1f\x8b\x08", None),
            (b"PK\x03\x04", None),
            (b"", None),
            (b"Hello: x", None),
        ] {
            assert_eq!(ImportFormat::guess(head), format, "{}", head.escape_ascii());
        }
    }
}
