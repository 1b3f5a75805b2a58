//! `tb ping` and `tb discover`: what the send form does, and what it finds. Neither needs a configuration.

use std::path::PathBuf;
use std::time::Duration;

use serde::Serialize;
use url::Url;

use super::out::Face;
use super::{Ending, Shell, complain, values};
use crate::config::Config;
use crate::error::{Error, Result};
use crate::net::Patience;
use crate::send::{self, Ledger, Target};
use crate::store::{Event, Store};
use crate::text::escape_xml;
use crate::trackback::discover::{Discovery, Found, arxiv_page};
use crate::trackback::{Ping, Reply};

/// Sends one ping and says what the other side answered
///
/// To a ping URL, or to the one that a page names. The texts are plain: `<` is a less-than sign. The
/// exit code is 0 only if the other side said that it took the ping.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("target").required(true).args(["to", "page"]))]
pub(super) struct PingFlags {
    /// The ping URL to send it to
    #[arg(long, value_name = "URL", value_parser = values::web_url)]
    to: Option<Url>,
    /// The page that you wrote about; its ping URL is looked for
    #[arg(long, value_name = "URL", value_parser = values::web_url)]
    page: Option<Url>,
    /// Your entry, which links there
    #[arg(long, value_name = "URL")]
    url: String,
    /// Its title [default: its URL]
    #[arg(long, default_value = "", hide_default_value = true)]
    title: String,
    /// Its beginning, or what it says
    #[arg(long, default_value = "", hide_default_value = true)]
    excerpt: String,
    /// The name of your weblog [default: site_name, where there is a configuration]
    #[arg(long, value_name = "NAME")]
    blog_name: Option<String>,
    /// Note it in this ledger of `tb send` [default: ledger in the configuration, else in none]
    #[arg(long, value_name = "FILE")]
    ledger: Option<PathBuf>,
    /// Print a JSON object: outcome (accepted, refused or failed), ping_url, message
    #[arg(long)]
    json: bool,
}

/// Shows which ping URLs a page names, and how
///
/// The first one found is the one that `tb ping --page` sends to; `other` ones belong to other
/// entries that the page shows. For a paper on arXiv.org its abstract is looked at, which carries the
/// ping URL. The exit code is 1 if nothing was found.
#[derive(Debug, clap::Args)]
pub(super) struct DiscoverFlags {
    /// The page
    #[arg(value_name = "URL", value_parser = values::web_url)]
    page: Url,
    /// Print a JSON object: page, found, others, rsd, feed
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Told<'a> {
    outcome: &'a str,
    ping_url: Option<&'a str>,
    message: Option<&'a str>,
}

#[derive(Serialize)]
struct FoundJson<'a> {
    ping_url: &'a str,
    source: &'a str,
    identifier: Option<&'a str>,
    title: Option<&'a str>,
}

#[derive(Serialize)]
struct DiscoveryJson<'a> {
    page: &'a str,
    found: Vec<FoundJson<'a>>,
    others: Vec<FoundJson<'a>>,
    rsd: Option<&'a str>,
    feed: Option<&'a str>,
}

/// How long a run of `tb send` that has the ledger is waited for.
const LEDGER_PATIENCE: Duration = Duration::from_secs(10);

pub(super) fn ping(shell: &mut Shell, flags: &PingFlags) -> Result<Ending> {
    let config = shell.config_if_any()?;
    let site_name = config.as_ref().map(|config| config.site_name.as_str());
    let blog_name = flags.blog_name.as_deref().or(site_name).unwrap_or_default();
    // What is typed is text; a ping's fields are read as markup.
    let [title, excerpt, blog_name] = [&flags.title, &flags.excerpt, blog_name].map(escape_xml);
    let ping = Ping::new(&flags.url, &title, &excerpt, &blog_name)
        .map_err(|refusal| Error::Usage(format!("--url: {}", refusal.message())))?;
    let target = match (&flags.to, &flags.page) {
        (Some(to), _) => Target::PingUrl(to.clone()),
        (None, Some(page)) => Target::Page(arxiv_page(page).unwrap_or_else(|| page.clone())),
        (None, None) => return Err(Error::Usage("one of `--to` and `--page`".to_owned())),
    };
    let client = send::client(config.as_ref(), Patience::Shell);
    let configured = config.as_ref().and_then(|config| config.ledger.as_ref());
    let sent = match flags.ledger.as_ref().or(configured) {
        Some(path) => {
            let mut ledger = Ledger::open(path, LEDGER_PATIENCE)?;
            ledger.warnings.iter().for_each(|warning| complain(warning));
            send::recorded(&client, &mut ledger, &target, &ping, shell.now)
        }
        None => send::ping(&client, &target, &ping),
    };
    log(shell, config.as_ref(), &target, &ping, &sent);
    let sent = match sent {
        Ok(sent) => sent,
        Err(error) => {
            if flags.json {
                let message = error.to_string();
                shell.out.json(&Told {
                    outcome: "failed",
                    ping_url: flags.to.as_ref().map(Url::as_str),
                    message: Some(&message),
                })?;
            }
            return Err(error);
        }
    };
    let ping_url = sent.ping_url.as_str();
    let (outcome, message) = match &sent.reply {
        Reply::Accepted => ("accepted", None),
        Reply::Refused(message) => ("refused", Some(message.as_str())),
        Reply::Unreadable => ("failed", None),
    };
    if flags.json {
        shell.out.json(&Told {
            outcome,
            ping_url: Some(ping_url),
            message,
        })?;
    } else if sent.reply == Reply::Accepted {
        shell.out.line(&format!("accepted by {ping_url}"))?;
    } else {
        let message = message.unwrap_or("no answer that says anything");
        complain(&format!("`{ping_url}` refused the ping: {message}"));
    }
    Ok(match sent.reply {
        Reply::Accepted => Ending::Done,
        Reply::Refused(_) | Reply::Unreadable => Ending::Failed,
    })
}

pub(super) fn discover(shell: &mut Shell, flags: &DiscoverFlags) -> Result<Ending> {
    let config = shell.config_if_any()?;
    let client = send::client(config.as_ref(), Patience::Shell);
    let page = arxiv_page(&flags.page).unwrap_or_else(|| flags.page.clone());
    let discovery = send::discover(&client, &page)?;
    if flags.json {
        shell.out.json(&DiscoveryJson {
            page: page.as_str(),
            found: discovery.found.iter().map(found_json).collect(),
            others: discovery.others.iter().map(found_json).collect(),
            rsd: discovery.rsd.as_ref().map(Url::as_str),
            feed: discovery.feed.as_ref().map(Url::as_str),
        })?;
    } else {
        print(shell, &discovery)?;
    }
    if discovery.found.is_empty() {
        complain(&format!("`{page}` names no ping URL of its own"));
        return Ok(Ending::Failed);
    }
    Ok(Ending::Done)
}

fn print(shell: &mut Shell, discovery: &Discovery) -> Result<()> {
    let found = discovery.found.iter().map(|found| ("found", found));
    let others = discovery.others.iter().map(|other| ("other", other));
    for (word, found) in found.chain(others) {
        let (ping_url, source) = (found.ping_url.as_str(), found.source.name());
        let identifier = found.identifier.as_ref().map_or("", Url::as_str);
        let title = found.title.as_deref().unwrap_or_default();
        match shell.out.face() {
            Face::Plain => shell
                .out
                .row(&[word, ping_url, source, identifier, title])?,
            Face::Terminal => {
                shell.out.line(&format!("{word}  {ping_url}  ({source})"))?;
                if !identifier.is_empty() || !title.is_empty() {
                    shell
                        .out
                        .line(&format!("       for {identifier} {title}"))?;
                }
            }
        }
    }
    match &discovery.rsd {
        Some(rsd) => shell.out.row(&["rsd", rsd.as_str()]),
        None => Ok(()),
    }
}

fn found_json(found: &Found) -> FoundJson<'_> {
    FoundJson {
        ping_url: found.ping_url.as_str(),
        source: found.source.name(),
        identifier: found.identifier.as_ref().map(Url::as_str),
        title: found.title.as_deref(),
    }
}

/// Notes a ping in the installation's log, where there is an installation.
fn log(
    shell: &Shell,
    config: Option<&Config>,
    target: &Target,
    ping: &Ping,
    sent: &Result<send::Sent>,
) {
    let Some(store) = config.and_then(|config| Store::open(&config.data_dir).ok()) else {
        return;
    };
    let asked = match target {
        Target::PingUrl(url) | Target::Page(url) => url,
    };
    let (what, to, said) = match sent {
        Ok(sent) => match &sent.reply {
            Reply::Accepted => ("sent", &sent.ping_url, None),
            Reply::Refused(message) => ("sent-refused", &sent.ping_url, Some(message.clone())),
            Reply::Unreadable => ("sent-failed", &sent.ping_url, None),
        },
        Err(error) => ("sent-failed", asked, Some(error.to_string())),
    };
    let event = Event::new(shell.now, what)
        .with("to", to.as_str())
        .with("url", ping.url.as_str())
        .with("said", said)
        .with("by", "shell");
    store.log(&event);
}
