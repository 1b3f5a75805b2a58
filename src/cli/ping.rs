//! `tb ping`: sends a ping, as the send form does. It needs no configuration.

use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;
use url::Url;

use super::parsers;
use super::send::guess_policy;
use super::shell::{ExitStatus, Shell, warn};
use crate::config::Config;
use crate::error::{Error, Result};
use crate::fetch::{Client, Timeout};
use crate::linkback::Protocol;
use crate::linkback::discover::arxiv_page;
use crate::linkback::trackback::Ping;
use crate::send::ping_url::EndpointRules;
use crate::send::{self, Ledger, LinkbackMessage, PingDestination, PingOutcome};
use crate::sources::{self, Source, SourceItem, SourceKind, SourceOptions};
use crate::store::{Event, EventName, Store};
use crate::text::escape_xml;
use crate::urls::{bare_host, parse_web};

/// Sends one ping and prints the reply
///
/// To a ping URL, or to the one that a page names. The texts are plain: `<` is a less-than sign. The exit code is 0 only
/// if the receiver confirmed the ping. For example:
///
/// tb ping --page https://weblog.example/1 --url https://blog.example/2
#[allow(rustdoc::bare_urls, reason = "the example is a line of the help")]
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("target").required(true).args(["to", "page"]))]
pub(super) struct PingArgs {
    /// The ping URL to send it to
    #[arg(long, value_name = "URL", value_parser = parsers::web_url)]
    to: Option<Url>,
    /// The page that you wrote about; its ping URL is discovered
    #[arg(long, value_name = "URL", value_parser = parsers::web_url)]
    page: Option<Url>,
    /// Your entry, which links there
    #[arg(long, value_name = "URL")]
    url: String,
    /// Its title [default: that of the page at --url]
    ///
    /// Without it the page is read: title and excerpt are taken from it, and printed on a terminal. If the page cannot
    /// be read, its URL is the title.
    #[arg(long)]
    title: Option<String>,
    /// Its beginning, or a summary [default: if --title is not given either, that of the page]
    #[arg(long)]
    excerpt: Option<String>,
    /// Accept a ping URL on this host although the page is on another, as `ping_hosts` in the configuration
    #[arg(long, value_name = "HOST", requires = "page")]
    ping_host: Vec<String>,
    /// Try PAGE/trackback/ where a WordPress page names no ping URL
    #[arg(long, requires = "page")]
    guess_wordpress: bool,
    /// The name of your weblog [default: site_name, where there is a configuration]
    #[arg(long, value_name = "NAME")]
    blog_name: Option<String>,
    /// Note it in this ledger of `tb send` [default: ledger in the configuration, else in none]
    #[arg(long, value_name = "FILE")]
    ledger: Option<PathBuf>,
    /// Print a JSON object: outcome (accepted, refused, later, uncertain or failed), ping_url, message, next
    #[arg(long)]
    json: bool,
}

/// What `--json` prints.
#[derive(Serialize)]
pub(super) struct ReplyRow<'a> {
    pub(super) outcome: &'a str,
    pub(super) ping_url: Option<&'a str>,
    pub(super) message: Option<&'a str>,
    /// The receiver wants no other request before this time.
    pub(super) next: Option<Timestamp>,
    /// The URL at which the receiver reports its status.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) location: Option<&'a str>,
}

/// How long to wait for a run of `tb send` that has locked the ledger.
pub(super) const LEDGER_TIMEOUT: Duration = Duration::from_secs(10);

pub(super) fn ping(shell: &mut Shell, flags: &PingArgs) -> Result<ExitStatus> {
    let config = shell.config_if_any()?;
    let site_name = config.as_ref().map(|config| config.site_name.as_str());
    let host = parse_web(&flags.url).map(|url| bare_host(&url).to_owned());
    // Some receivers refuse a ping without a name.
    let blog_name = flags.blog_name.as_deref().or(site_name);
    let blog_name = blog_name.or(host.as_deref()).unwrap_or_default();
    let client = send::client(config.as_ref(), Timeout::Shell);
    let ping = compose(shell, flags, &client, blog_name)?;
    let to = match (&flags.to, &flags.page) {
        (Some(to), _) => PingDestination::of(to.clone()),
        (None, Some(page)) => {
            let page = arxiv_page(page).unwrap_or_else(|| page.clone());
            match PingDestination::find(&client, &page, &rules(flags, config.as_ref())) {
                Ok(Ok(to)) => to,
                Ok(Err(why)) => {
                    let why = format!("`{page}`: {why}");
                    return report_not_sent(shell, flags, config.as_ref(), &page, &why, None);
                }
                Err(error) => {
                    let why = error.to_string();
                    return report_not_sent(
                        shell,
                        flags,
                        config.as_ref(),
                        &page,
                        &why,
                        Some(error),
                    );
                }
            }
        }
        (None, None) => return Err(Error::Usage("`--to` or `--page` is required".to_owned())),
    };
    let configured = config.as_ref().and_then(|config| config.ledger.as_ref());
    let message = LinkbackMessage::ping(&to.ping_url, &ping);
    let posted = match flags.ledger.as_ref().or(configured) {
        Some(path) => {
            let mut ledger = Ledger::open(path, LEDGER_TIMEOUT)?;
            ledger.warnings.iter().for_each(|warning| warn(warning));
            send::post_recorded(&client, &mut ledger, to.target(), &message, shell.now)?
        }
        None => send::post(&client, &message, shell.now),
    };
    let outcome = posted.outcome;
    let (event, word) = outcome_names(&outcome);
    log(
        shell,
        config.as_ref(),
        event,
        &to.ping_url,
        &flags.url,
        outcome.answer(),
    );
    print_outcome(shell, flags, &to.ping_url, &outcome, word)
}

/// The ping as the flags have it; title and excerpt that they leave out are taken from the entry's page.
fn compose(shell: &mut Shell, flags: &PingArgs, client: &Client, blog_name: &str) -> Result<Ping> {
    let make = |title: &str, excerpt: &str| {
        // The arguments are text; the fields of a ping are read as markup.
        let [title, excerpt, blog_name] = [title, excerpt, blog_name].map(escape_xml);
        Ping::new(&flags.url, &title, &excerpt, &blog_name)
            .map_err(|refusal| Error::Usage(format!("--url: {}", refusal.message())))
    };
    let title = flags.title.as_deref().unwrap_or_default();
    let excerpt = flags.excerpt.as_deref().unwrap_or_default();
    // A URL that cannot be sent is not read either.
    let ping = make(title, excerpt)?;
    if flags.title.is_some() {
        return Ok(ping);
    }
    let (title, of_page) = page_texts(client, &flags.url, shell.now);
    let excerpt = flags.excerpt.as_deref().unwrap_or(&of_page);
    if !flags.json && !title.is_empty() {
        shell.out.note(&format!("title: {title}"))?;
        shell.out.note(&format!("excerpt: {excerpt}"))?;
    }
    make(&title, excerpt)
}

/// The title and the excerpt of the entry at `url`, as its page has them; empty if it has none, with a warning if it
/// cannot be read.
fn page_texts(client: &Client, url: &str, now: Timestamp) -> (String, String) {
    let mut found = None;
    let mut left_out = None;
    let read = parse_web(url).map(|page| {
        let (source, options) = (Source::Page(page), SourceOptions::default());
        sources::for_each(&source, &options, client, now, &mut |item| {
            match item {
                SourceItem::Entry(entry) => found = found.take().or(Some(entry)),
                SourceItem::Skipped(skipped) => left_out = Some(skipped.why.to_string()),
            }
            Ok(())
        })
    });
    let why = match read {
        // A feed has many entries.
        Some(Ok((SourceKind::Page, _))) => match found {
            Some(entry) => return (entry.title, entry.summary),
            None => left_out.unwrap_or_else(|| "no entry was found on it".to_owned()),
        },
        Some(Ok(_)) | None => "it is no page".to_owned(),
        Some(Err(error)) => error.to_string(),
    };
    warn(&format!(
        "no title was taken from `{url}`: {why}; `--title` gives one"
    ));
    (String::new(), String::new())
}

/// Prints the reply.
fn print_outcome(
    shell: &mut Shell,
    flags: &PingArgs,
    ping_url: &Url,
    outcome: &PingOutcome,
    word: &str,
) -> Result<ExitStatus> {
    if flags.json {
        let next = not_before(outcome);
        shell.out.json(&ReplyRow {
            outcome: word,
            ping_url: Some(ping_url.as_str()),
            message: outcome.answer(),
            next,
            location: None,
        })?;
    }
    if !flags.json && *outcome == PingOutcome::Accepted {
        shell.out.line(&format!("accepted by {ping_url}"))?;
    }
    Ok(report_failure(outcome, ping_url.as_str(), flags.json))
}

/// Reports a failure on standard error; a refusal only if it is not in the JSON output. Returns the exit status.
pub(super) fn report_failure(outcome: &PingOutcome, endpoint: &str, is_json: bool) -> ExitStatus {
    match outcome {
        PingOutcome::Accepted => return ExitStatus::Done,
        PingOutcome::Refused(_) if is_json => {}
        PingOutcome::Refused(message) if send::outcome::is_own_refusal(message) => {
            warn(&format!("`{endpoint}`: {message}"));
        }
        PingOutcome::Refused(message) => {
            warn(&format!("`{endpoint}` refused the ping: {message}"));
        }
        PingOutcome::Later(limit) => {
            let when = limit
                .not_before
                .map_or(String::new(), |time| format!(" before {time}"));
            let said = &limit.answer;
            warn(&format!(
                "`{endpoint}` takes no more pings for now{when}: {said}"
            ));
        }
        PingOutcome::Uncertain(why) => {
            warn(&format!(
                "`{endpoint}` may have taken the ping or not: {why}"
            ));
        }
        PingOutcome::Failed(why) => warn(&format!("`{endpoint}`: {why}")),
    }
    ExitStatus::Failed
}

/// The time before which the receiver wants no other request.
pub(super) fn not_before(outcome: &PingOutcome) -> Option<Timestamp> {
    match outcome {
        PingOutcome::Later(limit) => limit.not_before,
        PingOutcome::Accepted
        | PingOutcome::Refused(_)
        | PingOutcome::Uncertain(_)
        | PingOutcome::Failed(_) => None,
    }
}

/// Reports that a page has no usable ping URL, or cannot be read.
fn report_not_sent(
    shell: &mut Shell,
    flags: &PingArgs,
    config: Option<&Config>,
    page: &Url,
    why: &str,
    error: Option<Error>,
) -> Result<ExitStatus> {
    log(
        shell,
        config,
        EventName::SentFailed,
        page,
        &flags.url,
        Some(why),
    );
    if flags.json {
        shell.out.json(&ReplyRow {
            outcome: "failed",
            ping_url: None,
            message: Some(why),
            next: None,
            location: None,
        })?;
    }
    match error {
        Some(error) => Err(error),
        None => {
            warn(why);
            Ok(ExitStatus::Failed)
        }
    }
}

/// Which ping URLs of a page are used: as for `tb send`.
fn rules(flags: &PingArgs, config: Option<&Config>) -> EndpointRules {
    let mut ping_hosts = flags.ping_host.clone();
    ping_hosts.extend(config.iter().flat_map(|config| config.ping_hosts.clone()));
    EndpointRules {
        ping_hosts,
        guess: guess_policy(flags.guess_wordpress),
        reach: send::reach(config),
        protocols: vec![Protocol::TrackBack],
    }
}

/// The names of an outcome: in the log, and in JSON.
pub(super) fn outcome_names(outcome: &PingOutcome) -> (EventName, &'static str) {
    match outcome {
        PingOutcome::Accepted => (EventName::Sent, "accepted"),
        PingOutcome::Refused(_) => (EventName::SentRefused, "refused"),
        PingOutcome::Later(_) => (EventName::SentLater, "later"),
        PingOutcome::Uncertain(_) => (EventName::SentUncertain, "uncertain"),
        PingOutcome::Failed(_) => (EventName::SentFailed, "failed"),
    }
}

/// Logs a ping, if there is a configuration.
pub(super) fn log(
    shell: &Shell,
    config: Option<&Config>,
    what: EventName,
    to: &Url,
    url: &str,
    said: Option<&str>,
) {
    let Some(store) = config.and_then(|config| Store::open(&config.data_dir).ok()) else {
        return;
    };
    let event = Event::new(shell.now, what)
        .with("to", to.as_str())
        .with("url", url)
        .with("said", said)
        .with("by", "shell");
    store.log(&event);
}
