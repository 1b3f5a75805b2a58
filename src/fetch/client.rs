//! The HTTP client, with limits.
//!
//! Redirects are followed here and not by the HTTP library, so that scheme, port and address of every hop are checked
//! and one deadline covers all of them. It sends no cookies and no `Referer` and requests no compression; size limits
//! apply after decompression. A connection serves one request, so leftover bytes from a peer cannot pass as the next
//! response.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use ureq::config::Config;
use ureq::http::{Response, header};
use ureq::unversioned::transport::{Connector, RustlsConnector};
use ureq::{Agent, Body};
use url::Url;

use self::each_address::EachAddress;
use self::response_head::HeadRewriter;
use self::traffic::Traffic;
use super::convert_error::{FetchResult, fetch_error, from_ureq, uncertain};
use super::guard::{self, Reach};
use super::page::{self, Page, Validators};
use super::resolve::{Guarded, OwnSite};
use crate::error::{Error, FetchError, Result};
use crate::urls::is_page;

/// How requests are made.
#[derive(Debug, Clone)]
pub struct ClientOptions {
    /// How long one request may take.
    pub timeout: Timeout,
    /// How far it may go.
    pub reach: Reach,
    /// `tb/VERSION (+CONTACT_URL)`. Characters that a header cannot hold are dropped.
    pub user_agent: String,
}

/// How long a request may take, all its redirects included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Timeout {
    /// 8 s: a visitor and the web server are waiting.
    Cgi,
    /// 15 s.
    Shell,
    /// The given time, for a caller with a deadline of its own.
    Within(Duration),
}

/// Sends requests. It holds no connection and no state, so it may be shared.
#[derive(Debug)]
pub struct Client {
    options: ClientOptions,
    gate: Option<Gate>,
    site: Option<Arc<OwnSite>>,
}

impl Client {
    /// Makes a client. No connection is made, and environment variables are ignored.
    pub fn new(options: ClientOptions) -> Client {
        let user_agent = options
            .user_agent
            .chars()
            .filter(|&character| character == ' ' || character.is_ascii_graphic())
            .collect();
        Client {
            options: ClientOptions {
                user_agent,
                ..options
            },
            gate: None,
            site: None,
        }
    }

    /// Adds the owner's site: its host, and the address that its web server reports, are refused with
    /// [`Reach::Outside`].
    pub fn with_site(self, url: &Url, server: Option<IpAddr>) -> Client {
        Client {
            site: url
                .host_str()
                .map(|host| Arc::new(OwnSite::at(host, server))),
            ..self
        }
    }

    /// Adds a hook that is called before each request. Its time counts towards the timeout.
    pub fn with_gate(self, gate: Gate) -> Client {
        Client {
            gate: Some(gate),
            ..self
        }
    }

    /// Fetches a page, following at most 5 redirects. A redirect from https to http is allowed, since nothing secret is
    /// sent and the page is untrusted either way.
    ///
    /// Reads at most 1 MiB; [`Page::truncated`] tells whether there was more.
    pub fn get(&self, url: &Url) -> Result<Page> {
        self.follow(url, &RequestKind::Get, self.options.reach)
    }

    /// Fetches a page like [`Client::get`]. It is not an error if it is not text: then only its headers are read, and
    /// [`Page::other_type`] is its media type.
    pub fn get_target(&self, url: &Url) -> Result<Page> {
        self.follow(url, &RequestKind::Target, self.options.reach)
    }

    /// Fetches a page like [`Client::get`], but at most `most` bytes of it; `None` if it has not changed since the
    /// version with the validators `known`.
    pub fn get_if_modified(
        &self,
        url: &Url,
        known: &Validators,
        most: usize,
    ) -> Result<Option<Page>> {
        match self.follow(
            url,
            &RequestKind::Conditional { known, most },
            self.options.reach,
        ) {
            Err(Error::Fetch {
                fault: FetchError::Status(304),
                ..
            }) if !known.is_empty() => Ok(None),
            page => page.map(Some),
        }
    }

    /// Sends a form. On 307 and 308 it is sent again, at most 5 times, never from https to http, and only to a URL for
    /// which `may_follow` holds: a ping URL must not choose where else the form goes. 301, 302 and 303 are errors,
    /// because nobody knows whether the ping was received; but a 301 or 302 to another spelling of the same URL is
    /// followed.
    ///
    /// [`Page::url`], and the URL in an error, is the last URL requested.
    ///
    /// An error status is *not* an error here, because servers send TrackBack's `<message>` with it: the caller must check
    /// [`Page::status`]. Reads at most 64 KiB, of any type.
    pub fn post_form(
        &self,
        url: &Url,
        content_type: &str,
        body: &str,
        may_follow: impl Fn(&Url) -> bool,
    ) -> Result<Page> {
        let kind = RequestKind::Post {
            content_type,
            body,
            may_follow: &may_follow,
        };
        self.follow(url, &kind, self.options.reach)
    }

    /// Follows the redirects from `url` until they reach a URL for which `is_end` holds, which is not requested itself.
    /// Returns the URLs requested, beginning with `url`; `None` if the redirects end elsewhere, or at a URL for which
    /// `may_ask` does not hold. No body is read, and `url` itself is not tested for being the end.
    pub fn follow_redirects(
        &self,
        url: &Url,
        is_end: impl Fn(&Url) -> bool,
        mut may_ask: impl FnMut(&Url) -> bool,
    ) -> Result<Option<Vec<Url>>> {
        let (begin, reach) = (Instant::now(), self.options.reach);
        let mut url = url.clone();
        url.set_fragment(None);
        let mut hops = Vec::new();
        for _ in 0..MAX_LINK_HOPS {
            if !may_ask(&url) {
                return Ok(None);
            }
            hops.push(url.clone());
            let next = guard::check_url(&url, reach)
                .and_then(|()| self.dial(&url, &RequestKind::Get, reach, begin))
                .and_then(
                    |response| match redirect(&url, &RequestKind::Get, &response)? {
                        None if !response.status().is_success() => {
                            Err(FetchError::Status(response.status().as_u16()))
                        }
                        to => Ok(to),
                    },
                );
            match next {
                Ok(Some(to)) if is_end(&to) => return Ok(Some(hops)),
                Ok(Some(to)) => url = to,
                Ok(None) => return Ok(None),
                Err(fault @ FetchError::Status(_)) if !fault.is_temporary() => return Ok(None),
                Err(fault) => return Err(fetch_error(&url, fault)),
            }
        }
        Err(fetch_error(&url, FetchError::TooManyRedirects))
    }

    /// Follows redirects. `reach` applies to the first request, the client's own to the others.
    fn follow(&self, url: &Url, kind: &RequestKind<'_>, mut reach: Reach) -> Result<Page> {
        let begin = Instant::now();
        let mut url = url.clone();
        url.set_fragment(None);
        let (mut redirects, mut has_cookie) = (Vec::new(), false);
        for _ in 0..=MAX_REDIRECTS {
            let next = self
                .hop(&url, kind, reach, begin)
                .map_err(|fault| fetch_error(&url, fault))?;
            match next {
                NextHop::Done(page) => return Ok(Page { redirects, ..*page }),
                NextHop::Redirect { to, sets_cookie } => {
                    has_cookie |= sets_cookie;
                    if has_cookie && (to == url || redirects.contains(&to)) {
                        return Err(fetch_error(&url, FetchError::CookieLoop));
                    }
                    redirects.push(std::mem::replace(&mut url, to));
                }
            }
            reach = self.options.reach;
        }
        Err(fetch_error(&url, FetchError::TooManyRedirects))
    }

    fn hop(
        &self,
        url: &Url,
        kind: &RequestKind<'_>,
        reach: Reach,
        begin: Instant,
    ) -> FetchResult<NextHop> {
        guard::check_url(url, reach)?;
        let response = self.dial(url, kind, reach, begin)?;
        match redirect(url, kind, &response)? {
            Some(to) => Ok(NextHop::Redirect {
                to,
                sets_cookie: response.headers().contains_key(header::SET_COOKIE),
            }),
            None => Ok(NextHop::Done(Box::new(match kind {
                RequestKind::Get => page::read_page(url, response, page::MAX_PAGE)?,
                RequestKind::Target => page::read_target(url, response)?,
                RequestKind::Conditional { most, .. } => page::read_file(url, response, *most)?,
                RequestKind::Post { .. } => page::read_reply(url, response).map_err(uncertain)?,
            }))),
        }
    }

    /// The settings of a request that may take this long.
    fn config(&self, kind: &RequestKind<'_>, left: Duration) -> Config {
        Agent::config_builder()
            .proxy(None)
            .max_redirects(0)
            .http_status_as_error(false)
            .user_agent(&self.options.user_agent)
            .accept(kind.accepted())
            .accept_encoding("identity")
            .timeout_global(Some(left))
            .timeout_resolve(Some(CONNECT))
            .timeout_connect(Some(CONNECT))
            .max_response_header_size(MAX_HEADER)
            .input_buffer_size(BUFFER)
            .output_buffer_size(BUFFER)
            .max_idle_connections(0)
            .max_idle_connections_per_host(0)
            .build()
    }

    fn dial(
        &self,
        url: &Url,
        kind: &RequestKind<'_>,
        reach: Reach,
        begin: Instant,
    ) -> FetchResult<Response<Body>> {
        if let Some(gate) = &self.gate {
            (gate.0)(url)?;
        }
        let left = self.options.timeout.total();
        let left = left.saturating_sub(begin.elapsed());
        if left.is_zero() {
            return Err(FetchError::Timeout);
        }
        let traffic = Traffic::bounded(kind.max_received());
        let sent = traffic.sent();
        let heads = HeadRewriter {
            most: MAX_HEADER,
            buffer: BUFFER,
        };
        let agent = Agent::with_parts(
            self.config(kind, left),
            EachAddress::default()
                .chain(RustlsConnector::default())
                .chain(traffic)
                .chain(heads),
            Guarded {
                reach,
                site: self.site.clone(),
            },
        );
        let response = match *kind {
            RequestKind::Get | RequestKind::Target => agent.get(url.as_str()).call(),
            RequestKind::Conditional { known, .. } => {
                let mut request = agent.get(url.as_str());
                if let Some(etag) = &known.etag {
                    request = request.header(header::IF_NONE_MATCH, etag);
                }
                if let Some(date) = &known.last_modified {
                    request = request.header(header::IF_MODIFIED_SINCE, date);
                }
                request.call()
            }
            RequestKind::Post {
                content_type, body, ..
            } => agent
                .post(url.as_str())
                .header(header::CONTENT_TYPE, content_type)
                .send(body),
        };
        let is_post = matches!(kind, RequestKind::Post { .. });
        response.map_err(from_ureq).map_err(|fault| {
            if is_post && sent.load(Ordering::Relaxed) {
                uncertain(fault)
            } else {
                fault
            }
        })
    }
}

/// A hook that is called with the URL of each request, redirects included, before it is made: it may wait, or refuse.
pub struct Gate(Box<GateFn>);

type GateFn = dyn Fn(&Url) -> FetchResult<()> + Send + Sync;

impl Gate {
    /// Makes a hook from a function.
    pub fn new(pass: impl Fn(&Url) -> FetchResult<()> + Send + Sync + 'static) -> Gate {
        Gate(Box::new(pass))
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Gate")
    }
}

impl Timeout {
    /// The time for all hops together; connecting takes at most 5 s of it.
    pub fn total(self) -> Duration {
        match self {
            Timeout::Cgi => Duration::from_secs(8),
            Timeout::Shell => Duration::from_secs(15),
            Timeout::Within(total) => total,
        }
    }
}

/// The request, the same at every hop.
enum RequestKind<'a> {
    Get,
    Target,
    Conditional {
        known: &'a Validators,
        most: usize,
    },
    Post {
        content_type: &'a str,
        body: &'a str,
        may_follow: &'a dyn Fn(&Url) -> bool,
    },
}

impl RequestKind<'_> {
    /// The `Accept`. A receiver that chooses its reply by this field takes what names HTML for a browser.
    fn accepted(&self) -> &'static str {
        match self {
            RequestKind::Get | RequestKind::Target | RequestKind::Conditional { .. } => {
                "text/html, application/xhtml+xml, application/xml;q=0.9, */*;q=0.5"
            }
            RequestKind::Post { .. } => "*/*",
        }
    }

    /// The most that is received, in bytes: the body four times, for chunks of few bytes, and its headers.
    fn max_received(&self) -> u64 {
        let body = match self {
            RequestKind::Get | RequestKind::Target => page::MAX_PAGE,
            RequestKind::Conditional { most, .. } => *most,
            RequestKind::Post { .. } => page::MAX_REPLY,
        };
        4 * (body + MAX_HEADER) as u64
    }
}

/// The result of one hop.
enum NextHop {
    Done(Box<Page>),
    Redirect { to: Url, sets_cookie: bool },
}

const CONNECT: Duration = Duration::from_secs(5);
const MAX_REDIRECTS: usize = 5;
/// Requests made to follow one link.
const MAX_LINK_HOPS: usize = 3;
/// Bytes of the status line and header fields.
const MAX_HEADER: usize = 16 * 1024;
/// Larger than the header limit. The library's default of 128 KiB, four times with TLS, is wasted on one page.
const BUFFER: usize = 32 * 1024;

/// The URL to which the response redirects, if it does.
fn redirect(
    from: &Url,
    kind: &RequestKind<'_>,
    response: &Response<Body>,
) -> FetchResult<Option<Url>> {
    let status = response.status().as_u16();
    if !matches!(status, 301 | 302 | 303 | 307 | 308) {
        return Ok(None);
    }
    let to = response
        .headers()
        .get(header::LOCATION)
        .and_then(|location| std::str::from_utf8(location.as_bytes()).ok())
        .and_then(|location| from.join(location).ok());
    let Some(mut to) = to else {
        return Err(FetchError::Status(status));
    };
    to.set_fragment(None);
    match kind {
        // The new ping URL must be a valid one.
        RequestKind::Post { .. } if guard::check_url(&to, Reach::Private).is_err() => {
            Err(FetchError::Status(status))
        }
        RequestKind::Post { may_follow, .. }
            if !(is_posted_again(status, from, &to) && may_follow(&to)) =>
        {
            Err(FetchError::Moved {
                status,
                to: to.into(),
            })
        }
        RequestKind::Get
        | RequestKind::Target
        | RequestKind::Conditional { .. }
        | RequestKind::Post { .. } => Ok(Some(to)),
    }
}

/// Whether the form is sent again after a redirect with that status. After 301 and 302 it is if the server only corrects
/// the spelling of the URL, as those do that add `https`, `www.` or a slash; one that leads to the same URL, or to another
/// page, may have taken the form.
fn is_posted_again(status: u16, from: &Url, to: &Url) -> bool {
    match (from.scheme(), to.scheme()) {
        ("https", "http") => false,
        _ if matches!(status, 301 | 302) => {
            from != to && from.query() == to.query() && is_page(from, to)
        }
        _ => matches!(status, 307 | 308),
    }
}

mod each_address;
mod response_head;
mod traffic;

#[cfg(test)]
mod tests;
