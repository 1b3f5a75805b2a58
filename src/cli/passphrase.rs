//! `tb passphrase`: the ids that receive pings at a private URL only.

use std::io::{self, IsTerminal};

use serde::Serialize;

use super::output::Row;
use super::shell::{ExitStatus, Shell, warn};
use super::{parsers, prompt};
use crate::admission::{entries, ping_auth};
use crate::error::Result;
use crate::linkback::trackback::TbId;
use crate::store::{Event, EventName, Store};
use crate::text;

/// Sets the passphrase of an id, or shows which ids have one
///
/// Pings for an id with a passphrase are accepted at `tb.cgi/ID/PASSPHRASE` only. Without a command, lists the ids that
/// have a passphrase of their own; all others have the one in tb.toml, if any.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct PassphraseArgs {
    #[command(subcommand)]
    command: Option<PassphraseCommand>,
    // The older spelling: `tb passphrase ID --set`.
    /// The id, as in the ping URL
    #[arg(value_parser = parsers::tb_id, hide = true)]
    id: Option<TbId>,
    /// Set one: letters and digits of ASCII, `-`, `.` and `_`. Asks for it on a terminal, else reads one line of standard
    /// input; as WORDS it can be seen by all users of this machine while the command runs
    #[arg(long, value_name = "WORDS", num_args = 0..=1, default_missing_value = STDIN, value_parser = parse_words, requires = "id", hide = true)]
    set: Option<String>,
    /// Set a random one
    #[arg(long, requires = "id", conflicts_with = "set", hide = true)]
    random: bool,
    /// Remove it; the one in tb.toml, if any, applies again
    #[arg(long, requires = "id", conflicts_with_all = ["set", "random"], hide = true)]
    remove: bool,
    /// Show the passphrases in the list
    #[arg(long, conflicts_with = "id")]
    show: bool,
    /// Print the list as one JSON object a line
    #[arg(long, conflicts_with = "id")]
    json: bool,
}

#[derive(Debug, clap::Subcommand)]
enum PassphraseCommand {
    /// Sets the passphrase of an id, and prints the URL that takes its pings
    Add {
        /// The id, as in the ping URL
        #[arg(value_parser = parsers::tb_id)]
        id: TbId,
        /// The passphrase: letters and digits of ASCII, `-`, `.` and `_`
        ///
        /// Without it, it is asked for on a terminal, else read from one line of standard input. Given here it can be
        /// seen by all users of this machine while the command runs.
        #[arg(value_name = "WORDS", value_parser = parse_words)]
        set: Option<String>,
        /// Set a random one
        #[arg(long, conflicts_with = "set")]
        random: bool,
    },
    /// Removes the passphrase of an id; the one in tb.toml, if any, applies again
    Remove {
        /// The id, as in the ping URL
        #[arg(value_parser = parsers::tb_id)]
        id: TbId,
    },
}

#[derive(Serialize)]
struct PassphraseRow<'a> {
    tb_id: &'a str,
    passphrase: Option<&'a str>,
}

impl PassphraseRow<'_> {
    fn masked(&self) -> &str {
        self.passphrase.unwrap_or(MASKED)
    }
}

impl Row for PassphraseRow<'_> {
    const FIELDS: &'static [&'static str] = &["tb_id", "passphrase"];

    fn plain_field(&self, name: &str) -> Option<&str> {
        (name == "passphrase").then_some(self.masked())
    }

    fn terminal(&self) -> Vec<String> {
        vec![format!("{}  {}", self.tb_id, self.masked())]
    }
}

/// The value of `--set` without WORDS: ask for the passphrase.
const STDIN: &str = "-";

fn parse_words(text: &str) -> std::result::Result<String, String> {
    match text {
        STDIN => Ok(STDIN.to_owned()),
        words => parsers::passphrase(words),
    }
}

/// Shown instead of a passphrase.
const MASKED: &str = "********";

pub(super) fn run(shell: &mut Shell, flags: &PassphraseArgs) -> Result<ExitStatus> {
    let config = shell.config()?;
    let store = Store::open(&config.data_dir)?;
    let (id, set, random, remove) = match &flags.command {
        Some(PassphraseCommand::Add { id, set, random }) => {
            let asked = (!random).then_some(STDIN);
            (Some(id), set.as_deref().or(asked), *random, false)
        }
        Some(PassphraseCommand::Remove { id }) => (Some(id), None, false, true),
        None => (
            flags.id.as_ref(),
            flags.set.as_deref(),
            flags.random,
            flags.remove,
        ),
    };
    let Some(id) = id else {
        list(shell, &store, flags)?;
        return Ok(ExitStatus::Done);
    };
    let new = match set {
        Some(words) if words == STDIN => Some(prompt::passphrase()?),
        Some(words) => {
            if io::stderr().is_terminal() {
                warn(
                    "other users of this machine could see the passphrase in the process list; without it `tb passphrase add` asks for it",
                );
            }
            Some(words.to_owned())
        }
        None if random => Some(text::hex(&crate::store::random::<12>()?)),
        None => None,
    };
    if new.is_some() || remove {
        let what = if remove {
            EventName::PassphraseRemoved
        } else {
            EventName::PassphraseSet
        };
        // Creating an entry without a passphrase would make the id a known one.
        if new.is_some() || entries::find(&store, id)?.is_some() {
            entries::edit(&store, id, |entry| entry.passphrase.clone_from(&new))?;
        }
        let event = Event::new(shell.now, what).with("tb_id", id.as_str());
        store.log(&event.with("by", "shell"));
    }
    // What was set is said whatever can be read afterwards.
    let passphrase = match new {
        None if remove => config.passphrase.clone(),
        None => ping_auth::passphrase(&config, &store, id)?,
        new => new,
    };
    let url = ping_auth::ping_url(&config, id, passphrase.as_deref());
    shell.out.line(&url)?;
    Ok(ExitStatus::Done)
}

fn list(shell: &mut Shell, store: &Store, flags: &PassphraseArgs) -> Result<()> {
    let mut found = false;
    shell.out.use_json_if(flags.json);
    for (id, entry) in entries::load(store)?.entries {
        let Some(passphrase) = entry.passphrase else {
            continue;
        };
        found = true;
        shell.out.print(&PassphraseRow {
            tb_id: id.as_str(),
            passphrase: flags.show.then_some(&passphrase),
        })?;
    }
    if !found {
        shell.out.note("No id has a passphrase of its own.")?;
    }
    Ok(())
}
