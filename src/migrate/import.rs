//! Files of other programs → pings that are kept, with their times.
//!
//! A file on disk is read to its end before anything of it is taken in, so one that is damaged brings nothing. A
//! pipe cannot be read twice: what comes before the damage is taken in. The pings of an id are taken in by
//! thousands, the oldest first, each lot under one lock with its static files; who is killed meanwhile has lost
//! nothing, and the same import again goes on where it ended.
//!
//! Nothing is verified, throttled or banned: the pings were let in once already.

use std::fs::File;
use std::io::{self, BufReader, Cursor, Read, Seek};
use std::path::Path;

use jiff::Timestamp;

use super::batch::Lots;
use super::imported_item::{Stop, Taker};
use super::{ImportFormat, jsonl, movable_type, tb_cgi, wxr};
use crate::charset;
use crate::error::{Error, Result};
use crate::migrate::plan::{ImportPlan, ImportSource, ProgressSink};

/// Takes in one file and gives its form.
pub fn import(
    plan: &ImportPlan<'_>,
    source: ImportSource<'_>,
    tell: ProgressSink<'_>,
) -> Result<ImportFormat> {
    let mut lots = Lots::new(plan, tell);
    match source {
        ImportSource::Pipe(input) => {
            let path = Path::new("-");
            let (head, whole) = behead(input).map_err(|cause| Error::file("read", path, cause))?;
            let format = format(plan, &head, path)?;
            let message = match format {
                ImportFormat::Own if !jsonl::names_ids(&head) => Some("name the file"),
                ImportFormat::Stor if !plan.map.contains_key("-") => {
                    Some("say so with `--map -=ID`")
                }
                _ => None,
            };
            if let Some(cure) = message {
                let message = format!("a pipe does not say which id these pings are for; {cure}");
                return Err(Error::Usage(message));
            }
            let read = read(plan, format, &head, whole, "-", &mut |piece| {
                lots.take(piece)
            });
            finish(read, path)?;
            lots.flush()?;
            Ok(format)
        }
        ImportSource::File(path) => {
            let fault = |cause| Error::file("read", &path, cause);
            let file = File::open(&path).map_err(fault)?;
            let metadata = file.metadata().map_err(fault)?;
            if !metadata.is_file() {
                return Err(fault(io::Error::other("it is neither a file nor a folder")));
            }
            let modified = metadata.modified().ok();
            let modified = modified.and_then(|time| Timestamp::try_from(time).ok());
            lots.fallback = modified.map_or(plan.now, |time| time.min(plan.now));
            let (head, _) = behead(&file).map_err(fault)?;
            let format = format(plan, &head, &path)?;
            // Once to see that all of it can be understood, and once to take it in.
            let mut pieces = [0_u64; 2];
            if format != ImportFormat::Stor {
                let count: Taker<'_> = &mut |_| {
                    pieces[0] += 1;
                    Ok(())
                };
                finish(read_file(plan, format, &head, &file, &path, count), &path)?;
            }
            let take: Taker<'_> = &mut |piece| {
                pieces[1] += 1;
                lots.take(piece)
            };
            finish(read_file(plan, format, &head, &file, &path, take), &path)?;
            lots.flush()?;
            if format != ImportFormat::Stor && pieces[0] != pieces[1] {
                let message = "it reads differently each time; import it again";
                return Err(fault(io::Error::other(message)));
            }
            Ok(format)
        }
    }
}

/// Takes in a copy of an id's file of pings.
pub(super) fn take_in_copy(
    plan: &ImportPlan<'_>,
    copy: File,
    id: &str,
    tell: ProgressSink<'_>,
) -> Result<()> {
    let mut lots = Lots::new(plan, tell);
    let path = Path::new(id);
    finish(
        jsonl::read_file(copy, path, id, &mut |piece| lots.take(piece)),
        path,
    )?;
    lots.flush()
}

/// The form that a file has, as the plan or its beginning says.
fn format(plan: &ImportPlan<'_>, head: &[u8], path: &Path) -> Result<ImportFormat> {
    plan.format
        .or_else(|| ImportFormat::guess(head))
        .ok_or_else(|| {
            Error::Usage(format!(
                "cannot tell the format of `{}`; name it with `--from`",
                path.display()
            ))
        })
}

/// The beginning of a stream, and all of it.
fn behead(mut input: impl Read) -> io::Result<(Vec<u8>, impl Read)> {
    let mut head = Vec::new();
    input.by_ref().take(4096).read_to_end(&mut head)?;
    Ok((head.clone(), Cursor::new(head).chain(input)))
}

fn read_file(
    plan: &ImportPlan<'_>,
    format: ImportFormat,
    head: &[u8],
    mut file: &File,
    path: &Path,
    take: Taker<'_>,
) -> std::result::Result<(), Stop> {
    file.rewind()?;
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    if format == ImportFormat::Own && !jsonl::names_ids(head) {
        return jsonl::read_file(file.try_clone()?, path, &stem, take);
    }
    let left = file.metadata()?.len();
    read(plan, format, head, Whole { file, left }, &stem, take)
}

/// A file that must not end before the length that it says it has.
struct Whole<'a> {
    file: &'a File,
    left: u64,
}

impl Read for Whole<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(buffer)?;
        if count == 0 && self.left > 0 && !buffer.is_empty() {
            let message = format!("it ends {} bytes before its end", self.left);
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, message));
        }
        self.left = self.left.saturating_sub(count as u64);
        Ok(count)
    }
}

fn read(
    plan: &ImportPlan<'_>,
    format: ImportFormat,
    head: &[u8],
    mut input: impl Read,
    name: &str,
    take: Taker<'_>,
) -> std::result::Result<(), Stop> {
    match format {
        ImportFormat::Stor => {
            let mut bytes = Vec::new();
            let most = tb_cgi::LARGEST;
            input.by_ref().take(most + 1).read_to_end(&mut bytes)?;
            if bytes.len() as u64 > most {
                return Err(Stop::Form(format!("it is larger than {most} bytes")));
            }
            tb_cgi::read(&bytes, name, plan.charset, &plan.zone, take)
        }
        ImportFormat::MovableType => {
            let mut input = BufReader::with_capacity(1 << 16, input);
            movable_type::read(&mut input, plan.charset, &plan.zone, take)
        }
        ImportFormat::Wxr => {
            let charset = plan.charset.or_else(|| charset::declared(head));
            wxr::read(input, charset, &plan.zone, take)
        }
        ImportFormat::Own => jsonl::read(&mut BufReader::with_capacity(1 << 16, input), take),
    }
}

fn finish(outcome: std::result::Result<(), Stop>, path: &Path) -> Result<()> {
    let refused = |cause| Error::file("import", path, cause);
    outcome.map_err(|stop| match stop {
        Stop::Taker(error) => error,
        Stop::Input(cause) => refused(cause),
        Stop::Form(what) => refused(io::Error::new(io::ErrorKind::InvalidData, what)),
    })
}
