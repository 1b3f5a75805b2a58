//! RDF blocks anywhere in a page: in comments, in CDATA, in the markup, well-formed or not.
//!
//! Only the attributes after a `<rdf:Description` are read. That finds blocks whose surroundings no XML parser would
//! accept, and ignores samples shown as text, whose `<` is escaped.

use super::claim::{DiscoverySource, PageClaim};
use crate::html::strip_markup;
use crate::linkback::markup::{attributes, local_name, unescape};

/// The most blocks that are read; no index page shows more entries.
const MAX_BLOCKS: usize = 2_000;

/// Finds the blocks in `text`, in order.
pub(super) fn scan(text: &str) -> Vec<PageClaim> {
    let mut claims = Vec::new();
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
        let (claim, behind) = parse_block(inside);
        rest = behind;
        claims.extend(claim);
        if claims.len() == MAX_BLOCKS {
            break;
        }
    }
    claims
}

fn parse_block(inside: &str) -> (Option<PageClaim>, &str) {
    let (mut ping, mut identifier, mut about, mut title) = (None, None, None, None);
    let mut found = attributes(inside);
    for (name, value) in found.by_ref() {
        let field = match local_name(name).to_ascii_lowercase().as_str() {
            "ping" if name.to_ascii_lowercase().starts_with("trackback:") => &mut ping,
            // The second spelling is from a widely copied template.
            "identifier" | "identifer" => &mut identifier,
            "about" => &mut about,
            "title" => &mut title,
            _ => continue,
        };
        field.get_or_insert(value);
    }
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
