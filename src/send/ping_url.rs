//! Finds the endpoints of a page and decides which may be used: for Webmentions, for Pingbacks, and the ping URL, in this
//! order.
//!
//! A page is untrusted. An endpoint must be one that the client may connect to. A ping URL must also belong to the page's
//! own registrable domain: otherwise a stranger could make us send requests to any host. The user can allow further
//! hosts. Endpoints for Webmentions and Pingbacks are often on another domain, because services receive them for many
//! sites.

use std::collections::BTreeMap;

use url::Url;

use crate::domain::registrable;
use crate::error::{Error, FetchError, Result};
use crate::fetch::{Client, Page, Reach, guard};
use crate::linkback::Protocol;
use crate::linkback::discover::{self, Discovery, DiscoverySource, FoundEndpoint};
use crate::urls::{bare_host, without_tracking};

/// Which ping URLs may be used.
#[derive(Debug, Clone)]
pub struct EndpointRules {
    /// Hosts, or domains with their subdomains, whose ping URLs pages of other domains may name.
    pub ping_hosts: Vec<String>,
    /// Whether `…/trackback/` is tried for a WordPress page that names none.
    pub guess: GuessPolicy,
    /// Which addresses a ping may be sent to.
    pub reach: Reach,
    /// The protocols to use.
    pub protocols: Vec<Protocol>,
}

impl EndpointRules {
    /// Whether the protocol is one to use.
    pub fn speaks(&self, protocol: Protocol) -> bool {
        self.protocols.contains(&protocol)
    }
}

/// Whether a ping URL that a page does not name may be guessed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GuessPolicy {
    /// Only ping URLs that pages name are used.
    Never,
    /// The one that WordPress uses: the permalink with `trackback/`.
    WordPress,
}

/// The endpoints of a page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PageEndpoints {
    /// The usable ones, the best first.
    pub usable: Vec<Endpoint>,
    /// Why none is usable, if it is not simply that the page names none.
    pub unusable_because: Option<String>,
    /// Why no Webmention can be sent although the page may accept them: it could not be fetched, or its endpoint may not
    /// be used.
    pub webmention_obstacle: Option<String>,
    /// The usable ping URLs of the entries on the page that were asked for, by their fragments.
    pub places: Vec<(String, Endpoint)>,
    /// Where the page was after redirects, and the permalink that it states.
    pub pages: Vec<Url>,
}

/// Where a page receives notifications of links to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// The protocol.
    pub protocol: Protocol,
    /// The ping URL, Webmention endpoint or Pingback server.
    pub url: Url,
}

/// Fetches a page and finds the endpoints that its headers and the page itself name, and the ping URLs that its RSD
/// document or its feed names; also returns the page.
pub fn discover(client: &Client, page: &Url) -> Result<(Discovery, Page)> {
    let fetched = client.get_target(page)?;
    Ok((discover_in(client, page, &fetched), fetched))
}

/// Fetches a page that is linked to, and finds its usable endpoints; also those of the entries on it that have one of these
/// fragments.
pub fn find(
    client: &Client,
    target: &Url,
    fragments: &[String],
    rules: &EndpointRules,
) -> Result<PageEndpoints> {
    let fetched = match client.get_target(target) {
        Ok(fetched) => fetched,
        Err(Error::Fetch { fault, .. }) if is_for_good(&fault) => {
            let reason = Some(fault.to_string());
            return Ok(PageEndpoints {
                unusable_because: reason.clone(),
                webmention_obstacle: reason,
                ..PageEndpoints::default()
            });
        }
        Err(other) => return Err(other),
    };
    let mut discovery = discover_in_page(target, &fetched);
    let mut endpoints = mention_endpoints(&discovery, rules);
    let own = discovery.canonical.iter();
    let own = own.filter(|canonical| bare_host(canonical) == bare_host(&fetched.url));
    endpoints.pages = std::iter::once(&fetched.url).chain(own).cloned().collect();
    if rules.speaks(Protocol::TrackBack) {
        let pages = [target, &fetched.url];
        endpoints.places = usable_places(&discovery, &pages, fragments, rules);
    }
    let PageEndpoints {
        usable,
        unusable_because: why,
        ..
    } = &mut endpoints;
    if rules.speaks(Protocol::TrackBack) {
        if usable.is_empty() {
            discover_in_references(client, target, &fetched, &mut discovery);
        }
        for found in &discovery.found {
            match refuse(&found.ping_url, &[target, &fetched.url], rules) {
                None => {
                    usable.push(Endpoint::ping_url(found.ping_url.clone()));
                    break;
                }
                // The reason for the first one is reported: it is most likely the right one.
                Some(reason) => {
                    why.get_or_insert(reason);
                }
            }
        }
        if discovery.found.is_empty()
            && let Some(ping_url) = guess(&fetched)
        {
            match rules.guess {
                GuessPolicy::WordPress => usable.push(Endpoint::ping_url(ping_url)),
                GuessPolicy::Never => drop(why.get_or_insert(WORDPRESS_HINT.to_owned())),
            }
        }
    }
    if let Some(kind) = &fetched.other_type {
        why.get_or_insert_with(|| FetchError::NotText(kind.clone()).to_string());
    }
    Ok(endpoints)
}

/// The usable ping URLs that blocks of a page name for these fragments. Where two blocks claim a fragment, neither counts.
fn usable_places(
    discovery: &Discovery,
    pages: &[&Url],
    fragments: &[String],
    rules: &EndpointRules,
) -> Vec<(String, Endpoint)> {
    let mut places: BTreeMap<String, Option<&Url>> = BTreeMap::new();
    for (fragment, found) in discovery.places(pages) {
        if fragments.contains(&fragment) && refuse(&found.ping_url, pages, rules).is_none() {
            let ping_url = Some(&found.ping_url);
            let known = places.entry(fragment).or_insert(ping_url);
            *known = known.filter(|known| Some(*known) == ping_url);
        }
    }
    let places = places.into_iter();
    places
        .filter_map(|(fragment, url)| Some((fragment, Endpoint::ping_url(url?.clone()))))
        .collect()
}

/// The endpoints for Webmentions and Pingbacks.
fn mention_endpoints(discovery: &Discovery, rules: &EndpointRules) -> PageEndpoints {
    let mut endpoints = PageEndpoints::default();
    for (protocol, url, what) in [
        (
            Protocol::Webmention,
            &discovery.webmention,
            "Webmention endpoint",
        ),
        (Protocol::Pingback, &discovery.pingback, "Pingback server"),
    ] {
        let Some(url) = url.as_ref().filter(|_| rules.speaks(protocol)) else {
            continue;
        };
        match guard::check_url(url, rules.reach) {
            Ok(()) => endpoints.usable.push(Endpoint {
                protocol,
                url: url.clone(),
            }),
            Err(fault) => {
                let reason = format!("its {what} `{url}`: {fault}");
                if protocol == Protocol::Webmention {
                    endpoints.webmention_obstacle = Some(reason.clone());
                }
                endpoints.unusable_because.get_or_insert(reason);
            }
        }
    }
    endpoints
}

impl Endpoint {
    /// A ping URL.
    pub fn ping_url(url: Url) -> Endpoint {
        Endpoint {
            protocol: Protocol::TrackBack,
            url,
        }
    }
}

/// Why a WordPress page has no ping URL, and how to try one. Ledgers hold this text and are compared with it.
pub const WORDPRESS_HINT: &str =
    "it names none, but is WordPress's: `--guess-wordpress` tries the usual one";

/// The ping URL that WordPress would use, if the page looks like one of WordPress.
pub fn guess(page: &Page) -> Option<Url> {
    is_wordpress(page)
        .then(|| wordpress_ping_url(&page.url))
        .flatten()
}

/// Why `ping_url` may not be used for a page with these URLs; `None` if it may.
pub fn refuse(ping_url: &Url, pages: &[&Url], rules: &EndpointRules) -> Option<String> {
    if let Err(fault) = guard::check_url(ping_url, rules.reach) {
        return Some(format!("its ping URL `{ping_url}`: {fault}"));
    }
    let host = ping_url.host_str().unwrap_or_default();
    let is_own = pages
        .iter()
        .any(|page| registrable(page) == registrable(ping_url));
    let is_named = rules.ping_hosts.iter().any(|named| {
        let named = named.trim().trim_start_matches('.').to_ascii_lowercase();
        !named.is_empty()
            && (host == named
                || host
                    .strip_suffix(&named)
                    .is_some_and(|rest| rest.ends_with('.')))
    });
    (!is_own && !is_named).then(|| {
        format!("its ping URL `{ping_url}` is on another domain (`--ping-host {host}` allows it)")
    })
}

/// Finds the endpoints that a fetched page and its headers name; if they name no ping URL, fetches the page's RSD document
/// and its feed.
pub fn discover_in(client: &Client, page: &Url, fetched: &Page) -> Discovery {
    let mut discovery = discover_in_page(page, fetched);
    discover_in_references(client, page, fetched, &mut discovery);
    discovery
}

/// Finds what the headers of a page and the page itself name.
fn discover_in_page(page: &Url, fetched: &Page) -> Discovery {
    let kind = fetched.content_type.as_deref();
    let content = (fetched.body.as_slice(), kind);
    discover::discover_below_headers(content, page, &fetched.url, &fetched.links).with_headers(
        &fetched.links,
        fetched.pingback.as_deref(),
        &fetched.url,
    )
}

/// If a page names no ping URL itself, fetches its RSD document and its feed, and adds those that they name.
fn discover_in_references(client: &Client, page: &Url, fetched: &Page, discovery: &mut Discovery) {
    if let (true, Some(at)) = (discovery.found.is_empty(), &discovery.rsd) {
        let document = client.get(at).ok();
        let found = document.and_then(|document| discover::rsd(&document.body, &document.url));
        discovery.found.extend(found.map(|ping_url| FoundEndpoint {
            ping_url,
            source: DiscoverySource::Rsd,
            identifier: None,
            title: None,
        }));
    }
    if let (true, Some(at)) = (discovery.found.is_empty(), &discovery.feed)
        && let Ok(feed) = client.get(at)
    {
        let kind = feed.content_type.as_deref();
        // The item may link to any of the page's URLs.
        let names = [Some(page), Some(&fetched.url), discovery.canonical.as_ref()];
        let items = names.into_iter().flatten().map(|name| {
            let items = discover::discover(&feed.body, kind, name, &feed.url).found;
            let of_feed = |found: &FoundEndpoint| found.source == DiscoverySource::Feed;
            items
                .into_iter()
                .filter(of_feed)
                .collect::<Vec<FoundEndpoint>>()
        });
        let own = items.into_iter().find(|found| !found.is_empty());
        discovery.found.extend(own.unwrap_or_default());
    }
}

/// Whether fetching the page again would fail the same way.
fn is_for_good(fault: &FetchError) -> bool {
    match fault {
        FetchError::BadUrl
        | FetchError::LongUrl(_)
        | FetchError::Port(_)
        | FetchError::Address(_)
        | FetchError::NotText(_)
        | FetchError::TooManyRedirects
        | FetchError::CookieLoop
        | FetchError::Status(401 | 403 | 404 | 405 | 406 | 410 | 451) => true,
        FetchError::Resolve
        | FetchError::Connect(_)
        | FetchError::Timeout
        | FetchError::Tls(_)
        | FetchError::Moved { .. }
        | FetchError::Status(_)
        | FetchError::Early { .. }
        | FetchError::TooLarge
        | FetchError::Protocol(_)
        | FetchError::Content(_)
        | FetchError::Uncertain(_) => false,
    }
}

/// Whether a page contains paths or marks that only WordPress uses, or its headers do.
fn is_wordpress(page: &Page) -> bool {
    const MARKS: [&[u8]; 6] = [
        b"/wp-content/",
        b"/wp-includes/",
        b"/wp-json/",
        b"/xmlrpc.php?rsd",
        b"content=\"WordPress ",
        b"content='WordPress ",
    ];
    let has = |mark: &&[u8]| page.body.windows(mark.len()).any(|part| part == *mark);
    let pingback = page.pingback.as_deref().unwrap_or_default();
    MARKS.iter().any(has)
        || pingback.trim().ends_with("/xmlrpc.php")
        || page
            .links
            .iter()
            .any(|link| link.contains("https://api.w.org/"))
}

/// WordPress's ping URL for a permalink.
fn wordpress_ping_url(permalink: &Url) -> Option<Url> {
    let mut url = without_tracking(permalink);
    if let Some(query) = url.query() {
        let id = query.strip_prefix("p=").filter(|id| !id.is_empty())?;
        let is_number = id.bytes().all(|byte| byte.is_ascii_digit());
        return (is_number && url.path().ends_with('/'))
            .then(|| url.join(&format!("wp-trackback.php?p={id}")).ok())
            .flatten();
    }
    // Other views of an entry take no pings.
    let is_view = |segment: &str| {
        matches!(segment, "amp" | "feed" | "embed" | "trackback")
            || segment.starts_with("comment-page-")
    };
    let segments: Vec<&str> = url
        .path_segments()?
        .filter(|part| !part.is_empty())
        .collect();
    let views = segments
        .iter()
        .rev()
        .take_while(|part| is_view(part))
        .count();
    if views == segments.len() {
        return None;
    }
    let mut path = url.path_segments_mut().ok()?;
    path.pop_if_empty();
    for _ in 0..views {
        path.pop().pop_if_empty();
    }
    path.extend(["trackback", ""]);
    drop(path);
    Some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    fn rules(ping_hosts: &[&str]) -> EndpointRules {
        EndpointRules {
            ping_hosts: ping_hosts.iter().map(|host| (*host).to_owned()).collect(),
            guess: GuessPolicy::Never,
            reach: Reach::Public,
            protocols: Protocol::ALL.to_vec(),
        }
    }

    #[test]
    fn s6_a_ping_url_of_another_domain_needs_the_owners_word() {
        let page = url("https://www.blog.example.co.uk/1");
        for (ping_url, named, expected) in [
            ("https://tb.example.co.uk/1", &[][..], true),
            ("http://www.blog.example.co.uk:8080/1", &[], true),
            ("https://other.co.uk/1", &[], false),
            ("https://other.co.uk/1", &["other.co.uk"], true),
            ("https://tb.other.co.uk/1", &[".Other.co.uk"], true),
            ("https://another.co.uk/1", &["other.co.uk"], false),
            ("https://other.co.uk/1", &["", "."], false),
            ("https://tb.example.co.uk:25/1", &[], false),
            ("http://127.0.0.1/1", &["127.0.0.1"], false),
            ("https://u:p@tb.example.co.uk/", &[], false),
        ] {
            let refused = refuse(&url(ping_url), &[&page], &rules(named));
            assert_eq!(refused.is_none(), expected, "{ping_url}: {refused:?}");
        }
    }

    #[test]
    fn a_page_that_has_moved_may_name_ping_urls_of_its_new_domain() {
        let (asked, answered) = (url("https://old.example/1"), url("https://new.test/1"));
        for ping_url in ["https://old.example/tb", "https://new.test/tb"] {
            assert_eq!(
                refuse(&url(ping_url), &[&asked, &answered], &rules(&[])),
                None
            );
        }
    }

    #[test]
    fn c13_wordpress_is_known_by_its_paths_its_marks_and_its_headers() {
        let at = url("https://a.example/1/");
        let of = |body: &str| Page::html(at.clone(), 200, body);
        for body in [
            "<script src='https://cdn.example/wp-content/x.js'></script>",
            "<meta name=\"generator\" content=\"WordPress 6.4\" />",
            "<meta name='generator' content='WordPress 6.4'>",
            "<link rel=EditURI href=https://a.example/xmlrpc.php?rsd>",
        ] {
            assert!(guess(&of(body)).is_some(), "{body}");
        }
        let pingback = Page {
            pingback: Some("https://a.example/xmlrpc.php".to_owned()),
            ..of("")
        };
        let links = Page {
            links: vec!["<https://a.example/api/>; rel=\"https://api.w.org/\"".to_owned()],
            ..of("")
        };
        assert!(guess(&pingback).is_some() && guess(&links).is_some());
        for body in [
            "",
            "<p>I moved away from WordPress 6.4.",
            "<meta name=generator content='Hugo 0.1'>",
        ] {
            assert_eq!(guess(&of(body)), None, "{body}");
        }
    }

    #[test]
    fn wordpress_takes_pings_below_its_permalinks() {
        for (permalink, expected) in [
            (
                "https://a.example/1/",
                Some("https://a.example/1/trackback/"),
            ),
            (
                "https://a.example/1",
                Some("https://a.example/1/trackback/"),
            ),
            (
                "https://a.example/1/?utm_source=x",
                Some("https://a.example/1/trackback/"),
            ),
            (
                "https://a.example/1/amp/",
                Some("https://a.example/1/trackback/"),
            ),
            (
                "https://a.example/1/feed/",
                Some("https://a.example/1/trackback/"),
            ),
            (
                "https://a.example/b/%C3%A9/comment-page-2/",
                Some("https://a.example/b/%C3%A9/trackback/"),
            ),
            (
                "https://a.example/?p=12",
                Some("https://a.example/wp-trackback.php?p=12"),
            ),
            (
                "https://a.example/blog/?p=12&fbclid=x",
                Some("https://a.example/blog/wp-trackback.php?p=12"),
            ),
            ("https://a.example/?p=1/../x", None),
            ("https://a.example/?cat=1", None),
            ("https://a.example/?p=", None),
            ("https://a.example/feed/", None),
            ("https://a.example/", None),
        ] {
            let guessed = wordpress_ping_url(&url(permalink)).map(String::from);
            assert_eq!(guessed.as_deref(), expected, "{permalink}");
        }
    }
}
