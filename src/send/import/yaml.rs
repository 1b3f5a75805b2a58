//! Parses the subset of YAML that such lists use: one key or one item a line, plain or quoted scalars, comments.
//!
//! Everything else (flow style, block scalars, anchors) is an error rather than a guess.

use super::row::{ENTRY, RowError, SentRow, TARGET, is_one_of};

const NOT_SIMPLE: &str = "only `key: value` and `- item` are supported, one per line";

/// A mapping that is being parsed.
#[derive(Default)]
struct YamlMapping {
    line: usize,
    entry: Option<String>,
    targets: Vec<String>,
    /// Whether the last key was a key for targets without a value, so that a list of targets may follow.
    in_targets: bool,
}

/// Parses a list.
pub(super) fn parse(text: &str) -> Result<Vec<SentRow>, RowError> {
    let mut rows = Vec::new();
    let mut item = YamlMapping::default();
    for (index, line) in text.lines().enumerate() {
        let number = index + 1;
        let is_inside = line.starts_with([' ', '\t']);
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') || line == "---" || line == "..." {
            continue;
        }
        let rest = match line.strip_prefix('-') {
            Some("") => {
                finish(&mut rows, &mut item, number)?;
                continue;
            }
            Some(rest) if rest.starts_with(' ') => Some(rest.trim_start()),
            _ => None,
        };
        match rest {
            Some(rest) => match pair(rest) {
                Some((key, value)) => {
                    finish(&mut rows, &mut item, number)?;
                    set_key(&mut item, key, value, number)?;
                }
                None if item.in_targets => item.targets.push(scalar(rest, number)?),
                None => return Err((number, NOT_SIMPLE)),
            },
            None => {
                let (key, value) = pair(line).ok_or((number, NOT_SIMPLE))?;
                let name = scalar(key, number)?;
                if value.is_empty() && !is_inside && !is_one_of(&TARGET, &name) {
                    // The key is the entry's URL.
                    finish(&mut rows, &mut item, number)?;
                    item.entry = Some(name);
                    item.in_targets = true;
                } else {
                    set_key(&mut item, key, value, number)?;
                }
            }
        }
    }
    finish(&mut rows, &mut item, 0)?;
    Ok(rows)
}

/// Splits `key: value`, or `key:`. A URL is not a key, although it contains a colon.
fn pair(line: &str) -> Option<(&str, &str)> {
    let uncommented = line.split(" #").next().unwrap_or(line).trim_end();
    if let Some(key) = uncommented.strip_suffix(':') {
        return Some((key, ""));
    }
    let (key, value) = line.split_once(": ")?;
    let is_name = |character: char| character.is_alphanumeric() || "_-".contains(character);
    key.chars().all(is_name).then_some((key, value.trim()))
}

fn set_key(item: &mut YamlMapping, key: &str, value: &str, line: usize) -> Result<(), RowError> {
    if item.line == 0 {
        item.line = line;
    }
    let name = scalar(key, line)?;
    item.in_targets =
        value.is_empty() && (is_one_of(&TARGET, &name) || is_one_of(&["targets", "links"], &name));
    if value.is_empty() {
        return Ok(());
    }
    if is_one_of(&ENTRY, &name) {
        item.entry = Some(scalar(value, line)?);
    } else if is_one_of(&TARGET, &name) {
        item.targets.push(scalar(value, line)?);
    }
    Ok(())
}

/// Adds the rows of a finished mapping; the next one begins in `line`.
fn finish(rows: &mut Vec<SentRow>, item: &mut YamlMapping, line: usize) -> Result<(), RowError> {
    let done = std::mem::take(item);
    item.line = line;
    let is_begun = done.entry.is_some() || !done.targets.is_empty();
    let at = done.line;
    match done.entry {
        Some(entry) if !done.targets.is_empty() => {
            rows.extend(done.targets.into_iter().map(|target| SentRow {
                line: at,
                entry: entry.clone(),
                target,
            }));
            Ok(())
        }
        _ if is_begun => Err((at, "an item needs an `entry` and a `target`")),
        _ => Ok(()),
    }
}

/// The text of a scalar.
fn scalar(raw: &str, line: usize) -> Result<String, RowError> {
    let raw = raw.trim();
    let (quote, inside) = match raw.split_at_checked(1) {
        Some((quote @ ("'" | "\""), inside)) => (quote, inside),
        Some(("[" | "{" | "|" | ">" | "&" | "*" | "!" | "%" | "@" | "`", _)) => {
            return Err((line, NOT_SIMPLE));
        }
        _ => {
            let plain = raw.split(" #").next().unwrap_or(raw);
            return Ok(plain.trim_end().to_owned());
        }
    };
    let mut out = String::new();
    let mut characters = inside.chars().peekable();
    while let Some(character) = characters.next() {
        match (quote, character) {
            ("'", '\'') if characters.peek() == Some(&'\'') => {
                characters.next();
                out.push('\'');
            }
            ("'", '\'') | ("\"", '"') => {
                let rest: String = characters.collect();
                let rest = rest.trim();
                let is_end = rest.is_empty() || rest.starts_with('#');
                return is_end.then_some(out).ok_or((line, NOT_SIMPLE));
            }
            ("\"", '\\') => match characters.next() {
                Some(escaped @ ('"' | '\\' | '/')) => out.push(escaped),
                _ => return Err((line, NOT_SIMPLE)),
            },
            (_, other) => out.push(other),
        }
    }
    Err((line, "a quote is not closed"))
}
