//! `tb sent`: lists the ledger, and changes it by hand.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;
use url::Url;

use super::output::{Row, field};
use super::parsers::{self, OneOf};
use super::send::{LedgerArgs, stop_flag};
use super::shell::{ExitStatus, Shell, warn};
use crate::config::{Config, Throttle};
use crate::dir::read_whole;
use crate::error::{Cause, Error, Result};
use crate::fetch::Timeout;
use crate::linkback::Protocol;
use crate::linkback::discover::arxiv_page;
use crate::send::import::{self, SentListFormat};
use crate::send::ledger::{Ledger, LedgerEvent, LedgerState, LinkState, UrlKnowledge};
use crate::send::verify::{self, ListedState, ListingCheck};
use crate::send::{self, arxiv};

/// Lists what was sent, where to, and the replies
///
/// Also what failed and when it is retried, what was refused, what may or may not have been sent, and which pages name
/// no ping URL.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("action").args(["verify", "import", "forget"]))]
pub(super) struct SentArgs {
    #[command(flatten)]
    ledger: LedgerArgs,
    /// Only those in this state: sent, adopted, refused, later, failed, uncertain or none
    #[arg(long, value_name = "STATE", value_parser = STATE, hide_possible_values = true, conflicts_with = "action")]
    state: Option<LinkState>,
    /// Check which of the pings to arXiv are listed there by now
    #[arg(long)]
    verify: bool,
    /// Record what another program has sent: a CSV or simple YAML file with entry and target
    #[arg(long, value_name = "FILE")]
    import: Option<PathBuf>,
    /// The URL of the site, for imported entries with relative URLs
    #[arg(long, value_name = "URL", value_parser = parsers::web_url, requires = "import")]
    base_url: Option<Url>,
    /// Remove an entry, or a page that is linked to, from the ledger
    #[arg(long, value_name = "URL", value_parser = parsers::web_url)]
    forget: Vec<Url>,
    /// The URL of arXiv's list of a paper's pings
    #[arg(long, value_name = "URL", value_parser = parsers::web_url, requires = "verify", hide = true)]
    listing_url: Option<Url>,
    /// Print JSON objects
    #[arg(long)]
    json: bool,
}

#[derive(Serialize, Default)]
struct SentLinkRow<'a> {
    state: &'a str,
    time: Timestamp,
    entry: Option<&'a str>,
    target: &'a str,
    ping_url: Option<&'a str>,
    answer: Option<&'a str>,
    tries: u32,
    next: Option<Timestamp>,
    not_before: Option<Timestamp>,
    asked: Option<&'a str>,
    seen: Option<Timestamp>,
    /// The protocol; absent if nothing was sent.
    via: Option<&'a str>,
    /// The URL at which the receiver reports its status.
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<&'a str>,
}

impl Row for SentLinkRow<'_> {
    const FIELDS: &'static [&'static str] = &[
        "state", "time", "entry", "target", "ping_url", "answer", "next", "seen",
    ];

    fn terminal(&self) -> Vec<String> {
        let day = self.time.strftime("%Y-%m-%d");
        let mut lines = vec![format!("{:<9} {day}  {}", self.state, self.target)];
        let more = [
            self.entry.map(|entry| format!("from {entry}")),
            self.answer.map(str::to_owned),
            self.asked.map(|asked| format!("asked {asked}")),
            self.next.map(|next| format!("again after {next}")),
            self.seen.map(|seen| format!("listed since {seen}")),
            self.location
                .map(|location| format!("status at {location}")),
        ];
        lines.extend(
            more.iter()
                .flatten()
                .map(|line| format!("{:>21} {line}", "")),
        );
        lines
    }
}

#[derive(Serialize)]
struct CheckedRow<'a> {
    listed: &'a str,
    entry: &'a str,
    target: &'a str,
    why: Option<&'a str>,
}

impl Row for CheckedRow<'_> {
    const FIELDS: &'static [&'static str] = &["listed", "entry", "target", "why"];

    fn terminal(&self) -> Vec<String> {
        let (listed, target, entry) = (self.listed, self.target, self.entry);
        let line = format!("{listed:<8} {target}  from {entry}  {}", field(self.why));
        vec![line.trim_end().to_owned()]
    }
}

pub(super) fn run(shell: &mut Shell, flags: &SentArgs) -> Result<ExitStatus> {
    let config = shell.config_if_any()?;
    let path = flags.ledger.path(config.as_ref());
    shell.out.use_json_if(flags.json);
    let is_needed = flags.verify || !flags.forget.is_empty();
    if is_needed && !path.exists() {
        let message = format!("no ledger at `{}`", path.display());
        return Err(Error::Usage(message));
    }
    if flags.verify {
        return verify(shell, flags, config.as_ref(), &path);
    }
    if let Some(file) = &flags.import {
        return import(shell, flags, file, &path);
    }
    if !flags.forget.is_empty() {
        return forget(shell, flags, &path);
    }
    let (ledger, warnings) = Ledger::peek(&path)?;
    warnings.iter().for_each(|warning| warn(warning));
    list(shell, flags, &ledger)?;
    Ok(ExitStatus::Done)
}

fn list(shell: &mut Shell, flags: &SentArgs, ledger: &LedgerState) -> Result<()> {
    let is_wanted = |state| flags.state.is_none_or(|wanted| wanted == state);
    for (entry, target, link) in ledger.links() {
        if is_wanted(link.state) {
            shell.out.print(&SentLinkRow {
                state: link.state.name(),
                time: link.time,
                entry: Some(entry),
                target,
                ping_url: link.ping_url.as_deref(),
                answer: link.answer.as_deref(),
                tries: link.tries,
                next: link.next,
                not_before: link.not_before,
                asked: link.asked.as_deref(),
                seen: link.seen,
                via: link
                    .via
                    .filter(|_| link.ping_url.is_some())
                    .map(Protocol::name),
                location: link.location.as_deref(),
            })?;
        }
    }
    if is_wanted(LinkState::None) {
        for (target, time, why) in ledger.absences() {
            shell.out.print(&SentLinkRow {
                state: LinkState::None.name(),
                time,
                target,
                answer: why,
                ..SentLinkRow::default()
            })?;
        }
    }
    Ok(())
}

fn verify(
    shell: &mut Shell,
    flags: &SentArgs,
    config: Option<&Config>,
    path: &Path,
) -> Result<ExitStatus> {
    let base = match &flags.listing_url {
        Some(url) => url.clone(),
        None => Url::parse(arxiv::LISTING).map_err(|cause| Error::Internal(Cause::of(cause)))?,
    };
    let spacing = if config.is_some_and(|config| config.throttle == Throttle::Off) {
        Duration::ZERO
    } else {
        arxiv::SPACING
    };
    let mut ledger = flags.ledger.open(path)?;
    let client = send::client(config, Timeout::Shell);
    let stop = stop_flag()?;
    let (pace, mut unread) = ((spacing, shell.now), 0);
    verify::verify(&client, &mut ledger, &base, pace, &stop, &mut |checked| {
        unread += usize::from(matches!(checked.listed, ListedState::Unread(_)));
        print_checked(shell, &checked)
    })?;
    if unread > 0 {
        warn(&format!("{unread} could not be looked up"));
    }
    Ok(if unread > 0 || stop.load(Ordering::Relaxed) {
        ExitStatus::Failed
    } else {
        ExitStatus::Done
    })
}

fn print_checked(shell: &mut Shell, checked: &ListingCheck) -> Result<()> {
    let (listed, why) = match &checked.listed {
        ListedState::Yes => ("listed", None),
        ListedState::No => ("waiting", None),
        ListedState::Unread(why) => ("unread", Some(why.as_str())),
    };
    shell.out.print(&CheckedRow {
        listed,
        entry: checked.entry.as_str(),
        target: checked.target.as_str(),
        why,
    })?;
    shell.out.flush()
}

/// The largest imported list, in bytes.
const MOST: u64 = 64 << 20;

fn import(shell: &mut Shell, flags: &SentArgs, file: &Path, path: &Path) -> Result<ExitStatus> {
    let fault = |cause| Error::file("read", file, cause);
    let opened = File::open(file).map_err(fault)?;
    let bytes = match opened.metadata().map_err(fault)?.is_file() {
        true => read_whole(&opened, MOST).map_err(fault)?.0,
        false => {
            let mut bytes = Vec::new();
            opened.take(MOST).read_to_end(&mut bytes).map_err(fault)?;
            bytes
        }
    };
    let text = String::from_utf8(bytes)
        .map_err(|_| Error::Usage(format!("`{}` is not UTF-8", file.display())))?;
    let format = SentListFormat::guess(&file.to_string_lossy(), &text);
    let mut ledger = flags.ledger.open(path)?;
    let base = flags.base_url.as_ref();
    let events = import::parse_sent_list(&text, format, base, &ledger.state, shell.now)
        .map_err(|error| Error::Usage(format!("`{}`, {error}", file.display())))?;
    let count = events.len();
    ledger.add_synced(events)?;
    if flags.json {
        shell.out.json(&serde_json::json!({ "imported": count }))?;
    } else {
        shell.out.line(&format!("{count} recorded as sent"))?;
    }
    Ok(ExitStatus::Done)
}

fn forget(shell: &mut Shell, flags: &SentArgs, path: &Path) -> Result<ExitStatus> {
    let mut ledger = flags.ledger.open(path)?;
    let mut events = Vec::new();
    for url in &flags.forget {
        let page = arxiv_page(url);
        let mut bare = url.clone();
        bare.set_fragment(None);
        let names = [
            Some(url.as_str()),
            page.as_ref().map(Url::as_str),
            Some(bare.as_str()),
        ];
        let known = names.into_iter().flatten().find_map(|name| {
            let known = ledger.state.knows(name);
            (known.entry || known.target).then_some((name, known))
        });
        let Some((name, UrlKnowledge { entry, target })) = known else {
            return Err(Error::Usage(format!("`{url}` is not in the ledger")));
        };
        events.push(LedgerEvent::Forget {
            entry: entry.then(|| name.to_owned()),
            target: target.then(|| name.to_owned()),
            time: ledger.state.time_for_all(name, shell.now),
        });
    }
    ledger.add_synced(events)?;
    Ok(ExitStatus::Done)
}

const STATE: OneOf<LinkState> = OneOf::new(
    &[
        "sent",
        "adopted",
        "refused",
        "later",
        "failed",
        "uncertain",
        "none",
    ],
    |text| {
        let mut all = LinkState::ALL.into_iter();
        all.find(|state| state.name() == text)
    },
);
