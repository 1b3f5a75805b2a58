//! (being written)
/// A reply.
pub enum Reply {}
