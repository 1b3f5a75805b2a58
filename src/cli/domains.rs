//! `tb domains`: whose pings are published by themselves once their pages are seen to link here.

use serde::Serialize;

use super::output::Row;
use super::parsers;
use super::shell::{ExitStatus, Shell};
use crate::admission::domains::{self, Approval};
use crate::error::Result;
use crate::moderation::action::DecidedBy;
use crate::moderation::backlog::{self, Released};
use crate::store::{Event, EventName, Store};

/// Lists the hosts and domains that you have approved, or changes the list
///
/// Approving a ping approves the host of its page, or on a host that many people share the part of the path that is
/// one person's. With `publish = "known"` the next ping from there is published by itself once its page is seen to
/// link here, and so is at once what waited for nothing else.
///
/// `weblog.example/` is a host, `medium.com/@name/` a person's part of one, `*.weblog.example` a domain with all
/// hosts and everybody on them. `weblog.example` without the slash was written by an earlier version: it stands for
/// the hosts of the domain, but for nobody's part of one, and for no host of a platform that many people share.
#[derive(Debug, clap::Args)]
pub(super) struct DomainsArgs {
    #[command(subcommand)]
    task: Option<DomainsCommand>,
    /// Print one JSON object a line: {"domain": NAME, "covers": "host", "tenant", "domain" or "hosts"}
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Subcommand)]
enum DomainsCommand {
    /// Approves hosts, people's parts of hosts, or whole domains
    Add {
        /// Hosts or URLs; of a URL the host is meant, or the part of it that is one person's
        #[arg(required = true, value_name = "HOST", value_parser = parsers::approval)]
        named: Vec<Approval>,
        /// Approve the whole domain: all its hosts, and everybody who publishes there
        #[arg(long)]
        domain: bool,
    },
    /// Takes back every approval that makes these known; what is published stays
    Remove {
        /// Hosts or URLs
        #[arg(required = true, value_name = "HOST", value_parser = parsers::approval)]
        named: Vec<Approval>,
        /// Take back also what is approved of other hosts of the domain
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
    match &flags.task {
        None => {
            shell.out.as_json_if(flags.json);
            for approval in domains::Approvals::load(&store)?.iter() {
                shell.out.print(&DomainRow {
                    domain: approval.to_string(),
                    covers: approval.kind(),
                })?;
            }
            Ok(ExitStatus::Done)
        }
        Some(DomainsCommand::Add { named, domain }) => {
            for approval in named {
                let approval = match domain {
                    true => approval.whole_domain(),
                    false => approval.clone(),
                };
                let told = match domains::approve(&store, &approval)? {
                    true => "approved",
                    false => "was approved already",
                };
                tell(shell, &store, &approval, told)?;
            }
            let released = backlog::release(&config, &store, DecidedBy::Shell, shell.now)?;
            print_released(shell, &released)?;
            Ok(ExitStatus::Done)
        }
        Some(DomainsCommand::Remove { named, domain }) => {
            for approval in named {
                let taken = domains::revoke(&store, |known| match domain {
                    true => known.domain() == approval.domain(),
                    false => known == approval || known.covers_all(approval),
                })?;
                if taken.is_empty() {
                    tell(shell, &store, approval, "was not approved")?;
                }
                for known in taken {
                    tell(shell, &store, &known, "no longer approved")?;
                }
            }
            Ok(ExitStatus::Done)
        }
    }
}

/// Says which pings waited for nothing but an approval.
pub(super) fn print_released(shell: &mut Shell, released: &Released) -> Result<()> {
    for (id, number) in &released.published {
        shell.out.line(&format!("{id} {number}: published too"))?;
    }
    for (id, number) in &released.again {
        shell.out.line(&format!(
            "{id} {number}: looked at again at the next `tb verify`"
        ))?;
    }
    Ok(())
}

fn tell(shell: &mut Shell, store: &Store, approval: &Approval, told: &str) -> Result<()> {
    let event = Event::new(shell.now, EventName::Domain)
        .with("domain", approval.to_string())
        .with("now", told)
        .with("by", "shell");
    store.log(&event);
    shell.out.line(&format!("{approval}: {told}"))
}
