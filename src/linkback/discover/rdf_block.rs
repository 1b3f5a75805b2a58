//! RDF blocks anywhere in a page: in comments, in CDATA, in the markup, well-formed or not.
//!
//! Only the attributes after a `<rdf:Description` are read, and the elements that follow it. That finds blocks whose
//! surroundings no XML parser would accept, and ignores samples shown as text, whose `<` is escaped.

use super::claim::{DiscoverySource, PageClaim};
use crate::html::strip_markup;
use crate::linkback::markup::{MarkupPiece, attributes, local_name, pieces, unescape};

/// The most blocks that are read; no index page shows more entries.
const MAX_BLOCKS: usize = 2_000;
/// The most prefixes that a page may give TrackBack's namespace.
const MAX_PREFIXES: usize = 8;
/// In how many bytes behind the start of a block its properties are searched that are elements.
const MAX_BLOCK: usize = 4_096;
/// TrackBack's namespace, without its scheme and its final slash.
const NAMESPACE: &str = "://madskills.com/public/xml/rss/module/trackback";

/// Finds the blocks in `text`, in order.
pub(super) fn scan(text: &str) -> Vec<PageClaim> {
    let mut claims = Vec::new();
    let prefixes = prefixes(text);
    let mut rest = text;
    while let Some((_, after)) = rest.split_once('<') {
        rest = after;
        let ends = |character: char| character.is_whitespace() || "</>".contains(character);
        let length = after.find(ends).unwrap_or(after.len());
        let (name, inside) = after.split_at(length);
        let is_description = name.split_once(':').is_some_and(|(prefix, local)| {
            !prefix.is_empty() && local.eq_ignore_ascii_case("Description")
        });
        if !is_description {
            continue;
        }
        let (claim, behind) = parse_block(inside, &prefixes);
        rest = behind;
        claims.extend(claim);
        if claims.len() == MAX_BLOCKS {
            break;
        }
    }
    claims
}

/// The prefixes of TrackBack's namespace: the usual one, and what the page declares.
pub(super) fn prefixes(text: &str) -> Vec<&str> {
    let mut prefixes = vec!["trackback"];
    for (at, _) in text.match_indices(NAMESPACE) {
        let before = text.get(..at).unwrap_or_default();
        let prefix = before
            .trim_end_matches(|letter: char| letter.is_ascii_alphabetic())
            .trim_end_matches(['"', '\'', '=', ' '])
            .rsplit([':', ' ', '\n', '<'])
            .next();
        if let Some(prefix) = prefix.filter(|prefix| !prefixes.contains(prefix))
            && prefixes.len() < MAX_PREFIXES
        {
            prefixes.push(prefix);
        }
    }
    prefixes
}

/// Whether a name is that of a ping URL.
pub(super) fn is_ping(name: &str, prefixes: &[&str]) -> bool {
    let is_known = |prefix: &str| {
        let mut known = prefixes.iter();
        known.any(|known| known.eq_ignore_ascii_case(prefix))
    };
    name.split_once(':')
        .is_some_and(|(prefix, local)| local.eq_ignore_ascii_case("ping") && is_known(prefix))
}

/// The properties of a block, as they are written.
#[derive(Default)]
struct BlockProperties<'text> {
    ping: Option<&'text str>,
    identifier: Option<&'text str>,
    about: Option<&'text str>,
    title: Option<&'text str>,
}

impl<'text> BlockProperties<'text> {
    /// Records a property; the first of each name counts.
    fn add(&mut self, name: &str, value: &'text str, prefixes: &[&str]) {
        let field = match local_name(name).to_ascii_lowercase().as_str() {
            "ping" if is_ping(name, prefixes) => &mut self.ping,
            // The second spelling is from a widely copied template.
            "identifier" | "identifer" => &mut self.identifier,
            "about" => &mut self.about,
            "title" => &mut self.title,
            _ => return,
        };
        field.get_or_insert(value);
    }

    /// Records the properties that are elements at the start of `text`, up to the end of the block.
    fn add_elements(&mut self, text: &'text str, prefixes: &[&str]) {
        let mut ends = (MAX_BLOCK..MAX_BLOCK + 4).rev();
        let near = ends.find_map(|end| text.get(..end)).unwrap_or(text);
        let is_block = |name: &str| {
            let local = local_name(name);
            local.eq_ignore_ascii_case("Description") || local.eq_ignore_ascii_case("RDF")
        };
        let is_resource =
            |(name, _): &(&str, &str)| local_name(name).eq_ignore_ascii_case("resource");
        let mut open = None;
        for piece in pieces(near).take_while(|_| near.starts_with('<')) {
            match piece {
                MarkupPiece::Open { name, .. } | MarkupPiece::Close(name) if is_block(name) => {
                    break;
                }
                MarkupPiece::Open {
                    name,
                    attributes: inside,
                } => match attributes(inside).find(is_resource) {
                    Some((_, value)) => self.add(name, value, prefixes),
                    None => open = Some(name).filter(|_| !inside.ends_with('/')),
                },
                MarkupPiece::Text(value) | MarkupPiece::Cdata(value) => {
                    if let Some(name) = open.take() {
                        self.add(name, value, prefixes);
                    }
                }
                MarkupPiece::Close(_) | MarkupPiece::Comment | MarkupPiece::Other => open = None,
            }
        }
    }
}

fn parse_block<'text>(inside: &'text str, prefixes: &[&str]) -> (Option<PageClaim>, &'text str) {
    let mut read = BlockProperties::default();
    let mut found = attributes(inside);
    for (name, value) in found.by_ref() {
        read.add(name, value, prefixes);
    }
    if read.ping.is_none() {
        let mut elements = BlockProperties {
            about: read.about,
            ..BlockProperties::default()
        };
        elements.add_elements(found.rest(), prefixes);
        if elements.ping.is_some() {
            read = BlockProperties {
                identifier: read.identifier.or(elements.identifier),
                title: read.title.or(elements.title),
                ..elements
            };
        }
    }
    let BlockProperties {
        ping,
        identifier,
        about,
        title,
    } = read;
    let (ping, source) = match (ping, about, identifier) {
        (Some(ping), _, _) => (ping, DiscoverySource::Rdf),
        (None, Some(about), Some(_)) => (about, DiscoverySource::RdfAbout),
        _ => return (None, found.rest()),
    };
    let permalinks = match source {
        DiscoverySource::RdfAbout => [identifier, None],
        _ => [identifier, about],
    };
    let claim = PageClaim {
        ping: unescape(ping),
        source,
        identifiers: permalinks.into_iter().flatten().map(unescape).collect(),
        title: title.map(decode_title),
    };
    (Some(claim), found.rest())
}

/// Decodes also HTML's named characters, which are common in titles; a bare `<` is not markup here.
fn decode_title(raw: &str) -> String {
    if raw.contains('<') {
        unescape(raw)
    } else {
        strip_markup(raw)
    }
}
