//! The weblog entries behind the ids: `.entries`.
//!
//! `tb entries sync` takes permalinks, titles and dates from the weblog. An entry may also have a passphrase, so a
//! malformed line is an error for its id and never treated as an entry without one.

use std::cell::{OnceCell, RefCell};
use std::collections::HashSet;
use std::fs::File;

use jiff::{SignedDuration, Timestamp};

use crate::config::{Config, Ids};
use crate::error::{Refusal, Result};
use crate::linkback::trackback::TbId;
use crate::order;
use crate::store::{StateFile, Store};
use crate::urls::page_key;

mod file;
mod info;
mod line;
mod not_an_entry;
mod sync;

pub use self::info::{EntryInfo, ListingPolicy, MAX_DESCRIPTION};
pub use not_an_entry::{NotAnEntry, not_an_entry};
pub use sync::{IdFrom, Prune, SyncReport, WeblogEntry, id_of_page, sync};

/// The content of `.entries`.
#[derive(Debug, Default)]
pub struct EntryList {
    /// The entries, sorted by id.
    pub entries: Vec<(TbId, EntryInfo)>,
    /// The ids of malformed lines.
    pub damaged: Vec<TbId>,
}

/// The entry behind `id`; `None` if it is unknown. Costs about 20 reads in a file of 5,000 entries.
pub fn find(store: &Store, id: &TbId) -> Result<Option<EntryInfo>> {
    EntryReader::default().find(store, id)
}

/// Looks entries up in `.entries`, opening the file only once: a request asks for the same entry several times.
#[derive(Debug, Default)]
pub struct EntryReader {
    file: OnceCell<Option<File>>,
    /// The last lookup.
    last: RefCell<Option<(TbId, Option<EntryInfo>)>>,
}

impl EntryReader {
    /// See [`find`].
    pub fn find(&self, store: &Store, id: &TbId) -> Result<Option<EntryInfo>> {
        if let Some((_, info)) = self.last.borrow().as_ref().filter(|(last, _)| last == id) {
            return Ok(info.clone());
        }
        let text = match self.open(store)? {
            Some(file) => file::find(store, file, id)?,
            None => None,
        };
        let info = text
            .map(|text| line::parse(&text).ok_or_else(|| file::malformed_line(store, id)))
            .transpose()?;
        *self.last.borrow_mut() = Some((id.clone(), info.clone()));
        Ok(info)
    }

    /// The listed entries, sorted by title, or by id if they have none. Malformed lines are skipped.
    pub fn listed(&self, store: &Store) -> Result<Vec<(TbId, EntryInfo)>> {
        let Some(file) = self.open(store)? else {
            return Ok(Vec::new());
        };
        let bytes = store.read_open_state(StateFile::Entries, file)?;
        file::check_size(store, bytes.len())?;
        // Most weblogs list no entries: searching for the keyword is cheaper than parsing.
        let word = line::LISTED.as_bytes();
        if !bytes.windows(word.len()).any(|window| window == word) {
            return Ok(Vec::new());
        }
        let mut listed: Vec<_> = file::parse(&bytes)
            .into_iter()
            .filter(|(_, text)| text.contains(line::LISTED))
            .filter_map(|(id, text)| Some((id, line::parse(&text)?)))
            .filter(|(_, info)| info.listing == ListingPolicy::Listed)
            .collect();
        order::sort_by_key(&mut listed, |(id, info)| {
            let title = info.title.as_deref().unwrap_or(id.as_str());
            (title.to_lowercase(), id.clone())
        });
        Ok(listed)
    }

    fn open(&self, store: &Store) -> Result<Option<&File>> {
        if self.file.get().is_none() {
            let file = store.open_state(StateFile::Entries)?;
            self.file.get_or_init(|| file);
        }
        Ok(self.file.get().and_then(Option::as_ref))
    }
}

/// Loads all entries, sorted by id.
pub fn load(store: &Store) -> Result<EntryList> {
    let bytes = store.read_state(StateFile::Entries)?.unwrap_or_default();
    file::check_size(store, bytes.len())?;
    let mut known = EntryList::default();
    for (id, text) in file::parse(&bytes) {
        match line::parse(&text) {
            Some(info) => known.entries.push((id, info)),
            None => known.damaged.push(id),
        }
    }
    Ok(known)
}

/// The keys of the pages of which other ids than `id` are; none if the page of `id` is known. One of which `id` may be made
/// is none of these: the owner may have changed how ids are made.
pub fn pages_of_others(store: &Store, id: &TbId) -> Result<HashSet<String>> {
    if find(store, id)?.is_some_and(|entry| entry.url.is_some()) {
        return Ok(HashSet::new());
    }
    let mut pages = HashSet::new();
    for url in load(store)?
        .entries
        .into_iter()
        .filter_map(|(_, entry)| entry.url)
    {
        let made = [IdFrom::LastSegment, IdFrom::Path].map(|from| from.id_of(&url));
        if !made.iter().flatten().any(|made| made == id) {
            pages.insert(page_key(&url));
        }
    }
    Ok(pages)
}

/// The file's content with every passphrase emptied, which admits nobody: an id that had a passphrase must not become
/// open where the content is restored.
pub fn without_passphrases(bytes: &[u8]) -> Vec<u8> {
    let mut lines = file::parse(bytes);
    for text in lines.values_mut() {
        *text = match line::parse(text) {
            Some(EntryInfo {
                passphrase: None, ..
            }) => continue,
            Some(info) => line::format(&EntryInfo {
                passphrase: Some(String::new()),
                ..info
            }),
            // A malformed line may hold a passphrase.
            None => line::format(&EntryInfo {
                passphrase: Some(String::new()),
                ..EntryInfo::default()
            }),
        };
    }
    file::format(&lines).into_bytes()
}

/// The ids with an empty passphrase, which nobody can ping.
pub fn closed(store: &Store) -> Result<Vec<TbId>> {
    let known = load(store)?.entries.into_iter();
    let is_closed = |info: &EntryInfo| info.passphrase.as_deref() == Some("");
    Ok(known
        .filter(|(_, info)| is_closed(info))
        .map(|(id, _)| id)
        .collect())
}

/// Edits the entry behind `id`; removes the line if the entry becomes empty.
pub fn edit(store: &Store, id: &TbId, change: impl FnOnce(&mut EntryInfo)) -> Result<()> {
    file::edit(store, |lines| {
        let mut info = match lines.get(id) {
            Some(text) => line::parse(text).ok_or_else(|| file::malformed_line(store, id))?,
            None => EntryInfo::default(),
        };
        change(&mut info);
        if info == EntryInfo::default() {
            lines.remove(id);
        } else {
            lines.insert(id.clone(), line::format(&info));
        }
        Ok(())
    })
}

/// Removes the entries of these ids, with their passphrases; returns the ids that were unknown.
pub fn forget(store: &Store, ids: &[TbId]) -> Result<Vec<TbId>> {
    let mut unknown = Vec::new();
    file::edit(store, |lines| {
        unknown = ids
            .iter()
            .filter(|id| lines.remove(*id).is_none())
            .cloned()
            .collect();
        Ok(())
    })?;
    Ok(unknown)
}

/// Checks that the entry behind `id` accepts pings: with `ids = "known"` it must be known or have pings already, and it
/// must not be older than `close_after`. An entry without a date does not close.
pub fn check_open(
    config: &Config,
    (store, entries): (&Store, &EntryReader),
    id: &TbId,
    now: Timestamp,
) -> Result<()> {
    if config.ids == Ids::Any && config.close_after.is_none() {
        return Ok(());
    }
    let info = entries.find(store, id)?;
    if config.ids == Ids::Known && info.is_none() && !store.has(id)? {
        return Err(Refusal::UnknownId.into());
    }
    let published = info.and_then(|info| info.published);
    if let (Some(published), Some(open)) = (published, config.close_after)
        && is_over(published, open, now)
    {
        return Err(Refusal::Closed.into());
    }
    Ok(())
}

fn is_over(published: Timestamp, open: SignedDuration, now: Timestamp) -> bool {
    // An overflow means that the end is never reached.
    published.checked_add(open).is_ok_and(|end| end < now)
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::*;
    use crate::error::Error;

    fn id(text: &str) -> TbId {
        TbId::new(text.as_bytes()).unwrap()
    }

    fn store() -> (tempfile::TempDir, Store) {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        (dir, store)
    }

    fn titled(store: &Store, name: &str) {
        edit(store, &id(name), |info| {
            info.title = Some(format!("T {name}"));
        })
        .unwrap();
    }

    fn title(store: &Store, name: &str) -> Option<String> {
        find(store, &id(name)).unwrap().and_then(|info| info.title)
    }

    #[test]
    fn what_is_changed_is_found_and_what_comes_to_nothing_is_forgotten() {
        let (_dir, store) = store();
        assert_eq!(find(&store, &id("a")).unwrap(), None);
        for name in ["m", "a", "猫", "z", "aa", "Z", "0"] {
            titled(&store, name);
        }
        for name in ["m", "a", "猫", "z", "aa", "Z", "0"] {
            assert_eq!(title(&store, name).unwrap(), format!("T {name}"));
        }
        for name in ["b", "1", "犬", "zz", "ab"] {
            assert_eq!(title(&store, name), None, "{name}");
        }
        edit(&store, &id("m"), |info| info.title = None).unwrap();
        assert_eq!(find(&store, &id("m")).unwrap(), None);
        assert_eq!(
            forget(&store, &[id("a"), id("nothing")]).unwrap(),
            [id("nothing")]
        );
        let ids: Vec<_> = load(&store).unwrap().entries;
        let ids: Vec<_> = ids.iter().map(|(id, _)| id.as_str()).collect();
        assert_eq!(ids, ["0", "Z", "aa", "z", "猫"]);
    }

    #[test]
    fn every_id_of_many_is_found() {
        let (_dir, store) = store();
        let learnt: Vec<WeblogEntry> = (0..3000)
            .map(|number| WeblogEntry {
                id: id(&format!("entry_{number}")),
                url: Url::parse(&format!("https://blog.example/{number}")).unwrap(),
                title: "x".repeat(number % 200),
                published: None,
                updated: None,
            })
            .collect();
        let synced = sync(&store, &learnt, Prune::No, crate::store::DryRun::No).unwrap();
        assert_eq!(synced.added.len(), 3000);
        for entry in &learnt {
            let found = find(&store, &entry.id).unwrap().unwrap();
            assert_eq!(found.url.as_ref(), Some(&entry.url));
        }
        for number in 0..300 {
            assert_eq!(
                find(&store, &id(&format!("entry_{number}x"))).unwrap(),
                None
            );
        }
    }

    #[test]
    fn a_file_that_was_edited_by_hand_is_read_all_the_same() {
        let (dir, store) = store();
        let path = dir.path().join(".entries");
        for name in ["a", "b", "c", "d"] {
            titled(&store, name);
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let mut lines: Vec<&str> = text.lines().collect();
        // Without the first line, in another order, with junk, without a newline at the end.
        lines.remove(0);
        lines.reverse();
        lines.insert(1, "junk!");
        lines.insert(2, "");
        std::fs::write(&path, lines.join("\r\n")).unwrap();
        for name in ["a", "b", "c", "d"] {
            assert_eq!(title(&store, name).unwrap(), format!("T {name}"));
        }
        assert_eq!(title(&store, "e"), None);
        titled(&store, "e");
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(text.lines().count(), 6, "{text}");
    }

    #[test]
    fn lines_that_are_swapped_behind_a_true_first_line_are_found_or_seen() {
        let (dir, store) = store();
        let path = dir.path().join(".entries");
        let names: Vec<String> = (10..60).map(|number| format!("e{number}")).collect();
        for name in &names {
            titled(&store, name);
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let mut lines: Vec<&str> = text.lines().collect();
        if let Some(lines) = lines.get_mut(1..) {
            lines.reverse();
        }
        std::fs::write(&path, format!("{}\n", lines.join("\n"))).unwrap();
        for name in &names {
            assert_eq!(title(&store, name).unwrap(), format!("T {name}"));
        }
    }

    #[test]
    fn s4_a_damaged_line_is_never_an_entry_without_a_passphrase() {
        let (dir, store) = store();
        for line in [
            "a\t{\"passphrase\":5}",
            "a\t{\"passphrase\":\"x\"",
            "a\tnull",
            "a\t",
            "a",
            "a\t{\"url\":\"javascript:x\"}",
            "a\t{\"published\":\"yesterday\"}",
        ] {
            std::fs::write(dir.path().join(".entries"), format!("{line}\nb\t{{}}\n")).unwrap();
            let found = find(&store, &id("a"));
            assert!(
                matches!(found, Err(Error::File { .. })),
                "{line}: {found:?}"
            );
            assert!(edit(&store, &id("a"), |_| {}).is_err(), "{line}");
            let known = load(&store).unwrap();
            assert_eq!(known.damaged, [id("a")], "{line}");
            titled(&store, "b");
            assert!(find(&store, &id("a")).is_err(), "{line}: it was dropped");
        }
    }

    #[test]
    fn an_entry_closes_after_its_time_and_not_before() {
        let published: Timestamp = "2026-11-01T00:00:00Z".parse().unwrap();
        let day = SignedDuration::from_hours(24);
        for (now, over) in [
            ("2026-11-01T23:59:59Z", false),
            ("2026-11-02T00:00:00Z", false),
            ("2026-11-02T00:00:01Z", true),
            ("1999-01-01T00:00:00Z", false),
        ] {
            assert_eq!(is_over(published, day, now.parse().unwrap()), over, "{now}");
        }
        assert!(!is_over(Timestamp::MAX, day, published));
        assert!(!is_over(published, SignedDuration::MAX, Timestamp::MAX));
    }
}
