//! Tests of what is made of checks.

use super::*;
use crate::clause::every_run::script::take;
use crate::finding::Status::{Failed, Passed, Skipped};
use serde_json::json;

fn status(word: &str, message: Option<&str>) -> String {
    json!({"type": "CONNECTION_STATUS", "connectionStatus": {"status": word, "message": message}}).to_string()
}

fn error(message: &str) -> String {
    json!({"type": "TRACE", "trace": {"type": "ERROR", "emitted_at": 1, "error": {"message": message}}}).to_string()
}

fn trial(expects: CheckResult, lines: &[String], code: i32) -> Trial {
    Trial { take: Rc::new(take(Verb::Check, lines, code)), expects, is_derived: false, is_guessed: false }
}

#[test]
fn one_status_that_is_known() {
    let of = |lines: &[String], code| one_status(&[trial(CheckResult::Succeeds, lines, code)], "none").status;
    let good = status("SUCCEEDED", None);
    assert_eq!(of(std::slice::from_ref(&good), 0), Passed);
    assert_eq!(of(&[good.clone(), good], 0), Failed);
    assert_eq!(of(&[status("OK", None)], 0), Failed);
    assert_eq!(of(&[], 0), Failed);
    assert_eq!(of(&[error("no")], 1), Passed);
    assert_eq!(one_status(&[], "none").status, Skipped);
}

#[test]
fn valid_configurations_succeed() {
    let of = |lines: &[String], code| valid(&[trial(CheckResult::Succeeds, lines, code)], "none").status;
    assert_eq!(of(&[status("SUCCEEDED", None)], 0), Passed);
    assert_eq!(of(&[status("FAILED", Some("no"))], 0), Failed);
    assert_eq!(of(&[error("no")], 1), Failed);
    assert_eq!(of(&[], 0), Skipped, "another rule tells that");
    let guessed = Trial { is_guessed: true, ..trial(CheckResult::Succeeds, &[status("FAILED", None)], 0) };
    assert_eq!(valid(&[guessed], "none").status, Skipped);
}

#[test]
fn invalid_configurations_do_not() {
    let of = |lines: &[String], code| {
        let trials = [trial(CheckResult::Fails, lines, code)];
        invalid(&INVALID_CONFIG_FAILS, &trials, false, "none").status
    };
    assert_eq!(of(&[status("SUCCEEDED", None)], 0), Failed);
    assert_eq!(of(&[status("FAILED", Some("no"))], 0), Passed);
    assert_eq!(of(&[error("no")], 1), Passed);
    assert_eq!(invalid(&REFUSES_WHAT_THE_SPEC_FORBIDS, &[], true, "none").status, Skipped);
}

#[test]
fn a_failed_check_says_why_and_is_an_answer() {
    let failed = |lines: &[String], code| [trial(CheckResult::Fails, lines, code)];
    let told = [status("FAILED", Some("the token is wrong"))];
    assert_eq!(failure_message(&failed(&told, 0)).status, Passed);
    assert_eq!(failure_message(&failed(&[error("no"), status("FAILED", None)], 0)).status, Passed);
    assert_eq!(failure_message(&failed(&[status("FAILED", Some(" "))], 0)).status, Failed);
    assert_eq!(failure_message(&failed(&[], 1)).status, Failed);
    assert_eq!(failed_is_an_answer(&failed(&told, 0)).status, Passed);
    assert_eq!(failed_is_an_answer(&failed(&told, 1)).status, Failed);
    assert_eq!(failure_message(&[]).status, Skipped);
}

#[test]
fn exceptions_are_error_traces() {
    let of = |lines: &[String], code| breaks(&[trial(CheckResult::Breaks, lines, code)]).status;
    assert_eq!(of(&[error("no")], 1), Passed);
    assert_eq!(of(&[error("no"), status("FAILED", None)], 0), Passed);
    assert_eq!(of(&[status("FAILED", Some("no"))], 0), Failed);
    assert_eq!(of(&[error(" ")], 1), Failed);
}

#[test]
fn an_unreadable_file_is_not_taken() {
    let of = |lines: &[String], code| judge_unreadable(Ok(Rc::new(take(Verb::Check, lines, code)))).status;
    assert_eq!(of(&[status("FAILED", None)], 0), Passed);
    assert_eq!(of(&[], 1), Passed);
    assert_eq!(of(&[status("SUCCEEDED", None)], 0), Failed);
    assert_eq!(of(&[], 0), Failed);
    assert_eq!(judge_unreadable(Err(Unavailable("none".to_owned()))).status, Skipped);
}

#[test]
fn an_unknown_property_is_judged_where_the_check_succeeds_at_all() {
    let known = |word: &str| [trial(CheckResult::Succeeds, &[status(word, None)], 0)];
    let of = |word: &str, trials: &[Trial]| {
        judge_unknown(Ok(Rc::new(take(Verb::Check, &[status(word, None)], 0))), trials).status
    };
    assert_eq!(of("SUCCEEDED", &known("SUCCEEDED")), Passed);
    assert_eq!(of("FAILED", &known("SUCCEEDED")), Failed);
    assert_eq!(of("FAILED", &known("FAILED")), Skipped);
}
