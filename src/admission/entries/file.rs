//! The file `.entries`: `ID<TAB>{json}` a line, sorted by the ids' bytes, so that one is found without reading all.
//!
//! The first line is `#entries 1 LENGTH` with the length of the whole file in bytes. A file whose first line is
//! missing or untrue was edited by hand and may be in any order: it is read through. So is one in which a line
//! stands where the order forbids it.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

use crate::error::{Error, Result};
use crate::linkback::trackback::TbId;
use crate::store::{StateFile, Store};

/// The lines by their ids.
pub(super) type EntryLines = BTreeMap<TbId, String>;

/// What stands behind the id in its line; the first of several lines counts.
pub(super) fn find(store: &Store, file: &File, id: &TbId) -> Result<Option<String>> {
    let wrap = |cause| Error::file("read", path(store), cause);
    match search(file, id.as_str().as_bytes()).map_err(wrap)? {
        Sought::Found(text) => Ok(Some(text)),
        Sought::Absent => Ok(None),
        Sought::Disordered => {
            let bytes = store.read_own_file(StateFile::Entries, file)?;
            check(store, bytes.len())?;
            let text = lines(&bytes).find(|(name, _)| *name == id.as_str().as_bytes());
            Ok(text.map(|(_, text)| String::from_utf8_lossy(text).into_owned()))
        }
    }
}

/// All lines with an id that is one.
pub(super) fn parse(bytes: &[u8]) -> EntryLines {
    let mut parsed = EntryLines::new();
    for (name, text) in lines(bytes) {
        let id = TbId::new(name)
            .ok()
            .filter(|id| id.as_str().as_bytes() == name);
        if let Some(id) = id {
            let text = String::from_utf8_lossy(text).into_owned();
            parsed.entry(id).or_insert(text);
        }
    }
    parsed
}

/// Lets `edit` change the lines, and replaces the file if they are others then.
pub(super) fn edit(store: &Store, edit: impl FnOnce(&mut EntryLines) -> Result<()>) -> Result<()> {
    store.edit_own(StateFile::Entries, |old| {
        check(store, old.len())?;
        let mut lines = parse(&old);
        edit(&mut lines)?;
        let new = format(&lines);
        check(store, new.len())?;
        Ok((new.as_bytes() != old).then(|| new.into_bytes()))
    })
}

/// The error for a line that says something that cannot be read.
pub(super) fn damaged(store: &Store, id: &TbId) -> Error {
    let cause = io::Error::new(
        io::ErrorKind::InvalidData,
        "the line is damaged; `tb entries forget` removes it",
    );
    let place = format!("{} ({id})", path(store).display());
    Error::file("read what is known of the entry in", place, cause)
}

/// More could not be read back by [`Store::read_own`].
const MOST: usize = 12 << 20;
/// The longest line that the search believes in, in bytes.
const MOST_LINE: u64 = 64 << 10;
/// What is read at once around a place, in bytes; more where a line is longer.
const WINDOW: u64 = 512;

const HEADER: &str = "#entries 1 ";
const DIGITS: usize = 12;
const HEADER_LENGTH: u64 = (HEADER.len() + DIGITS + 1) as u64;

enum Sought {
    Found(String),
    Absent,
    /// The order is not what it should be.
    Disordered,
}

/// One line and where it stands.
struct EntryLine {
    start: u64,
    /// Behind its newline.
    end: u64,
    bytes: Vec<u8>,
}

fn path(store: &Store) -> PathBuf {
    store.path_of_own(StateFile::Entries)
}

/// That the file is not so long that a part of it would be overlooked.
pub(super) fn check(store: &Store, length: usize) -> Result<()> {
    if length <= MOST {
        return Ok(());
    }
    let cause = io::Error::other("more than the 12 MiB that it may hold");
    Err(Error::file(
        "keep what is known of the entries in",
        path(store),
        cause,
    ))
}

/// The file of such lines.
pub(super) fn format(lines: &EntryLines) -> String {
    let mut body = String::new();
    for (id, text) in lines {
        body.push_str(id.as_str());
        body.push('\t');
        body.push_str(text);
        body.push('\n');
    }
    let length = body.len() + HEADER.len() + DIGITS + 1;
    format!("{HEADER}{length:0DIGITS$}\n{body}")
}

/// The lines that name something: the name and what stands behind its tab.
fn lines(bytes: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    bytes
        .split(|&byte| byte == b'\n')
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
        .filter(|line| !line.is_empty() && !line.starts_with(b"#"))
        .map(halves)
}

fn halves(line: &[u8]) -> (&[u8], &[u8]) {
    let tab = line.iter().position(|&byte| byte == b'\t');
    let (name, text) = line.split_at(tab.unwrap_or(line.len()));
    (name, text.strip_prefix(b"\t").unwrap_or(text))
}

fn search(file: &File, id: &[u8]) -> io::Result<Sought> {
    let length = file.metadata()?.len();
    if !is_ours(file, length)? {
        return Ok(Sought::Disordered);
    }
    let (mut low, mut high) = (HEADER_LENGTH, length);
    // The ids of the lines before `low` and at `high`.
    let (mut below, mut above): (Option<Vec<u8>>, Option<Vec<u8>>) = (None, None);
    while low < high {
        let Some(line) = line_at(file, low + (high - low) / 2, low, high)? else {
            return Ok(Sought::Disordered);
        };
        let (name, text) = halves(&line.bytes);
        if name == id {
            return Ok(Sought::Found(String::from_utf8_lossy(text).into_owned()));
        }
        let in_order = below.as_deref().is_none_or(|below| below < name)
            && above.as_deref().is_none_or(|above| name < above);
        if !in_order {
            return Ok(Sought::Disordered);
        }
        if name < id {
            low = line.end;
            below = Some(name.to_owned());
        } else {
            high = line.start;
            above = Some(name.to_owned());
        }
    }
    Ok(Sought::Absent)
}

/// Whether the first line is ours and true.
fn is_ours(file: &File, length: u64) -> io::Result<bool> {
    let mut first = [0; HEADER_LENGTH as usize];
    if length < HEADER_LENGTH {
        return Ok(false);
    }
    file.read_exact_at(&mut first, 0)?;
    let said = std::str::from_utf8(&first)
        .ok()
        .and_then(|line| line.strip_prefix(HEADER)?.strip_suffix('\n')?.parse().ok());
    Ok(said == Some(length))
}

/// The line that holds the byte at `place`, between two starts of lines; `None` if it is too long for one.
fn line_at(file: &File, place: u64, low: u64, high: u64) -> io::Result<Option<EntryLine>> {
    let mut reach = WINDOW;
    while reach <= MOST_LINE {
        let from = place.saturating_sub(reach).max(low);
        let to = (place + reach).min(high);
        let mut window = vec![0; usize::try_from(to - from).unwrap_or(0)];
        file.read_exact_at(&mut window, from)?;
        let at = usize::try_from(place - from).unwrap_or(0);
        let (before, behind) = window.split_at(at);
        let start = before.iter().rposition(|&byte| byte == b'\n');
        let start = match start {
            Some(newline) => Some(newline + 1),
            None if from == low => Some(0),
            None => None,
        };
        let end = behind.iter().position(|&byte| byte == b'\n');
        if let (Some(start), Some(end)) = (start, end) {
            let end = at + end;
            return Ok(Some(EntryLine {
                start: from + start as u64,
                end: from + end as u64 + 1,
                bytes: window.get(start..end).unwrap_or_default().to_owned(),
            }));
        }
        reach *= 4;
    }
    Ok(None)
}
