//! The pings of one id, read.
//!
//! Every line is looked at once, those that an index covers excepted, and for each ping is kept where
//! its lines stand; the text of the few that are shown is read from there. A file may grow or be replaced
//! meanwhile: what was open is read to its last newline.

use std::cell::{Cell, RefCell};
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use super::facts::{Life, PingCounts, PingSlot, Span, learn};
use super::index::Index;
use super::lines::{ReadAt, ReadLines, each_line};
use super::record::{self, Hash, Record, State};
use super::table::{Table, Walk};
use crate::dir::{self, Durable, TRIES, disagrees, length};
use crate::error::{Error, Result};

/// The most of the file's end that is kept in memory, in bytes.
const KEPT: u64 = 256 << 10;

/// Whether the pings are read to be shown only, or to be changed too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ReadFor {
    Show,
    Change,
}

impl ReadFor {
    /// What [`learn`] needs to be given.
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
    /// Those that are shown.
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
    /// The end of the file as it was read, and where it begins.
    tail: RefCell<Vec<u8>>,
    tail_at: u64,
    /// What was read, and not yet held against the file.
    lines: RefCell<ReadLines>,
    /// An index was there and turned out to be wrong.
    distrusted: Cell<bool>,
}

/// Which pings are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// Those that everybody sees.
    Published,
    /// All that are not deleted: the owner's view.
    All,
    /// Those in one state.
    In(State),
}

impl Which {
    fn includes(self, slot: PingSlot) -> bool {
        slot.life == Life::Living
            && match self {
                Which::Published => slot.state == State::Published,
                Which::All => true,
                Which::In(state) => slot.state == state,
            }
    }
}

impl Pings {
    /// Reads what of `file`, which says that it is `size` bytes long, the index does not cover; `path` is for messages.
    pub(super) fn read(
        (file, size): (File, u64),
        path: PathBuf,
        index: Option<Index>,
        purpose: ReadFor,
    ) -> Result<Pings> {
        Pings::read_behind((file, size), path, Table::above(index), purpose)
    }

    /// Reads a file that was just made.
    pub(super) fn read_new(file: File, path: PathBuf) -> Result<Pings> {
        let size = length(&file).map_err(|cause| Error::file("read", &path, cause))?;
        Pings::read((file, size), path, None, ReadFor::Change)
    }

    /// Reads the end of `file` only, to show pings. What is known of a ping whose own line stands there is all that is
    /// known of it, because later lines change earlier ones.
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
            distrusted: Cell::new(false),
        };
        let wrap = |path: &Path, cause| Error::file("read", path, cause);
        // One call reads all, and one finds the end.
        let expected = size.saturating_sub(end).saturating_add(1).min(KEPT);
        let mut tail = Vec::with_capacity(usize::try_from(expected).unwrap_or(0));
        let read = ReadAt::new(&pings.file, end, size)
            .take(KEPT)
            .read_to_end(&mut tail);
        read.map_err(|cause| wrap(&pings.path, cause))?;
        let data = purpose.data(&pings.file);
        let table = pings.table.get_mut();
        let learnt = if (tail.len() as u64) < KEPT {
            each_line(end, tail.as_slice(), |_, line| learn(table, line, data))
        } else {
            tail.clear();
            each_line(end, ReadAt::new(&pings.file, end, size), |_, line| {
                learn(table, line, data)
            })
        };
        match learnt {
            Ok(lines) if lines.end >= size => {
                // Whole lines only: a torn one is cut off the file by the next writer, and another comes to stand
                // there.
                let whole = lines.whole.end().saturating_sub(end);
                tail.truncate(usize::try_from(whole).unwrap_or(0));
                (*pings.tail.get_mut(), *pings.lines.get_mut()) = (tail, lines);
            }
            // A base is at fault, or the file goes on behind what was read of it.
            Ok(_) | Err(_) => pings.distrust()?,
        }
        Ok(pings)
    }

    /// Has records read with their other keys ([`Record::rest`]) too, at three times the cost.
    pub fn with_all_keys(mut self) -> Pings {
        self.keys = RecordKeys::All;
        self
    }

    /// The ping with that number; `None` if there is none, or it is deleted.
    pub fn get(&self, number: u64) -> Result<Option<Record>> {
        match self
            .ask(|table| table.slot_of(number))?
            .filter(|slot| slot.life == Life::Living)
        {
            Some(slot) => self.record(slot),
            None => Ok(None),
        }
    }

    /// At most `most` pings, newest first, of those with a number below `before`.
    pub fn newest(&self, which: Which, before: Option<u64>, most: usize) -> Result<Vec<Record>> {
        let start = before.map_or(Some(u64::MAX), |before| before.checked_sub(1));
        self.walk(start, which, most, Walk::DOWN)
    }

    /// At most `most` pings with a number above `after`, the nearest to it, newest first.
    pub fn next_newer(&self, which: Which, after: u64, most: usize) -> Result<Vec<Record>> {
        let mut records = self.walk(after.checked_add(1), which, most, Walk::UP)?;
        records.reverse();
        Ok(records)
    }

    /// How many pings there are; looks at each.
    pub fn count(&self, which: Which) -> Result<usize> {
        self.ask(|table| {
            let mut count = 0;
            let mut number = Some(u64::MAX);
            while let Some((at, slot)) = Walk::DOWN.next(table, number)? {
                count += usize::from(which.includes(slot));
                number = (Walk::DOWN.on)(at);
            }
            Ok(count)
        })
    }

    /// The ping that came, or was deleted, with a permalink.
    pub(super) fn permalink(&self, hash: Hash) -> Result<Option<(u64, Life)>> {
        self.ask(|table| table.permalink(hash))
    }

    /// What is known of a number.
    pub(super) fn slot(&self, number: u64) -> Result<Option<PingSlot>> {
        self.ask(|table| table.slot_of(number))
    }

    pub(super) fn counts(&self) -> PingCounts {
        self.table.borrow().counts
    }

    /// Where the reading ended: behind the whole lines and what is torn.
    pub(super) fn read_to(&self) -> u64 {
        self.lines.borrow().end
    }

    /// Adds whole lines, makes sure that nothing stands between them and what was read, syncs them and takes them
    /// in; where that fails, they do not stand.
    pub(super) fn append(&mut self, bytes: &[u8]) -> Result<()> {
        let lines = self.lines.get_mut();
        dir::append(&self.file, &mut lines.whole, bytes, Durable::Now)
            .map_err(|cause| Error::file("append to", &self.path, cause))?;
        lines.end = lines.whole.end();
        let data = self.purpose.data(&self.file);
        let table = self.table.get_mut();
        let end = table.counts.end;
        match each_line(end, bytes, |_, line| learn(table, line, data)) {
            Ok(_) => {
                let tail = self.tail.get_mut();
                // Without a gap, or it would stand elsewhere than it says.
                let grown = (tail.len() + bytes.len()) as u64;
                if self.tail_at + tail.len() as u64 == end && grown <= KEPT {
                    tail.extend_from_slice(bytes);
                }
                Ok(())
            }
            // The lines stand in the file, so reading all of it takes them in.
            Err(_) => self.distrust(),
        }
    }

    /// Fails unless the file is still what was read of it, to the byte.
    pub(super) fn check(&self) -> io::Result<()> {
        self.lines.borrow().whole.check(&self.file)
    }

    /// Gives the index away, to be brought up to date; `None` where a new one must be made.
    pub(super) fn take_index(&mut self) -> Option<Index> {
        self.table
            .get_mut()
            .base
            .take()
            .filter(|_| !self.distrusted.get())
    }

    /// The offset up to which an index stands; `None` without one that is trusted.
    pub(super) fn indexed(&self) -> Option<u64> {
        let table = self.table.borrow();
        table
            .base
            .as_ref()
            .filter(|_| !self.distrusted.get())
            .map(|base| base.standing().end)
    }

    /// Leaves the index aside and reads the whole file: an index that is found to be wrong is no fault, a file that
    /// goes on behind what can be read of it is one.
    pub(super) fn distrust(&self) -> Result<()> {
        let wrap = |cause| Error::file("read", &self.path, cause);
        self.distrusted.set(true);
        self.tail.borrow_mut().clear();
        let mut fault = disagrees(0, 0);
        for _ in 0..TRIES {
            let size = length(&self.file).map_err(wrap)?;
            let mut table = Table::above(None);
            let data = self.purpose.data(&self.file);
            let learnt = self.each_line(0, |_, line| learn(&mut table, line, data));
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

    /// Calls `take` with each whole line from `offset` on, without its newline.
    pub(super) fn each_line(
        &self,
        offset: u64,
        take: impl FnMut(Span, &[u8]) -> io::Result<()>,
    ) -> io::Result<ReadLines> {
        let size = length(&self.file)?;
        each_line(offset, ReadAt::new(&self.file, offset, size), take)
    }

    pub(super) fn ask<T>(&self, question: impl Fn(&Table) -> io::Result<T>) -> Result<T> {
        let answer = question(&self.table.borrow());
        answer.or_else(|_| {
            self.distrust()?;
            question(&self.table.borrow()).map_err(|cause| Error::file("read", &self.path, cause))
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

    /// At most `most` numbers from `start` on, with what is known of each.
    pub(super) fn places(
        &self,
        start: Option<u64>,
        which: Which,
        most: usize,
        walk: Walk,
    ) -> Result<Vec<(u64, PingSlot)>> {
        self.ask(|table| {
            let (mut places, mut number) = (Vec::new(), start);
            while places.len() < most {
                let Some((at, slot)) = walk.next(table, number)? else {
                    break;
                };
                places.extend(which.includes(slot).then_some((at, slot)));
                number = (walk.on)(at);
            }
            Ok(places)
        })
    }

    pub(super) fn record(&self, slot: PingSlot) -> Result<Option<Record>> {
        let line = self.line(slot.line)?;
        let read = match self.keys {
            RecordKeys::Known => record::decode_known(&line),
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

/// Where the index of the file at `path` stands.
pub(super) fn index_name(path: &Path) -> String {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    format!(".{stem}.idx")
}
