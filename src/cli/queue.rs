//! `tb queue`: the pings of all ids, and the private feed of those that wait.

use serde::Serialize;

use super::list::PingRow;
use super::output::Row;
use super::parsers;
use super::shell::{ExitStatus, Shell};
use crate::error::Result;
use crate::moderation::inbox::{self, From, InboxFilter, InboxQuery};
use crate::store::{Event, EventName, State, Store};
use crate::web::moderation::feed;

/// How many pings are kept in memory at once; each such part is a look at all ids.
const PART: usize = 1000;

/// Lists the pings of all ids that wait for you, newest first
///
/// Where the output is no terminal each is one line of fields between tabs: id, number, state, time,
/// url, title, blog name, and the reason for the state.
#[derive(Debug, clap::Args)]
pub(super) struct QueueArgs {
    /// Those in another state: published or junk
    #[arg(long, value_parser = parsers::state)]
    state: Option<State>,
    /// Only those with all of these words in title, excerpt, blog name, url or id
    #[arg(long, value_name = "WORDS")]
    search: Option<String>,
    /// At most so many
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
    /// Print the private address of a feed of the pings that wait, for a feed reader
    #[arg(long, conflicts_with_all = ["state", "search", "limit", "json"])]
    feed: bool,
    /// Make that address another one; the old one leads nowhere
    #[arg(long, conflicts_with_all = ["state", "search", "limit", "json"])]
    revoke: bool,
}

/// A ping in the list of those of all ids.
#[derive(Serialize)]
#[serde(transparent)]
struct QueueRow<'a>(PingRow<'a>);

impl Row for QueueRow<'_> {
    const FIELDS: &'static [&'static str] = &[
        "tb_id",
        "id",
        "state",
        "time",
        "url",
        "title",
        "blog_name",
        "why",
    ];

    fn terminal(&self) -> Vec<String> {
        let (tb_id, record) = (self.0.tb_id, self.0.record);
        let why = record.explain();
        vec![
            format!("{tb_id} {}  {}", record.id, self.0.heading()),
            format!("    {}", record.url),
            format!("    {}: {why}", record.state.name()),
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
    let zone = config.zone()?;
    shell.out.as_json_if(flags.json);
    let mut left = flags.limit.unwrap_or(usize::MAX);
    let mut ask = InboxQuery {
        kind: InboxFilter::In(flags.state.unwrap_or(State::Held)),
        search: flags.search.clone().unwrap_or_default(),
        from: From::Newest,
        most: 0,
    };
    let mut ending = ExitStatus::Done;
    let mut printed = 0;
    while left > 0 {
        ask.most = left.min(PART);
        let overview = inbox::load(&store, &ask)?;
        // Once is enough, and each look finds the same.
        if ask.from == From::Newest {
            for id in &overview.unread {
                super::shell::complain(&format!(
                    "the pings of `{id}` cannot be read; `tb check` says why"
                ));
                ending = ExitStatus::Failed;
            }
        }
        if let Some((last, _)) = overview.pings.last() {
            ask.from = From::Before(last.clone());
        }
        left -= overview.pings.len();
        printed += overview.pings.len();
        for (place, record) in &overview.pings {
            if let Some(record) = record {
                let row = PingRow::new(&place.id, record, &zone);
                shell.out.print(&QueueRow(row))?;
            }
        }
        if !overview.older {
            break;
        }
    }
    if printed == 0 {
        shell.out.note("No pings found.")?;
    }
    Ok(ending)
}
