//! What a suite says, in five forms.

use crate::finding::{Finding, Status};
use crate::plan::Plan;
use crate::rule::Level;
use crate::subject::Subject;
use serde::Serialize;

/// What came out of a suite. Serialized, it is the JSON report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The reference of the connector.
    pub connector: String,
    /// `source` or `destination`.
    pub kind: String,
    /// Whether no must is broken.
    pub passed: bool,
    /// One for each rule that binds the connector.
    pub findings: Vec<Finding>,
    /// What of the test configuration has no effect, and why.
    pub notes: Vec<String>,
}

impl Report {
    pub(crate) fn new(subject: &Subject<'_>, plan: &Plan, findings: Vec<Finding>) -> Self {
        let is_broken = |finding: &Finding| finding.status == Status::Failed && finding.level == Level::Must;
        Self {
            connector: subject.reference.to_string(),
            kind: subject.origin.to_string(),
            passed: !findings.iter().any(is_broken),
            findings,
            notes: plan.notes.clone(),
        }
    }
}
