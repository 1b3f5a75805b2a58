//! What webmentions, pingbacks and the form for readers share: a page is said to link to an entry. It is stored as an
//! unverified ping, fetched after the response, and supplies the text.

use jiff::Timestamp;
use serde_json::{Map, Value};
use url::Url;

use super::context::{Context, Dialect};
use super::{Response, receive, urls};
use crate::admission::client_addr::stored_address;
use crate::admission::layers::{self, Admission, Admitted, IncomingPing};
use crate::admission::{linkback_target, throttle};
use crate::config::Config;
use crate::error::{Error, Refusal, Result};
use crate::feeds::WriteWhen;
use crate::feeds::change_pings;
use crate::linkback::Protocol;
use crate::linkback::request::LinkbackRequest;
use crate::linkback::trackback::{Ping, TbId};
use crate::store::{Arrival, EventName, ReasonKind, Received, Secret, State, same_secret};
use crate::verify::mention_record::{self, SourceStatus};
use crate::verify::repeat;

/// The purpose in the signatures of status URLs.
const PURPOSE: &str = "webmention status";
/// Hexadecimal digits of a signature: 16 bytes.
const KEY_DIGITS: usize = 32;

/// Receives a webmention or pingback. The response is that of `accepted`, unless a limit is reached.
pub(super) fn receive(
    context: &Context<'_>,
    (protocol, dialect): (Protocol, Dialect),
    request: &LinkbackRequest,
    accepted: &dyn Fn(&PageReceipt<'_>) -> Response,
) -> Result<Response> {
    let (config, store) = (context.config, context.store()?);
    let id = linkback_target::tb_id_of(config, store, &context.app.entries, &request.target)?;
    let page = MentioningPage {
        id: &id,
        key: None,
        ping: Ping::new(request.source.as_str(), "", "", "").map_err(|_| Refusal::InvalidSource)?,
        protocol,
        target: Some(&request.target),
        target_as_sent: Some(&request.target_as_sent),
        dialect,
    };
    receive_page(context, &page, accepted)
}

/// A page that is said to link to an entry, as the sender of a webmention or a reader names it.
pub(super) struct MentioningPage<'a> {
    pub(super) id: &'a TbId,
    /// The passphrase or signature sent with the id, unchecked.
    pub(super) key: Option<&'a str>,
    /// The page's URL; the text comes from the page.
    pub(super) ping: Ping,
    pub(super) protocol: Protocol,
    /// The page that it links to; `None` if only the id is known.
    pub(super) target: Option<&'a Url>,
    /// The same as received.
    pub(super) target_as_sent: Option<&'a str>,
    /// The format of refusals.
    pub(super) dialect: Dialect,
}

/// A page that was stored: the id, the number of its record, and the signature in the URL of its status.
pub(super) struct PageReceipt<'a> {
    pub(super) id: &'a TbId,
    number: u64,
    signature: String,
    /// What the last check found, if the page was received before.
    pub(super) before: Option<SourceStatus>,
}

/// Stores a page and queues its check. The response is that of `accepted` whatever is stored: it must not reveal what the
/// owner has decided.
pub(super) fn receive_page(
    context: &Context<'_>,
    page: &MentioningPage<'_>,
    accepted: &dyn Fn(&PageReceipt<'_>) -> Response,
) -> Result<Response> {
    let (config, store, now) = (context.config, context.store()?, context.now());
    let id = page.id;
    let refuse = |limit| receive::refuse(context, (store, id), &limit, page.dialect);
    let target = page.target.map_or(id.as_str(), Url::as_str);
    let pair = (context.request.address, page.ping.url.as_str(), target);
    if let Err(limit) = throttle::check_pair_rate(config, store, pair, now)? {
        return Ok(refuse(limit));
    }
    let incoming = IncomingPing {
        id,
        entries: &context.app.entries,
        key: page.key,
        form: &context.fields,
        ping: &page.ping,
        address: context.request.address,
        via: page.protocol,
        now,
    };
    let admitted = match layers::admit(config, store, &incoming)? {
        Admission::Accepted(admitted) => admitted,
        Admission::Refused(limit) => return Ok(refuse(limit)),
    };
    let secret = store.make_secret()?;
    let (stored, before) = store_page(context, page, &admitted)?;
    // The reserved place among the new ids is needed until here.
    drop(admitted.quota);
    let accepted = |number, before| {
        let signature = status_signature(&secret, id, number);
        accepted(&PageReceipt {
            id,
            number,
            signature,
            before,
        })
    };
    let (received, due) = match stored {
        Stored::As(received, due) => (received, due),
        Stored::Deleted(number) => {
            receive::log_refusal(context, (store, id), Refusal::Withdrawn);
            return Ok(accepted(number, Some(SourceStatus::Queued)));
        }
    };
    let (what, number, state) = outcome(received);
    let key = (store, id, number);
    receive::log_arrival(context, key, (what, state), page.ping.url.clone());
    Ok(match state {
        State::Junk => accepted(number, before),
        State::Held | State::Published => {
            receive::queue_verification(context, key, due, accepted(number, before))
        }
    })
}

/// Stores a page that was admitted. Also returns what the last check found, if the page was received before.
fn store_page(
    context: &Context<'_>,
    page: &MentioningPage<'_>,
    admitted: &Admitted,
) -> Result<(Stored, Option<SourceStatus>)> {
    let (config, store, now) = (context.config, context.store()?, context.now());
    let arrival = arrival(context, admitted, page);
    let mut before = None;
    let stored = change_pings(
        (config, store, &context.app.entries),
        page.id,
        now,
        |transaction| {
            let again = |old, new| {
                before = Some(mention_record::source_status(&old));
                repeat::resolve(old, new)
            };
            let received = match transaction.receive(&page.ping, &arrival, again) {
                Err(Error::Refused(Refusal::Withdrawn)) => {
                    let pings = transaction.pings();
                    let number = pings.map(|pings| pings.deleted_number(&page.ping.url));
                    let number = number.transpose()?.flatten().unwrap_or_default();
                    return Ok((Stored::Deleted(number), WriteWhen::IfStale));
                }
                received => received?,
            };
            let (_, number, _) = outcome(received);
            let record = transaction.get(number)?;
            let due = record.map_or(now, |record| mention_record::earliest_check(&record, now));
            let when = match received {
                Received::New(..) | Received::Updated(..) | Received::Anew(..) => WriteWhen::Always,
                Received::Same(..) | Received::Kept(..) => WriteWhen::IfStale,
            };
            Ok((Stored::As(received, due), when))
        },
    )?;
    Ok((stored, before))
}

/// What was done with a webmention.
enum Stored {
    /// It is stored, and its page is to be checked at that time.
    As(Received, Timestamp),
    /// The owner has deleted it, under that number.
    Deleted(u64),
}

/// The record's data besides the source. It is never published before its page was checked, whatever `publish` says.
fn arrival(context: &Context<'_>, admitted: &Admitted, page: &MentioningPage<'_>) -> Arrival {
    let (state, why) = match admitted.state {
        State::Published => (State::Held, Some(ReasonKind::Unverified.into())),
        State::Held | State::Junk => (admitted.state, admitted.why.clone()),
    };
    let mut rest = Map::new();
    if let Some(target) = page.target_as_sent {
        rest.insert(mention_record::TARGET.to_owned(), Value::from(target));
    }
    Arrival {
        time: context.now(),
        state,
        why,
        via: page.protocol.name(),
        from: stored_address(context.config.addresses, context.request.address),
        rest,
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

/// The status of a page: facts of the page itself, and nothing of the owner's decisions, which would tell a spammer what
/// works.
pub(super) fn load_status(context: &Context<'_>, number: &str) -> Result<SourceStatus> {
    let (store, id) = (context.store()?, context.tb_id()?);
    let number: u64 = number.parse().map_err(|_| Refusal::NoSuchPing)?;
    let secret = store.secret()?.ok_or(Refusal::NoSuchPing)?;
    let key = context.key.as_deref().unwrap_or_default();
    if !same_secret(key, &status_signature(&secret, id, number)) {
        return Err(Refusal::NoSuchPing.into());
    }
    let record = match store.pings(id)? {
        Some(pings) => pings.with_all_keys().get(number)?,
        None => None,
    };
    // A deleted record looks like one that is not checked yet.
    let status = record.as_ref().map(mention_record::source_status);
    Ok(status.unwrap_or(SourceStatus::Queued))
}

/// The URL of a status, in a mode that shows it.
pub(super) fn status_url(config: &Config, mode: &str, receipt: &PageReceipt<'_>) -> String {
    let query = [
        ("__mode", mode),
        ("tb_id", receipt.id.as_str()),
        ("id", &receipt.number.to_string()),
        ("key", &receipt.signature),
    ];
    urls::with_query(config, &query)
}

fn status_signature(secret: &Secret, id: &TbId, number: u64) -> String {
    let signature = secret.sign(PURPOSE, &format!("{id} {number}"));
    signature.get(..KEY_DIGITS).unwrap_or_default().to_owned()
}
