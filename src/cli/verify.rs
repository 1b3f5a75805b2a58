//! `tb verify`: verifies the pages behind pings, from cron, by hand, or as the worker that a request has started.

use std::ops::RangeInclusive;
use std::thread;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde::Serialize;

use super::decide;
use super::named_id::NamedId;
use super::output::{Row, field};
use super::parsers;
use super::shell::{ExitStatus, Shell, warn};
use crate::error::Result;
use crate::linkback::trackback::TbId;
use crate::moderation::action::DecidedBy;
use crate::moderation::apply::Missing;
use crate::moderation::look_again::look_again;
use crate::order;
use crate::periodic;
use crate::process::now;
use crate::store::{Reason, Store};
use crate::verify::{self, Failures, Halt, RunOutcome, VerifiedPing, VerifyContext, VerifyScope};

/// Verifies the pages behind pings, and publishes, holds or junks
///
/// Verifies the pings that are due: new ones, and those whose page could not be read, again after 10 minutes, 1, 6 and
/// 24 hours. Pings are verified automatically soon after they arrive; run this from cron where the host does not allow
/// that, and for the retries. Prints the verified pings; unless the output is a terminal, as fields between tabs: id,
/// number, state, reason, URL.
///
/// With an id and numbers, also checks the pages of these pings again, which are held or junk because of their pages, as
/// if the pings had just come.
#[derive(Debug, clap::Args)]
pub(super) struct VerifyArgs {
    /// The id of pings whose pages are to be checked again
    #[arg(value_parser = NamedId::parse, requires = "numbers")]
    id: Option<NamedId>,
    /// The numbers of these pings, as `tb list` shows them; `3-7` and `1,4` too
    #[arg(value_name = "N", value_delimiter = ',', value_parser = parsers::numbers)]
    numbers: Vec<RangeInclusive<u64>>,
    /// Also verify again all published pings, and those whose domain is unknown
    ///
    /// A ping whose page no longer links here becomes junk; so does one whose page is gone (404 or 410) on three checks
    /// over a week, for which `tb verify` must run.
    #[arg(long, conflicts_with = "id")]
    all: bool,
    /// If another process is verifying, wait for it (at most 10 minutes), then verify what is left
    #[arg(long)]
    wait: bool,
    /// Print nothing and verify only what is queued: what a request starts
    #[arg(long, conflicts_with_all = ["all", "wait", "json", "id"])]
    queue: bool,
    /// Print one JSON object a line: tb_id, number, url, state, why, again
    #[arg(long)]
    json: bool,
}

/// How long to wait for another process, and how often to try again.
const MAX_WAIT: Duration = Duration::from_secs(600);
const PAUSE: Duration = Duration::from_millis(100);

#[derive(Serialize)]
struct VerifyRow<'a> {
    tb_id: &'a str,
    number: u64,
    url: &'a str,
    state: &'a str,
    why: Option<&'a Reason>,
    again: Option<Timestamp>,
}

impl Row for VerifyRow<'_> {
    const FIELDS: &'static [&'static str] = &["tb_id", "number", "state", "why", "url"];

    fn terminal(&self) -> Vec<String> {
        let (tb_id, number, url) = (self.tb_id, self.number, self.url);
        let why = field(self.why.map(|why| format!(" ({why})")));
        vec![format!("{tb_id} {number}: {}{why}  {url}", self.state)]
    }
}

pub(super) fn run(shell: &mut Shell, flags: &VerifyArgs) -> Result<ExitStatus> {
    let config = shell.config()?;
    let store = Store::open(&config.data_dir)?;
    let halt = Halt::default();
    let work = VerifyContext {
        config: &config,
        store: &store,
        clock: &now,
        halt: &halt,
    };
    shell.out.use_json_if(flags.json);
    if let Some(named) = &flags.id
        && queue_again(shell, (&named.find(&config)?, &flags.numbers), &work)? == ExitStatus::Failed
    {
        return Ok(ExitStatus::Failed);
    }
    let status = run_verification(shell, flags, &work)?;
    periodic::run(&config, &store, now());
    Ok(status)
}

/// Queues the pages of the named pings; either all or none.
fn queue_again(
    shell: &Shell,
    (id, numbers): (&TbId, &[RangeInclusive<u64>]),
    work: &VerifyContext<'_>,
) -> Result<ExitStatus> {
    let numbers = decide::chosen_numbers(work.store, (id, numbers), &[])?;
    let chosen = order::map([(id.clone(), numbers)]);
    let chosen = (&chosen, Missing::ChangesNothing);
    let result = look_again(work.config, work.store, chosen, DecidedBy::Shell, shell.now)?;
    for (id, number) in &result.settled {
        warn(&format!(
            "`{id}` {number} is not in its state because of its page; nothing was changed"
        ));
    }
    Ok(
        match decide::warn_of_skipped(&result) || !result.settled.is_empty() {
            true => ExitStatus::Failed,
            false => ExitStatus::Done,
        },
    )
}

fn run_verification(
    shell: &mut Shell,
    flags: &VerifyArgs,
    work: &VerifyContext<'_>,
) -> Result<ExitStatus> {
    if flags.queue {
        let (_, failures) = verify::run(work, VerifyScope::Due, &mut |_| Ok(()))?;
        return Ok(status_of(&failures));
    }
    let scope = if flags.all {
        VerifyScope::All
    } else {
        VerifyScope::Waiting
    };
    let begin = Instant::now();
    loop {
        let (outcome, failures) = verify::run(work, scope, &mut |verified| print(shell, verified))?;
        if failures.count > 0 {
            let more = match failures.count - 1 {
                0 => String::new(),
                more => format!("; {more} more in the log"),
            };
            warn(&format!("{}{more}", failures.first));
        }
        match outcome {
            RunOutcome::Done(verified) => {
                let pages = if verified == 1 { "page" } else { "pages" };
                shell.out.note(&format!("{verified} {pages} verified"))?;
                return Ok(status_of(&failures));
            }
            RunOutcome::DailyLimit(verified) => {
                warn(&format!(
                    "{verified} verified; today's requests are used up (`dial` in `limits`), the rest waits"
                ));
                return Ok(status_of(&failures));
            }
            RunOutcome::Busy if !flags.wait => {
                warn("another process is verifying; `--wait` waits for it");
                return Ok(if flags.all {
                    ExitStatus::Failed
                } else {
                    ExitStatus::Done
                });
            }
            RunOutcome::Busy if begin.elapsed() > MAX_WAIT => {
                warn("another process has been verifying for 10 minutes");
                return Ok(ExitStatus::Failed);
            }
            RunOutcome::Busy => thread::sleep(PAUSE),
        }
    }
}

/// A failure ends no run: the other pages were checked.
fn status_of(failures: &Failures) -> ExitStatus {
    match failures.count {
        0 => ExitStatus::Done,
        _ => ExitStatus::Failed,
    }
}

fn print(shell: &mut Shell, verified: &VerifiedPing<'_>) -> Result<()> {
    shell.out.print(&VerifyRow {
        tb_id: verified.id.as_str(),
        number: verified.number,
        url: verified.url,
        state: verified.state.name(),
        why: verified.why,
        again: verified.again,
    })?;
    // The next page may take long, so each line is shown at once.
    shell.out.flush()
}
