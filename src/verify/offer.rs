//! Texts that later pings from the same permalink offer to replace the current one. Pure.
//!
//! Anybody can ping in the name of any page, so an offered text waits in the record until the page is fetched again. It
//! is accepted if the page confirms it, whoever sent it, and dropped otherwise.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

use super::link_check::{ConfirmedText, PingClaim, TitleSource};
use super::page_texts::PageTexts;
use crate::admission::client_addr::is_one_network;
use crate::linkback::trackback::links::PageWords;
use crate::store::{Record, State};

/// The key in a record that holds the offers, the latest last.
const KEY: &str = "offers";

/// Offers kept for one ping, one per network. Beyond that none is taken until these were judged, but for one of the network
/// that sent the ping: otherwise whoever has a few networks could push an honest one out before the page is read.
const MAX: usize = 8;

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

/// The offers in a record.
pub(crate) fn all(record: &Record) -> Vec<Offer> {
    let kept = record.rest.get(KEY).and_then(Value::as_array);
    // Malformed offers are ignored.
    let read = |value: &Value| Offer::deserialize(value).ok();
    kept.into_iter().flatten().filter_map(read).collect()
}

/// Whether a record has offers.
pub(crate) fn has_any(record: &Record) -> bool {
    record.rest.contains_key(KEY)
}

/// The record with the text of `new` added to its offers; `None` if it is among them already, or there are enough.
pub(crate) fn add(mut record: Record, new: &Record) -> Option<Record> {
    let mut offers = all(&record);
    let is_same = |offer: &Offer| {
        offer.title == new.title && offer.excerpt == new.excerpt && offer.blog_name == new.blog_name
    };
    if offers.iter().any(is_same) {
        return None;
    }
    offers.retain(|offer| !is_one_network(offer.from.as_deref(), new.from.as_deref()));
    let is_own = is_one_network(record.from.as_deref(), new.from.as_deref());
    if offers.len() >= MAX && !is_own {
        return None;
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

/// Removes the offers that were judged.
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

/// The offered text that should replace the current one, for a page that contains `link`; `None` to keep the current.
///
/// The offered title must rank higher on the page than the current one: page title before heading before body text. At
/// the same rank it must come from the same network, or contain the current title: otherwise it may be another part of
/// the page rather than a new version. Where the title stays, only the same network changes an excerpt or weblog name
/// that the author still says. An excerpt or weblog name that the page does not have is not accepted.
pub(crate) fn best(
    kept: PingClaim<'_>,
    offers: &[Offer],
    page: &PageTexts<'_>,
    link: &Url,
) -> Option<Offer> {
    let mut best: Option<Offer> = None;
    for offer in offers {
        let shown = match &best {
            Some(best) => claim(best, kept),
            None => kept,
        };
        let offered = claim(offer, kept);
        if !prevails(offered, shown, page) {
            continue;
        }
        let ConfirmedText {
            title,
            excerpt,
            blog_name,
        } = words(offered, shown, page, link);
        let is_new =
            title != shown.title || excerpt != shown.excerpt || blog_name != shown.blog_name;
        if is_new {
            best = Some(Offer {
                title,
                excerpt,
                blog_name,
                ..offer.clone()
            });
        }
    }
    best
}

/// What a ping with an offered text claims.
pub(super) fn claim<'a>(offer: &'a Offer, kept: PingClaim<'a>) -> PingClaim<'a> {
    PingClaim {
        title: &offer.title,
        excerpt: &offer.excerpt,
        blog_name: &offer.blog_name,
        from: offer.from.as_deref(),
        ..kept
    }
}

fn prevails(offered: PingClaim<'_>, shown: PingClaim<'_>, page: &PageTexts<'_>) -> bool {
    let links = page.links;
    if offered.title(page) == TitleSource::Other {
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

/// Excerpt and weblog name: as offered if the page has them, else as before, else the page's own. Where the title stays,
/// another network changes nothing that still stands on the page.
fn words(
    offered: PingClaim<'_>,
    shown: PingClaim<'_>,
    page: &PageTexts<'_>,
    link: &Url,
) -> ConfirmedText {
    let own = offered.confirmed_text(page, link);
    let is_one_title = offered.title == shown.title;
    // For a published ping with the same title, text that nobody sent replaces nothing.
    let stays = shown.state == State::Published && is_one_title;
    let is_foreign = is_one_title && !is_one_network(offered.from, shown.from);
    let choose = |offered: &str, shown: &str, own: String, is_authors: &dyn Fn(&str) -> bool| {
        // Another network replaces only what is gone from the page, or is not what its author says.
        let is_held_fast =
            || shown.is_empty() || is_authors(shown) || page.has(shown) && !is_authors(offered);
        let is_kept = is_foreign && is_held_fast()
            || own != offered && !shown.is_empty() && (stays || page.has(shown));
        if is_kept { shown.to_owned() } else { own }
    };
    let (says, names) = (
        |text: &str| page.says(text),
        |name: &str| page.has_name(name),
    );
    ConfirmedText {
        title: own.title,
        excerpt: choose(offered.excerpt, shown.excerpt, own.excerpt, &says),
        blog_name: choose(offered.blog_name, shown.blog_name, own.blog_name, &names),
    }
}

#[cfg(test)]
mod tests;
