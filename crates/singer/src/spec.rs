//! `spec`: from a file, from what the program says about itself, or an object that may hold anything.

use crate::about::About;
use crate::args::Kind;
use crate::files::read_file;
use crate::secrets::is_secret_name;
use crate::settings::RESERVED_KEY;
use crate::{Failure, Wrapper};
use longshore_protocol::DestinationSyncMode;
use serde_json::{Map, Value, json};
use std::path::Path;

/// Settings that the SDK adds to every program: shown last, and not by default.
const OF_EVERY_PROGRAM: [&str; 10] = [
    "stream_maps",
    "stream_map_config",
    "faker_config",
    "flattening_enabled",
    "flattening_max_depth",
    "flattening_max_key_length",
    "flattening_separator",
    "batch_config",
    "sql",
    "emit_activate_version_messages",
];

pub(crate) fn spec(wrapper: &Wrapper) -> Result<(), Failure> {
    let told = wrapper.settings.spec.as_deref().map(told).transpose()?;
    let needs_modes = |spec: &Value| spec["supported_destination_sync_modes"].is_null();
    // A file that says everything spares the start of an interpreter.
    let asks = told.as_ref().is_none_or(|spec| needs_modes(spec) && wrapper.settings.kind != Some(Kind::Tap));
    let about = if asks { wrapper.about() } else { None };
    let mut spec = told.unwrap_or_else(|| derived(wrapper, about.as_ref()));
    if spec["protocol_version"].is_null() {
        spec["protocol_version"] = json!("0.18.0"); // it is the wrapper that speaks it
    }
    if wrapper.kind(about.as_ref()) == Kind::Target && needs_modes(&spec) {
        spec["supported_destination_sync_modes"] = json!(sync_modes(wrapper, about.as_ref()));
    }
    wrapper.output.message(&json!({"type": "SPEC", "spec": spec}).to_string())
}

/// A whole spec, or the schema of a configuration alone.
fn told(path: &Path) -> Result<Value, Failure> {
    let wrong = |what: &str| Failure::config(format!("the spec {} is {what}", path.display()));
    let spec: Value = serde_json::from_str(&read_file(path)?).map_err(|error| wrong(&format!("no JSON: {error}")))?;
    match () {
        () if spec["type"] == "SPEC" && spec["spec"].is_object() => Ok(spec["spec"].clone()),
        () if spec["connectionSpecification"].is_object() => Ok(spec),
        () if spec["properties"].is_object() => Ok(json!({"connectionSpecification": spec})),
        () => Err(wrong("neither a spec nor a JSON Schema with `properties`")),
    }
}

fn derived(wrapper: &Wrapper, about: Option<&About>) -> Value {
    let schema = match about.and_then(|about| about.settings.as_ref()) {
        Some(settings) => of_settings(settings, about),
        None => open_object(&wrapper.name()),
    };
    json!({ "connectionSpecification": schema })
}

/// What a target can do with records. That it deletes old versions is said by its capabilities; that it updates by key is
/// said by nothing, so a person has to.
pub(crate) fn sync_modes(wrapper: &Wrapper, about: Option<&About>) -> Vec<DestinationSyncMode> {
    wrapper.settings.sync_modes.clone().unwrap_or_else(|| {
        let overwrites = about.is_some_and(|about| about.can("hard-delete"));
        [DestinationSyncMode::Append].into_iter().chain(overwrites.then_some(DestinationSyncMode::Overwrite)).collect()
    })
}

fn open_object(name: &str) -> Value {
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": name,
        "description": format!(
            "{name} does not describe its settings; they are those of its own documentation, and none is known to be secret"
        ),
        "type": "object",
        "additionalProperties": true,
        "properties": {RESERVED_KEY: reserved()},
    })
}

fn reserved() -> Value {
    json!({
        "type": "object",
        "title": "Settings of the Singer wrapper",
        "description": "Streams to leave out, and what the catalog of the tap does not say: keys, cursors, modes",
        "additionalProperties": true,
        "airbyte_hidden": true,
    })
}

/// The settings of an SDK program as a configuration form.
fn of_settings(settings: &Value, about: Option<&About>) -> Value {
    let mut schema = plain(settings, "");
    let title = about.map(|about| about.name.clone()).unwrap_or_default();
    schema["$schema"] = json!("http://json-schema.org/draft-07/schema#");
    schema["title"] = json!(title);
    if let Some(description) = about.and_then(|about| about.description.as_deref()) {
        schema["description"] = json!(description);
    }
    schema["type"] = json!("object");
    schema["additionalProperties"] = json!(true);
    if !schema["properties"].is_object() {
        schema["properties"] = json!({});
    }
    if let Some(properties) = schema["properties"].as_object_mut() {
        for (order, (name, property)) in properties.iter_mut().enumerate() {
            property["order"] = json!(order);
            if OF_EVERY_PROGRAM.contains(&name.as_str()) {
                property["airbyte_hidden"] = json!(true);
            }
        }
        properties.insert(RESERVED_KEY.to_owned(), reserved());
    }
    schema
}

/// A schema in the words of draft-07 and of configuration forms: no null beside a type, secrets marked.
fn plain(schema: &Value, name: &str) -> Value {
    let Value::Object(members) = schema else {
        // The SDK writes the bare name of a type among alternatives.
        return schema.as_str().map_or_else(|| schema.clone(), |name| json!({"type": name}));
    };
    let mut out = Map::new();
    for (word, value) in members {
        let value = match (word.as_str(), value) {
            ("$schema" | "secret" | "writeOnly" | "kind", _) => continue,
            ("properties", Value::Object(schemas)) => {
                Value::Object(schemas.iter().map(|(name, schema)| (name.clone(), plain(schema, name))).collect())
            }
            ("items" | "additionalProperties", Value::Object(_)) => plain(value, ""),
            ("anyOf" | "oneOf" | "allOf", Value::Array(schemas)) => {
                Value::Array(schemas.iter().map(|schema| plain(schema, name)).collect())
            }
            ("type", Value::Array(names)) => without_null(names),
            _ => value.clone(),
        };
        out.insert(word.clone(), value);
    }
    let marked = schema["secret"] == true || schema["writeOnly"] == true || schema["kind"] == "password";
    let is_text = out.get("type").is_none_or(|name| name == "string") && !out.contains_key("properties");
    if marked || (is_text && is_secret_name(name)) {
        out.insert("airbyte_secret".to_owned(), json!(true));
    }
    if !name.is_empty() && !out.contains_key("title") {
        out.insert("title".to_owned(), json!(title_of(name)));
    }
    Value::Object(out)
}

fn without_null(names: &[Value]) -> Value {
    let kept: Vec<&Value> = names.iter().filter(|name| *name != "null").collect();
    match kept.as_slice() {
        [one] => (*one).clone(),
        [] => json!("null"),
        many => json!(many),
    }
}

/// `start_date` is `Start date`.
fn title_of(name: &str) -> String {
    let words = name.replace(['_', '-'], " ");
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_become_a_form_with_its_secrets_marked() {
        let settings = json!({"type": "object", "required": ["path"], "$schema": "x", "properties": {
            "path": {"type": ["string"]},
            "api_token": {"type": ["string", "null"], "title": "T"},
            "odd": {"type": ["string", "null"], "secret": true, "writeOnly": true},
            "s3": {"type": ["object", "null"], "properties": {"secret": {"type": ["string", "null"]}}},
            "stream_maps": {"anyOf": ["null", {"const": "x"}]},
        }});
        let schema = of_settings(&settings, None);
        let of = |name: &str| schema["properties"][name].clone();
        assert_eq!(of("path"), json!({"type": "string", "title": "Path", "order": 0}));
        assert_eq!(of("api_token"), json!({"type": "string", "title": "T", "order": 1, "airbyte_secret": true}));
        assert_eq!(of("odd")["airbyte_secret"], true);
        assert_eq!(of("s3")["properties"]["secret"]["airbyte_secret"], true);
        assert_eq!(of("s3")["airbyte_secret"], Value::Null);
        assert_eq!(of("stream_maps")["anyOf"][0], json!({"type": "null"}));
        assert_eq!(of("stream_maps")["airbyte_hidden"], true);
        assert_eq!(schema["required"], json!(["path"]));
        assert_eq!(of(RESERVED_KEY)["airbyte_hidden"], true);
    }
}
