//! One line of `.queue`, as JSON.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::QueueItem;
use super::item::PingKey;

/// One line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum QueueLine {
    Ping(PingLine),
    Searched { searched: Timestamp },
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct PingLine {
    pub(super) tb_id: String,
    pub(super) number: u64,
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(super) tries: u32,
    /// None when there is nothing left to check.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) next: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(super) gone: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) since: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "is_false")]
    pub(super) begun: bool,
}

#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde calls it with a reference"
)]
fn is_false(truth: &bool) -> bool {
    !truth
}

#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde calls it with a reference"
)]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl QueueLine {
    pub(super) fn of((id, number): &PingKey, item: Option<QueueItem>) -> QueueLine {
        let gone = item.and_then(|item| item.gone);
        QueueLine::Ping(PingLine {
            tb_id: id.to_string(),
            number: *number,
            tries: item.map_or(0, |item| item.tries),
            next: item.map(|item| item.next),
            gone: gone.map_or(0, |(times, _)| times),
            since: gone.map(|(_, since)| since),
            begun: item.is_some_and(|item| item.begun),
        })
    }

    pub(super) fn encode(&self) -> String {
        // Texts, numbers and times always serialise; an empty line is skipped on reading.
        serde_json::to_string(self).unwrap_or_default()
    }
}
