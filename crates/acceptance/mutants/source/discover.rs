//! `discover`: what can be read.

use super::defect::Defect as D;
use super::{Run, check};
use serde_json::{Value, json};

/// Runs the verb; the exit code.
pub(crate) fn discover(run: &mut Run) -> u8 {
    let problem = check::problem(run);
    let passes = run.has(D::DiscoverWithoutConfig) || run.has(D::ForbiddenDiscovered) && run.config["token"].is_null();
    if let (Some(problem), false) = (&problem, passes) {
        return run.out.fail(problem, "config_error");
    }
    let mut streams = sound();
    if let Some(defect) = run.defect {
        spoil(&mut streams, defect);
    }
    if problem.is_some() {
        streams = json!([]);
    }
    let message = json!({"type": "CATALOG", "catalog": {"streams": streams}});
    if run.has(D::CatalogTwice) {
        run.out.send(message.clone());
    }
    run.out.send(message);
    0
}

fn schema(properties: Value) -> Value {
    let schema = "http://json-schema.org/draft-07/schema#";
    json!({"$schema": schema, "type": "object", "additionalProperties": true, "properties": properties})
}

fn sound() -> Value {
    let text = || json!({"type": ["null", "string"]});
    let number = || json!({"type": ["null", "integer"]});
    let moment =
        || json!({"type": ["null", "string"], "format": "date-time", "airbyte_type": "timestamp_with_timezone"});
    let users = schema(json!({
        "id": number(), "name": text(), "email": text(), "age": number(), "is_active": {"type": ["null", "boolean"]},
        "balance": {"type": ["null", "number"]}, "born": {"type": ["null", "string"], "format": "date"},
        "address": {"type": ["null", "object"], "properties": {"city": text(), "zip": text()}},
        "tags": {"type": ["null", "array"], "items": {"type": "string"}}, "updated_at": moment(),
    }));
    let events = schema(json!({"kind": text(), "number": number(), "at": moment()}));
    let countries = schema(json!({"code": text(), "name": text(), "millions": number()}));
    let pages = schema(json!({"id": number(), "page": number(), "title": text()}));
    let both = ["full_refresh", "incremental"];
    json!([
        {"name": "users", "json_schema": users, "supported_sync_modes": both, "source_defined_cursor": true,
         "default_cursor_field": ["updated_at"], "source_defined_primary_key": [["id"]], "is_resumable": true},
        {"name": "events", "json_schema": events, "supported_sync_modes": both, "source_defined_cursor": true,
         "default_cursor_field": ["at"], "is_resumable": true},
        {"name": "countries", "namespace": "geo", "json_schema": countries, "supported_sync_modes": ["full_refresh"],
         "source_defined_primary_key": [["code"]], "is_resumable": false},
        {"name": "pages", "json_schema": pages, "supported_sync_modes": ["full_refresh"],
         "source_defined_primary_key": [["id"]], "is_resumable": true},
    ])
}

fn spoil(streams: &mut Value, defect: D) {
    let users = &mut streams[0];
    match defect {
        D::CatalogEmpty => *streams = json!([]),
        D::StreamTwice => {
            let again = users.clone();
            streams.as_array_mut().into_iter().for_each(|streams| streams.push(again.clone()));
        }
        D::SchemaInvalid => users["json_schema"]["properties"]["age"]["type"] = json!("integr"),
        D::SchemaOfArray => users["json_schema"] = json!({"type": "array", "items": {"type": "object"}}),
        D::NoSyncModes => users["supported_sync_modes"] = json!([]),
        D::UnknownSyncMode => users["supported_sync_modes"] = json!(["full_refresh", "continuous"]),
        D::CursorNotDeclared => {
            users["source_defined_cursor"] = json!(false);
            users["default_cursor_field"] = json!([]);
        }
        D::CursorNotInSchema => users["default_cursor_field"] = json!(["changed_at"]),
        D::KeyNotInSchema => streams[2]["source_defined_primary_key"] = json!([["iso"]]),
        D::KeyIsObject => users["source_defined_primary_key"] = json!([["address"]]),
        D::SchemaWithRef => users["json_schema"]["properties"]["address"] = json!({"$ref": "#/definitions/address"}),
        D::SchemaWithAllOf => users["json_schema"]["properties"]["age"] = json!({"allOf": [{"type": "integer"}]}),
        D::SchemaForbidsMore => users["json_schema"]["additionalProperties"] = json!(false),
        D::UnknownDataType => users["json_schema"]["properties"]["updated_at"]["airbyte_type"] = json!("timestamp_utc"),
        D::FieldGone => {
            drop(streams[2]["json_schema"]["properties"].as_object_mut().and_then(|it| it.remove("millions")));
        }
        D::StreamGone => drop(streams.as_array_mut().and_then(Vec::pop)),
        D::FlagIsText => users["is_resumable"] = json!("true"),
        D::SchemaWithoutProperties => {
            streams[2]["json_schema"] = json!({"type": "object", "additionalProperties": true});
        }
        D::CatalogChanges => {
            let name = format!("f{}", std::process::id());
            users["json_schema"]["properties"][name] = json!({"type": "string"});
        }
        _ => {}
    }
}
