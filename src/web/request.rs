//! A request as `cgi` and `serve` pass it on: completely read, limited in size, and with its time.

use std::net::IpAddr;

use jiff::Timestamp;

use crate::error::Refusal;
use crate::fetch::Timeout;

/// The largest body, in bytes.
pub const MAX_BODY: usize = crate::linkback::trackback::Form::MAX_BYTES;

/// A request. Its bytes are not checked for UTF-8.
#[derive(Debug, Clone)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The path behind this program's own URL, percent-decoded; begins with `/` unless empty.
    pub path: Vec<u8>,
    /// The query string, without its `?`.
    pub query: Vec<u8>,
    /// `Content-Type`.
    pub content_type: Option<Vec<u8>>,
    /// `Content-Encoding`.
    pub content_encoding: Option<Vec<u8>>,
    /// `Accept`.
    pub accept: Option<Vec<u8>>,
    /// `Cookie`; several headers are joined by `; `.
    pub cookie: Vec<u8>,
    /// `If-None-Match`.
    pub if_none_match: Option<Vec<u8>>,
    /// The body, or why it could not be read.
    pub body: Result<Vec<u8>, Refusal>,
    /// The client's address, as far as the server knows it.
    pub address: Option<IpAddr>,
    /// When it was received.
    pub now: Timestamp,
    /// How long the request may wait for other servers.
    pub timeout: Timeout,
}

impl Request {
    /// Whether the client is a browser: its `Accept` names HTML, and before plain text.
    pub(super) fn asks_for_page(&self) -> bool {
        let accept = String::from_utf8_lossy(self.accept.as_deref().unwrap_or_default());
        let quality = |kind: &str| {
            accept.split(',').find_map(|range| {
                let mut parts = range.split(';').map(str::trim);
                let is_it = parts.next()?.eq_ignore_ascii_case(kind);
                let weight = parts.find_map(|part| part.strip_prefix("q="));
                is_it.then(|| weight.map_or(1.0, |text| text.parse().unwrap_or(0.0_f32)))
            })
        };
        quality("text/html").unwrap_or(0.0) > quality("text/plain").unwrap_or(0.0)
    }

    /// The body, if it was read and is not compressed.
    pub(super) fn readable_body(&self) -> Result<&[u8], Refusal> {
        let body = self.body.as_deref().map_err(|refusal| *refusal)?;
        let identity =
            |encoding: &[u8]| encoding.is_empty() || encoding.eq_ignore_ascii_case(b"identity");
        match self.content_encoding.as_deref().is_none_or(identity) {
            true => Ok(body),
            false => Err(Refusal::EncodedBody),
        }
    }
}

/// A request's method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// GET.
    Get,
    /// HEAD: handled as GET; the server omits the body.
    Head,
    /// POST.
    Post,
    /// Any other, which no mode supports.
    Other,
}

impl Method {
    /// Parses the method's name, which is case-sensitive.
    pub fn parse(name: &[u8]) -> Method {
        match name {
            b"GET" => Method::Get,
            b"HEAD" => Method::Head,
            b"POST" => Method::Post,
            _ => Method::Other,
        }
    }
}
