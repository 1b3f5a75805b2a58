//! `__mode=send_form` and `send_ping`: the owner sends a ping from a form.
//!
//! tb.cgi let everybody do so, which made it a relay. Here both are the owner's, and what is dialled
//! is guarded by `net`. Where the configuration names a ledger, what was sent is written there too.

use std::time::Duration;

use url::Url;

use super::page::{Outcome, SendForm, Sent};
use super::{Context, Response, urls};
use crate::error::{Error, Fault, Refusal, Result};
use crate::send::{self, Ledger, Target};
use crate::store::Event;
use crate::trackback::{Ping, Reply};
use crate::urls::parse_web;

/// How long a visitor waits for a run of `tb send` that has the ledger.
const LEDGER_PATIENCE: Duration = Duration::from_secs(3);

/// The form, filled in with what the query says.
pub(super) fn ask(context: &Context<'_>) -> Result<Response> {
    form(context, 200, None)
}

/// Sends the ping and shows what the other side said.
pub(super) fn answer(context: &Context<'_>) -> Result<Response> {
    let (ping, target) = match read(context) {
        Ok(read) => read,
        Err(refusal) => return form(context, 400, Some(refusal.message())),
    };
    let client = send::client(Some(context.config), context.request.patience);
    let sent = match &context.config.ledger {
        Some(path) => Ledger::open(path, LEDGER_PATIENCE).and_then(|mut ledger| {
            send::recorded(&client, &mut ledger, &target, &ping, context.now())
        }),
        None => send::ping(&client, &target, &ping),
    };
    let (ping_url, outcome) = match sent {
        Ok(sent) => (sent.ping_url, outcome(sent.reply)),
        Err(Error::Refused(refusal)) => return form(context, 400, Some(refusal.message())),
        Err(Error::Fetch { url: _, fault }) => {
            (address(&target), Outcome::Failed(fault.to_string()))
        }
        Err(other) => return Err(other),
    };
    let (what, said) = match &outcome {
        Outcome::Accepted => ("sent", None),
        Outcome::Refused(message) => ("sent-refused", Some(message.clone())),
        Outcome::Failed(message) => ("sent-failed", Some(message.clone())),
    };
    context.store()?.log(
        &Event::new(context.now(), what)
            .with("to", ping_url.as_str())
            .with("url", ping.url)
            .with("said", said),
    );
    let again_url = urls::with_query(context.config, &[("__mode", "send_form")]);
    Ok(context.page(
        "Send a ping",
        &Sent {
            ping_url: ping_url.into(),
            outcome,
            again_url,
        },
    ))
}

fn read(context: &Context<'_>) -> std::result::Result<(Ping, Target), Refusal> {
    let ping = Ping::from_form(&context.fields)?;
    let field = |name| {
        context
            .fields
            .get(name)
            .map(str::trim)
            .filter(|text| !text.is_empty())
    };
    let (text, target): (_, fn(Url) -> Target) = match (field("ping_url"), field("page")) {
        (Some(ping_url), _) => (ping_url, Target::PingUrl),
        (None, Some(page)) => (page, Target::Page),
        (None, None) => return Err(Refusal::NoPingUrl),
    };
    let url = parse_web(text).ok_or(Refusal::NoPingUrl)?;
    Ok((ping, target(url)))
}

fn outcome(reply: Reply) -> Outcome {
    match reply {
        Reply::Accepted => Outcome::Accepted,
        Reply::Refused(message) => Outcome::Refused(message),
        Reply::Unreadable => {
            Outcome::Failed(Fault::Protocol("no TrackBack response".to_owned()).to_string())
        }
    }
}

fn address(target: &Target) -> Url {
    match target {
        Target::PingUrl(url) | Target::Page(url) => url.clone(),
    }
}

fn form(context: &Context<'_>, status: u16, error: Option<&str>) -> Result<Response> {
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
