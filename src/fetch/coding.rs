//! `Content-Encoding`, as servers really send it.
//!
//! What no server should say of a body (a charset, `none`, nonsense) says nothing about it: the body is as it came.
//! A coding that is registered but not unpacked here hides the body.

use ureq::http::{HeaderMap, header};

use super::inflate::{self, Inflated};

/// One thing that was done to a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Coding {
    Gzip,
    Deflate,
    /// A registered one that is not unpacked here.
    Other(String),
}

impl Coding {
    /// The name of a coding that hides the body.
    pub(super) fn unreadable(&self) -> Option<&str> {
        match self {
            Coding::Gzip | Coding::Deflate => None,
            Coding::Other(name) => Some(name),
        }
    }
}

/// What was done to the body, in that order.
pub(super) fn of(headers: &HeaderMap) -> Vec<Coding> {
    let mut codings = Vec::new();
    for value in headers.get_all(header::CONTENT_ENCODING) {
        let value = String::from_utf8_lossy(value.as_bytes()).to_ascii_lowercase();
        for name in value.split([',', ';', ' ']) {
            match name.trim_matches(|c: char| c.is_whitespace() || c == '"') {
                "gzip" | "x-gzip" => codings.push(Coding::Gzip),
                "deflate" | "x-deflate" => codings.push(Coding::Deflate),
                name if REGISTERED.contains(&name) => codings.push(Coding::Other(name.to_owned())),
                _ => {}
            }
        }
    }
    codings
}

/// How many bytes are to be read so that `most` can come out. What needs more is cut off; hardly anything does, for
/// compression that makes a text longer adds a few bytes in thousands.
pub(super) fn packed(most: usize) -> usize {
    most.saturating_add(most / 64).saturating_add(1024)
}

/// Undoes what was done to `body`, last first. What a coding was not really done to stays as it is: some servers
/// announce compression and send plain text. `None` if it was done, and nothing can be unpacked.
pub(super) fn undo(
    codings: &[Coding],
    mut body: Vec<u8>,
    mut truncated: bool,
    most: usize,
) -> Option<(Vec<u8>, bool)> {
    for coding in codings.iter().rev().take(MOST_CODINGS) {
        let unpacked = match coding {
            Coding::Gzip => match inflate::gunzip(&body, most) {
                None if body.starts_with(&[0x1f, 0x8b]) => return None,
                unpacked => unpacked,
            },
            Coding::Deflate => inflate::inflate(&body, most),
            Coding::Other(_) => None,
        };
        if let Some(Inflated {
            bytes,
            truncated: more,
        }) = unpacked
        {
            body = bytes;
            truncated |= more;
        }
    }
    if body.len() > most {
        body.truncate(most);
        truncated = true;
    }
    Some((body, truncated))
}

/// The IANA registry of content codings, without those that are unpacked here and `identity`.
const REGISTERED: [&str; 10] = [
    "aes128gcm",
    "br",
    "compress",
    "x-compress",
    "dcb",
    "dcz",
    "exi",
    "pack200-gzip",
    "zstd",
    "zst",
];
/// A body that is packed more often than a server and a proxy may do it by mistake is not taken apart.
const MOST_CODINGS: usize = 3;
