//! A cache of pages for strangers, valid as long as the files that they were made from stay the same.
//!
//! A lookup does one `stat` for each of the files, so a ping that another process has acknowledged is on the next page. A
//! file of pings only grows or is replaced. A page is not cached within a second of a change of its files, since two
//! changes may have the same time.

use std::collections::HashMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use hyper::body::Bytes;
use hyper::{HeaderMap, StatusCode};
use jiff::Timestamp;

use crate::web::Download;

/// The size of the cache, in bytes of pages and keys.
const MOST: usize = 16 << 20;
/// The overhead that is counted for an entry.
const ENTRY: usize = 1 << 10;
/// Seconds that a file must be unchanged.
const SETTLED: i64 = 1;

/// The cache.
#[derive(Debug, Default)]
pub(super) struct PageCache {
    state: Mutex<CacheState>,
}

#[derive(Debug, Default)]
struct CacheState {
    entries: HashMap<String, Arc<CacheEntry>>,
    bytes: usize,
}

/// A response, ready to be sent.
#[derive(Debug, Clone)]
pub(super) struct CachedResponse {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    /// The body instead, if it is a file; such a response is never cached.
    pub(super) download: Option<Download>,
}

#[derive(Debug)]
struct CacheEntry {
    files: Vec<PathBuf>,
    /// The page, and its files' fingerprints from before it was made; `None` until it is requested again.
    page: Option<(Vec<Fingerprint>, CachedResponse)>,
}

/// The identity, size and times of a file; `None` if it does not exist.
type Fingerprint = Option<[i64; 6]>;

/// The files of a page, with their fingerprints before it was made.
#[derive(Debug)]
pub(super) struct FilesSnapshot {
    files: Vec<PathBuf>,
    fingerprints: Vec<Fingerprint>,
}

impl PageCache {
    /// Forgets all pages, since the settings that they were made with have changed.
    pub(super) fn clear(&self) {
        *self.state.lock().unwrap_or_else(PoisonError::into_inner) = CacheState::default();
    }

    /// The cached page for `request`, if its files have not changed.
    pub(super) fn find(&self, request: &str) -> Option<CachedResponse> {
        let entry = self.entry(request)?;
        let (fingerprints, response) = entry.page.as_ref()?;
        let same = entry
            .files
            .iter()
            .zip(fingerprints)
            .all(|(file, then)| fingerprint(file) == *then);
        same.then(|| response.clone())
    }

    /// The fingerprints of the files of a page that is about to be made; `None` if it was never requested.
    pub(super) fn snapshot(&self, request: &str) -> Option<FilesSnapshot> {
        let files = self.entry(request)?.files.clone();
        let fingerprints = files.iter().map(fingerprint).collect();
        Some(FilesSnapshot {
            files,
            fingerprints,
        })
    }

    /// Caches a page that was made from `files`.
    pub(super) fn insert(
        &self,
        request: String,
        files: Vec<PathBuf>,
        before: Option<FilesSnapshot>,
        response: &CachedResponse,
        now: Timestamp,
    ) {
        let settled = |before: &FilesSnapshot| {
            let recent = now.as_second() - SETTLED;
            before.files == files
                && before
                    .fingerprints
                    .iter()
                    .flatten()
                    .all(|[.., changed, _]| *changed < recent)
        };
        let page = before
            .filter(settled)
            .map(|before| (before.fingerprints, response.clone()));
        let size = ENTRY + request.len() + page.as_ref().map_or(0, |_| response.body.len());
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.bytes + size > MOST {
            *state = CacheState::default();
        }
        state.bytes += size;
        state
            .entries
            .insert(request, Arc::new(CacheEntry { files, page }));
    }

    fn entry(&self, request: &str) -> Option<Arc<CacheEntry>> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.entries.get(request).cloned()
    }
}

fn fingerprint(file: &PathBuf) -> Fingerprint {
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

    fn response(text: &'static str) -> CachedResponse {
        CachedResponse {
            status: StatusCode::OK,
            headers: HeaderMap::new(),
            body: Bytes::from_static(text.as_bytes()),
            download: None,
        }
    }

    fn later() -> Timestamp {
        Timestamp::now() + jiff::SignedDuration::from_secs(10)
    }

    fn insert(pages: &PageCache, file: &std::path::Path, text: &'static str, now: Timestamp) {
        let before = pages.snapshot("/a?");
        pages.insert(
            "/a?".to_owned(),
            vec![file.to_owned()],
            before,
            &response(text),
            now,
        );
    }

    #[test]
    fn a_page_is_kept_from_the_second_time_on_and_until_a_file_changes() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("entry.jsonl");
        let pages = PageCache::default();
        insert(&pages, &file, "none", later());
        assert!(pages.find("/a?").is_none());
        insert(&pages, &file, "none", later());
        assert_eq!(pages.find("/a?").unwrap().body, "none");
        fs::write(&file, "one\n").unwrap();
        assert!(pages.find("/a?").is_none(), "a file has come");
        insert(&pages, &file, "one", later());
        assert_eq!(pages.find("/a?").unwrap().body, "one");
        fs::write(&file, "one\ntwo\n").unwrap();
        assert!(pages.find("/a?").is_none(), "it has grown");
    }

    #[test]
    fn a_file_that_was_just_changed_is_waited_out() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("header.txt");
        fs::write(&file, "one").unwrap();
        let pages = PageCache::default();
        insert(&pages, &file, "one", Timestamp::now());
        insert(&pages, &file, "one", Timestamp::now());
        assert!(pages.find("/a?").is_none());
    }

    #[test]
    fn s7_what_is_kept_has_a_bound() {
        let pages = PageCache::default();
        for number in 0..40_000 {
            pages.insert(
                format!("/?before={number}"),
                Vec::new(),
                None,
                &response(""),
                later(),
            );
        }
        let state = pages.state.lock().unwrap();
        assert!(state.bytes <= MOST && state.entries.len() <= MOST / ENTRY);
    }
}
