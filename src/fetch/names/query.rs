//! Asks name servers for the addresses of one name.
//!
//! Each question goes from a socket of its own, at a port that the system chooses at random, and is connected to the
//! server: nobody else's answers arrive. What does arrive must have the question's random number and the question,
//! else it is passed over and waiting goes on. A server that is silent is not waited for to the end: the next is asked
//! meanwhile, and the first good answer counts.

use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, UdpSocket};
use std::time::{Duration, Instant};

use ::domain::base::iana::Rcode;
use ::domain::base::{Message, MessageBuilder, Name, Rtype, ToName};
use ::domain::rdata::{A, Aaaa, Cname, Soa};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::settings::{Families, ResolverSettings, ServerOrder, Transport};
use crate::random;

/// Why a name has no address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::fetch) enum Miss {
    /// There is no such name, or it has none.
    Unknown,
    /// No name server gave an answer to rely on.
    Unanswered,
    /// None did before the deadline.
    Late,
}

/// The addresses of `name`, which is a full one, IPv4 and IPv6 in turn; never an empty list.
pub(super) fn addresses(
    name: &str,
    settings: &ResolverSettings,
    deadline: Instant,
) -> Result<Vec<IpAddr>, Miss> {
    let Ok(name) = Name::<Vec<u8>>::vec_from_str(name) else {
        return Err(Miss::Unknown);
    };
    let mut wanted = vec![Want::new(Rtype::A, name.clone())];
    if settings.families == Families::Both {
        wanted.push(Want::new(Rtype::AAAA, name));
    }
    let mut asking = Asking::new(settings, wanted, deadline);
    asking.run();
    asking.end()
}

/// Addresses of one family, and what is known of them.
struct Want {
    kind: Rtype,
    /// The name, or the one that it is another name for.
    name: Name<Vec<u8>>,
    /// How often a server named another name and nothing else.
    led_on: usize,
    found: Option<Lookup>,
}

/// What a server said.
#[derive(Debug, PartialEq, Eq)]
enum Lookup {
    /// The addresses; there may be none.
    Addresses(Vec<IpAddr>),
    NoSuchName,
}

/// A question on its way.
struct Flight {
    want: usize,
    server: SocketAddr,
    socket: UdpSocket,
    query: Vec<u8>,
}

/// What an answer is.
#[derive(Debug, PartialEq, Eq)]
enum ReplyKindDns {
    /// None to this question.
    NotOurs,
    /// The server cannot or will not say.
    Failed,
    /// It did not fit.
    Truncated,
    Said(Lookup),
    /// Another name, whose addresses were not told with it.
    LedOn(Name<Vec<u8>>),
}

struct Asking<'a> {
    settings: &'a ResolverSettings,
    wanted: Vec<Want>,
    flights: Vec<Flight>,
    /// Whom to ask, in this order.
    turns: Vec<SocketAddr>,
    /// How many of them have been asked.
    turn: usize,
    /// When the next is asked.
    next: Instant,
    /// How long one is waited for before that.
    wait: Duration,
    deadline: Instant,
    buffer: Vec<u8>,
}

/// What is still waited for once the addresses of one family are there.
const GRACE: Duration = Duration::from_millis(500);
const MIN_WAIT: Duration = Duration::from_millis(50);
/// How many servers in a row may name another name only.
const MAX_LED_ON: usize = 8;

impl Want {
    fn new(kind: Rtype, name: Name<Vec<u8>>) -> Want {
        Want {
            kind,
            name,
            led_on: 0,
            found: None,
        }
    }
}

impl<'a> Asking<'a> {
    fn new(settings: &'a ResolverSettings, wanted: Vec<Want>, deadline: Instant) -> Asking<'a> {
        let mut servers = settings.servers.clone();
        let mut first = [0];
        if settings.order == ServerOrder::Rotated && random::fill(&mut first).is_ok() {
            let count = servers.len().max(1);
            servers.rotate_left(usize::from(first[0]) % count);
        }
        let turns = servers.repeat(settings.attempts);
        let now = Instant::now();
        let left = deadline.saturating_duration_since(now);
        let shares = u32::try_from(turns.len())
            .unwrap_or(u32::MAX)
            .saturating_add(1);
        Asking {
            settings,
            wanted,
            flights: Vec::new(),
            turns,
            turn: 0,
            next: now,
            wait: settings.timeout.min(left / shares).max(MIN_WAIT),
            deadline,
            buffer: vec![0; usize::from(u16::MAX)],
        }
    }

    /// Asks and listens until all is said, nobody is left to ask, or the time is over.
    fn run(&mut self) {
        while !self.is_over() {
            let now = Instant::now();
            if now >= self.deadline {
                return;
            }
            if now >= self.next && self.turn < self.turns.len() {
                self.ask_next(now);
                continue;
            }
            if self.flights.is_empty() {
                if self.turn >= self.turns.len() {
                    return;
                }
                self.next = now;
                continue;
            }
            self.listen(now);
        }
    }

    fn is_over(&self) -> bool {
        // Servers that know nothing of IPv6 say of AAAA that there is no such name (RFC 4074, 4.2): that ends the
        // question for one kind of address only.
        self.wanted.iter().all(|want| want.found.is_some())
    }

    /// What came of it.
    fn end(self) -> Result<Vec<IpAddr>, Miss> {
        let is_complete = self.is_over();
        let mut families: Vec<_> = self
            .wanted
            .into_iter()
            .filter_map(|want| match want.found {
                Some(Lookup::Addresses(addresses)) => Some(addresses.into_iter()),
                Some(Lookup::NoSuchName) | None => None,
            })
            .collect();
        let mut addresses = Vec::new();
        loop {
            let before = addresses.len();
            addresses.extend(families.iter_mut().filter_map(Iterator::next));
            if addresses.len() == before {
                break;
            }
        }
        match (addresses.is_empty(), is_complete) {
            (false, _) => Ok(addresses),
            (true, true) => Err(Miss::Unknown),
            (true, false) => Err(Miss::Unanswered),
        }
    }

    /// Asks the server whose turn it is for all that is not known yet.
    fn ask_next(&mut self, now: Instant) {
        let Some(&server) = self.turns.get(self.turn) else {
            return;
        };
        self.turn += 1;
        self.next = now + self.wait;
        for want in 0..self.wanted.len() {
            self.ask(want, server);
        }
    }

    fn ask(&mut self, want: usize, server: SocketAddr) {
        let open = self.wanted.get(want).filter(|want| want.found.is_none());
        let Some(query) = open.and_then(|want| question(&want.name, want.kind)) else {
            return;
        };
        match self.settings.transport {
            Transport::Udp => {
                if let Ok(socket) = send(server, &query) {
                    self.flights.push(Flight {
                        want,
                        server,
                        socket,
                        query,
                    });
                }
            }
            Transport::Tcp => self.ask_by_tcp(want, server, &query),
        }
    }

    /// Waits for answers, and for the next thing to do.
    fn listen(&mut self, now: Instant) {
        let mut until = self.deadline;
        if self.turn < self.turns.len() {
            until = until.min(self.next);
        }
        let mut polled: Vec<_> = self
            .flights
            .iter()
            .map(|flight| PollFd::new(&flight.socket, PollFlags::IN))
            .collect();
        let left = until.saturating_duration_since(now);
        let left = Timespec::try_from(left + Duration::from_millis(1)).ok();
        // An interrupted call says nothing, and the loop comes here again.
        let is_any = poll(&mut polled, left.as_ref()).is_ok_and(|ready| ready > 0);
        let ready: Vec<bool> = polled.iter().map(|fd| !fd.revents().is_empty()).collect();
        if is_any {
            // From behind, so that those that are taken out leave the others where they are.
            for number in (0..ready.len()).rev() {
                if ready.get(number) == Some(&true) {
                    self.take(number);
                }
            }
        }
    }

    /// Takes what arrived for one question.
    fn take(&mut self, number: usize) {
        let Some(flight) = self.flights.get(number) else {
            return;
        };
        let reading = match flight.socket.recv(&mut self.buffer) {
            Ok(length) => self
                .buffer
                .get(..length)
                .map_or(ReplyKindDns::NotOurs, |bytes| read(bytes, &flight.query)),
            Err(cause) => match cause.kind() {
                io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted => ReplyKindDns::NotOurs,
                _ => ReplyKindDns::Failed,
            },
        };
        if reading == ReplyKindDns::NotOurs {
            return;
        }
        let flight = self.flights.remove(number);
        if reading == ReplyKindDns::Truncated {
            self.ask_by_tcp(flight.want, flight.server, &flight.query);
        } else {
            self.note(flight.want, flight.server, reading);
        }
    }

    fn ask_by_tcp(&mut self, want: usize, server: SocketAddr, query: &[u8]) {
        let until = self.deadline.min(Instant::now() + self.wait);
        let reading = match by_tcp(server, query, until) {
            Ok(answer) => read(&answer, query),
            Err(_) => ReplyKindDns::Failed,
        };
        self.note(want, server, reading);
    }

    /// Keeps what a server said.
    fn note(&mut self, number: usize, server: SocketAddr, reading: ReplyKindDns) {
        let is_waited_for = self.flights.iter().any(|flight| flight.want == number);
        let Some(want) = self.wanted.get_mut(number) else {
            return;
        };
        if want.found.is_some() {
            return;
        }
        match reading {
            ReplyKindDns::Said(found) => {
                let has_addresses = matches!(&found, Lookup::Addresses(list) if !list.is_empty());
                want.found = Some(found);
                self.flights.retain(|flight| flight.want != number);
                if has_addresses {
                    self.deadline = self.deadline.min(Instant::now() + GRACE);
                }
            }
            ReplyKindDns::LedOn(name) if want.led_on < MAX_LED_ON => {
                want.name = name;
                want.led_on += 1;
                self.flights.retain(|flight| flight.want != number);
                self.ask(number, server);
            }
            // A circle of names has no addresses.
            ReplyKindDns::LedOn(_) => want.found = Some(Lookup::Addresses(Vec::new())),
            ReplyKindDns::NotOurs | ReplyKindDns::Failed | ReplyKindDns::Truncated => {
                if !is_waited_for {
                    // Nobody is left who may answer: the next one is asked at once.
                    self.next = Instant::now();
                }
            }
        }
    }
}

/// A question with a random number.
fn question(name: &Name<Vec<u8>>, kind: Rtype) -> Option<Vec<u8>> {
    let mut number = [0; 2];
    random::fill(&mut number).ok()?;
    let mut message = MessageBuilder::new_vec();
    message.header_mut().set_id(u16::from_ne_bytes(number));
    message.header_mut().set_rd(true);
    let mut message = message.question();
    message.push((name, kind)).ok()?;
    Some(message.finish())
}

/// Sends a question from a socket that takes answers from this server only.
fn send(server: SocketAddr, query: &[u8]) -> io::Result<UdpSocket> {
    let any: SocketAddr = if server.is_ipv4() {
        (Ipv4Addr::UNSPECIFIED, 0).into()
    } else {
        (Ipv6Addr::UNSPECIFIED, 0).into()
    };
    let socket = UdpSocket::bind(any)?;
    socket.connect(server)?;
    socket.set_nonblocking(true)?;
    socket.send(query)?;
    Ok(socket)
}

/// Asks by TCP, where a message stands behind its length.
fn by_tcp(server: SocketAddr, query: &[u8], until: Instant) -> io::Result<Vec<u8>> {
    let late = || io::Error::from(io::ErrorKind::TimedOut);
    let left = || {
        let left = until.saturating_duration_since(Instant::now());
        (!left.is_zero()).then_some(left).ok_or_else(late)
    };
    let mut stream = TcpStream::connect_timeout(&server, left()?)?;
    let length = u16::try_from(query.len()).map_err(|_| late())?;
    stream.set_write_timeout(Some(left()?))?;
    stream.write_all(&[&length.to_be_bytes()[..], query].concat())?;
    let mut answer = Vec::new();
    let mut part = [0; 4096];
    loop {
        if let [high, low, rest @ ..] = &answer[..] {
            let length = usize::from(u16::from_be_bytes([*high, *low]));
            if let Some(message) = rest.get(..length) {
                return Ok(message.to_vec());
            }
        }
        stream.set_read_timeout(Some(left()?))?;
        match stream.read(&mut part) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(length) => answer.extend(part.iter().take(length)),
            Err(cause) if cause.kind() == io::ErrorKind::Interrupted => {}
            Err(cause) => return Err(cause),
        }
    }
}

/// Reads an answer to `query`.
fn read(answer: &[u8], query: &[u8]) -> ReplyKindDns {
    let (Ok(answer), Ok(query)) = (Message::from_slice(answer), Message::from_slice(query)) else {
        return ReplyKindDns::NotOurs;
    };
    if !answer.is_answer(query) {
        return ReplyKindDns::NotOurs;
    }
    if answer.header().tc() {
        return ReplyKindDns::Truncated;
    }
    match answer.header().rcode() {
        Rcode::NOERROR => read_records(answer).unwrap_or(ReplyKindDns::Failed),
        Rcode::NXDOMAIN => ReplyKindDns::Said(Lookup::NoSuchName),
        _ => ReplyKindDns::Failed,
    }
}

/// The addresses that an answer has for the name, or for what it is another name for; `None` if it cannot be read.
fn read_records(answer: &Message<[u8]>) -> Option<ReplyKindDns> {
    let question = answer.sole_question().ok()?;
    let Some(name) = answer.canonical_name() else {
        // A circle of names.
        return Some(ReplyKindDns::Said(Lookup::Addresses(Vec::new())));
    };
    let section = answer.answer().ok()?;
    let mut addresses = Vec::new();
    let mut add = |is_own: bool, address: IpAddr| {
        if is_own && !addresses.contains(&address) {
            addresses.push(address);
        }
    };
    if question.qtype() == Rtype::A {
        for record in section.limit_to_in::<A>() {
            let record = record.ok()?;
            add(*record.owner() == name, record.data().addr().into());
        }
    } else {
        for record in section.limit_to_in::<Aaaa>() {
            let record = record.ok()?;
            add(*record.owner() == name, record.data().addr().into());
        }
    }
    let is_alias = name != *question.qname()
        && answer
            .answer()
            .ok()?
            .limit_to::<Cname<_>>()
            .next()
            .is_some();
    let is_final = || {
        let authority = answer.authority().ok();
        authority.is_some_and(|section| section.limit_to::<Soa<_>>().next().is_some())
    };
    if addresses.is_empty() && is_alias && !is_final() {
        return Some(ReplyKindDns::LedOn(name.to_vec()));
    }
    Some(ReplyKindDns::Said(Lookup::Addresses(addresses)))
}
