//! `tb send`: the pings of a weblog's entries, each sent once.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

pub(super) use self::args::{LedgerArgs, SendArgs};
use self::report::SendReport;
use self::sources::SendSources;
use super::shell::{ExitStatus, Shell, warn};
use crate::config::{Config, Throttle};
use crate::error::{Error, Result};
use crate::fetch::Timeout;
use crate::linkback::Protocol;
use crate::process::is_ignored;
use crate::send;
use crate::send::ledger::{Ledger, LedgerEvent, LedgerState};
use crate::send::ping_url::{EndpointRules, GuessPolicy};
use crate::send::plan::{MAX_FIRST_ENTRIES, OldLink, SendOptions, SendPlan};
use crate::send::run::{self, HostLimits, MAX_MENTIONS, RunSettings, SPACING};

mod args;
mod confirm;
mod report;
mod sources;
mod status_line;
mod tally;

pub(super) fn run(shell: &mut Shell, flags: &SendArgs) -> Result<ExitStatus> {
    let config = shell.config_if_any()?;
    let path = flags.ledger.path(config.as_ref());
    let (ledger, warnings) = Ledger::peek(&path)?;
    if !flags.dry_run {
        refuse_lost(&ledger, &path)?;
    }
    let mut options = send_options(shell, flags, config.as_ref(), &ledger);
    if !flags.retry_uncertain && !flags.dry_run {
        options.retry_uncertain = confirm::ask_uncertain(shell, &ledger)?;
    }
    let client = send::client_of(config.as_ref(), None, Timeout::Shell, &options.protocols);
    let settings = settings(flags, config.as_ref(), &options);
    let SendSources {
        mut plan,
        tally,
        feeds,
        failed,
    } = sources::load(shell, flags, &client, &ledger, &options, &settings.rules)?;
    let had_begun = ledger.has_begun();
    // What is adopted is taken out of the plan now, and written once the ledger is held.
    let decisions = Decisions {
        shell: &mut *shell,
        flags,
        ledger: &ledger,
        options: &options,
    };
    let events = decisions.decide(&mut plan)?;
    if flags.dry_run {
        shell.out.use_json_if(flags.json);
        warnings.iter().for_each(|warning| warn(warning));
        report::print_plan(shell, &plan, &tally)?;
        return Ok(failed);
    }
    if !flags.yes {
        confirm::confirm_arxiv(shell, plan.to_arxiv())?;
    }
    shell.out.use_json_if(flags.json);
    let mut report = SendReport::new(shell, &tally);
    report.add_adopted(&events);
    // An uncertain ping may be in progress in another run; opening the ledger waits for that.
    let is_idle = plan.pings.is_empty() && plan.checks.is_empty() && plan.left_out.uncertain == 0;
    if is_idle && events.is_empty() && (feeds.is_empty() || !had_begun) {
        warnings.iter().for_each(|warning| warn(warning));
        return report.end(&plan, 0).map(|status| status.and(failed));
    }
    let run = ReadyRun {
        flags,
        config: config.as_ref(),
        path: &path,
        options: &options,
        settings: &settings,
        feeds,
    };
    let status = run.start(plan, events, report);
    status.map(|status| status.and(failed))
}

/// What a run needs besides its plan.
struct ReadyRun<'a> {
    flags: &'a SendArgs,
    config: Option<&'a Config>,
    /// The ledger's.
    path: &'a Path,
    options: &'a SendOptions,
    settings: &'a RunSettings,
    /// The events that record the feeds as done.
    feeds: Vec<LedgerEvent>,
}

impl ReadyRun<'_> {
    /// Opens the ledger, writes there what is adopted, and sends.
    fn start(
        self,
        mut plan: SendPlan,
        adopted: Vec<LedgerEvent>,
        mut report: SendReport<'_>,
    ) -> Result<ExitStatus> {
        let mut ledger = self.flags.ledger.open(self.path)?;
        refuse_lost(&ledger.state, self.path)?;
        plan.review(&ledger.state, self.options);
        ledger.add_synced(adopted)?;
        let contact = plan.entries.first().map(|entry| entry.permalink.clone());
        let client = send::client_of(
            self.config,
            contact.as_ref(),
            Timeout::Shell,
            &self.options.protocols,
        );
        let stop = stop_flag()?;
        report.begin(&plan);
        let ran = run::run(
            &plan,
            &mut ledger,
            &client,
            self.settings,
            &stop,
            &mut |progress| report.on_progress(&plan, &progress),
        );
        if ran.is_err() {
            // The results that could not be written are unknown to later runs, too.
            report.add_unknown(plan.open_pings(&ledger.state));
        }
        // However the run ended, what was done is reported.
        let left = plan.pings.len().saturating_sub(report.done_count());
        let status = report.end(&plan, left);
        ran?;
        if left + report.remaining(&plan) == 0 && ledger.state.has_begun() {
            ledger.add_synced(self.feeds)?;
        }
        if stop.load(Ordering::Relaxed) {
            warn("stopped; the next run does the rest");
            return status.map(|_| ExitStatus::Failed);
        }
        status
    }
}

/// Refuses to send while events of the ledger are lost: their pings would be sent again.
fn refuse_lost(ledger: &LedgerState, path: &Path) -> Result<()> {
    let Some(lines) = ledger.lost() else {
        return Ok(());
    };
    let cause = format!(
        "{lines} cannot be read, so pings would be sent again; restore the file from a copy, or delete what cannot be read"
    );
    Err(Error::file("use", path, std::io::Error::other(cause)))
}

/// What the decisions before a run depend on.
struct Decisions<'a> {
    shell: &'a mut Shell,
    flags: &'a SendArgs,
    ledger: &'a LedgerState,
    options: &'a SendOptions,
}

impl Decisions<'_> {
    /// Removes from the plan what the user does not want to send, and returns the events by which it counts as sent.
    fn decide(mut self, plan: &mut SendPlan) -> Result<Vec<LedgerEvent>> {
        let (ledger, options) = (self.ledger, self.options);
        let mut events = if ledger.has_begun() {
            self.decide_old(plan)?
        } else {
            self.decide_first(plan)?
        };
        let updates = match self.flags.updates {
            None if self.flags.dry_run => confirm::Updates::All,
            None => confirm::ask_updates(self.shell, plan)?,
            Some(given) => given,
        };
        if updates == confirm::Updates::None {
            events.extend(plan.adopt_changes(ledger, options));
        }
        let read = plan.record_read(&events, ledger, options.now);
        events.extend(read);
        events.extend(plan.record_reader(ledger, options));
        Ok(events)
    }

    /// Decides about all entries, on the first run. Nothing begins before the content of an entry was read: a folder
    /// that is not built yet, or pages that cannot be fetched, are no weblog about which anybody has decided.
    fn decide_first(&mut self, plan: &mut SendPlan) -> Result<Vec<LedgerEvent>> {
        let adopted = match self.flags.adopt {
            None if self.flags.dry_run => confirm::Adopt::None,
            None => confirm::ask_adopt(self.shell, plan)?,
            Some(given) => given,
        };
        let now = self.options.now;
        let mut events = match adopted.newest_kept() {
            Some(last) => plan.adopt(last, self.ledger, now),
            None => Vec::new(),
        };
        if plan.has_content() {
            events.push(LedgerEvent::Begin {
                protocols: run::names(&self.options.protocols),
                adopt: adopted.newest_kept().map(|last| match last {
                    0 => "all".to_owned(),
                    last => last.to_string(),
                }),
                time: now,
            });
        }
        Ok(events)
    }

    /// Decides about the old links that a later run is the first to see.
    fn decide_old(&mut self, plan: &mut SendPlan) -> Result<Vec<LedgerEvent>> {
        let (ledger, now) = (self.ledger, self.options.now);
        let mut events = Vec::new();
        // What the first run could not read follows its decision.
        let left_out = self.flags.adopt;
        let left_out = left_out.map_or(Some(0), confirm::Adopt::newest_kept);
        if let Some(last) = left_out.filter(|_| ledger.began_with_adoption()) {
            events = plan.adopt_unseen(last, OldLink::is_left_out, ledger, now);
        }
        let more = OldLink::has_fewer_protocols;
        if let Some(last) = self.newest_kept(plan, more, confirm::OldKind::FewerProtocols)? {
            events.extend(plan.adopt_fewer_protocols(last, ledger, now));
        }
        let unseen = OldLink::is_unseen;
        if let Some(last) = self.newest_kept(plan, unseen, confirm::OldKind::Unseen)? {
            events.extend(plan.adopt_unseen(last, unseen, ledger, now));
        }
        Ok(events)
    }

    /// How many of the newest entries keep these old links; `None` if all do.
    fn newest_kept(
        &mut self,
        plan: &SendPlan,
        is_meant: fn(OldLink) -> bool,
        kind: confirm::OldKind,
    ) -> Result<Option<usize>> {
        let (entries, links) = plan.old(is_meant);
        let are_few = entries <= MAX_FIRST_ENTRIES;
        let adopted = match self.flags.adopt {
            // So few are new ones: a build script may always pass `--adopt`.
            _ if are_few && kind == confirm::OldKind::Unseen => confirm::Adopt::None,
            None if are_few => confirm::Adopt::None,
            None if self.flags.dry_run => confirm::Adopt::None,
            None => confirm::ask_adopt_old(self.shell, entries, links, kind)?,
            Some(given) => given,
        };
        Ok(adopted.newest_kept())
    }
}

/// The protocols of a run: those that the user names, or those that its ledger was begun with. So an older ledger gets
/// no other protocols without the user's decision.
fn protocols(flags: &SendArgs, config: Option<&Config>, ledger: &LedgerState) -> Vec<Protocol> {
    let named = match (&flags.protocol, config.and_then(Config::sends)) {
        (flags, _) if !flags.is_empty() => flags.clone(),
        (_, Some(configured)) => configured,
        (_, None) if ledger.has_begun() => ledger.begun_with(),
        (_, None) => Protocol::ALL.to_vec(),
    };
    let all = Protocol::ALL.into_iter();
    all.filter(|protocol| named.contains(protocol)).collect()
}

fn send_options(
    shell: &Shell,
    flags: &SendArgs,
    config: Option<&Config>,
    ledger: &LedgerState,
) -> SendOptions {
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
        protocols: protocols(flags, config, ledger),
        now: shell.now,
    }
}

fn settings(flags: &SendArgs, config: Option<&Config>, options: &SendOptions) -> RunSettings {
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
            guess: options.guess,
            reach: send::reach(config),
            protocols: options.protocols.clone(),
        },
        max_mentions: if flags.yes { usize::MAX } else { MAX_MENTIONS },
        blog_name: flags.blog_name.clone().or(site_name).unwrap_or_default(),
        now: options.now,
    }
}

/// The policy for `--guess-wordpress`.
pub(super) fn guess_policy(is_flag: bool) -> GuessPolicy {
    if is_flag {
        GuessPolicy::WordPress
    } else {
        GuessPolicy::Never
    }
}

/// A flag that the first Ctrl-C sets, or a terminal that is closed; the second one ends the program at once.
pub(super) fn stop_flag() -> Result<Arc<AtomicBool>> {
    let flag = Arc::new(AtomicBool::new(false));
    // Under `nohup` a run goes on when its terminal is closed.
    let hangup = (!is_ignored(SIGHUP)).then_some(SIGHUP);
    for signal in [SIGINT, SIGTERM].into_iter().chain(hangup) {
        // The order matters: handlers run in the order of registration, and on the first signal the flag is not yet set.
        signal_hook::flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(&flag))
            .and_then(|_| signal_hook::flag::register(signal, Arc::clone(&flag)))
            .map_err(Error::Stream)?;
    }
    Ok(flag)
}
