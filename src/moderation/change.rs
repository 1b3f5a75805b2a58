//! What a decision did to a ping, so that it can be taken back.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::linkback::trackback::TbId;
use crate::store::{Reason, ReasonKind, Record, State};

/// A change of a ping's state by a decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateChange {
    /// The id.
    pub tb_id: String,
    /// The number.
    pub number: u64,
    /// The hash of the text ([`Record::text_hash`]).
    #[serde(rename = "as")]
    pub text_hash: String,
    /// The new state.
    pub new: State,
    /// The reason for it.
    pub new_why: Reason,
    /// The state before.
    pub old: State,
    /// The reason for that.
    pub old_why: Option<Reason>,
}

impl StateChange {
    /// The change of a record to another state; `None` if it has that already, for that reason.
    pub(super) fn of(id: &TbId, old: &Record, new: State, why: ReasonKind) -> Option<StateChange> {
        let new_why = Reason::from(why);
        let is_same = old.state == new && old.why.as_ref() == Some(&new_why);
        (!is_same).then(|| StateChange {
            tb_id: id.to_string(),
            number: old.id,
            text_hash: old.text_hash(),
            new,
            new_why,
            old: old.state,
            old_why: old.why.clone(),
        })
    }

    /// Whether a record is as the change at that time left it.
    pub(super) fn is_as_left(&self, record: &Record, changed: Timestamp) -> bool {
        record.state == self.new
            && record.why.as_ref() == Some(&self.new_why)
            && record.since == Some(changed)
            && record.text_hash() == self.text_hash
    }
}
