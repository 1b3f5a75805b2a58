//! The publisher of a page: the host of its URL, and on a shared host also the part of the path that belongs to one
//! person. Pure.
//!
//! The owner approves publishers: approving one weblog of a platform says nothing about its neighbours. Another port of a
//! name is another host, since anybody can listen there on a shared machine; an address stands for the whole machine.

use std::fmt;
use std::net::Ipv4Addr;
use std::sync::LazyLock;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use url::{Host, Url};

use self::words::{
    ACADEMIC, ANY, FILES, FOLDER_PREFIXES, FOLDERS, HOST_PARAMETERS, LABELS, LANGUAGES,
    NAME_PREFIXES, ROUTES, SHARED_LABELS, VIEWS,
};
use super::shortener::is_redirector;
use crate::domain::{is_open_to_all, registrable};
use crate::urls::{bare_host, without_tracking};

mod words;

/// The publisher of a page.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Publisher {
    /// Without `www.`, in lower case and Punycode; with the port unless it is 80 or 443.
    host: String,
    /// The registrable domain of the host.
    domain: String,
    /// The beginning of the path, such as `~name` or `view/name`.
    tenant: Option<String>,
}

/// The patterns of known shared hosts.
const PLATFORMS: &str = include_str!("publisher/platforms.txt");

/// How deep in a path a marked name such as `~name` may be.
const MAX_DEPTH: usize = 3;

/// The longest name of a tenant, in bytes. Tenants with longer ones cannot be approved.
const MAX_NAME: usize = 200;

/// Characters escaped in a tenant's name, so that it is a single word in a line.
const ESCAPED: AsciiSet = NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'@')
    .remove(b'$')
    .remove(b'=')
    .remove(b':');

impl Publisher {
    /// The publisher of the page at `url`; `None` for a URL without a host, if the tenant's name is too long, or if many
    /// people publish on the host and the path does not say whose the page is, or if servers may differ about that. Whose
    /// URL has another one in it shows that page: it is a proxy, an archive or a translator.
    pub fn of(url: &Url) -> Option<Publisher> {
        let host = host_of(url).filter(|_| !is_redirector(url))?;
        let segments: Vec<String> = url
            .path()
            .split('/')
            .map(|part| percent_decode_str(part).decode_utf8_lossy().into_owned())
            .filter(|part| !part.is_empty())
            .collect();
        let has_query = url.query().is_some();
        let length = tenant_length(&host, &segments, has_query)?;
        let name = segments.get(..length).filter(|name| !name.is_empty());
        let further = further_decoded(&segments)?;
        if further != segments {
            let length = tenant_length(&host, &further, has_query)?;
            if further.get(..length) != Some(name.unwrap_or_default()) {
                return None;
            }
        }
        if name.is_none() && (is_url_in(&further) || names_other_host(url)) {
            return None;
        }
        let name = name.map(|name| {
            let escaped = |part: &String| utf8_percent_encode(part, &ESCAPED).to_string();
            name.iter().map(escaped).collect::<Vec<_>>().join("/")
        });
        if name.as_ref().is_some_and(|name| name.len() > MAX_NAME) {
            return None;
        }
        Some(Publisher {
            domain: registrable(url),
            tenant: name,
            host,
        })
    }

    /// The publisher that an author is, by the author's URL on a proxy's page: never a whole host if the URL has a path.
    pub fn of_author(url: &Url) -> Option<Publisher> {
        let publisher = Publisher::of(url)?;
        let first = url.path_segments()?.find(|part| !part.is_empty());
        let (true, Some(first)) = (publisher.is_host(), first) else {
            return Some(publisher);
        };
        let first = percent_decode_str(first).decode_utf8_lossy();
        let tenant = utf8_percent_encode(&first, &ESCAPED).to_string();
        (tenant.len() <= MAX_NAME).then_some(Publisher {
            tenant: Some(tenant),
            ..publisher
        })
    }

    /// Parses the output of [`Display`](fmt::Display); `None` for any other text.
    pub fn parse(text: &str) -> Option<Publisher> {
        let url = match text.split_once('/') {
            // IPv6 addresses are written without brackets.
            Some((host, path)) if host.matches(':').count() > 1 => {
                Url::parse(&format!("http://[{host}]/{path}"))
            }
            None if text.matches(':').count() > 1 => Url::parse(&format!("http://[{text}]")),
            Some(_) | None => Url::parse(&format!("http://{text}")),
        };
        let url = url.ok()?;
        let all = [Publisher::of(&url), Publisher::of_author(&url)];
        let mut all = all.into_iter().flatten();
        all.find(|publisher| publisher.to_string() == text)
    }

    /// The registrable domain of the host.
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// The host, without `www.`.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The same without its port.
    pub fn host_without_port(&self) -> &str {
        match self.host.split_once(':') {
            Some((name, port)) if !port.contains(':') => name,
            _ => &self.host,
        }
    }

    /// Whether both have the same name but for the case of their tenants' letters.
    pub fn is_spelt_like(&self, other: &Publisher) -> bool {
        let tenant = self.tenant().unwrap_or_default();
        self.host == other.host && tenant.eq_ignore_ascii_case(other.tenant().unwrap_or_default())
    }

    /// The beginning of the path that belongs to the publisher, without slashes around it; `None` for a whole host.
    pub fn tenant(&self) -> Option<&str> {
        self.tenant.as_deref()
    }

    /// Whether this is a host, without its tenants.
    pub fn is_host(&self) -> bool {
        self.tenant.is_none()
    }

    /// Whether the host is an address or a name without a dot, which have no subdomains.
    fn is_single(&self) -> bool {
        self.host.matches(':').count() > 1
            || self.host.parse::<Ipv4Addr>().is_ok()
            || !self.host.contains('.')
    }
}

/// `host/` or `host/tenant/`; an address alone has no slash.
impl fmt::Display for Publisher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.tenant {
            Some(tenant) => write!(f, "{}/{tenant}/", self.host),
            None if self.is_single() => f.write_str(&self.host),
            None => write!(f, "{}/", self.host),
        }
    }
}

/// Whether a registrable domain is shared by many publishers.
pub fn is_shared(domain: &str) -> bool {
    is_academic(domain)
        || PATTERNS
            .iter()
            .any(|pattern| is_within(pattern.domain, domain))
}

/// Whether a host name is of a known platform, on which parts of the path are people's.
pub fn has_tenants(host: &str) -> bool {
    !paths_of(host).is_empty() || gives_folders_by_name(host)
}

/// Whether `host` is `domain` or a subdomain.
pub(crate) fn is_within(host: &str, domain: &str) -> bool {
    host.strip_suffix(domain)
        .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// The host of a URL as publishers have it.
pub(super) fn host_of(url: &Url) -> Option<String> {
    let host = match url.host()? {
        Host::Domain(_) => bare_host(url),
        Host::Ipv4(address) => return Some(address.to_string()),
        Host::Ipv6(address) => return Some(address.to_string()),
    };
    let port = url.port().filter(|port| !matches!(port, 80 | 443));
    match port.filter(|_| host.contains('.')) {
        Some(port) => Some(format!("{host}:{port}")),
        None => Some(host.to_owned()),
    }
}

/// The segments as a server finds them that decodes a path up to three times and takes a backslash for a slash; `None` if
/// one leads to another folder, or would be decoded further.
///
/// A server that serves `/~ann/..%2f~bob/` from Bob's folder would let him speak as Ann.
fn further_decoded(segments: &[String]) -> Option<Vec<String>> {
    let decode = |path: &str| percent_decode_str(path).decode_utf8_lossy().into_owned();
    let path = decode(&decode(&segments.join("/")));
    let parts = path.split(['/', '\\']).filter(|part| !part.is_empty());
    let parts: Vec<String> = parts.map(str::to_owned).collect();
    let is_final = decode(&path) == path;
    (is_final && !parts.iter().any(|part| leads_elsewhere(part))).then_some(parts)
}

/// Whether a path has a URL in it.
fn is_url_in(segments: &[String]) -> bool {
    let mut before_last = segments.iter().rev().skip(1);
    before_last.any(|part| is_scheme(part))
}

fn is_scheme(part: &str) -> bool {
    ["http:", "https:"]
        .iter()
        .any(|scheme| part.eq_ignore_ascii_case(scheme))
}

/// Whether a value of the query is a URL of another host, or the name of one where a URL belongs. The parameters that only
/// say where a reader comes from do not count.
fn names_other_host(url: &Url) -> bool {
    let own = bare_host(url);
    let is_other = |text: &str| Url::parse(text).is_ok_and(|other| bare_host(&other) != own);
    without_tracking(url).query_pairs().any(|(name, value)| {
        let starts_url = |text: &str| text.split('/').next().is_some_and(is_scheme);
        let url = [&name, &value].into_iter().find(|text| starts_url(text));
        let is_host_value = HOST_PARAMETERS
            .iter()
            .any(|known| name.eq_ignore_ascii_case(known))
            && value.contains('.');
        match url {
            Some(url) => is_other(url),
            None => is_host_value && names_host(&value) && is_other(&format!("http://{value}")),
        }
    })
}

/// Whether a text begins with the name of a host in a domain that the public suffix list knows.
fn names_host(text: &str) -> bool {
    let host = text.split(['/', ':', '?', '#']).next().unwrap_or_default();
    let end = host
        .rsplit_once('.')
        .map(|(_, end)| end.to_ascii_lowercase());
    end.is_some_and(|end| is_open_to_all(&end))
}

/// Whether a segment is `.` or `..`, also with what some servers cut off: parameters, white space, further dots.
fn leads_elsewhere(part: &str) -> bool {
    let name = part.split(';').next().unwrap_or_default();
    let is_cut = |letter: char| letter == '.' || letter.is_whitespace() || letter.is_control();
    name.starts_with('.') && name.chars().all(is_cut)
}

/// How many path segments are the name of a tenant; 0 if the page is the host's own, `None` if that cannot be told.
fn tenant_length(host: &str, segments: &[String], has_query: bool) -> Option<usize> {
    let name = host.split(':').next().unwrap_or(host);
    let platform = paths_of(name);
    let marked = marked_name_length(segments);
    let Some(first) = segments.first() else {
        return (platform.is_empty() || !has_query).then_some(0);
    };
    if platform.contains(&"") {
        return None;
    }
    if !platform.is_empty() {
        let matching = |path: &&str| match_length(path, segments);
        // A name can be anything, so the other patterns go first.
        let (any, fixed): (Vec<&str>, Vec<&str>) = platform.iter().partition(|path| **path == ANY);
        let found = fixed.iter().filter_map(matching).max();
        let found = found.max(marked);
        let is_name = !any.is_empty() && !is_route(first) && !is_file(first);
        return found.or(is_name.then_some(1));
    }
    if marked.is_none() && is_in_forum(segments) {
        return None;
    }
    if marked.is_some() || !gives_folders(name) || is_year(first) {
        return Some(marked.unwrap_or(0));
    }
    match FOLDERS.iter().any(|word| first.eq_ignore_ascii_case(word)) {
        true => (segments.len() > 1).then_some(2),
        false => (!is_file(first)).then_some(1),
    }
}

/// The paths of the patterns for a host, or for the platform that it is a view of; an empty one if the pages are anybody's.
fn paths_of(name: &str) -> Vec<&'static str> {
    let own = own_paths(name);
    if !own.is_empty() {
        return own;
    }
    if let Some(path) = path_by_label(name) {
        return vec![path];
    }
    // Whoever gives people hosts below a domain may give them folders on it, too.
    let is_given = |parent: &str| {
        let mut patterns = patterns_of(parent).iter();
        patterns.any(|pattern| pattern.hosts == PatternHosts::Given)
    };
    // An address is below no domain.
    let is_name = name.contains('.') && !name.ends_with(|last: char| last.is_ascii_digit());
    if is_given(name) || is_name && is_open_to_all(name) {
        return vec![ANY];
    }
    let mut rest = name;
    while let Some((label, parent)) = rest.split_once('.') {
        rest = parent;
        let above = own_paths(parent);
        let gives_hosts = is_given(parent);
        if VIEWS.contains(&label) || above.contains(&ANY) && !gives_hosts {
            return above;
        }
        if gives_hosts {
            break;
        }
    }
    Vec::new()
}

/// The path of the pattern that the first label of a host with several has.
fn path_by_label(host: &str) -> Option<&'static str> {
    let (first, rest) = host.split_once('.')?;
    let known = LABELS.iter().find(|(label, _)| *label == first)?;
    (!rest.is_empty()).then_some(known.1)
}

fn is_route(part: &str) -> bool {
    let words = [&ROUTES[..], &LANGUAGES[..]];
    part.chars().nth(1).is_none()
        || words
            .iter()
            .any(|words| words.iter().any(|word| part.eq_ignore_ascii_case(word)))
}

fn is_file(part: &str) -> bool {
    let end = part.rsplit_once('.').map(|(_, end)| end);
    end.is_some_and(|end| FILES.iter().any(|known| end.eq_ignore_ascii_case(known)))
}

/// Whether a path is one of a program for discussions: Discourse's `t/title/number`, or a script of phpBB or vBulletin.
fn is_in_forum(segments: &[String]) -> bool {
    let is_number = |part: &String| part.bytes().all(|byte| byte.is_ascii_digit());
    let is_topic = segments.first().is_some_and(|first| first == "t")
        && segments.iter().skip(1).take(2).any(is_number);
    let last = segments.last().map(String::as_str);
    is_topic
        || matches!(
            last,
            Some("viewtopic.php" | "showthread.php" | "showpost.php")
        )
}

/// The segments up to a name that is recognised on any host: `~name`, `@name`, `users/name`.
fn marked_name_length(segments: &[String]) -> Option<usize> {
    let marked = |part: &String| {
        let is_user = part
            .get(..5)
            .is_some_and(|begin| begin.eq_ignore_ascii_case("user:"));
        is_user || part.len() > 1 && part.starts_with(['~', '@'])
    };
    let marked = segments.iter().take(MAX_DEPTH).position(marked);
    let is_one =
        |part: &str, words: &[&str]| words.iter().any(|word| part.eq_ignore_ascii_case(word));
    let is_date = |name: &String| name.bytes().all(|byte| byte.is_ascii_digit());
    let follows = |at: &usize| {
        let part = segments.get(*at).map_or("", String::as_str);
        let has_page = segments.len() > at + 2 && !segments.get(at + 1).is_some_and(is_date);
        is_one(part, &NAME_PREFIXES) && segments.len() > at + 1
            || is_one(part, &FOLDER_PREFIXES) && has_page
    };
    let named = (0..MAX_DEPTH - 1).find(follows);
    marked.map(|at| at + 1).or(named.map(|at| at + 2))
}

/// How many path segments a pattern such as `view/{}` matches.
fn match_length(pattern: &str, segments: &[String]) -> Option<usize> {
    let parts: Vec<&str> = pattern.split('/').collect();
    let found = parts.len() <= segments.len()
        && parts
            .iter()
            .zip(segments)
            .all(|(part, segment)| match part.strip_suffix("{}") {
                Some(before) => segment.starts_with(before),
                None => part.eq_ignore_ascii_case(segment),
            });
    found.then_some(parts.len())
}

/// Whether a host gives each user a folder, judging by its name.
fn gives_folders(host: &str) -> bool {
    is_academic(host) || gives_folders_by_name(host)
}

fn gives_folders_by_name(host: &str) -> bool {
    let first = host.split('.').next().unwrap_or_default();
    SHARED_LABELS.contains(&first)
}

fn is_academic(host: &str) -> bool {
    let labels: Vec<&str> = host.rsplit('.').take(2).collect();
    match labels[..] {
        [last, before] => {
            ACADEMIC.contains(&last) || (last.len() == 2 && ACADEMIC.contains(&before))
        }
        _ => false,
    }
}

fn is_year(part: &str) -> bool {
    part.len() == 4 && part.bytes().all(|byte| byte.is_ascii_digit())
}

/// A line of the list of shared hosts.
struct HostPattern {
    domain: &'static str,
    hosts: PatternHosts,
    /// May be empty.
    path: &'static str,
}

/// Which hosts a pattern is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum PatternHosts {
    /// The domain itself.
    Domain,
    /// All labels below it that begin so.
    Beginning(&'static str),
    /// Those below it are given to one person each.
    Given,
}

/// In the order of the domains: a page may have thousands of links, and a ping one.
static PATTERNS: LazyLock<Vec<HostPattern>> = LazyLock::new(|| {
    let lines = PLATFORMS.lines().filter(|line| !line.starts_with('#'));
    lines.map(pattern).collect()
});

fn pattern(line: &'static str) -> HostPattern {
    let (host, path) = line.split_once('/').unwrap_or((line, ""));
    let (hosts, domain) = match (host.strip_prefix("{}."), host.split_once("*.")) {
        (Some(domain), _) => (PatternHosts::Given, domain),
        (None, Some((begin, domain))) => (PatternHosts::Beginning(begin), domain),
        (None, None) => (PatternHosts::Domain, host),
    };
    HostPattern {
        domain,
        hosts,
        path,
    }
}

/// The paths of the patterns for a host.
fn own_paths(name: &str) -> Vec<&'static str> {
    let exact = patterns_of(name).iter();
    let exact = exact.filter(|pattern| pattern.hosts == PatternHosts::Domain);
    let (label, parent) = name.split_once('.').unwrap_or_default();
    let wide = patterns_of(parent).iter().filter(|pattern| {
        matches!(pattern.hosts, PatternHosts::Beginning(begin) if label.starts_with(begin))
    });
    exact.chain(wide).map(|pattern| pattern.path).collect()
}

/// The patterns for a domain.
fn patterns_of(domain: &str) -> &'static [HostPattern] {
    let all = PATTERNS.as_slice();
    let begin = all.partition_point(|one| one.domain < domain);
    let rest = all.get(begin..).unwrap_or_default();
    let end = rest.partition_point(|one| one.domain == domain);
    rest.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod shared_tests;
#[cfg(test)]
mod tests;
