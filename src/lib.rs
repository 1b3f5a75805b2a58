//! TrackBack: receives, keeps, lists and sends pings.
//!
//! The rooms, in reading order; each imports only from those above it:
//!
//! * [`error`]: what can go wrong, and who is told what.
//! * [`folder`]: files among neighbours who are not trusted.
//! * [`text`]: text from strangers, cleaned and escaped.
//! * [`domain`]: registrable domains.
//! * [`urls`]: which URLs name one page.
//! * [`trackback`]: the protocol, pure; no file, no socket, no clock.
//! * [`config`]: `tb.toml` and `TB_*`, typed and checked.
//! * [`store`]: `data_dir`: pings in JSON Lines that no crash loses.
//! * [`feed`]: pings as RSS, and the static files in `rss_dir`.
//! * [`net`]: the only room that dials out.
//! * [`weblog`]: the entries of a weblog, read from its feed or its built pages.
//! * [`trust`]: what becomes of a ping.
//! * [`moving`]: pings that come from other programs, and go to them.
//! * [`send`]: pings to others.
//! * [`thread`]: discussions across weblogs.
//! * [`site`]: a request in, a response out.
//! * [`install`]: an installation, made.
//! * [`door`]: the ways in: CGI, `tb serve`, the command line.

pub mod config;
pub mod domain;
pub mod door;
pub mod error;
pub mod feed;
pub mod folder;
pub mod install;
pub mod moving;
pub mod net;
pub mod send;
pub mod site;
pub mod store;
pub mod text;
pub mod thread;
pub mod trackback;
pub mod trust;
pub mod urls;
pub mod weblog;
