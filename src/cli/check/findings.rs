//! The list of findings of `tb check`.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::error::Result;

/// How many findings of one kind are reported; further ones are only counted.
pub(super) const LISTED: usize = 10;

/// All findings.
#[derive(Debug, Default)]
pub(super) struct Findings {
    pub(super) all: Vec<Finding>,
    /// The number of findings of each kind.
    pub(super) counts_by_kind: BTreeMap<String, usize>,
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

    /// Returns the value, or records the error as a fault.
    pub(super) fn record<T>(&mut self, outcome: Result<T>, cure: &str) -> Option<T> {
        match outcome {
            Ok(value) => Some(value),
            Err(error) => {
                self.fault(error.to_string(), cure);
                None
            }
        }
    }

    pub(super) fn add(&mut self, level: Level, message: String, cure: String) {
        // Findings of one kind differ only in the names, which are in backticks, and in numbers.
        let kind = message.split('`').step_by(2).collect::<String>();
        let kind: String = kind.chars().filter(|c| !c.is_ascii_digit()).collect();
        let count = self.counts_by_kind.entry(kind).or_default();
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
