//! Name resolution with address checks.
//!
//! The HTTP library calls this hook for every request, with a name or a literal address, and connects to exactly the
//! addresses that it returns. So a name cannot be checked with one address and connected to with another (DNS
//! rebinding).

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use ureq::config::Config;
use ureq::http::Uri;
use ureq::http::uri::Scheme;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

use super::guard::{self, Reach};
use super::names::{LookupError, NameFiles};
use crate::error::FetchError;

/// The client's resolver: returns the addresses of a name if [`guard`] permits them.
#[derive(Debug)]
pub(super) struct Guarded {
    /// Which addresses are permitted.
    pub(super) reach: Reach,
    /// The owner's site, which [`Reach::Outside`] excludes like this machine.
    pub(super) site: Option<Arc<OwnSite>>,
}

/// The host of the owner's site. Behind a proxy or NAT, no interface of this machine has its addresses.
#[derive(Debug)]
pub(super) struct OwnSite {
    host: String,
    /// The address that its web server reports.
    server: Option<IpAddr>,
    /// Its addresses, once looked up.
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

    /// Whether `host`, with these addresses, is the owner's site.
    fn is(&self, host: &str, addresses: &[IpAddr], until: Instant) -> bool {
        let own = self.addresses.get().cloned().unwrap_or_else(|| {
            let own = match self.host.parse() {
                Ok(address) => Ok(vec![address]),
                Err(_) => NameFiles::system().look_up(&self.host, until),
            };
            // A failed lookup is repeated the next time.
            own.map(|own| self.addresses.get_or_init(|| own).clone())
                .unwrap_or_default()
        });
        bare(host).eq_ignore_ascii_case(&self.host)
            || addresses.iter().any(|address| {
                own.iter()
                    .chain(&self.server)
                    .any(|own| guard::is_same_address(*address, *own))
            })
    }
}

/// A host without the brackets of an IPv6 address and without a final dot.
fn bare(host: &str) -> &str {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host.strip_suffix('.').unwrap_or(host)
}

/// The address that was refused; passes through the HTTP library as the cause of an error.
#[derive(Debug)]
pub(super) struct Denied(pub(super) IpAddr);

impl Resolver for Guarded {
    /// Looks up the host of `uri`. If one address is not permitted, the name is refused: a weblog does not have internal
    /// and external addresses at once.
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
                    LookupError::NotFound => ureq::Error::HostNotFound,
                    LookupError::NoReply => no_reply(),
                    LookupError::Timeout => ureq::Error::Timeout(timeout.reason),
                    LookupError::Descriptors(errno) => ureq::Error::Io(errno.into()),
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
        for address in addresses.into_iter().take(MAX_ADDRESSES) {
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
const MAX_ADDRESSES: usize = 8;

/// The error if no name server tells whether the name exists.
fn no_reply() -> ureq::Error {
    ureq::Error::Io(io::Error::other(
        "no name server gave a usable answer for the host name",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fetch::convert_error::from_ureq;

    #[test]
    fn a1_name_servers_that_fail_do_not_mean_that_the_name_has_no_address() {
        let said = from_ureq(no_reply()).to_string();
        assert_eq!(
            said,
            "no connection: no name server gave a usable answer for the host name"
        );
        let error = io::Error::from_raw_os_error(rustix::io::Errno::MFILE.raw_os_error());
        let LookupError::Descriptors(errno) = LookupError::of(&error).unwrap() else {
            panic!("{error}");
        };
        let few = from_ureq(ureq::Error::Io(errno.into())).to_string();
        assert!(few.contains("Too many open files"), "{few}");
        assert!(LookupError::of(&io::ErrorKind::NotFound.into()).is_none());
        let missing = from_ureq(ureq::Error::HostNotFound).to_string();
        assert_eq!(missing, "the host name has no address");
    }
}
