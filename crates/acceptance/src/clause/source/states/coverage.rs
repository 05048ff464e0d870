//! Whether states cover what was read: each stream, and each record of it.

use super::{COVERS_ALL_RECORDS, KNOWN_STREAMS, NOT_EMPTY};
use crate::clause::source::reading::{Reading, Record, StreamReading, StreamState, many};
use crate::finding::Finding;
use crate::rule::{Rule, Wrong};
use longshore_protocol::StateKind;
use serde_json::Value;

/// More than these show nothing new.
const MOST_WRONG: usize = 100;

pub(super) fn known_streams(readings: &[Reading<'_>]) -> Finding {
    let mut wrong = Vec::new();
    let mut count = 0;
    for reading in readings {
        let of_stream = |at: usize| reading.states.iter().any(|it| it.at == at && it.kind == Some(StateKind::Stream));
        count += reading.states.iter().filter(|state| state.kind == Some(StateKind::Stream)).count();
        let strangers = reading.strangers.iter().filter(|stranger| stranger.what == "state").take(MOST_WRONG);
        for stranger in strangers.filter(|stranger| of_stream(stranger.at)) {
            let name = &stranger.descriptor;
            let selected = reading.streams.iter().find(|stream| stream.descriptor.name == name.name);
            let message = match selected.map(|stream| (&stream.descriptor.namespace, &name.namespace)) {
                None => format!("a state is of stream `{name}`, which is not in the catalog"),
                Some((right, wrong)) => format!(
                    "a state of stream `{}` has {}, but the catalog has {}",
                    name.name,
                    namespace(wrong.as_deref()),
                    namespace(right.as_deref())
                ),
            };
            wrong.push(Wrong::new(message, reading.line(stranger.at)));
        }
    }
    match count {
        0 => KNOWN_STREAMS.skipped("no STREAM state was emitted"),
        _ => KNOWN_STREAMS.judged(format!("{}, all of selected streams", many(count, "state")), wrong),
    }
}

fn namespace(namespace: Option<&str>) -> String {
    namespace.map_or("no namespace".to_owned(), |namespace| format!("namespace `{namespace}`"))
}

pub(super) fn for_every_stream(rule: &Rule, readings: &[Reading<'_>]) -> Finding {
    let Some(reading) = readings.iter().find(|reading| reading.take.is_success()) else {
        return rule.skipped("there is no such read, or it did not end well");
    };
    if has_strange_states(reading) {
        return rule.skipped("states are LEGACY, or of streams that were not selected: other rules say so");
    }
    let has_state = |stream: &&StreamReading<'_>| stream.states.iter().any(|state| names(stream, state.payload));
    let without = reading.streams.iter().filter(|stream| !has_state(stream));
    let wrong = without.map(|stream| {
        let message = format!(
            "`{}` emitted no state of stream `{}` ({})",
            reading.take.call,
            stream.descriptor,
            many(stream.records.len(), "record")
        );
        Wrong::new(message, stream.records.last().map(|record| reading.line(record.at)).unwrap_or_default())
    });
    let seen = format!("{} of {}", many(reading.states.len(), "state"), many(reading.streams.len(), "stream"));
    rule.judged(seen, wrong.collect())
}

/// States that this rule cannot ascribe to a stream, because another rule is broken.
fn has_strange_states(reading: &Reading<'_>) -> bool {
    let is_other = |kind: Option<StateKind>| matches!(kind, None | Some(StateKind::Legacy));
    reading.states.iter().any(|state| is_other(state.kind))
        || reading.strangers.iter().any(|stranger| stranger.what == "state")
        || reading.states.iter().any(|state| {
            state.kind == Some(StateKind::Stream) && !state.payload["stream"]["stream_descriptor"]["name"].is_string()
        })
}

/// Whether a state is of a stream by name, and not only because it is GLOBAL.
fn names(stream: &StreamReading<'_>, payload: &Value) -> bool {
    let Some(parts) = payload["global"]["stream_states"].as_array().filter(|_| payload["type"] == "GLOBAL") else {
        return true;
    };
    let is_of = |part: &Value| {
        let descriptor = &part["stream_descriptor"];
        descriptor["name"] == stream.descriptor.name.as_str()
            && descriptor["namespace"].as_str() == stream.descriptor.namespace.as_deref()
    };
    parts.iter().any(is_of)
}

pub(super) fn covers_all_records(readings: &[Reading<'_>]) -> Finding {
    let mut wrong = Vec::new();
    let mut count = 0;
    let ended_well = readings.iter().filter(|reading| reading.take.is_success());
    for (reading, stream) in ended_well.flat_map(|reading| reading.streams.iter().map(move |stream| (reading, stream)))
    {
        let (Some(_), Some(state)) = (stream.records.last(), stream.states.last()) else { continue };
        count += 1;
        let after: Vec<_> = uncovered(stream, state).collect();
        if let Some(record) = after.last() {
            let after = after.len();
            let message = format!(
                "in `{}` no state covers the last {} of stream `{}`",
                reading.take.call,
                many(after, "record"),
                stream.descriptor
            );
            wrong.push(Wrong::new(message, format!("{}\n{}", reading.line(state.at), reading.line(record.at))));
        }
    }
    match count {
        0 => COVERS_ALL_RECORDS.skipped("no stream had records and states in a read that ended well"),
        _ => COVERS_ALL_RECORDS
            .judged(format!("the last state of {} comes after the last record", many(count, "stream")), wrong),
    }
}

/// The records behind the last state. Those behind COMPLETE are too late in any case, as another rule says.
fn uncovered<'s, 'a>(stream: &'s StreamReading<'a>, last: &StreamState<'a>) -> impl Iterator<Item = &'s Record<'a>> {
    let complete = stream.statuses.iter().find(|status| status.status == "COMPLETE").map_or(usize::MAX, |it| it.at);
    let behind = last.at..complete.max(last.at);
    stream.records.iter().filter(move |record| behind.contains(&record.at))
}

pub(super) fn not_empty(readings: &[Reading<'_>]) -> Finding {
    let mut judged = Vec::new();
    for reading in readings {
        for stream in reading.streams.iter().filter(|stream| !stream.records.is_empty()) {
            let last = stream.states.last().filter(|state| state.kind == StateKind::Stream);
            judged.extend(last.map(|state| (reading, stream, state)));
        }
    }
    let is_empty = |value: &Value| value.is_null() || value.as_object().is_some_and(|members| members.is_empty());
    let wrong = judged.iter().filter(|(.., state)| is_empty(state.stream_state)).map(|(reading, stream, state)| {
        Wrong::new(format!("the last state of stream `{}` is empty", stream.descriptor), reading.line(state.at))
    });
    match judged.is_empty() {
        true => NOT_EMPTY.skipped("no stream had records and STREAM states in an incremental read"),
        false => NOT_EMPTY.judged(format!("the last states of {}", many(judged.len(), "stream")), wrong.collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::FOR_EVERY_STREAM;
    use super::*;
    use crate::clause::source::reading::script::{breaks, holds, is_skipped, row, state, status};
    use serde_json::json;

    fn sound() -> Vec<Value> {
        let at = json!({"updated_at": "2024-01-01"});
        let of = |stream| [row(stream, 1, 1), state(stream, at.clone(), 1.0)];
        [of("users"), of("events"), of("countries")].concat()
    }

    fn global(names: &[&str]) -> Value {
        let of = |name: &&str| json!({"stream_descriptor": {"name": name}, "stream_state": {"a": 1}});
        let streams: Vec<Value> = names.iter().map(of).collect();
        json!({"type": "STATE", "state": {"type": "GLOBAL", "global": {"stream_states": streams}}})
    }

    fn every(readings: &[Reading<'_>]) -> Finding {
        for_every_stream(&FOR_EVERY_STREAM, readings)
    }

    #[test]
    fn states_are_of_selected_streams() {
        holds(&sound(), known_streams);
        breaks(&[state("other", json!({}), 0.0)], "`other`, which is not in the catalog", known_streams);
        let mut spaced = state("users", json!({}), 0.0);
        spaced["state"]["stream"]["stream_descriptor"]["namespace"] = json!("public");
        breaks(&[spaced], "has namespace `public`, but the catalog has no namespace", known_streams);
        is_skipped(&[global(&["other"])], known_streams);
    }

    #[test]
    fn every_stream_has_a_state() {
        holds(&sound(), every);
        breaks(&sound()[..5], "no state of stream `countries`", every);
        breaks(&[row("users", 1, 1)], "no state of stream `users` (1 record)", every);
        holds(&[global(&["users", "events", "countries"])], every);
        breaks(&[global(&["users", "events"])], "no state of stream `countries`", every);
        is_skipped(&[state("other", json!({}), 0.0)], every);
    }

    #[test]
    fn the_last_state_comes_after_the_last_record() {
        holds(&sound(), covers_all_records);
        is_skipped(&[row("users", 1, 1)], covers_all_records);
        breaks(
            &[state("users", json!({}), 0.0), row("users", 1, 1)],
            "no state covers the last 1 record of stream `users`",
            covers_all_records,
        );
        let late = [state("users", json!({}), 0.0), status("users", "COMPLETE"), row("users", 1, 1)];
        holds(&late, covers_all_records);
        let all = ["users", "events", "countries"];
        holds(&[row("users", 1, 1), row("events", 1, 1), global(&all)], covers_all_records);
        breaks(
            &[row("users", 1, 1), global(&all), row("events", 1, 1), row("events", 2, 1)],
            "the last 2 records of stream `events`",
            covers_all_records,
        );
    }

    #[test]
    fn a_state_says_something() {
        holds(&sound(), not_empty);
        breaks(&[row("users", 1, 1), state("users", json!({}), 1.0)], "of stream `users` is empty", not_empty);
        is_skipped(&[state("users", json!({}), 1.0)], not_empty);
    }
}
