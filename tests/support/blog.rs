//! Another weblog: a real peer on 127.0.0.1 that plays scripted bytes, polite ones or hostile ones.
//!
//! Each connection serves one request: it is recorded, then the script of its path is played, and
//! the connection is closed. Nothing here waits for time to pass but a drip, and a drip is over as
//! soon as the blog is dropped or the client has gone.

use std::collections::{HashMap, VecDeque};
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// What the blog does with a request.
#[derive(Debug, Clone)]
pub(crate) enum Script {
    /// An ordinary answer; `Content-Length` and `Connection: close` are added.
    Respond {
        status: u16,
        headers: Vec<(String, String)>,
        body: Vec<u8>,
    },
    /// Exactly these bytes, then an orderly end.
    Raw(Vec<u8>),
    /// These bytes one by one, so far apart.
    Drip { bytes: Vec<u8>, interval: Duration },
    /// The first bytes, then the second for as long as anybody listens.
    Endless { prefix: Vec<u8>, chunk: Vec<u8> },
    /// No answer; the connection stays open.
    Silent,
    /// These bytes, then the connection is reset.
    CutOff(Vec<u8>),
    /// What this makes of the request.
    By(fn(&Request) -> Script),
    /// One after the other; the last one stays.
    InTurn(Arc<Mutex<VecDeque<Script>>>),
}

impl Script {
    /// These one after the other, then the last one for good.
    pub(crate) fn in_turn(scripts: impl IntoIterator<Item = Script>) -> Script {
        Script::InTurn(Arc::new(Mutex::new(scripts.into_iter().collect())))
    }

    /// An ordinary page.
    pub(crate) fn html(body: &str) -> Script {
        Script::ok("text/html; charset=utf-8", body.as_bytes())
    }

    /// A TrackBack reply, or what claims to be one.
    pub(crate) fn xml(body: &str) -> Script {
        Script::ok("text/xml", body.as_bytes())
    }

    /// Status 200 with that type and body.
    pub(crate) fn ok(content_type: &str, body: &[u8]) -> Script {
        Script::Respond {
            status: 200,
            headers: vec![("Content-Type".to_owned(), content_type.to_owned())],
            body: body.to_vec(),
        }
    }

    /// A status with nothing else.
    pub(crate) fn status(status: u16) -> Script {
        Script::Respond {
            status,
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    /// A redirect; `location` may be relative or nonsense.
    pub(crate) fn redirect(status: u16, location: &str) -> Script {
        Script::Respond {
            status,
            headers: vec![("Location".to_owned(), location.to_owned())],
            body: b"moved".to_vec(),
        }
    }
}

/// A request as it arrived.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// Path and query.
    pub(crate) target: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    /// The first header of that name.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

/// The peer. Stops when dropped.
pub(crate) struct Blog {
    address: SocketAddr,
    shared: Arc<Shared>,
    listening: Option<JoinHandle<()>>,
}

impl Blog {
    /// Starts on a free port; a path without a script is that of `/*`, or 404.
    pub(crate) fn start<'path>(scripts: impl IntoIterator<Item = (&'path str, Script)>) -> Blog {
        Blog::start_at([127, 0, 0, 1], scripts)
    }

    /// The same at another address of this machine, which is another host.
    pub(crate) fn start_at<'path>(
        ip: [u8; 4],
        scripts: impl IntoIterator<Item = (&'path str, Script)>,
    ) -> Blog {
        let listener = TcpListener::bind((std::net::Ipv4Addr::from(ip), 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared::default());
        let blog = Blog {
            address,
            shared: Arc::clone(&shared),
            listening: Some(thread::spawn(move || listen(&listener, &shared))),
        };
        for (path, script) in scripts {
            blog.play(path, script);
        }
        blog
    }

    /// Sets the script of a path from now on; for scripts that name the blog's own URL.
    pub(crate) fn play(&self, path: &str, script: Script) {
        lock(&self.shared.scripts).insert(path.to_owned(), script);
    }

    /// The URL of a path (and query) on this blog.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The requests that have arrived so far, in order.
    pub(crate) fn requests(&self) -> Vec<Request> {
        lock(&self.shared.requests).clone()
    }
}

impl Drop for Blog {
    fn drop(&mut self) {
        *lock(&self.shared.stopped) = true;
        self.shared.stop.notify_all();
        // Wakes the listener, which then looks at `stopped`.
        drop(TcpStream::connect(self.address));
        if let Some(listening) = self.listening.take() {
            drop(listening.join());
        }
        for stream in lock(&self.shared.streams).drain(..) {
            drop(stream.shutdown(Shutdown::Both));
        }
    }
}

#[derive(Default)]
struct Shared {
    scripts: Mutex<HashMap<String, Script>>,
    requests: Mutex<Vec<Request>>,
    streams: Mutex<Vec<TcpStream>>,
    stopped: Mutex<bool>,
    stop: Condvar,
}

/// A test that failed while it held a lock must not hide its own message.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn listen(listener: &TcpListener, shared: &Arc<Shared>) {
    for stream in listener.incoming() {
        if *lock(&shared.stopped) {
            return;
        }
        let Ok(stream) = stream else { continue };
        if let Ok(copy) = stream.try_clone() {
            lock(&shared.streams).push(copy);
        }
        let shared = Arc::clone(shared);
        thread::spawn(move || {
            // A client that has gone is not the blog's fault.
            drop(converse(&stream, &shared));
            forget(&stream, &shared);
        });
    }
}

fn converse(mut stream: &TcpStream, shared: &Shared) -> io::Result<()> {
    let request = match read_request(stream) {
        Ok(request) => request,
        Err(cause) if cause.kind() == io::ErrorKind::InvalidData => {
            stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")?;
            return finish(stream);
        }
        Err(cause) => return Err(cause),
    };
    let path = request.target.split('?').next().unwrap_or_default();
    let script = {
        let scripts = lock(&shared.scripts);
        let script = scripts.get(path).or_else(|| scripts.get("/*"));
        script.cloned().unwrap_or_else(|| Script::status(404))
    };
    let script = match script {
        Script::By(make) => make(&request),
        Script::InTurn(scripts) => {
            let mut scripts = lock(&scripts);
            let last = scripts.front().filter(|_| scripts.len() == 1).cloned();
            last.or_else(|| scripts.pop_front()).unwrap()
        }
        script => script,
    };
    lock(&shared.requests).push(request);
    match script {
        Script::By(_) | Script::InTurn(_) => Ok(()),
        Script::Respond {
            status,
            headers,
            body,
        } => {
            let mut head = format!("HTTP/1.1 {status} Scripted\r\n");
            for (name, value) in headers {
                head.push_str(&format!("{name}: {value}\r\n"));
            }
            head.push_str(&format!("Content-Length: {}\r\n", body.len()));
            head.push_str("Connection: close\r\n\r\n");
            stream.write_all(&[head.into_bytes(), body].concat())?;
            finish(stream)
        }
        Script::Raw(bytes) => {
            stream.write_all(&bytes)?;
            finish(stream)
        }
        Script::Drip { bytes, interval } => drip(stream, &bytes, interval, shared),
        Script::Endless { prefix, chunk } => {
            stream.write_all(&prefix)?;
            loop {
                stream.write_all(&chunk)?;
            }
        }
        Script::Silent => wait_for_end(stream),
        Script::CutOff(bytes) => {
            stream.write_all(&bytes)?;
            let at_once = Some(Duration::ZERO);
            Ok(rustix::net::sockopt::set_socket_linger(stream, at_once)?)
        }
    }
}

/// Ends the answer, and waits for the client to go, so that no byte of it is lost in a reset.
fn finish(stream: &TcpStream) -> io::Result<()> {
    stream.shutdown(Shutdown::Write)?;
    wait_for_end(stream)
}

fn wait_for_end(mut stream: &TcpStream) -> io::Result<()> {
    io::copy(&mut stream, &mut io::sink()).map(drop)
}

fn drip(
    mut stream: &TcpStream,
    bytes: &[u8],
    interval: Duration,
    shared: &Shared,
) -> io::Result<()> {
    for byte in bytes {
        stream.write_all(&[*byte])?;
        let stopped = lock(&shared.stopped);
        let (stopped, _) = shared
            .stop
            .wait_timeout_while(stopped, interval, |stopped| !*stopped)
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if *stopped {
            return Ok(());
        }
    }
    finish(stream)
}

/// Drops the blog's copy of a stream, so that it is closed when its conversation is over.
fn forget(stream: &TcpStream, shared: &Shared) {
    let peer = stream.peer_addr().ok();
    lock(&shared.streams).retain(|copy| copy.peer_addr().ok() != peer);
}

fn read_request(mut stream: &TcpStream) -> io::Result<Request> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        head.extend(byte);
        // TLS begins with a control character.
        if head.len() > 64 * 1024 || head[0].is_ascii_control() {
            return Err(io::ErrorKind::InvalidData.into());
        }
    }
    let head = String::from_utf8_lossy(&head);
    let mut lines = head.trim_end().split("\r\n");
    let mut words = lines.next().unwrap_or_default().split(' ');
    let mut request = Request {
        method: words.next().unwrap_or_default().to_owned(),
        target: words.next().unwrap_or_default().to_owned(),
        headers: lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
        body: Vec::new(),
    };
    let length = request.header("content-length").unwrap_or("0");
    let length: usize = length.parse().map_err(io::Error::other)?;
    request.body = vec![0; length];
    stream.read_exact(&mut request.body)?;
    Ok(request)
}
