//! Chooses the door and ends the process.

use std::env;
use std::io;
use std::process::ExitCode;

use tb::cgi;
use tb::cli::{self, Invocation, ServeArgs};
use tb::config::{self, Config};
use tb::error::Result;
use tb::serve::{self, Trial};

fn main() -> ExitCode {
    if cgi::is_called() {
        // Whatever went wrong has been printed as a response; a server must not add its own page.
        return match cgi::answer() {
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
