//! Standard output: the one place that decides how a line is printed, and that escapes it.

use std::io::{BufWriter, Write};

use serde::Serialize;

use crate::error::{Error, Result};
use crate::text::{escape_json, escape_terminal};

/// Who reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OutputMode {
    /// A person.
    Terminal,
    /// Another program, or a file.
    Plain,
}

/// Standard output.
pub(super) struct Output {
    writer: BufWriter<Box<dyn Write>>,
    face: OutputMode,
}

impl Output {
    pub(super) fn new(writer: Box<dyn Write>, face: OutputMode) -> Output {
        Output {
            writer: BufWriter::new(writer),
            face,
        }
    }

    pub(super) fn face(&self) -> OutputMode {
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

    /// Where a document goes that is written piece by piece, and that nothing in it can steer a terminal with.
    pub(super) fn stream(&mut self) -> &mut dyn Write {
        &mut self.writer
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
