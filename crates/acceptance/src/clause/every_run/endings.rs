//! How runs end: at all, with which exit code, and what they say of a failure.

use super::faults::Faults;
use super::rules::{ENDS, ERROR_ON_FAILURE, FAILURE_TYPE, FAILURE_TYPE_GIVEN, NONZERO_ON_FAILURE, ZERO_ON_SUCCESS};
use super::{Run, judged};
use crate::bench::Expects;
use crate::finding::Finding;
use crate::rule::Rule;
use crate::take::{Ending, Take};
use longshore_runner::Verb;
use serde_json::Value;

const FAILURE_TYPES: [&str; 3] = ["system_error", "config_error", "transient_error"];

pub(super) fn ends(runs: &[Run<'_>]) -> Finding {
    let mut faults = Faults::default();
    for run in runs {
        if matches!(run.take.ending, Ending::Silent | Ending::NotEnded | Ending::TooMuch) {
            faults.add(format!("`{}` {}", run.take.call, run.take.how_it_ended()), || run.take.last_words());
        }
    }
    ENDS.judged(format!("{} runs ended", runs.len()), faults.told())
}

pub(super) fn zero_on_success(runs: &[Run<'_>]) -> Finding {
    let mut faults = Faults::default();
    let done = || runs.iter().filter(|run| run.ended() && run.expects == Expects::Success && is_done(run.take));
    for run in done().filter(|run| !run.take.exit.is_success()) {
        let message = format!("`{}` did what it was asked for and {}", run.take.call, run.take.how_it_ended());
        faults.add(message, || run.take.last_words());
    }
    judged(&ZERO_ON_SUCCESS, done().count(), "runs succeeded", faults, "no run succeeded")
}

/// Whether a run printed all that it was asked for, as far as can be seen.
fn is_done(take: &Take) -> bool {
    let has = |kind: &str| take.messages(kind).next().is_some();
    match take.verb {
        Verb::Spec => has("SPEC"),
        Verb::Discover => has("CATALOG") || has("DESTINATION_CATALOG"),
        Verb::Check => take.messages("CONNECTION_STATUS").any(|it| it["connectionStatus"]["status"] == "SUCCEEDED"),
        // A reader or writer that got to its end says so in its last message.
        _ if error(take).is_some() => false,
        _ if take.exit.is_success() => true,
        _ => {
            let last = take.heard.iter().rev().find(|it| {
                it.message("STATE").is_some() || it.message("TRACE").is_some() || it.message("RECORD").is_some()
            });
            last.is_some_and(|last| {
                let is_complete = |trace: &Value| trace["trace"]["stream_status"]["status"] == "COMPLETE";
                last.message("STATE").is_some() || last.message("TRACE").is_some_and(is_complete)
            })
        }
    }
}

pub(super) fn nonzero_on_failure(runs: &[Run<'_>]) -> Finding {
    let mut faults = Faults::default();
    let failed = || runs.iter().filter(|run| run.ended() && says_that_it_failed(run));
    for run in failed().filter(|run| run.take.exit.is_success()) {
        let said = if error(run.take).is_some() { "printed an error trace" } else { "printed no CATALOG" };
        faults.add(format!("`{}` {said} and {}", run.take.call, run.take.how_it_ended()), || run.take.last_words());
    }
    judged(&NONZERO_ON_FAILURE, failed().count(), "runs failed", faults, "no run failed")
}

fn says_that_it_failed(run: &Run<'_>) -> bool {
    let has_catalog = || ["CATALOG", "DESTINATION_CATALOG"].iter().any(|kind| run.take.messages(kind).next().is_some());
    match run.take.verb {
        Verb::Read | Verb::Write => error(run.take).is_some(),
        // That there is one at all is a rule of discovery.
        Verb::Discover => !has_catalog() && (error(run.take).is_some() || run.expects != Expects::Success),
        _ => false,
    }
}

pub(super) fn error_on_failure(runs: &[Run<'_>]) -> Finding {
    let mut faults = Faults::default();
    // Nobody disturbs a `discover`: one that may fail or not has to say why it did.
    let is_told = |run: &Run<'_>| run.expects != Expects::Either || run.take.verb == Verb::Discover;
    let is_judged = |run: &&Run<'_>| run.ended() && is_told(run) && !run.take.exit.is_success();
    let failed = || runs.iter().filter(is_judged).filter(|run| run.expects == Expects::Failure || !is_done(run.take));
    for run in failed().filter(|run| !explains(run.take)) {
        let why = match run.take.traces("ERROR").next() {
            Some(_) => "its error trace has no message",
            None => "it printed no error trace",
        };
        faults.add(format!("`{}` {}, and {why}", run.take.call, run.take.how_it_ended()), || run.take.last_words());
    }
    judged(&ERROR_ON_FAILURE, failed().count(), "failed runs said why", faults, "no run failed")
}

fn explains(take: &Take) -> bool {
    let has_failed = || take.messages("CONNECTION_STATUS").any(|it| it["connectionStatus"]["status"] == "FAILED");
    let has_message = |trace: &Value| trace["error"]["message"].as_str().is_some_and(|text| !text.trim().is_empty());
    take.traces("ERROR").any(has_message) || (take.verb == Verb::Check && has_failed())
}

fn error(take: &Take) -> Option<&Value> {
    take.traces("ERROR").next()
}

pub(super) fn failure_type(runs: &[Run<'_>]) -> Finding {
    let is_wrong = |kind: &Value| !kind.is_null() && !kind.as_str().is_some_and(|kind| FAILURE_TYPES.contains(&kind));
    each_error(&FAILURE_TYPE, runs, |error| {
        let kind = &error["error"]["failure_type"];
        is_wrong(kind).then(|| format!("the `failure_type` {kind}"))
    })
}

pub(super) fn failure_type_given(runs: &[Run<'_>]) -> Finding {
    each_error(&FAILURE_TYPE_GIVEN, runs, |error| {
        error["error"]["failure_type"].is_null().then(|| "no `failure_type`".to_owned())
    })
}

fn each_error(rule: &Rule, runs: &[Run<'_>], wrong: impl Fn(&Value) -> Option<String>) -> Finding {
    let mut faults = Faults::default();
    let errors = || runs.iter().flat_map(|run| run.take.traces("ERROR").map(move |error| (run, error)));
    for (run, error) in errors() {
        if let Some(why) = wrong(error) {
            faults.add(format!("an error trace of `{}` has {why}", run.take.call), || error.to_string());
        }
    }
    judged(rule, errors().count(), "error traces", faults, "no run printed an error trace")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clause::every_run::script::{run, take};
    use crate::finding::Status::{self, Failed, Passed, Skipped};

    const STATE: &str = r#"{"type":"STATE","state":{"type":"STREAM"}}"#;
    const RECORD: &str = r#"{"type":"RECORD","record":{"stream":"a","data":{},"emitted_at":1}}"#;
    const ERROR: &str = r#"{"type":"TRACE","trace":{"type":"ERROR","emitted_at":1,"error":{"message":"no"}}}"#;
    const FAILED: &str = r#"{"type":"CONNECTION_STATUS","connectionStatus":{"status":"FAILED","message":"no"}}"#;

    fn of(judge: fn(&[Run<'_>]) -> Finding, expects: Expects, verb: Verb, lines: &[&str], code: i32) -> Status {
        judge(&[run(&take(verb, lines, code), expects)]).status
    }

    #[test]
    fn a_run_that_does_not_end_is_told_once_per_call() {
        let mut hanging = take(Verb::Read, &[""; 0], 0);
        assert_eq!(ends(&[run(&hanging, Expects::Success)]).status, Passed);
        for ending in [Ending::Silent, Ending::NotEnded, Ending::TooMuch] {
            hanging.ending = ending;
            assert_eq!(ends(&[run(&hanging, Expects::Either)]).status, Failed);
            assert_eq!(zero_on_success(&[run(&hanging, Expects::Success)]).status, Skipped);
        }
    }

    #[test]
    fn success_is_zero() {
        use Expects::{Either, Success};
        assert_eq!(of(zero_on_success, Success, Verb::Read, &[RECORD, STATE], 0), Passed);
        assert_eq!(of(zero_on_success, Success, Verb::Read, &[RECORD, STATE], 3), Failed);
        assert_eq!(of(zero_on_success, Success, Verb::Spec, &[r#"{"type":"SPEC","spec":{}}"#], 1), Failed);
        assert_eq!(of(zero_on_success, Success, Verb::Read, &[RECORD], 1), Skipped, "it crashed");
        assert_eq!(of(zero_on_success, Success, Verb::Read, &[STATE, ERROR], 1), Skipped, "it failed");
        assert_eq!(of(zero_on_success, Success, Verb::Check, &[FAILED], 1), Skipped);
        assert_eq!(of(zero_on_success, Either, Verb::Read, &[RECORD, STATE], 3), Skipped);
    }

    #[test]
    fn failure_is_not() {
        use Expects::{Either, Failure, Success};
        assert_eq!(of(nonzero_on_failure, Failure, Verb::Read, &[ERROR], 1), Passed);
        assert_eq!(of(nonzero_on_failure, Failure, Verb::Read, &[ERROR], 0), Failed);
        assert_eq!(of(nonzero_on_failure, Success, Verb::Write, &[ERROR], 0), Failed);
        assert_eq!(of(nonzero_on_failure, Either, Verb::Discover, &[], 0), Failed);
        assert_eq!(of(nonzero_on_failure, Either, Verb::Check, &[ERROR, FAILED], 0), Skipped);
        assert_eq!(of(nonzero_on_failure, Success, Verb::Read, &[STATE], 0), Skipped);
    }

    #[test]
    fn a_failed_run_says_why() {
        use Expects::{Either, Failure, Success};
        assert_eq!(of(error_on_failure, Failure, Verb::Read, &[ERROR], 1), Passed);
        assert_eq!(of(error_on_failure, Failure, Verb::Read, &[], 1), Failed);
        assert_eq!(of(error_on_failure, Success, Verb::Read, &[RECORD], 1), Failed);
        assert_eq!(of(error_on_failure, Failure, Verb::Write, &[&ERROR.replace("\"no\"", "\" \"")], 1), Failed);
        assert_eq!(of(error_on_failure, Success, Verb::Check, &[FAILED], 1), Passed);
        assert_eq!(of(error_on_failure, Success, Verb::Read, &[RECORD, STATE], 3), Skipped, "the code alone is wrong");
        assert_eq!(of(error_on_failure, Either, Verb::Read, &[], 1), Skipped);
        assert_eq!(of(error_on_failure, Either, Verb::Discover, &[], 1), Failed);
        assert_eq!(of(error_on_failure, Success, Verb::Read, &[], 0), Skipped);
    }

    #[test]
    fn failure_types_are_known_and_given() {
        let with = |kind: &str| ERROR.replace("\"no\"", &format!("\"no\",\"failure_type\":\"{kind}\""));
        let of = |judge, line: &str| of(judge, Expects::Either, Verb::Read, &[line], 1);
        assert_eq!(of(failure_type, &with("config_error")), Passed);
        assert_eq!(of(failure_type, &with("user_error")), Failed);
        assert_eq!(of(failure_type, ERROR), Passed);
        assert_eq!(of(failure_type_given, ERROR), Failed);
        assert_eq!(of(failure_type_given, &with("system_error")), Passed);
        assert_eq!(of(failure_type_given, STATE), Skipped);
    }
}
