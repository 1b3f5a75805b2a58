//! (being written)
/// A ping.
pub struct Ping;
