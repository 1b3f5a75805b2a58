//! `.ID.idx`: the index of a large file of pings, so that the cost of a request does not grow with the file.
//!
//! It is a cache. It covers the file up to an offset, and each request reads the lines after that. When there are many, a
//! writer adds them: it writes and syncs the blocks first, and then the header with the counts. A header is valid if its
//! checksum is right, it names this very file (inode), and the bytes of the file just before the offset are unchanged. A
//! block is valid if its checksum is right. If anything is invalid, the whole file is read, and the next writer rebuilds
//! the index.
//!
//! | blocks | content |
//! |---|---|
//! | 0 | the header |
//! | 1 to `buckets` | a hash table: 64 bits of a permalink's hash, and the ping's number |
//! | the rest | a row for each number: the positions of its lines, its state and kind |

use std::fs::File;
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};

use super::block_file::{Blocks, ROOM, broken};
use super::facts::{FactMap, FoundPing, Life, PingCounts, PingSlot, Span};
use super::mention::MentionKind;
use super::record::State;

/// Files of pings below this size, in bytes, have no index.
pub(super) const MIN_INDEXED: u64 = 64 << 10;
/// When the index misses this many bytes, a writer adds them.
pub(super) const LONG_TAIL: u64 = 32 << 10;

/// A short line, in bytes: to estimate the number of pings from the size of a file.
const SHORT_LINE: u64 = 128;

const MAGIC: u64 = u64::from_le_bytes(*b"tb-idx-3");
/// Bytes of a row and of an entry of the hash table, and their numbers per block.
const ROW: usize = 32;
const ROWS: u64 = (ROOM / ROW) as u64;
const ENTRY: usize = 16;
const ENTRIES: u64 = (ROOM / ENTRY) as u64;
/// How many bytes before the offset are compared, and their position in the header.
const TAIL_SAMPLE: usize = 64;
const TAIL_SAMPLE_AT: usize = 80;
/// The highest bit of an entry's number marks a deleted ping.
const GONE: u64 = 1 << 63;
/// The number of an entry whose permalink may ping again. The entry stays, because later ones of its chain must be found.
const FORGOTTEN: u64 = 0;

/// An index that matches its file.
#[derive(Debug)]
pub(super) struct Index {
    blocks: Blocks,
    buckets: u64,
    /// The highest number with a row; with a higher one the index would be larger than the file.
    max_number: u64,
    counts: PingCounts,
    /// The counts in the header on disk.
    committed: PingCounts,
}

impl Index {
    /// Reads the header; `None` if it does not match `data`.
    pub(super) fn open(file: File, data: &File) -> io::Result<Option<Index>> {
        let mut blocks = Blocks::new(file, u64::MAX);
        let header = blocks.with(0, |bytes| bytes[..TAIL_SAMPLE_AT + TAIL_SAMPLE].to_vec());
        let Ok(header) = header else { return Ok(None) };
        let number = |at: usize| read_u64(&header, at * 8);
        let counts = PingCounts {
            end: number(2),
            last: number(3),
            living: number(4),
            gone: number(5),
            dead: number(6),
            forgotten: number(8),
            has_reactions: number(9) != 0,
        };
        let metadata = data.metadata()?;
        let right =
            number(0) == MAGIC && number(1) == metadata.ino() && counts.end <= metadata.len();
        let max_number = max_number(metadata.len());
        if !right
            || number(7) == 0
            || counts.last > max_number
            || tail_sample(data, counts.end)? != header[TAIL_SAMPLE_AT..]
        {
            return Ok(None);
        }
        blocks.set_fresh_from(blocks_of(number(7), counts));
        Ok(Some(Index {
            blocks,
            buckets: number(7),
            max_number,
            counts,
            committed: counts,
        }))
    }

    /// Creates an index in an empty `file`, for a file of pings of `length` bytes.
    pub(super) fn make(file: File, length: u64) -> Index {
        let buckets = (length / SHORT_LINE * 2 / ENTRIES)
            .next_power_of_two()
            .max(4);
        let counts = PingCounts::default();
        Index {
            blocks: Blocks::new(file, 0),
            buckets,
            max_number: max_number(length),
            counts,
            committed: counts,
        }
    }

    /// Finishes building: from now on every block must be valid.
    pub(super) fn finish(&mut self) -> io::Result<()> {
        self.blocks.finish(blocks_of(self.buckets, self.counts))
    }

    /// Writes the index for `data`, which must be synced up to its offset; blocks first, then the header.
    pub(super) fn commit(&mut self, data: &File) -> io::Result<()> {
        self.blocks.sync()?;
        let counts = self.counts;
        let tail_sample = tail_sample(data, counts.end)?;
        let numbers = [
            MAGIC,
            data.metadata()?.ino(),
            counts.end,
            counts.last,
            counts.living,
            counts.gone,
            counts.dead,
            self.buckets,
            counts.forgotten,
            u64::from(counts.has_reactions),
        ];
        self.blocks.change(0, |bytes| {
            for (at, number) in numbers.iter().enumerate() {
                write_u64(bytes, at * 8, *number);
            }
            bytes[TAIL_SAMPLE_AT..TAIL_SAMPLE_AT + TAIL_SAMPLE].copy_from_slice(&tail_sample);
        })?;
        self.blocks.write()?;
        self.blocks.set_fresh_from(blocks_of(self.buckets, counts));
        self.committed = counts;
        Ok(())
    }

    /// The counts up to the offset that the index covers.
    pub(super) fn committed(&self) -> PingCounts {
        self.committed
    }

    /// Whether the hash table is so full that a larger one should be built.
    pub(super) fn is_full(&self) -> bool {
        let counts = self.counts;
        (counts.living + counts.gone + counts.forgotten) * 4 > self.buckets * ENTRIES * 3
    }

    /// The number of the ping whose permalink has that key.
    pub(super) fn permalink(&self, key: u64) -> io::Result<Option<(u64, Life)>> {
        let key = key.max(1);
        for bucket in self.buckets_of(key) {
            match self.blocks.with(bucket, |bytes| find_entry(bytes, key))? {
                IndexEntry::Found(at) => {
                    let number = self.blocks.with(bucket, |bytes| read_u64(bytes, at + 8))?;
                    let life = if number & GONE == 0 {
                        Life::Living
                    } else {
                        Life::Deleted
                    };
                    return Ok((number != FORGOTTEN).then_some((number & !GONE, life)));
                }
                IndexEntry::Free(_) => return Ok(None),
                IndexEntry::Full => {}
            }
        }
        Ok(None)
    }

    /// The highest number up to `number` that has a row.
    pub(super) fn up_to(&self, number: u64) -> io::Result<FoundPing> {
        self.first_of((1..=number.min(self.counts.last)).rev())
    }

    /// The lowest number from `number` on that has a row.
    pub(super) fn from(&self, number: u64) -> io::Result<FoundPing> {
        self.first_of(number..=self.counts.last)
    }

    fn first_of(&self, numbers: impl Iterator<Item = u64>) -> io::Result<FoundPing> {
        for number in numbers {
            if let Some(slot) = self.slot(number)? {
                return Ok(Some((number, slot)));
            }
        }
        Ok(None)
    }

    fn buckets_of(&self, key: u64) -> impl Iterator<Item = u64> + use<> {
        let buckets = self.buckets;
        (0..buckets).map(move |step| 1 + (key + step) % buckets)
    }

    fn place_of_row(&self, number: u64) -> io::Result<(u64, usize)> {
        let at = number
            .checked_sub(1)
            .filter(|_| number <= self.max_number)
            .ok_or_else(broken)?;
        let block = (1 + self.buckets)
            .checked_add(at / ROWS)
            .ok_or_else(broken)?;
        Ok((
            block,
            usize::try_from(at % ROWS).map_err(io::Error::other)? * ROW,
        ))
    }
}

impl FactMap for Index {
    fn slot(&self, number: u64) -> io::Result<Option<PingSlot>> {
        if number == 0 || number > self.counts.last {
            return Ok(None);
        }
        let (block, at) = self.place_of_row(number)?;
        self.blocks
            .with(block, |bytes| decode(&bytes[at..at + ROW]))?
    }

    fn put(&mut self, number: u64, slot: PingSlot) -> io::Result<()> {
        let (block, at) = self.place_of_row(number)?;
        self.blocks
            .change(block, |bytes| encode(slot, &mut bytes[at..at + ROW]))
    }

    fn mark(&mut self, key: u64, number: u64, life: Life) -> io::Result<()> {
        let key = key.max(1);
        let value = if life == Life::Living {
            number
        } else {
            number | GONE
        };
        for bucket in self.buckets_of(key) {
            if let IndexEntry::Found(at) | IndexEntry::Free(at) =
                self.blocks.with(bucket, |bytes| find_entry(bytes, key))?
            {
                return self.blocks.change(bucket, |bytes| {
                    write_u64(bytes, at, key);
                    write_u64(bytes, at + 8, value);
                });
            }
        }
        Err(broken())
    }

    fn forget(&mut self, key: u64, number: u64) -> io::Result<()> {
        if self.permalink(key)? == Some((number, Life::Living)) {
            self.mark(key, FORGOTTEN, Life::Living)?;
        }
        Ok(())
    }

    fn counts(&mut self) -> &mut PingCounts {
        &mut self.counts
    }
}

/// The highest number that gets a row, in case somebody edited the file and wrote a huge one.
fn max_number(length: u64) -> u64 {
    length / 8
}

/// How many blocks a complete index has.
fn blocks_of(buckets: u64, counts: PingCounts) -> u64 {
    counts
        .last
        .div_ceil(ROWS)
        .saturating_add(buckets)
        .saturating_add(1)
}

enum IndexEntry {
    Found(usize),
    Free(usize),
    Full,
}

fn find_entry(bytes: &[u8], key: u64) -> IndexEntry {
    for at in (0..ROOM).step_by(ENTRY) {
        match read_u64(bytes, at) {
            0 => return IndexEntry::Free(at),
            found if found == key => return IndexEntry::Found(at),
            _ => {}
        }
    }
    IndexEntry::Full
}

fn encode(slot: PingSlot, row: &mut [u8]) {
    let state_line = slot.state_line.unwrap_or(Span {
        offset: 0,
        length: 0,
    });
    write_u64(row, 0, slot.line.offset);
    write_u64(row, 8, state_line.offset);
    row[16..20].copy_from_slice(&slot.line.length.to_le_bytes());
    row[20..24].copy_from_slice(&state_line.length.to_le_bytes());
    row[24] = match slot.state {
        State::Published => 1,
        State::Held => 2,
        State::Junk => 3,
    };
    row[25] = match slot.life {
        Life::Living => 0,
        Life::Deleted => 1,
        Life::Purged => 2,
    };
    row[26] = encode_kind(slot.kind);
}

fn encode_kind(kind: Option<MentionKind>) -> u8 {
    let mut numbered = (1..).zip(MentionKind::ALL);
    let found = numbered.find(|(_, other)| Some(**other) == kind);
    found.map_or(0, |(number, _)| number)
}

fn decode_kind(number: u8) -> io::Result<Option<MentionKind>> {
    let Some(place) = number.checked_sub(1) else {
        return Ok(None);
    };
    let kind = MentionKind::ALL.get(usize::from(place));
    kind.map(|kind| Some(*kind)).ok_or_else(broken)
}

/// The slot of a row; `None` for a number that has no line.
fn decode(row: &[u8]) -> io::Result<Option<PingSlot>> {
    let length = |at: usize| {
        (0..4).fold(0, |length, byte| {
            length | u32::from(row[at + byte]) << (8 * byte)
        })
    };
    let state = match row[24] {
        0 => return Ok(None),
        1 => State::Published,
        2 => State::Held,
        3 => State::Junk,
        _ => return Err(broken()),
    };
    let state_line = Span {
        offset: read_u64(row, 8),
        length: length(20),
    };
    Ok(Some(PingSlot {
        line: Span {
            offset: read_u64(row, 0),
            length: length(16),
        },
        state,
        state_line: (state_line.length > 0).then_some(state_line),
        life: match row[25] {
            0 => Life::Living,
            1 => Life::Deleted,
            2 => Life::Purged,
            _ => return Err(broken()),
        },
        kind: decode_kind(row[26])?,
    }))
}

/// The bytes of `data` just before `end`, padded with zeros.
fn tail_sample(data: &File, end: u64) -> io::Result<[u8; TAIL_SAMPLE]> {
    let mut bytes = [0; TAIL_SAMPLE];
    let length = usize::try_from(end).unwrap_or(TAIL_SAMPLE).min(TAIL_SAMPLE);
    data.read_exact_at(&mut bytes[TAIL_SAMPLE - length..], end - length as u64)?;
    Ok(bytes)
}

fn read_u64(bytes: &[u8], at: usize) -> u64 {
    bytes[at..at + 8]
        .iter()
        .rev()
        .fold(0, |number, byte| number << 8 | u64::from(*byte))
}

fn write_u64(bytes: &mut [u8], at: usize, number: u64) {
    bytes[at..at + 8].copy_from_slice(&number.to_le_bytes());
}
