//! Detects pings of one id whose permalinks are different URLs of one page, such as with `?x=1` or `#x` added.
//!
//! A page is recognised by its canonical URL and by its text; both are noted in the record when it is checked. The
//! first ping of a page is kept. A webmention whose page states another permalink gives way to the ping from there.

use jiff::Timestamp;
use serde_json::{Value, json};
use url::Url;

use super::job::Job;
use super::page_likeness::{
    Likeness, PathRelation, checked_traits, is_one, noted_traits, stated_traits,
};
use crate::admission::client_addr::is_one_network;
use crate::error::Result;
use crate::store::{
    OTHER_TITLE, OWN_TITLE, PAGE, PageTraits, Pings, Reason, ReasonKind, Record, State, Store,
    StoredItem, TO_ENTRY, Transaction, Which,
};
use crate::urls::{entry_fragment, is_plainer, page_key, page_path, without_fragment};
use crate::verify::inspect::Linked;
use crate::verify::link_check::TitleSource;
use crate::verify::mention_record;
use crate::verify::page_identity::PageIdentity;

/// Pings in memory at once, and pings compared in all.
const BATCH: usize = 200;
const MAX: usize = 20_000;

/// Other pings of an id that come from the same page as the one checked.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct SamePagePings {
    /// The earliest of them, of which this one is a duplicate.
    pub(super) first: Option<u64>,
    /// Another of which this one is a duplicate, or the page's own permalink: no page says which.
    pub(super) doubtful: Option<u64>,
    /// Those that this one replaces, because its URL is the better one.
    pub(super) superseded: Vec<(u64, State)>,
}

/// How another ping of the same id relates to the one checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PageRelation {
    Kept,
    /// The other one is kept, but may be from somebody who sent another URL of the page first.
    Doubtful,
    Superseded,
    Unrelated,
}

/// A page that was checked.
struct CheckedPage<'job> {
    job: &'job Job,
    identity: &'job PageIdentity,
    /// The title that the ping gets.
    title: &'job str,
    traits: PageTraits,
}

/// Finds the pings of the page that was checked, under other URLs: those that are there, and those that the owner has
/// deleted, by what their tombstones keep.
pub(super) fn find_same_page(store: &Store, job: &Job, linked: &Linked) -> Result<SamePagePings> {
    let mut others = SamePagePings::default();
    if let Some(pings) = store.pings(&job.key.0)? {
        let checked = CheckedPage {
            job,
            identity: &linked.identity,
            title: match &linked.offered {
                Some(offer) => &offer.title,
                None => &linked.words.title,
            },
            traits: checked_traits(job, linked),
        };
        add_deleted(&pings, &checked, &mut others)?;
        add_present(pings, &checked, &mut others)?;
    }
    Ok(others)
}

/// The relation of another ping, by the permalinks that the pages state. A page only gives way by that: on other hosts
/// than proxies anybody can state any permalink.
fn stated_relation(own: &PageTraits, other: &PageTraits) -> Option<PageRelation> {
    if is_one(&own.stated, &other.post) {
        return Some(PageRelation::Kept);
    }
    if is_one(&other.stated, &own.post) {
        return Some(PageRelation::Superseded);
    }
    // One author's post by two proxies, or by one under two URLs.
    is_one(&own.link, &other.link).then_some(PageRelation::Kept)
}

/// Adds the deleted pings whose page is the one that was checked. Those that came later do not count: the owner has
/// deleted them beside this one.
fn add_deleted(pings: &Pings, checked: &CheckedPage<'_>, others: &mut SamePagePings) -> Result<()> {
    let job = checked.job;
    if job.record.state == State::Published || !pings.has_tombstones() {
        return Ok(());
    }
    pings.for_each_tombstone(|item| {
        let StoredItem::Tombstone { number, page, .. } = item else {
            return Ok(());
        };
        let page = page.filter(|_| number < job.key.1);
        match page.map(|page| compare_deleted(&page, checked)) {
            Some(PageRelation::Kept) => others.first = others.first.or(Some(number)),
            Some(PageRelation::Doubtful) => others.doubtful = others.doubtful.or(Some(number)),
            Some(PageRelation::Superseded | PageRelation::Unrelated) | None => {}
        }
        Ok(())
    })
}

/// Adds the pings of the same page. Later ones are compared too: of two pings in quick succession, either may be checked
/// first.
fn add_present(pings: Pings, checked: &CheckedPage<'_>, others: &mut SamePagePings) -> Result<()> {
    let host = checked.job.source.host_str();
    let is_same_host = |record: &Record| {
        let url = Url::parse(&record.url);
        let is_stated = || stated_relation(&checked.traits, &stated_traits(record)).is_some();
        record.id != checked.job.key.1
            && (url.is_ok_and(|url| url.host_str() == host) || is_stated())
    };
    let mut same_host = Vec::new();
    let (mut before, mut count) = (None, 0);
    while count < MAX {
        let batch = pings.newest(Which::All, before, BATCH)?;
        let Some(last) = batch.last() else { break };
        before = Some(last.id);
        count += batch.len();
        let found = batch.iter().filter(|record| is_same_host(record));
        same_host.extend(found.map(|record| record.id));
    }
    // Identities are read only for pings from the same host, because they are the costly part of a record.
    let pings = pings.with_all_keys();
    for number in same_host {
        let Some(record) = pings.get(number)? else {
            continue;
        };
        match compare(&record, checked) {
            // The last one seen is the earliest.
            PageRelation::Kept => others.first = Some(record.id),
            PageRelation::Doubtful => others.doubtful = Some(record.id),
            PageRelation::Superseded => others.superseded.push((record.id, record.state)),
            PageRelation::Unrelated => {}
        }
    }
    Ok(())
}

/// Which text a checked ping gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TextChoice {
    Offered,
    Kept,
}

/// The record after its page was checked, with the identity of the page and the text that it confirms. The text of a
/// published ping is replaced only by that of a later ping, or of a webmention.
pub(super) fn with_page_identity(
    record: &Record,
    job: &Job,
    linked: &Linked,
    text_choice: TextChoice,
) -> Record {
    let mut record = record.clone();
    if let Some(text) = &linked.mention {
        // A changed text of a published webmention may hold it, see `Transition::of_other_text`.
        if text_choice == TextChoice::Offered || record.is_mention() {
            mention_record::set_mention(&mut record, &job.record, text);
        }
    } else if let (TextChoice::Offered, Some(offer)) = (text_choice, &linked.offered) {
        record.title.clone_from(&offer.title);
        record.excerpt.clone_from(&offer.excerpt);
        record.blog_name.clone_from(&offer.blog_name);
        record.from.clone_from(&offer.from);
        record.updated = Some(offer.time);
    } else if record.state != State::Published {
        record.title.clone_from(&linked.words.title);
        record.excerpt.clone_from(&linked.words.excerpt);
        record.blog_name.clone_from(&linked.words.blog_name);
    }
    let mut value = json!({
        "name": linked.identity.name,
        "words": linked.identity.words,
        "near": linked.identity.near,
        "title": linked.identity.title,
        "sketch": linked.identity.sketch,
    });
    // A published ping keeps the title that its page had.
    let is_other_title = linked.title == TitleSource::Other && record.state != State::Published;
    if let Some(page) = value
        .as_object_mut()
        .filter(|_| !linked.identity.sketch.is_empty())
    {
        page.insert(LENGTH.to_owned(), linked.identity.length.into());
    }
    for (key, is_so) in [
        (OTHER_TITLE, is_other_title),
        (TO_ENTRY, linked.is_to_entry),
    ] {
        if let Some(page) = value.as_object_mut().filter(|_| is_so) {
            page.insert(key.to_owned(), Value::Bool(true));
        }
    }
    if let (TitleSource::InText(own), Some(page)) = (&linked.title, value.as_object_mut()) {
        page.insert(OWN_TITLE.to_owned(), Value::from(own.as_str()));
    }
    record.rest.insert(PAGE.to_owned(), value);
    record.set_quote(&linked.quote);
    record
}

/// Makes pings junk that a better one of the same page replaces, if that one is at least as visible. Returns their
/// numbers.
pub(super) fn supersede(
    transaction: &mut Transaction<'_>,
    superseded: &[(u64, State)],
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
    for &(superseded, theirs) in superseded.iter().filter(|(_, theirs)| is_replaced(*theirs)) {
        let record = transaction.get(superseded)?;
        if record.is_some_and(|record| record.state == theirs) {
            transaction.set_state(superseded, State::Junk, Some(&why), now)?;
            replaced.push(superseded);
        }
    }
    Ok(replaced)
}

/// Whether another ping is from the same page, and which of the two is kept.
///
/// The other one counts only if it is published, or is held only until its host is approved: one held for another reason
/// may be a forgery and must not block the page. If the owner has junked the page, that holds for its other URLs, too: its
/// own permalink waits for the owner.
fn compare(record: &Record, checked: &CheckedPage<'_>) -> PageRelation {
    let CheckedPage {
        job,
        identity,
        title,
        traits: own,
    } = checked;
    let reason = record.reason();
    // The owner's decisions stay.
    let is_ours = matches!(
        reason,
        Some(ReasonKind::Verified | ReasonKind::VerifiedEntry | ReasonKind::UnknownDomain)
    );
    if let Some(relation) = stated_relation(own, &stated_traits(record)) {
        return match (record.state, reason, relation) {
            (State::Published, _, PageRelation::Superseded) if !is_ours => PageRelation::Unrelated,
            (State::Published, ..) | (State::Held, Some(ReasonKind::UnknownDomain), _) => relation,
            (State::Junk, Some(ReasonKind::Owner), PageRelation::Kept) => relation,
            (State::Held | State::Junk, ..) => PageRelation::Unrelated,
        };
    }
    let Ok(url) = Url::parse(&record.url) else {
        return PageRelation::Unrelated;
    };
    let path = PathRelation::of_paths(&page_path(&job.source), &page_path(&url));
    let other = noted_traits(record, &url);
    let alike = Likeness::of(own, &other, path);
    // The same page under any other path, with a clock or the like on it.
    let is_same_text = is_one(title, &record.title) && is_nearly_as_long(record, identity.length);
    let is_changing = alike.is_edited && (alike.by_near || is_same_text);
    let is_sure = alike.by_name || alike.by_words;
    let is_alike = is_sure || is_changing;
    let is_decided = record.state == State::Junk
        && reason == Some(ReasonKind::Owner)
        && record.id < job.key.1
        && !record.is_rejected_text();
    let counts = match record.state {
        State::Published => is_alike,
        State::Held => reason == Some(ReasonKind::UnknownDomain) && is_alike,
        State::Junk if is_decided => is_alike,
        State::Junk => reason == Some(ReasonKind::Owner) && alike.by_name && alike.is_permalink,
    };
    if !counts || !is_one(&own.publisher, &other.publisher) {
        return PageRelation::Unrelated;
    }
    if !is_sure && is_alike {
        return PageRelation::Doubtful;
    }
    let is_better = is_plainer_place(own, &other, &alike)
        || alike.by_name && !alike.is_permalink && alike.is_own_permalink
        || is_better_spelt(&job.source, &url, identity);
    let is_from_others = !is_one_network(record.from.as_deref(), job.record.from.as_deref());
    let is_doubtful =
        (is_ours || is_decided) && own.plain && is_from_others && alike.may_be_either(&url);
    match is_better {
        false if is_doubtful => PageRelation::Doubtful,
        false => PageRelation::Kept,
        true if is_ours => PageRelation::Superseded,
        true if is_decided => PageRelation::Doubtful,
        true => PageRelation::Unrelated,
    }
}

/// The key of how many bytes the text of a page has, of one that has a sketch.
const LENGTH: &str = "length";

/// Whether the text of a ping's page is known to be about as long as another.
fn is_nearly_as_long(record: &Record, length: usize) -> bool {
    let noted = record
        .rest
        .get(PAGE)
        .and_then(|page| page.get(LENGTH))
        .and_then(Value::as_u64);
    let noted = noted.and_then(|noted| usize::try_from(noted).ok());
    noted.is_some_and(|noted| noted.abs_diff(length) <= noted / 10)
}

/// How the ping of a deleted page relates to the page that was checked. The owner has decided about it; but where the later
/// URL may be the better one, the ping waits for the owner.
fn compare_deleted(deleted: &PageTraits, checked: &CheckedPage<'_>) -> PageRelation {
    let own = &checked.traits;
    if stated_relation(own, deleted).is_some() {
        return PageRelation::Kept;
    }
    let path = PathRelation::of_places(&own.places, &deleted.places);
    let alike = Likeness::of(own, deleted, path);
    let is_changing = alike.is_edited && alike.by_near;
    let is_alike = alike.by_name || alike.is_one_url || alike.by_words || is_changing;
    if !is_alike || !is_one(&own.publisher, &deleted.publisher) {
        return PageRelation::Unrelated;
    }
    let by_name = alike.by_name || alike.is_one_url;
    let is_better = is_plainer_place(own, deleted, &alike)
        || !alike.is_permalink && alike.is_own_permalink && !alike.is_theirs;
    let is_elsewhere = !by_name && !alike.is_one_place();
    // A page of a day has entries that only the fragment tells apart. If the page itself was deleted, all are.
    let is_entry = !deleted.plain && entry_fragment(&checked.job.source).is_some();
    match is_better || is_elsewhere || is_entry {
        true => PageRelation::Doubtful,
        false => PageRelation::Kept,
    }
}

/// Whether the checked page's URL is plain, and the other one has a query or more behind the path. Another URL of the page,
/// sent by somebody else, does not block the page's own permalink.
fn is_plainer_place(own: &PageTraits, other: &PageTraits, alike: &Likeness) -> bool {
    let is_same = alike.by_name || alike.is_one_url || alike.path == PathRelation::Same;
    own.plain && (!other.plain && is_same || alike.path == PathRelation::Behind)
}

/// Whether a URL is the permalink that the page states, letter by letter, and another spelling of it is not; else whether it
/// is the plainer one. Whoever sends a URL first chooses its spelling.
fn is_better_spelt(own: &Url, other: &Url, identity: &PageIdentity) -> bool {
    let is_stated = |url: &Url| without_fragment(url) == identity.permalink;
    match (is_stated(own), is_stated(other)) {
        (true, false) => page_key(own) == page_key(other),
        (false, true) => false,
        (true, true) | (false, false) => is_plainer(own, other),
    }
}
