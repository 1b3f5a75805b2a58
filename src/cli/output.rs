//! Standard output: the only place that formats and escapes rows.

use std::fmt::Display;
use std::io::{BufWriter, Write};

use serde::Serialize;
use serde_json::Value;

use crate::error::{Error, Result};
use crate::text::{escape_json, escape_terminal};

/// The format of the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OutputMode {
    /// For a person.
    Terminal,
    /// For another program, or a file: fields between tabs.
    Plain,
    /// For another program: JSON Lines.
    Json,
}

/// One row of a command's results. Its [`Serialize`] form is the line for `--json`.
pub(super) trait Row: Serialize {
    /// The names of the fields in plain output, in order.
    const FIELDS: &'static [&'static str];

    /// The text of a field whose plain form differs from JSON, or that JSON does not have.
    fn plain_field(&self, _name: &str) -> Option<&str> {
        None
    }

    /// The lines for a person; none if the command shows people all rows at once, as a chart or a tree.
    fn terminal(&self) -> Vec<String> {
        Vec::new()
    }
}

/// The text of an optional field; empty if it is missing.
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

    /// Switches to JSON if `json` is set.
    pub(super) fn use_json_if(&mut self, json: bool) {
        if json {
            self.mode = OutputMode::Json;
        }
    }

    /// Prints a row in the current format.
    pub(super) fn print(&mut self, row: &impl Row) -> Result<()> {
        match self.mode {
            OutputMode::Terminal => row.terminal().iter().try_for_each(|line| self.line(line)),
            OutputMode::Plain => self.fields(row),
            OutputMode::Json => self.json(row),
        }
    }

    fn fields<R: Row>(&mut self, row: &R) -> Result<()> {
        let object = serde_json::to_value(row).map_err(|cause| Error::Stream(cause.into()))?;
        let field = |name: &&str| match (row.plain_field(name), object.get(name)) {
            (Some(text), _) => text.to_owned(),
            (None, Some(Value::String(text))) => text.clone(),
            (None, None | Some(Value::Null)) => String::new(),
            (None, Some(value)) => value.to_string(),
        };
        self.row(&R::FIELDS.iter().map(field).collect::<Vec<_>>())
    }

    /// Prints a line on a terminal only.
    pub(super) fn note(&mut self, text: &str) -> Result<()> {
        match self.mode {
            OutputMode::Terminal => self.line(text),
            OutputMode::Plain | OutputMode::Json => Ok(()),
        }
    }

    /// Prints the text on a terminal, and the fields otherwise.
    pub(super) fn line_or_row(&mut self, text: &str, fields: &[&str]) -> Result<()> {
        match self.mode {
            OutputMode::Terminal => self.line(text),
            OutputMode::Plain | OutputMode::Json => self.row(fields),
        }
    }

    /// Prints one line; line breaks in it are escaped.
    pub(super) fn line(&mut self, text: &str) -> Result<()> {
        writeln!(self.writer, "{}", escape_terminal(text)).map_err(Error::Stream)
    }

    /// Prints several lines, none of which is a stranger's.
    pub(super) fn lines(&mut self, text: &str) -> Result<()> {
        text.lines().try_for_each(|line| self.line(line))
    }

    /// Prints a record as one line of fields between tabs.
    pub(super) fn row(&mut self, fields: &[impl AsRef<str>]) -> Result<()> {
        let fields = fields.iter().map(|field| escape_terminal(field.as_ref()));
        let fields: Vec<_> = fields.collect();
        writeln!(self.writer, "{}", fields.join("\t")).map_err(Error::Stream)
    }

    /// Prints an object as one line of JSON without terminal control characters.
    pub(super) fn json(&mut self, object: &impl Serialize) -> Result<()> {
        let text = serde_json::to_string(object).map_err(|cause| Error::Stream(cause.into()))?;
        writeln!(self.writer, "{}", escape_json(&text)).map_err(Error::Stream)
    }

    /// Prints the program's own bytes unescaped.
    pub(super) fn raw(&mut self, bytes: &[u8]) -> Result<()> {
        self.writer.write_all(bytes).map_err(Error::Stream)
    }

    /// The writer for a document that is written piece by piece and escaped by its writer.
    pub(super) fn stream(&mut self) -> &mut dyn Write {
        &mut self.writer
    }

    /// Prints a question without a line break.
    pub(super) fn prompt(&mut self, text: &str) -> Result<()> {
        write!(self.writer, "{}", escape_terminal(text)).map_err(Error::Stream)?;
        self.flush()
    }

    pub(super) fn flush(&mut self) -> Result<()> {
        self.writer.flush().map_err(Error::Stream)
    }
}
