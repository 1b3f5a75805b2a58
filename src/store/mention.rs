//! What the page of a webmention states about it, as its record holds it.

use serde_json::Value;
use url::Url;

use super::Record;
use crate::enum_table::enum_table;
use crate::language::{Language, Sentence};
use crate::linkback::Protocol;

enum_table! {
    /// The kind of a webmention: its name, and the sentences about one of them and about several.
    pub enum MentionKind: (Sentence, Sentence) {
        Mention = ("mention", Sentence::OneMention, Sentence::OneMention),
        Reply = ("reply", Sentence::Reply, Sentence::Reply),
        Like = ("like", Sentence::OneLike, Sentence::LikeCount),
        Repost = ("repost", Sentence::OneRepost, Sentence::RepostCount),
        Bookmark = ("bookmark", Sentence::OneBookmark, Sentence::BookmarkCount),
        Rsvp = ("rsvp", Sentence::OneRsvp, Sentence::RsvpCount),
    }
}

impl MentionKind {
    /// Its property in microformats and JF2.
    pub fn property(self) -> &'static str {
        match self {
            MentionKind::Mention => "mention-of",
            MentionKind::Reply => "in-reply-to",
            MentionKind::Like => "like-of",
            MentionKind::Repost => "repost-of",
            MentionKind::Bookmark => "bookmark-of",
            MentionKind::Rsvp => "rsvp",
        }
    }

    /// Those that are shown in one line.
    pub const REACTIONS: [MentionKind; 4] = [
        MentionKind::Like,
        MentionKind::Repost,
        MentionKind::Bookmark,
        MentionKind::Rsvp,
    ];

    /// The kind of a record with these values of `via` and `kind`; `None` for a ping. A kind that is not known is a
    /// mention.
    pub(super) fn of(via: &str, kind: &str) -> Option<MentionKind> {
        let protocols = [Protocol::Webmention, Protocol::Pingback];
        if !protocols.map(Protocol::name).contains(&via) {
            return None;
        }
        let name = kind.split_once('-').map_or(kind, |(name, _)| name);
        let mut all = MentionKind::ALL.iter();
        let kind = all.find(|kind| kind.name() == name);
        Some(*kind.unwrap_or(&MentionKind::Mention))
    }

    /// Whether those of this kind are shown in one line.
    pub fn is_reaction(self) -> bool {
        MentionKind::REACTIONS.contains(&self)
    }

    /// A number of them, such as `2 likes`.
    pub fn counted(self, language: Language, count: u64) -> String {
        language.count(self.row(), count)
    }
}

impl Record {
    /// Whether it is a webmention's or a pingback's: its text comes from the page.
    pub fn is_mention(&self) -> bool {
        MentionKind::of(&self.via, "").is_some()
    }

    /// The kind of a webmention or pingback; `None` for a ping. A kind that is not known is a mention.
    pub fn mention_kind(&self) -> Option<MentionKind> {
        MentionKind::of(&self.via, self.kind_name())
    }

    /// The answer of an RSVP, such as `yes`.
    pub fn rsvp_answer(&self) -> Option<&str> {
        self.kind_name().strip_prefix("rsvp-")
    }

    /// Whether it is shown in one line with others of its kind.
    pub fn is_reaction(&self) -> bool {
        self.mention_kind().is_some_and(MentionKind::is_reaction)
    }

    /// The host of the page that was checked, beside a name that the page states; empty for a ping.
    pub fn verified_host(&self) -> String {
        let url = self.mention_kind().and_then(|_| Url::parse(&self.url).ok());
        let host = url.as_ref().and_then(Url::host_str);
        host.unwrap_or_default().to_owned()
    }

    /// The page that it links to, as its sender wrote it; `None` for a ping.
    pub fn target(&self) -> Option<&str> {
        self.stated("target")
    }

    /// The permalink that the page of a webmention states.
    pub fn stated_link(&self) -> Option<&str> {
        self.stated("link")
    }

    /// The date of publication that the page of a webmention states.
    pub fn stated_date(&self) -> Option<&str> {
        self.stated("date")
    }

    /// The `name`, `url` or `photo` of the author that the page of a webmention states.
    pub fn author(&self, key: &str) -> Option<&str> {
        let author = self.rest.get("author").filter(|_| self.is_mention());
        author?.get(key)?.as_str()
    }

    fn stated(&self, key: &str) -> Option<&str> {
        let value = self.rest.get(key).filter(|_| self.is_mention());
        value.and_then(Value::as_str)
    }

    fn kind_name(&self) -> &str {
        let kind = self.rest.get("kind").and_then(Value::as_str);
        kind.unwrap_or_default()
    }
}
