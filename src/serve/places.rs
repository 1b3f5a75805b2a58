//! Who is connected, and who has to go when connections run short.
//!
//! Every connection has a place. Places are counted for each *group* of addresses: a /24 or a /48, and each
//! address by itself where it is not public (this machine, a reverse proxy's network). One group of public addresses
//! has a quarter of all places at the most. Where none is left, a newcomer gets that of the connection which has
//! waited longest for its client in the group that has most, so that nobody keeps others out by holding
//! connections open, whatever they do with them. A request that is being answered is never cut off; one that waits for
//! its turn may be.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

/// How long a connection is left alone before one of the same group takes its place.
const GRACE: Duration = Duration::from_secs(1);

/// All places.
#[derive(Debug)]
pub(super) struct Places {
    most: usize,
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    next: u64,
    connections: HashMap<u64, PlacedConnection>,
    /// How many each group has that has any.
    counts: HashMap<IpAddr, usize>,
}

#[derive(Debug)]
struct PlacedConnection {
    group: IpAddr,
    doing: Doing,
    /// Since when its client has been waited for.
    since: Instant,
    close: Arc<Notify>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Doing {
    /// The client is to send a request, or to read an answer; or its request waits for its turn.
    Waiting,
    /// A request is being answered.
    Answering,
}

/// The place of one connection; dropping it gives it back.
#[derive(Debug)]
pub(super) struct ConnectionSlot {
    places: Arc<Places>,
    number: u64,
    close: Arc<Notify>,
    /// Where the client connects from.
    pub(super) address: IpAddr,
}

impl Places {
    pub(super) fn new(most: usize) -> Arc<Places> {
        Arc::new(Places {
            most: most.max(1),
            held: Mutex::default(),
        })
    }

    /// A place for a client at `address`; `None` where nobody can be asked to go for it.
    pub(super) fn take(self: &Arc<Places>, address: IpAddr) -> Option<ConnectionSlot> {
        self.take_at(address, Instant::now())
    }

    fn take_at(self: &Arc<Places>, address: IpAddr, now: Instant) -> Option<ConnectionSlot> {
        let group = group(address);
        let mut held = self.lock();
        let own = held.count(group);
        let victim = if own >= self.most_of(group) {
            Some(held.longest_waiting(group, now.checked_sub(GRACE))?)
        } else if held.connections.len() >= self.most {
            let (largest, count) = held.largest()?;
            // Between groups that have as many, nobody is pushed out at once for somebody else.
            let before = if count > own + 1 {
                Some(now)
            } else {
                now.checked_sub(GRACE)
            };
            Some(held.longest_waiting(largest, before)?)
        } else {
            None
        };
        if let Some(connection) = victim.and_then(|number| held.remove(number)) {
            connection.close.notify_one();
        }
        let number = held.next;
        held.next += 1;
        let close = Arc::new(Notify::new());
        let connection = PlacedConnection {
            group,
            doing: Doing::Waiting,
            since: now,
            close: Arc::clone(&close),
        };
        held.connections.insert(number, connection);
        *held.counts.entry(group).or_default() += 1;
        drop(held);
        Some(ConnectionSlot {
            places: Arc::clone(self),
            number,
            close,
            address,
        })
    }

    /// Closes the connection that has waited longest, where the system has no descriptors left.
    pub(super) fn make_room(&self) {
        let mut held = self.lock();
        let largest = held.largest();
        let victim =
            largest.and_then(|(group, _)| held.longest_waiting(group, Some(Instant::now())));
        if let Some(connection) = victim.and_then(|number| held.remove(number)) {
            connection.close.notify_one();
        }
    }

    fn most_of(&self, group: IpAddr) -> usize {
        if is_public(group) {
            (self.most / 4).max(1)
        } else {
            self.most
        }
    }

    fn lock(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    fn count(&self, group: IpAddr) -> usize {
        self.counts.get(&group).copied().unwrap_or_default()
    }

    /// The group that has most, and how many.
    fn largest(&self) -> Option<(IpAddr, usize)> {
        let counts = self.counts.iter();
        counts
            .max_by_key(|(_, count)| **count)
            .map(|(group, count)| (*group, *count))
    }

    fn remove(&mut self, number: u64) -> Option<PlacedConnection> {
        let connection = self.connections.remove(&number)?;
        if let Some(count) = self.counts.get_mut(&connection.group) {
            *count -= 1;
            if *count == 0 {
                self.counts.remove(&connection.group);
            }
        }
        Some(connection)
    }

    /// The connection of a group that has waited longest, if it has since `before`.
    fn longest_waiting(&self, group: IpAddr, before: Option<Instant>) -> Option<u64> {
        let waiting = self.connections.iter().filter(|(_, connection)| {
            connection.group == group && connection.doing == Doing::Waiting
        });
        let (number, longest) = waiting.min_by_key(|(_, connection)| connection.since)?;
        (longest.since <= before?).then_some(*number)
    }
}

impl ConnectionSlot {
    /// The addresses that share places with its client's, by the first of them.
    pub(super) fn group(&self) -> IpAddr {
        group(self.address)
    }

    /// Says that a request is being answered from now on; false if somebody else has got this place.
    pub(super) fn answering(&self) -> bool {
        self.set(Doing::Answering)
    }

    /// Says that the client is waited for: to read the answer, and to send another request.
    pub(super) fn waiting(&self) {
        self.set(Doing::Waiting);
    }

    /// Whether this connection should end with its answer: three quarters of all places are taken, or more than an
    /// eighth by its group.
    pub(super) fn is_wanted(&self) -> bool {
        let held = self.places.lock();
        let most = self.places.most;
        held.connections.len() * 4 >= most * 3 || held.count(self.group()) * 8 > most
    }

    /// Waits until somebody else gets this place.
    pub(super) async fn taken_away(&self) {
        self.close.notified().await;
    }

    fn set(&self, doing: Doing) -> bool {
        let mut held = self.places.lock();
        let Some(connection) = held.connections.get_mut(&self.number) else {
            return false;
        };
        connection.doing = doing;
        connection.since = Instant::now();
        true
    }
}

impl Drop for ConnectionSlot {
    fn drop(&mut self) {
        self.places.lock().remove(self.number);
    }
}

/// The addresses that share places with this one, by the first of them.
fn group(address: IpAddr) -> IpAddr {
    let address = address.to_canonical();
    if !is_public(address) {
        return address;
    }
    match address {
        IpAddr::V4(address) => Ipv4Addr::from_bits(address.to_bits() & !0 << 8).into(),
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & !0 << 80).into(),
    }
}

/// Whether an address is neither this machine's nor of a network of its own, where reverse proxies are.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => !(address.is_loopback() || address.is_private()),
        IpAddr::V6(address) => !(address.is_loopback() || address.is_unique_local()),
    }
}

/// How long headers, a body, and the last requests at the end may take.
pub(super) const TIME: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn is_open(place: &ConnectionSlot) -> bool {
        place.places.lock().connections.contains_key(&place.number)
    }

    #[test]
    fn s7_a_group_is_a_24_a_48_or_one_address_that_is_not_public() {
        for (one, other, same) in [
            ("203.0.113.1", "203.0.113.254", true),
            ("203.0.113.1", "203.0.112.1", false),
            ("::ffff:203.0.113.1", "203.0.113.9", true),
            ("2001:db8:1::1", "2001:db8:1:ffff::2", true),
            ("2001:db8:1::1", "2001:db8:2::1", false),
            ("127.0.0.1", "127.0.0.2", false),
            ("192.168.1.1", "192.168.1.2", false),
            ("fd00::1", "fd00::2", false),
        ] {
            let alike = group(address(one)) == group(address(other));
            assert_eq!(alike, same, "{one} {other}");
        }
    }

    #[test]
    fn s7_a_newcomer_gets_the_place_that_the_largest_group_has_held_longest() {
        let places = Places::new(8);
        let now = Instant::now();
        let flood: Vec<ConnectionSlot> = (0..8)
            .map(|_| places.take_at(address("127.0.0.1"), now).unwrap())
            .collect();
        assert!(flood[0].answering());
        let honest = places.take_at(address("127.0.0.2"), now).unwrap();
        assert!(is_open(&honest) && is_open(&flood[0]));
        assert_eq!(flood.iter().filter(|place| is_open(place)).count(), 7);
        // One more of the flood's gets one of its own, and only once that has waited.
        assert!(places.take_at(address("127.0.0.1"), now).is_none());
        let later = now + 2 * GRACE;
        let again = places.take_at(address("127.0.0.1"), later).unwrap();
        assert!(is_open(&honest) && is_open(&flood[0]) && is_open(&again));
        assert!(again.is_wanted() && honest.is_wanted());
    }

    #[test]
    fn s7_a_public_group_has_a_quarter_of_all_places() {
        let places = Places::new(8);
        let now = Instant::now();
        let first = places.take_at(address("203.0.113.1"), now).unwrap();
        let second = places.take_at(address("203.0.113.2"), now).unwrap();
        assert!(places.take_at(address("203.0.113.3"), now).is_none());
        let later = now + 2 * GRACE;
        assert!(places.take_at(address("203.0.113.3"), later).is_some());
        assert_eq!(
            [&first, &second]
                .map(is_open)
                .into_iter()
                .filter(|open| *open)
                .count(),
            1
        );
        assert!(places.take_at(address("198.51.100.1"), now).is_some());
    }

    #[test]
    fn s7_where_all_are_being_answered_nobody_is_cut_off() {
        let places = Places::new(2);
        let now = Instant::now();
        let all = [1, 2].map(|_| places.take_at(address("127.0.0.1"), now).unwrap());
        assert!(all.iter().all(ConnectionSlot::answering));
        assert!(
            places
                .take_at(address("127.0.0.2"), now + 9 * GRACE)
                .is_none()
        );
        assert!(all.iter().all(is_open));
        drop(all);
        assert!(places.take_at(address("127.0.0.2"), now).is_some());
    }
}
