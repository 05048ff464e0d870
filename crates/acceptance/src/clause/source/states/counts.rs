//! The counts beside states.

use super::{RECORD_COUNT, RECORD_COUNT_PRESENT};
use crate::clause::source::reading::{Reading, StateMessage, many};
use crate::finding::Finding;
use crate::rule::Wrong;
use longshore_protocol::StateKind;
use serde_json::Value;

/// More than these show nothing new.
const MOST_WRONG: usize = 100;

/// A state, and the records that it should count.
struct Counted<'r, 'a> {
    reading: &'r Reading<'a>,
    /// `stream users`, or `all streams`.
    of: String,
    at: usize,
    /// What is under `recordCount`.
    said: &'a Value,
    since_previous: usize,
    since_begin: usize,
}

pub(super) fn present(readings: &[Reading<'_>]) -> Finding {
    let counted = counted(readings);
    let without = counted.iter().filter(|state| state.said.is_null()).take(MOST_WRONG);
    let wrong = without.map(|state| {
        Wrong::new(format!("a state of {} has no `sourceStats.recordCount`", state.of), state.reading.line(state.at))
    });
    match counted.is_empty() {
        true => RECORD_COUNT_PRESENT.skipped("no STREAM or GLOBAL state was emitted"),
        false => RECORD_COUNT_PRESENT.judged(many(counted.len(), "state"), wrong.collect()),
    }
}

pub(super) fn right(readings: &[Reading<'_>]) -> Finding {
    let counted: Vec<_> = counted(readings).into_iter().filter(|state| !state.said.is_null()).collect();
    let wrong =
        counted.iter().filter_map(|state| Some(Wrong::new(what_is_wrong(state)?, state.reading.line(state.at))));
    match counted.is_empty() {
        true => RECORD_COUNT.skipped("no state has a `sourceStats.recordCount`"),
        false => RECORD_COUNT
            .judged(format!("the counts of {}", many(counted.len(), "state")), wrong.take(MOST_WRONG).collect()),
    }
}

fn what_is_wrong(state: &Counted<'_, '_>) -> Option<String> {
    let Counted { of, said, since_previous, since_begin, .. } = state;
    match said.as_f64() {
        None => Some(format!("`recordCount` in a state of {of} is {said}, not a number")),
        Some(count) if count == *since_previous as f64 => None,
        Some(count) if count == *since_begin as f64 => Some(format!(
            "a state of {of} counts {said} records, all since the begin; there were {since_previous} since its previous state"
        )),
        Some(_) => Some(format!(
            "a state of {of} counts {said} records, but there were {since_previous} since its previous state"
        )),
    }
}

fn counted<'r, 'a>(readings: &'r [Reading<'a>]) -> Vec<Counted<'r, 'a>> {
    readings.iter().flat_map(|reading| of_streams(reading).into_iter().chain(of_globals(reading))).collect()
}

fn of_streams<'r, 'a>(reading: &'r Reading<'a>) -> Vec<Counted<'r, 'a>> {
    let mut counted = Vec::new();
    for stream in reading.streams.iter().filter(|stream| !reading.has_misplaced_records(&stream.descriptor)) {
        let records: Vec<usize> = stream.records.iter().map(|record| record.at).collect();
        let states = stream.states.iter().filter(|state| state.kind == StateKind::Stream);
        let states = states.map(|state| (state.at, state.payload));
        count(reading, &format!("stream `{}`", stream.descriptor), &records, states, &mut counted);
    }
    counted
}

fn of_globals<'r, 'a>(reading: &'r Reading<'a>) -> Vec<Counted<'r, 'a>> {
    let is_other = |state: &StateMessage<'_>| state.kind != Some(StateKind::Global);
    if reading.states.iter().any(is_other) || reading.strangers.iter().any(|stranger| stranger.what == "record") {
        return Vec::new();
    }
    let mut records: Vec<usize> = reading.streams.iter().flat_map(|stream| &stream.records).map(|it| it.at).collect();
    records.sort_unstable();
    let states = reading.states.iter().filter(|state| state.kind == Some(StateKind::Global));
    let mut counted = Vec::new();
    count(reading, "all streams", &records, states.map(|state| (state.at, state.payload)), &mut counted);
    counted
}

fn count<'r, 'a>(
    reading: &'r Reading<'a>,
    of: &str,
    records: &[usize],
    states: impl Iterator<Item = (usize, &'a Value)>,
    into: &mut Vec<Counted<'r, 'a>>,
) {
    let mut before = 0;
    for (at, payload) in states {
        let since_begin = records.partition_point(|record| *record < at);
        let said = &payload["sourceStats"]["recordCount"];
        into.push(Counted { reading, of: of.to_owned(), at, said, since_previous: since_begin - before, since_begin });
        before = since_begin;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clause::source::reading::script::{breaks, holds, is_skipped, row, state};
    use serde_json::json;

    fn counts(first: Value, second: Value) -> Vec<Value> {
        let with = |count| {
            let mut state = state("users", json!({"a": 1}), 0.0);
            state["state"]["sourceStats"]["recordCount"] = count;
            state
        };
        vec![row("users", 1, 1), row("events", 1, 1), row("users", 2, 1), with(first), row("users", 3, 1), with(second)]
    }

    #[test]
    fn counts_are_of_the_stream_since_its_previous_state() {
        holds(&counts(json!(2.0), json!(1)), right);
        breaks(&counts(json!(3.0), json!(1)), "counts 3.0 records, but there were 2", right);
        breaks(&counts(json!(2.0), json!(3)), "all since the begin", right);
        breaks(&counts(json!("2"), json!(1)), "not a number", right);
        is_skipped(&counts(json!(null), json!(null)), right);
    }

    #[test]
    fn a_global_count_is_of_all_streams() {
        let global = |count: f64| json!({"type": "STATE", "state": {"type": "GLOBAL", "global": {"stream_states": []}, "sourceStats": {"recordCount": count}}});
        let read = |first, second| {
            vec![row("users", 1, 1), row("events", 1, 1), global(first), row("countries", 1, 1), global(second)]
        };
        holds(&read(2.0, 1.0), right);
        breaks(&read(1.0, 1.0), "a state of all streams counts 1.0 records", right);
    }

    #[test]
    fn every_state_has_a_count() {
        holds(&counts(json!(2.0), json!(1)), present);
        breaks(&counts(json!(2.0), json!(null)), "has no `sourceStats.recordCount`", present);
        is_skipped(&[], present);
    }
}
