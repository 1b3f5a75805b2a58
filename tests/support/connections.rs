//! Connections to `tb serve` that are held open, and what is sent on them.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};

use rustix::net::{AddressFamily, SocketType, bind, connect, socket, sockopt};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use super::process::PATIENCE;
use super::request::Request;
use super::site::{BASE, Site};
use super::xml::assert_accepted;

/// A connection from that address that takes little from the network before it is read.
pub(crate) fn connect_from(address: [u8; 4], port: u16) -> Option<TcpStream> {
    let client = socket(AddressFamily::INET, SocketType::STREAM, None).unwrap();
    sockopt::set_socket_recv_buffer_size(&client, 4096).unwrap();
    let at = |address: [u8; 4], port| SocketAddr::from((Ipv4Addr::from(address), port));
    bind(&client, &at(address, 0)).unwrap();
    connect(&client, &at([127, 0, 0, 1], port)).ok()?;
    let stream = TcpStream::from(client);
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.set_write_timeout(Some(PATIENCE)).unwrap();
    Some(stream)
}

/// The response to a request for a list from that address; what has arrived where the connection was closed.
pub(crate) fn ask_from(address: [u8; 4], port: u16) -> String {
    let Some(mut stream) = connect_from(address, port) else {
        return String::new();
    };
    let get = format!("GET {BASE}/entry HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    let mut answer = Vec::new();
    let sent = stream.write_all(get.as_bytes());
    sent.and_then(|()| stream.read_to_end(&mut answer)).ok();
    String::from_utf8_lossy(&answer).into_owned()
}

/// As many descriptors as this process may have.
pub(crate) fn allow_many_descriptors() {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        ..limit
    };
    setrlimit(Resource::Nofile, raised).unwrap();
}

/// One request for a list.
pub(crate) fn list() -> String {
    format!("GET {BASE}/entry HTTP/1.1\r\nHost: x\r\n\r\n")
}

/// Requests whose responses no socket takes.
pub(crate) fn never_reads() -> Vec<u8> {
    list().repeat(30).into_bytes()
}

pub(crate) fn slow_head() -> Vec<u8> {
    b"GET / HTTP/1.1\r\nX-Slow: ".to_vec()
}

pub(crate) fn slow_body() -> Vec<u8> {
    format!(
        "POST {BASE}/entry HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: 900\r\n\r\nurl="
    )
    .into_bytes()
}

/// As much of a body as there may be, but for its end.
pub(crate) fn large_body() -> Vec<u8> {
    let length = 64 << 10;
    let mut request = format!(
        "POST {BASE}/entry HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {length}\r\n\r\n"
    )
    .into_bytes();
    request.resize(request.len() + length - 1, b'x');
    request
}

/// All of them in turn, and nothing at all.
pub(crate) fn mixed(number: usize) -> Vec<u8> {
    match number % 5 {
        0 => never_reads(),
        1 => slow_head(),
        2 => slow_body(),
        3 => list().into_bytes(),
        _ => Vec::new(),
    }
}

/// A site with a list that no socket takes whole.
pub(crate) fn with_long_list() -> Site {
    let site = Site::new();
    for number in 0..50 {
        let url = format!("https://weblog.example/{number}");
        let excerpt = "words ".repeat(40);
        let fields = [("url", url.as_str()), ("excerpt", excerpt.as_str())];
        assert_accepted(&site.cgi(&Request::post(&fields).path("/entry")));
    }
    site
}
