//! `tb publish`, `tb hold`, `tb junk` and `tb delete`: the owner decides what becomes of pings.
//!
//! All of the pings that are named, or none of them: a mistyped number changes nothing.

use std::collections::BTreeSet;

use super::{Ending, Shell, complain, values};
use crate::error::Result;
use crate::feed::Write;
use crate::store::{Event, State, Store, Transaction};
use crate::trackback::TbId;
use crate::trust::change;
use crate::trust::domains;

/// Pings of one id.
#[derive(Debug, clap::Args)]
pub(super) struct Chosen {
    /// The id, as in the ping URL
    #[arg(value_parser = values::tb_id)]
    id: TbId,
    /// The numbers of the pings, as `tb list` shows them
    #[arg(required = true, value_name = "N")]
    numbers: Vec<u64>,
}

/// Deletes pings for good: the same page cannot ping that id again
#[derive(Debug, clap::Args)]
pub(super) struct DeleteFlags {
    #[command(flatten)]
    pub(super) pings: Chosen,
}

/// Publishes pings: everybody sees them, and their domains are approved
#[derive(Debug, clap::Args)]
pub(super) struct PublishFlags {
    #[command(flatten)]
    pub(super) pings: Chosen,
}

/// Holds pings back: only you see them
#[derive(Debug, clap::Args)]
pub(super) struct HoldFlags {
    #[command(flatten)]
    pub(super) pings: Chosen,
}

/// Puts pings with the junk: only you see them, and their domains are no longer approved
#[derive(Debug, clap::Args)]
pub(super) struct JunkFlags {
    #[command(flatten)]
    pub(super) pings: Chosen,
}

pub(super) fn delete(shell: &mut Shell, chosen: &Chosen) -> Result<Ending> {
    let now = shell.now;
    decide(shell, chosen, "deleted", |transaction, number| {
        transaction.delete(number, now)
    })
}

pub(super) fn publish(shell: &mut Shell, chosen: &Chosen) -> Result<Ending> {
    set_state(shell, chosen, State::Published)
}

pub(super) fn hold(shell: &mut Shell, chosen: &Chosen) -> Result<Ending> {
    set_state(shell, chosen, State::Held)
}

pub(super) fn junk(shell: &mut Shell, chosen: &Chosen) -> Result<Ending> {
    set_state(shell, chosen, State::Junk)
}

fn set_state(shell: &mut Shell, chosen: &Chosen, to: State) -> Result<Ending> {
    let now = shell.now;
    let ending = decide(shell, chosen, to.name(), |transaction, number| {
        transaction.set_state(number, to, Some("owner"), now)
    })?;
    if ending == Ending::Done {
        learn(shell, chosen, to)?;
    }
    Ok(ending)
}

/// Publishing a ping approves its domain, junking one takes that back.
fn learn(shell: &Shell, chosen: &Chosen, to: State) -> Result<()> {
    let store = Store::open(&shell.config()?.data_dir)?;
    let Some(pings) = store.pings(&chosen.id)? else {
        return Ok(());
    };
    for &number in &chosen.numbers {
        if let Some(record) = pings.get(number)? {
            domains::decided(&store, &record.url, to)?;
        }
    }
    Ok(())
}

fn decide(
    shell: &mut Shell,
    chosen: &Chosen,
    what: &str,
    mut make: impl FnMut(&mut Transaction<'_>, u64) -> Result<()>,
) -> Result<Ending> {
    let config = shell.config()?;
    let store = Store::open(&config.data_dir)?;
    let (id, numbers) = (&chosen.id, numbers(chosen));
    // A lock of an id that has no pings would be a file for nothing.
    let missing = match store.pings(id)? {
        None => numbers.clone(),
        Some(_) => change::change(&config, &store, id, shell.now, |transaction| {
            let mut missing = BTreeSet::new();
            for &number in &numbers {
                let there = transaction.pings().map(|pings| pings.get(number));
                if there.transpose()?.flatten().is_none() {
                    missing.insert(number);
                }
            }
            if !missing.is_empty() {
                return Ok((missing, Write::IfStale));
            }
            for &number in &numbers {
                make(transaction, number)?;
            }
            Ok((missing, Write::Always))
        })?,
    };
    for number in &missing {
        complain(&format!("`{id}` has no ping {number}; nothing was changed"));
    }
    if !missing.is_empty() {
        return Ok(Ending::Failed);
    }
    for number in numbers {
        let event = Event::new(shell.now, what)
            .with("tb_id", id.as_str())
            .with("id", number)
            .with("by", "shell");
        store.log(&event);
        shell.out.line(&format!("{id} {number}: {what}"))?;
    }
    Ok(Ending::Done)
}

/// Each number once, in order.
fn numbers(chosen: &Chosen) -> BTreeSet<u64> {
    chosen.numbers.iter().copied().collect()
}
