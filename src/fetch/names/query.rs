//! Queries name servers for the addresses of one name.
//!
//! Each query has its own socket, with a random port and connected to the server, so replies from others do not arrive. A
//! reply must repeat the random id and the question of the query; others are ignored. If a server is silent, the next
//! one is queried meanwhile, and the first valid reply counts.

use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, UdpSocket};
use std::time::{Duration, Instant};

use ::domain::base::iana::Rcode;
use ::domain::base::{Message, MessageBuilder, Name, Rtype, ToName};
use ::domain::rdata::{A, Aaaa, Cname, Soa};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use super::settings::{Families, ResolverSettings, ServerOrder, Transport};
use crate::random;

/// Why a name has no address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::fetch) enum LookupError {
    /// The name does not exist, or has no address.
    NotFound,
    /// No name server gave a valid reply.
    NoReply,
    /// No reply came before the deadline.
    Timeout,
    /// The process, or the machine, has too many open files, so that nothing could be looked up.
    Descriptors(Errno),
}

impl LookupError {
    /// The error by which something could not be opened, if it is that of too many open files.
    pub(in crate::fetch) fn of(cause: &io::Error) -> Option<LookupError> {
        let errno = Errno::from_io_error(cause)?;
        matches!(errno, Errno::MFILE | Errno::NFILE).then_some(LookupError::Descriptors(errno))
    }
}

/// The addresses of the full name `name`, IPv4 and IPv6 alternating; never an empty list.
pub(super) fn addresses(
    name: &str,
    settings: &ResolverSettings,
    deadline: Instant,
) -> Result<Vec<IpAddr>, LookupError> {
    let Ok(name) = Name::<Vec<u8>>::vec_from_str(name) else {
        return Err(LookupError::NotFound);
    };
    let mut wanted = vec![FamilyLookup::new(Rtype::A, name.clone())];
    if settings.families == Families::Both {
        wanted.push(FamilyLookup::new(Rtype::AAAA, name));
    }
    let mut resolution = Resolution::new(settings, wanted, deadline);
    resolution.run();
    resolution.result()
}

/// The lookup of one address family.
struct FamilyLookup {
    kind: Rtype,
    /// The name, or its canonical name once known.
    name: Name<Vec<u8>>,
    /// How many replies contained only an alias.
    aliases: usize,
    found: Option<LookupResult>,
}

/// The result from a server.
#[derive(Debug, PartialEq, Eq)]
enum LookupResult {
    /// The addresses; there may be none.
    Addresses(Vec<IpAddr>),
    NoSuchName,
}

/// A query in flight.
struct PendingQuery {
    want: usize,
    server: SocketAddr,
    socket: UdpSocket,
    query: Vec<u8>,
}

/// What a DNS reply contains.
#[derive(Debug, PartialEq, Eq)]
enum DnsReply {
    /// It does not belong to this query.
    Unrelated,
    /// The server failed or refused.
    Failed,
    /// It did not fit.
    Truncated,
    Answer(LookupResult),
    /// An alias without the addresses of its target.
    Alias(Name<Vec<u8>>),
}

struct Resolution<'a> {
    settings: &'a ResolverSettings,
    wanted: Vec<FamilyLookup>,
    pending: Vec<PendingQuery>,
    /// The servers to query, in this order.
    schedule: Vec<SocketAddr>,
    /// How many of them have been queried.
    position: usize,
    /// When the next one is queried.
    next: Instant,
    /// The wait before that.
    wait: Duration,
    deadline: Instant,
    buffer: Vec<u8>,
    /// Why no reply was possible, if that is known.
    fault: Option<LookupError>,
}

/// How long to wait for the other family once one is known.
const GRACE: Duration = Duration::from_millis(500);
const MIN_WAIT: Duration = Duration::from_millis(50);
/// How many replies in a row may contain only an alias.
const MAX_ALIASES: usize = 8;

impl FamilyLookup {
    fn new(kind: Rtype, name: Name<Vec<u8>>) -> FamilyLookup {
        FamilyLookup {
            kind,
            name,
            aliases: 0,
            found: None,
        }
    }
}

impl<'a> Resolution<'a> {
    fn new(
        settings: &'a ResolverSettings,
        wanted: Vec<FamilyLookup>,
        deadline: Instant,
    ) -> Resolution<'a> {
        let mut servers = settings.servers.clone();
        let mut first = [0];
        if settings.order == ServerOrder::Rotated && random::fill(&mut first).is_ok() {
            let count = servers.len().max(1);
            servers.rotate_left(usize::from(first[0]) % count);
        }
        let schedule = servers.repeat(settings.attempts);
        let now = Instant::now();
        let left = deadline.saturating_duration_since(now);
        let shares = u32::try_from(schedule.len())
            .unwrap_or(u32::MAX)
            .saturating_add(1);
        Resolution {
            settings,
            wanted,
            pending: Vec::new(),
            schedule,
            position: 0,
            next: now,
            wait: settings.timeout.min(left / shares).max(MIN_WAIT),
            deadline,
            buffer: vec![0; usize::from(u16::MAX)],
            fault: None,
        }
    }

    /// Sends queries and waits for replies until all is known, no server is left, or the time is up.
    fn run(&mut self) {
        while !self.is_over() {
            let now = Instant::now();
            if now >= self.deadline {
                return;
            }
            if now >= self.next && self.position < self.schedule.len() {
                self.query_next(now);
                continue;
            }
            if self.pending.is_empty() {
                if self.position >= self.schedule.len() {
                    return;
                }
                self.next = now;
                continue;
            }
            self.wait_for_replies(now);
        }
    }

    fn is_over(&self) -> bool {
        // Servers without IPv6 support reply NXDOMAIN to AAAA (RFC 4074, 4.2), so that ends the lookup of one family only.
        self.wanted.iter().all(|want| want.found.is_some())
    }

    /// The result.
    fn result(self) -> Result<Vec<IpAddr>, LookupError> {
        let is_complete = self.is_over();
        let fault = self.fault;
        let mut families: Vec<_> = self
            .wanted
            .into_iter()
            .filter_map(|want| match want.found {
                Some(LookupResult::Addresses(addresses)) => Some(addresses.into_iter()),
                Some(LookupResult::NoSuchName) | None => None,
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
            (true, true) => Err(LookupError::NotFound),
            (true, false) => Err(fault.unwrap_or(LookupError::NoReply)),
        }
    }

    /// Queries the next server for the families that are not known yet.
    fn query_next(&mut self, now: Instant) {
        let Some(&server) = self.schedule.get(self.position) else {
            return;
        };
        self.position += 1;
        self.next = now + self.wait;
        for want in 0..self.wanted.len() {
            self.query(want, server);
        }
    }

    fn query(&mut self, want: usize, server: SocketAddr) {
        let open = self.wanted.get(want).filter(|want| want.found.is_none());
        let Some(query) = open.and_then(|want| build_query(&want.name, want.kind)) else {
            return;
        };
        match self.settings.transport {
            Transport::Udp => match send(server, &query) {
                Ok(socket) => self.pending.push(PendingQuery {
                    want,
                    server,
                    socket,
                    query,
                }),
                Err(cause) => self.fault = LookupError::of(&cause).or(self.fault),
            },
            Transport::Tcp => self.query_by_tcp(want, server, &query),
        }
    }

    /// Waits for replies, until the next server is due.
    fn wait_for_replies(&mut self, now: Instant) {
        let mut until = self.deadline;
        if self.position < self.schedule.len() {
            until = until.min(self.next);
        }
        let mut polled: Vec<_> = self
            .pending
            .iter()
            .map(|query| PollFd::new(&query.socket, PollFlags::IN))
            .collect();
        let left = until.saturating_duration_since(now);
        let left = Timespec::try_from(left + Duration::from_millis(1)).ok();
        // After an interrupted call the loop comes here again.
        let is_any = poll(&mut polled, left.as_ref()).is_ok_and(|ready| ready > 0);
        let ready: Vec<bool> = polled.iter().map(|fd| !fd.revents().is_empty()).collect();
        if is_any {
            // Backwards, because removing one shifts those after it.
            for number in (0..ready.len()).rev() {
                if ready.get(number) == Some(&true) {
                    self.receive(number);
                }
            }
        }
    }

    /// Receives the reply to one query.
    fn receive(&mut self, number: usize) {
        let Some(query) = self.pending.get(number) else {
            return;
        };
        let reply = match query.socket.recv(&mut self.buffer) {
            Ok(length) => self
                .buffer
                .get(..length)
                .map_or(DnsReply::Unrelated, |bytes| {
                    parse_reply(bytes, &query.query)
                }),
            Err(cause) => match cause.kind() {
                io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted => DnsReply::Unrelated,
                _ => DnsReply::Failed,
            },
        };
        if reply == DnsReply::Unrelated {
            return;
        }
        let query = self.pending.remove(number);
        if reply == DnsReply::Truncated {
            self.query_by_tcp(query.want, query.server, &query.query);
        } else {
            self.record_reply(query.want, query.server, reply);
        }
    }

    fn query_by_tcp(&mut self, want: usize, server: SocketAddr, query: &[u8]) {
        let until = self.deadline.min(Instant::now() + self.wait);
        let reply = match exchange_by_tcp(server, query, until) {
            Ok(answer) => parse_reply(&answer, query),
            Err(cause) => {
                self.fault = LookupError::of(&cause).or(self.fault);
                DnsReply::Failed
            }
        };
        self.record_reply(want, server, reply);
    }

    /// Records a reply.
    fn record_reply(&mut self, number: usize, server: SocketAddr, reply: DnsReply) {
        let is_pending = self.pending.iter().any(|query| query.want == number);
        let Some(want) = self.wanted.get_mut(number) else {
            return;
        };
        if want.found.is_some() {
            return;
        }
        match reply {
            DnsReply::Answer(found) => {
                let has_addresses =
                    matches!(&found, LookupResult::Addresses(list) if !list.is_empty());
                want.found = Some(found);
                self.pending.retain(|query| query.want != number);
                if has_addresses {
                    self.deadline = self.deadline.min(Instant::now() + GRACE);
                }
            }
            DnsReply::Alias(name) if want.aliases < MAX_ALIASES => {
                want.name = name;
                want.aliases += 1;
                self.pending.retain(|query| query.want != number);
                self.query(number, server);
            }
            // A loop of aliases has no addresses.
            DnsReply::Alias(_) => want.found = Some(LookupResult::Addresses(Vec::new())),
            DnsReply::Unrelated | DnsReply::Failed | DnsReply::Truncated => {
                if !is_pending {
                    // No other query is pending: the next server is queried at once.
                    self.next = Instant::now();
                }
            }
        }
    }
}

/// A query message with a random id.
fn build_query(name: &Name<Vec<u8>>, kind: Rtype) -> Option<Vec<u8>> {
    let mut number = [0; 2];
    random::fill(&mut number).ok()?;
    let mut message = MessageBuilder::new_vec();
    message.header_mut().set_id(u16::from_ne_bytes(number));
    message.header_mut().set_rd(true);
    let mut message = message.question();
    message.push((name, kind)).ok()?;
    Some(message.finish())
}

/// Sends a query from a socket that receives only from this server.
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

/// Queries by TCP, where each message is preceded by its length.
fn exchange_by_tcp(server: SocketAddr, query: &[u8], until: Instant) -> io::Result<Vec<u8>> {
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

/// Parses a reply to `query`.
fn parse_reply(answer: &[u8], query: &[u8]) -> DnsReply {
    let (Ok(answer), Ok(query)) = (Message::from_slice(answer), Message::from_slice(query)) else {
        return DnsReply::Unrelated;
    };
    if !answer.is_answer(query) {
        return DnsReply::Unrelated;
    }
    if answer.header().tc() {
        return DnsReply::Truncated;
    }
    match answer.header().rcode() {
        Rcode::NOERROR => parse_records(answer).unwrap_or(DnsReply::Failed),
        Rcode::NXDOMAIN => DnsReply::Answer(LookupResult::NoSuchName),
        _ => DnsReply::Failed,
    }
}

/// The addresses in a reply for the name or its canonical name; `None` if the reply is malformed.
fn parse_records(answer: &Message<[u8]>) -> Option<DnsReply> {
    let question = answer.sole_question().ok()?;
    let Some(name) = answer.canonical_name() else {
        // A loop of aliases.
        return Some(DnsReply::Answer(LookupResult::Addresses(Vec::new())));
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
        return Some(DnsReply::Alias(name.to_vec()));
    }
    Some(DnsReply::Answer(LookupResult::Addresses(addresses)))
}
