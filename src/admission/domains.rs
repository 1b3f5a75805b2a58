//! The publishers that the owner has approved: `.domains`, one per line.
//!
//! * `host/` is a host without its tenants; `host/tenant/` is one tenant.
//! * `*.domain` is a registrable domain with all hosts and tenants; only the owner writes it.
//! * `domain` alone was written by earlier versions for the host of a ping. It covers the domain and its subdomains but
//!   no tenants, and in a shared domain only the host of that name.
//!
//! The owner may edit the file; `#` begins a comment. Other lines are kept and ignored.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use url::Url;

use super::publisher::{self, Publisher};
use super::shortener::is_redirector;
use crate::domain::is_open_to_all;
use crate::error::Result;
use crate::order;
use crate::store::{Event, EventName, StateFile, Store};
use crate::text;

/// An approval.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Approval {
    /// A host or a tenant.
    Publisher(Publisher),
    /// A registrable domain, with everybody in it.
    Domain(String),
    /// A registrable domain, as written by earlier versions.
    Legacy(String),
}

/// All approvals.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Approvals {
    all: Arc<BTreeSet<Approval>>,
}

impl Approval {
    /// Whether it covers `publisher`.
    pub fn covers(&self, publisher: &Publisher) -> bool {
        match self {
            Approval::Publisher(approved) => approved == publisher,
            Approval::Domain(domain) => !self.is_void() && domain == publisher.domain(),
            Approval::Legacy(domain) => {
                let is_own = publisher.host() == domain;
                let is_below = publisher::is_within(publisher.host(), domain);
                let is_shared = publisher::is_shared(domain) || is_open_to_all(domain);
                publisher.is_host() && (is_own || is_below && !is_shared)
            }
        }
    }

    /// Whether it approves nobody, because everybody can have a host below the domain. Earlier versions wrote such ones.
    pub fn is_void(&self) -> bool {
        matches!(self, Approval::Domain(domain) if is_open_to_all(domain))
    }

    /// Whether it covers all of `other`.
    pub fn covers_all(&self, other: &Approval) -> bool {
        match other {
            Approval::Publisher(publisher) => self.covers(publisher),
            Approval::Domain(_) | Approval::Legacy(_) => self == other,
        }
    }

    /// The registrable domain.
    pub fn domain(&self) -> &str {
        match self {
            Approval::Publisher(publisher) => publisher.domain(),
            Approval::Domain(domain) | Approval::Legacy(domain) => domain,
        }
    }

    /// The approval of the whole domain.
    pub fn whole_domain(&self) -> Approval {
        Approval::Domain(self.domain().to_owned())
    }

    /// Parses what the owner types: a line of the file, a host, or a URL, which stands for its publisher.
    pub fn guess(text: &str) -> Option<Approval> {
        // Parsers of URLs drop line ends and tabs, which would join two names.
        // And `-x` is an option, or its rest.
        if text.contains(char::is_control) || (text.starts_with('-') && !text.contains('.')) {
            return None;
        }
        if let Some(domain) = text.strip_prefix("*.") {
            let url = Url::parse(&format!("http://{domain}/")).ok()?;
            return Some(Approval::Domain(Publisher::of(&url)?.domain().to_owned()));
        }
        if let Some(publisher) = Publisher::parse(text) {
            return Some(Approval::Publisher(publisher));
        }
        let url = match text.contains("://") {
            true => Url::parse(text),
            false if text.matches(':').count() > 1 && !text.contains('/') => {
                Url::parse(&format!("http://[{text}]/"))
            }
            false => Url::parse(&format!("http://{text}")),
        };
        let url = url
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https") && url.username().is_empty())?;
        // `a/b` is more likely an id than a URL.
        let is_name = |host: &str| host.contains(['.', ':']);
        if url.path() != "/" && !url.host_str().is_some_and(is_name) {
            return None;
        }
        Publisher::of(&url).map(Approval::Publisher)
    }

    /// The kind of approval, for display.
    pub fn kind(&self) -> &'static str {
        match self {
            Approval::Publisher(publisher) if publisher.is_host() => "host",
            Approval::Publisher(_) => "tenant",
            Approval::Domain(_) => "domain",
            Approval::Legacy(domain) if publisher::is_shared(domain) => "host",
            Approval::Legacy(_) => "hosts",
        }
    }

    /// Parses the output of `Display`.
    pub fn parse(text: &str) -> Option<Approval> {
        Approval::parse_line(text.as_bytes())
    }

    /// Parses a line; `None` for comments and invalid lines.
    fn parse_line(line: &[u8]) -> Option<Approval> {
        let line = std::str::from_utf8(line).ok()?;
        let line = line.split('#').next()?.trim();
        let line = line.trim_start_matches('\u{FEFF}');
        let good = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:".contains(&byte);
        let is_name = |name: &str| !name.is_empty() && name.bytes().all(good);
        if let Some(publisher) = Publisher::parse(line) {
            return Some(Approval::Publisher(publisher));
        }
        match line.strip_prefix("*.") {
            Some(domain) => is_name(domain).then(|| Approval::Domain(domain.to_ascii_lowercase())),
            None => is_name(line).then(|| Approval::Legacy(line.to_ascii_lowercase())),
        }
    }
}

/// The line in the file.
impl fmt::Display for Approval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Approval::Publisher(publisher) => publisher.fmt(f),
            Approval::Domain(domain) => write!(f, "*.{domain}"),
            Approval::Legacy(domain) => f.write_str(domain),
        }
    }
}

impl Approvals {
    /// Loads them.
    pub fn load(store: &Store) -> Result<Approvals> {
        let bytes = store.read_state(StateFile::Domains)?.unwrap_or_default();
        Ok(Approvals::parse(&bytes))
    }

    /// Whether a publisher is approved.
    pub fn covers(&self, publisher: &Publisher) -> bool {
        self.all.iter().any(|approval| approval.covers(publisher))
    }

    /// All approvals, sorted, without duplicates.
    pub fn iter(&self) -> impl Iterator<Item = &Approval> {
        self.all.iter()
    }

    fn parse(bytes: &[u8]) -> Approvals {
        /// The last parsed content: many pings are received and checked between two changes of the file.
        static LAST: Mutex<Option<(Vec<u8>, Approvals)>> = Mutex::new(None);
        let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, approvals)) = last.as_ref().filter(|(read, _)| read == bytes) {
            return approvals.clone();
        }
        let lines = bytes.split(|byte| *byte == b'\n');
        let approvals = Approvals {
            all: Arc::new(order::set(lines.filter_map(Approval::parse_line))),
        };
        *last = Some((bytes.to_vec(), approvals.clone()));
        approvals
    }
}

/// The lines that approve nobody, though the owner or an earlier version meant them to: a public suffix, a host that only
/// redirects, or what is no host.
pub fn void_lines(store: &Store) -> Result<Vec<String>> {
    let bytes = store.read_state(StateFile::Domains)?.unwrap_or_default();
    let is_void = |line: &&[u8]| {
        let is_void = |approval: Approval| {
            let host = format!("http://{}/", approval.domain());
            approval.is_void() || Url::parse(&host).is_ok_and(|url| is_redirector(&url))
        };
        Approval::parse_line(line).is_none_or(is_void)
    };
    let lines = bytes.split(|byte| *byte == b'\n').filter(is_void);
    let texts = lines.map(|line| {
        let line = String::from_utf8_lossy(line);
        text::clean(line.split('#').next().unwrap_or_default())
    });
    Ok(texts.filter(|line| !line.is_empty()).collect())
}

/// Whether the publisher of the page at `url` is approved.
pub fn is_known(store: &Store, url: &Url) -> Result<bool> {
    let approvals = Approvals::load(store)?;
    Ok(Publisher::of(url).is_some_and(|publisher| approvals.covers(&publisher)))
}

/// Adds an approval; returns whether it was not covered before.
pub fn approve(store: &Store, approval: &Approval) -> Result<bool> {
    let mut is_new = false;
    store.edit_state(StateFile::Domains, |mut bytes| {
        let approvals = Approvals::parse(&bytes);
        is_new = !match approval {
            Approval::Publisher(publisher) => approvals.covers(publisher),
            Approval::Domain(_) | Approval::Legacy(_) => approvals.all.contains(approval),
        };
        if !is_new {
            return Ok(None);
        }
        if bytes.last().is_some_and(|last| *last != b'\n') {
            bytes.push(b'\n');
        }
        bytes.extend_from_slice(format!("{approval}\n").as_bytes());
        Ok(Some(bytes))
    })?;
    Ok(is_new)
}

/// Removes all approvals for which `is_meant` holds, and returns them.
pub fn revoke(store: &Store, is_meant: impl Fn(&Approval) -> bool) -> Result<Vec<Approval>> {
    // Without a match the file is neither locked nor created.
    if !Approvals::load(store)?.iter().any(&is_meant) {
        return Ok(Vec::new());
    }
    let mut removed = BTreeSet::new();
    store.edit_state(StateFile::Domains, |bytes| {
        let mut others = Vec::new();
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            match Approval::parse_line(line).filter(&is_meant) {
                Some(approval) => drop(removed.insert(approval)),
                None => others.extend_from_slice(line),
            }
        }
        Ok(Some(others))
    })?;
    Ok(removed.into_iter().collect())
}

/// Logs a change of the approvals; `outcome` says what `approval` is now, and `by` where that was decided.
pub fn log_change(store: &Store, approval: &Approval, outcome: &str, by: &str, now: Timestamp) {
    let event = Event::new(now, EventName::Domain)
        .with("domain", approval.to_string())
        .with("now", outcome)
        .with("by", by);
    store.log(&event);
}

/// Approves the publisher of a ping that the owner has published; returns the approval if it is new. The decision is
/// already made, so a failure is only logged.
pub fn approve_publisher(store: &Store, publisher: Publisher, now: Timestamp) -> Option<Approval> {
    let approval = Approval::Publisher(publisher);
    match approve(store, &approval) {
        Ok(is_new) => is_new.then_some(approval),
        Err(error) => {
            let event = Event::new(now, EventName::ApprovalFailed)
                .with("domain", approval.to_string())
                .with("error", error.to_string());
            store.log(&event);
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store() -> (tempfile::TempDir, Store) {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        (dir, store)
    }

    fn publisher(url: &str) -> Publisher {
        Publisher::of(&Url::parse(url).unwrap()).unwrap()
    }

    fn all(store: &Store) -> Vec<String> {
        let approvals = Approvals::load(store).unwrap();
        approvals.iter().map(Approval::to_string).collect()
    }

    fn knows(store: &Store, url: &str) -> bool {
        is_known(store, &Url::parse(url).unwrap()).unwrap()
    }

    #[test]
    fn a_publisher_is_learnt_once_and_forgotten_when_the_owner_says_so() {
        let (_dir, store) = store();
        let now = Timestamp::UNIX_EPOCH;
        let page = "https://www.a.example/1";
        assert!(!knows(&store, page));
        assert!(revoke(&store, |_| true).unwrap().is_empty());
        assert!(approve_publisher(&store, publisher(page), now).is_some());
        assert!(approve_publisher(&store, publisher("http://a.example/2"), now).is_none());
        assert!(knows(&store, page) && knows(&store, "http://a.example/3"));
        for other in [
            "https://b.a.example/",
            "https://a.example:8443/",
            "https://a.example/~b/",
        ] {
            assert!(!knows(&store, other), "{other}");
        }
        assert_eq!(revoke(&store, |_| true).unwrap().len(), 1);
        assert!(!knows(&store, page));
    }

    #[test]
    fn what_the_owner_wrote_stays_and_damage_means_nothing() {
        let (dir, store) = store();
        let file = dir.path().join(".domains");
        let text = b"\xEF\xBB\xBFA.example\r\n# mine\nb.example # a friend\n\xFF\xFE\n\0\0\0\nnot a domain\n\
            a.example/some/path\n*.C.example\nmedium.com/@me/\n2001:db8::1";
        std::fs::write(&file, text).unwrap();
        let lines = [
            "2001:db8::1",
            "medium.com/@me/",
            "*.c.example",
            "a.example",
            "b.example",
        ];
        assert_eq!(all(&store), lines);
        approve_publisher(
            &store,
            publisher("http://d.example/"),
            Timestamp::UNIX_EPOCH,
        );
        revoke(&store, |approval| approval.to_string() == "b.example").unwrap();
        let now = std::fs::read(&file).unwrap();
        assert!(now.starts_with(b"\xEF\xBB\xBFA.example\r\n# mine\n\xFF\xFE\n\0\0\0\nnot"));
        assert!(now.ends_with(b"2001:db8::1\nd.example/\n"));
    }

    #[test]
    fn a_line_of_an_earlier_version_speaks_for_no_tenant_and_for_no_platform() {
        let (dir, store) = store();
        let lines = "friend.example\nwordpress.com\nmit.edu\nfree.fr\n127.0.0.1\n";
        std::fs::write(dir.path().join(".domains"), lines).unwrap();
        for known in [
            "https://friend.example/1",
            "https://blog.friend.example/1",
            "https://www.friend.example/1",
            "https://wordpress.com/",
            "http://127.0.0.1:8080/",
        ] {
            assert!(knows(&store, known), "{known}");
        }
        for unknown in [
            "https://friend.example/~mallory/",
            "https://friend.example/users/mallory/",
            "https://notfriend.example/",
            "https://friend.example.evil.example/",
            "https://mallory.wordpress.com/",
            "https://web.mit.edu/~mallory/",
            "https://mallory.mit.edu/",
            "http://mallory.free.fr/",
            "http://127.0.0.1/~mallory/",
        ] {
            assert!(!knows(&store, unknown), "{unknown}");
        }
    }

    #[test]
    fn f12_an_approval_of_what_everybody_has_a_part_of_counts_as_none() {
        let (dir, store) = store();
        let lines = "\u{FEFF}# mine\n*.com\n*.co.uk # x\n*.github.io\nco.uk\nbit.ly\nbit.ly/\n*.t.co\n\
            feeds.feedburner.com/ann/\nusers.example/~ann%2Fx/\nfriend.example/\n\n*.localhost\n";
        std::fs::write(dir.path().join(".domains"), lines).unwrap();
        for unknown in [
            "http://co.uk/",
            "http://com/",
            "https://github.io/",
            "https://friend.co.uk/",
            "https://ann.github.io/",
            "https://bit.ly/x",
            "https://t.co/x",
            "https://feeds.feedburner.com/ann/x",
            "https://users.example/~ann%2Fx/",
        ] {
            let is_host = unknown == "http://co.uk/";
            assert_eq!(knows(&store, unknown), is_host, "{unknown}");
        }
        assert!(knows(&store, "https://friend.example/") && knows(&store, "http://localhost/~a/"));
        let void = [
            "*.com",
            "*.co.uk",
            "*.github.io",
            "bit.ly",
            "bit.ly/",
            "*.t.co",
            "feeds.feedburner.com/ann/",
            "users.example/~ann%2Fx/",
        ];
        assert_eq!(void_lines(&store).unwrap(), void);
        for text in [
            "http://bit.ly/abc",
            "friend.example\nevil.example",
            "friend\t.example",
            "friend.example\u{85}",
        ] {
            assert_eq!(Approval::guess(text), None, "{text:?}");
        }
    }

    #[test]
    fn only_the_owners_own_word_makes_all_of_a_domain_known() {
        let (_dir, store) = store();
        approve(&store, &Approval::Domain("friend.example".to_owned())).unwrap();
        for known in [
            "https://b.friend.example:8443/",
            "https://friend.example/~x/",
        ] {
            assert!(knows(&store, known), "{known}");
        }
        assert!(!knows(&store, "https://friend2.example/"));
        // What is within it adds nothing.
        let within = publisher("https://friend.example/~x/");
        assert!(approve_publisher(&store, within, Timestamp::UNIX_EPOCH).is_none());
    }
}
