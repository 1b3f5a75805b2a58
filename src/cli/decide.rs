//! `tb approve`, `tb hold`, `tb junk` and `tb delete`: the owner decides what becomes of pings.
//!
//! All of the pings that are named, or none of them: a mistyped number changes nothing.

use std::iter;

use super::parsers;
use super::shell::{ExitStatus, Shell, complain};
use crate::error::{Error, Result};
use crate::linkback::trackback::TbId;
use crate::moderation::action::{Action, DecidedBy, Outcome};
use crate::moderation::apply::{self, Decision, Missing};
use crate::store::Store;

/// Pings of one id.
#[derive(Debug, clap::Args)]
pub(super) struct ChosenPings {
    /// The id, as in the ping URL
    #[arg(value_parser = parsers::tb_id)]
    id: TbId,
    /// The numbers of the pings, as `tb list` shows them
    #[arg(required = true, value_name = "N")]
    numbers: Vec<u64>,
    /// Only if the ping still says what it said when `--json` printed this as its `as`; one for each N, in their order
    #[arg(long = "as", value_name = "HASH")]
    shown: Vec<String>,
}

/// Deletes pings for good: the same page cannot ping that id again
#[derive(Debug, clap::Args)]
pub(super) struct DeleteArgs {
    #[command(flatten)]
    pub(super) pings: ChosenPings,
}

/// Publishes pings: everybody sees them, and the hosts of their pages become known
///
/// What becomes known is the host of each page; where many people share one, only the part of the path that is one
/// person's (`medium.com/@name`). It is printed, and so are the other pings that waited for nothing else and are
/// published now. With `publish = "known"`, later pings from there are published by themselves once their pages are
/// seen to link here. `tb domains` lists what is known and widens or narrows it.
#[derive(Debug, clap::Args)]
pub(super) struct ApproveArgs {
    #[command(flatten)]
    pub(super) pings: ChosenPings,
}

/// Holds pings back: only you see them
#[derive(Debug, clap::Args)]
pub(super) struct HoldArgs {
    #[command(flatten)]
    pub(super) pings: ChosenPings,
}

/// Puts pings with the junk: only you see them, and after 30 days nobody
///
/// Whom you have approved stays known: `tb domains remove` takes that back.
#[derive(Debug, clap::Args)]
pub(super) struct JunkArgs {
    #[command(flatten)]
    pub(super) pings: ChosenPings,
}

pub(super) fn delete(shell: &mut Shell, chosen: &ChosenPings) -> Result<ExitStatus> {
    decide(shell, chosen, Action::Delete)
}

pub(super) fn approve(shell: &mut Shell, chosen: &ChosenPings) -> Result<ExitStatus> {
    decide(shell, chosen, Action::Approve)
}

pub(super) fn hold(shell: &mut Shell, chosen: &ChosenPings) -> Result<ExitStatus> {
    decide(shell, chosen, Action::Hold)
}

pub(super) fn junk(shell: &mut Shell, chosen: &ChosenPings) -> Result<ExitStatus> {
    decide(shell, chosen, Action::Junk)
}

fn decide(shell: &mut Shell, pings: &ChosenPings, action: Action) -> Result<ExitStatus> {
    let config = shell.config()?;
    let store = Store::open(&config.data_dir)?;
    if !pings.shown.is_empty() && pings.shown.len() != pings.numbers.len() {
        return Err(Error::Usage(
            "`--as` stands once for each number, in their order".to_owned(),
        ));
    }
    let shown = pings.shown.iter().cloned().map(Some);
    let shown = shown.chain(iter::repeat(None));
    // Each number once, in order.
    let numbers = pings.numbers.iter().copied().zip(shown).collect();
    let chosen = apply::ChosenPings::from([(pings.id.clone(), numbers)]);
    let decision = Decision {
        action,
        chosen: &chosen,
        missing: Missing::ChangesNothing,
        by: DecidedBy::Shell,
    };
    let decided = apply::decide(&config, &store, &decision, shell.now)?;
    for (id, number) in &decided.missing {
        complain(&format!("`{id}` has no ping {number}; nothing was changed"));
    }
    for (id, number) in &decided.changed {
        complain(&format!(
            "`{id}` {number} has changed since you saw it; nothing was changed"
        ));
    }
    if !decided.missing.is_empty() || !decided.changed.is_empty() {
        return Ok(ExitStatus::Failed);
    }
    let what = action.outcome().map_or("unchanged", Outcome::name);
    for (id, number) in &decided.done {
        shell.out.line(&format!("{id} {number}: {what}"))?;
    }
    for approval in &decided.learnt {
        shell.out.line(&format!(
            "known from now on: {approval} ({})",
            approval.kind()
        ))?;
    }
    super::domains::print_released(shell, &decided.released)?;
    Ok(ExitStatus::Done)
}
