//! The protocols between weblogs, pure: no file, no socket, no clock. This is the library.
//!
//! * [`trackback`]: TrackBack: its messages, read and written.
//! * [`discover`]: a page's text → its ping URLs.
//! * `markup`: markup as it stands in feeds and in RDF blocks, read leniently.
pub mod discover;
pub mod markup;
pub mod trackback;
