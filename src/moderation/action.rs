//! What the owner can do with pings: one table for the pages, the forms and the shell.

use crate::enum_table::enum_table;
use crate::error::Refusal;
use crate::store::{EventName, State};

/// Where a decision comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DecidedBy {
    /// The owner's pages.
    Page,
    /// The command line.
    Shell,
}

impl DecidedBy {
    /// The name in the log.
    pub fn name(self) -> &'static str {
        match self {
            DecidedBy::Page => "page",
            DecidedBy::Shell => "shell",
        }
    }
}

/// What a ping is after an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It has this state.
    State(State),
    /// It is deleted for good.
    Deleted,
}

impl Outcome {
    /// The word for it in commands.
    pub fn name(self) -> &'static str {
        match self {
            Outcome::State(state) => state.name(),
            Outcome::Deleted => "deleted",
        }
    }

    /// The event in the log.
    pub fn event(self) -> EventName {
        match self {
            Outcome::State(state) => state.into(),
            Outcome::Deleted => EventName::Deleted,
        }
    }
}

/// Whether the page asks before it does it to chosen pings; before it does it to a whole page, it always asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confirmation {
    /// It does.
    Needed,
    /// It does not: the action is easily taken back.
    None,
}

enum_table! {
    /// The actions in the order of the buttons: name in the form, label, outcome, confirmation, and what is said of the
    /// pings afterwards.
    pub enum Action: (&'static str, Option<Outcome>, Confirmation, &'static str) {
        Approve = (
            "approve",
            "Approve",
            Some(Outcome::State(State::Published)),
            Confirmation::None,
            "approved",
        ),
        Widen = (
            "widen",
            "Approve domain",
            Some(Outcome::State(State::Published)),
            Confirmation::Needed,
            "approved",
        ),
        Hold = ("hold", "Hold", Some(Outcome::State(State::Held)), Confirmation::None, "held"),
        Junk = ("junk", "Junk", Some(Outcome::State(State::Junk)), Confirmation::None, "put with the junk"),
        Delete = ("delete", "Delete", Some(Outcome::Deleted), Confirmation::Needed, "deleted"),
        Forget = (
            "forget",
            "Forget host",
            None,
            Confirmation::Needed,
            "left as they are, and their hosts are not known any more",
        ),
        Ban = (
            "ban",
            "Ban domain",
            Some(Outcome::State(State::Junk)),
            Confirmation::Needed,
            "put with the junk, and banned",
        ),
    }
}

impl Action {
    /// The action of that name.
    pub fn parse(name: &str) -> Result<Action, Refusal> {
        let known = Action::ALL.iter().find(|action| action.name() == name);
        known.copied().ok_or(Refusal::UnknownMode)
    }

    /// The action that gives pings a state, and does nothing else.
    pub fn giving(state: State) -> Action {
        match state {
            State::Published => Action::Approve,
            State::Held => Action::Hold,
            State::Junk => Action::Junk,
        }
    }

    /// Whether it makes the publishers of the pings known.
    pub fn approves(self) -> bool {
        self.outcome() == Some(Outcome::State(State::Published))
    }

    /// What the button says.
    pub fn label(self) -> &'static str {
        self.row().0
    }

    /// What the pings are afterwards; `None` if they stay as they are.
    pub fn outcome(self) -> Option<Outcome> {
        self.row().1
    }

    /// Whether the page asks before.
    pub fn confirmation(self) -> Confirmation {
        self.row().2
    }

    /// What is said of the pings afterwards: "3 …".
    pub fn done(self) -> &'static str {
        self.row().3
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_action_is_an_error() {
        for &action in Action::ALL {
            assert_eq!(Action::parse(action.name()), Ok(action));
        }
        for name in [
            "",
            "Approve",
            "approve ",
            "publish",
            "revoke",
            "all-approve",
        ] {
            assert_eq!(Action::parse(name), Err(Refusal::UnknownMode), "{name}");
        }
    }

    #[test]
    fn the_action_that_gives_a_state_gives_that_state() {
        for state in [State::Published, State::Held, State::Junk] {
            assert_eq!(Action::giving(state).outcome(), Some(Outcome::State(state)));
        }
    }
}
