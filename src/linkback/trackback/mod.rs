//! The TrackBack protocol as its specification (versions 1.1 and 1.2) has it: no file, no socket, no clock.
//!
//! Made to be used by itself too, with a server, a store and an HTTP client of one's own: bytes go in, and out come
//! values that can be trusted, or a [`Refusal`] with the words for the other side. Nothing
//! here panics, whatever the input, and all takes time and memory linear in its length; how much of it is read from
//! the network is for the caller to cap, as each function says.
//!
//! ```
//! use tb::linkback::trackback::{Form, Ping, Reply, TbId, ping, reply};
//!
//! // A ping is sent ...
//! let sent = Ping::new("https://me.example/1", "My <b>entry</b>", "It begins so", "My weblog")?;
//! let (content_type, body) = (ping::CONTENT_TYPE, sent.to_form());
//!
//! // ... received ...
//! let id = TbId::new(b"/cats")?;
//! let form = Form::body(body.as_bytes(), Some(content_type.as_bytes()))?;
//! let received = Ping::from_form(&form)?;
//! assert_eq!((id.as_str(), received.title.as_str()), ("cats", "My entry"));
//!
//! // ... and acknowledged.
//! assert_eq!(reply::read(reply::accepted().as_bytes(), None), Reply::Accepted);
//! # Ok::<(), tb::linkback::trackback::Refusal>(())
//! ```
//!
//! `examples/receiver.rs` and `examples/discover_and_ping.rs` are whole programs.
//!
//! # The specification
//!
//! Six Apart's *TrackBack Technical Specification*: 1.0 of August 2002, 1.1 of October 2002 (POST instead of GET, the
//! block inside a comment), 1.2 of August 2004 (charsets). It has no numbers; where this documentation says *clause*,
//! it is one of these:
//!
//! | clause | what it asks |
//! |---|---|
//! | 1 | a ping is an HTTP POST to the ping URL |
//! | 2 | its body is `application/x-www-form-urlencoded` |
//! | 3 | the charset of all fields is named in the `Content-Type` |
//! | 4 | a ping URL may have any form |
//! | 5 | `url` is required; `title`, `excerpt` and `blog_name` are optional |
//! | 6 | a receiver may crop or leave out any field; what it does not know it ignores |
//! | 7 | the reply is `<response>` with `<error>` 0, or 1 and a `<message>`; the HTTP status says nothing |
//! | 8 | a page carries an RDF block with its permalink, title and ping URL |
//! | 9 | of several blocks the one counts that names the page |
//! | 1.1 | `__mode=rss` at the ping URL answers RSS 0.91 inside `<response>` (gone in 1.2) |
//!
//! What it leaves open follows tb.cgi 1.02 (2002), or what was seen in the pages and the replies of real peers.
//!
//! # The modules
//!
//! * [`tb_id`]: the name of what is pinged.
//! * [`form`]: bodies and query strings, in the charsets of the wild.
//! * [`ping`]: the four fields, cleaned.
//! * [`reply`]: `<response>`, written and read.
//! * [`listing`]: a list of pings, read.
//! * [`discover`](crate::linkback::discover): a page's text → its ping URLs.
//! * [`links`]: a page's text → what it links to.
//! * [`rdf`]: the block that a page carries so that it can be discovered.

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
