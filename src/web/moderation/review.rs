//! `__mode=review`: the page of a link in the mail, which decides about one ping without a log-in.
//!
//! GET shows the ping and changes nothing, since programs that scan mail open links. The page has no session and shows
//! nothing but that ping. A valid link is never throttled, so that nobody can lock the owner out by sending invalid ones.

use super::links;
use super::notice::new_approval;
use crate::admission::client_addr::stored_address;
use crate::admission::domains::{Approval, Approvals};
use crate::config::{Addresses, Throttle};
use crate::error::{Refusal, Result, Status};
use crate::linkback::trackback::TbId;
use crate::moderation::action::{Action, DecidedBy};
use crate::moderation::apply::{self, Decision, DecisionResult, Missing};
use crate::moderation::decision_link::{DecisionLink, LinkValidity, MODE, awaits_decision};
use crate::moderation::next_check::NextChecks;
use crate::order;
use crate::store::{EmptyNotice, OnEmpty, Record, Region, State, TokenGrant, TokenRequest};
use crate::web::context::Context;
use crate::web::error_page::owner_problem;
use crate::web::login::PER_PREFIX;
use crate::web::views::{HiddenField, MessageLink, ReviewForm, ReviewedPing};
use crate::web::{FollowUp, Response, list};
use jiff::Timestamp;

/// The buttons; no other action is possible with a link.
const ACTIONS: [Action; 2] = [Action::Approve, Action::Junk];
/// The button apart from these.
const LAST: Action = Action::Delete;

/// A valid link.
struct ValidLink<'request> {
    id: &'request TbId,
    number: u64,
    text_hash: &'request str,
    until: Timestamp,
}

/// Shows the ping.
pub(crate) fn show(context: &Context<'_>) -> Result<Response> {
    let link = match check_link(context)? {
        Ok(link) => link,
        Err(refused) => return Ok(refused),
    };
    let response = match load(context, &link)? {
        Some(record) => render(context, &link, record, None)?,
        None => deleted(context, 200),
    };
    Ok(response.secret_url())
}

/// Decides about the ping.
pub(crate) fn handle(context: &Context<'_>) -> Result<Response> {
    let link = match check_link(context)? {
        Ok(link) => link,
        Err(refused) => return Ok(refused),
    };
    let word = context.fields.get("do").unwrap_or_default();
    let action = Action::parse(word)?;
    if !ACTIONS.contains(&action) && action != LAST {
        return Err(Refusal::UnknownAction.into());
    }
    let numbers = order::map([(link.number, Some(link.text_hash.to_owned()))]);
    let decision = Decision {
        action,
        chosen: &order::map([(link.id.clone(), numbers)]),
        missing: Missing::ChangesNothing,
        by: DecidedBy::Mail,
    };
    let decided = apply::decide(context.config, context.store()?, &decision, context.now())?;
    let refusal = match &decided {
        _ if !decided.done.is_empty() => None,
        _ if !decided.changed.is_empty() => Some(Refusal::Changed),
        _ if !decided.settled.is_empty() => Some(Refusal::Settled),
        _ => Some(Refusal::NoSuchPing),
    };
    if let Some(refusal) = refusal {
        context.log_refusal(refusal)?;
    }
    let done = refusal.is_none().then(|| notice(action, &decided));
    let response = match load(context, &link)? {
        Some(record) => render(context, &link, record, done)?,
        None if done.is_some() => deleted(context, 200),
        None => deleted(context, 404),
    };
    let response = match refusal {
        Some(Refusal::Changed | Refusal::Settled) => Response {
            status: 409,
            ..response
        },
        // Other pings of an approved host may have to be verified again.
        _ => response.with_follow_up(FollowUp::Verify),
    };
    Ok(response.secret_url())
}

/// The link of the request, or the response to an invalid one.
fn check_link<'request>(
    context: &'request Context<'_>,
) -> Result<std::result::Result<ValidLink<'request>, Response>> {
    let field = |name| context.fields.get(name).unwrap_or_default();
    let id = context.tb_id()?;
    let link = DecisionLink {
        tb_id: id.as_str(),
        number: field("id"),
        text_hash: field("as"),
    };
    let validity = match context.store()?.secret()? {
        Some(secret) => link.check(context.config, &secret, field("key"), context.now()),
        None => LinkValidity::Forged,
    };
    match (validity, link.number.parse()) {
        (LinkValidity::Until(until), Ok(number)) => Ok(Ok(ValidLink {
            id,
            number,
            text_hash: link.text_hash,
            until,
        })),
        (LinkValidity::Expired, _) => refuse(context, Refusal::LinkExpired).map(Err),
        (LinkValidity::Until(_) | LinkValidity::Forged, _) => refuse_forged(context).map(Err),
    }
}

/// Counts an invalid link, as an attempt to log in is counted but separately.
fn refuse_forged(context: &Context<'_>) -> Result<Response> {
    if context.config.throttle == Throttle::On {
        let prefix = stored_address(Addresses::Prefix, context.request.address).unwrap_or_default();
        let request = TokenRequest {
            region: Region::LoginPrefix,
            // Cannot be confused with an address.
            key: &format!("link {prefix}"),
            bucket: PER_PREFIX,
            on_empty: OnEmpty::Refuse,
        };
        if let TokenGrant::Denied(empty) =
            context.store()?.take_tokens(&[request], context.now())?
        {
            let response = if empty.notice == EmptyNotice::First {
                refuse(context, Refusal::TooManyAttempts)?
            } else {
                refusal_page(context, Refusal::TooManyAttempts)
            };
            return Ok(response.with("Retry-After", empty.wait_seconds.to_string()));
        }
    }
    refuse(context, Refusal::BadLink)
}

fn refuse(context: &Context<'_>, refusal: Refusal) -> Result<Response> {
    context.log_refusal(refusal)?;
    Ok(refusal_page(context, refusal))
}

fn refusal_page(context: &Context<'_>, refusal: Refusal) -> Response {
    let (Status::Always(status) | Status::OnPages(status)) = refusal.status();
    owner_problem(context.config, status, refusal.message()).secret_url()
}

fn load(context: &Context<'_>, link: &ValidLink<'_>) -> Result<Option<Record>> {
    let pings = context.store()?.pings(link.id)?;
    let record = pings.map(|pings| pings.get(link.number)).transpose()?;
    Ok(record.flatten())
}

/// The page: with buttons if the ping waits and has the text that the mail showed.
fn render(
    context: &Context<'_>,
    link: &ValidLink<'_>,
    record: Record,
    done: Option<String>,
) -> Result<Response> {
    let zone = &context.config.zone;
    let is_same = record.text_hash() == link.text_hash;
    let waits = awaits_decision(&record);
    let (heading, notice) = match done {
        Some(notice) => ("Decided", notice),
        None if !waits => ("Already decided", standing(&record)),
        None if !is_same => {
            let when = record.updated.unwrap_or(record.time);
            let when = list::format_date(zone, when);
            let notice = format!(
                "This ping has changed since the mail: its text was replaced on {when}. \
                 Below is its new text, about which the link in the mail does not decide."
            );
            ("This ping has changed", notice)
        }
        None => ("Approve this ping?", String::new()),
    };
    let form = (waits && is_same).then(|| form(context, link, zone));
    let approves = match form {
        Some(_) => new_approval(context.config, &Approvals::load(context.store()?)?, &record),
        None => String::new(),
    };
    let review = ReviewedPing {
        heading: heading.to_owned(),
        notice,
        waiting: crate::web::views::WaitingPing {
            approves,
            why: NextChecks::load(context.store()?, zone, context.now()).explain(link.id, &record),
            ..links::waiting_ping(context, zone, link.id, record)
        },
        form,
        links: own_links(context),
    };
    Ok(context.page_without_session(heading, &review))
}

fn form(context: &Context<'_>, link: &ValidLink<'_>, zone: &jiff::tz::TimeZone) -> ReviewForm {
    let field = |name: &str, value: &str| HiddenField {
        name: name.to_owned(),
        value: value.to_owned(),
    };
    ReviewForm {
        url: context.config.base_url.to_string(),
        fields: vec![
            field("__mode", MODE),
            field("tb_id", link.id.as_str()),
            field("id", &link.number.to_string()),
            field("as", link.text_hash),
            field("key", context.fields.get("key").unwrap_or_default()),
        ],
        actions: ACTIONS.to_vec(),
        last: LAST,
        until: list::format_date(zone, link.until),
    }
}

/// The state of a ping that does not wait.
fn standing(record: &Record) -> String {
    let state = match record.state {
        State::Published => "it is published",
        State::Held => "you hold it",
        State::Junk => "it is junk",
    };
    format!("This ping does not wait any more: {state}.")
}

/// The consequences of a decision.
fn notice(action: Action, decided: &DecisionResult) -> String {
    let mut notice = format!("1 {}.", action.done());
    let known: Vec<String> = decided.learnt.iter().map(Approval::to_string).collect();
    if !known.is_empty() {
        notice.push_str(&format!(" Now known: {}.", known.join(", ")));
    }
    match decided.released.published.len() {
        0 => {}
        1 => notice.push_str(" 1 more ping from there, which waited only for this, is published."),
        more => notice.push_str(&format!(
            " {more} more pings from there, which waited only for this, are published."
        )),
    }
    notice
}

fn deleted(context: &Context<'_>, status: u16) -> Response {
    let message = crate::web::views::Message {
        heading: "This ping is deleted".to_owned(),
        text: String::new(),
        links: own_links(context),
    };
    Response {
        status,
        ..context.page_without_session("This ping is deleted", &message)
    }
}

fn own_links(context: &Context<'_>) -> Vec<MessageLink> {
    vec![MessageLink {
        url: links::url(context.config, &[]),
        text: "All waiting pings".to_owned(),
    }]
}
