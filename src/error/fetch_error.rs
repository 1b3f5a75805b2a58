//! The errors of requests to other servers.

use std::error::Error;
use std::fmt;
use std::net::IpAddr;

use super::cause::Cause;

/// The longest URL that is requested, in bytes. Servers and browsers accept longer ones, but real pages have none, and
/// each relative link of a page is joined to its URL, so that a long URL would be costly.
pub const MAX_URL: usize = 2048;

/// Why a request to another server failed.
#[derive(Debug)]
pub enum FetchError {
    /// Not an absolute http or https URL, or one with a user name in it.
    BadUrl,
    /// A URL of so many bytes, more than [`MAX_URL`].
    LongUrl(usize),
    /// A port that is not allowed (80, 443, 8080 and 8443 are).
    Port(u16),
    /// An address that is not on the public Internet.
    Address(IpAddr),
    /// The name has no address.
    Resolve,
    /// No connection could be made.
    Connect(Cause),
    /// Not finished in time.
    Timeout,
    /// TLS failed: expired, self-signed, another name.
    Tls(Cause),
    /// More than 5 redirects.
    TooManyRedirects,
    /// It is redirected to itself until the cookie that it sets comes back, and this client keeps none.
    CookieLoop,
    /// A redirect that must not be followed with a ping, because of its status or its target.
    Moved {
        /// 301, 302, 303, 307 or 308.
        status: u16,
        /// The `Location`, resolved.
        to: String,
    },
    /// An HTTP status that is not a success.
    Status(u16),
    /// An HTTP status that is not a success, from a server that says when to come back.
    Early {
        /// The status.
        status: u16,
        /// The `Retry-After`, unparsed.
        retry_after: String,
    },
    /// The header or the body is larger than the limit.
    TooLarge,
    /// Not a text type.
    NotText(String),
    /// The response is not HTTP.
    Protocol(Cause),
    /// The response is HTTP, but does not contain what was asked for.
    Content(Cause),
    /// A form was sent, whole or in part, but there was no readable response: the request may have been carried out.
    /// An error not wrapped in this one means that nothing was sent, or that the server responded.
    Uncertain(Box<FetchError>),
}

impl FetchError {
    /// Whether the same request may succeed later. Hosts that cannot be found or reached do not count: most links of old
    /// pages to hosts that are gone are these.
    pub(crate) fn is_temporary(&self) -> bool {
        match self {
            FetchError::Timeout | FetchError::Protocol(_) | FetchError::Uncertain(_) => true,
            FetchError::Status(status) | FetchError::Early { status, .. } => {
                matches!(status, 408 | 425 | 429 | 500..=599)
            }
            FetchError::Resolve | FetchError::Connect(_) | FetchError::Tls(_) => false,
            FetchError::BadUrl
            | FetchError::LongUrl(_)
            | FetchError::Port(_)
            | FetchError::Address(_)
            | FetchError::TooManyRedirects
            | FetchError::CookieLoop
            | FetchError::Moved { .. }
            | FetchError::TooLarge
            | FetchError::NotText(_)
            | FetchError::Content(_) => false,
        }
    }
}

impl fmt::Display for FetchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FetchError::BadUrl => write!(f, "not an absolute http or https URL"),
            FetchError::LongUrl(length) => {
                write!(
                    f,
                    "the URL has {length} bytes (at most {MAX_URL} are allowed)"
                )
            }
            FetchError::Port(port) => {
                write!(f, "port {port} is not allowed (80, 443, 8080 and 8443 are)")
            }
            FetchError::Address(address) => write!(f, "`{address}` is not a public address"),
            FetchError::Resolve => write!(f, "the host name has no address"),
            FetchError::Connect(cause) => write!(f, "no connection: {cause}"),
            FetchError::Timeout => write!(f, "no response in time"),
            FetchError::Tls(cause) => write!(f, "TLS failed: {cause}"),
            FetchError::TooManyRedirects => write!(f, "more than 5 redirects"),
            FetchError::CookieLoop => {
                write!(
                    f,
                    "it is shown only to programs that keep cookies, as browsers do"
                )
            }
            FetchError::Moved { status, to } => {
                write!(
                    f,
                    "moved ({status}) to `{to}`; a ping is not sent there automatically"
                )
            }
            FetchError::Status(status) | FetchError::Early { status, .. } => {
                write!(f, "HTTP error: {status}")
            }
            FetchError::TooLarge => write!(f, "the response is too large"),
            FetchError::NotText(kind) => write!(f, "`{kind}` is not text"),
            FetchError::Protocol(cause) => write!(f, "not HTTP: {cause}"),
            FetchError::Content(cause) => write!(f, "{cause}"),
            FetchError::Uncertain(cause) => {
                write!(f, "sent, but without a clear reply: {cause}")
            }
        }
    }
}

impl Error for FetchError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            FetchError::Connect(cause)
            | FetchError::Tls(cause)
            | FetchError::Protocol(cause)
            | FetchError::Content(cause) => cause.source(),
            FetchError::Uncertain(fault) => Some(fault),
            FetchError::BadUrl
            | FetchError::LongUrl(_)
            | FetchError::Port(_)
            | FetchError::Address(_)
            | FetchError::Resolve
            | FetchError::Timeout
            | FetchError::TooManyRedirects
            | FetchError::CookieLoop
            | FetchError::Moved { .. }
            | FetchError::Status(_)
            | FetchError::Early { .. }
            | FetchError::TooLarge
            | FetchError::NotText(_) => None,
        }
    }
}
