//! Texts that later pings from the same permalink offer in place of the one that is kept. Pure.
//!
//! Anybody can ping in the name of any page, so such a text waits in the record until the page is read again. It is
//! taken if the page bears it out, whoever sent it, and else forgotten.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

use super::link_check::{BorneOut, PingClaim, TitleSource, is_said};
use crate::admission::client_addr::is_one_network;
use crate::linkback::trackback::links::{Links, PageWords};
use crate::store::{Record, State};

/// Under which key a record has them, the latest last.
const KEY: &str = "offers";

/// The most that wait for one page, one of each network; then a new one takes the place of the earliest.
const MOST: usize = 8;

/// A text that a later ping offers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Offer {
    pub(crate) title: String,
    #[serde(default)]
    pub(crate) excerpt: String,
    #[serde(default)]
    pub(crate) blog_name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) from: Option<String>,
    pub(crate) time: Timestamp,
}

/// The texts that wait.
pub(crate) fn all(record: &Record) -> Vec<Offer> {
    let kept = record.rest.get(KEY).and_then(Value::as_array);
    // One that cannot be read is none.
    let read = |value: &Value| Offer::deserialize(value).ok();
    kept.into_iter().flatten().filter_map(read).collect()
}

/// Whether any wait.
pub(crate) fn has_any(record: &Record) -> bool {
    record.rest.contains_key(KEY)
}

/// The record with the text of `new` among those that wait; `None` if it waits already.
pub(crate) fn add(mut record: Record, new: &Record) -> Option<Record> {
    let mut offers = all(&record);
    let is_same = |offer: &Offer| {
        offer.title == new.title && offer.excerpt == new.excerpt && offer.blog_name == new.blog_name
    };
    if offers.iter().any(is_same) {
        return None;
    }
    offers.retain(|offer| !is_one_network(offer.from.as_deref(), new.from.as_deref()));
    if offers.len() >= MOST {
        offers.remove(0);
    }
    offers.push(Offer {
        title: new.title.clone(),
        excerpt: new.excerpt.clone(),
        blog_name: new.blog_name.clone(),
        from: new.from.clone(),
        time: new.time,
    });
    put(&mut record, &offers);
    Some(record)
}

/// Takes away those that were judged.
pub(crate) fn forget(record: &mut Record, judged: &[Offer]) {
    let mut offers = all(record);
    offers.retain(|offer| !judged.contains(offer));
    put(record, &offers);
}

fn put(record: &mut Record, offers: &[Offer]) {
    // Strings and times always serialise.
    match serde_json::to_value(offers) {
        Ok(value) if !offers.is_empty() => drop(record.rest.insert(KEY.to_owned(), value)),
        Ok(_) | Err(_) => drop(record.rest.remove(KEY)),
    }
}

/// The text that a page which has `link` gives a ping in place of the kept one; `None` if that stays.
///
/// A title must stand on the page, and better than the one that it replaces: in what the page is called, in a heading,
/// in its text. Where both stand equally well, the sender's network or the longer title tells that it is a new version
/// and not another part of the page. Of an excerpt or a weblog name that the page does not say, nothing is taken.
pub(crate) fn best(
    kept: PingClaim<'_>,
    offers: &[Offer],
    links: &Links,
    link: &Url,
) -> Option<Offer> {
    let mut best: Option<Offer> = None;
    for offer in offers {
        let shown = match &best {
            Some(best) => claim(best, kept),
            None => kept,
        };
        let offered = claim(offer, kept);
        if !prevails(offered, shown, links) {
            continue;
        }
        let BorneOut { excerpt, blog_name } = words(offered, shown, links, link);
        let is_new =
            offer.title != shown.title || excerpt != shown.excerpt || blog_name != shown.blog_name;
        if is_new {
            best = Some(Offer {
                excerpt,
                blog_name,
                ..offer.clone()
            });
        }
    }
    best
}

fn claim<'a>(offer: &'a Offer, kept: PingClaim<'a>) -> PingClaim<'a> {
    PingClaim {
        title: &offer.title,
        excerpt: &offer.excerpt,
        blog_name: &offer.blog_name,
        from: offer.from.as_deref(),
        ..kept
    }
}

fn prevails(offered: PingClaim<'_>, shown: PingClaim<'_>, links: &Links) -> bool {
    if offered.title(links) == TitleSource::Other {
        return false;
    }
    let (new, old) = (offered.standing(links), shown.standing(links));
    let is_version = || {
        offered.title == shown.title
            || is_one_network(offered.from, shown.from)
            || PageWords::of(offered.title).has(shown.title)
    };
    new > old || (new == old && is_version())
}

/// The excerpt and the weblog's name, each as offered where the page says so, else as before, else as the page has it.
fn words(offered: PingClaim<'_>, shown: PingClaim<'_>, links: &Links, link: &Url) -> BorneOut {
    let own = offered.borne_out(links, link);
    // Under the same title nothing that everybody sees is replaced by what nobody sent.
    let stays = shown.state == State::Published && offered.title == shown.title;
    let choose = |offered: &str, shown: &str, own: String| {
        let is_kept = own != offered && !shown.is_empty() && (stays || is_said(links, shown));
        if is_kept { shown.to_owned() } else { own }
    };
    BorneOut {
        excerpt: choose(offered.excerpt, shown.excerpt, own.excerpt),
        blog_name: choose(offered.blog_name, shown.blog_name, own.blog_name),
    }
}

#[cfg(test)]
mod tests;
