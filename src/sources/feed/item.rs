//! Converts an item of a feed, of any format, into an entry.

use encoding_rs::{Encoding, UTF_8};
use jiff::Timestamp;
use url::Url;

use crate::domain::registrable;
use crate::html::strip_markup;
use crate::html::{Base, Document};
use crate::sources::entry::{Entry, EntryLink, Follow};
use crate::sources::filter::add_links;
use crate::sources::page::content::{self, ContentSource, EntryContent};
use crate::sources::page::{Within, beginning, is_web, line};
use crate::sources::{SkipReason, date};
use crate::text::clean;
use crate::urls::{
    is_below, is_home, is_page, parse_web, sent_entry_key, trim_fragment, trim_item_fragment,
    without_tracking,
};

/// The longest id of an item that is kept, in bytes.
const MAX_GUID: usize = 500;

/// An item of a feed, unchecked.
#[derive(Debug, Default)]
pub(super) struct RawItem {
    /// The candidates for its permalink, by [`Rank`].
    pub(super) addresses: [Option<Url>; 5],
    /// Atom's `rel="related"`: of an entry about another page its permalink, or that page.
    pub(super) related: Option<Url>,
    /// JSON Feed's `external_url`: the page that the entry is about.
    pub(super) about: Option<Url>,
    /// `guid` or `id`, whether it is a URL or not.
    pub(super) guid: Option<String>,
    /// The pages that the entry replies to (`thr:in-reply-to`) or is taken from (`rel="via"`).
    pub(super) answers: Vec<Url>,
    pub(super) title: Option<Body>,
    pub(super) summary: Option<Body>,
    pub(super) content: Option<Body>,
    pub(super) published: Option<String>,
    /// When it was written, which may be long before it was published.
    pub(super) created: Option<String>,
    pub(super) updated: Option<String>,
    /// `app:draft`.
    pub(super) draft: Option<String>,
    /// `wp:status` of an export of WordPress.
    pub(super) status: Option<String>,
    /// `wp:post_type` of an export of WordPress.
    pub(super) post_type: Option<String>,
    /// `wp:post_password` of an export of WordPress.
    pub(super) password: Option<String>,
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
            *slot = url.and_then(address);
        }
    }

    /// Records its id; the first counts.
    pub(super) fn identify(&mut self, guid: &str) {
        self.guid.get_or_insert_with(|| guid.trim().to_owned());
    }

    /// Whether it has an element for the whole text, in which links can be: plain text stands for a page that may have
    /// them, and what is shorter than the description is not the whole.
    pub(super) fn has_content(&self) -> bool {
        let content = self.content.as_ref();
        let is_whole = |body: &Body| {
            let summary = self.summary.as_ref();
            summary.is_none_or(|summary| summary.length() <= body.length())
        };
        content.is_some_and(|body| !body.is_blank() && body.has_markup() && is_whole(body))
    }

    /// Whether its text says that it goes on elsewhere.
    pub(super) fn breaks_off(&self) -> bool {
        let content = self.content.as_ref().filter(|body| !body.is_blank());
        let text = content.or(self.summary.as_ref()).map(Body::plain);
        let text = clean(&text.unwrap_or_default()).to_lowercase();
        let words = text.trim_end_matches(|letter: char| !letter.is_alphanumeric());
        let end = text.strip_prefix(words).unwrap_or_default();
        let marks = ["…", "..."];
        let phrases = ["read more", "continue reading", "(more", "weiterlesen"];
        marks.iter().any(|mark| end.contains(mark))
            || phrases.iter().any(|phrase| words.ends_with(phrase))
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
        if self.draft.as_ref().is_some_and(is_draft) || self.is_unpublished() {
            return Err(SkipReason::Draft);
        }
        if self.post_type.as_deref().is_some_and(is_part_of_wordpress) {
            return Err(SkipReason::NotAnEntry);
        }
        let permalink = self.permalink(weblog)?;
        let about = self.about(&permalink, weblog);
        let guid = self.guid(&permalink, weblog);
        let is_elsewhere = |url: &Url| is_web(url) && !is_page(url, &permalink);
        let answers = self.answers.iter().filter(|url| is_elsewhere(url));
        let answers: Vec<Url> = answers.cloned().collect();
        let title = self.title.as_ref().map(|title| line(&title.plain()));
        let title = title.unwrap_or_default();
        let mut missing = Vec::new();
        let mut links = Vec::new();
        let mut text = String::new();
        // An empty element does not override another one.
        let summary = self.summary;
        let has_other = summary.as_ref().is_some_and(|body| !body.is_blank());
        let content = self.content.filter(|body| !has_other || !body.is_blank());
        if let Some(body) = content.as_ref().or(summary.as_ref()) {
            match body.kind {
                TextKind::Plain => text = clean(&body.text),
                TextKind::Html => {
                    let read = read_markup(body, weblog, (&permalink, &title), &mut missing);
                    (text, links) = (read.text, read.links);
                }
            }
        }
        if let (Some(content), Some(body)) = (&content, &summary)
            && body.kind == TextKind::Html
            && (content.length() < body.length() || !leads_elsewhere(&links, &permalink))
        {
            let more = read_markup(body, weblog, (&permalink, &title), &mut missing);
            add_links(&mut links, more.links);
        }
        let named = about.into_iter().chain(answers);
        add_links(&mut links, named.map(bare_link).collect());
        let summary = match (&content, &summary) {
            (Some(_), Some(summary)) => clean(&summary.plain()),
            _ => String::new(),
        };
        let entry = Entry {
            permalink,
            title,
            summary: beginning(if summary.is_empty() { &text } else { &summary }),
            blog_name: weblog.name.clone(),
            published: first_date(&[self.published, self.created]),
            updated: first_date(&[self.updated]),
            digest: (!text.is_empty() || !links.is_empty()).then(|| content::digest(&text, &links)),
            guid,
            links,
        };
        Ok((entry, missing))
    }

    /// The first of its URLs that is on the feed's own site: an item whose URLs are all on others is a link to an entry
    /// of theirs, or a copy, and nothing may be sent in their name. One below a configured site comes before those of
    /// another domain: a preview's, or an old one's.
    fn permalink(&self, weblog: &Weblog) -> Result<Url, SkipReason> {
        let related = self.related.iter().filter(|_| weblog.has_site());
        let mut named = self.addresses.iter().flatten().chain(related);
        let first = named.clone().find(|url| weblog.is_own(url));
        let configured = named.clone().find(|url| weblog.is_configured(url));
        let is_elsewhere = |url: &Url| {
            !weblog.is_configured(url)
                && configured.is_some_and(|own| registrable(own) != registrable(url))
        };
        match first {
            Some(own) if is_elsewhere(own) => Ok(configured.unwrap_or(own).clone()),
            Some(own) => Ok(own.clone()),
            None if named.next().is_some() => Err(SkipReason::Elsewhere),
            None => Err(SkipReason::NoPermalink),
        }
    }

    /// The id that stays when the permalink changes. Some feeds give all their items the URL of the weblog.
    fn guid(&self, permalink: &Url, weblog: &Weblog) -> Option<String> {
        let guid = self.guid.as_deref()?;
        let mut weblogs = weblog.home.iter().chain(&weblog.feed);
        let says_nothing = parse_web(guid).is_some_and(|url| {
            let is_weblog = is_home(&url) || weblogs.any(|page| is_page(&url, page));
            is_weblog || sent_entry_key(&url) == sent_entry_key(permalink)
        });
        let is_id = !guid.is_empty() && guid.len() <= MAX_GUID && !says_nothing;
        is_id.then(|| guid.to_owned())
    }

    /// The page on another site that the entry is about: a link blog gives it in place of the permalink.
    fn about(&self, permalink: &Url, weblog: &Weblog) -> Option<Url> {
        let at = |rank: Rank| self.addresses.get(rank as usize)?.as_ref();
        // Where the permalink is named besides, the link is that of a proxy which counts readers.
        let link = at(Rank::Link).filter(|_| at(Rank::Original).is_none());
        let named = [self.about.as_ref(), link, at(Rank::About)];
        let mut elsewhere = named.into_iter().flatten();
        let is_about = |url: &&Url| !is_page(url, permalink) && !weblog.is_own(url);
        elsewhere.find(is_about).cloned()
    }

    /// Whether an export of WordPress says that only some may read it.
    fn is_unpublished(&self) -> bool {
        let is_hidden = |status: &String| !status.eq_ignore_ascii_case("publish");
        self.status.as_ref().is_some_and(is_hidden)
            || self.password.as_ref().is_some_and(|word| !word.is_empty())
    }
}

/// Whether there is no text, or none that a reader sees.
pub(super) fn is_missing(body: &Option<Body>) -> bool {
    body.as_ref().is_none_or(Body::is_blank)
}

fn first_date(texts: &[Option<String>]) -> Option<Timestamp> {
    texts.iter().flatten().find_map(|text| date::parse(text))
}

/// A link without text.
fn bare_link(mut url: Url) -> EntryLink {
    let fragment = trim_fragment(&mut url);
    EntryLink {
        url,
        fragments: fragment.into_iter().collect(),
        follow: Follow::Yes,
        around: String::new(),
    }
}

/// Whether one of the links is to another site than the entry's.
fn leads_elsewhere(links: &[EntryLink], permalink: &Url) -> bool {
    let own = registrable(permalink);
    links.iter().any(|link| registrable(&link.url) != own)
}

/// Reads a text with markup, and notes what is missing from it.
fn read_markup(
    body: &Body,
    weblog: &Weblog,
    (permalink, title): (&Url, &str),
    missing: &mut Vec<SkipReason>,
) -> EntryContent {
    let page = Document::parse(&body.text);
    let source = ContentSource {
        page: &page,
        base: &Base::of(body.base.as_ref().unwrap_or(permalink))
            .in_encoding(weblog.encoding.unwrap_or(UTF_8)),
        own: permalink,
        title,
        within: Within::Content,
        left_out: &[],
    };
    let whole = 0..page.node_count();
    let read = content::extract(&source, std::slice::from_ref(&whole), &[]);
    if read.more {
        missing.push(SkipReason::TooManyLinks);
    }
    if page.is_cut() {
        missing.push(SkipReason::TooLarge);
    }
    read
}

/// Whether posts of that type in an export of WordPress are no entries: files, menus, parts of the theme.
fn is_part_of_wordpress(kind: &str) -> bool {
    matches!(kind, "attachment" | "nav_menu_item" | "revision") || kind.starts_with("wp_")
}

/// A URL of an item, if it may be that of an entry.
pub(super) fn address(url: Url) -> Option<Url> {
    Some(url).filter(is_web).map(|url| {
        let mut url = without_tracking(&url);
        trim_item_fragment(&mut url);
        url
    })
}

impl Body {
    /// Whether a reader sees no text.
    pub(super) fn is_blank(&self) -> bool {
        self.text.trim().is_empty()
            || self.kind == TextKind::Html
                && clean(&strip_markup(&self.text)).is_empty()
                && !self.text.contains("href")
    }

    fn has_markup(&self) -> bool {
        self.kind == TextKind::Html && self.text.contains('<')
    }

    /// How much text a reader sees.
    fn length(&self) -> usize {
        clean(&self.plain()).len()
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
    /// The URL of the feed itself.
    pub(super) feed: Option<Url>,
    /// The configured pages below which everything is the weblog's, whatever the feed says of itself.
    pub(crate) sites: Vec<Url>,
    /// Whether the generator of the feed writes summaries where others write the whole text;
    /// `None` if it is not named.
    pub(super) has_summaries: Option<bool>,
    /// The encoding of the feed, if it is known.
    pub(crate) encoding: Option<&'static Encoding>,
}

impl Weblog {
    /// One of which only the URL of its feed is known.
    pub(super) fn at(feed: Option<Url>) -> Weblog {
        Weblog {
            feed,
            ..Weblog::default()
        }
    }

    /// Whether all its fields are known.
    pub(super) fn is_complete(&self) -> bool {
        !self.name.is_empty() && self.home.is_some() && self.has_summaries.is_some()
    }

    /// Whether it is known which site the feed is of.
    fn has_site(&self) -> bool {
        self.home.is_some() || self.feed.is_some()
    }

    /// Whether a URL is on the feed's own site, that of its home page or of the feed itself, or below a configured one; any
    /// is if neither page is known.
    fn is_own(&self, url: &Url) -> bool {
        let mut sites = self.home.iter().chain(&self.feed);
        !self.has_site()
            || sites.any(|site| registrable(site) == registrable(url))
            || self.is_configured(url)
    }

    fn is_configured(&self, url: &Url) -> bool {
        self.sites.iter().any(|site| is_below(url, site))
    }
}
