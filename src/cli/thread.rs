//! `tb thread`: follows a discussion across weblogs, shows it, and keeps it for the site's readers.

use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use url::Url;

use super::output::{OutputMode, Row};
use super::parsers;
use super::shell::{ExitStatus, Shell, complain};
use crate::admission::{bans, entries};
use crate::config::{Config, Throttle};
use crate::discussion::{
    self, CrawlLimits, CrawlRoot, DiscussionPage, FetchStatus, Mention, Thread, render,
};
use crate::error::{Error, Refusal, Result};
use crate::fetch::Timeout;
use crate::linkback::trackback::TbId;
use crate::send;
use crate::send::run::SPACING;
use crate::store::Store;
use crate::urls::is_page;
use crate::web::views;

/// Follows a discussion from weblog to weblog
///
/// The page is asked for its ping URL, that for its list of pings, each page on the list for its own, and so on; at
/// most 300 pages. With --id it begins with an entry of this site and its published pings, and with --save it is
/// kept for the page tb.cgi?__mode=thread&tb_id=ID, which makes no requests. Where the output is no terminal each page is
/// one line of fields between tabs: number, the number of the page that it pinged, depth, standing, url, title,
/// blog name, time, what went wrong. Domains and words that are banned here are left out. The exit code is 1 if the
/// first page has no pings that can be read.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("form").args(["tree", "html", "json", "dot"]))]
pub(super) struct ThreadArgs {
    /// The page [default: the permalink of the entry of --id]
    #[arg(value_name = "URL", value_parser = parsers::web_url, required_unless_present = "id")]
    page: Option<Url>,
    /// The id of the entry that it begins with
    #[arg(long, value_name = "ID", value_parser = parsers::tb_id)]
    id: Option<TbId>,
    /// How many pings may lie between a page and the first
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=10))]
    depth: u8,
    /// How many pings of one page are shown
    #[arg(long, value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(u8).range(1..=99))]
    breadth: u8,
    /// How many hosts are asked at once; one host is asked once a second
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u8).range(1..=64))]
    jobs: u8,
    /// Draw the tree, also where the output is no terminal
    #[arg(long)]
    tree: bool,
    /// Print a web page
    #[arg(long)]
    html: bool,
    /// Print one JSON object a page
    #[arg(long)]
    json: bool,
    /// Print a graph for Graphviz
    #[arg(long)]
    dot: bool,
    /// Keep it for the readers of the site
    #[arg(long)]
    save: bool,
}

/// An entry of this installation.
struct OwnEntry {
    store: Store,
    id: TbId,
}

pub(super) fn run(shell: &mut Shell, flags: &ThreadArgs) -> Result<ExitStatus> {
    let config = match flags.id.is_some() || flags.save {
        true => Some(shell.config()?),
        false => shell.config_if_any()?,
    };
    let own = match &config {
        Some(config) => own(config, flags)?,
        None => None,
    };
    if let Some(OwnEntry { store, id }) = &own
        && store.pings(id)?.is_none()
    {
        complain(&format!("`{id}` has never had a ping"));
        return Ok(ExitStatus::Failed);
    }
    let root = root(config.as_ref(), own.as_ref(), flags)?;
    let store = config
        .as_ref()
        .and_then(|config| Store::open(&config.data_dir).ok());
    let client = send::client(config.as_ref(), Timeout::Shell);
    let laboratory = |config: &Config| config.throttle == Throttle::Off;
    let settings = CrawlLimits {
        depth: usize::from(flags.depth),
        breadth: usize::from(flags.breadth),
        spacing: match config.as_ref().is_some_and(laboratory) {
            true => Duration::ZERO,
            false => SPACING,
        },
        jobs: usize::from(flags.jobs),
        now: shell.now,
    };
    let wanted = |mention: &Mention| match &store {
        Some(store) => is_wanted(store, mention, &settings),
        None => true,
    };
    let thread = discussion::follow(&client, root, &settings, &wanted, &mut progress);
    if let (true, Some(own)) = (flags.save, &own) {
        discussion::save(&own.store, &own.id, &thread)?;
    }
    show(shell, flags, config.as_ref(), own.as_ref(), &thread)?;
    Ok(ending(&thread))
}

/// The entry that is named, or that the page is of where it is to be kept.
fn own(config: &Config, flags: &ThreadArgs) -> Result<Option<OwnEntry>> {
    let id = match (&flags.id, &flags.page) {
        (Some(id), _) => id.clone(),
        (None, Some(page)) if flags.save => {
            let store = Store::open(&config.data_dir)?;
            id_of(config, &store, page)?.ok_or_else(|| {
                Error::Usage(format!(
                    "`--save` keeps the discussion of an entry of this site; `--id` says which id `{page}` has"
                ))
            })?
        }
        _ => return Ok(None),
    };
    let store = Store::open(&config.data_dir)?;
    Ok(Some(OwnEntry { store, id }))
}

/// The id of an entry by its permalink.
fn id_of(config: &Config, store: &Store, page: &Url) -> Result<Option<TbId>> {
    let known = entries::load(store)?.entries.into_iter();
    let is_it = |url: &Option<Url>| url.as_ref().is_some_and(|url| is_page(url, page));
    let mut known = known.filter(|(_, info)| is_it(&info.url));
    if let Some((id, _)) = known.next() {
        return Ok(Some(id));
    }
    Ok(config
        .entry
        .as_ref()
        .and_then(|pattern| pattern.id_of(page)))
}

fn root(config: Option<&Config>, own: Option<&OwnEntry>, flags: &ThreadArgs) -> Result<CrawlRoot> {
    let Some(OwnEntry { store, id }) = own else {
        let url = flags.page.clone();
        return Ok(CrawlRoot {
            url: url.ok_or_else(|| Error::Usage("a URL or `--id`".to_owned()))?,
            title: String::new(),
            mentions: None,
        });
    };
    let pings = store.pings(id)?.ok_or(Refusal::NoSuchPing)?;
    let info = entries::find(store, id)?.unwrap_or_default();
    let pattern = config.and_then(|config| config.entry.as_ref());
    let url = flags.page.clone().or(info.url);
    let url = url
        .or_else(|| pattern.and_then(|pattern| pattern.url_of(id)))
        .ok_or_else(|| {
            Error::Usage(format!(
                "it is not known where `{id}` is published; give its URL too, or see `tb entries`"
            ))
        })?;
    // One more than is shown, to know whether there is more.
    let most = usize::from(flags.breadth) + 1;
    Ok(CrawlRoot {
        url,
        title: info.title.unwrap_or_else(|| id.to_string()),
        mentions: Some(discussion::published(&pings, most)?),
    })
}

/// Whether the owner has nothing against a page. Where the bans cannot be read, nothing is wanted.
fn is_wanted(store: &Store, mention: &Mention, settings: &CrawlLimits) -> bool {
    let found = bans::check(store, None, &mention.said, &mention.url, settings.now);
    found.is_ok_and(|found| found.bans.is_empty())
}

/// Tells somebody who waits that it goes on.
fn progress(depth: usize, pages: usize) {
    if io::stderr().is_terminal() {
        writeln!(io::stderr(), "tb: depth {depth}: asking {pages} pages").ok();
    }
}

/// Whether there was a discussion to follow.
fn ending(thread: &Thread) -> ExitStatus {
    let Some(root) = thread.pages.first() else {
        return ExitStatus::Failed;
    };
    match root.standing {
        FetchStatus::Read => ExitStatus::Done,
        FetchStatus::NoPingUrl
        | FetchStatus::NoList
        | FetchStatus::Unreachable
        | FetchStatus::Deep
        | FetchStatus::TooMany
        | FetchStatus::Again => {
            complain(&format!("`{}`: {}", root.url, root.note()));
            ExitStatus::Failed
        }
    }
}

fn show(
    shell: &mut Shell,
    flags: &ThreadArgs,
    config: Option<&Config>,
    own: Option<&OwnEntry>,
    thread: &Thread,
) -> Result<()> {
    let zone = config.map_or(Ok(jiff::tz::TimeZone::UTC), Config::zone)?;
    shell.out.as_json_if(flags.json);
    if flags.html {
        let html = html(config, own, &views::Discussion::of(thread, &zone));
        return shell.out.raw(html.as_bytes());
    }
    if flags.dot {
        return shell.out.lines(&render::dot(thread));
    }
    if let (true, false, Some(own)) = (flags.save, flags.tree || flags.json, own) {
        let count = thread.pages.len();
        let bad = thread.pages.iter().filter(|page| is_bad(page)).count();
        return shell.out.line(&format!(
            "kept for {}: {count} pages, of which {bad} could not be read",
            own.id
        ));
    }
    if flags.tree || shell.out.mode() == OutputMode::Terminal {
        let lines = render::lines(thread, &zone);
        return lines.iter().try_for_each(|line| shell.out.line(line));
    }
    thread
        .pages
        .iter()
        .try_for_each(|page| shell.out.print(page))
}

fn is_bad(page: &DiscussionPage) -> bool {
    matches!(
        page.standing,
        FetchStatus::Unreachable | FetchStatus::NoList
    )
}

fn html(config: Option<&Config>, own: Option<&OwnEntry>, discussion: &views::Discussion) -> String {
    let header = config.map_or(
        crate::config::DEFAULT_HEADER.to_owned(),
        Config::header_text,
    );
    let footer = config.map_or(
        crate::config::DEFAULT_FOOTER.to_owned(),
        Config::footer_text,
    );
    let page = views::Discussion {
        tb_id: own.map_or(String::new(), |own| own.id.to_string()),
        ..discussion.clone()
    };
    views::page(&header, &footer, "Discussion", &views::fragment(&page))
}

impl Row for DiscussionPage {
    const FIELDS: &'static [&'static str] = &[
        "number",
        "parent",
        "depth",
        "standing",
        "url",
        "title",
        "blog_name",
        "time",
        "why",
    ];
}
