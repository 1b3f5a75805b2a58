//! `tb rebuild`: makes anew what follows from the pings.

use serde::Serialize;

use super::shell::{ExitStatus, Shell};
use crate::error::Result;
use crate::feeds::{self, WriteWhen};
use crate::store::{Event, EventName, Store};
use crate::upkeep::retention;

/// Writes the static feeds and the list of newest pings anew
///
/// Needed after a change of base_url, site, rss_dir or rss_url, and after a fault that `tb check`
/// tells of. What says already what it should is left alone. Once a day, junk older than 30 days goes too.
#[derive(Debug, clap::Args)]
pub(super) struct RebuildArgs {
    /// Print one JSON object a line: {"rewritten": NAME}, {"purged": N, "overflowed": N}
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Rewritten<'a> {
    rewritten: &'a str,
}

#[derive(Serialize)]
struct Tidied {
    purged: usize,
    overflowed: usize,
}

pub(super) fn run(shell: &mut Shell, flags: &RebuildArgs) -> Result<ExitStatus> {
    let config = shell.config()?;
    let store = Store::open(&config.data_dir)?;
    // What is wrong with it is told at the end: no feed has to wait for that.
    let purged = retention::run(&config, &store, shell.now);
    let (mut rewritten, mut current) = (0, 0);
    for id in store.ids()? {
        let transaction = store.begin(&id)?;
        if feeds::is_current(&config, &id, transaction.pings())? {
            current += 1;
            continue;
        }
        feeds::write_static(&config, &id, transaction.pings(), WriteWhen::Always)?;
        rewritten += 1;
        for name in feeds::static_names(&config, &id) {
            match flags.json {
                true => shell.out.json(&Rewritten { rewritten: &name })?,
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
            true => shell.out.json(&Tidied { purged, overflowed })?,
            false => shell.out.line(&format!(
                "junk purged: {purged}; put with the junk because too many wait: {overflowed}"
            ))?,
        }
    }
    if !flags.json {
        let feeds = match &config.rss_dir {
            Some(_) => format!("feeds: {rewritten} rewritten, {current} right already"),
            None => "feeds: none, for there is no `rss_dir`".to_owned(),
        };
        shell
            .out
            .line(&format!("{feeds}; newest pings listed anew"))?;
    }
    Ok(ExitStatus::Done)
}
