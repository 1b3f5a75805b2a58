//! The list of findings.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Serialize;

use crate::error::Result;

/// How many findings of one kind are reported; further ones are only counted.
const LISTED: usize = 10;

/// All findings.
#[derive(Debug, Default)]
pub struct Findings {
    /// Those that are shown.
    pub all: Vec<Finding>,
    /// The parts in which nothing was found, and what is good to know of the host.
    pub passed: Vec<Cow<'static, str>>,
    /// The number of findings of each kind.
    counts_by_kind: BTreeMap<String, usize>,
}

/// A problem.
#[derive(Debug, Serialize)]
pub struct Finding {
    /// How bad it is.
    pub level: Level,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub cure: String,
}

/// How bad a problem is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// It breaks something or is a security hole.
    Fault,
    /// It may be intended.
    Warning,
}

impl Findings {
    /// Adds a fault.
    pub fn fault(&mut self, message: impl Into<String>, cure: impl Into<String>) {
        self.add(Level::Fault, message.into(), cure.into());
    }

    pub(super) fn warning(&mut self, message: impl Into<String>, cure: impl Into<String>) {
        self.add(Level::Warning, message.into(), cure.into());
    }

    /// Runs the check of a part, and lists the part if nothing was found in it.
    pub(super) fn part<T>(
        &mut self,
        name: &'static str,
        inspect: impl FnOnce(&mut Findings) -> T,
    ) -> T {
        let before = self.counts_by_kind.values().sum::<usize>();
        let outcome = inspect(self);
        if self.counts_by_kind.values().sum::<usize>() == before {
            self.passed.push(name.into());
        }
        outcome
    }

    /// Adds how many findings are not listed because there are many of their kind.
    pub fn count_hidden(&mut self) {
        let hidden = self.counts_by_kind.values();
        let hidden: usize = hidden.map(|count| count.saturating_sub(LISTED)).sum();
        if hidden > 0 {
            self.all.push(Finding {
                level: Level::Warning,
                message: format!("{hidden} more findings like these are not shown"),
                cure: "fix the shown ones first".to_owned(),
            });
        }
    }

    /// Returns the value, or records the error as a fault. A lack of space has a cure of its own, whatever failed.
    pub(super) fn record<T>(&mut self, outcome: Result<T>, cure: &str) -> Option<T> {
        match outcome {
            Ok(value) => Some(value),
            Err(error) => {
                let cure = match error.is_lack_of_space() {
                    true => "free some space, or ask the host for more",
                    false => cure,
                };
                self.fault(error.to_string(), cure);
                None
            }
        }
    }

    fn add(&mut self, level: Level, message: String, cure: String) {
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

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;
    use crate::error::Error;

    #[test]
    fn a_full_disk_is_cured_by_space_whatever_failed() {
        for (kind, cure) in [
            (io::ErrorKind::StorageFull, "free some space"),
            (io::ErrorKind::QuotaExceeded, "free some space"),
            (io::ErrorKind::PermissionDenied, "another disk"),
        ] {
            let mut findings = Findings::default();
            let failed = Err::<(), _>(Error::file("write", "/x", io::Error::from(kind)));
            assert_eq!(findings.record(failed, "another disk"), None);
            assert!(findings.all[0].cure.starts_with(cure), "{kind:?}");
        }
    }
}
