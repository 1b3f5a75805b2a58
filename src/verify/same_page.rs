//! Pings of one id whose permalinks are two URLs of one page: whoever adds `?x=1` or `#x` to a page's URL does not get
//! another ping for it.
//!
//! A page is recognised by the permalink that it gives itself, and by its words; both stand in the record once it was
//! checked. The first ping of a page stays.

use jiff::Timestamp;
use serde_json::{Value, json};
use url::Url;

use super::job::Job;
use crate::admission::publisher::Publisher;
use crate::error::Result;
use crate::store::{Reason, ReasonKind, Record, State, Store, Transaction, Which};
use crate::urls::{page_key, page_path};
use crate::verify::inspect::{Linked, PageIdentity};

/// Under which key a record has what its page is recognised by.
const KEY: &str = "page";

/// How many pings are in memory at once, and how many are checked.
const BATCH: usize = 200;
const MOST: usize = 20_000;

/// What the other pings of an id mean for one whose page was checked.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Others {
    /// The earliest from the same page, of which this one is another.
    pub(super) first: Option<u64>,
    /// Those that are another of this one, which names the page better.
    pub(super) worse: Vec<(u64, State)>,
}

/// What another ping of the same id is to one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Other {
    First,
    Worse,
    Unlike,
}

/// Reads the other pings of that id. Of two that came soon after each other, either may be checked first.
pub(super) fn others(store: &Store, case: &Job, identity: &PageIdentity) -> Result<Others> {
    let mut others = Others::default();
    let Some(pings) = store.pings(&case.key.0)? else {
        return Ok(others);
    };
    let host = case.source.host_str();
    let is_neighbour = |record: &Record| {
        let url = Url::parse(&record.url);
        record.id != case.key.1 && url.is_ok_and(|url| url.host_str() == host)
    };
    let mut neighbours = Vec::new();
    let (mut before, mut count) = (None, 0);
    while count < MOST {
        let batch = pings.newest(Which::All, before, BATCH)?;
        let Some(last) = batch.last() else { break };
        before = Some(last.id);
        count += batch.len();
        let found = batch.iter().filter(|record| is_neighbour(record));
        neighbours.extend(found.map(|record| record.id));
    }
    // Their notes cost more to read than all else of them.
    let pings = pings.with_all_keys();
    for number in neighbours {
        let Some(record) = pings.get(number)? else {
            continue;
        };
        match compare(&record, case, identity) {
            // The last one seen is the earliest.
            Other::First => others.first = Some(record.id),
            Other::Worse => others.worse.push((record.id, record.state)),
            Other::Unlike => {}
        }
    }
    Ok(others)
}

/// Whether a later ping's text is taken that the page prefers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Takes {
    Offered,
    Kept,
}

/// The record as it is after its page was checked: with the words that the page bears out. What everybody sees
/// already is only replaced by a later ping's.
pub(super) fn note(record: &Record, linked: &Linked, takes: Takes) -> Record {
    let mut record = record.clone();
    if let (Takes::Offered, Some(offer)) = (takes, &linked.offered) {
        record.title.clone_from(&offer.title);
        record.excerpt.clone_from(&offer.excerpt);
        record.blog_name.clone_from(&offer.blog_name);
        record.from.clone_from(&offer.from);
        record.updated = Some(offer.time);
    } else if record.state == State::Held {
        record.excerpt.clone_from(&linked.words.excerpt);
        record.blog_name.clone_from(&linked.words.blog_name);
    }
    if record.state != State::Junk {
        let value = json!({
            "name": linked.identity.name,
            "words": linked.identity.words,
            "near": linked.identity.near,
        });
        record.rest.insert(KEY.to_owned(), value);
    }
    record
}

/// Makes junk of the pings that a better one of the same page replaces, where that is seen as soon as they are. Returns
/// which.
pub(super) fn supersede(
    transaction: &mut Transaction<'_>,
    worse: &[(u64, State)],
    (number, state, why): (u64, State, &Reason),
    now: Timestamp,
) -> Result<Vec<u64>> {
    let waits_for_its_host = why.kind() == Some(ReasonKind::UnknownDomain);
    let is_replaced = |theirs: State| match state {
        State::Published => true,
        State::Held => waits_for_its_host && theirs == State::Held,
        State::Junk => false,
    };
    let why = Reason::duplicate(number);
    let mut replaced = Vec::new();
    for &(worse, theirs) in worse.iter().filter(|(_, theirs)| is_replaced(*theirs)) {
        let pings = transaction.pings().map(|pings| pings.get(worse));
        let now_is = pings.transpose()?.flatten().map(|record| record.state);
        if now_is == Some(theirs) {
            transaction.set_state(worse, State::Junk, Some(&why), now)?;
            replaced.push(worse);
        }
    }
    Ok(replaced)
}

/// Whether another ping is of the same page, and which of the two stays.
///
/// It must be seen, or be about to be once its host is approved: a ping that waits for another reason may be anybody's,
/// and must not silence the page. Where the owner has junked the page's own permalink, that holds for its other URLs.
fn compare(record: &Record, case: &Job, identity: &PageIdentity) -> Other {
    let Ok(url) = Url::parse(&record.url) else {
        return Other::Unlike;
    };
    let noted = |key: &str| record.rest.get(KEY)?.get(key).and_then(Value::as_str);
    let own_name = page_key(&url);
    // One that has no note has not been checked by this version.
    let by_name = noted("name").unwrap_or(&own_name) == identity.name;
    let by_words = !identity.words.is_empty() && noted("words") == Some(&identity.words);
    // The same path with another query, and the same title and text around the link: one page that says the time too.
    let is_one_path = page_path(&url) == page_path(&case.source);
    let by_near = is_one_path && noted("near") == Some(&identity.near);
    let by_words = by_words || by_near;
    let is_permalink = own_name == identity.name;
    let reason = record.reason();
    let counts = match record.state {
        State::Published => by_name || by_words,
        State::Held => reason == Some(ReasonKind::UnknownDomain) && (by_name || by_words),
        State::Junk => reason == Some(ReasonKind::Owner) && by_name && is_permalink,
    };
    let is_one_publisher =
        || Publisher::of(&url).is_some_and(|who| Publisher::of(&case.source) == Some(who));
    if !counts || !is_one_publisher() {
        return Other::Unlike;
    }
    let is_plain = |url: &Url| url.query().is_none() && url.fragment().is_none();
    // The page's own permalink is not kept back by another URL of it that somebody else sent.
    let is_better = is_plain(&case.source) && !is_plain(&url) && (by_name || is_one_path)
        || by_name && !is_permalink && page_key(&case.source) == identity.name;
    // What the owner decided stays.
    let is_ours = matches!(
        reason,
        Some(ReasonKind::Verified | ReasonKind::VerifiedEntry | ReasonKind::UnknownDomain)
    );
    match is_better {
        false => Other::First,
        true if is_ours => Other::Worse,
        true => Other::Unlike,
    }
}
