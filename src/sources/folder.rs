//! Reads a built site: its pages in the order of their names, and the site's own feed, which lists entries.
//!
//! Symbolic links are not followed, so the walk ends; names that begin with a dot are
//! skipped.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use percent_encoding::percent_decode_str;
use url::Url;

use super::SkipReason;
use super::charset::{SourceFormat, tree_of};
use super::entry::{SourceItem, SourceOptions};
use super::filter::EntryFilter;
use super::page::{self, Hint, PageKind, ReadReason};
use crate::dir::WholeFile;
use crate::error::{Error, Result, system_message};
use crate::html::Document;
use crate::order;
use crate::urls::page_key;

/// Reads all pages below `root` and passes the entries on.
pub(super) fn for_each(root: &Path, filter: &mut EntryFilter<'_>) -> Result<()> {
    let site = BuiltSite::read(root, filter.options())?;
    let mut count = 0;
    // The files and folders to visit, the next at the end.
    let mut left = names(root)?;
    while let Some((path, kind)) = left.pop() {
        let what = || path.display().to_string();
        match kind {
            FileKind::Folder if path.components().count() > DEEPEST + root.components().count() => {
                filter.skip(
                    what(),
                    SkipReason::Unreadable("folders too deep".to_owned()),
                )?;
            }
            FileKind::Folder => match names(&path) {
                Ok(inside) => left.extend(inside),
                Err(cause) => filter.skip(what(), SkipReason::Unreadable(cause.to_string()))?,
            },
            FileKind::Page if count == MOST_PAGES => {
                return filter.skip(root.display().to_string(), SkipReason::TooLarge);
            }
            FileKind::Page => {
                count += 1;
                add_page(&path, &site, filter)?;
            }
        }
    }
    Ok(())
}

/// Reads a page in a file, at most 4 MiB of it.
pub(super) fn page(path: &Path, hint: &Hint<'_>) -> PageKind {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| {
        WholeFile::of(file)
            .take(MOST_PAGE + 1)
            .read_to_end(&mut bytes)
    });
    if let Err(cause) = read {
        return PageKind::No(SkipReason::Unreadable(system_message(&cause)));
    }
    let more = bytes.len() as u64 > MOST_PAGE;
    let verdict = page::parse(&tree_of(&bytes, media_type(path)), hint);
    match verdict {
        PageKind::Entry(entry, mut missing) if more && !missing.contains(&SkipReason::TooLarge) => {
            missing.push(SkipReason::TooLarge);
            PageKind::Entry(entry, missing)
        }
        verdict => verdict,
    }
}

/// The media type that a web server gives a file by its name, if that is not HTML's.
fn media_type(path: &Path) -> Option<&'static str> {
    let ending = path.extension()?.to_str()?.to_ascii_lowercase();
    matches!(ending.as_str(), "xhtml" | "xht").then_some("application/xhtml+xml")
}

/// The page in a file, at most 4 MiB of it.
fn parse_page(path: &Path) -> Option<Document> {
    let mut bytes = Vec::new();
    let file = File::open(path).ok()?;
    WholeFile::of(file)
        .take(MOST_PAGE)
        .read_to_end(&mut bytes)
        .ok()?;
    Some(tree_of(&bytes, media_type(path)))
}

/// The file below `root` that is published at `url`, whatever folder of the site `root` is.
pub(super) fn file_of(root: &Path, url: &Url) -> Option<PathBuf> {
    let parts: Vec<String> = url
        .path_segments()?
        .filter(|part| !part.is_empty())
        .map(|part| percent_decode_str(part).decode_utf8_lossy().into_owned())
        .collect();
    let is_odd = |part: &String| part.contains(['/', '\\', '\0']) || part == "..";
    if parts.iter().any(is_odd) {
        return None;
    }
    (0..parts.len().min(MOST_ABOVE)).find_map(|above| {
        let inside: PathBuf = parts.get(above..)?.iter().collect();
        let path = root.join(inside);
        let mut named = path.clone().into_os_string();
        named.push(".html");
        [path.join("index.html"), named.into(), path.clone()]
            .into_iter()
            .find(|path| path.symlink_metadata().is_ok_and(|is| is.is_file()))
    })
}

/// How many parent folders may be searched.
const MOST_ABOVE: usize = 4;
/// The limit of pages.
const MOST_PAGES: usize = 200_000;
/// The limit of bytes of a page.
const MOST_PAGE: u64 = 4 << 20;
/// The limit of nested folders.
const DEEPEST: usize = 64;
/// The limit of permalinks from the site's feed.
const MOST_LISTED: usize = 20_000;

/// How the names of pages end.
const PAGES: [&str; 6] = [".html", ".htm", ".shtml", ".xhtml", ".xht", ".php"];

/// The paths where generators write the feed of all entries. Feeds elsewhere have other items too: Hugo has one of all
/// tags.
const FEEDS: [&str; 13] = [
    "index.xml",
    "index.rdf",
    "feed.xml",
    "atom.xml",
    "rss.xml",
    "index.rss",
    "feed.atom",
    "feed.json",
    "index.json",
    "feed/index.xml",
    "feed/feed.xml",
    "feed/feed.json",
    "feeds/all.atom.xml",
];

/// The metadata of a site.
struct BuiltSite {
    root: PathBuf,
    /// Where the folder is published.
    base: Option<Url>,
    blog_name: String,
    /// The [`page_key`]s of the entries in its feed.
    listed: HashSet<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum FileKind {
    Folder,
    Page,
}

impl BuiltSite {
    fn read(root: &Path, options: &SourceOptions) -> Result<BuiltSite> {
        let mut site = BuiltSite {
            root: root.to_owned(),
            base: options.base_url.clone().map(folder),
            blog_name: String::new(),
            listed: HashSet::new(),
        };
        for name in FEEDS {
            let path = root.join(name);
            if !path.symlink_metadata().is_ok_and(|is| is.is_file()) {
                continue;
            }
            let Ok((form, file)) = crate::sources::feed_file::open(&path) else {
                continue;
            };
            if !matches!(form, SourceFormat::XmlFeed | SourceFormat::JsonFeed) {
                continue;
            }
            let listed = &mut site.listed;
            let mut take = |item: SourceItem| {
                if let SourceItem::Entry(entry) = item
                    && listed.len() < MOST_LISTED
                {
                    listed.insert(page_key(&entry.permalink));
                }
                Ok(())
            };
            let all = SourceOptions {
                sites: options.sites.clone(),
                ..SourceOptions::default()
            };
            let mut feed_sieve = EntryFilter::new(&all, Timestamp::MAX, &mut take);
            let what = path.display().to_string();
            let weblog = crate::sources::feed_file::feed(
                form,
                file,
                site.base.clone(),
                what,
                &mut feed_sieve,
            )?;
            if site.blog_name.is_empty() {
                site.blog_name = weblog.name;
            }
            let home = weblog.home.filter(page::is_web);
            site.base = site.base.or_else(|| home.map(folder));
        }
        if site.base.is_none() {
            // The home page names its own URL, even if a theme has wrong ones on other pages.
            let home = parse_page(&root.join("index.html"));
            let canonical = home.and_then(|page| page::canonical(&page));
            site.base = canonical
                .filter(|url| url.path().ends_with('/'))
                .map(folder);
        }
        Ok(site)
    }

    /// The URL of a page that does not name its own.
    fn url_of(&self, path: &Path) -> Option<Url> {
        let mut url = self.base.clone()?;
        let inside = path.strip_prefix(&self.root).ok()?;
        let mut segments = url.path_segments_mut().ok()?;
        segments.pop_if_empty();
        for part in inside {
            segments.push(part.to_str()?);
        }
        let name = inside.file_name()?.to_str()?;
        if PAGES
            .iter()
            .any(|end| name.strip_suffix(end) == Some("index"))
        {
            segments.pop().push("");
        }
        drop(segments);
        Some(url)
    }
}

fn add_page(path: &Path, site: &BuiltSite, filter: &mut EntryFilter<'_>) -> Result<()> {
    let what = path.display().to_string();
    if path.file_stem().is_some_and(|stem| stem == "404") {
        return filter.skip(what, SkipReason::NotAnEntry);
    }
    let url = site.url_of(path);
    let hint = Hint {
        url: url.as_ref(),
        asked: ReadReason::Found,
        listed: &site.listed,
        blog_name: &site.blog_name,
    };
    match page(path, &hint) {
        PageKind::Entry(entry, missing) => filter.entry(*entry, missing),
        // That one is the home page.
        PageKind::No(SkipReason::CanonicalIsHome) if is_index(path, &site.root) => {
            filter.skip(what, SkipReason::NotAnEntry)
        }
        PageKind::No(why @ (SkipReason::Draft | SkipReason::NoIndex)) => {
            // It may be an entry later.
            let named = parse_page(path).and_then(|page| page::canonical(&page));
            filter.skip_page(what, named.or(url), why)
        }
        PageKind::No(why @ SkipReason::Unreadable(_)) => filter.skip_page(what, url, why),
        PageKind::No(why) => filter.skip(what, why),
    }
}

/// Whether a page is that of the folder `root` itself.
fn is_index(path: &Path, root: &Path) -> bool {
    path.parent() == Some(root) && path.file_stem().is_some_and(|stem| stem == "index")
}

/// Whether a file whose name does not say so is a page.
fn begins_a_page(path: &Path) -> bool {
    let is_file = path.symlink_metadata().is_ok_and(|is| is.is_file());
    let form = || crate::sources::feed_file::open(path).map(|(form, _)| form);
    is_file && form().is_ok_and(|form| form == SourceFormat::Page)
}

/// The pages and folders in a folder, in reverse order.
fn names(folder: &Path) -> Result<Vec<(PathBuf, FileKind)>> {
    let wrap = |cause| Error::file("list", folder, cause);
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(wrap)? {
        let entry = entry.map_err(wrap)?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let is_page = PAGES
            .iter()
            .any(|extension| name.to_ascii_lowercase().ends_with(extension))
            || !name.contains('.') && begins_a_page(&entry.path());
        let kind = match entry.file_type() {
            Ok(kind) if kind.is_dir() => FileKind::Folder,
            Ok(kind) if kind.is_file() && is_page => FileKind::Page,
            _ => continue,
        };
        if !name.starts_with('.') {
            names.push((entry.path(), kind));
        }
    }
    order::sort_by(&mut names, |(one, _), (other, _)| other.cmp(one));
    Ok(names)
}

/// The URL with a `/` at its end, without query and fragment.
fn folder(mut url: Url) -> Url {
    url.set_query(None);
    url.set_fragment(None);
    if !url.path().ends_with('/') {
        let path = format!("{}/", url.path());
        url.set_path(&path);
    }
    url
}
