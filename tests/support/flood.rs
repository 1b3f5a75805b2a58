//! A site with limits, and pings to it from many addresses.

use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddrV4, TcpStream};
use std::path::PathBuf;

use rustix::net::{AddressFamily, SocketType, bind, connect, socket};

use crate::support::http::{self, Reply};
use crate::support::live::{Host, Live};
use crate::support::process::PATIENCE;
use crate::support::request::Request;
use crate::support::site::{BASE, Site};
use crate::support::xml::assert_refused;
use crate::support::{set_mode, write};

pub(crate) const TOO_MANY: &str = "Too many pings; try again later";

/// A site with the throttle on, and limits besides the defaults.
pub(crate) fn flooded(host: Host, limits: &str) -> Live {
    Live::start_with(host, |site| limit(site, limits))
}

/// The same, under CGI.
pub(crate) fn site(limits: &str) -> Site {
    let mut site = Site::new();
    limit(&mut site, limits);
    site
}

pub(crate) fn limit(site: &mut Site, limits: &str) {
    site.set("throttle", "\"on\"");
    site.set("limits", &format!("[{limits}]"));
}

/// A ping from a domain of its own to an id of its own.
pub(crate) fn ping(number: u32) -> Request {
    Request::ping(
        &format!("id{number}"),
        &format!("http://blog{number}.example/"),
    )
}

/// The same from a page that cannot be reached, for a site that would verify it.
pub(crate) fn ping_of_nobody(number: u32) -> Request {
    Request::ping(
        &format!("id{number}"),
        &format!("http://127.77.{number}.1:1/"),
    )
}

/// Sends a ping by CGI with `address` as `REMOTE_ADDR`; empty for a server that does not set it.
pub(crate) fn cgi_from(site: &Site, address: &str, request: &Request) -> Reply {
    site.cgi_with(request, &[], |command| {
        if address.is_empty() {
            command.env_remove("REMOTE_ADDR");
        } else {
            command.env("REMOTE_ADDR", address);
        }
    })
}

/// Sends a request from an address of this machine's own.
pub(crate) fn send_from(port: u16, source: [u8; 4], request: &Request) -> Reply {
    let socket = socket(AddressFamily::INET, SocketType::STREAM, None).expect("a socket");
    let address = |ip: [u8; 4], port| SocketAddrV4::new(Ipv4Addr::from(ip), port);
    bind(&socket, &address(source, 0)).expect("an address of this machine");
    connect(&socket, &address([127, 0, 0, 1], port)).expect("the server");
    let mut stream = TcpStream::from(socket);
    stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    stream
        .write_all(&http::spell(port, BASE, request))
        .expect("the request is sent");
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).expect("the answer");
    http::parse(&bytes, &request.method)
        .unwrap_or_else(|| panic!("not HTTP: {:?}", String::from_utf8_lossy(&bytes)))
}

/// Fails unless the reply is 429 with a `Retry-After` of at most so many seconds.
#[track_caller]
pub(crate) fn assert_too_many(reply: &Reply, most_seconds: u64, message: &str) {
    assert_refused(reply, 429, message);
    let seconds = reply.header("Retry-After").expect("when to try again");
    let seconds: u64 = seconds.parse().expect("a number of seconds");
    assert!((1..=most_seconds).contains(&seconds), "{reply}");
}

/// The states and reasons with which the pings were received, sorted; later changes are ignored.
pub(crate) fn states(site: &Site) -> Vec<(String, Option<String>)> {
    let mut states = Vec::new();
    for (_, text) in pings(site) {
        for line in text.lines() {
            let ping: serde_json::Value = serde_json::from_str(line).expect("JSON");
            let text = |key: &str| ping[key].as_str().map(str::to_owned);
            states.push((text("state").expect("a state"), text("why")));
        }
    }
    states.sort();
    states
}

/// All files of pings, with the lines of those that came in.
pub(crate) fn pings(site: &Site) -> Vec<(PathBuf, String)> {
    let mut files: Vec<_> = fs::read_dir(site.data_dir())
        .expect("the folder")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "jsonl")
        })
        .map(|path| {
            let text = fs::read_to_string(&path).expect("pings");
            let came = |line: &&str| line.starts_with("{\"op\":\"ping\"");
            let lines: Vec<&str> = text.lines().filter(came).collect();
            (path, lines.join("\n"))
        })
        .collect();
    files.sort();
    files
}

/// How many lines of the log have that reason.
pub(crate) fn logged(site: &Site, reason: &str) -> usize {
    let log = fs::read_to_string(site.data_dir().join(".log")).unwrap_or_default();
    let reason = format!("\"reason\":\"{reason}\"");
    log.lines().filter(|line| line.contains(&reason)).count()
}

pub(crate) const FROM: &str = "198.51.100.1";

/// How long the file is, always.
pub(crate) const LENGTH: u64 = 524_800;

pub(crate) fn put(site: &Site, bytes: &[u8]) {
    let path = site.data_dir().join(".throttle");
    fs::remove_file(&path).unwrap_or_default();
    write(&path, "");
    fs::write(&path, bytes).expect("the file");
    set_mode(&path, 0o600);
}
