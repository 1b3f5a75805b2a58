//! Pages that strangers ask for again and again, kept for as long as the files that they were made of
//! stay the same.
//!
//! A kept page is looked up with one `stat` for each of its files, so a ping that another process has
//! acknowledged is on the next page. A file of pings only grows, or is replaced by another; a header or
//! footer that was changed within the last second is waited out, for its time may not tell two changes apart.

use std::collections::HashMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use hyper::body::Bytes;
use hyper::{HeaderMap, StatusCode};
use jiff::Timestamp;

/// The most that is kept, in bytes of pages and names.
const MOST: usize = 16 << 20;
/// What an entry counts besides its page.
const ENTRY: usize = 1 << 10;
/// Seconds that a file must have been left alone.
const SETTLED: i64 = 1;

/// The pages that are kept.
#[derive(Debug, Default)]
pub(super) struct Pages {
    kept: Mutex<CachedPage>,
}

#[derive(Debug, Default)]
struct CachedPage {
    entries: HashMap<String, Arc<CacheEntry>>,
    bytes: usize,
}

/// What was answered, ready to be sent.
#[derive(Debug, Clone)]
pub(super) struct CachedAnswer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

#[derive(Debug)]
struct CacheEntry {
    files: Vec<PathBuf>,
    /// The page and what the files were before it was made; `None` until it is asked for again.
    page: Option<(Vec<Witness>, CachedAnswer)>,
}

/// What tells one state of a file from another; `None` where there is no file.
type Witness = Option<[i64; 6]>;

/// The files of a page as they were before it was made.
#[derive(Debug)]
pub(super) struct FilesBefore {
    files: Vec<PathBuf>,
    witnesses: Vec<Witness>,
}

impl Pages {
    /// The page kept for `request`, if its files are as they were.
    pub(super) fn find(&self, request: &str) -> Option<CachedAnswer> {
        let entry = self.entry(request)?;
        let (witnesses, answer) = entry.page.as_ref()?;
        let same = entry
            .files
            .iter()
            .zip(witnesses)
            .all(|(file, then)| witness(file) == *then);
        same.then(|| answer.clone())
    }

    /// Looks at the files of a page that is about to be made; `None` if it was never asked for.
    pub(super) fn before(&self, request: &str) -> Option<FilesBefore> {
        let files = self.entry(request)?.files.clone();
        let witnesses = files.iter().map(witness).collect();
        Some(FilesBefore { files, witnesses })
    }

    /// Keeps a page that was made of `files`.
    pub(super) fn keep(
        &self,
        request: String,
        files: Vec<PathBuf>,
        before: Option<FilesBefore>,
        answer: &CachedAnswer,
        now: Timestamp,
    ) {
        let settled = |before: &FilesBefore| {
            let recent = now.as_second() - SETTLED;
            before.files == files
                && before
                    .witnesses
                    .iter()
                    .flatten()
                    .all(|[.., changed, _]| *changed < recent)
        };
        let page = before
            .filter(settled)
            .map(|before| (before.witnesses, answer.clone()));
        let size = ENTRY + request.len() + page.as_ref().map_or(0, |_| answer.body.len());
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.bytes + size > MOST {
            *kept = CachedPage::default();
        }
        kept.bytes += size;
        kept.entries
            .insert(request, Arc::new(CacheEntry { files, page }));
    }

    fn entry(&self, request: &str) -> Option<Arc<CacheEntry>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.entries.get(request).cloned()
    }
}

fn witness(file: &PathBuf) -> Witness {
    let metadata = fs::symlink_metadata(file).ok()?;
    let number = |value: u64| i64::from_ne_bytes(value.to_ne_bytes());
    Some([
        number(metadata.ino()),
        number(metadata.size()),
        metadata.mtime(),
        metadata.mtime_nsec(),
        metadata.ctime(),
        metadata.ctime_nsec(),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(text: &'static str) -> CachedAnswer {
        CachedAnswer {
            status: StatusCode::OK,
            headers: HeaderMap::new(),
            body: Bytes::from_static(text.as_bytes()),
        }
    }

    fn later() -> Timestamp {
        Timestamp::now() + jiff::SignedDuration::from_secs(10)
    }

    fn keep(pages: &Pages, file: &std::path::Path, text: &'static str, now: Timestamp) {
        let before = pages.before("/a?");
        pages.keep(
            "/a?".to_owned(),
            vec![file.to_owned()],
            before,
            &answer(text),
            now,
        );
    }

    #[test]
    fn a_page_is_kept_from_the_second_time_on_and_until_a_file_changes() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("entry.jsonl");
        let pages = Pages::default();
        keep(&pages, &file, "none", later());
        assert!(pages.find("/a?").is_none());
        keep(&pages, &file, "none", later());
        assert_eq!(pages.find("/a?").unwrap().body, "none");
        fs::write(&file, "one\n").unwrap();
        assert!(pages.find("/a?").is_none(), "a file has come");
        keep(&pages, &file, "one", later());
        assert_eq!(pages.find("/a?").unwrap().body, "one");
        fs::write(&file, "one\ntwo\n").unwrap();
        assert!(pages.find("/a?").is_none(), "it has grown");
    }

    #[test]
    fn a_file_that_was_just_changed_is_waited_out() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("header.txt");
        fs::write(&file, "one").unwrap();
        let pages = Pages::default();
        keep(&pages, &file, "one", Timestamp::now());
        keep(&pages, &file, "one", Timestamp::now());
        assert!(pages.find("/a?").is_none());
    }

    #[test]
    fn s7_what_is_kept_has_a_bound() {
        let pages = Pages::default();
        for number in 0..40_000 {
            pages.keep(
                format!("/?before={number}"),
                Vec::new(),
                None,
                &answer(""),
                later(),
            );
        }
        let kept = pages.kept.lock().unwrap();
        assert!(kept.bytes <= MOST && kept.entries.len() <= MOST / ENTRY);
    }
}
