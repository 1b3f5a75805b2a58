//! `tb serve`: the same site behind a built-in HTTP server, to try it, to develop, to host it.
//!
//! A request becomes what the CGI door would make of it: the path behind `base_url` is the path of
//! the [`Request`], so one configuration gives the same answers through both. Besides, the static feeds
//! are handed out below `rss_url`, and `/` leads to the site. What a client can hold up is bounded: see
//! `connection` and `places`.

use std::io::Write;
use std::net::{SocketAddr, TcpListener as StdListener};
use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{self, HeaderValue};
use hyper::http::request::Parts;
use hyper::{Uri, Version};
use percent_encoding::percent_decode_str;
use tokio::sync::oneshot;

use crate::app::App;
use crate::config::{Config, FeedFormat};
use crate::error::{Error, Result};
use crate::feeds;
use crate::fetch::Timeout;
use crate::process::{now, survive_quota};
use crate::store::{Event, EventName, Store};
use crate::web::{self, FollowUp, Method, Request, Response};

mod connection;
mod pages;
mod places;
mod pool;
mod room;
mod trial;
mod wire;
mod worker;

use connection::Handler;
use pages::{CachedAnswer, Pages};
use places::{ConnectionSlot, Places};
use pool::Pool;
use room::ServeCapacity;
use wire::{convert, join, log_access, read_body};
use worker::Worker;

/// Ports that a trial tries before it takes any.
const TRIAL_PORTS: std::ops::Range<u16> = 8080..8100;

/// What `tb serve` was told.
#[derive(Debug, Clone, Default)]
pub struct ServeOptions {
    /// The address and port to listen on; port 0 takes any that is free.
    pub listen: Option<SocketAddr>,
    /// Whether a site to try is asked for.
    pub trial: Trial,
}

/// Whether a site to try is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Trial {
    /// Yes, whatever is configured.
    Yes,
    /// Only where nothing is configured.
    #[default]
    IfNothingElse,
}

/// A site and the paths that it is reached at.
#[derive(Debug)]
struct Served {
    config: Config,
    /// The path of `base_url`, without a slash at its end.
    base: String,
    /// The path of `rss_url`, with a slash at its end.
    feeds: Option<String>,
    pages: Pages,
    worker: Worker,
    pool: Pool,
}

/// Serves the configured site, or one to try, until SIGTERM or SIGINT; then finishes what was begun.
///
/// Writes to `out` where it listens, once it does.
pub fn run(options: &ServeOptions, config: Option<Config>, out: &mut dyn Write) -> Result<()> {
    survive_quota()?;
    let config = config.filter(|_| options.trial == Trial::IfNothingElse);
    let local = |port| SocketAddr::from(([127, 0, 0, 1], port));
    let listener = match (options.listen, &config) {
        (Some(address), _) => bind([address]),
        (None, Some(_)) => bind([local(TRIAL_PORTS.start)]),
        (None, None) => bind(TRIAL_PORTS.chain([0]).map(local)),
    }?;
    let address = listener.local_addr().map_err(Error::Stream)?;
    let config = match config {
        Some(config) => {
            let store = Store::open(&config.data_dir)?;
            if config.password.is_some() {
                store.make_secret()?;
            }
            writeln!(
                out,
                "tb listens on http://{address} for {}",
                config.base_url
            )
            .map_err(Error::Stream)?;
            config
        }
        None => trial::prepare(address, out)?,
    };
    out.flush().map_err(Error::Stream)?;
    let room = ServeCapacity::find();
    let served = Arc::new(Served {
        base: config.base_url.path().trim_end_matches('/').to_owned(),
        feeds: config
            .rss_dir
            .as_ref()
            .and(config.rss_url.as_ref())
            .map(|url| url.path().to_owned()),
        pages: Pages::default(),
        worker: Worker::start(config.clone()),
        pool: Pool::start(room.at_work),
        config,
    });
    let handler: Handler = {
        let served = Arc::clone(&served);
        Arc::new(move |place, request| {
            let answered = handle(Arc::clone(&served), place, request);
            Box::pin(async { Ok(answered.await) })
        })
    };
    let places = Places::new(room.connections);
    let outcome = connection::serve(handler, &places, listener, room.reactors);
    served.pool.finish(Duration::from_secs(1));
    outcome
}

/// Listens at the first address that is free.
fn bind(candidates: impl IntoIterator<Item = SocketAddr>) -> Result<StdListener> {
    let mut failed = String::new();
    for address in candidates {
        match StdListener::bind(address) {
            Ok(listener) => return Ok(listener),
            Err(cause) => {
                failed = format!(
                    "cannot listen on `{address}`: {cause}; `--listen` names another address"
                )
            }
        }
    }
    Err(Error::Usage(failed))
}

/// Answers one request of the connection that has `place`.
async fn handle(
    served: Arc<Served>,
    place: Arc<ConnectionSlot>,
    request: hyper::Request<Incoming>,
) -> hyper::Response<Full<Bytes>> {
    // Others have their turn before a connection's next request, also where all of it was sent at once.
    tokio::task::yield_now().await;
    let (head, body) = request.into_parts();
    let method = Method::parse(head.method.as_str().as_bytes());
    let target = served.target(&head.uri);
    let line = format!("{} {target} {:?}", head.method, head.version);
    let body = if method == Method::Post {
        read_body(body, &head.headers).await
    } else {
        Ok(Vec::new())
    };
    let cut_off = if body.is_err() {
        CutOff::Yes
    } else {
        CutOff::No
    };
    let bytes = |name| {
        head.headers
            .get(name)
            .map(|value: &HeaderValue| value.as_bytes().to_vec())
    };
    let path = head.uri.path().to_owned();
    let now = now();
    let request = Request {
        method,
        path: Vec::new(),
        query: head.uri.query().unwrap_or_default().as_bytes().to_vec(),
        content_type: bytes(header::CONTENT_TYPE),
        content_encoding: bytes(header::CONTENT_ENCODING),
        cookie: join(&head.headers, &header::COOKIE),
        if_none_match: bytes(header::IF_NONE_MATCH),
        body,
        address: Some(place.address),
        now,
        timeout: Timeout::Cgi,
    };
    let answer = if is_ambiguous(&head) {
        convert(web::bad_request(&served.config))
    } else if let Some(answer) = served.kept(&head.uri, &request) {
        answer
    } else {
        let answer = run_in_pool(served, &place, head.uri.clone(), path, request).await;
        place.waiting();
        answer
    };
    log_access(place.address, now, &line, &answer);
    let mut response = hyper::Response::new(Full::new(answer.body));
    *response.status_mut() = answer.status;
    *response.headers_mut() = answer.headers;
    if cut_off == CutOff::Yes || place.is_wanted() {
        response
            .headers_mut()
            .insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// Whether two servers could understand it as requests to two hosts (RFC 9112, 3.2).
fn is_ambiguous(head: &Parts) -> bool {
    let hosts = head.headers.get_all(header::HOST).iter().count();
    hosts > 1 || hosts == 0 && head.version == Version::HTTP_11
}

/// Makes the response in the thread pool.
async fn run_in_pool(
    served: Arc<Served>,
    place: &Arc<ConnectionSlot>,
    uri: Uri,
    path: String,
    request: Request,
) -> CachedAnswer {
    let (tell, told) = oneshot::channel();
    let (own, its_place) = (Arc::clone(&served), Arc::clone(place));
    let job = move || {
        // While it waited for its turn somebody else may have got its place; then nobody listens any more.
        if its_place.answering() {
            tell.send(own.make(&uri, &path, request)).ok();
        }
    };
    served.pool.run(place.group(), Box::new(job));
    told.await
        .unwrap_or_else(|_| convert(web::internal_error(&served.config)))
}

/// What a page is kept under, if the request is a stranger's and reads.
fn page_name(uri: &Uri, request: &Request) -> Option<String> {
    let reads = matches!(request.method, Method::Get | Method::Head);
    let plain = request.cookie.is_empty() && request.if_none_match.is_none();
    (reads && plain).then(|| uri.to_string())
}

impl Served {
    /// What a request was for, as the access log may show it.
    fn target(&self, uri: &Uri) -> String {
        let (before, inside) = match self.inside(uri.path()) {
            Some(rest) => (self.base.as_str(), rest),
            None => (uri.path(), ""),
        };
        format!("{before}{}", web::mask_key(inside, uri.query()))
    }

    /// What stands behind this program's own path.
    fn inside<'path>(&self, path: &'path str) -> Option<&'path str> {
        path.strip_prefix(self.base.as_str())
            .filter(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// The page that is kept for a request.
    fn kept(&self, uri: &Uri, request: &Request) -> Option<CachedAnswer> {
        self.pages.find(&page_name(uri, request)?)
    }

    /// Makes an answer; a panic is logged, and becomes one.
    fn make(&self, uri: &Uri, path: &str, request: Request) -> CachedAnswer {
        let fallback = Request {
            body: Ok(Vec::new()),
            ..request.clone()
        };
        let make = || {
            let name = page_name(uri, &request);
            let before = name.as_ref().and_then(|name| self.pages.before(name));
            let mut response = self.route(path, request);
            if response.follow_up == FollowUp::Verify {
                self.worker.wake();
            }
            let files = std::mem::take(&mut response.files);
            let answer = convert(response);
            if let Some(name) = name.filter(|_| !files.is_empty()) {
                self.pages.keep(name, files, before, &answer, fallback.now);
            }
            answer
        };
        panic::catch_unwind(AssertUnwindSafe(make)).unwrap_or_else(|_| {
            if let Ok(store) = Store::open(&self.config.data_dir) {
                let event = Event::new(fallback.now, EventName::Panicked);
                store.log(&event.with("error", "a request could not be answered"));
            }
            convert(web::handle_without_config(
                &fallback,
                &Error::Internal("a panic".into()),
            ))
        })
    }

    /// Routes a request by its path, which is still percent-encoded.
    fn route(&self, path: &str, request: Request) -> Response {
        if let Some(response) = self.feed(&request, path) {
            return response;
        }
        match self.inside(path) {
            Some(rest) => web::handle(
                &App::new(&self.config),
                &Request {
                    path: percent_decode_str(rest).collect(),
                    ..request
                },
            ),
            None if path == "/" => Response::see_other(self.config.base_url.to_string()),
            None => web::not_found(&self.config),
        }
    }

    /// The static feed at `path`, if there is one.
    fn feed(&self, request: &Request, path: &str) -> Option<Response> {
        let name = percent_decode_str(path.strip_prefix(self.feeds.as_deref()?)?)
            .decode_utf8()
            .ok()?;
        match request.method {
            Method::Get | Method::Head => {}
            Method::Post | Method::Other => return None,
        }
        feeds::read_static(&self.config, &name)
            .ok()
            .flatten()
            .map(|(format, text)| match format {
                FeedFormat::Html => Response::html(200, Some(&self.config), text),
                FeedFormat::Rss | FeedFormat::Atom | FeedFormat::Json => {
                    Response::data(feeds::media_type(format), text)
                }
            })
    }
}

/// Whether a part of the body is still on its way, so that the connection cannot be used again.
#[derive(Clone, Copy, PartialEq, Eq)]
enum CutOff {
    Yes,
    No,
}
