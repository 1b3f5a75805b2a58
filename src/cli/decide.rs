//! `tb approve`, `tb hold`, `tb junk` and `tb delete`: the owner's decisions.
//!
//! Either all named pings are changed or none: a mistyped number changes nothing.

use std::iter;

use super::parsers;
use super::shell::{ExitStatus, Shell, warn};
use crate::error::{Error, Result};
use crate::linkback::trackback::TbId;
use crate::moderation::action::{Action, DecidedBy, Outcome};
use crate::moderation::apply::{self, Decision, Missing};
use crate::store::Store;

/// Some pings of one id.
#[derive(Debug, clap::Args)]
pub(super) struct PingSelection {
    /// The id, as in the ping URL
    #[arg(value_parser = parsers::tb_id)]
    id: TbId,
    /// The numbers of the pings, as `tb list` shows them
    #[arg(required = true, value_name = "N")]
    numbers: Vec<u64>,
    /// Only if the ping's text has not changed since `--json` printed this as its `as`; one for each N, in the same order
    #[arg(long = "as", value_name = "HASH")]
    shown: Vec<String>,
}

/// Deletes pings for good: the same page cannot ping that id again
#[derive(Debug, clap::Args)]
pub(super) struct DeleteArgs {
    #[command(flatten)]
    pub(super) pings: PingSelection,
}

/// Publishes pings: everybody sees them, and the hosts of their pages become known
///
/// The host of each page becomes known; on a host that many people share, only the part of the path that belongs to one
/// person (`medium.com/@name`). It is printed, and so are the other pings that waited only for this approval and are
/// published now. With `publish = "known"`, later pings from there are published by themselves once their pages are
/// seen to link here. `tb domains` lists what is known and widens or narrows it.
#[derive(Debug, clap::Args)]
pub(super) struct ApproveArgs {
    #[command(flatten)]
    pub(super) pings: PingSelection,
}

/// Holds pings back: only you see them
#[derive(Debug, clap::Args)]
pub(super) struct HoldArgs {
    #[command(flatten)]
    pub(super) pings: PingSelection,
}

/// Marks pings as junk: only you see them, and they are deleted after 30 days
///
/// Approved hosts stay approved: `tb domains remove` revokes an approval.
#[derive(Debug, clap::Args)]
pub(super) struct JunkArgs {
    #[command(flatten)]
    pub(super) pings: PingSelection,
}

pub(super) fn delete(shell: &mut Shell, chosen: &PingSelection) -> Result<ExitStatus> {
    decide(shell, chosen, Action::Delete)
}

pub(super) fn approve(shell: &mut Shell, chosen: &PingSelection) -> Result<ExitStatus> {
    decide(shell, chosen, Action::Approve)
}

pub(super) fn hold(shell: &mut Shell, chosen: &PingSelection) -> Result<ExitStatus> {
    decide(shell, chosen, Action::Hold)
}

pub(super) fn junk(shell: &mut Shell, chosen: &PingSelection) -> Result<ExitStatus> {
    decide(shell, chosen, Action::Junk)
}

fn decide(shell: &mut Shell, pings: &PingSelection, action: Action) -> Result<ExitStatus> {
    let config = shell.config()?;
    let store = Store::open(&config.data_dir)?;
    if !pings.shown.is_empty() && pings.shown.len() != pings.numbers.len() {
        return Err(Error::Usage(
            "give `--as` once for each number, in the same order".to_owned(),
        ));
    }
    let shown = pings.shown.iter().cloned().map(Some);
    let shown = shown.chain(iter::repeat(None));
    // Without duplicates, in order.
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
        warn(&format!("`{id}` has no ping {number}; nothing was changed"));
    }
    for (id, number) in &decided.changed {
        warn(&format!(
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
        shell
            .out
            .line(&format!("now known: {approval} ({})", approval.kind()))?;
    }
    super::domains::print_released(shell, &decided.released)?;
    Ok(ExitStatus::Done)
}
