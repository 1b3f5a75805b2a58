//! The protocols between weblogs, as pure functions: no file, no socket, no clock. This is the public API.
//!
//! * [`trackback`]: parses and writes the messages of TrackBack.
//! * [`webmention`]: Webmention: its endpoint on a page, the form that is sent to it.
//! * [`pingback`]: Pingback: its server on a page, its calls and their answers.
//! * [`discover`]: finds the ping URLs and endpoints in a page.
//! * `protocol`: the names of the three.
//! * `link_header`: `Link` headers.
//! * `xml_rpc`: the documents of XML-RPC.
//! * `markup`: markup as it stands in feeds and in RDF blocks, read leniently.
pub mod discover;
mod link_header;
pub mod markup;
pub mod pingback;
mod protocol;
pub mod trackback;
pub mod webmention;
mod xml_rpc;

pub use protocol::Protocol;
