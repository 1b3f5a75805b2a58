//! Why something in a source is not among its entries.

use std::fmt;

use url::Url;

/// Something that was left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// What: a URL, or a file's path. A stranger may have written it.
    pub what: String,
    /// Why.
    pub why: Why,
}

/// Why it was left out. `Display` gives the sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// It is marked as a draft.
    Draft,
    /// It is dated after now.
    Future,
    /// It was published before `--since`.
    Old,
    /// Nothing says that the page is an entry.
    NotAnEntry,
    /// The page shows several entries.
    SeveralEntries,
    /// The page only leads to another one.
    Redirect,
    /// The page asks not to be found (`noindex`).
    NoIndex,
    /// Where the entry is published is not said.
    NoPermalink,
    /// An entry before it has the same permalink.
    Twice,
    /// The entry is used, but where its content begins and ends is not marked, so it has no links.
    NoContent,
    /// The entry is used; links beyond the first 2,000 are not.
    TooManyLinks,
    /// Only the beginning was read.
    TooLarge,
    /// It cannot be read; what was said.
    Unreadable(String),
    /// A fault in it; all that stands before the fault is used.
    Broken(String),
    /// A fault in an item of a feed, which is left out; the next item is read.
    BadItem(String),
    /// It holds no entries at all.
    Empty,
    /// The page that was named shows several entries; its feed, if it names one.
    FrontPage(Option<Url>),
    /// It is a list of addresses: what the entries link to is not in it.
    OnlyAddresses,
    /// The feed has only a summary of the entry, and its own page could not be read; what was said.
    OnlySummary(String),
    /// The entry is used under its own address: its canonical link names the home page.
    CanonicalIsHome,
}

/// Whether a reader must be told without asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// As intended: a draft, a list page.
    Normal,
    /// Something is missing that should perhaps be there.
    Fault,
}

impl Why {
    /// The stable name, for `--json`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Why::Draft => "draft",
            Why::Future => "future",
            Why::Old => "old",
            Why::NotAnEntry => "not-an-entry",
            Why::SeveralEntries => "several-entries",
            Why::Redirect => "redirect",
            Why::NoIndex => "noindex",
            Why::NoPermalink => "no-permalink",
            Why::Twice => "twice",
            Why::NoContent => "no-content",
            Why::TooManyLinks => "too-many-links",
            Why::TooLarge => "too-large",
            Why::Unreadable(_) => "unreadable",
            Why::Broken(_) => "broken",
            Why::BadItem(_) => "bad-item",
            Why::Empty => "empty",
            Why::OnlyAddresses => "only-addresses",
            Why::FrontPage(_) => "front-page",
            Why::OnlySummary(_) => "only-summary",
            Why::CanonicalIsHome => "canonical-is-home",
        }
    }

    /// How much it matters.
    #[must_use]
    pub fn weight(&self) -> Weight {
        match self {
            Why::Draft
            | Why::Future
            | Why::Old
            | Why::NotAnEntry
            | Why::SeveralEntries
            | Why::Redirect
            | Why::Twice => Weight::Normal,
            Why::NoIndex
            | Why::NoPermalink
            | Why::NoContent
            | Why::TooManyLinks
            | Why::TooLarge
            | Why::Unreadable(_)
            | Why::Broken(_)
            | Why::BadItem(_)
            | Why::Empty
            | Why::OnlyAddresses
            | Why::FrontPage(_)
            | Why::OnlySummary(_)
            | Why::CanonicalIsHome => Weight::Fault,
        }
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Why::Draft => "it is a draft",
            Why::Future => "its date is in the future",
            Why::Old => "it is older than asked for",
            Why::NotAnEntry => "nothing says that it is an entry",
            Why::SeveralEntries => "it shows several entries",
            Why::Redirect => "it only leads to another page",
            Why::NoIndex => "it asks not to be found (`noindex`)",
            Why::NoPermalink => {
                "it does not say where it is published; name the site with `--base-url`"
            }
            Why::Twice => "an entry before it has the same permalink",
            Why::NoContent => {
                "its content is not marked, so it has no links; put it into `<article>`, or give it the class `e-content`"
            }
            Why::Empty => "it holds no entries",
            Why::OnlyAddresses => {
                "it is a list of addresses and does not say what the entries link to; name the feed or the folder of the built site"
            }
            Why::CanonicalIsHome => {
                "its canonical link names the home page, which is not believed; mend the theme"
            }
            Why::TooManyLinks => "only its first 2000 links are used",
            Why::TooLarge => "it is too large; only its beginning was read",
            Why::Unreadable(cause) => return write!(f, "it cannot be read: {cause}"),
            Why::FrontPage(Some(feed)) => {
                return write!(
                    f,
                    "it is no single entry, so its links are not pinged; its feed is `{feed}`"
                );
            }
            Why::FrontPage(None) => {
                "it is no single entry, so its links are not pinged; name a feed, or an entry"
            }
            Why::OnlySummary(cause) => {
                return write!(
                    f,
                    "the feed has only a summary of it, and its page cannot be read: {cause}"
                );
            }
            Why::BadItem(cause) => return write!(f, "it is broken and left out: {cause}"),
            Why::Broken(cause) => {
                return write!(f, "it is broken: {cause}; what stands before that is used");
            }
        })
    }
}
