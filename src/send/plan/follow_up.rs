//! What is sent once more after a Webmention: an entry has changed, no longer has a link, or is gone (W3C
//! Recommendation, 3.1.4 to 3.1.6 of the sender's part).
//!
//! A source that no longer has an entry says nothing: its page is looked at, and counts as gone only when it has
//! answered 404 or 410 in two runs that lie [`GONE_AFTER`] apart.

use std::collections::HashSet;

use jiff::SignedDuration;
use url::Url;

use super::item::{Planned, SendOptions, begins};
use crate::linkback::Protocol;
use crate::linkback::discover::arxiv_page;
use crate::send::ledger::{FollowUp, LedgerState, LinkStanding, LinkState, Occasion};
use crate::sources::{Entry, MAX_LINKS};
use crate::urls::target_key;

/// How long a page has been gone before anybody is told.
pub const GONE_AFTER: SignedDuration = SignedDuration::from_hours(1);

/// Whether the target of a Webmention is to be told that its entry has changed, whose content has this digest now.
pub(super) fn is_changed(
    standing: &LinkStanding,
    digest: Option<&str>,
    wishes: &SendOptions,
) -> bool {
    let Some(digest) = digest.filter(|_| is_mention(standing, wishes)) else {
        return false;
    };
    let is_same = |known: &FollowUp| known.digest.as_deref() == Some(digest);
    match standing.follow_up.as_deref() {
        Some(known) if known.occasion == Some(Occasion::Update) && is_same(known) => {
            is_due(known, wishes)
        }
        known => {
            let told = standing.digest.as_deref();
            known.is_some_and(is_told_gone) || told.is_some_and(|told| told != digest)
        }
    }
}

/// The links that the ledger knows and `entry`, which is the plan's at `index`, no longer has.
pub(super) fn removed(
    entry: &Entry,
    index: usize,
    book: &LedgerState,
    wishes: &SendOptions,
) -> Vec<Planned> {
    // An entry whose content is not known may have any link.
    if entry.digest.is_none() || entry.links.len() >= MAX_LINKS {
        return Vec::new();
    }
    let key = |url: &Url| target_key(&arxiv_page(url).unwrap_or_else(|| url.clone()));
    let has: HashSet<String> = entry.links.iter().map(|link| key(&link.url)).collect();
    let known = book.links_of(entry.permalink.as_str());
    let gone = known.filter_map(|(target, standing)| {
        let target = Url::parse(target).ok()?;
        let is_gone = !has.contains(&target_key(&target));
        (is_gone && is_ending(&standing, &target, Occasion::Removal, wishes))
            .then(|| again(index, target, standing, Occasion::Removal))
    });
    gone.collect()
}

/// Where a link stands of which a removal or deletion is to be told, if it still is by what is known by now.
pub(super) fn ended(
    permalink: &Url,
    target: &Url,
    occasion: Occasion,
    book: &LedgerState,
    wishes: &SendOptions,
) -> Option<LinkStanding> {
    let standing = book.standing(permalink.as_str(), target.as_str())?;
    is_ending(&standing, target, occasion, wishes).then_some(standing)
}

/// Whether the other side took a Webmention, so that it can be told of a change.
pub(super) fn is_mention(standing: &LinkStanding, wishes: &SendOptions) -> bool {
    standing.state == LinkState::Sent
        && standing.via == Some(Protocol::Webmention)
        && wishes.protocols.contains(&Protocol::Webmention)
}

/// Whether the other side has been told that the link is gone, or may have been.
fn is_told_gone(known: &FollowUp) -> bool {
    let is_end = matches!(known.occasion, Some(Occasion::Removal | Occasion::Deletion));
    is_end && known.is_over()
}

/// Whether the other side of a link that is gone is to be told now.
pub(super) fn is_ending(
    standing: &LinkStanding,
    target: &Url,
    occasion: Occasion,
    wishes: &SendOptions,
) -> bool {
    if !is_mention(standing, wishes) || is_skipped(target, wishes) {
        return false;
    }
    match standing.follow_up.as_deref() {
        Some(known) if known.occasion == Some(occasion) => is_due(known, wishes),
        Some(known) if is_told_gone(known) => false,
        // That a page is gone must have been seen before.
        _ => occasion == Occasion::Removal,
    }
}

/// Whether nothing is known of a page that would tell that it is gone.
pub(super) fn is_unknown(standing: &LinkStanding) -> bool {
    standing.follow_up.as_deref().is_none_or(|known| {
        let is_deletion = known.occasion == Some(Occasion::Deletion);
        let is_there_again = known.tries == 0 && known.next.is_none();
        !is_told_gone(known) && (!is_deletion || is_there_again)
    })
}

/// Whether what was not done is to be done now.
fn is_due(known: &FollowUp, wishes: &SendOptions) -> bool {
    match known.state {
        LinkState::Uncertain => wishes.retry_uncertain,
        LinkState::Later | LinkState::Failed if known.not_before > Some(wishes.now) => false,
        LinkState::Failed if wishes.retry => known.tries > 0,
        LinkState::Later | LinkState::Failed => known.next.is_some_and(|next| next <= wishes.now),
        LinkState::Sent | LinkState::Adopted | LinkState::Refused | LinkState::None => false,
    }
}

pub(super) fn is_skipped(target: &Url, wishes: &SendOptions) -> bool {
    wishes.skip.iter().any(|skip| begins(target, skip))
}

/// What is to be sent once more of an entry.
pub(super) fn again(
    entry: usize,
    target: Url,
    standing: LinkStanding,
    occasion: Occasion,
) -> Planned {
    Planned {
        entry,
        link: None,
        target,
        standing: Some(standing),
        occasion: Some(occasion),
        is_old: false,
    }
}
