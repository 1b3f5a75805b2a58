//! When a page is checked, and when again. Pure.

use crate::linkback::trackback::TbId;
use jiff::{SignedDuration, Timestamp};

/// What is known about looking at a ping's page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueueItem {
    /// How often it could not be read.
    pub tries: u32,
    /// When it is to be checked.
    pub next: Timestamp,
    /// Since when, and how often, it was said to be gone, for a ping that was public.
    pub gone: Option<(u32, Timestamp)>,
    /// Whether a check of it has begun and not ended: it may have ended the program that made it.
    pub begun: bool,
}

/// What comes after a page could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterFailure {
    /// It is checked again.
    Again(QueueItem),
    /// It is given up.
    Never,
}

impl AfterFailure {
    /// What the queue says then.
    pub fn item(self) -> Option<QueueItem> {
        match self {
            AfterFailure::Again(item) => Some(item),
            AfterFailure::Never => None,
        }
    }
}

impl QueueItem {
    /// One that is to be checked now.
    pub fn new(now: Timestamp) -> QueueItem {
        QueueItem {
            tries: 0,
            next: now,
            gone: None,
            begun: false,
        }
    }

    /// While its page is checked, and if the program is ended by that: the try counts, and the next one is as far
    /// off as after a failure.
    pub fn begun(self, now: Timestamp) -> QueueItem {
        let next = match self.failed(now) {
            AfterFailure::Again(item) => item.next,
            AfterFailure::Never => now.checked_add(RETRIES[0]).unwrap_or(now),
        };
        QueueItem {
            tries: self.tries.saturating_add(1),
            next,
            begun: true,
            ..self
        }
    }

    /// The same a while later, for want of requests; that is no try.
    pub fn put_off(self, now: Timestamp) -> QueueItem {
        QueueItem {
            next: now.checked_add(RETRIES[1]).unwrap_or(now),
            begun: false,
            ..self
        }
    }

    /// Whether the last of all tries has begun and not ended.
    pub fn is_spent(self) -> bool {
        let tries = usize::try_from(self.tries).unwrap_or(usize::MAX);
        self.begun && tries > RETRIES.len()
    }

    /// After a failure: 10 minutes, 1 hour, 6 hours and 24 hours later, then never.
    pub fn failed(self, now: Timestamp) -> AfterFailure {
        let wait = usize::try_from(self.tries)
            .ok()
            .and_then(|tries| RETRIES.get(tries));
        match wait.and_then(|wait| now.checked_add(*wait).ok()) {
            Some(next) => AfterFailure::Again(QueueItem {
                tries: self.tries + 1,
                next,
                begun: false,
                ..self
            }),
            None => AfterFailure::Never,
        }
    }

    /// After the page of a published ping was gone: never, once it was so three times over a week.
    pub fn gone(self, now: Timestamp) -> AfterFailure {
        let (times, since) = self
            .gone
            .filter(|(_, since)| *since <= now)
            .map_or((1, now), |(times, since)| (times.saturating_add(1), since));
        if times >= GONE_TIMES && now.duration_since(since) >= GONE_TIME {
            return AfterFailure::Never;
        }
        AfterFailure::Again(QueueItem {
            tries: 0,
            gone: Some((times, since)),
            ..self.later(now)
        })
    }

    /// The same, checked when the next check of a page that was gone is due.
    pub fn later(self, now: Timestamp) -> QueueItem {
        QueueItem {
            next: now.checked_add(GONE_AGAIN).unwrap_or(now),
            begun: false,
            ..self
        }
    }

    /// Whether it is to be checked by now.
    pub fn is_due(self, now: Timestamp) -> bool {
        self.next <= now || self.next.duration_since(now) > FURTHEST
    }
}

/// How long after a failure a page is tried again; behind the last it is given up.
const RETRIES: [SignedDuration; 4] = [
    SignedDuration::from_mins(10),
    SignedDuration::from_hours(1),
    SignedDuration::from_hours(6),
    SignedDuration::from_hours(24),
];

/// How often a page must be gone, and over what time, for its ping to go too; and how long after one look the
/// next is.
const GONE_TIMES: u32 = 3;
const GONE_TIME: SignedDuration = SignedDuration::from_hours(7 * 24);
const GONE_AGAIN: SignedDuration = SignedDuration::from_hours(7 * 12);

/// A time that is further ahead than any that is given was written by a clock that has jumped back since.
const FURTHEST: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Which ping: its id, and its number there.
pub type Key = (TbId, u64);
