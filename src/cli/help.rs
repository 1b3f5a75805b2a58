//! The help of the whole program, with its commands in groups, and the man pages.

use std::ffi::{OsStr, OsString};
use std::fmt::Write as _;

use clap::builder::{PossibleValue, StringValueParser, TypedValueParser};
use clap::{Arg, Command};

use super::shell::{ExitStatus, Shell};
use crate::error::{Error, Result};

/// The widest line of a help text, in columns. Narrower terminals get narrower lines.
const MAX_WIDTH: usize = 80;

/// The commands by what they are for.
const GROUPS: [(&str, &[&str]); 5] = [
    (
        "Set up",
        &[
            "init",
            "passwd",
            "check",
            "serve",
            "snippet",
            "url",
            "passphrase",
            "entries",
            "add",
        ],
    ),
    (
        "Moderate",
        &[
            "queue", "list", "show", "approve", "hold", "junk", "delete", "domains", "ban",
        ],
    ),
    (
        "Send",
        &["send", "sent", "ping", "webmention", "discover", "thread"],
    ),
    ("Move", &["import", "export", "backup", "restore"]),
    (
        "Look after",
        &[
            "verify",
            "rebuild",
            "prune",
            "stats",
            "completions",
            "man",
            "help",
        ],
    ),
];

/// Prints the man page of `tb`, or of one command
///
/// To read it: tb man send | man -l -
#[derive(Debug, clap::Args)]
pub(super) struct ManArgs {
    /// The command, such as `send` or `domains add` [default: tb itself]
    #[arg(value_parser = CommandName, hide_possible_values = true)]
    command: Vec<String>,
}

/// The name of a command, or of a command's command. Completions offer the former.
#[derive(Debug, Clone)]
struct CommandName;

impl TypedValueParser for CommandName {
    type Value = String;

    fn parse_ref(
        &self,
        command: &Command,
        argument: Option<&Arg>,
        value: &OsStr,
    ) -> std::result::Result<String, clap::Error> {
        StringValueParser::new().parse_ref(command, argument, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        let names = GROUPS.iter().flat_map(|(_, names)| *names);
        Some(Box::new(names.map(PossibleValue::new)))
    }
}

/// Without the older spelling of `tb ban add`, which works but is not shown.
pub(super) fn without_old(command: Command) -> Command {
    command.mut_subcommand("ban", |ban| {
        ban.mut_args(|arg| match arg.get_id().as_str() {
            "what" | "word" | "time" | "force" => arg.hide(true),
            _ => arg,
        })
    })
}

/// `tb help --help` is `tb help`: clap takes the option for the name of a command.
pub(super) fn without_help_of_help(mut arguments: Vec<OsString>) -> Vec<OsString> {
    let is_help = arguments.get(1).is_some_and(|word| word == "help");
    arguments.retain(|word| !is_help || (word != "--help" && word != "-h"));
    arguments
}

/// Has the help list the commands in groups.
pub(super) fn with_groups(command: Command) -> Command {
    let command = without_old(command);
    let groups = groups(&built(&command));
    command
        .max_term_width(MAX_WIDTH)
        .help_template(format!(
            "{{about-with-newline}}\n{{usage-heading}} {{usage}}\n\n{groups}Options:\n{{options}}{{after-help}}"
        ))
}

/// With what clap adds: the command `help`, and the names of the commands of commands.
fn built(command: &Command) -> Command {
    let mut built = command.clone();
    built.build();
    built
}

/// The commands in groups, each with its summary.
fn groups(command: &Command) -> String {
    let mut text = String::new();
    for (heading, names) in GROUPS {
        writeln!(text, "{heading}:").ok();
        for name in names {
            let about = command
                .find_subcommand(name)
                .and_then(Command::get_about)
                .map(ToString::to_string)
                .unwrap_or_default();
            writeln!(text, "  {name:<11}  {about}").ok();
        }
        text.push('\n');
    }
    text
}

pub(super) fn man(shell: &mut Shell, whole: &Command, flags: &ManArgs) -> Result<ExitStatus> {
    let whole = built(&without_old(whole.clone()));
    let mut command = &whole;
    for name in &flags.command {
        command = command
            .find_subcommand(name)
            .ok_or_else(|| Error::Usage(format!("there is no command `{name}`")))?;
    }
    let mut page = Vec::new();
    let title = command
        .get_display_name()
        .unwrap_or_else(|| command.get_name());
    clap_mangen::Man::new(command.clone())
        .title(title)
        .render(&mut page)
        .map_err(Error::Stream)?;
    shell.out.raw(&page)?;
    Ok(ExitStatus::Done)
}

/// Asserts that each command is in one group, with a summary on a line that needs no wrapping.
#[cfg(test)]
pub(super) fn assert_groups(command: &Command) {
    use std::collections::BTreeSet;

    let command = built(command);
    let shown = command.get_subcommands().filter(|one| !one.is_hide_set());
    let all: BTreeSet<_> = shown.map(Command::get_name).collect();
    let grouped: Vec<_> = GROUPS.iter().flat_map(|(_, names)| *names).collect();
    assert_eq!(grouped.len(), all.len());
    assert_eq!(grouped.into_iter().copied().collect::<BTreeSet<_>>(), all);
    for line in groups(&command).lines() {
        let width = line.chars().count();
        assert!(width <= MAX_WIDTH, "{width}: {line}");
        let has_summary = line.get(15..).is_some_and(|summary| !summary.is_empty());
        assert!(
            line.is_empty() || line.ends_with(':') || has_summary,
            "{line}"
        );
    }
}
