//! Checks the files of pings, and the static feeds made from them.

use std::io::{BufRead, BufReader, Read};

use jiff::{Timestamp, ToSpan};
use serde::Deserialize;

use super::findings::Findings;
use crate::admission::entries::EntryReader;
use crate::config::Config;
use crate::dir::{Folder, OpenMode};
use crate::error::Result;
use crate::feeds;
use crate::linkback::trackback::TbId;
use crate::store::{Store, Which};

/// The longest line that is read; the longest ping is far below it.
const MOST_LINE: u64 = 1 << 20;

/// How many lines of a file of pings cannot be read.
#[derive(Default)]
struct PingFileLines {
    damaged: usize,
    torn: usize,
}

/// Checks the pings of every id; returns the ids.
pub(super) fn inspect(
    config: &Config,
    store: &Store,
    folder: &Folder,
    now: Timestamp,
    findings: &mut Findings,
) -> Vec<TbId> {
    let Some(ids) = findings.record(store.ids(), "see that you can read it") else {
        return Vec::new();
    };
    let mut stale = Vec::new();
    for id in &ids {
        check_lines(folder, id, findings);
        // An unreadable file has been reported already.
        let Ok(Some(pings)) = store.pings(id) else {
            continue;
        };
        let newest = pings.newest(Which::All, None, 1).unwrap_or_default();
        let soon = now.checked_add(1.day()).unwrap_or(now);
        if newest.iter().any(|record| record.time > soon) {
            findings.warning(
                format!("`{id}` has a ping from the future, by this machine's clock ({now})"),
                "set the clock",
            );
        }
        match feeds::is_current((config, store, &EntryReader::default()), id, Some(&pings)) {
            Ok(true) => {}
            Ok(false) => stale.push(id),
            Err(error) => findings.fault(
                error.to_string(),
                "remove what is there, then run `tb rebuild`",
            ),
        }
    }
    if let Some(first) = stale.first() {
        let count = stale.len();
        findings.warning(
            format!("{count} feeds are out of date, such as `{first}.xml`"),
            "run `tb rebuild`",
        );
    }
    ids
}

fn check_lines(folder: &Folder, id: &TbId, findings: &mut Findings) {
    let name = format!("{id}.jsonl");
    let place = folder.path().join(&name);
    let place = place.display();
    let Ok(lines) = count_bad_lines(folder, &name) else {
        return;
    };
    if lines.torn > 0 {
        findings.warning(
            format!("`{place}` ends with an incomplete line, as after a crash"),
            "no action needed: the next ping repairs it and moves the rest to `.quarantine`",
        );
    }
    if lines.damaged > 0 {
        findings.fault(
            format!(
                "`{place}` has damaged lines, which are skipped: {}",
                lines.damaged
            ),
            "restore them from a backup, or remove them",
        );
    }
}

fn count_bad_lines(folder: &Folder, name: &str) -> Result<PingFileLines> {
    #[derive(Deserialize)]
    struct AnyLine {
        #[serde(rename = "op")]
        _op: String,
    }
    let mut lines = PingFileLines::default();
    let Some(file) = folder.file(name, OpenMode::Read)? else {
        return Ok(lines);
    };
    let mut reader = BufReader::new(file);
    let mut line = Vec::new();
    loop {
        line.clear();
        let count = (&mut reader).take(MOST_LINE).read_until(b'\n', &mut line);
        if count.unwrap_or(0) == 0 {
            return Ok(lines);
        }
        if line.last() != Some(&b'\n') && line.len() as u64 != MOST_LINE {
            lines.torn += 1;
        } else if serde_json::from_slice::<AnyLine>(&line).is_err() {
            lines.damaged += 1;
        }
    }
}
