//! Detects pings of one id whose permalinks are different URLs of one page, such as with `?x=1` or `#x` added.
//!
//! A page is recognised by its canonical URL and by its text; both are noted in the record when it is checked. The
//! first ping of a page is kept. A webmention whose page states another permalink gives way to the ping from there.

use jiff::Timestamp;
use serde_json::{Value, json};
use url::Url;

use super::job::Job;
use crate::admission::client_addr::is_one_network;
use crate::admission::proxies;
use crate::admission::publisher::Publisher;
use crate::error::Result;
use crate::store::{
    OTHER_TITLE, OWN_TITLE, PAGE, Pings, Reason, ReasonKind, Record, State, TO_ENTRY, Transaction,
    Which,
};
use crate::urls::{is_plainer, page_key, page_path, parse_plain_web, without_fragment};
use crate::verify::inspect::{Linked, PageIdentity};
use crate::verify::link_check::TitleSource;
use crate::verify::mention::MentionText;
use crate::verify::mention_record;
use crate::verify::sketch::is_alike;

/// Pings in memory at once, and pings compared in all.
const BATCH: usize = 200;
const MAX: usize = 20_000;

/// Other pings of an id that come from the same page as the one checked.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct SamePagePings {
    /// The earliest of them, of which this one is a duplicate.
    pub(super) first: Option<u64>,
    /// Another of which this one is a duplicate, or the page's own permalink: no page says which.
    pub(super) doubtful: Option<u64>,
    /// Those that this one replaces, because its URL is the better one.
    pub(super) superseded: Vec<(u64, State)>,
}

/// How another ping of the same id relates to the one checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PageRelation {
    Kept,
    /// The other one is kept, but may be from somebody who sent another URL of the page first.
    Doubtful,
    Superseded,
    Unrelated,
}

/// The post that a checked page says it is.
struct StatedPost<'job> {
    /// The page that was checked.
    source: Option<String>,
    /// The permalink that it states, if that is another.
    link: Option<String>,
    /// The author's publisher, if the page is on a proxy.
    author: Option<&'job str>,
}

impl<'job> StatedPost<'job> {
    fn of(job: &'job Job, mention: Option<&'job MentionText>) -> StatedPost<'job> {
        StatedPost {
            source: post_key(job.source.as_str()),
            link: mention.and_then(|text| post_key(text.link.as_deref()?)),
            author: mention.and_then(|text| text.publisher.as_deref()),
        }
    }

    /// The relation of another ping, by the permalinks that the pages state. A page only gives way by that: on other hosts
    /// than proxies anybody can state any permalink.
    fn relation(&self, record: &Record) -> Option<PageRelation> {
        let theirs = record.stated_link().and_then(post_key);
        let is_one = |one: &Option<String>, other: &Option<String>| one.is_some() && one == other;
        if self.link.is_some() && is_one(&self.link, &post_key(&record.url)) {
            return Some(PageRelation::Kept);
        }
        if is_one(&theirs, &self.source) {
            return Some(PageRelation::Superseded);
        }
        // One author's post by two proxies, or by one under two URLs.
        let is_one_author = self.author.is_some_and(|author| {
            !author.is_empty() && proxies::noted_author(record) == Some(author)
        });
        (is_one_author && is_one(&self.link, &theirs)).then_some(PageRelation::Kept)
    }
}

/// Identifies a post. Some hosts give each response to a page a fragment of its own.
pub(super) fn post_key(url: &str) -> Option<String> {
    let url = parse_plain_web(url)?;
    let fragment = url.fragment().unwrap_or_default();
    Some(format!("{}#{fragment}", page_key(&url)))
}

/// Adds the pings of the same page. Later ones are compared too: of two pings in quick succession, either may be checked
/// first.
pub(super) fn add_same_page(
    pings: Pings,
    job: &Job,
    linked: &Linked,
    others: &mut SamePagePings,
) -> Result<()> {
    let host = job.source.host_str();
    let stated = StatedPost::of(job, linked.mention.as_ref());
    let is_same_host = |record: &Record| {
        let url = Url::parse(&record.url);
        record.id != job.key.1
            && (url.is_ok_and(|url| url.host_str() == host) || stated.relation(record).is_some())
    };
    let mut same_host = Vec::new();
    let (mut before, mut count) = (None, 0);
    while count < MAX {
        let batch = pings.newest(Which::All, before, BATCH)?;
        let Some(last) = batch.last() else { break };
        before = Some(last.id);
        count += batch.len();
        let found = batch.iter().filter(|record| is_same_host(record));
        same_host.extend(found.map(|record| record.id));
    }
    // Identities are read only for pings from the same host, because they are the costly part of a record.
    let pings = pings.with_all_keys();
    for number in same_host {
        let Some(record) = pings.get(number)? else {
            continue;
        };
        match compare(&record, job, (&linked.identity, &stated)) {
            // The last one seen is the earliest.
            PageRelation::Kept => others.first = Some(record.id),
            PageRelation::Doubtful => others.doubtful = Some(record.id),
            PageRelation::Superseded => others.superseded.push((record.id, record.state)),
            PageRelation::Unrelated => {}
        }
    }
    Ok(())
}

/// Which text a checked ping gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TextChoice {
    Offered,
    Kept,
}

/// The record after its page was checked, with the identity of the page and the text that it confirms. The text of a
/// published ping is replaced only by that of a later ping, or of a webmention.
pub(super) fn with_page_identity(
    record: &Record,
    job: &Job,
    linked: &Linked,
    text_choice: TextChoice,
) -> Record {
    let mut record = record.clone();
    if let Some(text) = &linked.mention {
        // A changed text of a published webmention may hold it, see `Transition::of_other_text`.
        if text_choice == TextChoice::Offered || record.is_mention() {
            mention_record::set_mention(&mut record, &job.record, text);
        }
    } else if let (TextChoice::Offered, Some(offer)) = (text_choice, &linked.offered) {
        record.title.clone_from(&offer.title);
        record.excerpt.clone_from(&offer.excerpt);
        record.blog_name.clone_from(&offer.blog_name);
        record.from.clone_from(&offer.from);
        record.updated = Some(offer.time);
    } else if record.state != State::Published {
        record.title.clone_from(&linked.words.title);
        record.excerpt.clone_from(&linked.words.excerpt);
        record.blog_name.clone_from(&linked.words.blog_name);
    }
    let mut value = json!({
        "name": linked.identity.name,
        "words": linked.identity.words,
        "near": linked.identity.near,
        "title": linked.identity.title,
        "sketch": linked.identity.sketch,
    });
    // A published ping keeps the title that its page had.
    let is_other_title = linked.title == TitleSource::Other && record.state != State::Published;
    for (key, is_so) in [
        (OTHER_TITLE, is_other_title),
        (TO_ENTRY, linked.is_to_entry),
    ] {
        if let Some(page) = value.as_object_mut().filter(|_| is_so) {
            page.insert(key.to_owned(), Value::Bool(true));
        }
    }
    if let (TitleSource::InText(own), Some(page)) = (&linked.title, value.as_object_mut()) {
        page.insert(OWN_TITLE.to_owned(), Value::from(own.as_str()));
    }
    record.rest.insert(PAGE.to_owned(), value);
    record.set_quote(&linked.quote);
    record
}

/// Makes pings junk that a better one of the same page replaces, if that one is at least as visible. Returns their
/// numbers.
pub(super) fn supersede(
    transaction: &mut Transaction<'_>,
    superseded: &[(u64, State)],
    (number, state, why): (u64, State, &Reason),
    now: Timestamp,
) -> Result<Vec<u64>> {
    let waits_for_its_host = why.kind() == Some(ReasonKind::UnknownDomain);
    let is_replaced = |theirs: State| match state {
        State::Published => true,
        State::Held => waits_for_its_host && theirs == State::Held,
        State::Junk => false,
    };
    let why = Reason::duplicate(number);
    let mut replaced = Vec::new();
    for &(superseded, theirs) in superseded.iter().filter(|(_, theirs)| is_replaced(*theirs)) {
        let record = transaction.get(superseded)?;
        if record.is_some_and(|record| record.state == theirs) {
            transaction.set_state(superseded, State::Junk, Some(&why), now)?;
            replaced.push(superseded);
        }
    }
    Ok(replaced)
}

/// The publisher of a page, whatever its query names.
pub(super) fn publisher_of(url: &Url) -> Option<Publisher> {
    let mut bare = url.clone();
    bare.set_query(None);
    Publisher::of(&bare)
}

/// Whether both are of one publisher.
pub(super) fn is_one_publisher(one: &Url, other: &Url) -> bool {
    publisher_of(one).is_some_and(|publisher| publisher_of(other) == Some(publisher))
}

/// Whether another ping is from the same page, and which of the two is kept.
///
/// The other one counts only if it is published, or is held only until its host is approved: one held for another reason
/// may be a forgery and must not block the page. If the owner has junked the page, that holds for its other URLs, too: its
/// own permalink waits for the owner.
fn compare(
    record: &Record,
    job: &Job,
    (identity, stated): (&PageIdentity, &StatedPost<'_>),
) -> PageRelation {
    let reason = record.reason();
    // The owner's decisions stay.
    let is_ours = matches!(
        reason,
        Some(ReasonKind::Verified | ReasonKind::VerifiedEntry | ReasonKind::UnknownDomain)
    );
    if let Some(relation) = stated.relation(record) {
        return match (record.state, reason, relation) {
            (State::Published, _, PageRelation::Superseded) if !is_ours => PageRelation::Unrelated,
            (State::Published, ..) | (State::Held, Some(ReasonKind::UnknownDomain), _) => relation,
            (State::Junk, Some(ReasonKind::Owner), PageRelation::Kept) => relation,
            (State::Held | State::Junk, ..) => PageRelation::Unrelated,
        };
    }
    let Ok(url) = Url::parse(&record.url) else {
        return PageRelation::Unrelated;
    };
    let alike = Likeness::of(record, &url, job, identity);
    let is_alike = alike.by_name || alike.by_words;
    let is_decided = record.state == State::Junk
        && reason == Some(ReasonKind::Owner)
        && record.id < job.key.1
        && !record.is_rejected_text();
    let counts = match record.state {
        State::Published => is_alike,
        State::Held => reason == Some(ReasonKind::UnknownDomain) && is_alike,
        State::Junk if is_decided => is_alike,
        State::Junk => reason == Some(ReasonKind::Owner) && alike.by_name && alike.is_permalink,
    };
    if !counts || !is_one_publisher(&url, &job.source) {
        return PageRelation::Unrelated;
    }
    // Another URL of the page, sent by somebody else, does not block the page's own permalink.
    let is_other_query = !is_plain(&url) && (alike.by_name || alike.is_one_path);
    let is_better = is_plain(&job.source) && (is_other_query || alike.is_behind)
        || alike.by_name && !alike.is_permalink && alike.is_own_permalink
        || is_better_spelt(&job.source, &url, identity);
    // Neither says which of two paths is the permalink: that of the page, or of what it stands in.
    let is_doubtful = (is_ours || is_decided)
        && alike.is_unnamed
        && !alike.by_name
        && is_plain(&job.source)
        && (!alike.is_one_place() || url.path().ends_with('/') && alike.is_before)
        && !is_one_network(record.from.as_deref(), job.record.from.as_deref());
    match is_better {
        false if is_doubtful => PageRelation::Doubtful,
        false => PageRelation::Kept,
        true if is_ours => PageRelation::Superseded,
        true if is_decided => PageRelation::Doubtful,
        true => PageRelation::Unrelated,
    }
}

/// What the page of another ping has in common with the one that was checked.
struct Likeness {
    by_name: bool,
    by_words: bool,
    /// Whether the other URL is the permalink that the checked page states.
    is_permalink: bool,
    /// Whether the checked page states no other permalink than its URL.
    is_own_permalink: bool,
    /// Whether neither page does.
    is_unnamed: bool,
    is_one_path: bool,
    /// Whether the checked page's path is the other one with more behind it.
    is_before: bool,
    /// Whether the other path is that of the checked page with more behind it.
    is_behind: bool,
}

impl Likeness {
    fn of(record: &Record, url: &Url, job: &Job, identity: &PageIdentity) -> Likeness {
        let noted = |key: &str| record.rest.get(PAGE)?.get(key).and_then(Value::as_str);
        let own_name = page_key(url);
        let (path, own_path) = (page_path(url), page_path(&job.source));
        let is_own_permalink = page_key(&job.source) == identity.name;
        let mut alike = Likeness {
            // Records without an identity were not checked by this version.
            by_name: noted("name").unwrap_or(&own_name) == identity.name,
            by_words: !identity.words.is_empty() && noted("words") == Some(&identity.words),
            is_permalink: own_name == identity.name,
            is_own_permalink,
            is_unnamed: is_own_permalink && noted("name").is_none_or(|name| name == own_name),
            is_one_path: path == own_path,
            is_before: is_extended_path(&path, &own_path),
            is_behind: is_extended_path(&own_path, &path),
        };
        // Same title and text around the link, other query, or only more behind the path: a page that also shows the time, on
        // a site that shows it whatever stands behind.
        let by_near = !identity.near.is_empty() && noted("near") == Some(&identity.near);
        // The same without canonical links, where the page was edited between the checks.
        let by_sketch = alike.is_unnamed
            && !identity.title.is_empty()
            && noted("title") == Some(&identity.title)
            && noted("sketch").is_some_and(|sketch| is_alike(sketch, &identity.sketch));
        alike.by_words |= alike.is_one_place() && (by_near || by_sketch);
        alike
    }

    fn is_one_place(&self) -> bool {
        self.is_one_path || self.is_before || self.is_behind
    }
}

/// Whether a URL is the permalink that the page states, letter by letter, and another spelling of it is not; else whether it
/// is the plainer one. Whoever sends a URL first chooses its spelling.
fn is_better_spelt(own: &Url, other: &Url, identity: &PageIdentity) -> bool {
    let is_stated = |url: &Url| without_fragment(url) == identity.permalink;
    match (is_stated(own), is_stated(other)) {
        (true, false) => page_key(own) == page_key(other),
        (false, true) => false,
        (true, true) | (false, false) => is_plainer(own, other),
    }
}

/// Whether a URL has neither query nor fragment.
pub(super) fn is_plain(url: &Url) -> bool {
    url.query().is_none() && url.fragment().is_none()
}

/// Whether `longer` is `path` with a further segment, a parameter, an ending or the like.
fn is_extended_path(path: &str, longer: &str) -> bool {
    let rest = longer.strip_prefix(path).unwrap_or_default();
    let continues_word = |next: char| next.is_alphanumeric() || matches!(next, '-' | '_');
    !path.is_empty()
        && rest
            .chars()
            .next()
            .is_some_and(|next| !continues_word(next))
}
