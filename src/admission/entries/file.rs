//! The file `.entries`: one `ID<TAB>{json}` per line, sorted by the bytes of the id, for binary search.
//!
//! The first line is `#entries 1 LENGTH` with the length of the whole file in bytes. If it is missing or wrong, or a line
//! is out of order, the file was edited by hand and is searched from start to end.

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

/// The JSON in the line of an id; the first of several lines counts.
pub(super) fn find(store: &Store, file: &File, id: &TbId) -> Result<Option<String>> {
    let wrap = |cause| Error::file("read", path(store), cause);
    match search(file, id.as_str().as_bytes()).map_err(wrap)? {
        SearchResult::Found(text) => Ok(Some(text)),
        SearchResult::Absent => Ok(None),
        SearchResult::Unsorted => {
            let bytes = store.read_open_state(StateFile::Entries, file)?;
            check_size(store, bytes.len())?;
            let text = lines(&bytes).find(|(name, _)| *name == id.as_str().as_bytes());
            Ok(text.map(|(_, text)| String::from_utf8_lossy(text).into_owned()))
        }
    }
}

/// All lines with a valid id.
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

/// Lets `edit` change the lines, and replaces the file if they changed.
pub(super) fn edit(store: &Store, edit: impl FnOnce(&mut EntryLines) -> Result<()>) -> Result<()> {
    store.edit_state(StateFile::Entries, |old| {
        check_size(store, old.len())?;
        let mut lines = parse(&old);
        edit(&mut lines)?;
        let new = format(&lines);
        check_size(store, new.len())?;
        Ok((new.as_bytes() != old).then(|| new.into_bytes()))
    })
}

/// The error for a malformed line.
pub(super) fn malformed_line(store: &Store, id: &TbId) -> Error {
    let cause = io::Error::new(
        io::ErrorKind::InvalidData,
        "the line is damaged; `tb entries remove` removes it",
    );
    let place = format!("{} ({id})", path(store).display());
    Error::file("read what is known of the entry in", place, cause)
}

/// Size limit of the file; [`Store::read_state`] reads no more.
const MAX: usize = 12 << 20;
/// The longest line in bytes that the search accepts.
const MAX_LINE: u64 = 64 << 10;
/// Bytes read at once around a position; more if the line is longer.
const WINDOW: u64 = 512;

const HEADER: &str = "#entries 1 ";
const DIGITS: usize = 12;
const HEADER_LENGTH: u64 = (HEADER.len() + DIGITS + 1) as u64;

enum SearchResult {
    Found(String),
    Absent,
    /// The file is not sorted.
    Unsorted,
}

/// One line and its position.
struct EntryLine {
    start: u64,
    /// After its newline.
    end: u64,
    bytes: Vec<u8>,
}

fn path(store: &Store) -> PathBuf {
    store.state_path(StateFile::Entries)
}

/// Checks that the file is not longer than what is read of it.
pub(super) fn check_size(store: &Store, length: usize) -> Result<()> {
    if length <= MAX {
        return Ok(());
    }
    let cause = io::Error::other("more than the 12 MiB that it may hold");
    Err(Error::file(
        "keep what is known of the entries in",
        path(store),
        cause,
    ))
}

/// The content of the file.
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

/// The lines except comments and blank ones: the part before the tab and the part after it.
fn lines(bytes: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    bytes
        .split(|&byte| byte == b'\n')
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
        .filter(|line| !line.is_empty() && !line.starts_with(b"#"))
        .map(split_line)
}

fn split_line(line: &[u8]) -> (&[u8], &[u8]) {
    let tab = line.iter().position(|&byte| byte == b'\t');
    let (name, text) = line.split_at(tab.unwrap_or(line.len()));
    (name, text.strip_prefix(b"\t").unwrap_or(text))
}

fn search(file: &File, id: &[u8]) -> io::Result<SearchResult> {
    let length = file.metadata()?.len();
    if !has_valid_header(file, length)? {
        return Ok(SearchResult::Unsorted);
    }
    let (mut low, mut high) = (HEADER_LENGTH, length);
    // The ids of the lines before `low` and at `high`.
    let (mut below, mut above): (Option<Vec<u8>>, Option<Vec<u8>>) = (None, None);
    while low < high {
        let Some(line) = line_at(file, low + (high - low) / 2, low, high)? else {
            return Ok(SearchResult::Unsorted);
        };
        let (name, text) = split_line(&line.bytes);
        if name == id {
            return Ok(SearchResult::Found(
                String::from_utf8_lossy(text).into_owned(),
            ));
        }
        let in_order = below.as_deref().is_none_or(|below| below < name)
            && above.as_deref().is_none_or(|above| name < above);
        if !in_order {
            return Ok(SearchResult::Unsorted);
        }
        if name < id {
            low = line.end;
            below = Some(name.to_owned());
        } else {
            high = line.start;
            above = Some(name.to_owned());
        }
    }
    Ok(SearchResult::Absent)
}

/// Whether the first line is the header with the right length.
fn has_valid_header(file: &File, length: u64) -> io::Result<bool> {
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

/// The line that contains the byte at `place`; `low` and `high` are line starts around it. `None` if it is too long.
fn line_at(file: &File, place: u64, low: u64, high: u64) -> io::Result<Option<EntryLine>> {
    let mut radius = WINDOW;
    while radius <= MAX_LINE {
        let from = place.saturating_sub(radius).max(low);
        let to = (place + radius).min(high);
        let mut window = vec![0; usize::try_from(to - from).unwrap_or(0)];
        file.read_exact_at(&mut window, from)?;
        let at = usize::try_from(place - from).unwrap_or(0);
        let (before, after) = window.split_at(at);
        let start = before.iter().rposition(|&byte| byte == b'\n');
        let start = match start {
            Some(newline) => Some(newline + 1),
            None if from == low => Some(0),
            None => None,
        };
        let end = after.iter().position(|&byte| byte == b'\n');
        if let (Some(start), Some(end)) = (start, end) {
            let end = at + end;
            return Ok(Some(EntryLine {
                start: from + start as u64,
                end: from + end as u64 + 1,
                bytes: window.get(start..end).unwrap_or_default().to_owned(),
            }));
        }
        radius *= 4;
    }
    Ok(None)
}
