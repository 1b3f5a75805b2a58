//! TrackBack: receives, keeps, lists and sends pings.
//!
//! The library is [`linkback`], the protocols, and [`text`], with which what strangers wrote is put into XML, HTML or a
//! terminal. All else is the program `tb`, which [`run`] is.
//!
//! The rooms, in reading order; each imports only from those above it:
//!
//! * `enum_table`: enums that are tables of names.
//! * `error`: what can go wrong, and who is told what.
//! * `random`: randomness for keys.
//! * `dir`: files in directories that hostile users can write to.
//! * [`text`]: text from strangers, cleaned and escaped.
//! * `charset`: text from bytes in the charsets of the wild.
//! * `domain`: registrable domains.
//! * `html`: the only reader of HTML.
//! * `urls`: which URLs name one page.
//! * [`linkback`]: the protocols, pure; no file, no socket, no clock.
//! * `config`: `tb.toml` and `TB_*`, typed and checked.
//! * `store`: `data_dir`: pings in JSON Lines that no crash loses.
//! * `feeds`: pings as feeds, and the static files in `rss_dir`.
//! * `fetch`: the HTTP client, the only room that dials out.
//! * `sources`: the entries of a weblog, read from its feed or its built pages.
//! * `admission`: whether a ping comes in, and in which state.
//! * `app`: the configuration, the store and the entry as one request finds them, each opened once.
//! * `verify`: the page behind a ping, fetched and checked.
//! * `moderation`: the owner's decisions.
//! * `upkeep`: retention and garbage.
//! * `migrate`: import, export and backup.
//! * `send`: pings to others.
//! * `discussion`: a discussion followed across weblogs.
//! * `web`: a request in, a response out.
//! * `setup`: an installation, made.
//! * `process`: the clock and the signals.
//! * `sendmail`: mail to the owner.
//! * `periodic`: what is done now and then.
//! * `cgi`, `serve`, `cli`: the ways in: one CGI request, the built-in HTTP server, the command line.

use std::env;
use std::io;
use std::process::ExitCode;

use cli::{Invocation, ServeArgs};
use config::Config;
use error::Result;
use serve::Trial;

mod admission;
mod app;
mod cgi;
mod charset;
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
pub mod linkback;
mod migrate;
mod moderation;
mod periodic;
mod process;
mod random;
mod send;
mod sendmail;
mod serve;
mod setup;
mod sources;
mod store;
pub mod text;
mod upkeep;
mod urls;
mod verify;
mod web;

/// The program: one CGI request where a web server started it, else the command line or the built-in server.
pub fn run() -> ExitCode {
    if cgi::is_called() {
        // Whatever went wrong has been printed as a response; a server must not add its own page.
        return match cgi::handle() {
            Ok(()) | Err(_) => ExitCode::SUCCESS,
        };
    }
    ExitCode::from(match cli::parse(env::args_os()) {
        Ok(Invocation::Owner(owner)) => cli::run(owner),
        Ok(Invocation::Serve(options)) => cli::ended(serve(&options)),
        Err(code) => code,
    })
}

fn serve(words: &ServeArgs) -> Result<()> {
    let trial = if words.trial {
        Trial::Yes
    } else {
        Trial::IfNothingElse
    };
    let options = serve::ServeOptions {
        listen: words.listen,
        trial,
    };
    let config = match &words.config {
        _ if words.trial => None,
        // A file that was named must be there.
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

/// What this project's own tests, benches and fuzz targets use besides the library. Nobody else may: it is not there
/// without the feature.
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
    pub mod error {
        pub use crate::error::*;
    }
    pub mod fetch {
        pub use crate::fetch::*;
    }
    pub mod html {
        pub use crate::html::*;
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
