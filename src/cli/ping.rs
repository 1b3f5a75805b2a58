//! `tb ping` and `tb discover`: send a ping, and find ping URLs, as the send form does. Neither needs a configuration.

use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;
use url::Url;

use super::output::Row;
use super::parsers;
use super::send::guess_policy;
use super::shell::{ExitStatus, Shell, warn};
use crate::config::Config;
use crate::error::{Error, Result};
use crate::fetch::Timeout;
use crate::linkback::discover::{FoundEndpoint, arxiv_page};
use crate::linkback::trackback::Ping;
use crate::send::ping_url::{EndpointRules, WORDPRESS_HINT, guess as guess_at};
use crate::send::{self, Address, Ledger, PingOutcome};
use crate::store::{Event, EventName, Store};
use crate::text::escape_xml;

/// Sends one ping and prints the reply
///
/// To a ping URL, or to the one that a page names. The texts are plain: `<` is a less-than sign. The exit code is 0 only
/// if the receiver confirmed the ping.
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
    /// Its title [default: its URL]
    #[arg(long, default_value = "", hide_default_value = true)]
    title: String,
    /// Its beginning, or a summary
    #[arg(long, default_value = "", hide_default_value = true)]
    excerpt: String,
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

/// Shows which ping URLs a page names, and how
///
/// `tb ping --page` sends to the first one found; `other` ones belong to other entries on the page. For a paper on
/// arXiv.org the page of its abstract is read, which has the ping URL. The exit code is 1 if nothing was found.
#[derive(Debug, clap::Args)]
pub(super) struct DiscoverArgs {
    /// The page
    #[arg(value_name = "URL", value_parser = parsers::web_url)]
    page: Url,
    /// Also show the usual ping URL of a WordPress page that names none
    #[arg(long)]
    guess_wordpress: bool,
    /// Print a JSON object: page, found, others, rsd, feed, guessed
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct ReplyRow<'a> {
    outcome: &'a str,
    ping_url: Option<&'a str>,
    message: Option<&'a str>,
    /// The receiver wants no other request before this time.
    next: Option<Timestamp>,
}

#[derive(Serialize)]
struct EndpointRow<'a> {
    /// `found` or `other`.
    #[serde(skip)]
    role: &'static str,
    ping_url: &'a str,
    source: &'a str,
    identifier: Option<&'a str>,
    title: Option<&'a str>,
}

impl Row for EndpointRow<'_> {
    const FIELDS: &'static [&'static str] = &["role", "ping_url", "source", "identifier", "title"];

    fn plain_field(&self, name: &str) -> Option<&str> {
        (name == "role").then_some(self.role)
    }

    fn terminal(&self) -> Vec<String> {
        let (identifier, title) = (self.identifier.unwrap_or(""), self.title.unwrap_or(""));
        let mut lines = vec![format!(
            "{}  {}  ({})",
            self.role, self.ping_url, self.source
        )];
        if !identifier.is_empty() || !title.is_empty() {
            lines.push(format!("       for {identifier} {title}"));
        }
        lines
    }
}

#[derive(Serialize)]
struct DiscoveryJson<'a> {
    page: &'a str,
    found: Vec<EndpointRow<'a>>,
    others: Vec<EndpointRow<'a>>,
    rsd: Option<&'a str>,
    feed: Option<&'a str>,
    guessed: Option<&'a str>,
}

/// How long to wait for a run of `tb send` that has locked the ledger.
const LEDGER_TIMEOUT: Duration = Duration::from_secs(10);

pub(super) fn ping(shell: &mut Shell, flags: &PingArgs) -> Result<ExitStatus> {
    let config = shell.config_if_any()?;
    let site_name = config.as_ref().map(|config| config.site_name.as_str());
    let blog_name = flags.blog_name.as_deref().or(site_name).unwrap_or_default();
    // The arguments are text; the fields of a ping are read as markup.
    let [title, excerpt, blog_name] = [&flags.title, &flags.excerpt, blog_name].map(escape_xml);
    let ping = Ping::new(&flags.url, &title, &excerpt, &blog_name)
        .map_err(|refusal| Error::Usage(format!("--url: {}", refusal.message())))?;
    let client = send::client(config.as_ref(), Timeout::Shell);
    let to = match (&flags.to, &flags.page) {
        (Some(to), _) => Address::of(to.clone()),
        (None, Some(page)) => {
            let page = arxiv_page(page).unwrap_or_else(|| page.clone());
            match Address::find(&client, &page, &rules(flags, config.as_ref())) {
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
    let outcome = match flags.ledger.as_ref().or(configured) {
        Some(path) => {
            let mut ledger = Ledger::open(path, LEDGER_TIMEOUT)?;
            ledger.warnings.iter().for_each(|warning| warn(warning));
            send::recorded(&client, &mut ledger, &to, &ping, shell.now)?
        }
        None => send::ping(&client, &to, &ping, shell.now),
    };
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

/// Prints the reply.
fn print_outcome(
    shell: &mut Shell,
    flags: &PingArgs,
    ping_url: &Url,
    outcome: &PingOutcome,
    word: &str,
) -> Result<ExitStatus> {
    if flags.json {
        let next = match outcome {
            PingOutcome::Later(limit) => limit.not_before,
            PingOutcome::Accepted
            | PingOutcome::Refused(_)
            | PingOutcome::Uncertain(_)
            | PingOutcome::Failed(_) => None,
        };
        shell.out.json(&ReplyRow {
            outcome: word,
            ping_url: Some(ping_url.as_str()),
            message: outcome.answer(),
            next,
        })?;
    }
    match outcome {
        PingOutcome::Accepted if flags.json => {}
        PingOutcome::Accepted => shell.out.line(&format!("accepted by {ping_url}"))?,
        PingOutcome::Refused(_) if flags.json => {}
        PingOutcome::Refused(message) => {
            warn(&format!("`{ping_url}` refused the ping: {message}"));
        }
        PingOutcome::Later(limit) => {
            let when = limit
                .not_before
                .map_or(String::new(), |time| format!(" before {time}"));
            let said = &limit.answer;
            warn(&format!(
                "`{ping_url}` accepts no more pings for now{when}: {said}"
            ));
        }
        PingOutcome::Uncertain(why) => {
            warn(&format!(
                "`{ping_url}` may or may not have received the ping: {why}"
            ));
        }
        PingOutcome::Failed(why) => warn(&format!("`{ping_url}`: {why}")),
    }
    Ok(match outcome {
        PingOutcome::Accepted => ExitStatus::Done,
        PingOutcome::Refused(_)
        | PingOutcome::Later(_)
        | PingOutcome::Uncertain(_)
        | PingOutcome::Failed(_) => ExitStatus::Failed,
    })
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
    }
}

/// The names of an outcome: in the log, and in JSON.
fn outcome_names(outcome: &PingOutcome) -> (EventName, &'static str) {
    match outcome {
        PingOutcome::Accepted => (EventName::Sent, "accepted"),
        PingOutcome::Refused(_) => (EventName::SentRefused, "refused"),
        PingOutcome::Later(_) => (EventName::SentLater, "later"),
        PingOutcome::Uncertain(_) => (EventName::SentUncertain, "uncertain"),
        PingOutcome::Failed(_) => (EventName::SentFailed, "failed"),
    }
}

pub(super) fn discover(shell: &mut Shell, flags: &DiscoverArgs) -> Result<ExitStatus> {
    let config = shell.config_if_any()?;
    let client = send::client(config.as_ref(), Timeout::Shell);
    let page = arxiv_page(&flags.page).unwrap_or_else(|| flags.page.clone());
    let (discovery, fetched) = send::discover(&client, &page)?;
    let usual = guess_at(&fetched).filter(|_| discovery.found.is_empty());
    let guessed = usual.as_ref().filter(|_| flags.guess_wordpress);
    if flags.json {
        shell.out.json(&DiscoveryJson {
            page: page.as_str(),
            found: rows("found", &discovery.found),
            others: rows("other", &discovery.others),
            rsd: discovery.rsd.as_ref().map(Url::as_str),
            feed: discovery.feed.as_ref().map(Url::as_str),
            guessed: guessed.map(Url::as_str),
        })?;
    } else {
        let mut all = rows("found", &discovery.found);
        all.extend(rows("other", &discovery.others));
        all.iter().try_for_each(|row| shell.out.print(row))?;
        if let Some(rsd) = &discovery.rsd {
            shell.out.row(&["rsd", rsd.as_str()])?;
        }
        if let Some(ping_url) = guessed {
            let line = format!("guessed  {ping_url}  (WordPress)");
            let fields = ["guessed", ping_url.as_str(), "wordpress"];
            shell.out.line_or_row(&line, &fields)?;
        }
    }
    match (&usual, guessed) {
        _ if !discovery.found.is_empty() => Ok(ExitStatus::Done),
        (_, Some(_)) => Ok(ExitStatus::Done),
        (usual, None) => {
            let hint = usual.as_ref().map_or("", |_| WORDPRESS_HINT);
            let colon = if hint.is_empty() { "" } else { ": " };
            warn(&format!(
                "`{page}` names no ping URL of its own{colon}{hint}"
            ));
            Ok(ExitStatus::Failed)
        }
    }
}

fn rows<'a>(role: &'static str, endpoints: &'a [FoundEndpoint]) -> Vec<EndpointRow<'a>> {
    let row = |found: &'a FoundEndpoint| EndpointRow {
        role,
        ping_url: found.ping_url.as_str(),
        source: found.source.name(),
        identifier: found.identifier.as_ref().map(Url::as_str),
        title: found.title.as_deref(),
    };
    endpoints.iter().map(row).collect()
}

/// Logs a ping in the installation's log, if there is an installation.
fn log(
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
