//! A row of a list of sent pings, in whichever format.

/// One ping that was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SentRow {
    /// The line that it stands in, from 1.
    pub(super) line: usize,
    pub(super) entry: String,
    pub(super) target: String,
}

/// What a column or a key is called for the entry.
pub(super) const ENTRY: [&str; 5] = ["entry", "source", "post", "permalink", "from"];

/// What a column or a key is called for the target.
pub(super) const TARGET: [&str; 5] = ["target", "to", "link", "page", "arxiv"];

/// A line and what is wrong with it.
pub(super) type Wrong = (usize, &'static str);

pub(super) fn is_one_of(names: &[&str], name: &str) -> bool {
    names
        .iter()
        .any(|known| name.trim().eq_ignore_ascii_case(known))
}
