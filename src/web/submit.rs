//! `POST ?__mode=submit`: a reader enters the page that he has written about an entry.
//!
//! The page is received as a webmention is: it is fetched after the response, must link to the entry, and supplies the
//! text. Other fields than `tb_id` and `url` are ignored.

use url::Url;

use super::context::{Context, Dialect};
use super::linkback::{self, MentioningPage, PageReceipt};
use super::{Response, urls, views};
use crate::admission::{entries, layers, ping_auth};
use crate::config::Config;
use crate::error::{Refusal, Result};
use crate::language::Sentence;
use crate::linkback::Protocol;
use crate::linkback::trackback::{Ping, TbId};
use crate::urls::is_below;
use crate::verify::mention_record::SourceStatus;

/// This mode.
pub(super) const MODE: &str = "submit";

pub(super) fn handle(context: &Context<'_>) -> Result<Response> {
    let (config, id) = (context.config, context.tb_id()?);
    if !config.submit {
        return Err(Refusal::FormOff.into());
    }
    let url = context.fields.get("url").unwrap_or_default();
    let ping = Ping::new(url, "", "", "")?;
    let source = Url::parse(&ping.url).map_err(|_| Refusal::BadUrl)?;
    if is_own(config, &source) {
        return Err(Refusal::OwnPage.into());
    }
    if layers::not_public(config, &source).is_some() {
        return Err(Refusal::NotPublic.into());
    }
    let permalink = context.app.entry(id)?.and_then(|entry| entry.url);
    let page = MentioningPage {
        id,
        key: context.key.as_deref(),
        ping,
        protocol: Protocol::Webmention,
        target: permalink.as_ref(),
        target_as_sent: permalink.as_ref().map(Url::as_str),
        dialect: Dialect::Html,
    };
    let response = linkback::receive_page(context, &page, &|key| accepted(context, key))?;
    Ok(for_every_origin(response))
}

/// Whether a page is the owner's, or this program's own.
fn is_own(config: &Config, url: &Url) -> bool {
    let mut own = config.site.iter().chain([&config.base_url]);
    own.any(|own| is_below(url, own))
}

/// The script on the owner's pages reads the response, too.
pub(super) fn for_every_origin(response: Response) -> Response {
    response.with("Access-Control-Allow-Origin", "*")
}

/// The form for an entry; `None` where a page would be refused whatever it is.
pub(super) fn form(context: &Context<'_>, id: &TbId) -> Result<Option<views::SubmitForm>> {
    let (config, store, app) = (context.config, context.store()?, context.app);
    let is_open = || entries::check_open(config, (store, &app.entries), id, context.now()).is_ok();
    let is_public = ping_auth::passphrase_of(config, app.entry(id)?.as_ref()).is_none();
    let is_shown = config.submit && is_public && is_open();
    Ok(is_shown.then(|| views::SubmitForm {
        action: config.base_url.to_string(),
        tb_id: id.to_string(),
    }))
}

/// The response to a page that is checked now, with the link to its status.
fn accepted(context: &Context<'_>, key: &PageReceipt<'_>) -> Response {
    let status = views::MessageLink {
        url: linkback::status_url(context.config, MODE, key),
        text: context.language().say(Sentence::WhatWasFound).to_owned(),
    };
    let texts = (Sentence::ThankYou, Sentence::BeingChecked);
    message(context, texts, key.id, Some(status))
}

fn message(
    context: &Context<'_>,
    (heading, text): (Sentence, Sentence),
    id: &TbId,
    link: Option<views::MessageLink>,
) -> Response {
    let (config, language) = (context.config, context.language());
    let list = views::MessageLink {
        url: urls::mode(config, "list", id),
        text: language.say(Sentence::BackToList).to_owned(),
    };
    let message = views::Message {
        heading: language.say(heading).to_owned(),
        text: language.say(text).to_owned(),
        links: link.into_iter().chain([list]).collect(),
    };
    let response = context.reader_page(&config.site_name, &[], &message);
    response.with("Cache-Control", "no-store")
}

/// `GET` with a number and its signature: what the check of the page has found.
pub(super) fn show_status(context: &Context<'_>) -> Result<Response> {
    let number = context.query.get("id").ok_or(Refusal::MethodNotAllowed)?;
    status_page(context, linkback::load_status(context, number)?)
}

/// A status as a page for readers.
pub(super) fn status_page(context: &Context<'_>, status: SourceStatus) -> Result<Response> {
    let found = match status {
        SourceStatus::Queued => Sentence::Queued,
        SourceStatus::Verified => Sentence::Verified,
        SourceStatus::NoLink => Sentence::NoLink,
        SourceStatus::Unreachable => Sentence::Unreachable,
        SourceStatus::Gone => Sentence::Gone,
        SourceStatus::TooLarge => Sentence::TooLarge,
    };
    let texts = (Sentence::WhatWasFound, found);
    Ok(message(context, texts, context.tb_id()?, None))
}
