//! `tb webmention`: sends a single Webmention. It needs no configuration.

use std::path::PathBuf;

use url::Url;

use super::parsers;
use super::ping::{LEDGER_TIMEOUT, ReplyRow, log, not_before, outcome_names, report_failure};
use super::shell::{ExitStatus, Shell, warn};
use crate::error::Result;
use crate::fetch::Timeout;
use crate::linkback::Protocol;
use crate::send::ping_url::{self, EndpointRules, GuessPolicy};
use crate::send::{self, Ledger, LinkbackMessage};
use crate::urls::parse_web;

/// Sends one Webmention and prints the reply
///
/// It is sent to the endpoint that TARGET names. Send it again if SOURCE has changed, no longer has the
/// link, or is gone. The exit code is 0 only if the receiver accepted it.
#[derive(Debug, clap::Args)]
pub(super) struct WebmentionArgs {
    /// Your page, which links to the other
    #[arg(value_name = "SOURCE", value_parser = parsers::web_url)]
    source: Url,
    /// The page that it links to, written as in the link
    #[arg(value_name = "TARGET", value_parser = spelt_url)]
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
        guess: GuessPolicy::Never,
        reach: send::reach(config),
        protocols: protocols.to_vec(),
    };
    let target = Url::parse(&flags.target).unwrap_or_else(|_| flags.source.clone());
    let endpoints = ping_url::find(&client, &target, &[], &rules)?;
    let Some(endpoint) = endpoints.usable.first() else {
        let why = endpoints.unusable_because.as_deref();
        return report_not_sent(
            shell,
            flags,
            why.unwrap_or("it names no Webmention endpoint"),
        );
    };
    let message = LinkbackMessage::mention(endpoint, flags.source.as_str(), &flags.target);
    let configured = config.and_then(|config| config.ledger.as_ref());
    let posted = match flags.ledger.as_ref().or(configured) {
        Some(path) => {
            let mut ledger = Ledger::open(path, LEDGER_TIMEOUT)?;
            ledger.warnings.iter().for_each(|warning| warn(warning));
            send::post_recorded(&client, &mut ledger, &target, &message, shell.now)?
        }
        None => send::post(&client, &message, shell.now),
    };
    let (event, word) = outcome_names(&posted.outcome);
    let (to, said) = (&endpoint.url, posted.outcome.answer());
    log(shell, config, event, to, flags.source.as_str(), said);
    let location = posted.location.as_deref();
    if flags.json {
        shell.out.json(&ReplyRow {
            outcome: word,
            ping_url: Some(to.as_str()),
            message: said,
            next: not_before(&posted.outcome),
            location,
        })?;
    } else if said.is_none() {
        let status = location.map_or(String::new(), |at| format!("; its status is at {at}"));
        shell.out.line(&format!("accepted by {to}{status}"))?;
    }
    Ok(report_failure(&posted.outcome, to.as_str(), flags.json))
}

/// Reports that a page has no usable Webmention endpoint.
fn report_not_sent(shell: &mut Shell, flags: &WebmentionArgs, why: &str) -> Result<ExitStatus> {
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

/// Parses a web address, kept as the user spelt it.
fn spelt_url(text: &str) -> std::result::Result<String, String> {
    let is_web = parse_web(text).is_some();
    is_web
        .then(|| text.trim().to_owned())
        .ok_or_else(|| "a URL that begins with `https://` or `http://`".to_owned())
}
