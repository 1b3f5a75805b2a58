//! Hosts that take only so many pings in a time: how they are waited for, and when a run leaves them to the next one.
//!
//! Pure: the time is told.

use std::collections::HashMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::send::outcome::{Limit, Overload};

/// How a run waits for hosts that take only so many pings in a time.
#[derive(Debug, Clone, Copy)]
pub struct HostLimits {
    /// How long to wait at least where a host does not say it. WordPress takes one ping in 15 s.
    pub least: Duration,
    /// How long to wait at most then: what is between is by chance, so that many senders do not meet.
    pub most: Duration,
    /// How long all hosts together are waited for, from when the first one asks for it.
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

/// What is known of the hosts of a run that asked for fewer pings.
#[derive(Debug, Default)]
pub(super) struct Hosts {
    hosts: HashMap<String, Host>,
    /// When the first one asked for it.
    since: Option<Timestamp>,
}

#[derive(Debug, Default)]
struct Host {
    /// How often it has said so since it last took a ping.
    in_a_row: u32,
    pause: Duration,
    closed: Option<Closed>,
}

/// A host that gets nothing more in this run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Closed {
    /// What it said.
    pub(super) answer: String,
    /// When it is asked again; `None` never.
    pub(super) next: Option<Timestamp>,
    /// Before when it wants no request, where it said so.
    pub(super) not_before: Option<Timestamp>,
}

/// What becomes of a ping that was told to come later.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum PutOff {
    /// It is sent again in this run.
    Again {
        /// After so long.
        pause: Duration,
        /// Whether its host has not been waited for before.
        is_new: bool,
    },
    /// It is for another run: after so long, or when it is time to hope for more.
    Over(Option<Duration>),
}

/// After so many answers to come later, one after the other, a host is left alone: it means more than some seconds.
const MOST_IN_A_ROW: u32 = 3;

impl Hosts {
    /// Takes note that a host said to come later.
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
            (None, Overload::Rate) => by_chance(limits.least, limits.most),
            // Who takes no pings from anybody needs more than some seconds.
            (None, Overload::Outage) => return PutOff::Over(None),
        };
        if host.in_a_row > MOST_IN_A_ROW {
            return PutOff::Over(None);
        }
        if !is_within(now, pause, since, limits) {
            return PutOff::Over(Some(pause));
        }
        let is_new = host.pause.is_zero();
        // Also where it says that it may be asked at once.
        host.pause = pause.max(limits.least.min(Duration::from_secs(1)));
        let pause = host.pause;
        PutOff::Again { pause, is_new }
    }

    /// Takes note that a host gets nothing more in this run.
    pub(super) fn close(&mut self, name: &str, closed: Closed) {
        let host = self.hosts.entry(name.to_owned()).or_default();
        host.closed = Some(closed);
    }

    /// Whether a host gets nothing more in this run, because it said so or because it has been waited for long enough.
    pub(super) fn is_over(&mut self, name: &str, now: Timestamp, limits: &HostLimits) -> bool {
        let Some(host) = self.hosts.get_mut(name) else {
            return false;
        };
        if let (None, Some(since)) = (&host.closed, self.since)
            && !host.pause.is_zero()
            && !is_within(now, host.pause, since, limits)
        {
            host.closed = Some(Closed {
                answer: "its host takes one ping at a time; the next run goes on".to_owned(),
                next: after(now, host.pause),
                not_before: None,
            });
        }
        host.closed.is_some()
    }

    /// Takes note that a host took a ping.
    pub(super) fn took(&mut self, name: &str) {
        if let Some(host) = self.hosts.get_mut(name) {
            host.in_a_row = 0;
        }
    }

    /// The host, if it gets nothing more in this run.
    pub(super) fn closed(&self, name: &str) -> Option<Closed> {
        self.hosts.get(name)?.closed.clone()
    }
}

/// Whether the end of a pause lies within the time that hosts are waited for.
fn is_within(now: Timestamp, pause: Duration, since: Timestamp, limits: &HostLimits) -> bool {
    match (after(now, pause), after(since, limits.wait)) {
        (Some(end), Some(until)) => end <= until,
        (None, _) => false,
        (_, None) => true,
    }
}

fn after(time: Timestamp, pause: Duration) -> Option<Timestamp> {
    time.checked_add(SignedDuration::try_from(pause).ok()?).ok()
}

fn by_chance(least: Duration, most: Duration) -> Duration {
    let mut byte = [u8::MAX];
    // Without randomness it is the longest.
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
        // Who takes one in between may be asked on.
        let mut hosts = Hosts::default();
        for second in 0..10 {
            assert!(matches!(
                limited(&mut hosts, &rate, second),
                PutOff::Again { .. }
            ));
            hosts.took("b.example");
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
