//! The protocols between weblogs, as pure functions: no file, no socket, no clock. This is the public API.
//!
//! * [`trackback`]: parses and writes the messages of TrackBack.
//! * [`webmention`]: finds the Webmention endpoint of a page, and writes the form for it.
//! * [`pingback`]: finds the Pingback server of a page, writes calls to it and parses the responses.
//! * [`pingback_call`]: parses received calls and writes the responses.
//! * [`request`]: checks the two URLs of a received webmention or pingback.
//! * [`discover`]: finds the ping URLs and endpoints in a page.
//! * `protocol`: the names of the three protocols.
//! * `link_header`: parses `Link` headers.
//! * `xml_rpc`: parses XML-RPC documents.
//! * `markup`: a lenient scanner for the markup of feeds and RDF blocks.

pub mod discover;
pub(crate) mod link_header;
pub mod markup;
pub mod pingback;
pub mod pingback_call;
mod protocol;
pub mod request;
pub mod trackback;
pub mod webmention;
mod xml_rpc;

pub use protocol::Protocol;
