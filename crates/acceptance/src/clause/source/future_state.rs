//! States of the future: a cursor that is ahead of all records.

mod derived;

use super::reading::{Read, Reading, compare_cursors, incremental};
use crate::bench::{Bench, Call, Expects, Unavailable};
use crate::clause::{Binds, Clause, Judge};
use crate::finding::{Finding, Status};
use crate::rule::{Level, Rule, Wrong, skip_all};
use derived::{Ahead, derive};
use longshore_protocol::StreamDescriptor;
use longshore_runner::Verb;
use serde_json::Value;
use std::cmp::Ordering;

pub(crate) static CLAUSE: Clause = Clause {
    title: "States of the future",
    binds: Binds::Sources,
    rules: RULES,
    judge: Judge::Runs(|bench| Box::pin(judge(bench))),
};

const RULES: &[Rule] = &[NO_RECORDS, STATE_KEPT, DERIVED_NO_RECORDS, DERIVED_STATE_KEPT];

const NO_RECORDS: Rule = Rule {
    id: "future_state.no_records",
    level: Level::Must,
    title: "A state of the future yields no records",
    demand: "A read from a state that is ahead of all records MUST succeed without any record.",
    reason: "Clocks differ and rows are written ahead of time; a source that then reads everything again, or fails, does so in every sync.",
    check: "The read gets the state that the test configuration names under `future_state`.",
    remedy: "Compare with the cursor of the state as it is; do not fall back to the beginning.",
};

const STATE_KEPT: Rule = Rule {
    id: "future_state.state_kept",
    level: Level::Must,
    title: "A state of the future is kept",
    demand: "A read from a state that is ahead of all records MUST print a state again, which is not older.",
    reason: "A state that goes back makes the next sync read again what was read before.",
    check: "The states that come are compared with those that were given: the same shape, and no value of a cursor that is older.",
    remedy: "Move the cursor only forward: the greater of what was given and what was seen.",
};

const DERIVED_NO_RECORDS: Rule = Rule {
    id: "future_state.derived_no_records",
    level: Level::Should,
    title: "A cursor far ahead yields no records",
    demand: "A read from a state whose cursor is far ahead of all records SHOULD succeed without any record.",
    ..NO_RECORDS
};

const DERIVED_STATE_KEPT: Rule = Rule {
    id: "future_state.derived_state_kept",
    level: Level::Should,
    title: "A cursor far ahead is kept",
    demand: "A read from a state whose cursor is far ahead of all records SHOULD NOT print one that is older.",
    ..STATE_KEPT
};

async fn judge(bench: &Bench<'_>) -> Vec<Finding> {
    let read = match incremental(bench).await {
        Ok(read) if read.take.is_success() => read,
        Ok(read) => return skip_all(RULES, &Unavailable(format!("`{}` {}", read.take.call, read.take.how_it_ended()))),
        Err(why) => return skip_all(RULES, &why),
    };
    let why_not = |why: &str| Unavailable(why.to_owned());
    let mut findings = match &bench.plan.future_state {
        Some(states) => declared(bench, &read, states).await,
        None => skip_all(&RULES[..2], &why_not("the test configuration names no state of the future")),
    };
    findings.extend(match (&bench.plan.future_state, derive(&read.reading())) {
        (Some(_), _) => skip_all(&RULES[2..], &why_not("the test configuration names a state of the future")),
        (None, ahead) if ahead.is_empty() => {
            skip_all(&RULES[2..], &why_not("no state holds its stream's cursor in a form that is understood"))
        }
        (None, ahead) => try_derived(bench, &read, ahead).await,
    });
    findings
}

async fn declared(bench: &Bench<'_>, read: &Read, states: &[Value]) -> Vec<Finding> {
    let call = Call::new(Verb::Read, "read (incremental, from the state of the future)");
    let call = call.catalog(read.catalog.clone()).state(Value::Array(states.to_vec())).expects(Expects::Either);
    let take = match bench.run(call).await {
        Ok(take) => take,
        Err(why) => return skip_all(&RULES[..2], &why),
    };
    if !take.is_success() {
        let failed = NO_RECORDS.failed(format!("`{}` {}", take.call, take.how_it_ended())).with(take.last_words());
        return vec![failed, STATE_KEPT.skipped("the read did not succeed")];
    }
    let reading = Reading::of(&take, &read.catalog);
    let given = given(states);
    let is_given = |stream: &StreamDescriptor| given.iter().any(|(it, _)| it == stream);
    let may_come =
        |stream: &StreamDescriptor| bench.plan.no_future_state.contains_key(&stream.name) || !is_given(stream);
    let judged = reading.streams.iter().filter(|stream| !may_come(&stream.descriptor));
    let wrong = judged.clone().filter_map(|stream| {
        let first = stream.records.first()?;
        let message = format!("{} records of stream `{}` came", stream.records.len(), stream.descriptor);
        Some(Wrong::new(message, reading.line(first.at)))
    });
    let records = match judged.clone().count() {
        0 => NO_RECORDS.skipped("the state of the future is of no stream that is read"),
        count => NO_RECORDS.judged(format!("no record of {count} streams came"), wrong.collect()),
    };
    vec![records, declared_kept(&reading, &given)]
}

/// The state of each stream that was given.
fn given(states: &[Value]) -> Vec<(StreamDescriptor, Value)> {
    let parts = states.iter().flat_map(|state| match state["global"]["stream_states"].as_array() {
        Some(streams) => streams.clone(),
        None => vec![state["stream"].clone()],
    });
    let one = |part: Value| {
        Some((serde_json::from_value(part["stream_descriptor"].clone()).ok()?, part["stream_state"].clone()))
    };
    parts.filter_map(one).collect()
}

fn declared_kept(reading: &Reading<'_>, given: &[(StreamDescriptor, Value)]) -> Finding {
    let (mut states, mut wrong) = (0, Vec::new());
    for (stream, before) in given.iter().filter_map(|(it, before)| Some((reading.stream(it)?, before))) {
        states += 1;
        match stream.states.last() {
            None => {
                let message = format!("no state of stream `{}` came", stream.descriptor);
                wrong.push(Wrong::new(message, reading.take.last_words()));
            }
            Some(after) => {
                let older = older_leaf(before, after.stream_state);
                let say = |why: String| {
                    Wrong::new(format!("the state of stream `{}` {why}", stream.descriptor), reading.line(after.at))
                };
                wrong.extend(older.map(say));
            }
        }
    }
    match states {
        0 => STATE_KEPT.skipped("the state of the future is of no stream that is read"),
        _ => STATE_KEPT.judged(format!("{states} states came again"), wrong),
    }
}

/// A value that is a date or time in both, and older afterwards; or one that is no longer there.
fn older_leaf(before: &Value, after: &Value) -> Option<String> {
    match (before, after) {
        (Value::Object(ones), others) => ones.iter().find_map(|(name, one)| older_leaf(one, &others[name])),
        (Value::String(one), Value::String(other)) => {
            let is_time = super::reading::instant_of(one).is_some();
            let older = is_time
                && compare_cursors(&before.clone(), after) != Some(Ordering::Equal)
                && compare_cursors(after, before) != Some(Ordering::Greater);
            older.then(|| format!("went from {one} to {other}"))
        }
        (Value::String(one), other) => Some(format!("went from {one} to {other}")),
        _ => None,
    }
}

async fn try_derived(bench: &Bench<'_>, read: &Read, ahead: Ahead) -> Vec<Finding> {
    let call = Call::new(Verb::Read, "read (incremental, from a state far ahead)").catalog(read.catalog.clone());
    let take = match bench.run(call.state(ahead.state.clone()).expects(Expects::Either)).await {
        Ok(take) => take,
        Err(why) => return skip_all(&RULES[2..], &why),
    };
    if !take.is_success() {
        let failed = DERIVED_NO_RECORDS.failed(format!("`{}` {}", take.call, take.how_it_ended()));
        let failed = failed.with(format!("the state: {}", ahead.state)).with(take.last_words());
        return vec![failed, DERIVED_STATE_KEPT.skipped("the read did not succeed")];
    }
    let reading = Reading::of(&take, &read.catalog);
    vec![derived_records(&read.reading(), &reading, &ahead), derived_kept(&reading, &ahead)]
}

fn derived_records(first: &Reading<'_>, second: &Reading<'_>, ahead: &Ahead) -> Finding {
    let (mut streams, mut wrong) = (0, Vec::new());
    for stream in &ahead.streams {
        let Some((one, other)) = first.stream(&stream.descriptor).zip(second.stream(&stream.descriptor)) else {
            continue;
        };
        let newest = one
            .records
            .iter()
            .filter_map(|record| one.cursor_of(record))
            .reduce(|a, b| if compare_cursors(a, b) == Some(Ordering::Less) { b } else { a });
        let is_old =
            |value: &Value| newest.is_some_and(|newest| compare_cursors(value, newest) != Some(Ordering::Greater));
        let old = other.records.iter().filter(|record| other.cursor_of(record).is_some_and(is_old));
        // A source that makes its records anew in each read has no past.
        if other.records.is_empty() || old.clone().next().is_some() {
            streams += 1;
        }
        if let Some(record) = old.clone().next() {
            let message = format!(
                "{} records of stream `{}` came from a state with the cursor {}",
                old.count(),
                other.descriptor,
                stream.cursor
            );
            wrong.push(Wrong::new(message, second.line(record.at)));
        }
    }
    match streams {
        0 => DERIVED_NO_RECORDS.skipped("every read makes its records anew, with the cursor of the day"),
        _ => DERIVED_NO_RECORDS.judged(format!("no record of {streams} streams came"), wrong),
    }
}

fn derived_kept(second: &Reading<'_>, ahead: &Ahead) -> Finding {
    let (mut states, mut wrong) = (0, Vec::new());
    for stream in &ahead.streams {
        let Some(other) = second.stream(&stream.descriptor).filter(|other| other.records.is_empty()) else { continue };
        let Some(last) = other.states.last() else { continue };
        states += 1;
        let after = last.stream_state.pointer(&stream.path).unwrap_or(&Value::Null);
        if compare_cursors(after, &stream.cursor).is_none_or(|order| order == Ordering::Less) {
            let message =
                format!("the cursor of stream `{}` went from {} to {after}", stream.descriptor, stream.cursor);
            wrong.push(Wrong::new(message, second.line(last.at)));
        }
    }
    let finding = DERIVED_STATE_KEPT.judged(format!("{states} states were kept"), wrong);
    if states == 0 && finding.status == Status::Passed {
        DERIVED_STATE_KEPT.skipped("no state came without records")
    } else {
        finding
    }
}
