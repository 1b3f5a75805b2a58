//! The errors of all rooms.
//!
//! An error has three forms, each an exhaustive match: for the owner [`Error`]'s `Display` (operation, object, cause), for
//! the remote party [`Error::public`] (no paths, no causes), and for programs a number (the HTTP status in `web`, the exit
//! code in `cli`).

use std::fmt;
use std::io;
use std::path::PathBuf;

mod cause;
mod fetch_error;
mod refusal;

pub use cause::{Cause, system_message};
pub use fetch_error::{FetchError, MAX_URL};
pub use refusal::{Refusal, Status};

/// The result of everything that can fail.
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
        /// The file or folder.
        path: PathBuf,
        /// The system's error.
        cause: io::Error,
    },
    /// A file at one of the program's names was not created by it.
    Planted {
        /// The name.
        path: PathBuf,
        /// What it is: "a symbolic link", "owned by another user".
        what: &'static str,
    },
    /// A lock could not be acquired; writing without it could lose pings.
    Lock {
        /// The lock file.
        path: PathBuf,
        /// The system's error.
        cause: io::Error,
    },
    /// The file system is nearly full; receiving stops before it is full.
    NoSpace {
        /// The folder that was checked.
        path: PathBuf,
        /// Free bytes.
        free: u64,
        /// Bytes that must stay free.
        floor: u64,
    },
    /// The configuration cannot be used.
    Config {
        /// The file or the environment variable.
        place: String,
        /// What is wrong and how to fix it.
        message: Cause,
    },
    /// A request to another server failed, or its response is unusable.
    Fetch {
        /// The requested URL, without a query that may contain a secret.
        url: String,
        /// What went wrong.
        fault: FetchError,
    },
    /// A usage error of the command line.
    Usage(String),
    /// Reading from standard input or the terminal, or writing to them, failed.
    Stream(io::Error),
    /// Another system call than one on a file failed: for memory, threads, processes, event queues, sockets, signals.
    System {
        /// The operation, as a verb phrase: "wait for connections".
        doing: &'static str,
        /// The system's error.
        cause: io::Error,
    },
    /// The system provided no randomness.
    Random(Cause),
    /// A bug of the program.
    Internal(Cause),
}

impl Error {
    /// Why the request was refused, if it was.
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Error::Refused(refusal) => Some(refusal),
            Error::File { .. }
            | Error::Planted { .. }
            | Error::Lock { .. }
            | Error::NoSpace { .. }
            | Error::Config { .. }
            | Error::Fetch { .. }
            | Error::Usage(_)
            | Error::Stream(_)
            | Error::System { .. }
            | Error::Random(_)
            | Error::Internal(_) => None,
        }
    }

    /// Whether the file system is full, or its user's share of it, or a file may be no longer.
    pub fn is_lack_of_space(&self) -> bool {
        match self {
            Error::NoSpace { .. } => true,
            Error::File { cause, .. } | Error::Lock { cause, .. } => matches!(
                cause.kind(),
                io::ErrorKind::StorageFull
                    | io::ErrorKind::QuotaExceeded
                    | io::ErrorKind::FileTooLarge
            ),
            Error::Refused(_)
            | Error::Planted { .. }
            | Error::Config { .. }
            | Error::Fetch { .. }
            | Error::Usage(_)
            | Error::Stream(_)
            | Error::System { .. }
            | Error::Random(_)
            | Error::Internal(_) => false,
        }
    }

    /// The message for strangers: no path, no cause.
    pub fn public(&self) -> String {
        match self {
            Error::Refused(refusal) => refusal.message().to_owned(),
            Error::File { .. } | Error::Planted { .. } | Error::Lock { .. } | Error::Random(_) => {
                "This site cannot store anything at the moment; try again later".to_owned()
            }
            Error::System { cause, .. } if cause.kind() == io::ErrorKind::OutOfMemory => {
                "This site is short of memory at the moment; try again later".to_owned()
            }
            Error::System { .. } => {
                "This site cannot do that at the moment; try again later".to_owned()
            }
            Error::NoSpace { .. } => "This site has no space left; try again later".to_owned(),
            Error::Config { .. } => {
                "This site is not set up correctly; its owner can run `tb check`".to_owned()
            }
            Error::Fetch { fault, .. } => fault.to_string(),
            Error::Usage(_) | Error::Stream(_) | Error::Internal(_) => {
                "The request could not be processed".to_owned()
            }
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
                let cause = system_message(cause);
                write!(f, "cannot {doing} `{}`: {cause}", path.display())
            }
            Error::Planted { path, what } => {
                write!(
                    f,
                    "`{}` is {what}; it was not created by this program: move it away",
                    path.display()
                )
            }
            Error::Lock { path, cause } if cause.kind() == io::ErrorKind::TimedOut => {
                let cause = system_message(cause);
                write!(f, "cannot lock `{}`: {cause}", path.display())
            }
            Error::Lock { path, cause } => {
                write!(
                    f,
                    "cannot lock `{}`: {}; without locks pings could be lost",
                    path.display(),
                    system_message(cause)
                )
            }
            Error::NoSpace { path, free, floor } => {
                write!(
                    f,
                    "only {free} bytes are free at `{}`, but {floor} must stay free",
                    path.display()
                )
            }
            Error::Config { place, message } => write!(f, "{place}: {message}"),
            Error::Fetch { url, fault } => write!(f, "`{url}`: {fault}"),
            Error::Usage(message) => write!(f, "{message}"),
            Error::Internal(cause) => write!(f, "{cause}"),
            Error::Stream(cause) => {
                let cause = system_message(cause);
                write!(f, "cannot read the input or write the output: {cause}")
            }
            Error::System { doing, cause } => {
                write!(f, "cannot {doing}: {}", system_message(cause))
            }
            Error::Random(cause) => write!(f, "the system provides no randomness: {cause}"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Error::File { cause, .. }
            | Error::Lock { cause, .. }
            | Error::System { cause, .. }
            | Error::Stream(cause) => Some(cause),
            Error::Fetch { fault, .. } => Some(fault),
            Error::Config { message, .. } => message.source(),
            Error::Random(cause) | Error::Internal(cause) => cause.source(),
            Error::Refused(_) | Error::Planted { .. } | Error::NoSpace { .. } | Error::Usage(_) => {
                None
            }
        }
    }
}

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
    fn what_an_error_came_of_is_its_source() {
        use std::error::Error as _;

        let denied = || io::Error::from_raw_os_error(13);
        for error in [
            Error::file("open", "/x", denied()),
            Error::Stream(denied()),
            Error::Random(Cause::of(denied())),
            Error::Internal(Cause::new("it cannot be", denied())),
            Error::Config {
                place: "tb.toml".to_owned(),
                message: Cause::of(denied()),
            },
        ] {
            let source = error.source().map(ToString::to_string);
            assert_eq!(source, Some(denied().to_string()), "{error}");
        }
        let reset = FetchError::Connect(Cause::new("no", denied()));
        let error = Error::Fetch {
            url: "https://a.example/".to_owned(),
            fault: FetchError::Uncertain(Box::new(reset)),
        };
        let mut chain = Vec::new();
        let mut next = error.source();
        while let Some(source) = next {
            chain.push(source.to_string());
            next = source.source();
        }
        assert_eq!(chain.len(), 3, "{chain:?}");
        assert_eq!(chain.last(), Some(&denied().to_string()));
        assert!(Error::Refused(Refusal::BadUrl).source().is_none());
        assert!(Error::Usage("no".to_owned()).source().is_none());
    }

    #[test]
    fn s9_the_public_text_of_a_file_error_names_no_path() {
        let error = Error::file("open", "/home/me/tb-data", io::Error::from_raw_os_error(13));
        assert!(error.to_string().contains("/home/me/tb-data"));
        assert!(!error.public().contains("/home"));
        assert!(!error.public().contains("denied"));
    }
}
