//! `tb thread`: follows a discussion across weblogs, prints it, and saves it for the site's readers.

use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use url::Url;

use super::output::{OutputMode, Row};
use super::parsers;
use super::shell::{ExitStatus, Shell, warn};
use crate::admission::{bans, entries};
use crate::config::{Config, Throttle};
use crate::discussion::{
    self, CrawlLimits, CrawlRoot, DiscussionPage, FetchStatus, Mention, Thread, render,
};
use crate::error::{Error, Refusal, Result};
use crate::fetch::Timeout;
use crate::language::Sentence;
use crate::linkback::trackback::TbId;
use crate::send;
use crate::send::run::SPACING;
use crate::store::Store;
use crate::urls::is_page;
use crate::web::views;

/// Follows a discussion from weblog to weblog
///
/// Finds the page's ping URL and fetches its list of pings, then does the same for each page on the list, and so on; at
/// most 300 pages. With --id it starts from an entry of this site and its published pings, and with --save it is saved
/// for the page tb.cgi?__mode=thread&tb_id=ID, which makes no requests. Unless the output is a terminal, each page is
/// one line of fields between tabs: number, the number of the page that it pinged, depth, standing, url, title,
/// blog name, time, what went wrong. Banned domains and words are left out. The exit code is 1 if the first page
/// has no pings that can be read.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("form").args(["tree", "html", "json", "dot"]))]
pub(super) struct ThreadArgs {
    /// The page [default: the permalink of the entry of --id]
    #[arg(value_name = "URL", value_parser = parsers::web_url, required_unless_present = "id")]
    page: Option<Url>,
    /// The id of the entry to start from
    #[arg(long, value_name = "ID", value_parser = parsers::tb_id)]
    id: Option<TbId>,
    /// How many levels of pings to follow
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = parsers::up_to::<10>)]
    depth: u8,
    /// How many pings of one page to show
    #[arg(long, value_name = "N", default_value_t = 30, value_parser = parsers::up_to::<99>)]
    breadth: u8,
    /// How many hosts are contacted at once; each gets one request a second
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = parsers::up_to::<64>)]
    jobs: u8,
    /// Draw the tree, even if the output is not a terminal
    #[arg(long)]
    tree: bool,
    /// Print a web page
    #[arg(long)]
    html: bool,
    /// Print one JSON object for each page
    #[arg(long)]
    json: bool,
    /// Print a graph for Graphviz
    #[arg(long)]
    dot: bool,
    /// Save it for the readers of the site
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
        Some(config) => find_own_entry(config, flags)?,
        None => None,
    };
    if let Some(OwnEntry { store, id }) = &own
        && store.pings(id)?.is_none()
    {
        warn(&format!("`{id}` has never had a ping"));
        return Ok(ExitStatus::Failed);
    }
    let root = crawl_root(config.as_ref(), own.as_ref(), flags)?;
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
    Ok(exit_status(&thread))
}

/// The entry named by `--id`, or with `--save` the entry at the named page.
fn find_own_entry(config: &Config, flags: &ThreadArgs) -> Result<Option<OwnEntry>> {
    let id = match (&flags.id, &flags.page) {
        (Some(id), _) => id.clone(),
        (None, Some(page)) if flags.save => {
            let store = Store::open(&config.data_dir)?;
            id_of(config, &store, page)?.ok_or_else(|| {
                Error::Usage(format!(
                    "`--save` is for an entry of this site; give the id of `{page}` with `--id`"
                ))
            })?
        }
        _ => return Ok(None),
    };
    let store = Store::open(&config.data_dir)?;
    Ok(Some(OwnEntry { store, id }))
}

/// Finds the id of an entry by its permalink.
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

fn crawl_root(
    config: Option<&Config>,
    own: Option<&OwnEntry>,
    flags: &ThreadArgs,
) -> Result<CrawlRoot> {
    let Some(OwnEntry { store, id }) = own else {
        let url = flags.page.clone();
        return Ok(CrawlRoot {
            url: url.ok_or_else(|| Error::Usage("a URL or `--id` is required".to_owned()))?,
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
                "the permalink of `{id}` is unknown; give its URL too, or see `tb entries`"
            ))
        })?;
    // One more than is shown, to know whether there are more.
    let most = usize::from(flags.breadth) + 1;
    Ok(CrawlRoot {
        url,
        title: info.title.unwrap_or_else(|| id.to_string()),
        mentions: Some(discussion::published(&pings, most)?),
    })
}

/// Whether a page is not banned. If the bans cannot be read, every page counts as banned.
fn is_wanted(store: &Store, mention: &Mention, settings: &CrawlLimits) -> bool {
    let found = bans::check(store, None, &mention.fields, &mention.url, settings.now);
    found.is_ok_and(|found| found.bans.is_empty())
}

/// Prints the progress on a terminal.
fn progress(depth: usize, pages: usize) {
    if io::stderr().is_terminal() {
        writeln!(io::stderr(), "tb: depth {depth}: fetching {pages} pages").ok();
    }
}

/// Fails if the first page has no discussion to follow.
fn exit_status(thread: &Thread) -> ExitStatus {
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
            warn(&format!("`{}`: {}", root.url, root.note()));
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
    let zone = config.map_or(jiff::tz::TimeZone::UTC, |config| config.zone.clone());
    shell.out.use_json_if(flags.json);
    if flags.html {
        let language = config.map(Config::language).unwrap_or_default();
        let html = html(config, own, &views::Discussion::of(thread, &zone, language));
        return shell.out.raw(html.as_bytes());
    }
    if flags.dot {
        return shell.out.lines(&render::dot(thread));
    }
    if let (true, false, Some(own)) = (flags.save, flags.tree || flags.json, own) {
        let count = thread.pages.len();
        let bad = thread.pages.iter().filter(|page| is_unread(page)).count();
        return shell.out.line(&format!(
            "saved for {}: {count} pages, of which {bad} could not be read",
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

fn is_unread(page: &DiscussionPage) -> bool {
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
        name: own.map_or(String::new(), |own| own.id.to_string()),
        ..discussion.clone()
    };
    let head = views::PageHead {
        title: discussion.language.say(Sentence::Discussion),
        language: discussion.language,
        feeds: &[],
    };
    views::page(&header, &footer, &head, &views::fragment(&page))
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
