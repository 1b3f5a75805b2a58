//! Asks other servers, within limits.
//!
//! Redirects are followed here and not by the HTTP library, so that scheme, port and address of
//! every hop are checked and one deadline holds for all of them. No cookie, no `Referer`; no
//! compression is asked for, and the caps count what is unpacked. A connection serves one request, so nothing
//! that a peer leaves behind in it can pose as the next answer.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use ureq::http::{Response, header};
use ureq::unversioned::transport::{Connector, DefaultConnector};
use ureq::{Agent, Body};
use url::Url;

use self::watched::Watched;
use super::fault::{FetchResult, failed, fault, uncertain};
use super::gate::Gate;
use super::guard::{self, Reach};
use super::page::{self, Page, Validators};
use super::resolve::{Guarded, OwnSite};
use crate::error::{Error, FetchError, Result};

/// How requests are made.
#[derive(Debug, Clone)]
pub struct ClientOptions {
    /// How long one request may take.
    pub patience: Timeout,
    /// How far it may go.
    pub reach: Reach,
    /// Who asks: `tb/VERSION (+CONTACT_URL)`. What cannot stand in a header is left out.
    pub user_agent: String,
}

/// How long a request may take, all its redirects included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Timeout {
    /// 8 s, for a visitor is waiting for the page and the web server for the program.
    Cgi,
    /// 15 s.
    Shell,
    /// So long and no longer, for a caller that has a deadline of its own.
    Within(Duration),
}

/// Asks other servers; holds no connection and no state, so it may be shared.
#[derive(Debug)]
pub struct Client {
    outward: ClientOptions,
    gate: Option<Gate>,
    site: Option<Arc<OwnSite>>,
}

impl Client {
    /// Makes a client. Nothing is dialled and no variable of the environment is obeyed.
    pub fn new(outward: ClientOptions) -> Client {
        let user_agent = outward
            .user_agent
            .chars()
            .filter(|&character| character == ' ' || character.is_ascii_graphic())
            .collect();
        Client {
            outward: ClientOptions {
                user_agent,
                ..outward
            },
            gate: None,
            site: None,
        }
    }

    /// The same, for which the host of the owner's site is inside where only the outside may be asked
    /// ([`Reach::Outside`]), and so is the address at which its web server says that it is.
    pub fn with_site(self, url: &Url, server: Option<IpAddr>) -> Client {
        Client {
            site: url
                .host_str()
                .map(|host| Arc::new(OwnSite::at(host, server))),
            ..self
        }
    }

    /// The same, asking `gate` before each request. The time that it takes counts.
    pub fn with_gate(self, gate: Gate) -> Client {
        Client {
            gate: Some(gate),
            ..self
        }
    }

    /// Fetches a page, following at most 5 redirects. From https to http is allowed: nothing
    /// secret is sent, and the page is a stranger's either way.
    ///
    /// Reads at most 1 MiB and says whether there was more ([`Page::truncated`]).
    pub fn get(&self, url: &Url) -> Result<Page> {
        self.follow(url, &RequestKind::Get, self.outward.reach)
    }

    /// Fetches a page as [`Client::get`] does. One that is not text is no failure: of that only the headers are read, and
    /// [`Page::other_type`] says what it is.
    pub fn get_target(&self, url: &Url) -> Result<Page> {
        self.follow(url, &RequestKind::Target, self.outward.reach)
    }

    /// Fetches a page as [`Client::get`] does, but at most `most` bytes of it; `None` if the server says that
    /// it is still the one that `known` was said of.
    pub fn get_newer(&self, url: &Url, known: &Validators, most: usize) -> Result<Option<Page>> {
        match self.follow(url, &RequestKind::Newer { known, most }, self.outward.reach) {
            Err(Error::Fetch {
                fault: FetchError::Status(304),
                ..
            }) if !known.is_empty() => Ok(None),
            page => page.map(Some),
        }
    }

    /// Sends a form. The same form is sent again on 307 and 308, at most 5 times, never from https to http, and only
    /// to a URL for which `may_follow` holds: who names a ping URL does not choose where else its form goes. 301, 302
    /// and 303 are failures, since a ping that turned into a GET was not received by anybody; but a 301 or 302 from
    /// http to the same URL in https is followed.
    ///
    /// [`Page::url`] is the last URL that was asked, as the error's is.
    ///
    /// An error status is *not* a failure here: servers send TrackBack's `<message>` with it, so the
    /// caller must look at [`Page::status`]. Reads at most 64 KiB, of whatever type.
    pub fn post_form(
        &self,
        url: &Url,
        content_type: &str,
        body: &str,
        may_follow: impl Fn(&Url) -> bool,
    ) -> Result<Page> {
        let ask = RequestKind::Post {
            content_type,
            body,
            may_follow: &may_follow,
        };
        self.follow(url, &ask, self.outward.reach)
    }

    /// Follows the redirects from `url` to a URL for which `is_end` holds, which is not asked for itself, and returns
    /// the URLs that were asked for on the way, `url` the first; `None` if they lead elsewhere. No page is read, and
    /// `url` itself is no end.
    pub fn leads(&self, url: &Url, is_end: impl Fn(&Url) -> bool) -> Result<Option<Vec<Url>>> {
        let (begin, reach) = (Instant::now(), self.outward.reach);
        let mut url = url.clone();
        url.set_fragment(None);
        let mut hops = Vec::new();
        for _ in 0..MOST_HOPS {
            hops.push(url.clone());
            let next = guard::check_url(&url, reach)
                .and_then(|()| self.dial(&url, &RequestKind::Get, reach, begin))
                .and_then(|response| redirect(&url, &RequestKind::Get, &response));
            match next {
                Ok(Some(to)) if is_end(&to) => return Ok(Some(hops)),
                Ok(Some(to)) => url = to,
                Ok(None) | Err(FetchError::Status(_)) => return Ok(None),
                Err(fault) => return Err(failed(&url, fault)),
            }
        }
        Err(failed(&url, FetchError::TooManyRedirects))
    }

    /// Goes from hop to hop. `reach` holds for the first; the rest is bound by the settings.
    fn follow(&self, url: &Url, ask: &RequestKind<'_>, mut reach: Reach) -> Result<Page> {
        let begin = Instant::now();
        let mut url = url.clone();
        url.set_fragment(None);
        let mut redirects = Vec::new();
        for _ in 0..=MOST_REDIRECTS {
            let next = self
                .hop(&url, ask, reach, begin)
                .map_err(|fault| failed(&url, fault))?;
            match next {
                NextHop::Done(page) => return Ok(Page { redirects, ..page }),
                NextHop::Redirect(to) => redirects.push(std::mem::replace(&mut url, to)),
            }
            reach = self.outward.reach;
        }
        Err(failed(&url, FetchError::TooManyRedirects))
    }

    fn hop(
        &self,
        url: &Url,
        ask: &RequestKind<'_>,
        reach: Reach,
        begin: Instant,
    ) -> FetchResult<NextHop> {
        guard::check_url(url, reach)?;
        let response = self.dial(url, ask, reach, begin)?;
        match redirect(url, ask, &response)? {
            Some(to) => Ok(NextHop::Redirect(to)),
            None => Ok(NextHop::Done(match ask {
                RequestKind::Get => page::read_page(url, response, page::MOST_PAGE)?,
                RequestKind::Target => page::read_target(url, response)?,
                RequestKind::Newer { most, .. } => page::read_file(url, response, *most)?,
                RequestKind::Post { .. } => page::read_reply(url, response).map_err(uncertain)?,
            })),
        }
    }

    fn dial(
        &self,
        url: &Url,
        ask: &RequestKind<'_>,
        reach: Reach,
        begin: Instant,
    ) -> FetchResult<Response<Body>> {
        if let Some(gate) = &self.gate {
            gate.pass(url)?;
        }
        let left = self.outward.patience.total();
        let left = left.saturating_sub(begin.elapsed());
        if left.is_zero() {
            return Err(FetchError::Timeout);
        }
        let config = Agent::config_builder()
            .proxy(None)
            .max_redirects(0)
            .http_status_as_error(false)
            .user_agent(&self.outward.user_agent)
            .accept("text/html, application/xhtml+xml, application/xml;q=0.9, */*;q=0.5")
            .accept_encoding("identity")
            .timeout_global(Some(left))
            .timeout_resolve(Some(CONNECT))
            .timeout_connect(Some(CONNECT))
            .max_response_header_size(MOST_HEADER)
            .input_buffer_size(BUFFER)
            .output_buffer_size(BUFFER)
            .max_idle_connections(0)
            .max_idle_connections_per_host(0)
            .build();
        let watched = Watched::default();
        let sent = watched.sent();
        let agent = Agent::with_parts(
            config,
            DefaultConnector::new().chain(watched),
            Guarded {
                reach,
                site: self.site.clone(),
            },
        );
        let answer = match *ask {
            RequestKind::Get | RequestKind::Target => agent.get(url.as_str()).call(),
            RequestKind::Newer { known, .. } => {
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
        let is_post = matches!(ask, RequestKind::Post { .. });
        answer.map_err(fault).map_err(|fault| {
            if is_post && sent.load(Ordering::Relaxed) {
                uncertain(fault)
            } else {
                fault
            }
        })
    }
}

impl Timeout {
    /// The time for all hops together. Connecting has 5 s of it at the most.
    pub fn total(self) -> Duration {
        match self {
            Timeout::Cgi => Duration::from_secs(8),
            Timeout::Shell => Duration::from_secs(15),
            Timeout::Within(total) => total,
        }
    }
}

/// What is asked for, at every hop.
enum RequestKind<'a> {
    Get,
    Target,
    Newer {
        known: &'a Validators,
        most: usize,
    },
    Post {
        content_type: &'a str,
        body: &'a str,
        may_follow: &'a dyn Fn(&Url) -> bool,
    },
}

/// What a hop led to.
enum NextHop {
    Done(Page),
    Redirect(Url),
}

const CONNECT: Duration = Duration::from_secs(5);
const MOST_REDIRECTS: usize = 5;
/// Requests that a link is followed with, to see where it leads.
const MOST_HOPS: usize = 3;
/// Status line and header fields.
const MOST_HEADER: usize = 16 * 1024;
/// Larger than the header may be; the library's own 128 KiB, four times under TLS, are wasted on
/// one page.
const BUFFER: usize = 32 * 1024;

/// Where the response sends us on to, if it does.
fn redirect(
    from: &Url,
    ask: &RequestKind<'_>,
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
    match ask {
        // What is named as the new ping URL must be one.
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
        | RequestKind::Newer { .. }
        | RequestKind::Post { .. } => Ok(Some(to)),
    }
}

/// Whether a form goes again to where a redirect of that status leads.
fn is_posted_again(status: u16, from: &Url, to: &Url) -> bool {
    match (from.scheme(), to.scheme()) {
        ("https", "http") => false,
        ("http", "https") if matches!(status, 301 | 302) => {
            let mut same = from.clone();
            same.set_scheme("https").is_ok() && same == *to
        }
        _ => matches!(status, 307 | 308),
    }
}

mod watched;

#[cfg(test)]
mod tests;
