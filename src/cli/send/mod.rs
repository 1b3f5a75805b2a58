//! `tb send`: the pings of a weblog's entries, each sent once.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use signal_hook::consts::{SIGINT, SIGTERM};
use url::Url;

use self::report::SendReport;
use self::sources::SendSources;
use super::{ExitStatus, Shell, complain, parsers};
use crate::config::{Config, Throttle};
use crate::error::{Error, Result};
use crate::fetch::Timeout;
use crate::send;
use crate::send::ledger::{DEFAULT_NAME, Ledger, LedgerEvent};
use crate::send::ping_url::{EndpointRules, Guess};
use crate::send::plan::SendOptions;
use crate::send::run::{self, HostLimits, RunSettings, SPACING};

mod confirm;
mod report;
mod sources;
mod tally;

/// Pings what the entries of a weblog link to, each link once
///
/// SOURCE is a feed (RSS, Atom, JSON Feed; a file or a URL), the folder of a built site, or the URL of one
/// entry. Before a ping is sent, the published page must carry the link. What was sent is written into a
/// ledger, and is not sent again. The exit code is 1 if a ping failed or nobody knows whether it was sent.
#[derive(Debug, clap::Args)]
pub(super) struct SendArgs {
    /// Feeds, folders of built sites, pages
    #[arg(value_name = "SOURCE", required = true)]
    sources: Vec<String>,
    /// Where a built site is published, for pages that do not say it
    #[arg(long, value_name = "URL", value_parser = parsers::web_url)]
    base_url: Option<Url>,
    #[command(flatten)]
    ledger: LedgerFlags,
    /// Show what would be pinged; write nothing, send nothing
    #[arg(long)]
    dry_run: bool,
    /// At the first run, count what is there already as sent: all, none, or all but the newest N entries
    ///
    /// It says nothing to later runs, so it may stand in a build for good.
    #[arg(long, value_name = "all|none|N")]
    adopt: Option<confirm::Adopt>,
    /// Leave out entries that were published before; the next run asks for it again
    #[arg(long, value_name = "DATE", value_parser = parsers::date)]
    since: Option<Timestamp>,
    /// Ping links to the own site too
    #[arg(long)]
    include_own: bool,
    /// Ping links with rel="nofollow" too
    #[arg(long)]
    nofollow: bool,
    /// Never ping what begins so; may be given several times, as `skip` in the configuration
    #[arg(long, value_name = "URL")]
    skip: Vec<String>,
    /// Use ping URLs on this host although the page is elsewhere, as `ping_hosts` in the configuration
    #[arg(long, value_name = "HOST")]
    ping_host: Vec<String>,
    /// Try PERMALINK/trackback/ where a WordPress page names no ping URL
    #[arg(long)]
    guess_wordpress: bool,
    /// Try now what has failed, also what was given up, but not before the time that the other side named
    #[arg(long)]
    retry: bool,
    /// Send once more what may have arrived or not: a run was ended in between, or no answer said so
    #[arg(long)]
    retry_uncertain: bool,
    /// Send again what was sent or refused: the pings of this entry, or to this page
    #[arg(long, value_name = "URL", value_parser = parsers::web_url)]
    resend: Vec<Url>,
    /// The name of the weblog, where its entries do not say it [default: site_name]
    #[arg(long, value_name = "NAME")]
    blog_name: Option<String>,
    /// How many hosts are asked at once; one host is asked once a second
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u8).range(1..=64))]
    jobs: u8,
    /// How long to wait in all for hosts that take only so many pings in a time; the rest is for the next run
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    limit_wait: u64,
    /// How long such a host is left alone, where it does not say it [default: 16 to 20 s]
    #[arg(long, value_name = "MILLISECONDS", hide = true)]
    limit_pause: Option<u64>,
    /// Ask nothing: more than 20 pings to arXiv are meant
    #[arg(long)]
    yes: bool,
    /// Print JSON objects: one a ping, and a summary
    #[arg(long)]
    json: bool,
}

/// Which ledger, and how long to wait for it.
#[derive(Debug, clap::Args)]
pub(super) struct LedgerFlags {
    /// Where it is noted what was sent [default: ledger in the configuration, else tb-sent.jsonl here]
    #[arg(long, value_name = "FILE")]
    ledger: Option<PathBuf>,
    /// How long to wait for another run to end
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    wait: u64,
}

impl LedgerFlags {
    /// The ledger's file.
    pub(super) fn path(&self, config: Option<&Config>) -> PathBuf {
        let configured = || config.and_then(|config| config.ledger.clone());
        let named = self.ledger.clone().or_else(configured);
        named.unwrap_or_else(|| PathBuf::from(DEFAULT_NAME))
    }

    /// Opens it for writing, and tells what its owner should know.
    pub(super) fn open(&self, path: &Path) -> Result<Ledger> {
        let ledger = Ledger::open(path, Duration::from_secs(self.wait))?;
        ledger.warnings.iter().for_each(|warning| complain(warning));
        Ok(ledger)
    }
}

pub(super) fn run(shell: &mut Shell, flags: &SendArgs) -> Result<ExitStatus> {
    let config = shell.config_if_any()?;
    let path = flags.ledger.path(config.as_ref());
    let mut wishes = wishes(shell, flags, config.as_ref());
    let (book, warnings) = Ledger::peek(&path)?;
    if !flags.retry_uncertain && !flags.dry_run {
        wishes.retry_uncertain = confirm::ask_uncertain(shell, &book)?;
    }
    let client = send::client(config.as_ref(), Timeout::Shell);
    let settings = settings(flags, config.as_ref(), wishes.now);
    let SendSources {
        mut plan,
        tally,
        feeds,
    } = sources::read(shell, flags, &client, &book, &wishes, &settings.rules)?;
    let is_first = !book.has_begun();
    let adopted = match flags.adopt {
        // A line in a build may name it for ever.
        _ if !is_first => confirm::Adopt::None,
        None if !flags.dry_run => confirm::ask_adopt(shell, &plan)?,
        given => given.unwrap_or(confirm::Adopt::None),
    };
    // What is adopted is taken out of the plan now, and written once the ledger is held.
    let mut facts = match adopted.kept() {
        Some(last) => plan.adopt(last, &book, wishes.now),
        None => Vec::new(),
    };
    if flags.dry_run {
        warnings.iter().for_each(|warning| complain(warning));
        report::plan(shell, &plan, &tally, flags.json)?;
        return Ok(ExitStatus::Done);
    }
    if !flags.yes {
        confirm::confirm_arxiv(shell, plan.to_arxiv())?;
    }
    let mut teller = SendReport::new(shell, &tally, flags.json);
    teller.adopted(&facts);
    // What is uncertain may just be under way in another run, which the ledger then waits for.
    if plan.pings.is_empty() && !is_first && plan.left_out.uncertain == 0 && feeds.is_empty() {
        warnings.iter().for_each(|warning| complain(warning));
        return teller.end(&plan, 0);
    }
    let mut ledger = flags.ledger.open(&path)?;
    plan.review(&ledger.book, &wishes);
    if !ledger.book.has_begun() {
        facts.push(LedgerEvent::Begin { time: wishes.now });
    }
    ledger.add(facts)?;
    ledger.sync_handle().sync()?;
    let contact = plan.entries.first().map(|entry| entry.permalink.clone());
    let client = send::client_of(config.as_ref(), contact.as_ref(), Timeout::Shell);
    let stop = stop_flag()?;
    teller.begin(&plan);
    let ran = run::run(
        &plan,
        &mut ledger,
        &client,
        &settings,
        &stop,
        &mut |progress| teller.tell(&plan, &progress),
    );
    // Whatever ended it, what was done is told.
    let left = plan.pings.len().saturating_sub(teller.count());
    let ending = teller.end(&plan, left);
    ran?;
    if left + teller.left_to_do(&plan) == 0 {
        ledger.add(feeds)?;
        ledger.sync_handle().sync()?;
    }
    if stop.load(Ordering::Relaxed) {
        complain("stopped; what was not done is done by the next run");
        return ending.map(|_| ExitStatus::Failed);
    }
    ending
}

fn wishes(shell: &Shell, flags: &SendArgs, config: Option<&Config>) -> SendOptions {
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
        guess: guess(flags.guess_wordpress),
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
            guess: guess(flags.guess_wordpress),
            reach: send::reach(config),
        },
        blog_name: flags.blog_name.clone().or(site_name).unwrap_or_default(),
        now,
    }
}

/// What `--guess-wordpress` means.
pub(super) fn guess(is_flag: bool) -> Guess {
    if is_flag {
        Guess::WordPress
    } else {
        Guess::Never
    }
}

/// Set at the first Ctrl-C; the second one ends the program at once.
pub(super) fn stop_flag() -> Result<Arc<AtomicBool>> {
    let flag = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        // In this order: what is registered first is asked first, and the first time it is not yet set.
        signal_hook::flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(&flag))
            .and_then(|_| signal_hook::flag::register(signal, Arc::clone(&flag)))
            .map_err(Error::Stream)?;
    }
    Ok(flag)
}
