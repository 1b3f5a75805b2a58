//! `.throttle`: token buckets in one file of fixed size, shared by all processes.
//!
//! A bucket is a slot of 16 bytes: when it was last looked at (milliseconds since 1970) and how many
//! thousandths of a token were left. Keys hash onto slots together with the installation's secret, so
//! that nobody can choose whose slot to share. A slot that makes no sense (the clock jumped back, the
//! file is damaged) counts as full: the throttle is no reason to lock anybody out.

use std::os::unix::fs::FileExt;

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::{Store, lock};
use crate::error::{Error, Result};
use crate::folder::Access;

/// How many slots there are: 64 KiB of file.
const SLOTS: u64 = 4096;

/// How much is allowed.
#[derive(Debug, Clone, Copy)]
pub struct Bucket {
    /// Tokens in a full bucket.
    pub burst: u32,
    /// Seconds until a token comes back.
    pub refill_seconds: u32,
}

/// What came of taking a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// There was one.
    Yes,
    /// There was none; seconds until there is.
    WaitSeconds(u64),
}

impl Store {
    /// Takes one token from the bucket of `key`. `secret` keeps strangers from choosing its slot.
    ///
    /// # Errors
    ///
    /// [`Error::File`], [`Error::Lock`], [`Error::Planted`].
    pub fn take_token(
        &self,
        bucket: Bucket,
        key: &str,
        secret: &str,
        now: Timestamp,
    ) -> Result<Taken> {
        let path = || self.folder.path().join(".throttle");
        let file = self.folder.file_or_new(".throttle", Access::Change)?;
        lock::wait(&file).map_err(|cause| Error::Lock {
            path: path(),
            cause,
        })?;
        let digest = Sha256::new()
            .chain_update(secret)
            .chain_update(b"\0")
            .chain_update(key)
            .finalize();
        let place = digest
            .iter()
            .take(8)
            .fold(0, |place: u64, byte| place << 8 | u64::from(*byte))
            % SLOTS
            * 16;
        let mut slot = [0; 16];
        let read = file.read_exact_at(&mut slot, place).is_ok();
        let (time, tokens) = if read { decode(slot) } else { (0, 0) };
        let full = u64::from(bucket.burst) * 1000;
        let refill = u64::from(bucket.refill_seconds.max(1));
        let millis = u64::try_from(now.as_millisecond()).unwrap_or(0);
        let tokens = match millis.checked_sub(time) {
            // One token is 1,000 thousandths, so a millisecond brings back 1/refill of one.
            Some(passed) if read && tokens <= full => (tokens + passed / refill).min(full),
            _ => full,
        };
        let Some(left) = tokens.checked_sub(1000) else {
            // Not written: else asking often enough would keep it from ever refilling.
            return Ok(Taken::WaitSeconds(
                ((1000 - tokens) * refill).div_ceil(1000),
            ));
        };
        file.write_all_at(&encode(millis, left), place)
            .map_err(|cause| Error::file("write", path(), cause))?;
        Ok(Taken::Yes)
    }
}

fn encode(millis: u64, tokens: u64) -> [u8; 16] {
    let mut slot = [0; 16];
    slot[..8].copy_from_slice(&millis.to_le_bytes());
    slot[8..].copy_from_slice(&tokens.to_le_bytes());
    slot
}

fn decode(slot: [u8; 16]) -> (u64, u64) {
    let number = |bytes: &[u8]| {
        bytes
            .iter()
            .rev()
            .fold(0, |number: u64, byte| number << 8 | u64::from(*byte))
    };
    (number(&slot[..8]), number(&slot[8..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_000_000 + second).unwrap()
    }

    #[test]
    fn s5_a_bucket_empties_refills_and_forgives_a_clock_that_jumps() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        let bucket = Bucket {
            burst: 3,
            refill_seconds: 60,
        };
        let take = |second| {
            store
                .take_token(bucket, "key", "secret", at(second))
                .unwrap()
        };
        for _ in 0..3 {
            assert_eq!(take(0), Taken::Yes);
        }
        assert_eq!(take(0), Taken::WaitSeconds(60));
        assert_eq!(take(30), Taken::WaitSeconds(30));
        assert_eq!(take(61), Taken::Yes);
        assert!(matches!(take(62), Taken::WaitSeconds(58..=59)));
        assert_eq!(take(-86_400), Taken::Yes);
        assert!(dir.path().join(".throttle").metadata().unwrap().len() <= 64 << 10);
    }
}
