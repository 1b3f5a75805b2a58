//! Parses tables as spreadsheets write them (RFC 4180): separated by commas, semicolons or tabs, with quotes.

use ::csv::{Position, ReaderBuilder};

use super::row::{ENTRY, RowError, SentRow, TARGET, is_one_of};

/// A line appended to the file. The `csv` crate closes an open quote at the end of the file; if this line is inside a
/// cell then, a quote was not closed.
const END: &str = "\u{0}end";

/// Parses a table. Its first line names the columns; if it does not, the first column is the entry and the second the
/// target.
pub(super) fn parse(text: &str) -> Result<Vec<SentRow>, RowError> {
    let first = text.lines().next().unwrap_or_default();
    let separator = *b"\t;,"
        .iter()
        .find(|separator| first.as_bytes().contains(separator))
        .unwrap_or(&b',');
    let mut records = records(text, separator)?.into_iter().peekable();
    let column =
        |names: &[&str], cells: &[String]| cells.iter().position(|cell| is_one_of(names, cell));
    let Some((line, cells)) = records.peek() else {
        return Ok(Vec::new());
    };
    let (entry, target) = match (column(&ENTRY, cells), column(&TARGET, cells)) {
        (Some(entry), Some(target)) => {
            records.next();
            (entry, target)
        }
        _ if cells.iter().take(2).any(|cell| cell.contains("://")) => (0, 1),
        _ => return Err((*line, "the columns must be called `entry` and `target`")),
    };
    records
        .map(
            |(line, cells)| match (cells.get(entry), cells.get(target)) {
                (Some(entry), Some(target)) => Ok(SentRow {
                    line,
                    entry: entry.clone(),
                    target: target.clone(),
                }),
                _ => Err((line, "a cell is missing")),
            },
        )
        .collect()
}

/// The cells of each record that is not empty, with the number of the line in which it begins.
fn records(text: &str, separator: u8) -> Result<Vec<(usize, Vec<String>)>, RowError> {
    let text = format!("{text}\n{END}");
    let mut reader = ReaderBuilder::new()
        .delimiter(separator)
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    let mut records = Vec::new();
    let mut line = 1;
    for record in reader.records() {
        let record = record.map_err(|_| (line, "this is not a table"))?;
        line = record.position().map_or(line, |at| begin(&text, at));
        records.push((line, record.iter().map(str::to_owned).collect()));
    }
    match records.pop() {
        Some((_, cells)) if cells == [END] => {}
        _ => return Err((line, "a quote is not closed")),
    }
    records
        .retain(|(_, cells): &(_, Vec<String>)| cells.iter().any(|cell| !cell.trim().is_empty()));
    Ok(records)
}

/// The line in which a record begins, after empty lines.
fn begin(text: &str, at: &Position) -> usize {
    let rest = usize::try_from(at.byte())
        .ok()
        .and_then(|byte| text.as_bytes().get(byte..));
    let empty = rest
        .unwrap_or_default()
        .iter()
        .take_while(|byte| b"\r\n".contains(byte));
    let empty = empty.filter(|byte| **byte == b'\n').count();
    usize::try_from(at.line()).map_or(usize::MAX, |line| line + empty)
}
