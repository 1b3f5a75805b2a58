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

use self::output::{Face, Out};
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
pub enum Call {
    /// `tb serve`: another door, so `main` goes there.
    Serve(Serve),
    /// Any other command, for [`run`].
    Owner(Box<Owner>),
}

/// The words of `tb serve`.
#[derive(Debug, clap::Args)]
pub struct Serve {
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
pub struct Owner {
    config: Option<PathBuf>,
    task: Task,
}

/// Reads the command line; `arguments` begins with the program's name.
///
/// # Errors
///
/// The exit code, when there is nothing left to do: help was printed, or what is wrong with the words.
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> std::result::Result<Call, u8> {
    let words = match Words::try_parse_from(arguments) {
        Ok(words) => words,
        Err(error) => return Err(explain(&error)),
    };
    Ok(match words.task {
        Task::Serve(serve) => Call::Serve(Serve {
            config: words.config,
            ..serve
        }),
        task => Call::Owner(Box::new(Owner {
            config: words.config,
            task,
        })),
    })
}

/// Runs a command and returns the exit code.
#[must_use]
pub fn run(owner: Box<Owner>) -> u8 {
    let face = if io::stdout().is_terminal() {
        Face::Terminal
    } else {
        Face::Plain
    };
    let Owner { config, task } = *owner;
    let mut shell = Shell {
        config,
        now: crate::process::now(),
        out: Out::new(Box::new(io::stdout()), face),
    };
    let ending = crate::process::survive_quota().and_then(|()| shell.run(task));
    let flushed = shell.out.flush();
    match ending.and_then(|ending| flushed.map(|()| ending)) {
        Ok(Ending::Done) => 0,
        Ok(Ending::Failed) => 1,
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
enum Ending {
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
struct Words {
    /// The configuration [default: TB_CONFIG, else tb.toml beside this program]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    task: Task,
}

const AFTER: &str = "\
Begin with `tb init` beside the copy in the cgi-bin, or with `tb serve` to try it first.
Exit codes: 0 done, 1 failed, 2 the command line makes no sense.
In a shell that a web server has started, set TB_MODE=cli.";

#[derive(Debug, Subcommand)]
enum Task {
    Init(init::Flags),
    Passwd(passwd::Flags),
    Check(check::Flags),
    /// Serves the site over HTTP, without a web server
    ///
    /// With a configuration, the site that it describes. Without one, a trial with a sample: a folder
    /// `tb-trial` in this folder, on this machine only, with a password that is printed.
    Serve(Serve),
    List(list::Flags),
    Show(list::ShowFlags),
    Delete(decide::DeleteFlags),
    Queue(queue::Flags),
    #[command(visible_alias = "publish")]
    Approve(decide::ApproveFlags),
    Hold(decide::HoldFlags),
    Junk(decide::JunkFlags),
    Url(url::Flags),
    Passphrase(passphrase::Flags),
    Ban(ban::BanFlags),
    Unban(ban::UnbanFlags),
    Verify(verify::Flags),
    Domains(domains::Flags),
    Rebuild(rebuild::Flags),
    Import(import::Flags),
    Export(export::Flags),
    Backup(backup::BackupFlags),
    Restore(backup::RestoreFlags),
    Stats(stats::Flags),
    Prune(prune::Flags),
    Send(send::Flags),
    Sent(sent::Flags),
    Ping(ping::PingFlags),
    Discover(ping::DiscoverFlags),
    Thread(thread::Flags),
    Entries(entries::Flags),
    Add(add::Flags),
    Snippet(snippet::Flags),
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
    out: Out,
}

impl Shell {
    fn run(&mut self, task: Task) -> Result<Ending> {
        match task {
            Task::Init(flags) => init::run(self, flags),
            Task::Passwd(flags) => passwd::run(self, &flags),
            Task::List(flags) => list::run(self, &flags),
            Task::Show(flags) => list::show(self, &flags),
            Task::Delete(flags) => decide::delete(self, &flags.pings),
            Task::Queue(flags) => queue::run(self, &flags),
            Task::Approve(flags) => decide::approve(self, &flags.pings),
            Task::Hold(flags) => decide::hold(self, &flags.pings),
            Task::Junk(flags) => decide::junk(self, &flags.pings),
            Task::Url(flags) => url::run(self, &flags),
            Task::Passphrase(flags) => passphrase::run(self, &flags),
            Task::Ban(flags) => ban::ban(self, &flags),
            Task::Unban(flags) => ban::unban(self, &flags),
            Task::Verify(flags) => verify::run(self, &flags),
            Task::Domains(flags) => domains::run(self, &flags),
            Task::Rebuild(flags) => rebuild::run(self, &flags),
            Task::Import(flags) => import::run(self, &flags),
            Task::Export(flags) => export::run(self, flags),
            Task::Backup(flags) => backup::backup(self, &flags),
            Task::Restore(flags) => backup::restore(self, &flags),
            Task::Stats(flags) => stats::run(self, &flags),
            Task::Prune(flags) => prune::run(self, &flags),
            Task::Check(flags) => check::run(self, &flags),
            Task::Send(flags) => send::run(self, &flags),
            Task::Sent(flags) => sent::run(self, &flags),
            Task::Ping(flags) => ping::ping(self, &flags),
            Task::Discover(flags) => ping::discover(self, &flags),
            Task::Thread(flags) => thread::run(self, &flags),
            Task::Entries(flags) => entries::run(self, &flags),
            Task::Add(flags) => add::run(self, &flags),
            Task::Snippet(flags) => snippet::run(self, &flags),
            Task::Completions { shell } => self.completions(shell),
            Task::Serve(_) => Err(Error::Usage("`serve` is another door".to_owned())),
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

    fn completions(&mut self, shell: clap_complete::Shell) -> Result<Ending> {
        let mut script = Vec::new();
        clap_complete::generate(shell, &mut Words::command(), "tb", &mut script);
        self.out.raw(&script)?;
        Ok(Ending::Done)
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
