//! The owner's commands. Each has a file, or shares one with a similar command.
//!
//! Results go to standard output and nothing else does: as lines for people on a terminal, as fields
//! between tabs elsewhere, as JSON Lines (one object a line) with `--json`. Errors go to standard
//! error as `tb: …`. The exit code is 0 for success, 1 when something failed, 2 for a usage error. Text from strangers is
//! escaped wherever it is printed.

use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser, Subcommand};
use clap_complete::shells::{Bash, Fish, Zsh};

use self::output::{Output, OutputMode};
use crate::cli::shell::{ExitStatus, Shell, warn};
use crate::error::{Error, Result};

mod add;
mod backup;
mod ban;
mod check;
mod decide;
mod discover;
mod domains;
mod entries;
mod export;
mod help;
mod hidden;
mod import;
mod init;
mod list;
mod named_id;
mod output;
mod parsers;
mod passphrase;
mod passwd;
mod ping;
mod prompt;
mod prune;
mod queue;
mod rebuild;
mod send;
mod sent;
mod shell;
mod snippet;
mod stats;
mod thread;
mod url;
mod verify;
mod webmention;

/// What the command line requests.
#[derive(Debug)]
pub enum Invocation {
    /// `tb serve`, which `main` runs.
    Serve(ServeArgs),
    /// Any other command, for [`run`].
    Owner(Box<OwnerCommand>),
}

/// The arguments of `tb serve`.
#[derive(Debug, clap::Args)]
pub struct ServeArgs {
    /// `--config`.
    #[arg(skip)]
    pub config: Option<PathBuf>,
    /// Where to listen, as ADDRESS:PORT [default: 127.0.0.1:8080; for a trial the next free port]
    #[arg(long, value_name = "ADDRESS:PORT", value_parser = parsers::listen_address)]
    pub listen: Option<SocketAddr>,
    /// Try it out in a folder `tb-trial` here, even where there is a configuration
    #[arg(long)]
    pub trial: bool,
}

/// A command other than `serve`, with its arguments.
#[derive(Debug)]
pub struct OwnerCommand {
    config: Option<PathBuf>,
    command: Command,
}

/// Parses the command line; `arguments` begins with the program's name.
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> std::result::Result<Invocation, u8> {
    let arguments = help::without_help_of_help(arguments.into_iter().collect());
    let line = match CommandLine::try_parse_from(&arguments) {
        Err(error) if is_help(&error) => {
            // Only the help needs its groups, and its width.
            let again = help::with_groups(CommandLine::command()).try_get_matches_from(&arguments);
            return Err(print_usage(&again.err().unwrap_or(error)));
        }
        Ok(line) => line,
        Err(error) => return Err(print_usage(&error)),
    };
    Ok(match line.command {
        Command::Serve(serve) => Invocation::Serve(ServeArgs {
            config: line.config,
            ..serve
        }),
        command => Invocation::Owner(Box::new(OwnerCommand {
            config: line.config,
            command,
        })),
    })
}

/// Runs a command and returns the exit code.
pub fn run(owner: Box<OwnerCommand>) -> u8 {
    let mode = if io::stdout().is_terminal() {
        OutputMode::Terminal
    } else {
        OutputMode::Plain
    };
    let OwnerCommand { config, command } = *owner;
    let mut shell = Shell {
        config,
        now: crate::process::now(),
        out: Output::new(Box::new(io::stdout()), mode),
    };
    let status = crate::process::ignore_quota_signal().and_then(|()| dispatch(&mut shell, command));
    let flushed = shell.out.flush();
    match status.and_then(|status| flushed.map(|()| status)) {
        Ok(ExitStatus::Done) => 0,
        Ok(ExitStatus::Failed) => 1,
        Err(error) => exit_code(Err(error)),
    }
}

/// The exit code of an outcome; prints the error. A closed output pipe is a success.
pub fn exit_code(outcome: Result<()>) -> u8 {
    match outcome {
        Ok(()) => 0,
        Err(Error::Stream(cause)) if cause.kind() == io::ErrorKind::BrokenPipe => 0,
        Err(error) => {
            warn(&error.to_string());
            u8::from(matches!(error, Error::Usage(_))) + 1
        }
    }
}

/// TrackBack for static sites: receives, stores, lists and sends pings.
///
/// Copied into a cgi-bin as `tb.cgi`, the same file is the CGI program. In the shell it sets that up, and does what the
/// owner's web pages do.
#[derive(Debug, Parser)]
#[command(name = "tb", version, arg_required_else_help = true, after_help = AFTER_HELP)]
struct CommandLine {
    /// The configuration [default: TB_CONFIG, else tb.toml beside this program]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

const AFTER_HELP: &str = "\
Start with `tb init` beside the copy in the cgi-bin, or with `tb serve` to try it first.
Exit codes: 0 done, 1 failed, 2 usage error.
In a shell that a web server has started, set TB_MODE=cli.";

#[derive(Debug, Subcommand)]
enum Command {
    Init(init::InitArgs),
    Passwd(passwd::PasswdArgs),
    Check(check::CheckArgs),
    /// Serves the site over HTTP, without a web server
    ///
    /// With a configuration, the site that it describes. Without one, a trial with sample pings: in a new folder
    /// `tb-trial` here, reachable from this machine only, with a password that is printed.
    Serve(ServeArgs),
    List(list::ListArgs),
    Show(list::ShowArgs),
    Delete(decide::DeleteArgs),
    Queue(queue::QueueArgs),
    #[command(visible_alias = "publish")]
    Approve(decide::ApproveArgs),
    Hold(decide::HoldArgs),
    Junk(decide::JunkArgs),
    Url(url::UrlArgs),
    Passphrase(passphrase::PassphraseArgs),
    Ban(ban::BanArgs),
    /// Lifts bans, as `tb ban remove` does
    #[command(hide = true)]
    Unban(ban::UnbanArgs),
    Verify(verify::VerifyArgs),
    Domains(domains::DomainsArgs),
    Rebuild(rebuild::RebuildArgs),
    Import(import::ImportArgs),
    Export(export::ExportArgs),
    Backup(backup::BackupArgs),
    Restore(backup::RestoreArgs),
    Stats(stats::StatsArgs),
    Prune(prune::PruneArgs),
    Send(send::SendArgs),
    Sent(sent::SentArgs),
    Ping(ping::PingArgs),
    Webmention(webmention::WebmentionArgs),
    Discover(discover::DiscoverArgs),
    Thread(thread::ThreadArgs),
    Entries(entries::EntriesArgs),
    Add(add::AddArgs),
    Snippet(snippet::SnippetArgs),
    /// Prints the completions for a shell
    ///
    /// For bash: tb completions bash > ~/.local/share/bash-completion/completions/tb
    Completions {
        /// The shell
        #[arg(value_enum)]
        shell: CompletedShell,
    },
    Man(help::ManArgs),
}

fn dispatch(shell: &mut Shell, command: Command) -> Result<ExitStatus> {
    match command {
        Command::Init(flags) => init::run(shell, flags),
        Command::Passwd(flags) => passwd::run(shell, &flags),
        Command::List(flags) => list::run(shell, &flags),
        Command::Show(flags) => list::show(shell, &flags),
        Command::Delete(flags) => decide::delete(shell, &flags.pings),
        Command::Queue(flags) => queue::run(shell, &flags),
        Command::Approve(flags) => decide::approve(shell, &flags.pings),
        Command::Hold(flags) => decide::hold(shell, &flags.pings),
        Command::Junk(flags) => decide::junk(shell, &flags.pings),
        Command::Url(flags) => url::run(shell, &flags),
        Command::Passphrase(flags) => passphrase::run(shell, &flags),
        Command::Ban(flags) => ban::ban(shell, &flags),
        Command::Unban(flags) => ban::unban(shell, &flags),
        Command::Verify(flags) => verify::run(shell, &flags),
        Command::Domains(flags) => domains::run(shell, &flags),
        Command::Rebuild(flags) => rebuild::run(shell, &flags),
        Command::Import(flags) => import::run(shell, &flags),
        Command::Export(flags) => export::run(shell, flags),
        Command::Backup(flags) => backup::backup(shell, &flags),
        Command::Restore(flags) => backup::restore(shell, &flags),
        Command::Stats(flags) => stats::run(shell, &flags),
        Command::Prune(flags) => prune::run(shell, &flags),
        Command::Check(flags) => check::run(shell, &flags),
        Command::Send(flags) => send::run(shell, &flags),
        Command::Sent(flags) => sent::run(shell, &flags),
        Command::Ping(flags) => ping::ping(shell, &flags),
        Command::Webmention(flags) => webmention::run(shell, &flags),
        Command::Discover(flags) => discover::run(shell, &flags),
        Command::Thread(flags) => thread::run(shell, &flags),
        Command::Entries(flags) => entries::run(shell, &flags),
        Command::Add(flags) => add::run(shell, &flags),
        Command::Snippet(flags) => snippet::run(shell, &flags),
        Command::Completions { shell: kind } => completions(shell, kind),
        Command::Man(flags) => help::man(shell, &CommandLine::command(), &flags),
        Command::Serve(_) => Err(Error::Usage("`serve` cannot be run here".to_owned())),
    }
}

/// A shell that has completions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum CompletedShell {
    Bash,
    Zsh,
    Fish,
}

fn completions(shell: &mut Shell, kind: CompletedShell) -> Result<ExitStatus> {
    let mut script = Vec::new();
    let command = &mut help::without_old(CommandLine::command());
    match kind {
        CompletedShell::Bash => clap_complete::generate(Bash, command, "tb", &mut script),
        CompletedShell::Zsh => clap_complete::generate(Zsh, command, "tb", &mut script),
        CompletedShell::Fish => clap_complete::generate(Fish, command, "tb", &mut script),
    }
    shell.out.raw(&script)?;
    Ok(ExitStatus::Done)
}

fn is_help(error: &clap::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
    )
}

/// Prints the requested help, or the usage error; returns the exit code.
fn print_usage(error: &clap::Error) -> u8 {
    let text = error.render().to_string();
    if matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
    ) {
        let written = io::stdout().write_all(text.as_bytes());
        return exit_code(written.map_err(Error::Stream));
    }
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        write!(io::stderr(), "{text}").ok();
    } else {
        warn(text.strip_prefix("error: ").unwrap_or(&text).trim_end());
    }
    2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_is_in_one_group_of_the_help() {
        help::assert_groups(&CommandLine::command());
    }
}
