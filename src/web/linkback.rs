//! What webmentions and pingbacks share: two URLs are stored as an unverified ping of the target's id, and the page at the
//! source is checked after the response and supplies the text.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::context::{Context, Dialect};
use super::{Response, receive};
use crate::admission::client_addr::stored_address;
use crate::admission::layers::{self, Admission, Admitted, IncomingPing};
use crate::admission::{linkback_target, throttle};
use crate::error::{Error, Refusal, Result};
use crate::feeds::WriteWhen;
use crate::feeds::change_pings;
use crate::linkback::Protocol;
use crate::linkback::request::LinkbackRequest;
use crate::linkback::trackback::{Form, Ping, TbId};
use crate::store::{Arrival, EventName, Pings, ReasonKind, Received, State};
use crate::verify::mention_record::{self, SourceStatus};
use crate::verify::repeat;

/// A webmention or pingback that may be stored.
pub(super) struct AdmittedLinkback {
    pub(super) id: TbId,
    ping: Ping,
    admitted: Admitted,
    arrival: Arrival,
}

/// One that was stored.
pub(super) struct StoredLinkback {
    pub(super) id: TbId,
    /// The number of its record.
    pub(super) number: u64,
    /// What the last check found, if the page was received before.
    pub(super) before: Option<SourceStatus>,
    /// When the page is to be checked, if it is.
    due: Option<Timestamp>,
}

/// Decides whether one is stored; otherwise the response says why not.
pub(super) fn admit(
    context: &Context<'_>,
    (protocol, dialect): (Protocol, Dialect),
    request: &LinkbackRequest,
) -> Result<std::result::Result<AdmittedLinkback, Response>> {
    let (config, store, now) = (context.config, context.store()?, context.now());
    let entries = &context.app.entries;
    let id = linkback_target::tb_id_of(config, store, entries, &request.target)?;
    let pair = (&request.source, &request.target);
    if let Err(limit) = throttle::check_pair_rate(config, store, pair, now)? {
        return Ok(Err(receive::refuse(context, (store, &id), &limit, dialect)));
    }
    let ping =
        Ping::new(request.source.as_str(), "", "", "").map_err(|_| Refusal::InvalidSource)?;
    let incoming = IncomingPing {
        id: &id,
        entries,
        key: None,
        form: &Form::default(),
        ping: &ping,
        address: context.request.address,
        now,
    };
    let admitted = match layers::admit(config, store, &incoming)? {
        Admission::Accepted(admitted) => admitted,
        Admission::Refused(limit) => {
            return Ok(Err(receive::refuse(context, (store, &id), &limit, dialect)));
        }
    };
    // It is never published before its page was checked, whatever `publish` says.
    let (state, why) = match admitted.state {
        State::Published => (State::Held, Some(ReasonKind::Unverified.into())),
        State::Held | State::Junk => (admitted.state, admitted.why.clone()),
    };
    let target = Value::from(request.target_as_sent.as_str());
    let arrival = Arrival {
        time: now,
        state,
        why,
        via: protocol.name(),
        from: stored_address(config.addresses, context.request.address),
        rest: Map::from_iter([(mention_record::TARGET.to_owned(), target)]),
    };
    Ok(Ok(AdmittedLinkback {
        id,
        ping,
        admitted,
        arrival,
    }))
}

/// What was done with one.
enum Outcome {
    /// It is stored, and its page is to be checked at that time.
    As(Received, Timestamp),
    /// The owner has deleted it, under that number.
    Deleted(u64),
}

impl AdmittedLinkback {
    /// Stores it.
    pub(super) fn store(self, context: &Context<'_>) -> Result<StoredLinkback> {
        let (config, store, now) = (context.config, context.store()?, context.now());
        let AdmittedLinkback {
            id,
            ping,
            admitted,
            arrival,
        } = self;
        let mut before = None;
        let stored = change_pings(config, store, &id, now, |transaction| {
            let again = |old, new| {
                before = Some(mention_record::source_status(&old));
                repeat::resolve(old, new)
            };
            let received = match transaction.receive(&ping, &arrival, again) {
                Err(Error::Refused(Refusal::Withdrawn)) => {
                    let pings = transaction.pings();
                    let number = pings.map(|pings| pings.deleted_number(&ping.url));
                    let number = number.transpose()?.flatten().unwrap_or_default();
                    return Ok((Outcome::Deleted(number), WriteWhen::IfStale));
                }
                received => received?,
            };
            let (_, number, _) = outcome(received);
            let due = check_time(transaction.pings(), number, now)?;
            let when = match received {
                Received::New(..) | Received::Updated(..) | Received::Anew(..) => WriteWhen::Always,
                Received::Same(..) | Received::Kept(..) => WriteWhen::IfStale,
            };
            Ok((Outcome::As(received, due), when))
        })?;
        // The reserved place among the new ids is needed until here.
        drop(admitted.quota);
        let (received, due) = match stored {
            Outcome::As(received, due) => (received, due),
            // The response must not reveal what the owner has decided.
            Outcome::Deleted(number) => {
                receive::log_refusal(context, (store, &id), Refusal::Withdrawn);
                return Ok(StoredLinkback {
                    id,
                    number,
                    before: Some(SourceStatus::Queued),
                    due: None,
                });
            }
        };
        let (what, number, state) = outcome(received);
        receive::log_arrival(context, (store, &id, number), (what, state), ping.url);
        Ok(StoredLinkback {
            id,
            number,
            before,
            due: (state != State::Junk).then_some(due),
        })
    }
}

impl StoredLinkback {
    /// Queues the page for its check.
    pub(super) fn queue(&self, context: &Context<'_>, response: Response) -> Result<Response> {
        let key = (context.store()?, &self.id, self.number);
        Ok(match self.due {
            Some(due) => receive::queue_verification(context, key, due, response),
            None => response,
        })
    }
}

fn outcome(received: Received) -> (EventName, u64, State) {
    match received {
        Received::Kept(number, state) => (EventName::Repeated, number, state),
        Received::New(..) | Received::Updated(..) | Received::Anew(..) | Received::Same(..) => {
            receive::outcome(received)
        }
    }
}

/// When the page is to be checked: not at once if it was checked just before.
fn check_time(pings: Option<&Pings>, number: u64, now: Timestamp) -> Result<Timestamp> {
    let record = pings.map(|pings| pings.get(number)).transpose()?.flatten();
    let earliest = record.and_then(|record| mention_record::next_check_after_last(&record));
    Ok(earliest.map_or(now, |earliest| earliest.max(now)))
}
