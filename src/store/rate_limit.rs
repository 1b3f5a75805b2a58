//! `.throttle`: token buckets in one file of fixed size, shared by all processes.
//!
//! Each kind of key that strangers can have any number of (addresses, domains, ids) has a *region* of its own, so that a
//! flood of one kind does not evict buckets of another. Site-wide buckets have slots that are never evicted. In a region
//! a key can be in 8 slots; if others use them all, the fullest bucket is evicted, which weakens the limits least. Keys
//! are hashed with a secret in the file, so that nobody can choose whose slots to fill. The file does not grow.
//!
//! Anything invalid (a damaged slot or file, another version, a clock that jumped back) counts as a full bucket: the
//! throttle must not lock anybody out. Nothing is synced: a power cut returns tokens.

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

pub use bucket::{Bucket, OnEmpty, Region, TokenRequest};
use slots::{FoundSlot, Slots};

/// The name of the file.
const NAME: &str = ".throttle";

/// The lock of the file. Others wait for it, so it is released at once and not when the file is closed.
struct ThrottleLock<'file>(&'file File);

impl Drop for ThrottleLock<'_> {
    fn drop(&mut self) {
        lock::release(self.0);
    }
}

/// The outcome of a request for tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenGrant {
    /// A token was taken from each bucket.
    All,
    /// Some buckets with [`OnEmpty::Report`] were empty; the other tokens were taken.
    Partial,
    /// A bucket was empty, and nothing was taken.
    Denied(EmptyBucket),
}

/// An empty bucket; of several, the one with the longest wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EmptyBucket {
    /// Its region.
    pub region: Region,
    /// Seconds until it has a token.
    pub wait_seconds: u64,
    /// Whether this was reported before.
    pub notice: EmptyNotice,
}

/// Whether an empty bucket was reported before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EmptyNotice {
    /// This is the first report since it had a token.
    First,
    /// It was reported before; logging it each time would flood the log.
    Repeated,
}

impl Store {
    /// Takes one token from each of the buckets, at most one per region, or from none of them.
    pub fn take_tokens(&self, requests: &[TokenRequest<'_>], now: Timestamp) -> Result<TokenGrant> {
        self.with_slots(now, |slots, now| slots.take_tokens(requests, now))
    }

    /// How many whole tokens a bucket has.
    pub fn tokens_left(&self, request: &TokenRequest<'_>, now: Timestamp) -> Result<u32> {
        self.with_slots(now, |slots, now| {
            let thousandths = slots.find(request, now)?.tokens();
            Ok(u32::try_from(thousandths / 1000).unwrap_or(u32::MAX))
        })
    }

    /// Returns a token to each of the buckets that are not full.
    pub fn give_tokens(&self, requests: &[TokenRequest<'_>], now: Timestamp) -> Result<()> {
        self.with_slots(now, |slots, now| {
            for request in requests {
                let found = slots.find(request, now)?;
                let full = u64::from(request.bucket.burst) * 1000;
                slots.set_tokens(&found, found.tokens().saturating_add(1000).min(full))?;
            }
            Ok(())
        })
    }

    fn with_slots<T>(
        &self,
        now: Timestamp,
        work: impl FnOnce(&Slots<'_>, u64) -> io::Result<T>,
    ) -> Result<T> {
        // A mutex, because threads that share the file also share its lock.
        let mut open = self
            .throttle
            .open
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let (opened, length) = lock::acquire_open(&self.folder, NAME, open.take())?;
        let file = &open.insert(opened).file;
        let _lock = ThrottleLock(file);
        let wrap = |cause| Error::file("read or write", self.folder.path().join(NAME), cause);
        let slots = match Slots::read_with_retry(file, length).map_err(wrap)? {
            Some(slots) => slots,
            None => Slots::initialize(file, random()?).map_err(wrap)?,
        };
        let now = u64::try_from(now.as_millisecond()).unwrap_or(0);
        work(&slots, now).map_err(wrap)
    }
}

impl Slots<'_> {
    fn take_tokens(&self, requests: &[TokenRequest<'_>], now: u64) -> io::Result<TokenGrant> {
        let mut found = Vec::with_capacity(requests.len());
        for request in requests {
            found.push((request, self.find(request, now)?));
        }
        let mut empty = None;
        for (request, bucket) in &found {
            if request.on_empty == OnEmpty::Refuse && bucket.left().is_none() {
                empty = Some(longer_wait(empty, self.report_empty(request, bucket)?));
            }
        }
        if let Some(empty) = empty {
            return Ok(TokenGrant::Denied(empty));
        }
        let mut taken = TokenGrant::All;
        for (_, bucket) in &found {
            match bucket.left() {
                Some(left) => self.set_tokens(bucket, left)?,
                // An empty bucket is not written: otherwise frequent requests would keep it from refilling.
                None => taken = TokenGrant::Partial,
            }
        }
        Ok(taken)
    }

    /// Reports an empty bucket.
    fn report_empty(
        &self,
        request: &TokenRequest<'_>,
        bucket: &FoundSlot,
    ) -> io::Result<EmptyBucket> {
        if !bucket.reported {
            self.mark_reported(bucket)?;
        }
        Ok(EmptyBucket {
            region: request.region,
            wait_seconds: bucket.wait_seconds(request.bucket),
            notice: if bucket.reported {
                EmptyNotice::Repeated
            } else {
                EmptyNotice::First
            },
        })
    }
}

/// The one with the longer wait; it counts as a first report if one of them is.
fn longer_wait(a: Option<EmptyBucket>, b: EmptyBucket) -> EmptyBucket {
    let Some(a) = a else { return b };
    let notice = if a.notice == EmptyNotice::First {
        a.notice
    } else {
        b.notice
    };
    let longer = if a.wait_seconds < b.wait_seconds {
        b
    } else {
        a
    };
    EmptyBucket { notice, ..longer }
}
