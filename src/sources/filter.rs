//! Filters the entries of every source: future, old and duplicate ones are reported instead of passed on.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, RandomState};

use jiff::{SignedDuration, Timestamp};
use url::Url;

use super::entry::{Entry, EntryLink, MAX_LINKS, OwnPages, SourceItem, SourceOptions};
use super::page::{PageKind, ReadReason};
use super::{SkipReason, Skipped};
use crate::domain::registrable;
use crate::error::Result;
use crate::urls::{parse_web, permalink_key, sent_entry_key, target_key};

/// Passes on the entries of a source.
pub(super) struct EntryFilter<'a> {
    options: &'a SourceOptions,
    now: Timestamp,
    take: &'a mut dyn FnMut(SourceItem) -> Result<()>,
    hasher: RandomState,
    /// Hashes of the [`permalink_key`]s of the entries so far.
    seen: HashSet<u64>,
    pages: Option<&'a ReadOwnPage<'a>>,
    passed: usize,
    /// Of how many whole texts the pages were read so far.
    whole: usize,
    /// How many texts so far may be the whole ones or not.
    unknown: usize,
}

/// Of how many texts in a source that may be the whole ones the pages are read, from the first on.
const MOST_UNKNOWN: usize = 50;

/// Of how many whole texts in a source the pages are read for what they answer, from the first on.
const MOST_WHOLE: usize = 10;
/// How old an entry may be whose page is read for that: until then its pings are retried.
const WHOLE_FOR: SignedDuration = SignedDuration::from_hours(30 * 24);

/// How much of an entry's text a source has, if it is not the whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TextExtent {
    /// Only the beginning.
    Beginning,
    /// Its beginning, or all of it: the source does not say so.
    Unknown,
}

/// An entry's own page, or why it cannot be read.
pub(super) type OwnPage = std::result::Result<PageKind, String>;

/// Reads an entry's own page.
pub(super) type ReadOwnPage<'a> = dyn Fn(&Url, ReadReason) -> OwnPage + 'a;

impl<'a> EntryFilter<'a> {
    pub(super) fn new(
        options: &'a SourceOptions,
        now: Timestamp,
        take: &'a mut dyn FnMut(SourceItem) -> Result<()>,
    ) -> EntryFilter<'a> {
        EntryFilter {
            options,
            now,
            take,
            hasher: RandomState::new(),
            seen: HashSet::new(),
            pages: None,
            passed: 0,
            whole: 0,
            unknown: 0,
        }
    }

    pub(super) fn options(&self) -> &'a SourceOptions {
        self.options
    }

    /// Sets the function that fetches an entry's own page if the source has only a summary.
    pub(super) fn with_pages(&mut self, pages: &'a ReadOwnPage<'a>) {
        if self.options.pages == OwnPages::Read {
            self.pages = Some(pages);
        }
    }

    /// How many entries and reasons were passed on.
    pub(super) fn passed(&self) -> usize {
        self.passed
    }

    /// Passes on an entry, and what is missing from it, unless it is filtered out.
    pub(super) fn entry(&mut self, entry: Entry, missing: Vec<SkipReason>) -> Result<()> {
        if self.is_wanted(&entry)? {
            self.pass(entry, missing)?;
        }
        Ok(())
    }

    /// As [`EntryFilter::entry`] for one whose whole text the source has, with the pages that its own page answers: themes
    /// show them beside the text.
    pub(super) fn whole(&mut self, mut entry: Entry, missing: Vec<SkipReason>) -> Result<()> {
        if !self.is_wanted(&entry)? {
            return Ok(());
        }
        if let Some(pages) = self.pages
            && self.may_answer_more(&entry)
            && let Ok(PageKind::Entry(page, _)) = pages(&entry.permalink, ReadReason::Answers)
        {
            add_links(&mut entry.links, page.links);
            entry.take_title(page.title);
        }
        self.pass(entry, missing)
    }

    /// Passes on the entry of an item that cannot be read, as its own page has it; or reports why it is left out.
    pub(super) fn own_page_of(&mut self, mut entry: Entry, why: SkipReason) -> Result<()> {
        if !self.is_wanted(&entry)? {
            return Ok(());
        }
        let read = self
            .pages
            .map(|pages| pages(&entry.permalink, ReadReason::Listed));
        match read {
            Some(Ok(PageKind::Entry(page, missing))) => {
                add_links(&mut entry.links, page.links);
                let entry = Entry {
                    title: page.title,
                    summary: page.summary,
                    digest: page.digest,
                    published: entry.published.or(page.published),
                    ..entry
                };
                self.pass(entry, missing)
            }
            Some(Ok(PageKind::No(_)) | Err(_)) | None => {
                self.skip(entry.permalink.to_string(), why)
            }
        }
    }

    /// Whether the page of an entry may answer another page than those that its text links to, and is to be read.
    fn may_answer_more(&mut self, entry: &Entry) -> bool {
        let known = &self.options.answers;
        if let Some(links) = known.done.get(&sent_entry_key(&entry.permalink)) {
            let has: HashSet<String> = entry
                .links
                .iter()
                .map(|link| target_key(&link.url))
                .collect();
            return links.iter().any(|link| !has.contains(link));
        }
        let site = registrable(&entry.permalink);
        let mut foreign = entry
            .links
            .iter()
            .filter(|link| registrable(&link.url) != site)
            .peekable();
        let has_links = foreign.peek().is_some();
        let is_known =
            has_links && foreign.all(|link| known.absent.contains(&target_key(&link.url)));
        let dated = entry.dated().unwrap_or(self.now);
        let is_new = self.now.duration_since(dated) <= WHOLE_FOR;
        let may = is_new && self.whole < MOST_WHOLE && !is_known && !(known.is_first && has_links);
        self.whole += usize::from(may);
        may
    }

    /// As [`EntryFilter::entry`], with the links of the entry's own page too: the source may have only a summary of it.
    pub(super) fn summary(
        &mut self,
        mut entry: Entry,
        mut missing: Vec<SkipReason>,
        extent: TextExtent,
    ) -> Result<()> {
        if !self.is_wanted(&entry)? {
            return Ok(());
        }
        // The digest of a summary is not that of the content.
        let digest = entry.digest.take();
        if extent == TextExtent::Unknown {
            self.unknown += 1;
        }
        // An archive of whole texts is not fetched page by page.
        let is_read = extent == TextExtent::Beginning || self.unknown <= MOST_UNKNOWN;
        let pages = self.pages.filter(|_| is_read);
        match pages.map(|pages| pages(&entry.permalink, ReadReason::Listed)) {
            // A text that may be the whole one stands for a page that does not show which part of it is the entry.
            Some(Ok(PageKind::Entry(full, _)))
                if extent == TextExtent::Unknown && full.digest.is_none() =>
            {
                entry.digest = digest;
                entry.take_title(full.title);
                let summary = std::mem::replace(&mut entry.links, full.links);
                add_links(&mut entry.links, summary);
            }
            Some(Ok(PageKind::No(_))) if extent == TextExtent::Unknown => entry.digest = digest,
            Some(Err(_)) if extent == TextExtent::Unknown => {}
            None if self.pages.is_none() => entry.digest = digest,
            Some(Ok(PageKind::Entry(full, more))) => {
                missing.extend(more);
                entry.digest = full.digest;
                entry.take_title(full.title);
                let summary = std::mem::replace(&mut entry.links, full.links);
                add_links(&mut entry.links, summary);
                if entry.summary.is_empty() {
                    entry.summary = full.summary;
                }
            }
            Some(Ok(PageKind::No(why))) => missing.push(SkipReason::OnlySummary(why.to_string())),
            Some(Err(cause)) => missing.push(SkipReason::OnlySummary(cause)),
            None => {}
        }
        if !entry.links.is_empty()
            && let Some(why) = missing
                .iter_mut()
                .find(|why| **why == SkipReason::NoContent)
        {
            // It does have links: those of the summary.
            *why = SkipReason::OnlySummary(SkipReason::NoContent.to_string());
        }
        self.pass(entry, missing)
    }

    fn is_wanted(&mut self, entry: &Entry) -> Result<bool> {
        let what = entry.permalink.to_string();
        let late = entry
            .published
            .is_some_and(|published| published > self.now);
        let old = match (entry.dated(), self.options.since) {
            (Some(dated), Some(since)) => dated < since,
            _ => false,
        };
        if late {
            return self.skip(what, SkipReason::Future).map(|()| false);
        }
        if old {
            return self.skip(what, SkipReason::Old).map(|()| false);
        }
        if !self
            .seen
            .insert(self.hasher.hash_one(permalink_key(&entry.permalink)))
        {
            return self.skip(what, SkipReason::Twice).map(|()| false);
        }
        Ok(true)
    }

    fn pass(&mut self, entry: Entry, missing: Vec<SkipReason>) -> Result<()> {
        let what = entry.permalink.to_string();
        self.passed += 1;
        (self.take)(SourceItem::Entry(entry))?;
        missing
            .into_iter()
            .try_for_each(|why| self.skip(what.clone(), why))
    }

    /// Reports something that is not an entry.
    pub(super) fn skip(&mut self, what: impl Into<String>, why: SkipReason) -> Result<()> {
        let what = what.into();
        let permalink = parse_web(&what);
        self.skip_page(what, permalink, why)
    }

    /// The same for something that is named otherwise than by its permalink.
    pub(super) fn skip_page(
        &mut self,
        what: String,
        permalink: Option<Url>,
        why: SkipReason,
    ) -> Result<()> {
        self.passed += 1;
        (self.take)(SourceItem::Skipped(Skipped {
            what,
            permalink,
            why,
        }))
    }
}

/// Adds the links that are not among `links` yet, and to those that are the places on their pages.
pub(super) fn add_links(links: &mut Vec<EntryLink>, more: Vec<EntryLink>) {
    let keys = links.iter().map(|link| target_key(&link.url));
    let mut known: HashMap<String, usize> = keys.zip(0..).collect();
    for link in more {
        let number = *known.entry(target_key(&link.url)).or_insert(links.len());
        if let Some(known) = links.get_mut(number) {
            let fragments = link.fragments.iter();
            fragments.for_each(|fragment| known.add_fragment(fragment));
        } else if links.len() < MAX_LINKS {
            links.push(link);
        }
    }
}
