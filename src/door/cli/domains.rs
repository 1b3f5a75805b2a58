//! `tb domains`: the domains whose pings are published by themselves once their page is seen to link here.

use serde::Serialize;

use super::{Ending, Shell, values};
use crate::error::Result;
use crate::store::{Event, Store};
use crate::trust::domains;

/// Lists the domains that you have approved, or changes the list
///
/// Publishing a ping approves its domain, junking one takes that back. With `publish = "known"` the
/// next ping from an approved domain is published by itself once its page is seen to link here. Pings
/// that wait already stay; `tb verify --all` looks at them again.
#[derive(Debug, clap::Args)]
pub(super) struct Flags {
    #[command(subcommand)]
    task: Option<Task>,
    /// Print one JSON object a line: {"domain": NAME}
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Subcommand)]
enum Task {
    /// Approves domains
    Add {
        /// Domains, hosts or URLs; the part that one owner can register is meant
        #[arg(required = true, value_name = "DOMAIN", value_parser = values::domain)]
        domains: Vec<String>,
    },
    /// Takes the approval of domains back; what is published stays
    Remove {
        /// Domains, hosts or URLs
        #[arg(required = true, value_name = "DOMAIN", value_parser = values::domain)]
        domains: Vec<String>,
    },
}

#[derive(Serialize)]
struct Listed<'a> {
    domain: &'a str,
}

pub(super) fn run(shell: &mut Shell, flags: &Flags) -> Result<Ending> {
    let config = shell.config()?;
    let store = Store::open(&config.data_dir)?;
    match &flags.task {
        None => {
            for domain in domains::all(&store)? {
                match flags.json {
                    true => shell.out.json(&Listed { domain: &domain })?,
                    false => shell.out.line(&domain)?,
                }
            }
            Ok(Ending::Done)
        }
        Some(Task::Add { domains: named }) => {
            for domain in named {
                let told = match domains::learn(&store, domain)? {
                    true => "approved",
                    false => "was approved already",
                };
                tell(shell, &store, domain, told)?;
            }
            Ok(Ending::Done)
        }
        Some(Task::Remove { domains: named }) => {
            for domain in named {
                let told = match domains::unlearn(&store, domain)? {
                    true => "no longer approved",
                    false => "was not approved",
                };
                tell(shell, &store, domain, told)?;
            }
            Ok(Ending::Done)
        }
    }
}

fn tell(shell: &mut Shell, store: &Store, domain: &str, told: &str) -> Result<()> {
    let event = Event::new(shell.now, "domain")
        .with("domain", domain)
        .with("now", told)
        .with("by", "shell");
    store.log(&event);
    shell.out.line(&format!("{domain}: {told}"))
}
