//! Reads responses, within limits.

use std::io::Read;

use jiff::{SignedDuration, Timestamp};
use ureq::Body;
use ureq::http::{HeaderMap, HeaderValue, Response, header};
use url::Url;

use super::coding::{self, Coding};
use super::convert_error::{FetchResult, clean_quote, from_ureq};
use super::inflate;
use crate::error::FetchError;
use crate::html::Base;
use crate::text::clean;

/// A response.
#[derive(Debug, Clone)]
pub struct Page {
    /// The URL after redirects, without a fragment.
    pub url: Url,
    /// The URLs requested before that redirected, in order.
    pub redirects: Vec<Url>,
    /// The HTTP status.
    pub status: u16,
    /// The `Content-Type` with its charset, on one line and free of control characters.
    pub content_type: Option<String>,
    /// The decompressed body; at most 1 MiB of a page and 64 KiB of a reply.
    pub body: Vec<u8>,
    /// Whether the body was longer. Something missing from a truncated page may be in the part that was not read.
    pub truncated: bool,
    /// The validators for a later conditional request.
    pub validators: Validators,
    /// Each `X-Robots-Tag`, unparsed; on one line and free of control characters.
    pub robots: Vec<String>,
    /// The `Retry-After`, unparsed: seconds or an HTTP-date; on one line and free of control characters.
    pub retry_after: Option<String>,
    /// Each `Link`, unparsed; free of control characters.
    pub links: Vec<String>,
    /// The `Refresh`, unparsed; free of control characters.
    pub refresh: Option<String>,
    /// The `X-Pingback`, unparsed; free of control characters.
    pub pingback: Option<String>,
    /// The `Location` of a response that is not a redirect, resolved: an http or https URL.
    pub location: Option<Url>,
    /// Whether browsers do not show it but save it as a file (`Content-Disposition`).
    pub is_attachment: bool,
    /// Whether browsers do not guess its type (`X-Content-Type-Options`).
    pub is_nosniff: bool,
    /// The media type or the content coding, if the body was not read because of it; see [`super::Client::get_target`].
    pub other_type: Option<String>,
}

#[cfg(test)]
impl Page {
    /// A page of HTML as a server without any other header sends it.
    pub(crate) fn html(url: Url, status: u16, body: &str) -> Page {
        Page {
            url,
            redirects: Vec::new(),
            status,
            content_type: Some("text/html; charset=utf-8".to_owned()),
            body: body.as_bytes().to_vec(),
            truncated: false,
            validators: Validators::default(),
            robots: Vec::new(),
            links: Vec::new(),
            refresh: None,
            pingback: None,
            location: None,
            is_attachment: false,
            is_nosniff: false,
            other_type: None,
            retry_after: None,
        }
    }
}

/// The validators of a version of a page. They are sent back unchanged, so only short printable ones are kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Validators {
    /// The `ETag`.
    pub etag: Option<String>,
    /// The `Last-Modified`.
    pub last_modified: Option<String>,
}

impl Validators {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.etag.is_none() && self.last_modified.is_none()
    }
}

/// Reads a page: a success status and a text type are required; at most `most` bytes are read.
pub(super) fn read_page(url: &Url, response: Response<Body>, most: usize) -> FetchResult<Page> {
    let status = response.status();
    if !status.is_success() {
        return Err(FetchError::Status(status.as_u16()));
    }
    match content_type(response.headers()) {
        Some(kind) if !is_text(&kind) => Err(FetchError::NotText(kind)),
        _ => read_response(url, response, most),
    }
}

/// Reads a page as [`read_page`] does; but of one that is not text, only the headers. An error status keeps its
/// `Retry-After`.
pub(super) fn read_target(url: &Url, response: Response<Body>) -> FetchResult<Page> {
    let status = response.status();
    if !status.is_success() {
        let retry_after = header_text(response.headers(), header::RETRY_AFTER);
        let status = status.as_u16();
        return Err(
            match retry_after
                .filter(|value| parse_retry_after(value, Timestamp::UNIX_EPOCH).is_some())
            {
                Some(retry_after) => FetchError::Early {
                    status,
                    retry_after,
                },
                None => FetchError::Status(status),
            },
        );
    }
    match content_type(response.headers()) {
        Some(kind) if !is_text(&kind) => Ok(Page {
            other_type: Some(kind),
            ..of_headers(url, &response)
        }),
        _ => read_response(url, response, MAX_PAGE),
    }
}

/// Reads a page like [`read_page`], a gzip file that contains one, or a file of XML or JSON whose type the server does not
/// know; at most `most` bytes of the content.
pub(super) fn read_file(url: &Url, response: Response<Body>, most: usize) -> FetchResult<Page> {
    let status = response.status();
    if !status.is_success() {
        return Err(FetchError::Status(status.as_u16()));
    }
    let kind = content_type(response.headers());
    let other = kind.filter(|kind| !is_text(kind));
    if let Some(kind) = &other
        && !is_binary(kind)
    {
        return Err(FetchError::NotText(kind.clone()));
    }
    let is_packed = !coding::parse(response.headers()).is_empty();
    let mut page = read_response(url, response, coding::compressed_limit(most))?;
    if let Some(unpacked) = inflate::gunzip(&page.body, most) {
        page.body = unpacked.bytes;
        page.truncated |= unpacked.truncated;
    } else if let Some(kind) = other.clone()
        && !is_packed
        && !begins_as_text(&page.body)
    {
        return Err(FetchError::NotText(kind));
    } else if page.body.len() > most {
        page.body.truncate(most);
        page.truncated = true;
    }
    // The type was that of the gzip file, not of its content.
    page.content_type = page.content_type.filter(|_| other.is_none());
    Ok(page)
}

/// Reads a reply to a ping: any status, any type, at most 64 KiB. Status and headers count even if the body cannot be
/// decoded ([`Page::other_type`]), or breaks off after a server has said when to come back.
pub(super) fn read_reply(url: &Url, response: Response<Body>) -> FetchResult<Page> {
    let headers = of_headers(url, &response);
    let names_time = !response.status().is_success() && headers.retry_after.is_some();
    match read_response(url, response, MAX_REPLY) {
        Err(FetchError::NotText(coding)) => Ok(Page {
            other_type: Some(coding),
            ..headers
        }),
        Err(_) if names_time => Ok(headers),
        read => read,
    }
}

/// Size limit of a page, in bytes.
pub(super) const MAX_PAGE: usize = 1024 * 1024;
pub(super) const MAX_REPLY: usize = 64 * 1024;
const MAX_VALIDATOR: usize = 512;
/// How many bytes of a document's begin or end tell what it is.
const MAX_TAIL: usize = 2048;
/// The elements of which pages, replies and feeds consist.
const ROOTS: [&str; 8] = [
    "html",
    "response",
    "methodResponse",
    "rss",
    "feed",
    "rdf:RDF",
    "urlset",
    "sitemapindex",
];
/// How many `X-Robots-Tag` fields are read.
const MAX_ROBOTS: usize = 16;
/// How many `Content-Type` fields are read.
const MAX_TYPES: usize = 4;
/// How many `Link` fields are read.
const MAX_LINKS: usize = 64;

/// Reads the body. One that breaks off is whole all the same if its document has ended: some servers count its bytes
/// wrongly, or forget the last chunk. A coding that is not supported here is ignored if the body was not coded after all.
fn read_response(url: &Url, response: Response<Body>, most: usize) -> FetchResult<Page> {
    let codings = coding::parse(response.headers());
    let unknown = codings.iter().find_map(Coding::unreadable);
    let unreadable = unknown.map(clean_quote);
    let page = of_headers(url, &response);
    let limit = if codings.is_empty() {
        most
    } else {
        coding::compressed_limit(most)
    };
    let (body, end) = read_body(response.into_body(), limit);
    let is_cut = *end.as_ref().unwrap_or(&true);
    let decoded = coding::decode(&codings, body, is_cut, most);
    let ((body, truncated), fault) = match (decoded, end.err()) {
        (Some(decoded), fault) => (decoded, fault),
        (None, Some(fault)) => return Err(fault),
        (None, None) => {
            let coding = unreadable.unwrap_or_else(|| "gzip".to_owned());
            return Err(FetchError::NotText(coding));
        }
    };
    let is_whole = fault.is_some() && document_has_ended(&body);
    match (fault, unreadable) {
        (Some(fault), _) if !is_whole => Err(fault),
        (_, Some(coding)) if !is_markup(&body) => Err(FetchError::NotText(coding)),
        _ => Ok(Page {
            body,
            truncated: truncated && !is_whole,
            ..page
        }),
    }
}

/// A response without its body.
fn of_headers(url: &Url, response: &Response<Body>) -> Page {
    let headers = response.headers();
    let robots = headers.get_all("x-robots-tag").iter().take(MAX_ROBOTS);
    let robots = robots.map(|value| clean_quote(&String::from_utf8_lossy(value.as_bytes())));
    let links = headers.get_all(header::LINK).iter().take(MAX_LINKS);
    let location = whole(headers.get(header::LOCATION));
    Page {
        url: url.clone(),
        redirects: Vec::new(),
        status: response.status().as_u16(),
        content_type: content_type(headers),
        body: Vec::new(),
        truncated: false,
        validators: Validators {
            etag: validator(headers, header::ETAG),
            last_modified: validator(headers, header::LAST_MODIFIED),
        },
        robots: robots.collect(),
        retry_after: header_text(headers, header::RETRY_AFTER),
        links: links.filter_map(|value| whole(Some(value))).collect(),
        refresh: whole(headers.get("refresh")),
        pingback: whole(headers.get("x-pingback")),
        location: location.and_then(|location| Base::of(url).join(&location)),
        is_attachment: headers
            .get_all(header::CONTENT_DISPOSITION)
            .iter()
            .any(is_attachment),
        is_nosniff: headers
            .get(header::X_CONTENT_TYPE_OPTIONS)
            .is_some_and(is_nosniff),
        other_type: None,
    }
}

/// Whether the header's first value is `nosniff`, as the Fetch Standard reads it.
fn is_nosniff(value: &HeaderValue) -> bool {
    let first = value.as_bytes().split(|byte| *byte == b',').next();
    first.is_some_and(|first| first.trim_ascii().eq_ignore_ascii_case(b"nosniff"))
}

/// The media types, which a server may send several of.
fn content_type(headers: &HeaderMap) -> Option<String> {
    let all = headers.get_all(header::CONTENT_TYPE).iter().take(MAX_TYPES);
    let all: Vec<_> = all
        .map(|value| String::from_utf8_lossy(value.as_bytes()))
        .collect();
    (!all.is_empty()).then(|| clean_quote(&all.join(", ")))
}

/// Whether a `Content-Disposition` has a browser save the content: any but `inline` does, and a file name alone is none.
fn is_attachment(value: &HeaderValue) -> bool {
    let value = String::from_utf8_lossy(value.as_bytes());
    let kind = value.split(';').next().unwrap_or_default().trim();
    !kind.is_empty() && !kind.contains('=') && !kind.eq_ignore_ascii_case("inline")
}

/// Reads at most `most` bytes; returns whether there were more, or why they end too early.
fn read_body(body: Body, most: usize) -> (Vec<u8>, FetchResult<bool>) {
    let mut bytes = Vec::new();
    let limit = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    let end = body.into_reader().take(limit).read_to_end(&mut bytes);
    if bytes.len() > most {
        bytes.truncate(most);
        return (bytes, Ok(true));
    }
    let end = match end {
        Ok(_) => Ok(false),
        Err(cause) => Err(from_ureq(cause.into())),
    };
    (bytes, end)
}

/// A header field as one line of plain text, cropped: it may appear in a log or on a page.
fn header_text(headers: &HeaderMap, name: header::HeaderName) -> Option<String> {
    let value = String::from_utf8_lossy(headers.get(name)?.as_bytes());
    Some(clean_quote(&value))
}

/// A header field, not cropped: a cropped URL would be another URL.
fn whole(value: Option<&HeaderValue>) -> Option<String> {
    Some(clean(&String::from_utf8_lossy(value?.as_bytes())))
}

/// A validator, if it is short printable ASCII: it is sent back unchanged.
fn validator(headers: &HeaderMap, name: header::HeaderName) -> Option<String> {
    let value = headers.get(name)?.to_str().ok()?;
    (!value.is_empty() && value.len() <= MAX_VALIDATOR).then(|| value.to_owned())
}

/// Parses a `Retry-After` (RFC 9110, 10.2.3): seconds, or a date in one of the three formats of HTTP; also what some
/// servers write for them: `"120"`, `120s`, `120.0`, `+0000` for `GMT`, a date of RFC 3339.
pub fn parse_retry_after(value: &str, now: Timestamp) -> Option<Timestamp> {
    let value = value.trim().trim_matches('"').trim();
    let number = value.strip_suffix('s').unwrap_or(value);
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !whole.is_empty() && is_digits(whole) && is_digits(part) {
        // A number too large to parse is a long time.
        let seconds = SignedDuration::from_secs(whole.parse().unwrap_or(i64::MAX));
        return Some(now.saturating_add(seconds).unwrap_or(Timestamp::MAX));
    }
    let date = |text: &str| {
        let date = httpdate::parse_http_date(text).ok()?;
        // A date after the last `Timestamp` is late.
        Some(Timestamp::try_from(date).unwrap_or(Timestamp::MAX))
    };
    value
        .parse()
        .ok()
        .or_else(|| date(&value.replace("+0000", "GMT")))
}

/// Whether a media type can hold text with links.
fn is_text(content_type: &str) -> bool {
    let essence = content_type
        .split([';', ','])
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    match essence.split_once('/') {
        Some(("text", _)) => true,
        Some(("application", kind)) => {
            matches!(kind, "xml" | "json" | "feed+json") || kind.ends_with("+xml")
        }
        Some(_) => false,
        None => essence.is_empty(),
    }
}

/// Whether a file begins as one of XML or JSON does, also behind a byte order mark.
fn begins_as_text(bytes: &[u8]) -> bool {
    let mut begin = bytes.iter().filter(|byte| {
        !byte.is_ascii_whitespace() && !matches!(byte, 0 | 0xEF | 0xBB | 0xBF | 0xFE | 0xFF)
    });
    matches!(begin.next(), Some(b'<' | b'{'))
}

/// Whether the last tag closes what a document consists of. Caches add comments behind it.
fn document_has_ended(bytes: &[u8]) -> bool {
    let tail = bytes.len().saturating_sub(MAX_TAIL);
    let tail = String::from_utf8_lossy(bytes.get(tail..).unwrap_or_default());
    let mut tail = tail.trim_end();
    while let Some((before, _)) = tail
        .strip_suffix("-->")
        .and_then(|comment| comment.rsplit_once("<!--"))
    {
        tail = before.trim_end();
    }
    let last = tail
        .strip_suffix('>')
        .and_then(|tag| tag.trim_end().rsplit_once("</"));
    last.is_some_and(|(_, name)| ROOTS.iter().any(|root| name.eq_ignore_ascii_case(root)))
}

/// Whether bytes that claim to be compressed are plain XML, HTML or JSON: those begin with a bracket, and have no control
/// characters.
fn is_markup(bytes: &[u8]) -> bool {
    let begin = bytes.get(..MAX_TAIL).unwrap_or(bytes);
    let is_control = |byte: &u8| byte.is_ascii_control() && !byte.is_ascii_whitespace();
    begins_as_text(bytes) && !begin.iter().any(is_control)
}

/// Whether a media type may be that of a gzip file.
fn is_binary(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    let essence = essence.to_ascii_lowercase();
    let (_, kind) = essence.split_once('/').unwrap_or_default();
    matches!(kind, "octet-stream" | "force-download" | "download") || kind.contains("gzip")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_guessed_of_a_page_whose_first_word_on_that_is_nosniff() {
        for (value, expected) in [
            ("nosniff", true),
            (" NoSniff ", true),
            ("nosniff, nosniff", true),
            ("nosniff,x", true),
            ("x, nosniff", false),
            (", nosniff", false),
            ("nosniff x", false),
            ("", false),
        ] {
            let value = HeaderValue::from_str(value).unwrap();
            assert_eq!(is_nosniff(&value), expected, "{value:?}");
        }
    }

    #[test]
    fn c9_a_document_ends_with_the_tag_that_closes_it() {
        for whole in [
            "<html>x</html>",
            "<p>x</HTML >\n<!-- cached --><!-- in 0.1 s -->\r\n",
            "<response><error>0</error></response>",
            "<rdf:RDF></rdf:RDF>",
        ] {
            assert!(document_has_ended(whole.as_bytes()), "{whole}");
        }
        for cut in [
            "",
            "<html>x",
            "<html>x</html",
            "</html> x",
            "<!-- </html> -->",
            "</response><error>1",
            "<response><error>0</error>",
            "<html>",
        ] {
            assert!(!document_has_ended(cut.as_bytes()), "{cut}");
        }
    }

    #[test]
    fn c9_what_is_compressed_is_no_markup() {
        assert!(is_markup(b" \r\n<p>\xe9t\xe9</p>"));
        for packed in [
            &b"\x0b\x02\x80<p>"[..],
            b"<\x01\x02>",
            b"\x28\xb5\x2f\xfd<p>",
            b"x",
            b"",
        ] {
            assert!(!is_markup(packed), "{packed:?}");
        }
    }

    #[test]
    fn only_types_that_carry_text_are_scanned() {
        for kind in [
            "text/html",
            "TEXT/HTML ; charset=EUC-JP",
            "text/html, text/html",
            "application/xhtml+xml",
            "application/rss+xml",
            "application/feed+json;version=1",
            "",
            " ; charset=utf-8",
        ] {
            assert!(is_text(kind), "{kind}");
        }
        for kind in [
            "image/svg+xml",
            "application/octet-stream",
            "html",
            "x/text",
        ] {
            assert!(!is_text(kind), "{kind}");
        }
    }
}
