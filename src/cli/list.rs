//! `tb list` and `tb show`: reads pings.

use jiff::tz::TimeZone;
use serde::Serialize;

use super::output::OutputMode;
use super::parsers;
use super::shell::{ExitStatus, Shell};
use crate::error::{Refusal, Result};
use crate::linkback::trackback::TbId;
use crate::store::{Pings, Record, State, Store, Which};

/// How many pings are read at once.
const BATCH: usize = 200;

/// Lists the ids that have pings, or the pings of one
///
/// Without ID: each id with the number of its published, held and junk pings. With ID: its pings,
/// newest first. Where the output is no terminal each is one line of fields between tabs: the id and
/// the three counts; or number, state, time, url, title, blog name.
#[derive(Debug, clap::Args)]
pub(super) struct ListArgs {
    /// The id, as in the ping URL
    #[arg(value_parser = parsers::tb_id)]
    id: Option<TbId>,
    /// Only those in this state: published, held or junk
    #[arg(long, value_parser = parsers::state)]
    state: Option<State>,
    /// At most so many
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
}

/// Shows all that is known of one ping
#[derive(Debug, clap::Args)]
pub(super) struct ShowArgs {
    /// The id, as in the ping URL
    #[arg(value_parser = parsers::tb_id)]
    id: TbId,
    /// The ping's number, as `tb list` shows it
    number: u64,
    /// Print a JSON object
    #[arg(long)]
    json: bool,
}

/// A ping as `--json` prints it.
#[derive(Serialize)]
struct PingRow<'a> {
    tb_id: &'a str,
    #[serde(flatten)]
    record: &'a Record,
    /// Names what it says, for `--as`.
    #[serde(rename = "as")]
    text_hash: String,
}

/// An id as `--json` prints it.
#[derive(Serialize)]
struct Counted<'a> {
    tb_id: &'a str,
    published: usize,
    held: usize,
    junk: usize,
}

pub(super) fn run(shell: &mut Shell, flags: &ListArgs) -> Result<ExitStatus> {
    let config = shell.config()?;
    let store = Store::open(&config.data_dir)?;
    match &flags.id {
        None => list_ids(shell, &store, flags)?,
        Some(id) => match store.pings(id)? {
            Some(pings) => list_pings(shell, &config.zone()?, id, &pings, flags)?,
            None if shell.out.face() == OutputMode::Terminal && !flags.json => {
                shell.out.line(&format!("`{id}` has never had a ping."))?;
            }
            None => {}
        },
    }
    Ok(ExitStatus::Done)
}

pub(super) fn show(shell: &mut Shell, flags: &ShowArgs) -> Result<ExitStatus> {
    let config = shell.config()?;
    let zone = config.zone()?;
    let pings = Store::open(&config.data_dir)?.pings(&flags.id)?;
    let record = pings
        .map(|pings| pings.get(flags.number))
        .transpose()?
        .flatten()
        .ok_or(Refusal::NoSuchPing)?;
    if flags.json {
        shell.out.json(&PingRow {
            tb_id: flags.id.as_str(),
            record: &record,
            text_hash: record.text_hash(),
        })?;
        return Ok(ExitStatus::Done);
    }
    let time = |time: jiff::Timestamp| time.to_zoned(zone.clone()).to_string();
    let number = record.id.to_string();
    let rows = [
        ("id", Some(flags.id.to_string())),
        ("number", Some(number)),
        ("state", Some(record.state.name().to_owned())),
        ("why", record.why),
        ("time", Some(time(record.time))),
        ("updated", record.updated.map(time)),
        ("url", Some(record.url)),
        ("title", Some(record.title)),
        ("blog name", Some(record.blog_name)),
        ("excerpt", Some(record.excerpt)),
        ("via", Some(record.via)),
        ("from", record.from),
    ];
    for (name, value) in rows {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            match shell.out.face() {
                OutputMode::Terminal => shell.out.line(&format!("{name:>9}  {value}"))?,
                OutputMode::Plain => shell.out.row(&[name, &value])?,
            }
        }
    }
    Ok(ExitStatus::Done)
}

fn list_ids(shell: &mut Shell, store: &Store, flags: &ListArgs) -> Result<()> {
    let mut left = flags.limit.unwrap_or(usize::MAX);
    for id in store.ids()? {
        if left == 0 {
            break;
        }
        let Some(pings) = store.pings(&id)? else {
            continue;
        };
        let wanted = flags.state.map_or(Which::All, Which::In);
        if flags.state.is_some() && pings.count(wanted)? == 0 {
            continue;
        }
        let counted = Counted {
            tb_id: id.as_str(),
            published: pings.count(Which::In(State::Published))?,
            held: pings.count(Which::In(State::Held))?,
            junk: pings.count(Which::In(State::Junk))?,
        };
        print_id(shell, &counted, flags)?;
        left -= 1;
    }
    Ok(())
}

fn print_id(shell: &mut Shell, counted: &Counted<'_>, flags: &ListArgs) -> Result<()> {
    let &Counted {
        tb_id,
        published,
        held,
        junk,
    } = counted;
    if flags.json {
        return shell.out.json(counted);
    }
    match shell.out.face() {
        OutputMode::Terminal => shell.out.line(&format!(
            "{published:>6} published {held:>6} held {junk:>6} junk  {tb_id}"
        )),
        OutputMode::Plain => {
            let counts = [published, held, junk].map(|count| count.to_string());
            let [published, held, junk] = &counts;
            shell.out.row(&[tb_id, published, held, junk])
        }
    }
}

fn list_pings(
    shell: &mut Shell,
    zone: &TimeZone,
    id: &TbId,
    pings: &Pings,
    flags: &ListArgs,
) -> Result<()> {
    let mut left = flags.limit.unwrap_or(usize::MAX);
    let mut before = None;
    while left > 0 {
        let batch = pings.newest(Which::All, before, BATCH)?;
        let Some(last) = batch.last() else { break };
        before = Some(last.id);
        let wanted = |record: &&Record| flags.state.is_none_or(|state| record.state == state);
        for record in batch.iter().filter(wanted).take(left) {
            print_ping(shell, zone, id, record, flags)?;
            left -= 1;
        }
    }
    Ok(())
}

fn print_ping(
    shell: &mut Shell,
    zone: &TimeZone,
    id: &TbId,
    record: &Record,
    flags: &ListArgs,
) -> Result<()> {
    if flags.json {
        let tb_id = id.as_str();
        return shell.out.json(&PingRow {
            tb_id,
            record,
            text_hash: record.text_hash(),
        });
    }
    let (number, state) = (record.id, record.state.name());
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
                .line(&format!("{number:>5}  {state:<9}  {date}  {title}{from}"))?;
            shell.out.line(&format!("       {}", record.url))
        }
        OutputMode::Plain => shell.out.row(&[
            &number.to_string(),
            state,
            &record.time.to_string(),
            &record.url,
            &record.title,
            &record.blog_name,
        ]),
    }
}
