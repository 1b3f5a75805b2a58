//! Chooses the door and ends the process.

use std::env;
use std::process::ExitCode;

use tb::door::cgi;
use tb::door::cli::{self, Call, Serve};
use tb::error::{Error, Result};

fn main() -> ExitCode {
    if cgi::is_called() {
        // Whatever went wrong has been printed as a response; a server must not add its own page.
        return match cgi::answer() {
            Ok(()) | Err(_) => ExitCode::SUCCESS,
        };
    }
    ExitCode::from(match cli::parse(env::args_os()) {
        Ok(Call::Owner(owner)) => cli::run(owner),
        Ok(Call::Serve(options)) => cli::ended(serve(&options)),
        Err(code) => code,
    })
}

fn serve(_options: &Serve) -> Result<()> {
    Err(Error::Usage("`tb serve` is not there yet".to_owned()))
}
