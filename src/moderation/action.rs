//! The owner's actions on pings: one table for the pages, the forms and the shell.

use crate::enum_table::enum_table;
use crate::error::Refusal;
use crate::store::{EventName, State};

/// The origin of a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DecidedBy {
    /// The owner's pages.
    Page,
    /// The command line.
    Shell,
    /// A link in the mail. It decides only about a ping that still waits.
    Mail,
}

impl DecidedBy {
    /// The name in the log.
    pub fn name(self) -> &'static str {
        match self {
            DecidedBy::Page => "page",
            DecidedBy::Shell => "shell",
            DecidedBy::Mail => "mail",
        }
    }
}

/// The result of an action for a ping.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It has this state.
    State(State),
    /// It is deleted permanently.
    Deleted,
}

impl Outcome {
    /// The name in commands.
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

/// Whether the page asks for confirmation for chosen pings. For all pings of a page it always asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confirmation {
    /// It asks.
    Needed,
    /// It does not ask: the action is easily undone.
    None,
}

enum_table! {
    /// The actions in the order of the buttons: name in the form, label, outcome, confirmation, and the message about the
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
        known.copied().ok_or(Refusal::UnknownAction)
    }

    /// The action that only sets a state.
    pub fn giving(state: State) -> Action {
        match state {
            State::Published => Action::Approve,
            State::Held => Action::Hold,
            State::Junk => Action::Junk,
        }
    }

    /// Whether it approves the publishers of the pings.
    pub fn approves(self) -> bool {
        self.outcome() == Some(Outcome::State(State::Published))
    }

    /// The label of the button.
    pub fn label(self) -> &'static str {
        self.row().0
    }

    /// The result for the pings; `None` if they are not changed.
    pub fn outcome(self) -> Option<Outcome> {
        self.row().1
    }

    /// Whether the page asks for confirmation.
    pub fn confirmation(self) -> Confirmation {
        self.row().2
    }

    /// The message about the pings afterwards, after their number: "3 …".
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
            assert_eq!(Action::parse(name), Err(Refusal::UnknownAction), "{name}");
        }
    }

    #[test]
    fn the_action_that_gives_a_state_gives_that_state() {
        for state in [State::Published, State::Held, State::Junk] {
            assert_eq!(Action::giving(state).outcome(), Some(Outcome::State(state)));
        }
    }
}
