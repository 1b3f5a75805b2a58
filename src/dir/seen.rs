//! Verifies the content of a file before anything in it is overwritten, cut off or replaced.
//!
//! On a network file system (NFS after a server restart, GlusterFS, two hosts without common locks), a read may return
//! "end of file" in the middle, or `fstat` an old length. Truncating or rewriting a file on the basis of one such result
//! would destroy acknowledged data. So a file is changed only if its length and content agree over several reads;
//! otherwise nothing is changed and the caller may try again later.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::FileExt;

use super::checksum::Checksum;
use crate::error::system_message;

/// How often an inconsistent file is read before that is an error.
pub const TRIES: usize = 3;

/// Bytes read at once, at most.
const CHUNK: usize = 64 << 10;

/// A buffer to read `expected` bytes, and one more by which a longer file is noticed.
fn buffer(expected: u64) -> Vec<u8> {
    let length = usize::try_from(expected).unwrap_or(CHUNK).min(CHUNK - 1) + 1;
    vec![0; length]
}

/// A part of a file that was read: its extent and its checksum.
#[derive(Debug, Clone)]
pub struct SeenPart {
    from: u64,
    to: u64,
    checksum: Checksum,
}

impl SeenPart {
    /// An empty part at an offset.
    pub fn from(offset: u64) -> SeenPart {
        SeenPart {
            from: offset,
            to: offset,
            checksum: Checksum::new(),
        }
    }

    /// Appends the bytes that follow.
    pub fn append(&mut self, bytes: &[u8]) {
        self.to += bytes.len() as u64;
        self.checksum.append(bytes);
    }

    /// The offset after the last byte.
    pub fn end(&self) -> u64 {
        self.to
    }

    /// Whether both are the same part with the same content.
    pub fn is_same(&self, other: &SeenPart) -> bool {
        (self.from, self.to) == (other.from, other.to)
            && self.checksum.value() == other.checksum.value()
    }

    /// Fails unless the file ends here and has the same content.
    pub fn check(&self, file: &File) -> io::Result<()> {
        let mut fault = disagrees(self.to, 0);
        for _ in 0..TRIES {
            match self.check_once(file) {
                Ok(()) => return Ok(()),
                Err(error) => fault = error,
            }
        }
        Err(fault)
    }

    fn check_once(&self, file: &File) -> io::Result<()> {
        let before = length(file)?;
        let mut again = SeenPart::from(self.from);
        again.read_on(file, self.to)?;
        let after = length(file)?;
        if before != self.to || after != self.to || !again.is_same(self) {
            let told = if before == self.to { after } else { before };
            return Err(disagrees(told, again.to));
        }
        Ok(())
    }

    /// Appends what follows in the file, to its end or beyond `to`.
    fn read_on(&mut self, file: &File, to: u64) -> io::Result<()> {
        let mut bytes = buffer(to.saturating_sub(self.to));
        while self.to <= to {
            match file.read_at(&mut bytes, self.to) {
                Ok(0) => break,
                Ok(count) => self.append(bytes.get(..count).unwrap_or_default()),
                Err(cause) if cause.kind() == io::ErrorKind::Interrupted => {}
                Err(cause) => return Err(cause),
            }
        }
        Ok(())
    }
}

/// The reported length of the file.
pub fn length(file: &File) -> io::Result<u64> {
    Ok(file.metadata()?.len())
}

/// Reads a whole file, with its [`SeenPart`] for later checks. Retries if the length does not agree.
pub fn read_whole(file: &File, most: u64) -> io::Result<(Vec<u8>, SeenPart)> {
    let mut fault = disagrees(0, 0);
    for _ in 0..TRIES {
        let told = length(file)?;
        if told > most {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let bytes = read_part(file, 0, told)?;
        if bytes.len() as u64 == told {
            let mut seen = SeenPart::from(0);
            seen.append(&bytes);
            return Ok((bytes, seen));
        }
        fault = disagrees(told, bytes.len() as u64);
    }
    Err(fault)
}

/// A file that is read to its end: where it ends before its length, reading it fails.
#[derive(Debug)]
pub struct WholeFile(File);

impl WholeFile {
    /// The rest of `file`.
    pub fn of(file: File) -> WholeFile {
        WholeFile(file)
    }
}

impl Read for WholeFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.0.read(buffer)?;
        if count == 0 && !buffer.is_empty() {
            let (told, at) = (length(&self.0)?, self.0.stream_position()?);
            if at < told {
                let message = format!("it ends {} bytes before its length", told - at);
                return Err(io::Error::new(io::ErrorKind::UnexpectedEof, message));
            }
        }
        Ok(count)
    }
}

impl Seek for WholeFile {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.0.seek(to)
    }
}

/// Whether an append is synced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durable {
    /// It is.
    Now,
    /// The caller syncs it.
    Later,
}

/// Appends `bytes` to a file, opened for appending, that was read up to its end, and verifies that nothing was added
/// meanwhile by another host. `seen` is replaced by an empty part at the new end.
pub fn append(file: &File, seen: &mut SeenPart, bytes: &[u8], durable: Durable) -> io::Result<()> {
    let mut grown = seen.clone();
    grown.append(bytes);
    let mut written = 0;
    let added = write_counted(file, bytes, &mut written)
        .and_then(|()| match durable {
            Durable::Now => file.sync_data(),
            Durable::Later => Ok(()),
        })
        .and_then(|()| grown.check(file));
    if let Err(cause) = added {
        let own = bytes.get(..written).unwrap_or(bytes);
        return Err(match take_off(file, seen.to, own) {
            Ok(()) => cause,
            Err(_) => uncertain(&cause),
        });
    }
    *seen = SeenPart::from(grown.to);
    Ok(())
}

fn write_counted(mut file: &File, bytes: &[u8], written: &mut usize) -> io::Result<()> {
    while let Some(rest) = bytes.get(*written..).filter(|rest| !rest.is_empty()) {
        match file.write(rest) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(count) => *written += count,
            Err(cause) if cause.kind() == io::ErrorKind::Interrupted => {}
            Err(cause) => return Err(cause),
        }
    }
    Ok(())
}

/// Cuts `own`, or the written part of it, off the end of a file that ended at `at` before; never what others may have
/// written. Fails unless nothing of it is left.
fn take_off(file: &File, at: u64, own: &[u8]) -> io::Result<()> {
    if own.is_empty() {
        return Ok(());
    }
    let mut fault = disagrees(at, at);
    for _ in 0..TRIES {
        let told = length(file)?;
        let whole = told.checked_sub(own.len() as u64);
        if let Some(start) = whole
            && read_part(file, start, told)? == own
        {
            return file.set_len(start).and_then(|()| file.sync_data());
        }
        // It was written, so a file that is no longer than before is misreported.
        if told <= at {
            fault = disagrees(told, at);
            continue;
        }
        // If more was added than `own`, somebody else has written; an empty part never matches.
        let part = match told - at < own.len() as u64 {
            true => read_part(file, at, told)?,
            false => Vec::new(),
        };
        if part.len() as u64 == told - at && own.starts_with(&part) {
            return file.set_len(at).and_then(|()| file.sync_data());
        }
        fault = disagrees(told, at);
    }
    Err(fault)
}

/// Reads from `start` to the end, or beyond its length as it is `told`, which shows that the file is longer.
fn read_part(file: &File, start: u64, told: u64) -> io::Result<Vec<u8>> {
    let mut part = Vec::new();
    let mut chunk = buffer(told.saturating_sub(start));
    while start + part.len() as u64 <= told {
        match file.read_at(&mut chunk, start + part.len() as u64) {
            Ok(0) => break,
            Ok(count) => part.extend(chunk.get(..count).unwrap_or_default()),
            Err(cause) if cause.kind() == io::ErrorKind::Interrupted => {}
            Err(cause) => return Err(cause),
        }
    }
    Ok(part)
}

/// The error for a file whose length and content do not agree.
pub fn disagrees(told: u64, read: u64) -> io::Error {
    io::Error::other(format!(
        "its length is said to be {told} bytes, and what can be read of it ends at {read} or is not what was read \
         before{UNCHANGED}"
    ))
}

/// The end of the message of an error before which nothing was written.
const UNCHANGED: &str = "; nothing was changed";

/// The error `cause` of an append that may have left something in the file.
fn uncertain(cause: &io::Error) -> io::Error {
    let message = system_message(cause);
    let message = message.strip_suffix(UNCHANGED).unwrap_or(&message);
    io::Error::new(
        cause.kind(),
        format!("{message}; it is not known whether it was stored"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{self, OpenOptions};

    fn file(content: &[u8]) -> (tempfile::TempDir, File) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        fs::write(&path, content).unwrap();
        let file = OpenOptions::new().read(true).append(true).open(&path);
        (dir, file.unwrap())
    }

    fn content(file: &File) -> Vec<u8> {
        read_whole(file, 1 << 20).unwrap().0
    }

    #[test]
    fn a0_what_another_host_added_is_seen_and_only_ones_own_line_is_taken_off() {
        for (there, known, after) in [
            ("a\nb\n", "a\n", "a\nb\n"),
            ("a\n", "", "a\n"),
            ("a\nb", "a\n", "a\nb"),
            // Read as longer, as shorter, as something else.
            ("a\n", "a\nb\n", "a\n"),
            ("a\n", "x\n", "a\n"),
        ] {
            let (_dir, file) = file(there.as_bytes());
            let mut seen = SeenPart::from(0);
            seen.append(known.as_bytes());
            let added = append(&file, &mut seen, b"mine\n", Durable::Now);
            assert!(added.is_err(), "{there:?} {known:?}");
            assert_eq!(String::from_utf8(content(&file)).unwrap(), after);
        }
        let (_dir, file) = file(b"a\n");
        let mut seen = read_whole(&file, 10).unwrap().1;
        append(&file, &mut seen, b"b\n", Durable::Now).unwrap();
        append(&file, &mut seen, b"c\n", Durable::Later).unwrap();
        assert_eq!(content(&file), b"a\nb\nc\n");
    }

    #[test]
    fn a0_a_line_behind_ones_own_is_left_with_it() {
        let (_dir, file) = file(b"a\nmine\ntheirs\n");
        assert!(take_off(&file, 2, b"mine\n").is_err());
        assert_eq!(content(&file), b"a\nmine\ntheirs\n");
        let (_dir, file) = self::file(b"a\ntheirs\nmine\n");
        take_off(&file, 2, b"mine\n").unwrap();
        assert_eq!(content(&file), b"a\ntheirs\n");
        // Half of it, where writing failed.
        let (_dir, file) = self::file(b"a\nmi");
        take_off(&file, 2, b"mine\n").unwrap();
        assert_eq!(content(&file), b"a\n");
    }

    #[test]
    fn a0_an_append_that_cannot_be_taken_back_says_so() {
        // The file is said to be as long as before, or shorter, though the line was written.
        for at in [7, 20] {
            let (_dir, file) = file(b"a\nb\nc\n");
            assert!(take_off(&file, at, b"mine\n").is_err(), "{at}");
            assert_eq!(content(&file), b"a\nb\nc\n");
        }
        let unsure = uncertain(&disagrees(3, 4)).to_string();
        assert!(!unsure.contains("nothing was changed"), "{unsure}");
        assert!(unsure.ends_with("; it is not known whether it was stored"));
        let full = uncertain(&io::Error::from(io::ErrorKind::StorageFull));
        assert_eq!(full.kind(), io::ErrorKind::StorageFull);
        assert!(full.to_string().contains("not known"), "{full}");
    }

    #[test]
    fn a_file_larger_than_it_may_be_is_not_read_in_part() {
        let (_dir, file) = file(b"123456");
        assert!(read_whole(&file, 5).is_err());
        assert_eq!(read_whole(&file, 6).unwrap().0, b"123456");
    }
}
