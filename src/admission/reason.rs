//! Why a ping is in its state: named, so that the owner can see it and a program can tell.

use crate::text;

/// A reason. It stands in the record by its name, and a detail may stand behind it: `banned-word: pills`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// Its page has not been looked at yet.
    Unverified,
    /// Its page could not be read; it is tried again.
    Unreachable,
    /// Its page could not be read, however often it was tried.
    GaveUp,
    /// Reading its page ended the program, each time.
    Unreadable,
    /// Its page does not link to this site.
    NoLink,
    /// Its page links to this site only where nobody sees it.
    HiddenLink,
    /// At its address is no text.
    NotAPage,
    /// No link was found in the first MiB of its page.
    TooLarge,
    /// Its page links to this site, but not to this entry.
    LinksElsewhere,
    /// Its page repeats whatever its address names.
    Echo,
    /// Its address names this site, so the link may be an echo.
    EchoSuspected,
    /// Its page shows the link to this program only.
    Cloaked,
    /// Its page links to this site; which page the entry is was not known.
    Verified,
    /// Its page links to this entry.
    VerifiedEntry,
    /// Its page links here; who publishes it, or who redirects on the way, has not been approved before.
    UnknownDomain,
    /// Its page links here only where it does not vouch for the link.
    UnvouchedLink,
    /// Another ping of this id has the same page.
    Duplicate,
    /// Its page links here, but does not carry its title: anybody may have written that.
    OtherTitle,
    /// Its page no longer links here.
    LinkGone,
    /// Its page is gone.
    SourceGone,
    /// Every ping waits for the owner (`publish = "none"`).
    Moderated,
    /// It came in a flood: the limit of the whole site was reached.
    Flood,
    /// It reads like spam.
    Score,
    /// It has a word that is banned.
    BannedWord,
    /// At its address no public page can be.
    NotPublic,
    /// Its page, or its link, leads through a domain that is banned.
    BannedDomain,
    /// The owner decided.
    Owner,
    /// It waited longest when too many waited.
    QueueOverflow,
}

impl Reason {
    /// All of them, in the order of the table in `docs/`.
    pub const ALL: [Reason; 28] = [
        Reason::Unverified,
        Reason::Unreachable,
        Reason::GaveUp,
        Reason::Unreadable,
        Reason::NoLink,
        Reason::HiddenLink,
        Reason::NotAPage,
        Reason::TooLarge,
        Reason::LinksElsewhere,
        Reason::Echo,
        Reason::EchoSuspected,
        Reason::Cloaked,
        Reason::Verified,
        Reason::VerifiedEntry,
        Reason::UnknownDomain,
        Reason::UnvouchedLink,
        Reason::Duplicate,
        Reason::OtherTitle,
        Reason::LinkGone,
        Reason::SourceGone,
        Reason::Moderated,
        Reason::Flood,
        Reason::Score,
        Reason::BannedWord,
        Reason::NotPublic,
        Reason::BannedDomain,
        Reason::Owner,
        Reason::QueueOverflow,
    ];

    /// The stable name: in the record, in the log, in the tables of `docs/`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Reason::Unverified => "unverified",
            Reason::Unreachable => "unreachable",
            Reason::GaveUp => "gave-up",
            Reason::Unreadable => "unreadable",
            Reason::NoLink => "no-link",
            Reason::HiddenLink => "hidden-link",
            Reason::NotAPage => "not-a-page",
            Reason::TooLarge => "too-large",
            Reason::LinksElsewhere => "links-elsewhere",
            Reason::Echo => "echo",
            Reason::EchoSuspected => "echo-suspected",
            Reason::Cloaked => "cloaked",
            Reason::Verified => "verified",
            Reason::VerifiedEntry => "verified-entry",
            Reason::UnknownDomain => "unknown-domain",
            Reason::UnvouchedLink => "unvouched-link",
            Reason::Duplicate => "duplicate",
            Reason::OtherTitle => "other-title",
            Reason::LinkGone => "link-gone",
            Reason::SourceGone => "source-gone",
            Reason::Moderated => "moderated",
            Reason::Flood => "flood",
            Reason::Score => "score",
            Reason::BannedWord => "banned-word",
            Reason::NotPublic => "not-public",
            Reason::BannedDomain => "banned-domain",
            Reason::Owner => "owner",
            Reason::QueueOverflow => "queue-overflow",
        }
    }

    /// The sentence for the owner.
    #[must_use]
    pub fn sentence(self) -> &'static str {
        match self {
            Reason::Unverified => "Its page has not been looked at yet.",
            Reason::Unreachable => "Its page could not be read; it is tried again.",
            Reason::GaveUp => "Its page could not be read, however often it was tried.",
            Reason::Unreadable => "Each time its page was read, the program was ended.",
            Reason::NoLink => "Its page does not link to this site.",
            Reason::HiddenLink => "Its page links to this site only where nobody sees it.",
            Reason::NotAPage => "At its address is no text.",
            Reason::TooLarge => "No link was found in the first MiB of its page.",
            Reason::LinksElsewhere => "Its page links to this site, but not to this entry.",
            Reason::Echo => "Its page repeats whatever its address names.",
            Reason::EchoSuspected => "Its address names this site, so the link may be an echo.",
            Reason::Cloaked => "Its page shows the link to this program only.",
            Reason::Verified => "Its page links to this site.",
            Reason::VerifiedEntry => "Its page links to this entry.",
            Reason::UnknownDomain => {
                "Its page links here; you have not approved its host before, or one that redirects to it."
            }
            Reason::UnvouchedLink => {
                "Its page links here only in a comment, or as `nofollow`, `ugc` or `sponsored`."
            }
            Reason::Duplicate => "Another ping of this id has the same page, under another URL.",
            Reason::OtherTitle => "Its page links here, but does not carry its title.",
            Reason::LinkGone => "Its page no longer links here.",
            Reason::SourceGone => "Its page is gone.",
            Reason::Moderated => "Every ping waits for the owner (publish = \"none\").",
            Reason::Flood => "It came in a flood: the limit of the whole site was reached.",
            Reason::Score => "It reads like spam.",
            Reason::BannedWord => "It has a word that is banned.",
            Reason::NotPublic => "At its address no public page can be.",
            Reason::BannedDomain => "Its page, or its link, leads through a domain that is banned.",
            Reason::Owner => "The owner decided.",
            Reason::QueueOverflow => "It waited longest when too many waited.",
        }
    }

    /// What stands in a record: the name, and behind it the detail, which is cropped to 120 characters.
    #[must_use]
    pub fn with(self, detail: &str) -> String {
        let detail = text::clean(detail);
        match text::crop(&detail, 120, "…").as_ref() {
            "" => self.name().to_owned(),
            detail => format!("{}: {detail}", self.name()),
        }
    }

    /// The reason and the detail in a record's `why`; `None` for a name that is unknown.
    #[must_use]
    pub fn read(why: &str) -> Option<(Reason, &str)> {
        let (name, detail) = why.split_once(": ").unwrap_or((why, ""));
        let reason = Reason::ALL
            .into_iter()
            .find(|reason| reason.name() == name)?;
        Some((reason, detail))
    }

    /// What a record's `why` says, in words: the sentence, and the detail if there is one. A word that is unknown
    /// stands as it is; empty if nothing is said.
    #[must_use]
    pub fn explain(why: Option<&str>) -> String {
        let why = why.unwrap_or_default();
        match Reason::read(why) {
            Some((reason, "")) => reason.sentence().to_owned(),
            Some((reason, detail)) => format!("{} ({detail})", reason.sentence()),
            None => why.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        for reason in Reason::ALL {
            assert_eq!(Reason::read(reason.name()), Some((reason, "")));
            assert_eq!(Reason::read(&reason.with("a: b")), Some((reason, "a: b")));
        }
        assert_eq!(Reason::Score.with(" "), "score");
        assert_eq!(Reason::read("likes"), None);
        assert_eq!(
            Reason::explain(Some("score: 4 links")),
            "It reads like spam. (4 links)"
        );
        assert_eq!(Reason::explain(Some("by-hand")), "by-hand");
        assert_eq!(Reason::explain(None), "");
    }
}
