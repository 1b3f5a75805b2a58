//! Decodes a stream while it is read.
//!
//! `encoding_rs_io` does not support what is needed without a charset: UTF-8 with stray windows-1252 bytes.

use std::io::{self, BufRead, Read};

use encoding_rs::{CoderResult, Decoder, Encoding, UTF_8, WINDOWS_1252};

/// Converts a stream in a charset to UTF-8. Without a charset, bytes that are not valid UTF-8 count as windows-1252.
pub(crate) struct Decoding<R> {
    inner: R,
    decoder: Option<Decoder>,
    /// Bytes that were read but not decoded: the beginning of a character.
    raw: Vec<u8>,
    ready: Vec<u8>,
    at: usize,
    ended: bool,
}

/// Bytes decoded at once.
pub(crate) const PIECE: usize = 32 << 10;

impl<R: Read> Decoding<R> {
    /// Decodes from a charset, unless a byte order mark says another one.
    pub(crate) fn of(inner: R, charset: Option<&'static Encoding>) -> Decoding<R> {
        let other = charset.filter(|encoding| *encoding != UTF_8);
        let decoder = other.map(Encoding::new_decoder);
        Decoding::new(inner, decoder)
    }

    pub(crate) fn new(inner: R, decoder: Option<Decoder>) -> Decoding<R> {
        Decoding {
            inner,
            decoder,
            raw: Vec::new(),
            ready: Vec::new(),
            at: 0,
            ended: false,
        }
    }

    fn refill(&mut self) -> io::Result<()> {
        let start = self.raw.len();
        self.raw.resize(start + PIECE, 0);
        let room = self.raw.get_mut(start..).unwrap_or_default();
        let count = loop {
            match self.inner.read(room) {
                Err(cause) if cause.kind() == io::ErrorKind::Interrupted => {}
                read => break read?,
            }
        };
        self.raw.truncate(start + count);
        self.ended = count == 0;
        self.ready.clear();
        self.at = 0;
        match &mut self.decoder {
            Some(decoder) => {
                let most = decoder.max_utf8_buffer_length(self.raw.len()).unwrap_or(0);
                let mut text = String::with_capacity(most);
                let (result, ..) = decoder.decode_to_string(&self.raw, &mut text, self.ended);
                // The buffer is large enough for all of it.
                debug_assert!(result == CoderResult::InputEmpty);
                self.ready = text.into_bytes();
                self.raw.clear();
            }
            None => mend(&mut self.raw, &mut self.ready, self.ended),
        }
        Ok(())
    }
}

impl<R: Read> BufRead for Decoding<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.at == self.ready.len() && !self.ended {
            self.refill()?;
        }
        Ok(self.ready.get(self.at..).unwrap_or_default())
    }

    fn consume(&mut self, count: usize) {
        self.at += count;
    }
}

impl<R: Read> Read for Decoding<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(buffer)?;
        self.consume(count);
        Ok(count)
    }
}

/// Moves `raw` to `ready` as UTF-8; an incomplete character at the end is kept for later, unless the stream has ended.
fn mend(raw: &mut Vec<u8>, ready: &mut Vec<u8>, ended: bool) {
    let mut cut = Vec::new();
    let mut chunks = raw.utf8_chunks().peekable();
    while let Some(chunk) = chunks.next() {
        ready.extend(chunk.valid().as_bytes());
        let invalid = chunk.invalid();
        // An incomplete character, whose rest may follow.
        let unfinished =
            || std::str::from_utf8(invalid).is_err_and(|error| error.error_len().is_none());
        if chunks.peek().is_none() && !ended && unfinished() {
            cut = invalid.to_vec();
        } else {
            let text = WINDOWS_1252.decode_without_bom_handling(invalid).0;
            ready.extend(text.as_bytes());
        }
    }
    *raw = cut;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::charset::{declared, decode_as, named};

    fn streamed(bytes: &[u8], charset: Option<&str>) -> String {
        let charset = charset.map(|label| named(label).unwrap());
        let mut text = String::new();
        // One byte at a time is the worst that a pipe can do.
        struct Drip<'a>(&'a [u8]);
        impl Read for Drip<'_> {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                let count = buffer.len().min(1).min(self.0.len());
                let (now, later) = self.0.split_at(count);
                buffer[..count].copy_from_slice(now);
                self.0 = later;
                Ok(count)
            }
        }
        Decoding::of(Drip(bytes), charset)
            .read_to_string(&mut text)
            .unwrap();
        text
    }

    #[test]
    fn bytes_that_are_not_utf_8_are_windows_1252() {
        assert_eq!(decode_as(b"caf\xE9 \x93x\x94", None), "café “x”");
        assert_eq!(decode_as("猫".as_bytes(), None), "猫");
        assert_eq!(
            streamed(b"caf\xE9 \xE7\x8C! \xE7\x8C\xAB \xE7\x8C", None),
            "café çŒ! 猫 çŒ"
        );
        assert_eq!(streamed("猫の話".as_bytes(), None), "猫の話");
    }

    #[test]
    fn euc_jp_is_read_where_it_is_named() {
        assert_eq!(decode_as(b"\xC7\xAD", named("EUC-JP")), "猫");
        assert_eq!(streamed(b"a\xC7\xAD\xC7\xADb", Some("euc-jp")), "a猫猫b");
        let head = b"<?xml version='1.0' encoding = 'EUC-JP' ?><rss>";
        assert_eq!(declared(head), named("euc-jp"));
        assert_eq!(declared(b"<?xml version='1.0'?><a encoding='x'/>"), None);
        assert!(named("utf-16").is_none() && named("nonsense").is_none());
    }
}
