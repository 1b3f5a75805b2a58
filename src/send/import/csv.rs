//! Tables as spreadsheets write them (RFC 4180): commas, semicolons or tabs, quotes where they are needed.

use super::row::{ENTRY, SentRow, TARGET, Wrong, is_one_of};

/// Reads a table. Its first line names the columns; where it does not, the first column is the entry and the
/// second the target.
pub(super) fn read(text: &str) -> Result<Vec<SentRow>, Wrong> {
    let first = text.lines().next().unwrap_or_default();
    let separator = ['\t', ';', ',']
        .into_iter()
        .find(|separator| first.contains(*separator))
        .unwrap_or(',');
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
        _ => return Err((*line, "the columns are to be called `entry` and `target`")),
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

/// The lines that are not empty, as cells, with the number of the line in which each begins.
fn records(text: &str, separator: char) -> Result<Vec<(usize, Vec<String>)>, Wrong> {
    let mut records = Vec::new();
    let mut cells: Vec<String> = Vec::new();
    let mut cell = String::new();
    let (mut line, mut began) = (1, 1);
    let mut quoted = None;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        line += usize::from(character == '\n');
        match (quoted, character) {
            (Some(_), '"') if characters.peek() == Some(&'"') => {
                characters.next();
                cell.push('"');
            }
            (Some(_), '"') => quoted = None,
            (Some(_), other) => cell.push(other),
            (None, '"') if cell.is_empty() => quoted = Some(line),
            (None, '\r') if characters.peek() == Some(&'\n') => {}
            (None, '\n') => {
                finish(&mut records, began, &mut cells, &mut cell);
                began = line;
            }
            (None, other) if other == separator => cells.push(std::mem::take(&mut cell)),
            (None, other) => cell.push(other),
        }
    }
    if let Some(line) = quoted {
        return Err((line, "a quote is not closed"));
    }
    finish(&mut records, began, &mut cells, &mut cell);
    Ok(records)
}

fn finish(
    records: &mut Vec<(usize, Vec<String>)>,
    began: usize,
    cells: &mut Vec<String>,
    cell: &mut String,
) {
    cells.push(std::mem::take(cell));
    let cells = std::mem::take(cells);
    if cells.iter().any(|cell| !cell.trim().is_empty()) {
        records.push((began, cells));
    }
}
