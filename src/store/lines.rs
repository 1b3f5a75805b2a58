//! Reads the complete lines of a file, from any offset.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::os::unix::fs::FileExt;

use super::facts::Span;
use crate::dir::SeenPart;

/// The extent of what was read.
#[derive(Debug, Clone)]
pub(super) struct ReadLines {
    /// The complete lines.
    pub(super) whole: SeenPart,
    /// The end of what was read, including bytes after the last newline.
    pub(super) end: u64,
}

impl ReadLines {
    /// An empty range at an offset.
    pub(super) fn none(offset: u64) -> ReadLines {
        ReadLines {
            whole: SeenPart::from(offset),
            end: offset,
        }
    }
}

/// Calls `visit` with each complete line of `reader`, which begins at `offset` of the file.
pub(super) fn each_line(
    mut offset: u64,
    reader: impl Read,
    mut visit: impl FnMut(Span, &[u8]) -> io::Result<()>,
) -> io::Result<ReadLines> {
    let mut reader = BufReader::with_capacity(1 << 14, reader);
    let mut line = Vec::new();
    let mut whole = SeenPart::from(offset);
    loop {
        line.clear();
        reader.read_until(b'\n', &mut line)?;
        if !line.ends_with(b"\n") {
            let end = offset + line.len() as u64;
            return Ok(ReadLines { whole, end });
        }
        whole.append(&line);
        line.pop();
        let length = u32::try_from(line.len()).map_err(io::Error::other)?;
        visit(Span { offset, length }, &line)?;
        offset += u64::from(length) + 1;
    }
}

/// Reads a file from an offset to its end, independently of its own position.
pub(super) struct ReadAt<'file> {
    file: &'file File,
    offset: u64,
    /// One byte after the reported length: if that byte can be read, the file is longer than reported.
    end: u64,
}

impl ReadAt<'_> {
    pub(super) fn new(file: &File, offset: u64, reported: u64) -> ReadAt<'_> {
        let end = reported.saturating_add(1);
        ReadAt { file, offset, end }
    }
}

impl Read for ReadAt<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.end.saturating_sub(self.offset)).unwrap_or(usize::MAX);
        let most = buffer.len().min(left);
        let buffer = buffer.get_mut(..most).unwrap_or_default();
        if buffer.is_empty() {
            return Ok(0);
        }
        let count = self.file.read_at(buffer, self.offset)?;
        self.offset += count as u64;
        Ok(count)
    }
}
