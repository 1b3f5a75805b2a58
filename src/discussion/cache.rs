//! Caches a discussion in `data_dir`, so that showing it makes no network requests.

use super::{DiscussionPage, FetchStatus, MAX_DEPTH, Thread};
use crate::error::{Refusal, Result};
use crate::linkback::trackback::TbId;
use crate::store::{State, Store};

/// Saves the discussion of `id`, replacing an earlier one.
pub fn save(store: &Store, id: &TbId, thread: &Thread) -> Result<()> {
    // Strings and numbers always serialise.
    let mut bytes = serde_json::to_vec(thread).unwrap_or_default();
    bytes.push(b'\n');
    if store.replace_thread(id, &bytes)? {
        Ok(())
    } else {
        Err(Refusal::NoSuchPing.into())
    }
}

/// Loads the saved discussion of `id`, without the pings of this installation that are no longer published and the
/// pages below them. `None` if there is none or it is damaged: it can be fetched again.
pub fn load(store: &Store, id: &TbId) -> Result<Option<Thread>> {
    let Some(bytes) = store.read_thread(id)? else {
        return Ok(None);
    };
    let Some(mut thread) = serde_json::from_slice::<Thread>(&bytes)
        .ok()
        .filter(is_whole)
    else {
        return Ok(None);
    };
    let pings = store.pings(id)?;
    let is_published = |page: &DiscussionPage| -> Result<bool> {
        let Some(number) = page.ping else {
            return Ok(true);
        };
        let record = pings.as_ref().map(|pings| pings.get(number)).transpose()?;
        Ok(record
            .flatten()
            .is_some_and(|record| record.state == State::Published && record.url == page.url))
    };
    let mut kept = Vec::with_capacity(thread.pages.len());
    let mut gone_below = None;
    for page in thread.pages {
        if gone_below.is_some_and(|depth| page.depth > depth) {
            continue;
        }
        gone_below = None;
        if is_published(&page)? {
            kept.push(page);
        } else {
            gone_below = Some(page.depth);
        }
    }
    thread.pages = kept;
    forget_gone(&mut thread.pages);
    Ok(Some(thread))
}

/// Whether the order of the pages makes a tree: a file may have been edited by hand.
fn is_whole(thread: &Thread) -> bool {
    let mut deepest = 0;
    thread.pages.iter().enumerate().all(|(index, page)| {
        let fits = page.number == index + 1
            && (page.depth == 0) == (index == 0)
            && page.depth <= deepest
            && page.depth <= MAX_DEPTH;
        deepest = page.depth + 1;
        fits
    }) && !thread.pages.is_empty()
}

/// Removes references to pages that are no longer in the list.
fn forget_gone(pages: &mut [DiscussionPage]) {
    let numbers: Vec<usize> = pages.iter().map(|page| page.number).collect();
    for page in pages {
        page.again = page
            .again
            .filter(|number| numbers.binary_search(number).is_ok());
        if page.again.is_none() && page.standing == FetchStatus::Again {
            page.standing = FetchStatus::Deep;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(number: usize, depth: usize) -> DiscussionPage {
        DiscussionPage {
            number,
            parent: None,
            depth,
            url: format!("http://a.example/{number}"),
            title: "t".to_owned(),
            blog_name: String::new(),
            time: None,
            standing: FetchStatus::Read,
            why: String::new(),
            again: None,
            more: 0,
            ping: None,
        }
    }

    fn thread(depths: &[usize]) -> Thread {
        let pages = depths.iter().enumerate();
        Thread {
            asked: "2026-11-20T05:00:00Z".parse().unwrap(),
            pages: pages
                .map(|(index, depth)| page(index + 1, *depth))
                .collect(),
        }
    }

    #[test]
    fn what_is_kept_is_read_again_and_what_is_damaged_is_none() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        let id = TbId::new(b"a").unwrap();
        assert!(save(&store, &id, &thread(&[0])).is_err(), "no pings");
        std::fs::write(store.file_of(&id), "").unwrap();
        assert_eq!(load(&store, &id).unwrap(), None);
        let kept = thread(&[0, 1, 2, 1]);
        save(&store, &id, &kept).unwrap();
        assert_eq!(load(&store, &id).unwrap(), Some(kept));
        for damaged in [
            thread(&[]),
            thread(&[1]),
            thread(&[0, 0]),
            thread(&[0, 2]),
            thread(&(0..20).collect::<Vec<_>>()),
        ] {
            save(&store, &id, &damaged).unwrap();
            assert_eq!(load(&store, &id).unwrap(), None, "{damaged:?}");
        }
        std::fs::write(store.thread_file(&id), "{\"asked\":").unwrap();
        assert_eq!(load(&store, &id).unwrap(), None);
    }

    #[test]
    fn a_ping_that_is_no_longer_published_is_gone_with_all_below_it() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        let id = TbId::new(b"a").unwrap();
        let line = |number: u64, state: &str| {
            format!(
                "{{\"op\":\"ping\",\"id\":{number},\"time\":\"2026-11-20T05:00:00Z\",\
                 \"url\":\"http://a.example/{number}\",\"title\":\"t\",\"state\":\"{state}\"}}\n"
            )
        };
        let lines = line(2, "published") + &line(4, "junk");
        std::fs::write(store.file_of(&id), lines).unwrap();
        let mut kept = thread(&[0, 1, 2, 1, 2, 3, 1]);
        for number in [2, 4, 7] {
            kept.pages[number - 1].ping = u64::try_from(number).ok();
        }
        kept.pages[2].standing = FetchStatus::Again;
        kept.pages[2].again = Some(5);
        save(&store, &id, &kept).unwrap();
        let left = load(&store, &id).unwrap().unwrap().pages;
        let numbers: Vec<usize> = left.iter().map(|page| page.number).collect();
        assert_eq!(numbers, [1, 2, 3]);
        assert_eq!((left[2].standing, left[2].again), (FetchStatus::Deep, None));
    }
}
