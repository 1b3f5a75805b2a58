//! `__mode=domains`: the approved hosts and domains; approves them and revokes approvals.

use super::{FormResult, LONGEST, list_after, page_of, page_url, typed};
use crate::admission::domains::{self, Approval, Approvals};
use crate::error::Result;
use crate::moderation::action::DecidedBy;
use crate::moderation::backlog;
use crate::web::context::Context;
use crate::web::views::{ListChoice, ListRow, OwnerList};
use crate::web::{FollowUp, Response};

const MODE: &str = "domains";

/// Shows the approvals.
pub(crate) fn show(context: &Context<'_>) -> Result<Response> {
    let list = list(context)?;
    Ok(context.page(list.heading, &list))
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
    let (rows, before, after) = page_of(context, approvals.iter().cloned().collect());
    let row = |approval: Approval| {
        let what = approval.to_string();
        ListRow {
            detail: approval.kind().to_owned(),
            value: match what.chars().count() > LONGEST {
                true => String::new(),
                false => what.clone(),
            },
            what: what.chars().take(LONGEST).collect(),
        }
    };
    Ok(OwnerList {
        form: context.form()?,
        mode: MODE,
        heading: "Known domains",
        about: "With publish = \"known\", pings from here are published once their page is found to link to yours. \
                Approving a ping adds its host.",
        faults: Vec::new(),
        rows: rows.into_iter().map(row).collect(),
        nothing: "No host is known.",
        remove: "Forget",
        label: "Host or address of a page",
        hint: "Of a host that many people share, only the part that belongs to one person becomes known.",
        choice: ListChoice::Domains,
        add: "Approve",
        newer: before.map(|page| page_url(context, MODE, page)),
        older: after.map(|page| page_url(context, MODE, page)),
        notice: String::new(),
        error: String::new(),
        typed: String::new(),
    })
}
