//! The hosts: hundreds of weblogs by name, each at an address of its own in 127.0.0.0/8, all at one port.
//!
//! A weblog has as many entries as anybody asks for: `/rdf/N` names its ping URL in an RDF block, `/link/N` in a
//! `<link rel="trackback">`, `/none/N` nowhere. It takes pings at `/ping/` and that path, and keeps a record of every
//! request that has arrived whole: what was cut off on the way was never there. [`SITE`] is no weblog of the hosts but
//! the one whose pings are sent: its built pages are live there.

use std::collections::{BTreeMap, HashMap};
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::answers::{self, Answer, HTML};
use super::names::Names;
use crate::support::process::PATIENCE;

/// The host of the site whose pings are sent.
pub(crate) const SITE: &str = "site.example";

/// What a weblog does with pings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Habit {
    /// Takes them.
    Takes,
    /// Says that it does not want them.
    Refuses,
    /// Answers 503.
    Unavailable,
    /// Answers with something that is no TrackBack response.
    Garbage,
    /// Answers 200 with nothing.
    Silence,
    /// Resets the connection.
    CutsOff,
    /// Answers 503 for its pages already.
    Down,
    /// Does not answer before it has another habit.
    Waits,
}

/// A request that has arrived whole.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) host: String,
    pub(crate) path: String,
    /// The fields of a ping.
    pub(crate) ping: Option<BTreeMap<String, String>>,
    /// When it had arrived.
    pub(crate) arrived: Instant,
}

impl Asked {
    /// Who links to whom, where it is a ping.
    pub(crate) fn pair(&self, many_hosts: &ManyHosts) -> Option<(String, String)> {
        let source = self.ping.as_ref()?.get("url")?.clone();
        let page = self.path.strip_prefix("/ping")?;
        Some((source, many_hosts.url(&self.host, page)))
    }
}

/// The hosts. Stops when dropped.
pub(crate) struct ManyHosts {
    port: u16,
    names: Names,
    shared: Arc<Shared>,
    listening: Option<JoinHandle<()>>,
}

impl ManyHosts {
    /// Starts so many weblogs, at most 250, and the site.
    pub(crate) fn start(hosts: usize) -> ManyHosts {
        let addresses: Vec<(String, Ipv4Addr)> = (0..hosts)
            .map(|number| (host(number), Ipv4Addr::new(127, 30, number as u8, 1)))
            .chain([(SITE.to_owned(), Ipv4Addr::new(127, 31, 0, 1))])
            .collect();
        let (port, listeners) = (0..64)
            .find_map(|_| listen(&addresses))
            .expect("a port that is free at each address");
        let shared = Arc::new(Shared::default());
        let served = Arc::clone(&shared);
        let listening = thread::spawn(move || accept(&listeners, port, &served));
        ManyHosts {
            port,
            names: Names::new(addresses),
            shared,
            listening: Some(listening),
        }
    }

    /// The URL of a path on a host.
    pub(crate) fn url(&self, host: &str, path: &str) -> String {
        format!("http://{host}:{}{path}", self.port)
    }

    /// The URL of an entry that names its ping URL: every other in RDF, the rest in a link.
    pub(crate) fn entry(&self, host_number: usize, entry: usize) -> String {
        let shape = ["rdf", "link"][entry % 2];
        self.url(&host(host_number), &format!("/{shape}/{entry}"))
    }

    /// The URL of an entry that names none.
    pub(crate) fn deaf_entry(&self, host_number: usize, entry: usize) -> String {
        self.url(&host(host_number), &format!("/none/{entry}"))
    }

    /// The site's URL.
    pub(crate) fn site(&self) -> String {
        self.url(SITE, "/")
    }

    /// Has the site's built pages live from now on.
    pub(crate) fn publish(&self, folder: &Path) {
        lock(&self.shared.state).published = Some(folder.to_owned());
    }

    /// Gives a weblog a habit other than [`Habit::Takes`].
    pub(crate) fn behave(&self, host_number: usize, habit: Habit) {
        lock(&self.shared.state)
            .habits
            .insert(host(host_number), habit);
        self.shared.news.notify_all();
    }

    /// Has every weblog wait so long before each answer; the site never does.
    pub(crate) fn take_time(&self, delay: Duration) {
        lock(&self.shared.state).delay = delay;
    }

    /// The requests so far, in their order.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        lock(&self.shared.state).asked.clone()
    }

    /// The pings so far, in their order.
    pub(crate) fn pings(&self) -> Vec<Asked> {
        let asked = self.asked();
        asked
            .into_iter()
            .filter(|asked| asked.ping.is_some())
            .collect()
    }

    /// Who has been pinged for whom, and how often.
    pub(crate) fn received(&self) -> BTreeMap<(String, String), usize> {
        let mut received = BTreeMap::new();
        for ping in self.pings() {
            let pair = ping.pair(self).expect("a ping names its source");
            *received.entry(pair).or_default() += 1;
        }
        received
    }

    /// Forgets all requests.
    pub(crate) fn forget(&self) {
        lock(&self.shared.state).asked.clear();
    }

    /// Waits until so many pings have ever arrived, or `over` says that no more will come.
    pub(crate) fn wait_for_pings(&self, count: usize, over: impl FnMut() -> bool) {
        self.wait_for(|state| state.pings >= count, over);
    }

    fn wait_for(&self, enough: impl Fn(&State) -> bool, mut over: impl FnMut() -> bool) {
        let deadline = Instant::now() + PATIENCE;
        let mut state = lock(&self.shared.state);
        while !enough(&state) {
            let moment = Duration::from_millis(5);
            (state, _) = self
                .shared
                .news
                .wait_timeout(state, moment)
                .unwrap_or_else(PoisonError::into_inner);
            if over() {
                return;
            }
            assert!(Instant::now() < deadline, "{} pings", state.pings);
        }
    }

    /// How many pings have ever arrived.
    pub(crate) fn pings_ever(&self) -> usize {
        lock(&self.shared.state).pings
    }

    /// A command that runs `executable` where the hosts's names are known.
    pub(crate) fn command(&self, executable: &Path) -> Command {
        self.names.command(executable)
    }
}

impl Drop for ManyHosts {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        if let Some(listening) = self.listening.take() {
            drop(listening.join());
        }
    }
}

/// The name of a weblog.
pub(crate) fn host(number: usize) -> String {
    format!("w{number:03}.example")
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    news: Condvar,
    stop: AtomicBool,
}

#[derive(Default)]
struct State {
    habits: HashMap<String, Habit>,
    delay: Duration,
    published: Option<PathBuf>,
    asked: Vec<Asked>,
    pings: usize,
}

/// A test that failed while it held a lock must not hide its own message.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn listen(addresses: &[(String, Ipv4Addr)]) -> Option<(u16, Vec<(String, TcpListener)>)> {
    let mut port = 0;
    let mut listeners = Vec::new();
    for (name, address) in addresses {
        let listener = TcpListener::bind(SocketAddr::from((*address, port))).ok()?;
        listener.set_nonblocking(true).ok()?;
        port = listener.local_addr().ok()?.port();
        listeners.push((name.clone(), listener));
    }
    Some((port, listeners))
}

fn accept(listeners: &[(String, TcpListener)], port: u16, shared: &Arc<Shared>) {
    // Only so often it is asked whether all is over; who calls is heard at once.
    let often = Timespec {
        tv_sec: 0,
        tv_nsec: 50_000_000,
    };
    while !shared.stop.load(Ordering::SeqCst) {
        let mut waiting: Vec<PollFd<'_>> = listeners
            .iter()
            .map(|(_, listener)| PollFd::new(listener, PollFlags::IN))
            .collect();
        if poll(&mut waiting, Some(&often)).is_err() {
            continue;
        }
        let ready: Vec<bool> = waiting
            .iter()
            .map(|fd| fd.revents().contains(PollFlags::IN))
            .collect();
        for ((name, listener), _) in listeners.iter().zip(ready).filter(|(_, ready)| *ready) {
            while let Ok((stream, _)) = listener.accept() {
                let (shared, name) = (Arc::clone(shared), name.clone());
                // A client that has gone is not the hosts's fault.
                thread::spawn(move || drop(converse(&stream, &name, port, &shared)));
            }
        }
    }
}

fn converse(mut stream: &TcpStream, name: &str, port: u16, shared: &Shared) -> io::Result<()> {
    stream.set_nonblocking(false)?;
    let (head, body) = read(stream)?;
    let mut words = head.split(' ');
    let (method, path) = (words.next().unwrap_or(""), words.next().unwrap_or("/"));
    let path = path.to_owned();
    // An address is one weblog's: whoever names another there has mixed them up.
    let named = head.lines().filter_map(|line| line.split_once(": "));
    let right = named
        .filter(|(key, _)| key.eq_ignore_ascii_case("host"))
        .any(|(_, value)| value == format!("{name}:{port}"));
    let ping = (method == "POST" && path.starts_with("/ping/"))
        .then(|| form_urlencoded::parse(&body).into_owned().collect());
    let is_ping = ping.is_some();
    let (habit, delay, published) = {
        let mut state = lock(&shared.state);
        state.pings += usize::from(is_ping);
        state.asked.push(Asked {
            host: name.to_owned(),
            path: path.clone(),
            ping,
            arrived: Instant::now(),
        });
        let habit = state.habits.get(name).copied().unwrap_or(Habit::Takes);
        (habit, state.delay, state.published.clone())
    };
    shared.news.notify_all();
    let habit = match habit {
        Habit::Waits if is_ping => wait_for_another(name, shared),
        habit => habit,
    };
    let answer = if !right {
        Answer::new(421, HTML, "another host is meant")
    } else if name == SITE {
        answers::file(published.as_deref(), &path)
    } else {
        thread::sleep(delay);
        match (habit, is_ping) {
            (Habit::Down, _) => Answer::new(503, HTML, "down"),
            (_, false) => answers::page(name, port, &path),
            (Habit::CutsOff, true) => {
                let at_once = Some(Duration::ZERO);
                return Ok(rustix::net::sockopt::set_socket_linger(stream, at_once)?);
            }
            (habit, true) => answers::reply(habit),
        }
    };
    let head = format!(
        "HTTP/1.1 {} So\r\nContent-Type: {}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        answer.status,
        answer.content_type,
        answer.body.len()
    );
    stream.write_all(&[head.into_bytes(), answer.body.into_bytes()].concat())?;
    stream.shutdown(Shutdown::Write)?;
    io::copy(&mut stream, &mut io::sink()).map(drop)
}

/// Waits until a weblog has another habit, or the hosts stops.
fn wait_for_another(name: &str, shared: &Shared) -> Habit {
    let mut state = lock(&shared.state);
    loop {
        let habit = state.habits.get(name).copied().unwrap_or(Habit::Takes);
        if habit != Habit::Waits || shared.stop.load(Ordering::SeqCst) {
            return habit;
        }
        let moment = Duration::from_millis(50);
        let waited = shared.news.wait_timeout(state, moment);
        (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
    }
}

/// The head and the whole body of a request.
fn read(mut stream: &TcpStream) -> io::Result<(String, Vec<u8>)> {
    let mut bytes = Vec::new();
    let mut piece = [0; 4096];
    loop {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
        if let Some(end) = end {
            let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
            let length = head
                .lines()
                .filter_map(|line| line.split_once(": "))
                .find(|(key, _)| key.eq_ignore_ascii_case("content-length"))
                .map_or(0, |(_, value)| value.parse().unwrap_or(0));
            if bytes.len() >= end + 4 + length {
                return Ok((head, bytes.split_off(end + 4)));
            }
        }
        match stream.read(&mut piece)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            count => bytes.extend_from_slice(&piece[..count]),
        }
    }
}
