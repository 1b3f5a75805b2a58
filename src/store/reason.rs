//! Why a ping is in its state: a name for programs, a sentence for the owner, and a detail.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::enum_table::enum_table;
use crate::text;

/// The most characters of a detail.
const MAX_DETAIL: usize = 120;

/// What stands at the end of a detail that was cropped.
const ELLIPSIS: char = '…';

/// What stands between the hosts of [`DetailKind::Hosts`].
const BETWEEN_HOSTS: &str = ", ";

/// What the detail behind a reason's name is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DetailKind {
    /// No detail.
    None,
    /// What went wrong, or why.
    Cause,
    /// The media type of the answer.
    MediaType,
    /// One host.
    Host,
    /// Hosts, each with the part of the path that is one publisher's where many share it.
    Hosts,
    /// The number of a ping of the same id.
    PingNumber,
    /// A word.
    Word,
    /// What makes it look like spam.
    SpamSigns,
}

#[cfg(feature = "internals")]
impl DetailKind {
    /// In the table of `docs/`.
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
        Unverified = ("unverified", DetailKind::None, "Its page has not been looked at yet."),
        Unreachable = ("unreachable", DetailKind::Cause, "Its page could not be read; it is tried again."),
        GaveUp = ("gave-up", DetailKind::Cause, "Its page could not be read, however often it was tried."),
        Unreadable = ("unreadable", DetailKind::None, "Each time its page was read, the program was ended."),
        NoLink = ("no-link", DetailKind::Cause, "Its page does not link to this site."),
        HiddenLink = ("hidden-link", DetailKind::None, "Its page links to this site only where nobody sees it."),
        NotAPage = ("not-a-page", DetailKind::MediaType, "The URL is not an HTML page."),
        TooLarge = ("too-large", DetailKind::None, "No link was found in the first MiB of its page."),
        LinksElsewhere = ("links-elsewhere", DetailKind::None, "Its page links to this site, but not to this entry."),
        Echo = ("echo", DetailKind::None, "Its page repeats whatever its address names."),
        EchoSuspected = (
            "echo-suspected",
            DetailKind::None,
            "Its address names this site, so the link may be an echo.",
        ),
        Cloaked = ("cloaked", DetailKind::None, "Its page shows the link to this program only."),
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
            "Its page links here only in a comment, or as `nofollow`, `ugc` or `sponsored`.",
        ),
        Duplicate = (
            "duplicate",
            DetailKind::PingNumber,
            "Another ping of this id has the same page, under another URL.",
        ),
        OtherTitle = ("other-title", DetailKind::None, "Its page links here, but does not carry its title."),
        LinkGone = ("link-gone", DetailKind::None, "Its page no longer links here."),
        SourceGone = ("source-gone", DetailKind::Cause, "Its page is gone."),
        Moderated = ("moderated", DetailKind::None, "Every ping waits for the owner (publish = \"none\")."),
        Flood = ("flood", DetailKind::None, "It came in a flood: the limit of the whole site was reached."),
        Score = ("score", DetailKind::SpamSigns, "It reads like spam."),
        BannedWord = ("banned-word", DetailKind::Word, "It has a word that is banned."),
        NotPublic = ("not-public", DetailKind::Cause, "At its address no public page can be."),
        BannedDomain = (
            "banned-domain",
            DetailKind::Host,
            "Its page, or its link, leads through a domain that is banned.",
        ),
        Owner = ("owner", DetailKind::Cause, "The owner decided."),
        QueueOverflow = ("queue-overflow", DetailKind::None, "It waited longest when too many waited."),
    }
}

impl ReasonKind {
    /// What the detail behind it is, for the table in `docs/`. Some reasons have one only now and then.
    #[cfg(feature = "internals")]
    pub fn detail(self) -> DetailKind {
        self.row().0
    }

    /// The sentence for the owner.
    pub fn sentence(self) -> &'static str {
        self.row().1
    }

    /// The reason with a detail, which is made one line of at most [`MAX_DETAIL`] characters.
    pub fn with(self, detail: &str) -> Reason {
        let detail = text::clean(detail);
        let detail =
            text::crop(&detail, MAX_DETAIL, ELLIPSIS.encode_utf8(&mut [0; 4])).into_owned();
        Reason::Known(self, Some(detail).filter(|detail| !detail.is_empty()))
    }
}

/// A reason as it stands in a record: `banned-word: pills`. What is read is written again as it was.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Reason {
    /// One that this version knows, with its detail.
    Known(ReasonKind, Option<String>),
    /// One of a newer version, or of another program.
    Unknown(String),
}

impl Reason {
    /// That another ping of the id is from the same page.
    pub fn duplicate(number: u64) -> Reason {
        ReasonKind::Duplicate.with(&number.to_string())
    }

    /// That the owner has not approved these hosts.
    pub fn unknown_domain(hosts: &[String]) -> Reason {
        ReasonKind::UnknownDomain.with(&hosts.join(BETWEEN_HOSTS))
    }

    /// Reads what [`Reason`]'s `Display` writes.
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

    /// Whether it says nothing.
    pub fn is_empty(&self) -> bool {
        matches!(self, Reason::Unknown(text) if text.is_empty())
    }

    /// Which it is; `None` for one that this version does not know.
    pub fn kind(&self) -> Option<ReasonKind> {
        match self {
            Reason::Known(kind, _) => Some(*kind),
            Reason::Unknown(_) => None,
        }
    }

    /// The hosts that wait to be approved, where all of them are known: an earlier version did not say them, and a long
    /// list is cropped.
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

    /// The sentence for the owner, and the detail if there is one. An unknown reason stands as it is.
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
            ("score: 4 links", "It reads like spam. (4 links)"),
            ("score", "It reads like spam."),
            ("score: ", "It reads like spam."),
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
