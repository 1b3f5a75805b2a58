//! Hosts that limit the rate of pings: how long a run waits for them, and when it leaves them to the next run.
//!
//! Pure: the time is a parameter.

use std::collections::HashMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::send::outcome::{Limit, Overload};

/// How a run waits for hosts that limit the rate of pings.
#[derive(Debug, Clone, Copy)]
pub struct HostLimits {
    /// The shortest pause for a host that names no time. WordPress accepts one ping in 15 s.
    pub least: Duration,
    /// The longest such pause. The pause is random, so that many senders do not retry at the same time.
    pub most: Duration,
    /// How long a run waits in all, from the first host that limits its rate.
    pub wait: Duration,
}

impl Default for HostLimits {
    fn default() -> HostLimits {
        HostLimits {
            least: Duration::from_secs(16),
            most: Duration::from_secs(20),
            wait: Duration::from_secs(5 * 60),
        }
    }
}

/// The hosts of a run that limit their rates.
#[derive(Debug, Default)]
pub(super) struct Hosts {
    hosts: HashMap<String, Host>,
    /// When the first one was found.
    since: Option<Timestamp>,
}

#[derive(Debug, Default)]
struct Host {
    /// How often it has asked to come back later since it last accepted a ping.
    in_a_row: u32,
    pause: Duration,
    closed: Option<Closed>,
}

/// A host that gets no more pings in this run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Closed {
    /// Its message.
    pub(super) answer: String,
    /// When it gets pings again; `None` if never.
    pub(super) next: Option<Timestamp>,
    /// The earliest time at which it wants another request, if it named one.
    pub(super) not_before: Option<Timestamp>,
}

/// When a ping is sent whose receiver asked to come back later.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum PutOff {
    /// Again in this run.
    Again {
        /// After this pause.
        pause: Duration,
        /// Whether this is the first pause for its host.
        is_new: bool,
    },
    /// In another run: after this pause, or after the usual one.
    Over(Option<Duration>),
}

/// After more than this many requests to come back later in a row, a host gets no more pings in this run.
const MOST_IN_A_ROW: u32 = 3;

impl Hosts {
    /// Records that a host asked to come back later.
    pub(super) fn limited(
        &mut self,
        name: &str,
        limit: &Limit,
        now: Timestamp,
        limits: &HostLimits,
    ) -> PutOff {
        let since = *self.since.get_or_insert(now);
        let host = self.hosts.entry(name.to_owned()).or_default();
        host.in_a_row += 1;
        let asked = limit.not_before.map(|time| now.duration_until(time));
        let asked = asked.and_then(|asked| Duration::try_from(asked).ok());
        let pause = match (asked, limit.cause) {
            (Some(asked), _) => asked,
            (None, Overload::Rate) => random_between(limits.least, limits.most),
            // An outage lasts longer than some seconds.
            (None, Overload::Outage) => return PutOff::Over(None),
        };
        if host.in_a_row > MOST_IN_A_ROW {
            return PutOff::Over(None);
        }
        if !is_within(now, pause, since, limits) {
            return PutOff::Over(Some(pause));
        }
        let is_new = host.pause.is_zero();
        // At least a second, even if the host names no pause at all.
        host.pause = pause.max(limits.least.min(Duration::from_secs(1)));
        let pause = host.pause;
        PutOff::Again { pause, is_new }
    }

    /// Records that a host gets no more pings in this run.
    pub(super) fn close(&mut self, name: &str, closed: Closed) {
        let host = self.hosts.entry(name.to_owned()).or_default();
        host.closed = Some(closed);
    }

    /// Whether a host gets no more pings in this run, because it was closed or the time to wait is used up.
    pub(super) fn is_over(&mut self, name: &str, now: Timestamp, limits: &HostLimits) -> bool {
        let Some(host) = self.hosts.get_mut(name) else {
            return false;
        };
        if let (None, Some(since)) = (&host.closed, self.since)
            && !host.pause.is_zero()
            && !is_within(now, host.pause, since, limits)
        {
            host.closed = Some(Closed {
                answer: "its host limits the rate of pings; the next run continues".to_owned(),
                next: add_pause(now, host.pause),
                not_before: None,
            });
        }
        host.closed.is_some()
    }

    /// Records that a host accepted a ping.
    pub(super) fn accepted(&mut self, name: &str) {
        if let Some(host) = self.hosts.get_mut(name) {
            host.in_a_row = 0;
        }
    }

    /// The host, if it gets no more pings in this run.
    pub(super) fn closed(&self, name: &str) -> Option<Closed> {
        self.hosts.get(name)?.closed.clone()
    }
}

/// Whether a pause ends within the time that a run waits.
fn is_within(now: Timestamp, pause: Duration, since: Timestamp, limits: &HostLimits) -> bool {
    match (add_pause(now, pause), add_pause(since, limits.wait)) {
        (Some(end), Some(until)) => end <= until,
        (None, _) => false,
        (_, None) => true,
    }
}

fn add_pause(time: Timestamp, pause: Duration) -> Option<Timestamp> {
    time.checked_add(SignedDuration::try_from(pause).ok()?).ok()
}

fn random_between(least: Duration, most: Duration) -> Duration {
    let mut byte = [u8::MAX];
    // Without randomness, the longest pause.
    crate::random::fill(&mut byte).ok();
    least + most.saturating_sub(least) * u32::from(byte[0]) / u32::from(u8::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    fn limit(cause: Overload, not_before: Option<i64>) -> Limit {
        Limit {
            answer: "HTTP error: 429".to_owned(),
            not_before: not_before.map(at),
            cause,
        }
    }

    fn limited(hosts: &mut Hosts, limit: &Limit, second: i64) -> PutOff {
        hosts.limited("b.example", limit, at(second), &HostLimits::default())
    }

    #[test]
    fn c2_a_host_that_names_no_time_is_asked_again_after_16_to_20_seconds() {
        let rate = limit(Overload::Rate, None);
        for _ in 0..100 {
            let mut hosts = Hosts::default();
            let PutOff::Again { pause, is_new } = limited(&mut hosts, &rate, 0) else {
                panic!("not again");
            };
            assert!(
                is_new && (16 * SECOND..=20 * SECOND).contains(&pause),
                "{pause:?}"
            );
            assert!(!hosts.is_over("b.example", at(0), &HostLimits::default()));
        }
    }

    #[test]
    fn c2_a_host_that_goes_on_saying_so_is_left_alone() {
        let rate = limit(Overload::Rate, None);
        let mut hosts = Hosts::default();
        for second in [0, 20, 40] {
            assert!(matches!(
                limited(&mut hosts, &rate, second),
                PutOff::Again { .. }
            ));
        }
        assert_eq!(limited(&mut hosts, &rate, 60), PutOff::Over(None));
        // A host that accepts one in between gets more.
        let mut hosts = Hosts::default();
        for second in 0..10 {
            assert!(matches!(
                limited(&mut hosts, &rate, second),
                PutOff::Again { .. }
            ));
            hosts.accepted("b.example");
        }
    }

    #[test]
    fn c1_nobody_is_asked_before_the_time_that_he_named() {
        let mut hosts = Hosts::default();
        let soon = limit(Overload::Outage, Some(30));
        let again = PutOff::Again {
            pause: 30 * SECOND,
            is_new: true,
        };
        assert_eq!(limited(&mut hosts, &soon, 0), again);
        for late in [
            limit(Overload::Rate, Some(3600)),
            limit(Overload::Outage, None),
        ] {
            let waiting = limited(&mut Hosts::default(), &late, 0);
            assert!(matches!(waiting, PutOff::Over(_)), "{waiting:?}");
        }
    }

    #[test]
    fn c2_all_waiting_of_a_run_together_has_an_end() {
        let rate = limit(Overload::Rate, None);
        let mut hosts = Hosts::default();
        assert!(matches!(
            limited(&mut hosts, &rate, 0),
            PutOff::Again { .. }
        ));
        assert!(!hosts.is_over("b.example", at(200), &HostLimits::default()));
        assert!(hosts.is_over("b.example", at(295), &HostLimits::default()));
        let closed = hosts.closed("b.example").unwrap();
        assert!(closed.next <= Some(at(315)) && closed.next > Some(at(295)));
        // Another host is not waited for anew.
        let late = hosts.limited("c.example", &rate, at(290), &HostLimits::default());
        assert!(matches!(late, PutOff::Over(Some(_))), "{late:?}");
    }
}
