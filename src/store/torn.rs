//! Torn lines: bytes after the last newline of a file of pings are copied to `.quarantine`, then cut off.
//!
//! Bytes are cut off only if they were read twice with the same result and no newline, and were written to `.quarantine`
//! and read back from there in between.

use std::io;
use std::os::unix::fs::FileExt;

use super::Store;
use super::pings::Pings;
use crate::dir::{self, Durable, SeenPart, TRIES, disagrees, length};
use crate::error::{Error, Result};

/// How many bytes are quarantined in one line.
const PIECE: usize = 4 << 20;

/// Makes the file end with its last complete line. Bytes that cannot be quarantined stay, as a line of their own.
pub(super) fn repair(store: &Store, pings: &Pings) -> Result<()> {
    let wrap = |cause| Error::file("cut a torn line off", &pings.path, cause);
    let mut fault = disagrees(0, 0);
    for turn in 0..TRIES {
        if turn > 0 {
            pings.reload_without_index()?;
        }
        let (end, to) = (pings.counts().end, pings.read_to());
        let reported = length(&pings.file).map_err(wrap)?;
        if reported != to {
            fault = disagrees(reported, to);
            continue;
        }
        if to == end {
            return Ok(());
        }
        let Some(torn) = inspect_tail(pings, end, to)
            .map_err(wrap)?
            .filter(|torn| torn.end() == to)
        else {
            // It contains a newline, or is longer than before.
            fault = disagrees(reported, end);
            continue;
        };
        let copied = copy_to_quarantine(store, pings, end, to);
        match torn.check(&pings.file) {
            Ok(()) if copied.is_ok() => {
                return pings
                    .file
                    .set_len(end)
                    .and_then(|()| pings.file.sync_data())
                    .map_err(wrap);
            }
            Ok(()) => {
                dir::append(&pings.file, &mut { torn }, b"\n", Durable::Now).map_err(wrap)?;
                return pings.reload_without_index();
            }
            Err(cause) => fault = cause,
        }
    }
    Err(wrap(fault))
}

/// Reads the bytes from `end` to `to` or beyond; `None` if they contain a newline.
fn inspect_tail(pings: &Pings, end: u64, to: u64) -> io::Result<Option<SeenPart>> {
    let mut torn = SeenPart::from(end);
    let mut bytes = vec![0; 64 << 10];
    while torn.end() <= to {
        match pings.file.read_at(&mut bytes, torn.end()) {
            Ok(0) => break,
            Ok(count) => {
                let bytes = bytes.get(..count).unwrap_or_default();
                if bytes.contains(&b'\n') {
                    return Ok(None);
                }
                torn.append(bytes);
            }
            Err(cause) if cause.kind() == io::ErrorKind::Interrupted => {}
            Err(cause) => return Err(cause),
        }
    }
    Ok(Some(torn))
}

/// Writes all bytes from `end` to `to` into `.quarantine`, and reads them back.
fn copy_to_quarantine(store: &Store, pings: &Pings, end: u64, to: u64) -> Result<()> {
    let wrap = |cause| Error::file("read", &pings.path, cause);
    let quarantine = store.open_quarantine()?;
    let mut seen = SeenPart::from(length(&quarantine.file).map_err(wrap)?);
    let name = pings.path.file_name().unwrap_or_default();
    let mut at = end;
    while at < to {
        let left = usize::try_from(to - at).unwrap_or(PIECE);
        let mut bytes = vec![0; left.min(PIECE)];
        pings.file.read_exact_at(&mut bytes, at).map_err(wrap)?;
        // A piece must not end in the middle of a character, except the last one.
        if let Err(error) = std::str::from_utf8(&bytes)
            && error.error_len().is_none()
            && bytes.len() < left
        {
            bytes.truncate(error.valid_up_to());
        }
        let line = line(&name.to_string_lossy(), at, &bytes);
        store.add_to_quarantine(&quarantine, &line, &mut seen)?;
        at += bytes.len() as u64;
    }
    seen.check(&quarantine.file)
        .and_then(|()| quarantine.file.sync_data())
        .map_err(|cause| Error::file("quarantine a torn line in", &quarantine.path, cause))
}

/// One line of `.quarantine`. Bytes that are not UTF-8 are also given in hexadecimal digits.
fn line(file: &str, at: u64, torn: &[u8]) -> Vec<u8> {
    let mut line = serde_json::json!({
        "file": file, "at": at, "torn": String::from_utf8_lossy(torn)
    });
    if std::str::from_utf8(torn).is_err()
        && let Some(fields) = line.as_object_mut()
    {
        fields.insert("hex".to_owned(), crate::text::hex(torn).into());
    }
    let mut line = line.to_string().into_bytes();
    line.push(b'\n');
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linkback::trackback::TbId;
    use std::fs;

    /// Begins a change of a file that holds `text`; returns its content and the quarantined bytes.
    fn repaired(text: &[u8]) -> (Vec<u8>, Vec<u8>) {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        let id = TbId::new(b"a").unwrap();
        fs::write(store.file_of(&id), text).unwrap();
        drop(store.begin(&id).unwrap());
        let mut quarantine = Vec::new();
        let text = fs::read_to_string(dir.path().join(".quarantine")).unwrap_or_default();
        for line in text.lines() {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            match line["hex"].as_str() {
                Some(hex) => quarantine.extend(
                    (0..hex.len())
                        .step_by(2)
                        .map(|at| u8::from_str_radix(hex.get(at..at + 2).unwrap(), 16).unwrap()),
                ),
                None => quarantine.extend(line["torn"].as_str().unwrap().bytes()),
            }
        }
        (fs::read(store.file_of(&id)).unwrap(), quarantine)
    }

    #[test]
    fn a0_all_bytes_that_are_cut_are_set_aside_however_many_and_whatever_they_are() {
        for torn in [
            b"{\"op\":\"pi".to_vec(),
            "{\"op\":\"ping\",\"title\":\"猫".as_bytes()[..24].to_vec(),
            vec![0; 5000],
            vec![0xff; 100],
            "x".repeat(200_000).into_bytes(),
            "猫".repeat(3_000_000).into_bytes(),
        ] {
            for whole in ["", "{\"op\":\"later\"}\n"] {
                let text = [whole.as_bytes(), &torn].concat();
                let (now, quarantine) = repaired(&text);
                assert_eq!(now, whole.as_bytes());
                assert!(
                    quarantine == torn,
                    "{} of {} bytes",
                    quarantine.len(),
                    torn.len()
                );
            }
        }
    }

    #[test]
    fn a0_a_torn_line_that_cannot_be_set_aside_is_not_cut() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        let id = TbId::new(b"a").unwrap();
        fs::create_dir(dir.path().join(".quarantine")).unwrap();
        fs::write(store.file_of(&id), "{\"op\":\"later\"}\n{\"op\":").unwrap();
        drop(store.begin(&id).unwrap());
        let now = fs::read_to_string(store.file_of(&id)).unwrap();
        assert_eq!(now, "{\"op\":\"later\"}\n{\"op\":\n");
    }
}
