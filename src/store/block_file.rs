//! A file of 4 KiB blocks, each with a checksum, for data that can be rebuilt.
//!
//! A block that is torn, zeroed or misplaced is an error and never yields wrong data.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use crate::dir::Checksum;

/// Size of a block, in bytes.
pub(super) const BLOCK: usize = 4096;
/// Payload of a block, in bytes.
pub(super) const ROOM: usize = BLOCK - 16;
/// How many blocks are cached: 4 MiB.
const CACHED: usize = 1024;

type Bytes = Box<[u8; BLOCK]>;

/// The open file.
#[derive(Debug)]
pub(super) struct Blocks {
    file: File,
    /// Blocks from this number on may be missing, and count as empty then.
    fresh_from: u64,
    cache: RefCell<BTreeMap<u64, Cached>>,
}

#[derive(Debug)]
struct Cached {
    bytes: Bytes,
    changed: bool,
}

impl Blocks {
    /// All blocks below `fresh_from` must be valid.
    pub(super) fn new(file: File, fresh_from: u64) -> Blocks {
        Blocks {
            file,
            fresh_from,
            cache: RefCell::default(),
        }
    }

    pub(super) fn set_fresh_from(&mut self, fresh_from: u64) {
        self.fresh_from = fresh_from;
    }

    /// Calls `read` with the payload of block `number`.
    pub(super) fn with<T>(&self, number: u64, look: impl FnOnce(&[u8]) -> T) -> io::Result<T> {
        let mut cache = self.cache.borrow_mut();
        self.load(&mut cache, number)?;
        cache
            .get(&number)
            .map(|cached| look(&cached.bytes[..ROOM]))
            .ok_or_else(broken)
    }

    /// Changes block `number`, in memory until [`Blocks::write`].
    pub(super) fn change<T>(
        &mut self,
        number: u64,
        change: impl FnOnce(&mut [u8]) -> T,
    ) -> io::Result<T> {
        let mut cache = self.cache.borrow_mut();
        self.load(&mut cache, number)?;
        let cached = cache.get_mut(&number).ok_or_else(broken)?;
        cached.changed = true;
        Ok(change(&mut cached.bytes[..ROOM]))
    }

    /// Writes the changed blocks.
    pub(super) fn write(&self) -> io::Result<()> {
        self.write_changed(&mut self.cache.borrow_mut())
    }

    /// Writes the changed blocks and syncs the file.
    pub(super) fn sync(&self) -> io::Result<()> {
        self.write()?;
        self.file.sync_data()
    }

    /// Writes all blocks, so that those never written become empty ones.
    pub(super) fn finish(&mut self, blocks: u64) -> io::Result<()> {
        for number in 0..blocks {
            self.with(number, |_| ())?;
            if let Some(cached) = self.cache.borrow_mut().get_mut(&number) {
                cached.changed = true;
            }
        }
        self.write()?;
        self.fresh_from = blocks;
        Ok(())
    }

    fn load(&self, cache: &mut BTreeMap<u64, Cached>, number: u64) -> io::Result<()> {
        if cache.contains_key(&number) {
            return Ok(());
        }
        if cache.len() >= CACHED {
            self.write_changed(cache)?;
            cache.clear();
        }
        // A writer may be in the middle of it: then a second or third read succeeds.
        let mut tries = (0..3).map(|_| self.read(number));
        let bytes = tries
            .find_map(Result::transpose)
            .unwrap_or_else(|| Err(broken()))?;
        cache.insert(
            number,
            Cached {
                bytes,
                changed: false,
            },
        );
        Ok(())
    }

    /// Reads one block; `None` if it is not valid.
    fn read(&self, number: u64) -> io::Result<Option<Bytes>> {
        let mut bytes = Box::new([0; BLOCK]);
        let mut filled = 0;
        while filled < BLOCK {
            match self
                .file
                .read_at(&mut bytes[filled..], number * BLOCK as u64 + filled as u64)?
            {
                0 => break,
                count => filled += count,
            }
        }
        let never_written = bytes.iter().all(|byte| *byte == 0);
        let whole = checksum(number, &bytes) == bytes[ROOM..ROOM + 4];
        Ok((whole || never_written && number >= self.fresh_from).then_some(bytes))
    }

    fn write_changed(&self, cache: &mut BTreeMap<u64, Cached>) -> io::Result<()> {
        for (number, cached) in cache.iter_mut().filter(|(_, cached)| cached.changed) {
            let checksum = checksum(*number, &cached.bytes);
            cached.bytes[ROOM..ROOM + 4].copy_from_slice(&checksum);
            self.file
                .write_all_at(&cached.bytes[..], number * BLOCK as u64)?;
            cached.changed = false;
        }
        Ok(())
    }
}

fn checksum(number: u64, bytes: &[u8; BLOCK]) -> [u8; 4] {
    let mut checksum = Checksum::new();
    checksum.append(&bytes[..ROOM]);
    checksum.append(&number.to_le_bytes());
    // Inverted, so that a block of zeros is not valid.
    (!checksum.value()).to_le_bytes()
}

/// The error for a file with invalid content.
pub(super) fn broken() -> io::Error {
    io::Error::from(io::ErrorKind::InvalidData)
}
