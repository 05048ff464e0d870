//! The cursor in records, and in states.

use super::{CURSOR_MONOTONE, CURSOR_PRESENT};
use crate::clause::source::reading::{Reading, StreamReading, compare_cursors, cursor_in_state, many, value_at};
use crate::finding::Finding;
use crate::rule::Wrong;
use longshore_protocol::StateKind;
use serde_json::Value;
use std::cmp::Ordering;

/// More than these show nothing new.
const MOST_WRONG: usize = 1_000;

pub(super) fn present(reading: &Reading<'_>) -> Finding {
    let mut wrong = Vec::new();
    let (mut records, mut streams) = (0, 0);
    for stream in reading.streams.iter().filter(|stream| !stream.records.is_empty()) {
        let Some(path) = declared_cursor(stream) else { continue };
        streams += 1;
        records += stream.records.len();
        for record in stream.records.iter().filter(|record| has_fields(record.data)) {
            let what = match value_at(record.data, path) {
                None => "lacks",
                Some(Value::Null) => "has null in",
                Some(Value::Object(_) | Value::Array(_)) => "has neither number nor text in",
                Some(_) => continue,
            };
            if wrong.len() < MOST_WRONG {
                let message =
                    format!("a record of stream `{}` {what} its cursor field `{}`", stream.descriptor, path.join("."));
                wrong.push(Wrong::new(message, reading.line(record.at)));
            }
        }
    }
    match streams {
        0 => CURSOR_PRESENT.skipped("no stream with a cursor field in its schema yielded records"),
        _ => CURSOR_PRESENT
            .judged(format!("{} of {} have a cursor", many(records, "record"), many(streams, "stream")), wrong),
    }
}

fn has_fields(data: &Value) -> bool {
    data.as_object().is_some_and(|fields| !fields.is_empty())
}

/// The cursor of a stream, if its schema has such a field; others are positions in a file or a log.
fn declared_cursor<'a>(stream: &StreamReading<'a>) -> Option<&'a [String]> {
    let path = stream.configured.cursor()?;
    let schema: Value = serde_json::from_str(stream.configured.stream.json_schema.get()).ok()?;
    let is_declared = path.iter().try_fold(&schema, |schema, name| schema.get("properties")?.get(name)).is_some();
    is_declared.then_some(path)
}

pub(super) fn monotone(reading: &Reading<'_>) -> Finding {
    let mut wrong = Vec::new();
    let (mut states, mut streams) = (0, 0);
    for stream in &reading.streams {
        let with_cursor = cursors_in_states(stream);
        if with_cursor.is_empty() {
            continue;
        }
        streams += 1;
        states += with_cursor.len();
        wrong.extend(going_back(reading, stream, &with_cursor));
        wrong.extend(older_records(reading, stream, &with_cursor));
    }
    match streams {
        0 => CURSOR_MONOTONE.skipped("no state holds the cursor of its stream in a form that can be compared"),
        _ => CURSOR_MONOTONE.judged(
            format!("the cursors of {} of {} only go forward", many(states, "state"), many(streams, "stream")),
            wrong,
        ),
    }
}

/// A state with its cursor.
struct Mark<'a> {
    at: usize,
    cursor: &'a Value,
    /// Whether the cursor is all that the state knows of the position.
    is_all: bool,
}

fn cursors_in_states<'a>(stream: &StreamReading<'a>) -> Vec<Mark<'a>> {
    let states = stream.states.iter().filter(|state| state.kind == StateKind::Stream);
    let marks = states.filter_map(|state| {
        let (cursor, is_all) = cursor_in_state(stream, state.stream_state)?;
        Some(Mark { at: state.at, cursor, is_all })
    });
    marks.collect()
}

fn going_back(reading: &Reading<'_>, stream: &StreamReading<'_>, marks: &[Mark<'_>]) -> Vec<Wrong> {
    let pairs =
        marks.windows(2).filter(|pair| compare_cursors(pair[0].cursor, pair[1].cursor) == Some(Ordering::Greater));
    let wrong = pairs.take(MOST_WRONG).map(|pair| {
        let (before, after) = (&pair[0], &pair[1]);
        let message =
            format!("a state of stream `{}` goes back from {} to {}", stream.descriptor, before.cursor, after.cursor);
        Wrong::new(message, format!("{}\n{}", reading.line(before.at), reading.line(after.at)))
    });
    wrong.collect()
}

fn older_records(reading: &Reading<'_>, stream: &StreamReading<'_>, marks: &[Mark<'_>]) -> Vec<Wrong> {
    let mut wrong = Vec::new();
    let mut marks = marks.iter().peekable();
    let mut last: Option<&Mark<'_>> = None;
    for record in &stream.records {
        while let Some(mark) = marks.next_if(|mark| mark.at < record.at) {
            last = Some(mark);
        }
        let Some((mark, cursor)) = last.filter(|mark| mark.is_all).zip(stream.cursor_of(record)) else { continue };
        if compare_cursors(cursor, mark.cursor) == Some(Ordering::Less) && wrong.len() < MOST_WRONG {
            let message = format!(
                "a record of stream `{}` with cursor {cursor} comes after a state with cursor {}",
                stream.descriptor, mark.cursor
            );
            wrong.push(Wrong::new(message, format!("{}\n{}", reading.line(mark.at), reading.line(record.at))));
        }
    }
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clause::source::reading::script::{breaks, holds, is_skipped, record, row, state};
    use serde_json::json;

    fn at(day: u8) -> Value {
        json!({"updated_at": format!("2024-01-{day:02}T00:00:00Z")})
    }

    fn cursors(readings: &[Reading<'_>]) -> Finding {
        monotone(&readings[0])
    }

    #[test]
    fn every_record_has_a_cursor() {
        let rule = |readings: &[Reading<'_>]| present(&readings[0]);
        holds(&[row("users", 1, 1)], rule);
        is_skipped(&[row("countries", 1, 1)], rule);
        breaks(&[record("users", json!({"id": 1}))], "lacks its cursor field `updated_at`", rule);
        breaks(&[record("users", json!({"id": 1, "updated_at": null}))], "has null in", rule);
    }

    #[test]
    fn states_go_forward_and_records_after_them_are_newer() {
        holds(
            &[
                row("users", 1, 1),
                state("users", at(1), 1.0),
                row("users", 2, 1),
                row("users", 3, 3),
                state("users", at(3), 2.0),
            ],
            cursors,
        );
        breaks(&[state("users", at(2), 0.0), state("users", at(1), 0.0)], "goes back from", cursors);
        breaks(&[state("users", at(2), 0.0), row("users", 1, 1)], "comes after a state with cursor", cursors);
    }

    #[test]
    fn a_single_timestamp_is_the_cursor_and_a_page_is_not() {
        let one = |day: u8| json!({"cursor": format!("2024-01-{day:02}T00:00:00Z")});
        breaks(&[row("users", 1, 1), state("users", one(2), 1.0), state("users", one(1), 0.0)], "goes back", cursors);
        is_skipped(&[row("users", 1, 1), state("users", json!({"page": 2}), 1.0)], cursors);
        is_skipped(&[row("users", 1, 1), state("users", json!({"states": [at(1)]}), 1.0)], cursors);
    }

    #[test]
    fn records_are_not_judged_where_a_state_holds_another_position() {
        let paged = json!({"updated_at": "2024-01-02T00:00:00Z", "page": 2});
        holds(&[state("users", paged, 0.0), row("users", 1, 1)], cursors);
    }
}
