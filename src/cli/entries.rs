//! `tb entries`: the entries behind the ids, learnt from the weblog itself.

use std::collections::{BTreeMap, HashSet};

use jiff::Timestamp;
use serde::Serialize;
use url::Url;

use super::output::{Row, field};
use super::parsers::{self, OneOf};
use super::shell::{ExitStatus, Shell, warn};
use crate::admission::entries::{self, IdFrom, NotAnEntry, Prune, SyncReport, WeblogEntry};
use crate::error::Result;
use crate::feeds;
use crate::fetch::Timeout;
use crate::linkback::trackback::TbId;
use crate::order;
use crate::send;
use crate::sources::{self, SkipReason, Skipped, Source, SourceItem, SourceKind, SourceOptions};
use crate::store::{DryRun, Store};
use crate::text::crop;
use crate::urls::{page_key, parse_web};

/// Learns which entries the weblog has, and lists or forgets them
///
/// Without a command, lists the known entries; unless the output is a terminal, each is one line of fields between tabs:
/// id, date, permalink, title, and `passphrase` if it has one.
///
/// `ids = "known"` and `close_after` need this, and so does checking that a ping's page links to the entry itself.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct EntriesArgs {
    #[command(subcommand)]
    command: Option<EntriesCommand>,
    #[command(flatten)]
    list: EntriesListArgs,
}

#[derive(Debug, clap::Subcommand)]
enum EntriesCommand {
    Sync(EntriesSyncArgs),
    /// Lists the known entries, as `tb entries` does
    #[command(hide = true)]
    List(EntriesListArgs),
    #[command(alias = "forget")]
    Remove(EntriesForgetArgs),
}

/// Learns the entries' permalinks, titles and dates
///
/// Reads a sitemap or a feed (RSS, Atom, JSON Feed), as a file or a URL, or the folder of a built site. An entry's id is
/// made from its permalink: by `entry` in the configuration, or else as --id says. URLs outside `site`, the home page,
/// lists of entries and feeds are left out, and counted. Passphrases are kept; of two entries with the same id the first
/// is used. Unless the output is a terminal, each change is one line of fields between tabs: added, changed or
/// removed; id; permalink.
#[derive(Debug, clap::Args)]
struct EntriesSyncArgs {
    /// The sitemap, the feed, or the folder
    #[arg(value_name = "SITEMAP-OR-FEED-OR-FOLDER")]
    source: String,
    /// Without `entry` in the configuration: `last-segment` of the permalink's path, or all of the `path`
    #[arg(long, value_name = "RULE", value_parser = ID_RULE, hide_possible_values = true, default_value = "last-segment")]
    id: IdRule,
    /// The URL that the folder is published at, for pages that do not name it
    #[arg(long, value_name = "URL", value_parser = parsers::web_url)]
    base_url: Option<Url>,
    /// Print what would change and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Forget the entries that the source does not have, unless they have a passphrase
    #[arg(long)]
    prune: bool,
}

#[derive(Debug, clap::Args)]
struct EntriesListArgs {
    /// Print one JSON object a line: tb_id, url, title, published, passphrase (true or false)
    #[arg(long)]
    json: bool,
}

/// Forgets entries, their passphrases too; their pings stay
#[derive(Debug, clap::Args)]
struct EntriesForgetArgs {
    /// The ids, as in the ping URLs
    #[arg(required = true, value_name = "ID", value_parser = parsers::tb_id)]
    ids: Vec<TbId>,
}

/// How an id is made if the configuration does not say.
#[derive(Debug, Clone, Copy)]
enum IdRule {
    LastSegment,
    Path,
}

#[derive(Serialize)]
struct EntryRow<'a> {
    tb_id: &'a str,
    url: Option<&'a str>,
    title: Option<&'a str>,
    published: Option<Timestamp>,
    passphrase: bool,
    #[serde(skip)]
    date: String,
}

impl EntryRow<'_> {
    fn passphrase_mark(&self) -> &'static str {
        if self.passphrase { "passphrase" } else { "" }
    }
}

impl Row for EntryRow<'_> {
    const FIELDS: &'static [&'static str] = &["tb_id", "date", "url", "title", "passphrase"];

    fn plain_field(&self, name: &str) -> Option<&str> {
        match name {
            "date" => Some(&self.date),
            "passphrase" => Some(self.passphrase_mark()),
            _ => None,
        }
    }

    fn terminal(&self) -> Vec<String> {
        let (id, date, private) = (self.tb_id, &self.date, self.passphrase_mark());
        let (title, url) = (field(self.title), field(self.url));
        vec![
            format!("{id}  {date:<10}  {title}  {private}"),
            format!("       {url}"),
        ]
    }
}

pub(super) fn run(shell: &mut Shell, flags: &EntriesArgs) -> Result<ExitStatus> {
    match &flags.command {
        Some(EntriesCommand::Sync(flags)) => sync(shell, flags),
        Some(EntriesCommand::Remove(flags)) => forget(shell, &flags.ids),
        Some(EntriesCommand::List(flags)) => list(shell, flags),
        None => list(shell, &flags.list),
    }
}

const ID_RULE: OneOf<IdRule> = OneOf::new(&["last-segment", "path"], |text| match text {
    "last-segment" => Some(IdRule::LastSegment),
    "path" => Some(IdRule::Path),
    _ => None,
});

fn sync(shell: &mut Shell, flags: &EntriesSyncArgs) -> Result<ExitStatus> {
    let config = shell.config()?;
    let store = Store::open(&config.data_dir)?;
    let from = match (&config.entry, flags.id) {
        (Some(pattern), _) => IdFrom::Pattern(pattern),
        (None, IdRule::LastSegment) => IdFrom::LastSegment,
        (None, IdRule::Path) => IdFrom::Path,
    };
    let options = SourceOptions {
        base_url: flags.base_url.clone(),
        sites: config.site.clone(),
        ..SourceOptions::default()
    };
    let source = Source::parse(&flags.source);
    let client = send::client(Some(&config), Timeout::Shell);
    let mut found = SourceEntries::default();
    let pages: Vec<Url> = config.site.iter().chain(&flags.base_url).cloned().collect();
    let read = sources::for_each(&source, &options, &client, shell.now, &mut |item| {
        match item {
            SourceItem::Entry(entry) => match entries::not_an_entry(&entry.permalink, &pages) {
                Some(reason) => found.leave_out(reason, &entry.permalink),
                None => found.pages.push(ListedPage::of(entry)),
            },
            SourceItem::Skipped(skipped) => found.report_skipped(skipped),
        }
        Ok(())
    });
    let (kind, _) = read?;
    found.collect_entries(from, kind);
    found.print_warnings(from, kind);
    let prune = if flags.prune && found.faults == 0 && !found.learnt.is_empty() {
        Prune::Yes
    } else {
        Prune::No
    };
    if flags.prune && prune == Prune::No {
        warn("no entry was removed, because the source could not be read completely");
    }
    let dry_run = if flags.dry_run {
        DryRun::Yes
    } else {
        DryRun::No
    };
    let synced = entries::sync(&store, &found.learnt, prune, dry_run)?;
    if dry_run == DryRun::No {
        let renamed = [&synced.added, &synced.changed, &synced.removed];
        for ids in renamed {
            feeds::rewrite_static(&config, &store, ids, shell.now)?;
        }
    }
    print(shell, &found.learnt, &synced, dry_run)?;
    let whole = found.faults == 0 && !found.learnt.is_empty() && synced.damaged.is_empty();
    Ok(if whole {
        ExitStatus::Done
    } else {
        ExitStatus::Failed
    })
}

/// What was read from a source.
#[derive(Default)]
struct SourceEntries {
    learnt: Vec<WeblogEntry>,
    /// Pages that may be entries, until the whole source is read.
    pages: Vec<ListedPage>,
    /// The permalinks by their ids.
    permalinks: BTreeMap<TbId, Url>,
    /// How many permalinks give no id, and one of them.
    without_id: usize,
    example: Option<Url>,
    /// How many URLs are not entries, and one of them, by reason.
    left_out: BTreeMap<NotAnEntry, (usize, Url)>,
    /// How many items could not be read.
    faults: usize,
}

/// A page of the source that may be an entry.
struct ListedPage {
    permalink: Url,
    title: String,
    published: Option<Timestamp>,
    updated: Option<Timestamp>,
}

impl ListedPage {
    fn of(entry: sources::Entry) -> ListedPage {
        ListedPage {
            permalink: entry.permalink,
            title: entry.title,
            published: entry.published,
            updated: entry.updated,
        }
    }
}

impl SourceEntries {
    /// Turns the pages into entries, except for pages of a sitemap with others below them in the path: those are lists.
    fn collect_entries(&mut self, from: IdFrom<'_>, kind: SourceKind) {
        let pages = std::mem::take(&mut self.pages);
        let mut above = HashSet::new();
        for page in &pages {
            let mut key = page_key(&page.permalink);
            while let Some((folder, _)) = key.rsplit_once('/') {
                key = folder.to_owned();
                above.insert(key.clone());
            }
        }
        for mut page in pages {
            // Generators write the time of the last build into sitemaps.
            page.updated = page.updated.filter(|_| kind != SourceKind::Sitemap);
            if page.title.is_empty() && above.contains(&page_key(&page.permalink)) {
                self.leave_out(NotAnEntry::List, &page.permalink);
            } else {
                self.add_entry(page, from);
            }
        }
    }

    fn add_entry(&mut self, entry: ListedPage, from: IdFrom<'_>) {
        let Some(id) = from.id_of(&entry.permalink) else {
            self.without_id += 1;
            self.example.get_or_insert(entry.permalink);
            return;
        };
        if let Some(first) = self.permalinks.get(&id) {
            warn(&format!(
                "`{}` and `{first}` have the same id, `{id}`: only the second is used",
                entry.permalink
            ));
            return;
        }
        self.permalinks.insert(id.clone(), entry.permalink.clone());
        self.learnt.push(WeblogEntry {
            id,
            url: entry.permalink,
            title: entry.title,
            published: entry.published,
            updated: entry.updated,
        });
    }

    fn leave_out(&mut self, reason: NotAnEntry, url: &Url) {
        let (count, _) = self
            .left_out
            .entry(reason)
            .or_insert_with(|| (0, url.clone()));
        *count += 1;
    }

    fn report_skipped(&mut self, skipped: Skipped) {
        let what = crop(&skipped.what, 300, "…");
        match &skipped.why {
            SkipReason::Broken(_)
            | SkipReason::BadItem(_)
            | SkipReason::Unreadable(_)
            | SkipReason::TooLarge => {
                self.faults += 1;
                warn(&format!("`{what}`: {}", skipped.why));
            }
            SkipReason::NoPermalink
            | SkipReason::CanonicalIsHome
            | SkipReason::OlderInAnotherFeed => warn(&format!("`{what}`: {}", skipped.why)),
            SkipReason::Elsewhere => {
                if let Some(url) = parse_web(&skipped.what) {
                    self.leave_out(NotAnEntry::Elsewhere, &url);
                }
            }
            SkipReason::SeveralEntries => {
                if let Some(url) = parse_web(&skipped.what) {
                    self.leave_out(NotAnEntry::List, &url);
                }
            }
            SkipReason::Draft
            | SkipReason::Future
            | SkipReason::Old
            | SkipReason::NotAnEntry
            | SkipReason::Redirect
            | SkipReason::NoIndex
            | SkipReason::Twice
            | SkipReason::NoContent
            | SkipReason::LinksElsewhere
            | SkipReason::Empty
            | SkipReason::OnlyAddresses
            | SkipReason::FrontPage(_)
            | SkipReason::OnlySummary(_)
            | SkipReason::TooManyLinks => {}
        }
    }

    fn print_warnings(&self, from: IdFrom<'_>, kind: SourceKind) {
        for (reason, (count, example)) in &self.left_out {
            let reason = reason.reason();
            let example = crop(example.as_str(), 300, "…");
            warn(&format!("left out: {count}, {reason}, such as `{example}`"));
        }
        let Some(example) = &self.example else {
            if self.learnt.is_empty() {
                warn("no entries found");
            }
            return;
        };
        let rule = match from {
            IdFrom::Pattern(_) => "by `entry` in the configuration",
            IdFrom::LastSegment | IdFrom::Path => "from their paths",
        };
        let without_id = self.without_id;
        // A sitemap also lists pages such as the home page; only if no permalink gives an id something is wrong.
        if self.learnt.is_empty() {
            warn(&format!(
                "none of {without_id} permalinks gives an id {rule}; one is `{example}`"
            ));
        } else if kind != SourceKind::Sitemap {
            warn(&format!(
                "left out: {without_id} without an id {rule}, such as `{example}`"
            ));
        }
    }
}

fn print(
    shell: &mut Shell,
    learnt: &[WeblogEntry],
    synced: &SyncReport,
    dry_run: DryRun,
) -> Result<()> {
    let permalinks: BTreeMap<&TbId, &Url> =
        order::map(learnt.iter().map(|one| (&one.id, &one.url)));
    for id in &synced.damaged {
        warn(&format!(
            "the entry of `{id}` is damaged; `tb entries remove {id}` removes it"
        ));
    }
    let lists = [
        ("added", &synced.added),
        ("changed", &synced.changed),
        ("removed", &synced.removed),
    ];
    for (word, ids) in lists {
        for id in ids {
            let url = permalinks.get(id).map_or("", |url| url.as_str());
            let line = format!("{word:<8} {id}  {url}");
            shell.out.line_or_row(&line, &[word, id.as_str(), url])?;
        }
    }
    let would = match dry_run {
        DryRun::No => "",
        DryRun::Yes => " (dry run)",
    };
    shell.out.note(&format!(
        "{} added, {} changed, {} removed, {} unchanged{would}.",
        synced.added.len(),
        synced.changed.len(),
        synced.removed.len(),
        synced.unchanged
    ))
}

fn list(shell: &mut Shell, flags: &EntriesListArgs) -> Result<ExitStatus> {
    let config = shell.config()?;
    let zone = &config.zone;
    let known = entries::load(&Store::open(&config.data_dir)?)?;
    shell.out.use_json_if(flags.json);
    if known.entries.is_empty() {
        shell
            .out
            .note("No entries are known; `tb entries sync` learns them.")?;
    }
    let date = |time: Timestamp| time.to_zoned(zone.clone()).date();
    for (id, info) in &known.entries {
        shell.out.print(&EntryRow {
            tb_id: id.as_str(),
            url: info.url.as_ref().map(Url::as_str),
            title: info.title.as_deref(),
            published: info.published,
            passphrase: info.passphrase.is_some(),
            date: field(info.published.map(date)),
        })?;
    }
    for id in &known.damaged {
        warn(&format!("the entry of `{id}` is damaged"));
    }
    Ok(if known.damaged.is_empty() {
        ExitStatus::Done
    } else {
        ExitStatus::Failed
    })
}

fn forget(shell: &mut Shell, ids: &[TbId]) -> Result<ExitStatus> {
    let config = shell.config()?;
    let store = Store::open(&config.data_dir)?;
    let mut ids = ids.to_vec();
    order::sort(&mut ids);
    ids.dedup();
    let unknown = entries::forget(&store, &ids)?;
    feeds::rewrite_static(&config, &store, &ids, shell.now)?;
    for id in &unknown {
        warn(&format!("`{id}` is not a known entry"));
    }
    Ok(if unknown.is_empty() {
        ExitStatus::Done
    } else {
        ExitStatus::Failed
    })
}
