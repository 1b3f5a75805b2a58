//! The identity of web pages: whether a URL is a web URL, and whether two URLs with different spellings are the same page.
//!
//! Two URLs are the same page if their [`page_key`]s are equal. Ignored are: the scheme, `www.`, the final dot of a host,
//! a default port, doubled and trailing slashes, the name of an index file, the spelling of escapes, the order of named
//! parameters, tracking parameters, and the fragment. If a fragment selects one of several entries on a page,
//! [`target_key`] distinguishes them.

mod parameters;

use url::Url;

use self::parameters::{
    is_feed_mark, is_mark, is_of_twitter, is_view, names_a_page, says_where_from,
};
use crate::domain;
use crate::order;
use crate::text::nfc;

/// Whether `url` is an http or https URL.
pub fn is_web(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https") && url.host_str().is_some_and(|host| !host.is_empty())
}

/// Whether `url` is an http or https URL without a user name or password.
pub fn is_plain_web(url: &Url) -> bool {
    is_web(url) && url.username().is_empty() && url.password().is_none()
}

/// Parses an absolute http or https URL, ignoring white space around it.
pub fn parse_web(text: &str) -> Option<Url> {
    Url::parse(text.trim()).ok().filter(is_web)
}

/// The same without a user name or password.
pub fn parse_plain_web(text: &str) -> Option<Url> {
    parse_web(text).filter(is_plain_web)
}

/// Parses a URL of one's own site, which is shown to everybody: without a user name or password, and not several in one.
pub fn parse_own_web(text: &str) -> Result<Url, &'static str> {
    let text = text.trim();
    let url = parse_web(text).ok_or("a URL that begins with `https://` or `http://`")?;
    if !is_plain_web(&url) {
        return Err("a URL without a user name and a password");
    }
    if text.contains(char::is_whitespace) || text.contains(",http") {
        return Err("one URL");
    }
    Ok(url)
}

/// The host of a URL without the final dot and without `www.`; empty for a URL without a host.
pub fn bare_host(url: &Url) -> &str {
    let host = url.host_str().unwrap_or_default();
    let host = host.strip_suffix('.').unwrap_or(host);
    match host.strip_prefix("www.") {
        // `www.co.uk` is a registered name, not another name of `co.uk`.
        Some(rest) if !domain::is_public_suffix(rest) => rest,
        _ => host,
    }
}

/// A host as it was typed, without its port, and the port.
pub fn split_port(text: &str) -> (&str, Option<&str>) {
    let is_port = |port: &str| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    match text.rsplit_once(':') {
        // Else the colon is part of an IPv6 address.
        Some((host, port))
            if is_port(port) && (host.ends_with(']') || !host.contains([':', '/'])) =>
        {
            (host, Some(port))
        }
        _ => (text, None),
    }
}

/// A key that is the same for all URLs of a page. It is for comparing and storing, not for fetching.
pub fn page_key(url: &Url) -> String {
    let mut key = path_key(url);
    push_query(
        &mut key,
        &kept_query(url, &|name, _| !says_where_from(name)),
    );
    key
}

fn push_query(key: &mut String, query: &str) {
    if !query.is_empty() {
        key.push('?');
        key.push_str(query);
    }
}

/// A URL without the parameters that mean nothing on any site; its others keep their order and their spelling.
pub fn without_tracking(url: &Url) -> Url {
    let mut bare = url.clone();
    let Some(query) = url.query() else {
        return bare;
    };
    let is_kept = |parameter: &&str| {
        let (name, _) = parameter.split_once('=').unwrap_or((*parameter, ""));
        !says_where_from(&name.to_ascii_lowercase())
    };
    let all: Vec<&str> = query.split('&').collect();
    let kept: Vec<&str> = all.iter().copied().filter(is_kept).collect();
    if kept.len() < all.len() {
        let query = kept.join("&");
        bare.set_query(Some(query.as_str()).filter(|query| !query.is_empty()));
    }
    bare
}

/// Like [`page_key`], with the fragment if it selects an entry: for links that each get a ping of their own.
pub fn target_key(url: &Url) -> String {
    match entry_fragment(url) {
        Some(_) => place_key(url),
        None => page_key(url),
    }
}

/// Like [`page_key`], with the fragment: for one of several entries on a page that are known to be told apart by it.
pub fn place_key(url: &Url) -> String {
    let mut key = page_key(url);
    if let Some(fragment) = fragment_key(url) {
        key.push('#');
        key.push_str(&fragment);
    }
    key
}

/// The fragment of a URL, normalised for comparing; `None` if it is empty.
pub fn fragment_key(url: &Url) -> Option<String> {
    let fragment = url.fragment().filter(|fragment| !fragment.is_empty())?;
    Some(plain(fragment, UrlPart::Fragment))
}

/// A URL as it is spelt, without its fragment.
pub fn without_fragment(url: &Url) -> String {
    let text = url.as_str();
    text.split_once('#')
        .map_or(text, |(page, _)| page)
        .to_owned()
}

/// Whether `one` is a plainer spelling of a URL than `other`, with the same [`page_key`]: without doubled slashes, needless
/// escapes, a final dot of the host, or the port that its scheme has anyway.
pub fn is_plainer(one: &Url, other: &Url) -> bool {
    let oddities = |url: &Url| {
        let path = url.path().as_bytes();
        let doubled = path.windows(2).filter(|pair| *pair == b"//").count();
        let escapes = path.split(|byte| *byte == b'%').skip(1).filter(|after| {
            let code = after
                .get(..2)
                .and_then(|code| std::str::from_utf8(code).ok());
            let byte = code.and_then(|code| u8::from_str_radix(code, 16).ok());
            byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
        });
        let dot = url.host_str().is_some_and(|host| host.ends_with('.'));
        let port = matches!(url.port(), Some(80 | 443));
        doubled + escapes.count() + usize::from(dot) + usize::from(port)
    };
    page_key(one) == page_key(other) && oddities(one) < oddities(other)
}

/// Whether two URLs are the same page.
pub fn is_page(url: &Url, page: &Url) -> bool {
    page_key(url) == page_key(page)
}

/// Whether a link to `url` leads to `entry` on the owner's site: like [`is_page`], but if the entry has no query, a query
/// that does not select a page is ignored.
pub fn is_entry(url: &Url, entry: &Url) -> bool {
    is_page(url, entry) || entry_key(url) == page_key(entry)
}

/// Like [`page_key`] for a page on the owner's site, without parameters that do not select a page.
pub fn entry_key(url: &Url) -> String {
    if query_names_a_page(url) {
        unmarked_key(url)
    } else {
        path_key(url)
    }
}

/// Like [`page_key`] for the permalinks of the owner's entries, which a feed may begin to mark: with the fragment, and
/// without parameters that are known to select nothing. Any other may select one of several entries.
pub fn permalink_key(url: &Url) -> String {
    let bare = without_session(url);
    let takes_any = takes_any(url);
    let is_kept = |name: &str, value: &str| {
        !is_feed_mark(name, value) && (takes_any || !is_view(name, value))
    };
    let mut key = path_key(&bare);
    push_query(&mut key, &kept_query(&bare, &is_kept));
    if let Some(fragment) = fragment_key(url) {
        key.push('#');
        key.push_str(&fragment);
    }
    key
}

/// Like [`permalink_key`], for what was sent: the same if the site begins or ceases to name its pages `.html`, or to write
/// their letters and accents as one character (Unicode's NFC and NFD). Of two entries that differ in this alone, a page
/// that both link to gets one ping.
pub fn sent_entry_key(url: &Url) -> String {
    let mut bare = without_session(url);
    let path = bare.path().trim_end_matches('/').to_owned();
    let lower = path.to_ascii_lowercase();
    let without = |ending: &&str| lower.ends_with(*ending).then(|| path.len() - ending.len());
    let end = match lower.rsplit('/').next() {
        Some("index.md") => without(&"/index.md"),
        Some(name) if is_index(name) => None,
        _ => [".html", ".htm"].iter().find_map(without),
    };
    bare.set_path(end.and_then(|end| path.get(..end)).unwrap_or(&path));
    composed(permalink_key(&bare))
}

/// A key with the characters that are not ASCII unescaped and in NFC.
fn composed(key: String) -> String {
    let mut parts = key.split('%');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let code = part.get(..2).map(|code| u8::from_str_radix(code, 16));
        match code {
            Some(Ok(byte)) if !byte.is_ascii() => {
                bytes.push(byte);
                bytes.extend(part.bytes().skip(2));
            }
            _ => {
                bytes.push(b'%');
                bytes.extend(part.bytes());
            }
        }
    }
    String::from_utf8(bytes).map_or(key, |text| nfc(&text).collect())
}

/// A URL whose path has no session of a Java server, and no white space at its end, which was copied with it. On the sites
/// of others, such a path may be another page.
fn without_session(url: &Url) -> Url {
    const SPACES: [&str; 5] = ["%09", "%0a", "%0d", "%20", "/"];
    let mut path = String::new();
    for segment in url.path().split_inclusive('/') {
        match segment.to_ascii_lowercase().find(";jsessionid=") {
            Some(at) => {
                path.push_str(segment.get(..at).unwrap_or_default());
                path.extend(segment.ends_with('/').then_some('/'));
            }
            None => path.push_str(segment),
        }
    }
    let is_at_end = |path: &str, space: &&str| {
        let end = path.len().checked_sub(space.len());
        end.and_then(|end| path.get(end..))
            .is_some_and(|end| end.eq_ignore_ascii_case(space))
    };
    while let Some(space) = SPACES.iter().find(|space| is_at_end(&path, space)) {
        path.truncate(path.len() - space.len());
    }
    let mut bare = url.clone();
    bare.set_path(&path);
    bare
}

/// Like [`page_key`], without the parameters with which feeds mark the links to the pages of their own site.
fn unmarked_key(url: &Url) -> String {
    let mut key = path_key(url);
    push_query(&mut key, &kept_query(url, &|name, _| !is_mark(name)));
    key
}

/// The path of a URL as in its [`page_key`]: empty for a home page, otherwise with a leading `/` only.
pub fn page_path(url: &Url) -> String {
    let key = path_key(url);
    key.split_once('/')
        .map_or(String::new(), |(_, path)| format!("/{path}"))
}

/// Whether `url` is the root page of its host, without a significant query.
pub fn is_home(url: &Url) -> bool {
    !page_key(url).contains(['/', '?'])
}

/// Whether `url` is `root` or below it, by whole path segments.
pub fn is_below(url: &Url, root: &Url) -> bool {
    let key = path_key(url);
    let root = path_key(root);
    key.strip_prefix(root.as_str())
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The fragment of a URL if it can select one of several entries on its page: a number as made by weblog programs with
/// daily, weekly or monthly pages (`#000024`, `#a000024`, `#entry-12`), or any fragment on such a page
/// (`/2005/01.html#cats`). Comments and common sections of a page are not entries.
pub fn entry_fragment(url: &Url) -> Option<&str> {
    let fragment = url.fragment().filter(|fragment| !fragment.is_empty())?;
    let (word, number) = fragment.split_at(
        fragment
            .find(|c: char| c.is_ascii_digit())
            .unwrap_or(fragment.len()),
    );
    let word = word
        .trim_end_matches(['-', '_', '.', ':'])
        .to_ascii_lowercase();
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    let is_numbered = match word.as_str() {
        "" | "a" | "e" | "p" => number.len() >= 3,
        "entry" | "post" | "item" | "article" | "story" => true,
        _ => false,
    };
    let is_place = PLACES.iter().any(|place| word.starts_with(place))
        || (word == "c" && is_number)
        // A text fragment.
        || fragment.starts_with(":~:");
    let names_one = (is_number && is_numbered) || (!is_place && is_of_a_time(url.path()));
    names_one.then_some(fragment)
}

/// Removes the fragment of a URL unless it selects an entry, and returns what it has removed; only the page itself can
/// say whether that is the place of an entry there.
pub fn trim_fragment(url: &mut Url) -> Option<String> {
    if entry_fragment(url).is_some() {
        return None;
    }
    let fragment = url.fragment().filter(|fragment| !fragment.is_empty());
    let fragment = fragment.map(str::to_owned);
    url.set_fragment(None);
    fragment
}

/// Removes the fragment of a permalink that a feed names unless it tells entries of one page apart: as
/// [`entry_fragment`] has it, on a page that is no entry by its path (`/log.html#cats`, `/?date=2026-01-02#p01`), and where
/// a script makes the page of it (`/#!/a`). Where readers come from and sections of any page are no entries.
pub fn trim_item_fragment(url: &mut Url) {
    let fragment = url.fragment().unwrap_or_default();
    let is_route = fragment.starts_with(['!', '/']);
    let is_kept = (is_route || is_of_several(url)) && names_item(fragment);
    if !is_kept && entry_fragment(url).is_none() {
        url.set_fragment(None);
    }
}

/// Whether a page has several entries by its path: a front page, or one that is named so.
fn is_of_several(url: &Url) -> bool {
    const NAMES: [&str; 16] = [
        "archive",
        "archives",
        "blog",
        "diary",
        "entries",
        "feed",
        "journal",
        "links",
        "log",
        "microblog",
        "news",
        "notes",
        "now",
        "posts",
        "updates",
        "weblog",
    ];
    let path = page_path(url).to_ascii_lowercase();
    let last = path.rsplit('/').next().unwrap_or_default();
    let stem = last.split('.').next().unwrap_or_default();
    stem.is_empty() || NAMES.contains(&stem)
}

/// Whether a fragment may name one of several items of a feed, whatever the page is.
fn names_item(fragment: &str) -> bool {
    let lower = fragment.to_ascii_lowercase();
    // The marks of AddThis, and text fragments.
    if lower.starts_with(['.', ':']) {
        return false;
    }
    if let Some((name, value)) = lower.split_once('=')
        && (is_feed_mark(name, value) || matches!(name, "xtor" | "echobox"))
    {
        return false;
    }
    let words = || {
        let words = lower.split(|c: char| !c.is_alphabetic());
        words.filter(|word| !word.is_empty())
    };
    let is_among = |all: &[&str], word: &str| {
        all.contains(&word)
            || word
                .strip_suffix('s')
                .is_some_and(|word| all.contains(&word))
    };
    let is_feed = words().count() > 0 && words().all(|word| FEED_WORDS.contains(&word));
    let is_section = words().next().is_some_and(|first| {
        let is_comment = first == "c" && words().count() == 1;
        is_comment || is_among(&PLACES, first)
    }) && words()
        .skip(1)
        .all(|word| is_among(&PLACES, word) || is_among(&PLACE_PARTS, word));
    !lower.is_empty() && !is_feed && !is_section
}

/// The words of the fragments with which feeds mark their links (`#atom-everything`).
const FEED_WORDS: [&str; 11] = [
    "atom",
    "email",
    "everything",
    "feed",
    "from",
    "newsletter",
    "rdf",
    "ref",
    "rss",
    "via",
    "xml",
];

/// The other words of fragments that begin as [`PLACES`] do (`#comment-form`).
const PLACE_PARTS: [&str; 8] = [
    "area", "back", "body", "form", "list", "page", "section", "thread",
];

/// Prefixes of fragments that are sections of a page rather than entries.
const PLACES: [&str; 12] = [
    "comment",
    "respond",
    "reply",
    "more",
    "top",
    "trackback",
    "ping",
    "footnote",
    "fn",
    "disqus",
    "content",
    "main",
];

/// Whether a path is that of an archive page, for a year, month, week or day (`/2005/01.html`, `/archives/2005_01.php`,
/// `/2003_05_01_archive.html`) or without a date.
fn is_of_a_time(path: &str) -> bool {
    let segments: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let segments = match segments.as_slice() {
        [before @ .., last] if is_index(last) => before,
        all => all,
    };
    let Some(last) = segments.last() else {
        return false;
    };
    let stem = last.split('.').next().unwrap_or_default();
    let stem = ["_archive", "-archive", "_archives", "_week", "-week"]
        .iter()
        .find_map(|end| stem.strip_suffix(end))
        .unwrap_or(stem);
    let stem = stem.strip_prefix("week_").unwrap_or(stem);
    if matches!(stem, "archive" | "archives") {
        return true;
    }
    let parts: Vec<&str> = stem.split(['-', '_']).collect();
    let are_numbers = parts
        .iter()
        .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()));
    let is_year =
        |part: &str| part.len() == 4 && (part.starts_with("19") || part.starts_with("20"));
    let named = parts.first().is_some_and(|first| {
        is_year(first) || (matches!(first.len(), 6 | 8) && is_year(first.get(..4).unwrap_or("")))
    });
    let below = segments.iter().rev().skip(1).take(2);
    let below_year = parts.len() == 1 && stem.len() <= 2 && below.into_iter().any(|s| is_year(s));
    are_numbers && (named || below_year)
}

/// The part of a URL that is normalised.
#[derive(Clone, Copy, PartialEq, Eq)]
enum UrlPart {
    Path,
    Query,
    Fragment,
}

/// Host, port and path.
fn path_key(url: &Url) -> String {
    let mut key = bare_host(url).to_owned();
    if let Some(port) = url.port() {
        key.push(':');
        key.push_str(&port.to_string());
    }
    let mut segments: Vec<&str> = url
        .path()
        .split('/')
        .filter(|part| !part.is_empty())
        .collect();
    if segments.last().is_some_and(|last| is_index(last)) {
        segments.pop();
    }
    for segment in segments {
        key.push('/');
        key.push_str(&plain(segment, UrlPart::Path));
    }
    key
}

/// Whether the last path segment is the index file of its directory.
fn is_index(segment: &str) -> bool {
    let segment = segment.to_ascii_lowercase();
    let Some((stem, extension)) = segment.split_once('.') else {
        return false;
    };
    let is_page = matches!(extension, "html" | "htm" | "xhtml" | "shtml" | "php")
        || matches!(extension, "php3" | "php4" | "php5" | "phtml" | "asp")
        || matches!(extension, "aspx" | "jsp" | "cgi" | "pl" | "cfm");
    matches!(stem, "index" | "default") && is_page
}

/// The normalised parameters of a query for which `keep` holds, given name and value. Their order means nothing where
/// all have names, except among those of one name.
fn kept_query(url: &Url, keep: &dyn Fn(&str, &str) -> bool) -> String {
    let mut kept = Vec::new();
    for parameter in url.query().unwrap_or_default().split('&') {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        if !parameter.is_empty() && keep(&name.to_ascii_lowercase(), value) {
            kept.push(plain(parameter, UrlPart::Query));
        }
    }
    if kept.iter().all(|parameter| parameter.contains('=')) {
        fn name(parameter: &str) -> &str {
            parameter.split_once('=').map_or("", |(name, _)| name)
        }
        order::sort_by(&mut kept, |one, other| name(one).cmp(name(other)));
    }
    kept.join("&")
}

/// Whether the query of a page on the owner's site may select a page: a parameter by which weblog programs identify
/// pages, a bare number, or any parameter for a script or the home page.
fn query_names_a_page(url: &Url) -> bool {
    if url.query().is_none() {
        return false;
    }
    let takes_any = takes_any(url);
    let names_one = |name: &str, value: &str| {
        !says_where_from(name)
            && (takes_any
                || names_a_page(name) && !is_of_twitter(name, value)
                || (value.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit())))
    };
    !kept_query(url, &names_one).is_empty()
}

/// Whether any parameter may select a page: of a script or the home page.
fn takes_any(url: &Url) -> bool {
    let path = url.path().trim_end_matches('/');
    let last = path.rsplit('/').next().unwrap_or_default();
    let extension = last.rsplit_once('.').map(|(_, extension)| extension);
    let is_script = matches!(
        extension,
        Some("php" | "php3" | "cgi" | "pl" | "asp" | "aspx" | "jsp" | "cfm" | "py")
    );
    // A video's number is its `v` there.
    is_script || last == "watch" || path_key(url).split_once('/').is_none()
}

/// Normalises a part of a URL: characters are escaped exactly if their meaning would differ otherwise, with upper-case
/// digits (RFC 3986, 6.2.2).
fn plain(part: &str, of: UrlPart) -> String {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let mut out = String::with_capacity(part.len());
    let mut bytes = part.bytes();
    while let Some(byte) = bytes.next() {
        let digits = (bytes.clone().next(), bytes.clone().nth(1));
        let escaped = match (byte, digits) {
            (b'%', (Some(high), Some(low))) => nibble(high).zip(nibble(low)),
            _ => None,
        };
        let (byte, is_bare) = match (byte, escaped) {
            (_, Some((high, low))) => {
                bytes.nth(1);
                let byte = high * 16 + low;
                (byte, means_itself(byte, of))
            }
            (b'+', None) if of == UrlPart::Query => (b' ', false),
            (byte, None) => (
                byte,
                means_itself(byte, of) || matches!(byte, b';' | b'/' | b'&' | b'=' | b'+'),
            ),
        };
        if is_bare {
            out.push(char::from(byte));
        } else {
            out.push('%');
            for digit in [byte >> 4, byte & 15] {
                out.extend(HEX.get(usize::from(digit)).map(|&digit| char::from(digit)));
            }
        }
    }
    out
}

/// Whether a byte has the same meaning with and without an escape.
fn means_itself(byte: u8, of: UrlPart) -> bool {
    byte.is_ascii_alphanumeric()
        || b"-._~!$'()*,:@".contains(&byte)
        || match of {
            // Servers decode a path before they look up the file.
            UrlPart::Path => b"&=+".contains(&byte),
            UrlPart::Query => b"/?".contains(&byte),
            UrlPart::Fragment => b"/?&=+;".contains(&byte),
        }
}

fn nibble(digit: u8) -> Option<u8> {
    let value = char::from(digit).to_digit(16)?;
    u8::try_from(value).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn c7_what_only_says_where_a_reader_comes_from_is_taken_off_a_url() {
        for (with, without) in [
            (
                "https://a.example/1/?utm_source=rss",
                "https://a.example/1/",
            ),
            (
                "https://a.example/?UTM_medium=feed&p=1&fbclid=x#c",
                "https://a.example/?p=1#c",
            ),
            ("https://a.example/?b=%c3&&a", "https://a.example/?b=%c3&&a"),
            ("https://a.example/?", "https://a.example/?"),
            ("https://a.example/?ref=x", "https://a.example/?ref=x"),
        ] {
            assert_eq!(without_tracking(&url(with)).as_str(), without);
        }
    }

    #[test]
    fn c3_what_was_sent_is_known_however_the_site_ends_its_pages() {
        let plain = sent_entry_key(&url("https://a.example/x/cats"));
        for same in [
            "x/cats.html",
            "x/cats.htm",
            "x/cats.HTML",
            "x/cats/",
            "x/cats.html%20",
            "x/cats.html/%0A",
            "x/cats.html;jsessionid=1A",
            "x/cats/index.html",
            "x/cats/Index.HTM",
            "x/cats/index.md",
        ] {
            let key = sent_entry_key(&url(&format!("https://a.example/{same}")));
            assert_eq!(key, plain, "{same}");
        }
        for other in ["x/cats.htmlx", "x/cats.php", "x/cats2.html", "x/Cats"] {
            let key = sent_entry_key(&url(&format!("https://a.example/{other}")));
            assert_ne!(key, plain, "{other}");
        }
        // A version of a page; but of videos, the number.
        let keys = |path: &str| {
            let [one, other] = ["101", "102"];
            [one, other].map(|v| sent_entry_key(&url(&format!("https://a.example/{path}?v={v}"))))
        };
        assert_eq!(keys("cats")[0], keys("cats")[1]);
        assert_ne!(keys("watch")[0], keys("watch")[1]);
        assert_ne!(keys("video/watch/")[0], keys("video/watch/")[1]);
    }

    #[test]
    fn a_page_has_one_key_however_it_is_spelt() {
        for spellings in [
            &[
                "https://blog.example/a?x=1",
                "http://www.blog.example:80/%61/?x=1#c",
                "https://BLOG.example.//%61//?x=1&utm_source=rss#",
                "https://blog.example/b/../a/index.html?fbclid=Iw&x=1",
                "https://blog.example/a/Default.htm?x=%31",
                "http://blog.example/a/index.php?replytocom=12&x=1",
            ][..],
            &[
                "https://www.猫.example/猫/の話?q=猫+犬",
                "https://xn--z7x.example/%E7%8C%AB/%e3%81%ae%e8%a9%b1/?q=%e7%8C%ab%20犬",
            ],
            &[
                "http://a.example/%7Ecat/(1),'x'/a:b@c",
                "https://a.example/~cat/%281%29%2c%27x%27/a%3Ab%40c",
            ],
            &[
                "http://a.example/%e7%8c%ab%2f100%",
                "http://a.example/%E7%8C%AB%2F100%25",
            ],
            &["http://a.example", "http://a.example/index.html?"],
            &[
                "http://a.example/?p=/2005/x",
                "http://a.example/?p=%2F2005%2fx",
            ],
            &[
                "http://a.example/?a=1&b=2&a=0",
                "http://a.example/?b=2&a=1&a=0",
                "http://a.example/?a=1&utm_source=x&a=0&b=2",
                "http://a.example/?%61=1&%61=0&b=%32",
            ],
            &["http://a.example/a|b[1]", "http://a.example/a%7Cb%5b1%5D"],
        ] {
            let key = page_key(&url(spellings[0]));
            for spelling in spellings {
                assert_eq!(page_key(&url(spelling)), key, "{spelling}");
            }
        }
    }

    #[test]
    fn another_page_has_another_key() {
        let all = [
            "https://blog.example/a?x=1",
            "https://blog.example/a",
            "https://blog.example/a?x=2",
            "https://blog.example/A?x=1",
            "https://blog.example/b?x=1",
            "https://blog.example/a%3Fx=1",
            "https://blog.example/a%2F?x=1",
            "https://blog.example/a%252F?x=1",
            "https://blog.example:8080/a?x=1",
            "https://blog.example.evil.example/a?x=1",
            "https://www2.blog.example/a?x=1",
            "https://blog.example/a?x=1%26y=2",
            "https://blog.example/a?x=1&y=2",
            "https://blog.example/a?x=2&y=1",
            "https://blog.example/a?x=1&y=2&x=3",
            "https://blog.example/a?x=3&y=2&x=1",
            "https://blog.example/a?Page&y=2",
            "https://blog.example/a?y=2&Page",
            "https://blog.example/a?x=1&Y=2",
            "https://blog.example/a?x=1%3By",
            "https://blog.example/a?x=1;y",
            "https://blog.example/a?x=1%2By",
            "https://blog.example/a?x=1+y",
            "https://blog.example/a?pk_id=1",
            "https://blog.example/a?pk_id=2",
            "https://blog.example/a?ncid=1",
            "https://blog.example/a?_hs=1",
            "https://blog.example/a?vero_page=1",
            "https://blog.example/a?oly_page=1",
            "https://blog.example/a?piwik_id=1",
            "https://blog.example/index.php/a?x=1",
            "https://blog.example/index.xml",
            "https://blog.example/index",
            "https://www.co.uk/",
            "https://co.uk/",
            "https://www.example/",
            "https://example/",
        ];
        for one in all {
            for other in all.iter().filter(|other| **other != one) {
                assert!(!is_page(&url(one), &url(other)), "{one} {other}");
            }
        }
    }

    #[test]
    fn c3_a_permalink_is_one_however_its_feed_marks_it() {
        for (one, other) in [
            ("/a/", "/a/?source=rss"),
            ("/a/", "/a/?ref=feed"),
            ("/a/", "/a/?rss=1"),
            ("/a/", "/a/?from=rss&v=2"),
            ("/a/?v=2", "/a/?v=3"),
            ("/a/", "/a/?amp"),
            ("/a/", "/a/?src=feed&utm_source=rss"),
            ("/?p=12", "/?p=12&source=rss"),
            ("/?p=12", "/index.php?ref=feed&p=12"),
            ("/view.php?id=3", "/view.php?id=3&amp=1"),
            ("/news?n=12", "/news?n=12&via=rss"),
            ("/a/?lang=de", "/a/?lang=de&from=feed"),
            ("/a/", "/a;jsessionid=1F3A/"),
            ("/a.jsp", "/a.jsp;JSESSIONID=1F3A?ref=x"),
            ("/a", "/a%20"),
            ("/a/", "/a/%0A%20"),
            ("/a", "/a%0a%0d"),
            ("/a/b", "/a;jsessionid=1/b"),
            ("/a/?m=1", "/a"),
            ("/a/?print=1&rev=1.2", "/a"),
            ("/#e12", "/?ref=feed#e12"),
            ("/view.php?x=3", "/view.php?source=rss2&x=3&via=atom"),
            ("/blog/?x=entry:061212", "/blog/?x=entry:061212&src=RSS"),
            ("/a#b", "/a?ref=feed#b"),
        ] {
            let key = |path: &str| permalink_key(&url(&format!("https://blog.example{path}")));
            assert_eq!(key(one), key(other), "{one} {other}");
        }
        let all = [
            "/",
            "/?p=12",
            "/?p=13",
            "/a?n=12",
            "/a?n=13",
            "/a?lang=de",
            "/a?lang=en",
            "/a?id=x",
            "/a.php?x=1",
            "/a.php?x=y",
            "/a",
            "/a#b",
            "/a#c",
            "/a%20b",
            "/a;v=1",
            "/ab",
            "/a/b",
            "/a?v=x1",
            "/blog/?x=entry:entry061212-190425",
            "/blog/?x=entry:entry061213-101010",
            "/news?title=cats",
            "/news?title=dogs",
            "/n?k=a1b2",
            "/n?k=c3d4",
            "/n?12",
            "/n?13",
            "/forum?t=12",
            "/forum?t=13",
            "/b?m=200501",
            "/b?m=200502",
            "/show.cgi?src=a.txt",
            "/show.cgi?src=b.txt",
            "/show?src=a.txt",
            "/show?src=b.txt",
            "/show?ref=12",
            "/show?ref=13",
            "/?from=12",
            "/?from=13",
            "/?v=12",
            "/?v=13",
            "/watch?v=abc",
            "/watch?v=abd",
        ];
        for one in all {
            for other in all.iter().filter(|other| **other != one) {
                let key = |path: &str| permalink_key(&url(&format!("https://blog.example{path}")));
                assert_ne!(key(one), key(other), "{one} {other}");
            }
        }
    }

    #[test]
    fn c6_a_fragment_of_a_feeds_link_is_kept_if_it_may_name_an_entry() {
        for fragment in [
            "p01",
            "1",
            "cats",
            "!/a",
            "2026-01-02",
            "more-cats",
            "ping-pong",
            "content-warning",
            "pinguin",
            "atom-bombs",
            "n=12",
            "cat=1",
            "猫",
            "footnotes-on-cats",
            "topology",
        ] {
            let mut kept = url(&format!("https://a.example/log.html#{fragment}"));
            let before = kept.clone();
            trim_item_fragment(&mut kept);
            assert_eq!(kept, before);
        }
        for fragment in [
            "",
            "rss",
            "RSS",
            "atom-everything",
            "utm_source=feed&utm_medium=x",
            "xtor=RSS-16",
            "ref=rss",
            "Echobox=1700",
            ".VabC1",
            ":~:text=a",
            "comments",
            "comment-12",
            "respond",
            "more-12",
            "top",
            "disqus_thread",
            "comment-form",
            "main-content",
            "c12",
            "fn1",
        ] {
            let mut trimmed = url(&format!("https://a.example/log.html#{fragment}"));
            trim_item_fragment(&mut trimmed);
            assert_eq!(trimmed.as_str(), "https://a.example/log.html", "{fragment}");
        }
        for (link, trimmed) in [
            ("/posts/cats#x", "/posts/cats"),
            ("/posts/cats#!/x", "/posts/cats#!/x"),
            ("/#cats", "/#cats"),
            ("/?date=2026-01-02#p01", "/?date=2026-01-02#p01"),
            ("/posts/#cats", "/posts/#cats"),
            ("/cats.html#entry-1", "/cats.html#entry-1"),
        ] {
            let mut found = url(&format!("https://a.example{link}"));
            trim_item_fragment(&mut found);
            assert_eq!(found.as_str(), format!("https://a.example{trimmed}"));
        }
    }

    #[test]
    fn a_query_that_means_nothing_on_the_owners_site_leads_to_the_entry() {
        let entry = url("https://blog.example/posts/cats/");
        for query in [
            "utm_source=rss&utm_medium=feed",
            "s=20",
            "ref=newsletter",
            "source=rss",
            "m=1",
            "amp",
            "print=1",
            "v=1699",
            "replytocom=7",
            "from=%2Fhome",
            "pk_campaign=x&pk_kwd=y",
            "_hsenc=x&_hsmi=1",
        ] {
            for path in ["posts/cats/", "posts//cats", "posts/cats/index.html"] {
                let link = url(&format!("http://www.blog.example/{path}?{query}"));
                assert!(is_entry(&link, &entry), "{link}");
            }
        }
        for link in [
            "https://blog.example/posts/cats/?p=12",
            "https://blog.example/posts/cats/?id=dogs",
            "https://blog.example/posts/cats/?utm_source=rss&p=12",
            "https://blog.example/posts/cats/?12",
            "https://blog.example/posts/dogs/?utm_source=rss",
            "https://evil.example/posts/cats/?utm_source=rss",
        ] {
            assert!(!is_entry(&url(link), &entry), "{link}");
        }
        for (entry, link, is_it) in [
            ("/archive.php?id=1", "/archive.php?id=1&utm_source=x", true),
            ("/archive.php?id=1", "/archive.php?id=1&x=y", false),
            ("/archive.php", "/archive.php?cats", false),
            ("/archive.php", "/archive.php?utm_campaign=x", true),
            ("/", "/?cats", false),
            ("/", "/index.html?cats=1", false),
            ("/?p=12", "/index.php?p=12&fbclid=1", true),
            ("/?p=12", "/?p=13", false),
            ("/?p=12", "/", false),
        ] {
            let at = |path: &str| url("https://blog.example").join(path).unwrap();
            assert_eq!(is_entry(&at(link), &at(entry)), is_it, "{link} {entry}");
        }
    }

    #[test]
    fn a_fragment_tells_entries_apart_where_it_names_one() {
        for entry in [
            "/archives/2005_01.php#000024",
            "/archives/2005_01_01.html#a000024",
            "/2003_05_01_archive.html#94012345",
            "/2003/05/01.html#a123",
            "/2003/05/01#cats-and-dogs",
            "/2003/05/#cats",
            "/archives/week_2003_05_04.html#e12",
            "/200501.html#cats",
            "/2005-01/index.html#dogs",
            "/weblog.html#entry-12",
            "/cat/archives.html#cats",
            "/weblog.html#post_7",
            "/weblog.html#110123456789",
        ] {
            let link = url("https://blog.example").join(entry).unwrap();
            assert!(entry_fragment(&link).is_some(), "{link}");
            assert_ne!(target_key(&link), page_key(&link), "{link}");
            let other = link.join("#entry-999").unwrap();
            assert_ne!(target_key(&link), target_key(&other), "{link}");
            assert!(is_page(&link, &other), "{link}");
        }
        for none in [
            "/posts/cats/#comments",
            "/posts/cats/#comment-12345",
            "/posts/cats/#c12345",
            "/posts/cats/#more-12345",
            "/posts/cats/#section",
            "/posts/cats/#fn1",
            "/posts/2003/05/cats/#whiskers",
            "/archives/2005_01.php#comments",
            "/archives/2005_01.php#c123",
            "/archives/2005_01.php#",
            "/archives/2005_01.php",
            "/posts/1984/cats.html#top",
            "/posts/cats/#:~:text=2005",
        ] {
            let link = url("https://blog.example").join(none).unwrap();
            assert_eq!(entry_fragment(&link), None, "{link}");
            assert_eq!(target_key(&link), page_key(&link), "{link}");
        }
        assert_eq!(
            target_key(&url("https://a.example/2005/01.html#%63ats")),
            target_key(&url("http://www.a.example/2005/01.html?utm_source=x#cats"))
        );
    }

    #[test]
    fn what_lies_below_a_page_is_told_by_host_port_and_whole_segments() {
        for root in [
            "https://blog.example/a",
            "http://www.blog.example/a/index.html",
        ] {
            for below in [
                "https://blog.example/a",
                "http://WWW.blog.example:80/%61/b?c#d",
                "https://blog.example.//a//",
            ] {
                assert!(is_below(&url(below), &url(root)), "{below} {root}");
            }
            for outside in [
                "https://blog.example/",
                "https://blog.example/ab",
                "https://blog.example:8443/a",
                "https://blog.example.evil.example/a",
                "https://evil-blog.example/a",
                "https://blog.example@evil.example/a",
                "https://xn--blg-5na.example/a",
                "https://blog.example/b/../b/a",
            ] {
                assert!(!is_below(&url(outside), &url(root)), "{outside} {root}");
            }
        }
        assert!(is_below(
            &url("https://blog.example/x"),
            &url("https://blog.example/")
        ));
    }

    #[test]
    fn only_http_and_https_are_of_the_web() {
        for (text, web, plain) in [
            (" https://a.example/ ", true, true),
            ("HTTP://a.example", true, true),
            ("https://user@a.example/", true, false),
            ("https://:pw@a.example/", true, false),
            ("ftp://a.example/", false, false),
            ("javascript:alert(1)", false, false),
            ("data:text/html,x", false, false),
            ("file:///etc/passwd", false, false),
            ("//a.example/", false, false),
            ("a.example", false, false),
        ] {
            let parsed = parse_web(text);
            assert_eq!(parsed.is_some(), web, "{text}");
            assert_eq!(
                parsed.is_some_and(|url| is_plain_web(&url)),
                plain,
                "{text}"
            );
        }
    }
}
