//! The inbox: the pings of all ids, merged by time.
//!
//! Every id is opened in turn, so the time grows with the ids and pings; memory holds only the pings of one page. A page
//! is addressed by the ping before or after it ([`InboxPosition`]), so that its content is stable when pings are added or
//! removed.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;

use crate::error::Result;
use crate::linkback::trackback::TbId;
use crate::store::{IdCounts, Pings, Record, State, Store, Which};

/// Which pings are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InboxFilter {
    /// Those in one state.
    In(State),
    /// Deleted ones, of which only number and time are known.
    Deleted,
}

/// A ping's position among those of all ids: by the time when it was received, or deleted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct InboxPosition {
    /// The time.
    pub time: Timestamp,
    /// The id.
    pub id: TbId,
    /// The number within the id.
    pub number: u64,
}

/// The part of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum From {
    /// The newest.
    Newest,
    /// Those older than a ping.
    Before(InboxPosition),
    /// The next ones newer than a ping.
    After(InboxPosition),
}

/// A query of the inbox.
#[derive(Debug, Clone)]
pub struct InboxQuery {
    /// Which pings.
    pub kind: InboxFilter,
    /// Words that must all be in a ping: in title, excerpt, weblog, permalink or id, ignoring case.
    pub search: String,
    /// The part of the list.
    pub from: From,
    /// The maximum number.
    pub most: usize,
}

/// The result of a query.
#[derive(Debug, Default)]
pub struct Overview {
    /// The pings, newest first; without a record if they are deleted.
    pub pings: Vec<(InboxPosition, Option<Record>)>,
    /// The numbers of all pings, independent of the search.
    pub tally: IdCounts,
    /// Whether there are newer ones.
    pub newer: bool,
    /// Whether there are older ones.
    pub older: bool,
    /// Ids with an unreadable file.
    pub unread: Vec<TbId>,
}

/// Runs a query.
pub fn load(store: &Store, ask: &InboxQuery) -> Result<Overview> {
    let mut overview = Overview::default();
    let mut chosen = InboxSelection::new(ask);
    for id in store.ids()? {
        let looked = store.pings(&id).and_then(|pings| match pings {
            Some(pings) => chosen.look_at(&id, &pings),
            None => Ok(IdCounts::default()),
        });
        match looked {
            Ok(tally) => overview.tally += tally,
            Err(_) => overview.unread.push(id),
        }
    }
    overview.newer = chosen.newer;
    overview.older = chosen.older;
    overview.pings = chosen.found.into_iter().rev().collect();
    Ok(overview)
}

/// Whether any ping waits for the owner. Unreadable files are skipped.
pub fn anything_waits(store: &Store) -> Result<bool> {
    let waits = |id: &TbId| {
        let pings = store.pings(id).ok().flatten();
        pings.is_some_and(|pings| {
            let held = pings.newest(Which::In(State::Held), None, 1);
            held.is_ok_and(|held| !held.is_empty())
        })
    };
    Ok(store.ids()?.iter().any(waits))
}

impl InboxPosition {
    /// Parses the output of `Display`.
    pub fn parse(text: &str) -> Option<InboxPosition> {
        let mut parts = text.splitn(3, ' ');
        let (time, number, id) = (parts.next()?, parts.next()?, parts.next()?);
        Some(InboxPosition {
            time: time.parse().ok()?,
            number: number.parse().ok()?,
            id: TbId::new(id.as_bytes()).ok()?,
        })
    }
}

impl fmt::Display for InboxPosition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.time, self.number, self.id)
    }
}

/// The best matches so far.
struct InboxSelection<'ask> {
    ask: &'ask InboxQuery,
    words: Vec<String>,
    found: BTreeMap<InboxPosition, Option<Record>>,
    newer: bool,
    older: bool,
}

impl<'ask> InboxSelection<'ask> {
    fn new(ask: &'ask InboxQuery) -> InboxSelection<'ask> {
        let words = ask.search.split_whitespace().map(str::to_lowercase);
        InboxSelection {
            ask,
            words: words.collect(),
            found: BTreeMap::new(),
            newer: false,
            older: false,
        }
    }

    fn look_at(&mut self, id: &TbId, pings: &Pings) -> Result<IdCounts> {
        let tally = pings.tally()?;
        match self.ask.kind {
            InboxFilter::In(state) if tally.of(state) == 0 => {}
            InboxFilter::In(state) => pings.times(Which::In(state), |number, time| {
                let place = (time, id.as_str(), number);
                if self.is_of_interest(place)
                    && let Some(record) = pings.get(number)?
                    && self.matches(id, &record)
                {
                    self.take(place, Some(record));
                }
                Ok(())
            })?,
            InboxFilter::Deleted if tally.deleted == 0 => {}
            InboxFilter::Deleted => pings.tombstones(|number, time| {
                let place = (time, id.as_str(), number);
                let words = &self.words;
                let found = words
                    .iter()
                    .all(|word| id.as_str().to_lowercase().contains(word));
                if found && self.is_of_interest(place) {
                    self.take(place, None);
                }
            })?,
        }
        Ok(tally)
    }

    /// Whether a ping at that position could change the result, so that it must be read.
    fn is_of_interest(&self, place: Spot<'_>) -> bool {
        if !self.is_asked_for(place) {
            return match self.ask.from {
                From::Newest => false,
                From::Before(_) => !self.newer,
                From::After(_) => !self.older,
            };
        }
        let full = self.found.len() >= self.ask.most;
        match self.ask.from {
            _ if !full => true,
            From::Newest | From::Before(_) => !self.older || self.first() < Some(place),
            From::After(_) => !self.newer || self.last() > Some(place),
        }
    }

    fn is_asked_for(&self, spot: Spot<'_>) -> bool {
        match &self.ask.from {
            From::Newest => true,
            From::Before(other) => spot < spot_of(other),
            From::After(other) => spot > spot_of(other),
        }
    }

    fn matches(&self, id: &TbId, record: &Record) -> bool {
        if self.words.is_empty() {
            return true;
        }
        let texts = [
            &record.title,
            &record.excerpt,
            &record.blog_name,
            &record.url,
            id.as_str(),
        ];
        let texts = texts.map(str::to_lowercase);
        let has = |word: &String| texts.iter().any(|text| text.contains(word));
        self.words.iter().all(has)
    }

    fn take(&mut self, spot: Spot<'_>, record: Option<Record>) {
        if !self.is_asked_for(spot) {
            match self.ask.from {
                From::Newest => {}
                From::Before(_) => self.newer = true,
                From::After(_) => self.older = true,
            }
            return;
        }
        let (time, id, number) = spot;
        let Ok(id) = TbId::new(id.as_bytes()) else {
            return;
        };
        self.found
            .insert(InboxPosition { time, id, number }, record);
        if self.found.len() > self.ask.most {
            match self.ask.from {
                From::Newest | From::Before(_) => {
                    self.found.pop_first();
                    self.older = true;
                }
                From::After(_) => {
                    self.found.pop_last();
                    self.newer = true;
                }
            }
        }
    }

    fn first(&self) -> Option<Spot<'_>> {
        self.found.keys().next().map(spot_of)
    }

    fn last(&self) -> Option<Spot<'_>> {
        self.found.keys().next_back().map(spot_of)
    }
}

/// A borrowed [`InboxPosition`].
type Spot<'id> = (Timestamp, &'id str, u64);

fn spot_of(place: &InboxPosition) -> Spot<'_> {
    (place.time, place.id.as_str(), place.number)
}
