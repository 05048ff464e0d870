//! Configurations of several kinds of specs.

use super::{config, invalid};
use serde_json::{Value, json};

fn spec(schema: Value) -> Value {
    json!({"connectionSpecification": schema})
}

/// The configuration of a schema.
fn made(schema: Value) -> Value {
    let (config, _) = config(&spec(schema)).unwrap();
    serde_json::from_str(&config).unwrap()
}

fn why_not(schema: Value) -> String {
    config(&spec(schema)).unwrap_err()
}

/// The origins of the configurations that must be refused, and these.
fn misfits(schema: Value, config: Value) -> Vec<(String, Value)> {
    let cases = invalid(&spec(schema), &config.to_string());
    cases.into_iter().map(|case| (case.origin, serde_json::from_str(&case.config).unwrap())).collect()
}

/// Sample data, as the well-known connector has it.
fn faker() -> Value {
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#", "type": "object", "required": [],
        "additionalProperties": true,
        "properties": {
            "count": {"type": "integer", "minimum": 1, "default": 1000, "order": 0},
            "seed": {"type": "integer", "default": -1, "order": 1},
            "always_updated": {"type": "boolean", "default": true},
            "rate": {"type": "number", "exclusiveMinimum": 0},
        }
    })
}

/// An account with two ways to prove who one is, of which one needs no secret.
fn credentials() -> Value {
    json!({
        "type": "object", "required": ["credentials", "start_date", "end"],
        "properties": {
            "credentials": {"type": "object", "oneOf": [
                {"type": "object", "required": ["auth_type", "client_secret"], "properties": {
                    "auth_type": {"type": "string", "const": "oauth2.0"},
                    "client_secret": {"type": "string", "airbyte_secret": true, "examples": ["abc"]}
                }},
                {"type": "object", "required": ["auth_type"], "properties": {
                    "auth_type": {"type": "string", "const": "none"}
                }}
            ]},
            "start_date": {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$"},
            "end": {"type": "string", "format": "date"},
            "region": {"type": "string", "enum": ["eu", "us"]},
            "lookback": {"type": ["null", "integer"], "minimum": 2}
        }
    })
}

#[test]
fn defaults_make_a_configuration_and_a_random_seed_does_not() {
    assert_eq!(made(faker()), json!({"count": 1000, "seed": 1, "always_updated": true}));
    assert_eq!(made(json!({"type": "object", "additionalProperties": false})), json!({}));
    let (_, of_what) = config(&spec(faker())).unwrap();
    assert!(of_what.contains("`count` its default") && of_what.contains("`seed` 1"), "{of_what}");
}

#[test]
fn the_option_without_secrets_is_taken_and_dates_are_written_as_wanted() {
    assert_eq!(
        made(credentials()),
        json!({"credentials": {"auth_type": "none"}, "start_date": "2024-01-01T00:00:00Z", "end": "2024-01-01"})
    );
}

#[test]
fn examples_values_of_lists_and_references_are_used() {
    let schema = json!({
        "type": "object", "required": ["path", "format", "days", "tags", "deep", "strict"],
        "definitions": {"Days": {"type": "integer", "minimum": 7}},
        "properties": {
            "path": {"type": "string", "examples": ["/data/people.csv", "/other"]},
            "format": {"type": "string", "enum": ["csv", "jsonl"]},
            "days": {"$ref": "#/definitions/Days"},
            "tags": {"type": "array", "items": {"type": "string"}},
            "deep": {"type": "object", "required": ["inner"], "properties": {"inner": {"type": "number", "default": 0.5}}},
            "strict": {"type": "boolean"}
        }
    });
    assert_eq!(
        made(schema),
        json!({"path": "/data/people.csv", "format": "csv", "days": 7, "tags": [], "deep": {"inner": 0.5}, "strict": false})
    );
}

#[test]
fn what_only_its_owner_knows_is_named() {
    let one = |property: Value| json!({"type": "object", "required": ["key"], "properties": {"key": property}});
    let secret = why_not(one(json!({"type": "string", "airbyte_secret": true, "examples": ["abc"]})));
    assert_eq!(secret, "`key` is a secret, of which it has no default; give one with `--connector-config FILE`");
    let unknown = why_not(one(json!({"type": "string"})));
    assert_eq!(unknown, "`key` has neither a default nor an example; give one with `--connector-config FILE`");
    assert!(why_not(one(json!({"type": "string", "pattern": "^[a-z]{3}$"}))).starts_with("`key` has neither"));
    assert!(why_not(one(json!({"type": "integer", "default": "ten"}))).contains("`/key` does not fit its own schema"));
    let both = json!({"oneOf": [{"type": "object", "required": ["a"], "properties": {"a": {"airbyte_secret": true}}}]});
    assert!(why_not(one(both)).starts_with("`key.a` is a secret"));
    let circle = json!({"type": "object", "required": ["key"], "properties": {"key": {"$ref": "#"}}});
    assert!(why_not(circle).contains("refers to itself"));
    assert!(config(&json!({})).unwrap_err().starts_with("it has no connectionSpecification"));
}

#[test]
fn forbidden_configurations_differ_by_one_thing_each() {
    let good = json!({"credentials": {"auth_type": "none"}, "start_date": "2024-01-01T00:00:00Z", "end": "2024-01-01"});
    let wrong = misfits(credentials(), good.clone());
    let origins: Vec<&str> = wrong.iter().map(|(origin, _)| origin.as_str()).collect();
    assert_eq!(
        origins,
        [
            "derived: credentials is missing",
            "derived: start_date is missing",
            "derived: end is missing",
            "derived: credentials is a text",
            "derived: region is none of its values"
        ]
    );
    assert_eq!(wrong[0].1, json!({"start_date": "2024-01-01T00:00:00Z", "end": "2024-01-01"}));
    assert_eq!(wrong[4].1["region"], "no such value");
    assert_eq!(wrong[4].1["credentials"], good["credentials"]);
}

#[test]
fn what_the_schema_allows_is_no_forbidden_configuration() {
    let free = json!({"type": "object", "properties": {"a": {}}});
    assert_eq!(misfits(free, json!({"a": 1})), []);
    let of_defaults =
        json!({"type": "object", "required": ["count"], "properties": {"count": {"type": "integer", "default": 1}}});
    assert_eq!(
        misfits(of_defaults.clone(), json!({"count": 5})),
        [("derived: count is a text".to_owned(), json!({"count": "this is not a number"}))]
    );
    assert_eq!(misfits(of_defaults, json!({"count": "five"})), [], "what does not fit to begin with proves nothing");
}
