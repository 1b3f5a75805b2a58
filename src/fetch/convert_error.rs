//! Conversion of the HTTP library's errors.
//!
//! A peer controls part of their text (header lines, names in its certificate), and it appears in logs, on terminals
//! and on pages, so it is cleaned and cropped here.

use std::io;

use url::{Position, Url};

use super::resolve::Denied;
use crate::error::{Cause, Error, FetchError};
use crate::text;

/// Maximum length of a peer's text or of a URL in an error, in characters.
const MAX_QUOTE: usize = 300;

/// A result without the URL, which the caller adds.
pub(super) type FetchResult<T> = Result<T, FetchError>;

/// The error for a request to `url`.
pub(super) fn fetch_error(url: &Url, fault: FetchError) -> Error {
    Error::Fetch {
        url: presentable(url),
        fault,
    }
}

/// Untrusted text as one line of plain text of bounded length.
pub(super) fn clean_quote(words: &str) -> String {
    text::crop(&text::clean(words), MAX_QUOTE, "…").into_owned()
}

/// Converts an error of the library.
pub(super) fn from_ureq(error: ureq::Error) -> FetchError {
    match error {
        ureq::Error::Timeout(_) => FetchError::Timeout,
        ureq::Error::HostNotFound => FetchError::Resolve,
        ureq::Error::Io(cause) => from_io(cause),
        ureq::Error::Rustls(cause) => FetchError::Tls(cause_of(cause)),
        ureq::Error::Tls(cause) => FetchError::Tls(cause.into()),
        ureq::Error::LargeResponseHeader(..) | ureq::Error::BodyExceedsLimit(_) => {
            FetchError::TooLarge
        }
        ureq::Error::BadUri(_) | ureq::Error::Http(_) => FetchError::BadUrl,
        ureq::Error::Other(cause) => match cause.downcast::<Denied>() {
            Ok(denied) => FetchError::Address(denied.0),
            Err(cause) => FetchError::Protocol(Cause::new(clean_quote(&cause.to_string()), cause)),
        },
        other => FetchError::Protocol(cause_of(other)),
    }
}

/// The error once a form may have arrived. Errors that come from a response stay as they are.
pub(super) fn uncertain(fault: FetchError) -> FetchError {
    match fault {
        FetchError::Connect(_)
        | FetchError::Timeout
        | FetchError::Tls(_)
        | FetchError::TooLarge
        | FetchError::NotText(_)
        | FetchError::Protocol(_)
        | FetchError::Content(_) => FetchError::Uncertain(Box::new(fault)),
        FetchError::BadUrl
        | FetchError::LongUrl(_)
        | FetchError::Port(_)
        | FetchError::Address(_)
        | FetchError::Resolve
        | FetchError::TooManyRedirects
        | FetchError::CookieLoop
        | FetchError::Moved { .. }
        | FetchError::Status(_)
        | FetchError::Early { .. }
        | FetchError::Uncertain(_) => fault,
    }
}

/// The URL for an error, without user, query and fragment, which may hold secrets.
fn presentable(url: &Url) -> String {
    if !url.has_host() {
        return format!("{}:", url.scheme());
    }
    let whole = format!(
        "{}://{}",
        url.scheme(),
        &url[Position::BeforeHost..Position::AfterPath]
    );
    clean_quote(&whole)
}

/// An error with its cleaned text.
fn cause_of(error: impl std::error::Error + Send + Sync + 'static) -> Cause {
    Cause::new(clean_quote(&error.to_string()), error)
}

fn from_io(error: io::Error) -> FetchError {
    let kind = error.kind();
    let cause = cause_of(error);
    match kind {
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => FetchError::Timeout,
        // Only the TLS library's errors arrive as invalid data.
        io::ErrorKind::InvalidData => FetchError::Tls(cause),
        io::ErrorKind::UnexpectedEof if cause.to_string().starts_with("tls") => {
            FetchError::Tls(cause)
        }
        io::ErrorKind::UnexpectedEof
        | io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe => FetchError::Protocol(Cause::new(
            "the connection ended before the answer did",
            io::Error::from(kind),
        )),
        io::ErrorKind::ConnectionRefused => FetchError::Connect(Cause::new(
            "nothing answers at that host and port",
            io::Error::from(kind),
        )),
        _ => FetchError::Connect(cause),
    }
}
