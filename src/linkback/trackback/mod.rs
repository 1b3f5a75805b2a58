//! The TrackBack protocol, versions 1.1 and 1.2: no file, no socket, no clock.
//!
//! It can be used with any server, store and HTTP client: it turns bytes into validated values, or a [`Refusal`] with a
//! message for the peer. No input causes a panic, and everything takes time and memory linear in the length of the input,
//! which the caller should limit, as each function says.
//!
//! ```
//! use tb::linkback::trackback::{Form, Ping, Reply, TbId, ping, reply};
//!
//! // Send a ping,
//! let sent = Ping::new("https://me.example/1", "My <b>entry</b>", "It begins so", "My weblog")?;
//! let (content_type, body) = (ping::CONTENT_TYPE, sent.to_form());
//!
//! // receive it,
//! let id = TbId::new(b"/cats")?;
//! let form = Form::body(body.as_bytes(), Some(content_type.as_bytes()))?;
//! let received = Ping::from_form(&form)?;
//! assert_eq!((id.as_str(), received.title.as_str()), ("cats", "My entry"));
//!
//! // and acknowledge it.
//! assert_eq!(reply::parse(reply::accepted().as_bytes(), None), Reply::Accepted);
//! # Ok::<(), tb::linkback::trackback::Refusal>(())
//! ```
//!
//! `examples/receiver.rs` and `examples/discover_and_ping.rs` are whole programs.
//!
//! # The specification
//!
//! Six Apart's *TrackBack Technical Specification*: 1.0 of August 2002, 1.1 of October 2002 (POST instead of GET, the
//! block inside a comment), 1.2 of August 2004 (charsets). It has no numbers; *clause* in this documentation means
//! one of these:
//!
//! | clause | requirement |
//! |---|---|
//! | 1 | a ping is an HTTP POST to the ping URL |
//! | 2 | its body is `application/x-www-form-urlencoded` |
//! | 3 | the charset of all fields is named in the `Content-Type` |
//! | 4 | a ping URL may have any form |
//! | 5 | `url` is required; `title`, `excerpt` and `blog_name` are optional |
//! | 6 | a receiver may crop or leave out any field, and ignores unknown ones |
//! | 7 | the reply is `<response>` with `<error>` 0, or 1 and a `<message>`; the HTTP status has no meaning |
//! | 8 | a page carries an RDF block with its permalink, title and ping URL |
//! | 9 | of several blocks, use the one that names the page |
//! | 1.1 | `__mode=rss` at the ping URL answers RSS 0.91 inside `<response>` (gone in 1.2) |
//!
//! What it leaves open follows tb.cgi 1.02 (2002), or the pages and replies of real peers.
//!
//! # The modules
//!
//! * [`tb_id`]: the id of an entry.
//! * [`form`]: parses bodies and query strings, in any charset.
//! * [`ping`]: the four fields, validated, cleaned and cropped.
//! * [`reply`]: parses and writes `<response>`.
//! * [`listing`]: parses a list of pings.
//! * [`discover`](crate::linkback::discover): finds the ping URLs in a page.
//! * [`links`]: finds the links in a page.
//! * [`rdf`]: writes the RDF block for autodiscovery.

pub mod form;
pub mod links;
pub mod listing;
pub mod ping;
pub mod rdf;
pub mod reply;
pub mod tb_id;

pub use crate::error::Refusal;
pub use form::Form;
pub use ping::Ping;
pub use reply::Reply;
pub use tb_id::TbId;
