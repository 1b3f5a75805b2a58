//! `?__mode=pingback`, or a body of XML without a mode: receives a pingback (Pingback 1.0, section 3).
//!
//! The response is always 200 with a `methodResponse`. What follows is as for a webmention: the page is fetched after the
//! response, so a fault about the source is that of the check before this call.

use super::context::{Context, Dialect};
use super::{Method, Request, Response, linkback};
use crate::error::{Refusal, Result};
use crate::linkback::Protocol;
use crate::linkback::pingback::fault_code;
use crate::linkback::pingback_call::{parse_call, to_fault, to_response};
use crate::verify::mention_record::SourceStatus;

/// The mode's name.
pub(super) const MODE: &str = "pingback";

/// Whether the body of a request is a call, and not a form: by its type, or by its beginning, since some programs send
/// calls as `text/html`.
pub(super) fn is_call(request: &Request) -> bool {
    let content_type = request.content_type.as_deref().unwrap_or_default();
    let kind = content_type.split(|&byte| byte == b';').next();
    let kind = kind.unwrap_or_default().trim_ascii();
    let is_xml = [&b"text/xml"[..], b"application/xml", b"application/xml-rpc"];
    let is_of_xml = is_xml.iter().any(|name| kind.eq_ignore_ascii_case(name));
    request.method == Method::Post
        && (is_of_xml || request.body.as_ref().is_ok_and(|body| begins_call(body)))
}

/// Whether a body begins as no form does.
fn begins_call(body: &[u8]) -> bool {
    let body = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body);
    let body = body.trim_ascii_start();
    body.starts_with(b"<?xml") || body.starts_with(b"<methodCall")
}

pub(super) fn handle(context: &Context<'_>) -> Result<Response> {
    if !context.config.receives(Protocol::Pingback) {
        return Err(Refusal::ProtocolOff.into());
    }
    let body = context.request.readable_body()?;
    let call = parse_call(body, context.request.content_type.as_deref())?;
    linkback::receive(
        context,
        (Protocol::Pingback, Dialect::XmlRpc),
        &call,
        &|receipt| Response::xml(200, reply(receipt.before)).with("Cache-Control", "no-store"),
    )
}

/// The response to a call that was stored; `before` is what the last check found, if the page was received before.
fn reply(before: Option<SourceStatus>) -> String {
    let (code, message) = match before {
        None => return to_response("The pingback was accepted; its page will be checked."),
        Some(SourceStatus::NoLink) => (fault_code::NO_LINK, SourceStatus::NoLink.sentence()),
        Some(status @ (SourceStatus::Unreachable | SourceStatus::Gone)) => {
            (fault_code::NO_SOURCE, status.sentence())
        }
        Some(SourceStatus::Queued | SourceStatus::Verified | SourceStatus::TooLarge) => {
            let message = "The pingback was registered before.";
            (fault_code::REGISTERED, message)
        }
    };
    to_fault(code, message)
}
