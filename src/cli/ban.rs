//! `tb ban`: bans of addresses, domains and words.

use jiff::{Span, SpanRelativeTo, Timestamp};
use serde::Serialize;

use super::output::{Row, field};
use super::shell::{ExitStatus, Shell, warn};
use crate::admission::bans::{self, Ban, BanSubject};
use crate::admission::domains::Approvals;
use crate::error::{Error, Result};
use crate::moderation::action::DecidedBy;
use crate::store::Store;

/// Bans addresses, domains or words, or lists what is banned
///
/// Without a command, lists the bans in force; unless the output is a terminal, each is one line of fields between
/// tabs: kind (address, domain, tenant or word), what, and when it ends. You may also edit the file `.bans` in `data_dir`.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct BanArgs {
    #[command(subcommand)]
    command: Option<BanCommand>,
    /// The older spelling: `tb ban WHAT`. The help leaves it out.
    #[command(flatten)]
    add: BanAddArgs,
    /// Print one JSON object a line: kind (address, domain, tenant or word), what, until
    #[arg(long, conflicts_with = "what")]
    json: bool,
}

#[derive(Debug, clap::Subcommand)]
enum BanCommand {
    /// Bans addresses, domains or words
    ///
    /// An address (203.0.113.7), a prefix (203.0.113.0/24), a domain with all below it (spam.example), one person's part of
    /// a host (medium.com/@name/), or a page, whose domain is meant, or that part or host if many people share the domain:
    /// pings from there are refused. With --word a word or phrase: pings that have it are junk.
    /// For example: tb ban add spam.example --for 30d
    Add(BanAddArgs),
    Remove(UnbanArgs),
    /// Lists the bans in force, as `tb ban` does
    #[command(hide = true)]
    List {
        /// Print one JSON object a line
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, clap::Args)]
struct BanAddArgs {
    /// What to ban
    what: Vec<String>,
    /// Ban words or phrases
    #[arg(long, requires = "what")]
    word: bool,
    /// How long, such as 30d or 12h [default: until `tb ban remove`]
    #[arg(long = "for", value_name = "TIME", requires = "what", value_parser = parse_span)]
    time: Option<Span>,
    /// Ban even what covers very much, or this site itself
    #[arg(long, requires = "what")]
    force: bool,
}

/// Lifts bans
#[derive(Debug, clap::Args)]
pub(super) struct UnbanArgs {
    /// What is banned, as `tb ban` shows it
    #[arg(required = true)]
    what: Vec<String>,
    /// WHAT are words or phrases
    #[arg(long)]
    word: bool,
}

#[derive(Serialize)]
struct BanRow<'a> {
    kind: &'a str,
    what: String,
    until: Option<Timestamp>,
}

impl Row for BanRow<'_> {
    const FIELDS: &'static [&'static str] = &["kind", "what", "until"];

    fn terminal(&self) -> Vec<String> {
        let until = self.until.map(|until| format!("  (until {until})"));
        vec![format!("{:<7}  {}{}", self.kind, self.what, field(until))]
    }
}

pub(super) fn ban(shell: &mut Shell, flags: &BanArgs) -> Result<ExitStatus> {
    match &flags.command {
        Some(BanCommand::Remove(removed)) => unban(shell, removed),
        Some(BanCommand::Add(added)) if added.what.is_empty() => {
            let message = "name the addresses, domains or words to ban";
            Err(Error::Usage(message.to_owned()))
        }
        Some(BanCommand::Add(added)) => add(shell, added),
        Some(BanCommand::List { json }) => list(shell, *json),
        None if flags.add.what.is_empty() => list(shell, flags.json),
        None => add(shell, &flags.add),
    }
}

fn add(shell: &mut Shell, flags: &BanAddArgs) -> Result<ExitStatus> {
    let config = shell.config()?;
    let store = Store::open(&config.data_dir)?;
    let all = parse_all(&flags.what, flags.word)?;
    for what in &all {
        if let Some(why) = bans::too_broad(&config, what).filter(|_| !flags.force) {
            return Err(Error::Usage(format!(
                "{why}; nothing was changed (`--force` bans it anyway)"
            )));
        }
    }
    let until = flags
        .time
        .map(|time| ban_end(shell.now, time))
        .transpose()?;
    let new: Vec<Ban<'_>> = all.into_iter().map(|what| Ban { what, until }).collect();
    bans::add(&store, &new, DecidedBy::Shell.name(), shell.now)?;
    for ban in &new {
        let until = until.map_or(String::new(), |until| format!(" until {until}"));
        let line = format!("{} {}: banned{until}", ban.what.kind(), ban.what);
        shell.out.line(&line)?;
    }
    let approvals = Approvals::load(&store)?;
    for what in new.iter().map(|ban| &ban.what) {
        for approved in what.approvals_within(&approvals) {
            warn(&format!(
                "`{what}` bans `{approved}` too, which you have approved"
            ));
        }
    }
    // The bans are stored. Invalid lines elsewhere in the file are reported, but are no failure of this command.
    let faults = bans::list(&store, shell.now)?.faults;
    faults.iter().for_each(|fault| warn(fault));
    Ok(ExitStatus::Done)
}

pub(super) fn unban(shell: &mut Shell, flags: &UnbanArgs) -> Result<ExitStatus> {
    let config = shell.config()?;
    let store = Store::open(&config.data_dir)?;
    let all = parse_all(&flags.what, flags.word)?;
    let missing = bans::remove(&store, &all, DecidedBy::Shell.name(), shell.now)?;
    for what in &missing {
        let kind = what.kind();
        warn(&format!(
            "{kind} `{what}` is not banned; nothing was changed"
        ));
    }
    if !missing.is_empty() {
        return Ok(ExitStatus::Failed);
    }
    for what in &all {
        shell
            .out
            .line(&format!("{} {what}: no longer banned", what.kind()))?;
    }
    Ok(ExitStatus::Done)
}

fn list(shell: &mut Shell, is_json: bool) -> Result<ExitStatus> {
    let store = Store::open(&shell.config()?.data_dir)?;
    let list = bans::list(&store, shell.now)?;
    shell.out.use_json_if(is_json);
    for Ban { what, until } in &list.bans {
        shell.out.print(&BanRow {
            kind: what.kind(),
            what: what.to_string(),
            until: *until,
        })?;
    }
    if list.bans.is_empty() {
        shell.out.note("Nothing is banned.")?;
    }
    list.faults.iter().for_each(|fault| warn(fault));
    Ok(if list.faults.is_empty() {
        ExitStatus::Done
    } else {
        ExitStatus::Failed
    })
}

/// Parses each argument, as words with `--word`.
fn parse_all(all: &[String], are_words: bool) -> Result<Vec<BanSubject<'static>>> {
    let parse = if are_words { parse_word } else { parse_subject };
    all.iter().map(|text| parse(text)).collect()
}

fn parse_word(text: &str) -> Result<BanSubject<'static>> {
    BanSubject::word(text).ok_or_else(|| {
        Error::Usage(format!(
            "`{text}` is too short: it would match nearly every ping"
        ))
    })
}

fn parse_subject(text: &str) -> Result<BanSubject<'static>> {
    if let Some(why) = BanSubject::prefix_fault(text) {
        return Err(Error::Usage(format!("`{text}`: {why}")));
    }
    BanSubject::guess(text).ok_or_else(|| {
        Error::Usage(format!(
            "`{text}` is neither an address nor a domain, or is a page of a host that many people share; `--word` bans it as a word"
        ))
    })
}

/// A time such as `30d`; a day has 24 hours.
fn parse_span(text: &str) -> std::result::Result<Span, String> {
    let wrong = || "expected a time such as `30d`, `12h` or `2 weeks`".to_owned();
    let span: Span = text.parse().map_err(|_| wrong())?;
    let long = span.to_duration(SpanRelativeTo::days_are_24_hours());
    match long {
        Ok(long) if long.is_positive() => Ok(span),
        _ => Err(wrong()),
    }
}

fn ban_end(now: Timestamp, time: Span) -> Result<Timestamp> {
    let too_long = |_| Error::Usage("`--for` is too long; omit it for a permanent ban".to_owned());
    let long = time
        .to_duration(SpanRelativeTo::days_are_24_hours())
        .map_err(too_long)?;
    let end = now.checked_add(long).map_err(too_long)?;
    Timestamp::from_second(end.as_second()).map_err(too_long)
}
