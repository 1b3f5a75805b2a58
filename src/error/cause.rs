//! The cause of an error: a message, and the underlying error.

use std::error::Error;
use std::fmt;
use std::io;

/// A message and the underlying error, if there is one. The message may differ from that of the error, since a peer can
/// choose parts of that.
#[derive(Debug)]
pub struct Cause {
    message: String,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl Cause {
    /// A cause with a message of its own.
    pub fn new(
        message: impl Into<String>,
        source: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> Cause {
        Cause {
            message: without_number(message.into()),
            source: Some(source.into()),
        }
    }

    /// A cause with the message of the error itself.
    pub fn of(source: impl Into<Box<dyn Error + Send + Sync>>) -> Cause {
        let source = source.into();
        Cause {
            message: without_number(source.to_string()),
            source: Some(source),
        }
    }

    /// The error.
    pub fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.source {
            Some(source) => Some(source.as_ref()),
            None => None,
        }
    }
}

/// The message of a system's error, without its number.
pub fn system_message(error: &io::Error) -> String {
    without_number(error.to_string())
}

/// Removes the numbers that the standard library adds to the system's messages.
fn without_number(message: String) -> String {
    match message.split_once(" (os error ") {
        Some((before, after)) => {
            let after = after.split_once(')').map_or("", |(_, after)| after);
            format!("{before}{after}")
        }
        None => message,
    }
}

/// A cause without an underlying error.
impl From<String> for Cause {
    fn from(message: String) -> Cause {
        Cause {
            message,
            source: None,
        }
    }
}

impl From<&str> for Cause {
    fn from(message: &str) -> Cause {
        message.to_owned().into()
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}
