//! The checkpoints of a read: from what state a platform would go on after each, and what must come then.

mod comparison;
#[cfg(test)]
mod tests;

pub(super) use comparison::Sameness;

use super::reading::{Reading, StreamReading, canonical};
use crate::bench::Unavailable;
use longshore_protocol::{StateKind, StreamDescriptor};
use serde_json::{Value, json};
use std::collections::HashSet;

/// A read that goes on from checkpoints of another one: at most one of each stream.
#[derive(Debug)]
pub(super) struct Resume {
    /// What `--state` gets.
    pub(super) state: Value,
    pub(super) starts: Vec<Start>,
    /// Whether it goes on from the last state of every stream.
    pub(super) is_final: bool,
}

/// Where a stream goes on.
#[derive(Debug, Clone)]
pub(super) struct Start {
    pub(super) descriptor: StreamDescriptor,
    /// Counted from 1.
    pub(super) number: usize,
    /// The places of all checkpoints of the stream in the first read. States that are equal are one checkpoint.
    pub(super) places: Vec<usize>,
    /// What is under `stream_state`, or under `global`.
    pub(super) content: Value,
}

impl Start {
    /// The place of its state in the first read.
    pub(super) fn at(&self) -> usize {
        self.places[self.number - 1]
    }

    /// The place of the checkpoint before it.
    pub(super) fn previous(&self) -> Option<usize> {
        self.number.checked_sub(2).map(|at| self.places[at])
    }

    /// Whether no other checkpoint of the stream comes after it.
    pub(super) fn is_last(&self) -> bool {
        self.number == self.places.len()
    }

    /// `checkpoint 3 of 10 of stream users`.
    pub(super) fn name(&self) -> String {
        format!("checkpoint {} of {} of stream `{}`", self.number, self.places.len(), self.descriptor)
    }
}

impl Resume {
    /// The same with the state of a stream that is in no catalog.
    pub(super) fn with_stale_stream(&self, name: &str) -> Value {
        let stale = json!({"stream_descriptor": {"name": name}, "stream_state": {"cursor": "2020-01-01T00:00:00Z"}});
        let mut state = self.state.clone();
        match state.pointer_mut("/0/global/stream_states").and_then(Value::as_array_mut) {
            Some(streams) => streams.push(stale),
            None => {
                if let Some(states) = state.as_array_mut() {
                    states.push(json!({"type": "STREAM", "stream": stale}));
                }
            }
        }
        state
    }
}

/// Every way to go on from the checkpoints of a read, from the first ones to the last ones. Streams go on together, each
/// from a checkpoint of its own; when a stream has fewer than others, it goes on from its first one more often.
///
/// # Errors
/// When it printed no state to go on from.
pub(super) fn resumes(reading: &Reading<'_>) -> Result<Vec<Resume>, Unavailable> {
    let is_global = reading.states.iter().any(|state| state.kind == Some(StateKind::Global));
    let all = if is_global { of_global(reading) } else { of_streams(reading) };
    match all.is_empty() {
        true => Err(Unavailable(format!("`{}` printed no state to go on from", reading.take.call))),
        false => Ok(all),
    }
}

fn of_streams(reading: &Reading<'_>) -> Vec<Resume> {
    let checkpoints: Vec<(&StreamReading<'_>, Vec<Checkpoint<'_>>)> =
        reading.streams.iter().map(|stream| (stream, distinct(stream))).filter(|(_, all)| !all.is_empty()).collect();
    let most = checkpoints.iter().map(|(_, all)| all.len()).max().unwrap_or_default();
    let one = |from_the_end: usize| {
        let chosen =
            checkpoints.iter().map(|(stream, all)| (*stream, all, (all.len() - 1).saturating_sub(from_the_end)));
        let (states, starts) =
            chosen.map(|(stream, all, at)| (stored(all[at].payload), start(stream, all, at))).unzip();
        Resume { state: Value::Array(states), starts, is_final: from_the_end == 0 }
    };
    (0..most).rev().map(one).collect()
}

fn of_global(reading: &Reading<'_>) -> Vec<Resume> {
    let mut seen = HashSet::new();
    let states = reading.states.iter().filter(|state| state.kind == Some(StateKind::Global));
    let states: Vec<Checkpoint<'_>> = states
        .map(|state| Checkpoint { at: state.at, content: &state.payload["global"], payload: state.payload })
        .filter(|state| seen.insert(canonical(state.content)))
        .collect();
    let one = |at: usize| Resume {
        state: json!([stored(states[at].payload)]),
        starts: reading.streams.iter().map(|stream| start(stream, &states, at)).collect(),
        is_final: at + 1 == states.len(),
    };
    (0..states.len()).map(one).collect()
}

/// A state at the place where it first came.
struct Checkpoint<'a> {
    at: usize,
    content: &'a Value,
    payload: &'a Value,
}

/// A state that says that its stream is reset is none.
fn distinct<'a>(stream: &StreamReading<'a>) -> Vec<Checkpoint<'a>> {
    let mut seen = HashSet::new();
    let states = stream.states.iter().filter(|state| !state.stream_state.is_null());
    states
        .filter(|state| seen.insert(canonical(state.stream_state)))
        .map(|state| Checkpoint { at: state.at, content: state.stream_state, payload: state.payload })
        .collect()
}

fn start(stream: &StreamReading<'_>, all: &[Checkpoint<'_>], at: usize) -> Start {
    Start {
        descriptor: stream.descriptor.clone(),
        number: at + 1,
        places: all.iter().map(|checkpoint| checkpoint.at).collect(),
        content: all[at].content.clone(),
    }
}

/// What a platform stores of a state and hands back: without statistics.
pub(super) fn stored(payload: &Value) -> Value {
    match payload.get("global") {
        Some(global) if payload["type"] == "GLOBAL" => json!({"type": "GLOBAL", "global": global}),
        _ => json!({"type": "STREAM", "stream": payload["stream"]}),
    }
}

/// The state that a platform has after a read that was interrupted: the last state of each stream, and its place.
pub(super) fn last_states(reading: &Reading<'_>) -> Option<(Value, Vec<(StreamDescriptor, usize)>)> {
    if let Some(global) = reading.states.iter().rfind(|state| state.kind == Some(StateKind::Global)) {
        let places = reading.streams.iter().map(|stream| (stream.descriptor.clone(), global.at)).collect();
        return Some((json!([stored(global.payload)]), places));
    }
    let last = reading.streams.iter().filter_map(|stream| Some((stream, stream.states.last()?)));
    let last = last.filter(|(_, state)| !state.stream_state.is_null());
    let (states, places): (Vec<_>, Vec<_>) =
        last.map(|(stream, state)| (stored(state.payload), (stream.descriptor.clone(), state.at))).unzip();
    (!states.is_empty()).then_some((Value::Array(states), places))
}

/// Which of so many to try when only some can be tried: the first, the last, and others evenly between.
pub(super) fn sample(of: usize, most: usize) -> Vec<usize> {
    match most.max(1) {
        most if of <= most => (0..of).collect(),
        1 => vec![of - 1],
        most => (0..most).map(|at| at * (of - 1) / (most - 1)).collect(),
    }
}
