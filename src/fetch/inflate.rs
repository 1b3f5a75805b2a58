//! Unpacks what a server compressed, within a limit.
//!
//! No request asks for compression, but some servers compress all the same, and a sitemap may be a gzip file. The
//! limit counts what comes out, and unpacking stops there, so a bomb costs no more than an ordinary page. What stands
//! behind a gzip file (padding, a second checksum) is ignored, and a file that breaks off or is damaged gives what
//! could be unpacked before, as browsers do.

use std::io::Read;

use flate2::bufread::{DeflateDecoder, GzDecoder, ZlibDecoder};

/// What came out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inflated {
    /// At most as many bytes as were allowed.
    pub bytes: Vec<u8>,
    /// Whether there was more, beyond the limit or behind a damaged place.
    pub truncated: bool,
}

/// Whether `bytes` begin as a gzip file does.
pub fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x1f, 0x8b, 8])
}

/// Unpacks a gzip file of one or more members into at most `most` bytes; `None` if it is none.
pub fn gunzip(packed: &[u8], most: usize) -> Option<Inflated> {
    if !is_gzip(packed) {
        return None;
    }
    let mut inflated = Inflated {
        bytes: Vec::new(),
        truncated: false,
    };
    let mut rest = packed;
    // Each member takes bytes off `rest`, so this ends with it.
    while is_gzip(rest) && !inflated.truncated {
        let mut decoder = GzDecoder::new(rest);
        let end = inflated.read(&mut decoder, most);
        if end == InflateEnd::Unreadable && inflated.bytes.is_empty() {
            return None;
        }
        rest = decoder.into_inner();
    }
    Some(inflated)
}

/// Unpacks `deflate` into at most `most` bytes, with zlib's header or, as some servers send it, without; `None` if it
/// is neither.
pub fn inflate(packed: &[u8], most: usize) -> Option<Inflated> {
    let has_header = match packed {
        [method, flags, ..] => {
            method & 0x0f == 8 && u16::from_be_bytes([*method, *flags]).is_multiple_of(31)
        }
        _ => false,
    };
    let zlib = has_header.then(|| whole(ZlibDecoder::new(packed), most));
    zlib.flatten()
        .or_else(|| whole(DeflateDecoder::new(packed), most))
}

/// How reading ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum InflateEnd {
    /// As it should, or at the limit.
    Proper,
    /// Within the data.
    Unreadable,
}

impl Inflated {
    /// Adds what `decoder` gives, up to the limit.
    fn read(&mut self, decoder: &mut impl Read, most: usize) -> InflateEnd {
        let left = most.saturating_sub(self.bytes.len());
        let limit = u64::try_from(left).unwrap_or(u64::MAX).saturating_add(1);
        // What was unpacked before an error is kept.
        let end = decoder.take(limit).read_to_end(&mut self.bytes);
        if self.bytes.len() > most {
            self.bytes.truncate(most);
            self.truncated = true;
            return InflateEnd::Proper;
        }
        match end {
            Ok(_) => InflateEnd::Proper,
            Err(_) => {
                self.truncated = true;
                InflateEnd::Unreadable
            }
        }
    }
}

/// Everything that `decoder` gives; `None` if it gives nothing but an error.
fn whole(mut decoder: impl Read, most: usize) -> Option<Inflated> {
    let mut inflated = Inflated {
        bytes: Vec::new(),
        truncated: false,
    };
    let end = inflated.read(&mut decoder, most);
    (end == InflateEnd::Proper || !inflated.bytes.is_empty()).then_some(inflated)
}
