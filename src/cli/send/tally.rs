//! Counts of what the sources of `tb send` contain: entries, links, and what was skipped by reason.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;
use url::{Host, Url};

use crate::sources::{Entry, SkipReason, Skipped, SourceKind, Weight};

/// The counts of all sources together.
#[derive(Debug, Default)]
pub(super) struct SourceTally {
    /// How many entries were read.
    pub(super) entries: usize,
    /// How many links the entries have.
    links: usize,
    /// Items that are not entries, or only part of one, by the name of the reason.
    skipped: BTreeMap<&'static str, SkippedGroup>,
    /// How many sources have not changed since all their pings were done.
    unchanged: usize,
    /// How often a permalink was repeated.
    duplicates: HashMap<String, usize>,
    /// The first host of permalinks that is a preview's on this computer.
    local: Option<String>,
    /// How many entries were left out for that.
    preview: usize,
}

/// The items skipped for one reason.
#[derive(Debug, Serialize)]
struct SkippedGroup {
    count: usize,
    /// The reason of the first one.
    why: String,
    /// What became of them.
    #[serde(skip)]
    effect: &'static str,
}

/// The JSON form.
#[derive(Debug, Serialize)]
pub(super) struct SourcesJson<'a> {
    entries: usize,
    links: usize,
    unchanged: usize,
    skipped: &'a BTreeMap<&'static str, SkippedGroup>,
}

/// The ports of the preview servers of Zola, Hugo, Jekyll, Astro, MkDocs and Eleventy.
const PREVIEW_PORTS: [u16; 6] = [1111, 1313, 4000, 4321, 8000, 8080];

/// Whether a URL is one that a program for static sites gives its pages for a preview on this computer. Those know no other
/// address of it than these, unlike [`is_loopback`].
fn is_local_server(url: &Url) -> bool {
    let is_port = || url.port().is_some_and(|port| PREVIEW_PORTS.contains(&port));
    match url.host_str() {
        Some("localhost") => true,
        Some("127.0.0.1" | "[::1]") => is_port(),
        _ => false,
    }
}

/// Whether the host of a URL is this computer.
fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// If at least so many pages repeat one permalink, the template is probably wrong.
const MIN_DUPLICATES: usize = 2;

impl SourceTally {
    /// Counts an entry, unless it has the URL of a preview and the site has another: its links would be sent with a URL
    /// that nobody else can open. Returns whether it is counted.
    pub(super) fn add_entry(&mut self, entry: &Entry, own: &[&Url]) -> bool {
        if is_local_server(&entry.permalink) {
            self.local
                .get_or_insert_with(|| entry.permalink.authority().to_owned());
            if !own.is_empty() && !own.iter().any(|own| is_loopback(own)) {
                self.preview += 1;
                return false;
            }
        }
        self.entries += 1;
        self.links += entry.links.len();
        true
    }

    pub(super) fn add_skipped(&mut self, skipped: &Skipped) {
        let Skipped { what, why, .. } = skipped;
        let group = self
            .skipped
            .entry(why.name())
            .or_insert_with(|| SkippedGroup {
                count: 0,
                why: why.to_string(),
                effect: why.effect(),
            });
        group.count += 1;
        if *why == SkipReason::Twice {
            *self.duplicates.entry(what.clone()).or_default() += 1;
        }
    }

    /// Finishes a source that was read after `before` entries; returns a warning if it gave none.
    pub(super) fn finish_source(
        &mut self,
        name: &str,
        kind: SourceKind,
        before: usize,
    ) -> Option<String> {
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
        let reasons = match (reasons.as_slice(), kind) {
            ([], SourceKind::Folder) => {
                "it has no page in HTML: name the folder of the built site".to_owned()
            }
            ([], _) => "it is empty".to_owned(),
            (reasons, _) => reasons.join("; "),
        };
        Some(format!("`{name}`: {what} ({reasons}){cure}"))
    }

    /// Whether a source was not read because it has not changed.
    pub(super) fn has_unchanged(&self) -> bool {
        self.unchanged > 0
    }

    /// Whether entries were left out that have the URLs of a preview: those of the site are not gone for that.
    pub(super) fn has_preview(&self) -> bool {
        self.preview > 0
    }

    /// Warnings about all sources together.
    pub(super) fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        if let Some(host) = &self.local {
            warnings.push(format!(
                "entries have URLs of `{host}`: the site was built by a local server for a preview (`hugo server` \
                 or the like); build it for its own URL{}",
                match self.preview {
                    0 => String::new(),
                    count => format!(". Left out: {count}"),
                }
            ));
        }
        let most = self
            .duplicates
            .iter()
            .max_by_key(|(url, count)| (**count, *url));
        if let Some((url, count)) = most.filter(|(_, count)| **count >= MIN_DUPLICATES) {
            warnings.push(format!(
                "{} pages say that they are published at `{url}`, so they count as one entry: the canonical link of \
                 each has to name the page itself",
                count + 1
            ));
        }
        if self.links == 0 && self.entries > 0 {
            let none = match self.entries {
                1 => "the entry has no link".to_owned(),
                all => format!("none of the {all} entries has a link"),
            };
            warnings.push(format!(
                "{none} to another page: a feed of summaries, a sitemap, an error page and a page that a script fills show \
                 none; name the folder of the built site, or a feed with the whole text"
            ));
        }
        warnings
    }

    /// The counts, in lines for people.
    pub(super) fn lines(&self) -> Vec<String> {
        let mut lines = vec![format!(
            "entries read: {}, links in them: {}",
            self.entries, self.links
        )];
        if self.unchanged > 0 {
            lines.push(format!("  unchanged sources: {}", self.unchanged));
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

    /// What was left out, or used with a fault, by reason.
    fn reasons(&self) -> impl Iterator<Item = String> {
        // That a source has no entries is said of the source.
        let is_of_item = |(name, _): &(&&str, &SkippedGroup)| **name != SkipReason::Empty.name();
        let groups = self.skipped.iter().filter(is_of_item);
        groups.map(|(_, SkippedGroup { count, why, effect })| format!("{count} {effect}: {why}"))
    }
}

/// Whether a skipped item is reported without being asked for.
pub(super) fn is_fault(skipped: &Skipped) -> bool {
    skipped.why.weight() == Weight::Fault
}
