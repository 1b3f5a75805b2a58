//! TrackBack: receives, keeps, lists and sends pings.
//!
//! The rooms, in reading order; each imports only from those above it:
//!
//! * [`error`]: what can go wrong, and who is told what.
//! * [`random`]: randomness for keys.
//! * [`dir`]: files in directories that hostile users can write to.
//! * [`text`]: text from strangers, cleaned and escaped.
//! * [`charset`]: text from bytes in the charsets of the wild.
//! * [`domain`]: registrable domains.
//! * [`html`]: the only reader of HTML.
//! * [`urls`]: which URLs name one page.
//! * [`linkback`]: the protocols, pure; no file, no socket, no clock.
//! * [`config`]: `tb.toml` and `TB_*`, typed and checked.
//! * [`store`]: `data_dir`: pings in JSON Lines that no crash loses.
//! * [`feeds`]: pings as feeds, and the static files in `rss_dir`.
//! * [`fetch`]: the HTTP client, the only room that dials out.
//! * [`sources`]: the entries of a weblog, read from its feed or its built pages.
//! * [`admission`]: whether a ping comes in, and in which state.
//! * [`verify`]: the page behind a ping, fetched and checked.
//! * [`moderation`]: the owner's decisions.
//! * [`upkeep`]: retention and garbage.
//! * [`migrate`]: import, export and backup.
//! * [`send`]: pings to others.
//! * [`discussion`]: a discussion followed across weblogs.
//! * [`web`]: a request in, a response out.
//! * [`setup`]: an installation, made.
//! * `process`: the clock and the signals.
//! * [`sendmail`]: mail to the owner.
//! * [`periodic`]: what is done now and then.
//! * [`cgi`], [`serve`], [`cli`]: the ways in: one CGI request, the built-in HTTP server, the command line.

pub mod admission;
pub mod cgi;
pub mod charset;
pub mod cli;
pub mod config;
pub mod dir;
pub mod discussion;
pub mod domain;
pub mod error;
pub mod feeds;
pub mod fetch;
pub mod html;
pub mod linkback;
pub mod migrate;
pub mod moderation;
pub mod periodic;
mod process;
pub mod random;
pub mod send;
pub mod sendmail;
pub mod serve;
pub mod setup;
pub mod sources;
pub mod store;
pub mod text;
pub mod upkeep;
pub mod urls;
pub mod verify;
pub mod web;
