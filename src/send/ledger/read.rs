//! Parses a ledger file: every line that can be parsed counts, whatever happened to the others.

use std::io::{self, BufRead, BufReader, Read};

use super::event::{self, LedgerLine};
use super::state::LedgerState;
use crate::dir::SeenPart;

/// The longest line, in bytes; a longer one was not written by this program.
const MAX_LINE: u64 = 4 << 20;

/// A parsed ledger file.
pub(super) struct LedgerContents {
    /// The state after all its events.
    pub(super) state: LedgerState,
    /// Warnings for the user, in sentences.
    pub(super) warnings: Vec<String>,
    /// How the file ends.
    pub(super) end: LedgerEnd,
    /// The bytes that were read.
    pub(super) seen: SeenPart,
}

/// How a file ends.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum LedgerEnd {
    /// With a newline, or the file is empty.
    Whole,
    /// With a line that lacks only its newline.
    NoNewline,
    /// Within a line.
    Torn {
        /// The offset of that line.
        at: u64,
        /// The incomplete line.
        bytes: Vec<u8>,
    },
}

/// Parses all of `file`; warnings call it `name`.
pub(super) fn parse(file: &mut impl Read, name: &str) -> io::Result<LedgerContents> {
    let mut reader = BufReader::with_capacity(1 << 16, file);
    let mut contents = LedgerContents {
        state: LedgerState::default(),
        warnings: Vec::new(),
        end: LedgerEnd::Whole,
        seen: SeenPart::from(0),
    };
    let (mut conflicts, mut garbage) = (Numbers::default(), Numbers::default());
    let (mut at, mut number) = (0, 1_u64);
    let mut is_inside = false;
    let mut line = Vec::new();
    loop {
        line.clear();
        let length = reader
            .by_ref()
            .take(MAX_LINE)
            .read_until(b'\n', &mut line)? as u64;
        if length == 0 {
            break;
        }
        contents.seen.append(&line);
        let is_ended = line.ends_with(b"\n");
        contents.end = if is_ended {
            LedgerEnd::Whole
        } else {
            LedgerEnd::NoNewline
        };
        let is_too_long = !is_ended && length == MAX_LINE;
        if is_inside || is_too_long {
            // A line that is too long is one fault, however many pieces it is read in.
            if !is_inside {
                garbage.add(number);
            }
            is_inside = !is_ended;
        } else {
            match event::parse_line(&line) {
                LedgerLine::Event(event) => contents.state.add(*event),
                LedgerLine::PassedOver => {}
                LedgerLine::Conflict => conflicts.add(number),
                LedgerLine::Garbage if is_ended || !event::is_torn(&line) => garbage.add(number),
                LedgerLine::Garbage => {
                    let bytes = std::mem::take(&mut line);
                    contents.end = LedgerEnd::Torn { at, bytes };
                }
            }
        }
        at += length;
        number += u64::from(is_ended);
    }
    if let Some(lines) = conflicts.summary() {
        contents.warnings.push(format!(
            "`{name}` has git conflict markers in {lines}: both sides count; remove the markers"
        ));
    }
    if let Some(lines) = garbage.summary() {
        contents.warnings.push(format!(
            "`{name}` is damaged in {lines}: their events are lost"
        ));
        contents.state.lose_events(lines);
    }
    Ok(contents)
}

/// The numbers of some lines; only the first few are kept.
#[derive(Default)]
struct Numbers {
    first: Vec<String>,
    count: usize,
}

impl Numbers {
    fn add(&mut self, number: u64) {
        self.count += 1;
        if self.first.len() < 5 {
            self.first.push(number.to_string());
        }
    }

    fn summary(&self) -> Option<String> {
        let more = match self.count.saturating_sub(self.first.len()) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let word = if self.count == 1 { "line" } else { "lines" };
        (self.count > 0).then(|| format!("{word} {}{more}", self.first.join(", ")))
    }
}
