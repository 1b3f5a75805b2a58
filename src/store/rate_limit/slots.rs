//! The layout of `.throttle`: a header, then slots of 32 bytes in sets.
//!
//! ```text
//! header, 256 bytes   "tb-slots", version (u32), key of the hash (32 bytes), CRC-32 of those; zero to the end
//! slot, 32 bytes      mark of the key (u64), time in milliseconds since 1970 (u64), thousandths of a token (u64),
//!                     reported (u8), three zero bytes, CRC-32 of all that
//! ```
//!
//! All numbers are little-endian. A slot is within one sector and is written in one call, so a killed process leaves the
//! old or the new one.

use std::cell::RefCell;
use std::cmp::Reverse;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use sha2::{Digest, Sha256};

use super::bucket::{Bucket, Region, TokenRequest};
use crate::dir::{self, Checksum, TRIES};

const MAGIC: &[u8; 8] = b"tb-slots";
const VERSION: u32 = 1;
const HEADER: usize = 256;
/// Size of the regions with a single slot, in bytes.
const SINGLE: usize = 256;
const SLOT: usize = 32;
/// The slots of a set, in which one key can be.
const WAYS: usize = 8;
/// A slot further in the future, in milliseconds, was written with a wrong clock.
const SKEW: u64 = 60_000;

/// Size of the file, in bytes.
pub(super) const SIZE: u64 = 256 + 256 + (3 * 512 + 4 * 128) * 256;

/// A file with a valid header.
pub(super) struct Slots<'file> {
    file: &'file File,
    key: [u8; 32],
    /// The regions with a single slot, which follow the header.
    single: RefCell<[u8; SINGLE]>,
}

/// The current state of a bucket.
#[derive(Debug, Clone, Copy)]
pub(super) struct FoundSlot {
    /// The offset of its slot, which may not be written yet.
    place: u64,
    mark: u64,
    time: u64,
    /// Thousandths of a token.
    tokens: u64,
    /// Whether it was reported as empty.
    pub(super) reported: bool,
}

/// The content of a slot.
#[derive(Debug, Clone, Copy)]
struct BucketSlot {
    mark: u64,
    time: u64,
    tokens: u64,
    reported: bool,
}

/// The position of a region.
struct Extent {
    start: u64,
    sets: u64,
    ways: usize,
}

impl Region {
    fn extent(self) -> Extent {
        let one = |number: u64| Extent {
            start: 256 + number * 32,
            sets: 1,
            ways: 1,
        };
        let many = |before: u64, sets| Extent {
            start: 512 + before * 256,
            sets,
            ways: WAYS,
        };
        match self {
            Region::Site => one(0),
            Region::NewIds => one(1),
            Region::Waiting => one(2),
            Region::Logins => one(3),
            Region::Refusals => one(4),
            Region::BanFaults => one(5),
            Region::Junk => one(6),
            Region::Dial => one(7),
            Region::Prefix => many(0, 512),
            Region::Domain => many(512, 512),
            Region::Id => many(1024, 512),
            Region::LoginPrefix => many(1536, 128),
            Region::NewIdPrefix => many(1664, 128),
            Region::Pace => many(1792, 128),
            Region::Pair => many(1920, 128),
        }
    }

    /// A different number for each region, so that a key is in different slots in each.
    fn salt(self) -> [u8; 8] {
        self.extent().start.to_le_bytes()
    }
}

impl<'file> Slots<'file> {
    /// Reads the header; `None` if the file is incomplete or has another format or version.
    pub(super) fn read(file: &'file File, length: u64) -> io::Result<Option<Slots<'file>>> {
        if length != SIZE {
            return Ok(None);
        }
        let mut begin = [0; HEADER + SINGLE];
        file.read_exact_at(&mut begin, 0)?;
        let (header, rest) = begin.split_at(HEADER);
        let mut key = [0; 32];
        key.copy_from_slice(&header[12..44]);
        let mut single = [0; SINGLE];
        single.copy_from_slice(rest);
        let good = header == write_header(key);
        Ok(good.then_some(Slots {
            file,
            key,
            single: RefCell::new(single),
        }))
    }

    /// Like [`Slots::read`], with retries: a network file system may return stale data once.
    pub(super) fn read_with_retry(
        file: &'file File,
        length: u64,
    ) -> io::Result<Option<Slots<'file>>> {
        let mut read = Slots::read(file, length);
        for _ in 1..TRIES {
            if let Ok(Some(slots)) = read {
                return Ok(Some(slots));
            }
            read = Slots::read(file, dir::length(file)?);
        }
        read
    }

    /// Initialises the file with full buckets.
    pub(super) fn initialize(file: &'file File, key: [u8; 32]) -> io::Result<Slots<'file>> {
        file.set_len(0)?;
        file.set_len(SIZE)?;
        // Last: a file without a header is initialised again.
        file.write_all_at(&write_header(key), 0)?;
        Ok(Slots {
            file,
            key,
            single: RefCell::new([0; SINGLE]),
        })
    }

    /// The bucket of a key; a full one if there is none.
    pub(super) fn find(&self, request: &TokenRequest<'_>, now: u64) -> io::Result<FoundSlot> {
        let extent = request.region.extent();
        let digest = Sha256::new()
            .chain_update(self.key)
            .chain_update(request.region.salt())
            .chain_update(request.key)
            .finalize();
        let set = extent.start + number(&digest[..8]) % extent.sets * (WAYS * SLOT) as u64;
        let mark = number(&digest[8..16]);
        let mut bytes = [0; WAYS * SLOT];
        let bytes = &mut bytes[..extent.ways * SLOT];
        match single_at(set) {
            Some(at) => bytes.copy_from_slice(&self.single.borrow()[at..at + SLOT]),
            None => self.file.read_exact_at(bytes, set)?,
        }
        let full = u64::from(request.bucket.burst) * 1000;
        let mut fullest = None;
        for (slot, place) in bytes.chunks_exact(SLOT).zip((set..).step_by(SLOT)) {
            let read = decode(slot);
            let tokens = read.map_or(full, |slot| level(slot, request.bucket, now));
            if let Some(slot) = read.filter(|slot| slot.mark == mark) {
                return Ok(FoundSlot {
                    place,
                    mark,
                    time: slot.time.clamp(now, now.saturating_add(SKEW)),
                    tokens,
                    reported: slot.reported,
                });
            }
            // Of equally full ones, an empty slot is preferred, then the one used longest ago.
            let rank = (tokens, Reverse(read.map_or(0, |slot| slot.time)));
            if fullest.is_none_or(|(best, _)| rank > best) {
                fullest = Some((rank, place));
            }
        }
        Ok(FoundSlot {
            place: fullest.map_or(set, |(_, place)| place),
            mark,
            time: now,
            tokens: full,
            reported: false,
        })
    }

    /// Sets a bucket to so many thousandths of a token.
    pub(super) fn set_tokens(&self, found: &FoundSlot, tokens: u64) -> io::Result<()> {
        self.write(
            found.place,
            BucketSlot {
                mark: found.mark,
                time: found.time,
                tokens,
                reported: false,
            },
        )
    }

    /// Marks a bucket as reported empty.
    pub(super) fn mark_reported(&self, found: &FoundSlot) -> io::Result<()> {
        self.write(
            found.place,
            BucketSlot {
                mark: found.mark,
                time: found.time,
                tokens: found.tokens,
                reported: true,
            },
        )
    }

    fn write(&self, place: u64, slot: BucketSlot) -> io::Result<()> {
        let bytes = encode(slot);
        self.file.write_all_at(&bytes, place)?;
        if let Some(at) = single_at(place) {
            self.single.borrow_mut()[at..at + SLOT].copy_from_slice(&bytes);
        }
        Ok(())
    }
}

impl FoundSlot {
    /// Thousandths of a token.
    pub(super) fn tokens(&self) -> u64 {
        self.tokens
    }

    /// The rest after one token is taken, in thousandths; `None` if there is no token.
    pub(super) fn left(&self) -> Option<u64> {
        self.tokens.checked_sub(1000)
    }

    /// Seconds until the next token.
    pub(super) fn wait_seconds(&self, bucket: Bucket) -> u64 {
        let lacking = 1000_u64.saturating_sub(self.tokens);
        let millis =
            (lacking * u64::from(bucket.period_seconds)).div_ceil(u64::from(bucket.burst.max(1)));
        millis.div_ceil(1000).max(1)
    }
}

/// The position of a slot in the regions with a single slot, which were read with the header.
fn single_at(place: u64) -> Option<usize> {
    let place = usize::try_from(place).ok()?;
    place.checked_sub(HEADER).filter(|at| *at < SINGLE)
}

/// The current thousandths of a token in a slot.
fn level(slot: BucketSlot, bucket: Bucket, now: u64) -> u64 {
    let full = u64::from(bucket.burst) * 1000;
    if slot.tokens > full || slot.time > now.saturating_add(SKEW) {
        return full;
    }
    // `burst` tokens per period in seconds equals `burst` thousandths of a token per period in milliseconds.
    let passed = now.saturating_sub(slot.time);
    let back =
        passed.saturating_mul(u64::from(bucket.burst)) / u64::from(bucket.period_seconds.max(1));
    slot.tokens.saturating_add(back).min(full)
}

fn write_header(key: [u8; 32]) -> [u8; HEADER] {
    let mut header = [0; HEADER];
    header[..8].copy_from_slice(MAGIC);
    header[8..12].copy_from_slice(&VERSION.to_le_bytes());
    header[12..44].copy_from_slice(&key);
    let sum = Checksum::of(&header[..44]);
    header[44..48].copy_from_slice(&sum.to_le_bytes());
    header
}

fn encode(slot: BucketSlot) -> [u8; SLOT] {
    let mut bytes = [0; SLOT];
    bytes[..8].copy_from_slice(&slot.mark.to_le_bytes());
    bytes[8..16].copy_from_slice(&slot.time.to_le_bytes());
    bytes[16..24].copy_from_slice(&slot.tokens.to_le_bytes());
    bytes[24] = u8::from(slot.reported);
    let sum = Checksum::of(&bytes[..28]);
    bytes[28..].copy_from_slice(&sum.to_le_bytes());
    bytes
}

/// `None` for a slot that was never written or is damaged.
fn decode(bytes: &[u8]) -> Option<BucketSlot> {
    let slot = BucketSlot {
        mark: number(&bytes[..8]),
        time: number(&bytes[8..16]),
        tokens: number(&bytes[16..24]),
        reported: bytes[24] == 1,
    };
    (encode(slot) == bytes).then_some(slot)
}

fn number(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .rev()
        .fold(0, |number: u64, byte| number << 8 | u64::from(*byte))
}
