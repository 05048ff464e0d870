//! The names of fields: those that a schema declares, and those that records have.

use super::{EVERY_FIELD_HAS_VALUES, SHARES_FIELDS, UNDECLARED_FIELDS};
use crate::clause::source::reading::{Reading, StreamReading, many};
use crate::finding::Finding;
use crate::plan::Plan;
use crate::rule::Wrong;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// More than these show nothing new.
const MOST_WRONG: usize = 1_000;

/// What platforms and kits add to records, and no schema declares.
const RESERVED: &str = "_ab_";

pub(super) fn shares_fields(readings: &[Reading<'_>]) -> Finding {
    let mut wrong = Vec::new();
    let mut records = 0;
    for (reading, stream, schema) in declared(readings) {
        records += stream.records.len();
        for record in &stream.records {
            let Some(fields) = record.data.as_object().filter(|fields| !fields.is_empty()) else { continue };
            if !shares(&schema, fields) && wrong.len() < MOST_WRONG {
                let message =
                    format!("a record of stream `{}` has no field that its schema declares", stream.descriptor);
                wrong.push(Wrong::new(message, reading.line(record.at)));
            }
        }
    }
    match records {
        0 => SHARES_FIELDS.skipped("no record of a stream whose schema declares properties was read"),
        _ => SHARES_FIELDS.judged(format!("{} have declared fields", many(records, "record")), wrong),
    }
}

pub(super) fn undeclared_fields(readings: &[Reading<'_>], plan: &Plan) -> Finding {
    if plan.undeclared_fields_allowed {
        return UNDECLARED_FIELDS.skipped("the test configuration allows fields that no schema declares");
    }
    let mut wrong: BTreeMap<(String, &str), Wrong> = BTreeMap::new();
    let mut records = 0;
    for (reading, stream, schema) in declared(readings).filter(|(.., schema)| is_closed(schema)) {
        records += stream.records.len();
        for record in &stream.records {
            let Some(fields) = record.data.as_object().filter(|fields| shares(&schema, fields)) else { continue };
            let is_undeclared =
                |name: &&String| !properties(&schema).contains_key(*name) && !name.starts_with(RESERVED);
            for name in fields.keys().filter(is_undeclared) {
                let message =
                    || format!("stream `{}` has a field `{name}` that its schema does not declare", stream.descriptor);
                let entry = wrong.entry((stream.descriptor.to_string(), name.as_str()));
                entry.or_insert_with(|| Wrong::new(message(), reading.line(record.at)));
            }
        }
    }
    match records {
        0 => UNDECLARED_FIELDS.skipped("no record of a stream whose schema names all its properties was read"),
        _ => UNDECLARED_FIELDS
            .judged(format!("{} have only declared fields", many(records, "record")), wrong.into_values().collect()),
    }
}

pub(super) fn every_field_has_values(readings: &[Reading<'_>], plan: &Plan) -> Finding {
    if !plan.every_field_has_values {
        return EVERY_FIELD_HAS_VALUES.skipped("the test configuration does not ask for it (`validate_data_points`)");
    }
    let mut missing: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut total = 0;
    for (_, stream, schema) in declared(readings).filter(|(_, stream, _)| !stream.records.is_empty()) {
        let mut paths = BTreeSet::new();
        paths_of(&schema, "", &mut paths);
        total += paths.len();
        let mut seen = BTreeSet::new();
        stream.records.iter().for_each(|record| seen_paths(record.data, "", &mut seen));
        let unseen: BTreeSet<String> = paths.difference(&seen).cloned().collect();
        // A field that has values in one of the reads has values.
        let known = missing.entry(stream.descriptor.to_string()).or_insert_with(|| unseen.clone());
        known.retain(|path| unseen.contains(path));
    }
    let say = |(stream, path): (String, String)| {
        Wrong::new(format!("field `{path}` of stream `{stream}` has no value in any record"), String::new())
    };
    let wrong =
        missing.into_iter().flat_map(|(stream, paths)| paths.into_iter().map(move |path| (stream.clone(), path)));
    match total {
        0 => EVERY_FIELD_HAS_VALUES.skipped("no record of a stream whose schema declares properties was read"),
        _ => EVERY_FIELD_HAS_VALUES
            .judged(format!("{total} fields that were looked up have values"), wrong.map(say).collect()),
    }
}

/// The streams whose schema has properties, with their schema.
fn declared<'r, 'a>(
    readings: &'r [Reading<'a>],
) -> impl Iterator<Item = (&'r Reading<'a>, &'r StreamReading<'a>, Value)> {
    let streams = readings.iter().flat_map(|reading| reading.streams.iter().map(move |stream| (reading, stream)));
    streams.filter_map(|(reading, stream)| {
        let schema: Value = serde_json::from_str(stream.configured.stream.json_schema.get()).ok()?;
        let has_properties = schema["properties"].as_object().is_some_and(|properties| !properties.is_empty());
        has_properties.then_some((reading, stream, schema))
    })
}

/// Whether the properties are all there is: no patterns, no schema for further ones, nothing composed.
fn is_closed(schema: &Value) -> bool {
    let opens = ["patternProperties", "allOf", "anyOf", "oneOf", "$ref", "if"];
    !schema["additionalProperties"].is_object() && opens.iter().all(|keyword| schema.get(keyword).is_none())
}

fn properties(schema: &Value) -> &Map<String, Value> {
    static NONE: std::sync::LazyLock<Map<String, Value>> = std::sync::LazyLock::new(Map::new);
    schema["properties"].as_object().unwrap_or(&NONE)
}

fn shares(schema: &Value, fields: &Map<String, Value>) -> bool {
    !is_closed(schema) || fields.keys().any(|name| properties(schema).contains_key(name))
}

fn paths_of(schema: &Value, path: &str, into: &mut BTreeSet<String>) {
    for (name, property) in properties(schema) {
        let path = format!("{path}/{name}");
        paths_of(property, &path, into);
        into.insert(path.trim_start_matches('/').to_owned());
    }
    if schema["items"].is_object() {
        paths_of(&schema["items"], path, into);
    }
}

fn seen_paths(value: &Value, path: &str, into: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields.iter().filter(|(_, value)| !value.is_null()) {
                let path = format!("{path}/{name}");
                seen_paths(value, &path, into);
                into.insert(path.trim_start_matches('/').to_owned());
            }
        }
        Value::Array(items) => items.iter().for_each(|item| seen_paths(item, path, into)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clause::source::reading::script::{breaks, holds, is_skipped, record, row};
    use serde_json::json;

    #[test]
    fn a_record_shares_something_with_its_schema() {
        holds(&[row("users", 1, 1)], shares_fields);
        is_skipped(&[], shares_fields);
        breaks(&[record("users", json!({"row": {"id": 1}}))], "no field that its schema declares", shares_fields);
    }

    #[test]
    fn undeclared_fields_are_named_once_unless_they_are_allowed() {
        let mut plan = Plan::default();
        let more = record("users", json!({"id": 1, "Name": "x", "_ab_source": 1}));
        let messages = [row("users", 1, 1), more.clone(), more];
        holds(&messages[..1], |readings| undeclared_fields(readings, &plan));
        breaks(&messages, "has a field `Name` that", |readings| undeclared_fields(readings, &plan));
        plan.undeclared_fields_allowed = true;
        is_skipped(&messages, |readings| undeclared_fields(readings, &plan));
    }

    #[test]
    fn a_field_without_values_counts_when_asked_for() {
        let mut plan = Plan::default();
        let messages = [record("users", json!({"id": 1, "name": null, "updated_at": "2024-01-01T00:00:00Z"}))];
        is_skipped(&messages, |readings| every_field_has_values(readings, &plan));
        plan.every_field_has_values = true;
        breaks(&messages, "field `name` of stream `users`", |readings| every_field_has_values(readings, &plan));
        holds(&[row("users", 1, 1)], |readings| every_field_has_values(readings, &plan));
    }

    #[test]
    fn paths_go_through_objects_and_arrays() {
        let schema = json!({"properties": {"a": {"items": {"properties": {"b": {}}}}, "c": {"properties": {"d": {}}}}});
        let mut paths = BTreeSet::new();
        paths_of(&schema, "", &mut paths);
        let mut seen = BTreeSet::new();
        seen_paths(&json!({"a": [{"b": 1}], "c": {"d": 2}}), "", &mut seen);
        assert_eq!(paths, seen);
    }
}
