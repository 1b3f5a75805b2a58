//! Pings of one id whose permalinks are two URLs of one page: whoever adds `?x=1` or `#x` to a page's URL does not get
//! another ping for it.
//!
//! A page is recognised by the permalink that it gives itself, and by its words; both stand in the record once it was
//! looked at. The first ping of a page stays, and so does what the owner has decided about it.

use serde_json::{Value, json};
use url::Url;

use super::case::Case;
use crate::error::Result;
use crate::store::{Record, State, Store, Which};
use crate::trust::Reason;
use crate::trust::judge::BorneOut;
use crate::trust::look::Identity;
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
    let (mut first, mut before, mut count) = (None, None, 0);
    while count < MOST {
        let batch = pings.newest(Which::All, before, BATCH)?;
        let Some(last) = batch.last() else { break };
        before = Some(last.id);
        count += batch.len();
        let same = batch
            .iter()
            .filter(|record| record.id < case.key.1 && counts(record) && is_same(record, identity));
        first = same.map(|record| record.id).min().or(first);
    }
    Ok(first)
}

/// The record as it is after its page was looked at.
pub(super) fn note(
    record: &Record,
    words: Option<&BorneOut>,
    identity: Option<&Identity>,
) -> Record {
    let mut record = record.clone();
    if let Some(words) = words {
        record.excerpt.clone_from(&words.excerpt);
        record.blog_name.clone_from(&words.blog_name);
    }
    if let Some(identity) = identity
        && record.state != State::Published
    {
        let value = json!({"name": identity.name, "words": identity.words});
        record.rest.insert(KEY.to_owned(), value);
    }
    record
}

/// Whether what became of a ping holds for all its page's URLs: it is seen or may be, or the owner junked it.
fn counts(record: &Record) -> bool {
    let by_owner = || {
        let reason = record.why.as_deref().and_then(Reason::read);
        reason.is_some_and(|(reason, _)| reason == Reason::Owner)
    };
    record.state != State::Junk || by_owner()
}

fn is_same(record: &Record, identity: &Identity) -> bool {
    let noted = |key: &str| record.rest.get(KEY)?.get(key).and_then(Value::as_str);
    let by_words = !identity.words.is_empty() && noted("words") == Some(&identity.words);
    let by_name = match noted("name") {
        Some(name) => name == identity.name,
        // It has not been looked at by this version.
        None => Url::parse(&record.url).is_ok_and(|url| page_key(&url) == identity.name),
    };
    by_name || by_words
}
