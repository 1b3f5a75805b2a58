//! What `tb check` finds.

use crate::error::Result;
use serde::Serialize;
use std::collections::BTreeMap;

/// How many findings of one kind are told; the others are counted.
pub(super) const LISTED: usize = 10;

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Findings {
    pub(super) all: Vec<Finding>,
    /// How many there are of each kind.
    pub(super) kinds: BTreeMap<String, usize>,
}

#[derive(Debug, Serialize)]
pub(super) struct Finding {
    pub(super) level: Level,
    pub(super) message: String,
    pub(super) cure: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Level {
    Fault,
    Warning,
}

impl Findings {
    pub(super) fn fault(&mut self, message: impl Into<String>, cure: impl Into<String>) {
        self.add(Level::Fault, message.into(), cure.into());
    }

    pub(super) fn warning(&mut self, message: impl Into<String>, cure: impl Into<String>) {
        self.add(Level::Warning, message.into(), cure.into());
    }

    /// Takes the value, or notes the error and has none.
    pub(super) fn take<T>(&mut self, outcome: Result<T>, cure: &str) -> Option<T> {
        match outcome {
            Ok(value) => Some(value),
            Err(error) => {
                self.fault(error.to_string(), cure);
                None
            }
        }
    }

    pub(super) fn add(&mut self, level: Level, message: String, cure: String) {
        // What differs between findings of one kind are the names, which stand in backticks, and numbers.
        let kind = message.split('`').step_by(2).collect::<String>();
        let kind: String = kind.chars().filter(|c| !c.is_ascii_digit()).collect();
        let count = self.kinds.entry(kind).or_default();
        *count += 1;
        if *count > LISTED {
            return;
        }
        self.all.push(Finding {
            level,
            message,
            cure,
        });
    }
}
