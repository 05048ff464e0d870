//! The lines of a run: nothing but messages, whole, on stdout, and of the types that the verb is for.

use super::faults::Faults;
use super::rules::{ALLOWED_TYPES, COMPLETE_LINES, NOT_ON_STDERR, ONLY_MESSAGES};
use super::{Run, counted, judged};
use crate::finding::Finding;
use crate::take::{Heard, What};
use longshore_protocol::FailureOrigin;
use longshore_runner::Verb;
use serde_json::Value;
use std::time::Duration;

/// What is said of a line whose type the protocol does not have; it is judged as a message.
pub(super) const UNKNOWN_TYPE: &str = "the protocol has no such `type`";

pub(super) fn only_messages(runs: &[Run<'_>]) -> Finding {
    let mut faults = Faults::default();
    for run in runs {
        for heard in run.lines() {
            if let What::Other(why) = heard.what
                && why != UNKNOWN_TYPE
            {
                faults.add(format!("`{}` printed a line that is no message: {why}", run.take.call), || heard.text());
            }
        }
    }
    ONLY_MESSAGES.judged(counted(runs), faults.told())
}

pub(super) fn allowed_types(runs: &[Run<'_>], origin: FailureOrigin) -> Finding {
    let mut faults = Faults::default();
    for run in runs {
        for heard in run.lines() {
            let What::Message(message) = &heard.what else { continue };
            if !is_allowed(message, run.take.verb, origin) {
                let kind = name(message);
                faults.add(format!("`{}` printed {kind}, which `{}` is not for", run.take.call, run.take.verb), || {
                    heard.text()
                });
            }
        }
    }
    ALLOWED_TYPES.judged(counted(runs), faults.told())
}

fn is_allowed(message: &Value, verb: Verb, origin: FailureOrigin) -> bool {
    match (message["type"].as_str().unwrap_or_default(), verb) {
        ("TRACE", _) if origin == FailureOrigin::Destination => {
            !["ESTIMATE", "STREAM_STATUS"].contains(&message["trace"]["type"].as_str().unwrap_or_default())
        }
        ("LOG" | "TRACE" | "CONTROL", _) => true,
        ("SPEC", verb) => verb == Verb::Spec,
        ("CONNECTION_STATUS", verb) => verb == Verb::Check,
        ("CATALOG" | "DESTINATION_CATALOG", verb) => verb == Verb::Discover,
        ("RECORD", verb) => verb == Verb::Read,
        ("STATE", verb) => matches!(verb, Verb::Read | Verb::Write),
        _ => true,
    }
}

fn name(message: &Value) -> String {
    match (message["type"].as_str(), message["trace"]["type"].as_str()) {
        (Some("TRACE"), Some(kind)) => format!("TRACE {kind}"),
        (Some(kind), _) => kind.to_owned(),
        (None, _) => "a message".to_owned(),
    }
}

pub(super) fn complete_lines(runs: &[Run<'_>]) -> Finding {
    let mut faults = Faults::default();
    let ended = || runs.iter().filter(|run| run.ended() && run.take.stdout_bytes > 0 && !run.take.heard.is_empty());
    // A run whose output was closed by the suite may end in the middle of a line.
    let ended = || ended().filter(|run| run.lines().len() == run.take.heard.len());
    for run in ended().filter(|run| !run.take.ends_with_newline) {
        let last = || run.take.heard.last().map(Heard::text).unwrap_or_default();
        faults.add(format!("the last line of `{}` has no end", run.take.call), last);
    }
    judged(&COMPLETE_LINES, ended().count(), "runs", faults, "no run printed anything and ended by itself")
}

pub(super) fn not_on_stderr(runs: &[Run<'_>]) -> Finding {
    let mut faults = Faults::default();
    for run in runs {
        for line in run.take.stderr.lines().filter(|line| line.trim_start().starts_with('{')) {
            if let What::Message(message) = Heard::new(Duration::ZERO, line.as_bytes().to_vec()).what
                && message["type"] != "LOG"
                && message[super::messages::payload(message["type"].as_str().unwrap_or_default())].is_object()
            {
                faults.add(format!("`{}` printed {} on stderr", run.take.call, name(&message)), || line.to_owned());
            }
        }
    }
    NOT_ON_STDERR.judged(format!("stderr of {} runs", runs.len()), faults.told())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::Expects;
    use crate::clause::every_run::script::{run, take};
    use crate::finding::Status::{self, Failed, Passed};
    use crate::take::{Ending, Take};

    const STATE: &str = r#"{"type":"STATE","state":{"type":"STREAM"}}"#;
    const LOG: &str = r#"{"type":"LOG","log":{"level":"INFO","message":"x"}}"#;

    fn of(judge: fn(&[Run<'_>]) -> Finding, take: &Take) -> Status {
        judge(&[run(take, Expects::Success)]).status
    }

    #[test]
    fn other_lines_than_messages_are_found() {
        assert_eq!(of(only_messages, &take(Verb::Read, &[STATE, "", LOG, "  "], 0)), Passed);
        for line in
            ["Connecting…", "{\"a\":1}", "[1]", "{\"type\":\"STATE\"", r#"{"type":"RECORD","record":{"data":NaN}}"#]
        {
            assert_eq!(of(only_messages, &take(Verb::Read, &[STATE, line], 0)), Failed, "{line}");
        }
        let unknown = take(Verb::Read, &[r#"{"type":"METRIC"}"#], 0);
        assert_eq!(of(only_messages, &unknown), Passed, "another rule tells that");
    }

    #[test]
    fn a_line_that_was_cut_off_is_no_fault() {
        let mut cut = take(Verb::Read, &[STATE, "{\"type\":\"STA"], 0);
        (cut.ends_with_newline, cut.ending) = (false, Ending::Killed);
        assert_eq!(of(only_messages, &cut), Passed);
        cut.ending = Ending::Itself;
        assert_eq!(of(only_messages, &cut), Failed);
        assert_eq!(of(complete_lines, &cut), Failed);
        cut.ends_with_newline = true;
        assert_eq!(of(complete_lines, &cut), Passed);
    }

    #[test]
    fn verbs_print_what_they_are_for() {
        let of =
            |line: &str, verb, origin| allowed_types(&[run(&take(verb, &[line], 0), Expects::Success)], origin).status;
        let (source, destination) = (FailureOrigin::Source, FailureOrigin::Destination);
        let record = r#"{"type":"RECORD","record":{}}"#;
        let started = r#"{"type":"TRACE","trace":{"type":"STREAM_STATUS"}}"#;
        assert_eq!(of(record, Verb::Read, source), Passed);
        assert_eq!(of(started, Verb::Read, source), Passed);
        assert_eq!(of(STATE, Verb::Write, destination), Passed);
        assert_eq!(of(LOG, Verb::Spec, destination), Passed);
        assert_eq!(of(record, Verb::Write, destination), Failed);
        assert_eq!(of(started, Verb::Write, destination), Failed);
        assert_eq!(of(record, Verb::Check, source), Failed);
        assert_eq!(of(STATE, Verb::Discover, source), Failed);
        assert_eq!(of(r#"{"type":"SPEC","spec":{}}"#, Verb::Read, source), Failed);
    }

    #[test]
    fn messages_on_stderr_are_found_and_logs_are_not() {
        let with = |stderr: &str| Take { stderr: stderr.to_owned(), ..take(Verb::Read, &[""; 0], 0) };
        assert_eq!(of(not_on_stderr, &with(&format!("Traceback\n{LOG}\n{{\"type\":\"STATE\"}}"))), Passed);
        assert_eq!(of(not_on_stderr, &with(&format!("x\n{STATE}\n"))), Failed);
    }
}
