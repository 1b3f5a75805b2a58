//! The TrackBack protocol as its specification (versions 1.1 and 1.2) has it: no file, no socket, no clock.
//!
//! * [`tb_id`]: the name of what is pinged.
//! * [`form`]: bodies and query strings, in the charsets of the wild.
//! * [`ping`]: the four fields, cleaned.
//! * [`reply`]: `<response>`, written and read.
//! * [`listing`]: a list of pings, read.
//! * [`discover`]: a page's text → its ping URLs.
//! * [`same_page`]: whether two URLs name one page.
//! * [`links`]: a page's text → what it links to.
//! * [`rdf`]: the block that a page carries so that it can be discovered.

mod charset;
pub mod discover;
pub mod form;
pub mod links;
pub mod listing;
mod markup;
pub mod ping;
pub mod rdf;
pub mod reply;
pub mod same_page;
pub mod tb_id;

pub use form::Form;
pub use ping::Ping;
pub use reply::Reply;
pub use tb_id::TbId;
