//! Decompression with a limit.
//!
//! Requests ask for no compression, but some servers compress anyway, and a sitemap may be a gzip file. The limit counts
//! decompressed bytes, so a bomb costs no more than an ordinary page. Data after the end of a gzip file (padding, a
//! second checksum) is ignored, and a truncated or damaged file yields what could be unpacked before, as in browsers.

use std::io::{BufRead, Read};

use flate2::bufread::{DeflateDecoder, GzDecoder, MultiGzDecoder, ZlibDecoder};

/// Decompressed data.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inflated {
    /// The data, up to the limit.
    pub bytes: Vec<u8>,
    /// Whether there was more, beyond the limit or after the damage.
    pub truncated: bool,
}

/// Whether `bytes` begin with the gzip signature.
pub fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x1f, 0x8b, 8])
}

/// Unpacks a gzip file of one or more members into at most `most` bytes; `None` if it is not one.
pub fn gunzip(packed: &[u8], most: usize) -> Option<Inflated> {
    if !is_gzip(packed) {
        return None;
    }
    let mut inflated = Inflated {
        bytes: Vec::new(),
        truncated: false,
    };
    let mut rest = packed;
    // Each member consumes bytes of `rest`, so the loop ends.
    while is_gzip(rest) && !inflated.truncated {
        let source: Box<dyn BufRead + '_> = Box::new(&mut rest);
        let end = inflated.append(&mut GzDecoder::new(source), most);
        if end == InflateEnd::Damaged && inflated.bytes.is_empty() {
            return None;
        }
    }
    Some(inflated)
}

/// Unpacks a gzip file while it is read. One that is damaged or ends too early is an error.
pub fn gzip_reader<'a>(packed: Box<dyn BufRead + 'a>) -> Box<dyn Read + 'a> {
    Box::new(MultiGzDecoder::new(packed))
}

/// Unpacks `deflate` into at most `most` bytes, with the zlib header or, as some servers send it, without; `None` if it
/// is neither.
pub fn inflate(packed: &[u8], most: usize) -> Option<Inflated> {
    inflate_zlib(packed, most).or_else(|| decode_all(DeflateDecoder::new(packed), most))
}

/// The same with the zlib header only.
pub(super) fn inflate_zlib(packed: &[u8], most: usize) -> Option<Inflated> {
    let has_header = match packed {
        [method, flags, ..] => {
            method & 0x0f == 8 && u16::from_be_bytes([*method, *flags]).is_multiple_of(31)
        }
        _ => false,
    };
    let zlib = has_header.then(|| decode_all(ZlibDecoder::new(packed), most));
    zlib.flatten()
}

/// How reading ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum InflateEnd {
    /// At the end of the data, or at the limit.
    Complete,
    /// At an error in the data.
    Damaged,
}

impl Inflated {
    /// Appends the output of `decoder`, up to the limit.
    fn append(&mut self, decoder: &mut impl Read, most: usize) -> InflateEnd {
        let left = most.saturating_sub(self.bytes.len());
        let limit = u64::try_from(left).unwrap_or(u64::MAX).saturating_add(1);
        // Data unpacked before an error is kept.
        let end = decoder.take(limit).read_to_end(&mut self.bytes);
        if self.bytes.len() > most {
            self.bytes.truncate(most);
            self.truncated = true;
            return InflateEnd::Complete;
        }
        match end {
            Ok(_) => InflateEnd::Complete,
            Err(_) => {
                self.truncated = true;
                InflateEnd::Damaged
            }
        }
    }
}

/// The whole output of `decoder`; `None` if it yields only an error.
fn decode_all(mut decoder: impl Read, most: usize) -> Option<Inflated> {
    let mut inflated = Inflated {
        bytes: Vec::new(),
        truncated: false,
    };
    let end = inflated.append(&mut decoder, most);
    (end == InflateEnd::Complete || !inflated.bytes.is_empty()).then_some(inflated)
}
