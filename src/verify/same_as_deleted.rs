//! Knows the page of a ping that the owner has deleted under another URL, by what its tombstone keeps of it.
//!
//! The rules are those for pings that are not deleted, see [`super::same_page`]; but where the later URL may be the better
//! one, the ping waits for the owner.

use serde_json::Value;
use url::Url;

use super::inspect::{Linked, PageIdentity, short_hash};
use super::job::Job;
use super::same_page::{
    PageRelation, SamePagePings, add_same_page, is_plain, post_key, publisher_of,
};
use super::sketch::is_alike;
use crate::admission::proxies;
use crate::error::Result;
use crate::store::{
    DeletedPage, MAX_PLACES, PAGE, Pings, ReasonKind, Record, State, Store, StoredItem,
};
use crate::urls::{entry_fragment, page_key, page_path};

/// Hexadecimal digits of the hash of a place, which only counts together with others.
const PLACE_DIGITS: usize = 8;

/// What the tombstone of a ping keeps of its page. Deleting a duplicate says nothing about the page.
pub(crate) fn deleted_page(record: &Record) -> Option<DeletedPage> {
    if record.reason() == Some(ReasonKind::Duplicate) {
        return None;
    }
    let url = Url::parse(&record.url).ok()?;
    let noted = |key: &str| {
        let value = record.rest.get(PAGE).and_then(|page| page.get(key));
        value.and_then(Value::as_str).unwrap_or_default()
    };
    let own_name = page_key(&url);
    let name = Some(noted("name")).filter(|name| !name.is_empty());
    let stated = record.stated_link().and_then(post_key);
    Some(DeletedPage {
        publisher: publisher_hash(&url),
        url: short_hash(&own_name),
        name: short_hash(name.unwrap_or(&own_name)),
        places: places(&page_path(&url)),
        plain: is_plain(&url),
        words: noted("words").to_owned(),
        near: noted("near").to_owned(),
        title: noted("title").to_owned(),
        sketch: noted("sketch").to_owned(),
        post: post_key(&record.url).map_or(String::new(), |key| short_hash(&key)),
        link: link_hash(proxies::noted_author(record), stated.as_deref()),
    })
}

/// Finds the pings of the page that was checked, under other URLs.
pub(super) fn find_same_page(store: &Store, job: &Job, linked: &Linked) -> Result<SamePagePings> {
    let mut others = SamePagePings::default();
    if let Some(pings) = store.pings(&job.key.0)? {
        add_deleted(&pings, job, linked, &mut others)?;
        add_same_page(pings, job, linked, &mut others)?;
    }
    Ok(others)
}

/// Adds the deleted pings whose page is the one that was checked. Those that came later do not count: the owner has
/// deleted them beside this one.
fn add_deleted(
    pings: &Pings,
    job: &Job,
    linked: &Linked,
    others: &mut SamePagePings,
) -> Result<()> {
    if job.record.state == State::Published || !pings.has_tombstones() {
        return Ok(());
    }
    let checked = CheckedPage::of(job, linked);
    pings.for_each_tombstone(|item| {
        let StoredItem::Tombstone { number, page, .. } = item else {
            return Ok(());
        };
        let page = page.filter(|_| number < job.key.1);
        match page.map(|page| checked.relation(&page)) {
            Some(PageRelation::Kept) => others.first = others.first.or(Some(number)),
            Some(PageRelation::Doubtful) => others.doubtful = others.doubtful.or(Some(number)),
            Some(PageRelation::Superseded | PageRelation::Unrelated) | None => {}
        }
        Ok(())
    })
}

/// A page that was checked, as a tombstone would describe it.
struct CheckedPage<'job> {
    source: &'job Url,
    identity: &'job PageIdentity,
    own: DeletedPage,
    /// The hash of the permalink that it states.
    stated: String,
}

impl CheckedPage<'_> {
    fn of<'job>(job: &'job Job, linked: &'job Linked) -> CheckedPage<'job> {
        let (source, identity) = (&job.source, &linked.identity);
        let mention = linked.mention.as_ref();
        let stated = mention.and_then(|text| post_key(text.link.as_deref()?));
        let author = mention.and_then(|text| text.publisher.as_deref());
        CheckedPage {
            source,
            identity,
            own: DeletedPage {
                publisher: publisher_hash(source),
                url: short_hash(&page_key(source)),
                name: short_hash(&identity.name),
                places: places(&page_path(source)),
                plain: is_plain(source),
                link: link_hash(author, stated.as_deref()),
                ..DeletedPage::default()
            },
            stated: stated.map_or(String::new(), |key| short_hash(&key)),
        }
    }

    /// How the ping of a deleted page relates to it.
    fn relation(&self, deleted: &DeletedPage) -> PageRelation {
        let (own, identity) = (&self.own, self.identity);
        let is_one = |one: &str, other: &str| !one.is_empty() && one == other;
        if is_one(&self.stated, &deleted.post) || is_one(&own.link, &deleted.link) {
            return PageRelation::Kept;
        }
        if !is_one(&own.publisher, &deleted.publisher) {
            return PageRelation::Unrelated;
        }
        let (path, deleted_path) = (own.places.last(), deleted.places.last());
        let is_one_path = path.is_some() && path == deleted_path;
        let is_before = path.is_some_and(|path| deleted.places.contains(path));
        let is_behind = deleted_path.is_some_and(|path| own.places.contains(path));
        let is_one_place = is_before || is_behind;
        let by_name = deleted.name == own.name || deleted.url == own.url;
        let is_unnamed = own.name == own.url && deleted.name == deleted.url;
        let by_sketch = is_unnamed
            && is_one(&deleted.title, &identity.title)
            && is_alike(&deleted.sketch, &identity.sketch);
        let by_words = is_one(&deleted.words, &identity.words)
            || is_one_place && (is_one(&deleted.near, &identity.near) || by_sketch);
        if !by_name && !by_words {
            return PageRelation::Unrelated;
        }
        let is_better = own.plain
            && (!deleted.plain && (by_name || is_one_path) || is_before && !is_one_path)
            || deleted.url != own.url && own.url == own.name && deleted.url != deleted.name;
        let is_elsewhere = !by_name && !is_one_place;
        // A page of a day has entries that only the fragment tells apart. If the page itself was deleted, all are.
        let is_entry = !deleted.plain && entry_fragment(self.source).is_some();
        match is_better || is_elsewhere || is_entry {
            true => PageRelation::Doubtful,
            false => PageRelation::Kept,
        }
    }
}

/// Hashes of a path and of its beginnings that end before a segment, a parameter, an ending or the like.
fn places(path: &str) -> Vec<String> {
    let continues_word = |next: char| next.is_alphanumeric() || matches!(next, '-' | '_');
    let ends = path
        .char_indices()
        .filter(|(_, next)| !continues_word(*next));
    let beginnings = ends.filter_map(|(end, _)| path.get(..end));
    let mut all: Vec<&str> = beginnings.filter(|part| !part.is_empty()).collect();
    all.push(path);
    let rest = all.split_off(all.len().saturating_sub(MAX_PLACES));
    let hash = |part: &str| short_hash(part).chars().take(PLACE_DIGITS).collect();
    rest.into_iter().map(hash).collect()
}

/// The hash of a page's publisher; empty if that is not known.
fn publisher_hash(url: &Url) -> String {
    publisher_of(url).map_or(String::new(), |publisher| {
        short_hash(&publisher.to_string())
    })
}

/// The hash of an author's post; empty unless both are known.
fn link_hash(author: Option<&str>, link: Option<&str>) -> String {
    match (author, link) {
        (Some(author), Some(link)) if !author.is_empty() => short_hash(&format!("{author} {link}")),
        _ => String::new(),
    }
}
