//! The state of a ping after its page was checked. Pure.

use jiff::Timestamp;

use super::inspect::{BrowserCheck, Inspection, Linked, PageAbsence};
use super::link_check::{LinkFailure, TitleSource, Vouched};
use super::mention_record;
use super::offer;
use super::queue::{AfterFailure, QueueItem};
use crate::config::Publish;
use crate::store::{Reason, ReasonKind, Record, State};

/// A ping before its page was checked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PingBefore {
    pub(crate) state: State,
    pub(crate) reason: Option<ReasonKind>,
    pub(crate) item: QueueItem,
    pub(crate) offer_status: OfferStatus,
    pub(crate) text_origin: TextOrigin,
    /// Whether the owner has rejected another text in the name of its page, so that this one is not published by itself.
    pub(crate) is_rejected_before: bool,
}

/// Whether later pings offer other texts, see [`offer`]. A repeated webmention offers the text of its page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OfferStatus {
    /// There are no offers.
    None,
    /// There are offers.
    Some,
    /// There are offers, and they are the only cause of the check.
    Only,
}

/// Where the text of a ping comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TextOrigin {
    /// From the sender of the ping.
    Sender,
    /// From the sender of the ping, and a webmention of the same page waits to replace it.
    Claimed,
    /// From the page: the ping is a webmention.
    Page,
}

impl TextOrigin {
    pub(crate) fn of(record: &Record) -> TextOrigin {
        if record.is_mention() {
            TextOrigin::Page
        } else if mention_record::is_claimed(record) {
            TextOrigin::Claimed
        } else {
            TextOrigin::Sender
        }
    }
}

/// The effect of a check on a ping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Transition {
    /// Its new state and reason; `None` if unchanged.
    pub(crate) change: Option<(State, Reason)>,
    /// Its new queue entry.
    pub(crate) item: Option<QueueItem>,
}

/// Whether the owner has approved the publishers of all URLs requested.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PublisherCheck {
    /// All are approved.
    Approved,
    /// These are not.
    Unapproved(Vec<String>),
    /// The same page has pinged before; the number of that ping.
    Duplicate(u64),
    /// Another URL of the same page has pinged before, from another network; the number of that ping.
    MaybeDuplicate(u64),
}

impl PingBefore {
    /// A ping that is not in the queue and has no offers.
    pub(crate) fn of(record: &Record) -> PingBefore {
        PingBefore {
            state: record.state,
            reason: record.reason(),
            item: QueueItem::new(record.time),
            offer_status: OfferStatus::None,
            text_origin: TextOrigin::of(record),
            is_rejected_before: record.has_rejected_text(),
        }
    }

    /// Whether its page is checked at all: the ping waits for that, or is published.
    pub(crate) fn is_checked(&self) -> bool {
        match self.state {
            State::Published => true,
            State::Junk => self.is_lost(),
            State::Held => matches!(
                self.reason,
                Some(
                    ReasonKind::Unverified
                        | ReasonKind::Unreachable
                        | ReasonKind::UnknownDomain
                        | ReasonKind::UnvouchedLink
                        | ReasonKind::OtherTitle
                        | ReasonKind::Moderated
                        | ReasonKind::Flood
                )
            ),
        }
    }

    /// Whether its page linked here before, so that a check can only make the ping lose its state.
    pub(crate) fn is_rechecked(&self) -> bool {
        self.state == State::Published || self.reason == Some(ReasonKind::UnknownDomain)
    }

    /// Whether its page linked here before, including pings that are held for their title or an unvouched link.
    pub(crate) fn was_found(&self) -> bool {
        let is_held_for_doubt = matches!(
            self.reason,
            Some(ReasonKind::OtherTitle | ReasonKind::UnvouchedLink)
        );
        self.is_rechecked() || is_held_for_doubt
    }

    /// Whether the owner's wish to check all pages again includes it: its page linked here before, or may have while the
    /// ping was held for a flood.
    pub(crate) fn is_among_all(&self) -> bool {
        match self.state {
            State::Junk => self.is_lost(),
            State::Published => true,
            State::Held => self.was_found() || self.reason == Some(ReasonKind::Flood),
        }
    }

    /// Whether it is junk because its page linked here only before, or only for this program. That may have been a failure of
    /// the page.
    pub(crate) fn is_lost(&self) -> bool {
        let is_by_page = matches!(
            self.reason,
            Some(ReasonKind::LinkGone | ReasonKind::Cloaked)
        );
        self.state == State::Junk && is_by_page
    }

    /// Whether the page must also be checked with a browser's user agent: if the ping is published, or may be published
    /// without another check.
    pub(crate) fn browser_check(&self, publish: Publish) -> BrowserCheck {
        match self.state {
            State::Published => BrowserCheck::Run,
            State::Held | State::Junk if publish != Publish::None => BrowserCheck::Run,
            State::Held | State::Junk => BrowserCheck::Skip,
        }
    }

    /// Whether it is still held because it came in a flood: with `publish = "verified"` one sender's many pages would all
    /// be published. What an approved publisher or the owner's approval decides needs no such protection.
    fn is_withheld(&self, publish: Publish, known: &PublisherCheck) -> bool {
        self.reason == Some(ReasonKind::Flood)
            && match publish {
                Publish::Known => false,
                Publish::Verified | Publish::All => *known != PublisherCheck::Approved,
                Publish::None => true,
            }
    }

    /// Whether the offered text that the page confirms replaces the current one.
    pub(crate) fn accepts_text(
        &self,
        linked: &Linked,
        publish: Publish,
        known: &PublisherCheck,
    ) -> bool {
        match (self.state, publish) {
            _ if linked.vouched.is_unseen() => false,
            (State::Junk, _) => false,
            (State::Held, _) => !self.is_rechecked() || linked.vouched == Vouched::Yes,
            // The owner approves each text.
            (State::Published, Publish::None) => false,
            (State::Published, Publish::Known) if *known != PublisherCheck::Approved => false,
            (State::Published, Publish::Known | Publish::Verified | Publish::All) => {
                linked.vouched == Vouched::Yes
            }
        }
    }

    /// The effect of the result `seen`.
    pub(crate) fn transition(
        &self,
        seen: &Inspection,
        publish: Publish,
        known: &PublisherCheck,
        now: Timestamp,
    ) -> Transition {
        if self.state == State::Junk {
            return self.recovery(seen, publish, known);
        }
        if self.offer_status == OfferStatus::Only && self.is_rechecked() {
            return self.offer_transition(seen, publish, known, now);
        }
        if self.text_origin == TextOrigin::Claimed && !self.is_replaced(seen, publish, known) {
            // Anybody can send a webmention, so the ping must not lose its state.
            return Transition {
                change: None,
                item: self.offer_item(seen, now),
            };
        }
        match seen {
            Inspection::Linked(linked) => self.link(linked, publish, known, now),
            Inspection::Gone(PageAbsence::ForGood, detail)
                if self.text_origin == TextOrigin::Page =>
            {
                source_gone(detail)
            }
            Inspection::Unfollowed(_, failure) if self.is_rechecked() && failure.is_likely => {
                self.failed_recheck(now)
            }
            Inspection::Not(reason, _) | Inspection::Unfollowed(reason, _)
                if self.is_rechecked() =>
            {
                self.loss(*reason, now)
            }
            Inspection::Unfollowed(reason, failure) if self.gives_up(failure, now) => Transition {
                change: Some((state_without_link(*reason), (*reason).into())),
                item: None,
            },
            Inspection::Not(reason, detail) => Transition {
                change: Some((state_without_link(*reason), reason.with(detail))),
                item: None,
            },
            Inspection::Gone(..) if self.is_rechecked() => {
                self.absence(ReasonKind::SourceGone, now)
            }
            Inspection::Failed(_) if self.is_rechecked() => self.failed_recheck(now),
            Inspection::Later => Transition {
                change: None,
                item: self.is_queued().then(|| self.item.postponed(now)),
            },
            Inspection::Gone(PageAbsence::ForGood, detail) => source_gone(detail),
            Inspection::Gone(PageAbsence::NotFound, detail)
                if self.item.failed(now) == AfterFailure::GiveUp =>
            {
                source_gone(detail)
            }
            Inspection::Gone(PageAbsence::NotFound, detail)
            | Inspection::Unfollowed(_, LinkFailure { detail, .. })
            | Inspection::Failed(detail) => self.failure(detail, now),
        }
    }

    /// The effect of a page that links here.
    fn link(
        &self,
        linked: &Linked,
        publish: Publish,
        known: &PublisherCheck,
        now: Timestamp,
    ) -> Transition {
        // The styles of a page that the owner trusts hide nothing on purpose.
        if linked.vouched == Vouched::Veiled && *known != PublisherCheck::Approved {
            let hidden = Inspection::Not(ReasonKind::HiddenLink, String::new());
            return self.transition(&hidden, publish, known, now);
        }
        Transition {
            change: match linked.vouched.is_unseen() {
                true => Some((State::Held, ReasonKind::HiddenLink.into())),
                false => self.linked_change(linked, publish, known),
            },
            item: None,
        }
    }

    /// The effect of a page that does not link any more, on a ping that was found to link.
    fn loss(&self, reason: ReasonKind, now: Timestamp) -> Transition {
        match loss_reason(reason) {
            Some(ReasonKind::LinkGone) if !self.is_sent_again() => {
                self.absence(ReasonKind::LinkGone, now)
            }
            loss => Transition {
                change: loss.map(|reason| (State::Junk, reason.into())),
                item: None,
            },
        }
    }

    /// The effect of a page that could not be read, on a ping that waits.
    fn failure(&self, detail: &str, now: Timestamp) -> Transition {
        match self.item.failed(now) {
            AfterFailure::Retry(item) => Transition {
                change: match self.reason {
                    Some(ReasonKind::Moderated | ReasonKind::Flood) => None,
                    _ => Some((State::Held, ReasonKind::Unreachable.with(detail))),
                },
                item: Some(item),
            },
            AfterFailure::GiveUp => Transition {
                change: Some((State::Held, ReasonKind::GaveUp.with(detail))),
                item: None,
            },
        }
    }

    /// The effect of a page that could not be read, on a ping that was found to link.
    fn failed_recheck(&self, now: Timestamp) -> Transition {
        Transition {
            change: None,
            item: match self.offer_status {
                _ if self.item.gone.is_some() => Some(self.item.next_gone_check(now)),
                OfferStatus::None => None,
                OfferStatus::Some | OfferStatus::Only => self.item.failed(now).item(),
            },
        }
    }

    /// Whether a page without a link here, whose link to another page failed again, is not read once more.
    fn gives_up(&self, failure: &LinkFailure, now: Timestamp) -> bool {
        !failure.is_likely && self.item.tries > 0 || self.item.failed(now) == AfterFailure::GiveUp
    }

    /// Whether it is a webmention that was repeated: its sender says that the page has changed.
    fn is_sent_again(&self) -> bool {
        self.text_origin == TextOrigin::Page && self.offer_status != OfferStatus::None
    }

    /// The effect if the page, or its link, was not found: junk after three times over a week.
    fn absence(&self, reason: ReasonKind, now: Timestamp) -> Transition {
        match self.item.gone(now) {
            AfterFailure::Retry(item) => Transition {
                change: None,
                item: Some(item),
            },
            AfterFailure::GiveUp => Transition {
                change: Some((State::Junk, reason.into())),
                item: None,
            },
        }
    }

    /// The effect on junk whose page may link here again: that of a first check if it does, otherwise none.
    fn recovery(&self, seen: &Inspection, publish: Publish, known: &PublisherCheck) -> Transition {
        let change = match seen {
            Inspection::Linked(linked) if linked.vouched != Vouched::Unseen => {
                self.linked_change(linked, publish, known)
            }
            Inspection::Linked(_)
            | Inspection::Not(..)
            | Inspection::Unfollowed(..)
            | Inspection::Gone(..)
            | Inspection::Failed(_)
            | Inspection::Later => None,
        };
        Transition { change, item: None }
    }

    /// The effect of a check caused by an offer only. Anybody can send an offer, so the ping must not lose its state.
    fn offer_transition(
        &self,
        seen: &Inspection,
        publish: Publish,
        known: &PublisherCheck,
        now: Timestamp,
    ) -> Transition {
        let change = match seen {
            Inspection::Linked(linked) => self.linked_change(linked, publish, known),
            Inspection::Not(..)
            | Inspection::Unfollowed(..)
            | Inspection::Gone(..)
            | Inspection::Failed(_)
            | Inspection::Later => None,
        };
        let is_no_loss = |(state, reason): &(State, Reason)| {
            *state == State::Published || reason.kind() == self.reason
        };
        Transition {
            change: change.filter(is_no_loss),
            item: self.offer_item(seen, now),
        }
    }

    /// The queue entry after such a check.
    fn offer_item(&self, seen: &Inspection, now: Timestamp) -> Option<QueueItem> {
        match seen {
            Inspection::Linked(_) | Inspection::Not(..) => None,
            Inspection::Gone(..) | Inspection::Unfollowed(..) | Inspection::Failed(_) => {
                self.item.failed(now).item()
            }
            Inspection::Later => Some(self.item.postponed(now)),
        }
    }

    /// Whether the webmention that waits replaces the ping.
    fn is_replaced(&self, seen: &Inspection, publish: Publish, known: &PublisherCheck) -> bool {
        match seen {
            Inspection::Linked(linked) => self.accepts_text(linked, publish, known),
            Inspection::Not(..)
            | Inspection::Unfollowed(..)
            | Inspection::Gone(..)
            | Inspection::Failed(_)
            | Inspection::Later => false,
        }
    }

    /// Whether it is checked without a request by the owner.
    pub(crate) fn is_queued(&self) -> bool {
        !self.is_rechecked() || self.item.gone.is_some() || self.offer_status != OfferStatus::None
    }

    /// The new state of a ping whose page links here. A link that the page does not vouch for is not published
    /// automatically; a ping held only for its unknown host can be published as soon as the host is approved.
    fn linked_change(
        &self,
        linked: &Linked,
        publish: Publish,
        known: &PublisherCheck,
    ) -> Option<(State, Reason)> {
        match self.state {
            State::Published => return None,
            State::Junk if !self.is_lost() => return None,
            State::Held if self.is_withheld(publish, known) => return None,
            State::Held | State::Junk => {}
        }
        if let PublisherCheck::Duplicate(first) = known {
            return Some((State::Junk, Reason::duplicate(*first)));
        }
        if let PublisherCheck::MaybeDuplicate(other) = known {
            return Some((State::Held, Reason::duplicate(*other)));
        }
        let is_checked = matches!(publish, Publish::Verified | Publish::Known);
        let held = |reason: ReasonKind| Some((State::Held, reason.into()));
        match (publish, known) {
            _ if linked.vouched.is_unseen() => held(ReasonKind::HiddenLink),
            (Publish::None, _) => held(ReasonKind::Moderated),
            _ if is_checked && linked.vouched == Vouched::No => held(ReasonKind::UnvouchedLink),
            _ if is_checked && linked.title == TitleSource::Other => held(ReasonKind::OtherTitle),
            _ if self.is_rejected_before => held(ReasonKind::RejectedBefore),
            (Publish::Known, PublisherCheck::Unapproved(hosts)) => {
                Some((State::Held, Reason::unknown_domain(hosts)))
            }
            _ => Some((State::Published, ReasonKind::Verified.into())),
        }
    }
}

/// Whether the page of a ping is to be checked because of an offered text, or because a webmention was repeated.
pub(crate) fn is_check_requested(record: &Record) -> bool {
    let is_requested = offer::has_any(record) || mention_record::is_repeated(record);
    is_requested && PingBefore::of(record).is_checked()
}

/// The effect on a ping whose page never linked here and does not exist.
fn source_gone(detail: &str) -> Transition {
    Transition {
        change: Some((State::Junk, ReasonKind::SourceGone.with(detail))),
        item: None,
    }
}

impl Transition {
    /// The same for a published webmention whose text has changed: it is held again if a new ping with that text would be.
    pub(crate) fn of_other_text(
        self,
        before: PingBefore,
        linked: &Linked,
        publish: Publish,
        known: &PublisherCheck,
    ) -> Transition {
        if before.state != State::Published || self.change.is_some() {
            return self;
        }
        let new = PingBefore {
            state: State::Held,
            reason: Some(ReasonKind::Unverified),
            is_rejected_before: false,
            ..before
        };
        let known = match known {
            PublisherCheck::Duplicate(_) | PublisherCheck::MaybeDuplicate(_) => {
                &PublisherCheck::Approved
            }
            known => known,
        };
        let change = new.linked_change(linked, publish, known);
        Transition {
            change: change.filter(|(state, _)| *state == State::Held),
            ..self
        }
    }

    /// The same for a published ping whose page has come to be behind redirects of hosts that are not approved: it is held,
    /// unless the owner has published it.
    pub(crate) fn of_other_hosts(
        self,
        before: PingBefore,
        publish: Publish,
        hosts: &[String],
    ) -> Transition {
        let is_by_itself = matches!(
            before.reason,
            Some(ReasonKind::Verified | ReasonKind::VerifiedEntry)
        );
        // Anybody can send an offer or a claim, so the ping must not lose its state.
        let is_by_anybody =
            before.offer_status == OfferStatus::Only || before.text_origin == TextOrigin::Claimed;
        let is_published = before.state == State::Published && self.change.is_none();
        let is_held = is_published && is_by_itself && !is_by_anybody && !hosts.is_empty();
        match publish {
            Publish::Known if is_held => Transition {
                change: Some((State::Held, Reason::unknown_domain(hosts))),
                ..self
            },
            Publish::Known | Publish::None | Publish::Verified | Publish::All => self,
        }
    }

    /// The same, noting that the link leads to the pinged entry itself.
    pub(crate) fn of_entry(mut self) -> Transition {
        if let Some((_, reason)) = &mut self.change
            && reason.kind() == Some(ReasonKind::Verified)
        {
            *reason = ReasonKind::VerifiedEntry.into();
        }
        self
    }
}

/// The reason for which a rechecked ping becomes junk; `None` if its page may still link here.
fn loss_reason(reason: ReasonKind) -> Option<ReasonKind> {
    match reason {
        ReasonKind::NoLink | ReasonKind::HiddenLink | ReasonKind::NotAPage => {
            Some(ReasonKind::LinkGone)
        }
        ReasonKind::Echo
        | ReasonKind::Cloaked
        | ReasonKind::BannedDomain
        | ReasonKind::BannedWord
        | ReasonKind::Score => Some(reason),
        _ => None,
    }
}

/// The state of a ping whose page does not link here, or whose link cannot be trusted.
fn state_without_link(reason: ReasonKind) -> State {
    match reason {
        ReasonKind::NoLink
        | ReasonKind::HiddenLink
        | ReasonKind::NotAPage
        | ReasonKind::Echo
        | ReasonKind::Cloaked
        | ReasonKind::BannedDomain
        | ReasonKind::BannedWord
        | ReasonKind::Score => State::Junk,
        _ => State::Held,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::inspect::PublisherChain;
    use crate::verify::link_check::ConfirmedText;
    use crate::verify::page_identity::PageIdentity;

    fn now() -> Timestamp {
        "2026-11-20T05:00:00Z".parse().unwrap()
    }

    fn before(state: State, reason: ReasonKind) -> PingBefore {
        PingBefore {
            state,
            reason: Some(reason),
            item: QueueItem::new(now()),
            offer_status: OfferStatus::None,
            text_origin: TextOrigin::Sender,
            is_rejected_before: false,
        }
    }

    fn linked() -> Inspection {
        titled(TitleSource::OfPage)
    }

    fn titled(title: TitleSource) -> Inspection {
        vouched(title, Vouched::Yes)
    }

    fn vouched(title: TitleSource, vouched: Vouched) -> Inspection {
        Inspection::Linked(Box::new(Linked {
            chain: PublisherChain::default(),
            is_to_entry: false,
            title,
            vouched,
            words: ConfirmedText::default(),
            offered: None,
            identity: PageIdentity::default(),
            quote: String::new(),
            mention: None,
        }))
    }

    fn unknown() -> PublisherCheck {
        PublisherCheck::Unapproved(vec!["a.example/".to_owned()])
    }

    fn absent(absence: PageAbsence) -> Inspection {
        Inspection::Gone(absence, "HTTP error".to_owned())
    }

    #[test]
    fn a_page_that_never_was_or_says_that_it_is_gone_makes_junk() {
        for why in [
            ReasonKind::Unverified,
            ReasonKind::Moderated,
            ReasonKind::Flood,
        ] {
            let mut ping = before(State::Held, why);
            let dead = Some((State::Junk, "source-gone: HTTP error".to_owned()));
            let change = after(
                ping,
                &absent(PageAbsence::ForGood),
                Publish::Known,
                unknown(),
            );
            assert_eq!(change, dead, "{why:?}");
            for _ in 0..4 {
                let seen = absent(PageAbsence::NotFound);
                let transition = ping.transition(&seen, Publish::Known, &unknown(), now());
                assert!(
                    transition
                        .change
                        .is_none_or(|(state, _)| state == State::Held)
                );
                ping.item = transition.item.unwrap();
            }
            let change = after(
                ping,
                &absent(PageAbsence::NotFound),
                Publish::Known,
                unknown(),
            );
            assert_eq!(change, dead, "{why:?}");
        }
    }

    fn after(
        before: PingBefore,
        seen: &Inspection,
        publish: Publish,
        known: PublisherCheck,
    ) -> Option<(State, String)> {
        let change = before.transition(seen, publish, &known, now()).change;
        change.map(|(state, reason)| (state, reason.to_string()))
    }

    #[test]
    fn a_ping_whose_page_links_here_becomes_what_publish_says() {
        let new = before(State::Held, ReasonKind::Unverified);
        for (publish, known, state, why) in [
            (Publish::All, unknown(), State::Published, "verified"),
            (Publish::Verified, unknown(), State::Published, "verified"),
            (
                Publish::Known,
                PublisherCheck::Approved,
                State::Published,
                "verified",
            ),
            (
                Publish::Known,
                unknown(),
                State::Held,
                "unknown-domain: a.example/",
            ),
            (
                Publish::None,
                PublisherCheck::Approved,
                State::Held,
                "moderated",
            ),
            (
                Publish::Verified,
                PublisherCheck::Duplicate(3),
                State::Junk,
                "duplicate: 3",
            ),
        ] {
            let change = after(new, &linked(), publish, known.clone());
            assert_eq!(
                change,
                Some((state, why.to_owned())),
                "{publish:?} {known:?}"
            );
            let second = new.browser_check(publish) == BrowserCheck::Run;
            assert_eq!(second, publish != Publish::None, "{publish:?} {known:?}");
        }
    }

    #[test]
    fn s7_what_came_in_a_flood_is_published_only_if_its_publisher_is_approved() {
        let flood = before(State::Held, ReasonKind::Flood);
        let published = Some((State::Published, "verified".to_owned()));
        let duplicate = PublisherCheck::Duplicate(3);
        for (publish, known, becomes) in [
            (Publish::Known, PublisherCheck::Approved, published.clone()),
            (
                Publish::Known,
                unknown(),
                Some((State::Held, "unknown-domain: a.example/".to_owned())),
            ),
            (
                Publish::Known,
                duplicate.clone(),
                Some((State::Junk, "duplicate: 3".to_owned())),
            ),
            (
                Publish::Verified,
                PublisherCheck::Approved,
                published.clone(),
            ),
            (Publish::Verified, unknown(), None),
            (Publish::Verified, duplicate, None),
            (Publish::All, PublisherCheck::Approved, published),
            (Publish::All, unknown(), None),
            (Publish::None, PublisherCheck::Approved, None),
        ] {
            let change = after(flood, &linked(), publish, known.clone());
            assert_eq!(change, becomes, "{publish:?} {known:?}");
            // Nothing is published without a second look at its page.
            let second = flood.browser_check(publish) == BrowserCheck::Run;
            assert_eq!(second, publish != Publish::None, "{publish:?}");
        }
        let other = titled(TitleSource::Other);
        let comment = vouched(TitleSource::OfPage, Vouched::No);
        for (seen, why) in [(other, "other-title"), (comment, "unvouched-link")] {
            for publish in [Publish::Known, Publish::Verified] {
                let change = after(flood, &seen, publish, PublisherCheck::Approved);
                assert_eq!(change, Some((State::Held, why.to_owned())));
            }
        }
    }

    #[test]
    fn a_ping_with_another_title_is_not_published_by_itself() {
        let other = titled(TitleSource::Other);
        let held = |why: &str| Some((State::Held, why.to_owned()));
        for why in [
            ReasonKind::Unverified,
            ReasonKind::OtherTitle,
            ReasonKind::UnknownDomain,
        ] {
            let ping = before(State::Held, why);
            assert!(ping.is_checked() && ping.browser_check(Publish::Known) == BrowserCheck::Run);
            for (publish, known, becomes) in [
                (Publish::Verified, unknown(), "other-title"),
                (Publish::Known, PublisherCheck::Approved, "other-title"),
                (Publish::Known, unknown(), "other-title"),
                (Publish::None, PublisherCheck::Approved, "moderated"),
            ] {
                assert_eq!(after(ping, &other, publish, known), held(becomes));
            }
            let comment = vouched(TitleSource::OfPage, Vouched::No);
            for publish in [Publish::Verified, Publish::Known] {
                assert_eq!(
                    after(ping, &comment, publish, PublisherCheck::Approved),
                    held("unvouched-link")
                );
            }
            let change = after(ping, &linked(), Publish::Known, PublisherCheck::Approved);
            assert_eq!(change, Some((State::Published, "verified".to_owned())));
        }
        let unseen = vouched(TitleSource::OfPage, Vouched::Unseen);
        for publish in [
            Publish::None,
            Publish::Known,
            Publish::Verified,
            Publish::All,
        ] {
            for ping in [
                before(State::Held, ReasonKind::Unverified),
                before(State::Published, ReasonKind::Verified),
            ] {
                let approved = PublisherCheck::Approved;
                assert_eq!(after(ping, &unseen, publish, approved), held("hidden-link"));
            }
        }
        let veiled = vouched(TitleSource::OfPage, Vouched::Veiled);
        let ping = before(State::Held, ReasonKind::Unverified);
        for publish in [
            Publish::None,
            Publish::Known,
            Publish::Verified,
            Publish::All,
        ] {
            let approved = PublisherCheck::Approved;
            assert_eq!(after(ping, &veiled, publish, approved), held("hidden-link"));
            let junk = Some((State::Junk, "hidden-link".to_owned()));
            assert_eq!(after(ping, &veiled, publish, unknown()), junk);
        }
        let transition = before(State::Held, ReasonKind::Unverified).transition(
            &other,
            Publish::Known,
            &PublisherCheck::Approved,
            now(),
        );
        assert_eq!(transition.item, None, "it is not tried again");
        for why in [ReasonKind::Owner, ReasonKind::Verified] {
            let published = before(State::Published, why);
            assert_eq!(
                after(published, &other, Publish::Known, PublisherCheck::Approved),
                None
            );
        }
    }

    #[test]
    fn a_ping_whose_page_does_not_link_here_is_junk_and_a_doubtful_one_is_held() {
        for why in [
            ReasonKind::Unverified,
            ReasonKind::Unreachable,
            ReasonKind::Moderated,
            ReasonKind::Flood,
        ] {
            for (reason, state) in [
                (ReasonKind::NoLink, State::Junk),
                (ReasonKind::HiddenLink, State::Junk),
                (ReasonKind::NotAPage, State::Junk),
                (ReasonKind::Echo, State::Junk),
                (ReasonKind::Cloaked, State::Junk),
                (ReasonKind::TooLarge, State::Held),
                (ReasonKind::LinksElsewhere, State::Held),
                (ReasonKind::EchoSuspected, State::Held),
            ] {
                let seen = Inspection::Not(reason, String::new());
                let change = after(
                    before(State::Held, why),
                    &seen,
                    Publish::Verified,
                    PublisherCheck::Approved,
                );
                assert_eq!(change, Some((state, reason.name().to_owned())));
            }
        }
    }

    #[test]
    fn a_page_that_cannot_be_read_is_tried_again_and_given_up() {
        let mut ping = before(State::Held, ReasonKind::Unverified);
        let seen = Inspection::Failed("no answer in time".to_owned());
        for _ in 0..4 {
            let transition =
                ping.transition(&seen, Publish::Known, &PublisherCheck::Approved, now());
            let why = ReasonKind::Unreachable.with("no answer in time");
            assert_eq!(transition.change, Some((State::Held, why)));
            ping.item = transition.item.unwrap();
        }
        let transition = ping.transition(&seen, Publish::Known, &PublisherCheck::Approved, now());
        let why = transition.change.unwrap().1;
        assert_eq!(why.to_string(), "gave-up: no answer in time");
        assert_eq!(transition.item, None);
        let moderated = before(State::Held, ReasonKind::Moderated);
        assert_eq!(after(moderated, &seen, Publish::None, unknown()), None);
    }

    #[test]
    fn b2_only_a_link_that_may_lead_here_is_tried_more_than_twice_and_keeps_a_published_ping() {
        let unfollowed = |is_likely| {
            let detail = "its link to t.co: HTTP error 429".to_owned();
            Inspection::Unfollowed(ReasonKind::NoLink, LinkFailure { detail, is_likely })
        };
        for (is_likely, tries) in [(true, 4), (false, 1)] {
            let mut ping = before(State::Held, ReasonKind::Unverified);
            for _ in 0..tries {
                let seen = unfollowed(is_likely);
                let transition = ping.transition(&seen, Publish::Known, &unknown(), now());
                assert_eq!(
                    transition.change.unwrap().1.kind(),
                    Some(ReasonKind::Unreachable)
                );
                ping.item = transition.item.unwrap();
            }
            let change = after(ping, &unfollowed(is_likely), Publish::Known, unknown());
            assert_eq!(change, Some((State::Junk, "no-link".to_owned())));
        }
        // Three checks over a week.
        let published = before(State::Published, ReasonKind::Owner);
        let since = "2026-11-10T05:00:00Z".parse().unwrap();
        let gone = QueueItem {
            gone: Some((2, since)),
            ..published.item
        };
        let last = PingBefore {
            item: gone,
            ..published
        };
        let again = PingBefore {
            text_origin: TextOrigin::Page,
            offer_status: OfferStatus::Some,
            ..published
        };
        let link_gone = Some((State::Junk, "link-gone".to_owned()));
        for (ping, is_likely, expected) in [
            (published, true, None),
            (last, true, None),
            (again, true, None),
            (published, false, None),
            (last, false, link_gone.clone()),
            (again, false, link_gone),
        ] {
            let change = after(ping, &unfollowed(is_likely), Publish::Known, unknown());
            assert_eq!(change, expected, "{ping:?} {is_likely}");
        }
        let kept = published.transition(&unfollowed(true), Publish::Known, &unknown(), now());
        assert_eq!(kept.item, None);
        let kept = last.transition(&unfollowed(true), Publish::Known, &unknown(), now());
        assert_eq!(kept.item.unwrap().gone, Some((2, since)));
    }

    #[test]
    fn a_published_ping_goes_only_when_its_page_says_so() {
        let ping = before(State::Published, ReasonKind::Owner);
        let publish = Publish::Known;
        assert_eq!(after(ping, &linked(), publish, unknown()), None);
        for (reason, why) in [(ReasonKind::Echo, "echo"), (ReasonKind::Cloaked, "cloaked")] {
            let change = after(
                ping,
                &Inspection::Not(reason, String::new()),
                publish,
                unknown(),
            );
            assert_eq!(change, Some((State::Junk, why.to_owned())));
        }
        for reason in [
            ReasonKind::TooLarge,
            ReasonKind::LinksElsewhere,
            ReasonKind::EchoSuspected,
        ] {
            let seen = Inspection::Not(reason, String::new());
            assert_eq!(after(ping, &seen, publish, unknown()), None);
        }
        // A day of maintenance is none of these.
        let since = "2026-11-10T05:00:00Z".parse().unwrap();
        for reason in [
            ReasonKind::NoLink,
            ReasonKind::HiddenLink,
            ReasonKind::NotAPage,
        ] {
            let seen = Inspection::Not(reason, String::new());
            let first = ping.transition(&seen, publish, &unknown(), now());
            assert_eq!(first.change, None, "{reason:?}");
            assert_eq!(first.item.unwrap().gone, Some((1, now())));
            let item = QueueItem {
                gone: Some((2, since)),
                ..ping.item
            };
            let last = PingBefore { item, ..ping };
            let link_gone = Some((State::Junk, "link-gone".to_owned()));
            assert_eq!(after(last, &seen, publish, unknown()), link_gone);
            // The sender of a webmention that comes again says that the page has changed.
            let again = PingBefore {
                text_origin: TextOrigin::Page,
                offer_status: OfferStatus::Some,
                ..ping
            };
            assert_eq!(after(again, &seen, publish, unknown()), link_gone);
        }
        let failed = ping.transition(
            &Inspection::Failed(String::new()),
            publish,
            &unknown(),
            now(),
        );
        assert_eq!((failed.change, failed.item), (None, None));
        let gone = ping.transition(&absent(PageAbsence::ForGood), publish, &unknown(), now());
        assert_eq!(gone.change, None);
        assert_eq!(gone.item.unwrap().gone, Some((1, now())));
        let long = before(State::Published, ReasonKind::Verified);
        let item = QueueItem {
            gone: Some((2, since)),
            ..long.item
        };
        let change = after(
            PingBefore { item, ..long },
            &absent(PageAbsence::NotFound),
            publish,
            unknown(),
        );
        assert_eq!(change, Some((State::Junk, "source-gone".to_owned())));
    }

    #[test]
    fn f4_a_text_after_one_that_the_owner_rejected_waits_for_the_owner() {
        let ping = PingBefore {
            is_rejected_before: true,
            ..before(State::Held, ReasonKind::Unverified)
        };
        let held = |why: &str| Some((State::Held, why.to_owned()));
        for publish in [Publish::Known, Publish::Verified, Publish::All] {
            for known in [PublisherCheck::Approved, unknown()] {
                assert_eq!(
                    after(ping, &linked(), publish, known),
                    held("rejected-before")
                );
            }
        }
        for publish in [Publish::Known, Publish::Verified] {
            let other = after(ping, &titled(TitleSource::Other), publish, unknown());
            assert_eq!(other, held("other-title"));
        }
        let moderated = after(ping, &linked(), Publish::None, unknown());
        assert_eq!(moderated, held("moderated"));
    }

    #[test]
    fn f4_what_may_be_the_pages_own_permalink_waits_for_the_owner() {
        let ping = before(State::Held, ReasonKind::Unverified);
        let doubtful = PublisherCheck::MaybeDuplicate(3);
        let change = after(ping, &linked(), Publish::Known, doubtful);
        assert_eq!(change, Some((State::Held, "duplicate: 3".to_owned())));
    }

    #[test]
    fn d8_junk_whose_page_links_here_again_is_what_a_first_check_makes_of_it() {
        let publish = Publish::Known;
        for reason in [ReasonKind::LinkGone, ReasonKind::Cloaked] {
            let ping = before(State::Junk, reason);
            assert!(ping.is_checked() && ping.is_among_all());
            assert_eq!(ping.browser_check(publish), BrowserCheck::Run);
            let published = Some((State::Published, "verified".to_owned()));
            assert_eq!(
                after(ping, &linked(), publish, PublisherCheck::Approved),
                published
            );
            let held = after(ping, &linked(), publish, unknown()).unwrap();
            assert_eq!(held.0, State::Held);
            let other = after(ping, &titled(TitleSource::Other), publish, unknown());
            assert_eq!(other, Some((State::Held, "other-title".to_owned())));
            for seen in [
                Inspection::Not(ReasonKind::NoLink, String::new()),
                Inspection::Not(ReasonKind::EchoSuspected, String::new()),
                Inspection::Gone(PageAbsence::ForGood, String::new()),
                Inspection::Failed(String::new()),
                Inspection::Later,
            ] {
                let nothing = ping.transition(&seen, publish, &unknown(), now());
                assert_eq!((nothing.change, nothing.item), (None, None));
            }
        }
        for reason in [
            ReasonKind::Owner,
            ReasonKind::NoLink,
            ReasonKind::Echo,
            ReasonKind::Score,
            ReasonKind::Duplicate,
        ] {
            assert!(!before(State::Junk, reason).is_among_all(), "{reason:?}");
        }
    }

    #[test]
    fn what_the_owner_or_another_layer_decided_is_not_looked_at() {
        assert!(!before(State::Junk, ReasonKind::NoLink).is_checked());
        for why in [
            ReasonKind::Owner,
            ReasonKind::GaveUp,
            ReasonKind::LinksElsewhere,
            ReasonKind::EchoSuspected,
        ] {
            assert!(!before(State::Held, why).is_checked(), "{why:?}");
        }
    }
}
