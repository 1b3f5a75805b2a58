//! What can go wrong between us and another server.

use std::fmt;
use std::net::IpAddr;

/// What went wrong between us and another server.
#[derive(Debug)]
pub enum Fault {
    /// Not an absolute http or https URL, or one with a user name in it.
    BadUrl,
    /// A port that is not dialled (80, 443, 8080 and 8443 are).
    Port(u16),
    /// An address that is not on the public Internet.
    Address(IpAddr),
    /// The name has no address.
    Resolve,
    /// No connection could be made.
    Connect(String),
    /// Not finished in time.
    Timeout,
    /// TLS failed: expired, self-signed, another name.
    Tls(String),
    /// More than 5 redirects.
    TooManyRedirects,
    /// A redirect that must not be followed with a ping; names the new URL.
    Moved {
        /// 301, 302 or 303.
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
    Protocol(String),
    /// A form was sent, whole or in part, and no answer came that can be read: what it asked for may have been done.
    /// A fault that is not wrapped in this one means that nothing was sent, or that the server answered.
    Uncertain(Box<Fault>),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::BadUrl => write!(f, "not an absolute http or https URL"),
            Fault::Port(port) => {
                write!(f, "port {port} is not dialled (80, 443, 8080 and 8443 are)")
            }
            Fault::Address(address) => write!(f, "`{address}` is not a public address"),
            Fault::Resolve => write!(f, "the name has no address"),
            Fault::Connect(cause) => write!(f, "no connection: {cause}"),
            Fault::Timeout => write!(f, "no answer in time"),
            Fault::Tls(cause) => write!(f, "TLS failed: {cause}"),
            Fault::TooManyRedirects => write!(f, "more than 5 redirects"),
            Fault::Moved { status, to } => {
                write!(f, "moved ({status}) to `{to}`; a ping is not redirected")
            }
            Fault::Status(status) => write!(f, "HTTP error: {status}"),
            Fault::TooLarge => write!(f, "the answer is too large"),
            Fault::NotText(kind) => write!(f, "`{kind}` is not text"),
            Fault::Protocol(cause) => write!(f, "not HTTP: {cause}"),
            Fault::Uncertain(cause) => {
                write!(f, "sent, but it is unknown what came of it: {cause}")
            }
        }
    }
}
