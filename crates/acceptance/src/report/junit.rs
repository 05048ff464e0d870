//! The report for CI servers: JUnit XML with a test case for each rule.
//!
//! A should that does not count is a passed case that says what is wrong: servers know no warnings, and a red case must
//! mean a red suite.

use super::Report;
use crate::finding::{Finding, Status};
use quick_junit::{NonSuccessKind, Report as Junit, TestCase, TestCaseStatus, TestSuite};
use std::time::Duration;

pub(super) fn render(report: &Report) -> String {
    let time = Duration::try_from_secs_f64(report.duration_seconds).unwrap_or_default();
    let mut suite = TestSuite::new(&report.connector);
    suite.set_time(time);
    suite.add_test_cases(report.findings.iter().map(case));
    if !report.notes.is_empty() {
        suite.set_system_out(report.notes.join("\n"));
    }
    let mut junit = Junit::new("longshore connector test");
    junit.set_time(time);
    junit.add_test_suite(suite);
    // It is written into memory, and what XML does not allow is left out before.
    junit.to_string().unwrap_or_default()
}

fn case(finding: &Finding) -> TestCase {
    let mut case = TestCase::new(finding.rule.as_ref(), status(finding));
    case.set_classname(finding.area());
    match finding.status {
        Status::Failed if finding.is_warning() => {
            case.set_system_out(format!("warning: {}\n{}", finding.message, description(finding)));
        }
        Status::Passed => {
            case.set_system_out(&finding.message);
        }
        _ => {}
    }
    case
}

fn status(finding: &Finding) -> TestCaseStatus {
    let mut status = match finding.status {
        Status::Failed if finding.is_failure() => TestCaseStatus::non_success(NonSuccessKind::Failure),
        Status::Failed | Status::Passed => return TestCaseStatus::success(),
        Status::Skipped | Status::Bypassed => TestCaseStatus::skipped(),
    };
    status.set_message(&finding.message);
    if finding.is_failure() {
        status.set_type(finding.rule.as_ref());
        status.set_description(description(finding));
    }
    status
}

/// Title, evidence, and remedy.
fn description(finding: &Finding) -> String {
    let evidence = finding.evidence.iter().map(String::as_str);
    let remedy = format!("what to do: {}", finding.remedy);
    [finding.title.as_ref()].into_iter().chain(evidence).chain([remedy.as_str()]).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::render;
    use crate::report::fixture::report;
    use quick_junit::{Report as Junit, TestCaseStatus};

    #[test]
    fn it_comes_back_with_a_case_for_each_rule() {
        let text = render(&report());
        let junit = Junit::deserialize_from_str(&text).unwrap();
        assert_eq!((junit.tests, junit.failures, junit.errors), (7, 2, 0));
        let suite = &junit.test_suites[0];
        assert_eq!((suite.name.as_str(), suite.disabled), ("exec:python3 'my source.py'", 3));
        let case = suite.test_cases.iter().find(|case| case.name.as_str() == "read.primary_key_unique").unwrap();
        assert_eq!(case.classname.as_ref().unwrap().as_str(), "read");
        let TestCaseStatus::NonSuccess { message, description, .. } = &case.status else { panic!("{text}") };
        assert_eq!(message.as_ref().unwrap().as_str(), "`a|b` has key 1 *twice*");
        let description = description.as_ref().unwrap().as_str();
        assert!(description.contains("<script>") && description.ends_with("what to do: Change the thing."), "{text}");
    }

    #[test]
    fn a_warning_is_no_failure_and_says_what_is_wrong() {
        insta::assert_snapshot!(render(&report()));
    }
}
