//! The client for other servers, and what went wrong with it.

use std::time::Duration;

use tb::internals::error::{Error, FetchError};
use tb::internals::fetch::{Client, ClientOptions, Page, Reach, Timeout};
use url::Url;

use crate::support::blog::{Blog, Script};

pub(crate) const FORM: &str = "application/x-www-form-urlencoded; charset=utf-8";
/// Long enough for a busy machine to get an honest answer, short enough to wait for a dishonest one.
pub(crate) const SOON: Duration = Duration::from_millis(400);
/// What a deadline may be late by on a busy machine; far below what the peers would take.
pub(crate) const LATE: Duration = Duration::from_secs(4);

pub(crate) fn client(patience: Timeout, reach: Reach) -> Client {
    Client::new(ClientOptions {
        timeout: patience,
        reach,
        user_agent: "tb/1 (+https://blog.example/)\r\nX-Evil: 1".to_owned(),
    })
}

pub(crate) fn laboratory() -> Client {
    client(Timeout::Shell, Reach::Private)
}

pub(crate) fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

pub(crate) fn get(blog: &Blog, path: &str) -> Result<Page, FetchError> {
    fault_of(laboratory().get(&url(&blog.url(path))))
}

pub(crate) fn post(blog: &Blog, path: &str) -> Result<Page, FetchError> {
    fault_of(laboratory().post_form(&url(&blog.url(path)), FORM, "url=x", |_| true))
}

pub(crate) fn fault_of(result: tb::internals::error::Result<Page>) -> Result<Page, FetchError> {
    result.map_err(|error| match error {
        Error::Fetch { fault, .. } => fault,
        other => panic!("{other}"),
    })
}

/// The fault of a form that may have arrived.
#[track_caller]
pub(crate) fn arrived(fault: FetchError) -> FetchError {
    match fault {
        FetchError::Uncertain(cause) => *cause,
        other => panic!("{other:?}"),
    }
}

pub(crate) fn raw(head: &str, body: &[u8]) -> Script {
    Script::Raw([format!("HTTP/1.1 200 OK\r\n{head}\r\n").as_bytes(), body].concat())
}
