//! A name server that changes its answer between the check of an address and the connection, and between two requests.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, UdpSocket};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use tb::internals::error::FetchError;
use tb::internals::fetch::Reach;

use super::{apart, etc, get};
use crate::support::program;

const OUTSIDE: Ipv4Addr = Ipv4Addr::new(151, 101, 1, 1);
const INSIDE: Ipv4Addr = Ipv4Addr::LOCALHOST;

/// The answers still to come, to questions for an IPv4 address; after them, the address inside.
type Answers = Arc<Mutex<Vec<Vec<Ipv4Addr>>>>;

fn serve_names(answers: &Answers) {
    let socket = UdpSocket::bind("127.0.0.1:53").unwrap();
    let answers = Arc::clone(answers);
    thread::spawn(move || {
        let mut bytes = [0; 1500];
        loop {
            let (length, from) = socket.recv_from(&mut bytes).unwrap();
            let question = &bytes[12..length];
            let name = question.iter().position(|byte| *byte == 0).unwrap();
            let question = &question[..name + 5];
            let addresses = match question[name + 2] {
                1 => {
                    let mut answers = answers.lock().unwrap();
                    match answers.is_empty() {
                        true => vec![INSIDE],
                        false => answers.remove(0),
                    }
                }
                _ => Vec::new(),
            };
            let count = addresses.len() as u8;
            let mut reply = vec![bytes[0], bytes[1], 0x81, 0x80, 0, 1, 0, count, 0, 0, 0, 0];
            reply.extend(question);
            for address in addresses {
                // The name of the question, type A, class IN, a time to live of 0.
                reply.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4]);
                reply.extend(address.octets());
            }
            socket.send_to(&reply, from).unwrap();
        }
    });
}

/// A web server that redirects `/moved` to another page of the same host; the number of its connections.
fn serve_pages(address: Ipv4Addr) -> Arc<AtomicUsize> {
    let listener = TcpListener::bind((address, 80)).unwrap();
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            counted.fetch_add(1, Ordering::SeqCst);
            let mut request = [0; 1000];
            let length = stream.read(&mut request).unwrap_or(0);
            let reply = match request[..length].starts_with(b"GET /moved ") {
                true => {
                    "HTTP/1.0 302 Found\r\nLocation: http://rebind.example/page\r\n\r\n".to_owned()
                }
                false => format!("HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n{address}"),
            };
            drop(stream.write_all(reply.as_bytes()));
        }
    });
    count
}

#[test]
fn s6_a_name_that_leads_inside_after_it_was_checked_leads_nowhere() {
    if apart("rebinding::s6_a_name_that_leads_inside_after_it_was_checked_leads_nowhere").is_none()
    {
        return;
    }
    // An address that this machine receives and does not have: one of its own would be inside.
    let route = ["route", "add", "local", "151.101.1.1/32", "dev", "lo"];
    let done = Command::new(program("ip")).args(route).status();
    assert!(done.unwrap().success());
    etc("resolv.conf", Some(b"nameserver 127.0.0.1\n"));
    let answers = Answers::default();
    serve_names(&answers);
    let (outside, inside) = (serve_pages(OUTSIDE), serve_pages(INSIDE));
    let fetch = |first: &[&[Ipv4Addr]], path: &str| {
        *answers.lock().unwrap() = first.iter().map(|some| some.to_vec()).collect();
        let before = outside.load(Ordering::SeqCst);
        let page = get(Reach::Outside, &format!("http://rebind.example{path}"));
        (page, outside.load(Ordering::SeqCst) - before)
    };
    let denied = |page| matches!(page, Err(FetchError::Address(_)));
    // The connection goes to the address that was checked: the name is looked up once for both.
    let (page, connections) = fetch(&[&[OUTSIDE]], "/page");
    assert_eq!(page.unwrap().body, OUTSIDE.to_string().as_bytes());
    assert_eq!(connections, 1);
    // A redirect to the same name is checked anew.
    let (page, connections) = fetch(&[&[OUTSIDE]], "/moved");
    assert!(denied(page));
    assert_eq!(connections, 1);
    let (page, connections) = fetch(&[&[OUTSIDE], &[OUTSIDE]], "/moved");
    assert_eq!(page.unwrap().body, OUTSIDE.to_string().as_bytes());
    assert_eq!(connections, 2);
    // An address inside among others, in any place, denies the name, so that no refused connection leads on to it.
    for both in [[OUTSIDE, INSIDE], [INSIDE, OUTSIDE]] {
        let (page, connections) = fetch(&[&both], "/page");
        assert!(denied(page));
        assert_eq!(connections, 0);
    }
    let (page, connections) = fetch(&[], "/page");
    assert!(denied(page));
    assert_eq!(connections, 0);
    assert_eq!(inside.load(Ordering::SeqCst), 0);
}
