//! The only room that dials out.
//!
//! Whoever names a URL here is a stranger: a page that was linked to, the page a redirect leads to,
//! the weblog a ping comes from. So every request passes the same gate ([`guard`]) on every hop, is
//! over at one deadline whatever the peer does, and costs no more memory than its cap. No proxy is
//! used, not even one that the environment names: under CGI a client can name one (httpoxy), and a
//! proxy would dial addresses that nobody checked.
//!
//! What a page or a reply *means* is not known here: that is `trackback`'s.

mod client;
mod coding;
mod fault;
mod gate;
pub mod guard;
pub mod inflate;
mod names;
mod own;
mod page;
pub(crate) mod politeness;
mod resolve;

pub use client::{Client, ClientOptions, Timeout};
pub use gate::Gate;
pub use guard::Reach;
pub use page::{Page, Validators};
