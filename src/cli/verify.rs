//! `tb verify`: looks at the pages behind pings, from cron, by hand, or as the worker that a request has started.

use std::thread;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde::Serialize;

use super::output::{Row, field};
use super::shell::{ExitStatus, Shell, complain};
use crate::error::Result;
use crate::periodic;
use crate::process::now;
use crate::store::{Reason, Store};
use crate::verify::{self, Halt, RunOutcome, VerifiedPing, VerifyContext, VerifyScope};

/// Looks at the pages behind pings, and publishes, holds or junks the pings
///
/// At those that wait for it and are due: new ones, and ones whose page could not be read, after 10
/// minutes, 1, 6 and 24 hours. Pings are looked at by themselves soon after they came; run this from
/// cron where the host does not allow that, and for the later tries. What was looked at is printed;
/// where the output is no terminal as fields between tabs: id, number, state, reason, URL.
#[derive(Debug, clap::Args)]
pub(super) struct VerifyArgs {
    /// Look again at the pages of all published pings too, and of those whose domain is new
    ///
    /// A ping whose page no longer links here becomes junk; one whose page is gone (404 or 410) does
    /// so after three looks over a week, for which `tb verify` must run.
    #[arg(long)]
    all: bool,
    /// If another process is verifying, wait for it (at most 10 minutes), then check what is left
    #[arg(long)]
    wait: bool,
    /// Print nothing and look only at what is queued: what the web's side starts
    #[arg(long, conflicts_with_all = ["all", "wait", "json"])]
    queue: bool,
    /// Print one JSON object a line: tb_id, number, url, state, why, again
    #[arg(long)]
    json: bool,
}

/// How long another process is waited for, and how often it is asked.
const PATIENCE: Duration = Duration::from_secs(600);
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
    shell.out.as_json_if(flags.json);
    let ending = look(shell, flags, &work)?;
    periodic::run(&config, &store, now());
    Ok(ending)
}

fn look(shell: &mut Shell, flags: &VerifyArgs, work: &VerifyContext<'_>) -> Result<ExitStatus> {
    if flags.queue {
        verify::run(work, VerifyScope::Due, &mut |_| Ok(()))?;
        return Ok(ExitStatus::Done);
    }
    let scope = if flags.all {
        VerifyScope::All
    } else {
        VerifyScope::Waiting
    };
    let begin = Instant::now();
    loop {
        match verify::run(work, scope, &mut |looked| print(shell, looked))? {
            RunOutcome::Done(looked) => {
                let pages = if looked == 1 { "page" } else { "pages" };
                shell.out.note(&format!("{looked} {pages} looked at"))?;
                return Ok(ExitStatus::Done);
            }
            RunOutcome::DailyLimit(looked) => {
                complain(&format!(
                    "{looked} looked at; today's requests are used up (`dial` in `limits`), the rest waits"
                ));
                return Ok(ExitStatus::Done);
            }
            RunOutcome::Busy if !flags.wait => {
                complain("another process is verifying; `--wait` waits for it");
                return Ok(if flags.all {
                    ExitStatus::Failed
                } else {
                    ExitStatus::Done
                });
            }
            RunOutcome::Busy if begin.elapsed() > PATIENCE => {
                complain("another process has been verifying for 10 minutes");
                return Ok(ExitStatus::Failed);
            }
            RunOutcome::Busy => thread::sleep(PAUSE),
        }
    }
}

fn print(shell: &mut Shell, looked: &VerifiedPing<'_>) -> Result<()> {
    shell.out.print(&VerifyRow {
        tb_id: looked.id.as_str(),
        number: looked.number,
        url: looked.url,
        state: looked.state.name(),
        why: looked.why,
        again: looked.again,
    })?;
    // A page may take its time: what is known is shown at once.
    shell.out.flush()
}
