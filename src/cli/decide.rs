//! `tb approve`, `tb hold`, `tb junk` and `tb delete`: the owner's decisions.
//!
//! Either all named pings are changed or none: a mistyped number changes nothing.

use std::iter;
use std::ops::RangeInclusive;

use super::named_id::NamedId;
use super::parsers;
use super::shell::{ExitStatus, Shell, warn};
use crate::error::{Error, Result};
use crate::linkback::trackback::TbId;
use crate::moderation::action::{Action, DecidedBy, Outcome};
use crate::moderation::apply::{self, ChosenNumbers, Decision, DecisionResult, Missing};
use crate::order;
use crate::store::{Pings, Store, Which};

/// How many pings are read at once.
const BATCH: usize = 200;

/// Some pings of one id.
#[derive(Debug, clap::Args)]
pub(super) struct PingSelection {
    /// The id, its ping URL, or the page of its entry
    #[arg(value_parser = NamedId::parse)]
    id: NamedId,
    /// The numbers of the pings, as `tb list` shows them; `3-7` and `1,4` too
    ///
    /// A range stands for the pings that exist in it.
    #[arg(required = true, value_name = "N", value_delimiter = ',', value_parser = parsers::numbers)]
    numbers: Vec<RangeInclusive<u64>>,
    /// Only if the ping's text has not changed since `--json` printed this as its `as`; one for each N, in the same order
    ///
    /// Not with ranges.
    #[arg(long = "as", value_name = "HASH")]
    shown: Vec<String>,
}

/// Deletes pings for good: the same page cannot ping that id again
#[derive(Debug, clap::Args)]
pub(super) struct DeleteArgs {
    #[command(flatten)]
    pub(super) pings: PingSelection,
}

/// Publishes pings, and makes the hosts of their pages known
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

/// Marks pings as junk: only you see them, and only for 30 days
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
    let id = pings.id.find(&config)?;
    let numbers = chosen_numbers(&store, (&id, &pings.numbers), &pings.shown)?;
    let chosen = order::map([(id, numbers)]);
    let decision = Decision {
        action,
        chosen: &chosen,
        missing: Missing::ChangesNothing,
        by: DecidedBy::Shell,
    };
    let decided = apply::decide(&config, &store, &decision, shell.now)?;
    if warn_of_skipped(&decided) {
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

/// Says which pings are missing or have changed; whether there are any.
pub(super) fn warn_of_skipped(decided: &DecisionResult) -> bool {
    for (id, number) in &decided.missing {
        warn(&format!("`{id}` has no ping {number}; nothing was changed"));
    }
    for (id, number) in &decided.changed {
        warn(&format!(
            "`{id}` {number} has changed since you saw it; nothing was changed"
        ));
    }
    !decided.missing.is_empty() || !decided.changed.is_empty()
}

/// The numbers, without duplicates, with the hashes of `--as`.
pub(super) fn chosen_numbers(
    store: &Store,
    (id, numbers): (&TbId, &[RangeInclusive<u64>]),
    shown: &[String],
) -> Result<ChosenNumbers> {
    let is_range = |numbers: &&RangeInclusive<u64>| numbers.start() != numbers.end();
    let has_ranges = numbers.iter().any(|numbers| is_range(&numbers));
    if !shown.is_empty() && (has_ranges || shown.len() != numbers.len()) {
        return Err(Error::Usage(
            "give `--as` once for each number, in the same order, and no range".to_owned(),
        ));
    }
    let hashes = shown.iter().cloned().map(Some);
    let hashes = hashes.chain(iter::repeat(None));
    let single = numbers.iter().filter(|numbers| !is_range(numbers));
    let mut chosen = order::map(single.map(|numbers| *numbers.start()).zip(hashes));
    let existing = match has_ranges {
        true => store.pings(id)?,
        false => None,
    };
    for range in numbers.iter().filter(is_range) {
        let existing = existing.as_ref();
        let found = existing.map_or(Ok(Vec::new()), |existing| numbers_in(existing, range))?;
        if found.is_empty() {
            // It may be mistyped; its first number is reported as missing.
            chosen.insert(*range.start(), None);
        }
        chosen.extend(found.into_iter().map(|number| (number, None)));
    }
    Ok(chosen)
}

/// The numbers in a range that pings have.
fn numbers_in(pings: &Pings, range: &RangeInclusive<u64>) -> Result<Vec<u64>> {
    let mut numbers = Vec::new();
    let mut last = range.start().saturating_sub(1);
    loop {
        let next = pings.next_newer(Which::All, last, BATCH)?;
        let Some(newest) = next.first() else { break };
        last = newest.id;
        let in_range = next.iter().map(|record| record.id);
        numbers.extend(in_range.filter(|number| range.contains(number)));
        if last >= *range.end() {
            break;
        }
    }
    Ok(numbers)
}
