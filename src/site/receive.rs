//! `POST tb.cgi/<id>`: a ping comes in.
//!
//! Specification clauses 5 to 7. The answer is success only when the ping is on disk.

use std::net::IpAddr;

use super::{Context, Response};
use crate::config::{Addresses, Publish};
use crate::error::{Refusal, Result};
use crate::feed::Write;
use crate::store::{Arrival, Event, Received, State};
use crate::trackback::{Ping, reply};
use crate::trust::{change, private};

pub(super) fn answer(context: &Context<'_>) -> Result<Response> {
    let id = context.tb_id.as_ref().ok_or(Refusal::NoTbId)?;
    let ping = Ping::from_form(&context.fields)?;
    let store = context.store()?;
    private::check(
        context.config,
        &store,
        id,
        context.key.as_deref(),
        context.now(),
    )?;
    let (state, why) = decide(context.config.publish);
    let arrival = Arrival {
        time: context.now(),
        state,
        why: why.map(str::to_owned),
        via: "trackback",
        from: origin(context.config.addresses, context.request.address),
    };
    let received = change::change(context.config, &store, id, context.now(), |transaction| {
        let received = transaction.receive(&ping, &arrival)?;
        let when = match received {
            Received::New(..) | Received::Updated(..) => Write::Always,
            Received::Same(..) => Write::IfStale,
        };
        Ok((received, when))
    })?;
    let (what, number, state) = match received {
        Received::New(number, state) => ("received", number, state),
        Received::Updated(number, state) => ("updated", number, state),
        Received::Same(number, state) => ("repeated", number, state),
    };
    store.log(
        &Event::new(context.now(), what)
            .with("tb_id", id.as_str())
            .with("id", number)
            .with("state", state.name())
            .with("url", ping.url)
            .with("from", arrival.from),
    );
    Ok(Response::xml(200, reply::accepted()))
}

/// What becomes of a new ping, and the name of the reason where it is not plain.
fn decide(publish: Publish) -> (State, Option<&'static str>) {
    match publish {
        Publish::All => (State::Published, None),
        // Nothing verifies a source page yet, so what would need it waits for the owner.
        Publish::Verified => (State::Held, Some("unverified")),
        Publish::Known => (State::Held, Some("unknown-domain")),
        Publish::None => (State::Held, Some("moderated")),
    }
}

/// As much of an address as the configuration lets us keep: the /24 or /48, all, or nothing.
pub(super) fn origin(addresses: Addresses, address: Option<IpAddr>) -> Option<String> {
    let address = address?.to_canonical();
    match (addresses, address) {
        (Addresses::None, _) => None,
        (Addresses::Full, address) => Some(address.to_string()),
        (Addresses::Prefix, IpAddr::V4(v4)) => {
            let [a, b, c, _] = v4.octets();
            Some(format!("{a}.{b}.{c}.0/24"))
        }
        (Addresses::Prefix, IpAddr::V6(v6)) => {
            let [a, b, c, ..] = v6.segments();
            Some(format!(
                "{}/48",
                std::net::Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0)
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_prefix_of_an_address_is_kept() {
        let prefix = |text: &str| origin(Addresses::Prefix, Some(text.parse().unwrap())).unwrap();
        assert_eq!(prefix("203.0.113.77"), "203.0.113.0/24");
        assert_eq!(prefix("::ffff:203.0.113.77"), "203.0.113.0/24");
        assert_eq!(prefix("2001:db8:1:2::3"), "2001:db8:1::/48");
        assert_eq!(
            origin(Addresses::None, Some("203.0.113.77".parse().unwrap())),
            None
        );
    }
}
