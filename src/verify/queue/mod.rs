//! The pings whose pages are to be checked: `.queue`, JSON Lines; the last line about a ping counts.
//!
//! The queue is only an index: each ping's own record says whether it waits. A torn or invalid line is skipped. After
//! that, or when the file is missing, or a day after the last search, all pings are searched for waiting ones
//! ([`Queue::missing_from`]), so a line lost in a power cut is restored.

mod item;
mod line;

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use self::line::{PingLine, QueueLine};
use super::{mention_record, transition};
use crate::error::{Error, Result};
use crate::linkback::trackback::TbId;
use crate::order;
use crate::store::{Pings, ReasonKind, Record, State, StateFile, Store, Which};

pub use self::item::PingKey;
pub use item::{AfterFailure, QueueItem};

/// Interval of the searches through all pings.
const SEARCH_AGAIN: SignedDuration = SignedDuration::from_hours(24);
/// After a search in which an id could not be read.
const SEARCH_AGAIN_AFTER_FAILURE: SignedDuration = SignedDuration::from_mins(10);

/// A larger file counts as damaged and is rewritten.
const MAX_BYTES: u64 = 4 << 20;

/// Pings kept in the file; further ones are found by a later search.
const MAX_ITEMS: usize = 20_000;

/// So many obsolete lines are tolerated before the file is rewritten.
const DEAD_LINES: usize = 256;

/// The queue as loaded from the file.
#[derive(Debug, Default)]
pub struct Queue {
    items: BTreeMap<PingKey, QueueItem>,
    /// When all pings were last searched.
    searched: Option<Timestamp>,
    damaged: bool,
    lines: usize,
}

/// Adds a ping whose page is to be checked. The line is not synced.
pub fn add(store: &Store, id: &TbId, number: u64, now: Timestamp) -> Result<()> {
    let line = QueueLine::of(&(id.clone(), number), Some(QueueItem::new(now)));
    store.append_state_up_to(StateFile::Queue, &line.encode(), MAX_BYTES)
}

/// Records a ping's schedule; `None` if its page need not be checked.
pub fn put(store: &Store, key: &PingKey, item: Option<QueueItem>) -> Result<()> {
    store.append_state(StateFile::Queue, &QueueLine::of(key, item).encode())
}

/// Records the schedule of a ping whose check has ended.
pub fn replace(store: &Store, key: &PingKey, item: Option<QueueItem>) -> Result<()> {
    put(store, key, None)?;
    match item {
        Some(_) => put(store, key, item),
        None => Ok(()),
    }
}

/// Records that the check of a page starts. The line is synced, so that a check that crashes the program or the machine
/// is counted.
pub fn note_start(store: &Store, key: &PingKey, item: QueueItem, now: Timestamp) -> Result<()> {
    let line = QueueLine::of(key, Some(item.begun(now))).encode();
    store.append_state_synced(StateFile::Queue, &line)
}

/// Loads the queue.
pub fn load(store: &Store) -> Result<Queue> {
    let Some(bytes) = store.read_state(StateFile::Queue)? else {
        return Ok(Queue::default());
    };
    Ok(Queue::parse(&bytes))
}

/// What a search through all pings found.
pub struct MissingPings {
    /// The pings that wait and are not in the queue, with the time of their check.
    pub missing: Vec<(PingKey, Timestamp)>,
    /// Why an id could not be read, if so.
    pub unread: Option<Error>,
}

/// Rewrites the file if many of its lines are obsolete, and adds what a search at this time found.
pub fn compact(store: &Store, found: Option<(Timestamp, &MissingPings)>) -> Result<()> {
    store.edit_state(StateFile::Queue, |bytes| {
        let mut queue = Queue::parse(&bytes);
        if let Some((now, found)) = found {
            for (key, due) in &found.missing {
                let item = queue.items.entry(key.clone());
                item.or_insert_with(|| QueueItem::new(*due));
            }
            let early = SEARCH_AGAIN - SEARCH_AGAIN_AFTER_FAILURE;
            queue.searched = match found.unread {
                None => Some(now),
                Some(_) => now.checked_sub(early).ok(),
            };
        } else if !queue.damaged && queue.lines < queue.items.len() * 2 + DEAD_LINES {
            return Ok(None);
        }
        Ok(Some(queue.encode()))
    })
}

impl Queue {
    /// The due pings, those that have waited longest first; last come those whose check has started and not finished.
    pub fn due(&self, now: Timestamp) -> impl Iterator<Item = (&PingKey, QueueItem)> {
        let mut due: Vec<_> = self
            .items
            .iter()
            .filter(|(_, item)| item.is_due(now))
            .map(|(key, item)| (key, *item))
            .collect();
        order::sort_by_key(&mut due, |(_, item)| (item.begun, item.next));
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

    /// The schedule of a ping.
    pub fn get(&self, key: &PingKey) -> Option<QueueItem> {
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
    pub fn missing_from(&self, store: &Store, now: Timestamp) -> Result<MissingPings> {
        let mut missing = Vec::new();
        let unread = for_each_with_all_keys(store, |key, record| {
            let is_waiting = match record.state {
                State::Held => {
                    record.reason().is_some_and(awaits_check)
                        || transition::is_check_requested(record)
                }
                State::Published => transition::is_check_requested(record),
                State::Junk => false,
            };
            if is_waiting && !self.items.contains_key(&key) && missing.len() < MAX_ITEMS {
                missing.push((key, mention_record::earliest_check(record, now)));
            }
        })?;
        Ok(MissingPings { missing, unread })
    }

    fn parse(bytes: &[u8]) -> Queue {
        let mut queue = Queue {
            damaged: bytes.len() as u64 > MAX_BYTES
                || bytes.last().is_some_and(|last| *last != b'\n'),
            ..Queue::default()
        };
        for line in bytes
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty())
        {
            queue.lines += 1;
            match serde_json::from_slice(line) {
                Ok(QueueLine::Ping(ping)) => queue.apply(ping),
                Ok(QueueLine::Searched { searched }) => queue.searched = Some(searched),
                Err(_) => queue.damaged = true,
            }
        }
        queue
    }

    fn apply(&mut self, line: PingLine) {
        let id = TbId::new(line.tb_id.as_bytes()).ok();
        let Some(id) = id.filter(|id| id.as_str() == line.tb_id) else {
            self.damaged = true;
            return;
        };
        let key = (id, line.number);
        match line.next {
            // A repeated ping does not clear the mark that its page may have crashed the program,
            Some(_) if line.tries == 0 && self.items.get(&key).is_some_and(|item| item.begun) => {}
            Some(next) if self.items.len() < MAX_ITEMS || self.items.contains_key(&key) => {
                // nor that its page was gone.
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

/// Calls `visit` with each ping in a state, of all ids. An id that cannot be read must not block the others: it is
/// skipped, and the first such error returned.
pub(crate) fn for_each_in(
    store: &Store,
    state: State,
    mut visit: impl FnMut(PingKey, &Record),
) -> Result<Option<Error>> {
    let read = |id: &TbId| match store.pings(id)? {
        Some(pings) => walk(id, &pings, Which::In(state), &mut visit),
        None => Ok(()),
    };
    first_error(store, read)
}

/// Calls `visit` with each ping in any state, with all keys of its record; as [`for_each_in`].
fn for_each_with_all_keys(
    store: &Store,
    mut visit: impl FnMut(PingKey, &Record),
) -> Result<Option<Error>> {
    let read = |id: &TbId| match store.pings(id)? {
        Some(pings) => walk(id, &pings.with_all_keys(), Which::All, &mut visit),
        None => Ok(()),
    };
    first_error(store, read)
}

/// Reads all ids, and returns the first error.
fn first_error(store: &Store, mut read: impl FnMut(&TbId) -> Result<()>) -> Result<Option<Error>> {
    let mut first = None;
    for id in store.ids()? {
        let error = read(&id).err();
        first = first.or(error);
    }
    Ok(first)
}

fn walk(
    id: &TbId,
    pings: &Pings,
    which: Which,
    visit: &mut impl FnMut(PingKey, &Record),
) -> Result<()> {
    let mut before = None;
    loop {
        let batch = pings.newest(which, before, BATCH)?;
        for record in &batch {
            visit((id.clone(), record.id), record);
        }
        match batch.last() {
            Some(last) => before = Some(last.id),
            None => return Ok(()),
        }
    }
}

/// Pings in memory at once.
const BATCH: usize = 200;

/// Whether a ping held for this reason waits for the automatic check of its page.
pub(crate) fn awaits_check(reason: ReasonKind) -> bool {
    matches!(reason, ReasonKind::Unverified | ReasonKind::Unreachable)
}

#[cfg(test)]
mod tests;
