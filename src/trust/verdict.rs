//! What becomes of a ping after its page was looked at. Pure.

use jiff::Timestamp;

use super::Reason;
use super::judge::Title;
use super::look::{Absence, Second, Seen};
use super::queue::{After, Item};
use crate::config::Publish;
use crate::store::State;

/// A ping before its page was looked at.
#[derive(Debug, Clone, Copy)]
pub(super) struct Before<'a> {
    pub(super) state: State,
    pub(super) why: Option<&'a str>,
    pub(super) item: Item,
}

/// What becomes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Verdict {
    /// Its new state and reason; `None` leaves it as it is.
    pub(super) change: Option<(State, String)>,
    /// What the queue says about it from now on.
    pub(super) item: Option<Item>,
}

/// Whether all domains that a page was found at are approved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    Yes,
    No,
}

impl Before<'_> {
    /// Whether the page of such a ping is looked at at all: it waits for that, or everybody sees it.
    pub(super) fn is_looked_at(&self) -> bool {
        match self.state {
            State::Published => true,
            State::Junk => false,
            State::Held => matches!(
                self.reason(),
                Some(
                    Reason::Unverified
                        | Reason::Unreachable
                        | Reason::UnknownDomain
                        | Reason::OtherTitle
                        | Reason::Moderated
                        | Reason::Flood
                )
            ),
        }
    }

    /// Whether its page was found to link here before, so that it may only lose what it has.
    pub(super) fn is_looked_at_again(&self) -> bool {
        self.state == State::Published || self.reason() == Some(Reason::UnknownDomain)
    }

    /// Whether its page was found to link here before. One with another title may have come again since.
    pub(super) fn was_found(&self) -> bool {
        self.is_looked_at_again() || self.reason() == Some(Reason::OtherTitle)
    }

    /// Whether an ordinary reader's view is needed: before a ping is published, and while it is.
    pub(super) fn second(&self, publish: Publish, known: Known) -> Second {
        match self.state {
            State::Published => Second::Look,
            State::Held if self.published(publish, known) => Second::Look,
            State::Held | State::Junk => Second::None,
        }
    }

    /// What becomes of it after `seen`.
    pub(super) fn after(
        &self,
        seen: &Seen,
        publish: Publish,
        known: Known,
        now: Timestamp,
    ) -> Verdict {
        match seen {
            Seen::Linked { title, .. } => Verdict {
                change: self.linked(*title, publish, known),
                item: None,
            },
            Seen::Not(reason, _) if self.is_looked_at_again() => Verdict {
                change: match reason {
                    Reason::NoLink | Reason::HiddenLink | Reason::NotAPage => {
                        Some((State::Junk, Reason::LinkGone.name().to_owned()))
                    }
                    Reason::Echo | Reason::Cloaked | Reason::BannedDomain => {
                        Some((State::Junk, reason.name().to_owned()))
                    }
                    // It links here still, or may do so.
                    _ => None,
                },
                item: None,
            },
            Seen::Not(reason, detail) => Verdict {
                change: Some((state_of(*reason), reason.with(detail))),
                item: None,
            },
            Seen::Gone(..) if self.is_looked_at_again() => match self.item.gone(now) {
                After::Again(item) => Verdict {
                    change: None,
                    item: Some(item),
                },
                After::Never => Verdict {
                    change: Some((State::Junk, Reason::SourceGone.name().to_owned())),
                    item: None,
                },
            },
            Seen::Failed(_) if self.is_looked_at_again() => Verdict {
                change: None,
                item: self.item.gone.and(Some(self.item.later(now))),
            },
            Seen::Later => Verdict {
                change: None,
                item: self.is_queued().then(|| self.item.put_off(now)),
            },
            Seen::Gone(Absence::ForGood, detail) => dead(detail),
            Seen::Gone(Absence::NotFound, detail) if self.item.failed(now) == After::Never => {
                dead(detail)
            }
            Seen::Gone(Absence::NotFound, detail) | Seen::Failed(detail) => {
                match self.item.failed(now) {
                    After::Again(item) => Verdict {
                        change: match self.reason() {
                            Some(Reason::Moderated | Reason::Flood) => None,
                            _ => Some((State::Held, Reason::Unreachable.with(detail))),
                        },
                        item: Some(item),
                    },
                    After::Never => Verdict {
                        change: Some((State::Held, Reason::GaveUp.with(detail))),
                        item: None,
                    },
                }
            }
        }
    }

    /// Whether it is looked at without being asked for.
    fn is_queued(&self) -> bool {
        !self.is_looked_at_again() || self.item.gone.is_some()
    }

    fn linked(&self, title: Title, publish: Publish, known: Known) -> Option<(State, String)> {
        let (state, reason) = match self.state {
            State::Published | State::Junk => return None,
            State::Held if self.reason() == Some(Reason::Flood) => return None,
            State::Held if self.published(publish, known) => match (title, publish) {
                (Title::Other, Publish::Verified | Publish::Known) => {
                    (State::Held, Reason::OtherTitle)
                }
                _ => (State::Published, Reason::Verified),
            },
            State::Held if publish == Publish::None => (State::Held, Reason::Moderated),
            State::Held => (State::Held, Reason::UnknownDomain),
        };
        Some((state, reason.name().to_owned()))
    }

    /// Whether it is published by itself if its page links here.
    fn published(&self, publish: Publish, known: Known) -> bool {
        self.reason() != Some(Reason::Flood)
            && match publish {
                Publish::All | Publish::Verified => true,
                Publish::Known => known == Known::Yes,
                Publish::None => false,
            }
    }

    fn reason(&self) -> Option<Reason> {
        Some(Reason::read(self.why?)?.0)
    }
}

/// What a ping becomes whose page was never there to link here.
fn dead(detail: &str) -> Verdict {
    Verdict {
        change: Some((State::Junk, Reason::SourceGone.with(detail))),
        item: None,
    }
}

impl Verdict {
    /// The same where the link was found to be to the very entry.
    pub(super) fn of_entry(mut self) -> Verdict {
        if let Some((_, why)) = &mut self.change
            && why == Reason::Verified.name()
        {
            Reason::VerifiedEntry.name().clone_into(why);
        }
        self
    }
}

/// What a ping becomes whose page does not link here, or not so that it can be believed.
fn state_of(reason: Reason) -> State {
    match reason {
        Reason::NoLink
        | Reason::HiddenLink
        | Reason::NotAPage
        | Reason::Echo
        | Reason::Cloaked
        | Reason::BannedDomain => State::Junk,
        _ => State::Held,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-11-20T05:00:00Z".parse().unwrap()
    }

    fn before(state: State, why: Reason) -> Before<'static> {
        Before {
            state,
            why: Some(why.name()),
            item: Item::new(now()),
        }
    }

    fn linked() -> Seen {
        titled(Title::OfPage)
    }

    fn titled(title: Title) -> Seen {
        Seen::Linked {
            domains: Vec::new(),
            title,
        }
    }

    fn absent(absence: Absence) -> Seen {
        Seen::Gone(absence, "HTTP error".to_owned())
    }

    #[test]
    fn a_page_that_never_was_or_says_that_it_is_gone_makes_junk() {
        for why in [Reason::Unverified, Reason::Moderated, Reason::Flood] {
            let mut ping = before(State::Held, why);
            let dead = Some((State::Junk, "source-gone: HTTP error".to_owned()));
            let change = after(ping, &absent(Absence::ForGood), Publish::Known, Known::No);
            assert_eq!(change, dead, "{why:?}");
            for _ in 0..4 {
                let seen = absent(Absence::NotFound);
                let verdict = ping.after(&seen, Publish::Known, Known::No, now());
                assert!(verdict.change.is_none_or(|(state, _)| state == State::Held));
                ping.item = verdict.item.unwrap();
            }
            let change = after(ping, &absent(Absence::NotFound), Publish::Known, Known::No);
            assert_eq!(change, dead, "{why:?}");
        }
    }

    fn after(
        before: Before<'_>,
        seen: &Seen,
        publish: Publish,
        known: Known,
    ) -> Option<(State, String)> {
        before.after(seen, publish, known, now()).change
    }

    #[test]
    fn a_ping_whose_page_links_here_becomes_what_publish_says() {
        let new = before(State::Held, Reason::Unverified);
        for (publish, known, state, why) in [
            (Publish::All, Known::No, State::Published, "verified"),
            (Publish::Verified, Known::No, State::Published, "verified"),
            (Publish::Known, Known::Yes, State::Published, "verified"),
            (Publish::Known, Known::No, State::Held, "unknown-domain"),
            (Publish::None, Known::Yes, State::Held, "moderated"),
        ] {
            let change = after(new, &linked(), publish, known);
            assert_eq!(
                change,
                Some((state, why.to_owned())),
                "{publish:?} {known:?}"
            );
            let second = new.second(publish, known) == Second::Look;
            assert_eq!(second, state == State::Published, "{publish:?} {known:?}");
        }
        let flood = before(State::Held, Reason::Flood);
        assert_eq!(after(flood, &linked(), Publish::Verified, Known::Yes), None);
    }

    #[test]
    fn a_ping_with_another_title_is_not_published_by_itself() {
        let other = titled(Title::Other);
        let held = |why: &str| Some((State::Held, why.to_owned()));
        for why in [
            Reason::Unverified,
            Reason::OtherTitle,
            Reason::UnknownDomain,
        ] {
            let ping = before(State::Held, why);
            assert!(ping.is_looked_at() && ping.second(Publish::Known, Known::Yes) == Second::Look);
            for (publish, known, becomes) in [
                (Publish::Verified, Known::No, "other-title"),
                (Publish::Known, Known::Yes, "other-title"),
                (Publish::Known, Known::No, "unknown-domain"),
                (Publish::None, Known::Yes, "moderated"),
            ] {
                assert_eq!(after(ping, &other, publish, known), held(becomes));
            }
            let change = after(ping, &linked(), Publish::Known, Known::Yes);
            assert_eq!(change, Some((State::Published, "verified".to_owned())));
        }
        let verdict = before(State::Held, Reason::Unverified).after(
            &other,
            Publish::Known,
            Known::Yes,
            now(),
        );
        assert_eq!(verdict.item, None, "it is not tried again");
        for why in [Reason::Owner, Reason::Verified] {
            let published = before(State::Published, why);
            assert_eq!(after(published, &other, Publish::Known, Known::Yes), None);
        }
    }

    #[test]
    fn a_ping_whose_page_does_not_link_here_is_junk_and_a_doubtful_one_is_held() {
        for why in [
            Reason::Unverified,
            Reason::Unreachable,
            Reason::Moderated,
            Reason::Flood,
        ] {
            for (reason, state) in [
                (Reason::NoLink, State::Junk),
                (Reason::HiddenLink, State::Junk),
                (Reason::NotAPage, State::Junk),
                (Reason::Echo, State::Junk),
                (Reason::Cloaked, State::Junk),
                (Reason::TooLarge, State::Held),
                (Reason::LinksElsewhere, State::Held),
                (Reason::EchoSuspected, State::Held),
            ] {
                let seen = Seen::Not(reason, String::new());
                let change = after(
                    before(State::Held, why),
                    &seen,
                    Publish::Verified,
                    Known::Yes,
                );
                assert_eq!(change, Some((state, reason.name().to_owned())));
            }
        }
    }

    #[test]
    fn a_page_that_cannot_be_read_is_tried_again_and_given_up() {
        let mut ping = before(State::Held, Reason::Unverified);
        let seen = Seen::Failed("no answer in time".to_owned());
        for _ in 0..4 {
            let verdict = ping.after(&seen, Publish::Known, Known::Yes, now());
            let why = "unreachable: no answer in time".to_owned();
            assert_eq!(verdict.change, Some((State::Held, why)));
            ping.item = verdict.item.unwrap();
        }
        let verdict = ping.after(&seen, Publish::Known, Known::Yes, now());
        assert_eq!(verdict.change.unwrap().1, "gave-up: no answer in time");
        assert_eq!(verdict.item, None);
        let moderated = before(State::Held, Reason::Moderated);
        assert_eq!(after(moderated, &seen, Publish::None, Known::No), None);
    }

    #[test]
    fn a_published_ping_goes_only_when_its_page_says_so() {
        let ping = before(State::Published, Reason::Owner);
        let publish = Publish::Known;
        assert_eq!(after(ping, &linked(), publish, Known::No), None);
        for (reason, why) in [
            (Reason::NoLink, "link-gone"),
            (Reason::HiddenLink, "link-gone"),
            (Reason::NotAPage, "link-gone"),
            (Reason::Echo, "echo"),
            (Reason::Cloaked, "cloaked"),
        ] {
            let change = after(ping, &Seen::Not(reason, String::new()), publish, Known::No);
            assert_eq!(change, Some((State::Junk, why.to_owned())));
        }
        for reason in [
            Reason::TooLarge,
            Reason::LinksElsewhere,
            Reason::EchoSuspected,
        ] {
            let seen = Seen::Not(reason, String::new());
            assert_eq!(after(ping, &seen, publish, Known::No), None);
        }
        let failed = ping.after(&Seen::Failed(String::new()), publish, Known::No, now());
        assert_eq!((failed.change, failed.item), (None, None));
        let gone = ping.after(&absent(Absence::ForGood), publish, Known::No, now());
        assert_eq!(gone.change, None);
        assert_eq!(gone.item.unwrap().gone, Some((1, now())));
        let long = before(State::Published, Reason::Verified);
        let since = "2026-11-10T05:00:00Z".parse().unwrap();
        let item = Item {
            gone: Some((2, since)),
            ..long.item
        };
        let change = after(
            Before { item, ..long },
            &absent(Absence::NotFound),
            publish,
            Known::No,
        );
        assert_eq!(change, Some((State::Junk, "source-gone".to_owned())));
    }

    #[test]
    fn what_the_owner_or_another_layer_decided_is_not_looked_at() {
        assert!(!before(State::Junk, Reason::NoLink).is_looked_at());
        for why in [
            Reason::Owner,
            Reason::GaveUp,
            Reason::LinksElsewhere,
            Reason::EchoSuspected,
        ] {
            assert!(!before(State::Held, why).is_looked_at(), "{why:?}");
        }
    }
}
