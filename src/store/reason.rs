//! The reason for a ping's state: a name for programs, a sentence for the owner, and a detail.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::enum_table::enum_table;
use crate::text;

/// The maximum length of a detail, in characters.
const MAX_DETAIL: usize = 120;

/// The end of a cropped detail.
const ELLIPSIS: char = '…';

/// The separator of the hosts of [`DetailKind::Hosts`].
const BETWEEN_HOSTS: &str = ", ";

/// The kind of detail after a reason's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DetailKind {
    /// No detail.
    None,
    /// The cause.
    Cause,
    /// The media type of the response.
    MediaType,
    /// One host.
    Host,
    /// Hosts; shared ones with the part of the path that belongs to one publisher.
    Hosts,
    /// The number of a ping of the same id.
    PingNumber,
    /// A word.
    Word,
    /// The signs of spam.
    SpamSigns,
}

#[cfg(feature = "internals")]
impl DetailKind {
    /// The description in the table of `docs/`.
    pub fn words(self) -> &'static str {
        match self {
            DetailKind::None => "",
            DetailKind::Cause => "the cause",
            DetailKind::MediaType => "the media type",
            DetailKind::Host => "the host",
            DetailKind::Hosts => "the hosts",
            DetailKind::PingNumber => "the number of that ping",
            DetailKind::Word => "the word",
            DetailKind::SpamSigns => "the signs of spam",
        }
    }
}

enum_table! {
    /// The reasons that this version knows: name, kind of detail, sentence for the owner.
    pub enum ReasonKind: (DetailKind, &'static str) {
        Unverified = ("unverified", DetailKind::None, "Its page has not been checked yet."),
        Unreachable = ("unreachable", DetailKind::Cause, "Its page could not be fetched; it is tried again."),
        GaveUp = ("gave-up", DetailKind::Cause, "Its page could not be fetched after several attempts."),
        Unreadable = ("unreadable", DetailKind::None, "Each check of its page crashed the program."),
        NoLink = ("no-link", DetailKind::Cause, "Its page does not link to this site."),
        HiddenLink = ("hidden-link", DetailKind::None, "Its page links to this site only where readers see no link."),
        NotAPage = ("not-a-page", DetailKind::MediaType, "Its URL is not an HTML page."),
        TooLarge = ("too-large", DetailKind::None, "No link was found in the first MiB of its page."),
        LinksElsewhere = ("links-elsewhere", DetailKind::None, "Its page links to this site, but not to this entry."),
        Echo = ("echo", DetailKind::None, "Its page repeats whatever its URL contains."),
        EchoSuspected = (
            "echo-suspected",
            DetailKind::None,
            "Its URL contains this site's address, so the link may be an echo.",
        ),
        Cloaked = ("cloaked", DetailKind::None, "Its page shows the link only to this program."),
        Verified = ("verified", DetailKind::None, "Its page links to this site."),
        VerifiedEntry = ("verified-entry", DetailKind::None, "Its page links to this entry."),
        UnknownDomain = (
            "unknown-domain",
            DetailKind::Hosts,
            "Its page links here; you have not approved its host before, or one that redirects to it.",
        ),
        UnvouchedLink = (
            "unvouched-link",
            DetailKind::None,
            "Its page links here only in a comment or a blogroll, or as `nofollow`, `ugc` or `sponsored`.",
        ),
        Duplicate = (
            "duplicate",
            DetailKind::PingNumber,
            "Another ping of this id is from the same page, under another URL.",
        ),
        OtherTitle = ("other-title", DetailKind::None, "Its page links here, but does not carry its title."),
        LinkGone = ("link-gone", DetailKind::None, "Its page no longer links here."),
        SourceGone = ("source-gone", DetailKind::Cause, "Its page is gone."),
        Moderated = ("moderated", DetailKind::None, "Every ping waits for the owner (publish = \"none\")."),
        Flood = ("flood", DetailKind::None, "It came in a flood: the limit of the whole site was reached."),
        Score = ("score", DetailKind::SpamSigns, "It looks like spam."),
        BannedWord = ("banned-word", DetailKind::Word, "It contains a banned word."),
        NotPublic = ("not-public", DetailKind::Cause, "Its URL is not public."),
        BannedDomain = (
            "banned-domain",
            DetailKind::Host,
            "Its page, or its link, is redirected through a banned domain.",
        ),
        RejectedBefore = (
            "rejected-before",
            DetailKind::None,
            "The owner has rejected another text in the name of this page.",
        ),
        Owner = ("owner", DetailKind::Cause, "The owner decided."),
        QueueOverflow = ("queue-overflow", DetailKind::None, "Too many pings waited, and this one had waited longest."),
    }
}

impl ReasonKind {
    /// The kind of its detail, for the table in `docs/`. Some reasons do not always have one.
    #[cfg(feature = "internals")]
    pub fn detail(self) -> DetailKind {
        self.row().0
    }

    /// The sentence for the owner.
    pub fn sentence(self) -> &'static str {
        self.row().1
    }

    /// The reason with a detail, which is cut to one line of at most [`MAX_DETAIL`] characters.
    pub fn with(self, detail: &str) -> Reason {
        let detail = text::clean(detail);
        let detail =
            text::crop(&detail, MAX_DETAIL, ELLIPSIS.encode_utf8(&mut [0; 4])).into_owned();
        Reason::Known(self, Some(detail).filter(|detail| !detail.is_empty()))
    }
}

/// A reason as written in a record: `banned-word: pills`. Unknown reasons are written back unchanged.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Reason {
    /// A known reason, with its detail.
    Known(ReasonKind, Option<String>),
    /// A reason of a newer version or another program.
    Unknown(String),
}

impl Reason {
    /// Another ping of the id is from the same page.
    pub fn duplicate(number: u64) -> Reason {
        ReasonKind::Duplicate.with(&number.to_string())
    }

    /// The owner has not approved these hosts.
    pub fn unknown_domain(hosts: &[String]) -> Reason {
        ReasonKind::UnknownDomain.with(&hosts.join(BETWEEN_HOSTS))
    }

    /// Parses the output of `Display`.
    pub fn parse(text: &str) -> Reason {
        let (name, detail) = match text.split_once(": ") {
            Some((name, detail)) => (name, Some(detail.to_owned())),
            None => (text, None),
        };
        let known = ReasonKind::ALL.iter().find(|kind| kind.name() == name);
        match known {
            Some(kind) => Reason::Known(*kind, detail),
            None => Reason::Unknown(text.to_owned()),
        }
    }

    /// Whether it is an empty text.
    pub fn is_empty(&self) -> bool {
        matches!(self, Reason::Unknown(text) if text.is_empty())
    }

    /// Its kind; `None` for an unknown reason.
    pub fn kind(&self) -> Option<ReasonKind> {
        match self {
            Reason::Known(kind, _) => Some(*kind),
            Reason::Unknown(_) => None,
        }
    }

    /// The hosts to be approved; `None` if the list is missing (earlier versions) or cropped.
    pub fn unknown_hosts(&self) -> Option<Vec<&str>> {
        match self {
            Reason::Known(ReasonKind::UnknownDomain, Some(hosts))
                if !hosts.is_empty() && !hosts.ends_with(ELLIPSIS) =>
            {
                Some(hosts.split(BETWEEN_HOSTS).collect())
            }
            Reason::Known(..) | Reason::Unknown(_) => None,
        }
    }

    /// The sentence for the owner, with the detail if there is one. An unknown reason is returned unchanged.
    pub fn explain(&self) -> String {
        match self {
            Reason::Known(kind, Some(detail)) if !detail.is_empty() => {
                format!("{} ({detail})", kind.sentence())
            }
            Reason::Known(kind, _) => kind.sentence().to_owned(),
            Reason::Unknown(text) => text.clone(),
        }
    }
}

impl From<ReasonKind> for Reason {
    fn from(kind: ReasonKind) -> Reason {
        Reason::Known(kind, None)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reason::Known(kind, None) => f.write_str(kind.name()),
            Reason::Known(kind, Some(detail)) => write!(f, "{}: {detail}", kind.name()),
            Reason::Unknown(text) => f.write_str(text),
        }
    }
}

impl Serialize for Reason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Reason {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Reason, D::Error> {
        String::deserialize(deserializer).map(|text| Reason::parse(&text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_written_as_it_was() {
        let mut texts = vec![
            String::new(),
            "likes".to_owned(),
            "likes: 3".to_owned(),
            ": x".to_owned(),
        ];
        for kind in ReasonKind::ALL {
            for detail in ["", ":", ": ", ": a: b", ": …", "  x"] {
                texts.push(format!("{}{detail}", kind.name()));
            }
        }
        for text in texts {
            assert_eq!(Reason::parse(&text).to_string(), text);
            let json = serde_json::to_string(&text).unwrap();
            let read: Reason = serde_json::from_str(&json).unwrap();
            assert_eq!(serde_json::to_string(&read).unwrap(), json);
        }
    }

    #[test]
    fn a_reason_is_known_by_its_name_whatever_its_detail() {
        for &kind in ReasonKind::ALL {
            assert_eq!(Reason::parse(kind.name()), kind.into());
            assert_eq!(
                Reason::parse(&kind.with("a: b").to_string()),
                kind.with("a: b")
            );
            assert_eq!(Reason::from(kind).kind(), Some(kind));
        }
        assert_eq!(ReasonKind::Score.with(" ").to_string(), "score");
        assert_eq!(Reason::parse("likes").kind(), None);
        let long = ReasonKind::Score.with(&"x".repeat(200)).to_string();
        assert_eq!(long, format!("score: {}…", "x".repeat(120)));
    }

    #[test]
    fn the_owner_reads_the_sentence_and_the_detail() {
        for (text, words) in [
            ("score: 4 links", "It looks like spam. (4 links)"),
            ("score", "It looks like spam."),
            ("score: ", "It looks like spam."),
            ("by-hand", "by-hand"),
            ("", ""),
        ] {
            assert_eq!(Reason::parse(text).explain(), words, "{text}");
        }
    }

    #[test]
    fn the_hosts_that_wait_are_given_only_where_all_are_there() {
        let hosts = ["a.example".to_owned(), "b.example/@me".to_owned()];
        let reason = Reason::unknown_domain(&hosts);
        assert_eq!(
            reason.unknown_hosts().unwrap(),
            ["a.example", "b.example/@me"]
        );
        let many = vec!["host.example".to_owned(); 50];
        for reason in [
            Reason::unknown_domain(&many),
            ReasonKind::UnknownDomain.into(),
            ReasonKind::BannedDomain.with("a.example"),
            Reason::Unknown("a.example".to_owned()),
        ] {
            assert_eq!(reason.unknown_hosts(), None, "{reason}");
        }
    }
}
