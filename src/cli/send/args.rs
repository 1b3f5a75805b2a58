//! The arguments of `tb send`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use url::Url;

use crate::cli::parsers::{self, OneOf};
use crate::cli::send::confirm;
use crate::cli::shell::warn;
use crate::config::Config;
use crate::error::Result;
use crate::linkback::Protocol;
use crate::send::ledger::{DEFAULT_NAME, Ledger};

/// Pings what the entries of a weblog link to, each link once
///
/// By the first of Webmention, Pingback and TrackBack that the linked page offers. SOURCE is a feed (RSS, Atom, JSON
/// Feed; a file or a URL), the folder of a built site, or the URL of one entry. A ping is sent only if the entry's
/// published page has the link. A ledger records what was sent, so that it is not sent again. The exit code is 1 if a
/// ping failed or it is uncertain whether it was sent.
#[derive(Debug, clap::Args)]
pub(crate) struct SendArgs {
    /// Feeds, folders of built sites, pages
    #[arg(value_name = "SOURCE", required = true)]
    pub(super) sources: Vec<String>,
    /// The URL that a built site is published at, for pages that do not name it
    #[arg(long, value_name = "URL", value_parser = parsers::web_url)]
    pub(super) base_url: Option<Url>,
    #[command(flatten)]
    pub(super) ledger: LedgerArgs,
    /// Show what would be pinged; write nothing, send nothing
    #[arg(long)]
    pub(super) dry_run: bool,
    /// On the first run, count existing links as sent: all, none, or those of all but the newest N entries
    ///
    /// It can stay in a build script: a later run ignores it, unless it reads more than 5 entries for the first time that
    /// are older than the last run or have no date, or uses more protocols than the runs before; then it applies to these.
    #[arg(long, value_name = "all|none|N")]
    pub(super) adopt: Option<confirm::Adopt>,
    /// Use this protocol: webmention, pingback or trackback; may be given several times [default: protocols in the
    /// configuration, else those that the ledger was begun with; for a new ledger all three]
    #[arg(long, value_name = "NAME", value_parser = PROTOCOL, hide_possible_values = true)]
    pub(super) protocol: Vec<Protocol>,
    /// If more than 5 entries have changed since their Webmentions were sent: send them again, or count them as sent
    #[arg(long, value_name = "all|none")]
    pub(super) updates: Option<confirm::Updates>,
    /// Leave out entries published before, such as 2026-11-20; applies to this run only
    #[arg(long, value_name = "DATE", value_parser = parsers::date)]
    pub(super) since: Option<Timestamp>,
    /// Also ping links to the site itself
    #[arg(long)]
    pub(super) include_own: bool,
    /// Also ping links with rel="nofollow"
    #[arg(long)]
    pub(super) nofollow: bool,
    /// Never ping URLs that begin with this; may be given several times, as `skip` in the configuration
    #[arg(long, value_name = "URL")]
    pub(super) skip: Vec<String>,
    /// Accept ping URLs on this host although the page is on another, as `ping_hosts` in the configuration
    #[arg(long, value_name = "HOST")]
    pub(super) ping_host: Vec<String>,
    /// Try PERMALINK/trackback/ where a WordPress page names no ping URL
    #[arg(long)]
    pub(super) guess_wordpress: bool,
    /// Retry failed pings now, also those given up, but not before the time that the receiver named
    #[arg(long)]
    pub(super) retry: bool,
    /// Send again what may or may not have arrived: a run was killed, or there was no clear reply
    #[arg(long)]
    pub(super) retry_uncertain: bool,
    /// Send again what was sent or refused: the pings of this entry, or those to this page
    #[arg(long, value_name = "URL", value_parser = parsers::web_url)]
    pub(super) resend: Vec<Url>,
    /// The name of the weblog, if its entries do not name it [default: site_name]
    #[arg(long, value_name = "NAME")]
    pub(super) blog_name: Option<String>,
    /// How many hosts are contacted at once; each gets one request a second
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = parsers::up_to::<64>)]
    pub(super) jobs: u8,
    /// How long to wait in total for hosts with a rate limit; the rest is left to the next run
    #[arg(long, value_name = "SECONDS", default_value_t = 300, value_parser = parsers::count::<u64>)]
    pub(super) limit_wait: u64,
    /// The pause for such a host, if it does not name one [default: 16 to 20 s]
    #[arg(long, value_name = "MILLISECONDS", hide = true)]
    pub(super) limit_pause: Option<u64>,
    /// Do not ask before sending more than 20 pings to arXiv, or more than 100 mentions to one host
    #[arg(long)]
    pub(super) yes: bool,
    /// Print JSON objects: one for each ping, and a summary
    #[arg(long)]
    pub(super) json: bool,
}

const PROTOCOL: OneOf<Protocol> =
    OneOf::new(&["webmention", "pingback", "trackback"], Protocol::named);

/// The ledger, and how long to wait for its lock.
#[derive(Debug, clap::Args)]
pub(crate) struct LedgerArgs {
    /// The file that records what was sent [default: ledger in the configuration, else tb-sent.jsonl here]
    #[arg(long, value_name = "FILE")]
    pub(super) ledger: Option<PathBuf>,
    /// How long to wait for another run to finish
    #[arg(long, value_name = "SECONDS", default_value_t = 0, value_parser = parsers::count::<u64>)]
    pub(super) wait: u64,
}

impl LedgerArgs {
    /// The ledger's file.
    pub(crate) fn path(&self, config: Option<&Config>) -> PathBuf {
        let configured = || config.and_then(|config| config.ledger.clone());
        let named = self.ledger.clone().or_else(configured);
        named.unwrap_or_else(|| PathBuf::from(DEFAULT_NAME))
    }

    /// Opens it for writing, and prints its warnings.
    pub(crate) fn open(&self, path: &Path) -> Result<Ledger> {
        let ledger = Ledger::open(path, Duration::from_secs(self.wait))?;
        ledger.warnings.iter().for_each(|warning| warn(warning));
        Ok(ledger)
    }
}
