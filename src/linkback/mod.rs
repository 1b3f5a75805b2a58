//! The protocols between weblogs, pure: no file, no socket, no clock. This is the library.
//!
//! * [`trackback`]: TrackBack: its messages, read and written.
//! * [`webmention`]: Webmention: its endpoint on a page, the form that is sent to it.
//! * [`pingback`]: Pingback: its server on a page, its calls and their answers.
//! * [`discover`]: a page's text → its ping URLs and endpoints.
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
