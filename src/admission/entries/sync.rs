//! `.entries` brought up to date with what the weblog says of itself.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use percent_encoding::percent_decode_str;
use url::Url;

use super::info::{EntryInfo, ListingPolicy};
use super::{file, line};
use crate::config::EntryPattern;
use crate::error::Result;
use crate::linkback::trackback::{Ping, TbId};
use crate::store::{StateFile, Store};
use crate::text::{clean, crop};
use crate::urls::page_path;

/// How an entry's id is made from its permalink.
#[derive(Debug, Clone, Copy)]
pub enum IdFrom<'config> {
    /// By the pattern in the configuration.
    Pattern(&'config EntryPattern),
    /// The last part of the path, without `.html`: `cats` for `/2026/11/cats/`.
    LastSegment,
    /// The whole path, without `.html`: `2026_11_cats`.
    Path,
}

/// An entry that the weblog has.
#[derive(Debug, Clone)]
pub struct Learnt {
    /// The id it has here.
    pub id: TbId,
    /// Its permalink.
    pub url: Url,
    /// Its title; empty where the source has none.
    pub title: String,
    /// When it was published, where the source says so.
    pub published: Option<Timestamp>,
}

/// What becomes of entries that the weblog does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prune {
    /// They stay.
    No,
    /// They go, except those with a passphrase, whose ids would be open to all, and those that are listed.
    Yes,
}

/// Whether it is done, or only tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// The file is replaced.
    Write,
    /// Nothing is written.
    None,
}

/// What a synchronisation changes.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Synced {
    /// Ids that were not known.
    pub added: Vec<TbId>,
    /// Ids of which something else is known now.
    pub changed: Vec<TbId>,
    /// Ids that are forgotten.
    pub removed: Vec<TbId>,
    /// Ids whose lines cannot be read; they are left as they are.
    pub damaged: Vec<TbId>,
    /// How many are as they were.
    pub unchanged: usize,
}

impl IdFrom<'_> {
    /// The id of the entry at a permalink; `None` if none can be made from it.
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
        TbId::new(&raw).ok()
    }
}

/// Learns `learnt`; of two with one id the first counts. What it does not say (a title, a date) stays as it was, and
/// so do passphrases and the titles of entries that are listed.
pub fn sync(store: &Store, learnt: &[Learnt], prune: Prune, effect: Effect) -> Result<Synced> {
    let mut synced = Synced::default();
    match effect {
        Effect::Write => file::edit(store, |lines| {
            synced = apply(lines, learnt, prune);
            Ok(())
        })?,
        Effect::None => {
            let bytes = store.read_own(StateFile::Entries)?.unwrap_or_default();
            file::check(store, bytes.len())?;
            synced = apply(&mut file::parse(&bytes), learnt, prune);
        }
    }
    Ok(synced)
}

fn apply(lines: &mut BTreeMap<TbId, String>, learnt: &[Learnt], prune: Prune) -> Synced {
    let mut synced = Synced::default();
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

fn update(info: &mut EntryInfo, entry: &Learnt) {
    info.url = Some(entry.url.clone());
    let title = clean(&entry.title);
    // What the owner wrote for the list of ids stays.
    let is_the_owners = info.listing == ListingPolicy::Listed && info.title.is_some();
    if !title.is_empty() && !is_the_owners {
        info.title = Some(crop(&title, Ping::MAX_TITLE, "…").into_owned());
    }
    info.published = entry.published.or(info.published);
}

#[cfg(test)]
mod tests {
    use super::super::{all, change, find};
    use super::*;

    fn learnt(name: &str, title: &str) -> Learnt {
        Learnt {
            id: TbId::new(name.as_bytes()).unwrap(),
            url: Url::parse(&format!("https://blog.example/{name}/")).unwrap(),
            title: title.to_owned(),
            published: None,
        }
    }

    #[test]
    fn an_id_is_made_from_the_last_part_or_the_whole_of_the_path() {
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
    fn a_sync_adds_and_changes_and_removes_only_when_told_and_never_a_passphrase() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        let first = [learnt("a", "A"), learnt("b", "B"), learnt("c", "C")];
        sync(&store, &first, Prune::No, Effect::Write).unwrap();
        for name in ["b", "c"] {
            change(&store, &learnt(name, "").id, |info| {
                info.passphrase = Some("sesame".to_owned());
            })
            .unwrap();
        }
        change(&store, &learnt("listed", "").id, |info| {
            info.listing = ListingPolicy::Listed;
            info.title = Some("By hand".to_owned());
        })
        .unwrap();
        let second = [learnt("d", "D"), learnt("b", ""), learnt("d", "again")];
        let tried = sync(&store, &second, Prune::Yes, Effect::None).unwrap();
        assert_eq!(all(&store).unwrap().entries.len(), 4);
        assert_eq!(tried.removed, [learnt("a", "").id]);
        let kept = sync(&store, &second, Prune::No, Effect::Write).unwrap();
        assert_eq!(
            (kept.added.len(), kept.unchanged, kept.removed.len()),
            (1, 1, 0)
        );
        let done = sync(&store, &second, Prune::Yes, Effect::Write).unwrap();
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
        sync(&store, &[learnt("listed", "x")], Prune::Yes, Effect::Write).unwrap();
        let listed = find(&store, &learnt("listed", "").id).unwrap().unwrap();
        assert_eq!(listed.title.as_deref(), Some("By hand"));
        assert!(listed.url.is_some());
    }
}
