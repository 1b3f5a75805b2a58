//! `tb import`: imports pings from other programs.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use encoding_rs::Encoding;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

use super::parsers::{self, OneOf};
use super::shell::{ExitStatus, Shell, warn};
use crate::charset;
use crate::config::Config;
use crate::error::{Error, Refusal, Result};
use crate::linkback::trackback::TbId;
use crate::migrate::import::{import, remove_known_names};
use crate::migrate::plan::{ImportPlan, ImportProgress, ImportSource};
use crate::migrate::{ImportFormat, Skip};
use crate::order;
use crate::store::{DryRun, State, Store};

/// Imports pings from other programs
///
/// From tb.cgi (its folder of .stor files), Movable Type's export, WordPress's export (WXR), `tb export` and copies of a
/// data_dir; also what webmention.io has received (mentions.jf2). Times are kept. Each permalink is imported once per
/// id, so the same import can be run again, also after it was killed. What cannot be read in an export is left out and
/// listed. Nothing is verified or throttled.
#[derive(Debug, clap::Args)]
pub(super) struct ImportArgs {
    /// Files, folders of .stor files, or `-` for standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The format: stor, mt, wxr, jf2 or tb [default: detected in each file]
    #[arg(long, value_name = "FORM", value_parser = FORMAT, hide_possible_values = true)]
    from: Option<ImportFormat>,
    /// Print what would be imported, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// The state of the imported pings: published, held, or keep [default: keep]. Junk stays junk
    #[arg(long, value_parser = STATE, hide_possible_values = true, default_value = "keep", hide_default_value = true)]
    state: ImportState,
    /// An entry's old name, and its id here, such as `12=hello`; may be given several times
    #[arg(long, value_name = "OLD=NEW", value_parser = parse_pair, allow_hyphen_values = true)]
    map: Vec<(String, String)>,
    /// The same, as a file of comma-separated lines OLD,NEW
    #[arg(long, value_name = "CSV")]
    map_file: Option<PathBuf>,
    /// The charset of the texts, such as EUC-JP [default: UTF-8, else windows-1252]
    #[arg(long, value_name = "NAME", value_parser = parse_charset)]
    charset: Option<&'static Encoding>,
    /// The zone of dates without one, such as Asia/Tokyo [default: time_zone of the configuration]
    #[arg(long, value_name = "ZONE", value_parser = parsers::time_zone)]
    time_zone: Option<TimeZone>,
    /// Print one JSON object a line: each skipped item, each entry with its id, then each file
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy)]
enum ImportState {
    Keep,
    Make(State),
}

/// How many pings of a file were imported, and how many skipped, by reason.
#[derive(Default)]
struct ImportTally {
    taken_in: usize,
    guessed_times: usize,
    skipped: BTreeMap<&'static str, usize>,
    /// The pings of each entry that were imported, by its name in the file and its id here.
    entries: BTreeMap<(String, TbId), usize>,
}

/// The pings of an entry, as `--json` prints them.
#[derive(Serialize)]
struct EntrySummary<'a> {
    file: &'a str,
    entry: &'a str,
    tb_id: &'a str,
    taken_in: usize,
}

/// A skipped item, as `--json` prints it.
#[derive(Serialize)]
struct SkippedRow<'a> {
    file: &'a str,
    place: &'a str,
    entry: &'a str,
    url: &'a str,
    skipped: &'a str,
}

/// A file, as `--json` prints it.
#[derive(Serialize)]
struct FileSummary<'a> {
    file: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    form: Option<&'a str>,
    taken_in: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    guessed_times: Option<usize>,
    skipped: &'a BTreeMap<&'static str, usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

pub(super) fn run(shell: &mut Shell, flags: &ImportArgs) -> Result<ExitStatus> {
    let config = shell.config()?;
    let store = Store::open(&config.data_dir)?;
    let plan = plan(&config, &store, shell.now, flags)?;
    let files = expand_folders(&flags.files)?;
    check_map(&plan, &files, flags)?;
    let (mut total, mut status) = (ImportTally::default(), ExitStatus::Done);
    for file in &files {
        let mut tally = ImportTally::default();
        let outcome = import_one(shell, &plan, file, flags, &mut tally);
        match outcome {
            // The output is closed or the store fails: the next file would fail too.
            Err(error @ (Error::Stream(_) | Error::NoSpace { .. } | Error::Lock { .. })) => {
                return Err(error);
            }
            Err(error) if files.len() == 1 && !flags.json => return Err(error),
            Err(error) => {
                status = ExitStatus::Failed;
                warn(&error.to_string());
                print_file(shell, file, None, &tally, Some(&error), flags)?;
            }
            Ok(form) => {
                // Nobody knows how much is missing.
                if tally.skipped.contains_key(Skip::CutOff.name()) {
                    status = ExitStatus::Failed;
                }
                print_file(shell, file, Some(form), &tally, None, flags)?;
            }
        }
        total.taken_in += tally.taken_in;
        total.guessed_times += tally.guessed_times;
        for (why, count) in tally.skipped {
            *total.skipped.entry(why).or_default() += count;
        }
    }
    if !flags.dry_run {
        store.rebuild_recent()?;
    }
    if files.len() > 1 && !flags.json {
        shell
            .out
            .line(&format!("total: {}", tally_text(&total, flags)))?;
    }
    Ok(status)
}

/// What the options ask for.
fn plan<'a>(
    config: &'a Config,
    store: &'a Store,
    now: Timestamp,
    flags: &ImportArgs,
) -> Result<ImportPlan<'a>> {
    let mut map: HashMap<String, String> = flags.map.iter().cloned().collect();
    if let Some(file) = &flags.map_file {
        map.extend(load_map(file)?);
    }
    Ok(ImportPlan {
        config,
        store,
        now,
        format: flags.from,
        map,
        state: match flags.state {
            ImportState::Keep => None,
            ImportState::Make(state) => Some(state),
        },
        charset: flags.charset,
        zone: match &flags.time_zone {
            Some(zone) => zone.clone(),
            None => config.zone.clone(),
        },
        dry_run: match flags.dry_run {
            true => DryRun::Yes,
            false => DryRun::No,
        },
    })
}

/// Refuses an OLD of `--map` that no entry has: its pings would get another id than they were meant to.
fn check_map(plan: &ImportPlan<'_>, files: &[PathBuf], flags: &ImportArgs) -> Result<()> {
    let mut unknown: BTreeSet<&str> = order::set(flags.map.iter().map(|(old, _)| old.as_str()));
    // Standard input can be read only once.
    if unknown.is_empty() || files.iter().any(|file| file == Path::new("-")) {
        return Ok(());
    }
    for file in files {
        remove_known_names(plan, file, &mut unknown)?;
    }
    match unknown.first() {
        None => Ok(()),
        Some(old) => Err(Error::Usage(format!(
            "--map: no entry in the files is called `{old}`; nothing was imported"
        ))),
    }
}

fn import_one(
    shell: &mut Shell,
    plan: &ImportPlan<'_>,
    path: &Path,
    flags: &ImportArgs,
    tally: &mut ImportTally,
) -> Result<ImportFormat> {
    let name = path.display().to_string();
    let on_progress = &mut |progress: ImportProgress<'_>| {
        let (place, entry, url, why) = match progress {
            ImportProgress::TakenIn { entry, id, count } => {
                tally.taken_in += count;
                let key = (entry.to_owned(), id.clone());
                *tally.entries.entry(key).or_default() += count;
                return Ok(());
            }
            ImportProgress::GuessedTimes(count) => {
                tally.guessed_times += count;
                return Ok(());
            }
            ImportProgress::Skipped {
                place,
                entry,
                url,
                why,
            } => (place, entry, url, why),
        };
        *tally.skipped.entry(why.name()).or_default() += 1;
        let skipped = why.name();
        if flags.json {
            return shell.out.json(&SkippedRow {
                file: &name,
                place,
                entry,
                url,
                skipped,
            });
        }
        // A repeated import would list everything.
        if why == Skip::There {
            return Ok(());
        }
        let named = match why {
            // It is what `--map` takes.
            Skip::Refused(Refusal::TargetNotFound) => entry,
            _ if url.is_empty() => entry,
            _ => url,
        };
        let named = match named {
            "" => String::new(),
            named => format!(" `{named}`"),
        };
        shell
            .out
            .line(&format!("skipped: {name}, {place}: {skipped}{named}"))
    };
    if path == Path::new("-") {
        let mut input = io::stdin().lock();
        return import(plan, ImportSource::Pipe(&mut input), on_progress);
    }
    import(plan, ImportSource::File(path.to_owned()), on_progress)
}

fn print_file(
    shell: &mut Shell,
    file: &Path,
    form: Option<ImportFormat>,
    tally: &ImportTally,
    error: Option<&Error>,
    flags: &ImportArgs,
) -> Result<()> {
    let file = file.display().to_string();
    let is_wordpress = form == Some(ImportFormat::Wxr);
    let is_export = is_wordpress || form == Some(ImportFormat::MovableType);
    let form = form.map(ImportFormat::name);
    for ((entry, id), &count) in &tally.entries {
        // Of tb.cgi's files and copies of our own, the name is the id.
        if count == 0 || (!is_export && entry == id.as_str()) {
            continue;
        }
        if flags.json {
            shell.out.json(&EntrySummary {
                file: &file,
                entry,
                tb_id: id.as_str(),
                taken_in: count,
            })?;
        } else {
            shell
                .out
                .line(&format!("`{entry}` is {id}: {count} {}", verb(flags)))?;
        }
    }
    if flags.json {
        return shell.out.json(&FileSummary {
            file: &file,
            form,
            taken_in: tally.taken_in,
            guessed_times: Some(tally.guessed_times).filter(|count| *count > 0),
            skipped: &tally.skipped,
            error: error.map(Error::to_string),
        });
    }
    if let Some(form) = form {
        let counts = tally_text(tally, flags);
        shell.out.line(&format!("{file} ({form}): {counts}"))?;
    }
    if is_wordpress {
        let base_url = shell.config()?.base_url;
        let rule = format!(
            "RewriteRule ([^/]+)/trackback/?$ {}/$1 [PT,L]",
            base_url.path()
        );
        for line in [
            "So that the old ping URLs work, put this into the .htaccess of the site:",
            "  RewriteEngine On",
            &format!("  {rule}"),
        ] {
            shell.out.note(line)?;
        }
    }
    Ok(())
}

fn verb(flags: &ImportArgs) -> &'static str {
    if flags.dry_run {
        "would be imported"
    } else {
        "imported"
    }
}

fn tally_text(tally: &ImportTally, flags: &ImportArgs) -> String {
    let mut words = format!("{} {}", tally.taken_in, verb(flags));
    for (why, count) in &tally.skipped {
        words.push_str(&format!(", {count} {why}"));
    }
    if tally.guessed_times > 0 {
        words.push_str(&format!(
            "; {} without a legible date, so with that of the entry or the file",
            tally.guessed_times
        ));
    }
    words
}

/// The named files, and the files in the named folders, sorted.
fn expand_folders(paths: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let fault = |cause| Error::file("list", path, cause);
        let mut inside = Vec::new();
        for entry in std::fs::read_dir(path).map_err(fault)? {
            let file = entry.map_err(fault)?.path();
            let ours = |extension: &std::ffi::OsStr| extension == "stor" || extension == "jsonl";
            if file.extension().is_some_and(ours) && file.is_file() {
                inside.push(file);
            }
        }
        if inside.is_empty() {
            let message = format!(
                "the folder `{}` has neither `.stor` nor `.jsonl` files",
                path.display()
            );
            return Err(Error::Usage(message));
        }
        order::sort(&mut inside);
        files.append(&mut inside);
    }
    Ok(files)
}

/// The largest `--map-file`, in bytes.
const LARGEST_MAP: u64 = 64 << 20;

fn load_map(path: &Path) -> Result<Vec<(String, String)>> {
    let fault = |cause| Error::file("read", path, cause);
    let file = std::fs::File::open(path).map_err(fault)?;
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(file.take(LARGEST_MAP));
    let mut map = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| fault(error.into()))?;
        match (record.get(0), record.get(1), record.len()) {
            (Some(old), Some(new), 2) => map.push((old.to_owned(), new.to_owned())),
            _ => {
                let line = record.position().map_or(0, csv::Position::line);
                let cause = format!("line {line}: not two fields, OLD,NEW");
                return Err(fault(io::Error::new(io::ErrorKind::InvalidData, cause)));
            }
        }
    }
    Ok(map)
}

const FORMAT: OneOf<ImportFormat> = OneOf::new(&["stor", "mt", "wxr", "jf2", "tb"], |text| {
    let mut all = ImportFormat::ALL.into_iter();
    all.find(|format| format.name() == text)
});

const STATE: OneOf<ImportState> = OneOf::new(&["published", "held", "keep"], |text| match text {
    "keep" => Some(ImportState::Keep),
    "published" => Some(ImportState::Make(State::Published)),
    "held" => Some(ImportState::Make(State::Held)),
    _ => None,
});

fn parse_pair(text: &str) -> std::result::Result<(String, String), String> {
    text.rsplit_once('=')
        .filter(|(_, new)| !new.is_empty())
        .map(|(old, new)| (old.to_owned(), new.to_owned()))
        .ok_or_else(|| "expected a pair such as `old-name=new-id`".to_owned())
}

fn parse_charset(text: &str) -> std::result::Result<&'static Encoding, String> {
    charset::named(text).ok_or_else(|| "unknown charset; expected one such as `EUC-JP`".to_owned())
}
