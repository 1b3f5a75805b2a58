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

use super::index::Index;
use super::lines::{ReadAt, each_line};
use super::map::{Counts, Life, Slot, Span, Table, Walk, learn};
use super::record::{self, Hash, Record, State};
use crate::error::{Error, Result};

/// The most of the file's end that is kept in memory, in bytes.
const KEPT: u64 = 256 << 10;

/// Whether the pings are read to be shown only, or to be changed too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    Show,
    Change,
}

impl Purpose {
    /// What [`learn`] needs to be given.
    fn data(self, file: &File) -> Option<&File> {
        match self {
            Purpose::Show => None,
            Purpose::Change => Some(file),
        }
    }
}

/// The pings of one id.
#[derive(Debug)]
pub struct Pings {
    pub(super) file: File,
    pub(super) path: PathBuf,
    purpose: Purpose,
    table: RefCell<Table>,
    /// The end of the file as it was read, and where it begins.
    tail: Vec<u8>,
    tail_at: u64,
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
    fn includes(self, slot: Slot) -> bool {
        slot.life == Life::Living
            && match self {
                Which::Published => slot.state == State::Published,
                Which::All => true,
                Which::In(state) => slot.state == state,
            }
    }
}

impl Pings {
    /// Reads what of `file` the index does not cover; `path` is for messages.
    pub(super) fn read(
        file: File,
        path: PathBuf,
        index: Option<Index>,
        purpose: Purpose,
    ) -> Result<Pings> {
        let mut pings = Pings {
            file,
            path,
            purpose,
            table: RefCell::new(Table::above(index)),
            tail: Vec::new(),
            tail_at: 0,
            distrusted: Cell::new(false),
        };
        let end = pings.counts().end;
        let mut tail = Vec::new();
        let read = ReadAt {
            file: &pings.file,
            offset: end,
        }
        .take(KEPT)
        .read_to_end(&mut tail);
        read.map_err(|cause| Error::file("read", &pings.path, cause))?;
        let data = purpose.data(&pings.file);
        let table = pings.table.get_mut();
        let learnt = if (tail.len() as u64) < KEPT {
            each_line(end, tail.as_slice(), |_, line| learn(table, line, data))
        } else {
            tail.clear();
            each_line(
                end,
                ReadAt {
                    file: &pings.file,
                    offset: end,
                },
                |_, line| learn(table, line, data),
            )
        };
        if learnt.is_err() {
            // Only a base can be at fault: nothing else was read.
            pings.distrust()?;
            return Ok(pings);
        }
        // Whole lines only: a torn one is cut off the file by the next writer, and another comes to stand there.
        let whole = pings.counts().end.saturating_sub(end);
        tail.truncate(usize::try_from(whole).unwrap_or(0));
        (pings.tail, pings.tail_at) = (tail, end);
        Ok(pings)
    }

    /// The ping with that number; `None` if there is none, or it is deleted.
    ///
    /// # Errors
    ///
    /// [`Error::File`].
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
    ///
    /// # Errors
    ///
    /// [`Error::File`].
    pub fn newest(&self, which: Which, before: Option<u64>, most: usize) -> Result<Vec<Record>> {
        let start = before.map_or(Some(u64::MAX), |before| before.checked_sub(1));
        self.walk(start, which, most, Walk::DOWN)
    }

    /// At most `most` pings with a number above `after`, the nearest to it, newest first.
    ///
    /// # Errors
    ///
    /// [`Error::File`].
    pub fn next_newer(&self, which: Which, after: u64, most: usize) -> Result<Vec<Record>> {
        let mut records = self.walk(after.checked_add(1), which, most, Walk::UP)?;
        records.reverse();
        Ok(records)
    }

    /// How many pings there are; looks at each.
    ///
    /// # Errors
    ///
    /// [`Error::File`].
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
    pub(super) fn slot(&self, number: u64) -> Result<Option<Slot>> {
        self.ask(|table| table.slot_of(number))
    }

    pub(super) fn counts(&self) -> Counts {
        self.table.borrow().counts
    }

    /// Takes in whole lines that were appended.
    pub(super) fn learn(&mut self, lines: &[u8]) -> Result<()> {
        let data = self.purpose.data(&self.file);
        let table = self.table.get_mut();
        let end = table.counts.end;
        match each_line(end, lines, |_, line| learn(table, line, data)) {
            Ok(()) => Ok(()),
            // The lines stand in the file, so reading all of it takes them in.
            Err(_) => self.distrust(),
        }
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

    /// Leaves the index aside and reads the whole file: an index that is found to be wrong is no fault.
    pub(super) fn distrust(&self) -> Result<()> {
        self.distrusted.set(true);
        let mut table = Table::above(None);
        let data = self.purpose.data(&self.file);
        let learnt = self.each_line(0, |_, line| learn(&mut table, line, data));
        learnt.map_err(|cause| Error::file("read", &self.path, cause))?;
        *self.table.borrow_mut() = table;
        Ok(())
    }

    /// Calls `take` with each whole line from `offset` on, without its newline.
    pub(super) fn each_line(
        &self,
        offset: u64,
        take: impl FnMut(Span, &[u8]) -> io::Result<()>,
    ) -> io::Result<()> {
        each_line(
            offset,
            ReadAt {
                file: &self.file,
                offset,
            },
            take,
        )
    }

    /// What stands behind the last newline, at most 64 KiB of it.
    pub(super) fn torn(&self) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        ReadAt {
            file: &self.file,
            offset: self.counts().end,
        }
        .take(1 << 16)
        .read_to_end(&mut bytes)
        .map_err(|cause| Error::file("read", &self.path, cause))?;
        Ok(bytes)
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
    ) -> Result<Vec<(u64, Slot)>> {
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

    pub(super) fn record(&self, slot: Slot) -> Result<Option<Record>> {
        let line = self.line(slot.line)?;
        let read = match self.purpose {
            Purpose::Show => record::decode_known(&line),
            Purpose::Change => record::decode(&line),
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
        if let Some(line) = inside.and_then(|at| self.tail.get(at..at + length)) {
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
