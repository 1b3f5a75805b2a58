//! `tb domains`: the approved hosts and domains, whose pings are published once their pages are verified.

use serde::Serialize;

use super::output::Row;
use super::parsers;
use super::shell::{ExitStatus, Shell, warn};
use crate::admission::domains::{self, Approval};
use crate::error::{Error, Result};
use crate::moderation::action::DecidedBy;
use crate::moderation::backlog::{self, Released};
use crate::store::Store;

/// Lists or changes the hosts and domains that you have approved
///
/// Approving a ping approves the host of its page, or on a host that many people share the part of the path that belongs
/// to one person. With `publish = "known"` the next ping from there is published automatically once its page is found to
/// link here; pings that waited only for this approval are published at once.
///
/// `weblog.example/` is a host, `medium.com/@name/` one person's part of a host, `*.weblog.example` a domain with all its
/// hosts and everybody on them. `weblog.example` without the slash was written by an earlier version: it covers the
/// hosts of the domain, but nobody's part of a host, and no host of a platform that many people share.
#[derive(Debug, clap::Args)]
pub(super) struct DomainsArgs {
    #[command(subcommand)]
    command: Option<DomainsCommand>,
    /// Print one JSON object a line: {"domain": NAME, "covers": "host", "tenant", "domain" or "hosts"}
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Subcommand)]
enum DomainsCommand {
    /// Lists the approved hosts and domains, as `tb domains` does
    #[command(hide = true)]
    List {
        /// Print one JSON object a line
        #[arg(long)]
        json: bool,
    },
    /// Approves hosts, people's parts of hosts, or whole domains
    ///
    /// For example: tb domains add weblog.example medium.com/@name
    Add {
        /// Hosts or URLs; a URL stands for its host, or for the part of it that belongs to one person
        #[arg(required = true, value_name = "HOST", value_parser = parsers::approval)]
        named: Vec<Approval>,
        /// Approve the whole domain: all its hosts, and everybody who publishes there
        #[arg(long)]
        domain: bool,
    },
    /// Revokes every approval that covers these; published pings stay published
    Remove {
        /// Hosts or URLs
        #[arg(required = true, value_name = "HOST", value_parser = parsers::approval)]
        named: Vec<Approval>,
        /// Also revoke the approvals of other hosts of the domain
        #[arg(long)]
        domain: bool,
    },
}

#[derive(Serialize)]
struct DomainRow {
    domain: String,
    covers: &'static str,
}

impl Row for DomainRow {
    const FIELDS: &'static [&'static str] = &["domain"];

    fn terminal(&self) -> Vec<String> {
        vec![self.domain.clone()]
    }
}

pub(super) fn run(shell: &mut Shell, flags: &DomainsArgs) -> Result<ExitStatus> {
    let config = shell.config()?;
    let store = Store::open(&config.data_dir)?;
    match &flags.command {
        None | Some(DomainsCommand::List { .. }) => {
            let is_json = matches!(flags.command, Some(DomainsCommand::List { json: true }));
            shell.out.use_json_if(flags.json || is_json);
            for approval in domains::Approvals::load(&store)?.iter() {
                shell.out.print(&DomainRow {
                    domain: approval.to_string(),
                    covers: approval.kind(),
                })?;
            }
            Ok(ExitStatus::Done)
        }
        Some(DomainsCommand::Add { named, domain }) => {
            let named = named.iter().map(|approval| match domain {
                true => approval.whole_domain(),
                false => approval.clone(),
            });
            let named: Vec<Approval> = named.collect();
            if let Some(void) = named.iter().find(|approval| approval.is_void()) {
                let why = "covers everybody's domains below it; nothing was changed";
                return Err(Error::Usage(format!("`{void}` {why}")));
            }
            for approval in named {
                let outcome = match domains::approve(&store, &approval)? {
                    true => "approved",
                    false => "was approved already",
                };
                report_change(shell, &store, &approval, outcome)?;
            }
            let released = backlog::release(&config, &store, DecidedBy::Shell, shell.now)?;
            print_released(shell, &released)?;
            Ok(ExitStatus::Done)
        }
        Some(DomainsCommand::Remove { named, domain }) => {
            let mut status = ExitStatus::Done;
            for approval in named {
                let taken = domains::revoke(&store, |known| match domain {
                    true => known.domain() == approval.domain(),
                    false => known == approval || known.covers_all(approval),
                })?;
                if taken.is_empty() {
                    warn(&format!("`{approval}` is not approved"));
                    status = ExitStatus::Failed;
                }
                for known in taken {
                    report_change(shell, &store, &known, "no longer approved")?;
                }
            }
            Ok(status)
        }
    }
}

/// Prints the pings that waited only for an approval.
pub(super) fn print_released(shell: &mut Shell, released: &Released) -> Result<()> {
    for (id, number) in &released.published {
        shell.out.line(&format!("{id} {number}: published too"))?;
    }
    for (id, number) in &released.again {
        shell.out.line(&format!(
            "{id} {number}: will be verified again by the next `tb verify`"
        ))?;
    }
    Ok(())
}

fn report_change(
    shell: &mut Shell,
    store: &Store,
    approval: &Approval,
    outcome: &str,
) -> Result<()> {
    let by = DecidedBy::Shell.name();
    domains::log_change(store, approval, outcome, by, shell.now);
    shell.out.line(&format!("{approval}: {outcome}"))
}
