//! `?__mode=webmention`: receives a webmention (Webmention, 3.2).
//!
//! There is one endpoint for the whole site: the target determines the id. The two URLs are checked before the response;
//! the page is fetched after it, and supplies the text.

use super::context::{Context, Dialect};
use super::{Response, linkback, ping_target, submit, views};
use crate::config::Config;
use crate::error::{Refusal, Result};
use crate::language::{Language, Sentence};
use crate::linkback::Protocol;
use crate::linkback::request::LinkbackRequest;
use crate::linkback::trackback::Form;

/// This mode.
pub(super) const MODE: &str = "webmention";

/// Whether a POST is answered as a webmention: some senders drop the query string of the endpoint, and take any status of
/// 2xx, which TrackBack has for its errors, for success. `word` is its mode, and `is_bare` whether neither its path nor
/// its query names an id; `body` is absent if it cannot be read.
pub(super) fn is_webmention(
    config: &Config,
    (word, is_bare): (&str, bool),
    query: &Form,
    body: Option<&Form>,
) -> bool {
    let has = |name| {
        let all = [Some(query), body].into_iter().flatten();
        all.filter_map(|form| form.bytes(name)).next()
    };
    let of_ping = ["url", "title", "excerpt", "blog_name", "tb_id"];
    match word {
        // With an id and a URL it is a whole ping, whatever other fields it has.
        "" | "ping" if has("source").or(has("target")).is_some() => {
            let names_id = !is_bare || has("tb_id").is_some_and(ping_target::names_id);
            has("url").is_none() || !names_id
        }
        "" => {
            is_bare
                && config.receives(Protocol::Webmention)
                && of_ping.into_iter().all(|name| has(name).is_none())
        }
        _ => false,
    }
}

pub(super) fn handle(context: &Context<'_>) -> Result<Response> {
    if !context.config.receives(Protocol::Webmention) {
        return Err(Refusal::ProtocolOff.into());
    }
    let mention = LinkbackRequest::from_form(&context.fields)?;
    linkback::receive(
        context,
        (Protocol::Webmention, dialect(context)),
        &mention,
        &|receipt| {
            accepted(
                context,
                &linkback::status_url(context.config, MODE, receipt),
            )
        },
    )
}

/// The format of the response to a webmention.
fn dialect(context: &Context<'_>) -> Dialect {
    Dialect::Text.for_request(context.request)
}

/// The response 201 with the status URL; a page for a browser.
fn accepted(context: &Context<'_>, status: &str) -> Response {
    let text = context.language().say(Sentence::WebmentionAccepted);
    let response = match dialect(context) {
        Dialect::Html => {
            let link = views::MessageLink {
                url: status.to_owned(),
                text: context
                    .language()
                    .say(Sentence::WebmentionStatus)
                    .to_owned(),
            };
            let message = views::Message {
                heading: text.to_owned(),
                text: String::new(),
                links: vec![link],
            };
            context.reader_page("Webmention", &[], &message)
        }
        Dialect::Text | Dialect::Json | Dialect::Xml | Dialect::XmlRpc | Dialect::XmlToPingers => {
            let text = Language::English.say(Sentence::WebmentionAccepted);
            Response::text(200, format!("{text}\n{status}\n"))
        }
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
        language: context.language(),
        action: context.config.base_url.to_string(),
        site_name: context.config.site_name.clone(),
        target,
    };
    Ok(context.reader_page("Webmention", &[], &form))
}

/// The status as plain text; a page for a browser.
fn status(context: &Context<'_>, number: &str) -> Result<Response> {
    let status = linkback::load_status(context, number)?;
    if context.request.asks_for_page() {
        return submit::status_page(context, status);
    }
    let response = Response::text(200, format!("{}: {}\n", status.name(), status.sentence()));
    Ok(response.with("Cache-Control", "no-store"))
}
