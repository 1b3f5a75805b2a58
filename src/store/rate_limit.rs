//! `.throttle`: token buckets in one file of fixed size, shared by all processes.
//!
//! What a stranger can have any number of (addresses, domains, ids) has a *region* of its own, so that a flood of
//! one kind drives out nothing of another kind, and what the site has once has a slot that nothing drives out.
//! In a region a key has 8 places; where others have them all, the bucket that is fullest is forgotten, which
//! costs the throttle least. Keys are hashed with a key that lies in the file, so that nobody can choose whose
//! places to fill. Nothing grows with the number of keys.
//!
//! Whatever is invalid (a damaged slot or file, another version's, a clock that jumped back) counts as full:
//! the throttle is no reason to lock anybody out. Nothing is synced: a power cut gives tokens back.

use std::fs::File;
use std::io;
use std::sync::PoisonError;

use jiff::Timestamp;

use super::secret::random;
use super::{Store, lock};
use crate::error::{Error, Result};

pub(super) mod bucket;
mod slots;
#[cfg(test)]
mod tests;

pub use bucket::{Bucket, Over, Region, TokenRequest};
use slots::{FoundSlot, Slots};

/// The name of the file.
const NAME: &str = ".throttle";

/// The lock of the file, which others wait for: let go at once, not when the file is closed.
struct Held<'file>(&'file File);

impl Drop for Held<'_> {
    fn drop(&mut self) {
        lock::release(self.0);
    }
}

/// What came of taking tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// There was one in each bucket.
    All,
    /// Only buckets with [`Over::Say`] had none; the rest is taken.
    Short,
    /// A bucket had none, and nothing was taken.
    None(Empty),
}

/// An empty bucket: of several the one that takes longest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Empty {
    /// Which.
    pub region: Region,
    /// Seconds until it has a token.
    pub wait_seconds: u64,
    /// Whether somebody heard of it before.
    pub notice: EmptyNotice,
}

/// Whether it was said before that a bucket is empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EmptyNotice {
    /// This is the first time since it had a token.
    Now,
    /// Yes: a log that said it each time would be a second flood.
    Before,
}

impl Store {
    /// Takes one token from each of the buckets, at most one a region, or from none of them.
    pub fn take_tokens(&self, asks: &[TokenRequest<'_>], now: Timestamp) -> Result<Taken> {
        self.with_slots(now, |slots, now| slots.take(asks, now))
    }
}

impl Store {
    /// How many whole tokens a bucket has.
    pub fn tokens_left(&self, ask: &TokenRequest<'_>, now: Timestamp) -> Result<u32> {
        self.with_slots(now, |slots, now| {
            let thousandths = slots.find(ask, now)?.tokens();
            Ok(u32::try_from(thousandths / 1000).unwrap_or(u32::MAX))
        })
    }

    /// Gives a token back to each of the buckets, as far as they are not full.
    pub fn give_tokens(&self, asks: &[TokenRequest<'_>], now: Timestamp) -> Result<()> {
        self.with_slots(now, |slots, now| {
            for ask in asks {
                let found = slots.find(ask, now)?;
                let full = u64::from(ask.bucket.burst) * 1000;
                slots.leave(&found, found.tokens().saturating_add(1000).min(full))?;
            }
            Ok(())
        })
    }

    fn with_slots<T>(
        &self,
        now: Timestamp,
        work: impl FnOnce(&Slots<'_>, u64) -> io::Result<T>,
    ) -> Result<T> {
        // One at a time: threads that share the file share its lock.
        let mut open = self
            .throttle
            .open
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let (opened, length) = lock::hold_again(&self.folder, NAME, open.take())?;
        let file = &open.insert(opened).file;
        let _held = Held(file);
        let wrap = |cause| Error::file("read or write", self.folder.path().join(NAME), cause);
        let slots = match Slots::read_again(file, length).map_err(wrap)? {
            Some(slots) => slots,
            None => Slots::begin(file, random()?).map_err(wrap)?,
        };
        let now = u64::try_from(now.as_millisecond()).unwrap_or(0);
        work(&slots, now).map_err(wrap)
    }
}

impl Slots<'_> {
    fn take(&self, asks: &[TokenRequest<'_>], now: u64) -> io::Result<Taken> {
        let mut found = Vec::with_capacity(asks.len());
        for ask in asks {
            found.push((ask, self.find(ask, now)?));
        }
        let mut empty = None;
        for (ask, bucket) in &found {
            if ask.over == Over::Refuse && bucket.left().is_none() {
                empty = Some(worse(empty, self.tell(ask, bucket)?));
            }
        }
        if let Some(empty) = empty {
            return Ok(Taken::None(empty));
        }
        let mut taken = Taken::All;
        for (_, bucket) in &found {
            match bucket.left() {
                Some(left) => self.leave(bucket, left)?,
                // What is left stays as it is: else asking often enough would keep it from ever filling.
                None => taken = Taken::Short,
            }
        }
        Ok(taken)
    }

    /// Says that a bucket is empty.
    fn tell(&self, ask: &TokenRequest<'_>, bucket: &FoundSlot) -> io::Result<Empty> {
        if !bucket.reported {
            self.mark_reported(bucket)?;
        }
        Ok(Empty {
            region: ask.region,
            wait_seconds: bucket.wait_seconds(ask.bucket),
            notice: if bucket.reported {
                EmptyNotice::Before
            } else {
                EmptyNotice::Now
            },
        })
    }
}

/// The one that takes longer; new if one of them is.
fn worse(a: Option<Empty>, b: Empty) -> Empty {
    let Some(a) = a else { return b };
    let notice = if a.notice == EmptyNotice::Now {
        a.notice
    } else {
        b.notice
    };
    let longer = if a.wait_seconds < b.wait_seconds {
        b
    } else {
        a
    };
    Empty { notice, ..longer }
}
