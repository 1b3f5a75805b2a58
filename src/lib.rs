//! TrackBack: receives, stores, lists and sends pings.
//!
//! The public API is [`linkback`], the protocols, and [`text`], which cleans text from strangers and escapes it for XML,
//! JSON or a terminal. Everything else is the program `tb`, started by [`run`].
//!
//! The rooms, in reading order; each imports only from those above it:
//!
//! * `enum_table`: enums that are tables of names.
//! * `order`: sorts and ordered collections.
//! * `error`: the errors, and their messages for the owner and for strangers.
//! * `random`: randomness for keys.
//! * `dir`: files in directories that hostile users can write to.
//! * [`text`]: text from strangers, cleaned and escaped.
//! * `charset`: decodes text in the charsets of old pages.
//! * `domain`: registrable domains.
//! * `html`: the only reader of HTML.
//! * `urls`: when two URLs name the same page.
//! * [`linkback`]: the protocols, pure; no file, no socket, no clock.
//! * `config`: `tb.toml` and `TB_*`, typed and checked.
//! * `store`: `data_dir`: pings in JSON Lines that no crash loses.
//! * `feeds`: pings as feeds, and the static files in `rss_dir`.
//! * `fetch`: the HTTP client, the only room that makes connections.
//! * `sources`: the entries of a weblog, read from its feed or its built pages.
//! * `admission`: whether a ping is accepted, and in which state.
//! * `app`: the configuration, the store and the entry of one request, each opened once.
//! * `verify`: the page behind a ping, fetched and checked.
//! * `moderation`: the owner's decisions.
//! * `upkeep`: retention and removal of garbage.
//! * `migrate`: import, export and backup.
//! * `send`: pings to others.
//! * `discussion`: a discussion followed across weblogs.
//! * `setup`: creates an installation, and changes its configuration.
//! * `check`: what is wrong with an installation.
//! * `web`: handles requests: the modes, their pages and sessions.
//! * `web_setup`: the set-up in a browser.
//! * `process`: the clock and the signals.
//! * `sendmail`: mail to the owner.
//! * `periodic`: tasks that run after verification.
//! * `cgi`, `serve`, `cli`: the entry points: one CGI request, the built-in HTTP server, the command line.

// Tests may be long tables. The limit is in clippy.toml.
#![cfg_attr(not(test), deny(clippy::too_many_lines))]

use std::env;
use std::io;
use std::process::ExitCode;

use cli::{Invocation, ServeArgs};
use config::Config;
use error::Result;

mod admission;
mod app;
mod cgi;
mod charset;
mod check;
mod cli;
mod config;
mod dir;
mod discussion;
mod domain;
mod enum_table;
mod error;
mod feeds;
mod fetch;
mod html;
mod language;
pub mod linkback;
mod migrate;
mod moderation;
mod order;
mod periodic;
mod process;
mod random;
mod send;
mod sendmail;
mod serve;
mod setup;
mod snippet;
mod sources;
mod store;
pub mod text;
mod upkeep;
mod urls;
mod verify;
mod web;
mod web_setup;

/// Runs the program: a CGI request if a web server started it, else the command line or the built-in server.
pub fn run() -> ExitCode {
    if cgi::is_cgi() {
        // Every error has been printed as a response; with a failure the server would add its own page.
        return match cgi::handle() {
            Ok(()) | Err(_) => ExitCode::SUCCESS,
        };
    }
    ExitCode::from(match cli::parse(env::args_os()) {
        Ok(Invocation::Owner(owner)) => cli::run(owner),
        Ok(Invocation::Serve(options)) => cli::exit_code(serve(&options)),
        Err(code) => code,
    })
}

fn serve(args: &ServeArgs) -> Result<()> {
    // Set by the restart itself, or by the owner, who then decides.
    let is_set = env::var_os(serve::HEAPS).is_some();
    if let Some(executable) = config::executable().ok().filter(|_| !is_set) {
        serve::restart_with_one_heap(&executable, env::args_os().skip(1));
    }
    let options = serve::ServeOptions {
        listen: args.listen,
        trial: args.trial,
    };
    let config = match &args.config {
        _ if args.trial => None,
        // A file that was named must exist.
        Some(file) => Some(Config::load(file)?),
        None => Config::load_if_any(&config::default_file()?)?,
    };
    serve::run(&options, config, &mut io::stdout())
}

/// The settings of property tests: failing cases are recorded in `tests/proptest-regressions/`.
#[cfg(test)]
fn proptest_config() -> proptest::test_runner::Config {
    use proptest::test_runner::{Config, FileFailurePersistence};
    let place = FileFailurePersistence::SourceParallel("tests/proptest-regressions");
    Config::with_failure_persistence(place)
}

/// For this project's own tests, benches and fuzz targets only; not part of the public API.
#[cfg(feature = "internals")]
#[doc(hidden)]
pub mod internals {
    pub mod admission {
        pub use crate::admission::*;
    }
    pub mod app {
        pub use crate::app::*;
    }
    pub mod config {
        pub use crate::config::*;
    }
    pub mod domain {
        pub use crate::domain::*;
    }
    pub mod error {
        pub use crate::error::*;
    }
    pub mod fetch {
        pub use crate::fetch::*;
    }
    pub mod html {
        pub use crate::html::*;
    }
    pub mod language {
        pub use crate::language::*;
    }
    pub mod migrate {
        pub use crate::migrate::*;
    }
    pub mod moderation {
        pub use crate::moderation::*;
    }
    pub mod send {
        pub use crate::send::*;
    }
    pub mod sendmail {
        pub use crate::sendmail::*;
    }
    pub mod sources {
        pub use crate::sources::*;
    }
    pub mod store {
        pub use crate::store::*;
    }
    pub mod verify {
        pub use crate::verify::*;
    }
    pub mod web {
        pub use crate::web::*;
    }
}
