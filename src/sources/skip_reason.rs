//! The reasons why something in a source is not one of its entries.

use std::fmt;

use url::Url;

/// Something that was left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// Its URL or its path, which is untrusted.
    pub what: String,
    /// Where it is published, or will be, if that is known.
    pub permalink: Option<Url>,
    /// The reason.
    pub why: SkipReason,
}

/// Why something was left out. `Display` gives a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SkipReason {
    /// It is marked as a draft.
    Draft,
    /// It is dated after now.
    Future,
    /// It was published before `--since`.
    Old,
    /// No markup says that the page is an entry.
    NotAnEntry,
    /// The page shows several entries.
    SeveralEntries,
    /// The page redirects to another one.
    Redirect,
    /// The page has `noindex`.
    NoIndex,
    /// The permalink of the entry is unknown.
    NoPermalink,
    /// The permalink of the item is on another site than the feed.
    Elsewhere,
    /// An earlier entry has the same permalink.
    Twice,
    /// The entry is used, but its content is not marked, so it has no links.
    NoContent,
    /// The entry is used; it has no links, but the page has some outside of it.
    LinksElsewhere,
    /// The entry is used; links beyond the first 2,000 are not.
    TooManyLinks,
    /// Only the beginning was read.
    TooLarge,
    /// It cannot be read, with the cause.
    Unreadable(String),
    /// It has a fault; everything before the fault is used.
    Broken(String),
    /// An item of a feed has a fault and is left out; the next item is read.
    BadItem(String),
    /// It has no entries at all.
    Empty,
    /// The page that the user named shows several entries; with its feed, if it names one.
    FrontPage(Option<Url>),
    /// It is a sitemap, which does not have the entries' links.
    OnlyAddresses,
    /// The feed has only a summary of the entry, and its page could not be read, with the cause.
    OnlySummary(String),
    /// Its older entries are in another feed, which is not read.
    OlderInAnotherFeed,
    /// The entry is used under its own URL: its canonical link names the home page.
    CanonicalIsHome,
}

/// How important a reason is to the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// As intended: a draft, a list page.
    Normal,
    /// Something is missing that should perhaps be there.
    Fault,
}

impl SkipReason {
    /// The stable name, for `--json`.
    pub fn name(&self) -> &'static str {
        match self {
            SkipReason::Draft => "draft",
            SkipReason::Future => "future",
            SkipReason::Old => "old",
            SkipReason::NotAnEntry => "not-an-entry",
            SkipReason::SeveralEntries => "several-entries",
            SkipReason::Redirect => "redirect",
            SkipReason::NoIndex => "noindex",
            SkipReason::NoPermalink => "no-permalink",
            SkipReason::Elsewhere => "elsewhere",
            SkipReason::Twice => "twice",
            SkipReason::NoContent => "no-content",
            SkipReason::LinksElsewhere => "links-elsewhere",
            SkipReason::TooManyLinks => "too-many-links",
            SkipReason::TooLarge => "too-large",
            SkipReason::Unreadable(_) => "unreadable",
            SkipReason::Broken(_) => "broken",
            SkipReason::BadItem(_) => "bad-item",
            SkipReason::Empty => "empty",
            SkipReason::OnlyAddresses => "only-addresses",
            SkipReason::FrontPage(_) => "front-page",
            SkipReason::OnlySummary(_) => "only-summary",
            SkipReason::OlderInAnotherFeed => "goes-on",
            SkipReason::CanonicalIsHome => "canonical-is-home",
        }
    }

    /// What became of the thing, in two words or three.
    pub fn effect(&self) -> &'static str {
        match self {
            SkipReason::Draft
            | SkipReason::Future
            | SkipReason::Old
            | SkipReason::NotAnEntry
            | SkipReason::SeveralEntries
            | SkipReason::Redirect
            | SkipReason::NoIndex
            | SkipReason::NoPermalink
            | SkipReason::Elsewhere
            | SkipReason::Twice
            | SkipReason::Unreadable(_)
            | SkipReason::BadItem(_)
            | SkipReason::Empty
            | SkipReason::OnlyAddresses
            | SkipReason::FrontPage(_) => "left out",
            SkipReason::NoContent
            | SkipReason::LinksElsewhere
            | SkipReason::TooManyLinks
            | SkipReason::TooLarge
            | SkipReason::Broken(_)
            | SkipReason::OlderInAnotherFeed
            | SkipReason::OnlySummary(_) => "used in part",
            SkipReason::CanonicalIsHome => "used",
        }
    }

    /// How much it matters.
    pub fn weight(&self) -> Weight {
        match self {
            SkipReason::Draft
            | SkipReason::Future
            | SkipReason::Old
            | SkipReason::NotAnEntry
            | SkipReason::SeveralEntries
            | SkipReason::Redirect
            | SkipReason::Elsewhere
            | SkipReason::LinksElsewhere
            | SkipReason::OlderInAnotherFeed
            | SkipReason::Twice => Weight::Normal,
            SkipReason::NoIndex
            | SkipReason::NoPermalink
            | SkipReason::NoContent
            | SkipReason::TooManyLinks
            | SkipReason::TooLarge
            | SkipReason::Unreadable(_)
            | SkipReason::Broken(_)
            | SkipReason::BadItem(_)
            | SkipReason::Empty
            | SkipReason::OnlyAddresses
            | SkipReason::FrontPage(_)
            | SkipReason::OnlySummary(_)
            | SkipReason::CanonicalIsHome => Weight::Fault,
        }
    }
}

impl fmt::Display for SkipReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            SkipReason::Draft => "it is a draft",
            SkipReason::Future => "its date is in the future",
            SkipReason::Old => "it is older than asked for",
            SkipReason::NotAnEntry => "its markup does not say that it is an entry",
            SkipReason::SeveralEntries => "it shows several entries",
            SkipReason::Redirect => "it only redirects to another page",
            SkipReason::NoIndex => "it is marked `noindex`",
            SkipReason::NoPermalink => {
                "it does not say where it is published; name the site with `--base-url`"
            }
            SkipReason::Elsewhere => {
                "its URL is on another site than the feed, so it is an entry of somebody else"
            }
            SkipReason::Twice => "an earlier entry has the same permalink",
            SkipReason::NoContent => {
                "its content is not marked, so it has no links; put it into `<article>`, or give it the class `e-content`"
            }
            SkipReason::LinksElsewhere => {
                "it has no links in what was taken for its content, but its page has some beside that; give the content the class `e-content`"
            }
            SkipReason::Empty => "it holds no entries",
            SkipReason::OnlyAddresses => {
                "it is a sitemap, which does not have the entries' links; name the feed or the folder of the built site"
            }
            SkipReason::CanonicalIsHome => {
                "its canonical link names the home page and is ignored; correct the theme, and say with `--base-url` where the site is"
            }
            SkipReason::OlderInAnotherFeed => {
                "its older entries are in the feed that its `next_url` or `rel=\"next\"` names, which is not read; name that too"
            }
            SkipReason::TooManyLinks => "only its first 2000 links are used",
            SkipReason::TooLarge => "it is too large; only its beginning was read",
            SkipReason::Unreadable(cause) => return write!(f, "it cannot be read: {cause}"),
            SkipReason::FrontPage(Some(feed)) => {
                return write!(
                    f,
                    "it is not a single entry, so its links are not pinged; its feed is `{feed}`"
                );
            }
            SkipReason::FrontPage(None) => {
                "it is not a single entry, so its links are not pinged; name a feed, or an entry"
            }
            SkipReason::OnlySummary(cause) => {
                return write!(
                    f,
                    "the feed has only a summary of it, and its page cannot be read: {cause}"
                );
            }
            SkipReason::BadItem(cause) => return write!(f, "it is broken and left out: {cause}"),
            SkipReason::Broken(cause) => {
                return write!(f, "it is broken: {cause}; everything before that is used");
            }
        })
    }
}
