//! What becomes of a ping from a permalink that has pinged before. Pure.
//!
//! Anybody can ping in the name of any page. So a later ping neither hides an earlier one nor gives it other words,
//! except where it may well be the page's own: it comes from the same network, or the page was found not to carry
//! the words that are kept. And an earlier ping silences no page: what a program (not the owner) has judged junk is
//! judged anew when a better ping comes.

use super::Reason;
use super::origin::prefix_of;
use crate::store::{Record, Repeat, State};
use crate::text;
use crate::trackback::Ping;

/// What becomes of `old` now that `new` has come, judged by itself, from the same permalink.
#[must_use]
pub fn judge(old: Record, new: Record) -> Repeat {
    if is_judged_anew(&old, &new) {
        // Words that were themselves what is wrong are not kept for want of others.
        let new = match reason(&old) {
            Some(Reason::Score | Reason::BannedWord) => new,
            _ => filled(&old, new),
        };
        return Repeat::Anew(Record {
            id: old.id,
            time: old.time,
            updated: Some(new.time),
            since: Some(new.time),
            rest: old.rest,
            ..new
        });
    }
    let new = filled(&old, new);
    if has_same_text(&old, &new) {
        return Repeat::Same;
    }
    if rank(new.state) > rank(old.state) || !may_replace(&old, &new) {
        return Repeat::Kept;
    }
    Repeat::Updated(Record {
        id: old.id,
        time: old.time,
        updated: Some(new.time),
        state: old.state,
        since: old.since,
        why: old.why,
        rest: old.rest,
        ..new
    })
}

/// Whether a program judged the old ping, and what it judged may be another now.
fn is_judged_anew(old: &Record, new: &Record) -> bool {
    match old.state {
        State::Published => false,
        State::Junk => new.state != State::Junk && reason(old) != Some(Reason::Owner),
        State::Held => {
            new.state == State::Held
                && matches!(
                    reason(old),
                    Some(
                        Reason::GaveUp
                            | Reason::LinksElsewhere
                            | Reason::TooLarge
                            | Reason::EchoSuspected
                    )
                )
                && (has_same_text(old, &filled(old, new.clone())) || is_of_same_network(old, new))
        }
    }
}

/// Whether the text of a ping that is not judged anew may be replaced.
fn may_replace(old: &Record, new: &Record) -> bool {
    match old.state {
        // Only where everything is published at once does a new ping come in published.
        State::Published => true,
        State::Held => is_of_same_network(old, new) || reason(old) == Some(Reason::OtherTitle),
        State::Junk => false,
    }
}

/// The new ping, with the old one's words where it has none.
fn filled(old: &Record, mut new: Record) -> Record {
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

fn has_same_text(old: &Record, new: &Record) -> bool {
    old.title == new.title && old.excerpt == new.excerpt && old.blog_name == new.blog_name
}

/// Whether both came from one network; what is not known of either is not the same.
fn is_of_same_network(old: &Record, new: &Record) -> bool {
    let network = |record: &Record| prefix_of(record.from.as_deref()?);
    network(old).is_some_and(|old| network(new) == Some(old))
}

fn reason(record: &Record) -> Option<Reason> {
    Some(Reason::read(record.why.as_deref()?)?.0)
}

/// Orders the states: the more people see a ping, the lower.
fn rank(state: State) -> u8 {
    match state {
        State::Published => 0,
        State::Held => 1,
        State::Junk => 2,
    }
}

#[cfg(test)]
mod tests {
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

    /// `same`, `kept`, `updated` or `anew`, with the state and the text that stand then.
    fn told(old: &Record, new: Record) -> String {
        let text = |record: &Record| {
            let why = record.why.clone().unwrap_or_default();
            format!(
                "{} {why} {} {}",
                record.state.name(),
                record.title,
                record.excerpt
            )
        };
        match judge(old.clone(), new) {
            Repeat::Same => "same".to_owned(),
            Repeat::Kept => "kept".to_owned(),
            Repeat::Updated(record) => format!("updated {}", text(&record)),
            Repeat::Anew(record) => format!("anew {}", text(&record)),
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
            let anew = told(&old, held("unverified", NEW, HOME));
            assert_eq!(anew, "anew held unverified New new words", "{why}");
            // A page that has got its link since pings with the same words.
            let again = told(&old, held("unverified", OLD, ELSEWHERE));
            assert_eq!(again, "anew held unverified Old old words", "{why}");
            let spam = record(State::Junk, "score", NEW, ELSEWHERE);
            assert_eq!(told(&old, spam), "kept", "{why}");
        }
        let owners = record(State::Junk, "owner", OLD, HOME);
        assert_eq!(told(&owners, held("unverified", NEW, HOME)), "kept");
        assert_eq!(told(&owners, held("unverified", OLD, HOME)), "same");
    }

    #[test]
    fn words_that_were_spam_do_not_come_back_and_others_are_not_lost() {
        let spam = record(State::Junk, "score: 4 links", OLD, ELSEWHERE);
        let bare = held("unverified", BARE, HOME);
        assert!(told(&spam, bare.clone()).ends_with("https://a.example/1 "));
        let unlinked = record(State::Junk, "no-link", OLD, HOME);
        assert_eq!(told(&unlinked, bare), "anew held unverified Old old words");
    }

    #[test]
    fn a_page_that_was_judged_and_held_is_looked_at_again() {
        for why in [
            "gave-up: HTTP error: 500",
            "links-elsewhere",
            "too-large",
            "echo-suspected",
        ] {
            let old = held(why, OLD, HOME);
            let anew = |new| told(&old, new);
            assert_eq!(
                anew(held("unverified", OLD, ELSEWHERE)),
                "anew held unverified Old old words"
            );
            assert_eq!(
                anew(held("unverified", NEW, HOME)),
                "anew held unverified New new words"
            );
            assert_eq!(anew(held("unverified", NEW, ELSEWHERE)), "kept");
        }
    }

    #[test]
    fn the_text_of_a_ping_that_waits_is_replaced_from_its_own_network_only() {
        for why in [
            "unverified",
            "unknown-domain",
            "moderated",
            "flood",
            "owner",
        ] {
            let old = held(why, OLD, HOME);
            let new = |text, from| told(&old, held("unverified", text, from));
            assert_eq!(new(NEW, HOME), format!("updated held {why} New new words"));
            assert_eq!(
                new(NEW, "192.0.2.77"),
                format!("updated held {why} New new words")
            );
            assert_eq!(new(NEW, ELSEWHERE), "kept");
            assert_eq!(new(NEW, "2001:db8::/48"), "kept");
            assert_eq!(new(OLD, ELSEWHERE), "same");
            assert_eq!(told(&old, record(State::Junk, "score", NEW, HOME)), "kept");
            let unknown = Record {
                from: None,
                ..held("unverified", NEW, HOME)
            };
            assert_eq!(told(&old, unknown.clone()), "kept");
            let never_known = Record {
                from: None,
                ..old.clone()
            };
            assert_eq!(told(&never_known, unknown), "kept");
        }
        // Its page has other words than those that are kept.
        let foreign = held("other-title", OLD, ELSEWHERE);
        let own = held("unverified", NEW, HOME);
        assert_eq!(
            told(&foreign, own),
            "updated held other-title New new words"
        );
    }

    #[test]
    fn a_ping_without_words_takes_none_away() {
        let old = held("unverified", OLD, HOME);
        assert_eq!(told(&old, held("unverified", BARE, HOME)), "same");
        let titled = ["New", "", ""];
        assert_eq!(
            told(&old, held("unverified", titled, HOME)),
            "updated held unverified New old words"
        );
    }

    #[test]
    fn what_everybody_sees_is_neither_hidden_nor_given_other_words() {
        let old = record(State::Published, "verified", OLD, HOME);
        for new in [
            held("unverified", NEW, HOME),
            record(State::Junk, "score", NEW, HOME),
        ] {
            assert_eq!(told(&old, new), "kept");
        }
        let at_once = record(State::Published, "", NEW, ELSEWHERE);
        assert_eq!(
            told(&old, at_once),
            "updated published verified New new words"
        );
    }
}
