//! Reads what another server answered, as far as it may be read.

use std::io::Read;

use ureq::Body;
use ureq::http::{HeaderMap, HeaderValue, Response, header};
use url::Url;

use super::coding::{self, Coding};
use super::fault::{FetchResult, fault, quoted};
use super::inflate;
use crate::error::FetchError;
use crate::html::Base;
use crate::text::clean;

/// What another server answered.
#[derive(Debug, Clone)]
pub struct Page {
    /// Where the answer came from, after redirects; without a fragment.
    pub url: Url,
    /// The URLs that were asked for before and answered with a redirect, in their order.
    pub redirects: Vec<Url>,
    /// The HTTP status.
    pub status: u16,
    /// The `Content-Type`, on one line and free of control characters; says the charset.
    pub content_type: Option<String>,
    /// The body, unpacked where it came compressed; at most 1 MiB of a page and 64 KiB of a reply.
    pub body: Vec<u8>,
    /// Whether the body went on beyond that. What is missing from a truncated page may stand in
    /// the part that was not read.
    pub truncated: bool,
    /// What to say when the page is asked for again.
    pub validators: Validators,
    /// Each `X-Robots-Tag`, unread; on one line and free of control characters.
    pub robots: Vec<String>,
    /// The `Retry-After`, unread: seconds or an HTTP-date; on one line and free of control characters.
    pub retry_after: Option<String>,
    /// Each `Link`, unread; free of control characters.
    pub links: Vec<String>,
    /// The `X-Pingback`, unread; free of control characters.
    pub pingback: Option<String>,
    /// The `Location` of an answer that is no redirect, resolved: an http or https URL.
    pub location: Option<Url>,
    /// What stands in the place of the body where that is not text; see [`super::Client::get_target`].
    pub other_type: Option<String>,
}

/// How a server tells one version of a page from another. Sent back as they came, so they are kept only
/// while they are short and plain.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Validators {
    /// The `ETag`.
    pub etag: Option<String>,
    /// The `Last-Modified`.
    pub last_modified: Option<String>,
}

impl Validators {
    /// Whether there is nothing to ask with.
    pub fn is_empty(&self) -> bool {
        self.etag.is_none() && self.last_modified.is_none()
    }
}

/// Reads a page: a success, of a type that is text, at most `most` bytes of it.
pub(super) fn read_page(url: &Url, response: Response<Body>, most: usize) -> FetchResult<Page> {
    let status = response.status();
    if !status.is_success() {
        return Err(FetchError::Status(status.as_u16()));
    }
    match field(response.headers(), header::CONTENT_TYPE) {
        Some(kind) if !is_text(&kind) => Err(FetchError::NotText(kind)),
        _ => read(url, response, most),
    }
}

/// Reads a page as [`read_page`] does; of one that is not text only what its headers say.
pub(super) fn read_target(url: &Url, response: Response<Body>) -> FetchResult<Page> {
    let status = response.status();
    if !status.is_success() {
        return Err(FetchError::Status(status.as_u16()));
    }
    match field(response.headers(), header::CONTENT_TYPE) {
        Some(kind) if !is_text(&kind) => Ok(Page {
            other_type: Some(kind),
            ..of_headers(url, &response)
        }),
        _ => read(url, response, MOST_PAGE),
    }
}

/// Reads a page as [`read_page`] does, or a gzip file of one, at most `most` bytes of what is in it.
pub(super) fn read_file(url: &Url, response: Response<Body>, most: usize) -> FetchResult<Page> {
    let status = response.status();
    if !status.is_success() {
        return Err(FetchError::Status(status.as_u16()));
    }
    let kind = field(response.headers(), header::CONTENT_TYPE);
    let other = kind.filter(|kind| !is_text(kind));
    if let Some(kind) = &other
        && !is_binary(kind)
    {
        return Err(FetchError::NotText(kind.clone()));
    }
    let is_packed = !coding::of(response.headers()).is_empty();
    let mut page = read(url, response, coding::packed(most))?;
    if let Some(unpacked) = inflate::gunzip(&page.body, most) {
        page.body = unpacked.bytes;
        page.truncated |= unpacked.truncated;
    } else if let Some(kind) = other.clone()
        && !is_packed
    {
        return Err(FetchError::NotText(kind));
    } else if page.body.len() > most {
        page.body.truncate(most);
        page.truncated = true;
    }
    // The type was the file's, not that of what is in it.
    page.content_type = page.content_type.filter(|_| other.is_none());
    Ok(page)
}

/// Reads a reply to a ping: any status, any type, at most 64 KiB of it.
pub(super) fn read_reply(url: &Url, response: Response<Body>) -> FetchResult<Page> {
    read(url, response, MOST_REPLY)
}

/// Bytes of an ordinary page.
pub(super) const MOST_PAGE: usize = 1024 * 1024;
const MOST_REPLY: usize = 64 * 1024;
const MOST_VALIDATOR: usize = 512;
/// Header fields for robots that are read.
const MOST_ROBOTS: usize = 16;
/// `Link` header fields that are read.
const MOST_LINKS: usize = 64;

fn read(url: &Url, response: Response<Body>, most: usize) -> FetchResult<Page> {
    let status = response.status();
    let codings = coding::of(response.headers());
    if let Some(unknown) = codings.iter().find_map(Coding::unreadable) {
        return Err(if status.is_success() {
            FetchError::NotText(quoted(unknown))
        } else {
            FetchError::Status(status.as_u16())
        });
    }
    let page = of_headers(url, &response);
    let limit = if codings.is_empty() {
        most
    } else {
        coding::packed(most)
    };
    let (body, truncated) = read_body(response.into_body(), limit)?;
    let (body, truncated) = coding::undo(&codings, body, truncated, most)
        .ok_or_else(|| FetchError::NotText("gzip".to_owned()))?;
    Ok(Page {
        body,
        truncated,
        ..page
    })
}

/// An answer without its body.
fn of_headers(url: &Url, response: &Response<Body>) -> Page {
    let headers = response.headers();
    let robots = headers.get_all("x-robots-tag").iter().take(MOST_ROBOTS);
    let robots = robots.map(|value| quoted(&String::from_utf8_lossy(value.as_bytes())));
    let links = headers.get_all(header::LINK).iter().take(MOST_LINKS);
    let location = whole(headers.get(header::LOCATION));
    Page {
        url: url.clone(),
        redirects: Vec::new(),
        status: response.status().as_u16(),
        content_type: field(headers, header::CONTENT_TYPE),
        body: Vec::new(),
        truncated: false,
        validators: Validators {
            etag: validator(headers, header::ETAG),
            last_modified: validator(headers, header::LAST_MODIFIED),
        },
        robots: robots.collect(),
        retry_after: field(headers, header::RETRY_AFTER),
        links: links.filter_map(|value| whole(Some(value))).collect(),
        pingback: whole(headers.get("x-pingback")),
        location: location.and_then(|location| Base::of(url).join(&location)),
        other_type: None,
    }
}

/// Reads at most `most` bytes, and tells whether there were more.
fn read_body(body: Body, most: usize) -> FetchResult<(Vec<u8>, bool)> {
    let mut bytes = Vec::new();
    let limit = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    let end = body.into_reader().take(limit).read_to_end(&mut bytes);
    if bytes.len() > most {
        bytes.truncate(most);
        return Ok((bytes, true));
    }
    match end {
        Ok(_) => Ok((bytes, false)),
        Err(cause) => Err(fault(cause.into())),
    }
}

/// A header field as one line of plain text, cropped: it may end up in a log or on a page.
fn field(headers: &HeaderMap, name: header::HeaderName) -> Option<String> {
    let value = String::from_utf8_lossy(headers.get(name)?.as_bytes());
    Some(quoted(&value))
}

/// A header field, not cropped: one that is cut names another URL.
fn whole(value: Option<&HeaderValue>) -> Option<String> {
    Some(clean(&String::from_utf8_lossy(value?.as_bytes())))
}

/// A header field that is sent back as it came, if it is short printable ASCII.
fn validator(headers: &HeaderMap, name: header::HeaderName) -> Option<String> {
    let value = headers.get(name)?.to_str().ok()?;
    (!value.is_empty() && value.len() <= MOST_VALIDATOR).then(|| value.to_owned())
}

/// Whether a media type can carry text with links in it.
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
