//! How much a finding weighs: the strictness of a suite, and what its author bypasses.

use crate::finding::{Finding, Status};
use crate::plan::{Plan, Strictness};
use crate::rule::Level;

/// Raises a should at high strictness, and lets a bypass take effect.
pub(crate) fn weigh(finding: &mut Finding, plan: &Plan) {
    if plan.strictness == Strictness::High {
        finding.level = Level::Must;
    }
    let (Some(why), Status::Failed | Status::Skipped) = (plan.bypass(&finding.rule), finding.status) else { return };
    if why.trim().is_empty() {
        finding.message += " (it is bypassed without a reason, which counts for nothing)";
        return;
    }
    finding.status = Status::Bypassed;
    finding.message = format!("bypassed: {} ({})", why.trim(), finding.message);
}

#[cfg(test)]
mod tests {
    use super::weigh;
    use crate::finding::{Finding, Status};
    use crate::plan::{Plan, Strictness};
    use crate::rule::Level;

    fn found(status: Status) -> Finding {
        Finding {
            rule: "read.no_duplicates".into(),
            level: Level::Should,
            status,
            title: "Records are distinct".into(),
            message: "2 are the same".to_owned(),
            evidence: Vec::new(),
            remedy: "Read each once.".into(),
        }
    }

    fn weighed(status: Status, rule: &str, reason: &str) -> (Status, String) {
        let plan = Plan { bypasses: [(rule.to_owned(), reason.to_owned())].into(), ..Plan::default() };
        let mut finding = found(status);
        weigh(&mut finding, &plan);
        (finding.status, finding.message)
    }

    #[test]
    fn a_bypass_takes_effect_with_a_reason_only() {
        let bypassed = (Status::Bypassed, "bypassed: a log (2 are the same)".to_owned());
        assert_eq!(weighed(Status::Failed, "read.no_duplicates", " a log "), bypassed);
        assert_eq!(weighed(Status::Skipped, "read", "a log"), bypassed);
        let (status, message) = weighed(Status::Failed, "read", " ");
        assert!(status == Status::Failed && message.contains("without a reason"), "{message}");
        assert_eq!(weighed(Status::Failed, "spec", "a log").0, Status::Failed);
        assert_eq!(weighed(Status::Passed, "read", "a log").0, Status::Passed);
    }

    #[test]
    fn a_should_is_a_must_at_high_strictness() {
        let mut finding = found(Status::Failed);
        weigh(&mut finding, &Plan::default());
        assert_eq!(finding.level, Level::Should);
        weigh(&mut finding, &Plan { strictness: Strictness::High, ..Plan::default() });
        assert_eq!(finding.level, Level::Must);
    }
}
