//! Pings of one id whose permalinks are two URLs of one page: whoever adds `?x=1` or `#x` to a page's URL does not get
//! another ping for it.
//!
//! A page is recognised by the permalink that it gives itself, and by its words; both stand in the record once it was
//! looked at. The first ping of a page stays.

use serde_json::{Value, json};
use url::Url;

use super::case::Case;
use crate::error::Result;
use crate::store::{Record, State, Store, Which};
use crate::trust::Reason;
use crate::trust::look::{Identity, Linked};
use crate::trust::publisher::Publisher;
use crate::urls::page_key;

/// Under which key a record has what its page is recognised by.
const KEY: &str = "page";

/// How many pings are in memory at once, and how many are looked at.
const BATCH: usize = 200;
const MOST: usize = 20_000;

/// The number of another ping of that id, from the same page; the earliest.
pub(super) fn first(store: &Store, case: &Case, identity: &Identity) -> Result<Option<u64>> {
    let Some(pings) = store.pings(&case.key.0)? else {
        return Ok(None);
    };
    let pings = pings.with_all_keys();
    let (mut first, mut before, mut count) = (None, None, 0);
    while count < MOST {
        let batch = pings.newest(Which::All, before, BATCH)?;
        let Some(last) = batch.last() else { break };
        before = Some(last.id);
        count += batch.len();
        let same = batch
            .iter()
            .filter(|record| record.id < case.key.1 && is_first(record, case, identity));
        first = same.map(|record| record.id).min().or(first);
    }
    Ok(first)
}

/// The record as it is after its page was looked at: with the words that the page bears out, unless everybody sees it
/// already.
pub(super) fn note(record: &Record, linked: &Linked) -> Record {
    let mut record = record.clone();
    if record.state == State::Held {
        record.excerpt.clone_from(&linked.words.excerpt);
        record.blog_name.clone_from(&linked.words.blog_name);
        let value = json!({"name": linked.identity.name, "words": linked.identity.words});
        record.rest.insert(KEY.to_owned(), value);
    }
    record
}

/// Whether a ping that came before is of the same page, so that `case` adds nothing to it.
///
/// It must be seen, or be about to be once its host is approved: a ping that waits for another reason may be anybody's,
/// and must not silence the page. Where the owner has junked the page's own permalink, that holds for its other URLs.
fn is_first(record: &Record, case: &Case, identity: &Identity) -> bool {
    let Ok(url) = Url::parse(&record.url) else {
        return false;
    };
    if Publisher::of(&url).is_none_or(|who| Publisher::of(&case.source) != Some(who)) {
        return false;
    }
    let noted = |key: &str| record.rest.get(KEY)?.get(key).and_then(Value::as_str);
    let own_name = page_key(&url);
    // One that has no note has not been looked at by this version.
    let by_name = noted("name").unwrap_or(&own_name) == identity.name;
    let by_words = !identity.words.is_empty() && noted("words") == Some(&identity.words);
    let is_permalink = own_name == identity.name;
    let reason = record.why.as_deref().and_then(Reason::read);
    let reason = reason.map(|(reason, _)| reason);
    let counts = match record.state {
        State::Published => by_name || by_words,
        State::Held => reason == Some(Reason::UnknownDomain) && (by_name || by_words),
        State::Junk => reason == Some(Reason::Owner) && by_name && is_permalink,
    };
    let is_plain = |url: &Url| url.query().is_none() && url.fragment().is_none();
    // The page's own permalink is not kept back by another URL of it that somebody else sent before.
    let is_better = is_plain(&case.source) && !is_plain(&url)
        || by_name && !is_permalink && page_key(&case.source) == identity.name;
    counts && !is_better
}
