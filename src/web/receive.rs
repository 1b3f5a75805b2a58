//! `POST tb.cgi/<id>`: receives a ping.
//!
//! Specification clauses 5 to 7. The response is success only if the ping is on disk.

use jiff::Timestamp;

use super::context::{Context, Dialect};
use super::response::FollowUp;
use super::{Response, error_page};
use crate::admission::client_addr::stored_address;
use crate::admission::layers::{self, Admission, IncomingPing, Verify};
use crate::admission::throttle::LimitReached;
use crate::error::{Refusal, Result};
use crate::feeds::WriteWhen;
use crate::feeds::change_pings;
use crate::linkback::Protocol;
use crate::linkback::trackback::{Ping, TbId, reply};
use crate::store::{Arrival, EmptyNotice, Event, EventName, Received, State, Store};
use crate::verify::{queue, repeat};

pub(super) fn handle(context: &Context<'_>) -> Result<Response> {
    if !context.config.receives(Protocol::TrackBack) {
        return Err(Refusal::ProtocolOff.into());
    }
    let id = context.tb_id.as_ref().ok_or(Refusal::NoTbId)?;
    let ping = Ping::from_form(&context.fields)?;
    let store = context.store()?;
    let incoming = IncomingPing {
        id,
        entries: &context.app.entries,
        key: context.key.as_deref(),
        form: &context.fields,
        ping: &ping,
        address: context.request.address,
        via: Protocol::TrackBack,
        now: context.now(),
    };
    let admitted = match layers::admit(context.config, store, &incoming)? {
        Admission::Accepted(admitted) => admitted,
        Admission::Refused(limit) => {
            return Ok(refuse(context, (store, id), &limit, Dialect::Xml));
        }
    };
    let arrival = Arrival {
        time: context.now(),
        state: admitted.state,
        why: admitted.why,
        via: Protocol::TrackBack.name(),
        from: stored_address(context.config.addresses, context.request.address),
        rest: serde_json::Map::new(),
    };
    let received = change_pings(
        (context.config, store, &context.app.entries),
        id,
        context.now(),
        |transaction| {
            let received = transaction.receive(&ping, &arrival, repeat::resolve)?;
            let when = match received {
                Received::New(..) | Received::Updated(..) | Received::Anew(..) => WriteWhen::Always,
                Received::Same(..) | Received::Kept(..) => WriteWhen::IfStale,
            };
            Ok((received, when))
        },
    )?;
    // The reserved place among the new ids is needed until here.
    drop(admitted.quota);
    let (what, number, state) = outcome(received);
    log_arrival(context, (store, id, number), (what, state), ping.url);
    let response = Response::xml(200, reply::accepted());
    let waits = match received {
        Received::New(..) | Received::Updated(..) | Received::Anew(..) => state == State::Held,
        // The page is read again to see whether it has the new text.
        Received::Kept(..) => state != State::Junk,
        // The earlier ping is queued or decided already.
        Received::Same(..) => false,
    };
    Ok(match admitted.verify {
        Verify::Needed if waits => {
            queue_verification(context, (store, id, number), context.now(), response)
        }
        Verify::Needed | Verify::No => response,
    })
}

/// The event of an accepted ping, its number and its state.
pub(super) fn outcome(received: Received) -> (EventName, u64, State) {
    match received {
        Received::New(number, state) => (EventName::Received, number, state),
        Received::Updated(number, state) => (EventName::Updated, number, state),
        Received::Anew(number, state) => (EventName::JudgedAnew, number, state),
        Received::Same(number, state) => (EventName::Repeated, number, state),
        Received::Kept(number, state) => (EventName::NotReplaced, number, state),
    }
}

/// Logs an accepted ping.
pub(super) fn log_arrival(
    context: &Context<'_>,
    (store, id, number): (&Store, &TbId, u64),
    (what, state): (EventName, State),
    url: String,
) {
    let from = stored_address(context.config.addresses, context.request.address);
    store.log(
        &Event::new(context.now(), what)
            .with("tb_id", id.as_str())
            .with("id", number)
            .with("state", state.name())
            .with("url", url)
            .with("from", from),
    );
}

/// Queues the page behind a ping for verification, from `due` on. The queue is only a hint: the ping itself is on disk.
pub(super) fn queue_verification(
    context: &Context<'_>,
    (store, id, number): (&Store, &TbId, u64),
    due: Timestamp,
    response: Response,
) -> Response {
    if let Err(error) = queue::add(store, id, number, due) {
        let event = Event::new(context.now(), EventName::Postponed)
            .with("tb_id", id.as_str())
            .with("id", number)
            .with("error", error.to_string());
        store.log(&event);
    }
    match due > context.now() {
        true => response,
        false => response.with_follow_up(FollowUp::Verify),
    }
}

/// Tells a sender to come back later. That costs less than accepting a ping, and is logged once until the limit is free
/// again: both matter in a flood.
pub(super) fn refuse(
    context: &Context<'_>,
    (store, id): (&Store, &TbId),
    limit: &LimitReached,
    dialect: Dialect,
) -> Response {
    if limit.notice == EmptyNotice::First {
        log_refusal(context, (store, id), limit.refusal);
    }
    let error = limit.refusal.into();
    error_page::respond(Some(context.config), dialect, context.request, &error)
        .with("Retry-After", limit.wait_seconds.to_string())
}

/// Logs a refused ping to `id`.
pub(super) fn log_refusal(context: &Context<'_>, (store, id): (&Store, &TbId), refusal: Refusal) {
    let from = stored_address(context.config.addresses, context.request.address);
    store.log(
        &Event::new(context.now(), EventName::Refused)
            .with("reason", refusal.name())
            .with("tb_id", id.as_str())
            .with("from", from),
    );
}
