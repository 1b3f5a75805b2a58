//! The pings of one id, read.
//!
//! A scan reads every line once and keeps, for each living ping, where its line stands; the text of
//! the few that are shown is read from there. A file may grow or be replaced meanwhile: what was open
//! is read to its last newline.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

use super::record::{self, Fact, Hash, Record, State};
use crate::error::{Error, Result};

/// The pings of one id.
#[derive(Debug)]
pub struct Pings {
    pub(super) file: File,
    pub(super) path: PathBuf,
    pub(super) table: Table,
}

/// Which pings are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// Those that everybody sees.
    Published,
    /// All that are not deleted: the owner's view.
    All,
}

impl Which {
    fn includes(self, slot: &Slot) -> bool {
        slot.living
            && match self {
                Which::Published => slot.state == State::Published,
                Which::All => true,
            }
    }
}

impl Pings {
    /// Reads `file`; `path` is for messages.
    pub(super) fn scan(file: File, path: PathBuf) -> Result<Pings> {
        let table = Table::scan(&file).map_err(|cause| Error::file("read", &path, cause))?;
        Ok(Pings { file, path, table })
    }

    /// The ping with that number; `None` if there is none, or it is deleted.
    ///
    /// # Errors
    ///
    /// [`Error::File`].
    pub fn get(&self, number: u64) -> Result<Option<Record>> {
        self.table
            .find(number)
            .map(|slot| self.record(slot))
            .transpose()
            .map(Option::flatten)
    }

    /// At most `most` pings, newest first, of those with a number below `before`.
    ///
    /// # Errors
    ///
    /// [`Error::File`].
    pub fn newest(&self, which: Which, before: Option<u64>, most: usize) -> Result<Vec<Record>> {
        let older = |slot: &&Slot| before.is_none_or(|before| slot.number < before);
        let wanted = |slot: &&Slot| which.includes(slot);
        let slots = self
            .table
            .slots
            .iter()
            .rev()
            .skip_while(|slot| !older(slot))
            .filter(wanted);
        self.records(slots, most)
    }

    /// At most `most` pings with a number above `after`, the nearest to it, newest first.
    ///
    /// # Errors
    ///
    /// [`Error::File`].
    pub fn next_newer(&self, which: Which, after: u64, most: usize) -> Result<Vec<Record>> {
        let start = self
            .table
            .slots
            .partition_point(|slot| slot.number <= after);
        let slots = self
            .table
            .slots
            .iter()
            .skip(start)
            .filter(|slot| which.includes(slot));
        let mut records = self.records(slots, most)?;
        records.reverse();
        Ok(records)
    }

    /// How many pings there are.
    #[must_use]
    pub fn count(&self, which: Which) -> usize {
        self.table
            .slots
            .iter()
            .filter(|slot| which.includes(slot))
            .count()
    }

    /// How many pings are in one state.
    #[must_use]
    pub fn count_in(&self, state: State) -> usize {
        let slots = self.table.slots.iter();
        slots
            .filter(|slot| slot.living && slot.state == state)
            .count()
    }

    fn records<'slots>(
        &self,
        slots: impl Iterator<Item = &'slots Slot>,
        most: usize,
    ) -> Result<Vec<Record>> {
        let mut records = Vec::new();
        for slot in slots {
            if records.len() == most {
                break;
            }
            records.extend(self.record(slot)?);
        }
        Ok(records)
    }

    fn record(&self, slot: &Slot) -> Result<Option<Record>> {
        let Some(mut record) = record::decode(&self.line(slot.line)?) else {
            return Ok(None);
        };
        if let Some(span) = slot.state_line {
            record.state = slot.state;
            record.why = record::why(&self.line(span)?);
        }
        Ok(Some(record))
    }

    /// Calls `take` with each whole line, without its newline.
    pub(super) fn each_line(
        &self,
        take: impl FnMut(Span, &[u8]) -> io::Result<()>,
    ) -> io::Result<()> {
        each_line(&self.file, take)
    }

    /// What stands behind `end`, at most 64 KiB of it.
    pub(super) fn tail(&self, end: u64) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        ReadAt {
            file: &self.file,
            offset: end,
        }
        .take(1 << 16)
        .read_to_end(&mut bytes)
        .map_err(|cause| Error::file("read", &self.path, cause))?;
        Ok(bytes)
    }

    /// The bytes of one line, without its newline.
    pub(super) fn line(&self, span: Span) -> Result<Vec<u8>> {
        let mut bytes = vec![0; span.length];
        self.file
            .read_exact_at(&mut bytes, span.offset)
            .map_err(|cause| Error::file("read", &self.path, cause))?;
        Ok(bytes)
    }
}

fn each_line(file: &File, mut take: impl FnMut(Span, &[u8]) -> io::Result<()>) -> io::Result<()> {
    let mut reader = BufReader::with_capacity(1 << 16, ReadAt { file, offset: 0 });
    let mut line = Vec::new();
    let mut offset = 0;
    loop {
        line.clear();
        reader.read_until(b'\n', &mut line)?;
        if line.pop() != Some(b'\n') {
            return Ok(());
        }
        take(
            Span {
                offset,
                length: line.len(),
            },
            &line,
        )?;
        offset += line.len() as u64 + 1;
    }
}

/// Reads a file from an offset on, whatever its own position is.
struct ReadAt<'file> {
    file: &'file File,
    offset: u64,
}

impl Read for ReadAt<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read_at(buffer, self.offset)?;
        self.offset += count as u64;
        Ok(count)
    }
}

/// Where a line stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    pub(super) offset: u64,
    pub(super) length: usize,
}

/// A ping.
#[derive(Debug)]
pub(super) struct Slot {
    pub(super) number: u64,
    /// Not deleted. A slot stays where it is: taking out one of a million would move half of them.
    pub(super) living: bool,
    pub(super) hash: Hash,
    pub(super) state: State,
    pub(super) line: Span,
    pub(super) state_line: Option<Span>,
}

/// What a file says, without its text.
#[derive(Debug, Default)]
pub(super) struct Table {
    /// Ascending by number.
    pub(super) slots: Vec<Slot>,
    /// The permalinks that were deleted.
    pub(super) gone: Vec<Hash>,
    /// The highest number ever given.
    pub(super) last: u64,
    /// Lines that say nothing that is still true.
    pub(super) dead: usize,
    /// The offset behind the last newline.
    pub(super) end: u64,
}

impl Table {
    fn scan(file: &File) -> io::Result<Table> {
        let mut table = Table::default();
        each_line(file, |_, line| {
            table.learn(line);
            Ok(())
        })?;
        Ok(table)
    }

    /// Takes in the line that stands at `end`, without its newline.
    pub(super) fn learn(&mut self, line: &[u8]) {
        let span = Span {
            offset: self.end,
            length: line.len(),
        };
        self.end += line.len() as u64 + 1;
        let Some(fact) = record::glance(line) else {
            return;
        };
        let (Fact::Ping { id, .. } | Fact::State { id, .. } | Fact::Delete { id, .. }) = fact;
        let place = self.slots.binary_search_by_key(&id, |slot| slot.number);
        match fact {
            Fact::Ping { state, hash, .. } => {
                let slot = Slot {
                    number: id,
                    living: true,
                    hash,
                    state,
                    line: span,
                    state_line: None,
                };
                match place {
                    Ok(at) => {
                        let old = std::mem::replace(&mut self.slots[at], slot);
                        self.dead += 1 + usize::from(old.state_line.is_some());
                    }
                    Err(at) => self.slots.insert(at, slot),
                }
            }
            Fact::State { to, .. } => match place {
                Ok(at) => {
                    let slot = &mut self.slots[at];
                    self.dead += usize::from(slot.state_line.is_some());
                    slot.state = to;
                    slot.state_line = Some(span);
                }
                Err(_) => self.dead += 1,
            },
            Fact::Delete { hash, .. } => {
                let mut hash = hash;
                if let Ok(at) = place {
                    let slot = &mut self.slots[at];
                    slot.living = false;
                    hash = hash.or(Some(slot.hash));
                    self.dead += 1 + usize::from(slot.state_line.is_some());
                }
                self.gone.extend(hash);
            }
        }
        self.last = self.last.max(id);
    }

    pub(super) fn find(&self, number: u64) -> Option<&Slot> {
        let at = self
            .slots
            .binary_search_by_key(&number, |slot| slot.number)
            .ok()?;
        self.slots.get(at).filter(|slot| slot.living)
    }

    /// The hash of a ping's permalink, also of one that is deleted.
    pub(super) fn permalink(&self, number: u64) -> Option<Hash> {
        let slots = &self.slots;
        let at = slots
            .binary_search_by_key(&number, |slot| slot.number)
            .ok()?;
        slots.get(at).map(|slot| slot.hash)
    }

    /// The living ping from a permalink: the latest, should an earlier line of it be damaged.
    pub(super) fn find_permalink(&self, hash: Hash) -> Option<&Slot> {
        self.slots
            .iter()
            .rev()
            .find(|slot| slot.living && slot.hash == hash)
    }
}
