//! The order of what a read says of one stream.

use super::{ORDER, with_statuses};
use crate::clause::source::reading::{Reading, StreamReading, many};
use crate::finding::Finding;
use crate::rule::Wrong;
use longshore_protocol::StateKind;

/// What comes of a stream.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step<'a> {
    Status(&'a str),
    Record,
    State,
}

pub(super) fn in_order(readings: &[Reading<'_>]) -> Finding {
    let (mut count, mut wrong) = (0, Vec::new());
    for reading in with_statuses(readings) {
        for stream in reading.streams.iter().filter(|stream| !stream.statuses.is_empty()) {
            count += 1;
            if let Some((before, at, what)) = first_wrong(&steps(stream)) {
                let message = format!("stream `{}`: {what}", stream.descriptor);
                let before = before.map(|at| format!("{}\n", reading.line(at))).unwrap_or_default();
                wrong.push(Wrong::new(message, before + &reading.line(at)));
            }
        }
    }
    match count {
        0 => ORDER.skipped("no stream sent statuses"),
        _ => ORDER.judged(format!("the statuses of {} that were read come in order", many(count, "stream")), wrong),
    }
}

fn steps<'a>(stream: &StreamReading<'a>) -> Vec<(usize, Step<'a>)> {
    let statuses = stream.statuses.iter().map(|status| (status.at, Step::Status(status.status)));
    let records = stream.records.iter().map(|record| (record.at, Step::Record));
    // A GLOBAL state is of all streams, and comes when it will.
    let states = stream.states.iter().filter(|state| state.kind == StateKind::Stream);
    let mut steps: Vec<_> = statuses.chain(records).chain(states.map(|state| (state.at, Step::State))).collect();
    steps.sort_by_key(|(at, _)| *at);
    steps
}

/// What comes too early or too late, where, and behind what.
fn first_wrong(steps: &[(usize, Step<'_>)]) -> Option<(Option<usize>, usize, String)> {
    let mut started = None;
    let mut ended: Option<(usize, &str)> = None;
    for (at, step) in steps {
        let what = match (step, started, ended) {
            (Step::Status(status), ..) if !is_known(status) => Some(format!("`{status}` is no status")),
            (step, _, Some((_, end))) => Some(format!("{} comes after {end}", name(*step))),
            (Step::Status("STARTED"), Some(_), None) => Some("STARTED comes a second time".to_owned()),
            (Step::Status("STARTED"), None, None) | (Step::State, None, None) => None,
            (step, None, None) => Some(format!("{} comes before STARTED", name(*step))),
            _ => None,
        };
        if let Some(what) = what {
            return Some((ended.map(|(at, _)| at).or(started), *at, what));
        }
        match step {
            Step::Status("STARTED") => started = Some(*at),
            Step::Status(end @ ("COMPLETE" | "INCOMPLETE")) => ended = Some((*at, end)),
            _ => {}
        }
    }
    None
}

pub(super) fn is_known(status: &str) -> bool {
    matches!(status, "STARTED" | "RUNNING" | "COMPLETE" | "INCOMPLETE")
}

fn name(step: Step<'_>) -> String {
    match step {
        Step::Status(status) => status.to_owned(),
        Step::Record => "a record".to_owned(),
        Step::State => "a state".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clause::source::reading::script::{breaks, holds, is_skipped, row, state, status};
    use serde_json::json;

    #[test]
    fn started_comes_first_and_complete_last() {
        let [started, running, complete] = ["STARTED", "RUNNING", "COMPLETE"].map(|it| status("users", it));
        let (record, state) = (row("users", 1, 1), state("users", json!({}), 1.0));
        let all = [&started, &running, &record, &running, &state, &complete, &row("events", 1, 1)].map(Clone::clone);
        holds(&all, in_order);
        holds(&[started.clone(), complete.clone()], in_order);
        is_skipped(std::slice::from_ref(&record), in_order);
        let wrong = [
            (vec![&record, &started, &complete], "a record comes before STARTED"),
            (vec![&complete], "COMPLETE comes before STARTED"),
            (vec![&running, &complete], "RUNNING comes before STARTED"),
            (vec![&started, &complete, &record], "a record comes after COMPLETE"),
            (vec![&started, &complete, &state], "a state comes after COMPLETE"),
            (vec![&started, &complete, &complete], "COMPLETE comes after COMPLETE"),
            (vec![&started, &started, &complete], "STARTED comes a second time"),
        ];
        for (messages, words) in wrong {
            breaks(&messages.into_iter().cloned().collect::<Vec<_>>(), words, in_order);
        }
        breaks(&[status("users", "DONE")], "`DONE` is no status", in_order);
    }
}
