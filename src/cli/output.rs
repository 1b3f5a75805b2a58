//! Standard output: the one place that decides how a row is printed, and that escapes it.

use std::fmt::Display;
use std::io::{BufWriter, Write};

use serde::Serialize;
use serde_json::Value;

use crate::error::{Error, Result};
use crate::text::{escape_json, escape_terminal};

/// Who reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OutputMode {
    /// A person.
    Terminal,
    /// Another program, or a file.
    Plain,
    /// Another program that has asked for JSON Lines.
    Json,
}

/// One row of a command's results; what [`Serialize`] makes of it is the line for `--json`.
pub(super) trait Row: Serialize {
    /// The names of the fields that a program gets, in their order.
    const FIELDS: &'static [&'static str];

    /// A field that is another one than in JSON, or that is not there.
    fn instead(&self, _name: &str) -> Option<&str> {
        None
    }

    /// The lines for a person; none where people are shown all rows as one picture.
    fn terminal(&self) -> Vec<String> {
        Vec::new()
    }
}

/// A field that may be missing.
pub(super) fn field(value: Option<impl Display>) -> String {
    value.map_or(String::new(), |value| value.to_string())
}

/// Standard output.
pub(super) struct Output {
    writer: BufWriter<Box<dyn Write>>,
    mode: OutputMode,
}

impl Output {
    pub(super) fn new(writer: Box<dyn Write>, mode: OutputMode) -> Output {
        Output {
            writer: BufWriter::new(writer),
            mode,
        }
    }

    pub(super) fn mode(&self) -> OutputMode {
        self.mode
    }

    /// Prints JSON from now on, where it is asked for.
    pub(super) fn as_json_if(&mut self, json: bool) {
        if json {
            self.mode = OutputMode::Json;
        }
    }

    /// Prints a row in the form that its reader wants.
    pub(super) fn print(&mut self, row: &impl Row) -> Result<()> {
        match self.mode {
            OutputMode::Terminal => row.terminal().iter().try_for_each(|line| self.line(line)),
            OutputMode::Plain => self.fields(row),
            OutputMode::Json => self.json(row),
        }
    }

    fn fields<R: Row>(&mut self, row: &R) -> Result<()> {
        let object = serde_json::to_value(row).map_err(|cause| Error::Stream(cause.into()))?;
        let field = |name: &&str| match (row.instead(name), object.get(name)) {
            (Some(text), _) => text.to_owned(),
            (None, Some(Value::String(text))) => text.clone(),
            (None, None | Some(Value::Null)) => String::new(),
            (None, Some(value)) => value.to_string(),
        };
        self.row(&R::FIELDS.iter().map(field).collect::<Vec<_>>())
    }

    /// Prints a line that only a person needs.
    pub(super) fn note(&mut self, text: &str) -> Result<()> {
        match self.mode {
            OutputMode::Terminal => self.line(text),
            OutputMode::Plain | OutputMode::Json => Ok(()),
        }
    }

    /// Prints a line for a person, or else its fields for a program.
    pub(super) fn line_or_row(&mut self, text: &str, fields: &[&str]) -> Result<()> {
        match self.mode {
            OutputMode::Terminal => self.line(text),
            OutputMode::Plain | OutputMode::Json => self.row(fields),
        }
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
    pub(super) fn row(&mut self, fields: &[impl AsRef<str>]) -> Result<()> {
        let fields = fields.iter().map(|field| escape_terminal(field.as_ref()));
        let fields: Vec<_> = fields.collect();
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
