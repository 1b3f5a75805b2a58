//! Discussions across weblogs: a page, the pages that pinged it, the pages that pinged those.
//!
//! Each page is searched for its ping URL, and each ping URL's list of pings is fetched (specification 1.1,
//! `__mode=rss`; this program's own servers also give weblogs and times, as JSON Feed). All of it is untrusted, so
//! the depth, the pings of a page, the pages in all and the requests to a host are limited. A page is shown with its
//! own pings once, where it is found first; elsewhere it is only named, so a loop ends.
//!
//! [`follow()`] crawls a discussion, [`render`] formats it as text and as a graph, [`save()`] caches it in `data_dir`.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::language::{Language, Sentence};

mod cache;
mod crawl;
mod fetch_pings;
pub mod render;
mod requests;

pub use cache::{load, save};
pub use crawl::{CrawlLimits, CrawlRoot, follow};
pub use fetch_pings::{Mention, published};

/// How many pings can lie between a page and the root.
pub const MAX_DEPTH: usize = 10;

/// A discussion.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Thread {
    /// When it was crawled.
    pub asked: Timestamp,
    /// The pages, each before those that pinged it; the first is the root.
    pub pages: Vec<DiscussionPage>,
}

/// A node of a discussion.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DiscussionPage {
    /// Counts up from 1.
    pub number: usize,
    /// The number of the page that it pinged; `None` for the first.
    pub parent: Option<usize>,
    /// How many pings lie between it and the root.
    pub depth: usize,
    /// Its permalink: absolute, http or https.
    pub url: String,
    /// Its title: one line of plain text, never empty.
    pub title: String,
    /// Its weblog; may be empty.
    #[serde(default)]
    pub blog_name: String,
    /// When the ping was received, if known.
    pub time: Option<Timestamp>,
    /// Whether its pings were fetched.
    pub standing: FetchStatus,
    /// What went wrong; may be empty.
    #[serde(default)]
    pub why: String,
    /// For [`FetchStatus::Again`] the number under which it is shown with its own pings.
    pub again: Option<usize>,
    /// How many more pings, at least, its list has; they are not shown.
    #[serde(default)]
    pub more: usize,
    /// The ping's number, if this installation received it.
    pub ping: Option<u64>,
}

/// Whether the pings of a page were fetched, and if not, why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FetchStatus {
    /// Its pings follow; there may be none.
    Read,
    /// It has no ping URL.
    NoPingUrl,
    /// It has a ping URL without a list of pings.
    NoList,
    /// It could not be fetched.
    Unreachable,
    /// It is too deep to be fetched.
    Deep,
    /// Too many pages were fetched before it.
    TooMany,
    /// It is shown under another number.
    Again,
}

impl DiscussionPage {
    /// A note for the owner, which may be empty.
    pub fn note(&self) -> String {
        let remark = self.remark().map(|remark| Language::English.say(remark));
        let remark = remark.unwrap_or_default();
        if self.why.is_empty() {
            remark.to_owned()
        } else {
            format!("{remark}: {}", self.why)
        }
    }

    /// A note for readers, which may be empty. It leaves out what went wrong: that could reveal to a stranger which
    /// addresses a name has in the owner's network, and which hosts respond there.
    pub fn remark(&self) -> Option<Sentence> {
        match self.standing {
            FetchStatus::Read if self.more > 0 => Some(Sentence::HasMore),
            FetchStatus::Read | FetchStatus::Deep => None,
            FetchStatus::NoPingUrl => Some(Sentence::AcceptsNone),
            FetchStatus::NoList => Some(Sentence::HasNoList),
            FetchStatus::Unreachable => Some(Sentence::CannotBeRead),
            FetchStatus::TooMany => Some(Sentence::TooManyPages),
            FetchStatus::Again => Some(Sentence::ShownElsewhere),
        }
    }
}
