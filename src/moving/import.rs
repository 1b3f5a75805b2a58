//! Files of other programs → pings that are kept, with their times.
//!
//! A file on disk is read to its end before anything of it is taken in, so one that is damaged brings nothing. A
//! pipe cannot be read twice: what comes before the damage is taken in. The pings of an id are taken in by
//! thousands, the oldest first, each lot under one lock with its static files; who is killed meanwhile has lost
//! nothing, and the same import again goes on where it ended.
//!
//! Nothing is verified, throttled or banned: the pings were let in once already.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fs::File;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, BufReader, Cursor, Read, Seek};
use std::path::{Path, PathBuf};

use encoding_rs::Encoding;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::piece::{self, Piece, Rules, Stop, Taker};
use super::{Format, Skip, charset, movable_type, own, stor, wxr};
use crate::config::Config;
use crate::error::{Error, Result};
use crate::feed::Write;
use crate::store::{Adopted, Event, Kept, State, Store};
use crate::trackback::TbId;
use crate::trust::change;

/// The most pings, and about the most bytes of text, that are taken in under one lock. Beyond, pings of one entry
/// in one file are put in order by lots.
const LOT: usize = 10_000;
const LOT_BYTES: usize = 8 << 20;

/// What an import does.
#[derive(Debug)]
pub struct Plan<'a> {
    /// The configuration: static files, and how much of an address is kept.
    pub config: &'a Config,
    /// Where the pings go.
    pub store: &'a Store,
    /// The time of the import.
    pub now: Timestamp,
    /// The form; `None` to guess it of each file.
    pub format: Option<Format>,
    /// What entries are called there → what here.
    pub map: HashMap<String, String>,
    /// The state that pings get; `None` for the one that they had. What was junk stays junk.
    pub state: Option<State>,
    /// What the files are written in; `None` for UTF-8 or windows-1252.
    pub charset: Option<&'static Encoding>,
    /// The zone of dates that name none.
    pub zone: TimeZone,
    /// Whether anything is written.
    pub purpose: Purpose,
}

/// Whether an import is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// It is.
    Import,
    /// It only says what it would do.
    Rehearse,
}

/// Where a file comes from.
pub enum Source<'a> {
    /// A file on disk.
    File(PathBuf),
    /// A pipe.
    Pipe(&'a mut dyn Read),
}

/// What happens in an import.
#[derive(Debug)]
pub enum Told<'a> {
    /// Pings of an id are taken in.
    TakenIn {
        /// The id.
        id: &'a TbId,
        /// How many.
        count: usize,
    },
    /// One thing is not taken in.
    Skipped {
        /// Where it stands in the file.
        place: &'a str,
        /// What its entry is called there.
        entry: &'a str,
        /// Its permalink, as far as one is known.
        url: &'a str,
        /// Why.
        why: Skip,
    },
}

/// Where what happens is told.
pub type Teller<'a> = &'a mut dyn FnMut(Told<'_>) -> Result<()>;

/// Takes in one file and gives its form.
///
/// # Errors
///
/// [`Error::File`] for a file that cannot be read or understood, with the place; [`Error::Usage`] for one whose
/// form cannot be guessed; those of the store; those of `tell`.
pub fn import(plan: &Plan<'_>, source: Source<'_>, tell: Teller<'_>) -> Result<Format> {
    let mut lots = Lots::new(plan, tell);
    match source {
        Source::Pipe(input) => {
            let path = Path::new("-");
            let (head, whole) = behead(input).map_err(|cause| Error::file("read", path, cause))?;
            let format = format(plan, &head, path)?;
            let message = match format {
                Format::Own if !own::names_ids(&head) => Some("name the file"),
                Format::Stor if !plan.map.contains_key("-") => Some("say so with `--map -=ID`"),
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
        Source::File(path) => {
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
            if format != Format::Stor {
                finish(
                    read_file(plan, format, &head, &file, &path, &mut |_| Ok(())),
                    &path,
                )?;
            }
            let take: Taker<'_> = &mut |piece| lots.take(piece);
            finish(read_file(plan, format, &head, &file, &path, take), &path)?;
            lots.flush()?;
            Ok(format)
        }
    }
}

/// Takes in a copy of an id's file of pings.
///
/// # Errors
///
/// As [`import`].
pub(super) fn take_in_copy(plan: &Plan<'_>, copy: File, id: &str, tell: Teller<'_>) -> Result<()> {
    let mut lots = Lots::new(plan, tell);
    let path = Path::new(id);
    finish(
        own::read_file(copy, path, id, &mut |piece| lots.take(piece)),
        path,
    )?;
    lots.flush()
}

/// The form that a file has, as the plan or its beginning says.
fn format(plan: &Plan<'_>, head: &[u8], path: &Path) -> Result<Format> {
    plan.format.or_else(|| Format::guess(head)).ok_or_else(|| {
        Error::Usage(format!(
            "`{}` begins like none of the forms that are read; `--from` names one",
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
    plan: &Plan<'_>,
    format: Format,
    head: &[u8],
    mut file: &File,
    path: &Path,
    take: Taker<'_>,
) -> std::result::Result<(), Stop> {
    file.rewind()?;
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    if format == Format::Own && !own::names_ids(head) {
        return own::read_file(file.try_clone()?, path, &stem, take);
    }
    read(plan, format, head, file, &stem, take)
}

fn read(
    plan: &Plan<'_>,
    format: Format,
    head: &[u8],
    mut input: impl Read,
    name: &str,
    take: Taker<'_>,
) -> std::result::Result<(), Stop> {
    match format {
        Format::Stor => {
            let mut bytes = Vec::new();
            let most = stor::LARGEST;
            input.by_ref().take(most + 1).read_to_end(&mut bytes)?;
            if bytes.len() as u64 > most {
                return Err(Stop::Form(format!("it is larger than {most} bytes")));
            }
            stor::read(&bytes, name, plan.charset, &plan.zone, take)
        }
        Format::MovableType => {
            let mut input = BufReader::with_capacity(1 << 16, input);
            movable_type::read(&mut input, plan.charset, &plan.zone, take)
        }
        Format::Wxr => {
            let charset = plan.charset.or_else(|| charset::declared(head));
            wxr::read(input, charset, &plan.zone, take)
        }
        Format::Own => own::read(&mut BufReader::with_capacity(1 << 16, input), take),
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

/// Pieces on their way into the store, by lots of one id each.
struct Lots<'a, 't> {
    plan: &'a Plan<'a>,
    tell: Teller<'t>,
    fallback: Timestamp,
    id: Option<TbId>,
    lot: Vec<Entrant>,
    bytes: usize,
    /// Of a rehearsal: hashes of the ids and permalinks that would be there by now, and whether as pings.
    rehearsed: HashMap<u64, bool>,
}

/// A thing that is about to be taken in.
struct Entrant {
    place: String,
    entry: String,
    kept: Kept,
}

impl<'a, 't> Lots<'a, 't> {
    fn new(plan: &'a Plan<'a>, tell: Teller<'t>) -> Lots<'a, 't> {
        Lots {
            plan,
            tell,
            fallback: plan.now,
            id: None,
            lot: Vec::new(),
            bytes: 0,
            rehearsed: HashMap::new(),
        }
    }

    fn take(&mut self, piece: Piece) -> Result<()> {
        let rules = Rules {
            map: &self.plan.map,
            state: self.plan.state,
            addresses: self.plan.config.addresses,
            now: self.plan.now,
            fallback: self.fallback,
        };
        let entry = piece.names.first().cloned().unwrap_or_default();
        let url = piece::url_of(&piece.content).to_owned();
        let settled = piece::settle(piece.content, &rules)
            .and_then(|kept| Ok((piece::id_of(&piece.names, &rules)?, kept)));
        let (id, kept) = match settled {
            Ok(both) => both,
            Err(why) => {
                let place = &piece.place;
                return (self.tell)(Told::Skipped {
                    place,
                    entry: &entry,
                    url: &url,
                    why,
                });
            }
        };
        if self.id.as_ref() != Some(&id) || self.lot.len() >= LOT || self.bytes >= LOT_BYTES {
            self.flush()?;
            self.id = Some(id);
        }
        if let Kept::Ping(record) = &kept {
            self.bytes += record.url.len() + record.title.len() + record.excerpt.len();
        }
        self.lot.push(Entrant {
            place: piece.place,
            entry,
            kept,
        });
        Ok(())
    }

    /// Takes the lot in, its oldest first.
    fn flush(&mut self) -> Result<()> {
        self.bytes = 0;
        let mut lot = std::mem::take(&mut self.lot);
        let Some(id) = self.id.clone().filter(|_| !lot.is_empty()) else {
            return Ok(());
        };
        lot.sort_by_key(|entrant| match &entrant.kept {
            Kept::Ping(record) => (record.id, record.time),
            Kept::Gone { number, time, .. } => (*number, *time),
        });
        let (kept, places): (Vec<_>, Vec<_>) = lot
            .into_iter()
            .map(|entrant| (entrant.kept, (entrant.place, entrant.entry)))
            .unzip();
        let outcomes = match self.plan.purpose {
            Purpose::Import => adopt(self.plan, &id, &kept)?,
            Purpose::Rehearse => self.rehearse(&id, &kept)?,
        };
        let mut count = 0;
        for ((kept, outcome), (place, entry)) in kept.iter().zip(outcomes).zip(&places) {
            let why = match outcome {
                Adopted::New(_) => {
                    count += usize::from(matches!(kept, Kept::Ping(_)));
                    continue;
                }
                Adopted::There(_) => Skip::There,
                Adopted::Withdrawn => Skip::Withdrawn,
            };
            // A trace that is there already is nothing that anybody misses.
            if let Kept::Ping(record) = kept {
                let url = &record.url;
                (self.tell)(Told::Skipped {
                    place,
                    entry,
                    url,
                    why,
                })?;
            }
        }
        (self.tell)(Told::TakenIn { id: &id, count })
    }

    /// What would become of a lot.
    fn rehearse(&mut self, id: &TbId, kept: &[Kept]) -> Result<Vec<Adopted>> {
        let pings = self.plan.store.whole(id)?;
        let mut outcomes = Vec::with_capacity(kept.len());
        for one in kept {
            let known = one.standing(pings.as_ref())?;
            let mut hasher = DefaultHasher::new();
            (id, one.trace()).hash(&mut hasher);
            let is_ping = matches!(one, Kept::Ping(_));
            outcomes.push(match (known, self.rehearsed.entry(hasher.finish())) {
                (Some(outcome), _) => outcome,
                (None, Entry::Occupied(first)) => match (first.get(), is_ping) {
                    (false, true) => Adopted::Withdrawn,
                    _ => Adopted::There(0),
                },
                (None, Entry::Vacant(place)) => {
                    place.insert(is_ping);
                    Adopted::New(0)
                }
            });
        }
        Ok(outcomes)
    }
}

/// Keeps a lot, and brings what follows from it up to date.
fn adopt(plan: &Plan<'_>, id: &TbId, kept: &[Kept]) -> Result<Vec<Adopted>> {
    let Plan {
        config, store, now, ..
    } = *plan;
    let outcomes = change::change(config, store, id, now, |transaction| {
        let outcomes = transaction.adopt(kept)?;
        let any = outcomes.iter().any(|one| matches!(one, Adopted::New(_)));
        let when = if any { Write::Always } else { Write::IfStale };
        Ok((outcomes, when))
    })?;
    let new = |one: &&Adopted| matches!(one, Adopted::New(_));
    let event = Event::new(now, "imported")
        .with("tb_id", id.as_str())
        .with("pings", outcomes.iter().filter(new).count());
    store.log(&event);
    Ok(outcomes)
}
