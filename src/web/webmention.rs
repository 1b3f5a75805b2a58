//! `?__mode=webmention`: receives a webmention (Webmention, 3.2).
//!
//! There is one endpoint for the whole site: the target determines the id. The two URLs are checked before the response;
//! the page is fetched after it, and supplies the text.

use jiff::Timestamp;
use serde_json::{Map, Value};
use url::Url;

use super::context::{Context, Dialect};
use super::{Response, receive, urls, views};
use crate::admission::client_addr::stored_address;
use crate::admission::layers::{self, Admission, Admitted, IncomingPing};
use crate::admission::{throttle, webmention_target};
use crate::config::Config;
use crate::error::{Error, Refusal, Result};
use crate::feeds::WriteWhen;
use crate::feeds::change_pings;
use crate::linkback::Protocol;
use crate::linkback::trackback::{Form, Ping, TbId};
use crate::linkback::webmention_request::WebmentionRequest;
use crate::store::{Arrival, EventName, Pings, ReasonKind, Received, Secret, State, same_secret};
use crate::verify::mention_record::{self, SourceStatus};
use crate::verify::repeat;

/// This mode.
pub(super) const MODE: &str = "webmention";
/// The purpose in the signatures of status URLs.
const PURPOSE: &str = "webmention status";
/// Hexadecimal digits of a signature: 16 bytes.
const KEY_DIGITS: usize = 32;

/// Whether a form without a mode is a webmention: some senders drop the query string of the endpoint.
pub(super) fn is_webmention(form: &Form) -> bool {
    let has = |name| form.get(name).is_some();
    has("source") && has("target") && !has("url") && !has("tb_id")
}

pub(super) fn handle(context: &Context<'_>) -> Result<Response> {
    if !context.config.receives(Protocol::Webmention) {
        return Err(Refusal::ProtocolOff.into());
    }
    let mention = WebmentionRequest::from_form(&context.fields)?;
    let (config, store) = (context.config, context.store()?);
    let id = webmention_target::tb_id_of(config, store, &context.app.entries, &mention.target)?;
    let page = MentioningPage {
        id: &id,
        key: None,
        ping: Ping::new(mention.source.as_str(), "", "", "").map_err(|_| Refusal::InvalidSource)?,
        target: Some(&mention.target),
        target_as_sent: Some(&mention.target_as_sent),
        dialect: Dialect::Text,
    };
    receive_page(context, &page, |key| {
        accepted(context, &status_url(context.config, MODE, key))
    })
}

/// A page that is said to link to an entry, as the sender of a webmention or a reader names it.
pub(super) struct MentioningPage<'a> {
    pub(super) id: &'a TbId,
    /// The passphrase or signature sent with the id, unchecked.
    pub(super) key: Option<&'a str>,
    /// The page's URL; the text comes from the page.
    pub(super) ping: Ping,
    /// The page that it links to; `None` if only the id is known.
    pub(super) target: Option<&'a Url>,
    /// The same as received.
    pub(super) target_as_sent: Option<&'a str>,
    /// The format of refusals.
    pub(super) dialect: Dialect,
}

/// The status of a page: the id, the number of its record, and the signature in its URL.
pub(super) struct StatusKey<'a> {
    pub(super) id: &'a TbId,
    number: u64,
    signature: String,
}

/// Stores a page and queues its check. The response is that of `accepted` whatever is stored: it must not reveal what the
/// owner has decided.
pub(super) fn receive_page(
    context: &Context<'_>,
    page: &MentioningPage<'_>,
    accepted: impl Fn(&StatusKey<'_>) -> Response,
) -> Result<Response> {
    let (config, store, now) = (context.config, context.store()?, context.now());
    let id = page.id;
    let refuse = |limit| receive::refuse(context, (store, id), &limit, page.dialect);
    let target = page.target.map_or(id.as_str(), Url::as_str);
    let pair = (page.ping.url.as_str(), target);
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
        via: Protocol::Webmention,
        now,
    };
    let admitted = match layers::admit(config, store, &incoming)? {
        Admission::Accepted(admitted) => admitted,
        Admission::Refused(limit) => return Ok(refuse(limit)),
    };
    let secret = store.make_secret()?;
    let arrival = arrival(context, &admitted, page.target_as_sent);
    let stored = change_pings(config, store, id, now, |transaction| {
        let received = match transaction.receive(&page.ping, &arrival, repeat::resolve) {
            Err(Error::Refused(Refusal::Withdrawn)) => {
                let pings = transaction.pings();
                let number = pings.map(|pings| pings.deleted_number(&page.ping.url));
                let number = number.transpose()?.flatten().unwrap_or_default();
                return Ok((Stored::Deleted(number), WriteWhen::IfStale));
            }
            received => received?,
        };
        let (_, number, _) = outcome(received);
        let due = check_time(transaction.pings(), number, now)?;
        let when = match received {
            Received::New(..) | Received::Updated(..) | Received::Anew(..) => WriteWhen::Always,
            Received::Same(..) | Received::Kept(..) => WriteWhen::IfStale,
        };
        Ok((Stored::As(received, due), when))
    })?;
    // The reserved place among the new ids is needed until here.
    drop(admitted.quota);
    let accepted = |number| {
        let signature = status_signature(&secret, id, number);
        accepted(&StatusKey {
            id,
            number,
            signature,
        })
    };
    let (received, due) = match stored {
        Stored::As(received, due) => (received, due),
        Stored::Deleted(number) => {
            receive::log_refusal(context, (store, id), Refusal::Withdrawn);
            return Ok(accepted(number));
        }
    };
    let (what, number, state) = outcome(received);
    let key = (store, id, number);
    receive::log_arrival(context, key, (what, state), page.ping.url.clone());
    Ok(match state {
        State::Junk => accepted(number),
        State::Held | State::Published => {
            receive::queue_verification(context, key, due, accepted(number))
        }
    })
}

/// What was done with a webmention.
enum Stored {
    /// It is stored, and its page is to be checked at that time.
    As(Received, Timestamp),
    /// The owner has deleted it, under that number.
    Deleted(u64),
}

/// The record's data besides the source. It is never published before its page was checked, whatever `publish` says.
fn arrival(context: &Context<'_>, admitted: &Admitted, target: Option<&str>) -> Arrival {
    let (state, why) = match admitted.state {
        State::Published => (State::Held, Some(ReasonKind::Unverified.into())),
        State::Held | State::Junk => (admitted.state, admitted.why.clone()),
    };
    let target = target.map(|target| (mention_record::TARGET.to_owned(), Value::from(target)));
    Arrival {
        time: context.now(),
        state,
        why,
        via: Protocol::Webmention.name(),
        from: stored_address(context.config.addresses, context.request.address),
        rest: Map::from_iter(target),
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

/// The response 201 with the status URL; a page if the form was used.
fn accepted(context: &Context<'_>, status: &str) -> Response {
    let text = "The webmention was accepted; its page will be checked.";
    let response = match context.fields.get("form") {
        Some(_) => {
            let link = views::MessageLink {
                url: status.to_owned(),
                text: "Status of this webmention".to_owned(),
            };
            let message = views::Message {
                text: text.to_owned(),
                links: vec![link],
            };
            context.page("Webmention", &message)
        }
        None => Response::text(200, format!("{text}\n{status}\n")),
    };
    Response {
        status: 201,
        ..response
    }
    .with("Location", status)
    .with("Cache-Control", "no-store")
}

/// `GET`: the form to send a webmention by hand, or the status of one.
pub(super) fn show(context: &Context<'_>) -> Result<Response> {
    if !context.config.receives(Protocol::Webmention) {
        return Err(Refusal::ProtocolOff.into());
    }
    if let Some(number) = context.query.get("id") {
        return status(context, number);
    }
    let target = context.query.get("target").unwrap_or_default().to_owned();
    let form = views::WebmentionForm {
        action: context.config.base_url.to_string(),
        site_name: context.config.site_name.clone(),
        target,
    };
    Ok(context.page("Webmention", &form))
}

/// The status as plain text.
fn status(context: &Context<'_>, number: &str) -> Result<Response> {
    let status = load_status(context, number)?;
    let response = Response::text(200, format!("{}: {}\n", status.name(), status.sentence()));
    Ok(response.with("Cache-Control", "no-store"))
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
pub(super) fn status_url(config: &Config, mode: &str, key: &StatusKey<'_>) -> String {
    let query = [
        ("__mode", mode),
        ("tb_id", key.id.as_str()),
        ("id", &key.number.to_string()),
        ("key", &key.signature),
    ];
    urls::with_query(config, &query)
}

fn status_signature(secret: &Secret, id: &TbId, number: u64) -> String {
    let signature = secret.sign(PURPOSE, &format!("{id} {number}"));
    signature.get(..KEY_DIGITS).unwrap_or_default().to_owned()
}
