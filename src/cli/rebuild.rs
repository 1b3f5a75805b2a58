//! `tb rebuild`: rewrites the files derived from the pings.

use serde::Serialize;

use super::shell::{ExitStatus, Shell};
use crate::admission::entries::EntryReader;
use crate::error::Result;
use crate::feeds::{self, WriteWhen};
use crate::store::{Event, EventName, Store};
use crate::upkeep::retention;

/// Rewrites the static feeds and the list of newest pings
///
/// Needed after a change of base_url, site, rss_dir or rss_url, and after a fault that `tb check` reports. Files that are
/// up to date are not rewritten. Once a day, junk older than 30 days is deleted too.
#[derive(Debug, clap::Args)]
pub(super) struct RebuildArgs {
    /// Print one JSON object a line: {"rewritten": NAME}, {"purged": N, "overflowed": N}
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct RewrittenJson<'a> {
    rewritten: &'a str,
}

#[derive(Serialize)]
struct PurgedJson {
    purged: usize,
    overflowed: usize,
}

pub(super) fn run(shell: &mut Shell, flags: &RebuildArgs) -> Result<ExitStatus> {
    let config = shell.config()?;
    let store = Store::open(&config.data_dir)?;
    // Its error is reported at the end, so that the feeds are written in any case.
    let purged = retention::run(&config, &store, shell.now);
    let (mut rewritten, mut current) = (0, 0);
    let source = (&config, &store, &EntryReader::default());
    for id in store.ids()? {
        let transaction = store.begin(&id)?;
        if feeds::is_current(source, &id, transaction.pings())? {
            current += 1;
            continue;
        }
        feeds::write_static(source, &id, transaction.pings(), WriteWhen::Always)?;
        rewritten += 1;
        for name in feeds::static_names(&config, &id) {
            match flags.json {
                true => shell.out.json(&RewrittenJson { rewritten: &name })?,
                false => shell.out.line(&format!("rewritten: {name}"))?,
            }
        }
    }
    store.rebuild_recent()?;
    store.log(&Event::new(shell.now, EventName::Rebuilt).with("feeds", rewritten));
    if let Some(retention::Purged { purged, overflowed }) = purged?
        && purged + overflowed > 0
    {
        match flags.json {
            true => shell.out.json(&PurgedJson { purged, overflowed })?,
            false => shell.out.line(&format!(
                "junk deleted: {purged}; marked as junk because too many wait: {overflowed}"
            ))?,
        }
    }
    if !flags.json {
        let feeds = match &config.rss_dir {
            Some(_) => format!("feeds: {rewritten} rewritten, {current} up to date"),
            None => "feeds: none, because `rss_dir` is not set".to_owned(),
        };
        shell
            .out
            .line(&format!("{feeds}; list of newest pings rebuilt"))?;
    }
    Ok(ExitStatus::Done)
}
