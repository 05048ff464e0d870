//! How many findings came out how, for summaries.

use super::Report;
use crate::finding::{Finding, Status};

/// Findings by what came out of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) passed: usize,
    pub(super) failed: usize,
    /// Shoulds that are broken and do not count.
    pub(super) warnings: usize,
    pub(super) skipped: usize,
    pub(super) bypassed: usize,
}

impl Counts {
    pub(super) fn of<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> Self {
        let mut counts = Self::default();
        for finding in findings {
            *match finding.status {
                Status::Passed => &mut counts.passed,
                Status::Failed if finding.is_failure() => &mut counts.failed,
                Status::Failed => &mut counts.warnings,
                Status::Skipped => &mut counts.skipped,
                Status::Bypassed => &mut counts.bypassed,
            } += 1;
        }
        counts
    }

    /// `3 failed, 1 warning, 20 passed, 4 not looked at, 1 bypassed`; what there is none of is left out.
    pub(super) fn in_words(&self) -> String {
        let warnings = if self.warnings == 1 { "warning" } else { "warnings" };
        let parts = [
            (self.failed, "failed"),
            (self.warnings, warnings),
            (self.passed, "passed"),
            (self.skipped, "not looked at"),
            (self.bypassed, "bypassed"),
        ];
        let parts = parts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}"));
        match parts.collect::<Vec<_>>().join(", ") {
            parts if parts.is_empty() => "no rule was judged".to_owned(),
            parts => parts,
        }
    }
}

/// The areas of a report's rules in their order, each with its counts.
pub(super) fn by_area(report: &Report) -> Vec<(&str, Counts)> {
    let areas = in_order(report.findings.iter().map(Finding::area));
    let of = |area: &str| Counts::of(report.findings.iter().filter(|finding| finding.area() == area));
    areas.into_iter().map(|area| (area, of(area))).collect()
}

/// What was not looked at, by its reason, in order.
pub(super) fn skipped_by_reason(report: &Report) -> Vec<(&str, Vec<&str>)> {
    let reasons = in_order(report.of_status(Status::Skipped).map(|finding| finding.message.as_str()));
    let of = |reason: &str| {
        let rules = report.of_status(Status::Skipped).filter(|finding| finding.message == reason);
        rules.map(|finding| finding.rule.as_ref()).collect()
    };
    reasons.into_iter().map(|reason| (reason, of(reason))).collect()
}

fn in_order<'a>(words: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut found = Vec::new();
    for word in words {
        if !found.contains(&word) {
            found.push(word);
        }
    }
    found
}
