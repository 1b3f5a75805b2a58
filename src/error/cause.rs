//! The cause of an error: what is said of it, and the error itself.

use std::error::Error;
use std::fmt;

/// What is said of a cause, and the error that it is, where there is one. What is said may differ from what the error
/// says of itself: a peer chooses some of those words.
#[derive(Debug)]
pub struct Cause {
    words: String,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl Cause {
    /// An error of which these words are said.
    pub fn new(words: impl Into<String>, source: impl Into<Box<dyn Error + Send + Sync>>) -> Cause {
        Cause {
            words: words.into(),
            source: Some(source.into()),
        }
    }

    /// An error of which is said what it says of itself.
    pub fn of(source: impl Into<Box<dyn Error + Send + Sync>>) -> Cause {
        let source = source.into();
        Cause {
            words: source.to_string(),
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

/// A cause that no other error is behind.
impl From<String> for Cause {
    fn from(words: String) -> Cause {
        Cause {
            words,
            source: None,
        }
    }
}

impl From<&str> for Cause {
    fn from(words: &str) -> Cause {
        words.to_owned().into()
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words)
    }
}
