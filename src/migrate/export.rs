//! Exports pings in formats that other programs read.
//!
//! | format | for | contains |
//! |---|---|---|
//! | JSON Lines | `tb import`: nothing is lost | all, also the traces of deleted pings |
//! | JSON Feed 1.1 | feed readers | published pings, unless others are asked for |
//! | JF2 | templates for webmention.io | published pings, unless others are asked for |
//! | CSV (RFC 4180) | spreadsheets | all, with their states |
//! | Movable Type | other weblogs | published pings, unless others are asked for |
//!
//! The output is streamed: even an id with a million pings needs little memory.

use std::io::{self, Write};

use jiff::tz::TimeZone;
use serde::Serialize;

use super::{jsonl, movable_type};
use crate::admission::entries::EntryReader;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::feeds::{self, Channel, JsonItem};
use crate::linkback::trackback::TbId;
use crate::store::{Reason, Record, State, Store, StoredItem};
use crate::text::{clean, escape_json};

/// The format of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportFormat {
    /// Our own JSON Lines.
    JsonLines,
    /// JSON Feed 1.1.
    JsonFeed,
    /// JF2, as webmention.io's API answers.
    Jf2,
    /// Comma-separated values.
    Csv,
    /// Movable Type's export.
    MovableType,
}

impl ExportFormat {
    /// The format with that name on the command line.
    pub fn named(name: &str) -> Option<ExportFormat> {
        match name {
            "jsonl" => Some(ExportFormat::JsonLines),
            "json-feed" => Some(ExportFormat::JsonFeed),
            "jf2" => Some(ExportFormat::Jf2),
            "csv" => Some(ExportFormat::Csv),
            "mt" => Some(ExportFormat::MovableType),
            _ => None,
        }
    }
}

/// The options of an export.
#[derive(Debug)]
pub struct ExportPlan<'a> {
    /// The configuration, for the site's name.
    pub config: &'a Config,
    /// The store to export from.
    pub store: &'a Store,
    /// The format.
    pub form: ExportFormat,
    /// The ids, in this order.
    pub ids: Vec<TbId>,
    /// The state of the exported pings; `None` for the format's default.
    pub state: Option<State>,
    /// The time zone of dates in formats that name none.
    pub zone: TimeZone,
}

/// Writes the pings.
pub fn export(plan: &ExportPlan<'_>, out: &mut dyn Write) -> Result<()> {
    match plan.form {
        ExportFormat::JsonLines => json_lines(plan, out),
        ExportFormat::JsonFeed => json_feed(plan, out),
        ExportFormat::Jf2 => jf2(plan, out),
        ExportFormat::Csv => csv(plan, out),
        ExportFormat::MovableType => movable_type(plan, out),
    }
}

/// Calls `take` with each ping of the plan; `usual` is the state if the plan names none.
fn each(
    plan: &ExportPlan<'_>,
    id: &TbId,
    usual: Option<State>,
    take: &mut dyn FnMut(&Record) -> io::Result<()>,
) -> Result<()> {
    let state = plan.state.or(usual);
    let Some(pings) = plan.store.pings_for_copy(id)? else {
        return Ok(());
    };
    pings.for_each_item(&mut |kept| match kept {
        StoredItem::Ping(record) if state.is_none_or(|state| state == record.state) => {
            take(&record).map_err(Error::Stream)
        }
        StoredItem::Ping(_) | StoredItem::Tombstone { .. } => Ok(()),
    })
}

fn json_lines(plan: &ExportPlan<'_>, out: &mut dyn Write) -> Result<()> {
    for id in &plan.ids {
        let Some(pings) = plan.store.pings_for_copy(id)? else {
            continue;
        };
        pings.for_each_item(&mut |kept| {
            let wanted = match (&kept, plan.state) {
                (_, None) => true,
                (StoredItem::Ping(record), Some(state)) => record.state == state,
                (StoredItem::Tombstone { .. }, Some(_)) => false,
            };
            match wanted {
                true => jsonl::write(out, id, &kept).map_err(Error::Stream),
                false => Ok(()),
            }
        })?;
    }
    Ok(())
}

/// An item of a JSON Feed with our extension.
#[derive(Serialize)]
struct Exported<'a> {
    #[serde(flatten)]
    item: JsonItem<'a>,
    /// JSON Feed allows extensions whose names begin with `_`.
    _trackback: Trackback<'a>,
}

#[derive(Serialize)]
struct Trackback<'a> {
    tb_id: &'a str,
    number: u64,
    state: State,
    via: &'a str,
}

fn json_feed(plan: &ExportPlan<'_>, out: &mut dyn Write) -> Result<()> {
    let quoted =
        |text: &str| serde_json::to_string(text).map_err(|fault| Error::Stream(fault.into()));
    let site = Channel::of_site((plan.config, plan.config.language()));
    let (title, home) = (quoted(&site.title)?, quoted(site.link.as_str())?);
    let head = format!(
        "{{\"version\":\"https://jsonfeed.org/version/1.1\",\"title\":{title},\"home_page_url\":{home},\"items\":["
    );
    write!(out, "{}", escape_json(&head)).map_err(Error::Stream)?;
    write_items(plan, out, |id, record| {
        let items = feeds::items(plan.config, (id, None), vec![record.clone()]);
        let item = items.first().map(|item| Exported {
            item: JsonItem::from(item),
            _trackback: Trackback {
                tb_id: id.as_str(),
                number: record.id,
                state: record.state,
                via: &record.via,
            },
        });
        Ok(escape_json(&serde_json::to_string(&item)?))
    })
}

fn jf2(plan: &ExportPlan<'_>, out: &mut dyn Write) -> Result<()> {
    let head = b"{\"type\":\"feed\",\"name\":\"Webmentions\",\"children\":[";
    out.write_all(head).map_err(Error::Stream)?;
    let entries = EntryReader::default();
    write_items(plan, out, |id, record| {
        let entry = entries.find(plan.store, id).ok().flatten();
        let permalink = entry.and_then(|entry| entry.url);
        let place = (id, permalink.as_ref());
        let items = feeds::items(plan.config, place, vec![record.clone()]);
        let items = items.iter();
        let lines = items.map(|item| feeds::jf2_entry(plan.config, item));
        Ok(escape_json(lines.collect::<String>().trim_end()))
    })
}

/// Writes an item for each ping, a line each, and the end of the list and its object.
fn write_items(
    plan: &ExportPlan<'_>,
    out: &mut dyn Write,
    item: impl Fn(&TbId, &Record) -> io::Result<String>,
) -> Result<()> {
    let mut separator = "\n";
    for id in &plan.ids {
        each(plan, id, Some(State::Published), &mut |record| {
            write!(out, "{separator}{}", item(id, record)?)?;
            separator = ",\n";
            Ok(())
        })?;
    }
    out.write_all(b"\n]}\n").map_err(Error::Stream)
}

fn csv(plan: &ExportPlan<'_>, out: &mut dyn Write) -> Result<()> {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(out);
    let head = [
        "tb_id",
        "number",
        "state",
        "time",
        "url",
        "title",
        "excerpt",
        "blog_name",
        "via",
        "why",
        "from",
    ];
    writer
        .write_record(head)
        .map_err(|error| Error::Stream(error.into()))?;
    for id in &plan.ids {
        each(plan, id, None, &mut |record| {
            let (number, time) = (record.id.to_string(), record.time.to_string());
            let why = record
                .why
                .as_ref()
                .map(Reason::to_string)
                .unwrap_or_default();
            let fields = [
                id.as_str(),
                &number,
                record.state.name(),
                &time,
                &record.url,
                &record.title,
                &record.excerpt,
                &record.blog_name,
                &record.via,
                &why,
                record.from.as_deref().unwrap_or_default(),
            ];
            writer.write_record(fields.map(cell))?;
            Ok(())
        })?;
    }
    writer.flush().map_err(Error::Stream)
}

/// The text of a cell. A spreadsheet may evaluate a cell that begins with one of these characters as a formula; a
/// leading apostrophe makes it text.
fn cell(text: &str) -> String {
    let text = clean(text);
    match text.starts_with(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠']) {
        true => format!("'{text}"),
        false => text,
    }
}

fn movable_type(plan: &ExportPlan<'_>, out: &mut dyn Write) -> Result<()> {
    for id in &plan.ids {
        let mut any = false;
        each(plan, id, Some(State::Published), &mut |record| {
            if !any {
                movable_type::write_head(out, id)?;
                any = true;
            }
            movable_type::write_ping(out, record, &plan.zone)
        })?;
        if any {
            movable_type::write_end(out).map_err(Error::Stream)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s3_no_cell_is_a_formula() {
        for formula in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1"] {
            let text = cell(formula);
            assert!(text.starts_with('\''), "{text}");
        }
        assert_eq!(cell("a=1"), "a=1");
    }
}
