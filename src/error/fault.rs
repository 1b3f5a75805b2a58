//! What can go wrong between us and another server.

use std::error::Error;
use std::fmt;
use std::net::IpAddr;

use super::cause::Cause;

/// The longest URL that is asked for, in bytes, as it is sent. What servers and browsers take is longer, but a page
/// that is linked to has none such, and each of a page's relative links is joined to its URL.
pub const MAX_URL: usize = 2048;

/// What went wrong between us and another server.
#[derive(Debug)]
pub enum FetchError {
    /// Not an absolute http or https URL, or one with a user name in it.
    BadUrl,
    /// A URL of so many bytes, more than [`MAX_URL`].
    LongUrl(usize),
    /// A port that is not dialled (80, 443, 8080 and 8443 are).
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
    /// A redirect that must not be followed with a ping: by its status, or by where it leads; names the new URL.
    Moved {
        /// 301, 302, 303, 307 or 308.
        status: u16,
        /// The `Location`, resolved.
        to: String,
    },
    /// An HTTP status that is not a success.
    Status(u16),
    /// The header or the body is larger than the limit.
    TooLarge,
    /// Not a text type, so it is not scanned.
    NotText(String),
    /// The answer is not HTTP.
    Protocol(Cause),
    /// A form was sent, whole or in part, and no answer came that can be read: what it asked for may have been done.
    /// A fault that is not wrapped in this one means that nothing was sent, or that the server answered.
    Uncertain(Box<FetchError>),
}

impl fmt::Display for FetchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FetchError::BadUrl => write!(f, "not an absolute http or https URL"),
            FetchError::LongUrl(length) => {
                write!(
                    f,
                    "a URL of {length} bytes (at most {MAX_URL} are asked for)"
                )
            }
            FetchError::Port(port) => {
                write!(f, "port {port} is not dialled (80, 443, 8080 and 8443 are)")
            }
            FetchError::Address(address) => write!(f, "`{address}` is not a public address"),
            FetchError::Resolve => write!(f, "the name has no address"),
            FetchError::Connect(cause) => write!(f, "no connection: {cause}"),
            FetchError::Timeout => write!(f, "no answer in time"),
            FetchError::Tls(cause) => write!(f, "TLS failed: {cause}"),
            FetchError::TooManyRedirects => write!(f, "more than 5 redirects"),
            FetchError::Moved { status, to } => {
                write!(
                    f,
                    "moved ({status}) to `{to}`; a ping is not sent there by itself"
                )
            }
            FetchError::Status(status) => write!(f, "HTTP error: {status}"),
            FetchError::TooLarge => write!(f, "the answer is too large"),
            FetchError::NotText(kind) => write!(f, "`{kind}` is not text"),
            FetchError::Protocol(cause) => write!(f, "not HTTP: {cause}"),
            FetchError::Uncertain(cause) => {
                write!(f, "sent, but it is unknown what came of it: {cause}")
            }
        }
    }
}

impl Error for FetchError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            FetchError::Connect(cause) | FetchError::Tls(cause) | FetchError::Protocol(cause) => {
                cause.source()
            }
            FetchError::Uncertain(fault) => Some(fault),
            FetchError::BadUrl
            | FetchError::LongUrl(_)
            | FetchError::Port(_)
            | FetchError::Address(_)
            | FetchError::Resolve
            | FetchError::Timeout
            | FetchError::TooManyRedirects
            | FetchError::Moved { .. }
            | FetchError::Status(_)
            | FetchError::TooLarge
            | FetchError::NotText(_) => None,
        }
    }
}
