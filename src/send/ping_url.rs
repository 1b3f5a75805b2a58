//! Finds the ping URL of a page and decides whether it may be used.
//!
//! A page is untrusted. Its ping URL must be one that the client may connect to, and must belong to the page's own
//! registrable domain: otherwise a stranger could make us send requests to any host. The user can allow further hosts.

use url::Url;

use crate::domain::registrable;
use crate::error::{Error, FetchError, Result};
use crate::fetch::{Client, Page, Reach, guard};
use crate::linkback::discover::{self, Discovery, DiscoverySource, FoundEndpoint};

/// Which ping URLs may be used.
#[derive(Debug, Clone)]
pub struct EndpointRules {
    /// Hosts, or domains with their subdomains, whose ping URLs pages of other domains may name.
    pub ping_hosts: Vec<String>,
    /// Whether `…/trackback/` is tried for a WordPress page that names none.
    pub guess: Guess,
    /// Which addresses a ping may be sent to.
    pub reach: Reach,
}

/// Whether a ping URL that a page does not name may be guessed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guess {
    /// Only ping URLs that pages name are used.
    Never,
    /// The one that WordPress uses: the permalink with `trackback/`.
    WordPress,
}

/// The ping URL of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PageEndpoints {
    /// The ping URL to use.
    PingUrl(Url),
    /// No usable one; with the reason, if it is not simply that the page names none.
    Nothing(Option<String>),
}

/// Fetches a page and finds the ping URLs that it, its RSD document or its feed names; also returns the page.
pub fn discover(client: &Client, page: &Url) -> Result<(Discovery, Page)> {
    let fetched = client.get(page)?;
    Ok((discover_in(client, page, &fetched), fetched))
}

/// Fetches a page that is linked to, and finds its ping URL.
pub fn find(client: &Client, target: &Url, rules: &EndpointRules) -> Result<PageEndpoints> {
    let fetched = match client.get(target) {
        Ok(fetched) => fetched,
        Err(Error::Fetch { fault, .. }) if is_for_good(&fault) => {
            return Ok(PageEndpoints::Nothing(Some(fault.to_string())));
        }
        Err(other) => return Err(other),
    };
    let discovery = discover_in(client, target, &fetched);
    let mut why = None;
    for found in &discovery.found {
        match refuse(&found.ping_url, &[target, &fetched.url], rules) {
            None => return Ok(PageEndpoints::PingUrl(found.ping_url.clone())),
            // The reason for the first one is reported: it is most likely the right one.
            Some(reason) => {
                why.get_or_insert(reason);
            }
        }
    }
    if why.is_none()
        && let Some(ping_url) = guess(&fetched)
    {
        return Ok(match rules.guess {
            Guess::WordPress => PageEndpoints::PingUrl(ping_url),
            Guess::Never => PageEndpoints::Nothing(Some(WORDPRESS_HINT.to_owned())),
        });
    }
    Ok(PageEndpoints::Nothing(why))
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

/// Finds the ping URLs that a fetched page names; if it names none, fetches its RSD document and its feed.
pub fn discover_in(client: &Client, page: &Url, fetched: &Page) -> Discovery {
    let kind = fetched.content_type.as_deref();
    let mut discovery = discover::discover(&fetched.body, kind, page, &fetched.url);
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
    discovery
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
        | FetchError::Status(401 | 403 | 404 | 405 | 406 | 410 | 451) => true,
        FetchError::Resolve
        | FetchError::Connect(_)
        | FetchError::Timeout
        | FetchError::Tls(_)
        | FetchError::Moved { .. }
        | FetchError::Status(_)
        | FetchError::TooLarge
        | FetchError::Protocol(_)
        | FetchError::Content(_)
        | FetchError::Uncertain(_) => false,
    }
}

/// Whether a page contains paths that only WordPress uses.
fn is_wordpress(page: &Page) -> bool {
    let marks: [&[u8]; 3] = [b"/wp-content/", b"/wp-includes/", b"/wp-json/"];
    marks
        .iter()
        .any(|mark| page.body.windows(mark.len()).any(|part| part == *mark))
}

/// WordPress's ping URL for a permalink without a query.
fn wordpress_ping_url(permalink: &Url) -> Option<Url> {
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
            let guessed = wordpress_ping_url(&url(permalink)).map(String::from);
            assert_eq!(guessed.as_deref(), expected, "{permalink}");
        }
    }
}
