//! Decides which Webmentions are sent again: their entry has changed, no longer has a link, or is gone (W3C
//! Recommendation, 3.1.4 to 3.1.6 of the sender's part).
//!
//! That a source no longer contains an entry proves nothing: the entry is gone only if its page answers 404 or 410 in two
//! runs that are [`GONE_AFTER`] apart, and no run between them has seen it exist.

use std::collections::HashSet;

use jiff::SignedDuration;
use url::Url;

use super::item::{Planned, SendOptions, has_prefix};
use crate::linkback::Protocol;
use crate::linkback::discover::arxiv_page;
use crate::send::ledger::{ChangeNotification, LedgerState, LinkStanding, LinkState, Occasion};
use crate::sources::{Entry, MAX_LINKS};
use crate::urls::target_key;

/// How long a page must be gone before its targets are notified.
pub const GONE_AFTER: SignedDuration = SignedDuration::from_hours(1);

/// Whether to send a Webmention again because its entry has changed; `digest` is that of its content now.
pub(super) fn is_changed(
    standing: &LinkStanding,
    digest: Option<&str>,
    options: &SendOptions,
) -> bool {
    let Some(digest) = digest.filter(|_| is_mention(standing, options)) else {
        return false;
    };
    let is_same = |known: &ChangeNotification| {
        let known = known.digest.as_deref();
        known.is_some_and(|known| !is_other_content(known, digest))
    };
    match standing.follow_up.as_deref() {
        Some(known) if known.occasion == Some(Occasion::Update) && is_same(known) => {
            is_due(known, options)
        }
        known => {
            let before = standing.digest.as_deref();
            known.is_some_and(is_ended)
                || before.is_some_and(|before| is_other_content(before, digest))
        }
    }
}

/// Whether two digests are of different contents. Those of two versions of the reader are not comparable.
fn is_other_content(before: &str, now: &str) -> bool {
    before != now && reader(before) == reader(now)
}

/// The version of the reader that a digest is of; the first had no number.
fn reader(digest: &str) -> Option<&str> {
    digest.split_once(':').map(|(reader, _)| reader)
}

/// Whether the content of an entry whose link was sent was last read by another version of the reader, so that its digest
/// is to be recorded anew.
pub(super) fn is_of_other_reader(
    standing: &LinkStanding,
    digest: &str,
    options: &SendOptions,
) -> bool {
    let before = standing.digest.as_deref();
    let follow_up = standing.follow_up.as_deref();
    is_mention(standing, options)
        && before.is_some_and(|before| reader(before) != reader(digest))
        && follow_up.is_none_or(|known| known.is_over() && !is_ended(known))
}

/// The links that the ledger knows and `entry` no longer has; `index` is the entry's in the plan.
pub(super) fn removed(
    entry: &Entry,
    index: usize,
    ledger: &LedgerState,
    options: &SendOptions,
) -> Vec<Planned> {
    // An entry whose content is unknown may have any link.
    if entry.digest.is_none() || entry.links.len() >= MAX_LINKS {
        return Vec::new();
    }
    let key = |url: &Url| target_key(&arxiv_page(url).unwrap_or_else(|| url.clone()));
    let has: HashSet<String> = entry.links.iter().map(|link| key(&link.url)).collect();
    let known = ledger.links_of(entry.permalink.as_str());
    let gone = known.filter_map(|(target, standing)| {
        let target = Url::parse(target).ok()?;
        let is_gone = !has.contains(&target_key(&target));
        (is_gone && is_notice_due(&standing, &target, Occasion::Removal, options))
            .then(|| notice(index, target, standing, Occasion::Removal))
    });
    gone.collect()
}

/// The state of a link whose target is to be notified of its removal or deletion; `None` if it no longer is.
pub(super) fn due_notice(
    permalink: &Url,
    target: &Url,
    occasion: Occasion,
    ledger: &LedgerState,
    options: &SendOptions,
) -> Option<LinkStanding> {
    let standing = ledger.standing(permalink.as_str(), target.as_str())?;
    is_notice_due(&standing, target, occasion, options).then_some(standing)
}

/// Whether the target accepted a Webmention, so that it can be notified of a change.
pub(super) fn is_mention(standing: &LinkStanding, options: &SendOptions) -> bool {
    standing.state == LinkState::Sent
        && standing.via == Some(Protocol::Webmention)
        && options.protocols.contains(&Protocol::Webmention)
}

/// Whether the target was notified that the link is gone, or may have been.
fn is_ended(known: &ChangeNotification) -> bool {
    let is_end = matches!(known.occasion, Some(Occasion::Removal | Occasion::Deletion));
    is_end && known.is_over()
}

/// Whether to notify the target of a link now that it was removed, or its entry deleted.
pub(super) fn is_notice_due(
    standing: &LinkStanding,
    target: &Url,
    occasion: Occasion,
    options: &SendOptions,
) -> bool {
    if !is_mention(standing, options) || is_skipped(target, options) {
        return false;
    }
    match standing.follow_up.as_deref() {
        Some(known) if known.occasion == Some(occasion) => is_due(known, options),
        Some(known) if is_ended(known) => false,
        // A deletion must have been recorded by an earlier run.
        _ => occasion == Occasion::Removal,
    }
}

/// Whether the page of a link's entry is worth a check: nobody was told that it is gone, or it may exist again.
pub(super) fn needs_check(standing: &LinkStanding) -> bool {
    standing.follow_up.as_deref().is_none_or(|known| {
        let is_deletion = known.occasion == Some(Occasion::Deletion);
        !is_ended(known) && (!is_deletion || known.exists_again() || known.is_sighting())
    })
}

/// Whether a run has seen that the page of a link's entry is gone, and no run since that it exists.
pub fn is_sighted(standing: &LinkStanding) -> bool {
    let follow_up = standing.follow_up.as_deref();
    follow_up.is_some_and(ChangeNotification::is_sighting)
}

/// Whether a follow-up that was not finished is to be sent now.
fn is_due(known: &ChangeNotification, options: &SendOptions) -> bool {
    match known.state {
        LinkState::Uncertain => options.retry_uncertain,
        LinkState::Later | LinkState::Failed if known.not_before > Some(options.now) => false,
        LinkState::Failed if options.retry => known.tries > 0,
        LinkState::Later | LinkState::Failed => known.next.is_some_and(|next| next <= options.now),
        LinkState::Sent | LinkState::Adopted | LinkState::Refused | LinkState::None => false,
    }
}

/// Whether the options exclude a target.
pub(super) fn is_skipped(target: &Url, options: &SendOptions) -> bool {
    options.skip.iter().any(|skip| has_prefix(target, skip))
}

/// The planned notification of a removal or deletion.
pub(super) fn notice(
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
        old: None,
    }
}
