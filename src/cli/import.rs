//! `tb import`: pings that other programs kept move in.

use std::collections::{BTreeMap, HashMap};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use encoding_rs::Encoding;
use jiff::tz::TimeZone;
use serde::Serialize;

use super::shell::{ExitStatus, Shell, complain};
use crate::charset;
use crate::cli::zone::zone;
use crate::error::{Error, Result};
use crate::migrate::import::import;
use crate::migrate::plan::{DryRun, ImportPlan, ImportProgress, ImportSource};
use crate::migrate::{ImportFormat, Skip};
use crate::store::{State, Store};

/// Takes in pings that other programs kept
///
/// From tb.cgi (its folder of .stor files), Movable Type's export, WordPress's export (WXR), `tb export` and
/// copies of a data_dir. Times are kept. Each permalink is taken in once an id, so the same import can be run
/// again, also after it was killed. A file that is damaged brings nothing. Nothing is verified or throttled.
#[derive(Debug, clap::Args)]
pub(super) struct ImportArgs {
    /// Files, folders of .stor files, or `-` for standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The form: stor, mt, wxr or tb [default: as each file begins]
    #[arg(long, value_name = "FORM", value_parser = format)]
    from: Option<ImportFormat>,
    /// Say what would be taken in, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// The state that they get: published, held, or keep [default: keep]. Junk stays junk
    #[arg(long, value_parser = wish, default_value = "keep", hide_default_value = true)]
    state: Wish,
    /// What an entry is called there, and its id here; may be given often
    #[arg(long, value_name = "OLD=NEW", value_parser = pair, allow_hyphen_values = true)]
    map: Vec<(String, String)>,
    /// The same, as a file of comma-separated lines OLD,NEW
    #[arg(long, value_name = "CSV")]
    map_file: Option<PathBuf>,
    /// What the texts are written in, as EUC-JP [default: UTF-8, else windows-1252]
    #[arg(long, value_name = "NAME", value_parser = encoding)]
    charset: Option<&'static Encoding>,
    /// The zone of dates that name none, as Asia/Tokyo [default: time_zone of the configuration]
    #[arg(long, value_name = "ZONE", value_parser = zone)]
    time_zone: Option<TimeZone>,
    /// Print one JSON object a line: each thing that is skipped, then each file
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy)]
enum Wish {
    Keep,
    Make(State),
}

/// What became of a file's pings.
#[derive(Default)]
struct ImportTally {
    taken_in: usize,
    skipped: BTreeMap<&'static str, usize>,
}

/// A skipped thing, as `--json` prints it.
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
struct Summary<'a> {
    file: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    form: Option<&'a str>,
    taken_in: usize,
    skipped: &'a BTreeMap<&'static str, usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

pub(super) fn run(shell: &mut Shell, flags: &ImportArgs) -> Result<ExitStatus> {
    let config = shell.config()?;
    let store = Store::open(&config.data_dir)?;
    let mut map: HashMap<String, String> = flags.map.iter().cloned().collect();
    if let Some(file) = &flags.map_file {
        map.extend(read_map(file)?);
    }
    let plan = ImportPlan {
        config: &config,
        store: &store,
        now: shell.now,
        format: flags.from,
        map,
        state: match flags.state {
            Wish::Keep => None,
            Wish::Make(state) => Some(state),
        },
        charset: flags.charset,
        zone: match &flags.time_zone {
            Some(zone) => zone.clone(),
            None => config.zone()?,
        },
        dry_run: match flags.dry_run {
            true => DryRun::Yes,
            false => DryRun::No,
        },
    };
    let files = spread(&flags.files)?;
    let (mut total, mut ending) = (ImportTally::default(), ExitStatus::Done);
    for file in &files {
        let mut tally = ImportTally::default();
        let outcome = import_one(shell, &plan, file, flags, &mut tally);
        match outcome {
            // Nobody reads on, or the store is at fault: the next file would fare no better.
            Err(error @ (Error::Stream(_) | Error::NoSpace { .. } | Error::Lock { .. })) => {
                return Err(error);
            }
            Err(error) if files.len() == 1 && !flags.json => return Err(error),
            Err(error) => {
                ending = ExitStatus::Failed;
                complain(&error.to_string());
                tell_file(shell, file, None, &tally, Some(&error), flags)?;
            }
            Ok(form) => tell_file(shell, file, Some(form), &tally, None, flags)?,
        }
        total.taken_in += tally.taken_in;
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
            .line(&format!("in all: {}", words(&total, flags)))?;
    }
    Ok(ending)
}

fn import_one(
    shell: &mut Shell,
    plan: &ImportPlan<'_>,
    path: &Path,
    flags: &ImportArgs,
    tally: &mut ImportTally,
) -> Result<ImportFormat> {
    let name = path.display().to_string();
    let tell = &mut |told: ImportProgress<'_>| {
        let (place, entry, url, why) = match told {
            ImportProgress::TakenIn { count } => {
                tally.taken_in += count;
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
        // An import that is run again would list everything.
        if why == Skip::There {
            return Ok(());
        }
        shell
            .out
            .line(&format!("skipped: {name}, {place}: {skipped} `{url}`"))
    };
    if path == Path::new("-") {
        let mut input = io::stdin().lock();
        return import(plan, ImportSource::Pipe(&mut input), tell);
    }
    import(plan, ImportSource::File(path.to_owned()), tell)
}

fn tell_file(
    shell: &mut Shell,
    file: &Path,
    form: Option<ImportFormat>,
    tally: &ImportTally,
    error: Option<&Error>,
    flags: &ImportArgs,
) -> Result<()> {
    let file = file.display().to_string();
    let form = form.map(ImportFormat::name);
    if flags.json {
        return shell.out.json(&Summary {
            file: &file,
            form,
            taken_in: tally.taken_in,
            skipped: &tally.skipped,
            error: error.map(Error::to_string),
        });
    }
    match form {
        Some(form) => shell
            .out
            .line(&format!("{file} ({form}): {}", words(tally, flags))),
        None => Ok(()),
    }
}

fn words(tally: &ImportTally, flags: &ImportArgs) -> String {
    let verb = if flags.dry_run {
        "would be taken in"
    } else {
        "taken in"
    };
    let mut words = format!("{} {verb}", tally.taken_in);
    for (why, count) in &tally.skipped {
        words.push_str(&format!(", {count} {why}"));
    }
    words
}

/// The files that are named, and those in folders that are named, sorted.
fn spread(paths: &[PathBuf]) -> Result<Vec<PathBuf>> {
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
                "the folder `{}` holds neither `.stor` nor `.jsonl` files",
                path.display()
            );
            return Err(Error::Usage(message));
        }
        inside.sort();
        files.append(&mut inside);
    }
    Ok(files)
}

/// The largest table, in bytes.
const LARGEST_MAP: u64 = 64 << 20;

fn read_map(path: &Path) -> Result<Vec<(String, String)>> {
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

fn format(text: &str) -> std::result::Result<ImportFormat, String> {
    ImportFormat::ALL
        .into_iter()
        .find(|format| format.name() == text)
        .ok_or_else(|| "one of `stor`, `mt`, `wxr`, `tb`".to_owned())
}

fn wish(text: &str) -> std::result::Result<Wish, String> {
    match text {
        "keep" => Ok(Wish::Keep),
        "published" => Ok(Wish::Make(State::Published)),
        "held" => Ok(Wish::Make(State::Held)),
        _ => Err("one of `published`, `held`, `keep`".to_owned()),
    }
}

fn pair(text: &str) -> std::result::Result<(String, String), String> {
    text.rsplit_once('=')
        .filter(|(_, new)| !new.is_empty())
        .map(|(old, new)| (old.to_owned(), new.to_owned()))
        .ok_or_else(|| "a pair such as `old-name=new-id`".to_owned())
}

fn encoding(text: &str) -> std::result::Result<&'static Encoding, String> {
    charset::named(text).ok_or_else(|| "no charset that is read has that name".to_owned())
}
