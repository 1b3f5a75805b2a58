//! Parses `sitemap.xml`: the URLs of a site, or a sitemap index.

use std::io::Read;

use quick_xml::Reader;
use quick_xml::events::Event;
use url::Url;

use super::entry::Entry;
use super::feed::SourceFeed;
use super::filter::EntryFilter;
use super::page::is_web;
use super::{SkipReason, date};
use crate::error::Result;
use crate::html::strip_markup;
use crate::text::{clean, crop};

/// Parses a sitemap and passes its URLs on as entries without title and links. Returns the URLs of further
/// sitemaps.
pub(super) fn parse<R: Read>(
    mut feed: SourceFeed<R>,
    filter: &mut EntryFilter<'_>,
) -> Result<Vec<Url>> {
    let allowance = feed.text.allowance();
    let mut more = Vec::new();
    let mut buffer = Vec::new();
    // The local names of the open elements, up to the depth that matters.
    let mut open: Vec<String> = Vec::new();
    let mut depth = 0_usize;
    let mut place = SitemapEntry::default();
    let mut reader = Reader::from_reader(&mut feed.text);
    reader.config_mut().allow_dangling_amp = true;
    let fault = loop {
        buffer.clear();
        allowance.renew();
        match reader.read_event_into(&mut buffer) {
            Ok(Event::Eof) if depth > 0 => break Some("the file is truncated".to_owned()),
            Ok(Event::Eof) => break None,
            Err(cause) => break Some(format!("{cause} (byte {})", reader.buffer_position())),
            Ok(Event::Start(tag)) => {
                depth += 1;
                if depth <= DEEPEST {
                    open.push(tag.local_name().as_ref().to_owned());
                }
            }
            Ok(Event::End(_)) => {
                if depth <= DEEPEST {
                    open.pop();
                }
                depth = depth.saturating_sub(1);
                if depth == 1 {
                    let whole = std::mem::take(&mut place);
                    match whole.address() {
                        Some(url) if whole.is_list => more.push(url),
                        Some(url) => filter.entry(entry(url, &whole.changed), Vec::new())?,
                        None => filter.skip(feed.what.clone(), SkipReason::NoPermalink)?,
                    }
                }
            }
            Ok(Event::Text(text)) => place.push(&open, depth, &text.xml10_content()),
            Ok(Event::CData(text)) => place.push(&open, depth, &text.xml10_content()),
            Ok(Event::GeneralRef(name)) => {
                place.push(&open, depth, &strip_markup(&format!("&{};", &*name)));
            }
            Ok(_) => {}
        }
    };
    if let Some(cause) = fault {
        let cause = crop(&clean(&cause), 200, "…").into_owned();
        filter.skip(feed.what.clone(), SkipReason::Broken(cause))?;
    }
    Ok(more)
}

/// The depth of `<loc>` within `<url>` within `<urlset>`.
const DEEPEST: usize = 3;
/// The limit of bytes of a URL or a date.
const MOST: usize = 4 * 1024;

/// One `<url>` or `<sitemap>`.
#[derive(Default)]
struct SitemapEntry {
    address: String,
    changed: String,
    is_list: bool,
}

impl SitemapEntry {
    fn push(&mut self, open: &[String], depth: usize, text: &str) {
        let [_, kind, field] = open else { return };
        if depth != DEEPEST {
            return;
        }
        self.is_list = kind == "sitemap";
        let slot = match field.as_str() {
            "loc" => &mut self.address,
            "lastmod" => &mut self.changed,
            _ => return,
        };
        if slot.len() + text.len() <= MOST {
            slot.push_str(text);
        }
    }

    fn address(&self) -> Option<Url> {
        let mut url = Url::parse(self.address.trim()).ok().filter(is_web)?;
        url.set_fragment(None);
        Some(url)
    }
}

fn entry(permalink: Url, changed: &str) -> Entry {
    Entry {
        updated: date::parse(changed),
        ..Entry::at(permalink)
    }
}
