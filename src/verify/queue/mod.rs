//! The pings whose pages are to be checked: `.queue`, JSON Lines, the last line about a ping counts.
//!
//! It is a hint and never the truth: each ping's own record says whether it waits. A line that is torn or means
//! nothing is skipped, and then, or when the file is gone, or a day after the last time, all pings are looked
//! through for those that wait ([`Queue::missing_from`]). A line that a power cut took is found again that way.

mod item;
mod line;

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use self::line::{PingLine, QueueLine};
use super::transition;
use crate::error::Result;
use crate::linkback::trackback::TbId;
use crate::store::{Pings, ReasonKind, Record, State, StateFile, Store, Which};

pub use self::item::Key;
pub use item::{AfterFailure, QueueItem};

/// After this time all pings are searched.
const SEARCH_AGAIN: SignedDuration = SignedDuration::from_hours(24);

/// The most of a file that is read; a larger one is made anew.
const MOST_BYTES: u64 = 4 << 20;

/// The most pings that wait in the file; the others are found when there is room.
const MOST_ITEMS: usize = 20_000;

/// How many lines that count no more are not worth a rewriting.
const DEAD_LINES: usize = 256;

/// The queue as it was read.
#[derive(Debug, Default)]
pub struct Queue {
    items: BTreeMap<Key, QueueItem>,
    /// When all pings were last searched.
    searched: Option<Timestamp>,
    damaged: bool,
    lines: usize,
}

/// Adds a ping whose page is to be checked. The line is not synced.
pub fn add(store: &Store, id: &TbId, number: u64, now: Timestamp) -> Result<()> {
    let line = QueueLine::of(&(id.clone(), number), Some(QueueItem::new(now)));
    store.append_own_up_to(StateFile::Queue, &line.encode(), MOST_BYTES)
}

/// Notes what is known about a ping now; `None` if its page need not be checked.
pub fn put(store: &Store, key: &Key, item: Option<QueueItem>) -> Result<()> {
    store.append_own(StateFile::Queue, &QueueLine::of(key, item).encode())
}

/// The same, and a check that had begun has ended.
pub fn put_anew(store: &Store, key: &Key, item: Option<QueueItem>) -> Result<()> {
    put(store, key, None)?;
    match item {
        Some(_) => put(store, key, item),
        None => Ok(()),
    }
}

/// Notes, before the page of a ping is checked, that this is begun: also when the check ends the program, or the
/// machine, the next program knows of the try.
pub fn begin(store: &Store, key: &Key, item: QueueItem, now: Timestamp) -> Result<()> {
    let line = QueueLine::of(key, Some(item.begun(now))).encode();
    store.append_own_synced(StateFile::Queue, &line)
}

/// Reads the queue.
pub fn load(store: &Store) -> Result<Queue> {
    let Some(bytes) = store.read_own(StateFile::Queue)? else {
        return Ok(Queue::default());
    };
    Ok(Queue::parse(&bytes))
}

/// Rewrites the file where much in it counts no more, and notes what was found by a search.
pub fn tidy(store: &Store, found: Option<(Timestamp, Vec<Key>)>) -> Result<()> {
    store.edit_own(StateFile::Queue, |bytes| {
        let mut queue = Queue::parse(&bytes);
        if let Some((now, keys)) = found {
            for key in keys {
                queue
                    .items
                    .entry(key)
                    .or_insert_with(|| QueueItem::new(now));
            }
            queue.searched = Some(now);
        } else if !queue.damaged && queue.lines < queue.items.len() * 2 + DEAD_LINES {
            return Ok(None);
        }
        Ok(Some(queue.encode()))
    })
}

impl Queue {
    /// The pings whose pages are to be checked now, those that wait longest first; behind them those of which a
    /// look has begun and not ended.
    pub fn due(&self, now: Timestamp) -> impl Iterator<Item = (&Key, QueueItem)> {
        let mut due: Vec<_> = self
            .items
            .iter()
            .filter(|(_, item)| item.is_due(now))
            .map(|(key, item)| (key, *item))
            .collect();
        due.sort_by_key(|(_, item)| (item.begun, item.next));
        due.into_iter()
    }

    /// When the next page is to be checked, or all pings to be searched.
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
    pub fn get(&self, key: &Key) -> Option<QueueItem> {
        self.items.get(key).copied()
    }

    /// Whether all pings should be searched.
    pub fn needs_search(&self, now: Timestamp) -> bool {
        self.damaged
            || self
                .searched
                .is_none_or(|then| then > now || now.duration_since(then) >= SEARCH_AGAIN)
    }

    /// Searches all pings for those that wait for their page to be checked and are not here.
    pub fn missing_from(&self, store: &Store) -> Result<Vec<Key>> {
        let mut missing = Vec::new();
        each_whole(store, |key, record| {
            let waits = match record.state {
                State::Held => record.reason().is_some_and(waits) || transition::is_offered(record),
                State::Published => transition::is_offered(record),
                State::Junk => false,
            };
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
                Ok(QueueLine::Ping(ping)) => queue.take(ping),
                Ok(QueueLine::Searched { searched }) => queue.searched = Some(searched),
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
            // A ping that comes again makes nobody forget that its page may have ended a program.
            Some(_) if line.tries == 0 && self.items.get(&key).is_some_and(|item| item.begun) => {}
            Some(next) if self.items.len() < MOST_ITEMS || self.items.contains_key(&key) => {
                // Nor that its page was gone.
                let before = self.items.get(&key).and_then(|item| item.gone);
                let item = QueueItem {
                    tries: line.tries,
                    next,
                    gone: line.since.map(|since| (line.gone, since)).or(before),
                    begun: line.begun,
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
        let searched = self
            .searched
            .map(|searched| QueueLine::Searched { searched });
        let items = self
            .items
            .iter()
            .map(|(key, item)| QueueLine::of(key, Some(*item)));
        let lines: Vec<String> = searched
            .into_iter()
            .chain(items)
            .map(|line| line.encode() + "\n")
            .collect();
        lines.concat().into_bytes()
    }
}

/// Calls `take` with each ping in a state, whatever its id. An id that cannot be read is passed over: it must not
/// keep the others from being checked.
pub(crate) fn each(store: &Store, state: State, mut take: impl FnMut(Key, &Record)) -> Result<()> {
    for id in store.ids()? {
        if let Ok(Some(pings)) = store.pings(&id) {
            walk(&id, &pings, Which::In(state), &mut take);
        }
    }
    Ok(())
}

/// The same with each ping in whatever state, and all that is known of it.
fn each_whole(store: &Store, mut take: impl FnMut(Key, &Record)) -> Result<()> {
    for id in store.ids()? {
        if let Ok(Some(pings)) = store.pings(&id) {
            walk(&id, &pings.with_all_keys(), Which::All, &mut take);
        }
    }
    Ok(())
}

fn walk(id: &TbId, pings: &Pings, which: Which, take: &mut impl FnMut(Key, &Record)) {
    let mut before = None;
    while let Ok(batch) = pings.newest(which, before, BATCH) {
        for record in &batch {
            take((id.clone(), record.id), record);
        }
        match batch.last() {
            Some(last) => before = Some(last.id),
            None => break,
        }
    }
}

/// How many pings are in memory at once.
const BATCH: usize = 200;

/// Whether a ping that is held for this reason waits for its page to be checked by itself.
pub(crate) fn waits(reason: ReasonKind) -> bool {
    matches!(reason, ReasonKind::Unverified | ReasonKind::Unreachable)
}

#[cfg(test)]
mod tests;
