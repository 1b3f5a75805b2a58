//! Schedule of the checks and rechecks of a page. Pure.

use crate::linkback::trackback::TbId;
use jiff::{SignedDuration, Timestamp};

/// The schedule of one ping's page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueueItem {
    /// How many checks have failed.
    pub tries: u32,
    /// When it is checked next.
    pub next: Timestamp,
    /// For a published ping: how often its page was found to be gone, and since when.
    pub gone: Option<(u32, Timestamp)>,
    /// Whether a check has started and not finished, which may mean that the page crashed the program.
    pub begun: bool,
}

/// What follows a failed check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterFailure {
    /// The page is checked again.
    Retry(QueueItem),
    /// The page is not checked again.
    GiveUp,
}

impl AfterFailure {
    /// The new queue entry.
    pub fn item(self) -> Option<QueueItem> {
        match self {
            AfterFailure::Retry(item) => Some(item),
            AfterFailure::GiveUp => None,
        }
    }
}

impl QueueItem {
    /// A page that is to be checked now.
    pub fn new(now: Timestamp) -> QueueItem {
        QueueItem {
            tries: 0,
            next: now,
            gone: None,
            begun: false,
        }
    }

    /// The entry while the check runs. If the check crashes the program, it counts as a failed one.
    pub fn begun(self, now: Timestamp) -> QueueItem {
        let next = match self.failed(now) {
            AfterFailure::Retry(item) => item.next,
            AfterFailure::GiveUp => now.checked_add(RETRIES[0]).unwrap_or(now),
        };
        QueueItem {
            tries: self.tries.saturating_add(1),
            next,
            begun: true,
            ..self
        }
    }

    /// Postponed because the day's requests are used up; does not count as a failed check.
    pub fn postponed(self, now: Timestamp) -> QueueItem {
        QueueItem {
            next: now.checked_add(RETRIES[1]).unwrap_or(now),
            begun: false,
            ..self
        }
    }

    /// Whether the last retry has started and not finished.
    pub fn is_spent(self) -> bool {
        let tries = usize::try_from(self.tries).unwrap_or(usize::MAX);
        self.begun && tries > RETRIES.len()
    }

    /// After a failed check: retries after 10 minutes, 1 hour, 6 hours and 24 hours, then gives up.
    pub fn failed(self, now: Timestamp) -> AfterFailure {
        let wait = usize::try_from(self.tries)
            .ok()
            .and_then(|tries| RETRIES.get(tries));
        match wait.and_then(|wait| now.checked_add(*wait).ok()) {
            Some(next) => AfterFailure::Retry(QueueItem {
                tries: self.tries + 1,
                next,
                begun: false,
                ..self
            }),
            None => AfterFailure::GiveUp,
        }
    }

    /// After the page of a published ping was found to be gone: gives up after three times over a week.
    pub fn gone(self, now: Timestamp) -> AfterFailure {
        let (times, since) = self
            .gone
            .filter(|(_, since)| *since <= now)
            .map_or((1, now), |(times, since)| (times.saturating_add(1), since));
        if times >= GONE_TIMES && now.duration_since(since) >= GONE_PERIOD {
            return AfterFailure::GiveUp;
        }
        AfterFailure::Retry(QueueItem {
            tries: 0,
            gone: Some((times, since)),
            ..self.next_gone_check(now)
        })
    }

    /// Scheduled for the next check of a page that was gone.
    pub fn next_gone_check(self, now: Timestamp) -> QueueItem {
        QueueItem {
            next: now.checked_add(GONE_INTERVAL).unwrap_or(now),
            begun: false,
            ..self
        }
    }

    /// Whether the check is due.
    pub fn is_due(self, now: Timestamp) -> bool {
        self.next <= now || self.next.duration_since(now) > MAX_AHEAD
    }
}

/// Waiting times before the retries.
const RETRIES: [SignedDuration; 4] = [
    SignedDuration::from_mins(10),
    SignedDuration::from_hours(1),
    SignedDuration::from_hours(6),
    SignedDuration::from_hours(24),
];

/// A ping becomes junk when its page was gone this often, over this time; and the interval between these checks.
const GONE_TIMES: u32 = 3;
const GONE_PERIOD: SignedDuration = SignedDuration::from_hours(7 * 24);
const GONE_INTERVAL: SignedDuration = SignedDuration::from_hours(7 * 12);

/// No check is scheduled further ahead: a later time means that the clock was set back since.
const MAX_AHEAD: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Identifies a ping: its id, and its number there.
pub type PingKey = (TbId, u64);
