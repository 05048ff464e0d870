//! Whether a read comes to its end, and whether what was asked for came, and nothing else.

use super::{EVERY_STREAM_HAS_RECORDS, ONLY_SELECTED_STREAMS, SUCCEEDS};
use crate::clause::source::reading::{Reading, many};
use crate::finding::Finding;
use crate::plan::Plan;
use crate::rule::Wrong;
use longshore_protocol::StreamDescriptor;
use std::collections::BTreeMap;

pub(super) fn succeeds(readings: &[&Reading<'_>]) -> Finding {
    let mut wrong = Vec::new();
    for take in readings.iter().map(|reading| reading.take) {
        if !take.is_success() {
            wrong.push(Wrong::new(format!("`{}` {}", take.call, take.how_it_ended()), take.last_words()));
        } else if take.traces("ERROR").next().is_some() {
            let message = format!("`{}` printed an ERROR trace and yet ended with exit code 0", take.call);
            wrong.push(Wrong::new(message, take.last_words()));
        }
    }
    SUCCEEDS.judged(format!("{} ended with exit code 0 and without ERROR trace", many(readings.len(), "read")), wrong)
}

pub(super) fn every_stream_has_records(readings: &[Reading<'_>], plan: &Plan) -> Finding {
    let mut counts: BTreeMap<&StreamDescriptor, usize> = BTreeMap::new();
    let ended_well = readings.iter().filter(|reading| reading.take.is_success());
    for reading in ended_well {
        let placed = reading.streams.iter().filter(|stream| !reading.has_misplaced_records(&stream.descriptor));
        for stream in placed {
            *counts.entry(&stream.descriptor).or_default() += stream.records.len();
        }
    }
    let is_declared_empty = |stream: &StreamDescriptor| plan.empty_streams.contains_key(&stream.name);
    let judged: Vec<_> = counts.iter().filter(|(stream, _)| !is_declared_empty(stream)).collect();
    if judged.is_empty() {
        return EVERY_STREAM_HAS_RECORDS.skipped(
            "no read ended well, or its streams are declared as empty, or their records came under another namespace",
        );
    }
    let empty = judged.iter().filter(|(_, count)| **count == 0);
    let wrong = empty.map(|(stream, _)| Wrong::new(format!("stream `{stream}` yielded no record"), String::new()));
    let seen = format!("{} of {}", many(counts.values().sum::<usize>(), "record"), many(judged.len(), "stream"));
    EVERY_STREAM_HAS_RECORDS.judged(seen, wrong.collect())
}

pub(super) fn only_selected_streams(readings: &[Reading<'_>]) -> Finding {
    let messages = |reading: &Reading<'_>| {
        reading.record_count() + reading.streams.iter().map(|stream| stream.statuses.len()).sum::<usize>()
    };
    let mut wrong: BTreeMap<(&StreamDescriptor, &str), Wrong> = BTreeMap::new();
    for reading in readings {
        for stranger in reading.strangers.iter().filter(|stranger| stranger.what != "state") {
            let message = || {
                format!(
                    "a {} is of {}, {}",
                    stranger.what,
                    named(&stranger.descriptor),
                    hint(reading, &stranger.descriptor)
                )
            };
            let entry = wrong.entry((&stranger.descriptor, stranger.what));
            entry.or_insert_with(|| Wrong::new(message(), reading.line(stranger.at)));
        }
    }
    let seen = readings.iter().map(messages).sum::<usize>();
    if seen == 0 && wrong.is_empty() {
        return ONLY_SELECTED_STREAMS.skipped("no record and no status was read");
    }
    ONLY_SELECTED_STREAMS.judged(
        format!("{} and statuses, all of selected streams", many(seen, "record")),
        wrong.into_values().collect(),
    )
}

fn named(stream: &StreamDescriptor) -> String {
    match &stream.namespace {
        Some(namespace) => format!("stream `{}` of namespace `{namespace}`", stream.name),
        None => format!("stream `{}` without namespace", stream.name),
    }
}

fn hint(reading: &Reading<'_>, stranger: &StreamDescriptor) -> String {
    match reading.streams.iter().find(|stream| stream.descriptor.name == stranger.name) {
        Some(selected) => format!("but the catalog has {}", named(&selected.descriptor)),
        None => "which is not in the catalog".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clause::source::reading::script::{
        breaks, catalog, holds, is_skipped, judge, record, row, status, take,
    };
    use crate::finding::Status;
    use serde_json::json;

    fn sound() -> Vec<serde_json::Value> {
        vec![row("users", 1, 1), row("events", 1, 1), row("countries", 1, 1), status("users", "COMPLETE")]
    }

    #[test]
    fn a_read_succeeds_with_exit_code_0_and_without_error_trace() {
        let rule = |readings: &[Reading<'_>]| succeeds(&readings.iter().collect::<Vec<_>>());
        holds(&sound(), rule);
        let error = json!({"type": "TRACE", "trace": {"type": "ERROR", "emitted_at": 1, "error": {"message": "no"}}});
        breaks(&[error], "yet ended with exit code 0", rule);
        let (mut take, catalog) = (take(&sound()), catalog());
        take.exit.code = Some(3);
        assert!(rule(&[Reading::of(&take, &catalog)]).message.contains("exit code 3"));
    }

    #[test]
    fn every_stream_has_records_but_those_declared_as_empty() {
        let mut plan = Plan::default();
        holds(&sound(), |readings| every_stream_has_records(readings, &plan));
        breaks(&sound()[1..], "stream `users` yielded no record", |readings| every_stream_has_records(readings, &plan));
        let mut spaced = sound();
        spaced[0]["record"]["namespace"] = json!("public");
        holds(&spaced, |readings| every_stream_has_records(readings, &plan));
        plan.empty_streams.insert("users".into(), "no data".into());
        holds(&sound()[1..], |readings| every_stream_has_records(readings, &plan));
    }

    #[test]
    fn streams_are_told_apart_by_name_and_namespace() {
        holds(&sound(), only_selected_streams);
        is_skipped(&[], only_selected_streams);
        breaks(&[record("other", json!({"a": 1}))], "not in the catalog", only_selected_streams);
        breaks(&[status("other", "STARTED")], "a status is of stream `other`", only_selected_streams);
        let mut spaced = row("users", 1, 1);
        spaced["record"]["namespace"] = json!("public");
        breaks(&[spaced], "but the catalog has stream `users` without namespace", only_selected_streams);
        assert_eq!(judge(&sound(), only_selected_streams).status, Status::Passed);
    }
}
