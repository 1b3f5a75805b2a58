//! Checks whether programs find an entry's ping URL on the weblog's own pages.

use url::Url;

use super::findings::Findings;
use crate::admission::entries::{self, EntryReader};
use crate::admission::{linkback_target, ping_auth};
use crate::config::Config;
use crate::fetch::{Client, Timeout};
use crate::linkback::Protocol;
use crate::linkback::discover::{Discovery, DiscoverySource, discover_below_headers};
use crate::linkback::trackback::TbId;
use crate::order;
use crate::send;
use crate::store::Store;
use crate::urls::parse_plain_web;

/// How many pages are fetched: those of the newest entries, which the current templates have made.
const PAGES: usize = 2;

pub(super) fn inspect(config: &Config, store: &Store, timeout: Timeout, findings: &mut Findings) {
    // A private ping URL is not on the page.
    if config.passphrase.is_some() {
        return;
    }
    // An unreadable file is reported by `pings::inspect`.
    let mut known = entries::load(store).unwrap_or_default().entries;
    known.retain(|(_, entry)| entry.passphrase.is_none());
    order::sort_by_key(&mut known, |(_, entry)| std::cmp::Reverse(entry.published));
    let client = send::client(Some(config), timeout);
    let pages = known
        .into_iter()
        .filter_map(|(id, entry)| Some((id, entry.url?)));
    for (id, url) in pages.take(PAGES) {
        check_page((config, store), &client, &id, &url, findings);
    }
}

/// Checks whether the webmentions and the TrackBacks of a page get one id.
pub(super) fn inspect_ids(config: &Config, store: &Store, findings: &mut Findings) {
    // An unreadable file is reported by `pings::inspect`.
    if linkback_target::has_no_pattern(config, store).unwrap_or(false) {
        let [message, cure] = linkback_target::NO_PATTERN;
        findings.warning(message, cure);
    }
}

/// Whether webmentions or pingbacks are received.
pub(super) fn has_endpoint(config: &Config) -> bool {
    let protocols = [Protocol::Webmention, Protocol::Pingback];
    protocols
        .into_iter()
        .any(|protocol| config.receives(protocol))
}

/// Checks whether the home page announces where webmentions and pingbacks go.
pub(super) fn inspect_home(config: &Config, timeout: Timeout, findings: &mut Findings) {
    let Some(home) = config.site.first() else {
        return;
    };
    let client = send::client(Some(config), timeout);
    let discovery = match send::discover(&client, home) {
        Ok((discovery, _)) => discovery,
        Err(error) => {
            return findings.warning(
                format!("the home page `{home}` cannot be read: {error}"),
                "make sure that it is online, or correct `site`",
            );
        }
    };
    for (protocol, what, found) in [
        (Protocol::Webmention, "Webmentions", discovery.webmention),
        (Protocol::Pingback, "Pingbacks", discovery.pingback),
    ] {
        let named = match found {
            _ if !config.receives(protocol) => continue,
            Some(url) if is_own(config, &url) => continue,
            Some(url) => format!("names `{url}` for {what}, which is not this program"),
            None => format!("does not say where {what} go"),
        };
        findings.warning(
            format!("the home page `{home}` {named}"),
            "put what `tb snippet webmention` prints into the head of your pages, or into the web server's configuration",
        );
    }
}

/// Whether a URL is one of this program.
fn is_own(config: &Config, url: &Url) -> bool {
    let own = config.base_url.as_str().trim_end_matches('/');
    let rest = url.as_str().strip_prefix(own);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']))
}

fn check_page(
    (config, store): (&Config, &Store),
    client: &Client,
    id: &TbId,
    url: &Url,
    findings: &mut Findings,
) {
    let page = match client.get(url) {
        Ok(page) => page,
        Err(error) => {
            return findings.warning(
                format!("the page of entry `{id}` cannot be read: {error}"),
                "make sure that it is online; if its URL has changed, run `tb entries sync`",
            );
        }
    };
    let content = (page.body.as_slice(), page.content_type.as_deref());
    let found = discover_below_headers(content, url, &page.url, &page.links);
    if found.found.is_empty() {
        return findings.warning(
            format!("the page `{url}` names no ping URL, so nobody can ping it by its link"),
            "put what `tb snippet` prints into its template; a minifier removes the block, which is a comment (Hugo: \
             `keepComments = true`)",
        );
    }
    if let Some(other) = names_another_program(config, &found) {
        return findings.warning(
            format!("the page `{url}` names `{other}`, which is not this program"),
            "put what `tb snippet` prints now into its template",
        );
    }
    let named = found.found.first();
    let named = named.and_then(|found| ping_auth::id_of_ping_url(config, &found.ping_url));
    let reader = EntryReader::default();
    let known = linkback_target::page_id(config, store, &reader, url);
    let known = known.ok().flatten().unwrap_or_else(|| id.clone());
    if let Some(named) = named.filter(|named| *named != known) {
        findings.warning(
            format!(
                "the page `{url}` names the ping URL of `{named}`, but is known as `{known}`: its TrackBacks and its \
                 webmentions are listed apart"
            ),
            "make the template name the id that `tb entries` shows, or set `entry` or run `tb entries sync` so that \
             they follow the template",
        );
    }
    check_block(config, (url, &page.body), &found, findings);
}

fn check_block(
    config: &Config,
    (url, page): (&Url, &[u8]),
    found: &Discovery,
    findings: &mut Findings,
) {
    let mut blocks = found.found.iter();
    let block = blocks.find(|found| found.source == DiscoverySource::Rdf);
    if let Some(block) = block {
        let text = String::from_utf8_lossy(page);
        let ping_url = block.ping_url.as_str();
        let base = config.base_url.as_str().trim_end_matches('/');
        let rest = ping_url.strip_prefix(base).unwrap_or_default();
        // What `tb snippet` has to write for such a base.
        let in_comment = format!("{}{rest}", base.replace("--", "-&#45;"));
        if let Some(why) = unread_by_others(&text, [ping_url, &in_comment]) {
            findings.warning(
                format!("the page `{url}` has a block that many programs do not read: {why}"),
                "put what `tb snippet` prints now into its template, and let no minifier change it (Hugo: `keepQuotes = \
                 true`)",
            );
        }
    } else {
        findings.warning(
            format!("the page `{url}` names its ping URL by a link only, and most programs look for the RDF block"),
            "put the part `entry` of `tb snippet` below the entry; a minifier removes the block, which is a comment \
             (Hugo: `keepComments = true`)",
        );
    }
}

/// Why the patterns that Movable Type and Dotclear have published do not find the ping URL of the page's block, which this
/// program reads; `None` if they do. They decode nothing, and want the specification's spelling.
fn unread_by_others(page: &str, ping_urls: [&str; 2]) -> Option<&'static str> {
    let mut why = "its tags are not written as `<rdf:RDF …>` and `</rdf:RDF>`";
    for rest in page.split("<rdf:RDF").skip(1) {
        let Some((block, _)) = rest.split_once("</rdf:RDF>") else {
            continue;
        };
        let Some((inside, _)) = block
            .split_once("<rdf:Description")
            .and_then(|(_, rest)| rest.split_once("/>"))
        else {
            why = "it has no `<rdf:Description … />`";
            continue;
        };
        let value = |name: &str| {
            let (_, rest) = inside.split_once(&format!("{name}=\""))?;
            Some(rest.split_once('"')?.0)
        };
        why = match (value("dc:identifier"), value("trackback:ping")) {
            (Some(_), Some(named)) if !ping_urls.contains(&named) => {
                "its `trackback:ping` is not the ping URL as it is to be asked for"
            }
            (Some(identifier), Some(_)) if parse_plain_web(identifier).is_none() => {
                "its `dc:identifier` is not a whole URL"
            }
            (Some(_), Some(_)) if !block.contains("xmlns:trackback=") => {
                "it declares no namespaces (`xmlns:…`)"
            }
            (Some(_), Some(_)) => return None,
            _ => "`dc:identifier=\"…\"` and `trackback:ping=\"…\"` must be in quotes like these",
        };
    }
    Some(why)
}

/// The page's ping URL, if it is not one of this program.
fn names_another_program(config: &Config, found: &Discovery) -> Option<Url> {
    let first = found.found.first()?;
    (!is_own(config, &first.ping_url)).then(|| first.ping_url.clone())
}
