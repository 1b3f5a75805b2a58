//! Reads the sources of `tb send` into a plan. A feed that has not changed since all its pings were done is not read again.

use std::collections::HashSet;

use serde_json::json;
use sha2::{Digest, Sha256};
use url::Url;

use super::args::SendArgs;
use super::tally::{SourceTally, is_fault};
use crate::cli::shell::{ExitStatus, Shell, warn};
use crate::error::{Error, FetchError, Result};
use crate::fetch::{Client, Reach, Validators};
use crate::linkback::Protocol;
use crate::send::ledger::{LedgerEvent, LedgerState, LinkState};
use crate::send::ping_url::{EndpointRules, GuessPolicy};
use crate::send::plan::{DeletionNews, SendOptions, SendPlan};
use crate::send::run;
use crate::sources::{self, KnownEntries, OwnPages, Skipped, Source, SourceItem, SourceOptions};
use crate::text::hex;
use crate::urls::{parse_web, target_key};

/// How many faults in the sources are reported one by one.
const MOST_FAULTS: usize = 20;

/// The sources as read.
pub(super) struct SendSources {
    /// The pings to send.
    pub(super) plan: SendPlan,
    /// The counts of their contents.
    pub(super) tally: SourceTally,
    /// The events that record the feeds among them as done, for when nothing is left to do.
    pub(super) feeds: Vec<LedgerEvent>,
    /// Whether some of them could not be read.
    pub(super) failed: ExitStatus,
}

/// Reads the sources into a plan and reports their faults.
pub(super) fn load(
    shell: &Shell,
    flags: &SendArgs,
    client: &Client,
    ledger: &LedgerState,
    options: &SendOptions,
    rules: &EndpointRules,
) -> Result<SendSources> {
    let mut reader = SourceReader {
        shell,
        flags,
        client,
        ledger,
        options,
        digest: options_digest(flags, options, rules),
        answers: known_entries(ledger, options),
        plan: SendPlan::default(),
        tally: SourceTally::default(),
        feeds: Vec::new(),
        faults: 0,
        unread: 0,
        undated: 0,
    };
    for name in &flags.sources {
        reader.read(name)?;
    }
    Ok(reader.finish())
}

/// Reads one source after the other.
struct SourceReader<'a> {
    shell: &'a Shell,
    flags: &'a SendArgs,
    client: &'a Client,
    ledger: &'a LedgerState,
    options: &'a SendOptions,
    /// The digest of the options, so that a feed is read again when they change.
    digest: String,
    answers: KnownEntries,
    plan: SendPlan,
    tally: SourceTally,
    feeds: Vec<LedgerEvent>,
    /// How many items could not be read.
    faults: usize,
    /// How many sources could not be read.
    unread: usize,
    /// How many entries have no date.
    undated: usize,
}

impl SourceReader<'_> {
    fn read(&mut self, name: &str) -> Result<()> {
        let (flags, ledger, options) = (self.flags, self.ledger, self.options);
        let source = Source::parse(name);
        let before = self.tally.entries;
        self.plan.begin_source();
        let known = known_validators(&source, flags, ledger, options, &self.digest);
        let source_options = SourceOptions {
            base_url: flags.base_url.clone(),
            sites: options.site.clone(),
            since: flags.since,
            pages: OwnPages::Read,
            answers: self.answers.clone(),
            known: known.clone(),
        };
        let (client, now) = (self.client, self.shell.now);
        let read = sources::for_each(&source, &source_options, client, now, &mut |item| {
            self.add(item);
            Ok(())
        });
        let failure = read.as_ref().err();
        let gone =
            failure.and_then(|error| gone_entry(&source, error, &mut self.plan, ledger, options));
        let (kind, validators) = match (read, gone) {
            (Err(error), Some(news)) => {
                warn(&format!("{error}; {}", deletion_news(news, flags.dry_run)));
                return Ok(());
            }
            // The others are sent for, unless all are to be decided about in this run.
            (Err(error), None) if ledger.has_begun() && self.unread + 1 < flags.sources.len() => {
                warn(&error.to_string());
                self.unread += 1;
                return Ok(());
            }
            (read, _) => read?,
        };
        if let Some(warning) = self.tally.finish_source(name, kind, before) {
            warn(&warning);
        }
        let is_news = !validators.is_empty() && validators != known;
        if let (Source::Feed(url), true) = (&source, is_news) {
            self.feeds.push(LedgerEvent::Source {
                url: url.to_string(),
                etag: validators.etag,
                last_modified: validators.last_modified,
                options_digest: self.digest.clone(),
                time: options.now,
            });
        }
        Ok(())
    }

    fn add(&mut self, item: SourceItem) {
        match item {
            SourceItem::Entry(entry) => {
                let own = self.options.site.iter().chain(&self.flags.base_url);
                if !self.tally.add_entry(&entry, &own.collect::<Vec<_>>()) {
                    return;
                }
                self.undated += usize::from(entry.dated().is_none());
                self.plan.add_entry(entry, self.ledger, self.options);
            }
            SourceItem::Skipped(skipped) => {
                self.tally.add_skipped(&skipped);
                self.plan.add_skipped(&skipped, self.ledger);
                if is_fault(&skipped) {
                    self.faults += 1;
                    if self.faults <= MOST_FAULTS {
                        let Skipped { what, why, .. } = skipped;
                        warn(&format!("`{what}`: {why}"));
                    }
                }
            }
        }
    }

    fn finish(mut self) -> SendSources {
        if self.faults > MOST_FAULTS {
            warn(&format!(
                "and {} more such faults",
                self.faults - MOST_FAULTS
            ));
        }
        let is_whole = !self.tally.has_unchanged() && !self.tally.has_preview();
        if is_whole && self.unread == 0 {
            self.plan.add_deleted(self.ledger, self.options);
        }
        if self.undated > 0 && self.flags.since.is_some() {
            warn(&format!(
                "entries without a date, which `--since` does not leave out: {}",
                self.undated
            ));
        }
        let warnings = self.tally.warnings();
        warnings.iter().for_each(|warning| warn(warning));
        if self.faults > 0 || self.tally.has_preview() {
            // What could not be read now may be readable in the next run.
            self.feeds.clear();
        }
        SendSources {
            plan: self.plan,
            tally: self.tally,
            feeds: self.feeds,
            failed: match self.unread {
                0 => ExitStatus::Done,
                _ => ExitStatus::Failed,
            },
        }
    }
}

/// The entries whose pages are not read for what they answer, because nothing is left to do for them; with the pages
/// that got a Webmention, and would be told that the link is gone if the entry had none.
fn known_entries(ledger: &LedgerState, options: &SendOptions) -> KnownEntries {
    let mut known = KnownEntries {
        is_first: !ledger.has_begun(),
        ..KnownEntries::default()
    };
    if options.retry || options.retry_uncertain || !options.resend.is_empty() {
        return known;
    }
    let mut open = HashSet::new();
    for (entry, target, standing) in ledger.links() {
        let Some(target) = parse_web(target) else {
            continue;
        };
        let keys = ledger.keys_of(entry);
        if matches!(standing.state, LinkState::Failed | LinkState::Later) && standing.next.is_some()
        {
            open.extend(keys.iter().cloned());
        }
        let is_told = standing.state == LinkState::Sent
            && standing.via == Some(Protocol::Webmention)
            && standing.follow_up.is_none();
        let told = is_told.then(|| target_key(&target));
        for key in keys {
            known.done.entry(key).or_default().extend(told.clone());
        }
    }
    let absent = ledger
        .absences()
        .filter_map(|(target, ..)| parse_web(target));
    known.absent = absent.map(|target| target_key(&target)).collect();
    known.done.retain(|entry, _| !open.contains(entry));
    known
}

/// When the pages are told that got a Webmention of a source, if that is the page of an entry that is gone.
fn gone_entry(
    source: &Source,
    error: &Error,
    plan: &mut SendPlan,
    ledger: &LedgerState,
    options: &SendOptions,
) -> Option<DeletionNews> {
    match (source, error) {
        (
            Source::Page(url),
            Error::Fetch {
                fault: FetchError::Status(404 | 410),
                ..
            },
        ) => plan.add_gone(url, ledger, options),
        _ => None,
    }
}

/// When the pages are told that an entry is gone which linked to them.
fn deletion_news(news: DeletionNews, is_dry_run: bool) -> String {
    let tells = "tells the pages that it linked to, if it is still gone";
    match news {
        DeletionNews::Due => "the pages that it linked to are to be told".to_owned(),
        DeletionNews::From(next) => format!("a run after {next} {tells}"),
        DeletionNews::First if is_dry_run => {
            format!("a run without `--dry-run` notes that, and one an hour later {tells}")
        }
        DeletionNews::First => format!("a run an hour from now {tells}"),
        DeletionNews::Over => "no page that it linked to is left to be told".to_owned(),
    }
}

/// The validators of a feed from when all its pings were done; none if this run needs more than new entries.
fn known_validators(
    source: &Source,
    flags: &SendArgs,
    ledger: &LedgerState,
    options: &SendOptions,
    digest: &str,
) -> Validators {
    let is_more = flags.dry_run
        || options.retry
        || options.retry_uncertain
        || !options.resend.is_empty()
        || !ledger.has_begun();
    let Source::Feed(url) = source else {
        return Validators::default();
    };
    match ledger.last_read(url.as_str(), options.now) {
        Some(read) if !is_more && read.options_digest == digest => Validators {
            etag: read.etag.clone(),
            last_modified: read.last_modified.clone(),
        },
        _ => Validators::default(),
    }
}

/// A digest of the options: with other flags or another configuration the same feed may give more pings. If the ledger
/// has another digest, the whole feed is read again.
fn options_digest(flags: &SendArgs, options: &SendOptions, rules: &EndpointRules) -> String {
    let wanted = json!({
        "include_own": options.include_own,
        "nofollow": options.nofollow,
        "skip": options.skip,
        "site": options.site.iter().map(Url::as_str).collect::<Vec<_>>(),
        "ping_hosts": rules.ping_hosts,
        "guess": match rules.guess {
            GuessPolicy::Never => "never",
            GuessPolicy::WordPress => "wordpress",
        },
        "reach": match rules.reach {
            Reach::Public => "public",
            Reach::Private => "private",
            Reach::Outside => "outside",
        },
        "protocols": run::names(&options.protocols),
        "since": flags.since.map(|since| since.to_string()),
        "base_url": flags.base_url.as_ref().map(Url::as_str),
    });
    let digest = Sha256::digest(wanted.to_string());
    hex(digest.get(..8).unwrap_or_default())
}
