//! `__mode=domains`: the approved hosts and domains; approves them and revokes approvals.

use super::{FormResult, list_after, list_page, list_row, show_list, typed};
use crate::admission::domains::{self, Approval, Approvals};
use crate::error::Result;
use crate::moderation::action::DecidedBy;
use crate::moderation::backlog;
use crate::web::context::Context;
use crate::web::views::{ListChoice, ListTexts, OwnerList};
use crate::web::{FollowUp, Response};

const TEXTS: ListTexts = ListTexts {
    mode: "domains",
    heading: "Known domains",
    about: "With publish = \"known\", pings from here are published once their page is found to link to yours. \
            Approving a ping adds its host.",
    nothing: "No host is known.",
    remove: "Forget",
    label: "Host or address of a page",
    hint: "Of a host that many people share, only the part that belongs to one person becomes known.",
    choice: ListChoice::Domains,
    add: "Approve",
};

/// Shows the approvals.
pub(crate) fn show(context: &Context<'_>) -> Result<Response> {
    Ok(show_list(context, &list(context)?))
}

/// Adds or revokes an approval.
pub(crate) fn handle(context: &Context<'_>) -> Result<Response> {
    let result = match context.fields.get("remove") {
        Some(line) => revoke(context, line)?,
        None => approve(context)?,
    };
    // Pings that waited for an approval may have to be verified again.
    Ok(list_after(context, result, list)?.with_follow_up(FollowUp::Verify))
}

fn approve(context: &Context<'_>) -> Result<FormResult> {
    let text = match typed(context, "what") {
        Ok(text) => text,
        Err(why) => return Ok(FormResult::Refused(why)),
    };
    let Some(approval) = Approval::guess(text) else {
        let why = format!("`{text}` is neither a host nor the address of a page.");
        return Ok(FormResult::Refused(why));
    };
    let approval = match context.fields.get("whole") {
        Some("yes") => approval.whole_domain(),
        _ => approval,
    };
    if approval.is_void() {
        let why = format!("{approval} covers everybody's domains below it.");
        return Ok(FormResult::Refused(why));
    }
    let store = context.store()?;
    if !domains::approve(store, &approval)? {
        return Ok(FormResult::Done(format!("{approval} was known already.")));
    }
    domains::log_change(
        store,
        &approval,
        "approved",
        DecidedBy::Page.name(),
        context.now(),
    );
    let released = backlog::release(context.config, store, DecidedBy::Page, context.now())?;
    let published = match released.published.len() {
        0 => String::new(),
        1 => " 1 ping that waited only for this is published.".to_owned(),
        count => format!(" {count} pings that waited only for this are published."),
    };
    Ok(FormResult::Done(format!(
        "{approval} is known from now on.{published}"
    )))
}

fn revoke(context: &Context<'_>, line: &str) -> Result<FormResult> {
    let store = context.store()?;
    let revoked = domains::revoke(store, |known| known.to_string() == line)?;
    let by = DecidedBy::Page.name();
    for known in &revoked {
        domains::log_change(store, known, "no longer approved", by, context.now());
    }
    Ok(match revoked.first() {
        Some(known) => FormResult::Done(format!(
            "{known} is not known any more. Published pings stay published."
        )),
        None => FormResult::Refused("This is not known.".to_owned()),
    })
}

fn list(context: &Context<'_>) -> Result<OwnerList> {
    let approvals = Approvals::load(context.store()?)?;
    let row = |approval: Approval| {
        let what = approval.to_string();
        list_row(&what, approval.kind().to_owned(), what.clone())
    };
    list_page(context, &TEXTS, approvals.iter().cloned().collect(), row)
}
