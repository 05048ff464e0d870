//! Tests of the answer as a whole.

use super::*;
use crate::finding::Status::{self, Failed, Passed, Skipped};
use serde_json::json;

fn of(judge: impl Fn(&Form<'_>) -> Finding, spec: &Value) -> Status {
    judge(&Form::of(spec)).status
}

#[test]
fn the_schema_is_one_of_an_object() {
    let with = |schema: Value| json!({"connectionSpecification": schema});
    assert_eq!(of(schema_valid, &with(json!({"type": "object", "properties": {"a": {"type": "string"}}}))), Passed);
    for broken in [
        json!(null),
        json!({"type": "string"}),
        json!({"properties": {}}),
        json!({"type": "object", "properties": {"a": {"type": "text"}}}),
        json!({"type": "object", "required": "a"}),
    ] {
        assert_eq!(of(schema_valid, &with(broken.clone())), Failed, "{broken}");
    }
}

#[test]
fn versions_and_urls_have_their_form() {
    for (version, status) in [("0.2.0", Passed), ("0", Passed), ("1.0.0", Failed), ("v0", Failed), ("0.x", Failed)] {
        assert_eq!(of(protocol_version, &json!({"protocol_version": version})), status, "{version}");
    }
    assert_eq!(of(protocol_version, &json!({})), Skipped);
    assert_eq!(of(protocol_version, &json!({"protocol_version": 0.2})), Failed);
    for (url, status) in [("https://a.example/b", Passed), ("docs/source.md", Failed), ("https://", Failed)] {
        assert_eq!(of(documentation_url, &json!({"documentationUrl": url})), status, "{url}");
    }
    assert_eq!(of(documentation_url, &json!({})), Failed);
}

#[test]
fn destinations_name_modes_that_are_known() {
    let of = |modes: Value| {
        sync_modes(&Form::of(&json!({"supported_destination_sync_modes": modes})), FailureOrigin::Destination).status
    };
    assert_eq!(of(json!(["append", "append_dedup"])), Passed);
    for broken in [json!(null), json!([]), json!(["append", "overwrite_dedup"]), json!(["APPEND"]), json!("append")] {
        assert_eq!(of(broken.clone()), Failed, "{broken}");
    }
    assert_eq!(sync_modes(&Form::of(&json!({})), FailureOrigin::Source).status, Skipped);
}

#[test]
fn a_configuration_is_judged_without_its_values() {
    let spec = json!({"connectionSpecification": {"type": "object", "required": ["token"],
        "properties": {"token": {"type": "string"}, "from": {"type": "string", "format": "date-time"}}}});
    let with = |config: &str| {
        let plan = Plan { config: Some(config.to_owned()), ..Plan::default() };
        config_fits(&Form::of(&spec), &plan)
    };
    assert_eq!(with(r#"{"token": "x", "from": "yesterday"}"#).status, Passed);
    assert_eq!(with("{}").status, Failed);
    let finding = with(r#"{"token": 12345678}"#);
    assert_eq!(finding.status, Failed);
    assert!(!format!("{finding:?}").contains("12345678"));
    assert_eq!(config_fits(&Form::of(&spec), &Plan::default()).status, Skipped);
}

#[test]
fn the_spec_is_compared_with_the_file() {
    let spec = json!({"connectionSpecification": {"type": "object"}, "supportsDBT": false});
    let with =
        |expected: Value| matches_file(&Form::of(&spec), &Plan { spec: Some(expected), ..Plan::default() }).status;
    assert_eq!(with(json!({"connectionSpecification": {"type": "object"}})), Passed);
    assert_eq!(with(json!({"connectionSpecification": {"type": "object", "title": "T"}})), Failed);
    assert_eq!(matches_file(&Form::of(&spec), &Plan::default()).status, Skipped);
    assert_eq!(stable(&spec, Some(&spec)).status, Passed);
    assert_eq!(stable(&spec, Some(&json!({"connectionSpecification": {}}))).status, Failed);
    assert_eq!(stable(&spec, None).status, Failed);
}
