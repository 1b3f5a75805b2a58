//! The moderation pages with the same text in each field.

use super::*;
use crate::moderation::action::Action;

/// Each page with all its parts; `ping` makes a ping.
pub(super) fn all_pages(text: &str, ping: impl Fn(State) -> PingView) -> Vec<String> {
    let own = || text.to_owned();
    let form = || FormTarget {
        action: own(),
        token: own(),
    };
    let waiting = |state| WaitingPing {
        ping: ping(state),
        domain: own(),
        can_look_again: false,
        approves: own(),
        from: own(),
        why: own(),
        quote: own(),
    };
    let here = || {
        vec![HiddenField {
            name: own(),
            value: own(),
        }]
    };
    let tombstone = Tombstone {
        tb_id: own(),
        list_url: own(),
        number: 17,
        date: own(),
        datetime: own(),
    };
    let action = Action::Junk;
    let moderate = |pings, tombstones| Moderate {
        owner: form(),
        notice: Notice {
            text: own(),
            fields: here(),
            buttons: vec![NoticeButton {
                action: own(),
                label: own(),
            }],
        },
        tabs: vec![Tab {
            state: own(),
            label: own(),
            count: 3,
            url: own(),
        }],
        state: own(),
        search: own(),
        about: own(),
        unread: vec![own()],
        pings,
        tombstones,
        actions: vec![action],
        quick: vec![action],
        here: here(),
        newer: Some(own()),
        older: Some(own()),
        feed_url: own(),
    };
    let sure = ConfirmDecision {
        form: form(),
        question: own(),
        consequence: own(),
        banned: vec![own()],
        pings: vec![waiting(State::Held)],
        action,
        here: here(),
        cancel_url: own(),
    };
    let navigation = OwnerNavigation {
        form: form(),
        links: [true, false]
            .map(|is_current| NavigationLink {
                url: own(),
                label: "A page",
                is_current,
            })
            .into(),
        skip_to: "pings",
    };
    let two = vec![waiting(State::Held), waiting(State::Junk)];
    vec![
        fragment(&navigation) + "<h1>Any</h1>",
        fragment(&moderate(two, Vec::new())),
        fragment(&moderate(Vec::new(), vec![tombstone])),
        fragment(&moderate(Vec::new(), Vec::new())),
        fragment(&sure),
        format!("<h1>In a feed</h1>{}", html_of(text, text, text)),
    ]
}
