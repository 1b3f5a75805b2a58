//! `.recent`: the pings published last, over all ids, so that the landing page need not open every file. It is only a
//! cache: each ping is looked up in its own file, and a lost line does no harm.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Seek, SeekFrom, Write};

use super::{Record, State, Store, Which, compaction, file_name};
use crate::dir::{OpenMode, PRIVATE, read_whole};
use crate::error::{Error, Result};
use crate::linkback::trackback::TbId;
use crate::order;

/// How much of the end of the file is read, in bytes: 60 lines of the longest ids.
const READ: u64 = 8 << 10;
/// How many pings are listed when the file is rebuilt.
const REBUILT: usize = 60;
/// The size, in bytes, at which the file is cut to its end.
const TRIM_AT: u64 = 64 << 10;
/// The size limit, in bytes.
const MAX: u64 = 16 << 20;

impl Store {
    /// Records that a ping was published.
    pub fn remember(&self, id: &TbId, number: u64) -> Result<()> {
        const NAME: &str = ".recent";
        let locked = self.open_locked(NAME)?;
        let line = format!("{id} {number}\n");
        let wrap = |cause| Error::file("append to", self.folder.path().join(NAME), cause);
        let length = locked.append_line(line.as_bytes()).map_err(wrap)?;
        if length > TRIM_AT {
            let file = &locked.file;
            let (bytes, seen) = read_whole(file, MAX).map_err(wrap)?;
            let end = last_lines(&bytes);
            self.folder
                .rewrite(NAME, PRIVATE, Some((file, &seen)), |new| new.write_all(end))?;
        }
        Ok(())
    }

    /// Rebuilds the list from the pings of all ids.
    pub fn rebuild_recent(&self) -> Result<()> {
        let mut newest = Vec::new();
        for id in self.ids()? {
            if let Some(pings) = self.pings(&id)? {
                let records = pings.newest(Which::Published, None, REBUILT)?;
                newest.extend(
                    records
                        .into_iter()
                        .map(|record| (record.time, record.id, id.clone())),
                );
                // The oldest are dropped at once, because there may be very many ids.
                order::sort(&mut newest);
                newest.drain(..newest.len().saturating_sub(REBUILT));
            }
        }
        let lines: String = newest
            .into_iter()
            .map(|(_, number, id)| format!("{id} {number}\n"))
            .collect();
        self.folder
            .replace_with(".recent", PRIVATE, lines.as_bytes())
    }

    /// The newest published pings over all ids, newest first, at most `most`.
    pub fn recent(&self, most: usize) -> Result<Vec<(TbId, Record)>> {
        let Some(mut file) = self.folder.file(".recent", OpenMode::Read)? else {
            return Ok(Vec::new());
        };
        let end = read_end(&mut file)
            .map_err(|cause| Error::file("read", self.folder.path().join(".recent"), cause))?;
        let lines: Vec<(TbId, u64)> = end.lines().rev().filter_map(place).collect();
        let mut seen = BTreeSet::new();
        let mut opened: BTreeMap<TbId, BTreeMap<u64, Record>> = BTreeMap::new();
        let mut recent: Vec<(TbId, Record)> = Vec::new();
        for (id, number) in &lines {
            if recent.len() == most {
                break;
            }
            if !seen.insert((id, number)) {
                continue;
            }
            if !opened.contains_key(id) {
                // All listed pings of an id at once, because opening a file may mean reading much of it.
                let numbers = lines.iter().filter(|(other, _)| other == id);
                opened.insert(
                    id.clone(),
                    self.published(id, numbers.map(|(_, number)| *number))?,
                );
            }
            let record = opened
                .get_mut(id)
                .and_then(|records| records.remove(number));
            recent.extend(record.map(|record| (id.clone(), record)));
        }
        Ok(recent)
    }

    /// The published ones among some pings.
    fn published(
        &self,
        id: &TbId,
        numbers: impl Iterator<Item = u64>,
    ) -> Result<BTreeMap<u64, Record>> {
        let name = file_name(id);
        let Some(opened) = self.folder.opened(&name, OpenMode::Read)? else {
            return Ok(BTreeMap::new());
        };
        let pings = compaction::open_newest(&self.folder, &name, opened)?;
        let mut records = BTreeMap::new();
        for number in numbers {
            let record = pings.get(number)?;
            let record = record.filter(|record| record.state == State::Published);
            records.extend(record.map(|record| (number, record)));
        }
        Ok(records)
    }
}

/// Parses a line: the id and the number.
fn place(line: &str) -> Option<(TbId, u64)> {
    let (id, number) = line.split_once(' ')?;
    Some((TbId::new(id.as_bytes()).ok()?, number.parse().ok()?))
}

/// The last complete lines of the file.
fn read_end(file: &mut std::fs::File) -> std::io::Result<String> {
    let length = file.metadata()?.len();
    let start = length.saturating_sub(READ);
    file.seek(SeekFrom::Start(start))?;
    // Sized so that one call reads everything and the next finds the end.
    let expected = usize::try_from(length.min(READ)).unwrap_or(0);
    let mut bytes = Vec::with_capacity(expected + 64);
    file.take(READ).read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    Ok(match text.split_once('\n') {
        Some((_, rest)) if start > 0 => rest.to_owned(),
        _ => text,
    })
}

/// The last complete lines of `bytes`.
fn last_lines(bytes: &[u8]) -> &[u8] {
    let keep = usize::try_from(READ).unwrap_or(usize::MAX);
    let end = bytes
        .get(bytes.len().saturating_sub(keep)..)
        .unwrap_or(bytes);
    match end.iter().position(|byte| *byte == b'\n') {
        Some(at) => end.get(at + 1..).unwrap_or_default(),
        None => end,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt::Write as _;

    #[test]
    fn a11_the_newest_of_a_large_id_without_an_index_are_found_at_its_end() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        let id = TbId::new(b"a").unwrap();
        let mut text = String::new();
        for number in 1..=5_000 {
            writeln!(
                text,
                "{{\"op\":\"ping\",\"id\":{number},\"time\":\"2026-11-20T05:00:00Z\",\"url\":\"http://x/{number}\",\"title\":\"t\",\"excerpt\":\"e\",\"blog_name\":\"b\",\"state\":\"published\",\"via\":\"trackback\"}}"
            )
            .unwrap();
        }
        text.push_str(
            "{\"op\":\"state\",\"id\":4998,\"time\":\"2026-11-20T05:10:00Z\",\"to\":\"junk\"}\n",
        );
        std::fs::write(store.file_of(&id), &text).unwrap();
        std::fs::write(
            dir.path().join(".recent"),
            "a 7\na 4997\na 4998\nb 1\na 4999\na 5000\na 5000\n",
        )
        .unwrap();
        let numbers = |most: usize| {
            let recent = store.recent(most).unwrap();
            recent
                .iter()
                .map(|(_, record)| record.id)
                .collect::<Vec<_>>()
        };
        // The seventh stands far from the end; it is seen again once there is an index.
        assert_eq!(numbers(9), [5000, 4999, 4997]);
        assert_eq!(numbers(2), [5000, 4999]);
        drop(store.begin(&id).unwrap());
        assert_eq!(numbers(9), [5000, 4999, 4997, 7]);
    }
}
