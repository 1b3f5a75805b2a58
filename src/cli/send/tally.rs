//! What the sources of `tb send` turned out to hold: how many entries and links, what is not among them, and why.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use crate::sources::{Entry, SkipReason, Skipped, SourceKind, Weight};

/// What was read of all sources together.
#[derive(Debug, Default)]
pub(super) struct SourceTally {
    /// How many entries were read.
    pub(super) entries: usize,
    /// How many links they have.
    links: usize,
    /// What is no entry, or not all of one, by the name of the reason.
    skipped: BTreeMap<&'static str, Group>,
    /// How many sources have not changed since all of them was done.
    unchanged: usize,
    /// How often a permalink is given again.
    again: HashMap<String, usize>,
}

/// What is left out for one reason.
#[derive(Debug, Serialize)]
struct Group {
    count: usize,
    /// The reason, of the first one.
    why: String,
}

/// What of it is printed as JSON.
#[derive(Debug, Serialize)]
pub(super) struct SourcesJson<'a> {
    entries: usize,
    links: usize,
    unchanged: usize,
    skipped: &'a BTreeMap<&'static str, Group>,
}

/// From so many entries on without any link it is likelier that the source does not show the links.
const FEW_WITHOUT_LINKS: usize = 3;
/// From so many pages on that name one permalink it is a fault in the template.
const FEW_AGAIN: usize = 2;

impl SourceTally {
    pub(super) fn entry(&mut self, entry: &Entry) {
        self.entries += 1;
        self.links += entry.links.len();
    }

    pub(super) fn skip(&mut self, skipped: &Skipped) {
        let Skipped { what, why } = skipped;
        let group = self.skipped.entry(why.name()).or_insert_with(|| Group {
            count: 0,
            why: why.to_string(),
        });
        group.count += 1;
        if *why == SkipReason::Twice {
            *self.again.entry(what.clone()).or_default() += 1;
        }
    }

    /// Takes note of a source that was read, of which `entries` had been read before; what its owner should know.
    pub(super) fn source(&mut self, name: &str, kind: SourceKind, before: usize) -> Option<String> {
        match kind {
            SourceKind::Unchanged => {
                self.unchanged += 1;
                return None;
            }
            SourceKind::Feed | SourceKind::Sitemap | SourceKind::Folder | SourceKind::Page => {}
        }
        if self.entries > before {
            return None;
        }
        let (what, cure) = match kind {
            SourceKind::Feed => ("the feed has no entry to send for", ""),
            SourceKind::Sitemap => (
                "the sitemap names no entry",
                "; name the feed, or the folder of the built site",
            ),
            SourceKind::Folder => (
                "no page in it is an entry",
                "; a page is one that says so: `og:type` is `article`, or it has an `h-entry`, JSON-LD, or one \
                 `<article>` with a time",
            ),
            SourceKind::Page => (
                "it is not one entry",
                "; name the page of an entry, or the feed",
            ),
            SourceKind::Unchanged => ("", ""),
        };
        let reasons: Vec<String> = self.reasons().collect();
        let reasons = if reasons.is_empty() {
            "it is empty".to_owned()
        } else {
            reasons.join("; ")
        };
        Some(format!("`{name}`: {what} ({reasons}){cure}"))
    }

    /// Whether a source was not read, because nothing in it is new.
    pub(super) fn has_unchanged(&self) -> bool {
        self.unchanged > 0
    }

    /// What looks like a mistake in all sources together.
    pub(super) fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        let most = self.again.iter().max_by_key(|(url, count)| (**count, *url));
        if let Some((url, count)) = most.filter(|(_, count)| **count >= FEW_AGAIN) {
            warnings.push(format!(
                "{} pages say that they are published at `{url}`, so they count as one entry: the canonical link of \
                 each has to name the page itself",
                count + 1
            ));
        }
        if self.links == 0 && self.entries >= FEW_WITHOUT_LINKS {
            warnings.push(format!(
                "none of the {} entries has a link to another page: a feed of summaries and a sitemap show none; \
                 name the folder of the built site, or a feed with the whole text",
                self.entries
            ));
        }
        warnings
    }

    /// What of the sources was read, in lines for people.
    pub(super) fn lines(&self) -> Vec<String> {
        let mut lines = vec![format!(
            "entries read: {}, links in them: {}",
            self.entries, self.links
        )];
        if self.unchanged > 0 {
            lines.push(format!(
                "  sources unchanged since all of them was done: {}",
                self.unchanged
            ));
        }
        lines.extend(self.reasons().map(|reason| format!("  {reason}")));
        lines
    }

    pub(super) fn json(&self) -> SourcesJson<'_> {
        SourcesJson {
            entries: self.entries,
            links: self.links,
            unchanged: self.unchanged,
            skipped: &self.skipped,
        }
    }

    /// What is left out and why, by reason.
    fn reasons(&self) -> impl Iterator<Item = String> {
        let groups = self.skipped.values();
        groups.map(|Group { count, why }| format!("{count} left out: {why}"))
    }
}

/// Whether somebody should know of something left out without asking.
pub(super) fn is_fault(skipped: &Skipped) -> bool {
    skipped.why.weight() == Weight::Fault
}
