//! Imports files of other programs into the store, with the times of their pings.
//!
//! A file on disk is parsed to its end before anything is stored, so one that cannot be parsed imports nothing. A pipe
//! cannot be read twice: the pings before the fault are imported. Items that cannot be read are left out and reported,
//! also the last one of a file that is cut off. The pings of an id are stored in batches of thousands, oldest
//! first, each batch under one lock with its static files. An import that is killed loses nothing; running it again
//! continues where it ended.
//!
//! Nothing is verified, throttled or banned: the other program has accepted these pings already.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufReader, Cursor, Read, Seek};
use std::os::unix::fs::FileExt;
use std::path::Path;

use jiff::Timestamp;

use super::batch::ImportBatches;
use super::bounded::OldMac;
use super::format::{decoded_head, wide};
use super::imported_item::{ImportStop, Taker};
use super::{ImportFormat, jf2, jsonl, movable_type, tb_cgi, wxr};
use crate::charset::{self, Decoding};
use crate::dir::WholeFile;
use crate::error::{Error, Result};
use crate::fetch::inflate::{gzip_reader, is_gzip};
use crate::migrate::plan::{ImportPlan, ImportSource, ProgressSink};

/// Imports one file and returns its format.
pub fn import(
    plan: &ImportPlan<'_>,
    source: ImportSource<'_>,
    report: ProgressSink<'_>,
) -> Result<ImportFormat> {
    let mut batches = ImportBatches::new(plan, report);
    match source {
        ImportSource::Pipe(input) => {
            let path = Path::new("-");
            let (head, mut whole) = split_head(input, path)?;
            let format = format(plan, &head, path)?;
            let message = match format {
                ImportFormat::Own if !jsonl::names_ids(&decoded_head(&head)) => {
                    Some("name the file")
                }
                ImportFormat::Stor if !plan.map.contains_key("-") => {
                    Some("say so with `--map -=ID`")
                }
                _ => None,
            };
            if let Some(cure) = message {
                let message = format!("a pipe does not say which id these pings are for; {cure}");
                return Err(Error::Usage(message));
            }
            let parsed = parse(plan, format, &head, &mut *whole, "-", &mut |item| {
                batches.add(item)
            });
            finish(parsed, path)?;
            batches.flush()?;
            Ok(format)
        }
        ImportSource::File(path) => {
            let fault = |cause| Error::file("read", &path, cause);
            let OpenedFile { file, head, format } = open(plan, &path)?;
            let modified = file.metadata().map_err(fault)?.modified().ok();
            let modified = modified.and_then(|time| Timestamp::try_from(time).ok());
            batches.fallback = modified.map_or(plan.now, |time| time.min(plan.now));
            // The first pass checks that the whole file can be parsed, the second one imports it.
            let mut pieces = [0_u64; 2];
            if format != ImportFormat::Stor {
                let count: Taker<'_> = &mut |_| {
                    pieces[0] += 1;
                    Ok(())
                };
                finish(parse_file(plan, format, &head, &file, &path, count), &path)?;
            }
            let take: Taker<'_> = &mut |item| {
                pieces[1] += 1;
                batches.add(item)
            };
            finish(parse_file(plan, format, &head, &file, &path, take), &path)?;
            batches.flush()?;
            if format != ImportFormat::Stor && pieces[0] != pieces[1] {
                let message = "the file changed while it was read; import it again";
                return Err(fault(io::Error::other(message)));
            }
            Ok(format)
        }
    }
}

/// Removes from `names` those of the entries of a file; imports nothing.
pub fn remove_known_names(
    plan: &ImportPlan<'_>,
    path: &Path,
    names: &mut BTreeSet<&str>,
) -> Result<()> {
    let OpenedFile { file, head, format } = open(plan, path)?;
    let parsed = parse_file(plan, format, &head, &file, path, &mut |item| {
        for name in &item.names {
            names.remove(name.as_str());
        }
        Ok(())
    });
    finish(parsed, path)
}

/// A file to import, with its first bytes.
struct OpenedFile {
    file: File,
    head: Vec<u8>,
    format: ImportFormat,
}

fn open(plan: &ImportPlan<'_>, path: &Path) -> Result<OpenedFile> {
    let fault = |cause| Error::file("read", path, cause);
    let file = File::open(path).map_err(fault)?;
    if !file.metadata().map_err(fault)?.is_file() {
        return Err(fault(io::Error::other(
            "it is neither a file nor a directory",
        )));
    }
    let (head, _) = split_head(&file, path)?;
    let format = format(plan, &head, path)?;
    let mut start = [0; 3];
    let is_packed = file.read_at(&mut start, 0).is_ok() && is_gzip(&start);
    let is_named_for_id = match format {
        ImportFormat::Stor => true,
        ImportFormat::Own => !jsonl::names_ids(&decoded_head(&head)),
        ImportFormat::MovableType | ImportFormat::Wxr | ImportFormat::Jf2 => false,
    };
    if is_packed && is_named_for_id {
        return Err(packed(path));
    }
    Ok(OpenedFile { file, head, format })
}

/// Imports a copy of an id's file of pings.
pub(super) fn import_copy(
    plan: &ImportPlan<'_>,
    copy: File,
    id: &str,
    report: ProgressSink<'_>,
) -> Result<()> {
    let mut batches = ImportBatches::new(plan, report);
    let path = Path::new(id);
    let fault = |cause| Error::file("read", path, cause);
    // A line that cannot be read is left out, so what is imported is counted before.
    let mut pieces = [0_u64; 2];
    let again = copy.try_clone().map_err(fault)?;
    let count: Taker<'_> = &mut |_| {
        pieces[0] += 1;
        Ok(())
    };
    finish(jsonl::parse_store_file(again, path, id, count), path)?;
    let take: Taker<'_> = &mut |item| {
        pieces[1] += 1;
        batches.add(item)
    };
    finish(jsonl::parse_store_file(copy, path, id, take), path)?;
    batches.flush()?;
    match pieces[0] == pieces[1] {
        true => Ok(()),
        false => Err(fault(io::Error::other("two readings of the pings differ"))),
    }
}

/// The format of a file, by the plan or else by its beginning.
fn format(plan: &ImportPlan<'_>, head: &[u8], path: &Path) -> Result<ImportFormat> {
    if let Some(format) = plan.format {
        return Ok(format);
    }
    let name = path.display();
    let decoded = decoded_head(head);
    if let Some(what) = jsonl::other_json(&decoded) {
        return Err(Error::Usage(format!("`{name}` is {what}")));
    }
    ImportFormat::guess(head).ok_or_else(|| match is_compressed(head) {
        true => packed(path),
        false => Error::Usage(format!(
            "cannot detect the format of `{name}`; name it with `--from`"
        )),
    })
}

fn packed(path: &Path) -> Error {
    let name = path.display();
    Error::Usage(format!("`{name}` is compressed; unpack it first"))
}

/// Whether a file begins as zip, gzip, bzip2 and xz do: exports are offered like that.
fn is_compressed(head: &[u8]) -> bool {
    let starts: [&[u8]; 4] = [b"PK\x03\x04", b"\x1f\x8b", b"BZh", b"\xfd7zXZ"];
    starts.iter().any(|start| head.starts_with(start))
}

/// The beginning of a stream, and the whole stream; both unpacked if it is a gzip file.
fn split_head<'a>(input: impl Read + 'a, path: &Path) -> Result<(Vec<u8>, Box<dyn Read + 'a>)> {
    let read = read_head(Box::new(input)).map_err(|cause| Error::file("read", path, cause))?;
    match is_gzip(&read.0) {
        true => read_head(gzip_reader(Box::new(BufReader::new(read.1))))
            .map_err(|cause| Error::file("unpack", path, cause)),
        false => Ok(read),
    }
}

fn read_head<'a>(mut input: Box<dyn Read + 'a>) -> io::Result<(Vec<u8>, Box<dyn Read + 'a>)> {
    let mut head = Vec::new();
    input.by_ref().take(4096).read_to_end(&mut head)?;
    Ok((head.clone(), Box::new(Cursor::new(head).chain(input))))
}

fn parse_file(
    plan: &ImportPlan<'_>,
    format: ImportFormat,
    head: &[u8],
    file: &File,
    path: &Path,
    take: Taker<'_>,
) -> std::result::Result<(), ImportStop> {
    let mut file = file.try_clone()?;
    file.rewind()?;
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    if format == ImportFormat::Own && !jsonl::names_ids(&decoded_head(head)) {
        return jsonl::parse_store_file(file, path, &stem, take);
    }
    let (_, mut input) = split_head(WholeFile::of(file), path)?;
    parse(plan, format, head, &mut *input, &stem, take)
}

fn parse(
    plan: &ImportPlan<'_>,
    format: ImportFormat,
    head: &[u8],
    input: &mut dyn Read,
    name: &str,
    take: Taker<'_>,
) -> std::result::Result<(), ImportStop> {
    let wide = wide(head).filter(|_| format != ImportFormat::Stor);
    let input: &mut dyn Read = match wide {
        Some(_) => &mut Decoding::of(input, wide),
        None => input,
    };
    let charset = plan.charset.or_else(|| charset::declared(head));
    let charset = charset.filter(|_| wide.is_none());
    let buffered = |input| BufReader::with_capacity(1 << 16, input);
    match format {
        ImportFormat::Stor => {
            let mut bytes = Vec::new();
            let most = tb_cgi::LARGEST;
            input.take(most + 1).read_to_end(&mut bytes)?;
            if bytes.len() as u64 > most {
                return Err(ImportStop::Format(format!(
                    "it is larger than {most} bytes"
                )));
            }
            tb_cgi::parse(&bytes, name, plan.charset, &plan.zone, take)
        }
        ImportFormat::MovableType => {
            let input: &mut dyn Read = match decoded_head(head).contains(&b'\n') {
                true => input,
                false => &mut OldMac(input),
            };
            movable_type::parse(&mut buffered(input), charset, &plan.zone, take)
        }
        ImportFormat::Wxr => wxr::parse(Decoding::of(input, charset), &plan.zone, take),
        ImportFormat::Jf2 => jf2::parse(plan, input, take),
        ImportFormat::Own => jsonl::parse(&mut buffered(input), take),
    }
}

fn finish(outcome: std::result::Result<(), ImportStop>, path: &Path) -> Result<()> {
    let refused = |cause| Error::file("import", path, cause);
    outcome.map_err(|stop| match stop {
        ImportStop::Receiver(error) => error,
        ImportStop::Input(cause) => refused(cause),
        ImportStop::Format(what) => refused(io::Error::new(io::ErrorKind::InvalidData, what)),
    })
}
