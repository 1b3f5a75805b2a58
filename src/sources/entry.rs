//! The entries of a weblog as this room hands them out, and how they are asked for.

use crate::fetch::Validators;
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
    /// What it is about, as plain text; may be empty. At most [`MAX_SUMMARY`] characters.
    pub summary: String,
    /// The weblog's name as plain text; may be empty.
    pub blog_name: String,
    /// When it was published, where it says so.
    pub published: Option<Timestamp>,
    /// When it was last changed, where it says so.
    pub updated: Option<Timestamp>,
    /// The links in its content, in their order; those to one page are folded. At most [`MAX_LINKS`].
    pub links: Vec<EntryLink>,
    /// The digest of its content, text and links; `None` where the source does not have the content.
    pub digest: Option<String>,
}

/// A link in an entry's content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryLink {
    /// Where it leads: absolute, http or https, with a fragment only where that names one of several entries of a page.
    /// Never the entry itself.
    pub url: Url,
    /// What its author says about it.
    pub follow: Follow,
    /// The text around it, as plain text with the link's own in the middle, at most [`MAX_AROUND`] characters;
    /// `[…] ` and ` […]` stand where it is cut.
    pub around: String,
}

/// Whether a link's author stands behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Follow {
    /// An ordinary link.
    Yes,
    /// `rel` says `nofollow`, `sponsored` or `ugc`.
    No,
}

/// The longest summary, in characters.
pub const MAX_SUMMARY: usize = 252;

/// The longest text around a link, in characters.
pub const MAX_AROUND: usize = 252;

/// The most links of one entry; the rest is left out and
/// [`SkipReason::TooManyLinks`](crate::sources::SkipReason::TooManyLinks) told.
pub const MAX_LINKS: usize = 2_000;

/// How a source is read.
#[derive(Debug, Clone, Default)]
pub struct SourceOptions {
    /// Where the site's folder is published, for pages that do not say it themselves.
    pub base_url: Option<Url>,
    /// Entries published before that are left out. Those without a date are kept.
    pub since: Option<Timestamp>,
    /// Whether entries of which a feed has only a summary are read from their own pages.
    pub pages: OwnPages,
    /// What the feed's server said when it was last read: the answer may then be [`SourceKind::Unchanged`].
    pub known: Validators,
}

/// Whether entries are read from their own pages where the source does not have their text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OwnPages {
    /// Only what the source says is wanted.
    #[default]
    Leave,
    /// Their links are wanted.
    Read,
}

/// What was read.
#[cfg(feature = "internals")]
#[derive(Debug, Clone)]
pub struct SourceReading {
    /// The entries, in the source's order.
    pub entries: Vec<Entry>,
    /// What is not among them, and why.
    pub skipped: Vec<Skipped>,
    /// What the source turned out to be.
    pub kind: SourceKind,
    /// To be given as [`SourceOptions::known`] the next time.
    pub validators: Validators,
}

/// What a source turned out to be.
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

/// One thing that a source holds.
#[derive(Debug)]
pub enum SourceItem {
    /// An entry.
    Entry(Entry),
    /// Something that is none, or not for now.
    Skipped(Skipped),
}
