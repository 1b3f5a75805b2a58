//! Reads the pings of one id.
//!
//! Every line not covered by an index is scanned once, and the positions of each ping's lines are remembered; the text of
//! the few pings shown is read from there. If the file grows or is replaced meanwhile, the open file is read to its last
//! newline.

use std::cell::{Cell, RefCell};
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use super::facts::{Life, PingCounts, PingSlot, Span, apply_line};
use super::index::Index;
use super::lines::{ReadAt, ReadLines, each_line};
use super::mention::MentionKind;
use super::record::{self, Hash, Record, State};
use super::table::{Table, Walk};
use crate::dir::{self, Durable, TRIES, disagrees, length};
use crate::error::{Error, Result};
use crate::urls::{parse_web, trim_fragment, without_tracking};

/// How much of the file's end is cached, in bytes.
const KEPT: u64 = 256 << 10;

/// Whether the pings are read for showing them only, or also for changing them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ReadFor {
    Show,
    Change,
}

impl ReadFor {
    /// The file argument of [`apply_line`].
    fn data(self, file: &File) -> Option<&File> {
        match self {
            ReadFor::Show => None,
            ReadFor::Change => Some(file),
        }
    }
}

/// Which keys of a record are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RecordKeys {
    /// Those that this version knows.
    Known,
    All,
}

/// The pings of one id.
#[derive(Debug)]
pub struct Pings {
    pub(super) file: File,
    pub(super) path: PathBuf,
    purpose: ReadFor,
    keys: RecordKeys,
    table: RefCell<Table>,
    /// The cached end of the file, and its offset.
    tail: RefCell<Vec<u8>>,
    tail_at: u64,
    /// The extent of what was read, which [`Pings::check`] compares with the file.
    lines: RefCell<ReadLines>,
    /// Whether the index turned out to be wrong.
    index_is_wrong: Cell<bool>,
}

/// Selects pings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// The published ones.
    Published,
    /// The published ones but for reactions, which share a line.
    InFull,
    /// All that are not deleted: the owner's view.
    All,
    /// Those in one state.
    In(State),
}

impl Which {
    pub(super) fn includes(self, slot: PingSlot) -> bool {
        slot.life == Life::Living
            && match self {
                Which::Published => slot.state == State::Published,
                Which::InFull => {
                    slot.state == State::Published
                        && !slot.kind.is_some_and(MentionKind::is_reaction)
                }
                Which::All => true,
                Which::In(state) => slot.state == state,
            }
    }
}

impl Pings {
    /// Reads the part of `file` that the index does not cover. `size` is its reported length; `path` is for messages.
    pub(super) fn read(
        (file, size): (File, u64),
        path: PathBuf,
        index: Option<Index>,
        purpose: ReadFor,
    ) -> Result<Pings> {
        Pings::read_behind((file, size), path, Table::above(index), purpose)
    }

    /// Reads a file that was just created.
    pub(super) fn read_new(file: File, path: PathBuf) -> Result<Pings> {
        let size = length(&file).map_err(|cause| Error::file("read", &path, cause))?;
        Pings::read((file, size), path, None, ReadFor::Change)
    }

    /// Reads only the end of `file`, for showing pings. Pings whose line is there are complete, because only later lines
    /// change a ping.
    pub(super) fn read_end((file, size): (File, u64), path: PathBuf) -> Result<Pings> {
        let wrap = |cause| Error::file("read", &path, cause);
        let mut table = Table::above(None);
        if let Some(start) = size.checked_sub(KEPT).filter(|start| *start > 0) {
            let mut bytes = Vec::new();
            ReadAt::new(&file, start, size)
                .take(KEPT)
                .read_to_end(&mut bytes)
                .map_err(wrap)?;
            let first = bytes.iter().position(|byte| *byte == b'\n');
            table.counts.end = first.map_or(size, |at| start + at as u64 + 1);
        }
        Pings::read_behind((file, size), path, table, ReadFor::Show)
    }

    fn read_behind(
        (file, size): (File, u64),
        path: PathBuf,
        table: Table,
        purpose: ReadFor,
    ) -> Result<Pings> {
        let end = table.counts.end;
        let mut pings = Pings {
            file,
            path,
            purpose,
            keys: match purpose {
                ReadFor::Show => RecordKeys::Known,
                ReadFor::Change => RecordKeys::All,
            },
            table: RefCell::new(table),
            tail: RefCell::default(),
            tail_at: end,
            lines: RefCell::new(ReadLines::none(end)),
            index_is_wrong: Cell::new(false),
        };
        let wrap = |path: &Path, cause| Error::file("read", path, cause);
        // Sized so that one call reads everything and the next finds the end.
        let expected = size.saturating_sub(end).saturating_add(1).min(KEPT);
        let mut tail = Vec::with_capacity(usize::try_from(expected).unwrap_or(0));
        let read = ReadAt::new(&pings.file, end, size)
            .take(KEPT)
            .read_to_end(&mut tail);
        read.map_err(|cause| wrap(&pings.path, cause))?;
        let data = purpose.data(&pings.file);
        let table = pings.table.get_mut();
        let learnt = if (tail.len() as u64) < KEPT {
            each_line(end, tail.as_slice(), |_, line| {
                apply_line(table, line, data)
            })
        } else {
            tail.clear();
            each_line(end, ReadAt::new(&pings.file, end, size), |_, line| {
                apply_line(table, line, data)
            })
        };
        match learnt {
            Ok(lines) if lines.end >= size => {
                // Complete lines only: a torn one is cut off by the next writer, and another line takes its place.
                let whole = lines.whole.end().saturating_sub(end);
                tail.truncate(usize::try_from(whole).unwrap_or(0));
                (*pings.tail.get_mut(), *pings.lines.get_mut()) = (tail, lines);
            }
            // The index is wrong, or the file continues after what was read.
            Ok(_) | Err(_) => pings.reload_without_index()?,
        }
        Ok(pings)
    }

    /// Makes records include their unknown keys ([`Record::rest`]), at three times the cost. Those of webmentions always
    /// do.
    pub fn with_all_keys(mut self) -> Pings {
        self.keys = RecordKeys::All;
        self
    }

    /// The ping with that number; `None` if it does not exist or is deleted.
    pub fn get(&self, number: u64) -> Result<Option<Record>> {
        match self
            .query(|table| table.slot_of(number))?
            .filter(|slot| slot.life == Life::Living)
        {
            Some(slot) => self.record(slot),
            None => Ok(None),
        }
    }

    /// The newest pings with a number below `before`, newest first, at most `most`.
    pub fn newest(&self, which: Which, before: Option<u64>, most: usize) -> Result<Vec<Record>> {
        let start = before.map_or(Some(u64::MAX), |before| before.checked_sub(1));
        self.walk(start, which, most, Walk::DOWN)
    }

    /// The pings with the next numbers above `after`, newest first, at most `most`.
    pub fn next_newer(&self, which: Which, after: u64, most: usize) -> Result<Vec<Record>> {
        let mut records = self.walk(after.checked_add(1), which, most, Walk::UP)?;
        records.reverse();
        Ok(records)
    }

    /// Counts pings, visiting each.
    pub fn count(&self, which: Which) -> Result<usize> {
        self.query(|table| {
            let mut count = 0;
            let mut number = Some(u64::MAX);
            while let Some((at, slot)) = Walk::DOWN.next(table, number)? {
                count += usize::from(which.includes(slot));
                number = (Walk::DOWN.step)(at);
            }
            Ok(count)
        })
    }

    /// The ping with a permalink, living or deleted.
    pub(super) fn permalink(&self, hash: Hash) -> Result<Option<(u64, Life)>> {
        self.query(|table| table.permalink(hash))
    }

    /// The number of the deleted ping with a permalink, whatever fragment or tracking parameters are added to that; a
    /// fragment that selects an entry makes another permalink.
    pub fn deleted_number(&self, url: &str) -> Result<Option<u64>> {
        match self.permalink(Hash::of(url))? {
            Some((number, Life::Deleted)) => Ok(Some(number)),
            _ => self.deleted_spelling(url),
        }
    }

    /// The same, if anything is added to it.
    pub(super) fn deleted_spelling(&self, url: &str) -> Result<Option<u64>> {
        let page = self.has_tombstones().then(|| parse_web(url));
        let Some(mut page) = page.flatten() else {
            return Ok(None);
        };
        trim_fragment(&mut page);
        let mut spellings = vec![without_tracking(&page).into(), String::from(page)];
        spellings.dedup();
        for spelling in spellings.iter().filter(|spelling| *spelling != url) {
            if let Some((number, Life::Deleted)) = self.permalink(Hash::of(spelling))? {
                return Ok(Some(number));
            }
        }
        Ok(None)
    }

    /// The slot of a number.
    pub(super) fn slot(&self, number: u64) -> Result<Option<PingSlot>> {
        self.query(|table| table.slot_of(number))
    }

    pub(super) fn counts(&self) -> PingCounts {
        self.table.borrow().counts
    }

    /// The end of what was read, including a torn line.
    pub(super) fn read_to(&self) -> u64 {
        self.lines.borrow().end
    }

    /// Appends complete lines, makes sure that nothing is between them and what was read, syncs them and applies them. If
    /// that fails, they are not in the file.
    pub(super) fn append(&mut self, bytes: &[u8]) -> Result<()> {
        let lines = self.lines.get_mut();
        dir::append(&self.file, &mut lines.whole, bytes, Durable::Now)
            .map_err(|cause| Error::file("append to", &self.path, cause))?;
        lines.end = lines.whole.end();
        let data = self.purpose.data(&self.file);
        let table = self.table.get_mut();
        let end = table.counts.end;
        match each_line(end, bytes, |_, line| apply_line(table, line, data)) {
            Ok(_) => {
                let tail = self.tail.get_mut();
                // The cache must be contiguous, or its offsets would be wrong.
                let grown = (tail.len() + bytes.len()) as u64;
                if self.tail_at + tail.len() as u64 == end && grown <= KEPT {
                    tail.extend_from_slice(bytes);
                }
                Ok(())
            }
            // The lines are in the file, so reading all of it applies them.
            Err(_) => self.reload_without_index(),
        }
    }

    /// Fails unless the file still has exactly the content that was read.
    pub(super) fn check(&self) -> io::Result<()> {
        self.lines.borrow().whole.check(&self.file)
    }

    /// Removes and returns the index, to be extended; `None` if a new one must be built.
    pub(super) fn take_index(&mut self) -> Option<Index> {
        self.table
            .get_mut()
            .base
            .take()
            .filter(|_| !self.index_is_wrong.get())
    }

    /// The offset that the index covers; `None` without a valid index.
    pub(super) fn indexed(&self) -> Option<u64> {
        let table = self.table.borrow();
        table
            .base
            .as_ref()
            .filter(|_| !self.index_is_wrong.get())
            .map(|base| base.committed().end)
    }

    /// Reads the whole file without the index. A wrong index is not an error, but a file that continues after what can be
    /// read of it is one.
    pub(super) fn reload_without_index(&self) -> Result<()> {
        let wrap = |cause| Error::file("read", &self.path, cause);
        self.index_is_wrong.set(true);
        self.tail.borrow_mut().clear();
        let mut fault = disagrees(0, 0);
        for _ in 0..TRIES {
            let size = length(&self.file).map_err(wrap)?;
            let mut table = Table::above(None);
            let data = self.purpose.data(&self.file);
            let learnt = self.each_line(0, |_, line| apply_line(&mut table, line, data));
            let lines = learnt.map_err(wrap)?;
            if lines.end >= size {
                *self.table.borrow_mut() = table;
                *self.lines.borrow_mut() = lines;
                return Ok(());
            }
            fault = disagrees(size, lines.end);
        }
        Err(wrap(fault))
    }

    /// Calls `visit` with each complete line from `offset` on, without its newline.
    pub(super) fn each_line(
        &self,
        offset: u64,
        visit: impl FnMut(Span, &[u8]) -> io::Result<()>,
    ) -> io::Result<ReadLines> {
        let size = length(&self.file)?;
        each_line(offset, ReadAt::new(&self.file, offset, size), visit)
    }

    pub(super) fn query<T>(&self, query: impl Fn(&Table) -> io::Result<T>) -> Result<T> {
        let result = query(&self.table.borrow());
        result.or_else(|_| {
            self.reload_without_index()?;
            query(&self.table.borrow()).map_err(|cause| Error::file("read", &self.path, cause))
        })
    }

    fn walk(
        &self,
        start: Option<u64>,
        which: Which,
        most: usize,
        walk: Walk,
    ) -> Result<Vec<Record>> {
        let places = self.places(start, which, most, walk)?.into_iter();
        let records: Result<Vec<_>> = places.map(|(_, slot)| self.record(slot)).collect();
        Ok(records?.into_iter().flatten().collect())
    }

    /// The next numbers from `start` on, with their slots, at most `most`.
    pub(super) fn places(
        &self,
        start: Option<u64>,
        which: Which,
        most: usize,
        walk: Walk,
    ) -> Result<Vec<(u64, PingSlot)>> {
        self.query(|table| {
            let (mut places, mut number) = (Vec::new(), start);
            while places.len() < most {
                let Some((at, slot)) = walk.next(table, number)? else {
                    break;
                };
                places.extend(which.includes(slot).then_some((at, slot)));
                number = (walk.step)(at);
            }
            Ok(places)
        })
    }

    pub(super) fn record(&self, slot: PingSlot) -> Result<Option<Record>> {
        let line = self.line(slot.line)?;
        let read = match self.keys {
            RecordKeys::Known => record::decode_shown(&line),
            RecordKeys::All => record::decode(&line),
        };
        let Some(mut record) = read else {
            return Ok(None);
        };
        if let Some(span) = slot.state_line {
            let line = self.line(span)?;
            record.state = slot.state;
            record.since = record::time(&line);
            record.why = record::why(&line);
        }
        Ok(Some(record))
    }

    /// The bytes of one line, without its newline.
    pub(super) fn line(&self, span: Span) -> Result<Vec<u8>> {
        let length = span.length as usize;
        let inside = span
            .offset
            .checked_sub(self.tail_at)
            .and_then(|at| usize::try_from(at).ok());
        let tail = self.tail.borrow();
        if let Some(line) = inside.and_then(|at| tail.get(at..at + length)) {
            return Ok(line.to_vec());
        }
        let mut bytes = vec![0; length];
        self.file
            .read_exact_at(&mut bytes, span.offset)
            .map_err(|cause| Error::file("read", &self.path, cause))?;
        Ok(bytes)
    }
}

/// The name of the index of the file at `path`.
pub(super) fn index_name(path: &Path) -> String {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    format!(".{stem}.idx")
}
