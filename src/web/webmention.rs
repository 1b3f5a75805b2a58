//! `?__mode=webmention`: receives a webmention (Webmention, 3.2).
//!
//! There is one endpoint for the whole site: the target determines the id. The two URLs are checked before the response;
//! the page is fetched after it, and supplies the text.

use super::context::{Context, Dialect};
use super::{Response, linkback, urls, views};
use crate::error::{Refusal, Result};
use crate::linkback::Protocol;
use crate::linkback::request::LinkbackRequest;
use crate::linkback::trackback::{Form, TbId};
use crate::store::{Secret, same_secret};
use crate::verify::mention_record::{self, SourceStatus};

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
    let mention = LinkbackRequest::from_form(&context.fields)?;
    let spoken = (Protocol::Webmention, Dialect::Text);
    let admitted = match linkback::admit(context, spoken, &mention)? {
        Ok(admitted) => admitted,
        Err(refused) => return Ok(refused),
    };
    let secret = context.store()?.make_secret()?;
    let stored = admitted.store(context)?;
    let status = status_url(context, &secret, &stored.id, stored.number);
    stored.queue(context, accepted(context, &status))
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

/// The status of a webmention: facts of the sender's own page, and nothing of the owner's decisions, which would tell a
/// spammer what works.
fn status(context: &Context<'_>, number: &str) -> Result<Response> {
    let (store, id) = (context.store()?, context.tb_id()?);
    let number: u64 = number.parse().map_err(|_| Refusal::NoSuchPing)?;
    let secret = store.secret()?.ok_or(Refusal::NoSuchPing)?;
    let key = context.key.as_deref().unwrap_or_default();
    if !same_secret(key, &status_key(&secret, id, number)) {
        return Err(Refusal::NoSuchPing.into());
    }
    let record = match store.pings(id)? {
        Some(pings) => pings.with_all_keys().get(number)?,
        None => None,
    };
    // A deleted record looks like one that is not checked yet.
    let status = record.as_ref().map(mention_record::source_status);
    let status = status.unwrap_or(SourceStatus::Queued);
    let response = Response::text(200, format!("{}: {}\n", status.name(), status.sentence()));
    Ok(response.with("Cache-Control", "no-store"))
}

fn status_url(context: &Context<'_>, secret: &Secret, id: &TbId, number: u64) -> String {
    let query = [
        ("__mode", "webmention"),
        ("tb_id", id.as_str()),
        ("id", &number.to_string()),
        ("key", &status_key(secret, id, number)),
    ];
    urls::with_query(context.config, &query)
}

fn status_key(secret: &Secret, id: &TbId, number: u64) -> String {
    let signature = secret.sign(PURPOSE, &format!("{id} {number}"));
    signature.get(..KEY_DIGITS).unwrap_or_default().to_owned()
}
