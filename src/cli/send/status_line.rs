//! The line on a terminal that shows how far a run is.

use std::io::{self, Write};

/// The last line of the terminal: how many links are done. Hidden while other lines are printed.
#[derive(Debug, Default)]
pub(super) struct StatusLine {
    /// `None` where standard error is no terminal.
    total: Option<usize>,
    done: usize,
}

impl StatusLine {
    /// Begins to show the line.
    pub(super) fn begin(&mut self, total: usize) {
        self.total = Some(total);
        self.show();
    }

    /// Counts a link; it shows when the line is shown next.
    pub(super) fn add_done(&mut self) {
        self.done += 1;
    }

    pub(super) fn show(&self) {
        if let Some(total) = self.total {
            write(&format!("{} of {total} links", self.done));
        }
    }

    pub(super) fn hide(&self) {
        if self.total.is_some() {
            // To the begin of the line, and erases it.
            write("\r\x1b[K");
        }
    }
}

fn write(text: &str) {
    let mut out = io::stderr();
    // If the terminal is gone, so is the reader of the line.
    out.write_all(text.as_bytes())
        .and_then(|()| out.flush())
        .ok();
}
