//! Chooses the door and ends the process.

use std::process::ExitCode;

use tb::door::cgi;

fn main() -> ExitCode {
    if cgi::is_called() {
        // Whatever went wrong has been printed as a response; a server must not add its own page.
        return match cgi::answer() {
            Ok(()) | Err(_) => ExitCode::SUCCESS,
        };
    }
    ExitCode::from(2)
}
