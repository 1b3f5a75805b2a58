//! `__mode=send_form` and `send_ping`: the owner sends a ping from a form.
//!
//! tb.cgi let everybody do so, which made it an open relay. Here only the owner can, and `fetch` checks every address that
//! is contacted. If the configuration names a ledger, the ping is recorded there.

use std::time::Duration;

use url::Url;

use super::context::Context;
use super::views::{SendForm, SendOutcome, Sent};
use super::{Response, urls};
use crate::config::Config;
use crate::error::{Error, Refusal, Result};
use crate::linkback::Protocol;
use crate::linkback::trackback::Ping;
use crate::send::ping_url::{EndpointRules, GuessPolicy};
use crate::send::{self, Ledger, LinkbackMessage, PingDestination, outcome};
use crate::store::{Event, EventName};
use crate::text::escape_xml;
use crate::urls::parse_web;

/// How long to wait for a run of `tb send` that has locked the ledger.
const LEDGER_TIMEOUT: Duration = Duration::from_secs(3);

/// The form, filled in from the query.
pub(super) fn show_form(context: &Context<'_>) -> Result<Response> {
    render_form(context, 200, None)
}

/// Sends the ping and shows the outcome.
pub(super) fn handle(context: &Context<'_>) -> Result<Response> {
    let (ping, target) = match parse_form(context) {
        Ok(parsed) => parsed,
        Err(refusal) => return render_form(context, 400, Some(refusal.message())),
    };
    let client = send::client(Some(context.config), context.request.timeout);
    let to = match &target {
        SendFormTarget::PingUrl(url) => Ok(Ok(PingDestination::of(url.clone()))),
        SendFormTarget::Page(page) => PingDestination::find(&client, page, &rules(context.config)),
    };
    let to = match to {
        Ok(Ok(to)) => to,
        Ok(Err(why)) => return render_form(context, 400, Some(&why)),
        Err(Error::Fetch { url: _, fault }) => {
            return log_and_show(
                context,
                &ping,
                target.url(),
                SendOutcome::Failed(fault.to_string()),
            );
        }
        Err(other) => return Err(other),
    };
    let message = LinkbackMessage::ping(&to.ping_url, &ping);
    let posted = match &context.config.ledger {
        Some(path) => {
            let mut ledger = Ledger::open(path, LEDGER_TIMEOUT)?;
            send::post_recorded(&client, &mut ledger, to.target(), &message, context.now())?
        }
        None => send::post(&client, &message, context.now()),
    };
    log_and_show(context, &ping, &to.ping_url, outcome_view(posted.outcome))
}

/// Logs the outcome of a ping and shows it.
fn log_and_show(
    context: &Context<'_>,
    ping: &Ping,
    ping_url: &Url,
    outcome: SendOutcome,
) -> Result<Response> {
    let (what, said) = match &outcome {
        SendOutcome::Accepted => (EventName::Sent, None),
        SendOutcome::Refused(message) => (EventName::SentRefused, Some(message.clone())),
        SendOutcome::Later(message) => (EventName::SentLater, Some(message.clone())),
        SendOutcome::Uncertain(message) => (EventName::SentUncertain, Some(message.clone())),
        SendOutcome::Failed(message) => (EventName::SentFailed, Some(message.clone())),
    };
    context.store()?.log(
        &Event::new(context.now(), what)
            .with("to", ping_url.as_str())
            .with("url", ping.url.as_str())
            .with("said", said),
    );
    let again_url = urls::with_query(context.config, &[("__mode", "send_form")]);
    Ok(context.page(
        "Send a ping",
        &Sent {
            ping_url: ping_url.to_string(),
            outcome,
            again_url,
        },
    ))
}

/// The target that the form names.
enum SendFormTarget {
    PingUrl(Url),
    Page(Url),
}

impl SendFormTarget {
    fn url(&self) -> &Url {
        match self {
            SendFormTarget::PingUrl(url) | SendFormTarget::Page(url) => url,
        }
    }
}

/// Which ping URLs of a page are used: as for `tb send`.
fn rules(config: &Config) -> EndpointRules {
    EndpointRules {
        ping_hosts: config.ping_hosts.clone(),
        guess: GuessPolicy::Never,
        reach: send::reach(Some(config)),
        protocols: vec![Protocol::TrackBack],
    }
}

/// Parses the form. Its fields are plain text, so they are escaped: the fields of a ping are read as markup.
fn parse_form(context: &Context<'_>) -> std::result::Result<(Ping, SendFormTarget), Refusal> {
    let text = |name| escape_xml(context.fields.get(name).unwrap_or_default());
    let url = context.fields.get("url").unwrap_or_default();
    let ping = Ping::new(url, &text("title"), &text("excerpt"), &text("blog_name"))?;
    let field = |name| {
        context
            .fields
            .get(name)
            .map(str::trim)
            .filter(|text| !text.is_empty())
    };
    let (text, target): (_, fn(Url) -> SendFormTarget) = match (field("ping_url"), field("page")) {
        (Some(ping_url), _) => (ping_url, SendFormTarget::PingUrl),
        (None, Some(page)) => (page, SendFormTarget::Page),
        (None, None) => return Err(Refusal::NoPingUrl),
    };
    let url = parse_web(text).ok_or(Refusal::NoPingUrl)?;
    Ok((ping, target(url)))
}

fn outcome_view(outcome: outcome::PingOutcome) -> SendOutcome {
    match outcome {
        outcome::PingOutcome::Accepted => SendOutcome::Accepted,
        outcome::PingOutcome::Refused(message) if outcome::is_own_refusal(&message) => {
            SendOutcome::Failed(message)
        }
        outcome::PingOutcome::Refused(message) => SendOutcome::Refused(message),
        outcome::PingOutcome::Later(limit) => SendOutcome::Later(limit.answer),
        outcome::PingOutcome::Uncertain(message) => SendOutcome::Uncertain(message),
        outcome::PingOutcome::Failed(message) => SendOutcome::Failed(message),
    }
}

fn render_form(context: &Context<'_>, status: u16, error: Option<&str>) -> Result<Response> {
    let field = |name| context.fields.get(name).unwrap_or_default().to_owned();
    let config = context.config;
    let blog_name = context
        .fields
        .get("blog_name")
        .unwrap_or(&config.site_name)
        .to_owned();
    let page = SendForm {
        form: context.form()?,
        url: field("url"),
        title: field("title"),
        excerpt: field("excerpt"),
        blog_name,
        ping_url: field("ping_url"),
        page: field("page"),
        error: error.map(str::to_owned),
        cancel_url: config.base_url.to_string(),
    };
    Ok(Response {
        status,
        ..context.page("Send a ping", &page)
    })
}
