//! The slots of connections, and which connection is closed when slots run out.
//!
//! Every connection has a slot. Slots are counted for each *group* of addresses: a /24 or a /48, or a single
//! address if it is not public (this machine, a reverse proxy's network). A group of public addresses has at most a
//! quarter of all slots. If none is free, a new client gets the slot of the connection that has waited longest for its
//! client in the largest group, so that nobody can keep others out by holding connections open. A request that is being
//! handled is never cut off; one that waits for a thread may be.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

/// How long a connection keeps its slot before another of the same group may take it.
const GRACE: Duration = Duration::from_secs(1);

/// All slots.
#[derive(Debug)]
pub(super) struct ConnectionSlots {
    most: usize,
    open: Mutex<OpenConnections>,
}

#[derive(Debug, Default)]
struct OpenConnections {
    next: u64,
    connections: HashMap<u64, OpenConnection>,
    /// The number of connections of each group.
    counts: HashMap<IpAddr, usize>,
}

#[derive(Debug)]
struct OpenConnection {
    group: IpAddr,
    activity: Activity,
    /// Since when it has been waiting for its client.
    since: Instant,
    close: Arc<Notify>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Activity {
    /// The client is to send a request or read a response, or its request waits for a thread.
    Waiting,
    /// A request is being handled.
    Answering,
}

/// The slot of one connection; dropping it frees the slot.
#[derive(Debug)]
pub(super) struct ConnectionSlot {
    slots: Arc<ConnectionSlots>,
    number: u64,
    close: Arc<Notify>,
    /// The client's address.
    pub(super) address: IpAddr,
}

impl ConnectionSlots {
    pub(super) fn new(most: usize) -> Arc<ConnectionSlots> {
        Arc::new(ConnectionSlots {
            most: most.max(1),
            open: Mutex::default(),
        })
    }

    /// A slot for a client at `address`; `None` if no connection can be closed for it.
    pub(super) fn acquire(self: &Arc<ConnectionSlots>, address: IpAddr) -> Option<ConnectionSlot> {
        self.acquire_at(address, Instant::now())
    }

    fn acquire_at(
        self: &Arc<ConnectionSlots>,
        address: IpAddr,
        now: Instant,
    ) -> Option<ConnectionSlot> {
        let group = group(address);
        let mut open = self.lock();
        let own = open.count(group);
        let victim = if own >= self.group_limit(group) {
            Some(open.longest_waiting(group, now.checked_sub(GRACE))?)
        } else if open.connections.len() >= self.most {
            let (largest, count) = open.largest()?;
            // Between groups of about the same size, a connection keeps its slot for the grace period.
            let before = if count > own + 1 {
                Some(now)
            } else {
                now.checked_sub(GRACE)
            };
            Some(open.longest_waiting(largest, before)?)
        } else {
            None
        };
        if let Some(connection) = victim.and_then(|number| open.remove(number)) {
            connection.close.notify_one();
        }
        let number = open.next;
        open.next += 1;
        let close = Arc::new(Notify::new());
        let connection = OpenConnection {
            group,
            activity: Activity::Waiting,
            since: now,
            close: Arc::clone(&close),
        };
        open.connections.insert(number, connection);
        *open.counts.entry(group).or_default() += 1;
        drop(open);
        Some(ConnectionSlot {
            slots: Arc::clone(self),
            number,
            close,
            address,
        })
    }

    /// Closes the connection that has waited longest, when the system is out of descriptors.
    pub(super) fn free_one(&self) {
        let mut open = self.lock();
        let largest = open.largest();
        let victim =
            largest.and_then(|(group, _)| open.longest_waiting(group, Some(Instant::now())));
        if let Some(connection) = victim.and_then(|number| open.remove(number)) {
            connection.close.notify_one();
        }
    }

    fn group_limit(&self, group: IpAddr) -> usize {
        if is_public(group) {
            (self.most / 4).max(1)
        } else {
            self.most
        }
    }

    fn lock(&self) -> MutexGuard<'_, OpenConnections> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl OpenConnections {
    fn count(&self, group: IpAddr) -> usize {
        self.counts.get(&group).copied().unwrap_or_default()
    }

    /// The largest group, and its number of connections.
    fn largest(&self) -> Option<(IpAddr, usize)> {
        let counts = self.counts.iter();
        counts
            .max_by_key(|(_, count)| **count)
            .map(|(group, count)| (*group, *count))
    }

    fn remove(&mut self, number: u64) -> Option<OpenConnection> {
        let connection = self.connections.remove(&number)?;
        if let Some(count) = self.counts.get_mut(&connection.group) {
            *count -= 1;
            if *count == 0 {
                self.counts.remove(&connection.group);
            }
        }
        Some(connection)
    }

    /// The connection of a group that has waited longest, if it has waited since `before`.
    fn longest_waiting(&self, group: IpAddr, before: Option<Instant>) -> Option<u64> {
        let waiting = self.connections.iter().filter(|(_, connection)| {
            connection.group == group && connection.activity == Activity::Waiting
        });
        let (number, longest) = waiting.min_by_key(|(_, connection)| connection.since)?;
        (longest.since <= before?).then_some(*number)
    }
}

impl ConnectionSlot {
    /// The group of its client's address, as its first address.
    pub(super) fn group(&self) -> IpAddr {
        group(self.address)
    }

    /// Records that a request is being handled; false if the slot was given to another connection.
    pub(super) fn set_answering(&self) -> bool {
        self.set(Activity::Answering)
    }

    /// Records that the connection waits for its client.
    pub(super) fn set_waiting(&self) {
        self.set(Activity::Waiting);
    }

    /// Whether to close this connection after its response: three quarters of all slots are used, or more than an eighth
    /// by its group.
    pub(super) fn should_close(&self) -> bool {
        let open = self.slots.lock();
        let most = self.slots.most;
        open.connections.len() * 4 >= most * 3 || open.count(self.group()) * 8 > most
    }

    /// Waits until the slot is given to another connection.
    pub(super) async fn revoked(&self) {
        self.close.notified().await;
    }

    fn set(&self, activity: Activity) -> bool {
        let mut open = self.slots.lock();
        let Some(connection) = open.connections.get_mut(&self.number) else {
            return false;
        };
        connection.activity = activity;
        connection.since = Instant::now();
        true
    }
}

impl Drop for ConnectionSlot {
    fn drop(&mut self) {
        self.slots.lock().remove(self.number);
    }
}

/// The group of an address, as its first address.
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

/// Whether an address is neither of this machine nor of a private network, where reverse proxies are.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => !(address.is_loopback() || address.is_private()),
        IpAddr::V6(address) => !(address.is_loopback() || address.is_unique_local()),
    }
}

/// How long a head, a body, and the requests in progress at the end may take.
pub(super) const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn is_open(slot: &ConnectionSlot) -> bool {
        slot.slots.lock().connections.contains_key(&slot.number)
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
    fn s7_a_new_client_gets_the_slot_that_the_largest_group_has_held_longest() {
        let slots = ConnectionSlots::new(8);
        let now = Instant::now();
        let flood: Vec<ConnectionSlot> = (0..8)
            .map(|_| slots.acquire_at(address("127.0.0.1"), now).unwrap())
            .collect();
        assert!(flood[0].set_answering());
        let honest = slots.acquire_at(address("127.0.0.2"), now).unwrap();
        assert!(is_open(&honest) && is_open(&flood[0]));
        assert_eq!(flood.iter().filter(|slot| is_open(slot)).count(), 7);
        // Another connection of the flood gets a slot of the flood only after the grace period.
        assert!(slots.acquire_at(address("127.0.0.1"), now).is_none());
        let later = now + 2 * GRACE;
        let again = slots.acquire_at(address("127.0.0.1"), later).unwrap();
        assert!(is_open(&honest) && is_open(&flood[0]) && is_open(&again));
        assert!(again.should_close() && honest.should_close());
    }

    #[test]
    fn s7_a_public_group_has_a_quarter_of_all_slots() {
        let slots = ConnectionSlots::new(8);
        let now = Instant::now();
        let first = slots.acquire_at(address("203.0.113.1"), now).unwrap();
        let second = slots.acquire_at(address("203.0.113.2"), now).unwrap();
        assert!(slots.acquire_at(address("203.0.113.3"), now).is_none());
        let later = now + 2 * GRACE;
        assert!(slots.acquire_at(address("203.0.113.3"), later).is_some());
        assert_eq!(
            [&first, &second]
                .map(is_open)
                .into_iter()
                .filter(|open| *open)
                .count(),
            1
        );
        assert!(slots.acquire_at(address("198.51.100.1"), now).is_some());
    }

    #[test]
    fn s7_only_a_group_that_is_not_public_may_have_all_slots() {
        let slots = ConnectionSlots::new(8);
        for (text, most) in [
            ("127.0.0.1", 8),
            ("127.1.2.3", 8),
            ("10.0.0.1", 8),
            ("172.16.0.1", 8),
            ("192.168.1.1", 8),
            ("::ffff:127.0.0.1", 8),
            ("::1", 8),
            ("fd00::1", 8),
            ("203.0.113.1", 2),
            ("::ffff:203.0.113.1", 2),
            ("172.32.0.1", 2),
            ("100.64.0.1", 2),
            ("2001:db8::1", 2),
        ] {
            assert_eq!(slots.group_limit(group(address(text))), most, "{text}");
        }
    }

    #[test]
    fn s7_while_all_requests_are_being_handled_none_is_cut_off() {
        let slots = ConnectionSlots::new(2);
        let now = Instant::now();
        let all = [1, 2].map(|_| slots.acquire_at(address("127.0.0.1"), now).unwrap());
        assert!(all.iter().all(ConnectionSlot::set_answering));
        assert!(
            slots
                .acquire_at(address("127.0.0.2"), now + 9 * GRACE)
                .is_none()
        );
        assert!(all.iter().all(is_open));
        drop(all);
        assert!(slots.acquire_at(address("127.0.0.2"), now).is_some());
    }
}
