//! What a client asks before each request.

use std::fmt;

use url::Url;

use crate::error::FetchError;

/// Called with the URL of each request, redirects too, before it is made: it may wait, or refuse.
pub struct Gate(Box<Pass>);

type Pass = dyn Fn(&Url) -> Result<(), FetchError> + Send + Sync;

impl Gate {
    /// Makes one of what decides.
    pub fn new(pass: impl Fn(&Url) -> Result<(), FetchError> + Send + Sync + 'static) -> Gate {
        Gate(Box::new(pass))
    }

    pub(super) fn pass(&self, url: &Url) -> Result<(), FetchError> {
        self.0(url)
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Gate")
    }
}
