//! What a new catalog lacks that the old one had.

use crate::clause::spec::form::types_of;
use serde_json::Value;

/// One sentence for each.
pub(super) fn changes(old: &Value, new: &Value) -> Vec<String> {
    let streams = |catalog: &Value| catalog["streams"].as_array().cloned().unwrap_or_default();
    let now = streams(new);
    let mut found = Vec::new();
    for stream in streams(old) {
        let name = label(&stream);
        match now.iter().find(|other| other["name"] == stream["name"] && other["namespace"] == stream["namespace"]) {
            None => found.push(format!("the stream `{name}` is gone")),
            Some(again) => {
                let changes = stream_changes(&stream, again).into_iter();
                found.extend(changes.map(|change| format!("the stream `{name}`: {change}")));
            }
        }
    }
    found
}

fn label(stream: &Value) -> String {
    let name = stream["name"].as_str().unwrap_or("?");
    stream["namespace"].as_str().map_or_else(|| name.to_owned(), |namespace| format!("{namespace}.{name}"))
}

fn stream_changes(old: &Value, new: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let modes = |stream: &Value| stream["supported_sync_modes"].as_array().cloned().unwrap_or_default();
    let now = modes(new);
    found.extend(
        modes(old).iter().filter(|mode| !now.contains(mode)).map(|mode| format!("the sync mode {mode} is gone")),
    );
    for (word, what) in [("default_cursor_field", "cursor field"), ("source_defined_primary_key", "primary key")] {
        let is_named = old[word].as_array().is_some_and(|list| !list.is_empty());
        if is_named && old[word] != new[word] {
            found.push(format!("the {what} was {} and is {}", old[word], new[word]));
        }
    }
    fields("", &old["json_schema"], &new["json_schema"], &mut found);
    found
}

fn fields(path: &str, old: &Value, new: &Value, found: &mut Vec<String>) {
    for (name, field) in old["properties"].as_object().into_iter().flatten() {
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        let Some(again) = new["properties"].get(name) else {
            found.push(format!("the field `{path}` is gone"));
            continue;
        };
        if types(field) != types(again) {
            found.push(format!("the type of `{path}` was {} and is {}", field["type"], again["type"]));
        }
        for word in ["format", "airbyte_type"] {
            if field[word] != again[word] {
                found.push(format!("the {word} of `{path}` was {} and is {}", field[word], again[word]));
            }
        }
        fields(&path, field, again, found);
        fields(&format!("{path}[]"), &field["items"], &again["items"], found);
    }
}

/// Every field may be null, whatever its schema says.
fn types(schema: &Value) -> Vec<&str> {
    let mut names = types_of(schema);
    names.retain(|name| *name != "null");
    names.sort_unstable();
    names
}

#[cfg(test)]
mod tests {
    use super::changes;
    use serde_json::{Value, json};

    fn catalog(changes: Value) -> Value {
        let mut stream = json!({"name": "users", "supported_sync_modes": ["full_refresh", "incremental"],
            "default_cursor_field": ["at"], "source_defined_primary_key": [["id"]], "json_schema": {"type": "object",
                "properties": {"id": {"type": "integer"}, "at": {"type": "string", "format": "date-time"}}}});
        stream.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        json!({"streams": [stream]})
    }

    #[test]
    fn what_is_kept_or_added_is_compatible() {
        let more = json!({"properties": {"id": {"type": ["null", "integer"]}, "at": {"type": "string", "format": "date-time"}, "x": {}}});
        assert!(changes(&catalog(json!({})), &catalog(json!({"json_schema": more, "is_resumable": true}))).is_empty());
        assert!(changes(&catalog(json!({"source_defined_primary_key": []})), &catalog(json!({}))).is_empty());
    }

    #[test]
    fn what_is_gone_or_changed_is_not() {
        let schema = |id: Value| json!({"json_schema": {"properties": {"id": id, "at": {"type": "string", "format": "date-time"}}}});
        for changed in [
            json!({"name": "people"}),
            json!({"namespace": "public"}),
            json!({"supported_sync_modes": ["full_refresh"]}),
            json!({"default_cursor_field": ["id"]}),
            json!({"source_defined_primary_key": [["uuid"]]}),
            schema(json!({"type": "string"})),
            schema(json!({"type": "integer", "airbyte_type": "big_integer"})),
            json!({"json_schema": {"properties": {"id": {"type": "integer"}}}}),
        ] {
            assert_eq!(changes(&catalog(json!({})), &catalog(changed.clone())).len(), 1, "{changed}");
        }
    }
}
