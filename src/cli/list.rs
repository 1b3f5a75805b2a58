//! `tb list` and `tb show`: print pings.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;
use serde_json::Value;

use super::named_id::NamedId;
use super::output::Row;
use super::parsers;
use super::shell::{ExitStatus, Shell, warn};
use crate::error::Result;
use crate::linkback::trackback::TbId;
use crate::moderation::next_check::NextChecks;
use crate::store::{Pings, Record, State, Store, Which};

/// How many pings are read at once.
const BATCH: usize = 200;

/// Lists the ids that have pings, or the pings of one
///
/// Without ID: each id with the number of its published, held and junk pings. With ID: its pings,
/// newest first. Unless the output is a terminal, each is one line of fields between tabs: the id and the three counts;
/// or number, state, time, url, title, blog name.
#[derive(Debug, clap::Args)]
pub(super) struct ListArgs {
    /// The id, its ping URL, or the page of its entry
    #[arg(value_parser = NamedId::parse)]
    id: Option<NamedId>,
    /// Only those in this state: published, held or junk
    #[arg(long, value_parser = parsers::STATE, hide_possible_values = true)]
    state: Option<State>,
    /// Print at most N
    #[arg(long, value_name = "N", value_parser = parsers::count::<usize>)]
    limit: Option<usize>,
    /// Print one JSON object a line: tb_id, published, held, junk; or number, state, why, time, url, title, excerpt,
    /// blog_name, via, from
    #[arg(long)]
    json: bool,
}

/// Shows everything about one ping
///
/// `quote` is what its page says around the link, and `next check` is when a page is fetched again that could not be
/// read. For example: tb show hello 17
#[derive(Debug, clap::Args)]
pub(super) struct ShowArgs {
    /// The id, its ping URL, or the page of its entry
    #[arg(value_parser = NamedId::parse)]
    id: NamedId,
    /// The ping's number, as `tb list` shows it
    #[arg(value_parser = parsers::number)]
    number: u64,
    /// Print a JSON object, with `next_check` and, as `as`, the hash of the text
    #[arg(long)]
    json: bool,
}

/// A ping in a list.
#[derive(Serialize)]
pub(super) struct PingRow<'a> {
    pub(super) tb_id: &'a str,
    /// The ping's number, as all commands call it; the record, as it is stored, has it as `id`.
    number: u64,
    #[serde(flatten)]
    pub(super) record: &'a Record,
    /// The hash of its text, for `--as`.
    #[serde(rename = "as")]
    text_hash: String,
    /// When its page is checked next, if it waits for that.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_check: Option<Timestamp>,
    #[serde(skip)]
    zone: &'a TimeZone,
}

impl<'a> PingRow<'a> {
    pub(super) fn new(id: &'a TbId, record: &'a Record, zone: &'a TimeZone) -> PingRow<'a> {
        PingRow {
            tb_id: id.as_str(),
            number: record.id,
            record,
            text_hash: record.text_hash(),
            next_check: None,
            zone,
        }
    }

    /// The row with the time of the next check.
    pub(super) fn with_next_check(self, next_check: Option<Timestamp>) -> PingRow<'a> {
        PingRow { next_check, ..self }
    }

    /// The day, the title and the weblog.
    pub(super) fn heading(&self) -> String {
        let date = self.record.time.to_zoned(self.zone.clone()).date();
        let from = match self.record.blog_name.as_str() {
            "" => String::new(),
            blog_name => format!(" ({blog_name})"),
        };
        format!("{date}  {}{from}", self.record.title)
    }
}

impl Row for PingRow<'_> {
    const FIELDS: &'static [&'static str] =
        &["number", "state", "time", "url", "title", "blog_name"];

    fn terminal(&self) -> Vec<String> {
        let (number, state) = (self.record.id, self.record.state.name());
        vec![
            format!("{number:>5}  {state:<9}  {}", self.heading()),
            format!("       {}", self.record.url),
        ]
    }
}

/// An id and how many pings it has.
#[derive(Serialize)]
struct IdRow<'a> {
    tb_id: &'a str,
    published: usize,
    held: usize,
    junk: usize,
}

impl Row for IdRow<'_> {
    const FIELDS: &'static [&'static str] = &["tb_id", "published", "held", "junk"];

    fn terminal(&self) -> Vec<String> {
        let (published, held, junk) = (self.published, self.held, self.junk);
        vec![format!(
            "{published:>6} published {held:>6} held {junk:>6} junk  {}",
            self.tb_id
        )]
    }
}

pub(super) fn run(shell: &mut Shell, flags: &ListArgs) -> Result<ExitStatus> {
    let config = shell.config()?;
    let store = Store::open(&config.data_dir)?;
    shell.out.use_json_if(flags.json);
    match &flags.id {
        None => list_ids(shell, &store, flags)?,
        Some(named) => {
            let id = named.find(&config)?;
            match store.pings(&id)? {
                Some(pings) if pings.count(Which::All)? > 0 => {
                    list_pings(shell, &config.zone, &id, &pings, flags)?;
                }
                Some(_) => shell.out.note(&format!("`{id}` has no pings."))?,
                None => shell.out.note(&format!("`{id}` has never had a ping."))?,
            }
        }
    }
    Ok(ExitStatus::Done)
}

pub(super) fn show(shell: &mut Shell, flags: &ShowArgs) -> Result<ExitStatus> {
    let config = shell.config()?;
    let zone = &config.zone;
    let store = Store::open(&config.data_dir)?;
    let id = flags.id.find(&config)?;
    let pings = store.pings(&id)?;
    let record = pings.map(|pings| pings.get(flags.number)).transpose()?;
    let Some(record) = record.flatten() else {
        warn(&format!("`{id}` has no ping {}", flags.number));
        return Ok(ExitStatus::Failed);
    };
    let next_check = NextChecks::load(&store, zone, shell.now).time(&id, &record);
    if flags.json {
        let row = PingRow::new(&id, &record, zone).with_next_check(next_check);
        shell.out.json(&row)?;
        return Ok(ExitStatus::Done);
    }
    let time = |time: Timestamp| {
        let time = time.to_zoned(zone.clone());
        time.strftime("%Y-%m-%d %H:%M:%S %:z").to_string()
    };
    let number = record.id.to_string();
    let of_page = |key| text_of(record.rest.get(key));
    let author = record.rest.get("author");
    let author = ["name", "url"].map(|key| text_of(author.and_then(|author| author.get(key))));
    let author: Vec<String> = author.into_iter().flatten().collect();
    let checked = of_page("checked").map(|text| text.parse().map_or(text, time));
    let quote = Some(record.quote());
    let rows = [
        ("id", Some(id.to_string())),
        ("number", Some(number)),
        ("state", Some(record.state.name().to_owned())),
        ("why", record.why.map(|why| why.to_string())),
        ("next check", next_check.map(time)),
        ("time", Some(time(record.time))),
        ("updated", record.updated.map(time)),
        ("url", Some(record.url)),
        ("title", Some(record.title)),
        ("blog name", Some(record.blog_name)),
        ("excerpt", Some(record.excerpt)),
        ("quote", quote),
        ("kind", of_page("kind")),
        ("author", Some(author.join(" "))),
        ("target", of_page("target")),
        ("link", of_page("link")),
        ("date", of_page("date")),
        ("publisher", of_page("publisher")),
        ("result", of_page("result")),
        ("checked", checked),
        ("via", Some(record.via)),
        ("from", record.from),
    ];
    for (name, value) in rows {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            let line = format!("{name:>10}  {value}");
            shell.out.line_or_row(&line, &[name, &value])?;
        }
    }
    Ok(ExitStatus::Done)
}

/// A key of the record that the page of a webmention has filled.
fn text_of(value: Option<&Value>) -> Option<String> {
    value.and_then(Value::as_str).map(str::to_owned)
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
        shell.out.print(&IdRow {
            tb_id: id.as_str(),
            published: pings.count(Which::In(State::Published))?,
            held: pings.count(Which::In(State::Held))?,
            junk: pings.count(Which::In(State::Junk))?,
        })?;
        left -= 1;
    }
    Ok(())
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
            shell.out.print(&PingRow::new(id, record, zone))?;
            left -= 1;
        }
    }
    Ok(())
}
