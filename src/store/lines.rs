//! The whole lines of a file, from any offset on.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::os::unix::fs::FileExt;

use super::map::Span;

/// Calls `take` with each whole line of `reader`, which begins at `offset` of the file.
pub(super) fn each_line(
    mut offset: u64,
    reader: impl Read,
    mut take: impl FnMut(Span, &[u8]) -> io::Result<()>,
) -> io::Result<()> {
    let mut reader = BufReader::with_capacity(1 << 14, reader);
    let mut line = Vec::new();
    loop {
        line.clear();
        reader.read_until(b'\n', &mut line)?;
        if line.pop() != Some(b'\n') {
            return Ok(());
        }
        let length = u32::try_from(line.len()).map_err(io::Error::other)?;
        take(Span { offset, length }, &line)?;
        offset += u64::from(length) + 1;
    }
}

/// Reads a file from an offset on, whatever its own position is.
pub(super) struct ReadAt<'file> {
    pub(super) file: &'file File,
    pub(super) offset: u64,
}

impl Read for ReadAt<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read_at(buffer, self.offset)?;
        self.offset += count as u64;
        Ok(count)
    }
}
