//! What the HTTP library says went wrong, in our words.
//!
//! A peer chooses some of these words (header lines, the names in its certificate), and they end up
//! in logs, on terminals and on pages: they are cleaned and cropped here.

use std::io;

use url::{Position, Url};

use super::resolve::Denied;
use crate::error::{Cause, Error, FetchError};
use crate::text;

/// Characters of a peer's words or of a URL that an error repeats.
const MOST_QUOTED: usize = 300;

/// A result whose URL the caller knows.
pub(super) type FetchResult<T> = Result<T, FetchError>;

/// The error for a request to `url`.
pub(super) fn failed(url: &Url, fault: FetchError) -> Error {
    Error::Fetch {
        url: presentable(url),
        fault,
    }
}

/// A stranger's words as one line of plain text of bounded length.
pub(super) fn quoted(words: &str) -> String {
    text::crop(&text::clean(words), MOST_QUOTED, "…").into_owned()
}

/// Says in our words what the library says in its own.
pub(super) fn fault(error: ureq::Error) -> FetchError {
    match error {
        ureq::Error::Timeout(_) => FetchError::Timeout,
        ureq::Error::HostNotFound => FetchError::Resolve,
        ureq::Error::Io(cause) => io_fault(cause),
        ureq::Error::Rustls(cause) => FetchError::Tls(cause_of(cause)),
        ureq::Error::Tls(cause) => FetchError::Tls(cause.into()),
        ureq::Error::LargeResponseHeader(..) | ureq::Error::BodyExceedsLimit(_) => {
            FetchError::TooLarge
        }
        ureq::Error::BadUri(_) | ureq::Error::Http(_) => FetchError::BadUrl,
        ureq::Error::Other(cause) => match cause.downcast::<Denied>() {
            Ok(denied) => FetchError::Address(denied.0),
            Err(cause) => FetchError::Protocol(Cause::new(quoted(&cause.to_string()), cause)),
        },
        other => FetchError::Protocol(cause_of(other)),
    }
}

/// What a fault means once a form may have arrived. An answer stays one.
pub(super) fn uncertain(fault: FetchError) -> FetchError {
    match fault {
        FetchError::Connect(_)
        | FetchError::Timeout
        | FetchError::Tls(_)
        | FetchError::TooLarge
        | FetchError::NotText(_)
        | FetchError::Protocol(_) => FetchError::Uncertain(Box::new(fault)),
        FetchError::BadUrl
        | FetchError::LongUrl(_)
        | FetchError::Port(_)
        | FetchError::Address(_)
        | FetchError::Resolve
        | FetchError::TooManyRedirects
        | FetchError::Moved { .. }
        | FetchError::Status(_)
        | FetchError::Uncertain(_) => fault,
    }
}

/// The URL for an error: without user, query and fragment, where secrets are.
fn presentable(url: &Url) -> String {
    if !url.has_host() {
        return format!("{}:", url.scheme());
    }
    let whole = format!(
        "{}://{}",
        url.scheme(),
        &url[Position::BeforeHost..Position::AfterPath]
    );
    quoted(&whole)
}

/// An error, and what it says of itself as far as that is repeated.
fn cause_of(error: impl std::error::Error + Send + Sync + 'static) -> Cause {
    Cause::new(quoted(&error.to_string()), error)
}

fn io_fault(error: io::Error) -> FetchError {
    let kind = error.kind();
    let cause = cause_of(error);
    match kind {
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => FetchError::Timeout,
        // The TLS library's errors arrive as invalid data; nothing else here makes those.
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
        _ => FetchError::Connect(cause),
    }
}
