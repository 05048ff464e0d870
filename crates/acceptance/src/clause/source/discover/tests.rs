//! Tests of what is made of catalogs.

use super::*;
use crate::clause::every_run::script::take;
use crate::finding::Status::{self, Failed, Passed, Skipped};
use crate::rule::Rule;
use serde_json::json;

/// A sound stream with these changes.
fn stream(changes: Value) -> Value {
    let mut stream = json!({"name": "users", "supported_sync_modes": ["full_refresh", "incremental"],
        "default_cursor_field": ["updated_at"], "source_defined_primary_key": [["id"]], "is_resumable": true,
        "json_schema": {"type": "object", "properties": {"id": {"type": "integer"},
            "updated_at": {"type": "string", "format": "date-time", "airbyte_type": "timestamp_with_timezone"},
            "tags": {"type": ["null", "array"], "items": {"type": "string"}}}}});
    stream.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    stream
}

/// The ids of the rules that streams break.
fn broken(streams: &[Value]) -> Vec<String> {
    let streams: Vec<Offered<'_>> = streams.iter().map(Offered::of).collect();
    let findings = OF_THE_CATALOG.iter().map(|judge| judge(&streams));
    findings.filter(|it| it.status == Failed).map(|it| it.rule.into_owned()).collect()
}

fn with_properties(properties: Value) -> Value {
    stream(json!({"default_cursor_field": null, "source_defined_cursor": true, "source_defined_primary_key": null,
        "json_schema": {"type": ["null", "object"], "properties": properties}}))
}

#[test]
fn sound_catalogs_break_nothing() {
    assert_eq!(broken(&[stream(json!({}))]), Vec::<String>::new());
    assert_eq!(broken(&[stream(json!({})), stream(json!({"namespace": "public"}))]), Vec::<String>::new());
    let plain = stream(
        json!({"supported_sync_modes": ["full_refresh"], "default_cursor_field": [], "source_defined_primary_key": []}),
    );
    assert_eq!(broken(&[plain]), Vec::<String>::new());
    let named = json!({"$ref": {"type": "string"}, "allOf": {"type": "string"}, "not": {}, "additionalProperties": {}});
    assert_eq!(broken(&[with_properties(named)]), Vec::<String>::new());
}

#[test]
fn each_defect_of_a_stream_breaks_its_rule() {
    for (changes, rule) in [
        (json!({"supported_sync_modes": []}), "discover.sync_modes"),
        (json!({"supported_sync_modes": ["full"]}), "discover.sync_modes"),
        (json!({"default_cursor_field": []}), "discover.cursor_declared"),
        (json!({"default_cursor_field": ["updated"]}), "discover.cursor_in_schema"),
        (json!({"source_defined_primary_key": [["uuid"]]}), "discover.primary_key_in_schema"),
        (json!({"source_defined_primary_key": ["id"]}), "discover.primary_key_in_schema"),
        (json!({"source_defined_primary_key": [["tags"]]}), "discover.primary_key_scalar"),
        (json!({"is_resumable": "yes"}), "discover.flags"),
        (
            json!({"json_schema": {"type": "string", "properties": {"id": {}, "updated_at": {}}}}),
            "discover.schema_is_object",
        ),
    ] {
        assert_eq!(broken(&[stream(changes.clone())]), [rule], "{changes}");
    }
    assert_eq!(broken(&[]), ["discover.has_streams"]);
    assert_eq!(broken(&[stream(json!({})), stream(json!({}))]), ["discover.unique_names"]);
}

#[test]
fn each_defect_of_a_schema_breaks_its_rule() {
    for (property, rule) in [
        (json!({"type": "datetime"}), "discover.schema_valid"),
        (json!({"$ref": "#/definitions/a"}), "discover.no_refs"),
        (json!({"allOf": [{"type": "string"}]}), "discover.no_composition"),
        (json!({"not": {"type": "string"}}), "discover.no_composition"),
        (json!({"type": "object", "additionalProperties": false}), "discover.additional_properties"),
        (json!({"type": "string", "airbyte_type": "timestamp"}), "discover.data_types"),
        (json!({"type": "string", "format": "date", "airbyte_type": "timestamp_with_timezone"}), "discover.data_types"),
        (json!({"type": "integer", "format": "time", "airbyte_type": "time_with_timezone"}), "discover.data_types"),
    ] {
        assert_eq!(broken(&[with_properties(json!({"a": property}))]), [rule], "{property}");
    }
    assert_eq!(broken(&[with_properties(json!({}))]), ["discover.schema_has_properties"]);
}

fn catalog(streams: &[Value]) -> String {
    json!({"type": "CATALOG", "catalog": {"streams": streams}}).to_string()
}

#[test]
fn one_catalog_is_printed() {
    let of = |lines: &[String]| answer::one_catalog(&take(Verb::Discover, lines, 0)).status;
    let good = catalog(&[stream(json!({}))]);
    assert_eq!(of(std::slice::from_ref(&good)), Passed);
    assert_eq!(of(&[]), Failed);
    assert_eq!(of(&[good.clone(), good]), Failed);
    assert_eq!(of(&[r#"{"type":"CATALOG","catalog":{}}"#.to_owned()]), Failed);
}

#[test]
fn catalogs_are_compared_without_the_order_of_streams() {
    let of = |one: &[Value], other: &[Value]| -> Status {
        let [one, other] = [one, other].map(|streams| take(Verb::Discover, &[catalog(streams)], 0));
        answer::stable(&one, &other).status
    };
    let (a, b) = (stream(json!({})), stream(json!({"name": "orders"})));
    assert_eq!(of(&[a.clone(), b.clone()], &[b.clone(), a.clone()]), Passed);
    assert_eq!(of(std::slice::from_ref(&a), &[a.clone(), b.clone()]), Failed);
    assert_eq!(of(&[a.clone(), b], std::slice::from_ref(&a)), Failed);
    assert_eq!(of(&[a], &[stream(json!({"is_resumable": false}))]), Failed);
}

#[test]
fn a_configuration_that_is_invalid_gets_no_empty_catalog() {
    let of = |lines: &[String], code, breaks_spec| {
        let (config, origin) = ("{}".to_owned(), "wrong.json".to_owned());
        let case = CheckCase { config, origin, expects: CheckResult::Fails, is_derived: false };
        let take = Rc::new(take(Verb::Discover, lines, code));
        answer::refuses(Ok(vec![Refusal { case: &case, take, breaks_spec }])).status
    };
    let full = catalog(&[stream(json!({}))]);
    assert_eq!(of(&[], 1, true), Passed);
    assert_eq!(of(std::slice::from_ref(&full), 0, false), Passed);
    assert_eq!(of(&[full], 0, true), Failed);
    assert_eq!(of(&[catalog(&[])], 0, false), Failed);
    assert_eq!(of(&[], 0, false), Failed);
    assert_eq!(answer::refuses(Err(Unavailable("none".to_owned()))).status, Skipped);
}

#[test]
fn every_rule_is_judged_once() {
    let judged: Vec<String> = OF_THE_CATALOG.iter().map(|judge| judge(&[]).rule.into_owned()).collect();
    let others = ["discover.one_catalog", "discover.stable", "discover.fails_on_invalid_config"];
    let is_judged = |rule: &Rule| others.contains(&rule.id) || judged.iter().filter(|id| **id == rule.id).count() == 1;
    assert!(RULES.iter().all(is_judged));
}
