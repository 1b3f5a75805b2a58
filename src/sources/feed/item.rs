//! Converts an item of a feed, of any format, into an entry.

use url::Url;

use crate::html::strip_markup;
use crate::html::{Base, Document};
use crate::sources::entry::Entry;
use crate::sources::page::content::{self, ContentSource};
use crate::sources::page::{Within, beginning, is_web, line};
use crate::sources::{SkipReason, date};
use crate::text::clean;
use crate::urls::trim_fragment;

/// An item of a feed, unchecked.
#[derive(Debug, Default)]
pub(super) struct RawItem {
    /// The candidates for its permalink, by [`Rank`].
    pub(super) addresses: [Option<Url>; 5],
    pub(super) title: Option<Body>,
    pub(super) summary: Option<Body>,
    pub(super) content: Option<Body>,
    pub(super) published: Option<String>,
    pub(super) updated: Option<String>,
    /// `app:draft`.
    pub(super) draft: Option<String>,
}

/// The kinds of URL that may be the permalink, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rank {
    /// `feedburner:origLink`: the permalink before a proxy counted it.
    Original,
    /// `link`.
    Link,
    /// A `guid`, unless it is marked as not a permalink.
    Guid,
    /// `rdf:about`.
    About,
    /// Atom's or JSON Feed's `id`.
    Id,
}

/// A text of an item.
#[derive(Debug, Clone)]
pub(super) struct Body {
    pub(super) text: String,
    pub(super) kind: TextKind,
    /// The `xml:base` in effect, if there is one.
    pub(super) base: Option<Url>,
}

/// The type of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TextKind {
    Plain,
    Html,
}

impl RawItem {
    /// Records a candidate for the permalink; the first of each rank counts.
    pub(super) fn address(&mut self, rank: Rank, url: Option<Url>) {
        if let Some(slot) = self.addresses.get_mut(rank as usize)
            && slot.is_none()
        {
            *slot = url.filter(is_web).map(|mut url| {
                trim_fragment(&mut url);
                url
            });
        }
    }

    /// Whether it has an element for the whole text.
    pub(super) fn has_content(&self) -> bool {
        self.content.as_ref().is_some_and(|body| !body.is_blank())
    }

    /// Whether its summary says that the text goes on elsewhere.
    pub(super) fn breaks_off(&self) -> bool {
        let text = self.summary.as_ref().map(Body::plain).unwrap_or_default();
        let text = text.trim_end();
        ["…", "...", "[…]", "[...]", "…]"]
            .iter()
            .any(|end| text.ends_with(end))
    }

    /// A name for messages about it.
    pub(super) fn name(&self) -> Option<String> {
        let url = self.addresses.iter().flatten().next().map(Url::to_string);
        let title = || self.title.as_ref().map(|title| line(&title.plain()));
        url.or_else(title).filter(|name| !name.is_empty())
    }

    /// Converts it into an entry, and returns what is missing from it.
    pub(super) fn into_entry(
        self,
        weblog: &Weblog,
    ) -> Result<(Entry, Vec<SkipReason>), SkipReason> {
        let is_draft = |text: &String| matches!(text.trim(), "yes" | "true");
        if self.draft.as_ref().is_some_and(is_draft) {
            return Err(SkipReason::Draft);
        }
        let permalink = self.permalink(weblog).ok_or(SkipReason::NoPermalink)?;
        let title = self.title.as_ref().map(|title| line(&title.plain()));
        let title = title.unwrap_or_default();
        let mut missing = Vec::new();
        let mut links = Vec::new();
        let mut text = String::new();
        // An empty element does not override another one.
        let has_text = |body: &Option<Body>| body.as_ref().is_some_and(|body| !body.is_blank());
        let (content, summary) = if has_text(&self.content) || !has_text(&self.summary) {
            (self.content, self.summary)
        } else {
            (None, self.summary)
        };
        if let Some(body) = content.as_ref().or(summary.as_ref()) {
            match body.kind {
                TextKind::Plain => text = clean(&body.text),
                TextKind::Html => {
                    let page = Document::parse(&body.text);
                    let source = ContentSource {
                        page: &page,
                        base: &Base::of(body.base.as_ref().unwrap_or(&permalink)),
                        own: &permalink,
                        title: &title,
                        within: Within::Content,
                    };
                    let read = content::extract(&source, 0..page.node_count(), &[]);
                    if read.more {
                        missing.push(SkipReason::TooManyLinks);
                    }
                    if page.is_cut() {
                        missing.push(SkipReason::TooLarge);
                    }
                    (text, links) = (read.text, read.links);
                }
            }
        }
        let summary = match (&content, &summary) {
            (Some(_), Some(summary)) => clean(&summary.plain()),
            _ => String::new(),
        };
        let entry = Entry {
            permalink,
            title,
            summary: beginning(if summary.is_empty() { &text } else { &summary }),
            blog_name: weblog.name.clone(),
            published: self.published.as_deref().and_then(date::parse),
            updated: self.updated.as_deref().and_then(date::parse),
            digest: (!text.is_empty() || !links.is_empty()).then(|| content::digest(&text, &links)),
            links,
        };
        Ok((entry, missing))
    }

    fn permalink(&self, weblog: &Weblog) -> Option<Url> {
        let at = |rank: Rank| self.addresses.get(rank as usize)?.as_ref();
        let is_home = |url: &&Url| {
            weblog
                .home
                .as_ref()
                .is_some_and(|home| home.host() == url.host())
        };
        // A link blog gives the page that it links to as `link`.
        if let (Some(link), Some(guid)) = (at(Rank::Link), at(Rank::Guid))
            && !is_home(&link)
            && is_home(&guid)
        {
            return Some(guid.clone());
        }
        self.addresses.iter().flatten().next().cloned()
    }
}

impl Body {
    /// Whether a reader sees no text.
    pub(super) fn is_blank(&self) -> bool {
        self.text.trim().is_empty()
            || self.kind == TextKind::Html
                && clean(&strip_markup(&self.text)).is_empty()
                && !self.text.contains("href")
    }

    /// The text without markup.
    pub(super) fn plain(&self) -> String {
        match self.kind {
            TextKind::Plain => self.text.clone(),
            TextKind::Html => strip_markup(&self.text),
        }
    }
}

/// The metadata of a feed.
#[derive(Debug, Default)]
pub(crate) struct Weblog {
    /// Its name as plain text.
    pub(crate) name: String,
    /// Its home page.
    pub(crate) home: Option<Url>,
    /// Whether the generator of the feed writes summaries where others write the whole text;
    /// `None` if it is not named.
    pub(super) has_summaries: Option<bool>,
}

impl Weblog {
    /// Whether all its fields are known.
    pub(super) fn is_complete(&self) -> bool {
        !self.name.is_empty() && self.home.is_some() && self.has_summaries.is_some()
    }
}
