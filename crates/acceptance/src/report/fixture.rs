//! A report with one of everything, for the tests of its forms.

use super::Report;
use crate::finding::{Finding, Status};
use crate::plan::Strictness;
use crate::rule::Level;

/// What comes out of every form in a snapshot.
pub(super) fn report() -> Report {
    Report {
        connector: "exec:python3 'my source.py'".to_owned(),
        kind: "source".to_owned(),
        passed: false,
        strictness: Strictness::Low,
        duration_seconds: 12.345,
        version: "1.2.3".to_owned(),
        findings: findings(),
        notes: vec!["`deployment_mode` has no effect: there is one edition".to_owned()],
        file: None,
    }
}

fn findings() -> Vec<Finding> {
    let record = r#"{"type":"RECORD","record":{"stream":"a|b","data":{"text":"```<script>``` | \u001b[31m"}}}"#;
    vec![
        finding("spec.one_message", Level::Must, Status::Passed, "1 SPEC message", &[]),
        finding("spec.documentation_url", Level::Should, Status::Failed, "there is no `documentationUrl`", &[]),
        finding(
            "read.primary_key_unique",
            Level::Must,
            Status::Failed,
            "`a|b` has key 1 *twice*",
            &[record, "\u{1b}[1mtwo\nlines"],
        ),
        finding("read.schema", Level::Must, Status::Skipped, "there is no configuration", &[]),
        finding("read.no_duplicates", Level::Should, Status::Skipped, "there is no configuration", &[]),
        finding("state.valid", Level::Must, Status::Bypassed, "bypassed: issue #7 (it is LEGACY)", &["a state"]),
        finding("own.smoke", Level::Must, Status::Failed, "`make smoke` ended with exit code 2", &[]),
    ]
}

fn finding(rule: &'static str, level: Level, status: Status, message: &str, evidence: &[&str]) -> Finding {
    Finding {
        rule: rule.into(),
        level,
        status,
        title: "What it is about".into(),
        message: message.to_owned(),
        evidence: evidence.iter().map(|text| (*text).to_owned()).collect(),
        remedy: "Change the thing.".into(),
    }
}
