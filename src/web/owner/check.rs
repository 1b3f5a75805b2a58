//! `__mode=check`: what `tb check` finds. The check makes requests and scratch files, so it runs after a POST.

use crate::check::{self, Findings, Network};
use crate::error::Result;
use crate::web::Response;
use crate::web::context::Context;
use crate::web::views::CheckPage;

const TITLE: &str = "Check";

/// Offers the check.
pub(crate) fn show(context: &Context<'_>) -> Result<Response> {
    let page = CheckPage {
        form: context.form()?,
        findings: None,
    };
    Ok(context.page(TITLE, &page))
}

/// Checks, and shows what was found.
pub(crate) fn handle(context: &Context<'_>) -> Result<Response> {
    let mut findings = Findings::default();
    let network = Network::Used(context.request.timeout);
    check::inspect(context.config, context.now(), network, &mut findings);
    findings.count_hidden();
    let page = CheckPage {
        form: context.form()?,
        findings: Some(findings),
    };
    Ok(context.page(TITLE, &page))
}
