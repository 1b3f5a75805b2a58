//! Parses `sitemap.xml`, the URLs of a site or a sitemap index, and `sitemap.txt`, a URL on each line.

use std::io::{BufRead, Read};

use quick_xml::events::Event;
use url::Url;

use super::entry::Entry;
use super::feed::SourceFeed;
use super::filter::EntryFilter;
use super::page::is_web;
use super::xml_events::{MOST_FAULTS, XmlEvents, XmlFault};
use super::{SkipReason, date};
use crate::error::Result;
use crate::html::strip_markup;
use crate::text::{clean, crop};

/// Parses a sitemap and passes its URLs on as entries without title and links. Returns the URLs of further
/// sitemaps. A fault ends the `<url>` that has it.
pub(super) fn parse<R: Read>(
    mut feed: SourceFeed<R>,
    filter: &mut EntryFilter<'_>,
) -> Result<Vec<Url>> {
    let begin = feed.text.fill_buf().unwrap_or_default();
    let begin = begin.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(begin);
    if matches!(begin.trim_ascii_start().first(), Some(b'h' | b'H')) {
        parse_lines(feed, filter)?;
        return Ok(Vec::new());
    }
    let mut more = Vec::new();
    let mut buffer = Vec::new();
    let mut faults = 0;
    let mut parser = SitemapParser::default();
    let mut reader = XmlEvents::new(feed.text);
    let fault = loop {
        reader.renew();
        let ends = (parser.open.len() > 1).then_some(ENDS.as_slice());
        let ended = match reader.next(&mut buffer, ends) {
            Ok(Event::Eof) if !parser.open.is_empty() => {
                break Some("the file is truncated".to_owned());
            }
            Ok(Event::Eof) => break None,
            Err(XmlFault::Final(cause)) => break Some(cause),
            Err(XmlFault::Passed(cause) | XmlFault::OpenText(cause)) => {
                parser.entry.blame(cause);
                None
            }
            Ok(event) => parser.event(event),
        };
        let Some(ended) = ended else { continue };
        match (ended.address(), ended.fault) {
            (url, Some(cause)) => {
                faults += 1;
                let name = url.map_or(feed.what.clone(), |url| url.to_string());
                filter.skip(name, SkipReason::BadItem(shown(&cause)))?;
            }
            (Some(url), None) if ended.is_list => more.push(url),
            (Some(url), None) => filter.entry(entry(url, &ended.changed), Vec::new())?,
            (None, None) => filter.skip(feed.what.clone(), SkipReason::NoPermalink)?,
        }
        if faults > MOST_FAULTS {
            break Some("the sitemap has too many faults".to_owned());
        }
    };
    if let Some(cause) = fault {
        filter.skip(feed.what, SkipReason::Broken(shown(&cause)))?;
    }
    Ok(more)
}

/// Parses a sitemap that is plain text.
fn parse_lines<R: Read>(mut feed: SourceFeed<R>, filter: &mut EntryFilter<'_>) -> Result<()> {
    let allowance = feed.text.allowance();
    let (mut line, mut faults) = (Vec::new(), 0);
    loop {
        line.clear();
        allowance.renew();
        match feed.text.read_until(b'\n', &mut line) {
            Ok(0) => return Ok(()),
            Ok(_) => {}
            Err(cause) => {
                return filter.skip(feed.what, SkipReason::Broken(shown(&cause.to_string())));
            }
        }
        let text = String::from_utf8_lossy(&line);
        let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\u{FEFF}');
        let found = SitemapEntry {
            address: text.to_owned(),
            ..SitemapEntry::default()
        };
        match found.address() {
            Some(url) => filter.entry(entry(url, ""), Vec::new())?,
            None if text.is_empty() || text.starts_with('#') => {}
            None => {
                faults += 1;
                filter.skip(shown(text), SkipReason::BadItem("it is no URL".to_owned()))?;
            }
        }
        if faults > MOST_FAULTS {
            let cause = "the sitemap has too many faults".to_owned();
            return filter.skip(feed.what, SkipReason::Broken(cause));
        }
    }
}

/// Whether a sitemap of an index, by its name, has only pages that list entries: those of categories, tags and authors.
/// `category-sitemap.xml`, `wp-sitemap-taxonomies-post_tag-1.xml`, `sitemap-authors.xml`.
pub(super) fn is_of_lists(sitemap: &Url) -> bool {
    let file = sitemap.path().rsplit('/').next().unwrap_or_default();
    let file = file.to_ascii_lowercase();
    let mut words = file.split(['-', '_', '.']);
    file.contains("sitemap") && words.any(|word| OF_LISTS.contains(&word))
}

/// Words in the names of such sitemaps.
const OF_LISTS: [&str; 14] = [
    "archives",
    "author",
    "authors",
    "cat",
    "categories",
    "category",
    "tag",
    "tags",
    "tax",
    "taxonomies",
    "taxonomy",
    "topics",
    "user",
    "users",
];

fn shown(cause: &str) -> String {
    crop(&clean(cause), 200, "…").into_owned()
}

/// The end tags of what a fault ends.
const ENDS: [&str; 2] = ["</url>", "</sitemap>"];
/// The limit of nested elements whose names are known.
const DEEPEST: usize = 64;
/// The limit of bytes of a URL or a date.
const MOST: usize = 4 * 1024;

#[derive(Default)]
struct SitemapParser {
    /// The local names of the open elements.
    open: Vec<String>,
    /// How many more are open inside of these.
    deeper: usize,
    entry: SitemapEntry,
}

impl SitemapParser {
    /// Handles the next event of the reader; returns an entry when it is finished.
    fn event(&mut self, event: Event<'_>) -> Option<SitemapEntry> {
        match event {
            Event::Start(tag) => {
                return self.start_of(&tag.local_name().as_ref().to_ascii_lowercase());
            }
            Event::End(tag) => return self.end_of(&tag.local_name().as_ref().to_ascii_lowercase()),
            Event::Text(text) => self.push(&text.xml10_content()),
            Event::CData(text) => self.push(&text.xml10_content()),
            Event::GeneralRef(name) => self.push(&strip_markup(&format!("&{};", &*name))),
            _ => {}
        }
        None
    }

    fn start_of(&mut self, name: &str) -> Option<SitemapEntry> {
        let mut cut = None;
        if self.deeper == 0 && self.open.len() > 1 && matches!(name, "url" | "sitemap") {
            // The preceding one was not closed.
            self.entry.blame("it is not closed".to_owned());
            self.open.truncate(1);
            cut = Some(std::mem::take(&mut self.entry));
        }
        if self.open.len() < DEEPEST {
            self.open.push(name.to_owned());
        } else {
            self.deeper += 1;
        }
        cut
    }

    /// Handles an end tag, which also closes the open elements inside its element.
    fn end_of(&mut self, name: &str) -> Option<SitemapEntry> {
        if self.deeper > 0 {
            self.deeper -= 1;
            return None;
        }
        let Some(at) = self.open.iter().rposition(|open| open == name) else {
            self.entry.blame(format!("`</{name}>` ends nothing"));
            return None;
        };
        if let Some(inner) = self.open.get(at + 1) {
            self.entry.blame(format!("`<{inner}>` is not closed"));
        }
        self.open.truncate(at);
        (at == 1).then(|| std::mem::take(&mut self.entry))
    }

    fn push(&mut self, text: &str) {
        let [_, kind, field] = self.open.as_slice() else {
            return;
        };
        self.entry.is_list = kind == "sitemap";
        let slot = match field.as_str() {
            "loc" => &mut self.entry.address,
            "lastmod" => &mut self.entry.changed,
            _ => return,
        };
        if slot.len() + text.len() <= MOST {
            slot.push_str(text);
        }
    }
}

/// One `<url>` or `<sitemap>`.
#[derive(Default)]
struct SitemapEntry {
    address: String,
    changed: String,
    is_list: bool,
    /// The first fault in it.
    fault: Option<String>,
}

impl SitemapEntry {
    fn blame(&mut self, cause: String) {
        self.fault.get_or_insert(cause);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::charset::Text;
    use crate::sources::entry::{SourceItem, SourceOptions};

    /// The paths of the URLs, and how many faults were reported.
    fn read(text: &str) -> (Vec<String>, usize) {
        let (mut paths, mut faults) = (Vec::new(), 0);
        let mut take = |item: SourceItem| {
            match item {
                SourceItem::Entry(entry) => paths.push(entry.permalink.path().to_owned()),
                SourceItem::Skipped(_) => faults += 1,
            }
            Ok(())
        };
        let options = SourceOptions::default();
        let now = "2026-11-20T12:00:00Z".parse().unwrap();
        let mut filter = EntryFilter::new(&options, now, &mut take);
        let feed = SourceFeed {
            text: Text::new(text.as_bytes(), text.as_bytes(), None, 1 << 20),
            base: None,
            what: "sitemap".to_owned(),
        };
        parse(feed, &mut filter).unwrap();
        (paths, faults)
    }

    #[test]
    fn d5_the_sitemaps_of_lists_are_told_by_their_names() {
        for (name, expected) in [
            ("category-sitemap.xml", true),
            ("author-sitemap.xml", true),
            ("post_tag-sitemap2.xml", true),
            ("product_cat-sitemap.xml", true),
            ("wp-sitemap-taxonomies-category-1.xml", true),
            ("wp-sitemap-users-1.xml", true),
            ("sitemap-tags.xml", true),
            ("Sitemap_Categories.xml.gz", true),
            ("sitemap-tax-genre.xml", true),
            ("post-sitemap.xml", false),
            ("wp-sitemap-posts-post-1.xml", false),
            ("sitemap.xml", false),
            ("cats-sitemap.xml", false),
            ("category.xml", false),
            ("category/sitemap.xml", false),
            ("sitemap.xml?category=1", false),
        ] {
            let url = Url::parse("https://blog.example/").unwrap().join(name);
            assert_eq!(is_of_lists(&url.unwrap()), expected, "{name}");
        }
    }

    #[test]
    fn a_fault_in_a_url_ends_that_url_only() {
        let url = |number: usize, inside: &str| {
            format!("<url><loc>https://blog.example/{number}</loc>{inside}</url>")
        };
        for (bad, expected) in [
            ("<lastmod>2026-11-19</lastmod>", vec!["/1", "/2", "/3"]),
            (
                "<image:image><image:loc>https://x.example/</image:loc></image:image>",
                vec!["/1", "/2", "/3"],
            ),
            ("</b>", vec!["/1", "/3"]),
            ("<b>", vec!["/1", "/3"]),
            ("<!foo>", vec!["/1", "/3"]),
            ("<!-- not closed", vec!["/1", "/3"]),
            ("<?", vec!["/1", "/3"]),
            ("<a b=\"", vec!["/1", "/3"]),
        ] {
            let text = format!(
                "<urlset>{}{}{}</urlset>",
                url(1, ""),
                url(2, bad),
                url(3, "")
            );
            let (paths, faults) = read(&text);
            assert_eq!(paths, expected, "{bad}");
            assert_eq!(faults, 3 - expected.len(), "{bad}");
        }
        let open = "<urlset><url><loc>https://blog.example/1</loc><url><loc>https://blog.example/2</loc></url></urlset>";
        assert_eq!(read(open), (vec!["/2".to_owned()], 1));
        assert_eq!(read("<urlset><url><loc>https://blog.example/1</loc>").1, 1);
    }
}
