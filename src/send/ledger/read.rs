//! A ledger's file, read: whatever was done to it, what can be understood counts.

use std::io::{self, BufRead, BufReader, Read};

use super::event::{self, LedgerLine};
use super::state::LedgerState;
use crate::dir::SeenPart;

/// The longest line, in bytes; a longer one was not written by this program.
const MAX_LINE: u64 = 4 << 20;

/// What a ledger's file holds.
pub(super) struct Contents {
    /// What its lines say.
    pub(super) book: LedgerState,
    /// What its owner should know, in sentences.
    pub(super) warnings: Vec<String>,
    /// How it ends.
    pub(super) end: LedgerEnd,
    /// All that was read.
    pub(super) seen: SeenPart,
}

/// How a file ends.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum LedgerEnd {
    /// With a newline, or it is empty.
    Whole,
    /// With a line that is complete but for its newline.
    NoNewline,
    /// In mid-line.
    Torn {
        /// Where that line begins.
        at: u64,
        /// What there is of it.
        bytes: Vec<u8>,
    },
}

/// Reads all of `file`, which is called `name` in warnings.
pub(super) fn read(file: &mut impl Read, name: &str) -> io::Result<Contents> {
    let mut reader = BufReader::with_capacity(1 << 16, file);
    let mut contents = Contents {
        book: LedgerState::default(),
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
        contents.seen.take(&line);
        let is_ended = line.ends_with(b"\n");
        contents.end = if is_ended {
            LedgerEnd::Whole
        } else {
            LedgerEnd::NoNewline
        };
        let is_too_long = !is_ended && length == MAX_LINE;
        if is_inside || is_too_long {
            // All of a line that is too long is one fault, wherever its end is.
            if !is_inside {
                garbage.add(number);
            }
            is_inside = !is_ended;
        } else {
            match event::read(&line) {
                LedgerLine::Fact(fact) => contents.book.add(*fact),
                LedgerLine::PassedOver => {}
                LedgerLine::Conflict => conflicts.add(number),
                LedgerLine::Garbage if is_ended => garbage.add(number),
                LedgerLine::Garbage => {
                    let bytes = std::mem::take(&mut line);
                    contents.end = LedgerEnd::Torn { at, bytes };
                }
            }
        }
        at += length;
        number += u64::from(is_ended);
    }
    if let Some(lines) = conflicts.told() {
        contents.warnings.push(format!(
            "`{name}` has the marks of a conflict in {lines}: both sides count; remove those lines"
        ));
    }
    if let Some(lines) = garbage.told() {
        contents.warnings.push(format!(
            "`{name}` cannot be read in {lines}: what stood there is not known"
        ));
    }
    Ok(contents)
}

/// The numbers of some lines; of many the first few.
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

    fn told(&self) -> Option<String> {
        let more = match self.count.saturating_sub(self.first.len()) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let word = if self.count == 1 { "line" } else { "lines" };
        (self.count > 0).then(|| format!("{word} {}{more}", self.first.join(", ")))
    }
}
