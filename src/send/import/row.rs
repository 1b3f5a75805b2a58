//! A row of a list of sent pings, in either format.

/// One sent ping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SentRow {
    /// The number of its line, from 1.
    pub(super) line: usize,
    pub(super) entry: String,
    pub(super) target: String,
}

/// The names of the column or key for the entry.
pub(super) const ENTRY: [&str; 5] = ["entry", "source", "post", "permalink", "from"];

/// The names of the column or key for the target.
pub(super) const TARGET: [&str; 5] = ["target", "to", "link", "page", "arxiv"];

/// The number of a line and what is wrong with it.
pub(super) type RowError = (usize, &'static str);

pub(super) fn is_one_of(names: &[&str], name: &str) -> bool {
    names
        .iter()
        .any(|known| name.trim().eq_ignore_ascii_case(known))
}
