//! Looks at a page for the endpoints to use: for Webmentions, for Pingbacks, and the ping URL, in this order.
//!
//! What a page names is a stranger's word. An endpoint has to be one that may be dialled. A ping URL also belongs to the
//! page's own registrable domain, unless the owner names its host: another's would make us knock at doors of the
//! stranger's choice. The other two often lie elsewhere, for there are services that take them for many sites.

use url::Url;

use crate::domain::registrable;
use crate::error::{Error, FetchError, Result};
use crate::fetch::{Client, Page, Reach, guard};
use crate::linkback::Protocol;
use crate::linkback::discover::{self, Discovery, DiscoverySource, FoundEndpoint};

/// Which ping URLs are used.
#[derive(Debug, Clone)]
pub struct EndpointRules {
    /// Hosts (or domains with all below them) whose ping URLs are used on pages of other domains too.
    pub ping_hosts: Vec<String>,
    /// Whether `…/trackback/` is tried on a WordPress page that names none.
    pub guess: Guess,
    /// How far a ping may go.
    pub reach: Reach,
    /// The protocols that are spoken.
    pub protocols: Vec<Protocol>,
}

impl EndpointRules {
    /// Whether that protocol is spoken.
    pub fn speaks(&self, protocol: Protocol) -> bool {
        self.protocols.contains(&protocol)
    }
}

/// Whether a ping URL that a page does not name may be guessed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guess {
    /// Only named ones are used.
    Never,
    /// WordPress's: the permalink and `trackback/`.
    WordPress,
}

/// What a page has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PageEndpoints {
    /// At least one, the best first.
    Found(Vec<Endpoint>),
    /// None; and why, where that is not simply so.
    Nothing(Option<String>),
}

/// Where a page is told that it is linked to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// How.
    pub protocol: Protocol,
    /// The ping URL, endpoint or server.
    pub url: Url,
}

/// Finds the ping URLs and endpoints that a page names, in its headers, in itself, in its RSD document or in its feed;
/// also gives the page.
pub fn discover(client: &Client, page: &Url) -> Result<(Discovery, Page)> {
    let fetched = client.get_target(page)?;
    Ok((read(client, page, &fetched), fetched))
}

/// Looks at a page that is linked to.
pub fn look(client: &Client, target: &Url, rules: &EndpointRules) -> Result<PageEndpoints> {
    let fetched = match client.get_target(target) {
        Ok(fetched) => fetched,
        Err(Error::Fetch { fault, .. }) if is_for_good(&fault) => {
            return Ok(PageEndpoints::Nothing(Some(fault.to_string())));
        }
        Err(other) => return Err(other),
    };
    let mut discovery = read_own(target, &fetched);
    let (mut endpoints, mut why) = mentioned(&discovery, rules);
    if rules.speaks(Protocol::TrackBack) {
        if endpoints.is_empty() {
            read_further(client, target, &fetched, &mut discovery);
        }
        for found in &discovery.found {
            match refuse(&found.ping_url, &[target, &fetched.url], rules) {
                None => {
                    endpoints.push(Endpoint::ping_url(found.ping_url.clone()));
                    break;
                }
                // The first is the one that the page means.
                Some(reason) => {
                    why.get_or_insert(reason);
                }
            }
        }
        if discovery.found.is_empty()
            && let Some(ping_url) = guess(&fetched)
        {
            match rules.guess {
                Guess::WordPress => endpoints.push(Endpoint::ping_url(ping_url)),
                Guess::Never => drop(why.get_or_insert(WORDPRESS_HINT.to_owned())),
            }
        }
    }
    if let (None, Some(kind)) = (&why, &fetched.other_type) {
        why = Some(FetchError::NotText(kind.clone()).to_string());
    }
    Ok(if endpoints.is_empty() {
        PageEndpoints::Nothing(why)
    } else {
        PageEndpoints::Found(endpoints)
    })
}

/// The endpoints for Webmentions and Pingbacks that may be used; and why the first of those that may not is not.
fn mentioned(discovery: &Discovery, rules: &EndpointRules) -> (Vec<Endpoint>, Option<String>) {
    let (mut endpoints, mut why) = (Vec::new(), None);
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
            Ok(()) => endpoints.push(Endpoint {
                protocol,
                url: url.clone(),
            }),
            Err(fault) => drop(why.get_or_insert(format!("its {what} `{url}`: {fault}"))),
        }
    }
    (endpoints, why)
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

/// Why a WordPress page has no ping URL, and how to come by one.
pub const WORDPRESS_HINT: &str =
    "it names none, but is WordPress's: `--guess-wordpress` tries the usual one";

/// Where a page takes pings that bears the marks of WordPress, whether it names that or not.
pub fn guess(page: &Page) -> Option<Url> {
    is_wordpress(page).then(|| guessed(&page.url)).flatten()
}

/// Why `ping_url` is not used for a page that has one of those URLs; `None` if it is.
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

/// Reads what a page names that was fetched, and asks what it refers to where it names no ping URL itself.
pub fn read(client: &Client, page: &Url, fetched: &Page) -> Discovery {
    let mut discovery = read_own(page, fetched);
    read_further(client, page, fetched, &mut discovery);
    discovery
}

/// Reads what a page names itself.
fn read_own(page: &Url, fetched: &Page) -> Discovery {
    let kind = fetched.content_type.as_deref();
    discover::discover(&fetched.body, kind, page, &fetched.url).with_headers(
        &fetched.links,
        fetched.pingback.as_deref(),
        &fetched.url,
    )
}

/// Looks for ping URLs in what a page refers to that names none itself.
fn read_further(client: &Client, page: &Url, fetched: &Page, discovery: &mut Discovery) {
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
        // The item may have any of the names of the page.
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

/// Whether the page will be as useless the next time.
fn is_for_good(fault: &FetchError) -> bool {
    match fault {
        FetchError::BadUrl
        | FetchError::LongUrl(_)
        | FetchError::Port(_)
        | FetchError::Address(_)
        | FetchError::NotText(_)
        | FetchError::TooManyRedirects
        | FetchError::Status(401 | 403 | 404 | 405 | 406 | 410 | 451) => true,
        FetchError::Resolve
        | FetchError::Connect(_)
        | FetchError::Timeout
        | FetchError::Tls(_)
        | FetchError::Moved { .. }
        | FetchError::Status(_)
        | FetchError::TooLarge
        | FetchError::Protocol(_)
        | FetchError::Uncertain(_) => false,
    }
}

/// Whether a page bears the marks of WordPress.
fn is_wordpress(page: &Page) -> bool {
    let marks: [&[u8]; 3] = [b"/wp-content/", b"/wp-includes/", b"/wp-json/"];
    marks
        .iter()
        .any(|mark| page.body.windows(mark.len()).any(|part| part == *mark))
}

/// Where WordPress takes pings for a permalink without a query.
fn guessed(permalink: &Url) -> Option<Url> {
    if permalink.query().is_some() || permalink.path() == "/" {
        return None;
    }
    let mut url = permalink.clone();
    url.path_segments_mut()
        .ok()?
        .pop_if_empty()
        .extend(["trackback", ""]);
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
            guess: Guess::Never,
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
            ("https://a.example/?p=1", None),
            ("https://a.example/", None),
        ] {
            let guessed = guessed(&url(permalink)).map(String::from);
            assert_eq!(guessed.as_deref(), expected, "{permalink}");
        }
    }
}
