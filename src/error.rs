//! What can go wrong, said once.
//!
//! Three audiences read an error and each has one exhaustive match: the operator reads [`Error`]'s
//! `Display` (operation, object, cause), the remote party reads [`Error::public`] (neither paths nor
//! causes), and programs read a number (the HTTP status in `site`, the exit code in `main`).

use std::fmt;
use std::io;
use std::net::IpAddr;
use std::path::PathBuf;

/// The result of everything that can fail in this library.
pub type Result<T> = std::result::Result<T, Error>;

/// A failure: which operation, on what, and why.
#[derive(Debug)]
pub enum Error {
    /// The request or command was understood and refused; nothing was changed.
    Refused(Refusal),
    /// A system call on a file or folder failed.
    File {
        /// The operation, as a verb phrase: "open", "append to".
        doing: &'static str,
        /// What it was done to.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// Something stands at one of our names that we did not put there.
    Planted {
        /// The name.
        path: PathBuf,
        /// What stands there: "a symbolic link", "owned by another user".
        what: &'static str,
    },
    /// A lock could not be had; writing without it could lose pings.
    Lock {
        /// The lock file.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// The file system is nearly full; receiving stops before it is full.
    NoSpace {
        /// The folder that was looked at.
        path: PathBuf,
        /// Free bytes.
        free: u64,
        /// Bytes that must stay free.
        floor: u64,
    },
    /// The configuration cannot be used.
    Config {
        /// The file, or the environment variable, that says so.
        place: String,
        /// What is wrong and what would be right.
        message: String,
    },
    /// Another server could not be asked, or did not answer in a usable way.
    Fetch {
        /// The URL that was asked for, without its query when that may hold a secret.
        url: String,
        /// What went wrong.
        fault: Fault,
    },
    /// The command line asks for something that makes no sense.
    Usage(String),
    /// Reading from the terminal or writing to standard output failed.
    Stream(io::Error),
    /// The system gave no randomness.
    Random(String),
}

/// Why a request was refused. Each has a stable name that stands in the log and in the README.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// No `tb_id`, or an empty one.
    NoTbId,
    /// The `tb_id` climbs out of a folder, has control characters or is not UTF-8.
    BadTbId,
    /// The `tb_id` is longer than 128 bytes.
    TbIdTooLong,
    /// `tb_id` and the path name different ids.
    TbIdsDiffer,
    /// No `url` field.
    NoUrl,
    /// The `url` is not an absolute http or https URL.
    BadUrl,
    /// The `url` is longer than 2,048 bytes.
    UrlTooLong,
    /// The body is not `application/x-www-form-urlencoded`.
    WrongContentType,
    /// The body is compressed.
    EncodedBody,
    /// `Content-Length` is not a number.
    BadContentLength,
    /// The body is longer than 64 KiB.
    BodyTooLarge,
    /// The body ended before its `Content-Length`.
    BodyCutShort,
    /// The body did not arrive within 10 s.
    BodyTimeout,
    /// More than 64 fields.
    TooManyFields,
    /// A charset that is unknown, or one that hides markup (UTF-7, ISO-2022-JP, UTF-16).
    UnknownCharset,
    /// A ping was sent with GET.
    PingByGet,
    /// A method that the mode does not have.
    MethodNotAllowed,
    /// No such `__mode`.
    UnknownMode,
    /// The owner deleted a ping from this permalink.
    Withdrawn,
    /// No ping has that number, or it is deleted.
    NoSuchPing,
    /// The mode is the owner's, and nobody is logged in.
    NotLoggedIn,
    /// The form's token is missing, old, or another session's.
    BadToken,
    /// The password is wrong.
    WrongPassword,
    /// Too many attempts to log in.
    TooManyLogins,
    /// The installation has no password, so nobody can log in.
    NoPassword,
    /// The send form names neither a ping URL nor a page to find one on.
    NoPingUrl,
    /// The page carries no ping URL.
    NothingDiscovered,
}

impl Refusal {
    /// All of them, in the order of the README's table.
    pub const ALL: [Refusal; 27] = [
        Refusal::NoTbId,
        Refusal::BadTbId,
        Refusal::TbIdTooLong,
        Refusal::TbIdsDiffer,
        Refusal::NoUrl,
        Refusal::BadUrl,
        Refusal::UrlTooLong,
        Refusal::WrongContentType,
        Refusal::EncodedBody,
        Refusal::BadContentLength,
        Refusal::BodyTooLarge,
        Refusal::BodyCutShort,
        Refusal::BodyTimeout,
        Refusal::TooManyFields,
        Refusal::UnknownCharset,
        Refusal::PingByGet,
        Refusal::MethodNotAllowed,
        Refusal::UnknownMode,
        Refusal::Withdrawn,
        Refusal::NoSuchPing,
        Refusal::NotLoggedIn,
        Refusal::BadToken,
        Refusal::WrongPassword,
        Refusal::TooManyLogins,
        Refusal::NoPassword,
        Refusal::NoPingUrl,
        Refusal::NothingDiscovered,
    ];

    /// The stable name: in the log, in the README's table.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Refusal::NoTbId => "no-tb-id",
            Refusal::BadTbId => "bad-tb-id",
            Refusal::TbIdTooLong => "tb-id-too-long",
            Refusal::TbIdsDiffer => "tb-ids-differ",
            Refusal::NoUrl => "no-url",
            Refusal::BadUrl => "bad-url",
            Refusal::UrlTooLong => "url-too-long",
            Refusal::WrongContentType => "wrong-content-type",
            Refusal::EncodedBody => "encoded-body",
            Refusal::BadContentLength => "bad-content-length",
            Refusal::BodyTooLarge => "body-too-large",
            Refusal::BodyCutShort => "body-cut-short",
            Refusal::BodyTimeout => "body-timeout",
            Refusal::TooManyFields => "too-many-fields",
            Refusal::UnknownCharset => "unknown-charset",
            Refusal::PingByGet => "ping-by-get",
            Refusal::MethodNotAllowed => "method-not-allowed",
            Refusal::UnknownMode => "unknown-mode",
            Refusal::Withdrawn => "withdrawn",
            Refusal::NoSuchPing => "no-such-ping",
            Refusal::NotLoggedIn => "not-logged-in",
            Refusal::BadToken => "bad-token",
            Refusal::WrongPassword => "wrong-password",
            Refusal::TooManyLogins => "too-many-logins",
            Refusal::NoPassword => "no-password",
            Refusal::NoPingUrl => "no-ping-url",
            Refusal::NothingDiscovered => "nothing-discovered",
        }
    }

    /// What the remote party is told. The classic ones are tb.cgi's own words.
    #[must_use]
    pub fn message(self) -> &'static str {
        match self {
            Refusal::NoTbId => "No TrackBack ID (tb_id)",
            Refusal::BadTbId => "That TrackBack ID (tb_id) cannot be used",
            Refusal::TbIdTooLong => "The TrackBack ID (tb_id) is longer than 128 bytes",
            Refusal::TbIdsDiffer => "The path and the tb_id parameter name different TrackBack IDs",
            Refusal::NoUrl => "No URL (url)",
            Refusal::BadUrl => "The URL (url) is not an absolute http or https URL",
            Refusal::UrlTooLong => "The URL (url) is longer than 2048 bytes",
            Refusal::WrongContentType => {
                "The Content-Type must be application/x-www-form-urlencoded"
            }
            Refusal::EncodedBody => "The body must not be compressed (Content-Encoding)",
            Refusal::BadContentLength => "The Content-Length is not a number",
            Refusal::BodyTooLarge => "The body is larger than 64 KiB",
            Refusal::BodyCutShort => "The body ended before its Content-Length",
            Refusal::BodyTimeout => "The body did not arrive within 10 seconds",
            Refusal::TooManyFields => "There are more than 64 fields",
            Refusal::UnknownCharset => "That charset is not supported; use UTF-8",
            Refusal::PingByGet => "Pings must be sent with POST",
            Refusal::MethodNotAllowed => "That method is not allowed here",
            Refusal::UnknownMode => "There is no such mode (__mode)",
            Refusal::Withdrawn => "The owner of this site has removed the ping from that URL",
            Refusal::NoSuchPing => "There is no such ping",
            Refusal::NotLoggedIn => "You are not authorized",
            Refusal::BadToken => "This form is out of date; go back, reload the page and try again",
            Refusal::WrongPassword => "Invalid login",
            Refusal::TooManyLogins => "Too many attempts to log in; wait a minute",
            Refusal::NoPassword => "No password is set; on the server, run `tb passwd`",
            Refusal::NoPingUrl => "No ping URL",
            Refusal::NothingDiscovered => "That page names no TrackBack ping URL",
        }
    }
}

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
        }
    }
}

impl Error {
    /// What a stranger may know: no path, no cause.
    #[must_use]
    pub fn public(&self) -> String {
        match self {
            Error::Refused(refusal) => refusal.message().to_owned(),
            Error::File { .. } | Error::Planted { .. } | Error::Lock { .. } | Error::Random(_) => {
                "This site cannot store anything at the moment; try again later".to_owned()
            }
            Error::NoSpace { .. } => "This site has no space left; try again later".to_owned(),
            Error::Config { .. } => {
                "This site is not set up correctly; its owner can run `tb check`".to_owned()
            }
            Error::Fetch { fault, .. } => fault.to_string(),
            Error::Usage(_) | Error::Stream(_) => "The request cannot be answered".to_owned(),
        }
    }

    /// Wraps a failed system call on `path`; `doing` is the operation as a verb phrase.
    pub fn file(
        doing: &'static str,
        path: impl Into<PathBuf>,
        cause: impl Into<io::Error>,
    ) -> Error {
        Error::File {
            doing,
            path: path.into(),
            cause: cause.into(),
        }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Error {
        Error::Refused(refusal)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Refused(refusal) => {
                write!(f, "refused: {} (`{}`)", refusal.message(), refusal.name())
            }
            Error::File { doing, path, cause } => {
                write!(f, "cannot {doing} `{}`: {cause}", path.display())
            }
            Error::Planted { path, what } => {
                write!(
                    f,
                    "`{}` is {what}; it was not made by this program: move it away",
                    path.display()
                )
            }
            Error::Lock { path, cause } => {
                write!(
                    f,
                    "cannot lock `{}`: {cause}; without locks pings could be lost",
                    path.display()
                )
            }
            Error::NoSpace { path, free, floor } => {
                write!(
                    f,
                    "only {free} bytes are free at `{}`, {floor} must stay free",
                    path.display()
                )
            }
            Error::Config { place, message } => write!(f, "{place}: {message}"),
            Error::Fetch { url, fault } => write!(f, "`{url}`: {fault}"),
            Error::Usage(message) => write!(f, "{message}"),
            Error::Stream(cause) => write!(f, "cannot read or write the terminal: {cause}"),
            Error::Random(cause) => write!(f, "the system gives no randomness: {cause}"),
        }
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn refusal_names_are_stable_kebab_case_and_unique() {
        let names: HashSet<_> = Refusal::ALL.iter().map(|refusal| refusal.name()).collect();
        assert_eq!(names.len(), Refusal::ALL.len());
        for name in names {
            assert!(
                name.bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte == b'-'),
                "{name}"
            );
        }
    }

    #[test]
    fn s9_the_public_text_of_a_file_error_names_no_path() {
        let error = Error::file("open", "/home/me/tb-data", io::Error::from_raw_os_error(13));
        assert!(error.to_string().contains("/home/me/tb-data"));
        assert!(!error.public().contains("/home"));
        assert!(!error.public().contains("denied"));
    }
}
