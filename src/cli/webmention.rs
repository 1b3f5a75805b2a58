//! `tb webmention`: one Webmention by hand. It needs no configuration.

use std::path::PathBuf;

use url::Url;

use super::parsers;
use super::ping::{LEDGER_TIMEOUT, ReplyRow, log, not_before, outcome_names, tell_fault};
use super::shell::{ExitStatus, Shell, warn};
use crate::error::Result;
use crate::fetch::Timeout;
use crate::linkback::Protocol;
use crate::send::ping_url::{self, EndpointRules, Guess, PageEndpoints};
use crate::send::{self, Ledger, Message};
use crate::urls::parse_web;

/// Sends one Webmention and prints the reply
///
/// The endpoint is the one that TARGET names. Sent again, it says that SOURCE has changed, no longer
/// links there, or is gone. The exit code is 0 only if the other side took it.
#[derive(Debug, clap::Args)]
pub(super) struct WebmentionArgs {
    /// Your page, which links to the other
    #[arg(value_name = "SOURCE", value_parser = parsers::web_url)]
    source: Url,
    /// The page that it links to, written as in the link
    #[arg(value_name = "TARGET", value_parser = web)]
    target: String,
    /// Note it in this ledger of `tb send` [default: ledger in the configuration, else in none]
    #[arg(long, value_name = "FILE")]
    ledger: Option<PathBuf>,
    /// Print a JSON object: outcome (accepted, refused, later, uncertain or failed), ping_url, message, next, location
    #[arg(long)]
    json: bool,
}

pub(super) fn run(shell: &mut Shell, flags: &WebmentionArgs) -> Result<ExitStatus> {
    let config = shell.config_if_any()?;
    let config = config.as_ref();
    let protocols = [Protocol::Webmention];
    let client = send::client_of(config, Some(&flags.source), Timeout::Shell, &protocols);
    let rules = EndpointRules {
        ping_hosts: Vec::new(),
        guess: Guess::Never,
        reach: send::reach(config),
        protocols: protocols.to_vec(),
    };
    let target = Url::parse(&flags.target).unwrap_or_else(|_| flags.source.clone());
    let endpoints = match ping_url::look(&client, &target, &rules)? {
        PageEndpoints::Found(endpoints) => endpoints,
        PageEndpoints::Nothing(why) => {
            let why = why.unwrap_or_else(|| "it names no Webmention endpoint".to_owned());
            return not_sent(shell, flags, &why);
        }
    };
    let Some(endpoint) = endpoints.first() else {
        return not_sent(shell, flags, "it names no Webmention endpoint");
    };
    let message = Message::mention(endpoint, flags.source.as_str(), &flags.target);
    let configured = config.and_then(|config| config.ledger.as_ref());
    let answered = match flags.ledger.as_ref().or(configured) {
        Some(path) => {
            let mut ledger = Ledger::open(path, LEDGER_TIMEOUT)?;
            ledger.warnings.iter().for_each(|warning| warn(warning));
            send::recorded(&client, &mut ledger, &target, &message, shell.now)?
        }
        None => send::post(&client, &message, shell.now),
    };
    let (event, word) = outcome_names(&answered.outcome);
    let (to, said) = (&endpoint.url, answered.outcome.answer());
    log(shell, config, event, to, flags.source.as_str(), said);
    let location = answered.location.as_deref();
    if flags.json {
        shell.out.json(&ReplyRow {
            outcome: word,
            ping_url: Some(to.as_str()),
            message: said,
            next: not_before(&answered.outcome),
            location,
        })?;
    } else if said.is_none() {
        let status = location.map_or(String::new(), |at| format!("; its status is at {at}"));
        shell.out.line(&format!("accepted by {to}{status}"))?;
    }
    Ok(tell_fault(&answered.outcome, to.as_str(), flags.json))
}

/// Says that a page takes no Webmentions.
fn not_sent(shell: &mut Shell, flags: &WebmentionArgs, why: &str) -> Result<ExitStatus> {
    let why = format!("`{}`: {why}", flags.target);
    if flags.json {
        shell.out.json(&ReplyRow {
            outcome: "failed",
            ping_url: None,
            message: Some(&why),
            next: None,
            location: None,
        })?;
    }
    warn(&why);
    Ok(ExitStatus::Failed)
}

/// A web address, kept as it was typed.
fn web(text: &str) -> std::result::Result<String, String> {
    let is_web = parse_web(text).is_some();
    is_web
        .then(|| text.trim().to_owned())
        .ok_or_else(|| "a URL that begins with `https://` or `http://`".to_owned())
}
