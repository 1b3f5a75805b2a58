//! Reads lines of untrusted files with a limit on their length.

use std::io::{self, BufRead, Read};

/// The longest line that is kept in memory, in bytes.
pub(super) const LONGEST: usize = 1 << 20;

/// A line of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BoundedLine {
    /// The end of the file.
    None,
    /// A whole line, without its line break.
    Whole,
    /// The beginning of a line that is too long.
    Cropped,
}

/// Reads the next line, which ends with `\n`, `\r\n` or the file.
pub(super) fn line(reader: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<BoundedLine> {
    line.clear();
    let mut outcome = BoundedLine::None;
    loop {
        let piece = match reader.fill_buf() {
            Err(cause) if cause.kind() == io::ErrorKind::Interrupted => continue,
            piece => piece?,
        };
        if piece.is_empty() {
            break;
        }
        if outcome == BoundedLine::None {
            outcome = BoundedLine::Whole;
        }
        let end = piece.iter().position(|byte| *byte == b'\n');
        let taken = piece.get(..end.unwrap_or(piece.len())).unwrap_or_default();
        let room = LONGEST - line.len();
        if taken.len() > room {
            outcome = BoundedLine::Cropped;
        }
        line.extend(taken.iter().take(room));
        let used = taken.len() + usize::from(end.is_some());
        reader.consume(used);
        if end.is_some() {
            break;
        }
    }
    if line.last() == Some(&b'\r') {
        line.pop();
    }
    Ok(outcome)
}

/// A file whose lines end with `\r`, as on old Macs, with `\n` in its place.
pub(super) struct OldMac<R>(pub(super) R);

impl<R: Read> Read for OldMac<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.0.read(buffer)?;
        let ends = buffer.iter_mut().take(count).filter(|byte| **byte == b'\r');
        ends.for_each(|byte| *byte = b'\n');
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s7_a_line_is_never_held_that_is_longer_than_a_mebibyte() {
        let long = [b"x".repeat(LONGEST + 1), b"\r\nab\r\n\nc".to_vec()].concat();
        let mut reader = io::BufReader::new(long.as_slice());
        let mut held = Vec::new();
        let mut lines = Vec::new();
        loop {
            match line(&mut reader, &mut held).unwrap() {
                BoundedLine::None => break,
                outcome => lines.push((outcome, held.len())),
            }
        }
        let expected = [
            (BoundedLine::Cropped, LONGEST),
            (BoundedLine::Whole, 2),
            (BoundedLine::Whole, 0),
            (BoundedLine::Whole, 1),
        ];
        assert_eq!(lines, expected);
    }
}
