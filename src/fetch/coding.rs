//! `Content-Encoding`, as servers really send it.
//!
//! Invalid values (a charset, `none`, nonsense) are ignored. A registered coding that is not supported here makes the
//! body unreadable.

use ureq::http::{HeaderMap, header};

use super::inflate::{self, Inflated};

/// A content coding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Coding {
    Gzip,
    Deflate,
    /// A registered one that is not supported here.
    Other(String),
}

impl Coding {
    /// The name of the coding if it is not supported.
    pub(super) fn unreadable(&self) -> Option<&str> {
        match self {
            Coding::Gzip | Coding::Deflate => None,
            Coding::Other(name) => Some(name),
        }
    }
}

/// The codings of a body, in the order in which they were applied.
pub(super) fn parse(headers: &HeaderMap) -> Vec<Coding> {
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

/// How many compressed bytes to read for `most` bytes of content: incompressible content grows by a few bytes in a
/// thousand.
pub(super) fn compressed_limit(most: usize) -> usize {
    most.saturating_add(most / 64).saturating_add(1024)
}

/// Decodes `body`, the last coding first. A coding that was not really applied is ignored: some servers announce
/// compression and send plain text, or another one. Gzip data are unpacked even if nothing announces them. `None` if the
/// body is gzip data and nothing of it can be unpacked.
pub(super) fn decode(
    codings: &[Coding],
    mut body: Vec<u8>,
    mut truncated: bool,
    most: usize,
) -> Option<(Vec<u8>, bool)> {
    let mut codings = codings.iter().rev();
    for _ in 0..MAX_CODINGS {
        let coding = codings.next();
        let unpacked = if body.starts_with(&[0x1f, 0x8b]) {
            Some(inflate::gunzip(&body, most)?)
        } else {
            match coding {
                Some(Coding::Gzip) => inflate::inflate_zlib(&body, most),
                Some(Coding::Deflate) => inflate::inflate(&body, most),
                Some(Coding::Other(_)) | None => None,
            }
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

/// The IANA registry of content codings, without the supported ones and `identity`.
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
/// Further codings are not undone. A server and a proxy may each compress a body by mistake.
const MAX_CODINGS: usize = 3;
