//! `tb queue`: lists the pings of all ids, and prints the address of the private feed of waiting ones.

use serde::Serialize;

use super::list::PingRow;
use super::output::Row;
use super::parsers;
use super::shell::{ExitStatus, Shell};
use crate::error::Result;
use crate::moderation::inbox::{self, From, InboxFilter, InboxQuery};
use crate::moderation::next_check::NextChecks;
use crate::store::{Event, EventName, State, Store};
use crate::web::moderation::feed;

/// How many pings are read at once. Each batch scans all ids.
const BATCH: usize = 1000;

/// Lists the waiting pings of all ids, newest first
///
/// Unless the output is a terminal, each is one line of fields between tabs: id, number, state, time,
/// url, title, blog name, and the reason for the state.
#[derive(Debug, clap::Args)]
pub(super) struct QueueArgs {
    /// List those in another state: published or junk
    #[arg(long, value_parser = parsers::STATE, hide_possible_values = true)]
    state: Option<State>,
    /// Only those with all of these words in title, excerpt, blog name, url or id
    #[arg(long, value_name = "WORDS")]
    search: Option<String>,
    /// Print at most N
    #[arg(long, value_name = "N", value_parser = parsers::count::<usize>)]
    limit: Option<usize>,
    /// Print one JSON object a line: those of `tb list --json`, and `next_check` where a page is fetched again
    #[arg(long)]
    json: bool,
    /// Print the private URL of a feed of the waiting pings, for a feed reader
    #[arg(long, conflicts_with_all = ["state", "search", "limit", "json"])]
    feed: bool,
    /// Change that URL; the old one stops working
    #[arg(long, conflicts_with_all = ["state", "search", "limit", "json"])]
    revoke: bool,
}

/// A ping in the list of those of all ids.
#[derive(Serialize)]
struct QueueRow<'a> {
    #[serde(flatten)]
    ping: PingRow<'a>,
    /// Why it is in its state, with the time of the next check, for people.
    #[serde(skip)]
    why: String,
}

impl Row for QueueRow<'_> {
    const FIELDS: &'static [&'static str] = &[
        "tb_id",
        "number",
        "state",
        "time",
        "url",
        "title",
        "blog_name",
        "why",
    ];

    fn terminal(&self) -> Vec<String> {
        let (tb_id, record) = (self.ping.tb_id, self.ping.record);
        vec![
            format!("{tb_id} {}  {}", record.id, self.ping.heading()),
            format!("    {}", record.url),
            format!("    {}: {}", record.state.name(), self.why),
        ]
    }
}

pub(super) fn run(shell: &mut Shell, flags: &QueueArgs) -> Result<ExitStatus> {
    let config = shell.config()?;
    let store = Store::open(&config.data_dir)?;
    if flags.feed || flags.revoke {
        store.make_secret()?;
        if flags.revoke {
            store.next_feed()?;
            store.log(&Event::new(shell.now, EventName::QueueFeedRevoked).with("by", "shell"));
        }
        let url = feed::url(&config, &store.make_secret()?);
        shell.out.line(&url)?;
        return Ok(ExitStatus::Done);
    }
    let zone = &config.zone;
    let next_checks = NextChecks::load(&store, zone, shell.now);
    shell.out.use_json_if(flags.json);
    let mut left = flags.limit.unwrap_or(usize::MAX);
    let mut query = InboxQuery {
        kind: InboxFilter::In(flags.state.unwrap_or(State::Held)),
        search: flags.search.clone().unwrap_or_default(),
        from: From::Newest,
        most: 0,
    };
    let mut status = ExitStatus::Done;
    let mut printed = 0;
    while left > 0 {
        query.most = left.min(BATCH);
        let inbox = inbox::load(&store, &query)?;
        // Reported once: each batch finds the same.
        if query.from == From::Newest {
            for id in &inbox.unread {
                super::shell::warn(&format!(
                    "the pings of `{id}` cannot be read; `tb check` says why"
                ));
                status = ExitStatus::Failed;
            }
        }
        if let Some((last, _)) = inbox.pings.last() {
            query.from = From::Before(last.clone());
        }
        left -= inbox.pings.len();
        printed += inbox.pings.len();
        for (place, record) in &inbox.pings {
            if let Some(record) = record {
                let next_check = next_checks.time(&place.id, record);
                shell.out.print(&QueueRow {
                    ping: PingRow::new(&place.id, record, zone).with_next_check(next_check),
                    why: next_checks.explain(&place.id, record),
                })?;
            }
        }
        if !inbox.older {
            break;
        }
    }
    if printed == 0 {
        shell.out.note("No pings found.")?;
    }
    Ok(status)
}
