//! Handles a ping from a permalink that has pinged before. Pure.
//!
//! Anybody can ping in the name of any page. So a later ping neither hides an earlier one nor replaces its text: it
//! offers its text, and the page decides when it is fetched again. Only while the page has not been checked, a ping from
//! the same network replaces the text at once. And an earlier ping does not block later ones: if the program (not the
//! owner) judged it junk, a better ping is judged anew.

use serde_json::{Map, Value};

use super::mention_record;
use super::offer;
use crate::admission::client_addr::is_one_network;
use crate::linkback::trackback::Ping;
use crate::store::{ReasonKind, Record, Repeat, State};
use crate::text;

/// Decides what happens to `old` when `new` arrives from the same permalink. `new` has been judged by itself.
pub fn resolve(old: Record, new: Record) -> Repeat {
    if new.is_mention() {
        return resolve_mention(old, new);
    }
    // The text of a webmention is its page's.
    if old.is_mention() && old.state != State::Junk {
        return Repeat::Kept;
    }
    if is_judged_anew(&old, &new) {
        // Text that was itself judged as spam does not fill the gaps of the new ping.
        let new = match old.reason() {
            Some(ReasonKind::Score | ReasonKind::BannedWord | ReasonKind::Owner) => new,
            _ => with_missing_text(&old, new),
        };
        return Repeat::Anew(anew(&old, new, old.rest.clone()));
    }
    let new = with_missing_text(&old, new);
    if is_same_text(&old, &new) {
        return Repeat::Same;
    }
    match text_update(&old, &new) {
        TextUpdate::Never => Repeat::Kept,
        TextUpdate::AtOnce => Repeat::Updated(Record {
            id: old.id,
            time: old.time,
            updated: Some(new.time),
            state: old.state,
            since: old.since,
            why: old.why,
            rest: old.rest,
            ..new
        }),
        TextUpdate::WhenConfirmed => match offer::add(old, &new) {
            Some(record) => Repeat::Offered(record),
            None => Repeat::Kept,
        },
        TextUpdate::WhenRejudged => match offer::add(old, &new) {
            Some(record) => Repeat::Anew(Record {
                since: Some(new.time),
                why: new.why,
                ..record
            }),
            None => Repeat::Kept,
        },
    }
}

/// Decides what happens to `old` when a webmention of the same page arrives. The page is checked again, and decides.
fn resolve_mention(old: Record, new: Record) -> Repeat {
    let is_rejected = old.reason() == Some(ReasonKind::Owner)
        && old.state != State::Published
        && !old.is_rejected_text();
    if is_rejected || new.state == State::Junk {
        return Repeat::Kept;
    }
    let is_decided = is_decided_for_now(&old)
        || old.reason() == Some(ReasonKind::HiddenLink)
        || new.state == State::Held && is_flood_over(&old, &new);
    match old.state {
        State::Junk => {
            let rest = mention_record::replaced_keys(old.rest.clone(), new.rest.clone());
            Repeat::Anew(anew(&old, new, rest))
        }
        State::Held if is_decided => Repeat::Anew(Record {
            since: Some(new.time),
            why: new.why.clone(),
            ..mention_record::with_repetition(old, &new)
        }),
        State::Held | State::Published => {
            Repeat::Offered(mention_record::with_repetition(old, &new))
        }
    }
}

/// The record of a ping that is judged anew.
fn anew(old: &Record, new: Record, rest: Map<String, Value>) -> Record {
    let mut record = Record {
        id: old.id,
        time: old.time,
        updated: Some(new.time),
        since: Some(new.time),
        rest,
        ..new
    };
    if old.is_rejected_text() {
        record.note_rejected_text();
    }
    record
}

/// Whether the program, not the owner, decided on the old ping, and may decide differently now. The owner's decision on
/// a text that the page was never seen to carry is not one on the page: another text is held for the owner.
fn is_judged_anew(old: &Record, new: &Record) -> bool {
    match old.state {
        State::Published => false,
        State::Junk if old.reason() == Some(ReasonKind::Owner) => {
            old.is_rejected_text() && new.state == State::Held && new.title != old.title
        }
        State::Junk => new.state != State::Junk,
        State::Held => {
            is_better_than_held(old, new)
                && (is_same_text(old, &with_missing_text(old, new.clone()))
                    || is_same_network(old, new))
        }
    }
}

/// Whether a held ping may get another state, because its sender has sent it again.
fn is_better_than_held(old: &Record, new: &Record) -> bool {
    match (old.reason(), new.state) {
        (_, State::Junk) => false,
        (Some(ReasonKind::Flood), _) => is_flood_over(old, new),
        (_, State::Held) => is_decided_for_now(old),
        (_, State::Published) => false,
    }
}

/// Whether the limit, which has counted the new ping too, has room again.
fn is_flood_over(old: &Record, new: &Record) -> bool {
    old.reason() == Some(ReasonKind::Flood) && new.reason() != Some(ReasonKind::Flood)
}

/// Whether the page of a held ping is checked again only after a new ping: the author may have changed the page.
fn is_decided_for_now(old: &Record) -> bool {
    matches!(
        old.reason(),
        Some(
            ReasonKind::GaveUp
                | ReasonKind::LinksElsewhere
                | ReasonKind::TooLarge
                | ReasonKind::EchoSuspected
                | ReasonKind::UnvouchedLink
                | ReasonKind::OtherTitle
        )
    )
}

/// When the text of a new ping replaces that of the old one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TextUpdate {
    Never,
    AtOnce,
    /// When the page is checked again, if it confirms the new text.
    WhenConfirmed,
    /// The same, and the ping is held for that check.
    WhenRejudged,
}

/// Decides about the text of a ping that is not judged anew.
fn text_update(old: &Record, new: &Record) -> TextUpdate {
    let if_same_network = match is_same_network(old, new) {
        true => TextUpdate::AtOnce,
        false => TextUpdate::Never,
    };
    match (old.state, new.state) {
        (State::Junk, _) | (State::Published | State::Held, State::Junk) => TextUpdate::Never,
        // The owner approved that text.
        (State::Published, State::Published) if old.reason() == Some(ReasonKind::Owner) => {
            TextUpdate::Never
        }
        // With `publish = "all"` no page is checked.
        (State::Published, State::Published) => if_same_network,
        (State::Held, State::Published) => if_same_network,
        // The owner approves each text.
        (State::Published, State::Held) if new.reason() == Some(ReasonKind::Moderated) => {
            TextUpdate::Never
        }
        (State::Published, State::Held) => TextUpdate::WhenConfirmed,
        (State::Held, State::Held) if is_decided_for_now(old) => TextUpdate::WhenRejudged,
        (State::Held, State::Held) => match old.reason() {
            // It is published without another check once its host is approved.
            Some(ReasonKind::UnknownDomain) => TextUpdate::WhenConfirmed,
            Some(
                ReasonKind::Unverified
                | ReasonKind::Unreachable
                | ReasonKind::Moderated
                | ReasonKind::Flood,
            ) if if_same_network == TextUpdate::Never => TextUpdate::WhenConfirmed,
            _ => if_same_network,
        },
    }
}

/// The new ping, with the old one's text where it has none.
fn with_missing_text(old: &Record, mut new: Record) -> Record {
    let untitled = text::crop(&new.url, Ping::MAX_TITLE, "") == new.title;
    if untitled {
        new.title.clone_from(&old.title);
    }
    for (text, kept) in [
        (&mut new.excerpt, &old.excerpt),
        (&mut new.blog_name, &old.blog_name),
    ] {
        if text.is_empty() {
            text.clone_from(kept);
        }
    }
    new
}

fn is_same_text(old: &Record, new: &Record) -> bool {
    old.title == new.title && old.excerpt == new.excerpt && old.blog_name == new.blog_name
}

/// Whether both came from one network; false if either is unknown.
fn is_same_network(old: &Record, new: &Record) -> bool {
    is_one_network(old.from.as_deref(), new.from.as_deref())
}

#[cfg(test)]
mod tests {
    use crate::store::Reason;
    use serde_json::json;

    use super::*;

    const HOME: &str = "192.0.2.0/24";
    const ELSEWHERE: &str = "198.51.100.0/24";

    fn record(state: State, why: &str, text: [&str; 3], from: &str) -> Record {
        let [title, excerpt, blog_name] = text;
        serde_json::from_value(json!({
            "id": 1, "time": "2026-11-20T05:00:00Z", "url": "https://a.example/1", "title": title,
            "excerpt": excerpt, "blog_name": blog_name, "state": state.name(), "why": why, "from": from,
        }))
        .unwrap()
    }

    const OLD: [&str; 3] = ["Old", "old words", "Weblog"];
    const NEW: [&str; 3] = ["New", "new words", "Weblog"];
    /// What a ping is that has only a URL.
    const BARE: [&str; 3] = ["https://a.example/1", "", ""];

    fn held(why: &str, text: [&str; 3], from: &str) -> Record {
        record(State::Held, why, text, from)
    }

    /// `same`, `kept`, `updated`, `anew` or `offered`, with the state and the text that stand then.
    fn outcome(old: &Record, new: Record) -> String {
        let text = |record: &Record| {
            let why = record
                .why
                .as_ref()
                .map(Reason::to_string)
                .unwrap_or_default();
            format!(
                "{} {why} {} {}",
                record.state.name(),
                record.title,
                record.excerpt
            )
        };
        match resolve(old.clone(), new) {
            Repeat::Same => "same".to_owned(),
            Repeat::Kept => "kept".to_owned(),
            Repeat::Updated(record) => format!("updated {}", text(&record)),
            Repeat::Anew(record) => format!("anew {}", text(&record)),
            Repeat::Offered(record) => {
                assert!(offer::has_any(&record));
                format!("offered {}", text(&record))
            }
        }
    }

    #[test]
    fn what_a_program_judged_junk_is_judged_anew_by_a_better_ping() {
        for why in [
            "score: 4 links",
            "banned-word: pills",
            "no-link",
            "hidden-link",
            "not-a-page: image/png",
            "echo",
            "cloaked",
            "link-gone",
            "source-gone",
            "queue-overflow",
            "a reason of a newer version",
        ] {
            let old = record(State::Junk, why, OLD, ELSEWHERE);
            let anew = outcome(&old, held("unverified", NEW, HOME));
            assert_eq!(anew, "anew held unverified New new words", "{why}");
            // A page that has got its link since pings with the same words.
            let again = outcome(&old, held("unverified", OLD, ELSEWHERE));
            assert_eq!(again, "anew held unverified Old old words", "{why}");
            let spam = record(State::Junk, "score", NEW, ELSEWHERE);
            assert_eq!(outcome(&old, spam), "kept", "{why}");
        }
        let mut owners = record(State::Junk, "owner", OLD, HOME);
        let page = json!({"name": "a.example/1"});
        owners.rest.insert("page".to_owned(), page);
        assert_eq!(outcome(&owners, held("unverified", NEW, HOME)), "kept");
        assert_eq!(outcome(&owners, held("unverified", OLD, HOME)), "same");
    }

    #[test]
    fn f4_the_owners_no_to_a_text_that_the_page_does_not_carry_binds_that_text_only() {
        let unlinked = record(State::Junk, "owner", OLD, HOME);
        let mut forged = unlinked.clone();
        let page = json!({"name": "a.example/1", "other_title": true});
        forged.rest.insert("page".to_owned(), page);
        for old in [unlinked, forged] {
            for (new, becomes) in [
                (
                    held("unverified", NEW, ELSEWHERE),
                    "anew held unverified New new words",
                ),
                (
                    held("unverified", BARE, HOME),
                    "anew held unverified https://a.example/1 ",
                ),
                (held("unverified", OLD, ELSEWHERE), "same"),
                (held("unverified", ["Old", "x", "y"], ELSEWHERE), "kept"),
                (record(State::Junk, "score", NEW, ELSEWHERE), "kept"),
                // With `publish = "all"` nothing is published in spite of the owner.
                (record(State::Published, "", NEW, ELSEWHERE), "kept"),
            ] {
                assert_eq!(outcome(&old, new), becomes);
            }
            let mention = Record {
                via: "webmention".to_owned(),
                ..held("unverified", BARE, HOME)
            };
            for new in [held("unverified", NEW, HOME), mention] {
                let Repeat::Anew(anew) = resolve(old.clone(), new) else {
                    panic!("it is not judged anew");
                };
                assert!(anew.has_rejected_text());
            }
        }
    }

    #[test]
    fn words_that_were_spam_do_not_come_back_and_others_are_not_lost() {
        let spam = record(State::Junk, "score: 4 links", OLD, ELSEWHERE);
        let bare = held("unverified", BARE, HOME);
        assert!(outcome(&spam, bare.clone()).ends_with("https://a.example/1 "));
        let unlinked = record(State::Junk, "no-link", OLD, HOME);
        assert_eq!(
            outcome(&unlinked, bare),
            "anew held unverified Old old words"
        );
    }

    #[test]
    fn a_page_that_was_judged_and_held_is_looked_at_again() {
        for why in [
            "gave-up: HTTP error: 500",
            "links-elsewhere",
            "too-large",
            "echo-suspected",
            "unvouched-link",
            "other-title",
        ] {
            let old = held(why, OLD, HOME);
            let anew = |new| outcome(&old, new);
            assert_eq!(
                anew(held("unverified", OLD, ELSEWHERE)),
                "anew held unverified Old old words"
            );
            assert_eq!(
                anew(held("unverified", NEW, HOME)),
                "anew held unverified New new words"
            );
            // The page tells whose the new words are.
            assert_eq!(
                anew(held("unverified", NEW, ELSEWHERE)),
                "anew held unverified Old old words"
            );
        }
    }

    #[test]
    fn the_text_of_a_ping_that_waits_is_replaced_from_its_own_network_only() {
        for why in [
            "unverified",
            "unreachable: no answer in time",
            "moderated",
            "flood",
            "owner",
        ] {
            let old = held(why, OLD, HOME);
            // While the flood lasts.
            let judged = if why == "flood" {
                "flood"
            } else {
                "unverified"
            };
            let new = |text, from| outcome(&old, held(judged, text, from));
            let elsewhere = match why {
                "owner" => "kept".to_owned(),
                _ => format!("offered held {why} Old old words"),
            };
            assert_eq!(new(NEW, HOME), format!("updated held {why} New new words"));
            assert_eq!(
                new(NEW, "192.0.2.77"),
                format!("updated held {why} New new words")
            );
            assert_eq!(new(NEW, ELSEWHERE), elsewhere);
            assert_eq!(new(NEW, "2001:db8::/48"), elsewhere);
            assert_eq!(new(OLD, ELSEWHERE), "same");
            assert_eq!(
                outcome(&old, record(State::Junk, "score", NEW, HOME)),
                "kept"
            );
            let unknown = Record {
                from: None,
                ..held(judged, NEW, HOME)
            };
            assert_eq!(outcome(&old, unknown.clone()), elsewhere);
            let never_known = Record {
                from: None,
                ..old.clone()
            };
            assert_eq!(outcome(&never_known, unknown), elsewhere);
        }
        // It is published without another check.
        let found = held("unknown-domain: a.example", OLD, HOME);
        for from in [HOME, ELSEWHERE] {
            let new = held("unverified", NEW, from);
            assert_eq!(
                outcome(&found, new),
                "offered held unknown-domain: a.example Old old words"
            );
        }
    }

    #[test]
    fn s7_a_ping_of_a_flood_is_judged_when_the_limit_has_room_again() {
        let old = held("flood", OLD, HOME);
        let published = |text, from| record(State::Published, "", text, from);
        for (new, becomes) in [
            (
                held("unverified", OLD, ELSEWHERE),
                "anew held unverified Old old words",
            ),
            (
                held("unverified", BARE, ELSEWHERE),
                "anew held unverified Old old words",
            ),
            (
                held("unverified", NEW, HOME),
                "anew held unverified New new words",
            ),
            (
                held("moderated", OLD, HOME),
                "anew held moderated Old old words",
            ),
            // With `publish = "all"`.
            (published(OLD, ELSEWHERE), "anew published  Old old words"),
            (published(NEW, ELSEWHERE), "kept"),
            (
                held("unverified", NEW, ELSEWHERE),
                "offered held flood Old old words",
            ),
            (held("flood", OLD, HOME), "same"),
            (record(State::Junk, "score", OLD, HOME), "same"),
        ] {
            assert_eq!(outcome(&old, new), becomes);
        }
    }

    #[test]
    fn a_ping_without_words_takes_none_away() {
        let old = held("unverified", OLD, HOME);
        assert_eq!(outcome(&old, held("unverified", BARE, HOME)), "same");
        let titled = ["New", "", ""];
        assert_eq!(
            outcome(&old, held("unverified", titled, HOME)),
            "updated held unverified New old words"
        );
    }

    #[test]
    fn what_everybody_sees_is_neither_hidden_nor_given_other_words() {
        let old = record(State::Published, "verified", OLD, HOME);
        for (new, becomes) in [
            (
                held("unverified", NEW, HOME),
                "offered published verified Old old words",
            ),
            (held("moderated", NEW, HOME), "kept"),
            (record(State::Junk, "score", NEW, HOME), "kept"),
        ] {
            assert_eq!(outcome(&old, new), becomes);
        }
        // With `publish = "all"`.
        let at_once = |from| record(State::Published, "", NEW, from);
        let approved = record(State::Published, "owner", OLD, HOME);
        for (old, from, becomes) in [
            (&old, HOME, "updated published verified New new words"),
            (&old, ELSEWHERE, "kept"),
            (&approved, HOME, "kept"),
            (&approved, ELSEWHERE, "kept"),
        ] {
            assert_eq!(outcome(old, at_once(from)), becomes, "{from}");
        }
        let unknown = Record { from: None, ..old };
        assert_eq!(outcome(&unknown, at_once(HOME)), "kept");
    }
}
