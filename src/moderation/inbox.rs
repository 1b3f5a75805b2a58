//! The inbox: the pings of all ids, merged by their time.
//!
//! Every id is opened in turn, so the cost grows with the ids and the pings; what is kept in memory does not: the
//! pings of one page. A page is addressed by the ping beside it ([`InboxPosition`]), so that it stays what it is when
//! pings come and go.

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
    /// Those that were deleted. Nothing is known of them but number and time.
    Deleted,
}

/// A ping's place among those of all ids: by the time that it came, or was deleted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct InboxPosition {
    /// The time.
    pub time: Timestamp,
    /// The id.
    pub id: TbId,
    /// The number within the id.
    pub number: u64,
}

/// Which part of them is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum From {
    /// The newest.
    Newest,
    /// Those that are older than one.
    Before(InboxPosition),
    /// Those that are newer than one, the nearest to it.
    After(InboxPosition),
}

/// What is asked for.
#[derive(Debug, Clone)]
pub struct InboxQuery {
    /// Which pings.
    pub kind: InboxFilter,
    /// Words that must all be in a ping: in title, excerpt, weblog, permalink or id. Case does not count.
    pub search: String,
    /// Which part of them.
    pub from: From,
    /// How many at the most.
    pub most: usize,
}

/// What was found.
#[derive(Debug, Default)]
pub struct Overview {
    /// The pings, newest first; without a record if they are deleted.
    pub pings: Vec<(InboxPosition, Option<Record>)>,
    /// How many there are of each kind, whatever is searched for.
    pub tally: IdCounts,
    /// Whether there are newer ones that were asked for.
    pub newer: bool,
    /// Whether there are older ones.
    pub older: bool,
    /// Ids whose file cannot be read.
    pub unread: Vec<TbId>,
}

/// Loads the part of the list that is asked for.
pub fn load(store: &Store, ask: &InboxQuery) -> Result<Overview> {
    let mut overview = Overview::default();
    let mut chosen = InboxSelection::new(ask);
    for id in store.ids()? {
        let looked = store.pings(&id).and_then(|pings| match pings {
            Some(pings) => chosen.look_at(&id, &pings),
            None => Ok(IdCounts::default()),
        });
        match looked {
            Ok(tally) => add(&mut overview.tally, tally),
            Err(_) => overview.unread.push(id),
        }
    }
    overview.newer = chosen.newer;
    overview.older = chosen.older;
    overview.pings = chosen.found.into_iter().rev().collect();
    Ok(overview)
}

/// Whether any ping waits for the owner. What cannot be read is passed over.
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
    /// Reads what [`InboxPosition`]'s `Display` writes.
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

    /// Whether a ping there would change anything, so that it is worth being read.
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

/// A [`InboxPosition`] of what is borrowed.
type Spot<'id> = (Timestamp, &'id str, u64);

fn spot_of(place: &InboxPosition) -> Spot<'_> {
    (place.time, place.id.as_str(), place.number)
}

fn add(tally: &mut IdCounts, more: IdCounts) {
    tally.published += more.published;
    tally.held += more.held;
    tally.junk += more.junk;
    tally.deleted += more.deleted;
}
