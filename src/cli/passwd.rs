//! `tb passwd`: sets the owner's password. Only its hash is stored.

use super::prompt;
use super::shell::{ExitStatus, Shell};
use crate::config;
use crate::error::{Error, Result};
use crate::setup;
use crate::web::session::hash_password;

/// Sets the password to log in with
///
/// Asks for it twice on a terminal, without showing it; otherwise reads one line of standard input.
/// Only a hash (Argon2id) is stored, in tb.toml. All sessions end.
#[derive(Debug, clap::Args)]
pub(super) struct PasswdArgs {
    /// Print the hash, for TB_PASSWORD or a tb.toml elsewhere; change nothing
    #[arg(long)]
    print: bool,
}

pub(super) fn run(shell: &mut Shell, flags: &PasswdArgs) -> Result<ExitStatus> {
    if flags.print {
        let hash = hash_password(&prompt::new_password()?)?;
        shell.out.line(&hash)?;
        return Ok(ExitStatus::Done);
    }
    let file = shell.config_file()?;
    config::check_owner(&file)?;
    if matches!(file.try_exists(), Ok(false)) {
        // Fails before asking for a password.
        shell.config()?;
        let message = "there is no configuration file to write it to; `tb passwd --print` prints the hash for TB_PASSWORD";
        return Err(Error::Usage(message.to_owned()));
    }
    let hash = hash_password(&prompt::new_password()?)?;
    setup::set_password(&file, &hash)?;
    let place = file.display();
    shell
        .out
        .line(&format!("The password is set in {place}."))?;
    if config::is_overridden("password") {
        let warning = "TB_PASSWORD is set in this environment. Where the web server sets it too, it takes precedence.";
        shell.out.line(warning)?;
    }
    // Reports other errors in the file now, not at the first login.
    shell.config()?;
    Ok(ExitStatus::Done)
}
