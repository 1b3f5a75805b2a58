//! What the first run leaves for later ones to know: when it was, and which entries it read.

use jiff::{SignedDuration, Timestamp};

/// How much older than the ledger's last event an entry must be dated to be old: dates without a time or a zone, and
/// entries that were begun a day before they were published, are new.
const DATE_MARGIN: SignedDuration = SignedDuration::from_hours(48);

/// When the user decided about the entries that are older than the ledger, and how.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Beginning {
    pub(super) time: Timestamp,
    /// Which entries count as sent; `None` if none do.
    pub(super) adopt: Option<String>,
}

/// Whether an entry's date is before the last event of the ledger, whatever that date leaves open.
pub(super) fn is_before(published: Timestamp, last: Option<Timestamp>) -> bool {
    last.is_some_and(|last| last.duration_since(published) > DATE_MARGIN)
}

/// What the first run found of an entry.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct FirstReading {
    read: Option<Timestamp>,
    unread: Option<Timestamp>,
}

impl FirstReading {
    pub(super) fn add(&mut self, unread: bool, time: Timestamp) {
        let known = if unread {
            &mut self.unread
        } else {
            &mut self.read
        };
        *known = (*known).max(Some(time));
    }

    /// Adds what was found of the entry by another URL.
    pub(super) fn absorb(&mut self, other: &FirstReading) {
        self.read = self.read.max(other.read);
        self.unread = self.unread.max(other.unread);
    }

    /// The time of the last event.
    pub(super) fn time(&self) -> Option<Timestamp> {
        self.read.max(self.unread)
    }

    /// Whether the entry could not be read, and has not been since; `last` is the time of the last event of its links.
    pub(super) fn is_unread(&self, last: Option<Timestamp>) -> bool {
        self.unread.is_some() && self.unread >= self.read.max(last)
    }
}

/// Why a link that the ledger does not have is old all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unseen {
    /// Its entry was there when the ledger was begun, but could not be read.
    LeftOut,
    /// Its entry is dated before the last event of the ledger, which knows nothing of it, or has no date.
    Older,
}
