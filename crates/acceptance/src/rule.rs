//! One sentence of the connector contract: what it demands, why, and how it is proven.

use crate::bench::Unavailable;
use crate::finding::{Finding, Status};
use serde::Serialize;

/// How much a rule weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// A connector that breaks it loses or spoils data, or does not work on some platform.
    Must,
    /// A connector that breaks it works, and makes trouble for people. Counts like a must at high strictness.
    Should,
}

/// One rule of the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// Its stable id, such as `read.primary_key_unique`.
    pub id: &'static str,
    /// How much it weighs.
    pub level: Level,
    /// A few words for lists, in the field's terms.
    pub title: &'static str,
    /// What it demands: one sentence with MUST or SHOULD.
    pub demand: &'static str,
    /// What goes wrong where it is not kept.
    pub reason: &'static str,
    /// How this crate proves it.
    pub check: &'static str,
    /// What to do about a failure.
    pub remedy: &'static str,
}

/// All of these rules, not looked at for one reason.
pub(crate) fn skip_all(rules: &[Rule], why: &Unavailable) -> Vec<Finding> {
    rules.iter().map(|rule| rule.skipped(why.0.clone())).collect()
}

impl Rule {
    /// The part of its id before the dot.
    #[must_use]
    pub fn area(&self) -> &'static str {
        self.id.split('.').next().unwrap_or(self.id)
    }

    /// It holds. `seen` says what was looked at, with numbers.
    pub(crate) fn passed(&self, seen: impl Into<String>) -> Finding {
        self.finding(Status::Passed, seen)
    }

    /// It is broken. `message` says what was seen and what should have been; add the messages with [`Finding::with`].
    pub(crate) fn failed(&self, message: impl Into<String>) -> Finding {
        self.finding(Status::Failed, message)
    }

    /// It could not be looked at, or does not concern this connector, and why.
    pub(crate) fn skipped(&self, why: impl Into<String>) -> Finding {
        self.finding(Status::Skipped, why)
    }

    /// Passed when nothing is wrong, else failed with the first of it as the message and all of it as evidence.
    pub(crate) fn judged(&self, seen: impl Into<String>, wrong: Vec<Wrong>) -> Finding {
        let Some(first) = wrong.first() else { return self.passed(seen) };
        let more = match wrong.len() {
            1 => String::new(),
            count => format!(" (and {} more)", count - 1),
        };
        let mut finding = self.failed(format!("{}{more}", first.message));
        for wrong in wrong {
            finding = finding.with(if wrong.evidence.is_empty() { wrong.message } else { wrong.evidence });
        }
        finding
    }

    fn finding(&self, status: Status, message: impl Into<String>) -> Finding {
        Finding {
            rule: self.id.into(),
            level: self.level,
            status,
            title: self.title.into(),
            message: message.into(),
            evidence: Vec::new(),
            remedy: self.remedy.into(),
        }
    }
}

/// One thing that is wrong, and the message of the connector that shows it.
#[derive(Debug, Clone)]
pub(crate) struct Wrong {
    pub(crate) message: String,
    /// The connector's own words; empty when there are none.
    pub(crate) evidence: String,
}

impl Wrong {
    pub(crate) fn new(message: impl Into<String>, evidence: impl Into<String>) -> Self {
        Self { message: message.into(), evidence: evidence.into() }
    }
}
