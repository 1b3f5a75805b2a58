//! Connects to the first address of a name that can be reached.
//!
//! The HTTP library alone gives up at errors that concern one address only: of a family that the host lacks, or one that
//! its rules or routes refuse.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use ureq::Error;
use ureq::unversioned::transport::{ConnectionDetails, Connector, NextTimeout, TcpConnector};

/// Opens TCP connections.
#[derive(Debug, Default)]
pub(super) struct EachAddress(TcpConnector);

impl Connector<()> for EachAddress {
    type Out = <TcpConnector as Connector<()>>::Out;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        _chained: Option<()>,
    ) -> Result<Option<Self::Out>, Error> {
        let most = *details.timeout.after;
        first_connected(&details.addrs, most, |address, share| {
            let mut addrs = details.resolver.empty();
            addrs.push(address);
            let timeout = NextTimeout {
                after: share.into(),
                ..details.timeout
            };
            let one = ConnectionDetails {
                uri: details.uri,
                addrs,
                config: details.config,
                request_level: details.request_level,
                resolver: details.resolver,
                now: (details.current_time)(),
                timeout,
                current_time: details.current_time.clone(),
                run_connector: details.run_connector.clone(),
                register_shutdown: details.register_shutdown.clone(),
            };
            self.0.connect(&one, None)
        })
    }
}

/// The connection to the first address that can be reached. Each gets half of the time that is left, the last one all of
/// it.
///
/// # Errors
///
/// What an address answered, rather than why this host could not ask one.
fn first_connected<T>(
    addresses: &[SocketAddr],
    most: Duration,
    mut connect: impl FnMut(SocketAddr, Duration) -> Result<T, Error>,
) -> Result<T, Error> {
    let begin = Instant::now();
    let mut failed = None;
    for (number, address) in addresses.iter().enumerate() {
        let left = most.saturating_sub(begin.elapsed());
        let share = match number + 1 == addresses.len() {
            true => left,
            false => left / 2,
        };
        if share.is_zero() {
            break;
        }
        match connect(*address, share) {
            Ok(connected) => return Ok(connected),
            Err(error) if failed.is_none() || is_answer(&error) => failed = Some(error),
            Err(_) => {}
        }
    }
    Err(failed.unwrap_or(Error::Timeout(ureq::Timeout::Connect)))
}

/// Whether an error comes from the network and not from this host.
fn is_answer(error: &Error) -> bool {
    match error {
        Error::Timeout(_) => true,
        Error::Io(cause) => cause.kind() == ErrorKind::ConnectionRefused,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use rustix::io::Errno;

    use super::*;

    const ADDRESSES: [&str; 3] = ["[::1]:80", "127.0.0.1:80", "127.0.0.2:80"];
    const AMPLE: Duration = Duration::from_secs(600);

    fn addresses() -> Vec<SocketAddr> {
        ADDRESSES.iter().map(|text| text.parse().unwrap()).collect()
    }

    fn error(errno: Errno) -> Error {
        Error::Io(io::Error::from(errno))
    }

    #[test]
    fn whatever_one_address_answers_the_next_one_is_tried() {
        for errno in [
            Errno::AFNOSUPPORT,
            Errno::ACCESS,
            Errno::PERM,
            Errno::INVAL,
            Errno::ADDRNOTAVAIL,
            Errno::NETUNREACH,
            Errno::HOSTUNREACH,
            Errno::NETDOWN,
            Errno::PROTONOSUPPORT,
            Errno::CONNREFUSED,
            Errno::CONNRESET,
            Errno::NOPROTOOPT,
        ] {
            let mut asked = Vec::new();
            let reached = first_connected(&addresses(), AMPLE, |address, share| {
                asked.push(address.to_string());
                match asked.len() {
                    3 => Ok(share),
                    _ => Err(error(errno)),
                }
            });
            assert_eq!(asked, ADDRESSES, "{errno:?}");
            assert!(reached.unwrap() > AMPLE / 8, "{errno:?}");
        }
    }

    #[test]
    fn the_error_is_what_an_address_answered() {
        let of = |answers: [Errno; 3]| {
            let mut answers = answers.into_iter();
            let failed = first_connected::<()>(&addresses(), AMPLE, |_, _| {
                Err(error(answers.next().unwrap()))
            });
            match failed.unwrap_err() {
                Error::Io(cause) => cause.raw_os_error().unwrap(),
                other => panic!("{other}"),
            }
        };
        let (family, refused) = (Errno::AFNOSUPPORT, Errno::CONNREFUSED);
        for answers in [[family, refused, family], [refused, family, family]] {
            assert_eq!(of(answers), refused.raw_os_error());
        }
        assert_eq!(
            of([family, Errno::ACCESS, Errno::PERM]),
            family.raw_os_error()
        );
        let late = first_connected::<()>(&addresses(), Duration::ZERO, |_, _| Ok(()));
        assert!(matches!(late, Err(Error::Timeout(_))));
    }
}
