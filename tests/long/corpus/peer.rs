//! The weblogs and the spam sites of the corpus: one server, and an address of 127.0.0.0/8 for each of them.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rustix::buffer::spare_capacity;
use rustix::event::{Timespec, epoll};

/// What a path answers with.
#[derive(Debug, Clone)]
pub(super) enum Page {
    /// This document.
    Text {
        content_type: &'static str,
        body: Vec<u8>,
    },
    /// The same, after a while.
    Slow(Vec<u8>),
    /// Another URL.
    Moved(String),
    /// No such page.
    Gone,
    /// A page that links to whatever its query names.
    Echo,
    /// The same, of values in base64.
    EchoBase64,
}

/// How long a slow page takes.
const WHILE: Duration = Duration::from_millis(300);

/// The server. Stops when dropped.
pub(super) struct Peer {
    port: u16,
    pages: Pages,
    stop: Arc<AtomicBool>,
    listening: Option<JoinHandle<()>>,
}

/// By `host/path`.
type Pages = Arc<Mutex<HashMap<String, Page>>>;

impl Peer {
    /// Listens at each of `hosts`, on one free port.
    pub(super) fn start(hosts: &[Ipv4Addr]) -> Peer {
        let (port, listeners) = (0..64)
            .find_map(|_| listen(hosts))
            .expect("a port that is free at each address");
        let pages = Pages::default();
        let stop = Arc::new(AtomicBool::new(false));
        let (served, stopped) = (Arc::clone(&pages), Arc::clone(&stop));
        let listening = thread::spawn(move || accept(&listeners, &served, &stopped));
        Peer {
            port,
            pages,
            stop,
            listening: Some(listening),
        }
    }

    /// Puts a page at a path (without a query) of a host, and returns its URL.
    pub(super) fn put(&self, host: Ipv4Addr, path: &str, page: Page) -> String {
        let mut pages = self.pages.lock().unwrap();
        pages.insert(format!("{host}{path}"), page);
        format!("http://{host}:{}{path}", self.port)
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        if let Some(listening) = self.listening.take() {
            drop(listening.join());
        }
    }
}

fn listen(hosts: &[Ipv4Addr]) -> Option<(u16, Vec<TcpListener>)> {
    let mut port = 0;
    let mut listeners = Vec::new();
    for host in hosts {
        let listener = TcpListener::bind(SocketAddr::from((*host, port))).ok()?;
        port = listener.local_addr().ok()?.port();
        listeners.push(listener);
    }
    Some((port, listeners))
}

fn accept(listeners: &[TcpListener], pages: &Pages, stop: &AtomicBool) {
    let often = Timespec {
        tv_sec: 0,
        tv_nsec: 50_000_000,
    };
    let ready = epoll::create(epoll::CreateFlags::CLOEXEC).unwrap();
    for (number, listener) in (0..).zip(listeners) {
        let data = epoll::EventData::new_u64(number);
        epoll::add(&ready, listener, data, epoll::EventFlags::IN).unwrap();
    }
    let mut events = Vec::with_capacity(64);
    while !stop.load(Ordering::SeqCst) {
        if epoll::wait(&ready, spare_capacity(&mut events), Some(&often)).is_err() {
            continue;
        }
        for event in events.drain(..) {
            let data = event.data;
            if let Ok((stream, _)) = listeners[data.u64() as usize].accept() {
                let pages = Arc::clone(pages);
                // A client that has gone is not the peer's fault.
                thread::spawn(move || drop(answer(stream, &pages)));
            }
        }
    }
}

fn answer(mut stream: TcpStream, pages: &Pages) -> std::io::Result<()> {
    let mut head = Vec::new();
    let mut piece = [0; 1_024];
    // A request has no body.
    while !head.ends_with(b"\r\n\r\n") {
        let read = stream.read(&mut piece)?;
        if read == 0 {
            return Ok(());
        }
        head.extend_from_slice(&piece[..read]);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let target = head.split(' ').nth(1).unwrap_or("/").to_owned();
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let host = stream.local_addr()?.ip();
    let page = pages.lock().unwrap().get(&format!("{host}{path}")).cloned();
    let html = "text/html; charset=utf-8";
    let (status, extra, content_type, body) = match page {
        Some(Page::Text { content_type, body }) => (200, String::new(), content_type, body),
        Some(Page::Slow(body)) => {
            thread::sleep(WHILE);
            (200, String::new(), html, body)
        }
        Some(Page::Moved(to)) => (302, format!("Location: {to}\r\n"), html, Vec::new()),
        Some(Page::Echo) => (200, String::new(), html, echo(query, str::to_owned)),
        Some(Page::EchoBase64) => (200, String::new(), html, echo(query, from_base64)),
        Some(Page::Gone) | None => (404, String::new(), html, b"<p>Not found".to_vec()),
    };
    let head = format!(
        "HTTP/1.1 {status} So\r\nContent-Type: {content_type}\r\n{extra}Content-Length: {}\r\n\
         Connection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(&[head.into_bytes(), body].concat())?;
    stream.shutdown(Shutdown::Write)?;
    std::io::copy(&mut stream, &mut std::io::sink()).map(drop)
}

fn from_base64(value: &str) -> String {
    let bytes = URL_SAFE_NO_PAD.decode(value).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

fn echo(query: &str, decode: fn(&str) -> String) -> Vec<u8> {
    let named = form_urlencoded::parse(query.as_bytes()).map(|(_, value)| decode(&value));
    let links: String = named
        .map(|url| format!("<p>You looked for <a href=\"{url}\">{url}</a></p>"))
        .collect();
    format!("<title>Search</title>{links}").into_bytes()
}
