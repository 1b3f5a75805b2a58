//! The domains that the owner has approved: `.domains`, one registrable domain a line.
//!
//! The owner may edit it; `#` begins a comment. A line that is no domain is left alone and means nothing.

use jiff::Timestamp;
use url::Url;

use crate::domain::registrable;
use crate::error::Result;
use crate::store::{Event, Own, State, Store};

/// Whether the owner has approved this registrable domain before.
///
/// # Errors
///
/// As [`Store::read_own`].
pub fn is_known(store: &Store, domain: &str) -> Result<bool> {
    let bytes = store.read_own(Own::Domains)?.unwrap_or_default();
    Ok(lines(&bytes).any(|line| line.eq_ignore_ascii_case(domain)))
}

/// All approved domains, sorted, each once.
///
/// # Errors
///
/// As [`Store::read_own`].
pub fn all(store: &Store) -> Result<Vec<String>> {
    let bytes = store.read_own(Own::Domains)?.unwrap_or_default();
    let mut all: Vec<String> = lines(&bytes).map(str::to_ascii_lowercase).collect();
    all.sort();
    all.dedup();
    Ok(all)
}

/// Makes a domain known; tells whether it was not.
///
/// # Errors
///
/// As [`Store::edit_own`].
pub fn learn(store: &Store, domain: &str) -> Result<bool> {
    let mut is_new = false;
    store.edit_own(Own::Domains, |mut bytes| {
        is_new = !domain.is_empty() && !lines(&bytes).any(|line| line.eq_ignore_ascii_case(domain));
        if !is_new {
            return Ok(None);
        }
        if bytes.last().is_some_and(|last| *last != b'\n') {
            bytes.push(b'\n');
        }
        bytes.extend_from_slice(domain.as_bytes());
        bytes.push(b'\n');
        Ok(Some(bytes))
    })?;
    Ok(is_new)
}

/// Forgets a domain; tells whether it was known.
///
/// # Errors
///
/// As [`Store::edit_own`].
pub fn unlearn(store: &Store, domain: &str) -> Result<bool> {
    // Most of what is junked was never approved: then nothing is locked or made.
    if !is_known(store, domain)? {
        return Ok(false);
    }
    store.edit_own(Own::Domains, |bytes| {
        let is_other =
            |line: &&[u8]| read(line).is_none_or(|line| !line.eq_ignore_ascii_case(domain));
        let others = bytes.split_inclusive(|byte| *byte == b'\n');
        Ok(Some(others.filter(is_other).flatten().copied().collect()))
    })?;
    Ok(true)
}

/// Learns from what the owner has decided about a ping: publishing approves the domain of its permalink,
/// junking takes that back. The decision stands already, so what cannot be learnt is only logged.
pub fn decided(store: &Store, permalink: &str, to: State, now: Timestamp) {
    let Ok(url) = Url::parse(permalink) else {
        return;
    };
    let domain = registrable(&url);
    let learnt = match to {
        State::Published => learn(store, &domain),
        State::Junk => unlearn(store, &domain),
        State::Held => return,
    };
    if let Err(error) = learnt {
        let event = Event::new(now, "not-learnt")
            .with("domain", domain)
            .with("error", error.to_string());
        store.log(&event);
    }
}

fn lines(bytes: &[u8]) -> impl Iterator<Item = &str> {
    bytes.split(|byte| *byte == b'\n').filter_map(read)
}

/// The domain in a line.
fn read(line: &[u8]) -> Option<&str> {
    let line = std::str::from_utf8(line).ok()?;
    let line = line
        .split('#')
        .next()?
        .trim()
        .trim_start_matches('\u{FEFF}');
    let good = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:".contains(&byte);
    (!line.is_empty() && line.bytes().all(good)).then_some(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store() -> (tempfile::TempDir, Store) {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        (dir, store)
    }

    #[test]
    fn a_domain_is_learnt_once_and_forgotten_at_once() {
        let (_dir, store) = store();
        assert!(!is_known(&store, "a.example").unwrap());
        assert!(!unlearn(&store, "a.example").unwrap());
        assert!(learn(&store, "a.example").unwrap() && !learn(&store, "a.example").unwrap());
        assert!(is_known(&store, "a.example").unwrap());
        assert!(!is_known(&store, "b.a.example").unwrap() && !is_known(&store, "example").unwrap());
        assert!(!is_known(&store, "").unwrap() && !learn(&store, "").unwrap());
        assert!(unlearn(&store, "a.example").unwrap() && !is_known(&store, "a.example").unwrap());
    }

    #[test]
    fn what_the_owner_wrote_stays_and_damage_means_nothing() {
        let (dir, store) = store();
        let file = dir.path().join(".domains");
        let text = b"\xEF\xBB\xBFA.example\r\n# mine\nb.example # a friend\n\xFF\xFE\n\0\0\0\nnot a domain\n2001:db8::1";
        std::fs::write(&file, text).unwrap();
        assert_eq!(
            all(&store).unwrap(),
            ["2001:db8::1", "a.example", "b.example"]
        );
        learn(&store, "c.example").unwrap();
        unlearn(&store, "b.example").unwrap();
        let now = std::fs::read(&file).unwrap();
        assert!(now.starts_with(b"\xEF\xBB\xBFA.example\r\n# mine\n\xFF\xFE\n\0\0\0\nnot"));
        assert!(now.ends_with(b"2001:db8::1\nc.example\n"));
    }

    #[test]
    fn deciding_teaches_the_registrable_domain() {
        let (_dir, store) = store();
        let page = "https://me.weblog.co.uk:8443/1";
        let now = Timestamp::UNIX_EPOCH;
        decided(&store, page, State::Published, now);
        decided(&store, page, State::Held, now);
        assert_eq!(all(&store).unwrap(), ["weblog.co.uk"]);
        decided(&store, "https://weblog.co.uk/2", State::Junk, now);
        decided(&store, "nonsense", State::Published, now);
        assert_eq!(all(&store).unwrap(), [""; 0]);
    }
}
