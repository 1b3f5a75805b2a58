//! Lists in YAML: of mappings with an entry and a target, or a mapping of entries to their targets.

use saphyr_parser::{Event, Parser, ScanError, Span};

use super::row::{ENTRY, SentRow, TARGET, Wrong, is_one_of};

const NOT_A_LIST: &str =
    "it is neither a list of items with `entry` and `target`, nor of targets below each entry";

/// How deep lists and mappings may be nested.
const DEEPEST: usize = 8;

/// A value and the line in which it begins.
struct Node {
    line: usize,
    value: Value,
}

enum Value {
    Text(String),
    List(Vec<Node>),
    Mapping(Vec<(Node, Node)>),
}

/// Parses a list.
pub(super) fn parse(text: &str) -> Result<Vec<SentRow>, Wrong> {
    let mut events = Parser::new_from_str(text);
    let mut rows = Vec::new();
    while let Some(event) = events.next() {
        let (event, line) = placed(event)?;
        match event {
            Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd
            | Event::Nothing => {}
            event => document(node(&mut events, event, line, 0)?, &mut rows)?,
        }
    }
    Ok(rows)
}

fn placed<'text>(
    event: Result<(Event<'text>, Span), ScanError>,
) -> Result<(Event<'text>, usize), Wrong> {
    match event {
        Ok((event, span)) => Ok((event, span.start.line())),
        Err(error) => Err((error.marker().line(), "it is not YAML")),
    }
}

/// The node that begins with `event`.
fn node<'text>(
    events: &mut impl Iterator<Item = Result<(Event<'text>, Span), ScanError>>,
    event: Event<'text>,
    line: usize,
    depth: usize,
) -> Result<Node, Wrong> {
    if depth == DEEPEST {
        return Err((line, "it is nested too deep"));
    }
    let mut nodes = Vec::new();
    let is_list = match event {
        Event::Scalar(text, ..) => {
            let value = Value::Text(text.into_owned());
            return Ok(Node { line, value });
        }
        Event::SequenceStart(..) => true,
        Event::MappingStart(..) => false,
        _ => return Err((line, "aliases are not read")),
    };
    while let Some(event) = events.next() {
        match placed(event)? {
            (Event::SequenceEnd | Event::MappingEnd, _) => break,
            (event, line) => nodes.push(node(events, event, line, depth + 1)?),
        }
    }
    let value = if is_list {
        Value::List(nodes)
    } else {
        let mut nodes = nodes.into_iter();
        let pair = || nodes.next().zip(nodes.next());
        Value::Mapping(std::iter::from_fn(pair).collect())
    };
    Ok(Node { line, value })
}

fn document(node: Node, rows: &mut Vec<SentRow>) -> Result<(), Wrong> {
    let is_item = |(key, _): &(Node, Node)| {
        let is_one =
            |names: &[&str]| matches!(&key.value, Value::Text(key) if is_one_of(names, key));
        is_one(&ENTRY) || is_one(&TARGET)
    };
    match node.value {
        Value::Text(text) if text.is_empty() || text == "~" => Ok(()),
        Value::Text(_) => Err((node.line, NOT_A_LIST)),
        Value::List(items) => items.into_iter().try_for_each(|node| match node.value {
            Value::Mapping(pairs) => item(node.line, pairs, rows),
            Value::Text(_) | Value::List(_) => Err((node.line, NOT_A_LIST)),
        }),
        Value::Mapping(pairs) if pairs.iter().any(is_item) => item(node.line, pairs, rows),
        Value::Mapping(pairs) => pairs.into_iter().try_for_each(|(key, targets)| {
            let line = key.line;
            add(line, &texts(key)?.concat(), texts(targets)?, rows);
            Ok(())
        }),
    }
}

fn item(line: usize, pairs: Vec<(Node, Node)>, rows: &mut Vec<SentRow>) -> Result<(), Wrong> {
    let (mut entry, mut targets) = (String::new(), Vec::new());
    for (key, value) in pairs {
        let key = texts(key)?.concat();
        if is_one_of(&ENTRY, &key) {
            entry = texts(value)?.concat();
        } else if is_one_of(&TARGET, &key) || is_one_of(&["targets", "links"], &key) {
            targets.extend(texts(value)?);
        }
    }
    if entry.is_empty() != targets.is_empty() {
        return Err((line, "an item has an `entry` and a `target`"));
    }
    add(line, &entry, targets, rows);
    Ok(())
}

fn add(line: usize, entry: &str, targets: Vec<String>, rows: &mut Vec<SentRow>) {
    rows.extend(targets.into_iter().map(|target| SentRow {
        line,
        entry: entry.to_owned(),
        target,
    }));
}

/// A text, or those of a list.
fn texts(node: Node) -> Result<Vec<String>, Wrong> {
    match node.value {
        Value::Text(text) => Ok(vec![text]),
        Value::List(nodes) => {
            let texts: Result<Vec<_>, Wrong> = nodes.into_iter().map(texts).collect();
            Ok(texts?.concat())
        }
        Value::Mapping(_) => Err((node.line, NOT_A_LIST)),
    }
}
