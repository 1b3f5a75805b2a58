//! Standard output: the one place that decides how a line is printed, and that escapes it.

use std::io::{BufWriter, Write};

use serde::Serialize;

use crate::error::{Error, Result};
use crate::text::{escape_terminal, is_deceptive};

/// Who reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Face {
    /// A person.
    Terminal,
    /// Another program, or a file.
    Plain,
}

/// Standard output.
pub(super) struct Out {
    writer: BufWriter<Box<dyn Write>>,
    face: Face,
}

impl Out {
    pub(super) fn new(writer: Box<dyn Write>, face: Face) -> Out {
        Out {
            writer: BufWriter::new(writer),
            face,
        }
    }

    pub(super) fn face(&self) -> Face {
        self.face
    }

    /// Prints one line, whatever line breaks are in it.
    pub(super) fn line(&mut self, text: &str) -> Result<()> {
        writeln!(self.writer, "{}", escape_terminal(text)).map_err(Error::Stream)
    }

    /// Prints a text of our own that has several lines.
    pub(super) fn lines(&mut self, text: &str) -> Result<()> {
        text.lines().try_for_each(|line| self.line(line))
    }

    /// Prints a record as one line of fields between tabs.
    pub(super) fn row(&mut self, fields: &[&str]) -> Result<()> {
        let fields: Vec<_> = fields.iter().map(|field| escape_terminal(field)).collect();
        writeln!(self.writer, "{}", fields.join("\t")).map_err(Error::Stream)
    }

    /// Prints an object as one line of JSON, in which nothing can steer a terminal either.
    pub(super) fn json(&mut self, object: &impl Serialize) -> Result<()> {
        let text = serde_json::to_string(object).map_err(|cause| Error::Stream(cause.into()))?;
        writeln!(self.writer, "{}", escape_json(&text)).map_err(Error::Stream)
    }

    /// Prints bytes of our own as they are.
    pub(super) fn raw(&mut self, bytes: &[u8]) -> Result<()> {
        self.writer.write_all(bytes).map_err(Error::Stream)
    }

    /// Prints a question and leaves the cursor behind it.
    pub(super) fn prompt(&mut self, text: &str) -> Result<()> {
        write!(self.writer, "{}", escape_terminal(text)).map_err(Error::Stream)?;
        self.flush()
    }

    pub(super) fn flush(&mut self) -> Result<()> {
        self.writer.flush().map_err(Error::Stream)
    }
}

/// JSON escapes only what is below the space. In a document of one line, all other control and
/// deceptive characters stand inside strings, where an escape means the same.
fn escape_json(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() || is_deceptive(character) {
            let mut units = [0; 2];
            for unit in character.encode_utf16(&mut units) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            out.push(character);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s3_json_cannot_steer_the_terminal_and_says_the_same() {
        let hostile = "a\u{1b}[2J\u{9b}2J\u{7f}\u{202E}\u{E0041}\n\"\\é";
        let text = escape_json(&serde_json::to_string(hostile).unwrap());
        assert!(!text.chars().any(|c| c.is_control() || is_deceptive(c)));
        assert_eq!(serde_json::from_str::<String>(&text).unwrap(), hostile);
    }
}
