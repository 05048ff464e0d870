//! Whether a state is one that a platform can store.

use super::{NO_LEGACY, ONE_TYPE, VALID};
use crate::clause::source::reading::{Reading, many};
use crate::finding::Finding;
use crate::rule::Wrong;
use longshore_protocol::StateKind;
use serde_json::Value;

/// More than these show nothing new.
const MOST_WRONG: usize = 100;

pub(in crate::clause::source) fn valid(readings: &[Reading<'_>]) -> Finding {
    let mut wrong = Vec::new();
    let mut count = 0;
    for (reading, state) in readings.iter().flat_map(|reading| reading.states.iter().map(move |state| (reading, state)))
    {
        count += 1;
        let what = match state.kind {
            Some(StateKind::Stream) => wrong_in_stream(&state.payload["stream"]).map(str::to_owned),
            Some(StateKind::Global) => wrong_in_global(&state.payload["global"]).map(str::to_owned),
            Some(StateKind::Legacy) => None,
            None => Some(format!("has the type {}, which is none", state.payload["type"])),
        };
        if let (Some(what), true) = (what, wrong.len() < MOST_WRONG) {
            wrong.push(Wrong::new(format!("a state {what}"), reading.line(state.at)));
        }
    }
    match count {
        0 => VALID.skipped("no state was emitted"),
        _ => VALID.judged(many(count, "state"), wrong),
    }
}

fn wrong_in_stream(stream: &Value) -> Option<&'static str> {
    let descriptor = &stream["stream_descriptor"];
    let namespace = &descriptor["namespace"];
    match () {
        () if !stream.is_object() => Some("of type STREAM has no object `stream`"),
        () if !descriptor["name"].is_string() => Some("has no `stream_descriptor` with a `name`"),
        () if !namespace.is_null() && !namespace.is_string() => Some("has a namespace that is no text"),
        () if !is_blob(&stream["stream_state"]) => Some("has a `stream_state` that is no object"),
        () => None,
    }
}

fn wrong_in_global(global: &Value) -> Option<&'static str> {
    match global["stream_states"].as_array() {
        None if !global.is_object() => Some("of type GLOBAL has no object `global`"),
        None => Some("of type GLOBAL has no array `stream_states`"),
        Some(_) if !is_blob(&global["shared_state"]) => Some("has a `shared_state` that is no object"),
        Some(streams) => streams.iter().find_map(wrong_in_stream),
    }
}

fn is_blob(value: &Value) -> bool {
    value.is_null() || value.is_object()
}

pub(super) fn no_legacy(readings: &[Reading<'_>]) -> Finding {
    let count: usize = readings.iter().map(|reading| reading.states.len()).sum();
    if count == 0 {
        return NO_LEGACY.skipped("no state was emitted");
    }
    let legacy = readings.iter().flat_map(|reading| {
        let legacy = reading.states.iter().filter(|state| state.kind == Some(StateKind::Legacy));
        legacy.map(move |state| (reading, state)).take(MOST_WRONG)
    });
    let wrong = legacy.map(|(reading, state)| {
        let message = match state.payload["type"].is_null() {
            true => "a state has no `type`, so it is LEGACY",
            false => "a state is of type LEGACY",
        };
        Wrong::new(message, reading.line(state.at))
    });
    NO_LEGACY.judged(format!("{}, all of them STREAM or GLOBAL", many(count, "state")), wrong.collect())
}

pub(super) fn one_type(readings: &[Reading<'_>]) -> Finding {
    let mut wrong = Vec::new();
    let mut count = 0;
    for reading in readings {
        let of = |kind| reading.states.iter().filter(move |state| state.kind == Some(kind));
        let (streams, globals) = (of(StateKind::Stream).count(), of(StateKind::Global).count());
        count += streams + globals;
        if let (Some(stream), Some(global)) = (of(StateKind::Stream).next(), of(StateKind::Global).next()) {
            let message = format!("`{}` emitted {streams} STREAM and {globals} GLOBAL states", reading.take.call);
            wrong.push(Wrong::new(message, format!("{}\n{}", reading.line(stream.at), reading.line(global.at))));
        }
    }
    match count {
        0 => ONE_TYPE.skipped("no STREAM or GLOBAL state was emitted"),
        _ => ONE_TYPE.judged(format!("{}, of one type in each read", many(count, "state")), wrong),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clause::source::reading::script::{breaks, holds, is_skipped, state};
    use serde_json::json;

    fn message(state: Value) -> Value {
        json!({"type": "STATE", "state": state})
    }

    fn global(stream_states: Value) -> Value {
        message(json!({"type": "GLOBAL", "global": {"stream_states": stream_states}}))
    }

    #[test]
    fn a_state_has_what_its_type_says() {
        holds(&[state("users", json!({}), 0.0), state("users", json!(null), 0.0)], valid);
        holds(&[global(json!([{"stream_descriptor": {"name": "users"}, "stream_state": {}}]))], valid);
        is_skipped(&[], valid);
        breaks(&[message(json!({"type": "STREAM"}))], "no object `stream`", valid);
        breaks(&[message(json!({"type": "STREAM", "stream": {"stream_state": {}}}))], "no `stream_descriptor`", valid);
        breaks(&[state("users", json!("2024"), 0.0)], "`stream_state` that is no object", valid);
        breaks(&[message(json!({"type": "GLOBAL", "global": {}}))], "no array `stream_states`", valid);
        breaks(&[message(json!({"type": "TABLE"}))], "has the type \"TABLE\", which is none", valid);
    }

    #[test]
    fn a_state_without_type_is_legacy() {
        holds(&[state("users", json!({}), 0.0)], no_legacy);
        breaks(&[message(json!({"data": {"users": 1}}))], "has no `type`", no_legacy);
        breaks(&[message(json!({"type": "LEGACY", "data": {}}))], "is of type LEGACY", no_legacy);
    }

    #[test]
    fn types_are_not_mixed() {
        holds(&[state("users", json!({}), 0.0)], one_type);
        breaks(&[state("users", json!({}), 0.0), global(json!([]))], "1 STREAM and 1 GLOBAL", one_type);
    }
}
