//! The sources of `tb send`, read into a plan; a feed that has not changed since all of it was done is not read again.

use serde_json::json;
use sha2::{Digest, Sha256};
use url::Url;

use super::args::SendArgs;
use super::tally::{SourceTally, is_fault};
use crate::cli::shell::{Shell, complain};
use crate::error::Result;
use crate::fetch::{Client, Reach, Validators};
use crate::send::ledger::{LedgerEvent, LedgerState};
use crate::send::ping_url::{EndpointRules, Guess};
use crate::send::plan::{SendOptions, SendPlan};
use crate::send::run;
use crate::sources::{self, OwnPages, Skipped, Source, SourceItem, SourceOptions};
use crate::text::hex;

/// How many faults in the sources are told one by one.
const MOST_FAULTS: usize = 20;

/// The sources, read.
pub(super) struct SendSources {
    /// What is to be done.
    pub(super) plan: SendPlan,
    /// What they hold.
    pub(super) tally: SourceTally,
    /// What the ledger is to know of the feeds among them, once nothing is left to do.
    pub(super) feeds: Vec<LedgerEvent>,
}

/// Reads the sources into a plan and tells what is wrong with them.
pub(super) fn read(
    shell: &Shell,
    flags: &SendArgs,
    client: &Client,
    book: &LedgerState,
    wishes: &SendOptions,
    rules: &EndpointRules,
) -> Result<SendSources> {
    let digest = digest(flags, wishes, rules);
    let mut plan = SendPlan::default();
    let mut tally = SourceTally::default();
    let mut feeds = Vec::new();
    let mut faults: usize = 0;
    for name in &flags.sources {
        let source = Source::read(name);
        let before = tally.entries;
        let known = known(&source, flags, book, wishes, &digest);
        let options = SourceOptions {
            base_url: flags.base_url.clone(),
            since: flags.since,
            pages: OwnPages::Read,
            known: known.clone(),
        };
        let mut take = |item| {
            match item {
                SourceItem::Entry(entry) => {
                    tally.entry(&entry);
                    plan.take(entry, book, wishes);
                }
                SourceItem::Skipped(skipped) => {
                    tally.skip(&skipped);
                    if is_fault(&skipped) {
                        faults += 1;
                        if faults <= MOST_FAULTS {
                            let Skipped { what, why } = skipped;
                            complain(&format!("`{what}`: {why}"));
                        }
                    }
                }
            }
            Ok(())
        };
        let (kind, validators) =
            sources::for_each(&source, &options, client, shell.now, &mut take)?;
        if let Some(warning) = tally.source(name, kind, before) {
            complain(&warning);
        }
        let is_news = !validators.is_empty() && validators != known;
        if let (Source::Feed(url), true) = (&source, is_news) {
            feeds.push(LedgerEvent::Source {
                url: url.to_string(),
                etag: validators.etag,
                last_modified: validators.last_modified,
                wishes: digest.clone(),
                time: wishes.now,
            });
        }
    }
    if faults > MOST_FAULTS {
        complain(&format!("and {} more like that", faults - MOST_FAULTS));
    }
    if !tally.has_unchanged() {
        plan.look_for_deleted(book, wishes);
    }
    let warnings = tally.warnings();
    warnings.iter().for_each(|warning| complain(warning));
    if faults > 0 {
        // What could not be read may be readable the next time.
        feeds.clear();
    }
    Ok(SendSources { plan, tally, feeds })
}

/// What the server said of a feed when all of it was done; nothing where more than what is new is wanted.
fn known(
    source: &Source,
    flags: &SendArgs,
    book: &LedgerState,
    wishes: &SendOptions,
    digest: &str,
) -> Validators {
    let is_more = flags.dry_run
        || wishes.retry
        || wishes.retry_uncertain
        || !wishes.resend.is_empty()
        || !book.has_begun();
    let Source::Feed(url) = source else {
        return Validators::default();
    };
    match book.last_read(url.as_str(), wishes.now) {
        Some(read) if !is_more && read.wishes == digest => Validators {
            etag: read.etag.clone(),
            last_modified: read.last_modified.clone(),
        },
        _ => Validators::default(),
    }
}

/// What is wanted, as a number: with other flags or another configuration there may be more to do in the same feed.
/// Where a ledger has another number, the feed is read whole once more.
fn digest(flags: &SendArgs, wishes: &SendOptions, rules: &EndpointRules) -> String {
    let wanted = json!({
        "include_own": wishes.include_own,
        "nofollow": wishes.nofollow,
        "skip": wishes.skip,
        "site": wishes.site.iter().map(Url::as_str).collect::<Vec<_>>(),
        "ping_hosts": rules.ping_hosts,
        "guess": match rules.guess {
            Guess::Never => "never",
            Guess::WordPress => "wordpress",
        },
        "reach": match rules.reach {
            Reach::Public => "public",
            Reach::Private => "private",
            Reach::Outside => "outside",
        },
        "protocols": run::names(&wishes.protocols),
        "since": flags.since.map(|since| since.to_string()),
        "base_url": flags.base_url.as_ref().map(Url::as_str),
    });
    let digest = Sha256::digest(wanted.to_string());
    hex(digest.get(..8).unwrap_or_default())
}
