//! The owner's commands. Each has a file, or shares one with its like.
//!
//! Results go to standard output and nothing else does: as lines for people on a terminal, as fields
//! between tabs elsewhere, as JSON Lines (one object a line) with `--json`. Errors go to standard
//! error as `tb: …`. The exit code is 0 when it is done, 1 when something failed, 2 when the command
//! line makes no sense. What strangers wrote is escaped wherever it is printed.

use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser, Subcommand};
use jiff::Timestamp;

use self::output::{Output, OutputMode};
use crate::config::{self, Config};
use crate::error::{Error, Result};
use crate::text::escape_terminal;

mod add;
mod backup;
mod ban;
mod check;
mod decide;
mod domains;
mod entries;
mod export;
mod hidden;
mod import;
mod init;
mod list;
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
mod snippet;
mod stats;
mod thread;
mod url;
mod verify;
mod web_root;

/// What the command line asks for.
#[derive(Debug)]
pub enum Invocation {
    /// `tb serve`: another door, so `main` goes there.
    Serve(ServeArgs),
    /// Any other command, for [`run`].
    Owner(Box<OwnerCommand>),
}

/// The words of `tb serve`.
#[derive(Debug, clap::Args)]
pub struct ServeArgs {
    /// `--config`.
    #[arg(skip)]
    pub config: Option<PathBuf>,
    /// Where to listen, as ADDRESS:PORT [default: 127.0.0.1:8080; for a trial the next free port]
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub listen: Option<SocketAddr>,
    /// Try it out in a folder `tb-trial` here, even where there is a configuration
    #[arg(long)]
    pub trial: bool,
}

/// A command other than `serve`, with its words.
#[derive(Debug)]
pub struct OwnerCommand {
    config: Option<PathBuf>,
    task: Command,
}

/// Reads the command line; `arguments` begins with the program's name.
///
/// # Errors
///
/// The exit code, when there is nothing left to do: help was printed, or what is wrong with the words.
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> std::result::Result<Invocation, u8> {
    let words = match CommandLine::try_parse_from(arguments) {
        Ok(words) => words,
        Err(error) => return Err(explain(&error)),
    };
    Ok(match words.task {
        Command::Serve(serve) => Invocation::Serve(ServeArgs {
            config: words.config,
            ..serve
        }),
        task => Invocation::Owner(Box::new(OwnerCommand {
            config: words.config,
            task,
        })),
    })
}

/// Runs a command and returns the exit code.
#[must_use]
pub fn run(owner: Box<OwnerCommand>) -> u8 {
    let face = if io::stdout().is_terminal() {
        OutputMode::Terminal
    } else {
        OutputMode::Plain
    };
    let OwnerCommand { config, task } = *owner;
    let mut shell = Shell {
        config,
        now: crate::process::now(),
        out: Output::new(Box::new(io::stdout()), face),
    };
    let ending = crate::process::survive_quota().and_then(|()| shell.run(task));
    let flushed = shell.out.flush();
    match ending.and_then(|ending| flushed.map(|()| ending)) {
        Ok(ExitStatus::Done) => 0,
        Ok(ExitStatus::Failed) => 1,
        Err(error) => ended(Err(error)),
    }
}

/// The exit code of an outcome; an error is printed. That nobody reads on is none.
#[must_use]
pub fn ended(outcome: Result<()>) -> u8 {
    match outcome {
        Ok(()) => 0,
        Err(Error::Stream(cause)) if cause.kind() == io::ErrorKind::BrokenPipe => 0,
        Err(error) => {
            complain(&error.to_string());
            u8::from(matches!(error, Error::Usage(_))) + 1
        }
    }
}

/// How a command that could be run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ExitStatus {
    Done,
    /// It did what it could and has said what it could not do.
    Failed,
}

/// TrackBack for static sites: receives, keeps, lists and sends pings.
///
/// Copied into a cgi-bin as `tb.cgi`, the same file answers the web server. Here in the shell it sets
/// that up, and does for the owner what the pages do.
#[derive(Debug, Parser)]
#[command(name = "tb", version, arg_required_else_help = true, after_help = AFTER)]
struct CommandLine {
    /// The configuration [default: TB_CONFIG, else tb.toml beside this program]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    task: Command,
}

const AFTER: &str = "\
Begin with `tb init` beside the copy in the cgi-bin, or with `tb serve` to try it first.
Exit codes: 0 done, 1 failed, 2 the command line makes no sense.
In a shell that a web server has started, set TB_MODE=cli.";

#[derive(Debug, Subcommand)]
enum Command {
    Init(init::InitArgs),
    Passwd(passwd::PasswdArgs),
    Check(check::CheckArgs),
    /// Serves the site over HTTP, without a web server
    ///
    /// With a configuration, the site that it describes. Without one, a trial with a sample: a folder
    /// `tb-trial` in this folder, on this machine only, with a password that is printed.
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
    Discover(ping::DiscoverArgs),
    Thread(thread::ThreadArgs),
    Entries(entries::EntriesArgs),
    Add(add::AddArgs),
    Snippet(snippet::SnippetArgs),
    /// Prints the completions for a shell
    ///
    /// For bash: tb completions bash > ~/.local/share/bash-completion/completions/tb
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// What every command is given.
struct Shell {
    config: Option<PathBuf>,
    now: Timestamp,
    out: Output,
}

impl Shell {
    fn run(&mut self, task: Command) -> Result<ExitStatus> {
        match task {
            Command::Init(flags) => init::run(self, flags),
            Command::Passwd(flags) => passwd::run(self, &flags),
            Command::List(flags) => list::run(self, &flags),
            Command::Show(flags) => list::show(self, &flags),
            Command::Delete(flags) => decide::delete(self, &flags.pings),
            Command::Queue(flags) => queue::run(self, &flags),
            Command::Approve(flags) => decide::approve(self, &flags.pings),
            Command::Hold(flags) => decide::hold(self, &flags.pings),
            Command::Junk(flags) => decide::junk(self, &flags.pings),
            Command::Url(flags) => url::run(self, &flags),
            Command::Passphrase(flags) => passphrase::run(self, &flags),
            Command::Ban(flags) => ban::ban(self, &flags),
            Command::Unban(flags) => ban::unban(self, &flags),
            Command::Verify(flags) => verify::run(self, &flags),
            Command::Domains(flags) => domains::run(self, &flags),
            Command::Rebuild(flags) => rebuild::run(self, &flags),
            Command::Import(flags) => import::run(self, &flags),
            Command::Export(flags) => export::run(self, flags),
            Command::Backup(flags) => backup::backup(self, &flags),
            Command::Restore(flags) => backup::restore(self, &flags),
            Command::Stats(flags) => stats::run(self, &flags),
            Command::Prune(flags) => prune::run(self, &flags),
            Command::Check(flags) => check::run(self, &flags),
            Command::Send(flags) => send::run(self, &flags),
            Command::Sent(flags) => sent::run(self, &flags),
            Command::Ping(flags) => ping::ping(self, &flags),
            Command::Discover(flags) => ping::discover(self, &flags),
            Command::Thread(flags) => thread::run(self, &flags),
            Command::Entries(flags) => entries::run(self, &flags),
            Command::Add(flags) => add::run(self, &flags),
            Command::Snippet(flags) => snippet::run(self, &flags),
            Command::Completions { shell } => self.completions(shell),
            Command::Serve(_) => Err(Error::Usage("`serve` is another door".to_owned())),
        }
    }

    /// The file of the configuration, whether it is there or not.
    fn config_file(&self) -> Result<PathBuf> {
        let file = match &self.config {
            Some(file) => file.clone(),
            None => config::default_file()?,
        };
        std::path::absolute(&file).map_err(|cause| Error::file("find", file, cause))
    }

    fn config(&self) -> Result<Config> {
        Config::load(&self.config_file()?)
    }

    /// `None` if none was named and there is none, and the environment says nothing either. For commands that need no
    /// installation: see [`Config::program`].
    fn config_if_any(&self) -> Result<Option<Config>> {
        match self.config {
            Some(_) => self.config().map(Some),
            None => Config::load_what_is_said(&self.config_file()?),
        }
    }

    fn completions(&mut self, shell: clap_complete::Shell) -> Result<ExitStatus> {
        let mut script = Vec::new();
        clap_complete::generate(shell, &mut CommandLine::command(), "tb", &mut script);
        self.out.raw(&script)?;
        Ok(ExitStatus::Done)
    }
}

/// Prints help where it was asked for, or else what is wrong; returns the exit code.
fn explain(error: &clap::Error) -> u8 {
    let text = error.render().to_string();
    if matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
    ) {
        let written = io::stdout().write_all(text.as_bytes());
        return ended(written.map_err(Error::Stream));
    }
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        write!(io::stderr(), "{text}").ok();
    } else {
        complain(text.strip_prefix("error: ").unwrap_or(&text).trim_end());
    }
    2
}

/// Prints a message of one or more lines to standard error; if that is closed there is nobody to tell.
fn complain(message: &str) {
    let lines: Vec<_> = message.lines().map(escape_terminal).collect();
    writeln!(io::stderr(), "tb: {}", lines.join("\n")).ok();
}
