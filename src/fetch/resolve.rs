//! Names to addresses, through the guard.
//!
//! The client dials exactly the addresses that this hook returns, and calls it for every request,
//! names and literal addresses alike: what was checked is what is dialled, so a name cannot be
//! checked with one address and dialled with another.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use ureq::config::Config;
use ureq::http::Uri;
use ureq::http::uri::Scheme;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

use super::guard::{self, Reach};
use super::names::{Miss, NameFiles};
use crate::error::FetchError;

/// The client's resolver: looks up, and lets through what [`guard`] lets through.
#[derive(Debug)]
pub(super) struct Guarded {
    /// How far the addresses may lie.
    pub(super) reach: Reach,
    /// What does not lie outside, besides this machine.
    pub(super) site: Option<Arc<OwnSite>>,
}

/// The host of the owner's site, which is inside for what strangers name: behind a proxy or a translated address no
/// interface has its addresses.
#[derive(Debug)]
pub(super) struct OwnSite {
    host: String,
    /// Where its web server says that it is asked.
    server: Option<IpAddr>,
    /// Its addresses, once they were looked up.
    addresses: OnceLock<Vec<IpAddr>>,
}

impl OwnSite {
    pub(super) fn at(host: &str, server: Option<IpAddr>) -> OwnSite {
        OwnSite {
            host: bare(host).to_owned(),
            server,
            addresses: OnceLock::new(),
        }
    }

    /// Whether `host`, which has these addresses, is it.
    fn is(&self, host: &str, addresses: &[IpAddr], until: Instant) -> bool {
        let own = self.addresses.get().cloned().unwrap_or_else(|| {
            let own = match self.host.parse() {
                Ok(address) => Ok(vec![address]),
                Err(_) => NameFiles::system().look_up(&self.host, until),
            };
            // What was not answered is asked again the next time.
            own.map(|own| self.addresses.get_or_init(|| own).clone())
                .unwrap_or_default()
        });
        bare(host).eq_ignore_ascii_case(&self.host)
            || addresses.iter().any(|address| {
                own.iter()
                    .chain(&self.server)
                    .any(|own| guard::is_one_address(*address, *own))
            })
    }
}

/// A host without the brackets of an IPv6 address and without the final dot.
fn bare(host: &str) -> &str {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host.strip_suffix('.').unwrap_or(host)
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
        let until = Instant::now() + *timeout.after;
        let literal = bare(host).parse();
        let addresses = match literal {
            Ok(address) => vec![SocketAddr::new(address, port)],
            Err(_) => {
                let found = NameFiles::system().look_up(host, until);
                let addresses = found.map_err(|miss| match miss {
                    Miss::Unknown | Miss::Unanswered => ureq::Error::HostNotFound,
                    Miss::Late => ureq::Error::Timeout(timeout.reason),
                })?;
                let at_port = |address| SocketAddr::new(address, port);
                addresses.into_iter().map(at_port).collect()
            }
        };
        let all: Vec<IpAddr> = addresses.iter().map(SocketAddr::ip).collect();
        if let Err(FetchError::Address(denied)) = guard::check_addresses(&all, self.reach) {
            return Err(ureq::Error::Other(Box::new(Denied(denied))));
        }
        if self.reach == Reach::Outside
            && let Some(site) = &self.site
            && let Some(first) = all.first()
            && site.is(host, &all, until)
        {
            return Err(ureq::Error::Other(Box::new(Denied(*first))));
        }
        let mut allowed = self.empty();
        for address in addresses.into_iter().take(MOST_ADDRESSES) {
            allowed.push(address);
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
