//! Discussions across weblogs: a page, the pages that pinged it, those that pinged them.
//!
//! Each page is asked for its ping URL, each ping URL for its list of pings (specification 1.1, `__mode=rss`; this
//! program's own servers also tell weblogs and times, as JSON Feed). All of it is strangers' word, so there are
//! limits: so deep, so many a page, so many in all, so often a host. A page is shown with its own pings once,
//! where it comes up first; where it comes up again it is only named, so a loop ends.
//!
//! [`follow()`] asks, [`render`] shows it as lines and as a graph, [`save()`] keeps it in `data_dir` for readers, for whom
//! nobody is asked.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

mod cache;
mod crawl;
mod fetch_pings;
pub mod render;
mod requests;

pub use cache::{save, saved};
pub use crawl::{CrawlLimits, CrawlRoot, follow};
pub use fetch_pings::{Mention, published};

/// The most pings that can lie between a page and the first.
pub const MOST_DEPTH: usize = 10;

/// A discussion.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Thread {
    /// When the others were asked.
    pub asked: Timestamp,
    /// The pages, each before those that pinged it: the first is the one that all began with.
    pub pages: Vec<DiscussionPage>,
}

/// A page at one place of a discussion.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DiscussionPage {
    /// Counts up from 1.
    pub number: usize,
    /// The number of the page that it pinged; `None` for the first.
    pub parent: Option<usize>,
    /// How many pings lie between it and the first.
    pub depth: usize,
    /// Its permalink: absolute, http or https.
    pub url: String,
    /// Its title: one line of plain text, never empty.
    pub title: String,
    /// Its weblog; may be empty.
    #[serde(default)]
    pub blog_name: String,
    /// When the ping came, where that is known.
    pub time: Option<Timestamp>,
    /// Whether it was asked, and how that went.
    pub standing: FetchStatus,
    /// What went wrong; may be empty.
    #[serde(default)]
    pub why: String,
    /// For [`FetchStatus::Again`] the number of the place where it is shown with its own pings.
    pub again: Option<usize>,
    /// How many more pings are in its list, at least; they are not shown.
    #[serde(default)]
    pub more: usize,
    /// The ping's number, where it is one of this installation's.
    pub ping: Option<u64>,
}

/// Whether a page was asked for its pings, and how that went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FetchStatus {
    /// Its pings follow; there may be none.
    Read,
    /// It has no ping URL.
    NoPingUrl,
    /// It has a ping URL, where no list of pings can be read.
    NoList,
    /// It cannot be read.
    Unreachable,
    /// It lies too deep to be asked.
    Deep,
    /// So many pages were asked before it that it was not.
    TooMany,
    /// It is shown at another place.
    Again,
}

impl DiscussionPage {
    /// What its owner should know of it besides; empty if nothing.
    pub fn note(&self) -> String {
        let said = self.remark();
        if self.why.is_empty() {
            said.to_owned()
        } else {
            format!("{said}: {}", self.why)
        }
    }

    /// What a reader should know of it besides; empty if nothing. Not what went wrong: that could tell a stranger
    /// which addresses a name has in the owner's network, and who answers there.
    pub fn remark(&self) -> &'static str {
        match self.standing {
            FetchStatus::Read if self.more > 0 => "and more pings than are shown",
            FetchStatus::Read | FetchStatus::Deep => "",
            FetchStatus::NoPingUrl => "takes no pings",
            FetchStatus::NoList => "shows no list of its pings",
            FetchStatus::Unreachable => "unreachable",
            FetchStatus::TooMany => "not asked: too many pages",
            FetchStatus::Again => "shown elsewhere",
        }
    }
}
