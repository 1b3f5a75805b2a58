//! Reads and writes our own JSON Lines: the output of `tb export` and `tb list --json`, and the files of a `data_dir`.
//!
//! A line of an export names its id (`tb_id`), so an export can be streamed. In a file of a `data_dir` a later line
//! may change an earlier one, so such a file is read as the store reads it.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Seek, Write};
use std::path::Path;

use serde::Serialize;
use serde_json::{Map, Value};

use super::bounded::{self, BoundedLine};
use super::imported_item::{ImportStop, ImportedItem, ItemContent, Skip, Taker};
use crate::linkback::trackback::TbId;
use crate::sources::JsonHead;
use crate::store::{PAGE, PageTraits, Pings, Record, StoredItem};

/// Whether the lines of a file with that beginning name their ids.
pub(super) fn names_ids(head: &[u8]) -> bool {
    let line = head.trim_ascii_start().split(|byte| *byte == b'\n').next();
    let line = line.unwrap_or_default();
    line.windows(8).any(|window| window == b"\"tb_id\":")
}

/// What JSON is that has no pings, by the beginning of a file; `None` if it may have some.
pub(super) fn other_json(head: &[u8]) -> Option<String> {
    let json = JsonHead::read(head);
    if json.is_empty() || json.has(&["op", "tb_id"]) {
        return None;
    }
    if json.is_json_feed() {
        return Some(format!(
            "a JSON Feed, which has entries and no pings; {FEED_READERS}"
        ));
    }
    if let Some(kind) = json.other_kind() {
        return Some(format!("{kind}, which has no pings"));
    }
    // Those of a ping, and of the answers of webmention.io.
    let known = [
        "id",
        "url",
        "title",
        "excerpt",
        "blog_name",
        "time",
        "type",
        "name",
        "children",
        "links",
        "error",
        "items",
    ];
    let is_known = json.has(&known);
    (!is_known).then(|| UNKNOWN_JSON.to_owned())
}

/// What other JSON is.
pub(super) const UNKNOWN_JSON: &str = "JSON, but neither lines of `tb export` nor a feed in JF2";

/// What reads a feed.
pub(super) const FEED_READERS: &str = "`tb send` and `tb entries sync` read feeds";

/// Whether a line may be one of ours, whole or not.
fn is_own(line: &[u8]) -> bool {
    line.windows(5).any(|window| window == b"\"op\":")
}

/// Reads the lines of an export.
pub(super) fn parse(reader: &mut impl BufRead, take: Taker<'_>) -> Result<(), ImportStop> {
    let mut held = Vec::new();
    let mut number = 0u64;
    loop {
        let outcome = bounded::line(reader, &mut held)?;
        number += 1;
        if outcome == BoundedLine::None {
            return Ok(());
        }
        if held.trim_ascii().is_empty() {
            continue;
        }
        let read = match outcome {
            BoundedLine::Cropped => None,
            _ => fact(&held),
        };
        let (names, content) = read.unwrap_or((Vec::new(), ItemContent::Unusable(Skip::Damaged)));
        take(ImportedItem {
            place: format!("line {number}"),
            names,
            content,
        })?;
    }
}

/// Reads a file of a `data_dir`; `name` is its id.
pub(super) fn parse_store_file(
    mut file: File,
    path: &Path,
    name: &str,
    take: Taker<'_>,
) -> Result<(), ImportStop> {
    let mut reader = BufReader::new(&file);
    let mut held = Vec::new();
    let (mut is_ours, mut has_text) = (false, false);
    for number in 1u64.. {
        let outcome = bounded::line(&mut reader, &mut held)?;
        is_ours = is_ours || is_own(&held);
        has_text = has_text || !held.trim_ascii().is_empty();
        match outcome {
            BoundedLine::None => break,
            BoundedLine::Whole => {}
            BoundedLine::Cropped => {
                return Err(ImportStop::Format(format!(
                    "line {number} is longer than 1 MiB"
                )));
            }
        }
    }
    if has_text && !is_ours {
        return Err(ImportStop::Format(
            "no line of it is one of `tb export` or of a `data_dir`".to_owned(),
        ));
    }
    file.rewind()?;
    let pings = Pings::of_copy(file, path.to_owned())?;
    pings.for_each_item(&mut |kept| {
        let number = match &kept {
            StoredItem::Ping(record) => record.id,
            StoredItem::Tombstone { number, .. } => *number,
        };
        take(ImportedItem {
            place: format!("ping {number}"),
            names: vec![name.to_owned()],
            content: ItemContent::Kept(kept),
        })
    })?;
    Ok(())
}

fn fact(line: &[u8]) -> Option<(Vec<String>, ItemContent)> {
    let mut fields: Map<String, Value> = serde_json::from_slice(line).ok()?;
    let name = fields.remove("tb_id")?.as_str()?.to_owned();
    // Lists add the hash of the text that they show, and the number by its name there.
    fields.remove("as");
    fields.remove("number");
    let op = fields.remove("op");
    let kept = match op.as_ref().map(Value::as_str) {
        None | Some(Some("ping")) => {
            let record: Record = serde_json::from_value(Value::Object(fields)).ok()?;
            StoredItem::Ping(Box::new(record))
        }
        Some(Some("delete")) => StoredItem::Tombstone {
            number: fields.get("id")?.as_u64()?,
            time: fields.get("time")?.as_str()?.parse().ok()?,
            hash: fields.get("hash")?.as_str()?.to_owned(),
            page: fields
                .remove(PAGE)
                .and_then(PageTraits::parse)
                .map(Box::new),
        },
        Some(_) => return None,
    };
    Some((vec![name], ItemContent::Kept(kept)))
}

/// A line of an export.
#[derive(Serialize)]
#[serde(tag = "op", rename_all = "lowercase")]
enum Written<'a> {
    Ping {
        tb_id: &'a str,
        #[serde(flatten)]
        record: &'a Record,
    },
    Delete {
        tb_id: &'a str,
        id: u64,
        time: jiff::Timestamp,
        hash: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        page: Option<&'a PageTraits>,
    },
}

/// Writes a line without control characters, so that it is safe to show on a terminal.
pub(super) fn write(out: &mut dyn Write, id: &TbId, kept: &StoredItem) -> io::Result<()> {
    let tb_id = id.as_str();
    let line = serde_json::to_string(&match kept {
        StoredItem::Ping(record) => Written::Ping { tb_id, record },
        StoredItem::Tombstone {
            number,
            time,
            hash,
            page,
        } => Written::Delete {
            tb_id,
            id: *number,
            time: *time,
            hash,
            page: page.as_deref(),
        },
    })?;
    writeln!(out, "{}", crate::text::escape_json(&line))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn contents(bytes: &[u8]) -> Vec<ItemContent> {
        let mut contents = Vec::new();
        let mut take = |item: ImportedItem| {
            contents.push(item.content);
            Ok(())
        };
        parse(&mut &bytes[..], &mut take).unwrap();
        contents
    }

    #[test]
    fn damaged_lines_are_told_of_and_the_rest_is_read() {
        let lines = b"{\"tb_id\":\"a\",\"id\":1,\"time\":\"2002-01-01T00:00:00Z\",\"url\":\"http://a/\",\"title\":\"t\",\"state\":\"junk\",\"likes\":3}\n\
            {\"tb_id\":\"a\",\"op\":\"like\"}\n[]\n\n{\"tb_id\":\"a\",\"op\":\"delete\",\"id\":2,\"time\":\"2002-01-01T00:00:00Z\",\"hash\":\"00\"}\n\
            {\"tb_id\":7}\n{\"tb_id\":\"a\",\"op\":\"pi";
        let contents = contents(lines);
        assert_eq!(contents.len(), 6);
        let damaged =
            |content: &ItemContent| matches!(content, ItemContent::Unusable(Skip::Damaged));
        assert_eq!(contents.iter().filter(|one| damaged(one)).count(), 4);
        let ItemContent::Kept(StoredItem::Ping(record)) = &contents[0] else {
            panic!("{contents:?}")
        };
        assert_eq!(record.rest["likes"], 3);
        assert!(names_ids(lines));
        assert!(!names_ids(b"{\"op\":\"ping\",\"id\":1}\n{\"tb_id\":1}"));
    }

    proptest! {
        #![proptest_config(crate::proptest_config())]
        #[test]
        fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            contents(&bytes);
        }
    }
}
