//! `tb serve`: the same site behind a built-in HTTP server, to try it, to develop, to host it.
//!
//! A request becomes the same [`Request`] as under CGI: its path is the path after `base_url`, so that both give the same
//! responses with the same configuration. In addition, static feeds are served below `rss_url`, and `/` redirects to the
//! site. How long and how often a client can keep a connection is limited: see `connection` and `slots`.

use std::io::Write;
use std::net::{SocketAddr, TcpListener as StdListener};
use std::panic::{self, AssertUnwindSafe};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::header::{self, HeaderValue};
use hyper::http::request::Parts;
use hyper::http::uri::Authority;
use hyper::{Uri, Version};
use percent_encoding::percent_decode_str;
use tokio::sync::oneshot;

use crate::app::App;
use crate::config::{Config, FeedFormat};
use crate::error::{Error, Result, system_message};
use crate::feeds;
use crate::fetch::Timeout;
use crate::process::{ignore_quota_signal, now};
use crate::store::{Event, EventName, Store};
use crate::web::{self, FollowUp, Method, Request, Response};

mod body;
mod capacity;
mod connection;
mod error_log;
mod live_config;
mod page_cache;
mod pool;
mod slots;
mod trial;
mod wire;
mod worker;

pub use capacity::{HEAPS, restart_with_one_heap};

use body::{BodyFault, BodyMemory, HeldBody};
use capacity::ServeCapacity;
use connection::{Handler, Server, silence_refused_calls};
use error_log::ErrorLog;
use live_config::LiveConfig;
use page_cache::{CachedResponse, PageCache};
use pool::Pool;
use slots::{ConnectionSlot, ConnectionSlots};
use wire::{ResponseBody, access_line, busy, convert, join};
use worker::VerifyThread;

/// Ports that a trial tries before it takes any.
const TRIAL_PORTS: std::ops::Range<u16> = 8080..8100;

/// The options of `tb serve`.
#[derive(Debug, Clone, Default)]
pub struct ServeOptions {
    /// The address and port to listen on; port 0 takes any that is free.
    pub listen: Option<SocketAddr>,
    /// Serve a trial site even if there is a configuration.
    pub trial: bool,
}

/// The served site, with its URL paths.
#[derive(Debug)]
struct ServedSite {
    /// As it was at the start: for the paths.
    config: Config,
    /// As it is now.
    settings: Arc<LiveConfig>,
    /// The path of `base_url`, without a final slash.
    base: String,
    /// The path of `rss_url`, with a final slash.
    feeds: Option<String>,
    cache: PageCache,
    worker: VerifyThread,
    pool: Pool,
    log: Arc<ErrorLog>,
    bodies: BodyMemory,
}

/// Serves the configured site, or a trial site, until SIGTERM or SIGINT; then finishes the requests in progress.
///
/// Writes the address to `out` once it can accept connections.
pub fn run(options: &ServeOptions, config: Option<Config>, out: &mut dyn Write) -> Result<()> {
    ignore_quota_signal()?;
    let config = config.filter(|_| !options.trial);
    let local = |port| SocketAddr::from(([127, 0, 0, 1], port));
    let listener = match (options.listen, &config) {
        (Some(address), _) => bind([address]),
        (None, Some(_)) => bind([local(TRIAL_PORTS.start)]),
        (None, None) => bind(TRIAL_PORTS.chain([0]).map(local)),
    }?;
    let address = listener.local_addr().map_err(|cause| Error::System {
        doing: "find the address that this listens on",
        cause,
    })?;
    silence_refused_calls();
    let capacity = ServeCapacity::find();
    let connections = Server::prepare(listener, capacity.reactors)?;
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
    let settings = Arc::new(LiveConfig::new(config.clone()));
    let server = Arc::new(ServedSite::start(config, settings, capacity.threads));
    let handler: Handler = {
        let server = Arc::clone(&server);
        Arc::new(move |slot, request| {
            let response = handle(Arc::clone(&server), slot, request);
            Box::pin(async { Ok(response.await) })
        })
    };
    let slots = ConnectionSlots::new(capacity.connections);
    let ended = connections.run(handler, &slots);
    server.pool.finish(Duration::from_secs(1));
    server.log.finish(Duration::from_secs(1));
    ended
}

/// Listens at the first address that is free.
fn bind(candidates: impl IntoIterator<Item = SocketAddr>) -> Result<StdListener> {
    let mut failed = String::new();
    for address in candidates {
        match StdListener::bind(address) {
            Ok(listener) => return Ok(listener),
            Err(cause) => {
                let cause = system_message(&cause);
                failed = format!(
                    "cannot listen on `{address}`: {cause}; `--listen` names another address"
                )
            }
        }
    }
    Err(Error::Usage(failed))
}

/// Handles one request of the connection that has `slot`.
async fn handle(
    server: Arc<ServedSite>,
    slot: Arc<ConnectionSlot>,
    request: hyper::Request<Incoming>,
) -> hyper::Response<ResponseBody> {
    // Lets other connections proceed before the next request of a pipeline.
    tokio::task::yield_now().await;
    let (head, body) = request.into_parts();
    let method = Method::parse(head.method.as_str().as_bytes());
    let target = server.target(&head.uri);
    let line = format!("{} {target} {:?}", head.method, head.version);
    let read = match method {
        Method::Post => server.bodies.read(body, &head.headers).await,
        Method::Get | Method::Head | Method::Other => Ok(HeldBody::default()),
    };
    // The rest of such a body is still on its way, so the connection cannot be used again.
    let is_cut_off = read.is_err();
    let has_no_memory = matches!(read, Err(BodyFault::NoMemory));
    // Its share of the memory is free again after the response.
    let (body, _share) = match read {
        Ok(held) => held.into_parts(),
        Err(BodyFault::Refused(refusal)) => (Err(refusal), None),
        Err(BodyFault::NoMemory) => (Ok(Vec::new()), None),
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
        accept: bytes(header::ACCEPT),
        cookie: join(&head.headers, &header::COOKIE),
        if_none_match: bytes(header::IF_NONE_MATCH),
        body,
        address: Some(slot.address),
        now,
        timeout: Timeout::Cgi,
    };
    let log = Arc::clone(&server.log);
    let response = if has_no_memory {
        busy()
    } else if is_ambiguous(&head) {
        convert(web::bad_request(&server.config))
    } else if let Some(response) = server.cached(&head.uri, &request) {
        response
    } else {
        let response = run_in_pool(server, &slot, head.uri.clone(), path, request).await;
        slot.set_waiting();
        response
    };
    log.write(&access_line(slot.address, now, &line, &response));
    let closes = is_cut_off || slot.should_close();
    into_http(response, closes)
}

/// The response for hyper; whether the connection is closed behind it.
fn into_http(response: CachedResponse, closes: bool) -> hyper::Response<ResponseBody> {
    let (status, headers) = (response.status, response.headers.clone());
    let mut http_response = hyper::Response::new(response.into_body());
    *http_response.status_mut() = status;
    *http_response.headers_mut() = headers;
    if closes {
        http_response
            .headers_mut()
            .insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    http_response
}

/// Whether servers could disagree about the host of the request (RFC 9112, 3.2).
fn is_ambiguous(head: &Parts) -> bool {
    let mut hosts = head.headers.get_all(header::HOST).iter();
    match (hosts.next(), hosts.next()) {
        (None, _) => head.version == Version::HTTP_11,
        (Some(_), Some(_)) => true,
        (Some(host), None) => !is_host(host.as_bytes()),
    }
}

/// Whether a `Host` is empty, or a host and perhaps a port.
fn is_host(host: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(host) else {
        return false;
    };
    text.is_empty() || (!text.contains('@') && Authority::from_str(text).is_ok_and(has_valid_port))
}

fn has_valid_port(authority: Authority) -> bool {
    // The whole authority, if there is no port.
    let port = authority.as_str().strip_prefix(authority.host());
    port.is_some_and(|port| matches!(port, "" | ":")) || authority.port_u16().is_some()
}

/// Makes the response in the thread pool.
async fn run_in_pool(
    server: Arc<ServedSite>,
    slot: &Arc<ConnectionSlot>,
    uri: Uri,
    path: String,
    request: Request,
) -> CachedResponse {
    let (sender, receiver) = oneshot::channel();
    let (own, job_slot) = (Arc::clone(&server), Arc::clone(slot));
    let job = move || {
        // While the job waited, the slot may have been given to another client; then the response is not needed.
        if job_slot.set_answering() {
            sender.send(own.respond(&uri, &path, request)).ok();
        }
    };
    server.pool.run(slot.group(), Box::new(job));
    receiver
        .await
        .unwrap_or_else(|_| convert(web::internal_error(&server.config)))
}

/// The key of a page in the cache; `None` if the request is not a plain read by a stranger.
fn cache_key(uri: &Uri, request: &Request) -> Option<String> {
    let reads = matches!(request.method, Method::Get | Method::Head);
    let plain = request.cookie.is_empty() && request.if_none_match.is_none();
    (reads && plain).then(|| uri.to_string())
}

impl ServedSite {
    /// Starts the threads that answer, verify and log.
    fn start(config: Config, settings: Arc<LiveConfig>, threads: usize) -> ServedSite {
        let log = Arc::new(ErrorLog::default());
        ServedSite {
            base: config.base_url.path().trim_end_matches('/').to_owned(),
            feeds: config
                .rss_dir
                .as_ref()
                .and(config.rss_url.as_ref())
                .map(|url| url.path().to_owned()),
            cache: PageCache::default(),
            worker: VerifyThread::start(Arc::clone(&settings), Arc::clone(&log)),
            settings,
            log,
            pool: Pool::start(threads),
            bodies: BodyMemory::new(),
            config,
        }
    }

    /// The target of a request for the access log, without keys.
    fn target(&self, uri: &Uri) -> String {
        let (before, inside) = match self.path_below_base(uri.path()) {
            Some(rest) => (self.base.as_str(), rest),
            None => (uri.path(), ""),
        };
        format!("{before}{}", web::mask_key(inside, uri.query()))
    }

    /// The part of the path after that of `base_url`.
    fn path_below_base<'path>(&self, path: &'path str) -> Option<&'path str> {
        path.strip_prefix(self.base.as_str())
            .filter(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// The cached page for a request.
    fn cached(&self, uri: &Uri, request: &Request) -> Option<CachedResponse> {
        self.cache.find(&cache_key(uri, request)?)
    }

    /// Makes the response. A panic is logged, and becomes an error response.
    fn respond(&self, uri: &Uri, path: &str, request: Request) -> CachedResponse {
        let fallback = Request {
            body: Ok(Vec::new()),
            ..request.clone()
        };
        let make = || {
            let name = cache_key(uri, &request);
            let before = name.as_ref().and_then(|name| self.cache.snapshot(name));
            let mut response = self.route(path, request);
            if response.follow_up == FollowUp::Verify {
                self.worker.wake();
            }
            let files = std::mem::take(&mut response.files);
            let response = convert(response);
            if let Some(name) = name.filter(|_| !files.is_empty()) {
                self.cache
                    .insert(name, files, before, &response, fallback.now);
            }
            response
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
        if let Some(response) = self.static_feed(&request, path) {
            return response;
        }
        match self.path_below_base(path) {
            Some(rest) => {
                let config = self.settings.get();
                let app = App::new(&config);
                let request = Request {
                    path: percent_decode_str(rest).collect(),
                    ..request
                };
                let response = web::handle(&app, &request);
                if let Some(changed) = app.into_changed() {
                    self.settings.set(changed);
                    self.cache.clear();
                }
                response
            }
            None if path == "/" => Response::see_other(self.config.base_url.to_string()),
            None => web::not_found(&self.config),
        }
    }

    /// The static feed at `path`, if there is one.
    fn static_feed(&self, request: &Request, path: &str) -> Option<Response> {
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
                FeedFormat::Rss | FeedFormat::Atom | FeedFormat::Json | FeedFormat::Jf2 => {
                    Response::data(feeds::media_type(format), text)
                }
            })
    }
}
