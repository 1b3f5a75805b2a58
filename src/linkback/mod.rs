//! The protocols between weblogs, as pure functions: no file, no socket, no clock. This is the public API.
//!
//! * [`trackback`]: parses and writes the messages of TrackBack.
//! * [`discover`]: finds the ping URLs in a page.
//! * `markup`: a lenient scanner for the markup of feeds and RDF blocks.

pub mod discover;
pub mod markup;
pub mod trackback;
