//! Updates `.entries` from the weblog's own entries.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use percent_encoding::percent_decode_str;
use sha2::{Digest, Sha256};
use url::Url;

use super::info::{EntryInfo, ListingPolicy};
use super::{file, line};
use crate::config::EntryPattern;
use crate::error::{Refusal, Result};
use crate::linkback::trackback::{Ping, TbId};
use crate::store::{DryRun, StateFile, Store};
use crate::text::{clean, crop, hex};
use crate::urls::page_path;

/// How an entry's id is derived from its permalink.
#[derive(Debug, Clone, Copy)]
pub enum IdFrom<'config> {
    /// By the configured pattern.
    Pattern(&'config EntryPattern),
    /// The last part of the path, without `.html`: `cats` for `/2026/11/cats/`.
    LastSegment,
    /// The whole path, without `.html`: `2026_11_cats`.
    Path,
}

/// An entry found in the weblog.
#[derive(Debug, Clone)]
pub struct WeblogEntry {
    /// Its id.
    pub id: TbId,
    /// Its permalink.
    pub url: Url,
    /// Its title; empty if the source has none.
    pub title: String,
    /// When it was published, if the source says so.
    pub published: Option<Timestamp>,
    /// When it was last changed, if the source says so.
    pub updated: Option<Timestamp>,
}

/// Whether to remove entries that the weblog does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prune {
    /// They are kept.
    No,
    /// They are removed, except those with a passphrase, whose ids would become open, and listed ones.
    Yes,
}

/// The changes made by a synchronisation.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct SyncReport {
    /// New ids.
    pub added: Vec<TbId>,
    /// Ids whose entry changed.
    pub changed: Vec<TbId>,
    /// Ids that were removed.
    pub removed: Vec<TbId>,
    /// Ids with malformed lines, which are left as they are.
    pub damaged: Vec<TbId>,
    /// How many entries are unchanged.
    pub unchanged: usize,
}

impl IdFrom<'_> {
    /// The id of the entry at a permalink; `None` if none can be derived.
    pub fn id_of(self, permalink: &Url) -> Option<TbId> {
        let path = page_path(permalink);
        let raw = match self {
            IdFrom::Pattern(pattern) => return pattern.id_of(permalink),
            IdFrom::LastSegment => path.rsplit('/').next()?,
            IdFrom::Path => path.trim_start_matches('/'),
        };
        let stem = [".html", ".htm"]
            .iter()
            .find_map(|extension| raw.strip_suffix(extension))
            .unwrap_or(raw);
        let raw: Vec<u8> = percent_decode_str(stem).collect();
        id_of_page(&raw)
    }
}

/// The id that is made of a page's address. One that would be too long is its beginning and a hash of the whole.
pub fn id_of_page(raw: &[u8]) -> Option<TbId> {
    match TbId::new(raw) {
        Err(Refusal::TbIdTooLong) => {}
        id => return id.ok(),
    }
    let text = std::str::from_utf8(raw).ok()?;
    let hash = hex(Sha256::digest(raw).get(..HASH_BYTES)?);
    let length = TbId::MAX_BYTES - hash.len() - 1;
    let begun = text.get(..text.floor_char_boundary(length))?;
    TbId::new(format!("{begun}-{hash}").as_bytes()).ok()
}

/// How much of the hash an id has that was too long.
const HASH_BYTES: usize = 8;

/// Updates the entries; of two with the same id the first counts. A missing title or date leaves the old one, and
/// passphrases and the titles of listed entries are kept.
pub fn sync(
    store: &Store,
    learnt: &[WeblogEntry],
    prune: Prune,
    dry_run: DryRun,
) -> Result<SyncReport> {
    let mut synced = SyncReport::default();
    match dry_run {
        DryRun::No => file::edit(store, |lines| {
            synced = apply(lines, learnt, prune);
            Ok(())
        })?,
        DryRun::Yes => {
            let bytes = store.read_state(StateFile::Entries)?.unwrap_or_default();
            file::check_size(store, bytes.len())?;
            synced = apply(&mut file::parse(&bytes), learnt, prune);
        }
    }
    Ok(synced)
}

fn apply(lines: &mut BTreeMap<TbId, String>, learnt: &[WeblogEntry], prune: Prune) -> SyncReport {
    let mut synced = SyncReport::default();
    let mut seen = BTreeSet::new();
    for entry in learnt.iter().filter(|entry| seen.insert(&entry.id)) {
        let old = match lines.get(&entry.id).map(|text| line::parse(text)) {
            Some(Some(info)) => Some(info),
            Some(None) => {
                synced.damaged.push(entry.id.clone());
                continue;
            }
            None => None,
        };
        let mut new = old.clone().unwrap_or_default();
        update(&mut new, entry);
        if old.as_ref() == Some(&new) {
            synced.unchanged += 1;
            continue;
        }
        let list = match old {
            Some(_) => &mut synced.changed,
            None => &mut synced.added,
        };
        list.push(entry.id.clone());
        lines.insert(entry.id.clone(), line::format(&new));
    }
    if prune == Prune::Yes {
        let may_go =
            |info: EntryInfo| info.passphrase.is_none() && info.listing != ListingPolicy::Listed;
        lines.retain(|id, text| {
            let stays = seen.contains(id) || !line::parse(text).is_some_and(may_go);
            if !stays {
                synced.removed.push(id.clone());
            }
            stays
        });
    }
    synced
}

fn update(info: &mut EntryInfo, entry: &WeblogEntry) {
    info.url = Some(entry.url.clone());
    let title = clean(&entry.title);
    // A title that the owner wrote for the list of ids is kept.
    let is_the_owners = info.listing == ListingPolicy::Listed && info.title.is_some();
    if !title.is_empty() && !is_the_owners {
        info.title = Some(crop(&title, Ping::MAX_TITLE, "…").into_owned());
    }
    // Without a date of publication the first one that is seen counts: an entry that is changed stays closed.
    info.published = entry.published.or(info.published).or(entry.updated);
}

#[cfg(test)]
mod tests {
    use super::super::{edit, find, load};
    use super::*;

    fn learnt(name: &str, title: &str) -> WeblogEntry {
        WeblogEntry {
            id: TbId::new(name.as_bytes()).unwrap(),
            url: Url::parse(&format!("https://blog.example/{name}/")).unwrap(),
            title: title.to_owned(),
            published: None,
            updated: None,
        }
    }

    #[test]
    fn an_id_is_made_from_the_last_part_or_the_whole_of_the_path() {
        let long = format!("/2026/{}/", "猫".repeat(50));
        let cats = "猫".repeat(37);
        let begun = format!("{cats}_65aeeeba87c05ce7");
        let whole = format!("2026_{}_bf07cad5396c4222", "猫".repeat(35));
        for (url, last, path) in [
            (
                "/2026/11/my-cats/",
                Some("my_cats"),
                Some("2026_11_my_cats"),
            ),
            ("/2026/cats.html?x#y", Some("cats"), Some("2026_cats")),
            ("/cats/index.html", Some("cats"), Some("cats")),
            ("/%E7%8C%AB/", Some("猫"), Some("猫")),
            ("/", None, None),
            ("/?p=1", None, None),
            ("/index.html", None, None),
            ("/a/%FF/", None, None),
            ("/a/..%2fb/", None, None),
            (&long, Some(&begun), Some(&whole)),
        ] {
            let url = Url::parse("https://blog.example")
                .unwrap()
                .join(url)
                .unwrap();
            let id = |from: IdFrom| from.id_of(&url).map(|id| id.to_string());
            assert_eq!(id(IdFrom::LastSegment).as_deref(), last, "{url}");
            assert_eq!(id(IdFrom::Path).as_deref(), path, "{url}");
        }
    }

    #[test]
    fn an_entry_without_a_date_of_publication_has_that_of_its_first_known_change() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        let day = |day: i8| format!("2026-11-0{day}T00:00:00Z").parse().ok();
        for (published, updated, expected) in [
            (None, None, None),
            (None, day(3), day(3)),
            // It is changed again.
            (None, day(5), day(3)),
            (day(2), day(6), day(2)),
            (None, day(7), day(2)),
            (day(4), None, day(4)),
        ] {
            let entry = WeblogEntry {
                published,
                updated,
                ..learnt("a", "A")
            };
            sync(&store, &[entry], Prune::No, DryRun::No).unwrap();
            let known = find(&store, &learnt("a", "").id).unwrap().unwrap();
            assert_eq!(known.published, expected, "{published:?} {updated:?}");
        }
    }

    #[test]
    fn a_sync_adds_and_changes_and_removes_only_when_told_and_never_a_passphrase() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        let first = [learnt("a", "A"), learnt("b", "B"), learnt("c", "C")];
        sync(&store, &first, Prune::No, DryRun::No).unwrap();
        for name in ["b", "c"] {
            edit(&store, &learnt(name, "").id, |info| {
                info.passphrase = Some("sesame".to_owned());
            })
            .unwrap();
        }
        edit(&store, &learnt("listed", "").id, |info| {
            info.listing = ListingPolicy::Listed;
            info.title = Some("By hand".to_owned());
        })
        .unwrap();
        let second = [learnt("d", "D"), learnt("b", ""), learnt("d", "again")];
        let tried = sync(&store, &second, Prune::Yes, DryRun::Yes).unwrap();
        assert_eq!(load(&store).unwrap().entries.len(), 4);
        assert_eq!(tried.removed, [learnt("a", "").id]);
        let kept = sync(&store, &second, Prune::No, DryRun::No).unwrap();
        assert_eq!(
            (kept.added.len(), kept.unchanged, kept.removed.len()),
            (1, 1, 0)
        );
        let done = sync(&store, &second, Prune::Yes, DryRun::No).unwrap();
        assert_eq!(done.removed, tried.removed);
        let b = find(&store, &learnt("b", "").id).unwrap().unwrap();
        assert_eq!(
            (b.title.as_deref(), b.passphrase.as_deref()),
            (Some("B"), Some("sesame"))
        );
        let c = find(&store, &learnt("c", "").id).unwrap().unwrap();
        assert_eq!(c.passphrase.as_deref(), Some("sesame"));
        let d = find(&store, &learnt("d", "").id).unwrap().unwrap();
        assert_eq!(d.title.as_deref(), Some("D"));
        sync(&store, &[learnt("listed", "x")], Prune::Yes, DryRun::No).unwrap();
        let listed = find(&store, &learnt("listed", "").id).unwrap().unwrap();
        assert_eq!(listed.title.as_deref(), Some("By hand"));
        assert!(listed.url.is_some());
    }
}
