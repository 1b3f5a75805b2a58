//! The words of `tb send`.

use crate::cli::parsers;
use crate::cli::send::confirm;
use crate::cli::shell::complain;
use crate::config::Config;
use crate::error::Result;
use crate::linkback::Protocol;
use crate::send::ledger::{DEFAULT_NAME, Ledger};
use jiff::Timestamp;
use std::path::{Path, PathBuf};
use std::time::Duration;
use url::Url;

/// Pings what the entries of a weblog link to, each link once
///
/// By Webmention, Pingback or TrackBack: the first of these that the page offers. SOURCE is a feed (RSS, Atom, JSON Feed; a file or a URL), the folder of a built site, or the URL of one
/// entry. Before a ping is sent, the published page must carry the link. What was sent is written into a
/// ledger, and is not sent again. The exit code is 1 if a ping failed or nobody knows whether it was sent.
#[derive(Debug, clap::Args)]
pub(crate) struct SendArgs {
    /// Feeds, folders of built sites, pages
    #[arg(value_name = "SOURCE", required = true)]
    pub(super) sources: Vec<String>,
    /// Where a built site is published, for pages that do not say it
    #[arg(long, value_name = "URL", value_parser = parsers::web_url)]
    pub(super) base_url: Option<Url>,
    #[command(flatten)]
    pub(super) ledger: LedgerFlags,
    /// Show what would be pinged; write nothing, send nothing
    #[arg(long)]
    pub(super) dry_run: bool,
    /// At the first run, count what is there already as sent: all, none, or all but the newest N entries
    ///
    /// It says nothing to later runs, so it may stand in a build for good; but where a run speaks more protocols than
    /// those before it, it holds for the links whose pages named no ping URL until then.
    #[arg(long, value_name = "all|none|N")]
    pub(super) adopt: Option<confirm::Adopt>,
    /// Speak this protocol: webmention, pingback or trackback; may be given several times [default: protocols in the
    /// configuration, else what the ledger was begun with, which for a new one is all three]
    #[arg(long, value_name = "NAME", value_parser = protocol)]
    pub(super) protocol: Vec<Protocol>,
    /// Where more than 5 entries have changed since their Webmentions were sent: send them again, or count them as told
    #[arg(long, value_name = "all|none")]
    pub(super) updates: Option<confirm::Updates>,
    /// Leave out entries that were published before; the next run asks for it again
    #[arg(long, value_name = "DATE", value_parser = parsers::date)]
    pub(super) since: Option<Timestamp>,
    /// Ping links to the own site too
    #[arg(long)]
    pub(super) include_own: bool,
    /// Ping links with rel="nofollow" too
    #[arg(long)]
    pub(super) nofollow: bool,
    /// Never ping what begins so; may be given several times, as `skip` in the configuration
    #[arg(long, value_name = "URL")]
    pub(super) skip: Vec<String>,
    /// Use ping URLs on this host although the page is elsewhere, as `ping_hosts` in the configuration
    #[arg(long, value_name = "HOST")]
    pub(super) ping_host: Vec<String>,
    /// Try PERMALINK/trackback/ where a WordPress page names no ping URL
    #[arg(long)]
    pub(super) guess_wordpress: bool,
    /// Try now what has failed, also what was given up, but not before the time that the other side named
    #[arg(long)]
    pub(super) retry: bool,
    /// Send once more what may have arrived or not: a run was ended in between, or no answer said so
    #[arg(long)]
    pub(super) retry_uncertain: bool,
    /// Send again what was sent or refused: the pings of this entry, or to this page
    #[arg(long, value_name = "URL", value_parser = parsers::web_url)]
    pub(super) resend: Vec<Url>,
    /// The name of the weblog, where its entries do not say it [default: site_name]
    #[arg(long, value_name = "NAME")]
    pub(super) blog_name: Option<String>,
    /// How many hosts are asked at once; one host is asked once a second
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u8).range(1..=64))]
    pub(super) jobs: u8,
    /// How long to wait in all for hosts that take only so many pings in a time; the rest is for the next run
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    pub(super) limit_wait: u64,
    /// How long such a host is left alone, where it does not say it [default: 16 to 20 s]
    #[arg(long, value_name = "MILLISECONDS", hide = true)]
    pub(super) limit_pause: Option<u64>,
    /// Ask nothing: more than 20 pings to arXiv are meant, and more than 100 mentions to the endpoints of one host
    #[arg(long)]
    pub(super) yes: bool,
    /// Print JSON objects: one a ping, and a summary
    #[arg(long)]
    pub(super) json: bool,
}

fn protocol(name: &str) -> std::result::Result<Protocol, String> {
    Protocol::named(name).ok_or_else(|| "one of `webmention`, `pingback`, `trackback`".to_owned())
}

/// Which ledger, and how long to wait for it.
#[derive(Debug, clap::Args)]
pub(crate) struct LedgerFlags {
    /// Where it is noted what was sent [default: ledger in the configuration, else tb-sent.jsonl here]
    #[arg(long, value_name = "FILE")]
    pub(super) ledger: Option<PathBuf>,
    /// How long to wait for another run to end
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    pub(super) wait: u64,
}

impl LedgerFlags {
    /// The ledger's file.
    pub(crate) fn path(&self, config: Option<&Config>) -> PathBuf {
        let configured = || config.and_then(|config| config.ledger.clone());
        let named = self.ledger.clone().or_else(configured);
        named.unwrap_or_else(|| PathBuf::from(DEFAULT_NAME))
    }

    /// Opens it for writing, and tells what its owner should know.
    pub(crate) fn open(&self, path: &Path) -> Result<Ledger> {
        let ledger = Ledger::open(path, Duration::from_secs(self.wait))?;
        ledger.warnings.iter().for_each(|warning| complain(warning));
        Ok(ledger)
    }
}
