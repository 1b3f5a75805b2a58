//! The addresses of this machine's interfaces.
//!
//! They come from the kernel through a netlink socket, which needs neither `/proc` nor the C library. If the host forbids
//! that, only the addresses that outgoing connections would have are known.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::time::Duration;

use rustix::net::sockopt::{Timeout, set_socket_timeout};
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketType, recv, send, socket};

/// Every address of every interface.
pub(super) fn addresses() -> Vec<IpAddr> {
    match from_kernel() {
        Ok(found) if !found.is_empty() => found,
        _ => source_addresses(),
    }
}

// `linux/netlink.h` and `linux/rtnetlink.h`.
const NLMSG_ERROR: u16 = 2;
const NLMSG_DONE: u16 = 3;
const RTM_NEWADDR: u16 = 20;
const RTM_GETADDR: u16 = 22;
const NLM_F_REQUEST_DUMP: u16 = 0x301;
const IFA_ADDRESS: u16 = 1;
const IFA_LOCAL: u16 = 2;
/// The length of `struct nlmsghdr`.
const HEADER: usize = 16;
/// The length of `struct ifaddrmsg`.
const ADDRESS_HEADER: usize = 8;
/// Limit of messages read, so that the loop ends.
const MAX_READS: usize = 1000;

fn from_kernel() -> io::Result<Vec<IpAddr>> {
    // Protocol 0 is NETLINK_ROUTE.
    let socket = socket(AddressFamily::NETLINK, SocketType::RAW, None)?;
    set_socket_timeout(&socket, Timeout::Recv, Some(Duration::from_secs(1)))?;
    let length = u32::try_from(HEADER + ADDRESS_HEADER).unwrap_or_default();
    let mut request = Vec::new();
    request.extend(length.to_ne_bytes());
    request.extend(RTM_GETADDR.to_ne_bytes());
    request.extend(NLM_F_REQUEST_DUMP.to_ne_bytes());
    // Sequence number and sender, which may be zero, and the family: all.
    request.resize(HEADER + ADDRESS_HEADER, 0);
    send(&socket, &request, SendFlags::empty())?;
    let mut found = Vec::new();
    let mut buffer = vec![0; 64 * 1024];
    for _ in 0..MAX_READS {
        let (length, _) = recv(&socket, &mut buffer[..], RecvFlags::empty())?;
        let mut rest = buffer.get(..length).unwrap_or_default();
        while let Some((kind, message, behind)) = message(rest) {
            match kind {
                NLMSG_DONE => return Ok(found),
                NLMSG_ERROR => return Err(io::Error::other("netlink refuses")),
                RTM_NEWADDR => found.extend(address(message)),
                _ => {}
            }
            rest = behind;
        }
    }
    Ok(found)
}

/// The first message: its type, its payload, and the rest of the bytes.
fn message(bytes: &[u8]) -> Option<(u16, &[u8], &[u8])> {
    let length = usize::try_from(u32::from_ne_bytes(*bytes.first_chunk()?)).ok()?;
    let kind = u16::from_ne_bytes(*bytes.get(4..)?.first_chunk()?);
    let behind = bytes.get(length.next_multiple_of(4)..).unwrap_or_default();
    Some((kind, bytes.get(HEADER..length)?, behind))
}

/// The interface's own address, not that of the peer of a point-to-point link.
fn address(message: &[u8]) -> Option<IpAddr> {
    let mut rest = message.get(ADDRESS_HEADER..)?;
    let mut found = None;
    while let Some(head) = rest.first_chunk::<4>() {
        let [a, b, c, d] = *head;
        let length = usize::from(u16::from_ne_bytes([a, b]));
        let kind = u16::from_ne_bytes([c, d]);
        let address = rest.get(4..length).and_then(ip);
        if kind == IFA_LOCAL || (kind == IFA_ADDRESS && found.is_none()) {
            found = address.or(found);
        }
        rest = rest
            .get(length.next_multiple_of(4).max(4)..)
            .unwrap_or_default();
    }
    found
}

fn ip(bytes: &[u8]) -> Option<IpAddr> {
    let v4 = <[u8; 4]>::try_from(bytes).map(IpAddr::from).ok();
    v4.or_else(|| <[u8; 16]>::try_from(bytes).map(IpAddr::from).ok())
}

/// The source addresses that outgoing packets would have. No packet is sent.
fn source_addresses() -> Vec<IpAddr> {
    let outside: [(SocketAddr, SocketAddr); 2] = [
        (
            (Ipv4Addr::UNSPECIFIED, 0).into(),
            (Ipv4Addr::new(192, 0, 2, 1), 9).into(),
        ),
        (
            (Ipv6Addr::UNSPECIFIED, 0).into(),
            (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1), 9).into(),
        ),
    ];
    let from = |(any, outside): (SocketAddr, SocketAddr)| {
        let socket = UdpSocket::bind(any).ok()?;
        socket.connect(outside).ok()?;
        Some(socket.local_addr().ok()?.ip())
    };
    outside.into_iter().filter_map(from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f11_the_loopback_address_is_among_the_interfaces() {
        let found = from_kernel().unwrap();
        assert!(found.contains(&Ipv4Addr::LOCALHOST.into()), "{found:?}");
        assert_eq!(message(&[]), None);
        assert_eq!(address(&[0; 9]), None);
        // An attribute that says it has no length ends nothing and is no end.
        assert_eq!(address(&[0; 100]), None);
    }
}
