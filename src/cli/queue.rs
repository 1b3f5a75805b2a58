//! `tb queue`: the pings of all ids, and the private feed of those that wait.

use serde::Serialize;

use super::output::OutputMode;
use super::parsers;
use super::shell::{ExitStatus, Shell};
use crate::admission::reason::Reason;
use crate::error::Result;
use crate::moderation::inbox::{self, From, InboxFilter, InboxPosition, InboxQuery};
use crate::store::{Event, Record, State, Store};
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

/// A ping as `--json` prints it.
#[derive(Serialize)]
struct WaitingRow<'a> {
    tb_id: &'a str,
    #[serde(flatten)]
    record: &'a Record,
    /// Names what it says, for `--as`.
    #[serde(rename = "as")]
    text_hash: String,
}

pub(super) fn run(shell: &mut Shell, flags: &QueueArgs) -> Result<ExitStatus> {
    let config = shell.config()?;
    let store = Store::open(&config.data_dir)?;
    if flags.feed || flags.revoke {
        store.make_secret()?;
        if flags.revoke {
            store.next_feed()?;
            store.log(&Event::new(shell.now, "queue-feed-revoked").with("by", "shell"));
        }
        let url = feed::url(&config, &store.make_secret()?);
        shell.out.line(&url)?;
        return Ok(ExitStatus::Done);
    }
    let zone = config.zone()?;
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
        let overview = inbox::look(&store, &ask)?;
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
                print(shell, &zone, place, record, flags)?;
            }
        }
        if !overview.older {
            break;
        }
    }
    if shell.out.face() == OutputMode::Terminal && !flags.json && printed == 0 {
        shell.out.line("There is none.")?;
    }
    Ok(ending)
}

fn print(
    shell: &mut Shell,
    zone: &jiff::tz::TimeZone,
    place: &InboxPosition,
    record: &Record,
    flags: &QueueArgs,
) -> Result<()> {
    let tb_id = place.id.as_str();
    if flags.json {
        return shell.out.json(&WaitingRow {
            tb_id,
            record,
            text_hash: record.text_hash(),
        });
    }
    let number = record.id.to_string();
    let why = record.why.as_deref().unwrap_or_default();
    match shell.out.face() {
        OutputMode::Terminal => {
            let date = record.time.to_zoned(zone.clone()).date();
            let from = match record.blog_name.as_str() {
                "" => String::new(),
                blog_name => format!(" ({blog_name})"),
            };
            let title = &record.title;
            shell
                .out
                .line(&format!("{tb_id} {number}  {date}  {title}{from}"))?;
            shell.out.line(&format!("    {}", record.url))?;
            shell.out.line(&format!(
                "    {}: {}",
                record.state.name(),
                Reason::explain(record.why.as_deref())
            ))
        }
        OutputMode::Plain => shell.out.row(&[
            tb_id,
            &number,
            record.state.name(),
            &record.time.to_string(),
            &record.url,
            &record.title,
            &record.blog_name,
            why,
        ]),
    }
}
