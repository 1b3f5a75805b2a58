//! Autodiscovery: a page's text → the ping URLs and endpoints in it.
//!
//! The specification puts an RDF block into the page (clause 8). Real pages have it in comments, with its attributes in any
//! order, truncated (arXiv), misspelt, with relative URLs, once for each of several entries, or have links or feeds
//! instead. All of these are found; those of *other* entries are returned separately (clause 9), because a ping to them
//! would be wrong. Nothing is fetched.

mod arxiv;
mod claim;
mod feed;
mod fit;
mod html;
mod rdf_block;

use std::collections::{HashMap, HashSet};

use encoding_rs::Encoding;
use url::Url;

pub use self::arxiv::arxiv_page;
pub use self::claim::DiscoverySource;
use self::claim::{PageClaim, ping_url};
use self::fit::{Fit, fit};
use super::link_header;
use super::markup::{MarkupPiece, attributes, is_page, local_name, pieces, unescape};
use super::pingback;
use super::trackback::ping::Ping;
use super::webmention;
use crate::charset::{self, DecodedText};
use crate::domain::registrable;
use crate::html::{Base, Document};
use crate::order;
use crate::text::{clean, crop};
use crate::urls::{self, fragment_key, is_entry, is_home, page_key};

/// A ping URL, with what the page says about its entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundEndpoint {
    /// Absolute, http or https, without user name and fragment, at most [`Ping::MAX_URL`] bytes.
    pub ping_url: Url,
    /// Where it was found.
    pub source: DiscoverySource,
    /// The permalink of the entry.
    pub identifier: Option<Url>,
    /// The title of the entry: one line of plain text, at most [`Ping::MAX_TITLE`] characters.
    pub title: Option<String>,
}

/// The ping URLs and endpoints that a page names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Discovery {
    /// Those of the requested page, best first, each ping URL once.
    pub found: Vec<FoundEndpoint>,
    /// Those of other entries on the page, which must not be pinged for this page.
    pub others: Vec<FoundEndpoint>,
    /// The page's own permalink (`<link rel="canonical">` or that of a `Link` header), if it is plausible: on the same
    /// registrable domain, and not the home page.
    pub canonical: Option<Url>,
    /// The page's RSD document (`<link rel="EditURI">`), for [`rsd`].
    pub rsd: Option<Url>,
    /// The page's feed (`<link rel="alternate">`), whose items may name ping URLs.
    pub feed: Option<Url>,
    /// The page's Webmention endpoint: absolute, http or https, without user name and fragment.
    pub webmention: Option<Url>,
    /// The page's Pingback server, likewise.
    pub pingback: Option<Url>,
    /// The only ping URL in an element of the page, by the key of the fragment that names the element.
    pub(crate) in_places: Vec<(String, Url)>,
}

impl Discovery {
    /// Adds what the response's headers name, its `Link` headers and its `X-Pingback`, which take precedence over the page.
    /// `fetched` is the URL of the response.
    #[must_use]
    pub fn with_headers(
        mut self,
        links: &[String],
        x_pingback: Option<&str>,
        fetched: &Url,
    ) -> Discovery {
        self.webmention = webmention::in_headers(links, fetched).or(self.webmention);
        self.pingback = x_pingback.and_then(pingback::in_header).or(self.pingback);
        self
    }

    /// Those that the page names for its places, each with the key of the place's fragment: by the identifiers of blocks,
    /// else by the element in which they stand. `names` are the URLs of the page.
    pub fn places<'found>(
        &'found self,
        names: &'found [&'found Url],
    ) -> impl Iterator<Item = (String, &'found FoundEndpoint)> {
        let all = || self.found.iter().chain(&self.others);
        let place_of = |found: &FoundEndpoint| {
            let identifier = found.identifier.as_ref()?;
            let mut names = names.iter().copied().chain(self.canonical.as_ref());
            let is_block = found.source == DiscoverySource::Rdf;
            let is_here = is_block && names.any(|name| urls::is_page(identifier, name));
            fragment_key(identifier).filter(|_| is_here)
        };
        let named: Vec<_> = all()
            .filter_map(|found| Some((place_of(found)?, found)))
            .collect();
        let known: HashSet<String> = named.iter().map(|(place, _)| place.clone()).collect();
        let others = self
            .in_places
            .iter()
            .filter(move |(place, _)| !known.contains(place));
        let others = others.filter_map(move |(place, url)| {
            let found = all().find(|found| found.ping_url == *url)?;
            Some((place.clone(), found))
        });
        named.into_iter().chain(others)
    }

    /// With the ping URL in the element that a fragment names as the page's own, where it has no other.
    fn with_place(mut self, fragment: Option<String>) -> Discovery {
        let mut places = self.in_places.iter();
        let place = places.find(|(place, _)| Some(place) == fragment.as_ref());
        if let Some((_, asked)) = place.filter(|_| self.found.is_empty()) {
            let mut own = self.others.extract_if(.., |other| other.ping_url == *asked);
            self.found.extend(own.next());
        }
        self
    }

    /// The one to ping; `None` if the page has no ping URL of its own.
    #[must_use]
    pub fn best(&self) -> Option<&FoundEndpoint> {
        self.found.first()
    }
}

/// Finds the ping URLs in `page`, a web page or a feed (clauses 8 and 9); takes time linear in its length. The
/// caller should limit the page to about 1 MiB; the block of a long page may be at its end.
///
/// `content_type` is the header of the response, if any; its charset takes precedence over the page's own, and the tags of
/// what is not HTML are text. Finding nothing is not an error.
///
/// `requested` is the requested URL, `fetched` the URL after redirects: an entry's permalink may be either. Relative URLs
/// are resolved against `<base>` or `fetched`.
#[must_use]
pub fn discover(
    page: &[u8],
    content_type: Option<&str>,
    requested: &Url,
    fetched: &Url,
) -> Discovery {
    discover_below_headers((page, content_type), requested, fetched, &[])
}

/// As [`discover`], for a page with these `Link` headers: they may have its permalink.
pub(crate) fn discover_below_headers(
    (page, content_type): (&[u8], Option<&str>),
    requested: &Url,
    fetched: &Url,
    headers: &[String],
) -> Discovery {
    let text = decode_page(page, content_type);
    let kind = feed::detect_kind(&text);
    let mut claims = rdf_block::scan(&text);
    let mut base = Base::of(fetched);
    let (mut canonical, mut rsd, mut feed) = (None, None, None);
    let (mut webmention, mut pingback, mut in_places) = (None, None, Vec::new());
    if kind != feed::FeedKind::Page {
        claims.extend(feed::scan(&text));
    }
    if kind != feed::FeedKind::Feed {
        pingback = pingback::in_page(&text);
    }
    if kind != feed::FeedKind::Feed && is_page(content_type, &text) {
        let links = html::scan(&text, content_type, fetched);
        claims.extend(links.claims);
        canonical = links
            .canonical
            .or_else(|| link_header::canonical(headers, fetched))
            .or(links.og_url)
            .filter(|canonical| is_believable(canonical, fetched));
        (base, rsd, feed) = (links.base, links.rsd, links.feed);
        (webmention, in_places) = (links.webmention, links.in_places);
    }
    let mut bytes = 0;
    let mut entries: Vec<DiscoveredEntry> = claims
        .into_iter()
        .filter_map(|claim| resolve_claim(claim, &base))
        .take_while(|entry| {
            bytes += entry.bytes();
            bytes <= MAX_BYTES
        })
        .collect();
    tell_apart(&mut entries);
    let mut seen = HashSet::new();
    entries.retain(|entry| {
        seen.insert((
            entry.ping_url.clone(),
            entry.source,
            entry.identifiers.clone(),
        ))
    });
    let (found, others) = separate(entries, requested, fetched, canonical.as_ref());
    Discovery {
        found,
        others,
        canonical,
        rsd,
        feed,
        webmention,
        pingback,
        in_places,
    }
    .with_place(fragment_key(requested))
}

/// The encoding that a web page or a feed declares: in its `Content-Type`, in its head, or in its XML declaration. A
/// charset that nobody knows counts as not declared. `None` means that none is declared, not that it is UTF-8.
pub(crate) fn declared_charset(
    page: &[u8],
    content_type: Option<&str>,
) -> Option<&'static Encoding> {
    let header = content_type.and_then(|header| charset::parameter(header.as_bytes()));
    let declared = header.and_then(charset::for_label);
    let xml = || charset::xml_declaration(page).and_then(charset::for_label);
    if page.trim_ascii_start().starts_with(b"<?xml") {
        // In a feed, a `<meta>` may be part of a quoted page.
        return declared
            .or_else(xml)
            .or_else(|| html::declared_encoding(page));
    }
    declared
        .or_else(|| html::declared_encoding(page))
        .or_else(xml)
}

/// Finds a ping URL in an RSD document that was fetched from `at`.
///
/// The format lists the editing interfaces of a whole weblog. The common programs list none for TrackBack, but an
/// `<api name="TrackBack" apiLink="…">` is accepted.
#[must_use]
pub fn rsd(body: &[u8], at: &Url) -> Option<Url> {
    let text = charset::decode(body, charset::xml_declaration(body));
    pieces(&text).find_map(|piece| {
        let MarkupPiece::Open {
            name,
            attributes: inside,
        } = piece
        else {
            return None;
        };
        let named = |wanted: &str| {
            let mut all = attributes(inside);
            all.find_map(|(name, value)| name.eq_ignore_ascii_case(wanted).then_some(value))
        };
        let is_trackback = local_name(name).eq_ignore_ascii_case("api")
            && named("name").is_some_and(|name| name.trim().eq_ignore_ascii_case("trackback"));
        if !is_trackback {
            return None;
        }
        ping_url(&Base::of(at), &unescape(named("apiLink")?))
    })
}

/// The `<title>` of a web page: one line of plain text, never empty, at most [`Ping::MAX_TITLE`] characters.
#[must_use]
pub fn page_title(page: &[u8], content_type: Option<&str>) -> Option<String> {
    let title = parse_page(page, content_type).title()?;
    Some(crop(&title, Ping::MAX_TITLE, "").into_owned())
}

/// Reads a page by its `Content-Type`.
pub(crate) fn parse_page(page: &[u8], content_type: Option<&str>) -> Document {
    Document::parse_decoded(&decode_page(page, content_type), content_type)
}

/// Decodes a page by the charset of its `Content-Type`, or else the one that it declares itself.
pub(crate) fn decode_page<'page>(
    page: &'page [u8],
    content_type: Option<&str>,
) -> DecodedText<'page> {
    charset::decode_known(page, declared_charset(page, content_type))
}

/// The most bytes of URLs that are kept; resolved relative URLs are longer than in the page.
const MAX_BYTES: usize = 2 << 20;
/// The most identifiers of one item that are read.
const MAX_IDENTIFIERS: usize = 8;

/// A claim with its URLs resolved.
struct DiscoveredEntry {
    ping_url: Url,
    source: DiscoverySource,
    identifiers: Vec<Url>,
    title: Option<String>,
}

impl DiscoveredEntry {
    /// The size of its URLs.
    fn bytes(&self) -> usize {
        let identifiers = self.identifiers.iter().map(|url| url.as_str().len());
        self.ping_url.as_str().len() + identifiers.sum::<usize>()
    }
}

fn resolve_claim(claim: PageClaim, base: &Base) -> Option<DiscoveredEntry> {
    let mut identifiers: Vec<Url> = claim
        .identifiers
        .iter()
        .filter(|raw| !raw.trim().is_empty())
        .take(MAX_IDENTIFIERS)
        .filter_map(|raw| base.join(raw))
        .collect();
    if claim.source != DiscoverySource::Feed {
        // The identifier, and the block's `about`.
        identifiers.truncate(2);
    }
    let title = claim
        .title
        .map(|title| crop(&clean(&title), Ping::MAX_TITLE, "").into_owned());
    Some(DiscoveredEntry {
        ping_url: ping_url(base, &claim.ping)?,
        source: claim.source,
        identifiers,
        title: title.filter(|title| !title.is_empty()),
    })
}

/// Leaves each block one identifier. A block's `about` is only used if the identifier is missing or invalid, or if
/// several blocks have the same identifier and their `about`s are different places on that page.
fn tell_apart(entries: &mut [DiscoveredEntry]) {
    let of_block = |entry: &DiscoveredEntry| entry.source != DiscoverySource::Feed;
    let named = |entry: &DiscoveredEntry| {
        let url = entry.identifiers.first().filter(|_| of_block(entry))?;
        Some((page_key(url), fragment_key(url)))
    };
    let mut ping_urls: HashMap<_, HashSet<Url>> = HashMap::new();
    for entry in entries.iter() {
        if let Some(name) = named(entry) {
            ping_urls
                .entry(name)
                .or_default()
                .insert(entry.ping_url.clone());
        }
    }
    for entry in entries.iter_mut().filter(|entry| of_block(entry)) {
        let is_shared = named(entry)
            .and_then(|name| ping_urls.get(&name))
            .is_some_and(|ping_urls| ping_urls.len() > 1);
        if let [identifier, about] = entry.identifiers.as_slice()
            && is_shared
            && urls::is_page(about, identifier)
            && fragment_key(about).is_some()
        {
            entry.identifiers.remove(0);
        }
        entry.identifiers.truncate(1);
    }
}

/// Whether `canonical` is plausible as the permalink of the page at `fetched`: a page may not name another domain, and
/// careless themes name the home page on every page.
fn is_believable(canonical: &Url, fetched: &Url) -> bool {
    registrable(canonical) == registrable(fetched) && (!is_home(canonical) || is_home(fetched))
}

/// Separates the entries into the page's own (best first) and the others.
fn separate(
    mut entries: Vec<DiscoveredEntry>,
    requested: &Url,
    fetched: &Url,
    canonical: Option<&Url>,
) -> (Vec<FoundEndpoint>, Vec<FoundEndpoint>) {
    let is_only_block = count_distinct(&entries, DiscoverySource::Rdf) == 1;
    let is_only_anchor = count_distinct(&entries, DiscoverySource::AnchorRel) == 1;
    let has_rdf = entries
        .iter()
        .any(|entry| entry.source == DiscoverySource::Rdf);
    // Other RDF metadata looks like version 1.0 too, but its `about` is the page itself.
    entries.retain(|entry| {
        entry.source != DiscoverySource::RdfAbout
            || !has_rdf && !fit::is_page_of(&entry.ping_url, requested, fetched)
    });
    let fits = fits_of_page(&entries, (requested, fetched), canonical, is_only_block);
    let mut own = Vec::new();
    let mut others = Vec::new();
    let are_different = have_different_titles(&entries, &fits);
    for (entry, fit) in entries.into_iter().zip(fits) {
        let is_own = match entry.source {
            DiscoverySource::Rdf => {
                (fit.is_some() && !are_different) || (is_only_block && entry.identifiers.is_empty())
            }
            DiscoverySource::Feed | DiscoverySource::RdfAbout => fit.is_some(),
            DiscoverySource::LinkRel | DiscoverySource::Rsd => true,
            DiscoverySource::AnchorRel => is_only_anchor,
        };
        let found = FoundEndpoint {
            identifier: entry.identifiers.into_iter().nth(fit.unwrap_or(0)),
            ping_url: entry.ping_url,
            source: entry.source,
            title: entry.title,
        };
        if is_own { &mut own } else { &mut others }.push(found);
    }
    order::sort_by_key(&mut own, |found| found.source);
    // A link to a ping URL that a block assigns to another entry is not the page's own. With a query that means nothing, a
    // page's only block does not name another.
    let names_page = |identifier: &Url| {
        is_only_block
            && [requested, fetched]
                .into_iter()
                .any(|page| is_entry(identifier, page))
    };
    let taken: HashSet<Url> = others
        .iter()
        .filter(|other| !other.identifier.as_ref().is_some_and(names_page))
        .filter(|other| matches!(other.source, DiscoverySource::Rdf | DiscoverySource::Feed))
        .map(|other| other.ping_url.clone())
        .collect();
    let mut seen = HashSet::new();
    own.retain(|found| {
        let is_link = matches!(
            found.source,
            DiscoverySource::LinkRel | DiscoverySource::AnchorRel
        );
        !(is_link && taken.contains(&found.ping_url)) && seen.insert(found.ping_url.clone())
    });
    others.retain(|other| seen.insert(other.ping_url.clone()));
    (own, others)
}

/// For each entry the index of the identifier that matches the page as it was asked for, else as it names itself, else the
/// only block's without a query.
fn fits_of_page(
    entries: &[DiscoveredEntry],
    (requested, fetched): (&Url, &Url),
    canonical: Option<&Url>,
    is_only_block: bool,
) -> Vec<Option<usize>> {
    let mut fits = best_identifiers(entries, requested, fetched);
    if let Some(canonical) = canonical
        && fits.iter().all(Option::is_none)
    {
        let mut asked = canonical.clone();
        asked.set_fragment(requested.fragment());
        fits = best_identifiers(entries, &asked, canonical);
    }
    // Ghost adds `?ref=` to all links, and old pages do not state their URL.
    if is_only_block && !is_home(&without_query(requested)) && fits.iter().all(Option::is_none) {
        let (asked, fetched) = (without_query(requested), without_query(fetched));
        fits = best_identifiers(entries, &asked, &fetched);
    }
    fits
}

fn without_query(url: &Url) -> Url {
    let mut bare = url.clone();
    bare.set_query(None);
    bare
}

/// Whether the blocks that fit a page are of different entries, which nothing tells apart: they name different ping URLs
/// for different titles.
fn have_different_titles(entries: &[DiscoveredEntry], fits: &[Option<usize>]) -> bool {
    let fitting = entries.iter().zip(fits);
    let fitting = fitting
        .filter(|(entry, fit)| entry.source == DiscoverySource::Rdf && fit.is_some())
        .map(|(entry, _)| entry);
    let ping_urls: HashSet<&Url> = fitting.clone().map(|entry| &entry.ping_url).collect();
    let titles: HashSet<&str> = fitting.filter_map(|entry| entry.title.as_deref()).collect();
    ping_urls.len() > 1 && titles.len() > 1
}

/// The number of different claims of one kind.
fn count_distinct(entries: &[DiscoveredEntry], source: DiscoverySource) -> usize {
    let kind = entries.iter().filter(|entry| entry.source == source);
    let kind: HashSet<_> = kind
        .map(|entry| (&entry.ping_url, &entry.identifiers))
        .collect();
    kind.len()
}

/// For each entry the index of the identifier that matches the page, if no other entry matches better. If entries match
/// only by different fragments of the page, none is chosen.
fn best_identifiers(
    entries: &[DiscoveredEntry],
    requested: &Url,
    fetched: &Url,
) -> Vec<Option<usize>> {
    let fits: Vec<Option<(Fit, usize)>> = entries
        .iter()
        .map(|entry| {
            let all = entry.identifiers.iter().enumerate();
            all.filter_map(|(index, url)| Some((fit(url, requested, fetched)?, index)))
                .min()
        })
        .collect();
    let best = fits.iter().flatten().map(|(fit, _)| *fit).min();
    let best_of = |fit: &Option<(Fit, usize)>| {
        let (fit, index) = (*fit)?;
        (Some(fit) == best).then_some(index)
    };
    let parts: HashSet<_> = entries
        .iter()
        .zip(&fits)
        .filter_map(|(entry, fit)| fragment_key(entry.identifiers.get(best_of(fit)?)?))
        .collect();
    let is_unclear = best == Some(Fit::Part) && parts.len() > 1;
    fits.iter()
        .map(|fit| best_of(fit).filter(|_| !is_unclear))
        .collect()
}

#[cfg(test)]
mod tests;
