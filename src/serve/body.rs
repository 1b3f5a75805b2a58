//! Reads the bodies of requests: what has arrived of each, within limits of size and time, and of memory for all together.

use std::sync::Arc;

use http_body_util::BodyExt;
use hyper::HeaderMap;
use hyper::body::Incoming;
use hyper::header;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::slots::REQUEST_TIMEOUT;
use crate::error::Refusal;
use crate::web::MAX_BODY;

/// So many bytes every body may have, whatever there is of others: as most pings have.
const SMALL: usize = 8 << 10;
/// The bytes of all bodies beyond that. The connections of one group of public addresses cannot use them up.
const FOR_ALL: usize = 16 << 20;

/// The memory for the bodies of all requests.
#[derive(Debug, Clone)]
pub(super) struct BodyMemory {
    free: Arc<Semaphore>,
}

/// A body that has arrived, with its share of the memory.
#[derive(Debug, Default)]
pub(super) struct HeldBody {
    bytes: Vec<u8>,
    share: Option<OwnedSemaphorePermit>,
}

/// Why a body was not read to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BodyFault {
    Refused(Refusal),
    /// Too much is there of others.
    NoMemory,
}

impl HeldBody {
    /// The bytes, and the share, which lasts until it is dropped.
    pub(super) fn into_parts(self) -> (Result<Vec<u8>, Refusal>, Option<OwnedSemaphorePermit>) {
        (Ok(self.bytes), self.share)
    }
}

impl BodyMemory {
    pub(super) fn new() -> BodyMemory {
        BodyMemory {
            free: Arc::new(Semaphore::new(FOR_ALL)),
        }
    }

    /// Reads a body.
    pub(super) async fn read(
        &self,
        body: Incoming,
        headers: &HeaderMap,
    ) -> Result<HeldBody, BodyFault> {
        let announced = headers
            .get(header::CONTENT_LENGTH)
            .and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
        if announced.is_some_and(|length| length > MAX_BODY) {
            return Err(BodyFault::Refused(Refusal::BodyTooLarge));
        }
        tokio::time::timeout(REQUEST_TIMEOUT, self.collect(body))
            .await
            .unwrap_or(Err(BodyFault::Refused(Refusal::BodyTimeout)))
    }

    /// Copies the pieces: each of them holds the whole buffer that the connection was read into.
    async fn collect(&self, mut body: Incoming) -> Result<HeldBody, BodyFault> {
        let mut held = HeldBody::default();
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|_| BodyFault::Refused(Refusal::BodyCutShort))?;
            if let Ok(piece) = frame.into_data() {
                self.add(&mut held, &piece)?;
            }
        }
        Ok(held)
    }

    fn add(&self, held: &mut HeldBody, piece: &[u8]) -> Result<(), BodyFault> {
        let (before, room) = (held.bytes.len(), held.bytes.capacity());
        let length = before + piece.len();
        if length > MAX_BODY {
            return Err(BodyFault::Refused(Refusal::BodyTooLarge));
        }
        if length > room {
            let wanted = length.max(room * 2).min(MAX_BODY);
            let more = wanted.saturating_sub(room.max(SMALL));
            let free = Arc::clone(&self.free);
            let more = free
                .try_acquire_many_owned(u32::try_from(more).unwrap_or(u32::MAX))
                .map_err(|_| BodyFault::NoMemory)?;
            match &mut held.share {
                Some(share) => share.merge(more),
                None => held.share = Some(more),
            }
            held.bytes.reserve_exact(wanted - before);
        }
        held.bytes.extend_from_slice(piece);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grown(memory: &BodyMemory, piece: &[u8], times: usize) -> Result<HeldBody, BodyFault> {
        let mut held = HeldBody::default();
        for _ in 0..times {
            memory.add(&mut held, piece)?;
        }
        Ok(held)
    }

    #[test]
    fn s7_a_body_takes_what_has_arrived_of_it_and_all_have_a_limit() {
        let memory = BodyMemory::new();
        let small: Vec<HeldBody> = (0..10)
            .map(|_| grown(&memory, b"x", SMALL).unwrap())
            .collect();
        assert_eq!(memory.free.available_permits(), FOR_ALL);
        let mut large = Vec::new();
        let fault = loop {
            match grown(&memory, &[b'x'; 1000], MAX_BODY / 1000) {
                Ok(held) => large.push(held),
                Err(fault) => break fault,
            }
        };
        assert_eq!(fault, BodyFault::NoMemory);
        let taken: usize = large.iter().map(|held| held.bytes.capacity()).sum();
        let length: usize = large.iter().map(|held| held.bytes.len()).sum();
        assert!(taken <= FOR_ALL + large.len() * SMALL, "{taken}");
        assert!(length > taken / 2, "{length} of {taken}");
        // Small ones are still taken, and what has ended makes room.
        assert!(grown(&memory, b"x", SMALL).is_ok());
        assert!(grown(&memory, &[b'x'; 4000], 10).is_err());
        drop((small, large));
        assert_eq!(memory.free.available_permits(), FOR_ALL);
    }

    #[test]
    fn a_body_is_whole_up_to_its_limit_and_refused_beyond() {
        let memory = BodyMemory::new();
        let held = grown(&memory, b"abcd", MAX_BODY / 4).unwrap();
        assert_eq!(held.bytes, b"abcd".repeat(MAX_BODY / 4));
        let fault = grown(&memory, b"abcd", MAX_BODY / 4 + 1).unwrap_err();
        assert_eq!(fault, BodyFault::Refused(Refusal::BodyTooLarge));
    }
}
