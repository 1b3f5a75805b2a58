//! `tb send`: the pings of a weblog's entries, each sent once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use signal_hook::consts::{SIGINT, SIGTERM};

pub(super) use self::args::{LedgerArgs, SendArgs};
use self::report::SendReport;
use self::sources::SendSources;
use super::shell::{ExitStatus, Shell, warn};
use crate::config::{Config, Throttle};
use crate::error::{Error, Result};
use crate::fetch::Timeout;
use crate::send;
use crate::send::ledger::{Ledger, LedgerEvent};
use crate::send::ping_url::{EndpointRules, Guess};
use crate::send::plan::SendOptions;
use crate::send::run::{self, HostLimits, RunSettings, SPACING};

mod args;
mod confirm;
mod report;
mod sources;
mod tally;

pub(super) fn run(shell: &mut Shell, flags: &SendArgs) -> Result<ExitStatus> {
    let config = shell.config_if_any()?;
    let path = flags.ledger.path(config.as_ref());
    let mut options = send_options(shell, flags, config.as_ref());
    let (book, warnings) = Ledger::peek(&path)?;
    if !flags.retry_uncertain && !flags.dry_run {
        options.retry_uncertain = confirm::ask_uncertain(shell, &book)?;
    }
    let client = send::client(config.as_ref(), Timeout::Shell);
    let settings = settings(flags, config.as_ref(), options.now);
    let SendSources {
        mut plan,
        tally,
        feeds,
    } = sources::load(shell, flags, &client, &book, &options, &settings.rules)?;
    let is_first = !book.has_begun();
    let adopted = match flags.adopt {
        // `--adopt` may stay in a build script; it applies to the first run only.
        _ if !is_first => confirm::Adopt::None,
        None if !flags.dry_run => confirm::ask_adopt(shell, &plan)?,
        given => given.unwrap_or(confirm::Adopt::None),
    };
    // Adopted links are removed from the plan now, and recorded once the ledger is locked.
    let mut events = match adopted.newest_kept() {
        Some(last) => plan.adopt(last, &book, options.now),
        None => Vec::new(),
    };
    if flags.dry_run {
        shell.out.use_json_if(flags.json);
        warnings.iter().for_each(|warning| warn(warning));
        report::print_plan(shell, &plan, &tally)?;
        return Ok(ExitStatus::Done);
    }
    if !flags.yes {
        confirm::confirm_arxiv(shell, plan.to_arxiv())?;
    }
    shell.out.use_json_if(flags.json);
    let mut report = SendReport::new(shell, &tally);
    report.add_adopted(&events);
    // An uncertain ping may be in progress in another run; opening the ledger waits for that.
    if plan.pings.is_empty() && !is_first && plan.left_out.uncertain == 0 && feeds.is_empty() {
        warnings.iter().for_each(|warning| warn(warning));
        return report.end(&plan, 0);
    }
    let mut ledger = flags.ledger.open(&path)?;
    plan.review(&ledger.book, &options);
    if !ledger.book.has_begun() {
        events.push(LedgerEvent::Begin { time: options.now });
    }
    ledger.add(events)?;
    ledger.sync_handle().sync()?;
    let contact = plan.entries.first().map(|entry| entry.permalink.clone());
    let client = send::client_of(config.as_ref(), contact.as_ref(), Timeout::Shell);
    let stop = stop_flag()?;
    report.begin(&plan);
    let ran = run::run(
        &plan,
        &mut ledger,
        &client,
        &settings,
        &stop,
        &mut |progress| report.on_progress(&plan, &progress),
    );
    // However the run ended, what was done is reported.
    let left = plan.pings.len().saturating_sub(report.done_count());
    let status = report.end(&plan, left);
    ran?;
    if left + report.remaining(&plan) == 0 {
        ledger.add(feeds)?;
        ledger.sync_handle().sync()?;
    }
    if stop.load(Ordering::Relaxed) {
        warn("stopped; the next run does the rest");
        return status.map(|_| ExitStatus::Failed);
    }
    status
}

fn send_options(shell: &Shell, flags: &SendArgs, config: Option<&Config>) -> SendOptions {
    let mut skip = flags.skip.clone();
    skip.extend(config.iter().flat_map(|config| config.skip.clone()));
    SendOptions {
        include_own: flags.include_own,
        nofollow: flags.nofollow,
        retry: flags.retry,
        retry_uncertain: flags.retry_uncertain,
        resend: flags.resend.clone(),
        skip,
        site: config.map_or(Vec::new(), |config| config.site.clone()),
        guess: guess_policy(flags.guess_wordpress),
        now: shell.now,
    }
}

fn settings(flags: &SendArgs, config: Option<&Config>, now: Timestamp) -> RunSettings {
    let mut ping_hosts = flags.ping_host.clone();
    ping_hosts.extend(config.iter().flat_map(|config| config.ping_hosts.clone()));
    let is_laboratory = config.is_some_and(|config| config.throttle == Throttle::Off);
    let site_name = config.map(|config| config.site_name.clone());
    RunSettings {
        jobs: usize::from(flags.jobs),
        spacing: if is_laboratory {
            Duration::ZERO
        } else {
            SPACING
        },
        limits: HostLimits {
            wait: Duration::from_secs(flags.limit_wait),
            ..flags.limit_pause.map_or_else(HostLimits::default, |pause| {
                let pause = Duration::from_millis(pause);
                HostLimits {
                    least: pause,
                    most: pause,
                    ..HostLimits::default()
                }
            })
        },
        rules: EndpointRules {
            ping_hosts,
            guess: guess_policy(flags.guess_wordpress),
            reach: send::reach(config),
        },
        blog_name: flags.blog_name.clone().or(site_name).unwrap_or_default(),
        now,
    }
}

/// The policy for `--guess-wordpress`.
pub(super) fn guess_policy(is_flag: bool) -> Guess {
    if is_flag {
        Guess::WordPress
    } else {
        Guess::Never
    }
}

/// A flag that the first Ctrl-C sets; the second one ends the program at once.
pub(super) fn stop_flag() -> Result<Arc<AtomicBool>> {
    let flag = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        // The order matters: handlers run in the order of registration, and on the first signal the flag is not yet set.
        signal_hook::flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(&flag))
            .and_then(|_| signal_hook::flag::register(signal, Arc::clone(&flag)))
            .map_err(Error::Stream)?;
    }
    Ok(flag)
}
