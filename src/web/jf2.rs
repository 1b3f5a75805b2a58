//! `__mode=jf2`: the published pings as webmention.io's API answers, with its parameters: of one id, of the pages that
//! `target` names, or of all ids.
//!
//! What a request reads is bounded: of all ids only those whose files changed last, and of those the pings with the
//! highest numbers. First only times are read, then the records of the page that was asked for.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use url::Url;

use super::Response;
use super::context::Context;
use super::feeds::cacheable;
use crate::admission::entries::{self, EntryInfo};
use crate::admission::linkback_target;
use crate::config::{FeedFormat, Reactions};
use crate::error::Result;
use crate::feeds::{self, FeedItem, Jf2Order, Receipt, wm_id};
use crate::linkback::trackback::{Form, TbId};
use crate::order;
use crate::store::{State, Store, Which};
use crate::urls::{page_key, parse_plain_web};

/// The pings of a page, as at webmention.io, and at most.
const PER_PAGE: usize = 20;
const MAX_PER_PAGE: usize = 1_000;
/// The most pages that `target` may name, each of which may mean a search in the permalinks.
const MAX_TARGETS: usize = 10;
/// The most ids of which pings are read, and the most pings.
const MAX_IDS: usize = 2_000;
const MAX_PINGS: usize = 10_000;
/// How many seconds the clock of a file system may be behind.
const SLACK: i64 = 24 * 3600;

/// The parameters.
struct Jf2Query {
    targets: Vec<Url>,
    has_targets: bool,
    properties: Vec<String>,
    since: Option<Timestamp>,
    since_id: Option<u32>,
    order: Jf2Order,
    is_up: bool,
    per_page: usize,
    page: usize,
}

/// An id, and the page that is the target of its pings.
type Place = (TbId, Option<Url>);

/// A published ping: when it was received, the index of its place, and its number.
type Candidate = (Timestamp, usize, u64);

pub(super) fn handle(context: &Context<'_>) -> Result<Response> {
    let (config, store) = (context.config, context.store()?);
    let query = Jf2Query::parse(&context.query);
    let named = named_places(context, &query)?;
    let files = named.iter().flatten();
    let files = files.map(|(id, _)| store.file_of(id)).collect();
    let (places, candidates) = match named {
        Some(places) => {
            let candidates = candidates_of(store, &places)?;
            (places, candidates)
        }
        None => candidates_of_all(store, &query)?,
    };
    let items = select(context, &query, &places, candidates)?;
    let body = feeds::jf2(config, None, &items);
    let response = Response::data(feeds::media_type(FeedFormat::Jf2), body);
    Ok(cacheable(context, response).depends_on(files))
}

impl Jf2Query {
    /// Parameters that cannot be parsed are ignored, as are those for an account at webmention.io.
    fn parse(query: &Form) -> Jf2Query {
        let all = |one, many| query.all(one).chain(query.all(many));
        let number = |name: &str| query.get(name).and_then(|text| text.trim().parse().ok());
        let mut targets: Vec<Url> = Vec::new();
        for target in all("target", "target[]").filter_map(parse_plain_web) {
            let is_new = |known: &Url| page_key(known) != page_key(&target);
            if targets.len() < MAX_TARGETS && targets.iter().all(is_new) {
                targets.push(target);
            }
        }
        let per_page = number("per-page").or_else(|| number("perPage"));
        Jf2Query {
            has_targets: all("target", "target[]").next().is_some(),
            targets,
            properties: all("wm-property", "wm-property[]")
                .map(str::to_owned)
                .collect(),
            since: query.get("since").and_then(parse_time),
            since_id: query.get("since_id").and_then(|id| id.trim().parse().ok()),
            order: Jf2Order::named(query.get("sort-by").unwrap_or_default()),
            is_up: query.get("sort-dir") == Some("up"),
            per_page: per_page.unwrap_or(PER_PAGE).clamp(1, MAX_PER_PAGE),
            page: number("page").unwrap_or(0),
        }
    }

    /// Whether the answer depends on more than the times of pings.
    fn needs_records(&self) -> bool {
        !self.properties.is_empty() || self.since.is_some() || self.since_id.is_some()
    }

    /// Whether a ping is asked for; `last` is the one that `since_id` names. One that was published or changed later is
    /// asked for whenever it was received: a program that asks for what is new would not see it otherwise.
    fn wants(&self, last: Option<&Receipt>, item: &FeedItem) -> bool {
        let record = &item.record;
        let property = feeds::jf2_property(record);
        let changed = [Some(record.time), record.updated, record.since];
        let changed = changed.into_iter().flatten().max();
        let is_after = |(time, id, number): &Receipt| {
            let place = (&item.id, record.id);
            place != (id, *number)
                && (changed > Some(*time) || (record.time == *time && place > (id, *number)))
        };
        (self.properties.is_empty() || self.properties.iter().any(|wanted| wanted == property))
            && self.since.is_none_or(|since| changed > Some(since))
            && last.is_none_or(is_after)
    }

    /// The earliest ping that `since_id` names; `None` if none does, so that all are asked for.
    fn last(&self, places: &[Place], candidates: &[Candidate]) -> Option<Receipt> {
        let since = self.since_id?;
        let receipts = candidates.iter().filter_map(|(time, index, number)| {
            let (id, _) = places.get(*index)?;
            (wm_id(id, *number) == since).then(|| (*time, id.clone(), *number))
        });
        receipts.min()
    }

    /// How many pings there are up to the end of the page.
    fn end(&self) -> usize {
        self.page.saturating_add(1).saturating_mul(self.per_page)
    }
}

/// A time with any zone, or a date; a `+` that was not escaped arrives as a space.
fn parse_time(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let plain = || text.replace(' ', "+").parse().ok();
    let date = || {
        let date: Date = text.parse().ok()?;
        Some(date.to_zoned(TimeZone::UTC).ok()?.timestamp())
    };
    text.parse().ok().or_else(plain).or_else(date)
}

/// The ids that the request names, by `tb_id` or by pages. A page whose id receives pings at a private URL only is not
/// looked up for strangers. Scripts
/// keep only what has the target that they asked for, so its spelling is that of the request.
fn named_places(context: &Context<'_>, query: &Jf2Query) -> Result<Option<Vec<Place>>> {
    let (config, store, reader) = (context.config, context.store()?, &context.app.entries);
    if let Some(id) = &context.tb_id {
        let entry = reader.find(store, id).ok().flatten();
        return Ok(Some(vec![(id.clone(), entry.and_then(|entry| entry.url))]));
    }
    if !query.has_targets {
        return Ok(None);
    }
    let mut places: Vec<Place> = Vec::new();
    for target in &query.targets {
        let Some(id) = linkback_target::page_id(config, store, reader, target)? else {
            continue;
        };
        let Ok(entry) = reader.find(store, &id) else {
            continue;
        };
        let is_new = places.iter().all(|(known, _)| *known != id);
        if is_new
            && entry
                .as_ref()
                .is_none_or(|entry| entry.passphrase.is_none())
        {
            places.push((id, Some(target.clone())));
        }
    }
    Ok(Some(places))
}

fn candidates_of(store: &Store, places: &[Place]) -> Result<Vec<Candidate>> {
    let mut candidates = Vec::new();
    for (index, (id, _)) in places.iter().enumerate() {
        add_candidates(store, (index, id), &mut candidates)?;
    }
    Ok(candidates)
}

/// Like [`candidates_of`] for the ids that changed last. Ids with a passphrase of their own, and with a malformed entry,
/// are left out.
fn candidates_of_all(store: &Store, query: &Jf2Query) -> Result<(Vec<Place>, Vec<Candidate>)> {
    let known = entries::load(store)?;
    let entries = known
        .entries
        .into_iter()
        .map(|(id, entry)| (id, Some(entry)));
    let damaged = known.damaged.into_iter().map(|id| (id, None));
    let mut known: BTreeMap<TbId, Option<EntryInfo>> = order::map(entries.chain(damaged));
    let is_newest = query.order == Jf2Order::Received && !query.is_up && !query.needs_records();
    let (mut places, mut candidates): (Vec<Place>, Vec<Candidate>) = Default::default();
    for (changed, id) in store.ids_by_change()? {
        let before = |time: Timestamp| changed.saturating_add(SLACK) < time.as_second();
        if places.len() >= MAX_IDS
            || candidates.len() >= MAX_PINGS
            || query.since.is_some_and(before)
            || (is_newest && nth_newest(&mut candidates, query.end()).is_some_and(before))
        {
            break;
        }
        let permalink = match known.remove(&id) {
            None => None,
            Some(Some(entry)) if entry.passphrase.is_none() => entry.url,
            Some(_) => continue,
        };
        add_candidates(store, (places.len(), &id), &mut candidates)?;
        places.push((id, permalink));
    }
    Ok((places, candidates))
}

/// When the `count`th newest was received, if there are that many.
fn nth_newest(candidates: &mut [Candidate], count: usize) -> Option<Timestamp> {
    let at = count.checked_sub(1).filter(|at| *at < candidates.len())?;
    let (_, nth, _) = candidates.select_nth_unstable_by(at, |one, other| other.cmp(one));
    Some(nth.0)
}

fn add_candidates(
    store: &Store,
    (index, id): (usize, &TbId),
    candidates: &mut Vec<Candidate>,
) -> Result<()> {
    let Some(pings) = store.pings(id)? else {
        return Ok(());
    };
    let most = MAX_PINGS.saturating_sub(candidates.len());
    let times = pings.newest_times(Which::Published, most)?.into_iter();
    candidates.extend(times.map(|(number, time)| (time, index, number)));
    Ok(())
}

/// The pings of the page that is asked for.
fn select(
    context: &Context<'_>,
    query: &Jf2Query,
    places: &[Place],
    mut candidates: Vec<Candidate>,
) -> Result<Vec<FeedItem>> {
    let (config, store) = (context.config, context.store()?);
    order::sort_by_key(&mut candidates, |(time, index, number)| {
        (*time, places.get(*index).map(|(id, _)| id), *number)
    });
    let last = query.last(places, &candidates);
    if !query.is_up {
        candidates.reverse();
    }
    let by_time = query.order == Jf2Order::Received;
    let hides_reactions = config.reactions != Reactions::Names;
    let mut skipped = query.end().saturating_sub(query.per_page);
    if by_time && !query.needs_records() && !hides_reactions {
        candidates.drain(..skipped.min(candidates.len()));
        candidates.truncate(query.per_page);
        skipped = 0;
    }
    let mut found = Vec::new();
    for some in candidates.chunks(query.per_page) {
        for item in read(context, store, places, some)? {
            let is_hidden = hides_reactions && item.record.is_reaction();
            if !is_hidden && query.wants(last.as_ref(), &item) {
                found.push(item);
            }
        }
        if by_time && found.len() >= skipped.saturating_add(query.per_page) {
            break;
        }
    }
    query.order.sort(&mut found, query.is_up);
    found.drain(..skipped.min(found.len()));
    found.truncate(query.per_page);
    Ok(found)
}

/// The records of some pings, in the same order; each id is opened once.
fn read(
    context: &Context<'_>,
    store: &Store,
    places: &[Place],
    candidates: &[Candidate],
) -> Result<Vec<FeedItem>> {
    let mut numbers: BTreeMap<usize, Vec<u64>> = BTreeMap::new();
    for (_, index, number) in candidates {
        numbers.entry(*index).or_default().push(*number);
    }
    let mut records: BTreeMap<(usize, u64), FeedItem> = BTreeMap::new();
    for (index, numbers) in numbers {
        let Some((id, permalink)) = places.get(index) else {
            continue;
        };
        let Some(pings) = store.pings(id)? else {
            continue;
        };
        let mut read = Vec::new();
        for number in numbers {
            let record = pings.get(number)?;
            read.extend(record.filter(|record| record.state == State::Published));
        }
        for item in feeds::items(context.config, (id, permalink.as_ref()), read) {
            records.insert((index, item.record.id), item);
        }
    }
    let item = |(_, index, number): &Candidate| records.remove(&(*index, *number));
    Ok(candidates.iter().filter_map(item).collect())
}
