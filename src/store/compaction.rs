//! Maintenance of a file of pings: compaction, and the index of a large one. A writer does both, under the lock; a reader
//! only uses an existing index.

use std::fs::File;
use std::io::{self, BufWriter, Write};

use super::facts::{Life, apply_line, permalink_at};
use super::index::{Index, LONG_TAIL, MIN_INDEXED};
use super::lines::{ReadAt, ReadLines, each_line};
use super::pings::{Pings, ReadFor, index_name};
use super::record::{self, RecordFact, RecordLine};
use crate::dir::{Folder, OpenMode, Opened, PRIVATE, SeenPart, disagrees, length};
use crate::error::{Error, Result};

/// With fewer dead lines a file is not compacted.
const DEAD_LINES: u64 = 64;

/// Opens a file of pings for a change; builds the index of a large one if it is missing.
pub(super) fn open(folder: &Folder, name: &str, opened: Opened) -> Result<Pings> {
    let path = folder.path().join(name);
    let (size, file) = (opened.length(), opened.file);
    let large = size >= MIN_INDEXED;
    let mut index = if large {
        open_index(folder, name, &file, OpenMode::Change)?
    } else {
        None
    };
    if large && index.is_none() {
        // Without an index the whole file is read into memory, which is slower but just as correct.
        index = build_index(folder, name, &file).ok();
    }
    Pings::read((file, size), path, index, ReadFor::Change)
}

/// Opens a file of pings for showing them.
pub(super) fn open_to_show(folder: &Folder, name: &str, opened: Opened) -> Result<Pings> {
    open_to_read(folder, name, opened, ReadFor::Show)
}

/// Opens a file of pings for showing some of the newest: of a large one without an index only the end is read.
pub(super) fn open_newest(folder: &Folder, name: &str, opened: Opened) -> Result<Pings> {
    let path = folder.path().join(name);
    let (size, file) = (opened.length(), opened.file);
    if size < MIN_INDEXED {
        return Pings::read((file, size), path, None, ReadFor::Show);
    }
    match open_index(folder, name, &file, OpenMode::Read)? {
        Some(index) => Pings::read((file, size), path, Some(index), ReadFor::Show),
        None => Pings::read_end((file, size), path),
    }
}

/// Opens a file of pings for copying, without changing it.
pub(super) fn open_to_copy(folder: &Folder, name: &str, opened: Opened) -> Result<Pings> {
    open_to_read(folder, name, opened, ReadFor::Change)
}

fn open_to_read(folder: &Folder, name: &str, opened: Opened, purpose: ReadFor) -> Result<Pings> {
    let (size, file) = (opened.length(), opened.file);
    let index = if size >= MIN_INDEXED {
        open_index(folder, name, &file, OpenMode::Read)?
    } else {
        None
    };
    Pings::read((file, size), folder.path().join(name), index, purpose)
}

/// Rewrites the file without its dead lines when they outnumber the living ones; extends the index when it covers too
/// little of the file.
pub(super) fn maintain(folder: &Folder, name: &str, mut pings: Pings) -> Result<()> {
    let counts = pings.counts();
    if counts.dead >= DEAD_LINES && counts.dead > counts.living + counts.gone {
        return compact(folder, name, &pings);
    }
    if counts.end < MIN_INDEXED
        || pings
            .indexed()
            .is_some_and(|end| counts.end - end < LONG_TAIL)
    {
        return Ok(());
    }
    if let Some(index) = pings.take_index() {
        // If that fails, a new index is built.
        if extend_index(index, &pings).is_ok_and(|large_enough| large_enough) {
            return Ok(());
        }
    }
    build_index(folder, name, &pings.file).map(drop)
}

/// The index of the file, if there is a matching one. One that cannot be used is not an error, since the pings are in
/// the file.
fn open_index(folder: &Folder, name: &str, data: &File, access: OpenMode) -> Result<Option<Index>> {
    let index = match folder.file(&index_name(name.as_ref()), access) {
        Ok(Some(index)) => Index::open(index, data),
        Ok(None) | Err(_) => return Ok(None),
    };
    Ok(index.unwrap_or(None))
}

/// Adds the lines that the index does not cover yet; returns whether it is still large enough.
fn extend_index(mut index: Index, pings: &Pings) -> io::Result<bool> {
    let lines = pings.each_line(index.committed().end, |_, line| {
        apply_line(&mut index, line, Some(&pings.file))
    })?;
    if index.is_full() {
        return Ok(false);
    }
    // A wrong entry would be used until the next rebuild, so the lines are checked before the index is committed.
    lines.whole.check(&pings.file)?;
    index.commit(&pings.file)?;
    Ok(true)
}

/// Builds an index of the whole file, which must be synced, and puts it in place.
fn build_index(folder: &Folder, name: &str, data: &File) -> Result<Index> {
    let final_name = index_name(name.as_ref());
    let temporary = format!("{final_name}.tmp");
    folder.remove(&temporary)?;
    let file = folder.new_file(&temporary, OpenMode::Change, PRIVATE)?;
    let made = index_all(file, data)
        .map_err(|cause| Error::file("write", folder.path().join(&temporary), cause));
    match made.and_then(|index| folder.rename(&temporary, &final_name).map(|()| index)) {
        Ok(index) => Ok(index),
        Err(error) => {
            // The first error is reported; a leftover temporary file is removed the next time.
            folder.remove(&temporary).ok();
            Err(error)
        }
    }
}

fn index_all(file: File, data: &File) -> io::Result<Index> {
    let size = length(data)?;
    let mut index = Index::make(file, size);
    let lines = each_line(0, ReadAt::new(data, 0, size), |_, line| {
        apply_line(&mut index, line, Some(data))
    })?;
    index.finish()?;
    if lines.end != lines.whole.end() {
        // A torn line must be repaired before.
        return Err(disagrees(lines.end, lines.whole.end()));
    }
    lines.whole.check(data)?;
    index.commit(data)?;
    Ok(index)
}

/// Rewrites the file without its dead lines. The caller holds the lock. The new file is read back and compared with a
/// second pass over the old file, which must not have changed since it was opened.
pub(super) fn compact(folder: &Folder, name: &str, pings: &Pings) -> Result<()> {
    folder.replace(name, PRIVATE, |file| {
        let (old, new) = {
            let mut out = ChecksumWriter::of(BufWriter::new(&mut *file));
            let old = write_compact(pings, &mut out)?;
            out.flush()?;
            (old, out.seen.clone())
        };
        file.sync_all()?;
        new.check(file)?;
        let mut again = ChecksumWriter::of(io::sink());
        let still = write_compact(pings, &mut again)?;
        if !again.seen.is_same(&new) || old.whole.end() != pings.counts().end {
            return Err(disagrees(old.end, pings.counts().end));
        }
        still.whole.check(&pings.file)?;
        pings.check()?;
        match folder.holds(name, &pings.file) {
            true => Ok(()),
            false => Err(io::Error::other(
                "another file came into its place; nothing was changed",
            )),
        }
    })?;
    // The index belongs to the old file; the next writer builds one if the new file is large enough.
    folder.remove(&index_name(&pings.path))
}

/// A writer that computes a checksum.
struct ChecksumWriter<W> {
    writer: W,
    seen: SeenPart,
}

impl<W: Write> ChecksumWriter<W> {
    fn of(writer: W) -> ChecksumWriter<W> {
        ChecksumWriter {
            writer,
            seen: SeenPart::from(0),
        }
    }
}

impl<W: Write> Write for ChecksumWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.writer.write(bytes)?;
        self.seen.append(bytes.get(..count).unwrap_or_default());
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

/// Copies every line that still matters, in order. A ping whose state has changed is written with its new state; lines of
/// a newer version are copied unchanged. A tombstone without a hash gets the one of its ping, whose line is dropped.
/// Purged pings are dropped, except that the `purge` line of the highest number ever given is kept as a record of it.
fn write_compact(pings: &Pings, out: &mut impl Write) -> io::Result<ReadLines> {
    let other = |error: Error| io::Error::other(error);
    let mut copy = |line: &[u8]| out.write_all(line).and_then(|()| out.write_all(b"\n"));
    pings.each_line(0, |span, line| match record::parse_fact(line) {
        Some(RecordFact::State { .. }) => Ok(()),
        Some(RecordFact::Delete { id, hash: None }) => {
            let slot = pings.slot(id).map_err(other)?;
            let hash = slot
                .map(|slot| permalink_at(&pings.file, slot.line))
                .transpose()?;
            copy(&record::with_hash(line, hash.flatten()))
        }
        Some(RecordFact::Delete { .. }) | None => copy(line),
        Some(RecordFact::Purge { id }) => {
            let slot = pings.slot(id).map_err(other)?;
            let proof = slot
                .is_some_and(|slot| slot.life == Life::Purged && slot.state_line == Some(span))
                && id == pings.counts().last;
            if proof { copy(line) } else { Ok(()) }
        }
        Some(RecordFact::Ping { id, .. }) => {
            let slot = pings.slot(id).map_err(other)?;
            let Some(slot) = slot.filter(|slot| slot.line == span && slot.life == Life::Living)
            else {
                return Ok(());
            };
            match (slot.state_line, pings.get(id).map_err(other)?) {
                (None, _) => copy(line),
                (Some(_), Some(record)) => {
                    let line = RecordLine::Ping(&record).encode();
                    copy(line.strip_suffix(b"\n").unwrap_or(&line))
                }
                // Only a newer version can read it, so its `state` line is kept.
                (Some(state), None) => {
                    copy(line).and_then(|()| copy(&pings.line(state).map_err(other)?))
                }
            }
        }
    })
}
