//! What may be read and kept for the values of all properties of a page.
//!
//! Each value of nested properties is the text of the same nodes, and each of a thousand relative URLs repeats the base.

/// The most bytes of one value.
pub(super) const MAX_VALUE: usize = 32 * 1024;
/// The most bytes of all values.
const MAX_KEPT: usize = 4 * 1024 * 1024;
/// The most nodes that are visited for all values, those with long class names counted more than once.
const MAX_STEPS: usize = 3_000_000;

/// What an item or a property costs besides its texts, in bytes.
pub(super) const OVERHEAD: usize = 100;

/// What is left.
#[derive(Debug)]
pub(super) struct Budget {
    bytes: usize,
    steps: usize,
}

impl Budget {
    pub(super) fn new() -> Budget {
        Budget {
            bytes: MAX_KEPT,
            steps: MAX_STEPS,
        }
    }

    /// Counts bytes that are kept.
    pub(super) fn keep(&mut self, bytes: usize) {
        self.bytes = self.bytes.saturating_sub(bytes);
    }

    /// Counts a visit; false where no further one is allowed.
    pub(super) fn step(&mut self, cost: usize) -> bool {
        self.steps = self.steps.saturating_sub(cost);
        !self.is_spent()
    }

    /// Whether nothing is left.
    pub(super) fn is_spent(&self) -> bool {
        self.bytes == 0 || self.steps == 0
    }
}
