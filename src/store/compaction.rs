//! What keeps a file of pings fit: compaction, and the index of a large one. A writer does both, under
//! the lock; a reader only uses what is there.

use std::fs::File;
use std::io::{self, BufWriter, Write};

use super::facts::{Life, learn, permalink_at};
use super::index::{Index, LONG_TAIL, WORTH_IT};
use super::lines::{ReadAt, ReadLines, each_line};
use super::pings::{Pings, ReadFor, index_name};
use super::record::{self, RecordFact, RecordLine};
use crate::dir::{Folder, OpenMode, Opened, PRIVATE, SeenPart, disagrees, length};
use crate::error::{Error, Result};

/// Fewer dead lines than this are not worth a compaction.
const DEAD_LINES: u64 = 64;

/// Opens a file of pings for a change; a large one without an index gets one.
pub(super) fn open(folder: &Folder, name: &str, opened: Opened) -> Result<Pings> {
    let path = folder.path().join(name);
    let (told, file) = (opened.length(), opened.file);
    let large = told >= WORTH_IT;
    let mut index = if large {
        standing(folder, name, &file, OpenMode::Change)?
    } else {
        None
    };
    if large && index.is_none() {
        // Without one the whole file is learnt into memory: slower, and right as well.
        index = make(folder, name, &file).ok();
    }
    Pings::read((file, told), path, index, ReadFor::Change)
}

/// Opens a file of pings to be shown.
pub(super) fn open_to_show(folder: &Folder, name: &str, opened: Opened) -> Result<Pings> {
    open_to_read(folder, name, opened, ReadFor::Show)
}

/// Opens a file of pings to show some of the newest: of a large one without an index no more than its end is read.
pub(super) fn open_newest(folder: &Folder, name: &str, opened: Opened) -> Result<Pings> {
    let path = folder.path().join(name);
    let (told, file) = (opened.length(), opened.file);
    if told < WORTH_IT {
        return Pings::read((file, told), path, None, ReadFor::Show);
    }
    match standing(folder, name, &file, OpenMode::Read)? {
        Some(index) => Pings::read((file, told), path, Some(index), ReadFor::Show),
        None => Pings::read_end((file, told), path),
    }
}

/// Opens a file of pings to be copied: nothing of it is changed.
pub(super) fn open_to_copy(folder: &Folder, name: &str, opened: Opened) -> Result<Pings> {
    open_to_read(folder, name, opened, ReadFor::Change)
}

fn open_to_read(folder: &Folder, name: &str, opened: Opened, purpose: ReadFor) -> Result<Pings> {
    let (told, file) = (opened.length(), opened.file);
    let index = if told >= WORTH_IT {
        standing(folder, name, &file, OpenMode::Read)?
    } else {
        None
    };
    Pings::read((file, told), folder.path().join(name), index, purpose)
}

/// Rewrites the file without its dead lines when they outweigh the living; brings the index up to
/// date when much stands behind it.
pub(super) fn keep_fit(folder: &Folder, name: &str, mut pings: Pings) -> Result<()> {
    let counts = pings.counts();
    if counts.dead >= DEAD_LINES && counts.dead > counts.living + counts.gone {
        return compact(folder, name, &pings);
    }
    if counts.end < WORTH_IT
        || pings
            .indexed()
            .is_some_and(|end| counts.end - end < LONG_TAIL)
    {
        return Ok(());
    }
    if let Some(index) = pings.take_index() {
        // Whatever is wrong with it, a new one will not be.
        if go_on(index, &pings).is_ok_and(|large_enough| large_enough) {
            return Ok(());
        }
    }
    make(folder, name, &pings.file).map(drop)
}

/// The index beside the file, if there is one that is about it. One that cannot be used is no fault:
/// whatever stands at its name, the pings are in the file.
fn standing(folder: &Folder, name: &str, data: &File, access: OpenMode) -> Result<Option<Index>> {
    let index = match folder.file(&index_name(name.as_ref()), access) {
        Ok(Some(index)) => Index::open(index, data),
        Ok(None) | Err(_) => return Ok(None),
    };
    Ok(index.unwrap_or(None))
}

/// Takes in what stands behind the index; says whether it is still large enough.
fn go_on(mut index: Index, pings: &Pings) -> io::Result<bool> {
    let lines = pings.each_line(index.standing().end, |_, line| {
        learn(&mut index, line, Some(&pings.file))
    })?;
    if index.is_full() {
        return Ok(false);
    }
    // What an index says wrongly is believed until the next is made.
    lines.whole.check(&pings.file)?;
    index.stand(&pings.file)?;
    Ok(true)
}

/// Makes an index of the whole file, which is synced, and puts it in place.
fn make(folder: &Folder, name: &str, data: &File) -> Result<Index> {
    let final_name = index_name(name.as_ref());
    let temporary = format!("{final_name}.tmp");
    folder.remove(&temporary)?;
    let file = folder.new_file(&temporary, OpenMode::Change, PRIVATE)?;
    let made = learn_all(file, data)
        .map_err(|cause| Error::file("write", folder.path().join(&temporary), cause));
    match made.and_then(|index| folder.rename(&temporary, &final_name).map(|()| index)) {
        Ok(index) => Ok(index),
        Err(error) => {
            // The first fault is the one to tell; a temporary that stays is removed the next time.
            folder.remove(&temporary).ok();
            Err(error)
        }
    }
}

fn learn_all(file: File, data: &File) -> io::Result<Index> {
    let told = length(data)?;
    let mut index = Index::make(file, told);
    let lines = each_line(0, ReadAt::new(data, 0, told), |_, line| {
        learn(&mut index, line, Some(data))
    })?;
    index.finish()?;
    if lines.end != lines.whole.end() {
        // A torn line is repaired before it is made.
        return Err(disagrees(lines.end, lines.whole.end()));
    }
    lines.whole.check(data)?;
    index.stand(data)?;
    Ok(index)
}

/// Rewrites the file without its dead lines. The caller holds the lock. What is written is read back, and made a
/// second time from the old file, which must be what it was when it was opened.
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
    // About the old file; the next writer makes one if the new file is worth it.
    folder.remove(&index_name(&pings.path))
}

/// Writes, and keeps the checksum.
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
        self.seen.take(bytes.get(..count).unwrap_or_default());
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

/// Copies every line that still says something, in its order; a ping whose state has changed is
/// written with its new state, and lines of a newer version are copied as they are. A tombstone without
/// a hash is given the one of its ping, which goes. Of purged pings nothing stays, unless one had the highest
/// number ever given: its `purge` line proves that.
fn write_compact(pings: &Pings, out: &mut impl Write) -> io::Result<ReadLines> {
    let other = |error: Error| io::Error::other(error);
    let mut copy = |line: &[u8]| out.write_all(line).and_then(|()| out.write_all(b"\n"));
    pings.each_line(0, |span, line| match record::glance(line) {
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
                // Only a newer version can read it, so its state stays behind it.
                (Some(state), None) => {
                    copy(line).and_then(|()| copy(&pings.line(state).map_err(other)?))
                }
            }
        }
    })
}
