//! A request as every door hands it over: read whole, capped, and with the time that it came.

use std::net::IpAddr;

use jiff::Timestamp;

use crate::error::Refusal;
use crate::fetch::Timeout;

/// The most of a body that is read, in bytes.
pub const MAX_BODY: usize = crate::linkback::trackback::Form::MAX_BYTES;

/// A request. Bytes are bytes: nothing of it is UTF-8 until it has been looked at.
#[derive(Debug, Clone)]
pub struct Request {
    /// What is asked for.
    pub method: Method,
    /// The path behind this program's own URL, percent-decoded; begins with `/` unless empty.
    pub path: Vec<u8>,
    /// The query string, without its `?`.
    pub query: Vec<u8>,
    /// `Content-Type`.
    pub content_type: Option<Vec<u8>>,
    /// `Content-Encoding`.
    pub content_encoding: Option<Vec<u8>>,
    /// `Cookie`; several headers are joined by `; `.
    pub cookie: Vec<u8>,
    /// `If-None-Match`.
    pub if_none_match: Option<Vec<u8>>,
    /// The body, or why it could not be read.
    pub body: Result<Vec<u8>, Refusal>,
    /// Where the request came from, as far as the server knows: a weak signal.
    pub address: Option<IpAddr>,
    /// When it came.
    pub now: Timestamp,
    /// How long this door may wait for other servers.
    pub patience: Timeout,
}

/// A request's method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// GET.
    Get,
    /// HEAD: as GET, and the door leaves the body out.
    Head,
    /// POST.
    Post,
    /// Any other: no mode has it.
    Other,
}

impl Method {
    /// Reads the method's name, which is case-sensitive.
    pub fn named(name: &[u8]) -> Method {
        match name {
            b"GET" => Method::Get,
            b"HEAD" => Method::Head,
            b"POST" => Method::Post,
            _ => Method::Other,
        }
    }
}
