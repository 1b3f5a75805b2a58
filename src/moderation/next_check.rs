//! When the page of a waiting ping is checked next, in words for the owner.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::language::Language;
use crate::linkback::trackback::TbId;
use crate::store::{Record, State, Store};
use crate::verify::queue::{self, Queue};

/// The end of the sentence about a page that could not be fetched.
const TRIED_AGAIN: &str = "it is tried again.";

/// The times of the next checks.
#[derive(Debug)]
pub struct NextChecks {
    queue: Queue,
    zone: TimeZone,
    now: Timestamp,
}

impl NextChecks {
    /// Loads the queue. Without it no time is known, and all else is shown.
    pub fn load(store: &Store, zone: &TimeZone, now: Timestamp) -> NextChecks {
        NextChecks {
            queue: queue::load(store).unwrap_or_default(),
            zone: zone.clone(),
            now,
        }
    }

    /// When the page of a held ping is checked next; `None` if that is not later than now, or the check runs.
    pub fn time(&self, id: &TbId, record: &Record) -> Option<Timestamp> {
        let item = self.queue.get(&(id.clone(), record.id))?;
        let is_later = record.state == State::Held && !item.begun && !item.is_due(self.now);
        is_later.then_some(item.next)
    }

    /// The reason for a ping's state, with that time.
    pub fn explain(&self, id: &TbId, record: &Record) -> String {
        let why = record.explain();
        let Some(time) = self.time(id, record) else {
            return why;
        };
        let when = self.when(time);
        match why.split_once(TRIED_AGAIN) {
            Some((begin, detail)) => format!("{begin}it is tried again {when}.{detail}"),
            None => format!("{why} The next check is {when}.")
                .trim_start()
                .to_owned(),
        }
    }

    /// `at 14:05`, with the day unless it is today.
    fn when(&self, time: Timestamp) -> String {
        let [then, now] = [time, self.now].map(|time| time.to_zoned(self.zone.clone()));
        let clock = then.strftime("%H:%M");
        match then.date() == now.date() {
            true => format!("at {clock}"),
            false => format!("at {clock} on {}", Language::English.date(&then)),
        }
    }
}
