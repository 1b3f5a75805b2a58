//! Names to addresses, through the guard.
//!
//! The client dials exactly the addresses that this hook returns, and calls it for every request,
//! names and literal addresses alike: what was checked is what is dialled, so a name cannot be
//! checked with one address and dialled with another.

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use ureq::config::Config;
use ureq::http::Uri;
use ureq::http::uri::Scheme;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

use super::guard::{self, Reach};

/// The client's resolver: looks up, and lets through what [`guard`] lets through.
#[derive(Debug)]
pub(super) struct Guarded {
    /// How far the addresses may lie.
    pub(super) reach: Reach,
}

/// The error that says which address was refused; it travels through the client as a cause.
#[derive(Debug)]
pub(super) struct Denied(pub(super) IpAddr);

impl Resolver for Guarded {
    /// Looks up the host of `uri`. One address that may not be dialled condemns the name: a name
    /// that stands for the inside and the outside at once is a trap, not a weblog.
    fn resolve(
        &self,
        uri: &Uri,
        _config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let host = uri.host().ok_or(ureq::Error::HostNotFound)?;
        let standard = if uri.scheme() == Some(&Scheme::HTTPS) {
            443
        } else {
            80
        };
        let port = uri.port_u16().unwrap_or(standard);
        let literal = host.trim_start_matches('[').trim_end_matches(']').parse();
        let addresses = match literal {
            Ok(address) => vec![SocketAddr::new(address, port)],
            Err(_) => look_up(host, port, *timeout.after)
                .ok_or(ureq::Error::Timeout(timeout.reason))?
                .map_err(|_| ureq::Error::HostNotFound)?,
        };
        let mut allowed = self.empty();
        for address in addresses {
            if guard::check_address(address.ip(), self.reach).is_err() {
                return Err(ureq::Error::Other(Box::new(Denied(address.ip()))));
            }
            if allowed.len() < MOST_ADDRESSES {
                allowed.push(address);
            }
        }
        if allowed.is_empty() {
            return Err(ureq::Error::HostNotFound);
        }
        Ok(allowed)
    }
}

impl fmt::Display for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not a public address", self.0)
    }
}

impl std::error::Error for Denied {}

/// How many addresses of a name are tried.
const MOST_ADDRESSES: usize = 8;

/// Asks the system, which has no deadline of its own, on a thread that may be left behind; `None`
/// when there was no answer in time. Where the host allows no further thread, it is asked directly.
fn look_up(host: &str, port: u16, patience: Duration) -> Option<io::Result<Vec<SocketAddr>>> {
    let (sender, receiver) = mpsc::sync_channel(1);
    let name = host.to_owned();
    let spawned = thread::Builder::new().spawn(move || {
        // Nobody listens any more when the answer is late.
        drop(sender.send(ask_system(&name, port)));
    });
    match spawned {
        Ok(_) => receiver.recv_timeout(patience).ok(),
        Err(_) => Some(ask_system(host, port)),
    }
}

fn ask_system(host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
    Ok((host, port).to_socket_addrs()?.collect())
}
