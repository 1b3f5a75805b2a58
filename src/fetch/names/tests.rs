//! Name servers of every kind, good and bad, on ports of this machine.

use std::net::TcpListener;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use ::domain::base::Message;

use super::settings::Transport;
use super::*;
use std::net::{SocketAddr, UdpSocket};

const A: u16 = 1;
const CNAME: u16 = 5;
const SOA: u16 = 6;
const AAAA: u16 = 28;
const SERVFAIL: u8 = 2;
const NXDOMAIN: u8 = 3;
const REFUSED: u8 = 5;

/// A question as it arrived.
struct Asked {
    bytes: Vec<u8>,
    name: String,
    kind: u16,
    by_tcp: bool,
}

/// An answer under construction, written by hand: nothing of the reader under test is used.
#[derive(Clone)]
struct ScriptedReply(Vec<u8>);

impl ScriptedReply {
    fn to(asked: &Asked, rcode: u8) -> ScriptedReply {
        let mut bytes = asked.bytes.clone();
        // A response, recursion desired and available.
        (bytes[2], bytes[3]) = (0x81, 0x80 | rcode);
        ScriptedReply(bytes)
    }

    fn record(mut self, section: usize, owner: &[u8], kind: u16, data: &[u8]) -> ScriptedReply {
        let count = 6 + 2 * section;
        let number = u16::from_be_bytes([self.0[count], self.0[count + 1]]) + 1;
        self.0[count..count + 2].copy_from_slice(&number.to_be_bytes());
        self.0.extend(owner);
        self.0.extend(kind.to_be_bytes());
        self.0.extend([0, 1, 0, 0, 0, 60]);
        self.0
            .extend(u16::try_from(data.len()).unwrap().to_be_bytes());
        self.0.extend(data);
        self
    }

    fn a(self, owner: &[u8], last: u8) -> ScriptedReply {
        self.record(0, owner, A, &[192, 0, 2, last])
    }

    fn aaaa(self, owner: &[u8], last: u8) -> ScriptedReply {
        let mut address = [0; 16];
        (address[0], address[1], address[15]) = (0x20, 1, last);
        self.record(0, owner, AAAA, &address)
    }

    fn cname(self, owner: &[u8], to: &str) -> ScriptedReply {
        self.record(0, owner, CNAME, &wire(to))
    }

    fn bit(mut self, byte: usize, bit: u8) -> ScriptedReply {
        self.0[byte] ^= bit;
        self
    }
}

/// The name of the question.
const HERE: [u8; 2] = [0xc0, 12];

fn wire(name: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for label in name.split('.') {
        bytes.push(u8::try_from(label.len()).unwrap());
        bytes.extend(label.as_bytes());
    }
    bytes.push(0);
    bytes
}

fn asked(bytes: &[u8], by_tcp: bool) -> Asked {
    let message = Message::from_slice(bytes).unwrap();
    assert!(message.header().rd() && !message.header().qr());
    let question = message.sole_question().unwrap();
    Asked {
        bytes: bytes.to_vec(),
        name: question.qname().to_string(),
        kind: question.qtype().to_int(),
        by_tcp,
    }
}

/// A name server that answers with what a function makes of each question.
struct Server {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    fn start(answer: impl Fn(&Asked) -> Vec<ScriptedReply> + Send + Sync + 'static) -> Server {
        let (udp, tcp) = loop {
            let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
            // The same port must be free for the other protocol.
            if let Ok(tcp) = TcpListener::bind(udp.local_addr().unwrap()) {
                break (udp, tcp);
            }
        };
        let address = udp.local_addr().unwrap();
        let log = Arc::new(Mutex::new(Vec::new()));
        let answer = Arc::new(answer);
        let (names, make) = (Arc::clone(&log), Arc::clone(&answer));
        let note = |log: &Mutex<Vec<String>>, asked: &Asked| {
            let how = if asked.by_tcp { "tcp" } else { "udp" };
            log.lock()
                .unwrap()
                .push(format!("{} {} {how}", asked.name, asked.kind));
        };
        thread::spawn(move || {
            let mut buffer = [0; 1500];
            while let Ok((length, from)) = udp.recv_from(&mut buffer) {
                let asked = asked(&buffer[..length], false);
                note(&names, &asked);
                for reply in make(&asked) {
                    udp.send_to(&reply.0, from).unwrap();
                }
            }
        });
        let names = Arc::clone(&log);
        thread::spawn(move || {
            for stream in tcp.incoming() {
                let mut stream = stream.unwrap();
                let mut length = [0; 2];
                if stream.read_exact(&mut length).is_err() {
                    continue;
                }
                let mut bytes = vec![0; usize::from(u16::from_be_bytes(length))];
                stream.read_exact(&mut bytes).unwrap();
                let asked = asked(&bytes, true);
                note(&names, &asked);
                for reply in answer(&asked) {
                    let length = u16::try_from(reply.0.len()).unwrap().to_be_bytes();
                    let whole = [&length[..], &reply.0].concat();
                    // In two parts, as a slow line brings it.
                    let (first, second) = whole.split_at(whole.len() / 2);
                    use std::io::Write;
                    stream.write_all(first).unwrap();
                    stream.flush().unwrap();
                    stream.write_all(second).unwrap();
                }
            }
        });
        Server {
            address,
            asked: log,
        }
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

fn settings(servers: &[SocketAddr]) -> ResolverSettings {
    ResolverSettings {
        servers: servers.to_vec(),
        ..ResolverSettings::parse("search .", || None)
    }
}

fn within(seconds: u64) -> Instant {
    Instant::now() + Duration::from_secs(seconds)
}

fn find(name: &str, servers: &[&Server]) -> Result<Vec<String>, LookupError> {
    let addresses: Vec<_> = servers.iter().map(|server| server.address).collect();
    query_all(name, &settings(&addresses), within(20)).map(|found| texts(&found))
}

fn texts(addresses: &[IpAddr]) -> Vec<String> {
    addresses.iter().map(ToString::to_string).collect()
}

/// The ordinary answer: one address of each family.
fn plain(asked: &Asked) -> Vec<ScriptedReply> {
    let reply = ScriptedReply::to(asked, 0);
    vec![match asked.kind {
        A => reply.a(&HERE, 1),
        _ => reply.aaaa(&HERE, 1),
    }]
}

#[test]
fn a1_names_with_addresses_of_one_family_or_both_are_found() {
    for (families, expected) in [
        (&[A, AAAA][..], &["192.0.2.1", "2001::1"][..]),
        (&[A], &["192.0.2.1"]),
        (&[AAAA], &["2001::1"]),
    ] {
        let server = Server::start(move |asked| {
            if families.contains(&asked.kind) {
                plain(asked)
            } else {
                vec![ScriptedReply::to(asked, 0)]
            }
        });
        assert_eq!(find("a.example", &[&server]).unwrap(), expected);
        assert_eq!(find("A.Example.", &[&server]).unwrap(), expected);
        let mut asked = server.asked();
        asked.truncate(2);
        asked.sort();
        assert_eq!(asked, ["a.example 1 udp", "a.example 28 udp"]);
    }
    let none = Server::start(|asked| vec![ScriptedReply::to(asked, 0)]);
    assert_eq!(find("a.example", &[&none]), Err(LookupError::NotFound));
    let unknown = Server::start(|asked| vec![ScriptedReply::to(asked, NXDOMAIN)]);
    assert_eq!(find("a.example", &[&unknown]), Err(LookupError::NotFound));
    // One that knows nothing of IPv6 denies the name itself (RFC 4074, 4.2); others do that for IPv4.
    for (known, expected) in [(A, "192.0.2.1"), (AAAA, "2001::1")] {
        let half = Server::start(move |asked| match asked.kind == known {
            true => plain(asked),
            false => vec![ScriptedReply::to(asked, NXDOMAIN)],
        });
        assert_eq!(find("a.example", &[&half]).unwrap(), [expected]);
    }
}

#[test]
fn a1_other_names_are_followed_whether_the_answer_has_their_addresses_or_not() {
    let whole = Server::start(|asked| {
        let reply = ScriptedReply::to(asked, 0).cname(&HERE, "b.example");
        let reply = reply.cname(&wire("b.example"), "c.example");
        vec![match asked.kind {
            A => reply.a(&wire("C.EXAMPLE"), 3).a(&wire("other.example"), 66),
            _ => reply.record(
                1,
                &wire("example"),
                SOA,
                &[wire("a"), wire("b"), vec![0; 20]].concat(),
            ),
        }]
    });
    assert_eq!(find("a.example", &[&whole]).unwrap(), ["192.0.2.3"]);
    assert_eq!(whole.asked().len(), 2, "nothing is asked twice");
    let bare = Server::start(|asked| {
        let number = asked
            .name
            .trim_start_matches('n')
            .split('.')
            .next()
            .unwrap();
        let number: u8 = number.parse().unwrap();
        let reply = ScriptedReply::to(asked, 0);
        vec![match (number, asked.kind) {
            (5, A) => reply.a(&HERE, 5),
            (5, _) => reply,
            _ => reply.cname(&HERE, &format!("n{}.example", number + 1)),
        }]
    });
    assert_eq!(find("n1.example", &[&bare]).unwrap(), ["192.0.2.5"]);
}

#[test]
fn a1_names_that_go_in_circles_have_no_address() {
    let itself = Server::start(|asked| vec![ScriptedReply::to(asked, 0).cname(&HERE, &asked.name)]);
    assert_eq!(find("a.example", &[&itself]), Err(LookupError::NotFound));
    let two = Server::start(|asked| {
        let reply = ScriptedReply::to(asked, 0).cname(&HERE, "b.example");
        vec![reply.cname(&wire("b.example"), &asked.name)]
    });
    assert_eq!(find("a.example", &[&two]), Err(LookupError::NotFound));
    // One at a time, and without end.
    let number = AtomicUsize::new(0);
    let endless = Server::start(move |asked| {
        let next = number.fetch_add(1, Ordering::Relaxed);
        vec![ScriptedReply::to(asked, 0).cname(&HERE, &format!("n{next}.example"))]
    });
    assert_eq!(find("a.example", &[&endless]), Err(LookupError::NotFound));
    assert!(endless.asked().len() < 30);
}

#[test]
fn a1_what_does_not_fit_comes_by_tcp() {
    let server = Server::start(|asked| {
        let reply = ScriptedReply::to(asked, 0);
        vec![match (asked.kind, asked.by_tcp) {
            (A, false) => reply.a(&HERE, 99).bit(2, 2),
            (A, true) => (0..1000u16).fold(reply, |reply, number| {
                let [high, low] = number.to_be_bytes();
                reply.record(0, &HERE, A, &[198, 51, high, low])
            }),
            _ => reply,
        }]
    });
    let found = find("many.example", &[&server]).unwrap();
    assert_eq!(found.len(), 1000);
    assert_eq!(found[999], "198.51.3.231");
    // `use-vc` asks so from the start.
    let by_tcp = ResolverSettings {
        transport: Transport::Tcp,
        ..settings(&[Server::start(plain).address])
    };
    let found = query_all("a.example", &by_tcp, within(20)).unwrap();
    assert_eq!(texts(&found), ["192.0.2.1", "2001::1"]);
}

#[test]
fn a1_the_next_server_is_asked_where_one_is_dead_silent_or_failing() {
    let dead = || {
        let gone = UdpSocket::bind("127.0.0.1:0").unwrap();
        gone.local_addr().unwrap()
    };
    let silent = Server::start(|_| Vec::new());
    let good = Server::start(plain);
    let failing = |rcode| Server::start(move |asked| vec![ScriptedReply::to(asked, rcode)]);
    let truncated_and_no_tcp = UdpSocket::bind("127.0.0.1:0").unwrap();
    let cut = truncated_and_no_tcp.local_addr().unwrap();
    thread::spawn(move || {
        let mut buffer = [0; 1500];
        while let Ok((length, from)) = truncated_and_no_tcp.recv_from(&mut buffer) {
            let reply = ScriptedReply::to(&asked(&buffer[..length], false), 0).bit(2, 2);
            truncated_and_no_tcp.send_to(&reply.0, from).unwrap();
        }
    });
    let (servfail, refused, odd) = (failing(SERVFAIL), failing(REFUSED), failing(11));
    for first in [
        dead(),
        silent.address,
        servfail.address,
        refused.address,
        odd.address,
        cut,
    ] {
        let servers = settings(&[first, good.address]);
        let begin = Instant::now();
        let found = query_all("a.example", &servers, within(8)).unwrap();
        assert_eq!(texts(&found), ["192.0.2.1", "2001::1"]);
        assert!(begin.elapsed() < Duration::from_secs(7));
    }
    // Nobody knows, which is not that there is no such name.
    for bad in [dead(), servfail.address, refused.address, cut] {
        let missed = query_all("a.example", &settings(&[bad]), within(20));
        assert_eq!(missed, Err(LookupError::NoReply));
    }
    let begin = Instant::now();
    let late = query_all(
        "a.example",
        &settings(&[silent.address]),
        begin + Duration::from_millis(300),
    );
    assert_eq!(late, Err(LookupError::Timeout));
    assert!(begin.elapsed() < Duration::from_secs(4));
    assert!(
        silent
            .asked()
            .iter()
            .filter(|line| line.contains(" 1 "))
            .count()
            >= 2
    );
}

#[test]
fn a1_a_server_that_answers_for_one_family_only_is_enough() {
    for answered in [A, AAAA] {
        for rcode in [None, Some(SERVFAIL), Some(4)] {
            let server = Server::start(move |asked| match rcode {
                _ if asked.kind == answered => plain(asked),
                Some(rcode) => vec![ScriptedReply::to(asked, rcode)],
                None => Vec::new(),
            });
            assert_eq!(find("a.example", &[&server]).unwrap().len(), 1);
        }
    }
}

#[test]
fn s6_answers_to_another_question_or_with_another_number_are_passed_over() {
    let server = Server::start(|asked| {
        let mut honest = plain(asked);
        let evil = match asked.kind {
            A => ScriptedReply::to(asked, 0).a(&HERE, 66),
            _ => ScriptedReply::to(asked, 0).aaaa(&HERE, 66),
        };
        let other_name = Asked {
            bytes: [
                &asked.bytes[..12],
                &wire("b.example")[..],
                &asked.bytes[asked.bytes.len() - 4..],
            ]
            .concat(),
            name: String::new(),
            kind: asked.kind,
            by_tcp: false,
        };
        let mut replies = vec![
            evil.clone().bit(0, 1),
            evil.clone().bit(1, 0x80),
            // A question, not an answer.
            evil.clone().bit(2, 0x80),
            ScriptedReply::to(&other_name, 0).a(&wire("a.example"), 66),
            // No question, another type, another class.
            ScriptedReply(
                asked.bytes[..2]
                    .iter()
                    .copied()
                    .chain([0x81, 0x80, 0, 0, 0, 0, 0, 0, 0, 0])
                    .collect(),
            ),
            evil.clone().bit(asked.bytes.len() - 3, 0x10),
            evil.bit(asked.bytes.len() - 1, 2),
            ScriptedReply(Vec::new()),
            ScriptedReply(vec![0; 11]),
            ScriptedReply(asked.bytes.clone()),
        ];
        replies.append(&mut honest);
        replies
    });
    assert_eq!(
        find("a.example", &[&server]).unwrap(),
        ["192.0.2.1", "2001::1"]
    );
    // And from another address they do not arrive at all.
    let other = UdpSocket::bind("127.0.0.2:0").unwrap();
    let stray = Server::start(move |asked| {
        let port = asked.bytes.len();
        assert!(port > 0);
        let mut replies = plain(asked);
        drop(other.send_to(&ScriptedReply::to(asked, 0).a(&HERE, 66).0, "127.0.0.1:9"));
        replies.truncate(1);
        replies
    });
    assert_eq!(find("a.example", &[&stray]).unwrap()[0], "192.0.2.1");
}

#[test]
fn s6_numbers_and_ports_of_questions_are_not_to_be_guessed() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let numbers = Arc::clone(&seen);
    let server = Server::start(move |asked| {
        numbers.lock().unwrap().push(asked.bytes[..2].to_vec());
        plain(asked)
    });
    for _ in 0..20 {
        find("a.example", &[&server]).unwrap();
    }
    let mut numbers = seen.lock().unwrap().clone();
    let count = numbers.len();
    numbers.sort();
    numbers.dedup();
    assert!(numbers.len() > count - 5, "{numbers:?}");
}

#[test]
fn s7_broken_answers_are_no_answers() {
    let broken: [fn(&Asked) -> ScriptedReply; 6] = [
        // A name that points at itself, and one that points past the end.
        |asked| {
            let here = u8::try_from(asked.bytes.len()).unwrap();
            ScriptedReply::to(asked, 0).record(0, &[0xc0, here], A, &[1, 2, 3, 4])
        },
        |asked| ScriptedReply::to(asked, 0).record(0, &[0xff, 0xff], A, &[1, 2, 3, 4]),
        // An address of three bytes, and one of five.
        |asked| ScriptedReply::to(asked, 0).record(0, &HERE, asked.kind, &[1, 2, 3]),
        |asked| ScriptedReply::to(asked, 0).record(0, &HERE, asked.kind, &[1, 2, 3, 4, 5]),
        // More records announced than there are.
        |asked| {
            let mut reply = ScriptedReply::to(asked, 0);
            reply.0[7] = 200;
            reply
        },
        |asked| ScriptedReply::to(asked, 0).record(0, &HERE, CNAME, &[0xc0]),
    ];
    for reply in broken {
        let server = Server::start(move |asked| vec![reply(asked)]);
        let missed = find("a.example", &[&server]);
        assert!(
            matches!(missed, Err(LookupError::NoReply | LookupError::NotFound)),
            "{missed:?}"
        );
    }
}

#[test]
fn a1_names_are_completed_as_the_c_library_does() {
    let read = |text: &str| ResolverSettings::parse(text, || Some("own.example".to_owned()));
    let short = "search one.example two.example\n";
    for (text, name, expected) in [
        (
            short,
            "www",
            &["www.one.example", "www.two.example", "www"][..],
        ),
        (short, "a.b", &["a.b", "a.b.one.example", "a.b.two.example"]),
        (short, "a.b.", &["a.b"]),
        (
            "search one.example\noptions ndots:2",
            "a.b",
            &["a.b.one.example", "a.b"],
        ),
        (
            "search one.example\noptions ndots:0",
            "www",
            &["www", "www.one.example"],
        ),
        (
            "search one.example\ndomain two.example",
            "www",
            &["www.two.example", "www"],
        ),
        (
            "domain two.example\nsearch one.example",
            "www",
            &["www.one.example", "www"],
        ),
        ("search .", "www", &["www"]),
        ("", "www", &["www.own.example", "www"]),
    ] {
        assert_eq!(read(text).candidates(name), expected, "{text:?} {name}");
    }
    let server = Server::start(|asked| match asked.name.as_str() {
        "www.two.example" => plain(asked),
        _ => vec![ScriptedReply::to(asked, NXDOMAIN)],
    });
    let search = ResolverSettings {
        search: vec!["one.example".to_owned(), "two.example".to_owned()],
        ..settings(&[server.address])
    };
    assert!(query_all("www", &search, within(20)).is_ok());
    let missed = query_all("www.", &search, within(20));
    assert_eq!(missed, Err(LookupError::NotFound));
    // Where nobody knows of the name that is meant, another does not stand for it.
    let failing = Server::start(|asked| match asked.name.as_str() {
        "a.b.one.example" => plain(asked),
        _ => vec![ScriptedReply::to(asked, SERVFAIL)],
    });
    let search = ResolverSettings {
        search: vec!["one.example".to_owned()],
        ..settings(&[failing.address])
    };
    let missed = query_all("a.b", &search, within(20));
    assert_eq!(missed, Err(LookupError::NoReply));
}
