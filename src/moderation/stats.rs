//! Statistics: numbers of pings by id, domain, month and reason, each by state.
//!
//! The pings are read one after the other and not kept. Memory grows with the ids, the months, and up to [`DOMAINS`]
//! domains: a flood from a million domains costs no more than that.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use url::Url;

use crate::domain::registrable;
use crate::error::{Error, Result};
use crate::linkback::trackback::TbId;
use crate::order;
use crate::store::{IdCounts, Pings, ReasonKind, Record, State, Store, Which};

/// How many domains are counted by name. If there are more, those with the fewest pings are counted together.
pub const DOMAINS: usize = 20_000;

/// The name for pings without a reason.
pub const NO_REASON: &str = "none";
/// The name for pings with an unknown reason.
pub const OTHER_REASON: &str = "other";

/// Numbers of pings, and their time span.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sum {
    /// The numbers by state.
    pub tally: IdCounts,
    /// When the oldest one that is not deleted was received.
    pub oldest: Option<Timestamp>,
    /// When the newest one that is not deleted was received.
    pub newest: Option<Timestamp>,
}

/// The statistics. Deleted pings are only in [`Stats::all`] and [`Stats::ids`], because a tombstone has no other data.
#[derive(Debug, Default)]
pub struct Stats {
    /// All of them.
    pub all: Sum,
    /// By id, sorted.
    pub ids: Vec<(TbId, Sum)>,
    /// By registrable domain of the permalink, those with the most pings first.
    pub domains: Vec<(String, IdCounts)>,
    /// Those of all other domains.
    pub other_domains: IdCounts,
    /// By the first day of the month in which they were received, in the owner's time zone; without empty months.
    pub months: BTreeMap<Date, IdCounts>,
    /// By the name of the reason, those with the most pings first; [`NO_REASON`] and [`OTHER_REASON`] among them.
    pub reasons: Vec<(&'static str, IdCounts)>,
    /// Ids with an unreadable file, and the error.
    pub unread: Vec<(TbId, Error)>,
}

/// Counts the pings of `id`, or of all ids, that were received (or deleted) at `since` or later.
pub fn count(
    store: &Store,
    zone: &TimeZone,
    id: Option<&TbId>,
    since: Option<Timestamp>,
) -> Result<Stats> {
    let ids = match id {
        Some(id) => vec![id.clone()],
        None => store.ids()?,
    };
    let mut counting = Counting::new(zone, since);
    let (mut sums, mut unread) = (Vec::new(), Vec::new());
    for id in ids {
        match store.pings(&id) {
            Ok(None) => {}
            Ok(Some(pings)) => {
                let (sum, fault) = counting.take_all(&pings);
                sums.push((id.clone(), sum));
                unread.extend(fault.map(|fault| (id, fault)));
            }
            Err(fault) => unread.push((id, fault)),
        }
    }
    let mut stats = counting.finish();
    for (_, sum) in &sums {
        stats.all.add(sum);
    }
    (stats.ids, stats.unread) = (sums, unread);
    Ok(stats)
}

/// The number of pings that are not deleted.
pub fn living(tally: &IdCounts) -> u64 {
    tally.published + tally.held + tally.junk
}

impl Sum {
    fn take(&mut self, record: &Record) {
        self.tally += one(record.state);
        self.oldest = Some(self.oldest.map_or(record.time, |old| old.min(record.time)));
        self.newest = self.newest.max(Some(record.time));
    }

    fn add(&mut self, other: &Sum) {
        self.tally += other.tally;
        self.oldest = [self.oldest, other.oldest].into_iter().flatten().min();
        self.newest = self.newest.max(other.newest);
    }
}

/// The counts so far.
struct Counting<'zone> {
    zone: &'zone TimeZone,
    since: Option<Timestamp>,
    domains: HashMap<String, IdCounts>,
    other_domains: IdCounts,
    months: BTreeMap<Date, IdCounts>,
    reasons: HashMap<&'static str, IdCounts>,
}

impl Counting<'_> {
    fn new(zone: &TimeZone, since: Option<Timestamp>) -> Counting<'_> {
        Counting {
            zone,
            since,
            domains: HashMap::new(),
            other_domains: IdCounts::default(),
            months: BTreeMap::new(),
            reasons: HashMap::new(),
        }
    }

    /// Counts the pings of one id, up to an error.
    fn take_all(&mut self, pings: &Pings) -> (Sum, Option<Error>) {
        let mut sum = Sum::default();
        let since = self.since;
        let is_asked_for = |time: Timestamp| since.is_none_or(|since| time >= since);
        let read = pings.each(Which::All, |record| {
            if is_asked_for(record.time) {
                sum.take(&record);
                self.take(&record);
            }
        });
        let deleted = &mut sum.tally.deleted;
        let read = read.and_then(|()| match pings.tally()?.deleted {
            0 => Ok(()),
            _ => pings.tombstones(|_, time| *deleted += u64::from(is_asked_for(time))),
        });
        (sum, read.err())
    }

    fn take(&mut self, record: &Record) {
        let one = one(record.state);
        let url = Url::parse(&record.url).ok();
        // Hosts longer than DNS allows are not counted by name.
        match url.as_ref().map(registrable) {
            Some(domain) if (1..=253).contains(&domain.len()) => {
                *self.domains.entry(domain).or_default() += one;
            }
            _ => self.other_domains += one,
        }
        if self.domains.len() > 2 * DOMAINS {
            self.forget_rare_domains();
        }
        let day = record.time.to_zoned(self.zone.clone()).date();
        *self.months.entry(day.first_of_month()).or_default() += one;
        let reason = match &record.why {
            None => NO_REASON,
            Some(why) if why.is_empty() => NO_REASON,
            Some(why) => why.kind().map_or(OTHER_REASON, ReasonKind::name),
        };
        *self.reasons.entry(reason).or_default() += one;
    }

    fn forget_rare_domains(&mut self) {
        let mut all: Vec<_> = self.domains.drain().collect();
        most_first(&mut all);
        for (_, rare) in all.drain(DOMAINS.min(all.len())..) {
            self.other_domains += rare;
        }
        self.domains.extend(all);
    }

    fn finish(mut self) -> Stats {
        self.forget_rare_domains();
        let mut domains: Vec<_> = self.domains.into_iter().collect();
        most_first(&mut domains);
        let mut reasons: Vec<_> = self.reasons.into_iter().collect();
        most_first(&mut reasons);
        Stats {
            domains,
            other_domains: self.other_domains,
            months: self.months,
            reasons,
            ..Stats::default()
        }
    }
}

fn one(state: State) -> IdCounts {
    let mut tally = IdCounts::default();
    match state {
        State::Published => tally.published = 1,
        State::Held => tally.held = 1,
        State::Junk => tally.junk = 1,
    }
    tally
}

fn most_first<Name: Ord>(counted: &mut [(Name, IdCounts)]) {
    order::sort_by(counted, |(a, few), (b, many)| {
        living(many).cmp(&living(few)).then_with(|| a.cmp(b))
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(url: &str, state: State, why: Option<&str>) -> Record {
        Record {
            id: 1,
            time: "2026-10-31T23:30:00Z".parse().unwrap(),
            updated: None,
            url: url.to_owned(),
            title: "t".to_owned(),
            excerpt: String::new(),
            blog_name: String::new(),
            state,
            since: None,
            why: why.map(crate::store::Reason::parse),
            via: String::new(),
            from: None,
            rest: serde_json::Map::new(),
        }
    }

    #[test]
    fn each_ping_is_counted_once_in_each_view() {
        let zone = TimeZone::fixed(jiff::tz::offset(9));
        let mut counting = Counting::new(&zone, None);
        counting.take(&record(
            "https://a.weblog.co.uk/",
            State::Published,
            Some("owner"),
        ));
        counting.take(&record("https://b.weblog.co.uk:8443/", State::Held, None));
        counting.take(&record("nonsense", State::Junk, Some("likes: none")));
        let stats = counting.finish();
        let both = IdCounts {
            published: 1,
            held: 1,
            ..IdCounts::default()
        };
        assert_eq!(stats.domains, [("weblog.co.uk".to_owned(), both)]);
        assert_eq!(stats.other_domains.junk, 1);
        // In Tokyo it was November.
        let months: Vec<_> = stats.months.keys().map(Date::to_string).collect();
        assert_eq!(months, ["2026-11-01"]);
        let reasons: Vec<_> = stats.reasons.iter().map(|(name, _)| *name).collect();
        assert_eq!(reasons, ["none", "other", "owner"]);
    }

    #[test]
    fn s7_a_flood_of_domains_is_counted_in_bounded_memory_and_hides_no_domain_with_many_pings() {
        let zone = TimeZone::UTC;
        let mut counting = Counting::new(&zone, None);
        let flood = 3 * DOMAINS as u64;
        for number in 0..flood {
            let url = format!("http://w{number}.example/");
            counting.take(&record(&url, State::Junk, None));
            if number % 1_000 == 0 {
                counting.take(&record("http://friend.example/", State::Published, None));
            }
            assert!(counting.domains.len() <= 2 * DOMAINS);
        }
        let stats = counting.finish();
        assert_eq!(stats.domains.len(), DOMAINS);
        let (name, tally) = &stats.domains[0];
        assert_eq!((name.as_str(), tally.published), ("friend.example", 60));
        let named: u64 = stats.domains.iter().map(|(_, tally)| tally.junk).sum();
        assert_eq!(named + stats.other_domains.junk, flood);
    }
}
