//! The entries of a weblog, and the options for reading them.

use std::collections::{HashMap, HashSet};

use crate::fetch::Validators;
use crate::html::strip_markup;
use crate::sources::skip_reason::Skipped;
use jiff::Timestamp;
use url::Url;

/// One entry of a weblog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Where it is published.
    pub permalink: Url,
    /// Its title as plain text; may be empty.
    pub title: String,
    /// Its summary as plain text; may be empty. At most [`MAX_SUMMARY`] characters.
    pub summary: String,
    /// The weblog's name as plain text; may be empty.
    pub blog_name: String,
    /// When it was published, if known.
    pub published: Option<Timestamp>,
    /// When it was last changed, if known.
    pub updated: Option<Timestamp>,
    /// The links in its content, in order; each page once. At most [`MAX_LINKS`].
    pub links: Vec<EntryLink>,
    /// A digest of its content, text and links; `None` if the source does not contain it.
    pub digest: Option<String>,
    /// The id by which its feed knows it whatever its permalink, if that is not the permalink itself.
    pub guid: Option<String>,
}

impl Entry {
    /// An entry of which only the permalink is known.
    pub fn at(permalink: Url) -> Self {
        Self {
            permalink,
            title: String::new(),
            summary: String::new(),
            blog_name: String::new(),
            published: None,
            updated: None,
            links: Vec::new(),
            digest: None,
            guid: None,
        }
    }

    /// Takes the title of its page if it has none, or has that without what looked like markup in it: `Vec<T>`.
    pub(crate) fn take_title(&mut self, title: String) {
        let letters = |text: &str| text.replace(' ', "");
        let has_lost_words = letters(&strip_markup(&title)) == letters(&self.title);
        if self.title.is_empty() || has_lost_words {
            self.title = title;
        }
    }

    /// How old it is: when it was published, else when it was last changed. Not for what must not move when it is
    /// changed again.
    pub fn dated(&self) -> Option<Timestamp> {
        self.published.or(self.updated)
    }
}

/// A link in an entry's content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryLink {
    /// Its URL: absolute, http or https, with a fragment only if that identifies one of several entries of a page.
    /// Never the entry itself.
    pub url: Url,
    /// The other fragments with which the entry links to that page, at most [`MAX_FRAGMENTS`]; an empty one if it also
    /// links to the page itself. Whether they are the places of entries only the page can say.
    pub fragments: Vec<String>,
    /// Whether its author vouches for it.
    pub follow: Follow,
    /// The text around it, as plain text with the link's own in the middle, at most [`MAX_AROUND`] characters;
    /// `[…] ` and ` […]` mark where it is cut.
    pub around: String,
}

impl EntryLink {
    /// The places on `page`, which is that of the link, to which the entry links.
    pub(crate) fn places(&self, page: &Url) -> impl Iterator<Item = Url> {
        let fragments = self
            .fragments
            .iter()
            .filter(|fragment| !fragment.is_empty());
        fragments.map(|fragment| {
            let mut place = page.clone();
            place.set_fragment(Some(fragment));
            place
        })
    }

    /// Takes note of another link to the page, with this fragment; empty for the page itself.
    pub(crate) fn add_fragment(&mut self, fragment: &str) {
        add_fragment(&mut self.fragments, fragment);
    }
}

/// Adds a fragment to those of the earlier links to a page.
pub(crate) fn add_fragment(fragments: &mut Vec<String>, fragment: &str) {
    if fragments.is_empty() {
        if fragment.is_empty() {
            return;
        }
        fragments.push(String::new());
    }
    if fragments.len() < MAX_FRAGMENTS && fragments.iter().all(|known| known != fragment) {
        fragments.push(fragment.to_owned());
    }
}

/// Whether a link's author vouches for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Follow {
    /// An ordinary link.
    Yes,
    /// `rel` says `nofollow`, `sponsored` or `ugc`.
    No,
}

/// The longest summary, in characters.
pub const MAX_SUMMARY: usize = 252;

/// The most fragments of one page that are kept.
pub const MAX_FRAGMENTS: usize = 16;

/// The longest text around a link, in characters.
pub const MAX_AROUND: usize = 252;

/// The most links of one entry; the rest is left out and
/// [`SkipReason::TooManyLinks`](crate::sources::SkipReason::TooManyLinks) reported.
pub const MAX_LINKS: usize = 2_000;

/// The options for reading a source.
#[derive(Debug, Clone, Default)]
pub struct SourceOptions {
    /// The URL of the built site, for pages that do not name their own.
    pub base_url: Option<Url>,
    /// The configured pages of the weblog: what is below these is its own, wherever a feed says that it is from.
    pub sites: Vec<Url>,
    /// Entries published before this time are left out, by [`Entry::dated`]. Those without a date are kept.
    pub since: Option<Timestamp>,
    /// Whether the pages of entries are fetched if a feed has only their summaries.
    pub pages: OwnPages,
    /// Which entries' pages are read for what they answer, if a feed has their whole text.
    pub answers: KnownEntries,
    /// The server's validators of the last reading: the result may then be [`SourceKind::Unchanged`].
    pub known: Validators,
}

/// The entries that were read before: their pages are not read again for what they answer.
#[derive(Debug, Clone, Default)]
pub struct KnownEntries {
    /// Whether none was read before. Then only the pages of entries without links are read.
    pub is_first: bool,
    /// By the [`sent_entry_key`](crate::urls::sent_entry_key) of each entry with which nothing is left to do, the
    /// [`target_key`](crate::urls::target_key)s of links that it must have: if it has not, its page is read, which may.
    pub done: HashMap<String, Vec<String>>,
    /// The [`target_key`](crate::urls::target_key)s of pages that accept nothing: an entry that links only to such was
    /// read before.
    pub absent: HashSet<String>,
}

/// Whether the pages of entries are fetched if the source does not have their text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OwnPages {
    /// They are not: the source is enough.
    #[default]
    Leave,
    /// They are, for their links.
    Read,
}

/// A source that was read.
#[cfg(feature = "internals")]
#[derive(Debug, Clone)]
pub struct SourceReading {
    /// The entries, in the source's order.
    pub entries: Vec<Entry>,
    /// What was left out, and why.
    pub skipped: Vec<Skipped>,
    /// The kind of the source.
    pub kind: SourceKind,
    /// The server's validators, for [`SourceOptions::known`] the next time.
    pub validators: Validators,
}

/// The kind of a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SourceKind {
    /// A feed.
    Feed,
    /// A list of addresses (`sitemap.xml`): its entries have no title and no links.
    Sitemap,
    /// A built site.
    Folder,
    /// One page.
    Page,
    /// The server says that nothing has changed since [`SourceOptions::known`]; nothing was read.
    Unchanged,
}

/// An item of a source.
#[derive(Debug)]
pub enum SourceItem {
    /// An entry.
    Entry(Entry),
    /// Something that is not an entry, or was left out.
    Skipped(Skipped),
}
