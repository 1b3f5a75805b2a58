//! `.recent`: which pings were published last, over all ids, so that the landing page need not open
//! every file. A hint and no truth: what it names is looked up, and a lost line costs nothing.

use std::io::{Read, Seek, SeekFrom, Write};

use super::{Record, State, Store, Which};
use crate::error::Result;
use crate::folder::{Access, PRIVATE};
use crate::trackback::TbId;

/// How much of the end of the file is read, in bytes: 60 lines of the longest ids.
const READ: u64 = 8 << 10;
/// How many pings are listed when the list is made anew.
const REBUILT: usize = 60;
/// The size, in bytes, at which the file is begun anew with its own end.
const TRIM_AT: u64 = 64 << 10;

impl Store {
    /// Remembers that a ping was published. Faults are left to the log's reader: the ping stands.
    ///
    /// # Errors
    ///
    /// As [`Folder::file`](crate::folder::Folder::file).
    pub fn remember(&self, id: &TbId, number: u64) -> Result<()> {
        let mut file = self.folder.file_or_new(".recent", Access::Append)?;
        let line = format!("{id} {number}\n");
        let wrap = |cause| {
            crate::error::Error::file("append to", self.folder.path().join(".recent"), cause)
        };
        super::log::append_line(&mut file, line.as_bytes()).map_err(wrap)?;
        if file
            .metadata()
            .is_ok_and(|metadata| metadata.len() > TRIM_AT)
        {
            let end = read_end(&mut file).map_err(wrap)?;
            file.set_len(0)
                .and_then(|()| file.write_all(end.as_bytes()))
                .map_err(wrap)?;
        }
        Ok(())
    }

    /// Makes the list anew from the pings of all ids.
    ///
    /// # Errors
    ///
    /// As [`Store::pings`], and [`Error::File`](crate::error::Error::File) if it cannot be written.
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
                // The oldest go at once: there may be very many ids.
                newest.sort();
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
    ///
    /// # Errors
    ///
    /// As [`Store::pings`].
    pub fn recent(&self, most: usize) -> Result<Vec<(TbId, Record)>> {
        let Some(mut file) = self.folder.file(".recent", Access::Read)? else {
            return Ok(Vec::new());
        };
        let end = read_end(&mut file).map_err(|cause| {
            crate::error::Error::file("read", self.folder.path().join(".recent"), cause)
        })?;
        let mut recent: Vec<(TbId, Record)> = Vec::new();
        for line in end.lines().rev() {
            if recent.len() == most {
                break;
            }
            let Some((id, number)) = line.split_once(' ') else {
                continue;
            };
            let (Ok(id), Ok(number)) = (TbId::new(id.as_bytes()), number.parse::<u64>()) else {
                continue;
            };
            if recent
                .iter()
                .any(|(known, record)| *known == id && record.id == number)
            {
                continue;
            }
            let record = self
                .pings(&id)?
                .map(|pings| pings.get(number))
                .transpose()?
                .flatten();
            recent.extend(
                record
                    .filter(|record| record.state == State::Published)
                    .map(|record| (id, record)),
            );
        }
        Ok(recent)
    }
}

/// The last whole lines of the file.
fn read_end(file: &mut std::fs::File) -> std::io::Result<String> {
    let length = file.metadata()?.len();
    let start = length.saturating_sub(READ);
    file.seek(SeekFrom::Start(start))?;
    let mut bytes = Vec::new();
    file.take(READ).read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    Ok(match text.split_once('\n') {
        Some((_, rest)) if start > 0 => rest.to_owned(),
        _ => text,
    })
}
