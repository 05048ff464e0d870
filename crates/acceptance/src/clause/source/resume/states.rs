//! What a read that finds nothing new makes of the state.

use super::super::reading::{Reading, StreamReading, compare_cursors};
use super::runs::Resumed;
use super::{STATE_AGAIN, STATE_KEPT};
use crate::finding::Finding;
use crate::rule::Wrong;
use longshore_protocol::StateKind;
use serde_json::Value;
use std::cmp::Ordering;

/// It must not go back.
pub(super) fn kept(first: &Reading<'_>, resumed: &Resumed<'_>) -> Finding {
    let Some((_, second)) = resumed.good().find(|(resume, _)| resume.is_final) else {
        return STATE_KEPT.skipped("the read from the last states did not succeed");
    };
    let (mut states, mut wrong) = (0, Vec::new());
    for (one, other) in first.streams.iter().filter_map(|one| Some((one, second.stream(&one.descriptor)?))) {
        let (Some(before), Some(after)) = (one.states.last(), other.states.last()) else { continue };
        states += 1;
        if let Some(why) = went_back(one, before.stream_state, after.stream_state) {
            let message = format!("the state of stream `{}` {why} in a read from the last states", one.descriptor);
            let evidence = format!("before: {}\nafterwards: {}", first.line(before.at), second.line(after.at));
            wrong.push(Wrong::new(message, evidence));
        }
    }
    match states {
        0 => STATE_KEPT.skipped("the read from the last states printed no state"),
        _ => STATE_KEPT.judged(format!("{states} states were compared"), wrong),
    }
}

/// It should be printed.
pub(super) fn again(first: &Reading<'_>, resumed: &Resumed<'_>) -> Finding {
    let Some((_, second)) = resumed.good().find(|(resume, _)| resume.is_final) else {
        return STATE_AGAIN.skipped("the read from the last states did not succeed");
    };
    let had = first.streams.iter().filter(|stream| !stream.states.is_empty());
    let silent = had.clone().filter(|one| second.stream(&one.descriptor).is_some_and(|other| other.states.is_empty()));
    let say = |stream: &StreamReading<'_>| {
        let message = format!("`{}` printed no state of stream `{}`", second.take.call, stream.descriptor);
        Wrong::new(message, second.take.last_words())
    };
    STATE_AGAIN.judged(format!("{} streams had a state again", had.clone().count()), silent.map(say).collect())
}

fn went_back(stream: &StreamReading<'_>, before: &Value, after: &Value) -> Option<String> {
    let is_empty = |value: &Value| value.is_null() || value.as_object().is_some_and(serde_json::Map::is_empty);
    let is_global = stream.states.last().is_some_and(|state| state.kind == StateKind::Global);
    if is_empty(after) && !is_empty(before) && !(is_global && after.is_null()) {
        return Some("is empty".to_owned());
    }
    let cursor = stream.configured.cursor()?.last()?;
    let older = |(path, before): &(String, &Value)| {
        let after = after.pointer(path)?;
        (compare_cursors(after, before)? == Ordering::Less).then(|| format!("goes back from {before} to {after}"))
    };
    cursors(before, cursor, String::new()).iter().find_map(older)
}

/// The values in a state that are named like the cursor.
fn cursors<'a>(state: &'a Value, name: &str, path: String) -> Vec<(String, &'a Value)> {
    let Some(fields) = state.as_object() else { return Vec::new() };
    let of_field = |(key, value): (&String, &'a Value)| {
        let path = format!("{path}/{}", key.replace('~', "~0").replace('/', "~1"));
        match value {
            Value::String(_) | Value::Number(_) if key == name => vec![(path, value)],
            _ => cursors(value, name, path),
        }
    };
    fields.iter().flat_map(of_field).collect()
}
