//! A state that is ahead of all records, made of the last states of a read: their cursors are set far ahead.

use super::super::checkpoints::resumes;
use super::super::reading::{Reading, StreamReading, compare_cursors, instant_of};
use longshore_protocol::StreamDescriptor;
use serde_json::{Value, json};
use std::cmp::Ordering;

/// The year that a cursor is set to: no record is as new, and what a source adds to it still is a date.
const YEAR: &str = "2999";

/// How far a number is set ahead.
const FAR: i64 = 1_000_000_000;

/// A state with cursors of the future.
pub(super) struct Ahead {
    pub(super) state: Value,
    pub(super) streams: Vec<AheadStream>,
}

/// A stream whose state was understood.
pub(super) struct AheadStream {
    pub(super) descriptor: StreamDescriptor,
    /// Where in `stream_state` the cursor is.
    pub(super) path: String,
    pub(super) cursor: Value,
}

impl Ahead {
    pub(super) fn is_empty(&self) -> bool {
        self.streams.is_empty()
    }
}

/// Sets the cursor of each stream ahead that has one alone in its STREAM state.
pub(super) fn derive(reading: &Reading<'_>) -> Ahead {
    let mut ahead = Ahead { state: json!([]), streams: Vec::new() };
    let Some(last) = resumes(reading).ok().and_then(|all| all.into_iter().find(|resume| resume.is_final)) else {
        return ahead;
    };
    ahead.state = last.state;
    for state in ahead.state.as_array_mut().into_iter().flatten() {
        let part = &mut state["stream"];
        let Ok(descriptor) = serde_json::from_value::<StreamDescriptor>(part["stream_descriptor"].clone()) else {
            continue;
        };
        let Some(stream) = reading.stream(&descriptor) else { continue };
        if let Some((path, cursor)) = cursor_ahead(stream, &part["stream_state"])
            && let Some(place) = part["stream_state"].pointer_mut(&path)
        {
            *place = cursor.clone();
            ahead.streams.push(AheadStream { descriptor, path, cursor });
        }
    }
    ahead
}

/// The property of the state that is named like the cursor and holds what records hold.
fn cursor_ahead(stream: &StreamReading<'_>, state: &Value) -> Option<(String, Value)> {
    let name = stream.configured.cursor()?.last()?;
    let value = state.get(name)?;
    let is_of_records = stream
        .records
        .iter()
        .filter_map(|record| stream.cursor_of(record))
        .any(|cursor| compare_cursors(cursor, value) == Some(Ordering::Equal));
    let ahead = match value {
        Value::Number(number) => json!(number.as_i64()?.checked_add(FAR)?),
        Value::String(text) if instant_of(text).is_some() => json!(in_the_future(text)?),
        _ => return None,
    };
    is_of_records.then(|| (format!("/{}", name.replace('~', "~0").replace('/', "~1")), ahead))
}

/// The same moment of another year, in the same form; the 29th of February is the 28th.
fn in_the_future(text: &str) -> Option<String> {
    let rest = text.get(4..)?;
    let rest = rest.strip_prefix("-02-29").map_or_else(|| rest.to_owned(), |time| format!("-02-28{time}"));
    let ahead = format!("{YEAR}{rest}");
    instant_of(&ahead).map(|_| ahead)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clause::source::reading::script::{catalog, row, state, take};

    #[test]
    fn the_cursor_keeps_its_form() {
        assert_eq!(in_the_future("2024-02-29T01:02:03+00:00").as_deref(), Some("2999-02-28T01:02:03+00:00"));
        assert_eq!(in_the_future("2024-05-06").as_deref(), Some("2999-05-06"));
        assert_eq!(in_the_future("20240506"), None);
    }

    #[test]
    fn only_a_cursor_that_is_understood_is_set_ahead() {
        let known = state("users", json!({"updated_at": "2024-01-02T00:00:00Z", "page": 3}), 1.0);
        let unknown = state("events", json!({"position": 7}), 1.0);
        let (take, catalog) = (take(&[row("users", 1, 2), known, row("events", 1, 1), unknown]), catalog());
        let ahead = derive(&Reading::of(&take, &catalog));
        assert_eq!(ahead.streams.len(), 1);
        assert_eq!(ahead.state[0]["stream"]["stream_state"], json!({"updated_at": "2999-01-02T00:00:00Z", "page": 3}));
        assert_eq!(ahead.state[1]["stream"]["stream_state"], json!({"position": 7}));
    }
}
