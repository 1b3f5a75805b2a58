//! Opens a source, recognises its format, and reads it.

use std::cell::Cell;
use std::collections::HashSet;
use std::path::Path;
use std::time::Duration;

use url::Url;

use super::charset::{self, PREFIX, SourceFormat, tree_of};
use super::entry::{OwnPages, SourceKind};
use super::filter::{EntryFilter, OwnPage, ReadOwnPage};
use super::json_kind::JsonHead;
use super::page::{self, Hint, PageKind, ReadReason};
use super::{SkipReason, Source, folder, sitemap};
use crate::error::{Error, Result};
use crate::fetch::{Client, Page, Validators};
use crate::linkback::discover::discover;
use crate::linkback::link_header;
use crate::sources::feed_file::{feed, feed_of, in_memory, open};

/// The size limit of a fetched feed, in bytes; one in a file may have any size.
const MOST_FETCHED: usize = 10 << 20;
/// The size limit of a fetched page, in bytes.
const MOST_PAGE: usize = 1 << 20;
/// The time between requests for the pages of entries.
const SPACING: Duration = Duration::from_millis(250);
/// How many sitemaps of a sitemap index are fetched.
const MOST_SITEMAPS: usize = 500;

/// Reads a source and passes on its items; reports if it has none.
pub(super) fn load<'a>(
    source: &'a Source,
    filter: &mut EntryFilter<'a>,
    client: &Client,
    own_page: &'a ReadOwnPage<'a>,
) -> Result<(SourceKind, Validators)> {
    filter.with_pages(own_page);
    let read = read_what_it_is(source, client, filter)?;
    if filter.passed() == 0 && read.0 != SourceKind::Unchanged {
        let what = match source {
            Source::Feed(url) | Source::Page(url) => url.to_string(),
            Source::File(path) | Source::Folder(path) => path.display().to_string(),
        };
        filter.skip(what, SkipReason::Empty)?;
    }
    if read.0 == SourceKind::Sitemap && filter.options().pages == OwnPages::Read {
        filter.skip("sitemap".to_owned(), SkipReason::OnlyAddresses)?;
    }
    Ok(read)
}

/// Reads an entry's own page: from the built site in which the source is a file, or from the web, from which
/// `has_fetched` others were.
pub(super) fn own_page(
    source: &Source,
    client: &Client,
    url: &Url,
    asked: ReadReason,
    has_fetched: &Cell<bool>,
) -> OwnPage {
    let nothing = HashSet::new();
    let hint = Hint {
        url: Some(url),
        asked,
        listed: &nothing,
        blog_name: "",
    };
    // A feed is in the root of its site, or in a folder there.
    if let Source::File(path) = source
        && let Some(path) = path
            .ancestors()
            .skip(1)
            .take(2)
            .find_map(|root| folder::file_of(root, url))
    {
        return Ok(folder::page(&path, &hint));
    }
    if has_fetched.replace(true) {
        std::thread::sleep(SPACING);
    }
    let page = client.get(url).map_err(|error| error.to_string())?;
    let canonical = link_header::canonical(&page.links, &page.url);
    let tree = tree_of(&page.body, page.content_type.as_deref()).with_canonical(canonical);
    Ok(page::parse(&tree, &hint))
}

fn read_what_it_is(
    source: &Source,
    client: &Client,
    filter: &mut EntryFilter<'_>,
) -> Result<(SourceKind, Validators)> {
    let local = |kind: SourceKind| (kind, Validators::default());
    match source {
        Source::Folder(path) => {
            folder::for_each(path, filter)?;
            Ok(local(SourceKind::Folder))
        }
        Source::File(path) => read_file(path, client, filter).map(local),
        Source::Feed(url) | Source::Page(url) => {
            let known = &filter.options().known;
            let Some(page) = client.get_if_modified(url, known, MOST_FETCHED)? else {
                return Ok((SourceKind::Unchanged, known.clone()));
            };
            let validators = page.validators.clone();
            let kind = read_fetched(page, source, client, filter)?;
            Ok((kind, validators))
        }
    }
}

fn read_file(path: &Path, client: &Client, filter: &mut EntryFilter<'_>) -> Result<SourceKind> {
    let (form, mut opened) = open(path)?;
    let what = path.display().to_string();
    let base = filter.options().base_url.clone();
    refuse_other_json(form, &opened.prefix, &what)?;
    match form {
        SourceFormat::XmlFeed | SourceFormat::JsonFeed => {
            feed(form, opened, base, what, filter)?;
            Ok(SourceKind::Feed)
        }
        SourceFormat::Sitemap => {
            let more = sitemap::parse(feed_of(&mut opened, base, what), filter)?;
            read_sitemaps(&more, client, filter)?;
            Ok(SourceKind::Sitemap)
        }
        SourceFormat::Page => {
            let url = base.and_then(|base| base.join(path.file_name()?.to_str()?).ok());
            let nothing = HashSet::new();
            add_page(
                folder::page(path, &hint_for(url.as_ref(), &nothing)),
                what,
                filter,
            )?;
            Ok(SourceKind::Page)
        }
        SourceFormat::Unknown => Err(neither(&what)),
    }
}

fn read_fetched(
    page: Page,
    source: &Source,
    client: &Client,
    filter: &mut EntryFilter<'_>,
) -> Result<SourceKind> {
    let what = page.url.to_string();
    let form = charset::form(head(&page.body, PREFIX), page.content_type.as_deref());
    let is_html = page
        .content_type
        .as_ref()
        .is_some_and(|kind| kind.to_ascii_lowercase().contains("html"));
    refuse_other_json(form, head(&page.body, PREFIX), &what)?;
    let (truncated, base) = (page.truncated, Some(page.url.clone()));
    let kind = match form {
        SourceFormat::XmlFeed | SourceFormat::JsonFeed => {
            feed(form, in_memory(page), base, what.clone(), filter)?;
            SourceKind::Feed
        }
        SourceFormat::Sitemap => {
            let more = sitemap::parse(feed_of(&mut in_memory(page), base, what.clone()), filter)?;
            read_sitemaps(&more, client, filter)?;
            SourceKind::Sitemap
        }
        SourceFormat::Page | SourceFormat::Unknown if form == SourceFormat::Page || is_html => {
            if let Source::Feed(_) = source {
                // An error page or a challenge in place of the feed is no entry, however many links it has.
                return Err(Error::Usage(format!(
                    "`{what}` is a page, not a feed (RSS, Atom, JSON Feed); try again later, or name the feed's URL"
                )));
            }
            let body = head(&page.body, MOST_PAGE);
            let cut = body.len() < page.body.len();
            let nothing = HashSet::new();
            let canonical = link_header::canonical(&page.links, &page.url);
            let tree = tree_of(body, page.content_type.as_deref()).with_canonical(canonical);
            let verdict = page::parse(&tree, &hint_for(Some(&page.url), &nothing));
            let verdict = match verdict {
                PageKind::No(
                    SkipReason::SeveralEntries
                    | SkipReason::NotAnEntry
                    | SkipReason::FrontPage(None),
                ) => {
                    let kind = page.content_type.as_deref();
                    let found = discover(body, kind, &page.url, &page.url);
                    PageKind::No(SkipReason::FrontPage(found.feed))
                }
                verdict => verdict,
            };
            let is_said = matches!(&verdict, PageKind::Entry(_, missing) if missing.contains(&SkipReason::TooLarge));
            add_page(verdict, what.clone(), filter)?;
            if cut && !is_said {
                filter.skip(what, SkipReason::TooLarge)?;
            }
            return Ok(SourceKind::Page);
        }
        SourceFormat::Page | SourceFormat::Unknown => return Err(neither(&what)),
    };
    if truncated {
        filter.skip(what, SkipReason::TooLarge)?;
    }
    Ok(kind)
}

/// Fetches the sitemaps that a sitemap names; those that they name are not fetched.
fn read_sitemaps(more: &[Url], client: &Client, filter: &mut EntryFilter<'_>) -> Result<()> {
    let (lists, more): (Vec<&Url>, Vec<&Url>) =
        more.iter().partition(|url| sitemap::is_of_lists(url));
    for list in lists {
        filter.skip(list.to_string(), SkipReason::SeveralEntries)?;
    }
    for (number, url) in more.into_iter().enumerate() {
        if number == MOST_SITEMAPS {
            return filter.skip(url.to_string(), SkipReason::TooLarge);
        }
        let fetched = client.get_if_modified(url, &Validators::default(), MOST_FETCHED);
        match fetched {
            Ok(Some(page)) => {
                let truncated = page.truncated;
                let base = Some(page.url.clone());
                sitemap::parse(feed_of(&mut in_memory(page), base, url.to_string()), filter)?;
                if truncated {
                    filter.skip(url.to_string(), SkipReason::TooLarge)?;
                }
            }
            Ok(None) => {}
            Err(error) => {
                filter.skip(url.to_string(), SkipReason::Unreadable(error.to_string()))?
            }
        }
    }
    Ok(())
}

fn add_page(verdict: PageKind, what: String, filter: &mut EntryFilter<'_>) -> Result<()> {
    match verdict {
        PageKind::Entry(entry, missing) => filter.entry(*entry, missing),
        PageKind::No(why) => filter.skip(what, why),
    }
}

/// The hint for a page that the user named.
fn hint_for<'a>(url: Option<&'a Url>, nothing: &'a HashSet<String>) -> Hint<'a> {
    Hint {
        url,
        asked: ReadReason::Named,
        listed: nothing,
        blog_name: "",
    }
}

fn head(bytes: &[u8], most: usize) -> &[u8] {
    bytes.get(..most).unwrap_or(bytes)
}

/// Refuses JSON that is known for something else than a feed.
fn refuse_other_json(form: SourceFormat, prefix: &[u8], what: &str) -> Result<()> {
    let read = (form == SourceFormat::JsonFeed).then(|| JsonHead::read(prefix));
    match read.and_then(|head| head.other_kind()) {
        None => Ok(()),
        Some(kind) => Err(Error::Usage(format!(
            "`{what}` is {kind}, and no feed (RSS, Atom, JSON Feed); name the feed of the weblog"
        ))),
    }
}

fn neither(what: &str) -> Error {
    Error::Usage(format!(
        "`{what}` is neither a feed (RSS, Atom, JSON Feed) nor a sitemap nor a page"
    ))
}
