//! The entries of a weblog, read from what it publishes: a feed, a built site's folder, one page.
//!
//! Both halves need them: the sender to know what each entry links to, the receiver to know which page an id
//! stands for.

use jiff::Timestamp;
use url::Url;

/// One entry of a weblog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Where it is published.
    pub permalink: Url,
    /// Its title as plain text; may be empty.
    pub title: String,
    /// What it is about, as plain text; may be empty.
    pub summary: String,
    /// The weblog's name as plain text; may be empty.
    pub blog_name: String,
    /// When it was published, where it says so.
    pub published: Option<Timestamp>,
    /// When it was last changed, where it says so.
    pub updated: Option<Timestamp>,
    /// The links in its content, in their order; those to one page are folded.
    pub links: Vec<Link>,
}

/// A link in an entry's content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Where it leads: absolute, http or https, without a fragment.
    pub url: Url,
    /// What its author says about it.
    pub follow: Follow,
    /// The text around it, as plain text with the link's own in the middle.
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
