//! `tb export`: prints pings in formats of other programs.

use jiff::tz::TimeZone;

use super::named_id::NamedId;
use super::parsers::{self, OneOf};
use super::shell::{ExitStatus, Shell, warn};
use crate::error::Result;
use crate::linkback::trackback::TbId;
use crate::migrate::export::{ExportFormat, ExportPlan, export};
use crate::store::{State, Store};

/// Prints pings in a format that other programs read
///
/// jsonl: everything about each ping; `tb import` imports it again with the same numbers. csv: for spreadsheets; an
/// apostrophe precedes what one would take for a formula. json-feed (JSON Feed 1.1), jf2
/// (as webmention.io's API answers) and mt (Movable Type's export): published pings, unless --state says otherwise.
#[derive(Debug, clap::Args)]
pub(super) struct ExportArgs {
    /// The ids, as in the ping URLs [default: all]
    #[arg(value_parser = NamedId::parse)]
    ids: Vec<NamedId>,
    /// The format: jsonl, json-feed, jf2, csv or mt
    #[arg(long, value_name = "FORM", value_parser = FORMAT, hide_possible_values = true, default_value = "jsonl")]
    format: ExportFormat,
    /// Only those in this state: published, held or junk
    #[arg(long, value_parser = parsers::STATE, hide_possible_values = true)]
    state: Option<State>,
    /// The zone of dates in mt [default: time_zone of the configuration]
    #[arg(long, value_name = "ZONE", value_parser = parsers::time_zone)]
    time_zone: Option<TimeZone>,
}

pub(super) fn run(shell: &mut Shell, flags: ExportArgs) -> Result<ExitStatus> {
    let config = shell.config()?;
    let store = Store::open(&config.data_dir)?;
    let known = store.ids()?;
    let mut status = ExitStatus::Done;
    let ids: Result<Vec<TbId>> = flags.ids.iter().map(|named| named.find(&config)).collect();
    let ids = ids?;
    for id in ids.iter().filter(|id| !known.contains(id)) {
        warn(&format!("`{id}` has never had a ping"));
        status = ExitStatus::Failed;
    }
    let plan = ExportPlan {
        config: &config,
        store: &store,
        form: flags.format,
        ids: match ids.is_empty() {
            true => known,
            false => ids,
        },
        state: flags.state,
        zone: match flags.time_zone {
            Some(zone) => zone,
            None => config.zone.clone(),
        },
    };
    export(&plan, shell.out.stream())?;
    Ok(status)
}

const FORMAT: OneOf<ExportFormat> = OneOf::new(
    &["jsonl", "json-feed", "jf2", "csv", "mt"],
    ExportFormat::named,
);
