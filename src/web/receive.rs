//! `POST tb.cgi/<id>`: receives a ping.
//!
//! Specification clauses 5 to 7. The response is success only if the ping is on disk.

use super::context::{Context, Dialect};
use super::response::FollowUp;
use super::{Response, error_page};
use crate::admission::client_addr::stored_address;
use crate::admission::layers::{self, Admission, IncomingPing, Verify};
use crate::admission::throttle::LimitReached;
use crate::error::{Refusal, Result};
use crate::feeds::WriteWhen;
use crate::feeds::change_pings;
use crate::linkback::trackback::{Ping, TbId, reply};
use crate::store::{Arrival, EmptyNotice, Event, EventName, Received, State, Store};
use crate::verify::{queue, repeat};

pub(super) fn handle(context: &Context<'_>) -> Result<Response> {
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
        now: context.now(),
    };
    let admitted = match layers::admit(context.config, store, &incoming)? {
        Admission::Accepted(admitted) => admitted,
        Admission::Refused(limit) => return Ok(refuse(context, store, id, &limit)),
    };
    let arrival = Arrival {
        time: context.now(),
        state: admitted.state,
        why: admitted.why,
        via: "trackback",
        from: stored_address(context.config.addresses, context.request.address),
    };
    let received = change_pings(context.config, store, id, context.now(), |transaction| {
        let received = transaction.receive(&ping, &arrival, repeat::resolve)?;
        let when = match received {
            Received::New(..) | Received::Updated(..) | Received::Anew(..) => WriteWhen::Always,
            Received::Same(..) | Received::Kept(..) => WriteWhen::IfStale,
        };
        Ok((received, when))
    })?;
    // The reserved place among the new ids is needed until here.
    drop(admitted.quota);
    let (what, number, state) = match received {
        Received::New(number, state) => (EventName::Received, number, state),
        Received::Updated(number, state) => (EventName::Updated, number, state),
        Received::Anew(number, state) => (EventName::JudgedAnew, number, state),
        Received::Same(number, state) => (EventName::Repeated, number, state),
        Received::Kept(number, state) => (EventName::NotReplaced, number, state),
    };
    store.log(
        &Event::new(context.now(), what)
            .with("tb_id", id.as_str())
            .with("id", number)
            .with("state", state.name())
            .with("url", ping.url)
            .with("from", arrival.from),
    );
    let response = Response::xml(200, reply::accepted());
    let waits = match received {
        Received::New(..) | Received::Updated(..) | Received::Anew(..) => state == State::Held,
        // The page is read again to see whether it has the new text.
        Received::Kept(..) => state != State::Junk,
        // The earlier ping is queued or decided already.
        Received::Same(..) => false,
    };
    Ok(match admitted.verify {
        Verify::Needed if waits => queue_verification(context, store, id, number, response),
        Verify::Needed | Verify::No => response,
    })
}

/// Queues the page behind a ping for verification. The queue is only a hint: the ping itself is on disk.
fn queue_verification(
    context: &Context<'_>,
    store: &Store,
    id: &TbId,
    number: u64,
    response: Response,
) -> Response {
    if let Err(error) = queue::add(store, id, number, context.now()) {
        let event = Event::new(context.now(), EventName::Postponed)
            .with("tb_id", id.as_str())
            .with("id", number)
            .with("error", error.to_string());
        store.log(&event);
    }
    response.with_follow_up(FollowUp::Verify)
}

/// Tells a sender to come back later. That costs less than accepting a ping, and is logged once until the limit is free
/// again: both matter in a flood.
fn refuse(context: &Context<'_>, store: &Store, id: &TbId, too_many: &LimitReached) -> Response {
    let refusal = too_many.refusal;
    if too_many.notice == EmptyNotice::First {
        store.log(
            &Event::new(context.now(), EventName::Refused)
                .with("reason", refusal.name())
                .with("tb_id", id.as_str())
                .with(
                    "from",
                    stored_address(context.config.addresses, context.request.address),
                ),
        );
    }
    error_page::respond(
        Some(context.config),
        Dialect::Xml,
        context.request,
        &refusal.into(),
    )
    .with("Retry-After", too_many.wait_seconds.to_string())
}
