//! `tb discover`: where a page takes notice of links to it. It needs no configuration.

use serde::Serialize;
use url::Url;

use super::output::Row;
use super::parsers;
use super::shell::{ExitStatus, Shell, warn};
use crate::error::Result;
use crate::fetch::Timeout;
use crate::linkback::Protocol;
use crate::linkback::discover::{FoundEndpoint, arxiv_page};
use crate::send;
use crate::send::ping_url::{WORDPRESS_HINT, guess as guess_at};

/// Shows which ping URLs and endpoints a page names, and how
///
/// `tb send` uses the endpoint for Webmentions, else the server for Pingbacks, else the first ping URL
/// found, which is the one that `tb ping --page` sends to; `other` ones belong to other entries on the
/// page. For a paper on arXiv.org the page of its abstract is read, which has the ping URL. The exit
/// code is 1 if nothing was found.
#[derive(Debug, clap::Args)]
pub(super) struct DiscoverArgs {
    /// The page
    #[arg(value_name = "URL", value_parser = parsers::web_url)]
    page: Url,
    /// Also show the usual ping URL of a WordPress page that names none
    #[arg(long)]
    guess_wordpress: bool,
    /// Print a JSON object: page, webmention, pingback, found, others, rsd, feed, guessed
    #[arg(long)]
    json: bool,
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
    webmention: Option<&'a str>,
    pingback: Option<&'a str>,
    found: Vec<EndpointRow<'a>>,
    others: Vec<EndpointRow<'a>>,
    rsd: Option<&'a str>,
    feed: Option<&'a str>,
    guessed: Option<&'a str>,
}

pub(super) fn run(shell: &mut Shell, flags: &DiscoverArgs) -> Result<ExitStatus> {
    let config = shell.config_if_any()?;
    let client = send::client_of(config.as_ref(), None, Timeout::Shell, &Protocol::ALL);
    let page = arxiv_page(&flags.page).unwrap_or_else(|| flags.page.clone());
    let (discovery, fetched) = send::discover(&client, &page)?;
    let usual = guess_at(&fetched).filter(|_| discovery.found.is_empty());
    let guessed = usual.as_ref().filter(|_| flags.guess_wordpress);
    if flags.json {
        shell.out.json(&DiscoveryJson {
            page: page.as_str(),
            webmention: discovery.webmention.as_ref().map(Url::as_str),
            pingback: discovery.pingback.as_ref().map(Url::as_str),
            found: rows("found", &discovery.found),
            others: rows("other", &discovery.others),
            rsd: discovery.rsd.as_ref().map(Url::as_str),
            feed: discovery.feed.as_ref().map(Url::as_str),
            guessed: guessed.map(Url::as_str),
        })?;
    } else {
        for (what, url) in [
            ("webmention", &discovery.webmention),
            ("pingback", &discovery.pingback),
        ] {
            if let Some(url) = url {
                let line = format!("{what}  {url}");
                shell.out.line_or_row(&line, &[what, url.as_str()])?;
            }
        }
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
    let is_mentioned = discovery.webmention.is_some() || discovery.pingback.is_some();
    match (&usual, guessed) {
        _ if is_mentioned || !discovery.found.is_empty() => Ok(ExitStatus::Done),
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
