//! The pings whose pages are to be looked at: `.queue`, JSON Lines, the last line about a ping counts.
//!
//! It is a hint and never the truth: each ping's own record says whether it waits. A line that is torn or means
//! nothing is skipped, and then, or when the file is gone, or a day after the last time, all pings are looked
//! through for those that wait ([`Queue::missing_from`]). A line that a power cut took is found again that way.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::Reason;
use crate::error::Result;
use crate::store::{Own, State, Store, Which};
use crate::trackback::TbId;

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

/// After this time all pings are looked through.
const SEARCH_AGAIN: SignedDuration = SignedDuration::from_hours(24);

/// A time that is further ahead than any that is given was written by a clock that has jumped back since.
const FURTHEST: SignedDuration = SignedDuration::from_hours(7 * 24);

/// The most of a file that is read; a larger one is made anew.
const MOST_BYTES: u64 = 4 << 20;

/// The most pings that wait in the file; the others are found when there is room.
const MOST_ITEMS: usize = 20_000;

/// How many lines that count no more are not worth a rewriting.
const DEAD_LINES: usize = 256;

/// Which ping: its id, and its number there.
pub type Key = (TbId, u64);

/// What is known about looking at a ping's page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Item {
    /// How often it could not be read.
    pub tries: u32,
    /// When it is to be looked at.
    pub next: Timestamp,
    /// Since when, and how often, it was said to be gone, for a ping that was public.
    pub gone: Option<(u32, Timestamp)>,
}

/// What comes after a page could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum After {
    /// It is looked at again.
    Again(Item),
    /// It is given up.
    Never,
}

impl Item {
    /// One that is to be looked at now.
    #[must_use]
    pub fn new(now: Timestamp) -> Item {
        Item {
            tries: 0,
            next: now,
            gone: None,
        }
    }

    /// After a failure: 10 minutes, 1 hour, 6 hours and 24 hours later, then never.
    #[must_use]
    pub fn failed(self, now: Timestamp) -> After {
        let wait = usize::try_from(self.tries)
            .ok()
            .and_then(|tries| RETRIES.get(tries));
        match wait.and_then(|wait| now.checked_add(*wait).ok()) {
            Some(next) => After::Again(Item {
                tries: self.tries + 1,
                next,
                ..self
            }),
            None => After::Never,
        }
    }

    /// After the page of a published ping was gone: never, once it was so three times over a week.
    #[must_use]
    pub fn gone(self, now: Timestamp) -> After {
        let (times, since) = self
            .gone
            .filter(|(_, since)| *since <= now)
            .map_or((1, now), |(times, since)| (times.saturating_add(1), since));
        if times >= GONE_TIMES && now.duration_since(since) >= GONE_TIME {
            return After::Never;
        }
        After::Again(Item {
            tries: 0,
            next: now.checked_add(GONE_AGAIN).unwrap_or(now),
            gone: Some((times, since)),
        })
    }

    fn is_due(self, now: Timestamp) -> bool {
        self.next <= now || self.next.duration_since(now) > FURTHEST
    }
}

/// The queue as it was read.
#[derive(Debug, Default)]
pub struct Queue {
    items: BTreeMap<Key, Item>,
    /// When all pings were last looked through.
    searched: Option<Timestamp>,
    damaged: bool,
    lines: usize,
}

/// Adds a ping whose page is to be looked at. The line is not synced.
///
/// # Errors
///
/// As [`Store::append_own`]. The ping is found all the same, within a day.
pub fn add(store: &Store, id: &TbId, number: u64, now: Timestamp) -> Result<()> {
    let length = |file: std::fs::File| file.metadata().map_or(0, |metadata| metadata.len());
    if store.own_file(Own::Queue)?.map_or(0, length) > MOST_BYTES {
        return Ok(());
    }
    put(store, &(id.clone(), number), Some(Item::new(now)))
}

/// Notes what is known about a ping now; `None` if its page need not be looked at.
///
/// # Errors
///
/// As [`Store::append_own`].
pub fn put(store: &Store, key: &Key, item: Option<Item>) -> Result<()> {
    store.append_own(Own::Queue, &Line::of(key, item).encode())
}

/// Whether something is to be done now.
///
/// # Errors
///
/// As [`Store::read_own`].
pub fn is_due(store: &Store, now: Timestamp) -> Result<bool> {
    let queue = read(store)?;
    Ok(queue.needs_search(now) || queue.due(now).next().is_some())
}

/// Reads the queue.
///
/// # Errors
///
/// As [`Store::read_own`].
pub fn read(store: &Store) -> Result<Queue> {
    let Some(bytes) = store.read_own(Own::Queue)? else {
        return Ok(Queue::default());
    };
    Ok(Queue::parse(&bytes))
}

/// Rewrites the file where much in it counts no more, and notes what was found by a search.
///
/// # Errors
///
/// As [`Store::edit_own`].
pub fn tidy(store: &Store, found: Option<(Timestamp, Vec<Key>)>) -> Result<()> {
    store.edit_own(Own::Queue, |bytes| {
        let mut queue = Queue::parse(&bytes);
        if let Some((now, keys)) = found {
            for key in keys {
                queue.items.entry(key).or_insert_with(|| Item::new(now));
            }
            queue.searched = Some(now);
        } else if !queue.damaged && queue.lines < queue.items.len() * 2 + DEAD_LINES {
            return Ok(None);
        }
        Ok(Some(queue.encode()))
    })
}

impl Queue {
    /// The pings whose pages are to be looked at now, those that wait longest first.
    pub fn due(&self, now: Timestamp) -> impl Iterator<Item = (&Key, Item)> {
        let mut due: Vec<_> = self
            .items
            .iter()
            .filter(|(_, item)| item.is_due(now))
            .map(|(key, item)| (key, *item))
            .collect();
        due.sort_by_key(|(_, item)| item.next);
        due.into_iter()
    }

    /// When the next page is to be looked at, or all pings to be looked through.
    #[must_use]
    pub fn next(&self, now: Timestamp) -> Timestamp {
        let search = self
            .searched
            .filter(|_| !self.needs_search(now))
            .and_then(|then| then.checked_add(SEARCH_AGAIN).ok());
        let items = self.items.values().map(|item| match item.is_due(now) {
            true => now,
            false => item.next,
        });
        items.chain([search.unwrap_or(now)]).min().unwrap_or(now)
    }

    /// What is known about a ping.
    #[must_use]
    pub fn get(&self, key: &Key) -> Option<Item> {
        self.items.get(key).copied()
    }

    /// Whether all pings should be looked through.
    #[must_use]
    pub fn needs_search(&self, now: Timestamp) -> bool {
        self.damaged
            || self
                .searched
                .is_none_or(|then| then > now || now.duration_since(then) >= SEARCH_AGAIN)
    }

    /// Looks through all pings for those that wait for their page to be looked at and are not here.
    ///
    /// # Errors
    ///
    /// As [`Store::ids`]. An id that cannot be read is passed over.
    pub fn missing_from(&self, store: &Store) -> Result<Vec<Key>> {
        let mut missing = Vec::new();
        each(store, State::Held, |key, record| {
            let waits = record.why.as_deref().is_some_and(waits);
            if waits && !self.items.contains_key(&key) && missing.len() < MOST_ITEMS {
                missing.push(key);
            }
        })?;
        Ok(missing)
    }

    fn parse(bytes: &[u8]) -> Queue {
        let mut queue = Queue {
            damaged: bytes.len() as u64 > MOST_BYTES
                || bytes.last().is_some_and(|last| *last != b'\n'),
            ..Queue::default()
        };
        for line in bytes
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty())
        {
            queue.lines += 1;
            match serde_json::from_slice(line) {
                Ok(Line::Ping(ping)) => queue.take(ping),
                Ok(Line::Searched { searched }) => queue.searched = Some(searched),
                Err(_) => queue.damaged = true,
            }
        }
        queue
    }

    fn take(&mut self, line: PingLine) {
        let id = TbId::new(line.tb_id.as_bytes()).ok();
        let Some(id) = id.filter(|id| id.as_str() == line.tb_id) else {
            self.damaged = true;
            return;
        };
        let key = (id, line.number);
        match line.next {
            Some(next) if self.items.len() < MOST_ITEMS || self.items.contains_key(&key) => {
                let item = Item {
                    tries: line.tries,
                    next,
                    gone: line.since.map(|since| (line.gone, since)),
                };
                self.items.insert(key, item);
            }
            Some(_) => {}
            None => {
                self.items.remove(&key);
            }
        }
    }

    fn encode(&self) -> Vec<u8> {
        let searched = self.searched.map(|searched| Line::Searched { searched });
        let items = self
            .items
            .iter()
            .map(|(key, item)| Line::of(key, Some(*item)));
        let lines: Vec<String> = searched
            .into_iter()
            .chain(items)
            .map(|line| line.encode() + "\n")
            .collect();
        lines.concat().into_bytes()
    }
}

/// Calls `take` with each ping in a state, whatever its id. An id that cannot be read is passed over: it must not
/// keep the others from being looked at.
pub(super) fn each(
    store: &Store,
    state: State,
    mut take: impl FnMut(Key, &crate::store::Record),
) -> Result<()> {
    for id in store.ids()? {
        let Ok(Some(pings)) = store.pings(&id) else {
            continue;
        };
        let mut before = None;
        while let Ok(batch) = pings.newest(Which::In(state), before, BATCH) {
            for record in &batch {
                take((id.clone(), record.id), record);
            }
            match batch.last() {
                Some(last) => before = Some(last.id),
                None => break,
            }
        }
    }
    Ok(())
}

/// How many pings are in memory at once.
const BATCH: usize = 200;

/// Whether a ping that is held for this reason waits for its page to be looked at by itself.
pub(super) fn waits(why: &str) -> bool {
    matches!(
        Reason::read(why),
        Some((Reason::Unverified | Reason::Unreachable, _))
    )
}

/// One fact.
#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
enum Line {
    Ping(PingLine),
    Searched { searched: Timestamp },
}

#[derive(Debug, Serialize, Deserialize)]
struct PingLine {
    tb_id: String,
    number: u64,
    #[serde(default, skip_serializing_if = "is_zero")]
    tries: u32,
    /// None when there is nothing left to look at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    next: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "is_zero")]
    gone: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    since: Option<Timestamp>,
}

#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde calls it with a reference"
)]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl Line {
    fn of((id, number): &Key, item: Option<Item>) -> Line {
        let gone = item.and_then(|item| item.gone);
        Line::Ping(PingLine {
            tb_id: id.to_string(),
            number: *number,
            tries: item.map_or(0, |item| item.tries),
            next: item.map(|item| item.next),
            gone: gone.map_or(0, |(times, _)| times),
            since: gone.map(|(_, since)| since),
        })
    }

    fn encode(&self) -> String {
        // Texts, numbers and times always serialise; an empty line is skipped on reading.
        serde_json::to_string(self).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).unwrap()
    }

    fn key(id: &str, number: u64) -> Key {
        (TbId::new(id.as_bytes()).unwrap(), number)
    }

    fn store() -> (tempfile::TempDir, Store) {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        (dir, store)
    }

    fn due(store: &Store, now: Timestamp) -> Vec<Key> {
        let queue = read(store).unwrap();
        queue.due(now).map(|(key, _)| key.clone()).collect()
    }

    #[test]
    fn the_last_line_about_a_ping_counts() {
        let (_dir, store) = store();
        let (cats, dogs) = (key("cats", 1), key("dogs", 7));
        add(&store, &cats.0, 1, at(5)).unwrap();
        add(&store, &dogs.0, 7, at(0)).unwrap();
        assert_eq!(due(&store, at(9)), [dogs.clone(), cats.clone()]);
        let After::Again(later) = Item::new(at(9)).failed(at(9)) else {
            panic!()
        };
        put(&store, &dogs, Some(later)).unwrap();
        put(&store, &cats, None).unwrap();
        assert_eq!(due(&store, at(608)), []);
        assert_eq!(due(&store, at(609)), [dogs.clone()]);
        assert_eq!(read(&store).unwrap().get(&dogs), Some(later));
    }

    #[test]
    fn a_torn_or_foreign_line_costs_itself_and_calls_for_a_search() {
        let (dir, store) = store();
        add(&store, &key("cats", 1).0, 1, at(0)).unwrap();
        tidy(&store, Some((at(0), vec![key("dogs", 2)]))).unwrap();
        assert!(!read(&store).unwrap().needs_search(at(1)));
        let whole = std::fs::read(dir.path().join(".queue")).unwrap();
        for garbage in [
            b"{\"tb_id\":\"x".as_slice(),
            b"\0\0\0\0\n",
            b"\xFF\n",
            b"{\"tb_id\":\"../x\",\"number\":1}\n",
            b"{}\n",
        ] {
            std::fs::write(dir.path().join(".queue"), [&whole, garbage].concat()).unwrap();
            assert_eq!(due(&store, at(0)), [key("cats", 1), key("dogs", 2)]);
            assert!(read(&store).unwrap().needs_search(at(1)), "{garbage:?}");
            add(&store, &key("owls", 3).0, 3, at(0)).unwrap();
            assert_eq!(due(&store, at(0)).len(), 3);
        }
        tidy(&store, Some((at(2), Vec::new()))).unwrap();
        assert!(!read(&store).unwrap().needs_search(at(2)));
        assert_eq!(due(&store, at(2)).len(), 3);
    }

    #[test]
    fn all_pings_are_looked_through_once_a_day_whatever_the_clock_does() {
        let (_dir, store) = store();
        assert!(is_due(&store, at(0)).unwrap());
        tidy(&store, Some((at(0), Vec::new()))).unwrap();
        assert!(!is_due(&store, at(0)).unwrap());
        assert!(!is_due(&store, at(86_399)).unwrap() && is_due(&store, at(86_400)).unwrap());
        assert!(is_due(&store, at(-86_400)).unwrap());
        assert_eq!(read(&store).unwrap().next(at(10)), at(86_400));
    }

    #[test]
    fn a_page_is_tried_again_four_times() {
        let mut item = Item::new(at(0));
        let mut waited = Vec::new();
        while let After::Again(next) = item.failed(item.next) {
            waited.push(next.next.duration_since(item.next).as_mins());
            item = next;
        }
        assert_eq!(waited, [10, 60, 360, 1440]);
    }

    #[test]
    fn a_page_is_gone_when_it_was_so_three_times_over_a_week() {
        let day = 86_400;
        let mut item = Item::new(at(0));
        for time in [0, 60, 120, 180] {
            let After::Again(next) = item.gone(at(time)) else {
                panic!("gone after {time} s")
            };
            item = next;
        }
        assert_eq!(item.gone(at(7 * day)), After::Never);
        let After::Again(twice) = Item::new(at(0)).gone(at(0)) else {
            panic!()
        };
        assert!(matches!(twice.gone(at(8 * day)), After::Again(_)));
        // A clock that has jumped back begins anew.
        let After::Again(anew) = item.gone(at(-day)) else {
            panic!()
        };
        assert_eq!(anew.gone, Some((1, at(-day))));
        assert!(item.is_due(at(-30 * day)));
    }

    #[test]
    fn s7_the_file_stays_small() {
        let (dir, store) = store();
        let size = || std::fs::metadata(dir.path().join(".queue")).unwrap().len();
        for number in 0..1_000 {
            put(&store, &key("cats", number % 3), Some(Item::new(at(0)))).unwrap();
        }
        let before = size();
        tidy(&store, None).unwrap();
        assert!(size() < before / 100);
        let line = b"{\"tb_id\":\"cats\",\"number\":1,\"next\":\"2026-11-20T05:00:00Z\"}\n";
        std::fs::write(dir.path().join(".queue"), line.repeat(90_000)).unwrap();
        let before = size();
        add(&store, &key("dogs", 1).0, 1, at(0)).unwrap();
        assert_eq!(size(), before);
        tidy(&store, None).unwrap();
        assert!(size() < 1_000);
    }
}
